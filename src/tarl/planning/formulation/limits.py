"""How far a device may be set: by its own limits, and by what the task says of temperatures.

1. What is asked for and lies beyond is refused; what the planner chooses itself stays within.
2. A share lies between nothing and all, whether the household file says so or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tarl.errors import Invalid
from tarl.planning.explanation.wording import setting
from tarl.planning.household import Device, Program
from tarl.planning.kinds import SHARES
from tarl.planning.task import Constraint

WATER = "water_heater"
"""The kind whose temperature is no room's."""

_FIGURE = re.compile(r"\d+")


def within_limits(device: Device, action: str, arguments: Mapping[str, Any]) -> None:
    """Refuse what the device cannot be set to.

    Raises:
        Invalid: ``plan.out_of_limits``.
    """
    for name in sorted({*device.limits, *SHARES} & arguments.keys()):
        value = arguments[name]
        if not isinstance(value, int):
            continue
        limit = device.limits.get(name, {})
        low, high = limit.get("gte"), limit.get("lte")
        if name in SHARES:
            low, high = (0 if low is None else low), (1000 if high is None else high)
        if _is_beyond(value, low, high):
            raise out_of_limits(device, name, value, low, high)
    for name, value in arguments.items():
        choices = choices_of(device, action, name)
        if choices and value not in choices:
            raise Invalid(
                f"{device.name} takes no {name} {setting(name, value)}",
                code="plan.out_of_limits",
                next_step=f"ask for one of {', '.join(map(str, choices))}",
                device=device.id,
                value=value,
            )


def choices_of(device: Device, action: str, name: str) -> tuple[Any, ...]:
    """The values that an argument of an action may have, where these are a few."""
    for able in device.capabilities:
        schema = able.parameters.get(name) if able.capability_type == action else None
        if isinstance(schema, Mapping) and isinstance(schema.get("enum"), list):
            return tuple(schema["enum"])
    return ()


def out_of_limits(
    device: Device, name: str, value: int, low: int | None, high: int | None
) -> Invalid:
    """That a device takes no such value."""
    return Invalid(
        f"{device.name} takes a {name} {_range_words(name, low, high)}, not {setting(name, value)}",
        code="plan.out_of_limits",
        next_step="ask for a value within the limits, or change them in the household file",
        device=device.id,
        value=value,
    )


def within_rules(
    device: Device, arguments: Mapping[str, Any], bounds: Sequence[Constraint]
) -> None:
    """Refuse a temperature that the task itself rules out.

    Raises:
        Invalid: ``plan.out_of_limits``.
    """
    value = arguments.get("temperature")
    low, high = warmth(bounds)
    if isinstance(value, int) and _is_beyond(value, low, high):
        raise Invalid(
            f"{device.name} is to be set to {setting('temperature', value)}, and a temperature "
            f"{_range_words('temperature', low, high)} is to be kept",
            code="plan.out_of_limits",
            next_step="give one of them up",
            device=device.id,
            value=value,
        )


def as_ruled(
    device: Device, arguments: dict[str, Any], bounds: Sequence[Constraint]
) -> dict[str, Any]:
    """The arguments, with the temperature that is nearest to theirs among those that the task
    allows a room."""
    value = arguments.get("temperature")
    if device.kind == WATER or not isinstance(value, int):
        return arguments
    low, high = warmth(bounds)
    value = value if high is None else min(value, high)
    return {**arguments, "temperature": value if low is None else max(value, low)}


def warmth(bounds: Sequence[Constraint]) -> tuple[int | None, int | None]:
    """The least and the greatest temperature that hard rules allow, tenths of a degree."""
    hard = [bound for bound in bounds if bound.type == "temperature" and bound.hard]
    low = [int(bound.value) for bound in hard if bound.operator in ("gte", "eq")]
    high = [int(bound.value) for bound in hard if bound.operator in ("lte", "eq")]
    return max(low, default=None), min(high, default=None)


def warm_program(devices: Sequence[Device], bounds: Sequence[Constraint]) -> str | None:
    """The first program that does its work at a temperature that the task allows, as far as names
    of programs say one (``cotton 40``); None where every device's usual one does.

    Raises:
        Invalid: ``plan.program``: there is none.
    """
    for device in devices:
        warm = [each.name for each in device.programs if _is_warm(each, bounds)]
        if device.programs and not warm:
            raise no_program(device, _range_words("temperature", *warmth(bounds)))
        if device.programs and warm[0] != device.programs[0].name:
            return warm[0]
    return None


def _is_warm(program: Program, bounds: Sequence[Constraint]) -> bool:
    named = _FIGURE.search(program.name)
    return named is None or not _is_beyond(int(named[0]) * 10, *warmth(bounds))


def no_program(device: Device, which: str) -> Invalid:
    """That a device has none like that."""
    return Invalid(
        f"{device.name} has no program {which}",
        code="plan.program",
        next_step=f"choose one of: {', '.join(p.name for p in device.programs) or 'none'}",
        device=device.id,
    )


def nearest_allowed(middle: int, low: Any, high: Any, device: Device) -> int:
    """What is nearest to the middle of what is asked for within the device's own limits; the middle
    where nothing that is asked for lies within them."""
    limit = device.limits.get("temperature", {})
    floor, ceiling = limit.get("gte", middle), limit.get("lte", middle)
    nearest = min(max(middle, floor), ceiling)
    return middle if _is_beyond(nearest, low, high) else nearest


def _is_beyond(value: int, low: int | None, high: int | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _range_words(name: str, low: int | None, high: int | None) -> str:
    said = [f"from {setting(name, low)}"] if low is not None else []
    said += [f"to {setting(name, high)}"] if high is not None else []
    return " ".join(said)
