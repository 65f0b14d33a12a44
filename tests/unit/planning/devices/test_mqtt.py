"""Commands over MQTT: against a real broker and devices that obey, lie, refuse and vanish."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import aiomqtt
import pytest
from tests.ports import free_port
from tests.unit.planning.devices.brokers import home_here, household, now_ms

from tarl.errors import Conflict, Invalid, TarlError, Unavailable
from tarl.interfaces.demo.home.broker import running_broker, start_broker
from tarl.interfaces.demo.home.devices import Fault, SimulatedHome
from tarl.planning.context import DeviceState
from tarl.planning.devices import mqtt
from tarl.planning.devices.broker import Broker, broker_at
from tarl.planning.devices.mqtt import MqttChannel
from tarl.planning.household import Device, DeviceCapability, Storage

# How long is waited for what never comes; and for an answer that does, however slow the machine.
NEVER_S, ANSWERED_S = 0.3, 10.0
# An answer has come by then, and there is more to hear: it is waited for to the end.
HEARD_S = 1.5


async def _until(so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await so():
            await asyncio.sleep(0.01)


def _switch(channel: dict[str, Any], kind: str = "switch") -> Device:
    able = DeviceCapability(device_id="plug", capability_type="turn_on")
    return Device(id="plug", name="Plug", kind=kind, capabilities=(able,), channel=channel)


PLUG = {"mqtt": {"command_topic": "plug/set", "state_topic": "plug/state"}}
TEXT_PLUG = {
    "mqtt": {
        "reads": [{"topic": "plug/state", "values": {"ON": "on", "OFF": "off"}}],
        "commands": {"turn_on": {"topic": "plug/set", "payload": "ON"}},
    }
}


def test_a_command_is_done_when_device_and_meter_say_so(broker: Broker) -> None:
    async def act() -> None:
        async with home_here(broker, "dishwasher", speed=60) as (home, simulated, channel):
            dishwasher = home.device("dishwasher")
            done = await channel.command(dishwasher, "run", {"program": "quick"}, key="k1")
            assert done["state"] == "running"
            assert done["confirmed_by"] == "key and meter"
            assert done["attributes"]["power_w"] == 80
            assert simulated["dishwasher"].done == [("run", {"program": "quick"})]
            state = await channel.state(dishwasher)
            assert state is not None
            assert (state.state, state.attributes["program"]) == ("running", "quick")

    asyncio.run(act())


def test_a_key_is_obeyed_once(broker: Broker) -> None:
    async def act() -> None:
        async with home_here(broker, "light.kitchen") as (home, simulated, channel):
            light = home.device("light.kitchen")
            for _ in range(3):
                await channel.command(light, "set_brightness", {"brightness": 300}, key="same")
            assert len(simulated["light.kitchen"].done) == 1
            state = await channel.state(light)
            assert state is not None
            assert state.attributes == {"brightness": 300}

    asyncio.run(act())


@pytest.mark.parametrize(
    ("fault", "confirm_s", "error", "code"),
    [
        ("refuses", ANSWERED_S, Conflict, "device.refused"),
        ("deaf", NEVER_S, Unavailable, "device.unconfirmed"),
        ("stays", HEARD_S, Conflict, "device.contradicts"),
        ("pretends", ANSWERED_S, Conflict, "device.contradicts"),
    ],
)
def test_a_device_that_misbehaves_is_caught(
    broker: Broker, fault: Fault, confirm_s: float, error: type[TarlError], code: str
) -> None:
    async def act() -> TarlError:
        timing = {"confirm_s": confirm_s, "power_s": HEARD_S}
        async with home_here(broker, "dryer", **timing) as (home, simulated, channel):
            simulated["dryer"].fault = fault
            with pytest.raises(error) as caught:
                await channel.command(home.device("dryer"), "run", {}, key="k1")
            return caught.value

    refusal = asyncio.run(act())
    assert refusal.code == code
    assert refusal.next_step
    assert refusal.facts["device"] == "dryer"


def test_one_that_goes_on_drawing_power_is_not_off(broker: Broker) -> None:
    async def act() -> None:
        timing = {"confirm_s": ANSWERED_S, "power_s": HEARD_S}
        async with home_here(broker, "heat_pump", **timing) as (home, simulated, channel):
            simulated["heat_pump"].device = home.device("heat_pump")
            pump = simulated["heat_pump"]
            pump._begin = lambda *_: setattr(pump, "state", "off")  # type: ignore[method-assign]
            with pytest.raises(Conflict, match="meter shows 1800 W") as caught:
                await channel.command(home.device("heat_pump"), "turn_off", {}, key="k1")
            assert caught.value.code == "device.contradicts"

    asyncio.run(act())


def test_the_will_of_a_device_that_vanishes_is_told(broker: Broker) -> None:
    async def act() -> None:
        async with home_here(broker, "vacuum") as (home, simulated, channel):
            vacuum = home.device("vacuum")
            changes: list[tuple[str, DeviceState]] = []

            async def look() -> None:
                changes.extend([change async for change in channel.watch()])

            looking = asyncio.create_task(look())
            simulated["vacuum"].unplug()

            async def is_online(wanted: bool) -> bool:
                state = await channel.state(vacuum)
                return state is not None and state.is_online is wanted

            await _until(lambda: is_online(False))
            with pytest.raises(Unavailable) as caught:
                await channel.command(vacuum, "run", {}, key="k1")
            assert caught.value.code == "device.offline"
            assert simulated["vacuum"].done == []
            simulated["vacuum"].plug()
            await _until(lambda: is_online(True))
            done = await channel.command(vacuum, "run", {}, key="k2")
            assert done["state"] == "running"
            await channel.close()
            await looking
            assert any(not state.is_online for _, state in changes)
            assert {id for id, _ in changes} == {"vacuum"}

    asyncio.run(act())


def test_a_broker_that_dies_is_found_again_and_the_command_arrives_once() -> None:
    async def act() -> None:
        home = household("light.bedroom")
        light = home.device("light.bedroom")
        port = free_port()
        first = await start_broker(port=port)
        try:
            async with SimulatedHome(home, first.address) as simulated:
                channel = MqttChannel(first.address, home.devices, now_ms=now_ms)
                async with channel:
                    await first.kill()

                    async def is_gone() -> bool:
                        state = await channel.state(light)
                        return state is not None and not state.is_online

                    await _until(is_gone)
                    doing = asyncio.create_task(channel.command(light, "turn_on", {}, key="k1"))
                    second = await start_broker(port=port)
                    try:
                        assert (await doing)["state"] == "on"
                        assert simulated["light.bedroom"].done == [("turn_on", {})]
                        assert channel.is_connected
                    finally:
                        await second.end()
        finally:
            await first.end()

    asyncio.run(act())


def test_a_broker_that_stays_away_is_said_so_in_time() -> None:
    async def act() -> str:
        channel = MqttChannel(
            Broker(host="127.0.0.1", port=free_port()), [], now_ms=now_ms, confirm_s=0.3
        )
        with pytest.raises(Unavailable) as caught:
            await channel.__aenter__()
        return caught.value.code

    assert asyncio.run(act()) == "device.unreachable"


async def _order_to(peer: aiomqtt.Client) -> aiomqtt.Message:
    """The next command; this broker also sends what it keeps of topics that nobody asked for."""
    async for message in peer.messages:
        if str(message.topic) == "plug/set":
            return message
    raise AssertionError("the messages ended")


async def _with_peer(
    broker: Broker,
    device: Device,
    act: Callable[[MqttChannel, aiomqtt.Client], Awaitable[None]],
    *,
    retained: dict[str, str],
    confirm_s: float = NEVER_S,
    power_s: float = 0.2,
    move_s: float = NEVER_S,
) -> None:
    """A channel to a device that the test plays itself; it has heard what the broker keeps."""
    settle_s = ANSWERED_S if retained else mqtt.SETTLE_S
    with patch.object(mqtt, "SETTLE_S", settle_s):
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            # What another test left is taken back.
            for topic, payload in ({"plug/state": "", "plug/power": ""} | retained).items():
                await peer.publish(topic, payload, qos=1, retain=True)
            await peer.subscribe("plug/set", qos=1)
            async with MqttChannel(
                broker, [device], now_ms=now_ms, confirm_s=confirm_s, power_s=power_s, move_s=move_s
            ) as channel:
                await act(channel, peer)


def test_what_a_broker_kept_confirms_nothing(broker: Broker) -> None:
    device = _switch(PLUG)

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        state = await channel.state(device)
        assert state is not None
        assert state.state == "on"
        with pytest.raises(Unavailable) as caught:
            await channel.command(device, "turn_on", {}, key="k1")
        assert caught.value.code == "device.unconfirmed"

    asyncio.run(_with_peer(broker, device, act, retained={"plug/state": "ON"}))


def test_an_answer_to_another_command_confirms_nothing(broker: Broker) -> None:
    device = _switch(PLUG)

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        doing = asyncio.create_task(channel.command(device, "turn_on", {}, key="k1"))
        message = await _order_to(peer)
        order = json.loads(message.payload)  # type: ignore[arg-type]
        assert order == {"action": "turn_on", "arguments": {}, "key": "k1"}
        await peer.publish("plug/state", json.dumps({"state": "on", "key": "k0"}), qos=1)
        with pytest.raises(Unavailable):
            await doing

    asyncio.run(_with_peer(broker, device, act, retained={"plug/state": "OFF"}))


def test_a_device_without_keys_that_is_so_already_need_not_say_so(broker: Broker) -> None:
    device = _switch(TEXT_PLUG)

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        done = await channel.command(device, "turn_on", {}, key="k1")
        assert done["confirmed_by"] == "unchanged"
        message = await _order_to(peer)
        assert message.payload == b"ON"

    asyncio.run(_with_peer(broker, device, act, retained={"plug/state": "ON"}))


@pytest.mark.parametrize("kind", ["switch", "lock"])
def test_a_device_that_never_tells_its_state_is_believed_only_where_it_is_harmless(
    broker: Broker,
    kind: str,
) -> None:
    device = _switch({"mqtt": {"command_topic": "plug/set"}}, kind=kind)

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        if kind == "lock":
            with pytest.raises(Unavailable) as caught:
                await channel.command(device, "turn_on", {}, key="k1")
            assert caught.value.code == "device.unconfirmed"
        else:
            done = await channel.command(device, "turn_on", {}, key="k1")
            assert done["confirmed_by"] == "delivery"

    asyncio.run(_with_peer(broker, device, act, retained={}))


ODD = [
    "{",
    "[1, 2]",
    '{"state": {}}',
    '{"state": "on", "x": 1e400}',
    "\x00",
    "a" * 70_000,
    json.dumps({"state": "on", **{f"a{n}": n for n in range(100)}}),
    "[" * 40_000,
    json.dumps({"state": "on", "note": "a" * 70_000}),
    '{"state":"on","n":12345678901234567890}',
]


def test_what_cannot_be_taken_is_a_doubt_and_changes_nothing(broker: Broker) -> None:
    device = _switch(PLUG)

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        async def is_doubted() -> bool:
            return bool(channel.doubts)

        async def is_mended() -> bool:
            return not channel.doubts

        for payload in ODD:
            await peer.publish("plug/state", payload, qos=1)
            await _until(is_doubted)
            assert channel.doubts[0].code == "device.payload"
            assert channel.doubts[0].blocks == ("plug",)
            state = await channel.state(device)
            assert state is not None
            assert (state.state, state.attributes) == ("off", {})
            await peer.publish("plug/state", "off", qos=1)
            await _until(is_mended)

    asyncio.run(_with_peer(broker, device, act, retained={"plug/state": "off"}))


def test_a_command_that_nobody_was_there_to_hear_is_sent_again(broker: Broker) -> None:
    topics = {**PLUG["mqtt"], "availability_topic": "plug/available"}
    device = _switch({"mqtt": topics})

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        doing = asyncio.create_task(channel.command(device, "turn_on", {}, key="k1"))
        first = await _order_to(peer)  # which a device that is starting up does not hear
        await peer.publish("plug/available", "online", qos=1)
        again = await _order_to(peer)
        assert again.payload == first.payload
        await peer.publish("plug/state", json.dumps({"state": "on", "key": "k1"}), qos=1)
        assert (await doing)["confirmed_by"] == "key"

    retained = {"plug/state": "off"}
    asyncio.run(_with_peer(broker, device, act, retained=retained, confirm_s=ANSWERED_S))


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        (["closing", "closed"], "closed"),
        (["closing"], "device.unconfirmed"),
        (["closing", "open"], "device.contradicts"),
        (["closing", "jammed"], "device.contradicts"),
        (["open"], "device.contradicts"),
    ],
)
def test_a_door_that_has_begun_to_close_is_not_closed(
    broker: Broker, words: list[str], ends: str
) -> None:
    able = DeviceCapability(device_id="plug", capability_type="close")
    device = Device(id="plug", name="Gate", kind="gate", capabilities=(able,), channel=PLUG)

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        doing = asyncio.create_task(channel.command(device, "close", {}, key="k1"))
        await _order_to(peer)
        for word in words:
            await peer.publish("plug/state", json.dumps({"state": word, "key": "k1"}), qos=1)
            await asyncio.sleep(HEARD_S + 0.1 if word == "closing" else 0)
        if ends == "closed":
            assert (await doing)["state"] == "closed"
        else:
            with pytest.raises(TarlError) as caught:
                await doing
            assert caught.value.code == ends

    within = {"confirm_s": HEARD_S, "move_s": ANSWERED_S if "closed" in words else HEARD_S}
    asyncio.run(_with_peer(broker, device, act, retained={"plug/state": "open"}, **within))


def test_what_may_have_been_done_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarl.planning.devices.broker.REQUEST_S", 0.3)
    commands = {"turn_on": {"topic": "plug/set", "payload": "PRESS", "once": True}}
    device = _switch({"mqtt": {"commands": commands}})

    async def act() -> None:
        async with running_broker() as process:
            channel = MqttChannel(process.address, [device], now_ms=now_ms, confirm_s=5)
            async with channel:
                os.kill(process.pid, signal.SIGSTOP)  # it takes bytes, and answers nothing
                try:
                    with pytest.raises(Unavailable, match="broker went") as caught:
                        await channel.command(device, "turn_on", {}, key="k1")
                    assert caught.value.code == "device.unconfirmed"
                finally:
                    os.kill(process.pid, signal.SIGCONT)

    asyncio.run(act())


def test_a_channel_that_fails_says_so_to_all_who_wait(broker: Broker) -> None:
    device = _switch(PLUG)

    def broken_clock() -> int:
        raise RuntimeError("the clock stands still")

    async def act() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            channel = MqttChannel(broker, [device], now_ms=broken_clock, confirm_s=5)
            await peer.publish("plug/state", b"", qos=1, retain=True)
            async with channel:
                watching = asyncio.ensure_future(anext(channel.watch(), None))
                await asyncio.sleep(0)
                await peer.publish("plug/state", "on", qos=1)
                assert await watching is None
                await channel.command(device, "turn_on", {}, key="k1")

    with pytest.raises(RuntimeError, match="stands still"):
        asyncio.run(act())


def test_who_begins_to_watch_after_the_end_sees_nothing(broker: Broker) -> None:
    async def act() -> None:
        async with home_here(broker, "solar") as (_, _, channel):
            pass
        assert [change async for change in channel.watch()] == []

    asyncio.run(act())


def test_an_old_reading_of_a_meter_denies_nothing(broker: Broker) -> None:
    device = Device(
        id="plug",
        name="Plug",
        kind="battery",
        storage=Storage(capacity_wh=1_000, charge_w_max=100),
        capabilities=(DeviceCapability(device_id="plug", capability_type="charge"),),
        channel={"mqtt": {**PLUG["mqtt"], "power_topic": "plug/power"}},
    )

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        doing = asyncio.create_task(channel.command(device, "charge", {}, key="k1"))
        await _order_to(peer)
        for level in (1, 2):
            told = {"state": "charging", "key": "k1", "level_wh": level}
            await peer.publish("plug/state", json.dumps(told), qos=1)
        done = await doing
        assert done["confirmed_by"] == "key"
        assert done["attributes"]["power_w"] == 0

    retained = {"plug/power": "0", "plug/state": "idle"}
    asyncio.run(_with_peer(broker, device, act, retained=retained, confirm_s=ANSWERED_S))


def test_a_state_is_what_was_said_last_and_not_what_was_said_before(broker: Broker) -> None:
    device = _switch({"mqtt": {**PLUG["mqtt"], "power_topic": "plug/power"}})

    async def act(channel: MqttChannel, peer: aiomqtt.Client) -> None:
        for told in ({"state": "on", "phase": 1}, {"state": "off", "left": 2}):
            await peer.publish("plug/state", json.dumps(told), qos=1)

        async def is_off() -> bool:
            state = await channel.state(device)
            return state is not None and state.state == "off"

        await _until(is_off)
        state = await channel.state(device)
        assert state is not None
        assert state.attributes == {"left": 2, "power_w": 7}

    asyncio.run(_with_peer(broker, device, act, retained={"plug/power": "7", "plug/state": "idle"}))


def test_a_watcher_that_lags_sees_the_last_of_each_device(broker: Broker) -> None:
    async def act() -> None:
        async with home_here(broker, "presence", "solar") as (home, simulated, channel):
            watching = aiter(channel.watch())
            first = asyncio.ensure_future(anext(watching))
            await asyncio.sleep(0)
            await simulated["presence"].report(state="away")
            id, state = await first
            assert (id, state.state) == ("presence", "away")
            for watts in range(50):
                await simulated["solar"].report(power_w=watts)
            await simulated["presence"].report(state="home")

            async def is_home() -> bool:
                state = await channel.state(home.device("presence"))
                return state is not None and state.state == "home"

            await _until(is_home)
            seen = [await anext(watching), await anext(watching)]
            assert {id: state.attributes.get("power_w") for id, state in seen} == {
                "presence": None,
                "solar": 49,
            }

    asyncio.run(act())


@pytest.mark.parametrize(
    ("action", "arguments", "code"),
    [
        ("explode", {}, "device.action"),
        ("set_temperature", {"temperature": 9_000}, "device.argument"),
        ("set_temperature", {"temperature": "hot"}, "device.argument"),
        ("set_temperature", {"temperature": 200, "note": "x" * 20_000}, "device.argument"),
        ("set_temperature", {"temperature": 200, "note": float("nan")}, "device.argument"),
    ],
)
def test_what_a_device_cannot_do_is_not_sent(
    broker: Broker, action: str, arguments: dict[str, Any], code: str
) -> None:
    async def act() -> None:
        async with home_here(broker, "heat_pump") as (home, simulated, channel):
            with pytest.raises(Invalid) as caught:
                await channel.command(home.device("heat_pump"), action, arguments, key="k1")
            assert caught.value.code == code
            assert simulated["heat_pump"].done == []

    asyncio.run(act())


def test_a_password_is_not_printed() -> None:
    broker = broker_at("mqtts://anna@hub.local", password="hunter2")
    assert (broker.username, broker.port, broker.tls) == ("anna", 8883, True)
    assert "hunter2" not in f"{broker} {broker!r}"


@pytest.mark.parametrize("address", ["", "http://x", "mqtt://", "mqtt://u:p@x", "mqtt://x:0x", "x"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Invalid) as caught:
        broker_at(address)
    assert caught.value.code == "device.broker_address"
