"""The services of Home Assistant as actions, and the calls that carry them out.

``feature`` are the bits of ``supported_features`` of Home Assistant's entity components.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.colors import COLORS, hue_and_saturation
from tarl.planning.devices.found import COLOR, SHARE, TENTHS
from tarl.planning.devices.payload import number_of
from tarl.planning.household import Device

ENTITY = re.compile(r"[a-z_0-9]{1,60}\.[a-z_0-9]{1,200}")


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """How an action is called. ``argument`` goes as ``field``, ``feature`` are bits of which the
    entity has all."""

    name: str
    argument: str | None = None
    field: str | None = None
    schema: dict[str, Any] = {}
    feature: int = 0


_ON_OFF = {"turn_on": Service(name="turn_on"), "turn_off": Service(name="turn_off")}


def _share(name: str, argument: str, field: str, feature: int = 0) -> Service:
    return Service(name=name, argument=argument, field=field, schema=SHARE, feature=feature)


def _degrees(feature: int) -> Service:
    return Service(
        name="set_temperature",
        argument="temperature",
        field="temperature",
        schema=TENTHS,
        feature=feature,
    )


SERVICES: dict[str, dict[str, Service]] = {
    "alarm_control_panel": {
        "arm": Service(name="alarm_arm_away", feature=2),
        "disarm": Service(name="alarm_disarm"),
    },
    "binary_sensor": {},
    "button": {"press": Service(name="press")},
    "camera": {},
    "climate": {
        "turn_on": Service(name="turn_on", feature=256),
        "turn_off": Service(name="turn_off", feature=128),
        "set_temperature": _degrees(1),
    },
    "cover": {
        "open": Service(name="open_cover", feature=1),
        "close": Service(name="close_cover", feature=2),
        "stop": Service(name="stop_cover", feature=8),
        "set_position": _share("set_cover_position", "position", "position", 4),
    },
    "device_tracker": {},
    "fan": {**_ON_OFF, "set_speed": _share("set_percentage", "speed", "percentage", 1)},
    "humidifier": {**_ON_OFF, "set_humidity": _share("set_humidity", "humidity", "humidity")},
    "input_boolean": _ON_OFF,
    "light": {
        **_ON_OFF,
        "set_brightness": _share("turn_on", "brightness", "brightness"),
        "set_color": Service(name="turn_on", argument="color", field="hs_color", schema=COLOR),
    },
    "lock": {"lock": Service(name="lock"), "unlock": Service(name="unlock")},
    "media_player": {
        "turn_on": Service(name="turn_on", feature=128),
        "turn_off": Service(name="turn_off", feature=256),
    },
    "number": {
        "set_value": Service(
            name="set_value", argument="value", field="value", schema={"type": "number"}
        )
    },
    "person": {},
    "sensor": {},
    "siren": {
        "turn_on": Service(name="turn_on", feature=1),
        "turn_off": Service(name="turn_off", feature=2),
    },
    "switch": _ON_OFF,
    "vacuum": {
        "run": Service(name="start", feature=8192),
        "pause": Service(name="pause", feature=4),
        "stop": Service(name="stop", feature=8),
        "return_home": Service(name="return_to_base", feature=16),
    },
    "valve": {
        "open": Service(name="open_valve", feature=1),
        "close": Service(name="close_valve", feature=2),
        "stop": Service(name="stop_valve", feature=8),
        "set_position": _share("set_valve_position", "position", "position", 4),
    },
    "water_heater": {
        "turn_on": Service(name="turn_on", feature=8),
        "turn_off": Service(name="turn_off", feature=8),
        "set_temperature": _degrees(1),
    },
}
"""Actions by domain. A domain that is not here is no device's."""

NOT_DEVICES = frozenset(
    {
        "air_quality",
        "ai_task",
        "assist_satellite",
        "automation",
        "calendar",
        "conversation",
        "counter",
        "date",
        "datetime",
        "event",
        "group",
        "image",
        "image_processing",
        "input_button",
        "input_datetime",
        "input_number",
        "input_select",
        "input_text",
        "mailbox",
        "notify",
        "persistent_notification",
        "remote",
        "scene",
        "schedule",
        "script",
        "select",
        "stt",
        "sun",
        "tag",
        "text",
        "time",
        "timer",
        "todo",
        "tts",
        "update",
        "wake_word",
        "weather",
        "zone",
    }
)
"""Known, and nothing to be planned with."""

FULL = {"brightness": 255, "position": 100, "speed": 100, "humidity": 100}
"""What Home Assistant calls all of it."""


def tenths(degrees: int | float, unit: str) -> int:
    """Degrees as tenths of a degree Celsius."""
    return round((degrees - 32) * 50 / 9) if unit == "°F" else round(degrees * 10)


def service_data(
    device: Device, action: str, arguments: Mapping[str, Any], *, temperature_unit: str = "°C"
) -> tuple[str, str, dict[str, Any]]:
    """The domain, service and data of a call.

    Raises:
        Invalid: ``device.channel``, ``device.argument``.
    """
    entity = entity_of(device)
    domain = entity.partition(".")[0]
    service = SERVICES.get(domain, {}).get(action)
    if service is None:
        raise Invalid(
            f"no service of Home Assistant lets {device.name} {action}",
            code="device.channel",
            next_step="look at the device in Home Assistant",
            device=device.id,
        )
    data: dict[str, Any] = {"entity_id": entity}
    if service.argument is not None and service.field is not None:
        value = _outside(service.argument, arguments.get(service.argument), temperature_unit)
        if value is None:
            raise Invalid(
                f"{action} needs {service.argument}",
                code="device.argument",
                next_step=f"give {service.argument}",
                argument=service.argument,
            )
        data[service.field] = value
    return domain, service.name, data


def _outside(argument: str, given: Any, unit: str) -> int | float | list[float] | None:
    """An argument as Home Assistant takes it; None for what is none."""
    if argument == "color":
        is_known = isinstance(given, str) and given in COLORS
        return list(hue_and_saturation(given)) if is_known else None
    value = number_of(given)
    if value is None:
        return None
    if argument == "temperature":
        return round(value * 9 / 50 + 32, 1) if unit == "°F" else round(value / 10, 1)
    full = FULL.get(argument)
    return value if full is None else round(value * full / 1_000)


def entity_of(device: Device) -> str:
    """The entity behind a device.

    Raises:
        Invalid: ``device.channel``.
    """
    return _id_in(device, "entity_id")


def meter_of(device: Device) -> str | None:
    """The entity that tells what a device draws, where there is one.

    Raises:
        Invalid: ``device.channel``.
    """
    channel = device.channel.get("home_assistant")
    has_one = isinstance(channel, Mapping) and channel.get("power_entity_id") is not None
    return _id_in(device, "power_entity_id") if has_one else None


def _id_in(device: Device, name: str) -> str:
    channel = device.channel.get("home_assistant")
    id = channel.get(name) if isinstance(channel, Mapping) else None
    if isinstance(id, str) and ENTITY.fullmatch(id):
        return id
    raise Invalid(
        f"{device.name} names no entity of Home Assistant",
        code="device.channel",
        next_step="give channel: {home_assistant: {entity_id: light.kitchen}}",
        device=device.id,
    )
