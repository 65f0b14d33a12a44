"""What is no longer so when a step is due: the independent look before a device moves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.unit.planning.execution.house import HOUR, House, plan, step
from tests.unit.planning.execution.house import carried_out as carried
from tests.unit.planning.execution.living import BOUNDS, QUICK, Living, living, task, until

from tarl.errors import Conflict
from tarl.planning.devices.broker import Broker
from tarl.planning.execution.handover import Handover, Outcome
from tarl.planning.execution.home import Looking
from tarl.testing.clock import JumpingClock


def test_a_plan_that_is_taken_up_after_its_deadline_moves_nothing(
    tmp_path: Path, broker: Broker
) -> None:
    async def morning(home: Living) -> Outcome:
        async with home.here() as here:
            plan = await here.plan(
                task(home, ("dishwasher", "run", 30), by=240), plan_id="p", effort=QUICK
            )
            here.agree(plan, by="anna")
        await asyncio.sleep(10 * 3600)
        async with home.here() as here:
            return await here.carry_out("p")

    with living(tmp_path, broker, "dishwasher", "presence") as home:
        outcome = home.play(morning(home))
        assert home.did("dishwasher") == [], outcome
        assert outcome.status == "failed", outcome


def test_a_yes_to_a_lock_is_not_a_yes_to_the_same_hours_later(
    tmp_path: Path, broker: Broker
) -> None:
    async def night(home: Living) -> Outcome:
        async with home.here() as here:
            plan = await here.plan(
                task(home, ("lock.front_door", "unlock", 30)), plan_id="p", effort=QUICK
            )
            here.agree(plan, by="anna")
        await asyncio.sleep(8 * 3600)
        async with home.here() as here:
            return await here.carry_out("p")

    with living(tmp_path, broker, "lock.front_door", "presence") as home:
        outcome = home.play(night(home))
        assert home.did("lock.front_door") == [], outcome


def test_a_step_that_comes_hours_late_is_planned_anew(tmp_path: Path) -> None:
    house = House(JumpingClock())
    washer = step("washer", at=-2 * HOUR, lasts=HOUR)
    later = plan(step("washer", at=HOUR, lasts=HOUR))
    house.versions = [later]
    outcome = carried(tmp_path / "a.db", Handover(plan=plan(washer), thresholds=BOUNDS), house)
    assert outcome.version == 1, "these bounds let it come late"
    assert house.did() == [(0, "washer", "run")]

    house = House(JumpingClock())
    house.versions = [later]
    tight = msgspec.structs.replace(BOUNDS, later_ms=HOUR, debounce_ms=1_000)
    outcome = carried(tmp_path / "b.db", Handover(plan=plan(washer), thresholds=tight), house)
    # Three hours later than agreed, and nobody to ask.
    assert [result.ending for result in outcome.results] == ["failed"]
    assert "it was to begin 2 h ago" in outcome.results[0].reason
    assert "was not approved" in outcome.results[0].reason
    assert house.did() == []


def test_nobody_agrees_to_what_is_over(tmp_path: Path, broker: Broker) -> None:
    async def evening(home: Living) -> None:
        async with home.here() as here:
            made = await here.plan(
                task(home, ("light.kitchen", "turn_on", 30)), plan_id="p", effort=QUICK
            )
            await asyncio.sleep(2 * 3600)
            with pytest.raises(Conflict) as refused:
                here.agree(made, by="anna")
            assert refused.value.code == "plan.late"
            assert here.plans.standing("p").status == "draft"
            assert here.consents.of("anna") == []

    with living(tmp_path, broker, "light.kitchen", "presence") as home:
        home.play(evening(home))


def test_a_consent_that_comes_in_quiet_hours_wakes_nobody(tmp_path: Path, broker: Broker) -> None:
    """Anna takes ten minutes to consent; by then the hours are quiet."""
    meter = {
        "like": "light.kitchen",
        "kind": "sensor",
        "noisy": True,
        "privacy_class": "confidential",
        "capabilities": [
            {"device_id": "meter", "capability_type": "measure", "privacy_class": "confidential"}
        ],
    }

    async def evening(home: Living) -> Outcome:
        async with home.here() as here:
            made = await here.plan(task(home, ("meter", "measure", 30)), plan_id="p", effort=QUICK)
            here.agree(made, by="anna")
            here.consents.revoke("anna", by="anna")
            quiet_ms = made.steps[0].start_ms + 300_000

            async def consent() -> None:
                await until(lambda: home.clock.now_ms() > quiet_ms + 60_000)
                here.agree(made, by="anna")

            snapshot = here.puller.get_snapshot

            async def nightly(**asked: object) -> object:
                known = await snapshot(**asked)  # type: ignore[arg-type]
                if home.clock.now_ms() < quiet_ms:
                    return known
                return msgspec.structs.replace(known, quiet=(True,) * len(known.quiet))

            here.puller.get_snapshot = nightly  # type: ignore[assignment,method-assign]
            interfering = asyncio.create_task(consent())
            try:
                return await here.carry_out("p")
            finally:
                interfering.cancel()

    with living(tmp_path, broker, "presence", also={"meter": meter}) as home:
        outcome = home.play(evening(home))
        assert home.did("meter") == [], outcome
        assert "quiet hours" in outcome.results[0].reason


def test_every_device_of_a_condition_is_looked_at(tmp_path: Path) -> None:
    class Seeing(House):
        def __init__(self) -> None:
            super().__init__(JumpingClock())
            self.about: list[tuple[str, ...]] = []

        async def observe(self, device: str, looking: Looking) -> object:  # type: ignore[override]
            self.about.append(looking.about)
            return await super().observe(device, looking)

    house = Seeing()
    only_if = {
        "operator": "neq",
        "subject": "occupancy",
        "state": "asleep",
        "also": [{"operator": "eq", "subject": "device", "device": "window", "state": "closed"}],
    }
    made = plan(step("heater", at=0, only_if=only_if))
    carried(tmp_path / "a.db", Handover(plan=made), house)
    assert house.about[0] == ("window",)
