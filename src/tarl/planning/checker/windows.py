"""When the windows of a plan's rules are open: by the civil days of the home, each on its own.

A day of 23 or 25 hours moves no window: ``from 22:00 to 06:00`` is a wall time on each day.
"""

from __future__ import annotations

from datetime import time, timedelta

import msgspec

from tarl.errors import Invalid
from tarl.planning.checker.finding import Subject
from tarl.planning.moments import PARTS, instant
from tarl.planning.slots import instant_of, zone_named
from tarl.planning.task import When
from tarl.values.instants import to_datetime

Span = tuple[int, int]


def when_of(value: object) -> When:
    """A time of a rule.

    Raises:
        Invalid: ``task.time``.
    """
    try:
        return msgspec.convert(value, When)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"this is no time: {value!r}",
            code="task.time",
            next_step="give one of clock, in_minutes, event and part",
        ) from error


def spans_of(value: object, subject: Subject) -> list[Span]:
    """The times at which a window is open between now and the end of what is planned.

    Raises:
        Invalid: ``task.time``.
    """
    if not isinstance(value, dict) or not {"from", "to"} & value.keys():
        raise Invalid(
            f"this is no window of time: {value!r}",
            code="task.time",
            next_step="give 'from' and 'to'",
        )
    now, last = subject.snapshot.timestamp, subject.grid.end_ms
    opens = when_of(value["from"]) if value.get("from") else None
    closes = when_of(value["to"]) if value.get("to") else None
    if closes is None:
        return [(instant(opens or When(in_minutes=0), subject.snapshot), last)]
    begins = _times(opens, subject, end=False) if opens else [now]
    ends = _times(closes, subject, end=True)
    after = ((begin, [end for end in ends if end > begin]) for begin in begins)
    spans = [(begin, min(later)) for begin, later in after if later]
    if not _recurs(closes):
        # One end: of several beginnings the last before it.
        spans = spans[-1:]
    return spans


def _recurs(when: When) -> bool:
    return when.day is None and when.weekday is None and when.in_minutes is None


def _times(when: When, subject: Subject, *, end: bool) -> list[int]:
    """Every instant that a time means, from the day before now to the day after the last slot; the
    one that it means where it names its day."""
    if not _recurs(when):
        return [instant(when, subject.snapshot, end=end)]
    zone = zone_named(subject.snapshot.time_zone)
    first = to_datetime(subject.snapshot.timestamp).astimezone(zone).date() - timedelta(days=1)
    days = (subject.grid.end_ms - subject.snapshot.timestamp) // 86_400_000 + 4
    if when.event is not None:
        at = to_datetime(instant(when, subject.snapshot)).astimezone(zone).time()
        known = subject.snapshot.events.get(when.event, ())
        guessed = [instant_of(first + timedelta(days=day), at, zone) for day in range(days)]
        later = [ms for ms in guessed if ms > max(known)]
        return sorted({*known, *guessed[:1], *later})
    at = _wall_time(when, end=end)
    return [instant_of(first + timedelta(days=day), at, zone) for day in range(days)]


def _wall_time(when: When, *, end: bool) -> time:
    if when.clock is not None:
        try:
            return time.fromisoformat(when.clock)
        except ValueError as error:
            raise Invalid(
                f"{when.clock!r} is no time of day",
                code="task.time",
                next_step="write hours and minutes, like 07:00",
                clock=when.clock,
            ) from error
    begins, ends = PARTS.get(when.part or "", (time(), time()))
    return ends if end else begins
