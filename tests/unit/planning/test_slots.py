from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from tarl.errors import Invalid
from tarl.planning.slots import Grid, day_grid, grid_from, instant_of, zone_named
from tarl.values.instants import from_datetime

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.mark.parametrize(
    ("day", "slots"),
    [(date(2025, 3, 30), 92), (date(2025, 5, 7), 96), (date(2025, 10, 26), 100)],
)
def test_a_day_has_as_many_quarters_as_its_clocks_say(day: date, slots: int) -> None:
    assert day_grid(day, HELSINKI).count == slots


def test_a_skipped_wall_time_is_what_the_clocks_then_show() -> None:
    skipped = instant_of(date(2025, 3, 30), time(3, 30), HELSINKI)
    assert datetime.fromtimestamp(skipped / 1000, HELSINKI).time() == time(4, 30)


def test_a_repeated_wall_time_is_the_first() -> None:
    first = from_datetime(datetime(2025, 10, 26, 3, 30, tzinfo=HELSINKI, fold=0))
    assert instant_of(date(2025, 10, 26), time(3, 30), HELSINKI) == first


def test_a_grid_begins_with_the_slot_that_runs() -> None:
    grid = grid_from(1_000_001, hours=1)
    assert (grid.start_ms, grid.count) == (900_000, 5), "it, and the hour that follows it"
    assert (grid_from(1_800_000, hours=1).start_ms, grid_from(1_800_000, hours=1).count) == (
        1_800_000,
        4,
    )
    assert (grid.over_ms(1_000_001), grid.over_ms(1_800_000)) == (100_001, 0)


def test_slots_cover_a_span_and_share_it() -> None:
    grid = Grid(start_ms=0, slot_ms=60_000, count=10)
    assert list(grid.covering(90_000, 180_000)) == [1, 2]
    assert grid.overlap(1, 90_000, 180_000) == 30_000
    assert list(grid.covering(-5, 1)) == [0]
    assert list(grid.covering(700_000, 900_000)) == []


@pytest.mark.parametrize("count", [0, 2017])
def test_a_grid_that_is_too_short_or_too_long_is_refused(count: int) -> None:
    with pytest.raises(Invalid) as refused:
        Grid(start_ms=0, count=count)
    assert refused.value.code == "plan.horizon"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        zone_named(name)
    assert refused.value.code == "household.time_zone"
