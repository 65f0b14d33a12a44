"""What cannot be as it was said: a room that the home does not have, a time that has passed, a time
of day that no clock shows. It is asked about, and never left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tarl.planning.household import Household
from tarl.planning.language.distant import distant
from tarl.planning.task import Question

_ROOMS = (
    "attic|loft|basement|cellar|bathroom|bedroom|kitchen|garage|conservatory|dining room|guest room"
    "|garden|greenhouse|hallway|laundry room|library|living room|nursery|office|pantry|playroom"
    "|porch|sauna|shed|studio|terrace|utility room|wine cellar|workshop"
)
_WITHIN = re.compile(
    rf"\b(?:in|of|inside) (?:the|my|our|his|her|their) ({_ROOMS})(?!['’\w])", re.IGNORECASE
)
"""Places of a house, as people call them in English."""

_PASSED: dict[str, str] = {
    "en": r"\b(?:yesterday|last (?:night|week|month|year|mon|tues|wednes|thurs|fri|satur|sun)\w*"
    r"|\d+ (?:minutes?|hours?|days?|weeks?) ago|the day before yesterday)\b",
    "de": r"\b(?:vorgestern|gestern(?: abend| nacht)?|letzten? (?:nacht|woche|\w+tag)"
    r"|vor \d+ (?:minuten?|stunden?|tagen?))\b",
    "fr": r"\b(?:avant-hier|hier(?: soir)?|la (?:nuit|semaine) dernière|il y a \d+ \w+)\b",
    "es": r"\b(?:anteayer|ayer|anoche|la semana pasada|hace \d+ (?:minutos?|horas?|días?))\b",
    "zh": r"昨天|昨晚|前天|上周|\d+(?:分钟|小时|天)前",
}

_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2}):(\d{2})(?![\d:])")
_HALF_DAY = re.compile(r"(?<![\d:.])(\d{1,2})(?::(\d{2}))? ?(?:[ap]\.?m\b\.?)", re.IGNORECASE)


def odd_of(sentence: str, home: Household, *, language: str) -> tuple[Question, ...]:
    """The questions about what cannot be as it was said."""
    tag = language.casefold().partition("-")[0]
    return (*_rooms(sentence, home, tag), *_times(sentence, tag), *distant(sentence, tag))


def _rooms(sentence: str, home: Household, tag: str) -> Iterator[Question]:
    if tag != "en" or not home.areas:
        return
    things = [(one.name, one.id, *one.aliases) for one in home.areas]
    things += [(one.name, one.id, *one.aliases) for one in home.floors]
    things += [(one.name, one.id, *one.aliases) for one in home.devices]
    names = [name.casefold().replace("_", " ") for thing in things for name in thing]
    known = " / ".join(names)
    for found in _WITHIN.finditer(sentence):
        room = found[1].casefold()
        if room not in known and not _is_called_otherwise(room, known):
            yield Question(
                slot="area",
                text=f"Which area is meant by {found[1]!r}? The home has none that is called so.",
                choices=tuple(area.id for area in home.areas),
            )


def _is_called_otherwise(room: str, known: str) -> bool:
    return any(room in words and any(word in known for word in words) for words in _SAME)


_SAME = (
    ("attic", "loft"),
    ("basement", "cellar"),
    ("hallway", "hall", "entrance", "corridor"),
    ("living room", "lounge", "sitting room"),
    ("nursery", "kids room", "children's room", "baby room"),
    ("office", "study"),
    ("garden", "yard", "outside"),
    ("utility room", "laundry room"),
    ("bathroom", "bath"),
)


def _times(sentence: str, tag: str) -> Iterator[Question]:
    passed = re.search(_PASSED.get(tag, "(?!)"), sentence, re.IGNORECASE)
    if passed:
        yield Question(slot="time", text=f"{passed[0]!r} has passed: when is meant?")
    for found in _CLOCK.finditer(sentence):
        if int(found[1]) > 24 or int(found[2]) > 59 or (found[1] == "24" and found[2] != "00"):
            yield _no_time(found[0])
    for found in _HALF_DAY.finditer(sentence):
        if not 1 <= int(found[1]) <= 12 or int(found[2] or 0) > 59:
            yield _no_time(found[0])


def _no_time(said: str) -> Question:
    return Question(slot="time", text=f"{said!r} is no time of day: when is meant?")
