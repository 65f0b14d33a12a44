"""What plans and runs of a real journal teach."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.planning.scene import HOME, HOUR, NOW, evening, planned, run_of, task

import tarl
from tarl.crypto.keys import Keyring
from tarl.kernel.definition import Workflow
from tarl.planning.context import DeviceState
from tarl.planning.execution.handover import Observed as Moment
from tarl.planning.execution.home import HomeActivities, Looking
from tarl.planning.learning.durations import PlanHistory, Ran, durations_of
from tarl.planning.learning.estimates import Key, Observed
from tarl.planning.learning.history import OBSERVE, learned_from
from tarl.planning.learning.profiles import Reading, powers_of, readings_of
from tarl.planning.plan import ExecutionPlan, ExecutionStatus
from tarl.planning.plans.events import Made, StepEnded
from tarl.planning.plans.ledger import PlanLedger
from tarl.stack import open_plans
from tarl.storage import open_store

DISHWASHER = next(device for device in HOME.devices if device.id == "dishwasher")
KEY = Key("dishwasher", "usual")
MINUTE = 60_000


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[PlanLedger]:
    store = open_store(tmp_path / "tarl.db")
    yield open_plans(store)
    store.close()


def plan_of(id: str, target: str = "dishwasher", **value: Any) -> ExecutionPlan:
    return msgspec.structs.replace(planned(task(run_of(target, **value))), plan_id=id)


def ended(lasted_ms: int, **fields: Any) -> StepEnded:
    step = {"version": 1, "step_id": "g1.dishwasher", "outcome": "completed"}
    return StepEnded(**{**step, "began_ms": NOW, "ended_ms": NOW + lasted_ms, **fields})


def ran_of(plan: ExecutionPlan, *ends: StepEnded) -> list[Ran]:
    history = PlanHistory(HOME)
    history.hear(Made(version=1, plan=plan, digest=""))
    for each in ends:
        history.hear(each)
    return history.ran()


# --- durations


def test_a_step_that_ran_to_its_end_says_how_long_it_took() -> None:
    assert ran_of(plan_of("p"), ended(3 * HOUR)) == [Ran(KEY, NOW, NOW + 3 * HOUR)]
    quick = ran_of(plan_of("p", program="quick"), ended(HOUR))
    assert [each.key for each in quick] == [Key("dishwasher", "quick")]
    assert durations_of(quick) == {quick[0].key: [Observed(NOW + HOUR, HOUR)]}


@pytest.mark.parametrize(
    "end",
    [
        ended(HOUR, outcome="failed"),
        ended(HOUR, outcome="skipped"),
        ended(HOUR, outcome="compensated"),
        ended(0),
        ended(25 * HOUR),
        ended(HOUR, step_id="g9.nothing"),
        ended(HOUR, version=2),
    ],
)
def test_what_says_nothing(end: StepEnded) -> None:
    assert ran_of(plan_of("p"), end) == []


def test_what_was_undone_after_its_end_says_nothing() -> None:
    assert ran_of(plan_of("p"), ended(HOUR), ended(HOUR, outcome="compensated")) == []


def test_a_step_that_another_device_may_have_done_says_nothing() -> None:
    plan = plan_of("p")
    (step,) = plan.steps
    doubtful = msgspec.structs.replace(step, fallback_steps=(step,))
    assert ran_of(msgspec.structs.replace(plan, steps=(doubtful,)), ended(HOUR)) == []


# --- power


def test_readings_are_of_devices_that_say_their_power() -> None:
    def state(**fields: Any) -> DeviceState:
        return DeviceState(state="on", observed_ms=NOW, **fields)

    states = {
        "a": state(attributes={"power_w": 1_200.4}),
        "b": state(attributes={"power_w": True}),
        "c": state(attributes={"power_w": -5}),
        "d": state(attributes={}),
        "e": state(attributes={"power_w": 5}, is_online=False),
    }
    assert list(readings_of(states)) == [Reading("a", NOW, 1_200)]


def test_each_run_is_one_observation_and_its_edges_do_not_count() -> None:
    runs = [Ran(KEY, NOW, NOW + HOUR), Ran(KEY, NOW + 2 * HOUR, NOW + 3 * HOUR)]
    inside = [Reading("dishwasher", NOW + at * MINUTE, 100 * at) for at in (10, 20, 30, 40)]
    edges = [Reading("dishwasher", at, 9_999) for at in (NOW, NOW + HOUR, NOW + 90 * MINUTE)]
    other = [Reading("washer", NOW + at * MINUTE, 9_999) for at in (15, 25, 35)]
    few = [Reading("dishwasher", NOW + 130 * MINUTE, 700), Reading("dishwasher", NOW + 140, 700)]
    found = powers_of(runs, [*inside, *edges, *other, *few, *inside])
    assert found == {KEY: [Observed(NOW + HOUR, 2_800)]}


# --- a journal


def test_a_journal_is_learned_from(ledger: PlanLedger) -> None:
    assert HomeActivities(None).observe.name == OBSERVE
    for number, minutes in enumerate((178, 180, 180, 181, 182)):
        plan = plan_of(f"p{number}")
        ledger.record(plan)
        ledger.change_status(plan.plan_id, ExecutionStatus.APPROVED, version=1, by="anna")
        ledger.change_status(plan.plan_id, ExecutionStatus.EXECUTING)
        ledger.end_step(plan.plan_id, ended(minutes * MINUTE))
    known = learned_from(ledger, HOME).of(DISHWASHER, DISHWASHER.programs[0])
    assert known.power is None
    assert known.duration is not None
    assert (known.duration.value, known.duration.count) == (10_812_000, 5)
    assert known.duration.error is not None
    assert known.duration.error < 15
    assert known.duration.said_error == 334
    assert known.duration.is_believed
    again = learned_from(ledger, HOME).of(DISHWASHER, DISHWASHER.programs[0])
    assert again == known, "the same history teaches the same"


class _Looked:
    """A home in which the dishwasher draws more each time that somebody looks."""

    def __init__(self) -> None:
        self.times = 0

    async def observe(self, device: str, looking: Looking) -> Moment:
        self.times += 1
        at_ms = NOW + self.times * 10 * MINUTE
        said = DeviceState(
            state="on", observed_ms=at_ms, attributes={"power_w": 500 + 100 * self.times}
        )
        return Moment(at_ms=at_ms, state=said)


def test_what_a_run_saw_and_what_was_known_count_together(tmp_path: Path) -> None:
    home = HomeActivities(_Looked())  # type: ignore[arg-type]

    async def look(ctx: tarl.Context) -> None:
        for _ in range(2):
            await ctx.call(home.observe, "dishwasher", Looking(plan_id="p"))

    async def go() -> None:
        async with tarl.open(tmp_path / "tarl.db") as runtime:
            await runtime.run(Workflow(look, name="learning.look"), id="p")

    asyncio.run(go())
    store = open_store(tmp_path / "tarl.db")
    ledger = open_plans(store)
    said = DeviceState(state="on", observed_ms=NOW + HOUR, attributes={"power_w": 1_200})
    plan = planned(task(run_of("dishwasher")), evening(devices={"dishwasher": said}))
    ledger.record(plan)
    ledger.change_status("p", ExecutionStatus.APPROVED, version=1, by="anna")
    ledger.change_status("p", ExecutionStatus.EXECUTING)
    ledger.end_step("p", ended(2 * HOUR))
    power = learned_from(ledger, HOME).of(DISHWASHER, DISHWASHER.programs[0]).power
    assert power is not None
    assert (power.value, power.count) == (964, 1)
    assert (power.said, power.said_error) == (1_000, 37)
    store.close()


def test_what_is_erased_teaches_nothing(tarl_home: Path, tmp_path: Path) -> None:
    keys = Keyring(tarl_home).ensure()
    keys.make_tenant_key("default")
    store = open_store(tmp_path / "tarl.db", keyring=keys, sealed=True)
    plans = open_plans(store)
    plans.record(plan_of("p"))
    plans.change_status("p", ExecutionStatus.APPROVED, version=1, by="anna")
    plans.change_status("p", ExecutionStatus.EXECUTING)
    plans.end_step("p", ended(2 * HOUR))
    usual = DISHWASHER.programs[0]
    assert learned_from(plans, HOME).of(DISHWASHER, usual).duration is not None
    keys.destroy_tenant_key("default")
    assert learned_from(plans, HOME).of(DISHWASHER, usual).duration is None
    store.close()
