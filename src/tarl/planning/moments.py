"""Times as people say them, as instants of a snapshot's horizon, and how far that has to reach.

1. What is said without a day is the next one to come: ``before 7 am``, said at 22:00, is tomorrow.
2. A wall time that a change of clocks skips or repeats is resolved by PEP 495 (``slots``).
3. An event (``sunrise``, ``wake_up``) is the next one that the snapshot knows; none is made up, but
   that the sun's last one was about a day before the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.slots import HOUR_MS, MINUTE_MS, instant_of, zone_named
from tarl.planning.task import Constraint, When
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


HORIZON_HOURS = 36
HORIZON_HOURS_MAX = 24 * 14
"""What forecasts can be worth."""

DAY_HOURS = 24
"""So long what begins at a time has to be done after it."""


def time_of(value: Any) -> When:
    """The time that a rule names.

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


def hours_named(constraints: Iterable[Constraint], snapshot: ContextSnapshot) -> int:
    """How many hours ahead one has to look to see the times that rules name by their day or by how
    far off they are: at least ``HORIZON_HOURS``, at most ``HORIZON_HOURS_MAX``.

    Raises:
        Invalid: ``task.time``.
    """
    hours = HORIZON_HOURS
    for bound in constraints:
        more = DAY_HOURS if bound.type != "deadline" or bound.is_start else 0
        for when, is_end in _days_of(bound):
            offset_min = bound.to_offset_min if is_end else bound.offset_min
            if when.event is not None:  # Not known yet: its whole day is looked at.
                when, is_end = msgspec.structs.replace(when, event=None), True
            at = instant(when, snapshot, end=is_end, offset_min=offset_min)
            ahead_ms = at - snapshot.timestamp
            hours = max(hours, -(-ahead_ms // HOUR_MS) + more)
    return min(hours, HORIZON_HOURS_MAX)


def _days_of(bound: Constraint) -> Iterator[tuple[When, bool]]:
    """The times of a rule that say how far off they are, and whether they end a window."""
    ends: dict[str, Any] = {}
    if bound.type in ("deadline", "earliest"):
        ends = {"from": bound.value}
    elif bound.type == "window" and bound.operator == "in" and isinstance(bound.value, dict):
        ends = bound.value
    for name, value in ends.items():
        when = time_of(value) if value else When()
        if when.names_day or when.in_minutes is not None:
            yield when, name == "to"


def moment_of(bound: Constraint, snapshot: ContextSnapshot) -> int:
    """The UTC milliseconds that a deadline or an earliest beginning means.

    Raises:
        Invalid: ``task.time``.
    """
    return instant(time_of(bound.value), snapshot, offset_min=bound.offset_min)


def instant(
    when: When, snapshot: ContextSnapshot, *, end: bool = False, offset_min: int = 0
) -> int:
    """The UTC milliseconds that a time means at the snapshot's instant.

    Args:
        when: The time.
        snapshot: Gives now, the time zone and the events.
        end: Whether the end of a part of the day is meant (``by the evening``), not its beginning.
        offset_min: Minutes from that time to the one that is meant.

    Raises:
        Invalid: ``task.time``: no such wall time, or an event that nobody knows.
    """
    zone, now, offset_ms = (
        zone_named(snapshot.time_zone),
        snapshot.timestamp,
        offset_min * MINUTE_MS,
    )
    if when.in_minutes is not None:
        return now + when.in_minutes * MINUTE_MS + offset_ms
    if when.event is not None:
        return _event(when, snapshot, offset_ms)
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
    return _on_a_day(when, today, at, lasts, zone, now) + offset_ms


def _on_a_day(when: When, today: date, at: time, lasts: timedelta, zone: ZoneInfo, now: int) -> int:
    if when.date is not None:
        return instant_of(_date(when, today) + lasts, at, zone)
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


_DATE = re.compile(r"(?:(?P<year>\d{4})|-)-(?:(?P<month>\d{2})|-)-?(?P<day>\d{2})")


def _date(when: When, today: date) -> date:
    """The day of the calendar that is meant, in days that a plan reaches.

    Raises:
        Invalid: ``task.time``: there is no such day, it has passed, it is no such day of the week,
            or no plan reaches it.
    """
    found = next(_days_called(when.date or "", today), None)
    if found is None:
        raise _no_day(f"no calendar has the day {when.date!r}")
    ahead = (found - today).days
    if ahead < 0:
        raise _no_day(f"{found.isoformat()} has passed")
    if when.weekday is not None and found.weekday() != when.weekday:
        name = WEEKDAYS[found.weekday()].capitalize()
        raise _no_day(f"{found.isoformat()} is a {name}")
    if ahead > HORIZON_HOURS_MAX // DAY_HOURS:
        most = HORIZON_HOURS_MAX // DAY_HOURS
        raise _no_day(f"{found.isoformat()} is {ahead} days ahead; plans are made for {most}")
    return found


def _no_day(text: str) -> Invalid:
    return Invalid(text, code="task.time", next_step="say one of the coming days, like 'on Friday'")


def _days_called(said: str, today: date) -> Iterator[date]:
    """The days that are called so, from today on; one with its year is the only one."""
    parts = _DATE.fullmatch(said)
    if parts is None:
        return
    day, month = int(parts["day"]), int(parts["month"]) if parts["month"] else None
    years = [int(parts["year"])] if parts["year"] else range(today.year, today.year + 9)
    for year in years:
        for one in range(1, 13) if month is None else (month,):
            try:
                found = date(year, one, day)
            except ValueError:
                continue  # Not every year, or month, has such a day.
            if parts["year"] or found >= today:
                yield found


def wall_time(when: When, *, end: bool = False) -> time | None:
    """The time of day that comes again each day; None for what names a day, an event, or a time
    from now.

    Raises:
        Invalid: ``task.time``: no such wall time.
    """
    if when.in_minutes is not None or when.event or when.names_day:
        return None
    if when.clock is not None:
        return _clock(when.clock)
    return PARTS[when.part][1 if end else 0] if when.part in PARTS else None


SUN = frozenset({"sunrise", "sunset"})
"""Events that come each day, at nearly the same time."""


def last_and_next(event: str, snapshot: ContextSnapshot) -> tuple[int, ...]:
    """When an event is, in order; of the sun's also when it was last, about a day before."""
    known = snapshot.events.get(event, ())
    later = [at for at in known if at > snapshot.timestamp]
    if event not in SUN or not later or len(later) < len(known):
        return known
    zone = zone_named(snapshot.time_zone)
    there = to_datetime(later[0]).astimezone(zone)
    before = instant_of(there.date() - timedelta(days=1), there.time(), zone)
    return (min(before, snapshot.timestamp), *later)


def _event(when: When, snapshot: ContextSnapshot, offset_ms: int) -> int:
    """The first event of its day, or after it began, whose time is still to come."""
    name, now = when.event or "", snapshot.timestamp
    zone = zone_named(snapshot.time_zone)
    begins = now
    if when.names_day:
        today = to_datetime(now).astimezone(zone).date()
        begins = _on_a_day(when, today, time(), timedelta(), zone, now)
    for at in last_and_next(name, snapshot):
        if at + offset_ms > now and (at > begins or not when.names_day):
            return at + offset_ms
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


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {"today": 0, "tonight": 0, "tomorrow": 1}
_SPAN = re.compile(r"in ([0-9]{1,4}) ?(m|min|mins|minutes?|h|hours?)")
_TIME = re.compile(
    r"(?:(?P<day>today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"mon|tue|wed|thu|fri|sat|sun)\b,? ?)?(?:at )?"
    r"(?:(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2}))? ?(?P<half>am|pm|a\.m\.|p\.m\.)?"
    r"|(?P<word>noon|midnight))"
)


def moment_from(text: str) -> When | None:
    """A time as somebody writes it in a command line: ``18:00``, ``7 am``, ``tomorrow 7am``,
    ``fri 18:30``, ``noon``, ``in 2 hours``; None for what is none of these."""
    plain = " ".join(text.lower().split())
    if span := _SPAN.fullmatch(plain):
        return When(in_minutes=int(span[1]) * (60 if span[2].startswith("h") else 1))
    found = _TIME.fullmatch(plain)
    if found is None:
        return None
    clock = _clock_from(found)
    if clock is None:
        return None
    day = found["day"]
    if day in _DAYS:
        return When(clock=clock, day=_DAYS[day])
    weekday = next((n for n, name in enumerate(WEEKDAYS) if day and name.startswith(day)), None)
    return When(clock=clock, weekday=weekday)


def _clock_from(found: re.Match[str]) -> str | None:
    """Hours and minutes; None where there is no such time, or it is not said which half of the day
    is meant and no minutes are."""
    if found["word"]:
        return "12:00" if found["word"] == "noon" else "00:00"
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    elif found["minute"] is None:
        return None
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None
