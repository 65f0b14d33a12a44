"""What each component of Home Assistant's MQTT discovery can do, as parts of a device.

Names, defaults and payloads are those of the documentation of its MQTT integrations. A component
that is not in ``COMPONENTS`` is not understood, and said to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from tarl.planning.colors import COLORS, chromaticity, hue_and_saturation
from tarl.planning.devices.binding import Scale
from tarl.planning.devices.found import COLOR, MEASURES, SHARE, TENTHS, Parts
from tarl.planning.devices.payload import number_of
from tarl.planning.devices.templates import look_of, payload_of

Config = Mapping[str, Any]

_PERCENT: Scale = (10, 1)
_TENTHS: Scale = (10, 1)


def _read(
    parts: Parts,
    config: Config,
    topic: str,
    *,
    template: str,
    attribute: str = "state",
    values: dict[str, str] | None = None,
    otherwise: str | None = None,
    scale: Scale | None = None,
    path: tuple[str, ...] = (),
) -> None:
    """A reading, if it has a topic and its template is one that is understood."""
    if config.get(topic) is None:
        return
    look = look_of(config.get(template))
    if look is None:
        parts.problems.append(f"{template} is not understood: {str(config.get(template))[:100]!r}")
        return
    if look.factor != 1 or scale is not None:
        whole = look.factor * Fraction(*(scale or (1, 1)))
        scale = (whole.numerator, whole.denominator)
    expire_s = config.get("expire_after")
    parts.read(
        config[topic],
        attribute=attribute,
        path=look.path or path,
        values=values or {},
        otherwise=otherwise,
        scale=scale,
        expire_s=expire_s if isinstance(expire_s, int) and expire_s > 0 else None,
    )


def _setting(
    parts: Parts,
    config: Config,
    action: str,
    *,
    topic: str,
    template: str,
    argument: dict[str, Any],
    schema: dict[str, Any],
) -> None:
    """An action with one argument, if its template is one that is understood."""
    if config.get(topic) is None:
        return
    payload = payload_of(config.get(template), argument)
    if payload is None:
        parts.problems.append(f"{template} is not understood: {str(config.get(template))[:100]!r}")
        return
    parts.can(action, config[topic], payload, parameters={argument["$arg"]: schema})


def _word(config: Config, name: str, default: str) -> str:
    value = config.get(name, default)
    return value if isinstance(value, str) else str(value)


def _on_off(parts: Parts, config: Config) -> None:
    on, off = _word(config, "payload_on", "ON"), _word(config, "payload_off", "OFF")
    values = {
        _word(config, "state_on", on): "on",
        _word(config, "state_off", off): "off",
    }
    template = "state_value_template" if "state_value_template" in config else "value_template"
    _read(parts, config, "state_topic", template=template, values=values)
    parts.can("turn_on", config.get("command_topic"), on)
    parts.can("turn_off", config.get("command_topic"), off)


def _switch(parts: Parts, config: Config) -> None:
    if "command_template" in config:
        parts.problems.append("command_template is not understood")
        config = {**config, "command_topic": None}
    _on_off(parts, config)


def _light(parts: Parts, config: Config) -> None:
    schema = config.get("schema", "basic")
    if schema == "json":
        return _light_json(parts, config)
    if schema not in ("basic", "default"):
        parts.problems.append(f"the schema {str(schema)[:40]!r} of lights is not understood")
        return None
    _on_off(parts, config)
    scale = _bright(config)
    _read(
        parts,
        config,
        "brightness_state_topic",
        template="brightness_value_template",
        attribute="brightness",
        scale=scale,
    )
    return _setting(
        parts,
        config,
        "set_brightness",
        topic="brightness_command_topic",
        template="brightness_command_template",
        argument={"$arg": "brightness", "scale": list(scale)},
        schema=SHARE,
    )


def _light_json(parts: Parts, config: Config) -> None:
    values, scale = {"ON": "on", "OFF": "off"}, _bright(config)
    state, topic = config.get("state_topic"), config.get("command_topic")
    parts.read(state, path=("state",), values=values)
    parts.can("turn_on", topic, {"state": "ON"})
    parts.can("turn_off", topic, {"state": "OFF"})
    modes = config.get("supported_color_modes")
    if config.get("brightness") or (isinstance(modes, list) and modes not in ([], ["onoff"])):
        parts.read(state, attribute="brightness", path=("brightness",), scale=scale)
        argument = {"$arg": "brightness", "scale": list(scale)}
        payload = {"state": "ON", "brightness": argument}
        parts.can("set_brightness", topic, payload, parameters={"brightness": SHARE})
    if color := _color(modes):
        payload = {"state": "ON", "color": color}
        parts.can("set_color", topic, payload, parameters={"color": COLOR})


def _color(modes: Any) -> dict[str, Any] | None:
    """How a light is sent a colour, in the first of the modes that has all of them."""
    for mode in modes if isinstance(modes, list) else ():
        if mode in ("rgb", "rgbw", "rgbww"):
            forms: dict[str, tuple[float, ...]] = dict(COLORS)
            letters = "rgb"
        elif mode in ("hs", "xy"):
            form = hue_and_saturation if mode == "hs" else chromaticity
            forms, letters = {name: form(name) for name in COLORS}, mode
        else:
            continue
        return {
            letter: {"$arg": "color", "values": {name: form[at] for name, form in forms.items()}}
            for at, letter in enumerate(letters)
        }
    return None


def _bright(config: Config) -> Scale:
    scale = config.get("brightness_scale", 255)
    return (1_000, scale if isinstance(scale, int) and 1 <= scale <= 1_000_000 else 255)


def _fan(parts: Parts, config: Config) -> None:
    _switch(parts, config)
    low, high = config.get("speed_range_min", 1), config.get("speed_range_max", 100)
    if not (isinstance(high, int) and low == 1 < high < 100_000):
        parts.problems.append("a range of speeds that does not begin with 1 is not understood")
        return
    scale: Scale = (1_000, high - low + 1)
    _read(
        parts,
        config,
        "percentage_state_topic",
        template="percentage_value_template",
        attribute="speed",
        scale=scale,
    )
    _setting(
        parts,
        config,
        "set_speed",
        topic="percentage_command_topic",
        template="percentage_command_template",
        argument={"$arg": "speed", "scale": list(scale)},
        schema=SHARE,
    )


def _cover(parts: Parts, config: Config) -> None:
    topic = config.get("command_topic")
    _moves(parts, config, topic)
    if config.get("state_topic") is not None:
        values = {
            _word(config, f"state_{name}", name): name
            for name in ("open", "opening", "closed", "closing", "stopped")
        }
        _read(parts, config, "state_topic", template="value_template", values=values)
    if (config.get("position_open", 100), config.get("position_closed", 0)) != (100, 0):
        parts.problems.append("positions other than 0 for closed and 100 for open are not taken")
        return
    if config.get("state_topic") is None:
        _read(
            parts,
            config,
            "position_topic",
            template="position_template",
            values={"0": "closed"},
            otherwise="open",
        )
    _position(parts, config, "set_position_topic", template="set_position_template")


def _moves(parts: Parts, config: Config, topic: Any) -> None:
    for action in ("open", "close", "stop"):
        payload = config.get(f"payload_{action}", action.upper())
        if payload is not None:
            parts.can(action, topic, str(payload))


def _position(parts: Parts, config: Config, topic: str, *, template: str) -> None:
    _read(
        parts,
        config,
        "position_topic",
        template="position_template",
        attribute="position",
        scale=_PERCENT,
    )
    argument = {"$arg": "position", "scale": list(_PERCENT)}
    _setting(
        parts,
        config,
        "set_position",
        topic=topic,
        template=template,
        argument=argument,
        schema=SHARE,
    )


def _valve(parts: Parts, config: Config) -> None:
    if config.get("reports_position"):
        parts.problems.append("valves that report their position are not understood")
        return
    _moves(parts, config, config.get("command_topic"))
    values = {
        _word(config, f"state_{name}", name): name
        for name in ("open", "opening", "closed", "closing")
    }
    _read(parts, config, "state_topic", template="value_template", values=values)


def _lock(parts: Parts, config: Config) -> None:
    if "command_template" in config or "code_format" in config:
        parts.problems.append("a lock with a code or a command_template is not taken")
        return
    topic = config.get("command_topic")
    for action in ("lock", "unlock"):
        parts.can(action, topic, _word(config, f"payload_{action}", action.upper()))
    values = {
        _word(config, f"state_{name}", name.upper()): name
        for name in ("locked", "unlocked", "locking", "unlocking", "jammed")
    }
    _read(parts, config, "state_topic", template="value_template", values=values)


def _climate(parts: Parts, config: Config) -> None:
    modes = config.get("modes", ["auto", "off", "cool", "heat", "dry", "fan_only"])
    modes = [str(mode) for mode in modes] if isinstance(modes, list) else []
    _read(parts, config, "mode_state_topic", template="mode_state_template")
    on = next((mode for mode in ("heat_cool", "auto", "heat", "eco") if mode in modes), None)
    for action, mode in (("turn_on", on), ("turn_off", "off")):
        if mode in modes:
            payload = payload_of(config.get("mode_command_template"), {"$arg": "mode"})
            if payload == {"$arg": "mode"}:
                parts.can(action, config.get("mode_command_topic"), mode)
            else:
                parts.problems.append("mode_command_template is not understood")
    if config.get("temperature_unit", "C") != "C":
        parts.problems.append("temperatures in other units than °C are not taken")
        return
    _temperatures(parts, config)


def _water_heater(parts: Parts, config: Config) -> None:
    modes = ["off", "eco", "electric", "gas", "heat_pump", "high_demand", "performance"]
    _climate(parts, {"modes": modes, "min_temp": 43.3, "max_temp": 60, **config})


def _temperatures(parts: Parts, config: Config) -> None:
    for attribute, topic, template in (
        ("temperature", "temperature_state_topic", "temperature_state_template"),
        ("current_temperature", "current_temperature_topic", "current_temperature_template"),
    ):
        _read(parts, config, topic, template=template, attribute=attribute, scale=_TENTHS)
    _setting(
        parts,
        config,
        "set_temperature",
        topic="temperature_command_topic",
        template="temperature_command_template",
        argument={"$arg": "temperature", "scale": list(_TENTHS), "digits": 1},
        schema=TENTHS,
    )
    low, high = number_of(config.get("min_temp", 7)), number_of(config.get("max_temp", 35))
    if low is not None and high is not None:
        parts.limits["temperature"] = {"gte": round(10 * low), "lte": round(10 * high)}


def _humidifier(parts: Parts, config: Config) -> None:
    _switch(parts, config)
    _read(
        parts,
        config,
        "target_humidity_state_topic",
        template="target_humidity_state_template",
        attribute="humidity",
        scale=_PERCENT,
    )
    _setting(
        parts,
        config,
        "set_humidity",
        topic="target_humidity_command_topic",
        template="target_humidity_command_template",
        argument={"$arg": "humidity", "scale": list(_PERCENT)},
        schema=SHARE,
    )


def _vacuum(parts: Parts, config: Config) -> None:
    parts.read(config.get("state_topic"), path=("state",))
    for action, name, payload in (
        ("run", "payload_start", "start"),
        ("pause", "payload_pause", "pause"),
        ("stop", "payload_stop", "stop"),
        ("return_home", "payload_return_to_base", "return_to_base"),
    ):
        parts.can(action, config.get("command_topic"), _word(config, name, payload))


def _alarm(parts: Parts, config: Config) -> None:
    _read(parts, config, "state_topic", template="value_template")
    if "command_template" in config or "code" in config:
        parts.problems.append("an alarm with a code or a command_template can only be looked at")
        return
    topic = config.get("command_topic")
    parts.can("arm", topic, _word(config, "payload_arm_away", "ARM_AWAY"))
    parts.can("disarm", topic, _word(config, "payload_disarm", "DISARM"))


def _number(parts: Parts, config: Config) -> None:
    if None in (number_of(config.get("min", 1)), number_of(config.get("max", 100))):
        parts.problems.append("its least or its most is no number")
        return
    _read(parts, config, "state_topic", template="value_template", attribute="value")
    _setting(
        parts,
        config,
        "set_value",
        topic="command_topic",
        template="command_template",
        argument={"$arg": "value"},
        schema={
            "type": "number",
            "minimum": number_of(config.get("min", 1)),
            "maximum": number_of(config.get("max", 100)),
        },
    )


def _button(parts: Parts, config: Config) -> None:
    if "command_template" in config:
        parts.problems.append("command_template is not understood")
        return
    parts.can(
        "press", config.get("command_topic"), _word(config, "payload_press", "PRESS"), once=True
    )


def _sensor(parts: Parts, config: Config) -> None:
    measure = MEASURES.get(
        (str(config.get("device_class")), str(config.get("unit_of_measurement")))
    )
    if measure is None:
        _read(parts, config, "state_topic", template="value_template")
        return
    attribute, scale = measure
    _read(
        parts,
        config,
        "state_topic",
        template="value_template",
        attribute=attribute,
        scale=scale,
    )


def _binary_sensor(parts: Parts, config: Config) -> None:
    values = {
        _word(config, "payload_on", "ON"): "on",
        _word(config, "payload_off", "OFF"): "off",
    }
    _read(parts, config, "state_topic", template="value_template", values=values)


def _tracker(parts: Parts, config: Config) -> None:
    values = {
        _word(config, "payload_home", "home"): "home",
        _word(config, "payload_not_home", "not_home"): "away",
    }
    _read(parts, config, "state_topic", template="value_template", values=values)


COMPONENTS: dict[str, Callable[[Parts, Config], None]] = {
    "alarm_control_panel": _alarm,
    "binary_sensor": _binary_sensor,
    "button": _button,
    "climate": _climate,
    "cover": _cover,
    "device_tracker": _tracker,
    "fan": _fan,
    "humidifier": _humidifier,
    "light": _light,
    "lock": _lock,
    "number": _number,
    "sensor": _sensor,
    "siren": _switch,
    "switch": _switch,
    "vacuum": _vacuum,
    "valve": _valve,
    "water_heater": _water_heater,
}
