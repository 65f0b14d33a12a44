"""The times of a window: of each day, unless it names its day."""

from __future__ import annotations

from datetime import time, timedelta

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.moments import SUN, instant, last_and_next, time_of, wall_time
from tarl.planning.slots import MINUTE_MS, instant_of, zone_named
from tarl.planning.task import Constraint, When
from tarl.values.instants import to_datetime


def window_spans(bound: Constraint, snapshot: ContextSnapshot) -> list[tuple[int, int]]:
    """The times of a window in the horizon: each day's, unless it names its day.

    Raises:
        Invalid: ``task.time``.
    """
    value = bound.value
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
        from_time = _moved(wall_time(began), bound.offset_min)
        to_time = _moved(wall_time(ended, end=True), bound.to_offset_min)
        if from_time is not None and to_time is not None:
            return _each_day(from_time, to_time, snapshot)
    start, end = snapshot.timestamp, snapshot.grid.end_ms
    if began is not None:
        start = instant(began, snapshot, offset_min=bound.offset_min)
    if ended is not None:
        end = instant(ended, snapshot, end=True, offset_min=bound.to_offset_min)
    if began and ended:
        start, end = _on_their_day(began, ended, start, end, bound, snapshot)
    return [(start, end)]


def _moved(wall: time | None, by_min: int) -> time | None:
    """A time of day so many minutes later; None for none."""
    if wall is None:
        return None
    minutes = (wall.hour * 60 + wall.minute + by_min) % (24 * 60)
    return time(minutes // 60, minutes % 60)


def _on_their_day(
    began: When, ended: When, start: int, end: int, bound: Constraint, snapshot: ContextSnapshot
) -> tuple[int, int]:
    """A window of which an end names its day: the other lies next to it, and what goes on now is
    meant before the same a week later: on a Monday, Monday has begun, and after sunset ``from
    sunset`` is from now on."""
    zone, now = zone_named(snapshot.time_zone), snapshot.timestamp

    def days_from(ms: int, at: time | None, *days: int) -> list[int]:
        there = to_datetime(ms).astimezone(zone)
        wall = there.time() if at is None else at
        return [instant_of(there.date() + timedelta(days=more), wall, zone) for more in days]

    is_weekly = began.weekday is not None and began.date is None
    starts = days_from(start, None, -7, 0) if is_weekly else [start]
    if began.event in SUN and not began.names_day:
        starts = _counted(began.event, bound.offset_min, snapshot)
    from_time = _moved(wall_time(began), bound.offset_min)
    to_time = _moved(wall_time(ended, end=True), bound.to_offset_min)
    if from_time is not None:
        return max(at for at in days_from(end, from_time, -1, 0) if at < end), end
    if to_time is None and ended.event is None:
        return max((at for at in starts if at < end), default=start), end
    known = _counted(ended.event or "", bound.to_offset_min, snapshot)
    spans = []
    for at in starts:
        ends = known if to_time is None else days_from(at, to_time, 0, 1)
        spans.append((at, min((later for later in ends if later > at), default=end)))
    return next((span for span in spans if span[1] > now), spans[-1])


def _counted(event: str, offset_min: int, snapshot: ContextSnapshot) -> list[int]:
    """The times that are so many minutes from an event, in order."""
    return [at + offset_min * MINUTE_MS for at in last_and_next(event, snapshot)]


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
