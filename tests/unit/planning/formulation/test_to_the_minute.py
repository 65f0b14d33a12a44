"""A word to a device that draws nothing is said at the very time that was meant."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.planning.formulation.test_for_a_while import FURNISHED, step_of
from tests.unit.planning.scene import HOME, NOW, device, evening, planned, task

from tarl.planning.checker.plans import check_plan
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import Constraint, Goal


def _from(minutes: int) -> Constraint:
    return Constraint("earliest", {"in_minutes": minutes}, operator="gte", id="c1", is_start=True)


@pytest.mark.parametrize("minutes", [1, 7, 14, 15, 22, 100])
def test_it_begins_in_as_many_minutes_as_was_said(minutes: int) -> None:
    assert step_of("pump", "turn_on", _from(minutes)).start_ms == NOW + minutes * MINUTE_MS


def test_it_begins_to_the_minute_before_the_first_slot_too() -> None:
    known = msgspec.structs.replace(evening(), timestamp=NOW - 7 * MINUTE_MS)
    assert step_of("pump", "turn_on", _from(3), known=known).start_ms == NOW - 4 * MINUTE_MS


def test_what_lasts_past_its_slot_begins_with_one() -> None:
    duration = Constraint("duration", 30, operator="eq")
    begins = step_of("pump", "turn_off", _from(7), duration).start_ms
    assert begins == NOW + 15 * MINUTE_MS


def test_what_is_kept_from_the_slot_waits() -> None:
    span = {"from": {"in_minutes": 0}, "to": {"in_minutes": 20}}
    kept = Constraint("window", span, operator="neq", id="c2")
    soft = msgspec.structs.replace(_from(7), is_start=False)
    assert step_of("pump", "turn_on", soft, kept).start_ms >= NOW + 20 * MINUTE_MS


def test_what_draws_power_begins_with_a_slot() -> None:
    lamp = msgspec.structs.replace(device("spot", "light", "turn_on", "turn_off"), power_w=60)
    home = msgspec.structs.replace(HOME, devices=(*HOME.devices, lamp))
    goal = Goal("achieve", "spot", {"action": "turn_on"})
    hour = Constraint("duration", 60, operator="eq")
    (step,) = planned(task(goal, _from(7), hour), home=home).steps
    assert step.start_ms == NOW + 15 * MINUTE_MS


def test_a_plan_that_begins_at_another_minute_is_found_out() -> None:
    goal = Goal("achieve", "pump", {"action": "turn_on"})
    plan = planned(task(goal, _from(7)), home=FURNISHED)
    (step,) = plan.steps
    moved = msgspec.structs.replace(
        step, start_ms=step.start_ms + MINUTE_MS, end_ms=step.end_ms + MINUTE_MS
    )
    found = check_plan(msgspec.structs.replace(plan, steps=(moved,)), FURNISHED)
    assert "it does not begin with a slot" in {each.text for each in found}
