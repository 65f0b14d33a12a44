"""What is meant for a minute begins then: a word to a device, and what draws power."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.unit.planning.formulation.test_for_a_while import FURNISHED, step_of
from tests.unit.planning.scene import (
    HOME,
    NOW,
    AllowAll,
    cheaply,
    device,
    evening,
    planned,
    run_of,
    solved,
    task,
)

from tarl.planning.checker.plans import check_plan
from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.formulation.formulate import Progress
from tarl.planning.household import Household, Phase, Program, Storage
from tarl.planning.plan import ExecutionPlan
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.slots import MINUTE_MS, Grid
from tarl.planning.task import Constraint, Goal


def _from(minutes: int) -> Constraint:
    return Constraint("earliest", {"in_minutes": minutes}, operator="gte", id="c1", is_start=True)


@pytest.mark.parametrize("minutes", [1, 7, 14, 15, 22, 100])
def test_it_begins_in_as_many_minutes_as_was_said(minutes: int) -> None:
    assert step_of("pump", "turn_on", _from(minutes)).start_ms == NOW + minutes * MINUTE_MS


def test_it_begins_to_the_minute_before_the_first_slot_too() -> None:
    known = msgspec.structs.replace(evening(), timestamp=NOW - 7 * MINUTE_MS)
    assert step_of("pump", "turn_on", _from(3), known=known).start_ms == NOW - 4 * MINUTE_MS


def test_what_lasts_past_its_slot_begins_at_its_minute_too() -> None:
    duration = Constraint("duration", 30, operator="eq")
    step = step_of("pump", "turn_off", _from(7), duration)
    assert (step.start_ms, step.end_ms) == (NOW + 7 * MINUTE_MS, NOW + 37 * MINUTE_MS)


def test_what_is_kept_from_the_slot_waits() -> None:
    span = {"from": {"in_minutes": 0}, "to": {"in_minutes": 20}}
    kept = Constraint("window", span, operator="neq", id="c2")
    soft = msgspec.structs.replace(_from(7), is_start=False)
    assert step_of("pump", "turn_on", soft, kept).start_ms >= NOW + 20 * MINUTE_MS


def test_a_later_time_that_only_would_be_better_does_not_take_it_to_the_slots_beginning() -> None:
    soft = Constraint("earliest", {"in_minutes": 45}, operator="gte", id="c2", hard=False)
    known = msgspec.structs.replace(evening(), timestamp=NOW + MINUTE_MS)
    assert step_of("pump", "turn_on", _from(3), soft, known=known).start_ms == NOW + 4 * MINUTE_MS


# --- what draws power

SPOT = msgspec.structs.replace(device("spot", "light", "turn_on", "turn_off"), power_w=60)
LIT = msgspec.structs.replace(HOME, devices=(*HOME.devices, SPOT))
SHINE = Goal("achieve", "spot", {"action": "turn_on"})
HOUR_LONG = Constraint("duration", 60, operator="eq", source="user")
SLOT_MS = 15 * MINUTE_MS
SERIES = (
    "import_price",
    "export_price",
    "base_load_w",
    "solar_w",
    "co2_g_per_kwh",
    "home",
    "asleep",
    "quiet",
)


def at(minutes: int, **fields: Any) -> ContextSnapshot:
    """What is known so many minutes after eight, in a quarter that runs; dear from a quarter past
    eight on."""
    now, series = NOW + minutes * MINUTE_MS, evening()
    prices = (100_000, *series.import_price[1:])
    return msgspec.structs.replace(series, timestamp=now, **{"import_price": prices, **fields})


def planned_in(known: ContextSnapshot, *parts: Any, home: Household = LIT) -> ExecutionPlan:
    plan = planned(task(*parts), known, home=home)
    assert check_plan(plan, home) == ()
    return plan


@pytest.mark.parametrize("minutes", [1, 5, 14])
def test_what_is_to_be_so_now_begins_in_the_quarter_that_runs(minutes: int) -> None:
    (step,) = planned_in(at(minutes), SHINE, HOUR_LONG).steps
    assert (step.start_ms, step.end_ms) == (
        NOW + minutes * MINUTE_MS,
        NOW + (60 + minutes) * MINUTE_MS,
    )
    first, *middle, last = step.power_w
    assert (first, middle, last) == (60 * (15 - minutes) // 15, [60] * 3, 60 * minutes // 15)
    assert step.energy_wh == 60


def test_a_minute_that_was_said_is_kept_and_paid_for_by_the_minute() -> None:
    (step,) = planned_in(at(0), run_of("washer"), _from(10), cheaply()).steps
    assert step.start_ms == NOW + 10 * MINUTE_MS
    assert step.power_w == (667, 2000, 2000, 2000, 1333)
    # Five minutes at 0.10, the rest at 0.40: 2 kW * (5 * 0.10 + 55 * 0.40) / 60.
    assert step.estimated_cost == pytest.approx(750_000, abs=100)
    assert step.energy_wh == 2_000


def test_what_only_is_to_be_done_waits_for_a_slot() -> None:
    (step,) = planned_in(at(5), run_of("washer"), cheaply()).steps
    assert (step.start_ms - NOW) % SLOT_MS == 0
    assert step.start_ms >= at(5).timestamp


@pytest.mark.parametrize("minutes", [0, 5, 14])
def test_what_is_to_be_done_at_once_does_not_wait_for_less(minutes: int) -> None:
    dear_now = (900_000, *evening().import_price[1:])
    wanted = msgspec.structs.replace(run_of("washer"), at_once=True)
    known = at(minutes, import_price=dear_now)
    (step,) = planned_in(known, wanted, cheaply()).steps
    assert step.start_ms == NOW + minutes * MINUTE_MS


def test_what_follows_on_something_waits_for_it_though_it_was_said_now() -> None:
    wanted = msgspec.structs.replace(run_of("washer"), at_once=True)
    (step,) = planned_in(at(0), wanted, _from(10)).steps
    assert step.start_ms == NOW + 10 * MINUTE_MS


BOILS = Program(name="usual", phases=(Phase(5 * MINUTE_MS, 2_000), Phase(60 * MINUTE_MS, 100)))
"""Five minutes of 2 kW: 667 W on average of the quarter, and 2 kW while they last."""

URN = device("urn", "kettle", "run", programs=(BOILS,))


def boiling(limit_w: int | None) -> Household:
    return msgspec.structs.replace(HOME, devices=(*HOME.devices, URN), power_max_w=limit_w)


def test_the_house_limit_counts_what_runs_in_full() -> None:
    for limit, is_kept in ((2_300, True), (2_299, False)):
        plan = planned(task(run_of("urn"), _from(10)), at(0), home=boiling(limit))
        assert (plan.feasibility == "feasible") is is_kept
        if plan.conflict is not None:
            assert set(plan.conflict.rules) == {"c1", "house:power"}


def test_two_that_begin_within_a_quarter_share_the_house_limit() -> None:
    home = msgspec.structs.replace(HOME, power_max_w=3_700)
    both = (run_of("washer"), run_of("dishwasher", program="quick"))
    plan = planned(task(*both, _from(10)), at(0), home=home)
    assert plan.feasibility != "feasible", "together they draw 4.3 kW with the rest of the house"


def test_where_the_price_of_now_is_not_known_nothing_begins_now() -> None:
    prices = (None, *evening().import_price[1:])
    plan = planned(task(run_of("washer"), _from(3)), at(5, import_price=prices), home=HOME)
    assert plan.conflict is not None
    assert "house:prices" in plan.conflict.rules
    assert plan.conflict.names["house:prices"] == "what power costs now is not known"
    (step,) = planned_in(at(5, import_price=prices), SHINE, HOUR_LONG).steps
    assert step.start_ms == NOW + SLOT_MS, "what was not said waits"


def test_a_battery_is_told_nothing_before_the_next_quarter() -> None:
    pack = Storage(capacity_wh=5_000, charge_w_max=2_000, discharge_w_max=2_000)
    battery = device("pack", "battery", "charge", "discharge", storage=pack)
    home = msgspec.structs.replace(HOME, devices=(*HOME.devices, battery))
    full = {"pack": DeviceState(state="idle", observed_ms=NOW, attributes={"level": 900})}
    dear = (900_000, *evening().import_price[1:])
    known = at(5, import_price=dear, devices=full)
    plan = planned_in(known, Goal("minimize", "cost"), home=home)
    assert plan.steps
    assert all(step.start_ms >= NOW + SLOT_MS for step in plan.steps)


def test_what_runs_goes_on_from_now_when_it_is_planned_anew() -> None:
    plan = planned_in(at(5), run_of("washer"), _from(3))
    (begun,) = plan.steps
    later = at(8 + 20)
    grid = Grid(start_ms=NOW + SLOT_MS, count=95)
    series = {name: getattr(later, name)[1:] for name in SERIES}
    known = msgspec.structs.replace(later, grid=grid, **series)
    planner = ExecutionPlanner(solved, AllowAll())
    anew = asyncio.run(
        planner.replan(
            plan,
            HOME,
            known,
            affected=None,
            progress=Progress(begun={begun.step_id: begun.start_ms}),
            reason="dear",
        )
    )
    assert check_plan(anew, HOME) == ()
    (rest,) = anew.steps
    assert (rest.began_ms, rest.start_ms, rest.end_ms) == (
        begun.start_ms,
        later.timestamp,
        begun.end_ms,
    )
    assert rest.power_w == (267, 2000, 2000, 1067), "two minutes are left of the quarter"


WRONG: dict[str, dict[str, Any]] = {
    "as if it began with the slot": {"power_w": (2000,) * 4 + (0,)},
    "less than it draws": {"power_w": (0, 2000, 2000, 2000, 1333)},
    "begun a minute later": {
        "start_ms": NOW + 11 * MINUTE_MS,
        "end_ms": NOW + 71 * MINUTE_MS,
    },
    "said to run already": {"began_ms": NOW - 20 * MINUTE_MS},
}


@pytest.mark.parametrize("name", WRONG)
def test_the_check_finds_what_is_not_to_the_minute(name: str) -> None:
    plan = planned_in(at(0), run_of("washer"), _from(10))
    (step,) = plan.steps
    wrong = msgspec.structs.replace(step, **WRONG[name])
    found = check_plan(msgspec.structs.replace(plan, steps=(wrong,)), LIT)
    assert {"check.power", "check.times"} & {each.code for each in found}


def test_the_check_counts_the_house_limit_in_full() -> None:
    home = boiling(None)
    plan = planned_in(at(0), run_of("urn"), _from(10), home=home)
    for limit, is_kept in ((2_300, True), (2_290, False)):
        rules = (*plan.constraints, Constraint("power", limit, id="c9"))
        found = check_plan(msgspec.structs.replace(plan, constraints=rules), home)
        assert [each.code for each in found] == ([] if is_kept else ["check.power_limit"])


# --- the check of words


def test_a_plan_that_begins_at_another_minute_is_found_out() -> None:
    goal = Goal("achieve", "pump", {"action": "turn_on"})
    plan = planned(task(goal, _from(7)), home=FURNISHED)
    (step,) = plan.steps
    moved = msgspec.structs.replace(
        step, start_ms=step.start_ms + MINUTE_MS, end_ms=step.end_ms + MINUTE_MS
    )
    found = check_plan(msgspec.structs.replace(plan, steps=(moved,)), FURNISHED)
    assert "it does not begin with a slot" in {each.text for each in found}
