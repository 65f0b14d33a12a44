"""The simulated devices of the demonstration do what they say."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiomqtt
import pytest
from tests.unit.planning.devices.brokers import household

from tarl.errors import Unavailable
from tarl.interfaces.demo.home.broker import start_broker
from tarl.interfaces.demo.home.devices import SimulatedHome
from tarl.planning.devices.broker import Broker
from tarl.planning.household import Household


async def _played(
    broker: Broker, home: Household, id: str, *orders: dict[str, Any], until: str, speed: float
) -> list[tuple[str, Any]]:
    """What a device tells from its first order to a state."""
    device = home.device(id)
    topics = device.channel["mqtt"]
    said: list[tuple[str, Any]] = []
    async with (
        SimulatedHome(home, broker, speed=speed),
        aiomqtt.Client(broker.host, broker.port) as peer,
        asyncio.timeout(20),
    ):
        names = {topics[name]: name for name in ("state_topic", "power_topic") if name in topics}
        await peer.subscribe([(topic, 1) for topic in names])
        for order in orders:
            await peer.publish(topics["command_topic"], json.dumps(order), qos=1)
        async for message in peer.messages:
            name = names.get(str(message.topic))
            if name is None or message.retain:
                continue
            told = json.loads(message.payload)  # type: ignore[arg-type]
            said.append((name, told))
            ended = isinstance(told, dict) and told["state"] == until and len(said) > 3
            if ended or (isinstance(told, dict) and "error" in told):
                break
    return said


def _order(action: str, key: str = "k1", **arguments: Any) -> dict[str, Any]:
    return {"action": action, "arguments": arguments, "key": key}


def test_a_program_is_played_phase_by_phase(broker: Broker) -> None:
    home = household("dishwasher")
    order = _order("run", program="quick")
    said = asyncio.run(_played(broker, home, "dishwasher", order, until="idle", speed=7_200))
    drawn = [told for name, told in said if name == "power_topic"]
    phases = [told["phase"] for name, told in said if name == "state_topic" and "phase" in told]
    assert [watts for n, watts in enumerate(drawn) if n == 0 or watts != drawn[n - 1]] == [
        80,
        2_000,
        1_800,
    ]
    assert sorted(set(phases)) == [1, 2, 3] == sorted(set(phases), key=phases.index)
    assert said[-1][1] == {"state": "idle", "program": "quick", "key": "k1"}


def test_a_battery_takes_what_it_is_given_and_no_more(broker: Broker) -> None:
    home = household("battery")
    for order, wanted in (
        (_order("charge", energy_wh=500), 3_000),
        (_order("charge", energy_wh=9_000_000), 10_000),
        (_order("discharge"), 1_000),
    ):
        said = asyncio.run(_played(broker, home, "battery", order, until="idle", speed=360_000))
        assert said[-1][1]["level_wh"] == wanted
        sign = -1 if order["action"] == "discharge" else 1
        assert {told * sign > 0 for name, told in said[:-1] if name == "power_topic"} == {True}


@pytest.mark.parametrize(
    "order",
    [{"action": "run"}, {"action": "charge", "arguments": {"power_w": "much"}, "key": "k"}, [], 7],
)
def test_what_is_no_command_is_said_to_be_none(broker: Broker, order: Any) -> None:
    home = household("battery")
    said = asyncio.run(_played(broker, home, "battery", order, until="never", speed=60))
    assert "error" in said[-1][1]
    assert said[-1][1]["state"] == "idle"


def test_an_order_that_a_broker_kept_is_not_obeyed(broker: Broker) -> None:
    home = household("light.kitchen")
    topic = home.device("light.kitchen").channel["mqtt"]["command_topic"]

    async def act() -> None:
        async with aiomqtt.Client(broker.host, broker.port) as peer:
            await peer.publish(topic, json.dumps(_order("turn_on")), qos=1, retain=True)
            async with SimulatedHome(home, broker) as simulated:
                await asyncio.sleep(0.2)
                assert simulated["light.kitchen"].done == []
            await peer.publish(topic, b"", qos=1, retain=True)

    asyncio.run(act())


def test_a_device_that_draws_more_than_its_program_says(broker: Broker) -> None:
    home = household("dryer")

    async def act() -> None:
        async with (
            SimulatedHome(home, broker) as simulated,
            aiomqtt.Client(broker.host, broker.port) as peer,
        ):
            simulated["dryer"].power_permille = 1_300
            topics = home.device("dryer").channel["mqtt"]
            await peer.subscribe(topics["power_topic"], qos=1)
            await peer.publish(topics["command_topic"], json.dumps(_order("run")), qos=1)
            async for message in peer.messages:
                if str(message.topic) == topics["power_topic"] and message.payload == b"910":
                    return

    asyncio.run(asyncio.wait_for(act(), 10))


def test_a_broker_that_is_not_installed_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="mosquitto is not installed") as caught:
        asyncio.run(start_broker(kind="mosquitto"))
    assert caught.value.code == "extra.missing"


def test_a_port_that_is_taken_is_no_place_for_a_broker(broker: Broker) -> None:
    with pytest.raises(Unavailable) as caught:
        asyncio.run(start_broker(port=broker.port))
    assert caught.value.code == "demo.broker"
