from __future__ import annotations

import pytest

from tarl.errors import Invalid
from tarl.planning.series import Point, Series, series_of
from tarl.planning.slots import Grid

GRID = Grid(start_ms=0, slot_ms=900_000, count=4)


def prices(*points: tuple[int, int, int]) -> Series:
    return series_of(
        [Point(*point) for point in points], unit="micro/kWh", source="test", observed_ms=0
    )


def test_a_slot_has_the_mean_by_time() -> None:
    assert prices((0, 600_000, 30), (600_000, 3_600_000, 60)).over(GRID) == (40, 60, 60, 60)


def test_a_slot_that_is_not_wholly_covered_has_no_value() -> None:
    assert prices((0, 1_000_000, 5)).over(GRID) == (5, None, None, None)


def test_negative_values_are_rounded_half_up_like_others() -> None:
    assert prices((0, 450_000, -3), (450_000, 900_000, 0)).over(GRID)[0] == -1


def test_the_same_point_twice_counts_once_and_order_does_not_matter() -> None:
    assert prices((900_000, 1_800_000, 2), (0, 900_000, 1), (0, 900_000, 1)).over(GRID)[:2] == (
        1,
        2,
    )


@pytest.mark.parametrize(
    ("points", "code"),
    [
        (((0, 900_000, 1), (899_999, 1_000_000, 2)), "series.overlap"),
        (((0, 900_000, 1), (0, 900_000, 2)), "series.overlap"),
        (((5, 5, 1),), "series.span"),
    ],
)
def test_contradictions_are_refused(points: tuple[tuple[int, int, int], ...], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        prices(*points)
    assert refused.value.code == code
