"""A home in a YAML file: what is read, and that every refusal names its line."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.planning.devices.brokers import HOME

from tarl.errors import Invalid, Missing
from tarl.planning.devices.binding import binding_of
from tarl.planning.devices.home_assistant_services import entity_of
from tarl.planning.devices.household_file import FILE_BYTES_MAX, load, parse, written
from tarl.planning.household import Device, Household

ROOT = Path(__file__).parents[4]

SMALL = b"""\
id: cabin
time_zone: Europe/Oslo
areas:
  - {id: room, name: Room}
devices:
  - id: lamp
    name: Lamp
    kind: light
    area: room
"""


def _refused(data: bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse(data, name="home.yaml")
    assert caught.value.next_step
    return caught.value


def test_the_demonstrations_home_is_read() -> None:
    home, sources = load(HOME)
    assert home.id == "demo-home"
    assert home.device("dishwasher").programs[0].duration_ms == 10_800_000
    assert all(isinstance(source["kind"], str) for source in sources)


def test_the_example_of_the_reference_is_a_home() -> None:
    page = ROOT / "docs" / "reference" / "planning-devices.md"
    example = page.read_text().partition("```yaml\n")[2].partition("```")[0]
    home, _ = parse(example.encode(), name="example")
    assert [device.id for device in home.devices] == ["dishwasher", "lamp"]
    assert binding_of(home.device("dishwasher")).commands["run"].keyed
    assert entity_of(home.device("lamp")) == "light.lamp"


def test_sources_are_split_off() -> None:
    home, sources = parse(SMALL + b"sources: [{kind: csv, at: 22:00}]\n", name="home.yaml")
    assert home.id == "cabin"
    assert sources == [{"kind": "csv", "at": "22:00"}]
    assert parse(SMALL, name="home.yaml")[1] == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        (b"kind: light", b"kid: light", "household.malformed", 8),
        (b"id: cabin", b"id: cabin\nbase_laod_w: 3", "household.malformed", 2),
        (b"id: cabin", b"id: cabin\ncurrency: money", "household.value", 2),
        (b"kind: light", b"kind: [light]", "household.malformed", 8),
        (b"area: room", b"area: rom", "household.no_area", 9),
        (b"Europe/Oslo", b"Europe/Oslo\ntime_zone: UTC", "household.file", 3),
        (b"name: Lamp", b"name: &a Lamp\n    aliases: [*a]", "household.file", 7),
        (b"id: cabin", b"id: &a cabin", "household.file", 1),
        (b"id: cabin", b"id: !!str cabin", "household.file", 1),
        (b"name: Lamp", b"name: !!python/name:os.system x", "household.file", 7),
        (b"name: Lamp", b"name: [Lamp", "household.file", 8),
        (b"name: Lamp", b"name: Lamp\n    ? [x]\n    : 1", "household.file", 8),
        (b"name: Lamp", b"name: Lamp\n    noisy: on", "household.malformed", 8),
        (b"name: Lamp", b"name: Lamp\n    power_w: 1_000", "household.malformed", 8),
        (b"id: cabin", b"id: cabin\nsources: x", "household.file", 2),
        (b"id: cabin", b"id: cabin\nsources: [x]", "household.file", 2),
    ],
)
def test_a_refusal_names_its_line(old: bytes, new: bytes, code: str, line: int) -> None:
    refusal = _refused(SMALL.replace(old, new, 1))
    assert (refusal.code, refusal.facts["line"]) == (code, line)
    assert f"line {line}" in refusal.message


def test_a_device_that_stands_twice_is_named_where_it_stands_again() -> None:
    again = SMALL + b"  - id: lamp\n    name: Other\n    kind: light\n"
    refusal = _refused(again)
    assert (refusal.code, refusal.facts["line"]) == ("household.duplicate", 10)


@pytest.mark.parametrize(
    "data",
    [b"", b"- 1", b"x", b"\xff", b"[" * 100_000, b"a: 1\n---\nb: 2", b" " * (FILE_BYTES_MAX + 1)],
    ids=["empty", "a list", "a word", "not UTF-8", "deep", "two documents", "large"],
)
def test_what_is_no_home_at_all_is_refused(data: bytes) -> None:
    assert _refused(data).code in ("household.file", "household.malformed")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Missing) as caught:
        load(tmp_path / "none.yaml")
    assert caught.value.code == "household.no_file"


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(alphabet=":-{}[]&*!?|>'\"#%@, \nab1", max_size=60))
def test_any_bytes_are_a_home_or_a_refusal(data: bytes | str) -> None:
    with contextlib.suppress(Invalid):
        home, _ = parse(data if isinstance(data, bytes) else data.encode(), name="home.yaml")
        assert home.id


def test_a_home_is_written_as_it_is_read() -> None:
    home, sources = load(HOME)
    assert parse(written(home, sources), name="again") == (home, sources)


TEXT = st.text(max_size=12) | st.sampled_from(
    ["on", "no", "22:00", "1.5e3", "1_000", "~", "", "- x", "&a", "*a", "=", "0x1f", "null", "é: 1"]
)
PLAIN = st.recursive(
    TEXT | st.booleans() | st.none() | st.integers(-(10**17), 10**17),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200)
@given(TEXT, st.dictionaries(TEXT, PLAIN, max_size=3), st.booleans())
def test_what_is_written_is_the_same_home(name: str, channel: dict[str, Any], twice: bool) -> None:
    lamp = Device(id="lamp", name=name, kind="light", channel=channel)
    other = msgspec.structs.replace(lamp, id="other")
    home = Household(id="h", time_zone="UTC", devices=(lamp, other) if twice else (lamp,))
    sources = [{"kind": "csv", "path": name, "more": channel}]
    assert parse(written(home, sources), name="again") == (home, sources)


def test_more_than_a_file_may_hold_is_not_written() -> None:
    lamp = Device(id="lamp", name="x" * FILE_BYTES_MAX, kind="light")
    with pytest.raises(Invalid) as caught:
        written(Household(id="h", time_zone="UTC", devices=(lamp,)), [])
    assert caught.value.code == "household.file"
