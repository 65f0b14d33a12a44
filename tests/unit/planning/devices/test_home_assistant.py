"""Home Assistant: what its answers become, and commands over its real interfaces."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.planning.devices.brokers import now_ms
from tests.unit.planning.devices.home_assistant_peer import DATA, TOKEN, Peer, running

from tarl.errors import Conflict, Denied, Exceeded, Invalid, TarlError, Unavailable
from tarl.planning.devices.found import Found
from tarl.planning.devices.home_assistant import Registries, found_in, place_of, state_of
from tarl.planning.devices.home_assistant_live import Address, HomeAssistantChannel, look
from tarl.planning.household import DEVICES_MAX, Device
from tarl.planning.task import PrivacyClass

STATES = json.loads((DATA / "states.json").read_text())
SERVICES = json.loads((DATA / "services.json").read_text())
ATTRIBUTES = (
    *("brightness", "temperature", "supported_features", "device_class"),
    *("friendly_name", "min_temp", "max_temp", "hvac_modes"),
)


def _captured(**options: Any) -> Found:
    return found_in(STATES, now_ms=7, services=SERVICES, **options)


def _device(id: str, **options: Any) -> Device:
    return next(device for device in _captured(**options).devices if device.id == id)


def _actions(id: str) -> set[str]:
    return {able.capability_type for able in _device(id).capabilities}


@pytest.mark.parametrize(
    ("id", "kind", "actions"),
    [
        ("light.kitchen_lights", "light", {"turn_on", "turn_off", "set_brightness", "set_color"}),
        ("cover.garage_door", "garage_door", {"open", "close"}),
        ("cover.hall_window", "cover", {"open", "close", "stop", "set_position"}),
        ("cover.pergola_roof", "cover", {"measure"}),
        ("climate.heatpump", "heater", {"turn_on", "turn_off", "set_temperature"}),
        ("climate.ecobee", "heat_pump", {"turn_on", "turn_off"}),
        ("vacuum.0_ground_floor", "vacuum", {"run", "pause", "stop", "return_home"}),
        ("vacuum.4_fourth_floor", "vacuum", {"measure"}),
        ("alarm_control_panel.security", "alarm", {"measure"}),
        ("lock.front_door", "lock", {"lock", "unlock"}),
        ("person.b", "sensor", {"measure"}),
    ],
)
def test_an_entity_does_what_its_features_say(id: str, kind: str, actions: set[str]) -> None:
    assert _device(id).kind == kind
    assert _actions(id) == actions


def test_what_the_installation_has_no_service_for_is_not_offered() -> None:
    services = [entry for entry in SERVICES if entry["domain"] != "lock"]
    found = found_in(STATES, now_ms=7, services=services)
    (lock,) = (device for device in found.devices if device.id == "lock.front_door")
    assert [able.capability_type for able in lock.capabilities] == ["measure"]


@pytest.mark.parametrize(
    ("shown", "color"),
    [
        ({"color_mode": "xy", "hs_color": [238.6, 96.1]}, {"color": "blue"}),
        ({"color_mode": "color_temp", "hs_color": [28.3, 64.7]}, {}),
        ({"color_mode": "hs", "hs_color": None}, {}),
        ({"color_mode": "hs", "hs_color": [240]}, {}),
        ({"color_mode": "hs", "hs_color": ["blue", 1]}, {}),
        ({"color_mode": ["hs"], "hs_color": [240, 100]}, {}),
    ],
)
def test_a_light_shows_the_color_that_it_is_most_like(
    shown: dict[str, Any], color: dict[str, str]
) -> None:
    entity = {"entity_id": "light.a", "state": "on", "attributes": shown}
    assert state_of(entity, now_ms=1).attributes == color


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"latitude": 52.51627, "longitude": -13.37771}, (52.52, -13.38)),
        ({"latitude": 0, "longitude": 0}, None),
        ({"latitude": 52.5}, None),
        ({"latitude": 95, "longitude": 13}, None),
        ({"latitude": "north", "longitude": 13}, None),
        (None, None),
    ],
)
def test_a_place_is_known_to_a_kilometre(config: Any, place: tuple[float, float] | None) -> None:
    assert place_of(config) == place


def test_states_are_in_the_units_that_are_used_here() -> None:
    told = _captured().states
    assert told["light.kitchen_lights"].attributes == {"brightness": 706, "color": "brown"}
    assert told["cover.hall_window"].attributes == {"position": 100}
    assert told["climate.heatpump"].attributes == {
        "current_temperature": 250,
        "temperature": 200,
    }
    assert told["sensor.outside_temperature"].attributes == {"battery": 120, "temperature": 156}
    assert told["sensor.power_consumption"].attributes == {"power_w": 100}
    assert told["device_tracker.demo_paulus"].state == "away"
    assert _device("climate.heatpump").limits == {"temperature": {"gte": 70, "lte": 350}}
    assert _device("climate.heatpump", temperature_unit="°F").limits == {
        "temperature": {"gte": -139, "lte": 17}
    }


def test_no_token_of_a_camera_is_taken() -> None:
    assert "secret-of-the-camera" in json.dumps(STATES)
    assert "secret-of-the-camera" not in repr(_captured())
    assert _device("camera.demo_camera").privacy_class is PrivacyClass.RESTRICTED


def test_what_is_no_device_is_none_and_what_is_unknown_is_named() -> None:
    found = found_in(
        [*STATES, {"entity_id": "flux.x", "state": "on"}, {"entity_id": "../x"}, 3], now_ms=7
    )
    assert not {"sun.sun", "weather.demo_weather_south"} & {device.id for device in found.devices}
    assert [doubt.code for doubt in found.doubts] == [
        "home_assistant.domain",
        "home_assistant.malformed",
        "home_assistant.malformed",
    ]


def test_registries_say_where_devices_are_and_what_measures_them() -> None:
    registries = Registries(
        areas=({"area_id": "bath", "name": "Bathroom", "floor_id": "up", "aliases": ["WC"]},),
        floors=({"floor_id": "up", "name": "Upstairs", "aliases": []},),
        devices=({"id": "d1", "area_id": "bath"},),
        entities=(
            {"entity_id": "switch.ac", "device_id": "d1"},
            {"entity_id": "sensor.power_consumption", "device_id": "d1"},
            {"entity_id": "light.bed_light", "hidden_by": "user"},
        ),
    )
    found = _captured(registries=registries)
    devices = {device.id: device for device in found.devices}
    assert (found.areas[0].id, found.areas[0].floor, found.areas[0].aliases) == (
        "bath",
        "up",
        ("WC",),
    )
    assert devices["switch.ac"].area == "bath"
    assert devices["switch.ac"].channel["home_assistant"] == {
        "entity_id": "switch.ac",
        "power_entity_id": "sensor.power_consumption",
    }
    assert not {"sensor.power_consumption", "light.bed_light"} & set(devices)


def test_more_than_a_home_has_is_refused() -> None:
    lights = [{"entity_id": f"light.l{n}", "state": "on"} for n in range(DEVICES_MAX + 1)]
    found = found_in(lights, now_ms=7)
    assert len(found.devices) == len(found.states) == DEVICES_MAX
    assert [doubt.code for doubt in found.doubts] == ["home_assistant.malformed"]
    with pytest.raises(Exceeded) as caught:
        found_in([{}] * 20_000, now_ms=7)
    assert caught.value.code == "device.too_much"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.fixed_dictionaries(
                {},
                optional={
                    "entity_id": st.sampled_from(["light.a", "sensor.b", "climate.c", "x.y"]),
                    "state": inner,
                    "attributes": st.dictionaries(
                        st.sampled_from(ATTRIBUTES),
                        inner,
                    ),
                },
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_is_answered_is_devices_or_a_refusal(answer: Any) -> None:
    with contextlib.suppress(Invalid):
        found_in(answer, now_ms=7, services=answer)
        state_of(answer, now_ms=7)


# ------------------------------------------------------------------------------------ over the wire


@contextlib.asynccontextmanager
async def _connected(
    peer: Peer, *, confirm_s: float, power_s: float
) -> AsyncIterator[tuple[Found, HomeAssistantChannel]]:
    async with running(peer):
        address = Address(peer.url, token=TOKEN)
        found = await look(address, now_ms=now_ms())
        async with HomeAssistantChannel(
            address, found.devices, now_ms=now_ms, confirm_s=confirm_s, power_s=power_s
        ) as channel:
            yield found, channel


def _run(
    peer: Peer,
    act: Callable[[dict[str, Device], HomeAssistantChannel], Awaitable[None]],
    *,
    confirm_s: float = 10.0,
    power_s: float = 0.2,
) -> None:
    async def run() -> None:
        async with _connected(peer, confirm_s=confirm_s, power_s=power_s) as (found, channel):
            await act({device.id: device for device in found.devices}, channel)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("id", "action", "arguments", "call"),
    [
        ("light.bed_light", "turn_on", {}, ("light.turn_on", {})),
        ("light.bed_light", "set_brightness", {"brightness": 500},
         ("light.turn_on", {"brightness": 128})),
        ("light.bed_light", "set_color", {"color": "blue"},
         ("light.turn_on", {"hs_color": [240.0, 100.0]})),
        ("cover.hall_window", "set_position", {"position": 300},
         ("cover.set_cover_position", {"position": 30})),
        ("climate.heatpump", "set_temperature", {"temperature": 215},
         ("climate.set_temperature", {"temperature": 21.5})),
        ("vacuum.0_ground_floor", "run", {}, ("vacuum.start", {})),
        ("lock.front_door", "unlock", {}, ("lock.unlock", {})),
        ("button.push", "press", {}, ("button.press", {})),
    ],
)  # fmt: skip
def test_an_action_is_a_service_call_that_a_state_confirms(
    id: str, action: str, arguments: dict[str, Any], call: tuple[str, dict[str, Any]]
) -> None:
    peer = Peer()

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        done = await channel.command(devices[id], action, arguments, key="k1")
        assert done["confirmed_by"] == ("delivery" if action == "press" else "state")
        assert peer.calls == [(call[0], {"entity_id": id, **call[1]})]

    _run(peer, act)


def test_an_installation_in_fahrenheit() -> None:
    peer = Peer(unit="°F")

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        pump = devices["climate.heatpump"]
        assert pump.limits["temperature"] == {"gte": -139, "lte": 17}
        await channel.command(pump, "set_temperature", {"temperature": 10}, key="k1")
        assert peer.states["climate.heatpump"]["attributes"]["temperature"] == 33.8

    _run(peer, act)


def test_a_call_that_changes_nothing_is_not_confirmed() -> None:
    peer = Peer()
    peer.ignored = True

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        with pytest.raises(Unavailable) as caught:
            await channel.command(devices["light.bed_light"], "turn_on", {}, key="k1")
        assert caught.value.code == "device.unconfirmed"
        done = await channel.command(devices["light.kitchen_lights"], "turn_on", {}, key="k2")
        assert done["confirmed_by"] == "unchanged"

    _run(peer, act, confirm_s=0.3)


@pytest.mark.parametrize(
    ("id", "action"), [("lock.front_door", "unlock"), ("light.bed_light", "turn_on")]
)
def test_a_state_that_is_only_assumed_confirms_nothing(id: str, action: str) -> None:
    peer = Peer()
    peer.states[id]["attributes"]["assumed_state"] = True

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        device = devices[id]
        if device.is_critical:
            with pytest.raises(Unavailable) as caught:
                await channel.command(device, action, {}, key="k1")
            assert caught.value.code == "device.unconfirmed"
        else:
            done = await channel.command(device, action, {}, key="k1")
            assert done["confirmed_by"] == "delivery"

    _run(peer, act)


def test_an_entity_that_was_taken_away_is_not_online() -> None:
    peer = Peer()

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        light = devices["light.bed_light"]
        channel._hear('{"event": {"data": {"entity_id": "light.bed_light", "new_state": null}}}')
        state = await channel.state(light)
        assert state is not None
        assert not state.is_online

    _run(peer, act)


def test_a_device_that_says_otherwise_contradicts() -> None:
    peer = Peer()
    peer.ignored = True

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        doing = asyncio.create_task(
            channel.command(devices["lock.front_door"], "unlock", {}, key="k1")
        )
        while not peer.calls:
            await asyncio.sleep(0.01)
        await peer.tell("lock.front_door", "jammed")
        with pytest.raises(Conflict, match="jammed") as caught:
            await doing
        assert caught.value.code == "device.contradicts"

    _run(peer, act)


def test_the_meter_of_a_switch_can_deny_it() -> None:
    entities = [
        {"entity_id": "switch.ac", "device_id": "d1"},
        {"entity_id": "sensor.power_consumption", "device_id": "d1"},
    ]
    peer = Peer(registries={"config/entity_registry/list": entities})

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        switch = devices["switch.ac"]
        done = await channel.command(switch, "turn_on", {}, key="k1")
        assert (done["state"], done["attributes"]) == ("on", {"power_w": 100})
        doing = asyncio.create_task(channel.command(switch, "turn_off", {}, key="k2"))
        while peer.states["switch.ac"]["state"] != "off":
            await asyncio.sleep(0.01)
        await peer.tell("sensor.power_consumption", "95")
        with pytest.raises(Conflict, match="meter shows 95 W"):
            await doing

    _run(peer, act, power_s=1.5)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, Denied, "home_assistant.token"),
        (400, Unavailable, "device.unconfirmed"),
        (500, Unavailable, "device.unconfirmed"),
    ],
)
def test_a_call_that_is_refused(status: int, error: type[TarlError], code: str) -> None:
    peer = Peer()
    peer.status = status

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        with pytest.raises(error) as caught:
            await channel.command(devices["light.bed_light"], "turn_on", {}, key="k1")
        assert caught.value.code == code

    _run(peer, act)


def test_a_redirect_does_not_get_the_token() -> None:
    other, peer = Peer(), Peer()

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        async with running(other):
            peer.redirect = f"{other.url}/api/services/light/turn_on"
            with pytest.raises(Unavailable):
                await channel.command(devices["light.bed_light"], "turn_on", {}, key="k1")
        assert other.calls == []

    _run(peer, act)


def test_changes_are_told_and_a_lost_connection_is_found_again() -> None:
    peer = Peer()

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        light = devices["light.bed_light"]
        changes = channel.watch()
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await peer.tell("light.bed_light", "on", brightness=255)
        id, state = await first
        assert (id, state.state, state.attributes) == (
            "light.bed_light",
            "on",
            {"brightness": 1_000},
        )
        await peer.tell("light.bed_light", "unavailable")
        assert (await anext(changes))[1].is_online is False
        with pytest.raises(Unavailable) as caught:
            await channel.command(light, "turn_on", {}, key="k1")
        assert caught.value.code == "device.offline"
        await peer.lose()
        while channel.is_connected:
            await asyncio.sleep(0.01)
        lost = await channel.state(light)
        assert lost is not None
        assert not lost.is_online
        with pytest.raises(Unavailable) as caught:
            await channel.command(light, "turn_on", {}, key="k1")
        assert caught.value.code == "device.unreachable"
        peer.states["light.bed_light"]["state"] = "off"
        assert [doubt.code for doubt in channel.doubts] == ["device.unreachable"]
        while not channel.is_connected:
            await asyncio.sleep(0.01)
        assert channel.doubts == ()
        done = await channel.command(light, "turn_on", {}, key="k1")
        assert done["state"] == "on"
        await channel.close()
        rest = [change async for change in changes]
        assert [(id, state.state) for id, state in rest] == [("light.bed_light", "on")]

    _run(peer, act)


def test_a_token_that_is_taken_back_ends_it() -> None:
    peer = Peer()

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        watching = asyncio.ensure_future(anext(channel.watch(), None))
        await asyncio.sleep(0)
        peer.token = "another"
        await peer.lose()
        with pytest.raises(Denied):
            await watching
        with pytest.raises(Denied):
            await channel.command(devices["light.bed_light"], "turn_on", {}, key="k1")

    _run(peer, act)


@pytest.mark.parametrize("refused", ["get_states", "get_services", "get_config"])
def test_an_installation_that_refuses_to_tell(refused: str) -> None:
    async def act() -> None:
        peer = Peer()
        peer.refused = refused
        async with running(peer):
            with pytest.raises(Invalid, match=refused):
                await look(Address(peer.url, token=TOKEN), now_ms=1)

    asyncio.run(act())


def test_no_log_and_no_message_holds_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    peer = Peer()

    async def act(devices: dict[str, Device], channel: HomeAssistantChannel) -> None:
        await channel.command(devices["light.bed_light"], "turn_on", {}, key="k1")
        assert TOKEN not in repr(channel._address)

    _run(peer, act)
    assert caplog.records
    assert TOKEN not in caplog.text


def test_a_wrong_token_is_refused_and_not_told() -> None:
    async def act() -> None:
        async with running(Peer()) as peer:
            address = Address(peer.url, token="wrong-secret")
            for opening in (
                look(address, now_ms=1),
                HomeAssistantChannel(address, [], now_ms=now_ms).__aenter__(),
            ):
                with pytest.raises(Denied) as caught:
                    await opening
                assert caught.value.code == "home_assistant.token"
                assert "wrong-secret" not in str(caught.value.as_data())

    asyncio.run(act())


@pytest.mark.parametrize(
    ("url", "token", "code"),
    [
        ("ftp://x", TOKEN, "home_assistant.address"),
        ("http://", TOKEN, "home_assistant.address"),
        ("http://u:p@x", TOKEN, "home_assistant.address"),
        ("http://x:99999999", TOKEN, "home_assistant.address"),
        ("http://x", "", "home_assistant.token"),
        ("http://x", "a\nb", "home_assistant.token"),
    ],
)
def test_an_address_or_a_token_that_is_none(url: str, token: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        Address(url, token=token)
    assert caught.value.code == code


def test_nobody_there_is_said_so() -> None:
    async def act() -> None:
        address = Address("http://127.0.0.1:1", token=TOKEN)
        with pytest.raises(Unavailable) as caught:
            await look(address, now_ms=1)
        assert caught.value.code == "device.unreachable"
        channel = HomeAssistantChannel(address, [], now_ms=now_ms, confirm_s=0.3)
        with pytest.raises(Unavailable):
            await channel.__aenter__()

    asyncio.run(act())
