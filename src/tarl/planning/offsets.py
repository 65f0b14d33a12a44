"""So many minutes before or after something, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tarl.planning.task import Constraint

HOUR_MINUTES = 60


def offset_words(bound: Constraint) -> str:
    """What a time is counted from: ``20 minutes before sunset``; empty for what is not counted."""
    return " and ".join(_words(bound))


def _words(bound: Constraint) -> Iterator[str]:
    ends = bound.value if bound.type == "window" and isinstance(bound.value, Mapping) else {}
    first = ends.get("from", bound.value)
    for value, minutes in ((first, bound.offset_min), (ends.get("to"), bound.to_offset_min)):
        if minutes and value is not None:
            side = "before" if minutes < 0 else "after"
            yield f"{_lasting(abs(minutes))} {side} {_named(value)}"


def _named(value: object) -> str:
    """The time that is counted from, in a word: ``sunset``, ``07:00``."""
    names = ("event", "clock", "part")
    if isinstance(value, Mapping):
        found = next((value[name] for name in names if value.get(name)), "then")
    else:
        found = next((said for name in names if (said := getattr(value, name, None))), "then")
    return str(found).replace("_", " ")


def _lasting(minutes: int) -> str:
    number, unit = minutes, "minute"
    if not minutes % HOUR_MINUTES:
        number, unit = minutes // HOUR_MINUTES, "hour"
    return f"{number} {unit}{'s' * (number != 1)}"
