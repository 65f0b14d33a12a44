"""What people want from then till then begins then and ends then, in all five languages."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.unit.planning.scene import AllowAll, device

import tarl.interfaces.demo.home as demo
from tarl.planning.checker.plans import check_plan
from tarl.planning.context import DeviceState
from tarl.planning.explanation.explained import explain
from tarl.planning.formulation.formulate import Effort
from tarl.planning.making import Asker, PlanMaker, task_of
from tarl.planning.plan import ExecutionPlan
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.problem import Problem, Solution
from tarl.planning.slots import zone_named
from tarl.planning.solver.solve import solve_here
from tarl.planning.sources.snapshot import home_at
from tarl.planning.task import TaskSpec, TrustTier
from tarl.values.instants import from_datetime, to_datetime

NOW_MS = from_datetime(datetime(2026, 11, 18, 14, 7, tzinfo=UTC))
"""16:07 in Helsinki."""
QUICK = Effort(alternatives=0, are_rules_priced=False, time_limit_ms=3_000)
HOME = home_at(Path(demo.__file__).parent / "household.yaml", must=False)


async def solve(problem: Problem) -> Solution:
    return solve_here(problem)


def asked(sentence: str, language: str = "en") -> TaskSpec:
    who = Asker(user_id="anna", trust_tier=TrustTier.TRUSTED)
    return task_of(sentence, HOME.household, who, task_id="t", now_ms=NOW_MS, language=language)


def planned(sentence: str, language: str = "en", **states: DeviceState) -> ExecutionPlan:
    maker = PlanMaker(HOME, ExecutionPlanner(solve, AllowAll()))
    task = asked(sentence, language)
    snapshot = maker.snapshot(now_ms=NOW_MS, task=task)
    known = {id.replace("__", "."): state for id, state in states.items()}
    snapshot = msgspec.structs.replace(snapshot, devices={**snapshot.devices, **known})
    plan = asyncio.run(maker.plan(task, snapshot, plan_id="p", effort=QUICK))
    assert check_plan(plan, HOME.household) == ()
    return plan


def spans(plan: ExecutionPlan) -> list[str]:
    """What is done from when till when, and what comes after it."""
    zone = zone_named("Europe/Helsinki")

    def wall(ms: int) -> str:
        return f"{to_datetime(ms).astimezone(zone):%a %H:%M}"

    return [
        f"{step.parameters['action']} {wall(step.start_ms)} to {wall(step.end_ms)[4:]}"
        + ("" if "at_end" not in step.parameters else f" {step.parameters['at_end']['action']}")
        for step in plan.steps
    ]


SIX_TO_SEVEN = "turn_on Wed 18:00 to 19:00 turn_off"
TILL_TEN = "turn_on Wed 16:07 to 22:00 turn_off"


@pytest.mark.parametrize(
    ("language", "sentence", "meant"),
    [
        ("en", "turn on the kitchen light from 18:00 to 19:00", SIX_TO_SEVEN),
        ("en", "turn the kitchen light on between 6 pm and 7 pm", SIX_TO_SEVEN),
        ("en", "turn on the kitchen light until 10 pm", TILL_TEN),
        ("en", "keep the kitchen light on till 10 pm", TILL_TEN),
        ("en", "turn on the kitchen light by 10 pm", "turn_on Wed 16:07 to 16:08"),
        ("en", "turn on the kitchen light in the evening", "turn_on Wed 18:00 to 18:01"),
        ("en", "turn on the kitchen light tonight", "turn_on Wed 18:00 to 18:01"),
        ("en", "turn off the heating from 10 pm to 6 am", "turn_off Wed 22:00 to 06:00 turn_on"),
        (
            "en",
            "turn on the kitchen light from 18:05 to 18:12",
            "turn_on Wed 18:05 to 18:12 turn_off",
        ),
        (
            "en",
            "turn on the kitchen light at 6 pm until midnight",
            "turn_on Wed 18:00 to 00:00 turn_off",
        ),
        (
            "en",
            "turn on the kitchen light on Saturday from 18:00 to 19:00",
            "turn_on Sat 18:00 to 19:00 turn_off",
        ),
        (
            "en",
            "turn on the kitchen light from 8 till noon",
            "turn_on Thu 08:00 to 12:00 turn_off",
        ),
        ("de", "Schalte das Küchenlicht von 18 bis 19 Uhr ein", SIX_TO_SEVEN),
        ("de", "Lass das Küchenlicht bis 22 Uhr an", TILL_TEN),
        ("de", "Schalte das Küchenlicht vor 22 Uhr ein", "turn_on Wed 16:07 to 16:08"),
        ("de", "Schalte das Küchenlicht bis spätestens 22 Uhr ein", "turn_on Wed 16:07 to 16:08"),
        ("de", "Schalte das Küchenlicht bis 22 Uhr aus", "turn_off Wed 16:07 to 16:08"),
        ("fr", "allume la lumière de la cuisine de 18 h à 19 h", SIX_TO_SEVEN),
        ("fr", "allume la lumière de la cuisine jusqu'à 22 h", TILL_TEN),
        ("fr", "allume la lumière de la cuisine avant 22 h", "turn_on Wed 16:07 to 16:08"),
        ("es", "enciende la luz de la cocina de 18:00 a 19:00", SIX_TO_SEVEN),
        ("es", "enciende la luz de la cocina hasta las 22:00", TILL_TEN),
        ("es", "enciende la luz de la cocina antes de las 22:00", "turn_on Wed 16:07 to 16:08"),
        ("zh", "从18点到19点打开厨房的灯", SIX_TO_SEVEN),
        ("zh", "打开厨房的灯直到晚上十点", TILL_TEN),
        ("zh", "把厨房的灯开到晚上十点", TILL_TEN),
        ("zh", "晚上十点前打开厨房的灯", "turn_on Wed 16:07 to 16:08"),
    ],
)
def test_what_is_wanted_for_a_span_of_time_ends_with_it(
    language: str, sentence: str, meant: str
) -> None:
    assert spans(planned(sentence, language)) == [meant]


def test_a_length_or_an_aim_beside_it_chooses_a_part_of_it() -> None:
    plan = planned("turn on the kitchen light for an hour between 6 pm and 10 pm")
    (step,) = plan.steps
    assert step.end_ms - step.start_ms == 3_600_000
    assert not step.is_span
    plan = planned("turn on the kitchen light between 6 pm and 10 pm when power is cheapest")
    assert not plan.steps[0].is_span


def test_each_of_several_ends_with_it() -> None:
    plan = planned("turn on the kitchen light and the living room light from 8 pm to 10 pm")
    assert spans(plan) == ["turn_on Wed 20:00 to 22:00 turn_off"] * 2


def test_what_forbids_a_part_of_it_leaves_the_rest() -> None:
    plan = planned("turn on the living room light from 6 pm to midnight unless someone is asleep")
    (said,) = spans(plan)
    assert said == "turn_on Wed 18:00 to 23:00 turn_off"


WARM = DeviceState(state="on", observed_ms=NOW_MS, attributes={"temperature": 195})
OFF = DeviceState(state="off", observed_ms=NOW_MS)
DIMMED = DeviceState(state="on", observed_ms=NOW_MS, attributes={"brightness": 700})


@pytest.mark.parametrize("verb", ["heat the living room to 22", "keep the living room at 22"])
def test_a_temperature_goes_back_to_what_it_was(verb: str) -> None:
    plan = planned(f"{verb} from 6 pm to 8 pm", heat_pump=WARM)
    (step,) = plan.steps
    assert spans(plan) == ["set_temperature Wed 18:00 to 20:00 set_temperature"]
    assert step.parameters["at_end"] == {"action": "set_temperature", "temperature": 195}


def test_a_light_that_is_dimmed_goes_back_to_how_it_was() -> None:
    sentence = "dim the kitchen light to 30 % from 8 pm to 10 pm"
    (step,) = planned(sentence, light__kitchen=DIMMED).steps
    assert step.parameters["at_end"] == {"action": "set_brightness", "brightness": 700}
    (step,) = planned(sentence, light__kitchen=OFF).steps
    assert step.parameters["at_end"] == {"action": "turn_off"}


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "heat the living room to 22 from 6 pm to 8 pm",
            "Heat pump stays so afterwards: how it was before is not known",
        ),
        (
            "lock the front door from 10 pm to 6 am",
            "Front door stays so afterwards: what comes then has to be said",
        ),
    ],
)
def test_what_stays_is_said_to_stay(sentence: str, said: str) -> None:
    plan = planned(sentence)
    assert "at_end" not in plan.steps[0].parameters
    assert said in explain(plan, HOME.household).doubts


def test_what_is_off_already_stays_off_and_is_said_to() -> None:
    plan = planned("turn off the kitchen light from 6 pm to 7 pm", light__kitchen=OFF)
    assert "at_end" not in plan.steps[0].parameters
    said = "Kitchen light stays off afterwards: it is off now"
    assert said in explain(plan, HOME.household).doubts


def test_the_way_back_is_shown() -> None:
    plan = planned("turn on the kitchen light from 6 pm to 7 pm")
    (words,) = explain(plan, HOME.household).steps
    assert (words.when, words.action) == ("18:00 to 19:00", "turn on and then turn off")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "unlock the front door from 6 pm to 7 pm"),
        ("en", "unlock the front door until 7 pm"),
        ("en", "open the garage from 6 pm to 7 pm"),
        ("de", "Entriegle die Haustür von 18 bis 19 Uhr"),
        ("de", "Öffne das Garagentor bis 19 Uhr"),
        ("fr", "déverrouille la porte d'entrée de 18 h à 19 h"),
        ("es", "abre la puerta principal de 18:00 a 19:00"),
        ("zh", "从18点到19点打开车库门"),
    ],
)
def test_nobody_guesses_what_comes_after_what_lets_somebody_in(
    language: str, sentence: str
) -> None:
    questions = [question.slot for question in asked(sentence, language).questions]
    assert questions == ["g1.at_end"]


@pytest.mark.parametrize(
    "sentence",
    [
        "unlock the front door from 6 pm to 7 pm and lock it at 7 pm",
        "unlock the front door at 6 pm and lock it at 7 pm",
        "unlock the front door by 7 pm",
        "lock the front door until 6 am",
    ],
)
def test_what_is_said_is_not_asked(sentence: str) -> None:
    assert asked(sentence).questions == ()


def test_blinds_are_no_door() -> None:
    blinds = device("cover.blinds", "blinds", "open", "close", name="Blinds")
    home = msgspec.structs.replace(HOME.household, devices=(*HOME.household.devices, blinds))
    who = Asker(user_id="anna", trust_tier=TrustTier.TRUSTED)
    sentence = "open the blinds from 8 till noon"
    task = task_of(sentence, home, who, task_id="t", now_ms=NOW_MS)
    assert task.questions == ()
    assert task.constraints[0].lasts
