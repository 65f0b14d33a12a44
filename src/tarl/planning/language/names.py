"""What things are called in a home: the words that a sentence may use for areas and devices.

1. A home is a ``Household``, or a mapping with ``areas``, ``floors`` and ``entities`` as Home
   Assistant's own test sentences have them (names, ids, domains; all but names may be missing).
2. Every thing has an id and at least one name; the first name is what people see.
3. Names are data: brackets in the names of a mapping mark optional letters (``Joe[']s``) and are
   spelled out here; nothing in a name is ever read as a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.household import DEVICES_MAX, Device, Household
from tarl.planning.kinds import CRITICAL_KINDS

NAME_CHARS_MAX = 200
ALIASES_MAX = 20
SPELLINGS_MAX = 16
"""Four optional parts in a name; what has more is not a name that people say."""

CRITICAL_DOMAINS = frozenset(
    {"alarm_control_panel", "climate", "cover", "lock", "siren", "valve", "water_heater"}
)
"""Domains of Home Assistant whose devices can hurt somebody or let somebody in."""

_DOMAINS = {
    "alarm": "alarm_control_panel",
    "blind": "cover",
    "camera": "camera",
    "cover": "cover",
    "curtain": "cover",
    "fan": "fan",
    "garage_door": "cover",
    "gate": "cover",
    "heat_pump": "climate",
    "heater": "climate",
    "lawn_mower": "lawn_mower",
    "light": "light",
    "lock": "lock",
    "media_player": "media_player",
    "sensor": "sensor",
    "shade": "cover",
    "shutter": "cover",
    "thermostat": "climate",
    "vacuum": "vacuum",
    "valve": "valve",
    "water_heater": "water_heater",
}
"""Home Assistant's domain for the kinds of a household; all others are switches."""

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


class NamedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """An area or a floor; an area may lie on a ``floor`` (its id)."""

    id: str
    names: tuple[str, ...]
    floor: str | None = None

    @property
    def name(self) -> str:
        """What people see."""
        return self.names[0]


class NamedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device: ``domain`` is Home Assistant's word for what it is, ``kind`` the household's."""

    id: str
    names: tuple[str, ...]
    domain: str
    kind: str
    area: str | None = None
    device_class: str | None = None
    is_guarded: bool = False
    """Whether the household has it as critical, whatever its kind."""

    @property
    def name(self) -> str:
        """What people see."""
        return self.names[0]

    @property
    def is_critical(self) -> bool:
        """Whether a mistake with it can hurt somebody or let somebody in."""
        by_kind = self.kind in CRITICAL_KINDS or self.domain in CRITICAL_DOMAINS
        return by_kind or self.is_guarded


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What a home has, by name."""

    areas: tuple[NamedPlace, ...] = ()
    floors: tuple[NamedPlace, ...] = ()
    devices: tuple[NamedDevice, ...] = ()

    @staticmethod
    def of(home: Mapping[str, Any] | Household | None) -> Names:
        """The names of a home; none of no home.

        Raises:
            Invalid: ``home.shape``, ``home.name``, ``home.too_large``.
        """
        if home is None:
            return Names()
        if isinstance(home, Household):
            return _of_household(home)
        if not isinstance(home, Mapping):
            raise _shapeless("a home", "a household, or a mapping of areas, floors and entities")
        return _of_mapping(home)

    def area(self, called: str) -> NamedPlace | None:
        """The area with this id or name."""
        return _place_called(self.areas, called)

    def floor(self, called: str) -> NamedPlace | None:
        """The floor with this id or name."""
        return _place_called(self.floors, called)

    def devices_called(self, called: str) -> tuple[NamedDevice, ...]:
        """All devices with this id or name: several may share one."""
        wanted = folded(called)
        return tuple(
            device
            for device in self.devices
            if device.id == called or any(folded(name) == wanted for name in device.names)
        )

    def devices_in(self, place: str) -> tuple[NamedDevice, ...]:
        """All devices of an area or of a floor, by its id."""
        areas = {place} | {area.id for area in self.areas if area.floor == place}
        return tuple(device for device in self.devices if device.area in areas)


def folded(text: str) -> str:
    """A name as it is compared: without case, with single spaces."""
    return " ".join(text.casefold().split())


def _place_called(places: tuple[NamedPlace, ...], called: str) -> NamedPlace | None:
    wanted = folded(called)
    for place in places:
        if place.id == called or any(folded(name) == wanted for name in place.names):
            return place
    return None


# --- a household


def _of_household(home: Household) -> Names:
    return Names(
        areas=tuple(
            NamedPlace(id=area.id, names=(area.name, *area.aliases), floor=area.floor)
            for area in home.areas
        ),
        floors=tuple(
            NamedPlace(id=floor.id, names=(floor.name, *floor.aliases)) for floor in home.floors
        ),
        devices=tuple(_of_device(device) for device in home.devices),
    )


def _of_device(device: Device) -> NamedDevice:
    head, dot, _ = device.id.partition(".")
    return NamedDevice(
        id=device.id,
        names=(device.name, *device.aliases),
        domain=_DOMAINS.get(device.kind, head if dot else "switch"),
        kind=device.kind,
        area=device.area,
        is_guarded=device.is_critical,
    )


# --- a mapping


def _of_mapping(home: Mapping[str, Any]) -> Names:
    floors = _places(home, "floors", {})
    areas = _places(home, "areas", _by_word(floors))
    entities = [_entity(item, _by_word(areas)) for item in _items(home, "entities")]
    return Names(areas=areas, floors=floors, devices=tuple(dict.fromkeys(entities)))


def _places(
    home: Mapping[str, Any], noun: str, floors: Mapping[str, str]
) -> tuple[NamedPlace, ...]:
    places: dict[str, NamedPlace] = {}
    for item in _items(home, noun):
        names = _names(item, noun)
        floor = _word(item, "floor", noun)
        id = _word(item, "id", noun) or _slug(names[0])
        known = places.get(id)
        places[id] = NamedPlace(
            id=id,
            names=_unique([*known.names, *names] if known else names),
            floor=(floors.get(floor, floor) if floor else None) or (known.floor if known else None),
        )
    return tuple(places.values())


def _entity(item: Mapping[str, Any], areas: Mapping[str, str]) -> NamedDevice:
    names = _names(item, "entities")
    id = _word(item, "id", "entities")
    domain = _word(item, "domain", "entities") or (id or "").partition(".")[0] or "switch"
    area = _word(item, "area", "entities")
    attributes = item.get("attributes", {})
    if not isinstance(attributes, Mapping):
        raise _shapeless("the attributes of an entity", "a mapping")
    device_class = attributes.get("device_class")
    return NamedDevice(
        id=id or f"{domain}.{_slug(names[0])}",
        names=names,
        domain=domain,
        kind=_kind(domain, device_class),
        area=areas.get(area, area) if area else None,
        device_class=device_class if isinstance(device_class, str) else None,
    )


def _kind(domain: str, device_class: object) -> str:
    if domain == "cover" and device_class in ("garage", "gate"):
        return "gate" if device_class == "gate" else "garage_door"
    return {"alarm_control_panel": "alarm", "climate": "heater"}.get(domain, domain)


def _items(home: Mapping[str, Any], noun: str) -> Iterator[Mapping[str, Any]]:
    items = home.get(noun)
    if items is None:
        return
    if not isinstance(items, list | tuple):
        raise _shapeless(f"{noun} of a home", "a list")
    if len(items) > DEVICES_MAX:
        raise Invalid(
            f"a home has at most {DEVICES_MAX} {noun}",
            code="home.too_large",
            next_step="name a part of the building",
            noun=noun,
            count=len(items),
        )
    for item in items:
        if not isinstance(item, Mapping):
            raise _shapeless(f"each of the {noun}", "a mapping with a name")
        yield item


def _names(item: Mapping[str, Any], noun: str) -> tuple[str, ...]:
    said = item.get("name")
    aliases = item.get("aliases") or ()
    if not isinstance(aliases, list | tuple) or len(aliases) > ALIASES_MAX:
        raise _shapeless(f"the aliases of one of the {noun}", f"a list of at most {ALIASES_MAX}")
    names: list[str] = []
    for name in (said, *aliases):
        if not isinstance(name, str) or not name.strip() or len(name) > NAME_CHARS_MAX:
            raise Invalid(
                f"one of the {noun} has no usable name",
                code="home.name",
                next_step=f"give it a name of 1 to {NAME_CHARS_MAX} characters",
                noun=noun,
            )
        names.extend(_spelled(name.strip()))
    return _unique(names)


def _spelled(name: str) -> list[str]:
    spellings = [name]
    while len(spellings) < SPELLINGS_MAX and _OPTIONAL.search(spellings[0]):
        spellings = [
            _OPTIONAL.sub(part, spelling, count=1) for part in (r"\1", "") for spelling in spellings
        ]
    return [single for each in spellings if (single := " ".join(each.split()))] or [name]


def _word(item: Mapping[str, Any], key: str, noun: str) -> str | None:
    value = item.get(key)
    if value is None or (isinstance(value, str) and len(value) <= NAME_CHARS_MAX):
        return value or None
    raise _shapeless(f"{key} of one of the {noun}", "a short text")


def _by_word(places: Iterable[NamedPlace]) -> dict[str, str]:
    words = {place.name: place.id for place in places}
    return words | {place.id: place.id for place in places}


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _slug(name: str) -> str:
    return folded(name).replace(" ", "_")


def _shapeless(what: str, wanted: str) -> Invalid:
    return Invalid(
        f"{what} is {wanted}, which this is not",
        code="home.shape",
        next_step="give areas, floors and entities as lists of mappings with a name each",
        what=what,
    )
