"""What happens in the home is noticed, told to the run, and planned anew."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

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

from tarl.integrations.planning.home import HomeRuntime
from tarl.planning.devices.broker import Broker
from tarl.planning.execution.handover import Outcome, Thresholds
from tarl.planning.plan import ExecutionPlan, ExecutionStatus
from tarl.planning.slots import HOUR_MS
from tarl.planning.task import Constraint
from tarl.values.instants import to_datetime

WASHER = {"washer": {"like": "washing_machine", "noisy": False}}
AWAKE = Constraint(
    "condition",
    {"subject": "occupancy", "state": "asleep"},
    operator="neq",
    id="c9",
)


def reasons(here: HomeRuntime) -> list[str]:
    """Why each version was made."""
    versions = range(1, here.plans.standing("p").version + 1)
    return [here.plans.get("p", version).reason for version in versions]


def test_prices_that_change_move_what_has_not_begun(tmp_path: Path, broker: Broker) -> None:
    moved: list[ExecutionPlan] = []

    async def evening(home: Living) -> list[str]:
        async with home.here() as here:

            async def dearer() -> None:
                plan = here.plans.get("p")
                moved.append(plan)
                start = to_datetime(plan.steps[0].start_ms)
                home.change_prices(start, start + timedelta(hours=2), plus_cents=40.0)
                await until(lambda: here.plans.standing("p").version > 1)
                moved.append(here.plans.get("p"))

            asked = task(home, ("washing_machine", "run", 30), by=300)
            outcome = await carried_out(here, asked, dearer)
            assert outcome.status == "completed", outcome
            return reasons(here)

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        why = home.play(evening(home))
        assert len(why) == 2, "it is told once, and planned anew once"
        assert "what is left would cost" in why[1]
        assert moved[1].steps[0].start_ms != moved[0].steps[0].start_ms
        assert home.did("washer") == ["run"]
        assert home.doubts == []


def test_somebody_who_goes_to_bed_is_not_woken(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:

            async def to_bed() -> None:
                await home.world.ask(home["presence"].report(state="asleep"))
                await until(lambda: here.plans.standing("p").version > 1)
                assert home.did("washer") == [], "before it was due"
                await home.world.ask(home["presence"].report(state="awake"))

            asked = task(home, ("washing_machine", "run", 30), by=360)
            asked = msgspec.structs.replace(asked, constraints=(*asked.constraints, AWAKE))
            outcome = await carried_out(here, asked, to_bed)
            assert "somebody is asleep" in reasons(here)[1]
            return outcome

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        outcome = home.play(evening(home))
        assert outcome.replans >= 1
        assert home.did("washer").count("run") <= 1


def test_a_device_that_goes_away_is_told_once(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> list[str]:
        async with home.here() as here:

            async def unplug() -> None:
                await home.unplug("washer")
                await until(lambda: here.plans.standing("p").version > 1)
                await asyncio.sleep(1_800)
                await home.plug("washer")

            asked = task(home, ("washing_machine", "run", 120), by=360)
            outcome = await carried_out(here, asked, unplug)
            assert outcome.status == "completed", (outcome, home.doubts)
            return reasons(here)

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        why = home.play(evening(home))
        assert why[1:] == ["washer does not answer"]
        assert home.did("washer") == ["run"]


def test_a_later_version_that_is_too_dear_is_not_taken_up(tmp_path: Path, broker: Broker) -> None:
    strict = Thresholds(debounce_ms=60_000, cost_more_micro=0, later_ms=0)

    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            asked = task(home, ("washing_machine", "run", 120), by=720)
            plan = await here.plan(asked, plan_id="p", effort=QUICK)
            here.agree(plan, by="anna")

            async def dearer() -> None:
                start = to_datetime(plan.steps[0].start_ms)
                home.change_prices(start, start + timedelta(hours=12), plus_cents=40.0)

            outcome = await watched(here.carry_out("p", thresholds=strict), dearer)
            began = outcome.results[0].began_ms
            assert abs(began - plan.steps[0].start_ms) < HOUR_MS // 60
            standing = here.plans.standing("p")
            assert (standing.version, standing.status) == (2, ExecutionStatus.COMPLETED)
            return outcome

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        outcome = home.play(evening(home))
        assert (outcome.version, outcome.replans, outcome.status) == (1, 1, "completed")


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_home_that_cannot_be_read_is_told_and_looked_at_again(
    tmp_path: Path, broker: Broker, goes_on: bool
) -> None:
    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            whole = home.household_file.read_text()

            async def break_it() -> None:
                home.household_file.write_text("id: [")
                await until(lambda: bool(home.doubts))
                if goes_on:
                    home.household_file.write_text(whole)

            asked = task(home, ("washing_machine", "run", 60), by=300)
            try:
                return await carried_out(here, asked, break_it)
            finally:
                home.household_file.write_text(whole)

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        outcome = home.play(evening(home))
        assert outcome.status == ("completed" if goes_on else "failed")
        assert home.did("washer") == (["run"] if goes_on else [])


def test_a_fault_of_the_watch_is_told_and_it_goes_on(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> list[str]:
        async with home.here() as here:
            look = here.puller.get_snapshot

            async def odd(**asked: object) -> object:
                if asked.get("is_fresh"):
                    raise ZeroDivisionError("a price of nothing")
                return await look(**asked)  # type: ignore[arg-type]

            async def dearer() -> None:
                here.puller.get_snapshot = odd  # type: ignore[assignment,method-assign]
                await until(lambda: bool(home.doubts))
                here.puller.get_snapshot = look  # type: ignore[method-assign]
                start = to_datetime(here.plans.get("p").steps[0].start_ms)
                home.change_prices(start, start + timedelta(hours=2), plus_cents=40.0)
                await until(lambda: here.plans.standing("p").version > 1)

            asked = task(home, ("washing_machine", "run", 120), by=500)
            await carried_out(here, asked, dearer)
            return reasons(here)

    with living(tmp_path, broker, "presence", also=WASHER) as home:
        why = home.play(evening(home))
        assert home.doubts == [("", "it cannot be looked: ZeroDivisionError: a price of nothing")]
        assert "what is left would cost" in why[1]
