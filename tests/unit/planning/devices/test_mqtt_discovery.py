"""Home Assistant's MQTT discovery: what is understood, what is left out, and what is an attack."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.planning.devices.brokers import now_ms

from tarl.errors import Conflict, Exceeded, Unavailable
from tarl.planning.context import DeviceState
from tarl.planning.devices.binding import Binding, binding_of, heard, payload_for
from tarl.planning.devices.broker import Broker, client_of
from tarl.planning.devices.found import Found
from tarl.planning.devices.mqtt import MqttChannel
from tarl.planning.devices.mqtt_discovery import found_in
from tarl.planning.devices.retained import LOOK_S, retained
from tarl.planning.devices.templates import look_of, payload_of
from tarl.planning.household import Device
from tarl.planning.task import PrivacyClass, TrustTier

PLUG = {
    "name": None,
    "stat_t": "~/state",
    "cmd_t": "~/cmnd/POWER",
    "~": "tele/plug",
    "val_tpl": "{{ value_json.POWER }}",
    "pl_on": "ON",
    "pl_off": "OFF",
    "avty_t": "~/LWT",
    "pl_avail": "Online",
    "pl_not_avail": "Offline",
    "uniq_id": "plug_relay",
    "dev": {"ids": ["plug"], "name": "Kettle plug", "sa": "Kitchen"},
}
POWER = {
    "stat_t": "tele/plug/SENSOR",
    "val_tpl": "{{ value_json['ENERGY'].Power | float / 1000 }}",
    "dev_cla": "power",
    "unit_of_meas": "kW",
    "dev": {"ids": "plug"},
}


def _found(**configs: Any) -> Found:
    """What is found in configurations by ``component__object``."""
    return found_in(
        {
            f"homeassistant/{name.replace('__', '/')}/config": json.dumps(config).encode()
            for name, config in configs.items()
        }
    )


def _one(**configs: Any) -> Device:
    found = _found(**configs)
    assert len(found.devices) == 1, found.doubts
    return found.devices[0]


def _state(device: Device, topic: str, payload: str) -> DeviceState | None:
    state = None
    for read in binding_of(device).reads:
        if read.topic == topic:
            said = heard(read, payload.encode(), before=state, now_ms=1)
            state = said.state if said is not None else state
    return state


def _sent(device: Device, action: str, **arguments: Any) -> tuple[str, bytes]:
    send = binding_of(device).commands[action]
    return send.topic, payload_for(send, action, arguments, key="k")


def test_abbreviations_and_the_base_topic_are_spelled_out() -> None:
    plug = _one(switch__plug=PLUG)
    assert (plug.id, plug.name, plug.kind, plug.area) == (
        "switch.plug",
        "Kettle plug",
        "switch",
        "kitchen",
    )
    assert _sent(plug, "turn_on") == ("tele/plug/cmnd/POWER", b"ON")
    state = _state(plug, "tele/plug/state", '{"POWER": "OFF"}')
    assert state is not None
    assert state.state == "off"
    assert binding_of(plug).presence[0].topic == "tele/plug/LWT"
    assert plug.trust_tier is TrustTier.BASIC


def test_what_a_device_measures_belongs_to_what_it_does() -> None:
    found = _found(switch__plug=PLUG, sensor__plug_power=POWER)
    (plug,) = found.devices
    assert found.doubts == ()
    state = _state(plug, "tele/plug/SENSOR", '{"ENERGY": {"Power": 2000000}}')
    assert state is not None
    assert state.attributes == {"power_w": 2_000_000}
    assert [area.id for area in found.areas] == ["kitchen"]


def test_a_second_meter_is_nobodys() -> None:
    spoof = {**POWER, "stat_t": "evil/power"}
    found = _found(switch__plug=PLUG, sensor__plug_power=POWER, sensor__spoof=spoof)
    devices = {device.id: device for device in found.devices}
    assert set(devices) == {"switch.plug", "sensor.spoof"}
    reads = binding_of(devices["switch.plug"]).reads
    assert [read.topic for read in reads if read.attribute == "power_w"] == ["tele/plug/SENSOR"]


def test_a_message_with_all_components_of_a_device() -> None:
    found = found_in(
        {
            "homeassistant/device/heat/config": json.dumps(
                {
                    "dev": {"ids": "heat", "name": "Radiator"},
                    "o": {"name": "maker"},
                    "avty": [{"t": "heat/on", "val_tpl": "{{ value_json.state }}"}],
                    "cmps": {
                        "trv": {
                            "p": "climate",
                            "modes": ["off", "heat"],
                            "mode_cmd_t": "heat/mode/set",
                            "mode_stat_t": "heat/state",
                            "mode_stat_tpl": "{{ value_json.mode }}",
                            "temp_cmd_t": "heat/temp/set",
                            "temp_stat_t": "heat/state",
                            "temp_stat_tpl": "{{ value_json.target }}",
                            "min_temp": 5,
                            "max_temp": 28.5,
                        },
                        "odd": {"p": "lawn_chair", "cmd_t": "x"},
                        "gone": {"p": "sensor"},
                    },
                }
            ).encode()
        }
    )
    (heater,) = found.devices
    assert (heater.id, heater.kind, heater.is_critical) == ("climate.heat_trv", "heater", True)
    assert heater.limits == {"temperature": {"gte": 50, "lte": 285}}
    assert _sent(heater, "turn_on") == ("heat/mode/set", b"heat")
    assert _sent(heater, "set_temperature", temperature=215) == ("heat/temp/set", b"21.5")
    state = _state(heater, "heat/state", '{"mode": "heat", "target": 21.5}')
    assert state is not None
    assert (state.state, state.attributes) == ("heat", {"temperature": 215})
    assert [doubt.code for doubt in found.doubts] == ["discovery.component"]
    assert binding_of(heater).presence[0].path == ("state",)


@pytest.mark.parametrize(
    ("component", "config", "action", "arguments", "sent"),
    [
        ("light", {"bri_cmd_t": "t/b", "bri_scl": 100}, "set_brightness", {"brightness": 305},
         b"30"),
        ("light", {"schema": "json", "sup_clrm": ["brightness"]}, "set_brightness",
         {"brightness": 500}, b'{"brightness":128,"state":"ON"}'),
        ("light", {"schema": "json"}, "turn_off", {}, b'{"state":"OFF"}'),
        ("light", {"schema": "json", "sup_clrm": ["color_temp", "xy"]}, "set_color",
         {"color": "red"}, b'{"color":{"x":0.6401,"y":0.33},"state":"ON"}'),
        ("light", {"schema": "json", "sup_clrm": ["hs"]}, "set_color",
         {"color": "pink"}, b'{"color":{"h":349.5,"s":24.7},"state":"ON"}'),
        ("light", {"schema": "json", "sup_clrm": ["rgbw"]}, "set_color",
         {"color": "orange"}, b'{"color":{"b":0,"g":165,"r":255},"state":"ON"}'),
        ("cover", {}, "open", {}, b"OPEN"),
        ("cover", {"pl_cls": "DOWN"}, "close", {}, b"DOWN"),
        ("cover", {"set_pos_t": "t/p", "set_pos_tpl": '{"pos": {{ value }}}'}, "set_position",
         {"position": 400}, b'{"pos":40}'),
        ("lock", {}, "unlock", {}, b"UNLOCK"),
        ("valve", {}, "close", {}, b"CLOSE"),
        ("fan", {"pct_cmd_t": "t/s", "spd_rng_max": 4}, "set_speed", {"speed": 500}, b"2"),
        ("vacuum", {}, "run", {}, b"start"),
        ("alarm_control_panel", {}, "arm", {}, b"ARM_AWAY"),
        ("number", {"min": 1, "max": 9}, "set_value", {"value": 7}, b"7"),
        ("button", {}, "press", {}, b"PRESS"),
        ("humidifier", {"hum_cmd_t": "t/h"}, "set_humidity", {"humidity": 450}, b"45"),
        ("water_heater", {"mode_cmd_t": "t/m"}, "turn_on", {}, b"eco"),
        ("siren", {}, "turn_on", {}, b"ON"),
    ],
)  # fmt: skip
def test_each_component_is_commanded_in_its_own_words(
    component: str, config: dict[str, Any], action: str, arguments: dict[str, Any], sent: bytes
) -> None:
    device = _one(**{f"{component}__it": {"cmd_t": "t/set", "stat_t": "t/state", **config}})
    assert _sent(device, action, **arguments)[1] == sent
    assert device.can(action)


@pytest.mark.parametrize(
    ("component", "config", "payload", "state", "attributes"),
    [
        ("cover", {"stat_clsd": "zu"}, "zu", "closed", {}),
        ("cover", {"stat_t": None, "pos_t": "t/state"}, "0", "closed", {"position": 0}),
        ("cover", {"stat_t": None, "pos_t": "t/state"}, "40", "open", {"position": 400}),
        ("lock", {}, "LOCKED", "locked", {}),
        ("binary_sensor", {"dev_cla": "door"}, "ON", "on", {}),
        ("sensor", {"dev_cla": "temperature", "unit_of_meas": "°C"}, "-3.5", "unknown",
         {"temperature": -35}),
        ("sensor", {"dev_cla": "power", "unit_of_meas": "W"}, "12.4", "unknown", {"power_w": 12}),
        ("sensor", {}, "eco", "eco", {}),
        ("device_tracker", {}, "not_home", "away", {}),
        ("light", {"schema": "json", "brightness": True}, '{"state":"ON","brightness":255}', "on",
         {"brightness": 1_000}),
        ("vacuum", {}, '{"state": "docked"}', "docked", {}),
    ],
)  # fmt: skip
def test_each_component_is_read_in_its_own_words(
    component: str, config: dict[str, Any], payload: str, state: str, attributes: dict[str, Any]
) -> None:
    device = _one(**{f"{component}__it": {"cmd_t": "t/set", "stat_t": "t/state", **config}})
    told = _state(device, "t/state", payload)
    assert told is not None
    assert (told.state, told.attributes) == (state, attributes)


def test_what_tells_who_is_where_is_confidential() -> None:
    door = _one(binary_sensor__door={"stat_t": "t", "dev_cla": "door"})
    assert door.privacy_class is PrivacyClass.CONFIDENTIAL
    assert _one(sensor__x={"stat_t": "t"}).privacy_class is PrivacyClass.INTERNAL


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"stat_t": "t/state", "val_tpl": "{{ states('lock.door') }}"}, "discovery.not_understood"),
        ({"stat_t": "t/state", "val_tpl": "{% set x = cycler() %}"}, "discovery.not_understood"),
        ({"stat_t": "t/state", "val_tpl": ["{{ value }}"]}, "discovery.not_understood"),
        ({"stat_t": "t/#"}, "discovery.not_understood"),
        ({"stat_t": "$SYS/broker"}, "discovery.not_understood"),
        ({"stat_t": {"a": 1}}, "discovery.not_understood"),
        ({"stat_t": "t" * 600}, "discovery.not_understood"),
        ({"stat_t": "t", "avty_mode": "none"}, "discovery.not_understood"),
        ({"stat_t": "t", "avty": [{"t": "a", "val_tpl": "{{ now() }}"}]},
         "discovery.not_understood"),
        ({"stat_t": "t", "avty": [{}]}, "discovery.not_understood"),
        (["stat_t"], "discovery.malformed"),
        ({"x": "a" * 300_000}, "discovery.malformed"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_left_out_by_name(config: Any, code: str) -> None:
    found = _found(switch__bad=config, switch__good={"cmd_t": "good/set", "stat_t": "good"})
    assert [doubt.code for doubt in found.doubts] == [code]
    assert "bad" in found.doubts[0].text
    assert [device.id for device in found.devices] == ["switch.good"]


@pytest.mark.parametrize("component", ["unheard_of", "camera", "device_automation", "text"])
def test_a_component_that_is_unknown_is_named(component: str) -> None:
    found = _found(**{f"{component}__x": {"stat_t": "t"}})
    assert found.devices == ()
    assert [doubt.code for doubt in found.doubts] == ["discovery.component"]
    assert component in found.doubts[0].text


def test_a_lamp_that_opens_the_door_is_no_lamp() -> None:
    found = _found(
        lock__door={"cmd_t": "door/set", "stat_t": "door"},
        light__reading={"cmd_t": "door/set", "pl_on": "UNLOCK", "stat_t": "lamp"},
    )
    assert [device.id for device in found.devices] == ["lock.door"]
    assert found.doubts[0].code == "discovery.left_out"


@pytest.mark.parametrize(
    ("component", "config", "lost"),
    [
        ("lock", {"code_format": "^[0-9]{4}$"}, {"lock", "unlock"}),
        ("alarm_control_panel", {"code": "REMOTE_CODE"}, {"arm", "disarm"}),
        ("switch", {"cmd_tpl": "{{ value }}"}, {"turn_on"}),
        ("button", {"cmd_tpl": "{{ value }}"}, {"press"}),
        ("climate", {"temp_unit": "F", "temp_cmd_t": "t/t"}, {"set_temperature"}),
        ("climate", {"mode_cmd_t": "t/m", "mode_cmd_tpl": "{{ value | upper }}"}, {"turn_off"}),
        ("cover", {"pos_open": 0, "pos_clsd": 100, "set_pos_t": "t/p"}, {"set_position"}),
        ("valve", {"reports_position": True}, {"open", "close"}),
        ("fan", {"pct_cmd_t": "t/s", "spd_rng_min": 5, "spd_rng_max": 2}, {"set_speed"}),
        ("light", {"schema": "template"}, {"turn_on", "turn_off"}),
        ("light", {"bri_cmd_t": "t/b", "bri_cmd_tpl": "{{ value }}{{ value }}"},
         {"set_brightness"}),
    ],
)  # fmt: skip
def test_what_is_not_sure_to_be_meant_is_not_offered(
    component: str, config: dict[str, Any], lost: set[str]
) -> None:
    topics = {"cmd_t": "t/set", "stat_t": "t/state", "mode_stat_t": "t/state"}
    found = _found(**{f"{component}__it": {**topics, **config}})
    assert [doubt.code for doubt in found.doubts][:1] == ["discovery.not_understood"]
    assert not [device for device in found.devices for action in lost if device.can(action)]


def test_a_device_has_only_so_many_components_and_an_id_of_its_own() -> None:
    many = {f"c{n}": {"p": "switch", "cmd_t": "t/set"} for n in range(300)}
    found = _found(device__x={"dev": {"ids": "x"}, "cmps": many})
    assert [doubt.code for doubt in found.doubts] == ["discovery.malformed"]
    found = _found(**{"switch__x-y": {"cmd_t": "t/set"}, "switch__x_y": {"cmd_t": "u/set"}})
    assert [device.id for device in found.devices] == ["switch.x_y"]
    assert [doubt.code for doubt in found.doubts] == ["discovery.left_out"]


@pytest.mark.parametrize(
    ("template", "payload"),
    [
        (None, {"$arg": "x"}),
        ("{{ value }}", {"$arg": "x"}),
        ("{{ value * 2.55 }}", {"$arg": "x", "scale": [20, 51], "digits": 2}),
        ('{"a": {{ value | int }}, "b": [1]}', {"a": {"$arg": "x"}, "b": [1]}),
        ('{"a": {{ value }}, "b": {{ value }}}', None),
        ("{{ value }} W", None),
        ('{"a": "{{ value }}"}', None),
        ("{{ value_json.x }}", None),
        ("{{ value * 0 }}", None),
        ("{% if value %}1{% endif %}", None),
        ("{{ states('lock.door') }}", None),
        ("x" * 1_000, None),
        (7, None),
    ],
)
def test_a_command_template_is_a_place_for_an_argument_or_nothing(
    template: Any, payload: Any
) -> None:
    assert payload_of(template, {"$arg": "x"}) == payload


@pytest.mark.parametrize(
    "topic", ["zigbee2mqtt/bridge/request/permit_join", "homeassistant/lock/door/config"]
)
def test_nothing_found_commands_a_hub_or_announces_devices(topic: str) -> None:
    found = _found(switch__x={"cmd_t": topic})
    assert found.devices == ()
    assert [doubt.code for doubt in found.doubts] == ["discovery.not_understood"]


def test_an_empty_configuration_is_one_taken_back() -> None:
    assert found_in({"homeassistant/switch/x/config": b""}) == Found(source="mqtt_discovery")


@given(
    st.dictionaries(
        st.text(max_size=60) | st.sampled_from([f"homeassistant/{c}/x/config" for c in ("light",
         "cover", "climate", "device", "sensor")]),
        st.binary(max_size=80) | st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                st.sampled_from(["stat_t", "cmd_t", "val_tpl", "cmps", "dev", "ids", "avty", "name",
                 "modes", "brightness_scale", "p", "~", "t", "temp_cmd_t", "min_temp", "sa",
                 "mode_cmd_t", "mode_cmd_tpl", "availability"]), inner, max_size=6),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
        max_size=4,
    )
)  # fmt: skip
def test_whatever_a_broker_keeps_is_devices_or_doubts(messages: dict[str, bytes]) -> None:
    found = found_in(messages)
    for device in found.devices:
        assert isinstance(binding_of(device), Binding)
        json.dumps(device.channel)


@given(st.text(alphabet="{}|%_.[]'\"()0123456789*/ valuejson", max_size=60))
def test_no_template_is_evaluated_or_crashes(text: str) -> None:
    look_of(text)
    payload_of(text, {"$arg": "value"})


def test_a_template_that_takes_long_to_reject_is_rejected_at_once() -> None:
    assert look_of("{{ value_json" + ".a" * 140 + " }") is None
    assert look_of("{{ value " + "| float " * 34 + "!}}") is None


def test_a_discovered_device_obeys_over_a_real_broker(broker: Broker) -> None:
    light = {
        "schema": "json",
        "brightness": True,
        "cmd_t": "found/lamp/set",
        "stat_t": "found/lamp",
        "name": "Lamp",
    }

    async def lamp(client: aiomqtt.Client) -> None:
        state: dict[str, Any] = {"state": "OFF", "brightness": 10}
        async for message in client.messages:
            if str(message.topic) == "found/lamp/set":
                state.update(json.loads(message.payload))  # type: ignore[arg-type]
                if state["brightness"] > 250:
                    state["state"] = "OFF"  # it is broken: too bright, and it goes out
                await client.publish("found/lamp", json.dumps(state), qos=1)

    async def act() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            await peer.subscribe("found/lamp/set")
            topic = "homeassistant/light/lamp/config"
            await peer.publish(topic, json.dumps(light), qos=1, retain=True)
            playing = asyncio.create_task(lamp(peer))
            found = found_in(await retained(broker, ["homeassistant/#"], quiet_s=1.0))
            (device,) = found.devices
            async with MqttChannel(broker, [device], now_ms=now_ms, confirm_s=2.0) as channel:
                done = await channel.command(device, "turn_on", {}, key="k1")
                assert (done["state"], done["confirmed_by"]) == ("on", "state")
                args = {"brightness": 600}
                done = await channel.command(device, "set_brightness", args, key="k2")
                assert done["attributes"] == {"brightness": 600}
                await channel.command(device, "set_brightness", {"brightness": 1_000}, key="k3")
                with pytest.raises(Conflict) as caught:
                    await channel.command(device, "turn_on", {}, key="k4")
                assert caught.value.code == "device.contradicts"
            await peer.publish(topic, b"", qos=1, retain=True)
            playing.cancel()

    asyncio.run(act())


@pytest.mark.parametrize("forgets", [1, 2])
def test_a_broker_that_forgets_to_confirm_is_asked_once_more(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, forgets: int
) -> None:
    real, asked = aiomqtt.Client.subscribe, list[Any]()

    async def subscribe(client: aiomqtt.Client, *topics: Any, **how: Any) -> Any:
        asked.append(topics)
        if len(asked) <= forgets:
            raise aiomqtt.MqttError("Operation timed out")
        return await real(client, *topics, **how)

    monkeypatch.setattr(aiomqtt.Client, "subscribe", subscribe)
    if forgets == 1:
        assert asyncio.run(retained(broker, ["nothing/#"])) == {}
    else:
        with pytest.raises(Unavailable) as caught:
            asyncio.run(retained(broker, ["nothing/#"]))
        assert caught.value.code == "device.unreachable"
    assert len(asked) == 2


def test_a_broker_that_keeps_too_much_is_refused(broker: Broker) -> None:
    async def act() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            for number in range(6):
                await peer.publish(f"flood/{number}", "x" * 100, qos=1, retain=True)
            kept = await retained(broker, ["flood/#"], quiet_s=1.0)
            assert sorted(kept) == [f"flood/{number}" for number in range(6)]
            for bound in ({"messages_max": 5}, {"bytes_max": 500}):
                with pytest.raises(Exceeded) as caught:
                    await retained(broker, ["flood/#"], quiet_s=1.0, **bound)
                assert caught.value.code == "device.too_much"
            for number in range(6):
                await peer.publish(f"flood/{number}", b"", qos=1, retain=True)

    asyncio.run(act())


@contextlib.asynccontextmanager
async def dropping(drops_at: int) -> AsyncIterator[tuple[Broker, list[Any]]]:
    """A broker that closes the connection at a packet of this kind, and what the loop then prints
    of what nobody has looked at.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.read(1024):
            if head[0] & 0xF0 == CONNECT:
                writer.write(b"\x20\x02\x00\x00")
            if head[0] & 0xF0 == drops_at:
                await asyncio.sleep(0.05)
                break
        writer.transport.abort()

    printed = list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _, what: printed.append(what))
    async with await asyncio.start_server(talk, "127.0.0.1") as server:
        yield Broker(host="127.0.0.1", port=server.sockets[0].getsockname()[1]), printed


CONNECT, SUBSCRIBE = 0x10, 0x80


@pytest.mark.parametrize("drops_at", [CONNECT, SUBSCRIBE], ids=["connecting", "asked"])
def test_a_broker_that_drops_is_told_once_and_not_waited_for(drops_at: int) -> None:
    async def act() -> None:
        async with dropping(drops_at) as (broker, printed):
            with pytest.raises(Unavailable) as caught:
                await retained(broker, ["a/#"])
            code, told = caught.value.code, caught.value.message
            del caught
            gc.collect()
            assert printed == []
            assert code == "device.unreachable"
            assert "does not answer: the connection was lost" in told

    began_s = time.monotonic()
    asyncio.run(act())
    assert time.monotonic() - began_s < LOOK_S / 2


def test_the_loss_of_a_connection_that_nobody_waits_for_is_not_printed() -> None:
    async def act() -> None:
        async with dropping(CONNECT) as (broker, printed):
            async with client_of(broker):
                await asyncio.sleep(0.3)
            gc.collect()
            assert printed == []

    asyncio.run(act())


def test_a_look_at_no_broker_says_so() -> None:
    with pytest.raises(Unavailable) as caught:
        asyncio.run(retained(Broker(host="127.0.0.1", port=1), ["a"]))
    assert caught.value.code == "device.unreachable"
