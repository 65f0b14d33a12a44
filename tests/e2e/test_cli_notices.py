"""``--notify``: what `tarl plan` and `tarl run` tell, read by a subscriber at a real broker."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import aiomqtt
import pytest
from tests.e2e.cli_process import Cli, wait_until

from tarl.interfaces.demo.home.broker import running_broker

pytestmark = pytest.mark.e2e

EVENING = ("--at", "2026-11-18T19:00:00+02:00")
NO_QUIET = """
id: flat
time_zone: Europe/Helsinki
currency: EUR
people: [{id: anna, name: Anna, trust_tier: trusted}]
areas: [{id: hall, name: Hall}, {id: kitchen, name: Kitchen}]
devices:
  - id: dishwasher
    name: Dishwasher
    kind: dishwasher
    area: kitchen
    capabilities: [{device_id: dishwasher, capability_type: run}]
    programs: [{name: eco, phases: [{duration_ms: 7200000, power_w: 1000}]}]
  - id: lock.front_door
    name: Front door
    kind: lock
    area: hall
    capabilities: [{device_id: lock.front_door, capability_type: lock}]
sources: []
"""


class Phone:
    """A broker, and somebody who subscribed to the notices."""

    def __init__(self) -> None:
        self.address = ""
        self.heard: list[dict[str, Any]] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()))

    async def _listen(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with running_broker() as broker:
            at = broker.address
            self.address = f"mqtt://{at.host}:{at.port}/house/said"
            async with aiomqtt.Client(at.host, at.port) as client:
                await client.subscribe("house/said/+", qos=1)
                self._ready.set()
                hearing = asyncio.create_task(self._hear(client))
                await self._over.wait()
                hearing.cancel()

    async def _hear(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if message.topic.matches("house/said/+") and isinstance(message.payload, bytes):
                self.heard.append(json.loads(message.payload))

    def __enter__(self) -> Phone:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)

    def one(self) -> dict[str, Any]:
        """The one notice that came."""
        wait_until(lambda: bool(self.heard))
        (said,) = self.heard
        return said


@pytest.fixture
def phone() -> Iterator[Phone]:
    with Phone() as phone:
        yield phone


def test_a_plan_that_cannot_be_tells_the_priced_ways_out(cli: Cli, phone: Phone) -> None:
    (cli.directory / "home.yaml").write_text(
        NO_QUIET.replace(
            "sources: []",
            "sources: [{kind: csv, name: prices, path: prices.csv, currency: EUR,"
            " unit: cents_per_kwh, columns: {time: start, value: price}}]",
        )
    )
    hours = "\n".join(f"2026-11-{18 + h // 24}T{h % 24:02d}:00:00Z,20" for h in range(72))
    (cli.directory / "prices.csv").write_text(f"start,price\n{hours}\n")
    asked = "run the dishwasher before 7am, under 0.15 euro"
    home = ("--household", "home.yaml", "--notify", phone.address)
    made = cli("plan", asked, *EVENING, *home, "--id", "supper")
    assert made.code == 8, made
    said = phone.one()
    assert said["kind"] == "conflict"
    assert said["about"] == "supper"
    assert asked in said["title"]
    assert {way["cost_micro"] for way in said["solutions"]} == {400_000}
    assert "for 0.40 EUR (tarl plan --without " in said["solutions"][0]["text"]


def test_a_plan_that_wants_a_yes_says_how_to_give_it(cli: Cli, phone: Phone) -> None:
    (cli.directory / "home.yaml").write_text(NO_QUIET)
    home = ("--household", "home.yaml", "--notify", phone.address)
    made = cli("plan", "lock the front door at 23:00", *home, "--id", "night")
    assert made.code == 0, made
    said = phone.one()
    assert said["kind"] == "approval_wanted"
    assert "a yes to lock Front door" in said["text"]
    assert "23:00: tarl run night" in said["text"]
    assert said["facts"]["answer"] == "tarl run night"
    # As the notice says; nobody is there to say yes, and the same is not told twice.
    refused = cli("run", "night", *home)
    assert "plan.unapproved" in refused.err
    assert len(phone.heard) == 1
