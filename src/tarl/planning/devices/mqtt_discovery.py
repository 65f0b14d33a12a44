"""Home Assistant's MQTT discovery: retained configurations as devices.

``<prefix>/<component>/[<node>/]<object>/config`` announces one component, ``<prefix>/device/...``
all components of a device. Who may publish may announce anything, so:

1. Nothing is evaluated: of templates only paths and factors are understood (``templates``).
2. What is malformed, unknown or too large is left out by name, and spoils nothing else.
3. A component that would command what a critical device of another maker is commanded with is left
   out: a lamp that opens the door is no lamp.
4. What is found is trusted as ``basic`` until the household file says otherwise.
5. Settings of devices (``entity_category``) are none of their own: a plug's light or restart is not
   switched with the plugs of the house. They are counted in a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tarl.errors import TarlError
from tarl.planning.called import ID_CHARS_MAX, slug
from tarl.planning.context import Doubt
from tarl.planning.devices.binding import Binding, Presence
from tarl.planning.devices.discovery_components import COMPONENTS
from tarl.planning.devices.found import (
    NAME_CHARS_MAX,
    Found,
    Parts,
    doubt,
    kind_of,
    named,
    privacy_of,
)
from tarl.planning.devices.payload import checked_topic, json_of, odd
from tarl.planning.devices.templates import look_of
from tarl.planning.household import DEVICES_MAX, Area, Device
from tarl.planning.task import TrustTier

SOURCE = "mqtt_discovery"
PREFIX = "homeassistant"
CONFIG_BYTES_MAX = 256 * 1024
COMPONENTS_MAX = 200
"""Of one device."""

DOUBTS_MAX = 1_000

SENSES = frozenset({"binary_sensor", "sensor"})
SETTINGS = frozenset({"config", "diagnostic"})
"""Categories of what is set at a device, and of what it tells of itself."""

_LONG = {
    "avty": "availability",
    "avty_mode": "availability_mode",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "bri_cmd_t": "brightness_command_topic",
    "bri_cmd_tpl": "brightness_command_template",
    "bri_scl": "brightness_scale",
    "bri_stat_t": "brightness_state_topic",
    "bri_val_tpl": "brightness_value_template",
    "cmd_t": "command_topic",
    "cmd_tpl": "command_template",
    "cmps": "components",
    "cns": "connections",
    "cod_form": "code_format",
    "curr_temp_t": "current_temperature_topic",
    "curr_temp_tpl": "current_temperature_template",
    "def_ent_id": "default_entity_id",
    "dev": "device",
    "dev_cla": "device_class",
    "ent_cat": "entity_category",
    "exp_aft": "expire_after",
    "hum_cmd_t": "target_humidity_command_topic",
    "hum_cmd_tpl": "target_humidity_command_template",
    "hum_stat_t": "target_humidity_state_topic",
    "hum_state_tpl": "target_humidity_state_template",
    "ids": "identifiers",
    "mode_cmd_t": "mode_command_topic",
    "mode_cmd_tpl": "mode_command_template",
    "mode_stat_t": "mode_state_topic",
    "mode_stat_tpl": "mode_state_template",
    "obj_id": "object_id",
    "p": "platform",
    "pct_cmd_t": "percentage_command_topic",
    "pct_cmd_tpl": "percentage_command_template",
    "pct_stat_t": "percentage_state_topic",
    "pct_val_tpl": "percentage_value_template",
    "pl_arm_away": "payload_arm_away",
    "pl_avail": "payload_available",
    "pl_cls": "payload_close",
    "pl_disarm": "payload_disarm",
    "pl_home": "payload_home",
    "pl_lock": "payload_lock",
    "pl_not_avail": "payload_not_available",
    "pl_not_home": "payload_not_home",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "pl_open": "payload_open",
    "pl_paus": "payload_pause",
    "pl_prs": "payload_press",
    "pl_ret": "payload_return_to_base",
    "pl_stop": "payload_stop",
    "pl_strt": "payload_start",
    "pl_unlk": "payload_unlock",
    "pos": "reports_position",
    "pos_clsd": "position_closed",
    "pos_open": "position_open",
    "pos_t": "position_topic",
    "pos_tpl": "position_template",
    "sa": "suggested_area",
    "set_pos_t": "set_position_topic",
    "set_pos_tpl": "set_position_template",
    "spd_rng_max": "speed_range_max",
    "spd_rng_min": "speed_range_min",
    "stat_closing": "state_closing",
    "stat_clsd": "state_closed",
    "stat_jam": "state_jammed",
    "stat_locked": "state_locked",
    "stat_locking": "state_locking",
    "stat_off": "state_off",
    "stat_on": "state_on",
    "stat_open": "state_open",
    "stat_opening": "state_opening",
    "stat_stopped": "state_stopped",
    "stat_t": "state_topic",
    "stat_unlocked": "state_unlocked",
    "stat_unlocking": "state_unlocking",
    "stat_val_tpl": "state_value_template",
    "sup_clrm": "supported_color_modes",
    "t": "topic",
    "temp_cmd_t": "temperature_command_topic",
    "temp_cmd_tpl": "temperature_command_template",
    "temp_stat_t": "temperature_state_topic",
    "temp_stat_tpl": "temperature_state_template",
    "temp_unit": "temperature_unit",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
"""Abbreviations of the fields that are read here."""


class _Told(msgspec.Struct, kw_only=True):
    """One component as it was announced."""

    component: str
    object_id: str
    config: dict[str, Any]
    owner: str
    """Of the physical device; the topic where nobody said."""


def found_in(messages: Mapping[str, bytes], *, prefix: str = PREFIX) -> Found:
    """The devices that these retained messages announce, by topic."""
    doubts: list[Doubt] = []
    told: list[_Told] = []
    for topic in sorted(messages):
        if not messages[topic]:
            continue  # taken back
        try:
            told.extend(_told(topic, messages[topic], prefix))
        except TarlError as error:
            doubts.append(doubt("discovery.malformed", f"{topic}: {error.message}", source=SOURCE))
    devices: dict[str, Device] = {}
    areas: dict[str, Area] = {}
    told = _without_settings(told, doubts)
    for group in _grouped(told):
        for device, area in _devices(group, doubts):
            if device.id in devices or len(devices) >= DEVICES_MAX:
                doubts.append(_left_out(device, "its id is taken, or there are too many"))
                continue
            devices[device.id] = device
            if area is not None:
                areas[area.id] = area
    kept = _undisguised(devices.values(), doubts)
    used = {device.area for device in kept}
    return Found(
        source=SOURCE,
        devices=tuple(kept),
        areas=tuple(area for id, area in sorted(areas.items()) if id in used),
        doubts=tuple(doubts[:DOUBTS_MAX]),
    )


def _without_settings(told: list[_Told], doubts: list[Doubt]) -> list[_Told]:
    """All but settings of devices; what those tell of themselves stays."""
    kept = [
        part
        for part in told
        if part.component in SENSES or part.config.get("entity_category") not in SETTINGS
    ]
    if (count := len(told) - len(kept)) != 0:
        text = f"{count} settings of devices (entity_category) are left out"
        doubts.append(doubt("discovery.settings", text, source=SOURCE))
    return kept


def _told(topic: str, payload: bytes, prefix: str) -> Iterator[_Told]:
    """The components of one message."""
    match = re.fullmatch(
        rf"{re.escape(prefix)}/([a-z_]{{1,40}})/(?:([\w-]{{1,64}})/)?([\w-]{{1,64}})/config", topic
    )
    if match is None:
        raise odd("the topic is none of discovery")
    config = json_of(payload, bytes_max=CONFIG_BYTES_MAX)
    if not isinstance(config, dict):
        raise odd("it is no object")
    config = _spelled_out(config)
    component, node, name = match.groups()
    object_id = f"{node}_{name}" if node else name
    if component != "device":
        yield _Told(
            component=component,
            object_id=_named_by(config) or object_id,
            config=config,
            owner=_owner(config) or topic,
        )
        return
    parts = config.pop("components", None)
    if not isinstance(parts, dict) or len(parts) > COMPONENTS_MAX:
        raise odd(f"it has no components, or more than {COMPONENTS_MAX}")
    base = {"~": config["~"]} if "~" in config else {}
    for name, part in parts.items():
        if isinstance(part, dict) and len(part) > 1:
            part = _spelled_out({**base, **part})
            yield _Told(
                component=str(part.get("platform"))[:40],
                object_id=_named_by(part) or f"{object_id}_{name}"[:ID_CHARS_MAX],
                config={**config, **part},
                owner=_owner(config) or topic,
            )


def _named_by(config: Mapping[str, Any]) -> str | None:
    """The id that a component asks for, as Home Assistant would give it."""
    wanted = config.get("default_entity_id")
    wanted = wanted.partition(".")[2] if isinstance(wanted, str) else config.get("object_id")
    return wanted[:ID_CHARS_MAX] if isinstance(wanted, str) and slug(wanted) else None


def _spelled_out(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with long names, and with ``~`` put in."""
    base = config.get("~")
    long: dict[str, Any] = {}
    for name, value in config.items():
        name = _LONG.get(name, name)
        if isinstance(base, str) and isinstance(value, str) and name.endswith("topic"):
            value = _with_base(value, base)
        if name == "device" and isinstance(value, dict):
            value = {_LONG.get(key, key): item for key, item in value.items()}
        if name == "availability":
            value = [
                {_LONG.get(key, key): _with_base(item, base) for key, item in entry.items()}
                for entry in (value if isinstance(value, list) else [value])
                if isinstance(entry, dict)
            ]
        long[name] = value
    return long


def _with_base(value: Any, base: Any) -> Any:
    if not isinstance(value, str) or not isinstance(base, str):
        return value
    if value.startswith("~"):
        return base + value[1:]
    return value[:-1] + base if value.endswith("~") else value


def _owner(config: Mapping[str, Any]) -> str | None:
    device = config.get("device")
    if not isinstance(device, dict):
        return None
    ids = device.get("identifiers") or device.get("connections")
    ids = [ids] if isinstance(ids, str) else ids
    return repr(sorted(map(repr, ids)))[:500] if isinstance(ids, list) and ids else None


def _grouped(told: list[_Told]) -> list[list[_Told]]:
    groups: dict[str, list[_Told]] = {}
    for part in told:
        groups.setdefault(part.owner, []).append(part)
    return list(groups.values())


def _devices(group: list[_Told], doubts: list[Doubt]) -> Iterator[tuple[Device, Area | None]]:
    """The devices of one physical device: what it measures belongs to what it can do, where that is
    one thing."""
    made = [(told, parts) for told in group if (parts := _parts(told, doubts)) is not None]
    able = [(told, parts) for told, parts in made if parts.commands]
    if len(able) == 1:
        own = able[0][1]
        for told, parts in made:
            if told.component in SENSES and parts is not own:
                _hand_over(parts, own)
    for told, parts in made:
        if parts.reads or parts.commands:
            try:
                yield _device(told, parts)
            except TarlError as error:
                doubts.append(_problem(told, error.message))


def _hand_over(parts: Parts, own: Parts) -> None:
    """Gives a device what is measured of it; of several meters the first, and the others stay by
    themselves."""
    has = {read.attribute for read in own.reads} | {"state"}
    given = [read for read in parts.reads if read.attribute not in has]
    own.reads.extend(given)
    parts.reads = [read for read in parts.reads if read not in given]


def _parts(told: _Told, doubts: list[Doubt]) -> Parts | None:
    build = COMPONENTS.get(told.component)
    if build is None:
        doubts.append(
            doubt(
                "discovery.component",
                f"{told.object_id}: {told.component!r} is not understood",
                source=SOURCE,
            )
        )
        return None
    parts = Parts()
    try:
        build(parts, told.config)
        _presence(parts, told.config)
    except TarlError as error:
        doubts.append(_problem(told, error.message))
        return None
    doubts.extend(_problem(told, problem) for problem in parts.problems)
    return parts


def _presence(parts: Parts, config: Mapping[str, Any]) -> None:
    entries = list(config.get("availability") or [])
    if config.get("availability_topic") is not None:
        entries.append(
            {
                "topic": config["availability_topic"],
                "value_template": config.get("availability_template"),
                "payload_available": config.get("payload_available", "online"),
                "payload_not_available": config.get("payload_not_available", "offline"),
            }
        )
    for entry in entries:
        look = look_of(entry.get("value_template"))
        if look is None or look.factor != 1:
            raise odd("the template of its availability is not understood")
        parts.presence.append(
            Presence(
                topic=checked_topic(entry.get("topic")),
                path=look.path,
                online=str(entry.get("payload_available", "online")),
                offline=str(entry.get("payload_not_available", "offline")),
            )
        )
    mode = config.get("availability_mode", "latest")
    if mode not in ("all", "any", "latest"):
        raise odd("its availability_mode is none")
    parts.presence_mode = mode


def _device(told: _Told, parts: Parts) -> tuple[Device, Area | None]:
    config = told.config
    owner = config.get("device")
    owner = owner if isinstance(owner, dict) else {}
    area_name = named(owner.get("suggested_area"), "")
    area = Area(id=slug(area_name), name=area_name) if slug(area_name) else None
    own = named(config.get("name"), "")
    whole = named(owner.get("name"), "")
    name, device_class = _full_name(told, whole, own), config.get("device_class")
    device = parts.device(
        id=f"{told.component}.{slug(told.object_id)}",
        name=name,
        kind=kind_of(told.component, device_class, config.get("modes", ["cool"]), name),
        area=area.id if area is not None else None,
        privacy_class=privacy_of(told.component, device_class),
        trust_tier=TrustTier.BASIC,
        source=SOURCE,
    )
    return device, area


def _full_name(told: _Told, whole: str, own: str) -> str:
    """Of a thing at a device: what it is called after what the device is called, where that is not
    a part of it already. What only measures is never called as the device is."""
    if not own and whole and told.component in SENSES:
        own = named(told.config.get("device_class"), told.component).replace("_", " ")
    if f"{own} ".casefold().startswith(f"{whole} ".casefold()):
        whole = ""
    return " ".join(filter(None, (whole, own)))[:NAME_CHARS_MAX] or told.object_id


def _undisguised(devices: Iterable[Device], doubts: list[Doubt]) -> list[Device]:
    """All but those that are commanded by a topic of a critical device, and are none."""
    topics = {device.id: (device, _command_topics(device)) for device in devices}
    guarded = {
        topic: device.id for device, own in topics.values() if device.is_critical for topic in own
    }
    kept = []
    for device, own in topics.values():
        taken = guarded.keys() & own
        if taken and not device.is_critical:
            doubts.append(_left_out(device, f"its command topic is that of {guarded[min(taken)]}"))
        else:
            kept.append(device)
    return kept


def _command_topics(device: Device) -> frozenset[str]:
    binding = msgspec.convert(device.channel["mqtt"], Binding)
    return frozenset(send.topic for send in binding.commands.values())


def _left_out(device: Device, why: str) -> Doubt:
    return doubt("discovery.left_out", f"{device.id}: {why}", source=SOURCE, blocks=(device.id,))


def _problem(told: _Told, problem: str) -> Doubt:
    id = f"{told.component}.{slug(told.object_id)}"
    return doubt("discovery.not_understood", f"{id}: {problem}", source=SOURCE, blocks=(id,))
