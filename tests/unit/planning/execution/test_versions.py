"""What is asked of the planner, and what of its answer is still to be done."""

from __future__ import annotations

import msgspec
from tests.unit.planning.execution.house import HOUR, MINUTE, NOW, plan, step

from tarl.planning.execution.handover import Drift
from tarl.planning.execution.versions import (
    dearer_by,
    later_by,
    original,
    what_is_left,
    what_to_plan,
)
from tarl.planning.plan import ExecutionPlan, ExecutionStep

CHARGE = {"action": "charge", "power_w": 7400}


def charge(id: str, *, at: int = 0, cost: int = 0) -> ExecutionStep:
    return step(id, at=at, lasts=HOUR, parameters=CHARGE, estimated_cost=cost)


def later(*steps: ExecutionStep) -> ExecutionPlan:
    return msgspec.structs.replace(plan(*steps), version=3)


def ids(found: ExecutionPlan) -> list[str]:
    return [each.step_id for each in found.steps]


def asked(found: ExecutionPlan, drift: Drift, *, ended: set[str], begun: dict[str, int]) -> dict:
    answer = what_to_plan(
        found, [drift], ended=ended, begun=begun, now_ms=NOW + 40 * MINUTE, drawn={}
    )
    return {
        "affected": answer.affected,
        "ended": set(answer.progress.ended),
        "begun": answer.progress.begun,
    }


def test_what_runs_stays_and_what_is_over_is_over() -> None:
    found = plan(step("washer", at=0), step("dryer", at=HOUR), step("light", at=HOUR))
    drift = Drift(kind="price", text="dear", affected=("dryer",))
    assert asked(found, drift, ended={"light"}, begun={"washer": NOW, "light": NOW}) == {
        "affected": ("dryer",),
        "ended": {"light"},
        "begun": {"washer": NOW},
    }


def test_drift_that_names_no_step_is_about_all() -> None:
    drift = Drift(kind="person", text="plan again")
    assert asked(plan(step("a", at=0)), drift, ended=set(), begun={})["affected"] is None


def test_the_rest_of_a_charge_is_planned_and_known_by_its_first_name() -> None:
    found = plan(charge("g1.car~2"))
    drift = Drift(kind="power", text="slow", affected=("g1.car~2",))
    answer = asked(found, drift, ended=set(), begun={"g1.car": NOW, "g1.car~2": NOW})
    assert answer == {"affected": ("g1.car",), "ended": set(), "begun": {}}
    assert asked(found, drift, ended={"g1.car~2"}, begun={})["ended"] == {"g1.car"}


def test_a_charge_in_several_steps_has_ended_with_all_of_them() -> None:
    found = plan(charge("g1.car.1"), charge("g1.car.2", at=2 * HOUR))
    drift = Drift(kind="price", text="dear")
    assert asked(found, drift, ended={"g1.car.1"}, begun={})["ended"] == {"g1.car.1"}
    both = asked(found, drift, ended={"g1.car.1", "g1.car.2"}, begun={})["ended"]
    assert both == {"g1.car.1", "g1.car.2", "g1.car"}


def test_what_ended_meanwhile_is_not_done_again() -> None:
    found = what_is_left(later(step("lock", at=0), step("dryer", at=0)), ended={"lock"}, parts=())
    assert ids(found) == ["dryer"]


def test_the_rest_has_an_id_of_its_own_and_what_depends_on_it_follows() -> None:
    full = later(charge("car"), step("wallbox", at=HOUR, dependencies=("car",)))
    found = what_is_left(full, ended=set(), parts={"car"})
    assert ids(found) == ["car~3", "wallbox"]
    assert found.steps[1].dependencies == ("car~3",)
    assert original("car~3") == "car"


def test_a_charge_that_is_to_go_on_after_one_that_ended_is_another() -> None:
    assert ids(what_is_left(later(charge("car.1")), ended={"car.1"}, parts=())) == ["car.1~3"]


def test_costs_are_compared_with_what_was_left() -> None:
    before = plan(charge("car", cost=500), step("dryer", at=0, estimated_cost=300))
    after = later(charge("car", cost=600))
    assert dearer_by(after, before, ended={"dryer"}) == 100
    assert dearer_by(after, before, ended=set()) == -200
    assert dearer_by(later(), before, ended={"car~2"}) == -300


def test_later_is_what_moved_furthest_of_what_had_not_begun() -> None:
    before = plan(step("a", at=0), step("b", at=HOUR))
    after = later(step("a", at=3 * HOUR), step("b", at=2 * HOUR), step("c", at=9 * HOUR))
    assert later_by(after, before, begun={"a"}) == HOUR
    assert later_by(after, before, begun=()) == 3 * HOUR
    assert later_by(before, after, begun=()) == 0
    assert later_by(later(), before, begun=()) == 0
