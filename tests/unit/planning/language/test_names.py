"""Names of a home: what a sentence may call its areas, floors and devices."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Invalid
from tarl.planning.household import Area, Device, Floor, Household
from tarl.planning.language.names import Names

HOME = {
    "floors": [{"name": "Ground Floor", "id": "ground"}],
    "areas": [{"name": "Kitchen", "id": "kitchen_id", "floor": "Ground Floor"}, {"name": "Hall"}],
    "entities": [
        {"name": "Ceiling", "id": "light.ceiling", "area": "kitchen_id", "state": "on"},
        {"name": "Blind", "domain": "cover", "area": "Kitchen"},
        {"name": "Gate", "domain": "cover", "attributes": {"device_class": "gate"}},
        {"name": "Ceiling", "domain": "fan", "area": "Hall"},
    ],
    "timers": [],
}


def test_a_mapping_needs_ids_nowhere() -> None:
    names = Names.of(HOME)

    assert [(area.id, area.floor) for area in names.areas] == [
        ("kitchen_id", "ground"),
        ("hall", None),
    ]
    assert [(one.id, one.domain, one.area) for one in names.devices] == [
        ("light.ceiling", "light", "kitchen_id"),
        ("cover.blind", "cover", "kitchen_id"),
        ("cover.gate", "cover", None),
        ("fan.ceiling", "fan", "hall"),
    ]


def test_things_are_found_by_name_id_and_place() -> None:
    names = Names.of(HOME)

    assert [one.id for one in names.devices_called("ceiling")] == ["light.ceiling", "fan.ceiling"]
    assert [one.id for one in names.devices_called("cover.gate")] == ["cover.gate"]
    assert names.area("KITCHEN") == names.areas[0]
    assert names.floor("ground  floor") == names.floors[0]
    assert names.area("ground") is None
    assert {one.id for one in names.devices_in("kitchen_id")} == {"light.ceiling", "cover.blind"}
    assert names.devices_in("ground") == names.devices_in("kitchen_id")


def test_what_lets_somebody_in_is_critical_whatever_it_is_called() -> None:
    names = Names.of(HOME)

    assert [one.is_critical for one in names.devices] == [False, True, True, False]
    assert names.devices[2].kind == "gate"


def test_brackets_in_names_are_optional_letters_and_nothing_else() -> None:
    names = Names.of({"entities": [{"name": "Trader Joe[']s"}, {"name": "[]"}, {"name": "a (b|c"}]})

    assert [one.names for one in names.devices] == [
        ("Trader Joe's", "Trader Joes"),
        ("[]",),
        ("a (b|c",),
    ]


def test_a_name_full_of_brackets_stays_small() -> None:
    (device,) = Names.of({"entities": [{"name": "[a]" * 60}]}).devices

    assert len(device.names) <= 16


def test_two_entries_of_one_area_are_one() -> None:
    names = Names.of({"areas": [{"name": "Den", "id": "d"}, {"name": "Study", "id": "d"}]})

    assert [area.names for area in names.areas] == [("Den", "Study")]


def test_a_household_has_the_same_names() -> None:
    home = Household(
        id="h",
        time_zone="UTC",
        floors=(Floor(id="up", name="Upstairs"),),
        areas=(Area(id="den", name="Den", floor="up", aliases=("Study",)),),
        devices=(
            Device(id="dishwasher", name="Dishwasher", kind="dishwasher", aliases=("washer",)),
            Device(id="heat", name="Heating", kind="heat_pump", area="den"),
            Device(id="switch.fan", name="Fan", kind="ventilator"),
        ),
    )

    names = Names.of(home)

    assert [one.domain for one in names.devices] == ["switch", "climate", "switch"]
    assert names.devices[0].names == ("Dishwasher", "washer")
    assert [one.is_critical for one in names.devices] == [False, True, False]
    assert names.area("study") == names.areas[0]
    assert [one.id for one in names.devices_in("up")] == ["heat"]


def test_no_home_has_no_names() -> None:
    assert Names.of(None) == Names.of({}) == Names()


@pytest.mark.parametrize(
    ("home", "code"),
    [
        (["areas"], "home.shape"),
        ({"areas": {"name": "Kitchen"}}, "home.shape"),
        ({"areas": ["Kitchen"]}, "home.shape"),
        ({"entities": [{"name": "Lamp", "id": 3}]}, "home.shape"),
        ({"entities": [{"name": "Lamp", "attributes": []}]}, "home.shape"),
        ({"entities": [{"name": "Lamp", "aliases": "Light"}]}, "home.shape"),
        ({"entities": [{"id": "light.lamp"}]}, "home.name"),
        ({"floors": [{"name": " "}]}, "home.name"),
        ({"entities": [{"name": "x" * 201}]}, "home.name"),
        ({"entities": [{"name": "Lamp"}] * 2_001}, "home.too_large"),
    ],
)
def test_what_is_no_home_is_refused(home: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Names.of(home)

    assert refused.value.code == code
    assert refused.value.next_step
