"""What is to be so for a while, and what comes after it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.planning.scene import HOME, HOUR, NOW, device, evening, planned, task

from tarl.errors import Invalid
from tarl.planning.checker.plans import check_plan
from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.explanation.wording import doing
from tarl.planning.plan import ExecutionStep
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import Constraint, Goal

PUMP = device("pump", "heat_pump", "set_temperature", "turn_on", "turn_off")
DOOR = device("front", "lock", "lock", "unlock")
CAMERA = device("eye", "camera", "detect_people")
FURNISHED = msgspec.structs.replace(HOME, devices=(*HOME.devices, PUMP, DOOR, CAMERA))
TWO_HOURS = Constraint("duration", 120, operator="eq")
AT_21 = {"pump": DeviceState(state="on", observed_ms=NOW, attributes={"temperature": 210})}


def step_of(
    id: str,
    action: str,
    *bounds: Constraint,
    known: ContextSnapshot | None = None,
    **arguments: Any,
) -> ExecutionStep:
    goal = Goal("achieve", id, {"action": action, **arguments})
    plan = planned(task(goal, *bounds), known, home=FURNISHED)
    assert check_plan(plan, FURNISHED) == ()
    (step,) = plan.steps
    return step


def test_what_is_off_for_a_while_is_on_again() -> None:
    step = step_of("pump", "turn_off", TWO_HOURS)
    assert step.parameters["at_end"] == {"action": "turn_on"}
    assert step.end_ms - step.start_ms == 2 * HOUR
    assert doing(step.parameters) == "turn off and then turn on"
    assert "at_end" not in step_of("pump", "turn_off").parameters


def test_what_is_set_for_a_while_is_set_back() -> None:
    known = evening(devices=AT_21)
    step = step_of("pump", "set_temperature", TWO_HOURS, known=known, temperature=170)
    assert step.parameters["at_end"] == {"action": "set_temperature", "temperature": 210}
    assert doing(step.parameters) == (
        "set temperature to 17.0 °C and then set temperature to 21.0 °C"
    )


@pytest.mark.parametrize(
    ("id", "action", "arguments"),
    [
        ("pump", "set_temperature", {"temperature": 170}),
        ("front", "lock", {}),
    ],
)
def test_what_nobody_knows_the_end_of_is_refused(
    id: str, action: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refused:
        step_of(id, action, TWO_HOURS, **arguments)
    assert refused.value.code == "plan.no_end"
    assert step_of(id, action, **arguments).parameters == {"action": action, **arguments}


def test_what_is_found_out_does_not_last() -> None:
    assert step_of("eye", "detect_people", TWO_HOURS).end_ms == NOW + MINUTE_MS


def test_what_draws_nothing_begins_at_once_however_long_it_lasts() -> None:
    known = msgspec.structs.replace(evening(), timestamp=NOW - 7 * MINUTE_MS)
    step = step_of("pump", "turn_off", TWO_HOURS, known=known)
    assert (step.start_ms, step.end_ms) == (NOW - 7 * MINUTE_MS, NOW + 2 * HOUR - 7 * MINUTE_MS)


def test_what_has_no_programs_runs_when_it_is_on() -> None:
    """``turn on the fountain`` of a thing whose kind says nothing is read as to run it."""
    fountain = device("fountain", "thing", "turn_on", "turn_off")
    home = msgspec.structs.replace(HOME, devices=(*HOME.devices, fountain))
    plan = planned(task(Goal("achieve", "fountain", {"action": "run"}), TWO_HOURS), home=home)
    assert check_plan(plan, home) == ()
    (step,) = plan.steps
    assert step.parameters["action"] == "turn_on"
    assert step.parameters["at_end"] == {"action": "turn_off"}
    assert step.end_ms - step.start_ms == 2 * HOUR


def test_what_can_neither_run_nor_be_turned_on_is_refused() -> None:
    bell = device("bell", "thing", "ring")
    home = msgspec.structs.replace(HOME, devices=(*HOME.devices, bell))
    with pytest.raises(Invalid) as caught:
        planned(task(Goal("achieve", "bell", {"action": "run"})), home=home)
    assert caught.value.code == "plan.cannot"
