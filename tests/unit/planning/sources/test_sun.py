"""Sunrise and sunset, against times that almanacs print."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from tarl.planning.slots import HOUR_MS, day_grid, zone_named
from tarl.planning.sources.sun import Place, crossings, height
from tarl.values.instants import to_datetime

HELSINKI = Place(latitude=60.17, longitude=24.94)


def of_a_day(place: Place, zone: str, day: date) -> tuple[list[datetime], list[datetime]]:
    grid = day_grid(day, zone_named(zone))
    found = crossings(place, start_ms=grid.start_ms, end_ms=grid.end_ms)
    rises, sets = (
        [to_datetime(at).astimezone(zone_named(zone)) for at in instants] for instants in found
    )
    return rises, sets


@pytest.mark.parametrize(
    ("place", "zone", "day", "rise", "set"),
    [
        (HELSINKI, "Europe/Helsinki", date(2023, 6, 21), "03:54", "22:50"),
        (HELSINKI, "Europe/Helsinki", date(2023, 12, 21), "09:24", "15:13"),
        ((40.71, -74.01), "America/New_York", date(2024, 6, 20), "05:25", "20:31"),
        ((-36.85, 174.76), "Pacific/Auckland", date(2024, 6, 20), "07:33", "17:12"),
        ((0.0, 0.0), "UTC", date(2024, 3, 20), "06:04", "18:10"),
        ((-33.87, 151.21), "Australia/Sydney", date(2024, 12, 21), "05:41", "20:05"),
    ],
)
def test_the_sun_rises_and_sets_when_almanacs_say(
    place: Place | tuple[float, float], zone: str, day: date, rise: str, set: str
) -> None:
    if isinstance(place, tuple):
        place = Place(latitude=place[0], longitude=place[1])
    rises, sets = of_a_day(place, zone, day)
    for (found,), text in ((rises, rise), (sets, set)):
        wanted = datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=zone_named(zone))
        assert abs(found - wanted) <= timedelta(minutes=2)


def test_where_the_sun_does_not_set_there_is_no_sunset() -> None:
    utsjoki = Place(latitude=69.9, longitude=27.0)
    assert of_a_day(utsjoki, "Europe/Helsinki", date(2024, 6, 21)) == ([], [])
    assert of_a_day(utsjoki, "Europe/Helsinki", date(2024, 12, 21)) == ([], [])
    pole = Place(latitude=90, longitude=0)
    assert of_a_day(pole, "UTC", date(2024, 6, 21)) == ([], [])


@pytest.mark.parametrize("longitude", [-180, -178, -90, 0, 90, 179, 180])
def test_days_are_the_suns_wherever_on_earth(longitude: int) -> None:
    start = day_grid(date(2000, 1, 1), zone_named("UTC")).start_ms
    place = Place(latitude=10, longitude=longitude)
    rises, sets = crossings(place, start_ms=start, end_ms=start + 366 * 24 * HOUR_MS)
    assert len(rises) in (365, 366, 367)
    for instants in (rises, sets):
        lengths = {(after - before) // HOUR_MS for before, after in pairwise(instants)}
        assert lengths <= {23, 24}


@pytest.mark.parametrize("day", [date(2025, 10, 26), date(2025, 3, 30)])
def test_a_day_in_which_clocks_change_has_one_of_each(day: date) -> None:
    rises, sets = of_a_day(HELSINKI, "Europe/Helsinki", day)
    assert (len(rises), len(sets)) == (1, 1)


def test_at_its_crossings_the_sun_stands_just_below_the_horizon() -> None:
    zone = zone_named("Europe/Helsinki")
    grid = day_grid(date(2023, 9, 7), zone)
    rises, sets = crossings(HELSINKI, start_ms=grid.start_ms, end_ms=grid.end_ms + 48 * HOUR_MS)
    assert len(rises) == len(sets) == 3
    for at in (*rises, *sets):
        assert abs(height(HELSINKI, at) + 0.833) < 0.01
