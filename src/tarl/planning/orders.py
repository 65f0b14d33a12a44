"""Commands as goals: what is to be done at once is planned and permitted like everything else.

1. A device is moved only by a command that a grammar matched, for a device that the home has.
2. What a home answers and does not do (the weather, a shopping list, timers) is no goal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tarl.errors import Invalid
from tarl.planning.household import Device, Household
from tarl.planning.language.translation import Command
from tarl.planning.task import Goal

_OPENING = frozenset({"cover", "gate", "garage_door", "valve"})

_LOOK = "`tarl home devices` lists the devices and what each can do"
_SAY_WHERE = "say in which room it is to be, or by its name which device"

Doing = dict[str, Any]


def goals_of(commands: tuple[Command, ...], household: Household) -> tuple[Goal, ...]:
    """A goal for each device of each command.

    Raises:
        Invalid: ``order.not_of_devices``: nothing that a device of the home does;
            ``order.no_device``: it names none that the home has.
    """
    goals: list[Goal] = []
    for command in commands:
        reader = _ACTIONS.get(command.intent)
        if reader is None:
            raise Invalid(
                f"{command.said.text!r} asks for nothing that a device of the home does",
                code="order.not_of_devices",
                next_step="ask a device to do something, or say what you want to reach",
                intent=command.intent,
            )
        devices = [device for device in household.devices if device.id in command.device_ids]
        able = [(device, doing) for device in devices if (doing := _doing(reader, command, device))]
        if not able:
            raise Invalid(
                f"the home has no device for {command.said.text!r}",
                code="order.no_device",
                next_step=_SAY_WHERE if _is_anywhere(command) else _LOOK,
                intent=command.intent,
                slots=command.slots,
            )
        goals += [
            Goal(
                "achieve",
                device.id,
                doing,
                id=f"g{len(goals) + n}",
                said=command.said,
                at_once=True,
            )
            for n, (device, doing) in enumerate(able, start=1)
        ]
    return tuple(goals)


def _is_anywhere(command: Command) -> bool:
    """Whether a command means what is where it is said, and that is not known."""
    return not command.device_ids and not {"area", "floor", "name"} & command.slots.keys()


Reader = Callable[[Command, Device], Doing | None]


def _doing(reader: Reader, command: Command, device: Device) -> Doing | None:
    doing = reader(command, device)
    return doing if doing is not None and device.can(str(doing["action"])) else None


def _on(command: Command, device: Device) -> Doing:
    if device.kind == "lock":
        return {"action": "lock"}
    if device.kind == "alarm":
        return {"action": "arm"}
    if device.kind in _OPENING:
        return {"action": "open"}
    return {"action": "turn_on" if device.can("turn_on") else "run"}


def _off(command: Command, device: Device) -> Doing:
    if device.kind == "lock":
        return {"action": "unlock"}
    if device.kind == "alarm":
        return {"action": "disarm"}
    return {"action": "close" if device.kind in _OPENING else "turn_off"}


def _light(command: Command, device: Device) -> Doing | None:
    brightness = command.slots.get("brightness")
    if isinstance(brightness, int):
        return {"action": "set_brightness", "brightness": brightness * 10}
    color = command.slots.get("color")
    return {"action": "set_color", "color": color} if isinstance(color, str) else None


def _climate(command: Command, device: Device) -> Doing | None:
    temperature = command.slots.get("temperature")
    if not isinstance(temperature, int | float):
        return None
    return {"action": "set_temperature", "temperature": round(temperature * 10)}


def _position(command: Command, device: Device) -> Doing | None:
    position = command.slots.get("position")
    if not isinstance(position, int):
        return None
    return {"action": "set_position", "position": position * 10}


def _fan(command: Command, device: Device) -> Doing | None:
    speed = command.slots.get("percentage")
    return {"action": "set_speed", "speed": speed * 10} if isinstance(speed, int) else None


def _running(command: Command, device: Device) -> Doing:
    return {"action": "run"}


def _docked(command: Command, device: Device) -> Doing:
    return {"action": "dock"}


_ACTIONS: dict[str, Reader] = {
    "HassTurnOn": _on,
    "HassTurnOff": _off,
    "HassLightSet": _light,
    "HassClimateSetTemperature": _climate,
    "HassSetPosition": _position,
    "HassFanSetSpeed": _fan,
    "HassVacuumStart": _running,
    "HassVacuumCleanArea": _running,
    "HassVacuumReturnToBase": _docked,
    "HassLawnMowerStartMowing": _running,
    "HassLawnMowerDock": _docked,
}
