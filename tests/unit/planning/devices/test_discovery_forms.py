"""Discovery as bridges and firmwares write it: nodes, settings, abbreviations, shared bases; and
brokers on which much is kept and much is said."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import aiomqtt
import pytest
from tests.unit.planning.devices.brokers import now_ms

from tarl.errors import Unavailable
from tarl.planning.devices import home_assistant
from tarl.planning.devices.binding import binding_of
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.found import Found
from tarl.planning.devices.looking import look
from tarl.planning.devices.mqtt import MqttChannel
from tarl.planning.devices.mqtt_discovery import found_in
from tarl.planning.household import Device


def _found(configs: dict[str, dict[str, Any]]) -> Found:
    return found_in(
        {
            f"homeassistant/{topic}/config": json.dumps(config).encode()
            for topic, config in configs.items()
        }
    )


def _by_id(configs: dict[str, dict[str, Any]]) -> dict[str, Device]:
    return {device.id: device for device in _found(configs).devices}


def test_two_nodes_may_call_a_thing_by_one_name() -> None:
    """As Zigbee2MQTT and ESPHome do: ``light/<address>/light``."""
    found = _found(
        {
            "light/0x01/light": {"cmd_t": "a/set", "stat_t": "a"},
            "light/0x02/light": {"cmd_t": "b/set", "stat_t": "b"},
        }
    )
    assert [device.id for device in found.devices] == ["light.0x01_light", "light.0x02_light"]
    assert not found.doubts


@pytest.mark.parametrize(
    "asked", [{"def_ent_id": "light.hall"}, {"obj_id": "hall"}, {"object_id": "Hall"}]
)
def test_a_thing_is_called_as_home_assistant_would_call_it(asked: dict[str, Any]) -> None:
    assert list(_by_id({"light/0x01/light": {"cmd_t": "a/set", **asked}})) == ["light.hall"]


def test_settings_of_a_device_are_not_devices_and_take_no_meter_away() -> None:
    own = {"dev": {"ids": "x", "name": "Plug"}}
    found = _found(
        {
            "switch/relay": {"cmd_t": "x/set", "stat_t": "x", "name": None, **own},
            "switch/led": {"cmd_t": "x/led", "ent_cat": "config", **own},
            "button/restart": {"cmd_t": "x/restart", "entity_category": "diagnostic", **own},
            "sensor/p": {"stat_t": "x/p", "dev_cla": "power", "unit_of_meas": "W", **own},
        }
    )
    assert [device.id for device in found.devices] == ["switch.relay"]
    assert "power_w" in binding_of(found.devices[0]).names
    assert [doubt.text for doubt in found.doubts] == [
        "2 settings of devices (entity_category) are left out"
    ]


def test_what_has_one_connection_is_one_device() -> None:
    own = {"dev": {"cns": [["mac", "aa"]], "name": "Plug"}}
    found = _by_id(
        {
            "switch/relay": {"cmd_t": "x/set", "stat_t": "x", **own},
            "sensor/p": {"stat_t": "x/p", "dev_cla": "power", "unit_of_meas": "W", **own},
        }
    )
    assert list(found) == ["switch.relay"]


def test_components_share_the_base_topic_of_their_device() -> None:
    found = _by_id(
        {
            "device/d": {
                "~": "base/d",
                "dev": {"ids": "d", "name": "D"},
                "cmps": {"relay": {"p": "switch", "cmd_t": "~/set", "stat_t": "~/state"}},
            }
        }
    )
    binding = binding_of(found["switch.d_relay"])
    assert binding.commands["turn_on"].topic == "base/d/set"
    assert binding.topics == {"base/d/state"}


def test_a_lock_that_wants_a_code_is_left_to_people_however_that_is_spelled() -> None:
    found = _by_id({"lock/door": {"cmd_t": "l/set", "stat_t": "l", "cod_form": "^[0-9]{4}$"}})
    assert not [device for device in found.values() if device.can("unlock")]


def test_a_valve_that_takes_positions_is_not_told_words() -> None:
    found = _by_id({"valve/water": {"cmd_t": "v/set", "stat_t": "v", "pos": True}})
    assert not [device for device in found.values() if device.can("open")]


@pytest.mark.parametrize(
    ("said", "bounds"),
    [({"min": 0, "max": 10}, (0, 10)), ({"min": -10, "max": 0}, (-10, 0)), ({}, (1, 100))],
)
def test_a_bound_that_is_nought_is_a_bound(said: dict[str, Any], bounds: tuple[int, int]) -> None:
    (device,) = _found({"number/n": {"cmd_t": "n/set", **said}}).devices
    schema = device.capabilities[0].parameters["value"]
    assert (schema["minimum"], schema["maximum"]) == bounds


def test_speeds_that_begin_elsewhere_are_not_taken_for_shares() -> None:
    fan = {"cmd_t": "f/set", "pct_cmd_t": "f/p", "spd_rng_min": 4, "spd_rng_max": 10}
    found = _found({"fan/f": fan})
    assert not found.devices[0].can("set_speed")
    assert [doubt.code for doubt in found.doubts] == ["discovery.not_understood"]


@pytest.mark.parametrize("component", ["lock", "switch"])
def test_the_echo_of_a_command_is_no_word_of_the_device(broker: Broker, component: str) -> None:
    config = {
        "cmd_t": "echo/it",
        "stat_t": "echo/it",
        "stat_locked": "LOCK",
        "stat_unlocked": "UNLOCK",
    }
    (device,) = _found({f"{component}/echo": config}).devices
    action = "unlock" if component == "lock" else "turn_on"

    async def act() -> None:
        async with MqttChannel(broker, [device], now_ms=now_ms, confirm_s=1.0) as channel:
            if device.is_critical:
                with pytest.raises(Unavailable) as caught:
                    await channel.command(device, action, {}, key="k")
                assert caught.value.code == "device.unconfirmed"
            else:
                done = await channel.command(device, action, {}, key="k")
                assert done["confirmed_by"] == "delivery"
            assert await channel.state(device) is None

    asyncio.run(act())


def test_what_is_said_all_the_time_does_not_keep_a_look_from_its_end(broker: Broker) -> None:
    """As Home Assistant's state stream does, under the prefix of discovery."""

    async def chatter(peer: aiomqtt.Client) -> None:
        while True:
            for topic in ("light/hall/state", "light/late/config"):
                await peer.publish(f"chatty/{topic}", "{}")
            await asyncio.sleep(0.05)

    async def act() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            config = json.dumps({"cmd_t": "hall/set"})
            await peer.publish("chatty/light/hall/config", config, qos=1, retain=True)
            talking = asyncio.create_task(chatter(peer))
            async with asyncio.timeout(10):
                (found,) = await look(broker, prefix="chatty", quiet_s=0.5)
            assert [device.id for device in found.devices] == ["light.hall"]
            assert not found.doubts
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
            await peer.publish("chatty/light/hall/config", b"", qos=1, retain=True)

    asyncio.run(act())


@pytest.mark.parametrize("payload", [b"offline", b'{"state": "offline"}'])
def test_both_forms_in_which_zigbee2mqtt_says_who_is_gone_are_heard(
    broker: Broker, payload: bytes
) -> None:
    config = {
        "cmd_t": "z/it/set",
        "stat_t": "z/it",
        "avty": [{"t": "z/it/availability", "val_tpl": "{{ value_json.state }}"}],
    }
    (device,) = _found({"switch/z": config}).devices

    async def act() -> None:
        async with (
            aiomqtt.Client(broker.host, broker.port) as peer,
            MqttChannel(broker, [device], now_ms=now_ms) as channel,
        ):
            await peer.publish("z/it", "ON", qos=1)
            await peer.publish("z/it/availability", payload, qos=1)
            async with asyncio.timeout(5):
                while (state := await channel.state(device)) is None or state.is_online:
                    await asyncio.sleep(0.02)

    asyncio.run(act())


def test_what_a_broker_kept_is_told_from_what_a_device_says(broker: Broker) -> None:
    (device,) = _found({"device_tracker/phone": {"stat_t": "kept/phone"}}).devices

    async def act() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            await peer.publish("kept/phone", "home", qos=1, retain=True)
            async with MqttChannel(broker, [device], now_ms=now_ms) as channel:
                state = await channel.state(device)
                assert state is not None
                assert (state.state, state.is_kept) == ("home", True)
                await peer.publish("kept/phone", "home", qos=1, retain=True)
                async with asyncio.timeout(5):
                    while (state := await channel.state(device)) is None or state.is_kept:
                        await asyncio.sleep(0.02)
            await peer.publish("kept/phone", b"", qos=1, retain=True)

    asyncio.run(act())


@pytest.mark.parametrize(
    ("whole", "own", "name"),
    [
        ("Hall", "Hall", "Hall"),
        ("Hall", "Hall lamp", "Hall lamp"),
        ("Hall", "lamp", "Hall lamp"),
        ("Hall", None, "Hall"),
        ("Hall", "Hallway lamp", "Hall Hallway lamp"),
    ],
)
def test_a_thing_is_not_called_by_its_device_twice(whole: str, own: str | None, name: str) -> None:
    config = {"cmd_t": "l", "name": own, "dev": {"ids": "x", "name": whole}}
    (device,) = _found({"light/l": config}).devices
    assert device.name == name


def test_what_measures_is_not_called_as_what_can_be_switched() -> None:
    own = {"dev": {"ids": "x", "name": "Hall"}}
    found = _by_id(
        {
            "light/l": {"cmd_t": "l/set", "name": None, **own},
            "sensor/q": {"stat_t": "q", **own},
            "sensor/s": {"stat_t": "s", "dev_cla": "signal_strength", **own},
        }
    )
    assert {device.id: device.name for device in found.values()} == {
        "light.l": "Hall",
        "sensor.q": "Hall sensor",
        "sensor.s": "Hall signal strength",
    }


def test_what_has_expired_is_not_known_any_more(broker: Broker) -> None:
    config = {"stat_t": "old/t", "dev_cla": "temperature", "unit_of_meas": "°C", "exp_aft": 60}
    (device,) = _found({"sensor/t": config}).devices
    clock = [now_ms()]

    async def act() -> None:
        async with (
            aiomqtt.Client(broker.host, broker.port) as peer,
            MqttChannel(broker, [device], now_ms=lambda: clock[0]) as channel,
        ):
            await peer.publish("old/t", "21.5", qos=1)
            async with asyncio.timeout(5):
                while (state := await channel.state(device)) is None:
                    await asyncio.sleep(0.02)
            assert (state.attributes, state.is_online) == ({"temperature": 215}, True)
            clock[0] += 61_000
            state = await channel.state(device)
            assert state is not None
            assert (state.attributes, state.is_online) == ({}, False)

    asyncio.run(act())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Garage door", "garage_door"),
        ("Garage door opener", "garage_door"),
        ("Front door relay", "lock"),
        ("Shed heater", "heater"),
        ("Haustür", "lock"),
        ("Garagentor", "garage_door"),
        ("Porte d'entrée", "lock"),
        ("Puerta principal", "lock"),
        ("车库门", "garage_door"),
        ("Garage", "switch"),
        ("Garage light", "switch"),
        ("Door lamp", "switch"),
        ("Four lamps", "switch"),
        ("Ventilator", "switch"),
        ("Plug", "switch"),
    ],
)
def test_a_relay_is_what_it_is_called_where_that_is_critical(name: str, kind: str) -> None:
    (mqtt,) = _by_id({"switch/0x01/relay": {"cmd_t": "a/set", "name": name}}).values()
    entity = {"entity_id": "switch.it", "state": "off", "attributes": {"friendly_name": name}}
    (there,) = home_assistant.found_in([entity], now_ms=1).devices
    for device in (mqtt, there):
        assert (device.kind, device.is_critical) == (kind, kind != "switch")
