"""Laws of what a home knows: nothing is made up, nothing is lost, and no input breaks a parser."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tarl.interfaces.demo
from tarl.errors import Refused
from tarl.planning.series import Point
from tarl.planning.slots import HOUR_MS, QUARTER_MS, Grid, day_grid, zone_named
from tarl.planning.sources import occupancy, sun
from tarl.planning.sources.calendars import Calendar, Span
from tarl.planning.sources.settings import sources_from
from tarl.planning.sources.snapshot import Home, home_at
from tarl.planning.sources.tables import Columns
from tarl.planning.sources.tariffs import entsoe, money, nordpool, octopus, price_csv, urdb
from tarl.values.instants import from_datetime, isoformat_ms

DEMO = Path(tarl.interfaces.demo.__file__).parent / "home" / "household.yaml"
HELSINKI = zone_named("Europe/Helsinki")
ZONES = ("Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
START = from_datetime(datetime(2025, 1, 1, tzinfo=UTC))

prices = st.decimals(-500, 5_000, places=3)


@pytest.fixture(scope="module")
def home() -> Home:
    return home_at(DEMO)


@given(st.lists(prices | st.none(), min_size=1, max_size=96))
def test_nord_pools_prices_are_neither_lost_nor_made_up(given_prices: list[Decimal | None]) -> None:
    entries = [
        {
            "deliveryStart": isoformat_ms(START + slot * QUARTER_MS),
            "deliveryEnd": isoformat_ms(START + (slot + 1) * QUARTER_MS),
            "entryPerArea": {"FI": None if price is None else float(price)},
        }
        for slot, price in enumerate(given_prices)
    ]
    body = {
        "updatedAt": "2025-01-01T00:00:00Z",
        "currency": "EUR",
        "multiIndexEntries": entries,
    }
    series = nordpool.parse(json.dumps(body).encode(), area="FI", source="x")
    found = series.over(Grid(start_ms=START, count=len(given_prices)))
    assert found == tuple(
        None if price is None else money.half_up(price * 1_000) for price in given_prices
    )


@given(st.lists(st.sampled_from(["1", "2", "-3"]), min_size=1, max_size=100), st.data())
def test_leaving_out_what_repeats_changes_nothing(series: list[str], data: st.DataObject) -> None:
    """IEC 62325-351, curve type A03: a point may be left out if the one before says the same."""

    def document(points: dict[int, str]) -> bytes:
        listed = "".join(
            f"<Point><position>{n}</position><price.amount>{price}</price.amount></Point>"
            for n, price in points.items()
        )
        end = START + len(series) * QUARTER_MS
        return f"""<Publication_MarketDocument xmlns="urn:x">
          <createdDateTime>2025-01-01T00:00:00Z</createdDateTime><TimeSeries>
          <currency_Unit.name>EUR</currency_Unit.name><curveType>A03</curveType><Period>
          <timeInterval><start>2025-01-01T00:00Z</start><end>{isoformat_ms(end)}</end>
          </timeInterval><resolution>PT15M</resolution>{listed}</Period></TimeSeries>
          </Publication_MarketDocument>""".encode()

    whole = dict(enumerate(series, start=1))
    kept = {
        n: price
        for n, price in whole.items()
        if n == 1 or whole[n - 1] != price or data.draw(st.booleans())
    }
    assert entsoe.parse(document(kept), source="x") == entsoe.parse(document(whole), source="x")


@given(st.decimals(-1_000, 1_000, allow_nan=False), st.sampled_from(sorted(money.MICRO_OF)))
def test_a_price_is_at_most_half_a_micro_off(price: Decimal, unit: money.PriceUnit) -> None:
    exact = price * money.MICRO_OF[unit]
    found = money.micro_per_kwh(price, unit, source="x")
    assert Decimal("-0.5") < found - exact <= Decimal("0.5")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=200)
def test_no_bytes_break_a_parser(data: bytes) -> None:
    parsers = (
        lambda: nordpool.parse(data, area="FI", source="x"),
        lambda: octopus.parse(data, source="x", observed_ms=0),
        lambda: entsoe.parse(data, source="x"),
        lambda: urdb.parse(data, currency="USD", source="x", observed_ms=0),
        lambda: price_csv.parse(
            data,
            columns=Columns(),
            unit="per_kwh",
            currency="EUR",
            zone=HELSINKI,
            source="x",
            observed_ms=0,
        ),
        lambda: Calendar(data, zone=HELSINKI, source="x"),
    )
    for parse in parsers:
        try:
            parse()
        except Refused as error:
            assert error.next_step  # noqa: PT017 - whether it is refused is not the law


LINES = [
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "UID:a",
    "DTSTART:20250101T220000",
    "DTSTART;TZID=Europe/Helsinki:20250101T220000",
    "DTSTART;TZID=Nowhere:20250101T220000",
    "DTSTART;VALUE=DATE:20250101",
    "DTEND:20250102T070000",
    "DTEND;VALUE=DATE:20250103",
    "DURATION:PT9H",
    "DURATION:-PT9H",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,XX",
    "RRULE:FREQ=DAILY;UNTIL=20250201",
    "RRULE:FREQ=SECONDLY",
    "RDATE:20250105T220000",
    "EXDATE:20250103T220000",
    "RECURRENCE-ID:20250103T220000",
    "SUMMARY:x",
    "STATUS:CANCELLED",
]


@given(st.lists(st.sampled_from(LINES), max_size=14))
@settings(max_examples=200)
def test_no_lines_of_a_calendar_break_it(lines: list[str]) -> None:
    text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", *lines]
    text += ["END:VEVENT", "END:VCALENDAR", ""]
    try:
        calendar = Calendar("\r\n".join(text).encode(), zone=HELSINKI, source="x")
        spans = calendar.spans(start_ms=START, end_ms=START + 72 * HOUR_MS)
    except Refused as error:
        assert error.code.startswith("calendar.")  # noqa: PT017
    else:
        assert all(span.start_ms < span.end_ms for span in spans)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["kind", "path", "device", "columns"]), inner)
        ),
        max_leaves=12,
    )
)
def test_no_settings_break_the_reader(data: object) -> None:
    try:
        sources_from(data)
    except Refused as error:
        assert error.code.startswith("source.")  # noqa: PT017


habits = st.builds(
    occupancy.Habit,
    who=st.sampled_from(["anna", "mika"]),
    state=st.sampled_from(["asleep", "away"]),
    from_=st.times().map(lambda at: at.strftime("%H:%M")),
    to=st.times().map(lambda at: at.strftime("%H:%M")),
    days=st.sets(st.sampled_from(occupancy.DAYS)).map(tuple),
    permille=st.integers(0, 1_000),
)


@given(
    st.lists(habits, max_size=6),
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.sampled_from(ZONES),
)
@settings(max_examples=60)
def test_shares_are_shares_and_more_habits_never_make_less_sleep(
    given_habits: list[occupancy.Habit], day: date, zone: str
) -> None:
    grid = day_grid(day, zone_named(zone))

    def asleep(habits: list[occupancy.Habit]) -> tuple[int | None, ...]:
        spans: dict[tuple[str, occupancy.State], list[tuple[Span, int]]] = {}
        for habit in habits:
            spans.setdefault((habit.who, habit.state), []).extend(
                (span, habit.permille)
                for span in occupancy.spans_of(
                    habit, start_ms=grid.start_ms, end_ms=grid.end_ms, zone=zone_named(zone)
                )
            )
        people = sorted({habit.who for habit in given_habits})
        found = occupancy.occupancy(grid, people=people, spans=spans)
        for home, share in zip(found.home, found.asleep, strict=True):
            assert (home is None) is (share is None) is (not people)
            # Who sleeps here is here; each is rounded on its own.
            assert 0 <= (share or 0) <= min(1_000, (home or 0) + 1)
        return found.asleep

    sleeps = [habit for habit in given_habits if habit.state == "asleep"]
    fewer = [habit for habit in given_habits if habit not in sleeps[-1:]]
    for less, more in zip(asleep(fewer), asleep(given_habits), strict=True):
        assert (less or 0) <= (more or 0)


@given(
    st.integers(START, START + 3 * 365 * 24 * HOUR_MS),
    st.integers(1, 30),
)
@settings(max_examples=40, deadline=None)
def test_the_demonstration_plans_at_any_time(home: Home, now_ms: int, hours: int) -> None:
    snapshot = home.snapshot(now_ms=now_ms, hours=hours)
    count = snapshot.grid.count
    assert count == hours * 4 + (now_ms > snapshot.grid.start_ms)
    assert snapshot.grid.slot_of(now_ms) == 0
    assert len(snapshot.quiet) == count
    series = (
        snapshot.import_price,
        snapshot.export_price,
        snapshot.solar_w,
        snapshot.base_load_w,
        snapshot.home,
        snapshot.asleep,
    )
    for values in series:
        assert len(values) == count
        assert None not in values
    assert {price - 72_900 for price in snapshot.import_price if price is not None} <= {
        point.value
        for item in home.readings.varying
        if item.role == "import"
        for point in item.values.points  # type: ignore[union-attr]
    }
    assert all(at > now_ms - 1 for instants in snapshot.events.values() for at in instants)


@given(st.floats(-65, 65), st.floats(-180, 180), st.dates(date(1980, 1, 1), date(2080, 12, 31)))
@settings(max_examples=60)
def test_the_sun_is_up_between_its_crossings(latitude: float, longitude: float, day: date) -> None:
    place = sun.Place(latitude=latitude, longitude=longitude)
    start = from_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC))
    end = start + 48 * HOUR_MS
    rises, sets = sun.crossings(place, start_ms=start, end_ms=end)
    both = sorted([(at, 1) for at in rises] + [(at, -1) for at in sets])
    assert 3 <= len(both) <= 5
    for (at, turn), (following, other) in pairwise(both):
        assert turn != other
        middle = sun.height(place, (at + following) // 2)
        assert (middle > sun.HORIZON) is (turn == 1)


@given(st.lists(st.integers(0, 47), unique=True, min_size=2, max_size=48))
def test_rows_of_a_table_are_where_they_were(slots: list[int]) -> None:
    text = "\n".join(f"{isoformat_ms(START + slot * QUARTER_MS)},{slot}" for slot in slots)
    series = price_csv.parse(
        text.encode(),
        columns=Columns(),
        unit="per_mwh",
        currency="EUR",
        zone=HELSINKI,
        source="x",
        observed_ms=0,
        minutes=15,
    )
    assert series.points == tuple(
        Point(START + slot * QUARTER_MS, START + (slot + 1) * QUARTER_MS, slot * 1_000)
        for slot in sorted(slots)
    )


def test_the_days_of_the_laws_have_nights_in_which_clocks_change() -> None:
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]
    assert {day_grid(day, HELSINKI).count for day in days} == {92, 96, 100}
