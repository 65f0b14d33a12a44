"""Values over time as CSV: prices, forecasts, and the hours in which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tarl.errors import Invalid
from tarl.planning.slots import HOUR_MS, day_grid, zone_named
from tarl.planning.sources import tables, weather
from tarl.planning.sources.sun import Place
from tarl.planning.sources.tables import Columns
from tarl.values.instants import from_datetime

HELSINKI = zone_named("Europe/Helsinki")


def ms(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


def rows(text: str, **options: Any) -> tuple[tables.Row, ...]:
    given: dict[str, Any] = {"columns": Columns(), "zone": HELSINKI, "source": "x"}
    return tables.parse(text.encode(), **(given | options))


def refused(code: str, text: str, **options: Any) -> None:
    with pytest.raises(Invalid) as caught:
        rows(text, **options)
    assert caught.value.code == code


def test_columns_are_found_by_name_and_comments_left_out() -> None:
    found = rows(
        "\ufeffwatts,at\n# made today\n\n5,2025-01-01T00:00Z\n7,2025-01-01T01:00Z\n",
        columns=Columns(time="at", value="watts"),
    )
    assert [(row.start_ms, row.end_ms, int(row.value)) for row in found] == [
        (ms("2025-01-01T00:00"), ms("2025-01-01T01:00"), 5),
        (ms("2025-01-01T01:00"), ms("2025-01-01T02:00"), 7),
    ]


def test_a_missing_row_is_a_gap_and_not_a_longer_row() -> None:
    found = rows("2025-01-01T00:00Z,1\n2025-01-01T01:00Z,2\n2025-01-01T05:00Z,3\n")
    assert [row.end_ms - row.start_ms for row in found] == [HOUR_MS] * 3


def test_rows_have_ends_of_their_own_where_a_column_says_so() -> None:
    text = "2025-01-01T00:00Z;2025-01-01T06:00Z;1\n2025-01-01T06:00Z;2025-01-01T07:00Z;2"
    found = rows(text, delimiter=";", columns=Columns(time=0, end=1, value=2))
    assert [row.end_ms - row.start_ms for row in found] == [6 * HOUR_MS, HOUR_MS]


def test_one_row_alone_does_not_say_how_long_it_lasts() -> None:
    refused("table.lasts", "2025-01-01T00:00Z,1")
    assert rows("2025-01-01T00:00Z,1", minutes=30)[0].end_ms == ms("2025-01-01T00:30")
    assert rows("") == ()


def test_wall_times_of_the_hour_that_comes_twice_are_told_apart() -> None:
    day = day_grid(date(2025, 10, 26), HELSINKI, slot_ms=HOUR_MS)
    hours = [f"2025-10-26T{hour:02}:00,{hour}" for hour in (0, 1, 2, 3, 3, *range(4, 24))]
    found = rows("\n".join(hours))
    assert [row.start_ms for row in found] == [day.at(slot) for slot in range(25)]
    assert [int(row.value) for row in found][2:6] == [2, 3, 3, 4]


def test_wall_times_skip_the_hour_that_clocks_skip() -> None:
    day = day_grid(date(2025, 3, 30), HELSINKI, slot_ms=HOUR_MS)
    hours = [f"2025-03-30T{hour:02}:00,{hour}" for hour in (0, 1, 2, *range(4, 24))]
    assert [row.start_ms for row in rows("\n".join(hours))] == [day.at(s) for s in range(23)]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("soon,1\n", {}),
        ("2025-01-01T00:00Z,many\n", {}),
        ("2025-01-01T00:00Z,NaN\n", {}),
        ("2025-01-01T00:00Z,Infinity\n", {}),
        ("2025-01-01T00:00Z\n", {}),
        ("a,b\n2025-01-01T00:00Z,1\n", {"columns": Columns(time="a", value="c")}),
        ("2025-01-01T00:00Z,1\n", {"columns": Columns(time=0, value=-1)}),
        ('"2025-01-01T00:00Z,1\n' + "x" * 200_000, {}),
    ],
)
def test_a_row_that_is_none_is_refused(text: str, options: dict[str, Any]) -> None:
    refused("table.malformed", text, **options)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        tables.parse(b"\xff\x00", columns=Columns(), zone=HELSINKI, source="x")
    assert caught.value.code == "table.malformed"


def test_a_table_has_a_bound() -> None:
    refused("series.too_long", "2025-01-01T00:00Z,1\n" * 100_001)


# --- forecasts


def forecast(text: str, unit: weather.TableUnit) -> list[int]:
    series = weather.parse(
        text.encode(),
        unit=unit,
        columns=Columns(),
        zone=HELSINKI,
        source="x",
        observed_ms=0,
        minutes=60,
    )
    return [point.value for point in series.points]


@pytest.mark.parametrize(
    ("value", "unit", "inside"),
    [
        ("1.5", "kW", 1_500),
        ("1500.4", "W", 1_500),
        ("-3.25", "celsius", -32),  # half up
        ("21.5", "celsius", 215),
        ("68", "fahrenheit", 200),
        ("0.1707244", "kg/kWh", 171),
        ("171", "g/kWh", 171),
    ],
)
def test_units_of_a_table_become_those_inside(
    value: str, unit: weather.TableUnit, inside: int
) -> None:
    assert forecast(f"2025-01-01T00:00Z,{value}", unit) == [inside]


@pytest.mark.parametrize(
    ("value", "unit"),
    [("-1", "W"), ("1e9", "kW"), ("300", "celsius"), ("-1", "g/kWh"), ("1e999999", "W")],
)
def test_what_is_not_of_this_world_is_refused(value: str, unit: weather.TableUnit) -> None:
    with pytest.raises(Invalid) as caught:
        forecast(f"2025-01-01T00:00Z,{value}", unit)
    assert caught.value.code == "table.value"


def test_panels_give_nothing_at_night_and_most_at_noon() -> None:
    place = Place(latitude=60.17, longitude=24.94)
    day = day_grid(date(2025, 6, 21), HELSINKI, slot_ms=HOUR_MS)
    power = [weather.clear_sky_w(place, day.at(slot), peak_w=5_000) for slot in range(day.count)]
    assert power[0] == power[23] == 0
    assert power.index(max(power)) in (13, 14)  # the sun is highest at 13:22 there
    assert 2_800 < max(power) < 3_200
    half = weather.clear_sky_w(place, day.at(13), peak_w=5_000, sky_permille=500)
    assert abs(2 * half - power[13]) <= 1


AUTUMN = ("01:00", "02:00", "02:00", "03:00", "04:00")
"""The hours of a night in Berlin in which the one from two o'clock on comes twice."""


def _hours(text: str) -> list[tuple[int, int, int]]:
    columns = Columns(end=2) if text.count(",") > 5 else Columns()
    found = rows(text, columns=columns, zone=zone_named("Europe/Berlin"))
    return [(row.start_ms, row.end_ms, int(row.value)) for row in found]


@pytest.mark.parametrize("end_of_the_first", ["02:00", "03:00"])
def test_hours_with_ends_are_an_hour_each_when_clocks_are_set_back(end_of_the_first: str) -> None:
    ends = ("02:00", end_of_the_first, "03:00", "04:00", "05:00")
    lines = [
        f"2026-10-25 {start},{number},2026-10-25 {end}\n"
        for number, (start, end) in enumerate(zip(AUTUMN, ends, strict=True))
    ]
    first = ms("2026-10-24T23:00")
    wanted = [(first + n * HOUR_MS, first + (n + 1) * HOUR_MS, n) for n in range(5)]
    assert _hours("".join(lines)) == wanted


def test_rows_may_come_the_newest_first_also_when_clocks_are_set_back() -> None:
    lines = [f"2026-10-25 {start},{number}\n" for number, start in enumerate(AUTUMN)]
    assert _hours("".join(reversed(lines))) == _hours("".join(lines))


def test_a_spreadsheet_with_semicolons_and_decimal_commas() -> None:
    text = "sep=;\r\nat;price\r\n2026-01-01 00:00;12,34\r\n2026-01-01 01:00;-5\r\n"
    options: dict[str, Any] = {"delimiter": ";", "columns": Columns(time="at", value="price")}
    found = rows(text, decimal=",", **options)
    assert [str(row.value) for row in found] == ["12.34", "-5"]
    with pytest.raises(Invalid, match='add `decimal: ","`'):
        rows(text, **options)


@pytest.mark.parametrize("number", ["1_0", "1.234,5", "1,234.5", "", "١٢", "NaN", "Infinity", "."])
@pytest.mark.parametrize("decimal", [".", ","])
def test_what_may_be_read_as_another_number_is_none(number: str, decimal: str) -> None:
    text = f"2026-01-01 00:00;{number}\n"
    with pytest.raises(Invalid, match=r"is no number|has a comma"):
        rows(text, delimiter=";", minutes=60, decimal=decimal)


def test_a_time_of_another_form_is_named() -> None:
    with pytest.raises(Invalid, match=r"'29\.03\.2026 00:00' is no time"):
        rows("29.03.2026 00:00,1\n")
