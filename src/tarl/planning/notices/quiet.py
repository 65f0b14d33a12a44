"""When nobody is to be disturbed.

1. Quiet hours hold from their first instant to the one at which they end, that one not included.
2. Spans that touch are one: nobody is told anything in between.
3. What is not known is not quiet: no notice waits for an end that nobody has said.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.slots import instant_of
from tarl.values.instants import to_datetime

_WALL_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class QuietHours(Protocol):
    """Says when a disturbance may happen."""

    def until_ms(self, now_ms: int) -> int | None:
        """When the quiet hours that hold an instant end; None outside of them."""


class Spans:
    """Quiet hours as spans of UTC milliseconds, as a calendar has them."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start_ms, end_ms in sorted(spans):
            if end_ms <= start_ms:
                continue
            if self._ends and start_ms <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end_ms)
            else:
                self._starts.append(start_ms)
                self._ends.append(end_ms)

    def until_ms(self, now_ms: int) -> int | None:
        """See :class:`QuietHours`."""
        at = bisect_right(self._starts, now_ms) - 1
        return self._ends[at] if at >= 0 and now_ms < self._ends[at] else None


NEVER = Spans(())
"""No quiet hours."""


class Nightly:
    """The same wall times each night, whatever clocks do: ``Nightly("22:00", "06:30", zone)``.

    Raises:
        Invalid: a time that is none, or two that are the same (``notice.quiet_hours``).
    """

    def __init__(self, start: str, end: str, zone: ZoneInfo) -> None:
        self._start, self._end, self._zone = _wall_time(start), _wall_time(end), zone
        if self._start == self._end:
            raise _malformed(f"{start} to {end}")

    def until_ms(self, now_ms: int) -> int | None:
        """See :class:`QuietHours`."""
        today = to_datetime(now_ms).astimezone(self._zone).date()
        nights = timedelta(days=1) if self._end < self._start else timedelta()
        for day in (today - timedelta(days=1), today):
            start_ms = instant_of(day, self._start, self._zone)
            end_ms = instant_of(day + nights, self._end, self._zone)
            if start_ms <= now_ms < end_ms:
                return end_ms
        return None


def quiet_of(snapshot: ContextSnapshot) -> Spans:
    """The quiet hours that a snapshot knows of."""
    grid = snapshot.grid
    return Spans(
        (grid.at(slot), grid.at(slot + 1)) for slot, quiet in enumerate(snapshot.quiet) if quiet
    )


def _wall_time(text: str) -> time:
    found = _WALL_TIME.fullmatch(text)
    if found is None:
        raise _malformed(text)
    return time(int(found[1]), int(found[2]))


def _malformed(text: str) -> Invalid:
    return Invalid(
        f"{text!r} says no quiet hours",
        code="notice.quiet_hours",
        next_step="give two different wall times, like 22:00 and 06:30",
    )
