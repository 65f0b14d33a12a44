"""Plans carried out on devices behind a real broker, which do what they are told, or do not."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from tests.unit.planning.execution.living import (
    QUICK,
    Living,
    carried_out,
    living,
    task,
    until,
    watched,
)

from tarl.errors import Conflict
from tarl.interfaces.demo.home.broker import start_broker
from tarl.interfaces.demo.home.devices import Fault
from tarl.planning.context import DeviceState
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.channel import DeviceChannel
from tarl.planning.execution.handover import DRIFT_SIGNAL, Drift, Outcome
from tarl.planning.execution.home import Looking
from tarl.planning.execution.live import LiveHome
from tarl.planning.household import Device
from tarl.planning.learning.history import learned_from
from tarl.planning.plan import Spent
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.plain import plain
from tarl.values.verdict import Allow

WASHER = {"washer": {"like": "washing_machine", "noisy": False}}


def endings(outcome: Outcome) -> dict[str, str]:
    return {result.step_id: result.ending for result in outcome.results}


def test_a_command_is_confirmed_and_the_authority_ends_with_the_plan(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            await here.plan("turn off the dishwasher at 9 pm", user="anna", plan_id="q")
            with pytest.raises(Conflict, match="nobody has agreed"):
                await here.carry_out("q")
            outcome = await carried_out(here)
            assert here.plans.standing("p").status == "completed"
            assert here.trust.lent("p") == []
            assert await here.carry_out("p") == outcome, "nothing is done again"
            return outcome

    with living(tmp_path, broker, "dishwasher", "presence") as home:
        outcome = home.play(evening(home))
        assert outcome.status == "completed"
        assert home.did("dishwasher") == ["run"]
        assert outcome.results[0].answer["confirmed_by"] == "key and meter"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("refuses", "it is blocked"),
        ("pretends", "its meter shows nothing"),
        ("stays", "says that it is idle"),
    ],
)
def test_a_device_that_does_not_do_it_lets_the_step_fail(
    tmp_path: Path, broker: Broker, fault: Fault, said: str
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            outcome = await carried_out(here)
            assert here.plans.standing("p").status == "failed"
            return outcome

    with living(tmp_path, broker, "dishwasher", "presence") as home:
        home["dishwasher"].fault = fault
        outcome = home.play(evening(home))
        assert endings(outcome) == {"g1.dishwasher": "failed"}
        assert said in outcome.results[0].reason
        assert outcome.replans >= 1, "another time was tried"
        assert len(home.said("failure")) == 1


def test_it_is_planned_anew_and_done_when_the_device_can_again(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def mend() -> None:
                await until(lambda: here.plans.standing("p").version > 1)
                home["washer"].fault = None

            asked = task(home, ("washing_machine", "run", 30))
            return await carried_out(here, asked, mend)

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        home["washer"].fault = "refuses"
        outcome = home.play(evening(home))
        assert [result.ending for result in outcome.results] == ["completed"], outcome
        assert home.did("washer") == ["run"]
        assert outcome.version > 1


def test_another_device_of_the_kind_does_it_instead(tmp_path: Path, broker: Broker) -> None:
    also = {"lower": {"like": "dishwasher"}, "upper": {"like": "dishwasher"}}

    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            return await carried_out(here, task(home, ("dishwasher", "run", 30), by=240))

    with living(tmp_path, broker, "presence", also=also) as home:
        home["lower"].fault = "refuses"
        home["upper"].fault = None
        chosen = home.play(evening(home))
        assert [result.ending for result in chosen.results] == ["completed"]
        assert home.did("lower") == []
        assert home.did("upper") == ["run"]


def test_a_device_that_went_away_while_it_ran_is_told_again_later(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def unplug() -> None:
                await until(lambda: home["washer"].state == "running")
                await home.unplug("washer")
                over_ms = here.plans.get("p").steps[0].end_ms
                await until(lambda: home.clock.now_ms() > over_ms + 120_000)
                await home.plug("washer")

            asked = task(home, ("washing_machine", "run", 30), by=600)
            outcome = await carried_out(here, asked, unplug)
            first, last = here.plans.get("p", 1), here.plans.get("p", outcome.version)
            (tried,), (done,) = first.steps, last.steps
            vain = Spent(tried.estimated_cost, tried.energy_wh)
            assert last.spent == {tried.goal: vain}, "a whole run that nobody gives back"
            (row,) = here.plans.outcomes("p").values()
            assert row["cost_micro"] == tried.estimated_cost + done.estimated_cost
            assert row["energy_wh"] == tried.energy_wh + done.energy_wh
            return outcome

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        outcome = home.play(evening(home))
        assert [result.ending for result in outcome.results] == ["completed"], outcome
        assert home.did("washer") == ["run", "run"]
        assert outcome.version > 1


def test_a_broker_that_dies_and_comes_back_is_waited_for(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        first = runner.run(start_broker())
        second: list[Any] = []

        async def evening(home: Living) -> Outcome:
            async def die() -> None:
                await until(lambda: home["light.kitchen"].state == "on")
                await home.world.ask(restart())

            async def restart() -> None:
                first._process.kill()
                second.append(await start_broker(port=first.address.port))

            async with home.here() as here:
                wanted = [("light.kitchen", "turn_on", 30), ("light.bedroom", "turn_on", 90)]
                asked = task(home, *wanted, by=200, duration=60)
                return await carried_out(here, asked, die)

        with living(tmp_path, first.address, "light.kitchen", "light.bedroom", "presence") as home:
            try:
                outcome = home.play(evening(home))
                assert outcome.status == "completed", outcome
                assert home.did("light.kitchen") == ["turn_on", "turn_off"]
                assert home.did("light.bedroom") == ["turn_on", "turn_off"]
            finally:
                if second:
                    home.world.do(second[0].end())
        runner.run(first._process.wait())


def meter(id: str) -> dict[str, Any]:
    """A device whose readings are private, so that they want a consent."""
    able = {"device_id": id, "capability_type": "measure", "privacy_class": "confidential"}
    private = {"privacy_class": "confidential", "capabilities": [able]}
    return {"like": "light.kitchen", "kind": "sensor", **private}


def test_a_consent_that_is_revoked_stops_the_next_step(tmp_path: Path, broker: Broker) -> None:
    also = {"meter_a": meter("meter_a"), "meter_b": meter("meter_b")}

    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def revoke() -> None:
                await until(lambda: home.did("meter_a") == ["measure"])
                here.consents.revoke("anna", by="anna", scope="measure:sensor/meter_b:*")

            wanted = [("meter_a", "measure", 30), ("meter_b", "measure", 180)]
            return await carried_out(here, task(home, *wanted, by=240), revoke)

    with living(tmp_path, broker, "presence", also=also) as home:
        outcome = home.play(evening(home))
        assert endings(outcome) == {"g0.meter_a": "completed", "g1.meter_b": "failed"}
        assert home.did("meter_b") == []
        assert "no consent to measure:sensor/meter_b:local_device" in outcome.results[-1].reason


def test_authority_is_for_one_plan_and_what_it_does(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> None:
        async with home.here() as here:
            plans = {}
            for id, device in (("p", "light.kitchen"), ("q", "light.bedroom")):
                asked = task(home, (device, "turn_on", 30), by=120)
                plan = await here.plan(asked, plan_id=id, effort=QUICK)
                here.agree(plan, by="anna")
                here.trust.lend(plan, home.household)
                plans[id] = here.trust.lent(id)
            assert {len(lent) for lent in plans.values()} == {1}

            def may(action: str, device: str, plan: str) -> bool:
                answer = here.trust.operations.verify(
                    "hands", action, f"device/{device}", task_id=plan
                )
                return isinstance(answer.verdict, Allow)

            assert may("device.turn_on", "light.kitchen", "p")
            assert may("device.turn_off", "light.kitchen", "p"), "it can be undone"
            assert not may("device.turn_on", "lock.front_door", "p")
            assert not may("device.unlock", "light.kitchen", "p")
            assert not may("device.set_brightness", "light.kitchen", "p")
            assert not may("device.turn_on", "light.kitchen", "night")
            here.trust.take_back("p")
            assert not may("device.turn_on", "light.kitchen", "p")
            assert may("device.turn_on", "light.kitchen", "q"), "a light is a light"

    names = ("light.kitchen", "light.bedroom", "lock.front_door", "presence")
    with living(tmp_path, broker, *names) as home:
        home.play(evening(home))


@pytest.mark.parametrize("fault", [None, "refuses"])
def test_what_is_left_is_planned_anew_after_a_part_has_ended(
    tmp_path: Path, broker: Broker, fault: Fault | None
) -> None:
    first, second = "g0.light.kitchen", "g1.light.bedroom"

    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def ask() -> None:
                await until(lambda: bool(here.plans.outcomes("p").get(first, {}).get("outcome")))
                told = Drift(kind="person", text="somebody asks for it")
                here.runtime.signal("p", DRIFT_SIGNAL, plain(told))

            wanted = [("light.kitchen", "turn_on", 30), ("light.bedroom", "turn_on", 180)]
            outcome = await carried_out(here, task(home, *wanted, by=400, duration=30), ask)
            later = here.plans.get("p", outcome.version)
            assert [step.step_id for step in later.steps] == [second]
            assert later.over == ("g0",)
            assert (later.spent["g0"].cost_micro > 0) is (fault is None)
            return outcome

    with living(tmp_path, broker, "light.kitchen", "light.bedroom", "presence") as home:
        home["light.kitchen"].fault = fault
        outcome = home.play(evening(home))
        ending = "failed" if fault else "completed"
        assert endings(outcome) == {first: ending, second: "completed"}
        assert outcome.version > 1
        assert any("somebody asks for it" in text for text in home.said("drift"))


def test_the_rest_of_a_charge_is_recorded_with_its_last_part(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def ask() -> None:
                await until(lambda: home["ev_charger"].state == "charging")
                await asyncio.sleep(120)
                told = Drift(kind="person", text="somebody asks for it")
                here.runtime.signal("p", DRIFT_SIGNAL, plain(told))

            asked = task(home, ("ev_charger", "charge", 30), by=300, level=450)
            outcome = await carried_out(here, asked, ask)
            rows = here.plans.outcomes("p")
            assert {row["outcome"] for row in rows.values()} == {"completed"}
            assert here.plans.standing("p").status == "completed"
            return outcome

    with living(tmp_path, broker, "ev_charger", "presence") as home:
        outcome = home.play(evening(home))
        assert outcome.status == "completed", outcome
        assert outcome.version == 2
        assert any(result.is_part for result in outcome.results)
        did = home.did("ev_charger")
        assert did == ["charge", "turn_off"] * (len(did) // 2)
        assert len(did) >= 4


def test_a_consent_may_do_without_the_sandbox(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> None:
        async with home.here() as here:
            live = LiveHome(
                here.maker,
                here.puller,
                home.channel,
                plans=here.plans,
                consents=here.consents,
                notifier=home,
                now_ms=home.clock.now_ms,
                tenant="default",
            )
            looking = Looking(plan_id="p", user_id="anna", action="run", isolated=True)
            scope = "run:vacuum/vacuum:local_device"
            assert (await live.observe("vacuum", looking)).overrides == {}
            kept = here.consents.grant("anna", [scope], by="anna", trust_tier=TrustTier.BASIC)
            assert (await live.observe("vacuum", looking)).overrides == {}, "it says nothing of it"
            given = here.consents.grant(
                "anna",
                ["run:vacuum/*:*"],
                by="anna",
                trust_tier=TrustTier.BASIC,
                overrides=["unsandboxed"],
            )
            seen = await live.observe("vacuum", looking)
            assert seen.overrides == {scope: given.token}
            assert seen.state is not None
            here.consents.revoke("anna", by="anna", token=given.token)
            assert (await live.observe("vacuum", looking)).overrides == {}
            assert here.consents.get("anna", kept.token).revoked_at_ms is None

    with living(tmp_path, broker, "vacuum", "presence") as home:
        home.play(evening(home))


def test_what_a_device_says_is_never_of_the_future(tmp_path: Path, broker: Broker) -> None:
    """The clock goes on while it is looked; a state of the future would not let anything run."""
    looks: list[int] = []

    async def evening(home: Living) -> int:
        def now_ms() -> int:
            looks.append(home.clock.now_ms() + len(looks))
            return looks[-1]

        class Ticking:
            async def state(self, device: Device) -> DeviceState | None:
                seen = await home.channel.state(device)
                return seen and msgspec.structs.replace(seen, observed_ms=now_ms())

        async with home.here() as here:
            live = LiveHome(
                here.maker,
                here.puller,
                cast(DeviceChannel, Ticking()),
                plans=here.plans,
                consents=here.consents,
                notifier=home,
                now_ms=now_ms,
                tenant="default",
            )
            seen = await live.observe("vacuum", Looking(plan_id="p", user_id="anna"))
            assert seen.state is not None
            return seen.at_ms - seen.state.observed_ms

    with living(tmp_path, broker, "vacuum", "presence") as home:
        assert home.play(evening(home)) >= 0
    assert len(looks) == 2


def test_a_run_teaches_how_long_a_program_takes_and_what_it_draws(
    tmp_path: Path, broker: Broker
) -> None:
    async def evening(home: Living) -> dict[str, Any]:
        async with home.here() as here:
            outcome = await carried_out(here)
            assert outcome.status == "completed"
            (dishwasher,) = (d for d in home.household.devices if d.id == "dishwasher")
            known = learned_from(here.plans, home.household).of(dishwasher, dishwasher.programs[0])
            return msgspec.to_builtins(known)  # type: ignore[no-any-return]

    with living(tmp_path, broker, "dishwasher", "presence") as home:
        known = home.play(evening(home))
        assert (known["duration"]["count"], known["power"]["count"]) == (1, 1)
        assert 300 < known["power"]["value"] < 1_300


@pytest.mark.parametrize("says_yes", [True, False])
def test_whoever_is_asked_each_time_is_told_and_has_time(
    tmp_path: Path, broker: Broker, says_yes: bool
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            made = await here.plan(
                task(home, ("meter", "measure", 30), by=240), plan_id="p", effort=QUICK
            )
            here.agree(made, by="anna")
            here.consents.revoke("anna", by="anna")
            (scope,) = made.consent_references[0].scopes

            def consent(command: str, **how: Any) -> None:
                """As the command line would."""
                words = shlex.split(command)[3:]
                said = dict(zip(words[1::2], words[2::2], strict=True))
                assert (words[0], said["--user"]) == (scope, "anna")
                here.consents.grant(
                    "anna",
                    [scope],
                    by="anna",
                    privacy_class=PrivacyClass(said.get("--privacy", "internal")),
                    trust_tier=TrustTier(said.get("--trust", "verified")),
                    plan_id=said.get("--only-for", ""),
                    **how,
                )

            async def answer() -> None:
                await until(lambda: bool(home.said("approval_wanted")))
                await asyncio.sleep(600)
                assert home.did("meter") == []
                if says_yes:
                    consent(home.notices[0].facts["answer"])

            asked = f"tarl consent grant {scope} --user anna --privacy confidential"
            consent(asked, dynamic=True)
            return await watched(here.carry_out("p"), answer)

    with living(tmp_path, broker, "presence", also={"meter": meter("meter")}) as home:
        outcome = home.play(evening(home))
        (said,) = home.said("approval_wanted")
        assert "is asked for each time" in said
        assert home.did("meter") == (["measure"] if says_yes else [])
        if not says_yes:
            assert "nobody has consented to measure:sensor/meter" in outcome.results[0].reason
