"""Time in slots: a grid of equal spans of UTC, so that a day of 23 or 25 hours is nothing special.

1. Slot ``i`` is ``[start_ms + i * slot_ms, start_ms + (i + 1) * slot_ms)``.
2. A civil day at 15 minutes has 92, 96 or 100 slots, as its time zone says.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tarl.errors import Invalid
from tarl.values.instants import from_datetime

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS
HOUR_MS = 60 * MINUTE_MS
SLOTS_MAX = 2_016
"""Three weeks of quarters of an hour."""


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` slots of ``slot_ms`` from ``start_ms``."""

    start_ms: int
    slot_ms: int = QUARTER_MS
    count: int = 96

    def __post_init__(self) -> None:
        if not 1 <= self.count <= SLOTS_MAX or self.slot_ms < MINUTE_MS:
            raise Invalid(
                f"a grid has 1 to {SLOTS_MAX} slots of a minute or more",
                code="plan.horizon",
                next_step="plan a shorter time, or in longer slots",
                count=self.count,
                slot_ms=self.slot_ms,
            )

    @property
    def end_ms(self) -> int:
        """Where the last slot ends."""
        return self.start_ms + self.count * self.slot_ms

    def at(self, slot: int) -> int:
        """When a slot begins."""
        return self.start_ms + slot * self.slot_ms

    def slot_of(self, ms: int) -> int:
        """The slot that holds an instant; below 0 or past the end for instants outside."""
        return (ms - self.start_ms) // self.slot_ms

    def over_ms(self, ms: int) -> int:
        """For how long the slot that holds an instant has gone on by then."""
        return (ms - self.start_ms) % self.slot_ms

    def slots_of(self, duration_ms: int) -> int:
        """How many slots a duration fills, the last one perhaps not wholly."""
        return -(-duration_ms // self.slot_ms)

    def overlap(self, slot: int, start_ms: int, end_ms: int) -> int:
        """Milliseconds that a slot and a span share."""
        return max(0, min(self.at(slot + 1), end_ms) - max(self.at(slot), start_ms))

    def covering(self, start_ms: int, end_ms: int) -> range:
        """The slots that a span touches, cut to the grid."""
        first = max(0, self.slot_of(start_ms))
        last = min(self.count, -(-(end_ms - self.start_ms) // self.slot_ms))
        return range(first, max(first, last))


def grid_from(now_ms: int, *, hours: int = 24, slot_ms: int = QUARTER_MS) -> Grid:
    """The grid of the slot that holds ``now_ms`` and the hours that follow it; of the hours alone
    where a slot begins with ``now_ms``."""
    start, whole = now_ms // slot_ms * slot_ms, hours * HOUR_MS // slot_ms
    return Grid(start_ms=start, slot_ms=slot_ms, count=whole + (start < now_ms))


def zone_named(name: str) -> ZoneInfo:
    """A time zone of the IANA database.

    Raises:
        Invalid: ``household.time_zone``.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            f"no time zone is called {name!r}",
            code="household.time_zone",
            next_step="use a name of the IANA database, like Europe/Helsinki",
            time_zone=name,
        ) from error


def instant_of(day: date, at: time, zone: ZoneInfo) -> int:
    """The instant of a wall time; a time that a change of clocks skips is the one that the clocks
    then show, of one that comes twice the first (PEP 495, fold 0)."""
    return from_datetime(datetime.combine(day, at, tzinfo=zone).astimezone(UTC))


def day_grid(day: date, zone: ZoneInfo, *, slot_ms: int = QUARTER_MS) -> Grid:
    """The slots of a civil day."""
    start = instant_of(day, time(), zone)
    end = instant_of(day + timedelta(days=1), time(), zone)
    return Grid(start_ms=start, slot_ms=slot_ms, count=(end - start) // slot_ms)
