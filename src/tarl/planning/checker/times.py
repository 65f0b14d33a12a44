"""When a rule's time is, for rule 8: by what the snapshot knows, each on its own.

An event is the first of its day whose time, so many minutes before or after it, is still to come;
the sun's last one was as late by the wall as the next one is.
"""

from __future__ import annotations

from datetime import timedelta

from tarl.errors import Invalid
from tarl.planning.checker.finding import Subject
from tarl.planning.moments import instant, time_of
from tarl.planning.slots import instant_of, zone_named
from tarl.planning.task import Constraint, When
from tarl.values.instants import to_datetime

MINUTE_MS = 60_000
_OF_THE_SUN = ("sunrise", "sunset")


def meant(rule: Constraint, subject: Subject) -> int:
    """The UTC milliseconds of a deadline or an earliest beginning.

    Raises:
        Invalid: ``task.time``.
    """
    return time_meant(time_of(rule.value), subject, by_min=rule.offset_min)


def time_meant(when: When, subject: Subject, *, by_min: int = 0, end: bool = False) -> int:
    """The UTC milliseconds that are so many minutes from a time.

    Raises:
        Invalid: ``task.time``.
    """
    if when.event is None or when.in_minutes is not None:
        return instant(when, subject.snapshot, end=end) + by_min * MINUTE_MS
    now = subject.snapshot.timestamp
    first = now - 2 * 86_400_000
    if when.names_day:
        day = When(day=when.day, weekday=when.weekday, date=when.date, clock="00:00")
        first = instant(day, subject.snapshot)
    moments = (at + by_min * MINUTE_MS for at in times_of_event(when.event, subject) if at > first)
    found = next((at for at in moments if at > now), None)
    if found is None:
        raise Invalid(
            f"nobody told when {when.event} is",
            code="task.time",
            next_step="say a time, or give the home a calendar or a place",
            event=when.event,
        )
    return found


def times_of_event(event: str, subject: Subject) -> list[int]:
    """When an event is, and, of the sun's, about when it was last, in order."""
    now = subject.snapshot.timestamp
    known = sorted(subject.snapshot.events.get(event, ()))
    if event not in _OF_THE_SUN or not known or known[0] <= now:
        return known
    zone = zone_named(subject.snapshot.time_zone)
    there = to_datetime(known[0]).astimezone(zone)
    yesterday = instant_of(there.date() - timedelta(days=1), there.time(), zone)
    return [yesterday if yesterday < now else now, *known]
