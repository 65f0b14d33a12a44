"""What lasts for a span of time: begun and ended with it, and made anew in the middle of it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.unit.planning.scene import (
    HOME,
    HOUR,
    NOW,
    AllowAll,
    device,
    evening,
    planned,
    solved,
    task,
)

from tarl.errors import Denied
from tarl.planning.checker.plans import check_plan
from tarl.planning.checker.steps import findings_of
from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.formulation.anew import as_meant
from tarl.planning.formulation.formulate import Progress
from tarl.planning.formulation.jobs import Ruling
from tarl.planning.household import DeviceCapability
from tarl.planning.plan import ExecutionPlan, ExecutionStep, FeasibilityStatus
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.slots import MINUTE_MS, grid_from
from tarl.planning.task import Constraint, Goal

BLINDS = device("blinds", "blind", "open", "close", "set_position")
GARAGE = device("garage", "garage_door", "open", "close")
OVEN = device("oven", "oven", "turn_on", "turn_off", power_w=2_000)
STRIP = msgspec.structs.replace(
    device("strip", "light", "set_color"),
    capabilities=(DeviceCapability("strip", "set_color", {"color": {"enum": ["red", "blue"]}}),),
)
FURNISHED = msgspec.structs.replace(HOME, devices=(*HOME.devices, BLINDS, GARAGE, OVEN, STRIP))


def window(start: str, end: str, **fields: Any) -> Constraint:
    value = {"from": {"clock": start}, "to": {"clock": end}}
    return Constraint("window", value, operator="in", lasts=True, **fields)


def until(end: str) -> Constraint:
    return Constraint("deadline", {"clock": end}, lasts=True)


ON = Goal("achieve", "light", {"action": "turn_on"})
WARM = Goal("achieve", "heating", {"action": "set_temperature", "temperature": 220})
AT_19 = {"heating": DeviceState(state="on", observed_ms=NOW, attributes={"temperature": 190})}


def step_of(*parts: Goal | Constraint, known: ContextSnapshot | None = None) -> ExecutionStep:
    plan = planned(task(*parts), known, home=FURNISHED)
    assert check_plan(plan, FURNISHED) == ()
    (step,) = plan.steps
    return step


def test_it_begins_and_ends_with_its_span_and_draws_what_it_draws() -> None:
    step = step_of(ON, window("21:05", "22:20"))
    assert (step.start_ms, step.end_ms) == (NOW + 65 * MINUTE_MS, NOW + 140 * MINUTE_MS)
    assert step.power_w == (27, 40, 40, 40, 40, 13), "40 W, in the first and last slot for a part"
    assert step.energy_wh == 50
    assert step.parameters["at_end"] == {"action": "turn_off"}
    assert step.is_span


def test_what_is_to_be_so_until_then_is_so_from_now_on() -> None:
    known = msgspec.structs.replace(evening(), timestamp=NOW - 7 * MINUTE_MS)
    step = step_of(ON, until("21:00"), known=known)
    assert (step.start_ms, step.end_ms) == (NOW - 7 * MINUTE_MS, NOW + HOUR)
    assert step.power_w == (40,) * 4


def test_a_span_that_goes_on_is_had_from_now_on() -> None:
    step = step_of(ON, window("19:00", "20:30"))
    assert (step.start_ms, step.end_ms) == (NOW, NOW + HOUR // 2)


def test_a_span_shorter_than_a_slot_is_had() -> None:
    known = msgspec.structs.replace(evening(), timestamp=NOW - 7 * MINUTE_MS)
    step = step_of(ON, until("19:58"), known=known)
    assert (step.start_ms, step.end_ms) == (NOW - 7 * MINUTE_MS, NOW - 2 * MINUTE_MS)


def test_without_prices_for_it_it_is_had_all_the_same() -> None:
    prices = (*evening().import_price[:4], *(None,) * 92)
    step = step_of(ON, window("20:45", "21:30"), known=evening(import_price=prices))
    assert step.power_w == (40, 0, 0)


def test_what_is_opened_is_closed_and_what_is_closed_opened() -> None:
    for action, back in (("open", "close"), ("close", "open")):
        step = step_of(Goal("achieve", "blinds", {"action": action}), window("21:00", "22:00"))
        assert step.parameters["at_end"] == {"action": back}


def test_blinds_that_are_set_go_back_to_where_they_were() -> None:
    half = {"blinds": DeviceState(state="open", observed_ms=NOW, attributes={"position": 700})}
    wanted = Goal("achieve", "blinds", {"action": "set_position", "position": 300})
    step = step_of(wanted, window("21:00", "22:00"), known=evening(devices=half))
    assert step.parameters["at_end"] == {"action": "set_position", "position": 700}


@pytest.mark.parametrize(
    ("color", "back"), [("red", {"action": "set_color", "color": "red"}), ("mauve", None)]
)
def test_a_light_goes_back_to_the_color_that_it_had(
    color: str, back: dict[str, Any] | None
) -> None:
    shown = {"strip": DeviceState(state="on", observed_ms=NOW, attributes={"color": color})}
    wanted = Goal("achieve", "strip", {"action": "set_color", "color": "blue"})
    step = step_of(wanted, window("21:00", "22:00"), known=evening(devices=shown))
    assert step.parameters.get("at_end") == back


def test_what_it_may_not_be_set_back_to_stays() -> None:
    cold = {"heating": DeviceState(state="on", observed_ms=NOW, attributes={"temperature": 120})}
    step = step_of(WARM, window("21:00", "22:00"), known=evening(devices=cold))
    assert "at_end" not in step.parameters
    assert not step.is_span


@pytest.mark.parametrize(
    ("id", "action"),
    [("door", "unlock"), ("door", "lock"), ("garage", "open"), ("garage", "close")],
)
def test_what_lets_somebody_in_is_not_moved_by_a_guess(id: str, action: str) -> None:
    step = step_of(Goal("achieve", id, {"action": action}), window("21:00", "22:00"))
    assert "at_end" not in step.parameters


def test_what_is_hot_is_turned_off_and_not_on_again() -> None:
    step = step_of(Goal("achieve", "oven", {"action": "turn_on"}), window("21:00", "22:00"))
    assert step.parameters["at_end"] == {"action": "turn_off"}
    assert "confirm" in {rail.kind for rail in step.guardrails}
    step = step_of(Goal("achieve", "oven", {"action": "turn_off"}), window("21:00", "22:00"))
    assert "at_end" not in step.parameters


def test_a_span_that_is_over_is_not_the_next_days() -> None:
    later = msgspec.structs.replace(evening(), timestamp=NOW + 150 * MINUTE_MS)
    (bound,) = as_meant(task(ON, window("20:00", "22:00")), evening(), later).constraints
    today = {"from": {"clock": "20:00", "day": 0}, "to": {"clock": "22:00", "day": 0}}
    assert bound.value == today
    assert bound.lasts


def test_a_rule_that_forbids_it_is_named_beside_the_span() -> None:
    asked = task(ON, window("21:00", "23:00"), Constraint("power", 100))
    plan = planned(asked)
    assert plan.feasibility is FeasibilityStatus.INFEASIBLE
    assert plan.conflict is not None
    assert set(plan.conflict.rules) >= {"c2"}


class MayNotEnd(AllowAll):
    """A gate that lets nobody turn anything off."""

    def ruling(self, task: Any, device: Any, action: str, placement: Any, **at: int) -> Ruling:
        if action == "turn_off":
            return Ruling(is_allowed=False, reason="nobody may turn it off")
        return super().ruling(task, device, action, placement, **at)


class AsksForBoth(AllowAll):
    """A gate that wants a consent for each action."""

    def ruling(self, task: Any, device: Any, action: str, placement: Any, **at: int) -> Ruling:
        return Ruling(is_allowed=True, scope=f"{action}:light/{device.id}:{placement.value}")


def test_the_way_back_has_to_be_permitted() -> None:
    with pytest.raises(Denied, match="nobody may turn it off"):
        planned(task(ON, window("21:00", "22:00")), gate=MayNotEnd())
    assert planned(task(ON), gate=MayNotEnd()).steps


def test_the_way_back_has_to_be_consented_to() -> None:
    plan = planned(task(ON, window("21:00", "22:00")), gate=AsksForBoth())
    scopes = {"turn_on:light/light:local_device", "turn_off:light/light:local_device"}
    assert {scope for each in plan.consent_references for scope in each.scopes} == scopes
    rails = {rail.facts["scope"] for rail in plan.steps[0].guardrails if rail.kind == "consent"}
    assert rails == scopes
    assert plan.approval_required


# --- made anew in the middle of it


def later_of(plan: ExecutionPlan, minutes: int, *, running: bool, **known: Any) -> ExecutionPlan:
    now = NOW + minutes * MINUTE_MS
    grid = grid_from(now, hours=20)
    start = grid.slot_of(NOW) * -1
    series = {
        name: getattr(evening(), name)[start : start + grid.count]
        for name in ("import_price", "export_price", "base_load_w", "solar_w", "co2_g_per_kwh")
    }
    series |= {
        name: getattr(evening(), name)[start : start + grid.count] for name in ("home", "asleep")
    }
    quiet = evening().quiet[start : start + grid.count]
    snapshot = msgspec.structs.replace(
        evening(), timestamp=now, grid=grid, quiet=quiet, **{**series, **known}
    )
    ids = {step.step_id: step.start_ms for step in plan.steps} if running else {}
    planner = ExecutionPlanner(solved, AllowAll())
    later = asyncio.run(
        planner.replan(
            plan,
            FURNISHED,
            snapshot,
            affected=None,
            progress=Progress(begun=ids),
            reason="something drifted",
        )
    )
    assert check_plan(later, FURNISHED) == ()
    return later


def test_in_the_middle_of_it_the_way_back_stays() -> None:
    plan = planned(task(WARM, window("20:00", "22:00")), evening(devices=AT_19), home=FURNISHED)
    meanwhile = {
        "heating": DeviceState(state="on", observed_ms=NOW, attributes={"temperature": 220})
    }
    (step,) = later_of(plan, 50, running=True, devices=meanwhile).steps
    assert step.parameters["at_end"] == {"action": "set_temperature", "temperature": 190}
    assert step.end_ms == NOW + 2 * HOUR


def test_what_could_not_begin_with_it_is_had_for_what_is_left_of_it() -> None:
    plan = planned(task(ON, window("20:00", "22:00")), home=FURNISHED)
    (step,) = later_of(plan, 50, running=False).steps
    assert (step.start_ms, step.end_ms) == (NOW + 50 * MINUTE_MS, NOW + 2 * HOUR)
    assert step.parameters["at_end"] == {"action": "turn_off"}


# --- the check


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "nothing ends it": (
        {"is_span": False, "parameters": {"action": "turn_on"}},
        "nothing ends it when it is to end",
    ),
    "it ends early": (
        {"end_ms": NOW + 110 * MINUTE_MS, "estimated_duration_ms": 50 * MINUTE_MS},
        "it does not last from its beginning to its end",
    ),
    "it begins late": (
        {"start_ms": NOW + 70 * MINUTE_MS, "estimated_duration_ms": 50 * MINUTE_MS},
        "it does not last from its beginning to its end",
    ),
    "it is turned on again": (
        {"parameters": {"action": "turn_on", "at_end": {"action": "turn_on"}}},
        "what is to come after it does not take it back",
    ),
    "it cannot do that": (
        {"parameters": {"action": "turn_on", "at_end": {"action": "explode"}}},
        "light cannot do 'explode', which would end it",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_check_finds_a_span_that_is_not_kept(name: str) -> None:
    changes, text = BROKEN[name]
    plan = planned(task(ON, window("21:00", "22:00")), home=FURNISHED)
    assert check_plan(plan, FURNISHED) == ()
    (step,) = plan.steps
    broken = msgspec.structs.replace(plan, steps=(msgspec.structs.replace(step, **changes),))
    found = [each.text for each in check_plan(broken, FURNISHED)]
    assert any(text in each for each in found), found


def test_the_check_finds_a_rule_of_which_its_lasting_was_dropped() -> None:
    plan = planned(task(ON, until("22:00")), home=FURNISHED)
    rules = tuple(msgspec.structs.replace(rule, lasts=False) for rule in plan.constraints)
    found = [
        e.text for e in check_plan(msgspec.structs.replace(plan, constraints=rules), FURNISHED)
    ]
    assert "it lasts for no span of time" in found


def test_begun_late_it_still_ends_with_its_span_and_when_that_is_over_not_at_all() -> None:
    plan = planned(task(ON, window("21:00", "22:00")), home=FURNISHED)
    (step,) = plan.steps

    def amiss(minutes: int) -> list[str]:
        now = msgspec.structs.replace(evening(), timestamp=NOW + minutes * MINUTE_MS)
        found = findings_of(plan, FURNISHED, now, step, at_ms=now.timestamp, ended=())
        return [each.text for each in found]

    assert amiss(60) == []
    assert amiss(90) == []
    assert "its time is over" in amiss(120)
