"""Several sources, one home: what is the same, what wins, and what nobody can sneak in."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.planning.devices.brokers import HOME

from tarl.errors import Invalid
from tarl.planning.context import DeviceState
from tarl.planning.devices.found import Found
from tarl.planning.devices.household_file import load
from tarl.planning.devices.merge import Merged, merged
from tarl.planning.household import Area, Device, DeviceCapability, Floor, Household
from tarl.planning.task import PrivacyClass, TrustTier


def _device(id: str, *actions: str, **facts: Any) -> Device:
    defaults: dict[str, Any] = {
        "name": id,
        "kind": "light",
        "trust_tier": TrustTier.BASIC,
        "source": "mqtt_discovery",
    }
    capabilities = tuple(DeviceCapability(id, action) for action in actions or ("turn_on",))
    return Device(id=id, capabilities=capabilities, **{**defaults, **facts})


def _mqtt(set: str | None = None, read: str | None = None) -> dict[str, Any]:
    return {
        "mqtt": {
            "reads": [{"topic": read}] if read else [],
            "commands": {"turn_on": {"topic": set}} if set else {},
        }
    }


def _home(*devices: Device, areas: tuple[Area, ...] = ()) -> Household:
    own = (msgspec.structs.replace(device, source="household") for device in devices)
    return Household(id="h", time_zone="UTC", devices=tuple(own), areas=areas)


def _merged(home: Household, *devices: Device, **facts: Any) -> Merged:
    return merged(home, [Found(source="x", devices=devices, **facts)])


def _actions(device: Device) -> set[str]:
    return {able.capability_type for able in device.capabilities}


def test_what_is_new_is_added_with_its_area_and_state() -> None:
    state = DeviceState(state="on", observed_ms=1)
    result = _merged(
        _home(),
        _device("light.a", area="bath"),
        areas=(Area(id="bath", name="Bathroom", floor="up"),),
        floors=(Floor(id="up", name="Upstairs"),),
        states={"light.a": state},
    )
    assert result.household.device("light.a").area == "bath"
    assert result.household.areas[0].floor == "up"
    assert result.states == {"light.a": state}


def test_the_household_says_what_something_is_and_others_fill_what_is_missing() -> None:
    mine = _device("lamp", name="Lamp", kind="light", trust_tier=TrustTier.TRUSTED)
    found = _device(
        "light.hub_lamp",
        "turn_off",
        name="lamp",
        power_w=9,
        noisy=True,
        aliases=("Leselampe",),
        limits={"brightness": {"lte": 900}},
        channel={"home_assistant": {"entity_id": "light.hub_lamp"}},
    )
    result = _merged(_home(mine), found, states={found.id: DeviceState(state="on", observed_ms=1)})
    (lamp,) = result.household.devices
    assert (lamp.id, lamp.name, lamp.power_w, lamp.noisy) == ("lamp", "Lamp", 9, True)
    assert lamp.aliases == ("Leselampe",)
    assert lamp.trust_tier is TrustTier.TRUSTED
    assert _actions(lamp) == {"turn_on", "turn_off"}
    assert {able.device_id for able in lamp.capabilities} == {"lamp"}
    assert list(result.states) == ["lamp"]


def test_one_device_in_three_sources_is_one() -> None:
    zigbee = _device("light.desk", channel=_mqtt("z/desk/set", "z/desk"), name="desk")
    announced = _device("light.0x1", channel=_mqtt("z/desk/set", "z/desk"), name="Desk lamp")
    entity = _device(
        "light.desk_lamp",
        name="Desk lamp",
        channel={"home_assistant": {"entity_id": "light.desk_lamp"}},
    )
    result = merged(
        _home(), [Found(source=name, devices=(one,)) for name, one in
                  (("z", zigbee), ("d", announced), ("h", entity))]
    )  # fmt: skip
    (desk,) = result.household.devices
    assert (desk.id, desk.aliases) == ("light.desk", ("Desk lamp",))
    assert set(desk.channel) == {"mqtt", "home_assistant"}
    assert result.doubts == ()


@pytest.mark.parametrize(
    "other",
    [
        _device("light.b", name="Lamp", kind="switch"),
        _device("light.b", name="Lamp", area="bath"),
        _device("light.b", name="Other"),
        _device("light.b", name="Lamp", channel=_mqtt("other/set")),
    ],
)
def test_what_differs_is_not_the_same(other: Device) -> None:
    areas = (Area(id="hall", name="Hall"), Area(id="bath", name="Bath"))
    mine = _device("light.a", name="Lamp", area="hall", channel=_mqtt("a/set"))
    result = _merged(_home(mine, areas=areas), other, areas=areas)
    assert len(result.household.devices) == 2


def test_what_could_be_either_is_left_out_and_said() -> None:
    home = _home(_device("a", name="Lamp"), _device("b", name="Lamp"))
    result = _merged(home, _device("c", name="Lamp"))
    assert [device.id for device in result.household.devices] == ["a", "b"]
    assert result.doubts[0].code == "merge.left_out"
    assert "a, b" in result.doubts[0].text


def test_areas_with_one_name_are_one() -> None:
    home = _home(areas=(Area(id="living_room", name="Living room", aliases=("Lounge",)),))
    result = _merged(
        home, _device("light.a", area="lounge"), areas=(Area(id="lounge", name="lounge"),)
    )
    assert [area.id for area in result.household.areas] == ["living_room"]
    assert result.household.device("light.a").area == "living_room"


def test_a_broker_cannot_teach_a_lock_anything() -> None:
    lock = _device("lock.door", "lock", name="Door", kind="lock", channel=_mqtt("door/set"))
    for channel in (_mqtt("door/set"), {"home_assistant": {"entity_id": "lock.door"}}):
        for trust, taught in ((TrustTier.BASIC, False), (TrustTier.VERIFIED, True)):
            found = _device(
                "lock.x", "unlock", name="Door", kind="lock", channel=channel, trust_tier=trust
            )
            (door,) = _merged(_home(lock), found).household.devices
            assert (_actions(door) == {"lock", "unlock"}) is taught
            assert ("home_assistant" in door.channel) is (taught and "home_assistant" in channel)


def test_a_lamp_that_opens_the_door_is_left_out_whoever_comes_first() -> None:
    lock = _device("lock.door", kind="lock", channel=_mqtt("door/set"))
    lamp = _device("light.reading", channel=_mqtt("door/set"))
    for result in (
        _merged(_home(lock), lamp),
        _merged(_home(), lamp, lock),
        merged(_home(), [Found(source="a", devices=(lamp,)), Found(source="b", devices=(lock,))]),
    ):
        assert [device.id for device in result.household.devices] == ["lock.door"]
        assert "lock.door" in result.doubts[0].text


def test_nobody_makes_private_data_public_by_reading_it_elsewhere() -> None:
    camera = _device(
        "camera", kind="camera", privacy_class=PrivacyClass.RESTRICTED, channel=_mqtt(read="cam")
    )
    spy = _device("sensor.spy", kind="sensor", channel=_mqtt(read="cam"))
    result = _merged(_home(camera), spy)
    assert result.household.device("sensor.spy").privacy_class is PrivacyClass.RESTRICTED


def test_a_way_that_gave_way_brings_no_actions() -> None:
    mine = _device("light.a", "turn_on", channel=_mqtt("mine/set"))
    found = _device("light.a", "set_color", channel=_mqtt("theirs/set"))
    (light,) = _merged(_home(mine), found).household.devices
    assert light.channel == mine.channel
    assert _actions(light) == {"turn_on"}


def test_a_home_that_does_not_hold_together_is_refused() -> None:
    with pytest.raises(Invalid):
        merged(_home(_device("a"), _device("b", area="nowhere")), [])


NAMES = st.sampled_from(["Lamp", "lamp", "Door", "Plug"])
DEVICES = st.builds(
    lambda id, name, kind, area, privacy, trust, action, topic: _device(
        id,
        action,
        name=name,
        kind=kind,
        area=area,
        privacy_class=privacy,
        trust_tier=trust,
        channel=_mqtt(f"{topic}/set", topic) if topic else {},
    ),
    st.sampled_from(["a", "b", "c", "d"]),
    NAMES,
    st.sampled_from(["light", "lock", "switch"]),
    st.none() | st.just("hall"),
    st.sampled_from(list(PrivacyClass)),
    st.sampled_from(list(TrustTier)),
    st.sampled_from(["turn_on", "unlock"]),
    st.none() | st.sampled_from(["t", "u"]),
)
FOUND = st.builds(
    lambda devices: Found(
        source="x", devices=tuple(devices), areas=(Area(id="hall", name="Hall"),)
    ),
    st.lists(DEVICES, max_size=4, unique_by=lambda one: one.id),
)


@given(st.lists(DEVICES, max_size=3, unique_by=lambda one: one.id), st.lists(FOUND, max_size=3))
def test_the_household_is_kept_and_only_narrowed(own: list[Device], found: list[Found]) -> None:
    home = _home(*own, areas=(Area(id="hall", name="Hall"),))
    whole = merged(home, found).household
    for device in home.devices:
        now = whole.device(device.id)
        assert (now.kind, now.name, now.trust_tier) == (
            device.kind,
            device.name,
            device.trust_tier,
        )
        order = list(PrivacyClass)
        assert order.index(now.privacy_class) >= order.index(device.privacy_class)
        assert {**now.channel, **device.channel} == now.channel
        assert _actions(device) <= _actions(now)


@given(st.lists(DEVICES, max_size=3, unique_by=lambda one: one.id), FOUND)
def test_merging_a_second_time_changes_nothing(own: list[Device], found: Found) -> None:
    home = _home(*own, areas=(Area(id="hall", name="Hall"),))
    once = merged(home, [found])
    assume(not once.doubts)
    assert merged(home, [found, found]).household == once.household


def test_the_demonstrations_home_merges_with_nothing_and_itself() -> None:
    home, _ = load(HOME)
    own = Found(source="again", devices=home.devices, areas=home.areas, floors=home.floors)
    assert merged(home, []).household == home
    assert merged(home, [own]).household == home
