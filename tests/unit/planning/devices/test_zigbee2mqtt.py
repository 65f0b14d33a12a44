"""Zigbee2MQTT's list of devices: what exposes become."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.errors import Invalid
from tarl.planning.context import DeviceState
from tarl.planning.devices.binding import binding_of, heard, payload_for
from tarl.planning.devices.found import Found
from tarl.planning.devices.zigbee2mqtt import found_in
from tarl.planning.household import Device
from tarl.planning.task import PrivacyClass, TrustTier


def _state(on: Any = "ON", off: Any = "OFF", **more: Any) -> dict[str, Any]:
    common = {"type": "binary", "name": "state", "property": "state", "access": 7}
    return {**common, "value_on": on, "value_off": off, **more}


def _number(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "numeric", "name": name, "property": name, "access": 1, **more}


def _of(type: str, *features: Any, **more: Any) -> dict[str, Any]:
    return {"type": type, "features": list(features), **more}


def _found(*exposes: Any, **entry: Any) -> Found:
    one = {"type": "Router", "friendly_name": "thing", "definition": {"exposes": list(exposes)}}
    coordinator = {"type": "Coordinator", "friendly_name": "Coordinator", "definition": None}
    return found_in(json.dumps([coordinator, {**one, **entry}]).encode())


def _one(*exposes: Any, **entry: Any) -> Device:
    found = _found(*exposes, **entry)
    assert len(found.devices) == 1, found.doubts
    return found.devices[0]


def _told(device: Device, **message: Any) -> DeviceState:
    state = None
    for read in binding_of(device).reads:
        said = heard(read, json.dumps(message).encode(), before=state, now_ms=1)
        state = said.state if said is not None else state
    assert state is not None
    return state


def _sent(device: Device, action: str, **arguments: Any) -> Any:
    send = binding_of(device).commands[action]
    assert send.topic == "zigbee2mqtt/thing/set"
    return json.loads(payload_for(send, action, arguments, key="k"))


def test_a_plug_knows_what_it_draws() -> None:
    plug = _one(
        _of("switch", _state()),
        _number("power", unit="W"),
        _number("energy", unit="kWh"),
        _number("linkquality", unit="lqi"),
        {"type": "enum", "name": "power_outage_memory", "property": "x", "access": 7},
    )
    assert (plug.id, plug.kind, plug.trust_tier) == ("switch.thing", "switch", TrustTier.BASIC)
    state = _told(plug, state="ON", power=1801.6, energy=12.34, linkquality=90)
    assert (state.state, state.attributes) == ("on", {"power_w": 1802, "energy_wh": 12_340})
    assert _sent(plug, "turn_off") == {"state": "OFF"}
    assert [part.topic for part in binding_of(plug).presence] == [
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/thing/availability",
    ]


def test_a_light_is_dimmed_in_permille() -> None:
    light = _one(_of("light", _state(), _number("brightness", access=7, value_max=254)))
    assert _sent(light, "set_brightness", brightness=500) == {"brightness": 127}
    assert _told(light, state="OFF", brightness=127).attributes == {"brightness": 500}


@pytest.mark.parametrize("way", ["color_xy", "color_hs"])
def test_a_light_is_told_a_color(way: str) -> None:
    color = {"type": "composite", "name": way, "property": "color", "access": 7}
    light = _one(_of("light", _state(), color))
    assert _sent(light, "set_color", color="orange") == {"color": {"hex": "#ffa500"}}
    with pytest.raises(Invalid, match="mauve"):
        _sent(light, "set_color", color="mauve")


def test_each_gang_of_a_switch_is_a_device() -> None:
    found = _found(
        _of("switch", _state(property="state_l1"), endpoint="l1"),
        _of("switch", _state(property="state_l2"), endpoint="l2"),
        _number("power", unit="W"),
    )
    assert [device.id for device in found.devices] == [
        "switch.thing_l1",
        "switch.thing_l2",
        "sensor.thing",
    ]
    assert _sent(found.devices[1], "turn_on") == {"state_l2": "ON"}
    assert _told(found.devices[2], power=3).attributes == {"power_w": 3}


def test_a_lock_tells_whether_it_is_locked() -> None:
    told = {"type": "enum", "name": "lock_state", "property": "lock_state", "access": 1}
    lock = _one(_of("lock", _state("LOCK", "UNLOCK"), told))
    assert lock.is_critical
    assert lock.privacy_class is PrivacyClass.CONFIDENTIAL
    assert _told(lock, state="LOCK", lock_state="not_fully_locked").state == "jammed"
    assert _sent(lock, "unlock") == {"state": "UNLOCK"}
    assert _told(_one(_of("lock", _state("LOCK", "UNLOCK"))), state="LOCK").state == "locked"


def test_a_cover_and_a_thermostat() -> None:
    cover = _one(_of("cover", _state("OPEN", "CLOSE"), _number("position", access=7)))
    assert _told(cover, state="CLOSE", position=0).state == "closed"
    assert _sent(cover, "set_position", position=400) == {"position": 40}
    modes = {"type": "enum", "name": "system_mode", "property": "system_mode", "access": 7}
    heater = _one(
        _of(
            "climate",
            {**modes, "values": ["off", "heat"]},
            _number("current_heating_setpoint", access=7, value_min=5, value_max=30),
            _number("local_temperature"),
        )
    )
    assert heater.kind == "heater"
    assert heater.limits == {"temperature": {"gte": 50, "lte": 300}}
    assert _sent(heater, "turn_on") == {"system_mode": "heat"}
    assert _sent(heater, "set_temperature", temperature=215) == {"current_heating_setpoint": 21.5}
    state = _told(heater, system_mode="heat", local_temperature=19.2)
    assert (state.state, state.attributes) == ("heat", {"current_temperature": 192})


def test_what_tells_who_is_where_is_confidential() -> None:
    motion = _one(
        {"type": "binary", "name": "occupancy", "property": "occupancy", "access": 1}
        | {"value_on": True, "value_off": False},
        _number("battery", unit="%"),
    )
    assert motion.privacy_class is PrivacyClass.CONFIDENTIAL
    state = _told(motion, occupancy=True, battery=55)
    assert (state.state, state.attributes) == ("on", {"battery": 550})


def test_what_cannot_be_set_is_only_looked_at() -> None:
    device = _one(_of("switch", _state(access=1)))
    assert [able.capability_type for able in device.capabilities] == ["measure"]


@pytest.mark.parametrize(
    "entry",
    [
        {"definition": None},
        {"definition": {"exposes": "all"}},
        {"friendly_name": None},
        {"friendly_name": "a/#"},
        {"friendly_name": "x" * 600},
        {"definition": {"exposes": [{"type": "switch", "features": []}] * 400}},
        {"definition": {"exposes": [{"type": "switch", "features": []}]}},
    ],
)
def test_what_cannot_be_used_is_left_out_by_name(entry: dict[str, Any]) -> None:
    found = _found(**entry)
    assert found.devices == ()
    assert [doubt.code for doubt in found.doubts] == ["zigbee2mqtt.left_out"]


def test_a_device_that_is_disabled_is_none() -> None:
    assert _found(_of("switch", _state()), disabled=True) == Found(source="zigbee2mqtt")


def test_a_name_that_is_taken_is_left_out() -> None:
    entry = {"friendly_name": "a", "definition": {"exposes": [_of("switch", _state())]}}
    found = found_in(json.dumps([entry, entry]).encode())
    assert len(found.devices) == 1
    assert "taken" in found.doubts[0].text


@pytest.mark.parametrize("payload", [b"", b"{}", b"[", b"\xff", b"[" * 90_000])
def test_what_is_no_list_is_refused(payload: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        found_in(payload)
    assert caught.value.code == "device.payload"


VALUES = st.none() | st.booleans() | st.integers(-5, 300) | st.text(max_size=4)
FEATURE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["binary", "numeric", "enum"]) | VALUES,
        "name": st.sampled_from(["state", "brightness", "power", "system_mode", "position"]),
        "property": st.text(max_size=4) | VALUES,
        "access": st.integers(0, 7) | VALUES,
        "unit": st.sampled_from(["W", "°C"]) | VALUES,
        "value_on": VALUES,
        "value_max": VALUES,
        "values": st.lists(VALUES, max_size=3),
    },
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["light", "lock", "cover", "climate", "switch", "x"])},
            optional={"features": st.lists(FEATURE, max_size=4) | VALUES, "endpoint": VALUES},
        )
        | FEATURE
        | VALUES,
        max_size=5,
    )
)
def test_whatever_is_exposed_is_devices_or_doubts(exposes: list[Any]) -> None:
    for device in _found(*exposes).devices:
        binding_of(device)


def test_each_gang_of_a_switch_has_the_meter_of_its_endpoint() -> None:
    found = _found(
        *(_of("switch", _state(property=f"state_{end}"), endpoint=end) for end in ("l1", "l2")),
        *(
            {**_number("power", unit="W", endpoint=end), "property": f"power_{end}"}
            for end in ("l1", "l2")
        ),
        _number("temperature", unit="°C"),
    )
    assert [device.id for device in found.devices] == [
        "switch.thing_l1",
        "switch.thing_l2",
        "sensor.thing",
    ]
    told = {"state_l1": "ON", "state_l2": "OFF", "power_l1": 50, "power_l2": 0, "temperature": 30}
    first, second, rest = (_told(device, **told) for device in found.devices)
    assert (first.state, first.attributes) == ("on", {"power_w": 50})
    assert (second.state, second.attributes) == ("off", {"power_w": 0})
    assert rest.attributes == {"temperature": 300}


def test_a_relay_that_moves_a_valve_is_a_valve() -> None:
    definition = {"description": "Smart water/gas valve", "exposes": [_of("switch", _state())]}
    (valve,) = _found(definition=definition).devices
    assert (valve.id, valve.kind, valve.is_critical) == ("valve.thing", "valve", True)
    assert _sent(valve, "close") == {"state": "OFF"}
    assert _told(valve, state="ON").state == "open"


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("Smart garage door opener", "garage_door"),
        ("Zigbee gateway plug", "switch"),
        ("Outdoor smart plug", "switch"),
    ],
)
def test_a_relay_is_what_its_maker_says_that_it_moves(description: str, kind: str) -> None:
    definition = {"description": description, "exposes": [_of("switch", _state())]}
    assert [device.kind for device in _found(definition=definition).devices] == [kind]


@pytest.mark.parametrize("name", ["gas", "carbon_monoxide", "vibration"])
def test_what_warns_of_danger_is_read(name: str) -> None:
    device = _one({"type": "binary", "name": name, "property": name, "access": 1})
    assert _told(device, **{name: True}).state == "on"


def test_a_device_of_which_nothing_is_understood_is_named() -> None:
    found = _found({"type": "enum", "name": "action", "property": "action", "access": 1})
    assert not found.devices
    (doubt,) = found.doubts
    assert doubt.text == "thing: nothing of what it exposes is understood: action"
