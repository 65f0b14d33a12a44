"""Zigbee2MQTT's list of devices (``<base>/bridge/devices``) as devices.

Each has ``exposes``: what it tells and takes, described by type, property and access (1 told, 2 can
be set). The specific parts (``light``, ``switch``, ``lock`` ...) become devices, one for each
endpoint; what is measured belongs to the only one of them, or to the one of its endpoint, or is a
device of its own. A relay that by its maker's description moves a valve or a door is one. The form
is that of Zigbee2MQTT's page on exposes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from tarl.errors import TarlError
from tarl.planning.called import guarded_kind, slug
from tarl.planning.colors import COLORS
from tarl.planning.context import Doubt
from tarl.planning.devices.binding import Presence
from tarl.planning.devices.found import (
    COLOR,
    MEASURES,
    SHARE,
    TENTHS,
    Found,
    Parts,
    doubt,
    kind_of,
    named,
    privacy_of,
)
from tarl.planning.devices.payload import checked_topic, json_of, number_of, odd
from tarl.planning.household import DEVICES_MAX, Device
from tarl.planning.task import TrustTier

SOURCE = "zigbee2mqtt"
BASE = "zigbee2mqtt"
LIST_BYTES_MAX = 16 * 1024 * 1024
EXPOSES_MAX = 300
"""Of one device, with the features of its parts."""

TOLD, SET = 1, 2

_SENSES = {
    "contact": ("door", {"true": "closed", "false": "open"}),
    "occupancy": ("occupancy", {"true": "on", "false": "off"}),
    "presence": ("presence", {"true": "on", "false": "off"}),
    "water_leak": ("moisture", {"true": "on", "false": "off"}),
    "smoke": ("smoke", {"true": "on", "false": "off"}),
    "gas": ("gas", {"true": "on", "false": "off"}),
    "carbon_monoxide": ("carbon_monoxide", {"true": "on", "false": "off"}),
    "vibration": ("vibration", {"true": "on", "false": "off"}),
}

Features = Mapping[str, Mapping[str, Any]]


def found_in(payload: bytes, *, base: str = BASE) -> Found:
    """The devices in a list of Zigbee2MQTT.

    Raises:
        Invalid: ``device.payload``, ``device.topic``.
    """
    checked_topic(base)
    entries = json_of(payload, bytes_max=LIST_BYTES_MAX)
    if not isinstance(entries, list):
        raise odd("it is no list of devices")
    doubts: list[Doubt] = []
    devices: dict[str, Device] = {}
    for entry in entries:
        name = str(entry.get("friendly_name"))[:80] if isinstance(entry, Mapping) else "?"
        try:
            if not isinstance(entry, Mapping):
                raise odd("it is no object")
            if entry.get("type") == "Coordinator" or entry.get("disabled"):
                continue
            for device in _devices(entry, base, doubts):
                if device.id in devices or len(devices) >= DEVICES_MAX:
                    raise odd(f"{device.id} is taken, or there are too many")
                devices[device.id] = device
        except TarlError as error:
            text = f"{name}: {error.message}"
            doubts.append(doubt("zigbee2mqtt.left_out", text, source=SOURCE))
    return Found(source=SOURCE, devices=tuple(devices.values()), doubts=tuple(doubts))


def _devices(entry: Mapping[str, Any], base: str, doubts: list[Doubt]) -> Iterator[Device]:
    """The devices of one entry."""
    name = entry.get("friendly_name")
    topic = checked_topic(f"{base}/{name}" if isinstance(name, str) and name else None)
    definition = entry.get("definition")
    exposes = definition.get("exposes") if isinstance(definition, Mapping) else None
    if not isinstance(exposes, list):
        raise odd("Zigbee2MQTT does not know what it exposes")
    exposes = [expose for expose in exposes if isinstance(expose, Mapping)]
    if sum(1 + len(_features(expose)) for expose in exposes) > EXPOSES_MAX:
        raise odd(f"it exposes more than {EXPOSES_MAX} things")
    specific = [
        expose for expose in exposes if "features" in expose and str(expose.get("type")) in _BUILD
    ]
    rest = [expose for expose in exposes if expose not in specific]
    is_any = False
    for expose in specific:
        parts = Parts()
        _BUILD[expose["type"]](parts, _features(expose), topic)
        measures = Parts()
        own = [one for one in rest if len(specific) == 1 or one.get("endpoint", "") == _end(expose)]
        _measured(measures, own, topic)
        parts.reads.extend(read for read in measures.reads if read.attribute != "state")
        rest = [one for one in rest if len(specific) == 1 or one not in own]
        if not parts.commands and not parts.reads:
            text = f"{name}: its {expose['type']} can neither be told nor asked"
            doubts.append(doubt("zigbee2mqtt.left_out", text, source=SOURCE))
            continue
        is_any = True
        yield _device(entry, expose["type"], parts, base=base, endpoint=expose.get("endpoint"))
    measures = Parts()
    sense = _measured(measures, rest, topic)
    if measures.reads and len(specific) != 1:
        is_any = True
        yield _device(entry, "binary_sensor", measures, base=base, endpoint=None, sense=sense)
    if not is_any and not specific:
        names = ", ".join(str(expose.get("name", expose.get("type"))) for expose in exposes[:10])
        text = f"{name}: nothing of what it exposes is understood: {names or 'nothing'}"
        doubts.append(doubt("zigbee2mqtt.left_out", text, source=SOURCE))


def _end(expose: Mapping[str, Any]) -> Any:
    """The endpoint of a part; what names none shares it with nothing."""
    return expose.get("endpoint")


def _device(
    entry: Mapping[str, Any],
    domain: str,
    parts: Parts,
    *,
    base: str,
    endpoint: Any,
    sense: str | None = None,
) -> Device:
    name = str(entry["friendly_name"])
    topic = f"{base}/{name}"
    parts.presence = [
        Presence(topic=f"{base}/bridge/state", path=("state",)),
        Presence(topic=f"{topic}/availability", path=("state",)),
    ]
    parts.presence_mode = "all"
    suffix = f"_{slug(str(endpoint))}" if endpoint is not None else ""
    definition = entry["definition"]
    kind = kind_of(domain, sense, parts.modes)
    if domain == "switch":
        kind = guarded_kind(slug(str(definition.get("description")))) or kind
    if kind == "valve":
        _open_and_close(parts)
    return parts.device(
        id=f"{kind}.{slug(name)}{suffix}",
        name=named(name if endpoint is None else f"{name} {endpoint}", "Zigbee device"),
        kind=kind,
        area=None,
        privacy_class=privacy_of(domain, sense),
        trust_tier=TrustTier.BASIC,
        source=SOURCE,
    )


def _features(expose: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    features = expose.get("features")
    if not isinstance(features, list):
        return {}
    return {
        str(feature["name"]): feature
        for feature in features
        if isinstance(feature, Mapping) and "name" in feature
    }


def _can(feature: Mapping[str, Any], access: int) -> bool:
    bits = feature.get("access")
    return isinstance(bits, int) and bool(bits & access) and isinstance(_property(feature), str)


def _property(feature: Mapping[str, Any]) -> Any:
    return feature.get("property")


def _measured(parts: Parts, exposes: list[Any], topic: str) -> str | None:
    """What is measured; the class of what is sensed, where something is."""
    sense = None
    for expose in exposes:
        if not _can(expose, TOLD):
            continue
        name, unit = str(expose.get("name")), str(expose.get("unit"))
        if expose.get("type") == "numeric" and (name, unit) in MEASURES:
            attribute, scale = MEASURES[name, unit]
            if any(read.attribute == attribute for read in parts.reads):
                continue  # of two meters of one thing the first
            parts.read(topic, attribute=attribute, path=(_property(expose),), scale=scale)
        elif expose.get("type") == "binary" and name in _SENSES and sense is None:
            sense, words = _SENSES[name]
            on, off = str(expose.get("value_on", True)), str(expose.get("value_off", False))
            values = {on: words["true"], off: words["false"]}
            parts.read(topic, path=(_property(expose),), values=values)
    return sense


def _open_and_close(parts: Parts) -> None:
    """A relay's words as those of the valve that it moves."""
    for relay, valve in (("turn_on", "open"), ("turn_off", "close")):
        if relay in parts.commands:
            parts.commands[valve] = parts.commands.pop(relay)
            parts.parameters[valve] = parts.parameters.pop(relay)
    words = {"on": "open", "off": "closed"}
    parts.reads = [
        msgspec.structs.replace(
            read, values={told: words.get(word, word) for told, word in read.values.items()}
        )
        for read in parts.reads
    ]


def _on_off(parts: Parts, features: Features, topic: str) -> None:
    state = features.get("state", {})
    on, off = state.get("value_on", "ON"), state.get("value_off", "OFF")
    if _can(state, TOLD):
        values = {str(on): "on", str(off): "off"}
        parts.read(topic, path=(_property(state),), values=values)
    if _can(state, SET):
        parts.can("turn_on", f"{topic}/set", {_property(state): on})
        parts.can("turn_off", f"{topic}/set", {_property(state): off})


def _share(parts: Parts, features: Features, topic: str, name: str) -> None:
    """A setting between the least and the most that the device has."""
    feature = features.get(name, {})
    full = feature.get("value_max", 254 if name == "brightness" else 100)
    if not isinstance(full, int) or full < 1 or feature.get("value_min", 0) not in (0, 1):
        return
    if _can(feature, TOLD):
        parts.read(topic, attribute=name, path=(_property(feature),), scale=(1_000, full))
    if _can(feature, SET):
        payload = {_property(feature): {"$arg": name, "scale": [1_000, full]}}
        parts.can(f"set_{name}", f"{topic}/set", payload, parameters={name: SHARE})


def _light(parts: Parts, features: Features, topic: str) -> None:
    _on_off(parts, features, topic)
    _share(parts, features, topic, "brightness")
    told = features.get("color_hs", features.get("color_xy", {}))
    if _can(told, SET):
        values = {name: "#{:02x}{:02x}{:02x}".format(*rgb) for name, rgb in COLORS.items()}
        payload = {_property(told): {"hex": {"$arg": "color", "values": values}}}
        parts.can("set_color", f"{topic}/set", payload, parameters={"color": COLOR})


def _lock(parts: Parts, features: Features, topic: str) -> None:
    state, told = features.get("state", {}), features.get("lock_state", {})
    on, off = state.get("value_on", "LOCK"), state.get("value_off", "UNLOCK")
    if _can(told, TOLD):
        values = {"not_fully_locked": "jammed"}
        parts.read(topic, path=(_property(told),), values=values)
    elif _can(state, TOLD):
        values = {str(on): "locked", str(off): "unlocked"}
        parts.read(topic, path=(_property(state),), values=values)
    if _can(state, SET):
        parts.can("lock", f"{topic}/set", {_property(state): on})
        parts.can("unlock", f"{topic}/set", {_property(state): off})


def _cover(parts: Parts, features: Features, topic: str) -> None:
    state = features.get("state", {})
    if _can(state, TOLD):
        values = {"OPEN": "open", "CLOSE": "closed", "STOP": "stopped"}
        parts.read(topic, path=(_property(state),), values=values)
    elif _can(features.get("position", {}), TOLD):
        path = (_property(features["position"]),)
        parts.read(topic, path=path, values={"0": "closed"}, otherwise="open")
    if _can(state, SET):
        for action in ("open", "close", "stop"):
            parts.can(action, f"{topic}/set", {_property(state): action.upper()})
    _share(parts, features, topic, "position")


def _climate(parts: Parts, features: Features, topic: str) -> None:
    mode = features.get("system_mode", {})
    modes = mode.get("values")
    modes = [word for word in modes if isinstance(word, str)] if isinstance(modes, list) else []
    parts.modes = modes
    if _can(mode, TOLD):
        parts.read(topic, path=(_property(mode),))
    if _can(mode, SET):
        on = next((word for word in ("auto", "heat") if word in modes), None)
        for action, word in (("turn_on", on), ("turn_off", "off")):
            if word in modes:
                parts.can(action, f"{topic}/set", {_property(mode): word})
    names = ("occupied_heating_setpoint", "current_heating_setpoint")
    target = next((features[name] for name in names if name in features), {})
    for attribute, feature in (
        ("temperature", target),
        ("current_temperature", features.get("local_temperature", {})),
    ):
        if _can(feature, TOLD):
            parts.read(topic, attribute=attribute, path=(_property(feature),), scale=(10, 1))
    low, high = number_of(target.get("value_min")), number_of(target.get("value_max"))
    if _can(target, SET) and low is not None and high is not None:
        payload = {_property(target): {"$arg": "temperature", "scale": [10, 1], "digits": 1}}
        schema = {"temperature": TENTHS}
        parts.can("set_temperature", f"{topic}/set", payload, parameters=schema)
        parts.limits["temperature"] = {"gte": round(10 * low), "lte": round(10 * high)}


_BUILD: dict[str, Callable[[Parts, Features, str], None]] = {
    "climate": _climate,
    "cover": _cover,
    "fan": _on_off,
    "light": _light,
    "lock": _lock,
    "switch": _on_off,
}
