"""Quiet hours, absences and routines as iCalendar (RFC 5545): what recurs, as spans of instants.

1. Recurrence, exceptions and moved occurrences are the library's to expand; wall times keep to
   their own time zone, so that a night in which clocks change is an hour longer or shorter.
2. What the library would guess at or pass over is refused first: a zone that nobody knows, an end
   before its start, a line about when something is that it could not read, and rules so frequent
   that they could not be expanded in a moment.
3. Times without a zone are the home's; an event of whole days lasts from midnight to midnight, one
   day at least.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tarl.errors import Invalid, Unavailable
from tarl.planning.slots import instant_of
from tarl.values.instants import from_datetime, to_datetime

EVENTS_MAX = 5_000
SPANS_MAX = 20_000
YEAR_MIN = 1970
"""A rule that began earlier would be followed through every day since."""

RULES_MAX = 500
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TOO_FINE = ("BYSECOND", "BYMINUTE", "BYHOUR")
_NEVER = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
"""Said of every day or week they mean what a month or a year says better, or never come, which the
library looks for through 8,000 years of days."""

_WHEN = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"}
    | {"STATUS", "UID"}
)
"""Lines of an event that say when it is: one that cannot be read changes that, unsaid."""

_LINE = re.compile(r"parsed into parts: ['\"]([\w-]+)")


class Span(NamedTuple):
    """Something from one instant to another, UTC milliseconds."""

    start_ms: int
    end_ms: int
    summary: str


class Calendar:
    """A calendar that was read and can be looked into."""

    def __init__(self, data: bytes, *, zone: ZoneInfo, source: str) -> None:
        """Reads it.

        Raises:
            Invalid: ``calendar.malformed``, ``calendar.zone``, ``calendar.span``,
                ``calendar.frequency``, ``calendar.too_large``.
            Unavailable: ``extra.missing``.
        """
        icalendar, recurring = _libraries()
        self._zone, self._source = zone, source
        try:
            with warnings.catch_warnings():
                # What it guesses of prefixes of zones is right, and nothing for standard error.
                warnings.simplefilter("ignore")
                calendar = icalendar.Calendar.from_ical(data)
            events = list(calendar.walk("VEVENT"))
            if len(events) > EVENTS_MAX:
                raise self._too_large(f"it has over {EVENTS_MAX} events")
            if sum("RRULE" in event for event in events) > RULES_MAX:
                raise self._too_large(f"over {RULES_MAX} of its events recur")
            for event in events:
                self._check(event)
            self._query = recurring.of(calendar)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise self._malformed(error) from error

    def spans(self, *, start_ms: int, end_ms: int, moments: bool = False) -> tuple[Span, ...]:
        """What of it lies in a span of time, in order, not cut to it.

        Args:
            start_ms: Where the span of time begins.
            end_ms: Where it ends.
            moments: Also what has no duration.

        Raises:
            Invalid: ``calendar.malformed``, ``calendar.too_large``.
        """
        try:
            found = self._query.between(
                to_datetime(start_ms).astimezone(self._zone),
                to_datetime(end_ms).astimezone(self._zone),
            )
            spans = sorted({span for event in found for span in self._span(event, moments)})
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise self._malformed(error) from error
        if len(spans) > SPANS_MAX:
            raise self._too_large(f"it has over {SPANS_MAX} occurrences")
        return tuple(
            span
            for span in spans
            if span.start_ms < end_ms and max(span.end_ms, span.start_ms + 1) > start_ms
        )

    def _span(self, event: Any, moments: bool) -> Iterator[Span]:
        start, end = self._instant(event.start), self._instant(event.end)
        if end == start and not isinstance(event.start, datetime):
            end = self._instant(event.start + timedelta(days=1))
        if (end > start or moments) and str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield Span(start, end, str(event.get("SUMMARY", "")))

    def _instant(self, at: date) -> int:
        if not isinstance(at, datetime):
            return instant_of(at, time(), self._zone)
        aware = at if at.tzinfo is not None else at.replace(tzinfo=self._zone)
        return from_datetime(aware.astimezone(UTC))

    def _check(self, event: Any) -> None:
        for name, problem in event.errors:
            line = _LINE.search(problem)
            if (name or (line[1] if line else "")).upper() in _WHEN:
                raise self._malformed(ValueError(problem))
        if "EXRULE" in event:
            raise self._malformed(ValueError("EXRULE is not followed; EXDATE is"))
        for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
            self._check_time(event.get(name))
        start = event.start
        if start.year < YEAR_MIN:
            raise self._too_frequent(f"an event began in {start.year}")
        # Of two wall times in one zone Python compares what the clock shows: only instants tell.
        if self._instant(event.end) < self._instant(start):
            raise Invalid(
                f"an event of the calendar {self._source} ends before it begins",
                code="calendar.span",
                next_step="correct the event's end",
                source=self._source,
            )
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            frequency = [str(value).upper() for value in rule.get("FREQ", ())]
            if not frequency or any(value < 1 for value in rule.get("INTERVAL", ())):
                raise self._malformed(ValueError("an RRULE without a FREQ, or with no INTERVAL"))
            if not set(frequency) <= FREQUENCIES or any(rule.get(name) for name in _TOO_FINE):
                raise self._too_frequent("an event recurs more often than once a day")
            if {"DAILY", "WEEKLY"}.intersection(frequency) and any(map(rule.get, _NEVER)):
                raise self._too_frequent("an event recurs on some days of every day or week")

    def _check_time(self, value: Any) -> None:
        if value is None:
            return
        zone = value.params.get("TZID")
        if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None:
            raise Invalid(
                f"the calendar {self._source} does not say what the zone {zone} is",
                code="calendar.zone",
                next_step="use zones of the IANA database, like Europe/Helsinki",
                source=self._source,
                zone=str(zone),
            )

    def _malformed(self, error: Exception) -> Invalid:
        return Invalid(
            f"the calendar {self._source} cannot be understood: {str(error)[:200]}",
            code="calendar.malformed",
            next_step="export it again as an .ics file of one calendar",
            source=self._source,
        )

    def _too_large(self, problem: str) -> Invalid:
        return Invalid(
            f"the calendar {self._source} is too large: {problem}",
            code="calendar.too_large",
            next_step="keep the home's own calendar apart from others",
            source=self._source,
        )

    def _too_frequent(self, problem: str) -> Invalid:
        return Invalid(
            f"the calendar {self._source} cannot be followed: {problem}",
            code="calendar.frequency",
            next_step=f"let events recur by the day, week, month or year, from {YEAR_MIN} on",
            source=self._source,
        )


def _libraries() -> tuple[Any, Any]:
    try:
        import icalendar
        import recurring_ical_events  # type: ignore[import-untyped]  # it has no types
    except ImportError as error:
        raise Unavailable(
            "icalendar is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[planning]'",
        ) from error
    return icalendar, recurring_ical_events


def days_of(start_ms: int, end_ms: int, zone: ZoneInfo) -> Iterator[date]:
    """The civil days that a span touches, and the one before, whose night may reach into it."""
    day = to_datetime(start_ms).astimezone(zone).date() - timedelta(days=1)
    last = to_datetime(end_ms).astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
