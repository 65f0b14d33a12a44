"""Files of a home's sources that are odd: rates that ended, names said twice, pipes and marks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.planning.sources.test_snapshot import DATA, codes, home, local

from tarl.errors import Invalid, Missing
from tarl.planning.context import DeviceState
from tarl.planning.slots import HOUR_MS
from tarl.values.instants import isoformat_ms

NOON = local("2025-01-01T12:00")


def test_a_rate_that_has_ended_blocks_what_costs_and_says_so(tmp_path: Path) -> None:
    rate = (
        f'{{"energyratestructure": [[{{"rate": 0.1}}]], "enddate": 1420099200,'
        f'"energyweekdayschedule": {[[0] * 24] * 12}, "energyweekendschedule": {[[0] * 24] * 12}}}'
    )
    source = {"kind": "urdb", "path": "rate.json", "currency": "EUR"}
    snapshot = home(tmp_path, [source], {"rate.json": rate}).snapshot(now_ms=NOON)
    assert set(snapshot.import_price) == {None}
    ended = next(doubt for doubt in snapshot.doubts if doubt.code == "source.stale")
    assert "ended at 2015-01-01" in ended.text
    assert "cost" in ended.blocks


def test_of_two_sources_of_one_name_the_stale_one_is_said(tmp_path: Path) -> None:
    files = {
        "a.csv": "2025-01-01T00:00Z,1\n2025-01-01T01:00Z,1\n",
        "b.csv": "2025-01-02T00:00Z,2\n",
    }
    sources = [
        {"kind": "csv", "path": path, "name": "prices", "currency": "EUR", "minutes": 60}
        | {"observed": observed}
        for path, observed in (
            ("a.csv", isoformat_ms(NOON)),
            ("b.csv", isoformat_ms(NOON - 1_000 * HOUR_MS)),
        )
    ]
    snapshot = home(tmp_path, sources, files).snapshot(now_ms=NOON)
    assert "source.stale" in codes(snapshot)
    assert [used.observed_ms for used in snapshot.sources] == [NOON - 1_000 * HOUR_MS]


def test_a_source_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(Missing) as caught:
        home(tmp_path, [{"kind": "csv", "path": "pipe.csv", "currency": "EUR"}], {})
    assert caught.value.code == "source.missing"


def test_a_mark_at_the_beginning_of_json_is_passed_over(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + (DATA / "nordpool_fi_15min.json").read_bytes()
    source = {"kind": "nordpool", "path": "fi.json", "area": "FI"}
    at = local("2025-05-07T01:00")
    snapshot = home(tmp_path, [source], {"fi.json": data}).snapshot(now_ms=at, hours=24)
    assert None not in snapshot.import_price


def test_habits_with_an_odd_date_are_refused(tmp_path: Path) -> None:
    habits = "- {who: anna, state: away, from: 2023-99-99, to: '10:00'}\n"
    with pytest.raises(Invalid) as caught:
        home(tmp_path, [{"kind": "schedule", "path": "h.yaml"}], {"h.yaml": habits})
    assert caught.value.code == "schedule.malformed"


def test_presence_of_a_device_that_is_not_there_says_so(tmp_path: Path) -> None:
    source = {"kind": "presence", "device": "phone"}
    (unknown, *_) = [
        doubt.text
        for doubt in home(tmp_path, [source], {}).snapshot(now_ms=NOON).doubts
        if doubt.code == "source.presence_unknown"
    ]
    assert unknown == "the home has no device 'phone' to say who is there"


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_a_broker_kept_of_who_is_at_home_is_of_no_known_age(
    tmp_path: Path, is_kept: bool
) -> None:
    states = {"phone": DeviceState(state="home", observed_ms=NOON, is_kept=is_kept)}
    source = {"kind": "presence", "device": "phone"}
    snapshot = home(tmp_path, [source], {}).snapshot(now_ms=NOON, states=states)
    assert ("source.presence_kept" in codes(snapshot)) is is_kept


def test_the_file_of_a_day_that_is_over_makes_nothing_stale(tmp_path: Path) -> None:
    days = {"old.csv": "2024-12-20", "now.csv": "2025-01-01"}
    files = {
        name: "".join(f"{day} {hour:02}:00,{hour}\n" for hour in range(24))
        for name, day in days.items()
    }
    sources = [
        {"kind": "csv", "path": name, "currency": "EUR", "observed": f"{day}T00:00:00Z"}
        for name, day in days.items()
    ]
    snapshot = home(tmp_path, sources, files).snapshot(now_ms=NOON, hours=6)
    (stale,) = [doubt for doubt in snapshot.doubts if doubt.code == "source.stale"]
    assert (stale.source, stale.blocks) == ("old.csv", ())
    (alone,) = [
        doubt
        for doubt in home(tmp_path, sources[:1], files).snapshot(now_ms=NOON).doubts
        if doubt.code == "source.stale"
    ]
    assert "cost" in alone.blocks
