"""What a plan that is being carried out tells people, read by who subscribed to it at a broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiomqtt
from tests.unit.planning.execution.living import (
    QUICK,
    Living,
    carried_out,
    living,
    task,
    until,
    watched,
)

from tarl.engines.embedded.people import People
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.planning.devices.broker import Broker
from tarl.planning.execution.handover import Outcome, Thresholds
from tarl.planning.notices.mqtt import TOPIC, MqttNotifier
from tarl.planning.notices.notice import Notice
from tarl.planning.slots import zone_named
from tarl.values.instants import to_datetime

ANNA = PrincipalId("default", "anna")
WASHER = {"washer": {"like": "washing_machine", "noisy": False}}


class Wire:
    """Tells over the broker, which is in the world's time; and listens there, as a telephone
    would."""

    name = "mqtt"

    def __init__(self, home: Living, broker: Broker) -> None:
        self._home = home
        self._sends = MqttNotifier(broker)
        self._at = broker
        self.heard: list[tuple[int, str, dict[str, Any]]] = []
        """Instant of the play, topic, notice."""
        self._listens = asyncio.Event()

    async def notify(self, notice: Notice) -> None:
        """See ``Notifier``; it has been heard when this returns."""
        before = len(self.heard)
        await self._home.world.ask(self._said(notice, before))

    async def _said(self, notice: Notice, before: int) -> None:
        await self._sends.notify(notice)
        async with asyncio.timeout(10):
            while len(self.heard) == before:
                await asyncio.sleep(0.01)

    async def listen(self) -> None:
        async with aiomqtt.Client(self._at.host, self._at.port) as client:
            await client.subscribe(f"{TOPIC}/+", qos=1)
            self._listens.set()
            async for message in client.messages:
                if not message.topic.matches(f"{TOPIC}/+"):
                    continue  # the broker sends what nobody subscribed to
                assert isinstance(message.payload, bytes)
                said = json.loads(message.payload)
                self.heard.append((self._home.clock.now_ms(), message.topic.value, said))

    async def ready(self) -> None:
        await self._listens.wait()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Notices of a kind."""
        return [said for _, where, said in self.heard if where == f"{TOPIC}/{kind}"]


@contextmanager
def wired(home: Living, broker: Broker) -> Iterator[Wire]:
    """With a subscriber at the broker."""
    wire = Wire(home, broker)
    listening = asyncio.run_coroutine_threadsafe(wire.listen(), home.world.loop)
    home.world.do(wire.ready())
    try:
        yield wire
    finally:
        listening.cancel()
        with contextlib.suppress(BaseException):
            listening.result(5)


def test_drift_says_old_and_new_cost_and_finish_and_what_moved(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living, wire: Wire) -> Outcome:
        async with home.here(notifiers=[wire]) as here:

            async def raise_prices() -> None:
                await asyncio.sleep(600)
                begins = to_datetime(here.plans.get("p").steps[0].start_ms)
                hour = begins.replace(minute=0, second=0, microsecond=0)
                home.change_prices(hour, hour + timedelta(hours=2), plus_cents=30.0)

            outcome = await carried_out(
                here, task(home, ("washing_machine", "run", 5), by=900), raise_prices
            )
            await asyncio.sleep(30)
            return outcome

    with living(tmp_path, broker, "presence", also=WASHER) as home, wired(home, broker) as wire:
        outcome = home.play(evening(home, wire))
        assert outcome.version > 1, outcome
        said = wire.of("drift")[0]
        assert "would cost" in said["text"], "why"
        assert " EUR instead of " in said["text"]
        assert "finishes at " in said["text"]
        assert "washer: run at " in said["text"]
        assert " instead of " in said["text"]
        assert said["facts"]["version"] > said["facts"]["before"] >= 1
        assert said["facts"]["cost_micro"] > 0
        assert said["facts"]["ends_ms"] != said["facts"]["ended_ms"]


def test_a_conflict_names_the_ways_out_and_what_each_costs(tmp_path: Path, broker: Broker) -> None:
    sentence = "run the dishwasher when power is cheapest before 7am, under 0.40 euro"

    async def evening(home: Living, wire: Wire) -> Outcome:
        async with home.here(notifiers=[wire]) as here:

            async def raise_prices() -> None:
                await asyncio.sleep(600)
                begins = to_datetime(home.clock.now_ms()) - timedelta(hours=2)
                home.change_prices(begins, begins + timedelta(hours=30), plus_cents=60.0)

            outcome = await carried_out(here, sentence, raise_prices)
            await asyncio.sleep(9 * 3600)
            return outcome

    with (
        living(tmp_path, broker, "dishwasher", "presence") as home,
        wired(home, broker) as wire,
    ):
        home.play(evening(home, wire))
        said = wire.of("conflict")[0]
        assert sentence in said["title"]
        assert said["solutions"], said
        for way in said["solutions"]:
            assert "giving up “" in way["text"]
            assert f" for {way['cost_micro'] / 1e6:.2f} EUR" in way["text"]
            assert "tarl plan --without " in way["text"]


def test_who_is_asked_about_a_dearer_version_can_answer_with_the_words_of_the_notice(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living, wire: Wire) -> Outcome:
        async with home.here(notifiers=[wire]) as here:
            people = People(here.runtime.journal, home.keyring)
            people.ensure_human(ANNA, at_ms=home.clock.now_ms())

            async def raise_prices_and_answer() -> None:
                await asyncio.sleep(600)
                begins = to_datetime(here.plans.get("p").steps[0].start_ms)
                home.change_prices(begins, begins + timedelta(hours=2), plus_cents=30.0)
                await until(lambda: bool(wire.of("approval_wanted")))
                words = wire.of("approval_wanted")[0]["facts"]["answer"].split()
                assert words[:2] == ["tarl", "approve"]
                id = ApprovalId("default", words[2])
                people.vote(id, ANNA, "approve", reason="", at_ms=home.clock.now_ms())
                here.runtime.engine.post.look()  # where time flies nobody looks by itself

            asked = task(home, ("washing_machine", "run", 5), by=900)
            plan = await here.plan(asked, plan_id="p", effort=QUICK)
            here.agree(plan, by="anna")
            never = Thresholds(cost_more_micro=-1_000_000, debounce_ms=60_000, replans_max=1)
            carrying = here.carry_out("p", approvers=["anna"], thresholds=never)
            return await watched(carrying, raise_prices_and_answer)

    with living(tmp_path, broker, "presence", also=WASHER) as home, wired(home, broker) as wire:
        outcome = home.play(evening(home, wire))
        assert outcome.status == "completed", outcome
        assert outcome.version >= 2
        said = wire.of("approval_wanted")[0]
        assert said["title"] == "Shall this change: as told"
        assert "what is left would cost" in said["text"], "why"
        assert "washer: run at " in said["text"], "what"
        assert f"(no: tarl reject {said['facts']['answer'].split()[2]})" in said["text"]
        assert "Until 19:" in said["text"]
        assert "Without a yes version 1 goes on." in said["text"]
        assert wire.of("drift"), "that it is taken up is told"


def test_a_consent_that_is_wanted_says_for_what_until_when_and_how_to_give_it(
    tmp_path: Path, broker: Broker
) -> None:
    able = {"device_id": "meter", "capability_type": "measure", "privacy_class": "confidential"}
    meter = {
        "like": "light.kitchen",
        "kind": "sensor",
        "privacy_class": "confidential",
        "capabilities": [able],
    }

    async def evening(home: Living, wire: Wire) -> Outcome:
        async with home.here(notifiers=[wire]) as here:

            async def revoke_and_give_again() -> None:
                await asyncio.sleep(60)
                here.consents.revoke("anna", by="anna", scope="measure:sensor/meter:*")
                await until(lambda: bool(wire.of("approval_wanted")))
                # As the notice says, word for word.
                words = wire.of("approval_wanted")[0]["facts"]["answer"].split()
                assert words[:3] == ["tarl", "consent", "grant"]
                here.consents.grant("anna", [words[3].strip("'")], by="anna", plan_id="p")

            asked = task(home, ("meter", "measure", 180), by=240)
            outcome = await carried_out(here, asked, revoke_and_give_again)
            return outcome

    with (
        living(tmp_path, broker, "presence", also={"meter": meter}) as home,
        wired(home, broker) as wire,
    ):
        home.play(evening(home, wire))
        said = wire.of("approval_wanted")[0]
        assert "meter waits for a consent" in said["title"]
        assert "there is no consent to measure:sensor/meter:local_device" in said["text"]
        assert "Until 22:" in said["text"]
        assert "--only-for p" in said["text"]
        assert said["facts"]["until_ms"] > 0


def test_a_deaf_device_keeps_a_command_of_a_minute_no_longer_than_its_end_and_a_grace(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living, wire: Wire) -> Outcome:
        async with home.here(notifiers=[wire]) as here:
            asked = task(home, ("light.kitchen", "turn_on", 30), duration=1)
            outcome = await carried_out(here, asked)
            await until(lambda: bool(wire.of("failure")))
            return outcome

    with (
        living(tmp_path, broker, "light.kitchen", "presence") as home,
        wired(home, broker) as wire,
    ):
        home["light.kitchen"].fault = "deaf"
        # As long as a device is really waited for, and its command tried again.
        home.mqtt._confirm_s = 0.2
        real, channel = home.channel.command, home.channel

        async def slowly(*told: Any, **more: Any) -> dict[str, Any]:
            await asyncio.sleep(50)
            return await real(*told, **more)

        channel.command = slowly  # type: ignore[method-assign]
        outcome = home.play(evening(home, wire))
        (result,) = outcome.results
        assert result.ending == "failed"
        assert "has not confirmed turn_on in 1 min and 30 s" in result.reason
        assert 90_000 <= result.ended_ms - result.began_ms <= 95_000
        assert outcome.replans == 0, "a minute that has passed is not wanted later"
        said = wire.of("failure")[0]["text"]
        assert "has not confirmed" in said
        assert "Nothing was done instead." in said


def test_quiet_hours_hold_back_what_is_ordinary_and_let_danger_through(
    tmp_path: Path, broker: Broker
) -> None:
    """At half past eleven at night a lock and a lamp fail: the lock is told at once."""

    async def night(home: Living, wire: Wire) -> Outcome:
        async with home.here(notifiers=[wire]) as here:
            asked = task(home, ("lock.front_door", "lock", 270), ("light.kitchen", "turn_on", 270))
            outcome = await carried_out(here, asked)
            await until(lambda: bool(wire.of("failure")), hours=12)
            return outcome

    names = ("lock.front_door", "light.kitchen", "presence")
    with living(tmp_path, broker, *names) as home, wired(home, broker) as wire:
        home["lock.front_door"].fault = "refuses"
        home["light.kitchen"].fault = "refuses"
        outcome = home.play(night(home, wire))
        assert outcome.status == "failed"
        by_topic = {topic.rpartition("/")[2]: at for at, topic, _ in reversed(wire.heard)}

        def wall(kind: str) -> str:
            zone = home.household.time_zone
            return f"{to_datetime(by_topic[kind]).astimezone(zone_named(zone)):%H:%M}"

        assert "23:30" <= wall("safety") < "23:59"
        assert "06:00" <= wall("failure") < "06:30"
        danger, (failure,) = wire.of("safety")[0], wire.of("failure")
        assert "Front door" in danger["title"]
        assert "it is blocked" in danger["text"]
        assert "Nothing was done instead" in wire.of("safety")[-1]["text"]
        assert {"Kitchen light did not turn on: as told"} == {
            n["title"] for n in wire.of("failure")
        }
        assert "Nothing was done instead" in failure["text"]
