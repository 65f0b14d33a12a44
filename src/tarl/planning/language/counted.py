"""Times that are counted from others: ``20 minutes before sunset``.

While a sentence is read such a time is a :class:`Counted`; its constraint holds the time that is
counted from, and the minutes beside it (``Constraint.offset_min``).
"""

from __future__ import annotations

from typing import Any

from tarl.planning.language.amounts import MINUTE_MS
from tarl.planning.language.line import Found
from tarl.planning.language.numbers import Clock
from tarl.planning.language.times import Day, Event, Time
from tarl.planning.task import When


class Counted(When, frozen=True, kw_only=True, omit_defaults=True):
    """So many minutes from the time that it names; negative is before it."""

    offset_min: int = 0


def counted(args: tuple[str, ...], found: Found) -> Time | None:
    """So long before or after an event; ``args[0]`` is 1 or -1, and ``args[1]`` the minutes where a
    word says them. A clock time in it is how long: ``deux heures avant``."""
    lasts: list[int] = found.of("U")
    hours: list[Clock] = found.of("K", "L")
    events: list[Event] = found.of("E")
    days: list[Day] = found.of("Y")
    if len(lasts) + len(hours) + len(args[1:]) != 1 or len(events) != 1 or len(days) > 1:
        return None
    minutes = int(args[1]) if args[1:] else lasts[0] // MINUTE_MS if lasts else hours[0].minutes
    day = days[0] if days else Day()
    when = Counted(
        event=events[0].name,
        offset_min=int(args[0]) * minutes,
        day=day.ahead,
        weekday=day.weekday,
        date=day.date,
    )
    return Time(when) if minutes else None


def from_there(when: When, minutes: int) -> When:
    """The time so many minutes from another."""
    values = {name: getattr(when, name) for name in When.__struct_fields__}
    minutes += getattr(when, "offset_min", 0)
    return Counted(**values, offset_min=minutes) if minutes else When(**values)


def beside(when: When, found: Found, *, sign: int) -> When:
    """The time of a modifier that says itself how long before or after: ``zwei Stunden vor``."""
    lasts: list[int] = found.of("U")
    is_one = len(lasts) == 1 and lasts[0] >= MINUTE_MS
    is_time = bool(when.event or when.clock) and not isinstance(when, Counted)
    return from_there(when, sign * (lasts[0] // MINUTE_MS)) if is_one and is_time else when


def apart(value: Any) -> tuple[Any, int, int]:
    """A value as it is said but for the minutes, and these: of the time or the beginning, and of
    the end."""
    if isinstance(value, Counted):
        return from_there(value, -value.offset_min), value.offset_min, 0
    if isinstance(value, dict) and {"from", "to"} <= value.keys():
        first, at, _ = apart(value["from"])
        last, to, _ = apart(value["to"])
        return {**value, "from": first, "to": last}, at, to
    return value, 0, 0
