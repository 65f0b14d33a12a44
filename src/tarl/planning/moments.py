"""Times as people say them, as instants of a snapshot's horizon.

1. What is said without a day is the next one to come: ``before 7 am``, said at 22:00, is tomorrow.
2. A wall time that a change of clocks skips or repeats is resolved by PEP 495 (``slots``).
3. An event (``sunrise``, ``wake_up``) is the next one that the snapshot knows; none is made up.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.slots import MINUTE_MS, instant_of, zone_named
from tarl.planning.task import When
from tarl.values.instants import to_datetime

PARTS: dict[str, tuple[time, time]] = {
    "morning": (time(6), time(12)),
    "noon": (time(12), time(13)),
    "afternoon": (time(12), time(18)),
    "evening": (time(18), time(22)),
    "night": (time(22), time(6)),
    "midnight": (time(0), time(0)),
}
"""When a part of the day begins and ends; one that ends before it begins does so the next day."""


def instant(when: When, snapshot: ContextSnapshot, *, end: bool = False) -> int:
    """The UTC milliseconds that a time means at the snapshot's instant.

    Args:
        when: The time.
        snapshot: Gives now, the time zone and the events.
        end: Whether the end of a part of the day is meant (``by the evening``), not its beginning.

    Raises:
        Invalid: ``task.time``: no such wall time, or an event that nobody knows.
    """
    zone, now = zone_named(snapshot.time_zone), snapshot.timestamp
    if when.in_minutes is not None:
        return now + when.in_minutes * MINUTE_MS
    if when.event is not None:
        return _event(when, snapshot)
    if when.clock is not None:
        at, lasts = _clock(when.clock), timedelta()
    elif when.part in PARTS:
        at, until = PARTS[when.part]
        lasts = timedelta(days=1) if until < at else timedelta()
        at = until if end else at
        lasts = lasts if end else timedelta()
    else:
        at, lasts = time(), timedelta(days=1) if end else timedelta()
    today = to_datetime(now).astimezone(zone).date()
    return _on_a_day(when, today, at, lasts, zone, now)


def _on_a_day(when: When, today: date, at: time, lasts: timedelta, zone: ZoneInfo, now: int) -> int:
    if when.day is not None:
        return instant_of(today + timedelta(days=when.day) + lasts, at, zone)
    if when.weekday is not None:
        ahead = (when.weekday - today.weekday()) % 7
        found = instant_of(today + timedelta(days=ahead) + lasts, at, zone)
        return (
            found
            if found > now
            else instant_of(today + timedelta(days=ahead + 7) + lasts, at, zone)
        )
    if not lasts:
        found = instant_of(today, at, zone)
        return found if found > now else instant_of(today + timedelta(days=1), at, zone)
    # A part of the day that has begun yesterday may still last.
    for days in (-1, 0):
        found = instant_of(today + timedelta(days=days) + lasts, at, zone)
        if found > now:
            return found
    return instant_of(today + timedelta(days=1) + lasts, at, zone)


def wall_time(when: When, *, end: bool = False) -> time | None:
    """The time of day that comes again each day; None for what names a day, an event, or a time
    from now.

    Raises:
        Invalid: ``task.time``: no such wall time.
    """
    if (
        when.in_minutes is not None
        or when.event
        or when.day is not None
        or when.weekday is not None
    ):
        return None
    if when.clock is not None:
        return _clock(when.clock)
    return PARTS[when.part][1 if end else 0] if when.part in PARTS else None


def _event(when: When, snapshot: ContextSnapshot) -> int:
    name = when.event or ""
    for at in snapshot.events.get(name, ()):
        if at > snapshot.timestamp:
            return at
    raise Invalid(
        f"nobody told when {name.replace('_', ' ')} is",
        code="task.time",
        next_step="say a time, or give the home a calendar or a place",
        event=name,
    )


def _clock(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall time has no zone
    except ValueError as error:
        raise Invalid(
            f"{text!r} is no time of day",
            code="task.time",
            next_step="write hours and minutes, like 07:00",
            clock=text,
        ) from error
