"""What is known at an instant: the demonstration home, and homes with something wrong."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import tarl.interfaces.demo
from tarl.errors import Invalid, Missing
from tarl.planning.context import ContextSnapshot, DeviceState, Doubt
from tarl.planning.household import Household, Person
from tarl.planning.slots import HOUR_MS, zone_named
from tarl.planning.sources import settings
from tarl.planning.sources.snapshot import Home, home_at, home_of
from tarl.planning.sources.sun import Place
from tarl.planning.sources.weather import clear_sky_w
from tarl.values.instants import from_datetime, isoformat_ms, to_datetime

DEMO = Path(tarl.interfaces.demo.__file__).parent / "home" / "household.yaml"
DATA = Path(__file__).parents[3] / "data" / "prices"
HELSINKI = zone_named("Europe/Helsinki")


def local(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=HELSINKI))


EVENING = local("2026-11-19T20:00")
"""A Thursday, as the demonstration's own day."""


def home(
    tmp_path: Path, sources: list[dict[str, Any]], files: Mapping[str, str | bytes], **more: Any
) -> Home:
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    given: dict[str, Any] = {
        "id": "h",
        "time_zone": "Europe/Helsinki",
        "base_load_w": 300,
        "people": (Person(id="anna", name="Anna"),),
    }
    must = more.pop("must", True)
    household = Household(**(given | more))
    return home_of(household, settings.sources_from(sources), folder=tmp_path, must=must)


def doubt(snapshot: ContextSnapshot, code: str) -> Doubt:
    (found,) = [doubt for doubt in snapshot.doubts if doubt.code == code]
    return found


def codes(snapshot: ContextSnapshot) -> list[str]:
    return [doubt.code for doubt in snapshot.doubts]


PRICES = {"kind": "csv", "path": "prices.csv", "currency": "EUR", "observed": "2025-01-01T10:00Z"}
PRICES["observed"] = "2025-01-01T10:00:00Z"
NOON = local("2025-01-01T12:00")
DAY = "\n".join(f"2025-01-01T{hour:02}:00,{0.1 + hour / 1000:.3f}" for hour in range(24))


# --- the demonstration home


def test_an_evening_and_the_day_after_it_have_all_prices() -> None:
    snapshot = home_at(DEMO).snapshot(now_ms=EVENING)
    assert snapshot.grid.count == 144
    assert None not in snapshot.import_price
    assert None not in snapshot.export_price
    assert None not in snapshot.solar_w
    assert snapshot.currency == "EUR"
    # 5.952 cents on the market with tax, 7.29 for energy tax and grid.
    assert snapshot.import_price[0] == 132_420
    assert snapshot.export_price[0] == 48_000
    assert not any(doubt.blocks for doubt in snapshot.doubts)


def test_the_snapshot_says_that_its_prices_are_of_other_days() -> None:
    snapshot = home_at(DEMO).snapshot(now_ms=EVENING)
    said = [doubt.text for doubt in snapshot.doubts if doubt.code == "source.replayed"]
    assert len(said) == 3
    assert all("2023-09-07" in text for text in said)


@pytest.mark.parametrize("day", ["2023-09-07", "2025-03-29", "2025-10-25", "2026-07-01"])
@pytest.mark.parametrize("hour", [0, 7, 12, 20, 23])
def test_whatever_today_is_the_demonstration_can_plan(day: str, hour: int) -> None:
    snapshot = home_at(DEMO).snapshot(now_ms=local(f"{day}T{hour:02}:00"))
    assert None not in snapshot.import_price[: 30 * 4]
    assert "source.none" not in codes(snapshot)


def test_on_its_own_day_the_demonstration_has_its_own_prices() -> None:
    snapshot = home_at(DEMO).snapshot(now_ms=local("2023-09-07T08:00"))
    assert snapshot.import_price[0] == 161_200 + 72_900


def test_quiet_hours_and_sleep_are_at_night() -> None:
    snapshot = home_at(DEMO).snapshot(now_ms=EVENING)
    quiet = [slot for slot, is_quiet in enumerate(snapshot.quiet) if is_quiet]
    assert quiet == [*range(12, 40), *range(110, 144)]  # 23:00-06:00, Friday from 23:30
    assert snapshot.asleep[11:14] == (0, 950, 997)
    assert snapshot.asleep[42:44] == (930, 0)
    assert snapshot.home[0] == 1_000
    assert snapshot.home[60] == 1_000  # Friday at eleven: Anna is out, Mika works at home


def test_events_are_those_that_come() -> None:
    events = home_at(DEMO).snapshot(now_ms=EVENING).events
    assert sorted(events) == ["arrival", "bedtime", "departure", "sunrise", "sunset", "wake_up"]
    assert all(list(at) == sorted(at) and at[0] >= EVENING for at in events.values())
    wake_up = to_datetime(events["wake_up"][0]).astimezone(HELSINKI)
    assert wake_up.isoformat() == "2026-11-20T06:15:00+02:00"
    sunrise = to_datetime(events["sunrise"][0]).astimezone(HELSINKI)
    assert (sunrise.hour, sunrise.minute) in {(8, 31), (8, 32), (8, 33)}


def test_what_has_begun_is_no_event_to_come() -> None:
    night = local("2026-11-20T02:00")
    events = home_at(DEMO).snapshot(now_ms=night, hours=12).events
    assert min(events["bedtime"]) > night
    assert min(events["wake_up"]) == local("2026-11-20T06:15")


def test_a_device_says_who_is_home_and_its_word_fades() -> None:
    away = {"presence": DeviceState(state="away", observed_ms=EVENING)}
    told = home_at(DEMO).snapshot(now_ms=EVENING, states=away)
    assert (told.home[0] or 0) < 100 < (told.home[4] or 0)
    assert told.home[40] == 999
    assert told.devices == away
    assert "source.presence_unknown" not in codes(told)
    assert {source.name for source in told.sources} >= {"presence", "habits", "quiet hours"}


def test_a_sensor_that_is_silent_for_long_is_not_believed() -> None:
    old = {"presence": DeviceState(state="away", observed_ms=EVENING - 13 * HOUR_MS)}
    snapshot = home_at(DEMO).snapshot(now_ms=EVENING, states=old)
    assert snapshot.home[0] == 1_000
    assert doubt(snapshot, "source.presence_stale").blocks == ()  # there are habits


def test_a_sensor_whose_clock_is_ahead_is_not_believed() -> None:
    later = {"presence": DeviceState(state="away", observed_ms=EVENING + HOUR_MS)}
    snapshot = home_at(DEMO).snapshot(now_ms=EVENING, states=later)
    assert snapshot.home[0] == 1_000
    assert "habits are used instead" in doubt(snapshot, "source.ahead").text


def test_equal_knowledge_has_equal_digests() -> None:
    first, second = (home_at(DEMO).snapshot(now_ms=EVENING) for _ in range(2))
    assert first == second
    assert first.snapshot_id == second.snapshot_id
    later = home_at(DEMO).snapshot(now_ms=EVENING + 1)
    assert later.snapshot_id != first.snapshot_id


def test_the_demonstrations_sun_is_the_one_that_is_said_to_be_computed() -> None:
    home = home_at(DEMO)
    place, sky = home.readings.place, {0: 800, 1: 650, 2: 900, 3: 350}
    (solar,) = [item.values for item in home.readings.varying if item.role == "solar"]
    assert isinstance(place, Place)
    for index, point in enumerate(solar.points):  # type: ignore[union-attr]
        middle = (point.start_ms + point.end_ms) // 2
        computed = clear_sky_w(place, middle, peak_w=5_000, sky_permille=sky[index // 96])
        assert abs(computed - point.value) <= 1


# --- prices with something wrong


def test_prices_that_end_before_the_plan_are_a_gap_that_is_told(tmp_path: Path) -> None:
    snapshot = home(tmp_path, [PRICES], {"prices.csv": DAY}).snapshot(now_ms=NOON)
    assert snapshot.import_price[:48].count(None) == 0
    assert set(snapshot.import_price[48:]) == {None}
    gap = doubt(snapshot, "source.gap")
    assert gap.blocks == ()
    assert gap.text == (
        "prices of power are not known from Thu 00:00 on, for 24 h of what is planned"
    )


def test_a_gap_is_told_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    rows = DAY.splitlines(keepends=True)
    one = "".join(rows[:16] + rows[18:])
    gaps = [
        d.text for d in home(tmp_path, [PRICES], {"prices.csv": one}).snapshot(now_ms=NOON).doubts
    ]
    assert any("not known from" in text and " to " in text for text in gaps), gaps


def test_no_prices_at_all_block_what_costs(tmp_path: Path) -> None:
    nothing = home(tmp_path, [], {}).snapshot(now_ms=NOON)
    assert doubt(nothing, "source.none").blocks == ("cost", "price", "tariff")
    assert set(nothing.import_price) == {None}
    assert set(nothing.base_load_w) == {300}


def test_two_days_in_two_files_are_one_series(tmp_path: Path) -> None:
    second = DAY.replace("2025-01-01", "2025-01-02")
    snapshot = home(
        tmp_path,
        [PRICES, PRICES | {"path": "second.csv"}],
        {"prices.csv": DAY, "second.csv": second},
    ).snapshot(now_ms=NOON)
    assert None not in snapshot.import_price


def test_sources_that_contradict_each_other_block_and_are_not_averaged(tmp_path: Path) -> None:
    snapshot = home(
        tmp_path,
        [PRICES, PRICES | {"path": "other.csv"}],
        {"prices.csv": DAY, "other.csv": DAY.replace(",0.1", ",0.2")},
    ).snapshot(now_ms=NOON)
    assert set(snapshot.import_price) == {None}
    assert "cost" in doubt(snapshot, "series.overlap").blocks
    assert "source.none" in codes(snapshot)


def test_a_source_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    snapshot = home(tmp_path, [PRICES, PRICES | {"name": "again"}], {"prices.csv": DAY}).snapshot(
        now_ms=NOON
    )
    assert snapshot.import_price[0] == 112_000


def test_prices_in_another_currency_are_not_taken_for_the_homes(tmp_path: Path) -> None:
    files = {"prices.csv": DAY, "kr.csv": DAY}
    sources = [PRICES, PRICES | {"path": "kr.csv", "currency": "SEK"}]
    snapshot = home(tmp_path, sources, files).snapshot(now_ms=NOON)
    assert snapshot.import_price[0] == 112_000
    mixed = doubt(snapshot, "tariff.currency")
    assert "cost" in mixed.blocks
    assert "SEK" in mixed.text


def test_stale_prices_are_told_and_block(tmp_path: Path) -> None:
    old = PRICES | {"observed": "2024-12-20T10:00:00Z"}
    snapshot = home(tmp_path, [old], {"prices.csv": DAY}).snapshot(now_ms=NOON)
    assert "cost" in doubt(snapshot, "source.stale").blocks


@pytest.mark.parametrize(
    ("ahead_ms", "is_told"), [(0, False), (5 * 60_000, False), (5 * 60_000 + 1, True)]
)
def test_prices_of_the_future_are_told_and_block(
    tmp_path: Path, ahead_ms: int, is_told: bool
) -> None:
    """Two clocks may differ a little; data that were made tomorrow are of no age."""
    source = PRICES | {"observed": isoformat_ms(NOON + ahead_ms)}
    snapshot = home(tmp_path, [source], {"prices.csv": DAY}).snapshot(now_ms=NOON)
    assert ("source.ahead" in codes(snapshot)) is is_told
    if is_told:
        assert "cost" in doubt(snapshot, "source.ahead").blocks
        assert "which has not come" in doubt(snapshot, "source.ahead").text


def test_when_a_file_was_written_or_a_day_that_stands_for_today_is_never_of_the_future(
    tmp_path: Path,
) -> None:
    undated = {name: value for name, value in PRICES.items() if name != "observed"}
    for source in (undated, PRICES | {"observed": "2025-01-01T23:00:00Z", "replay": "2025-01-01"}):
        snapshot = home(tmp_path, [source], {"prices.csv": DAY}).snapshot(now_ms=NOON)
        assert "source.ahead" not in codes(snapshot)


def test_how_old_a_file_is_counts_where_nothing_else_says(tmp_path: Path) -> None:
    source = {name: value for name, value in PRICES.items() if name != "observed"}
    found = home(tmp_path, [source], {"prices.csv": DAY})
    written_ms = (tmp_path / "prices.csv").stat().st_mtime_ns // 1_000_000
    (read,) = found.readings.varying
    assert read.origin.observed_ms == written_ms


def test_negative_prices_stay_below_zero(tmp_path: Path) -> None:
    snapshot = home(tmp_path, [PRICES], {"prices.csv": DAY.replace(",0.1", ",-0.1")}).snapshot(
        now_ms=NOON
    )
    assert snapshot.import_price[0] == -112_000


def test_a_recorded_day_of_nord_pool_is_prices_of_that_day(tmp_path: Path) -> None:
    source = {
        "kind": "nordpool",
        "path": "fi.json",
        "area": "FI",
        "times_ppm": 1_255_000,
        "plus_micro": 72_900,
    }
    data = (DATA / "nordpool_fi_15min.json").read_bytes()
    at = local("2025-05-07T01:00")
    snapshot = home(tmp_path, [source], {"fi.json": data}).snapshot(now_ms=at, hours=24)
    assert None not in snapshot.import_price
    assert snapshot.import_price[0] == 28_037 + 72_900  # 22.34 EUR/MWh with 25.5 % of tax
    assert codes(snapshot) == []
    (used,) = snapshot.sources
    assert (used.name, used.kind) == ("fi.json", "nordpool")
    # When they were published, not when the file was written.
    assert isoformat_ms(used.observed_ms) == "2025-05-06T11:22:09.220Z"


def test_a_rate_of_the_database_has_no_end(tmp_path: Path) -> None:
    rate = (
        '{"energyratestructure": [[{"rate": 0.1}], [{"rate": 0.3}]],'
        f'"energyweekdayschedule": {[[0] * 12 + [1] * 12] * 12},'
        f'"energyweekendschedule": {[[0] * 24] * 12}}}'
    )
    source = {"kind": "urdb", "path": "rate.json", "currency": "EUR"}
    snapshot = home(tmp_path, [source], {"rate.json": rate}).snapshot(now_ms=NOON)
    assert snapshot.import_price == (300_000,) * 48 + (100_000,) * 48 + (300_000,) * 48
    assert codes(snapshot) == []


def test_a_rate_of_another_day_can_stand_for_today(tmp_path: Path) -> None:
    rate = (
        '{"energyratestructure": [[{"rate": 0.1}], [{"rate": 0.3}]],'
        f'"energyweekdayschedule": {[[0] * 24] * 12},'
        f'"energyweekendschedule": {[[1] * 24] * 12}}}'
    )
    saturday = {
        "kind": "urdb",
        "path": "rate.json",
        "currency": "EUR",
        "observed": "2024-12-30T00:00:00Z",
        "replay": "2024-12-28",
    }
    snapshot = home(tmp_path, [saturday], {"rate.json": rate}).snapshot(now_ms=NOON)
    assert set(snapshot.import_price) == {300_000}


def test_a_file_that_serves_twice_is_told_of_once(tmp_path: Path) -> None:
    replayed = PRICES | {"replay": "2025-01-01"}
    sources = [replayed, replayed | {"side": "export"}]
    snapshot = home(tmp_path, sources, {"prices.csv": DAY}).snapshot(now_ms=NOON, hours=6)
    assert codes(snapshot) == ["source.replayed"]


def test_what_is_fed_in_brings_nothing_where_that_is_not_allowed(tmp_path: Path) -> None:
    sources = [PRICES, PRICES | {"side": "export"}]
    allowed = home(tmp_path, sources, {"prices.csv": DAY}).snapshot(now_ms=NOON)
    assert allowed.export_price[0] == 112_000
    not_allowed = home(tmp_path, sources, {"prices.csv": DAY}, export_allowed=False)
    assert set(not_allowed.snapshot(now_ms=NOON).export_price) == {None}


def test_forecasts_go_where_they_belong(tmp_path: Path) -> None:
    day = "\n".join(f"2025-01-01T{hour:02}:00,{hour}" for hour in range(24))
    sources = [
        PRICES,
        {"kind": "solar_csv", "path": "day.csv", "name": "sun", "unit": "kW"},
        {"kind": "load_csv", "path": "day.csv", "name": "load"},
        {"kind": "weather_csv", "path": "day.csv", "name": "air"},
        {"kind": "co2_csv", "path": "day.csv", "name": "grid"},
    ]
    snapshot = home(tmp_path, sources, {"prices.csv": DAY, "day.csv": day}).snapshot(now_ms=NOON)
    assert snapshot.solar_w[0] == 12_000
    assert (snapshot.base_load_w[0], snapshot.base_load_w[-1]) == (12, 300)
    assert snapshot.temperature[0] == 120
    assert snapshot.co2_g_per_kwh[0] == 12


# --- the night in which clocks change


@pytest.mark.parametrize(("day", "slots"), [("2025-10-25", 28 + 4), ("2025-03-29", 28 - 4)])
def test_quiet_hours_are_as_long_as_the_night_is(day: str, slots: int) -> None:
    snapshot = home_at(DEMO).snapshot(now_ms=local(f"{day}T20:00"), hours=18)
    # Saturdays: 23:30 to 08:00 is 34 slots.
    assert sum(snapshot.quiet) == slots + 6


# --- sources that cannot be used


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    for file in DEMO.parent.iterdir():
        if file.suffix in {".yaml", ".csv", ".ics"}:
            shutil.copy(file, tmp_path)
    return tmp_path


def test_a_source_that_is_gone_is_an_error_or_a_doubt_that_blocks(broken: Path) -> None:
    (broken / "day_ahead_fi_2023-09-06.csv").unlink()
    with pytest.raises(Missing) as caught:
        home_at(broken / "household.yaml")
    assert caught.value.code == "source.missing"
    snapshot = home_at(broken / "household.yaml", must=False).snapshot(now_ms=EVENING)
    doubts = [doubt for doubt in snapshot.doubts if doubt.code == "source.missing"]
    assert [doubt.blocks for doubt in doubts] == [("cost", "price", "tariff"), ("export",)]
    assert set(snapshot.import_price) == {None}


def test_where_quiet_hours_cannot_be_read_it_is_quiet(broken: Path) -> None:
    (broken / "quiet_hours.ics").write_text("BEGIN:VCALENDAR")
    snapshot = home_at(broken / "household.yaml", must=False).snapshot(now_ms=EVENING)
    assert all(snapshot.quiet)
    assert doubt(snapshot, "calendar.malformed").blocks == ("quiet",)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- {who: anna, state: asleep, from: 23:00, to: 06:00}", "schedule.malformed"),
        ("- {who: anna, state: dancing, from: '23:00', to: '06:00'}", "schedule.malformed"),
        ("who: anna", "schedule.malformed"),
        ("- [", "schedule.malformed"),
        ("- {who: anna, state: asleep, from: '25:00', to: '06:00'}", "schedule.time"),
        ("- {who: nobody, state: asleep, from: '23:00', to: '06:00'}", "source.person"),
    ],
)
def test_habits_that_cannot_be_understood_are_refused(broken: Path, text: str, code: str) -> None:
    (broken / "habits.yaml").write_text(text)
    with pytest.raises(Invalid) as caught:
        home_at(broken / "household.yaml").snapshot(now_ms=EVENING)
    assert caught.value.code == code


def test_a_home_is_in_one_place_and_units_fit(tmp_path: Path) -> None:
    here = {"kind": "place", "latitude": 60, "longitude": 25}
    solar = {"kind": "solar_csv", "path": "a.csv", "unit": "celsius", "minutes": 60}
    for sources, code in (([here, here], "source.place"), ([solar], "source.unit")):
        with pytest.raises(Invalid) as caught:
            home(tmp_path, sources, {"a.csv": "2025-01-01T00:00Z,1"})
        assert caught.value.code == code


def test_a_file_has_a_bound(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        home(tmp_path, [PRICES], {"prices.csv": b"#" * (16 * 1024 * 1024 + 1)})
    assert caught.value.code == "source.too_large"


# --- calendars of people


TRIP = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\n"
    "DTSTART;TZID=Europe/Helsinki:20250101T150000\r\n"
    "DTEND;TZID=Europe/Helsinki:20250101T180000\r\nSUMMARY:Wake  up\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
AWAY = {"kind": "ical", "path": "a.ics", "name": "trips", "gives": "away"}


def test_a_calendar_says_who_is_away_and_when_things_happen(tmp_path: Path) -> None:
    events = {"kind": "ical", "path": "a.ics", "name": "days", "gives": "events"}
    sources = [AWAY | {"who": "anna"}, events]
    snapshot = home(tmp_path, sources, {"a.ics": TRIP}).snapshot(now_ms=NOON)
    # When she is not on a trip, nobody said where she is.
    assert snapshot.home == (None,) * 12 + (0,) * 12 + (None,) * 120
    assert snapshot.asleep == snapshot.home
    assert snapshot.events == {
        "arrival": (local("2025-01-01T18:00"),),
        "departure": (local("2025-01-01T15:00"),),
        "wake_up": (local("2025-01-01T15:00"),),
    }


def test_a_trip_of_everybodys_is_that_of_those_with_habits(tmp_path: Path) -> None:
    habits = "- {who: anna, state: asleep, from: '14:00', to: '16:00', permille: 900}"
    snapshot = home(
        tmp_path,
        [AWAY, {"kind": "schedule", "path": "habits.yaml"}],
        {"a.ics": TRIP, "habits.yaml": habits},
        people=(Person(id="anna", name="Anna"), Person(id="guest", name="Guest")),
    ).snapshot(now_ms=NOON)
    assert snapshot.home == (1_000,) * 12 + (0,) * 12 + (1_000,) * 120
    assert snapshot.asleep[:16] == (0,) * 8 + (900,) * 4 + (0,) * 4


def test_a_calendar_of_sleep_says_when_somebody_is_awake_too(tmp_path: Path) -> None:
    sleep = AWAY | {"gives": "asleep"}
    snapshot = home(tmp_path, [sleep], {"a.ics": TRIP}).snapshot(now_ms=NOON)
    assert snapshot.asleep == (0,) * 12 + (1_000,) * 12 + (0,) * 120
    assert sorted(snapshot.events) == ["bedtime", "wake_up"]


def test_presence_alone_is_unknown_when_nobody_says(tmp_path: Path) -> None:
    source = {"kind": "presence", "device": "phone", "who": "anna"}
    found = home(tmp_path, [source], {})
    snapshot = found.snapshot(now_ms=NOON)
    assert doubt(snapshot, "source.presence_unknown").blocks == ("occupancy",)
    assert set(snapshot.home) == {None}
    at_home = {"phone": DeviceState(state="home", observed_ms=NOON)}
    told = found.snapshot(now_ms=NOON, states=at_home)
    assert (told.home[0] or 0) > 900
    assert told.home[-1] is None
