"""What varies over time: prices, power of the sun, carbon. Gaps are gaps, never guesses.

1. Points are in order and do not overlap; where two sources say different things, that is an error.
2. A value counts for its whole span; over a slot it is the mean, weighted by time, rounded half up.
3. A slot that is not wholly covered has no value.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

import msgspec

from tarl.errors import Invalid
from tarl.planning.slots import Grid
from tarl.values.instants import isoformat_ms

Unit = Literal["micro/kWh", "W", "g/kWh", "permille", "deci_celsius", "Wh"]
POINTS_MAX = 100_000


class Point(msgspec.Struct, frozen=True):
    """``value`` from ``start_ms`` until ``end_ms``."""

    start_ms: int
    end_ms: int
    value: int


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Values over time, in order, with where they come from and when that was.

    ``currency`` is set where the unit is money.
    """

    unit: Unit
    points: tuple[Point, ...]
    source: str
    observed_ms: int
    currency: str | None = None

    def over(self, grid: Grid) -> tuple[int | None, ...]:
        """A value for each slot, None where a part of the slot is not covered."""
        sums = [0] * grid.count
        covered = [0] * grid.count
        for point in self.points:
            for slot in grid.covering(point.start_ms, point.end_ms):
                shared = grid.overlap(slot, point.start_ms, point.end_ms)
                sums[slot] += shared * point.value
                covered[slot] += shared
        full = grid.slot_ms
        return tuple(
            (2 * total + full) // (2 * full) if part == full else None
            for total, part in zip(sums, covered, strict=True)
        )


def series_of(
    points: Iterable[Point],
    *,
    unit: Unit,
    source: str,
    observed_ms: int,
    currency: str | None = None,
) -> Series:
    """The points as a series, sorted; the same point said twice counts once.

    Raises:
        Invalid: ``series.overlap``: two values for one time; ``series.span``: an end before its
            start; ``series.too_long``.
    """
    ordered = tuple(sorted(set(points), key=lambda point: (point.start_ms, point.end_ms)))
    if len(ordered) > POINTS_MAX:
        raise Invalid(
            f"{source} has {len(ordered)} values, more than {POINTS_MAX}",
            code="series.too_long",
            next_step="give the days that are planned",
            source=source,
        )
    for point in ordered:
        if point.end_ms <= point.start_ms:
            raise Invalid(
                f"{source} has a value that ends before it begins",
                code="series.span",
                next_step="check the source's times",
                source=source,
                start_ms=point.start_ms,
                end_ms=point.end_ms,
            )
    for before, after in pairwise(ordered):
        if after.start_ms < before.end_ms:
            raise Invalid(
                f"{source} gives two values for one time, {isoformat_ms(after.start_ms)}",
                code="series.overlap",
                next_step="give one value for each time, or one source",
                source=source,
                at_ms=after.start_ms,
            )
    return Series(
        unit=unit, points=ordered, source=source, observed_ms=observed_ms, currency=currency
    )
