"""Prices: each form as its service gives it, and what each refuses.

The answers of Nord Pool are recorded ones. Those of Octopus, ENTSO-E and the rate database are
written here after their published forms.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Invalid
from tarl.planning.series import Series
from tarl.planning.slots import HOUR_MS, QUARTER_MS, Grid, day_grid, zone_named
from tarl.planning.sources.tables import Columns
from tarl.planning.sources.tariffs import entsoe, money, nordpool, octopus, price_csv, urdb
from tarl.values.instants import from_datetime, isoformat_ms

DATA = Path(__file__).parents[3] / "data" / "prices"
HELSINKI = zone_named("Europe/Helsinki")


def ms(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


def values(series: Series) -> list[int]:
    return [point.value for point in series.points]


def refused(code: str, call: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(Invalid) as caught:
        call(*args, **options)
    assert caught.value.code == code
    assert caught.value.next_step
    return caught.value.message


# --- Nord Pool


def test_a_recorded_day_of_finland_has_96_prices_in_micro_euro_a_kilowatt_hour() -> None:
    data = (DATA / "nordpool_fi_15min.json").read_bytes()
    series = nordpool.parse(data, area="FI", source="fi")
    assert len(series.points) == 96
    assert series.currency == "EUR"
    assert series.unit == "micro/kWh"
    assert isoformat_ms(series.observed_ms) == "2025-05-06T11:22:09.220Z"
    assert series.points[0].start_ms == ms("2025-05-06T22:00")
    assert series.points[-1].end_ms == ms("2025-05-07T22:00")
    assert series.points[0].value == 22_340  # 22.34 EUR/MWh
    halves = nordpool.parse((DATA / "nordpool_fi_30min.json").read_bytes(), area="FI", source="fi")
    grid = Grid(start_ms=ms("2025-05-06T22:00"), count=96)
    assert None not in series.over(grid)
    assert abs(sum(values(halves)) / 48 - sum(values(series)) / 96) < 10


def test_each_area_of_an_answer_is_its_own() -> None:
    data = (DATA / "nordpool_se_hourly.json").read_bytes()
    north, south = (nordpool.parse(data, area=area, source="se") for area in ("SE1", "SE4"))
    assert (north.points[0].value, south.points[0].value) == (22_340, 90_320)
    assert "SE1, SE2, SE3, SE4" in _next_step(data, "FI")


def _next_step(data: bytes, area: str) -> str:
    with pytest.raises(Invalid) as caught:
        nordpool.parse(data, area=area, source="se")
    assert caught.value.code == "tariff.no_area"
    return str(caught.value.next_step)


def _nordpool(*entries: tuple[str, str, Any], **changed: Any) -> bytes:
    body = {
        "updatedAt": "2025-01-01T11:00:00Z",
        "currency": "EUR",
        "multiAreaEntries": [
            {"deliveryStart": start, "deliveryEnd": end, "entryPerArea": {"FI": price}}
            for start, end, price in entries
        ],
    }
    return json.dumps(body | changed).encode()


def test_prices_below_zero_and_missing_ones_stay_what_they_are() -> None:
    data = _nordpool(
        ("2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", -0.005),
        ("2025-01-01T01:00:00Z", "2025-01-01T02:00:00Z", None),
        ("2025-01-01T02:00:00Z", "2025-01-01T03:00:00Z", -500),
    )
    series = nordpool.parse(data, area="FI", source="x")
    assert values(series) == [-5, -500_000]
    hours = Grid(start_ms=ms("2025-01-01T00:00"), slot_ms=HOUR_MS, count=3)
    assert series.over(hours) == (-5, None, -500_000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "tariff.malformed"),
        (b"{", "tariff.malformed"),
        (b"[]", "tariff.malformed"),
        (b"\xff\xfe", "tariff.malformed"),
        (b"<html>busy</html>", "tariff.malformed"),
        (_nordpool(), "tariff.no_area"),
        (_nordpool(("2025-01-01T00:00", "2025-01-01T01:00", 1)), "tariff.malformed"),
        (_nordpool(("yesterday", "today", 1)), "tariff.malformed"),
        (_nordpool(("2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", "many")), "tariff.malformed"),
        (_nordpool(("2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", 1e12)), "tariff.price"),
        (
            _nordpool(("2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", 1), currency="euro"),
            "tariff.currency",
        ),
        (_nordpool(("2025-01-01T01:00:00Z", "2025-01-01T00:00:00Z", 1)), "series.span"),
        (
            _nordpool(
                ("2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", 1),
                ("2025-01-01T00:30:00Z", "2025-01-01T01:30:00Z", 2),
            ),
            "series.overlap",
        ),
    ],
)
def test_what_is_no_answer_of_nord_pool_is_refused(data: bytes, code: str) -> None:
    refused(code, nordpool.parse, data, area="FI", source="x")


# --- Octopus


def _octopus(*rates: dict[str, Any], next: str | None = None) -> bytes:
    return json.dumps({"count": len(rates), "next": next, "results": rates}).encode()


def _rate(start: str, end: str | None, pence: float, **more: Any) -> dict[str, Any]:
    return {
        "value_exc_vat": pence / 1.05,
        "value_inc_vat": pence,
        "valid_from": start,
        "valid_to": end,
        **more,
    }


def test_half_hours_of_octopus_come_newest_first_and_go_below_zero() -> None:
    data = _octopus(
        _rate("2025-01-01T01:00:00Z", "2025-01-01T01:30:00Z", -2.1),
        _rate("2025-01-01T00:30:00Z", "2025-01-01T01:00:00Z", 17.3565),
        _rate("2025-01-01T00:00:00Z", "2025-01-01T00:30:00Z", 12),
    )
    series = octopus.parse(data, source="agile", observed_ms=7)
    assert values(series) == [120_000, 173_565, -21_000]
    assert (series.currency, series.observed_ms) == ("GBP", 7)


def test_a_rate_without_an_end_goes_on() -> None:
    data = _octopus(
        _rate("2025-01-01T00:00:00Z", None, 24, payment_method="DIRECT_DEBIT"),
        _rate("2025-01-01T00:00:00Z", None, 26, payment_method="NON_DIRECT_DEBIT"),
    )
    series = octopus.parse(data, source="flexible", observed_ms=0)
    year = Grid(start_ms=ms("2025-12-31T00:00"), slot_ms=HOUR_MS, count=24)
    assert series.over(year) == (240_000,) * 24


def test_the_next_page_of_octopus_is_named() -> None:
    assert octopus.next_page(_octopus(next="https://x/2"), source="x") == "https://x/2"
    refused("tariff.malformed", octopus.next_page, b"{}", source="x")
    refused("tariff.malformed", octopus.parse, b"null", source="x", observed_ms=0)
    early = _octopus(_rate("2025-01-01T00:00:00", None, 24))
    refused("tariff.malformed", octopus.parse, early, source="x", observed_ms=0)


# --- ENTSO-E


def _entsoe(*series: str, head: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?>{head}
    <Publication_MarketDocument
        xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">
      <mRID>1</mRID><type>A44</type><createdDateTime>2025-01-01T12:00:00Z</createdDateTime>
      {"".join(series)}
    </Publication_MarketDocument>""".encode()


def _time_series(
    points: dict[int, str],
    *,
    curve: str = "A03",
    resolution: str = "PT15M",
    start: str = "2025-01-01T00:00Z",
    end: str = "2025-01-01T02:00Z",
    currency: str = "EUR",
    sequence: int | None = None,
    measure: str = "MWH",
) -> str:
    place = (
        ""
        if sequence is None
        else "<classificationSequence_AttributeInstanceComponent.position>"
        f"{sequence}</classificationSequence_AttributeInstanceComponent.position>"
    )
    listed = "".join(
        f"<Point><position>{place}</position><price.amount>{price}</price.amount></Point>"
        for place, price in points.items()
    )
    return f"""<TimeSeries><mRID>1</mRID>{place}<currency_Unit.name>{currency}</currency_Unit.name>
      <price_Measure_Unit.name>{measure}</price_Measure_Unit.name><curveType>{curve}</curveType>
      <Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval>
      <resolution>{resolution}</resolution>{listed}</Period></TimeSeries>"""


def test_what_entsoe_leaves_out_repeats() -> None:
    data = _entsoe(_time_series({1: "10.5", 3: "-1", 8: "0"}))
    series = entsoe.parse(data, source="x")
    assert values(series) == [10_500, 10_500, -1_000, -1_000, -1_000, -1_000, -1_000, 0]
    assert {point.end_ms - point.start_ms for point in series.points} == {QUARTER_MS}
    assert series.observed_ms == ms("2025-01-01T12:00")


def test_a_last_point_lasts_to_the_end_of_its_period() -> None:
    data = _entsoe(_time_series({1: "10", 2: "20"}, resolution="PT60M", end="2025-01-01T05:00Z"))
    assert values(entsoe.parse(data, source="x")) == [10_000] + [20_000] * 4


def test_with_sequential_points_a_missing_one_is_a_gap() -> None:
    data = _entsoe(_time_series({1: "10", 4: "20"}, curve="A01"))
    series = entsoe.parse(data, source="x")
    assert series.over(Grid(start_ms=ms("2025-01-01T00:00"), count=4)) == (
        10_000,
        None,
        None,
        20_000,
    )


def test_a_day_of_25_hours_has_100_quarters() -> None:
    berlin = day_grid(date(2025, 10, 26), zone_named("Europe/Berlin"))
    data = _entsoe(
        _time_series({1: "1", 100: "2"}, start="2025-10-25T22:00Z", end="2025-10-26T23:00Z")
    )
    assert entsoe.parse(data, source="x").over(berlin) == (1_000,) * 99 + (2_000,)


def test_of_several_auctions_one_is_wanted() -> None:
    first = _time_series({1: "1"}, sequence=1)
    second = _time_series({1: "2"}, sequence=2)
    data = _entsoe(first, second)
    refused("series.overlap", entsoe.parse, data, source="x")
    assert values(entsoe.parse(data, source="x", sequence=2)) == [2_000] * 8
    # A publication that knows of one auction only does not number it.
    unnumbered = _entsoe(_time_series({1: "3"}))
    assert values(entsoe.parse(unnumbered, source="x", sequence=1)) == [3_000] * 8


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "tariff.malformed"),
        (b"<a", "tariff.malformed"),
        (b"<a/>", "tariff.malformed"),
        (_entsoe(_time_series({9: "1"})), "tariff.malformed"),
        (_entsoe(_time_series({0: "1"})), "tariff.malformed"),
        (_entsoe(_time_series({1: "x"})), "tariff.malformed"),
        (_entsoe(_time_series({1: "NaN"})), "tariff.price"),
        (_entsoe(_time_series({1: "1"}, resolution="P1Y")), "tariff.malformed"),
        (_entsoe(_time_series({1: "1"}, start="soon")), "tariff.malformed"),
        (_entsoe(_time_series({1: "1"}, measure="KWH")), "tariff.malformed"),
        (_entsoe(_time_series({1: "1"}, end="2999-01-01T00:00Z")), "tariff.malformed"),
        (_entsoe(_time_series({1: "1"}), head="<!DOCTYPE a>"), "tariff.malformed"),
        (_entsoe(), "tariff.malformed"),
        (
            _entsoe(_time_series({1: "1"}), _time_series({1: "1"}, currency="SEK")),
            "tariff.currency",
        ),
        (
            _entsoe(
                _time_series({1: "1"}), head='<!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;">]>'
            ),
            "tariff.malformed",
        ),
    ],
)
def test_what_is_no_publication_is_refused(data: bytes, code: str) -> None:
    refused(code, entsoe.parse, data, source="x")


def test_a_point_given_twice_is_refused() -> None:
    once = "<Point><position>1</position><price.amount>1</price.amount></Point>"
    data = _entsoe(_time_series({1: "1"})).replace(once.encode(), (once + once).encode())
    refused("tariff.malformed", entsoe.parse, data, source="x")


def test_the_platforms_reason_is_passed_on() -> None:
    data = b"""<Acknowledgement_MarketDocument xmlns="urn:x"><createdDateTime>2025</createdDateTime>
    <Reason><code>999</code><text>No matching data found</text></Reason>
    </Acknowledgement_MarketDocument>"""
    assert "No matching data found" in refused("tariff.refused", entsoe.parse, data, source="x")


# --- OpenEI


def _urdb(**changed: Any) -> bytes:
    night_and_day = [0] * 7 + [1] * 12 + [0] * 5
    body = {
        "label": "x",
        "energyratestructure": [[{"rate": 0.1, "adj": 0.01}], [{"rate": 0.3, "sell": 0.05}]],
        "energyweekdayschedule": [night_and_day] * 12,
        "energyweekendschedule": [[0] * 24] * 12,
    }
    return json.dumps(body | changed).encode()


def _parse_urdb(data: bytes, **options: Any) -> urdb.Rate:
    return urdb.parse(data, currency="USD", source="rate", observed_ms=0, **options)


def test_a_rate_counts_by_the_walls_hour_and_kind_of_day() -> None:
    zone = zone_named("America/New_York")
    rate = _parse_urdb(_urdb())
    friday = day_grid(date(2025, 10, 31), zone, slot_ms=HOUR_MS)
    series = rate.series(start_ms=friday.start_ms, end_ms=friday.end_ms, zone=zone)
    assert series.over(friday) == (110_000,) * 7 + (300_000,) * 12 + (110_000,) * 5
    saturday = day_grid(date(2025, 11, 1), zone, slot_ms=HOUR_MS)
    series = rate.series(start_ms=saturday.start_ms, end_ms=saturday.end_ms, zone=zone)
    assert set(series.over(saturday)) == {110_000}


def test_the_night_of_a_rate_is_longer_when_clocks_go_back() -> None:
    zone = zone_named("America/New_York")
    rate = _parse_urdb(_urdb(energyweekendschedule=[[0] * 7 + [1] * 17] * 12))
    sunday = day_grid(date(2025, 11, 2), zone, slot_ms=HOUR_MS)
    series = rate.series(start_ms=sunday.start_ms, end_ms=sunday.end_ms, zone=zone)
    assert series.over(sunday) == (110_000,) * 8 + (300_000,) * 17


def test_a_zone_at_three_quarters_of_an_hour_is_exact() -> None:
    zone = zone_named("Asia/Kathmandu")
    grid = Grid(start_ms=ms("2025-10-31T00:00"), count=8)
    series = _parse_urdb(_urdb()).series(start_ms=grid.start_ms, end_ms=grid.end_ms, zone=zone)
    # 05:45 there: the day's price begins five quarters later.
    assert series.over(grid) == (110_000,) * 5 + (300_000,) * 3


def test_an_answer_with_one_item_is_that_item() -> None:
    wrapped = b'{"items": [' + _urdb() + b"]}"
    assert _parse_urdb(wrapped).prices == (110_000, 300_000)


def test_tiers_have_to_be_chosen() -> None:
    tiers = [[{"rate": 0.1, "max": 500}, {"rate": 0.2}], [{"rate": 0.3}]]
    data = _urdb(energyratestructure=tiers)
    refused("tariff.tiers", _parse_urdb, data)
    assert _parse_urdb(data, tier=0).prices == (100_000, 300_000)
    assert _parse_urdb(data, tier=1).prices == (200_000, 300_000)


def test_what_power_fed_in_brings_is_said_or_refused() -> None:
    refused("tariff.malformed", _parse_urdb, _urdb(), sells=True)
    sold = _urdb(energyratestructure=[[{"rate": 0.1, "sell": 0.04}], [{"rate": 0.3, "sell": 0}]])
    assert _parse_urdb(sold, sells=True).prices == (40_000, 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"energyratestructure": []},
        {"energyratestructure": [[]]},
        {"energyratestructure": [[{"rate": 0.1}]]},
        {"energyweekdayschedule": [[0] * 23] * 12},
        {"energyweekdayschedule": [[0] * 24] * 11},
        {"energyweekendschedule": [[-1] * 24] * 12},
        {"energyratestructure": [[{"rate": 0.1, "unit": "kW"}], [{"rate": 1}]]},
    ],
)
def test_what_is_no_rate_is_refused(changed: dict[str, Any]) -> None:
    refused("tariff.malformed", _parse_urdb, _urdb(**changed))


# --- CSV and money


def test_a_forecast_without_a_head_is_read_by_position() -> None:
    series = price_csv.parse(
        (DATA / "emhass_load_cost.csv").read_bytes(),
        columns=Columns(),
        unit="per_kwh",
        currency="EUR",
        zone=HELSINKI,
        source="emhass",
        observed_ms=0,
    )
    assert len(series.points) == 144
    assert set(values(series)) == {141_900, 190_700}
    assert {point.end_ms - point.start_ms for point in series.points} == {HOUR_MS // 2}


@pytest.mark.parametrize(
    ("text", "unit", "micro"),
    [
        ("0.1419", "per_kwh", 141_900),
        ("14.19", "cents_per_kwh", 141_900),
        ("141.9", "per_mwh", 141_900),
        ("0.0005", "per_mwh", 1),  # half up
        ("-0.0005", "per_mwh", 0),
        ("0.00049", "per_mwh", 0),
    ],
)
def test_a_price_is_rounded_once(text: str, unit: money.PriceUnit, micro: int) -> None:
    assert money.micro_per_kwh(Decimal(text), unit, source="x") == micro


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1001", "-1e30", "1e9999999"])
def test_an_absurd_price_is_refused(text: str) -> None:
    refused("tariff.price", money.micro_per_kwh, Decimal(text), "per_kwh", source="x")


def test_tax_and_grid_are_added_to_a_price() -> None:
    data = _nordpool(
        ("2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", 100),
        ("2025-01-01T01:00:00Z", "2025-01-01T02:00:00Z", -10),
    )
    series = nordpool.parse(data, area="FI", source="x")
    assert money.paid(series) is series
    paid = money.paid(series, times_ppm=1_255_000, plus_micro=72_900)
    assert values(paid) == [198_400, 60_350]
    assert (paid.currency, paid.source) == ("EUR", "x")


def test_an_auction_that_is_not_there_is_named_with_those_that_are() -> None:
    data = _entsoe(_time_series({1: "1"}, sequence=1), _time_series({1: "2"}, sequence=2))
    refused("tariff.auction", entsoe.parse, data, source="x", sequence=3)
    for sequence in (None, 3):
        with pytest.raises(Invalid) as caught:
            entsoe.parse(data, source="x", sequence=sequence)
        assert caught.value.next_step == "set `sequence:` of the source to one of 1, 2"


def test_a_rate_until_further_notice_is_in_force_after_years() -> None:
    rate = {"value_inc_vat": 15.0, "valid_from": "2019-05-13T00:00:00Z", "valid_to": None}
    data = json.dumps({"results": [rate], "next": None}).encode()
    series = octopus.parse(data, source="x", observed_ms=0)
    assert series.points[0].end_ms > 4 * 10**12


@pytest.mark.parametrize("unit", ["kWh", "kWh daily", "kWh/kW", "kWh/kW daily"])
def test_what_a_tier_ends_at_is_counted_in_is_not_what_a_price_is_for(unit: str) -> None:
    tiers = [{"max": 10, "rate": 0.1, "unit": unit}, {"rate": 0.3, "unit": unit}]
    rate = urdb.parse(
        _urdb(energyratestructure=[tiers, tiers]), currency="USD", source="x", observed_ms=0, tier=1
    )
    assert rate.prices == (300_000, 300_000)


def test_a_tier_without_a_price_is_not_free() -> None:
    data = _urdb(energyratestructure=[[{"unit": "kWh"}], [{"rate": 0.1}]])
    refused("tariff.malformed", urdb.parse, data, currency="USD", source="x", observed_ms=0)


def test_a_rate_has_no_price_before_it_began_and_after_it_ended() -> None:
    hour = 3_600_000
    data = _urdb(startdate=7_200, enddate=10_800)
    rate = urdb.parse(data, currency="USD", source="x", observed_ms=0)
    series = rate.series(start_ms=0, end_ms=24 * hour, zone=zone_named("UTC"))
    assert (series.points[0].start_ms, series.points[-1].end_ms) == (2 * hour, 3 * hour)
