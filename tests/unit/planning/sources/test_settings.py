"""The list of sources of a household file."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml

from tarl.errors import Invalid
from tarl.planning.slots import HOUR_MS
from tarl.planning.sources import settings
from tarl.planning.sources.occupancy import Habit

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "planning-sources.md"
EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
CSV: dict[str, Any] = {"kind": "csv", "path": "prices.csv", "currency": "EUR"}


def test_each_kind_is_known_by_its_name() -> None:
    listed = [
        {"kind": "nordpool", "path": "a.json", "area": "FI", "times_ppm": 1_255_000},
        {"kind": "octopus", "path": "a.json", "side": "export"},
        {"kind": "entsoe", "path": "a.xml", "sequence": 1},
        {"kind": "urdb", "path": "a.json", "tier": 0},
        CSV,
        {"kind": "ical", "path": "sub/a.ics", "gives": "away", "who": "anna"},
        {"kind": "schedule", "path": "a.yaml"},
        {"kind": "solar_csv", "path": "a.csv", "unit": "kW", "columns": {"time": "at", "value": 2}},
        {"kind": "load_csv", "path": "a.csv"},
        {"kind": "weather_csv", "path": "a.csv"},
        {"kind": "co2_csv", "path": "a.csv"},
        {"kind": "presence", "device": "presence"},
        {"kind": "place", "latitude": 60.17, "longitude": 24.94},
    ]
    found = settings.sources_from(listed)
    assert [settings.kind_of(source) for source in found] == [item["kind"] for item in listed]
    assert settings.name_of(found[4]) == "prices.csv"
    assert settings.name_of(found[11]) == "presence"


def test_how_old_a_source_may_be_depends_on_its_kind() -> None:
    old, own, habit = settings.sources_from(
        [CSV, CSV | {"age_max_hours": 3}, {"kind": "schedule", "path": "a.yaml"}]
    )
    assert settings.age_max_ms(old) == 48 * HOUR_MS
    assert settings.age_max_ms(own) == 3 * HOUR_MS
    assert settings.age_max_ms(habit) > 365 * 24 * HOUR_MS


def test_dates_may_be_dates_already_as_yaml_makes_them() -> None:
    (source,) = settings.sources_from([CSV | {"replay": date(2023, 9, 7)}])
    assert isinstance(source, settings.PriceCsv)
    assert source.replay == date(2023, 9, 7)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "source.malformed"),
        ("csv", "source.malformed"),
        (None, "source.malformed"),
        ([3], "source.malformed"),
        ([{}], "source.malformed"),
        ([{"kind": "crystal_ball"}], "source.malformed"),
        ([CSV | {"speling": 1}], "source.malformed"),
        ([CSV | {"unit": "per_fortnight"}], "source.malformed"),
        ([CSV | {"delimiter": ""}], "source.malformed"),
        ([CSV | {"observed": "2023-09-06T11:00:00"}], "source.malformed"),
        ([CSV | {"minutes": 0}], "source.malformed"),
        ([{"kind": "place", "latitude": 91, "longitude": 0}], "source.malformed"),
        ([CSV | {"path": "/etc/passwd"}], "source.path"),
        ([CSV | {"path": "../prices.csv"}], "source.path"),
        ([CSV | {"path": "a/../../prices.csv"}], "source.path"),
        ([CSV | {"path": "..\\prices.csv"}], "source.path"),
        ([CSV] * 201, "source.too_many"),
    ],
)
def test_what_is_no_list_of_sources_is_refused(data: object, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        settings.sources_from(data)
    assert caught.value.code == code


def test_the_reference_shows_each_kind_as_it_is() -> None:
    listed = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    shown, habits = (yaml.safe_load(text) for text in listed)
    found = settings.sources_from(shown["sources"])
    kinds = {settings.kind_of(source) for source in found}
    assert kinds == {kind.__struct_config__.tag for kind in get_args(settings.Source)}
    assert len(msgspec.convert(habits, tuple[Habit, ...])) == 2


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ({"kind": "crystal_ball"}, "nordpool, octopus, entsoe"),
        (CSV | {"unit": "pennies"}, "write one of per_kwh, per_mwh, cents_per_kwh"),
        (CSV | {"side": "both"}, "write one of import, export"),
        (CSV | {"speling": 1}, "currency"),
    ],
)
def test_a_word_that_is_not_known_is_refused_with_those_that_are(
    source: dict[str, Any], allowed: str
) -> None:
    with pytest.raises(Invalid) as refused:
        settings.sources_from([source])
    assert allowed in str(refused.value.next_step)
