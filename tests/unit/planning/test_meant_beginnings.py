"""What people say of a beginning is what the plan does: at, after, from, for a while."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.planning.scene import AllowAll

import tarl.interfaces.demo.home as demo
from tarl.planning.checker.plans import check_plan
from tarl.planning.formulation.formulate import Effort
from tarl.planning.language.beginnings import begins_then
from tarl.planning.making import Asker, PlanMaker, task_of
from tarl.planning.plan import ExecutionPlan
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.problem import Problem, Solution
from tarl.planning.slots import zone_named
from tarl.planning.solver.solve import solve_here
from tarl.planning.sources.snapshot import home_at
from tarl.planning.task import TrustTier, When
from tarl.values.instants import from_datetime, to_datetime

EVENING_MS = from_datetime(datetime(2026, 11, 18, 17, tzinfo=UTC))
"""19:00 in Helsinki; power is cheapest after noon of the next day."""
QUICK = Effort(alternatives=0, are_rules_priced=False, time_limit_ms=3_000)


async def solve(problem: Problem) -> Solution:
    return solve_here(problem)


def planned(sentence: str) -> ExecutionPlan:
    home = home_at(Path(demo.__file__).parent / "household.yaml", must=False)
    maker = PlanMaker(home, ExecutionPlanner(solve, AllowAll()))
    who = Asker(user_id="anna", trust_tier=TrustTier.TRUSTED)
    task = task_of(sentence, home.household, who, task_id="t", now_ms=EVENING_MS)
    snapshot = maker.snapshot(now_ms=EVENING_MS)
    plan = asyncio.run(maker.plan(task, snapshot, plan_id="p", effort=QUICK))
    assert not (plan.steps and check_plan(plan, home.household))
    return plan


def begins(sentence: str) -> str:
    at = to_datetime(planned(sentence).steps[0].start_ms)
    return f"{at.astimezone(zone_named('Europe/Helsinki')):%a %H:%M}"


@pytest.mark.parametrize(
    ("sentence", "at"),
    [
        ("run the dishwasher at 8pm", "Wed 20:00"),
        ("run the dishwasher at 8pm, under 0.90 euro", "Wed 20:00"),
        ("run the dishwasher at 11am", "Thu 11:00"),
        ("run the dishwasher in an hour", "Wed 20:00"),
        ("turn on the heat pump for 10 minutes", "Wed 19:00"),
        ("turn on the kitchen light for 10 minutes", "Wed 19:00"),
    ],
)
def test_what_is_to_begin_then_does(sentence: str, at: str) -> None:
    assert begins(sentence) == at


@pytest.mark.parametrize("word", ["after", "from", "not before"])
def test_what_may_begin_later_waits_for_cheap_power(word: str) -> None:
    later = begins(f"run the dishwasher {word} 8pm")
    assert later.startswith("Thu 1"), "the cheapest time, not the first"


def test_for_a_while_may_wait_where_it_is_said() -> None:
    assert begins("turn on the heat pump for 30 minutes when power is cheapest") != "Wed 19:00"
    assert begins("turn on the heat pump for 30 minutes before 7am").startswith("Thu")


def test_a_beginning_that_quiet_hours_forbid_is_a_conflict_with_ways_out() -> None:
    refused = planned("run the dishwasher at 9pm")
    assert refused.steps == ()
    assert refused.conflict is not None
    assert set(refused.conflict.rules) == {"c1", "house:quiet"}
    assert refused.conflict.ways_out


@pytest.mark.parametrize(
    ("said", "is_start"),
    [
        ("at 9am", True),
        ("when I get home", True),
        ("starting at 10", True),
        ("after 9am", False),
        ("from 9 on", False),
        ("um 9 Uhr", True),
        ("ab 9 Uhr", False),
        ("nach 9 Uhr", False),
        ("à 9 heures", True),
        ("après 9 heures", False),
        ("a las 9", True),
        ("después de las 9", False),
        ("晚上9点", True),
        ("晚上9点以后", False),
    ],
)
def test_words_of_five_languages(said: str, is_start: bool) -> None:
    assert begins_then(When(clock="09:00"), said) is is_start


def test_from_now_is_a_beginning() -> None:
    assert begins_then(When(in_minutes=10), "10分钟之后")
