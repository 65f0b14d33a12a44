"""The times of a window: of each day, unless it names its day."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.moments import instant, time_of, wall_time
from tarl.planning.slots import instant_of, zone_named
from tarl.planning.task import When
from tarl.values.instants import to_datetime


def window_spans(value: Any, snapshot: ContextSnapshot) -> list[tuple[int, int]]:
    """The times of a window in the horizon: each day's, unless it names its day.

    Raises:
        Invalid: ``task.time``.
    """
    if not isinstance(value, dict) or not {"from", "to"} & value.keys():
        raise Invalid(
            f"this is no window of time: {value!r}",
            code="task.time",
            next_step="give 'from' and 'to'",
        )
    began = time_of(value["from"]) if value.get("from") else None
    ended = time_of(value["to"]) if value.get("to") else None
    if began is not None and ended is not None:
        if ended.part == "noon" and ended != began:
            # From eight till noon ends at twelve; noon itself is an hour.
            ended = msgspec.structs.replace(ended, part=None, clock="12:00")
        from_time, to_time = wall_time(began), wall_time(ended, end=True)
        if from_time is not None and to_time is not None:
            return _each_day(from_time, to_time, snapshot)
    start = snapshot.timestamp if began is None else instant(began, snapshot)
    end = snapshot.grid.end_ms if ended is None else instant(ended, snapshot, end=True)
    if began and ended:
        start, end = _on_their_day(began, ended, start, end, snapshot)
    return [(start, end)]


def _on_their_day(
    began: When, ended: When, start: int, end: int, snapshot: ContextSnapshot
) -> tuple[int, int]:
    """A window of which an end names its day: the other lies next to it, and what goes on now is
    meant before the same a week later: on a Monday, Monday has begun."""
    zone, now = zone_named(snapshot.time_zone), snapshot.timestamp

    def days_from(ms: int, at: time | None, *days: int) -> list[int]:
        there = to_datetime(ms).astimezone(zone)
        wall = there.time() if at is None else at
        return [instant_of(there.date() + timedelta(days=more), wall, zone) for more in days]

    is_weekly = began.weekday is not None and began.date is None
    starts = days_from(start, None, -7, 0) if is_weekly else [start]
    from_time, to_time = wall_time(began), wall_time(ended, end=True)
    if from_time is not None:
        return max(at for at in days_from(end, from_time, -1, 0) if at < end), end
    if to_time is None and ended.event is None:
        return max((at for at in starts if at < end), default=start), end
    known = snapshot.events.get(ended.event or "", ())
    spans = []
    for at in starts:
        ends = known if to_time is None else days_from(at, to_time, 0, 1)
        spans.append((at, min((later for later in ends if later > at), default=end)))
    return next((span for span in spans if span[1] > now), spans[-1])


def _each_day(begins: time, ends: time, snapshot: ContextSnapshot) -> list[tuple[int, int]]:
    """A window's times on every day of the horizon; one that ends before it begins ends the day
    after.
    """
    zone = zone_named(snapshot.time_zone)
    day = to_datetime(snapshot.timestamp).astimezone(zone).date() - timedelta(days=1)
    spans = []
    while (start := instant_of(day, begins, zone)) < snapshot.grid.end_ms:
        end = instant_of(day + timedelta(days=ends <= begins), ends, zone)
        if end > snapshot.timestamp:
            spans.append((start, end))
        day += timedelta(days=1)
    return spans
