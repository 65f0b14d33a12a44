"""The home in a sentence: its names as items, and what devices a mention means.

1. Names of several words are taken first, since they may hold words of the grammar (``Night
   light``); names of one word after it, since the grammar may hold them (``use only solar``).
2. A mention that the home does not have stays a kind; which device it is has to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from tarl.planning.household import Household
from tarl.planning.language.line import Found, Rule
from tarl.planning.language.modifiers import is_ordered
from tarl.planning.language.names import NamedDevice, Names, folded
from tarl.planning.language.values import HERE, Mention, Place

HOMES_KEPT_MAX = 8
"""Whose names are kept ready."""

KINDS: dict[str, tuple[str, ...]] = {
    "air_conditioner": ("air_conditioner",),
    "blinds": ("blind", "blinds", "curtain", "shade", "shutter"),
    "ev_charger": ("ev_charger", "car", "wallbox"),
    "front_door": ("lock",),
    "garage_door": ("garage_door", "gate"),
    "heat_pump": ("heat_pump", "heater", "thermostat", "climate"),
    "heater": ("heater", "space_heater"),
    "house_lock": ("lock",),
    "tv": ("tv", "media_player"),
}
"""Kinds of devices that a word may mean, the likeliest first; for others the word's own."""

PLACES: dict[str, tuple[str, ...]] = {
    "bathroom": ("bathroom", "bath"),
    "fifth_floor": ("fifth floor", "fünfter stock", "cinquième étage", "quinta planta", "五楼"),
    "fourth_floor": ("fourth floor", "vierter stock", "quatrième étage", "cuarta planta", "四楼"),
    "garden": ("garden", "yard", "backyard"),
    "ground": ("ground", "ground floor", "downstairs"),
    "hall": ("hall", "hallway", "entrance", "entry", "corridor"),
    "living_room": ("living room", "lounge", "sitting room"),
    "nursery": ("nursery", "kids room", "children's room", "baby room"),
    "office": ("office", "study", "home office"),
    "second_floor": ("second floor", "zweiter stock", "deuxième étage", "segunda planta"),
    "third_floor": ("third floor", "dritter stock", "troisième étage", "tercera planta", "三楼"),
    "upper": ("upper", "upper floor", "upstairs"),
}
"""Names of the places that a language has words for, beside the word of the key."""

_PLURALS = {"window": ("windows", "fenster", "fenêtres", "ventanas", "窗户", "窗子", "窗")}
"""Words for all devices of a kind, in the five languages, where a home has some: of kinds whose
words are often said of what nobody can order."""

_SILENT = frozenset({"solar", "sensor", "binary_sensor"})
"""Kinds that nobody orders about; their names are words of the grammar."""


class Home(NamedTuple):
    """What a sentence may be about."""

    names: Names
    household: Household | None
    area: str | None

    def place(self, spot: Place) -> str | None:
        """The id of a place; its word where the home is not known; None for ``here`` said nowhere,
        and for a place that the home does not have."""
        if spot.id == HERE:
            return self.area
        known = {place.id for place in (*self.names.areas, *self.names.floors)}
        if spot.id in known:
            return spot.id
        places = self.names.floors if spot.is_floor else self.names.areas
        words = {folded(word) for word in (spot.id.replace("_", " "), *PLACES.get(spot.id, ()))}
        for place in places:
            if words & {folded(name).replace("_", " ") for name in (place.id, *place.names)}:
                return place.id
        return None if known else spot.id

    def is_floor(self, id: str) -> bool:
        """Whether it is a floor's id."""
        return any(floor.id == id for floor in self.names.floors)

    def devices(self, said: Mention, places: Iterable[str]) -> tuple[NamedDevice, ...]:
        """The devices that a mention may mean, in these places if any is one of them."""
        found = tuple(self._candidates(said))
        inside = {device.id for place in places for device in self.names.devices_in(place)}
        nearer = tuple(device for device in found if device.id in inside)
        return nearer or found

    def _candidates(self, said: Mention) -> list[NamedDevice]:
        if said.ids:
            wanted = set(said.ids)
            return [device for device in self.names.devices if device.id in wanted]
        for kind in KINDS.get(said.kind, (said.kind,)):
            found = [device for device in self.names.devices if device.kind == kind]
            if found:
                return found
        return [device for device in self.names.devices if _is_called_kind(device, said.kind)]

    def kinds(self, said: Mention) -> set[str]:
        """The kinds of device that a mention may mean."""
        return {device.kind for device in self.devices(said, ())} or {said.kind}

    def kind_of(self, id: str) -> str:
        """The kind of a device; the id itself for what the home does not have."""
        return next((device.kind for device in self.names.devices if device.id == id), id)

    def programs(self, id: str) -> tuple[str, ...]:
        """The names of a device's programs."""
        if self.household is None:
            return ()
        for device in self.household.devices:
            if device.id == id:
                return tuple(program.name for program in device.programs)
        return ()


_CALLED = {
    "blinds": (
        *("blind", "curtain", "shutter", "roller shade", "rollo", "rollla", "rolla", "jalousie"),
        *("raffstore", "vorhang", "vorhänge", "volet", "store", "rideau", "persiana", "cortina"),
        *("estor", "窗帘", "百叶", "卷帘"),
    ),
    "garage_door": (
        *("garage door", "garagentor", "porte du garage", "porte de garage", "puerta del garaje"),
        *("puerta de garaje", "车库门"),
    ),
}
"""What is in the names of covers of a kind, in the five languages, where a home calls all of them
covers."""
_COVERING = frozenset({"cover", "input_boolean", "other", "switch", "thing"})
"""Kinds of what may be such a cover."""


def _is_called_kind(device: NamedDevice, kind: str) -> bool:
    wanted = _CALLED.get(kind, (kind.replace("_", " "),))
    if kind in _CALLED and device.kind not in _COVERING:
        return False
    return any(word in folded(name) for name in device.names for word in wanted)


class Vocabulary(NamedTuple):
    """The rules for the names of a home: ``early`` before the grammar, ``late`` after it."""

    early: tuple[Rule, ...]
    late: tuple[Rule, ...]


def vocabulary_of(home: Home) -> Vocabulary:
    """The rules for a home's names."""
    household = home.household
    people = tuple((person.name, person.id) for person in (household.people if household else ()))
    programs = frozenset(
        program.name
        for device in (household.devices if household else ())
        for program in device.programs
        if len(device.programs) > 1
    )
    return _vocabulary(home.names, people, programs)


@lru_cache(maxsize=HOMES_KEPT_MAX)
def _vocabulary(
    names: Names, people: tuple[tuple[str, str], ...], programs: frozenset[str]
) -> Vocabulary:
    mentions = _mentions(names)
    places = {
        _said(name): Place(place.id, is_floor)
        for group, is_floor in ((names.floors, True), (names.areas, False))
        for place in group
        for name in place.names
    }
    early = {name: value for name, value in mentions.items() if " " in name}
    late = {name: value for name, value in mentions.items() if " " not in name}
    return Vocabulary(
        _rules(("D", early), ("P", {_said(name): id for name, id in people})),
        _rules(("A", places), ("D", late), ("R", {_said(name): name for name in programs})),
    )


def _mentions(names: Names) -> dict[str, Mention]:
    """What each name of a device means: all that are called so."""
    devices: dict[str, list[NamedDevice]] = {}
    for device in names.devices:
        if device.kind not in _SILENT:
            for name in device.names:
                devices.setdefault(_said(name), []).append(device)
    kinds = {device.kind for device in names.devices}
    several = {
        word: Mention(kind, is_all=True)
        for kind, words in _PLURALS.items()
        for word in words
        if kind in kinds
    }
    return several | {
        name: Mention(same[0].kind, tuple(dict.fromkeys(device.id for device in same)))
        for name, same in devices.items()
    }


def _said(name: str) -> str:
    return folded(name).replace("’", "'")


def _rules(*groups: tuple[str, dict[str, Any]]) -> tuple[Rule, ...]:
    return tuple(Rule(kind, _either(values), _value(values)) for kind, values in groups if values)


_LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff]"
"""Of a word; what is written without spaces ends a name: ``如果Anna在家``."""


def _either(values: Iterable[str]) -> re.Pattern[str]:
    names = sorted(values, key=len, reverse=True)
    parts = (
        rf"(?<!{_LETTER}){re.escape(name)}(?!{_LETTER})" if name.isascii() else re.escape(name)
        for name in names
    )
    return re.compile("|".join(parts))


def _value(values: dict[str, Any]) -> Callable[[Found], Any]:
    def valued(found: Found) -> Any:
        value = values.get(found.text)
        if isinstance(value, Mention) and is_ordered(found):
            return value._replace(is_verb=True)
        return value

    return valued
