"""Several routed as one, and one look at a broker with all kinds of devices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aiomqtt
import pytest
from tests.unit.planning.devices.brokers import home_here, now_ms
from tests.unit.planning.devices.home_assistant_peer import TOKEN, Peer, running

from tarl.errors import Denied, Missing, Unavailable
from tarl.planning.context import DeviceState
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.home_assistant_live import Address, HomeAssistantChannel
from tarl.planning.devices.home_assistant_live import look as look_at_home_assistant
from tarl.planning.devices.looking import look
from tarl.planning.devices.merge import merged
from tarl.planning.devices.routed import RoutedChannel
from tarl.planning.household import Device

SWITCH = {
    "type": "switch",
    "features": [
        {"type": "binary", "name": "state", "property": "state", "access": 7}
        | {"value_on": "ON", "value_off": "OFF"}
    ],
}


def test_a_home_of_two_worlds_is_commanded_as_one(broker: Broker) -> None:
    async def act() -> None:
        async with (
            home_here(broker, "light.kitchen") as (home, _, mqtt),
            running(Peer()) as peer,
        ):
            address = Address(peer.url, token=TOKEN)
            found = await look_at_home_assistant(address, now_ms=now_ms())
            whole = merged(home, [found])
            assert whole.states["climate.heatpump"].state == "heat"
            async with HomeAssistantChannel(
                address, whole.household.devices, now_ms=now_ms
            ) as assistant:
                routed = RoutedChannel({"mqtt": mqtt, "home_assistant": assistant})
                changes = routed.watch()
                first = asyncio.ensure_future(anext(changes))
                await asyncio.sleep(0.01)
                for id in ("light.kitchen", "light.bed_light"):
                    device = whole.household.device(id)
                    done = await routed.command(device, "turn_on", {}, key="k1")
                    assert done["state"] == "on"
                    state = await routed.state(device)
                    assert state is not None
                    assert state.state == "on"
                seen = {(await first)[0], (await anext(changes))[0]}
                assert seen == {"light.kitchen", "light.bed_light"}

    asyncio.run(act())


def test_a_device_that_nothing_reaches() -> None:
    lamp = Device(id="lamp", name="Lamp", kind="light", channel={"wot": {}})

    async def act() -> None:
        routed = RoutedChannel({})
        assert await routed.state(lamp) is None
        with pytest.raises(Missing, match="nothing here reaches") as caught:
            await routed.command(lamp, "turn_on", {}, key="k")
        assert caught.value.code == "device.no_channel"

    asyncio.run(act())


class Telling:
    """A channel that says some things, and then ends or fails."""

    def __init__(self, *ids: str, error: Exception | None = None, waits: bool = False) -> None:
        self._ids, self._error, self._waits = ids, error, waits
        self.has_let_go = False

    async def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        try:
            for id in self._ids:
                yield id, DeviceState(state="on", observed_ms=1)
            if self._error is not None:
                raise self._error
            if self._waits:
                await asyncio.Event().wait()
        finally:
            self.has_let_go = True


async def _heard(routed: RoutedChannel) -> list[str]:
    return [id async for id, _ in routed.watch()]


def test_a_channel_that_fails_ends_the_watch_with_its_error() -> None:
    lost = Unavailable("it is gone for good", code="device.unreachable")
    quiet, failing = Telling(waits=True), Telling("lamp", error=lost)
    seen: list[str] = []

    async def act() -> None:
        async for id, _ in RoutedChannel({"mqtt": quiet, "other": failing}).watch():  # type: ignore[dict-item]
            seen.append(id)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(act())
    assert caught.value is lost
    assert seen == ["lamp"]
    assert quiet.has_let_go


def test_a_fault_of_a_channel_is_not_taken_for_silence() -> None:
    async def act() -> None:
        await _heard(RoutedChannel({"mqtt": Telling(error=ValueError("a fault"))}))  # type: ignore[dict-item]

    with pytest.raises(ValueError, match="a fault"):
        asyncio.run(act())


def test_a_watch_ends_when_all_channels_are_closed_and_not_before() -> None:
    both = {"a": Telling("one"), "b": Telling("two")}
    assert sorted(asyncio.run(_heard(RoutedChannel(both)))) == ["one", "two"]  # type: ignore[arg-type]

    async def act(channels: dict[str, Telling]) -> None:
        async with asyncio.timeout(0.05):
            await _heard(RoutedChannel(channels))  # type: ignore[arg-type]

    for channels in ({}, {"a": Telling("one"), "b": Telling(waits=True)}):
        with pytest.raises(TimeoutError):
            asyncio.run(act(channels))


def test_a_token_that_is_taken_back_is_told_to_who_watches() -> None:
    async def act() -> None:
        async with running(Peer()) as peer:
            address = Address(peer.url, token=TOKEN)
            found = await look_at_home_assistant(address, now_ms=now_ms())
            async with HomeAssistantChannel(address, found.devices, now_ms=now_ms) as assistant:
                watching = asyncio.create_task(_heard(RoutedChannel({"home_assistant": assistant})))
                await asyncio.sleep(0)
                peer.token = "another"
                await peer.lose()
                with pytest.raises(Denied) as caught:
                    await watching
                assert caught.value.code == "home_assistant.token"

    asyncio.run(act())


@pytest.mark.parametrize(
    ("listed", "ids", "doubts"),
    [
        (
            json.dumps([{"friendly_name": "plug", "definition": {"exposes": [SWITCH]}}]),
            ["switch.plug", "switch.other"],
            [],
        ),
        ("{", ["switch.other"], ["device.payload"]),
        ("", ["switch.other"], []),
    ],
)
def test_one_look_finds_what_a_broker_knows(
    broker: Broker, listed: str, ids: list[str], doubts: list[str]
) -> None:
    messages = {
        "zigbee2mqtt/bridge/devices": listed,
        "zigbee2mqtt/plug": "{}",
        "homeassistant/switch/other/config": json.dumps({"cmd_t": "o/set", "stat_t": "o"}),
        "homeassistant/status": "online",
    }

    async def act() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            for topic, payload in messages.items():
                await peer.publish(topic, payload, qos=1, retain=True)
            found = await look(broker, quiet_s=1.0)
            for topic in messages:
                await peer.publish(topic, b"", qos=1, retain=True)
        assert [device.id for source in found for device in source.devices] == ids
        assert [doubt.code for source in found for doubt in source.doubts] == doubts

    asyncio.run(act())
