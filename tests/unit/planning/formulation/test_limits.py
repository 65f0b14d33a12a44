"""What a device may be set to: by its own limits, and by what is said of temperatures."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.planning.scene import HOME, NOW, by, device, evening, planned, runs, task

from tarl.errors import Invalid
from tarl.planning.checker.plans import check_plan
from tarl.planning.context import DeviceState
from tarl.planning.formulation.limits import as_ruled
from tarl.planning.formulation.measures import SETBACK
from tarl.planning.household import DeviceCapability
from tarl.planning.plan import ExecutionPlan
from tarl.planning.task import Constraint, Goal

HEATING = device(
    "pump", "heat_pump", "set_temperature", limits={"temperature": {"gte": 100, "lte": 250}}
)
LAMP = device("dimmer", "light", "set_brightness")
COLORED = msgspec.structs.replace(
    device("strip", "light", "set_color"),
    capabilities=(DeviceCapability("strip", "set_color", {"color": {"enum": ["red", "blue"]}}),),
)
WASHER = device(
    "washer_2", "laundry", "run", programs=(*runs(2, 500, "cotton 40"), *runs(3, 900, "cotton 60"))
)
FURNISHED = msgspec.structs.replace(HOME, devices=(*HOME.devices, HEATING, LAMP, COLORED, WASHER))
NOT_COLDER = Constraint("temperature", 180, operator="gte")
WARMEST = Constraint("temperature", 220, operator="lte")


def set_to(id: str, **values: Any) -> Goal:
    (name,) = values
    return Goal("achieve", id, {"action": f"set_{name}", **values})


def made(*parts: Goal | Constraint, **known: Any) -> ExecutionPlan:
    plan = planned(task(*parts), evening(**known), home=FURNISHED)
    assert check_plan(plan, FURNISHED) == ()
    return plan


def refused(*parts: Goal | Constraint) -> str:
    with pytest.raises(Invalid) as caught:
        made(*parts)
    return caught.value.code


@pytest.mark.parametrize("share", [-1, 1001])
def test_a_share_lies_between_nothing_and_all_without_any_limit(share: int) -> None:
    assert refused(set_to("dimmer", brightness=share)) == "plan.out_of_limits"


def test_a_word_that_a_device_does_not_take_is_refused_before_anything_is_planned() -> None:
    assert refused(set_to("strip", color="mauve")) == "plan.out_of_limits"
    (step,) = made(set_to("strip", color="blue")).steps
    assert step.parameters["color"] == "blue"


@pytest.mark.parametrize("share", [0, 1000])
def test_nothing_and_all_are_shares(share: int) -> None:
    (step,) = made(set_to("dimmer", brightness=share)).steps
    assert step.parameters["brightness"] == share


@pytest.mark.parametrize("level", [-1, 1001])
def test_a_store_is_not_charged_beyond_what_it_holds(level: int) -> None:
    charge = Goal("achieve", "car", {"action": "charge"})
    wanted = Constraint("level", level, operator="gte", goals=("g1",))
    assert refused(charge, wanted) == "plan.out_of_limits"


def test_a_setting_that_the_task_itself_rules_out_is_refused() -> None:
    assert refused(set_to("pump", temperature=230), WARMEST) == "plan.out_of_limits"
    made(set_to("pump", temperature=220), WARMEST)


def test_what_is_kept_stays_within_the_rules() -> None:
    assert refused(Goal("keep", "temperature", {"gte": 230}), WARMEST) == "plan.out_of_limits"


def test_a_program_is_warm_enough_as_far_as_its_name_tells() -> None:
    run = Goal("achieve", "washer_2", {"action": "run"})
    at_60 = Constraint("temperature", 600, operator="gte")
    plan = made(run, at_60, by("12:00"))
    assert [step.parameters["program"] for step in plan.steps] == ["cotton 60"]
    assert refused(run, Constraint("temperature", 900, operator="gte")) == "plan.program"


def test_saving_lets_no_room_get_colder_than_the_task_allows() -> None:
    away = (0,) * 64 + (1000,) * 32
    state = {"pump": DeviceState(state="on", observed_ms=NOW, attributes={"temperature": 190})}
    aim = Goal("minimize", "cost")

    def told(*parts: Goal | Constraint) -> set[int]:
        plan = made(*parts, devices=state, home=away)
        return {s.parameters["temperature"] for s in plan.steps if s.device_id == "pump"}

    assert told(aim) == {190 - SETBACK, 190}
    assert told(aim, NOT_COLDER) == {180, 190}
    assert told(aim, Constraint("temperature", 190, operator="gte")) == set()


def test_the_checker_finds_a_room_that_gets_colder_than_the_task_allows() -> None:
    plan = made(set_to("pump", temperature=170))
    ruled = msgspec.structs.replace(plan, constraints=(*plan.constraints, NOT_COLDER))
    assert {found.code for found in check_plan(ruled, FURNISHED)} >= {"check.rule"}


def test_hot_water_is_no_room() -> None:
    boiler = device("boiler", "water_heater", "set_temperature")
    assert as_ruled(boiler, {"temperature": 550}, [WARMEST]) == {"temperature": 550}
    assert as_ruled(HEATING, {"temperature": 550}, [WARMEST]) == {"temperature": 220}
