"""The port that plans are carried out through: commands that are confirmed, states, changes.

1. A command is done when the device says so, not when it was sent: what no state confirms in time
   is ``device.unconfirmed``, what the device's own words or its meter deny ``device.contradicts``.
2. What a device cannot do, or an argument outside its limits, never leaves the house.
3. A command carries its key, and a device that knows the key carries it out once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from enum import Enum
from typing import Any, Protocol

from tarl.errors import Invalid
from tarl.planning.context import DeviceState
from tarl.planning.household import Device
from tarl.values.canonical import encode

ARGUMENTS_BYTES_MAX = 16 * 1024

OFF_W_MAX = 15
"""What a device that says it is off may draw: its electronics."""

AT_REST = frozenset({"docked", "finished", "idle", "off", "paused", "standby", "stopped"})
AT_WORK = frozenset(
    {"active", "charging", "cleaning", "discharging", "drying", "heating", "running", "washing"}
)

_WANTED: dict[str, frozenset[str]] = {
    "run": AT_WORK | {"on"},
    "start": AT_WORK | {"on"},
    "stop": AT_REST,
    "pause": AT_REST,
    "turn_off": AT_REST,
    "charge": frozenset({"charging"}),
    "discharge": frozenset({"discharging"}),
    "lock": frozenset({"locked"}),
    "unlock": frozenset({"unlocked", "open"}),
    "open": frozenset({"open"}),
    "close": frozenset({"closed"}),
    "arm": frozenset({"armed", "armed_away", "armed_home", "armed_night"}),
    "disarm": frozenset({"disarmed"}),
}
_NOT_ON = AT_REST | {"unavailable", "unknown"}
_ON_THE_WAY = {
    "arm": "arming",
    "close": "closing",
    "lock": "locking",
    "open": "opening",
    "unlock": "unlocking",
}
_TOLERANCES = {"brightness": 5, "humidity": 10, "position": 10, "temperature": 5}
"""Devices round what they are set to: to a 255th, to half a degree."""


class Fit(Enum):
    """How a state answers a command."""

    YES = "yes"
    ON_THE_WAY = "on the way"
    NO = "no"
    SILENT = "silent"
    """The state says nothing about what was commanded."""


class DeviceChannel(Protocol):
    """How a home's devices are reached."""

    async def command(
        self, device: Device, action: str, arguments: Mapping[str, Any], *, key: str
    ) -> dict[str, Any]:
        """Carries an action out; returns the ``state`` that confirms it, ``observed_ms``, and
        what confirmed it (``confirmed_by``).

        Raises:
            Invalid: ``device.action``, ``device.argument``, ``device.channel``.
            Conflict: ``device.refused``, ``device.contradicts``.
            Unavailable: ``device.offline``, ``device.unconfirmed``, ``device.unreachable``.
        """
        ...

    async def state(self, device: Device) -> DeviceState | None:
        """What it last said of itself; None when it never did."""
        ...

    def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        """Each change from now on, by device id; of several between two looks, the last."""
        ...


def check_command(device: Device, action: str, arguments: Mapping[str, Any]) -> None:
    """Refuses what the device cannot do, and arguments that it cannot take.

    Raises:
        Invalid: ``device.action``, ``device.argument``.
    """
    ables = [able for able in device.capabilities if able.capability_type == action]
    if not ables:
        known = ", ".join(sorted({able.capability_type for able in device.capabilities}))
        raise Invalid(
            f"{device.name} cannot {action}",
            code="device.action",
            next_step=f"it can {known}" if known else "it can only be looked at",
            device=device.id,
            action=action,
        )
    try:
        size = len(encode(dict(arguments)))
    except (TypeError, ValueError, Invalid) as error:
        raise _argument(device, "", f"they are not JSON: {error}") from error
    if size > ARGUMENTS_BYTES_MAX:
        raise _argument(device, "", f"they take more than {ARGUMENTS_BYTES_MAX} bytes")
    for name, value in arguments.items():
        _check_argument(device, name, value, schema=ables[0].parameters.get(name))
    program = arguments.get("program")
    if program is not None and program not in [known.name for known in device.programs]:
        raise _argument(device, "program", f"it has no program {program!r}")


def _check_argument(device: Device, name: str, value: Any, *, schema: Any) -> None:
    if schema is not None:
        _check_schema(device, name, value, schema)
    limits = device.limits.get(name)
    if limits is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise _argument(device, name, "what has limits is a whole number")
    if value < limits.get("gte", value) or value > limits.get("lte", value):
        bounds = " to ".join(str(limits[end]) for end in ("gte", "lte") if end in limits)
        raise _argument(device, name, f"{value} is outside its limits, {bounds}")


def _check_schema(device: Device, name: str, value: Any, schema: Any) -> None:
    import jsonschema  # a second, where its checkers of formats are installed

    try:
        jsonschema.validate(value, schema)
    except jsonschema.ValidationError as error:
        raise _argument(device, name, error.message) from error
    except jsonschema.SchemaError as error:
        raise _argument(device, name, f"its schema is none: {error.message}") from error


def _argument(device: Device, name: str, problem: str) -> Invalid:
    return Invalid(
        f"{device.name} cannot take {name or 'these arguments'}: {problem}",
        code="device.argument",
        next_step="give what the device's capability and limits allow",
        device=device.id,
        argument=name,
    )


def fit(state: DeviceState, action: str, arguments: Mapping[str, Any]) -> Fit:
    """Whether a state is what the action leads to."""
    said = state.state.lower()
    if action == "turn_on":
        return Fit.NO if said in _NOT_ON else Fit.YES
    if (wanted := _WANTED.get(action)) is not None:
        if said in wanted:
            return Fit.YES
        return Fit.ON_THE_WAY if said == _ON_THE_WAY.get(action) else Fit.NO
    told = [name for name in arguments if name in state.attributes]
    if not action.startswith("set_") or not told:
        return Fit.SILENT
    near = all(_is_near(name, arguments[name], state.attributes[name]) for name in told)
    return Fit.YES if near else Fit.NO


def _is_near(name: str, wanted: Any, told: Any) -> bool:
    if isinstance(wanted, bool | str) or not isinstance(told, int | float):
        return bool(wanted == told)
    if not isinstance(wanted, int | float):
        return False
    return bool(abs(wanted - told) <= _TOLERANCES.get(name, 0))


def contradiction(device: Device, state: DeviceState) -> str | None:
    """How a device's meter denies what it says, in words; None when it does not."""
    power_w = state.attributes.get("power_w")
    if isinstance(power_w, bool) or not isinstance(power_w, int | float):
        return None
    said = state.state.lower()
    if said in AT_REST and abs(power_w) > OFF_W_MAX:
        return f"{device.name} says that it is {said}, and its meter shows {power_w} W"
    draws = [phase.power_w for program in device.programs for phase in program.phases]
    if device.power_w is not None:
        draws.append(device.power_w)
    if said in AT_WORK and power_w == 0 and (device.storage or (draws and min(draws) > 0)):
        return f"{device.name} says that it is {said}, and its meter shows nothing"
    return None
