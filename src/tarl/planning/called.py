"""What a name says of a device that can hurt somebody or let somebody in.

A relay is what it is called, where that is critical: the switch behind the ``Garage door`` opens
it, whoever says that it is a switch.
"""

from __future__ import annotations

import re
import unicodedata

ID_CHARS_MAX = 120

RELAYS = frozenset({"button", "input_boolean", "input_button", "script", "switch"})
"""Kinds that say how something is moved, and not what."""

GUARDED = {
    "alarm": "alarm",
    "garage": "garage_door",
    "gate": "gate",
    "valve": "valve",
    "oven": "oven",
    "stove": "stove",
    "cooktop": "stove",
    "lock": "lock",
    "locked": "lock",
    "unlock": "lock",
    "unlocked": "lock",
    "door": "lock",
    "doorlock": "lock",
    "smartlock": "lock",
    "heater": "heater",
    "thermostat": "heater",
}
"""Words of what can hurt somebody or let somebody in, whatever else a name says; one that ends with
``Sensor`` only looks."""


_MOVERS = frozenset({"actuator", "control", "controller", "motor", "opener", "relay", "switch"})
"""Last words of what is called by what it moves: a garage door's opener, but a garage's lamp."""

_ENDINGS: dict[str, tuple[str, ...]] = {
    "garage_door": ("garagentor", "车库门"),
    "gate": ("hoftor", "gartentor"),
    "lock": ("tür", "türöffner", "schloss", "门", "锁"),
    "alarm": ("alarmanlage", "警报"),
    "valve": ("ventil", "阀"),
    "heater": ("heizung", "heizlüfter", "暖气", "加热器"),
    "oven": ("ofen", "烤箱"),
    "stove": ("herd", "炉"),
}
"""What German and Chinese names of what is critical end with."""

_BEGINNINGS: dict[str, tuple[str, ...]] = {
    "gate": ("portail", "portón"),
    "lock": ("serrure", "porte", "cerradura", "puerta"),
    "alarm": ("alarme", "alarma"),
    "valve": ("vanne", "válvula"),
    "heater": ("chauffage", "radiateur", "calefacción", "calefactor"),
    "oven": ("horno",),
}
"""What French and Spanish ones begin with."""


def slug(text: str) -> str:
    """A name as an id: lower case, words joined by ``_``; empty where nothing is left."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\W+", "_", plain).strip("_")[:ID_CHARS_MAX]


def called_kind(name: str) -> str | None:
    """The critical kind of what a name calls, its words joined by ``_``, in the five languages of
    sentences: the last word says what it is, so that a ``garage_light`` is none, or the first
    (``porte_du_garage``). A mere ``garage`` is the room."""
    words = name.split("_")
    while len(words) > 1 and words[-1] in _MOVERS:
        words.pop()
    if name == "garage":
        return None
    if words[-1] in GUARDED:
        return guarded_kind("_".join(words))
    ending = next((kind for kind, ends in _ENDINGS.items() if words[-1].endswith(ends)), None)
    return ending or next(
        (kind for kind, firsts in _BEGINNINGS.items() if words[0] in firsts), None
    )


def guarded_kind(name: str) -> str | None:
    """The critical kind that a name, its words joined by ``_``, tells."""
    words = name.split("_")
    if words[-1] in ("sensor", "detector"):
        return None
    return next((kind for word, kind in GUARDED.items() if word in words), None)
