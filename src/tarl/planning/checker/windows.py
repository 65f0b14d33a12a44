"""When the windows of a plan's rules are open: by the civil days of the home, each on its own.

A day of 23 or 25 hours moves no window: ``from 22:00 to 06:00`` is a wall time on each day. What is
from another time till noon ends at twelve; noon itself is an hour.
"""

from __future__ import annotations

from datetime import time, timedelta

import msgspec

from tarl.errors import Invalid
from tarl.planning.checker.finding import Subject
from tarl.planning.checker.times import MINUTE_MS, time_meant, times_of_event
from tarl.planning.moments import PARTS, time_of
from tarl.planning.slots import instant_of, zone_named
from tarl.planning.task import Constraint, When
from tarl.values.instants import to_datetime

Span = tuple[int, int]


def spans_of(rule: Constraint, subject: Subject) -> list[Span]:
    """The times at which a window is open between now and the end of what is planned.

    Raises:
        Invalid: ``task.time``.
    """
    value = rule.value
    if not isinstance(value, dict) or not {"from", "to"} & value.keys():
        raise Invalid(
            f"this is no window of time: {value!r}",
            code="task.time",
            next_step="give 'from' and 'to'",
        )
    now, last = subject.snapshot.timestamp, subject.grid.end_ms
    opens = time_of(value["from"]) if value.get("from") else None
    closes = time_of(value["to"]) if value.get("to") else None
    if closes is None:
        opens = opens or When(in_minutes=0)
        return [(time_meant(opens, subject, by_min=rule.offset_min), last)]
    if opens is not None and opens != closes and closes.part == "noon":
        closes = msgspec.structs.replace(closes, part=None, clock="12:00")
    begins = [now]
    if opens is not None:
        shift = rule.offset_min * MINUTE_MS
        begins = [at + shift for at in _times(opens, subject, end=False)]
    shift = rule.to_offset_min * MINUTE_MS
    ends = [at + shift for at in _times(closes, subject, end=True)]
    after = ((begin, [end for end in ends if end > begin]) for begin in begins)
    spans = [(begin, min(later)) for begin, later in after if later]
    if not _recurs(closes):
        # One end: of several beginnings the last before it.
        return spans[-1:]
    if opens is not None and opens.weekday is not None and opens.date is None:
        # Two beginnings, a week apart: the one that is not over.
        return [span for span in spans if span[1] > now][:1]
    return spans


def _recurs(when: When) -> bool:
    return not when.names_day and when.in_minutes is None


def _times(when: When, subject: Subject, *, end: bool) -> list[int]:
    """Every instant that a time means, from the day before now to the day after the last slot; the
    one that it means where it names its day, with the one a week before where a day of the week
    begins."""
    zone = zone_named(subject.snapshot.time_zone)
    if not _recurs(when):
        at = time_meant(when, subject, end=end)
        if when.weekday is None or when.date is not None or end:
            return [at]
        there = to_datetime(at).astimezone(zone)
        return [instant_of(there.date() - timedelta(days=7), there.time(), zone), at]
    first = to_datetime(subject.snapshot.timestamp).astimezone(zone).date() - timedelta(days=1)
    days = (subject.grid.end_ms - subject.snapshot.timestamp) // 86_400_000 + 4
    if when.event is not None:
        known = times_of_event(when.event, subject)
        wall = to_datetime(time_meant(when, subject)).astimezone(zone).time()
        guessed = [instant_of(first + timedelta(days=day), wall, zone) for day in range(days)]
        later = [ms for ms in guessed if ms > max(known)]
        return sorted({*known, *guessed[:1], *later})
    wall = _wall_time(when, end=end)
    return [instant_of(first + timedelta(days=day), wall, zone) for day in range(days)]


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
