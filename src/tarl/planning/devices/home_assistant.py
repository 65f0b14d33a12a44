"""Home Assistant's entities as devices, and its services as their actions.

1. Of an entity's attributes only those named here are taken: cameras carry access tokens in theirs.
2. An action is offered only when the entity's features have it, and the installation the service.
3. Units: brightness and positions become permille, temperatures tenths of a degree Celsius,
   whatever the installation shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tarl.errors import Exceeded, TarlError
from tarl.planning.called import slug
from tarl.planning.colors import name_of
from tarl.planning.context import DeviceState, Doubt
from tarl.planning.devices.found import (
    NOISY_KINDS,
    Found,
    doubt,
    kind_of,
    named,
    privacy_of,
)
from tarl.planning.devices.home_assistant_services import (
    ENTITY,
    FULL,
    NOT_DEVICES,
    SERVICES,
    tenths,
)
from tarl.planning.devices.payload import attributes_from, number_of, odd, word_of
from tarl.planning.household import DEVICES_MAX, Area, Device, DeviceCapability, Floor
from tarl.planning.task import PrivacyClass

SOURCE = "home_assistant"
ENTITIES_MAX = 5 * DEVICES_MAX
"""Most entities are readings and settings of a device, not devices."""

_SHARES = {
    "brightness": "brightness",
    "current_position": "position",
    "percentage": "speed",
    "humidity": "humidity",
    "current_humidity": "current_humidity",
    "battery_level": "battery",
}
_MEASURED = {
    ("power", "W"): ("power_w", 1),
    ("power", "kW"): ("power_w", 1_000),
    ("energy", "Wh"): ("energy_wh", 1),
    ("energy", "kWh"): ("energy_wh", 1_000),
}
_WORDS = {"not_home": "away"}
_COLORED = frozenset({"hs", "rgb", "rgbw", "rgbww", "xy"})
"""Modes of a light in which it takes every colour."""


class Registries(msgspec.Struct, frozen=True, kw_only=True):
    """What Home Assistant keeps about entities, as its WebSocket lists it."""

    areas: tuple[Any, ...] = ()
    floors: tuple[Any, ...] = ()
    devices: tuple[Any, ...] = ()
    entities: tuple[Any, ...] = ()


def found_in(
    states: Any,
    *,
    now_ms: int,
    services: Any = None,
    registries: Registries | None = None,
    temperature_unit: str = "°C",
    time_zone: str | None = None,
    place: tuple[float, float] | None = None,
) -> Found:
    """The devices of an installation, from what ``/api/states`` and ``/api/services`` answer.

    Raises:
        Invalid: ``device.payload``: this is no list of states.
        Exceeded: ``device.too_much``.
    """
    if not isinstance(states, list):
        raise odd("it is no list of states")
    if len(states) > ENTITIES_MAX:
        raise Exceeded(
            f"the installation has more than {ENTITIES_MAX} entities",
            code="device.too_much",
            next_step="plan for a part of the building",
        )
    look = _Look(registries or Registries(), known=_known(services), unit=temperature_unit)
    doubts: list[Doubt] = []
    entities: dict[str, Mapping[str, Any]] = {}
    for entity in states:
        try:
            id = _entity_id(entity)
        except TarlError as error:
            doubts.append(doubt("home_assistant.malformed", error.message, source=SOURCE))
            continue
        domain = id.partition(".")[0]
        if domain in SERVICES and not look.is_hidden(id):
            entities[id] = entity
        elif domain not in SERVICES and domain not in NOT_DEVICES:
            text = f"{id}: the domain {domain!r} is not understood"
            doubts.append(doubt("home_assistant.domain", text, source=SOURCE))
    meters = look.meters(entities)
    measuring = frozenset(meters.values())
    devices: list[Device] = []
    told: dict[str, DeviceState] = {}
    for id, entity in sorted(entities.items()):
        if id in measuring:
            continue
        try:
            if len(devices) >= DEVICES_MAX:
                raise odd(f"there are {DEVICES_MAX} devices already")
            state = state_of(entity, now_ms=now_ms, temperature_unit=temperature_unit)
            devices.append(look.device(id, entity, meter=meters.get(id)))
            told[id] = state
        except TarlError as error:
            text = f"{id}: {error.message}"
            doubts.append(doubt("home_assistant.malformed", text, source=SOURCE))
    return Found(
        source=SOURCE,
        time_zone=time_zone,
        place=place,
        devices=tuple(devices),
        areas=tuple(look.areas.values()),
        floors=tuple(look.floors.values()),
        states=told,
        doubts=tuple(doubts),
    )


def unit_of(config: Any) -> str:
    """The unit in which an installation tells temperatures, as its configuration says."""
    system = config.get("unit_system") if isinstance(config, Mapping) else None
    unit = system.get("temperature") if isinstance(system, Mapping) else None
    return "°F" if unit == "°F" else "°C"


def zone_of(config: Any) -> str | None:
    """The time zone that an installation's configuration names."""
    name = config.get("time_zone") if isinstance(config, Mapping) else None
    return name if isinstance(name, str) else None


def place_of(config: Any) -> tuple[float, float] | None:
    """The latitude and longitude of an installation, to a hundredth of a degree: enough for the
    sun, and no address. None where nobody has set them."""
    known = config if isinstance(config, Mapping) else {}
    latitude, longitude = number_of(known.get("latitude")), number_of(known.get("longitude"))
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return round(latitude, 2), round(longitude, 2)


def state_of(entity: Any, *, now_ms: int, temperature_unit: str = "°C") -> DeviceState:
    """An entity's state; what it says now is as of now, however long it has been so.

    Raises:
        Invalid: ``device.payload``.
    """
    id = _entity_id(entity)
    state = entity.get("state")
    attributes = _attributes(entity)
    word = word_of(state)
    kept: dict[str, Any] = {}
    for name, ours in _SHARES.items():
        number = number_of(attributes.get(name))
        if number is not None:
            kept[ours] = round(number * 1_000 / FULL.get(ours, 100))
    for name in ("temperature", "current_temperature"):
        number = number_of(attributes.get(name))
        if number is not None:
            kept[name] = tenths(number, temperature_unit)
    if (color := _color(attributes)) is not None:
        kept["color"] = color
    number = number_of(state)
    if id.startswith("sensor.") and number is not None:
        kept.update(_reading(attributes, number))
    if id.startswith("number.") and number is not None:
        kept["value"] = number
    return DeviceState(
        state=_WORDS.get(word, word),
        observed_ms=now_ms,
        is_online=word != "unavailable",
        attributes=attributes_from(kept),
    )


def _color(attributes: Mapping[str, Any]) -> str | None:
    """The name of the colour that a light shows; None for what shows none."""
    shown = attributes.get("hs_color")
    if str(attributes.get("color_mode")) not in _COLORED or not isinstance(shown, list | tuple):
        return None
    hue, saturation = (*map(number_of, shown), None, None)[:2]
    return None if hue is None or saturation is None else name_of(hue, saturation)


def is_assumed_of(entity: Any) -> bool:
    """Whether its state is what Home Assistant told it, since it does not tell its own."""
    attributes = entity.get("attributes") if isinstance(entity, Mapping) else None
    return isinstance(attributes, Mapping) and attributes.get("assumed_state") is True


def _reading(attributes: Mapping[str, Any], number: int | float) -> dict[str, Any]:
    kind, unit = attributes.get("device_class"), attributes.get("unit_of_measurement")
    if kind == "temperature" and unit in ("°C", "°F"):
        return {"temperature": tenths(number, str(unit))}
    measured = _MEASURED.get((str(kind), str(unit)))
    return {} if measured is None else {measured[0]: round(number * measured[1])}


def _entity_id(entity: Any) -> str:
    id = entity.get("entity_id") if isinstance(entity, Mapping) else None
    if isinstance(id, str) and ENTITY.fullmatch(id):
        return id
    raise odd(f"{str(id)[:80]!r} is no entity's id")


def _attributes(entity: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = entity.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def _known(services: Any) -> frozenset[str] | None:
    """``domain.service`` of all that can be called; None when nobody asked."""
    if not isinstance(services, list):
        return None
    return frozenset(
        f"{entry['domain']}.{name}"
        for entry in services
        if isinstance(entry, Mapping) and isinstance(entry.get("services"), Mapping)
        for name in entry["services"]
        if "domain" in entry
    )


class _Look:
    """What the registries say of entities."""

    def __init__(self, registries: Registries, *, known: frozenset[str] | None, unit: str) -> None:
        self._known = known
        self._unit = unit
        self._entities = _by(registries.entities, "entity_id")
        self._devices = _by(registries.devices, "id")
        self.floors = {
            id: Floor(id=id, name=named(entry.get("name"), id), aliases=_aliases(entry))
            for id, entry in _by(registries.floors, "floor_id").items()
        }
        self.areas = {
            id: Area(
                id=id,
                name=named(entry.get("name"), id),
                floor=floor if (floor := entry.get("floor_id")) in self.floors else None,
                aliases=_aliases(entry),
            )
            for id, entry in _by(registries.areas, "area_id").items()
        }

    def is_hidden(self, id: str) -> bool:
        entry = self._entities.get(id, {})
        return bool(
            entry.get("hidden_by")
            or entry.get("disabled_by")
            or (entry.get("entity_category") and not id.startswith("sensor."))
        )

    def meters(self, entities: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """The meter of each entity whose physical device does one thing and has one meter."""
        owners: dict[str, list[str]] = {}
        for id in entities:
            owner = self._entities.get(id, {}).get("device_id")
            if isinstance(owner, str):
                owners.setdefault(owner, []).append(id)
        meters: dict[str, str] = {}
        for ids in owners.values():
            able = [id for id in ids if SERVICES[id.partition(".")[0]]]
            power = [id for id in ids if _attributes(entities[id]).get("device_class") == "power"]
            if len(able) == 1 and len(power) == 1:
                meters[able[0]] = power[0]
        return meters

    def device(self, id: str, entity: Mapping[str, Any], *, meter: str | None) -> Device:
        domain, attributes = id.partition(".")[0], _attributes(entity)
        device_class = attributes.get("device_class")
        name = named(attributes.get("friendly_name"), id.partition(".")[2].replace("_", " "))
        kind = kind_of(domain, device_class, attributes.get("hvac_modes"), name)
        privacy = privacy_of(domain, device_class)
        channel = {"entity_id": id, **({} if meter is None else {"power_entity_id": meter})}
        return Device(
            id=id,
            name=name,
            kind=kind,
            aliases=_aliases(self._entities.get(id, {})),
            area=self._area(id),
            capabilities=self._capabilities(id, attributes, privacy),
            privacy_class=privacy,
            limits=self._limits(attributes),
            noisy=kind in NOISY_KINDS,
            channel={"home_assistant": channel},
            source=SOURCE,
        )

    def _area(self, id: str) -> str | None:
        entry = self._entities.get(id, {})
        area = entry.get("area_id") or self._devices.get(str(entry.get("device_id")), {}).get(
            "area_id"
        )
        return area if area in self.areas else None

    def _capabilities(
        self, id: str, attributes: Mapping[str, Any], privacy: PrivacyClass
    ) -> tuple[DeviceCapability, ...]:
        domain = id.partition(".")[0]
        features = attributes.get("supported_features")
        bits = features if isinstance(features, int) else 0
        able = {
            action: service
            for action, service in SERVICES[domain].items()
            if service.feature & bits == service.feature
            and (self._known is None or f"{domain}.{service.name}" in self._known)
            and _is_offered(action, attributes)
        }
        return tuple(
            DeviceCapability(
                device_id=id,
                capability_type=action,
                parameters={} if service.argument is None else {service.argument: service.schema},
                privacy_class=privacy,
            )
            for action, service in able.items()
        ) or (DeviceCapability(device_id=id, capability_type="measure", privacy_class=privacy),)

    def _limits(self, attributes: Mapping[str, Any]) -> dict[str, dict[str, int]]:
        low, high = number_of(attributes.get("min_temp")), number_of(attributes.get("max_temp"))
        if low is None or high is None:
            return {}
        return {"temperature": {"gte": tenths(low, self._unit), "lte": tenths(high, self._unit)}}


def _is_offered(action: str, attributes: Mapping[str, Any]) -> bool:
    """Whether an entity can do it, where features do not say so. What needs a code is left to
    people."""
    if action in ("set_brightness", "set_color"):
        told = attributes.get("supported_color_modes")
        modes = frozenset(map(str, told)) if isinstance(told, list) else frozenset()
        return bool(modes & _COLORED if action == "set_color" else modes - {"onoff", "unknown"})
    if action in ("disarm", "lock", "unlock"):
        return attributes.get("code_format") is None
    if action == "arm":
        return not attributes.get("code_arm_required")
    return True


def _by(entries: Iterable[Any], key: str) -> dict[str, Mapping[str, Any]]:
    return {
        entry[key]: entry
        for entry in entries
        if isinstance(entry, Mapping) and isinstance(entry.get(key), str) and slug(entry[key])
    }


def _aliases(entry: Mapping[str, Any]) -> tuple[str, ...]:
    aliases = entry.get("aliases")
    if not isinstance(aliases, list):
        return ()
    return tuple(alias for alias in (named(one, "") for one in aliases[:50]) if alias)
