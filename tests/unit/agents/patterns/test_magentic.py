"""A planner with a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.players import Forbidden, Player, answers_come, refused
from tests.unit.agents.patterns.stage import NoSecrets, endings, played

import tarl
from tarl.agents.patterns.magentic import magentic
from tarl.agents.roles import Plan, Step
from tarl.agents.session import Ask, Options
from tarl.agents.stop import TurnsMax


def steps(*named: tuple[str, Any]) -> tuple[Step, ...]:
    return tuple(Step(id=f"p{at}", agent=id, input=given) for at, (id, given) in enumerate(named))


def planner(*plans: Any, **options: Any) -> Player:
    """Gives its plans in order, and is done with all answers after the last one."""

    def plan(told: dict[str, Any]) -> Any:
        if told["plan"] <= len(plans):
            return plans[told["plan"] - 1]
        done = [step["answer"] for step in told["steps"] if step["status"] == "done"]
        return Plan(is_done=True, answer=done)

    return Player("lead", plan_task=plan, **options)


def ledger(result: Any) -> list[tuple[str, str, str]]:
    return [(step["step"], step["agent"], step["status"]) for step in result.details["steps"]]


def test_steps_are_taken_in_order_and_the_planner_says_when_it_is_done(tmp_path: Path) -> None:
    lead = planner(
        Plan(facts=("one",), steps=steps(("a", 1), ("b", 2))),
        Plan(facts=("one", "two"), steps=steps(("a", 3))),
    )
    result = played(tmp_path, lambda ctx: magentic(ctx, [lead, Player("a"), Player("b")], "task"))
    assert (result.status, result.output) == ("solved", [1, 2, 3])
    assert result.details["plans"] == 3
    assert [step["plan"] for step in result.details["steps"]] == [1, 1, 2]


def test_the_planner_sees_the_whole_ledger(tmp_path: Path) -> None:
    lead = planner(
        Plan(facts=("known",), steps=steps(("a", 1))), Plan(facts=("known",), steps=steps(("a", 2)))
    )
    played(tmp_path, lambda ctx: magentic(ctx, [lead, Player("a", capabilities=["x"])], "task"))
    told = next(given[0] for _, given in lead.heard if given[0]["plan"] == 3)
    assert told["facts"] == ["known"]
    assert told["team"] == [{"id": "a", "capabilities": ["x"], "description": ""}]
    assert [step["answer"] for step in told["steps"]] == [1, 2]


def test_a_step_that_fails_ends_the_plan_and_it_plans_anew(tmp_path: Path) -> None:
    lead = planner(Plan(steps=steps(("a", 1), ("b", 2), ("a", 3))), Plan(steps=steps(("a", 4))))
    agents = [lead, Player("a"), Player("b", run=ValueError("no"))]
    result = played(tmp_path, lambda ctx: magentic(ctx, agents, "task"))
    assert (result.status, result.output) == ("solved", [1, 4])
    assert ledger(result) == [
        ("p0", "a", "done"),
        ("p1", "b", "failed"),
        ("p2", "a", "dropped"),
        ("p0", "a", "done"),
    ]
    assert result.details["steps"][1]["error"] == "ValueError: no"


def test_steps_for_nobody_and_for_the_planner_itself_are_refused(tmp_path: Path) -> None:
    lead = planner(Plan(steps=steps(("nobody", 1))), Plan(steps=steps(("lead", 1))))
    result = played(tmp_path, lambda ctx: magentic(ctx, [lead, Player("a")], "task"))
    assert (result.status, result.output) == ("solved", [])
    assert ledger(result) == [("p0", "nobody", "refused"), ("p0", "lead", "refused")]


def test_plans_that_come_to_nothing_are_a_stall(tmp_path: Path) -> None:
    plans = [Plan(steps=steps(("a", 1))), Plan(), Plan(steps=steps(("b", 1))), Plan(), Plan()]
    agents = [planner(*plans), Player("a"), Player("b", run=ValueError("no"))]
    result = played(tmp_path, lambda ctx: magentic(ctx, agents, "task"))
    assert (result.status, result.reason) == ("exhausted", "3 plans in a row came to nothing")
    assert (result.output, result.details["plans"]) == (1, 4)


def test_the_number_of_plans_is_bounded(tmp_path: Path) -> None:
    lead = Player("lead", plan_task=Plan(steps=steps(("a", 7))))
    result = played(tmp_path, lambda ctx: magentic(ctx, [lead, Player("a")], "t", plans_max=4))
    assert (result.status, result.reason, result.output) == ("exhausted", "4 plans", 7)


def test_a_planner_that_fails_or_answers_something_else_fails_it(tmp_path: Path) -> None:
    for name, said in (("raises", ValueError("no")), ("wrong", {"steps": [{"id": 1}]})):
        agents = [Player("lead", plan_task=said), Player("a")]
        result = played(tmp_path / name, lambda ctx, agents=agents: magentic(ctx, agents, "t"))
        assert result.status == "failed"
        assert "lead.plan_task" in result.reason


def test_a_step_that_hangs_is_timed_out(tmp_path: Path) -> None:
    agents = [planner(Plan(steps=steps(("a", 1)))), Player("a", delay_s=1e6)]
    options = Options(turn_timeout_s=5)
    result = played(tmp_path, lambda ctx: magentic(ctx, agents, "t", options=options))
    assert (result.status, result.output) == ("solved", [])
    assert endings(result)[1] == ("a", "timed_out")


def test_a_refusal_of_authority_aborts(tmp_path: Path) -> None:
    agents = [planner(Plan(steps=steps(("a", 1)))), Forbidden("a", "run")]
    with pytest.raises(tarl.RunFailed, match="Denied"):
        played(tmp_path, lambda ctx: magentic(ctx, agents, "t"), gate=NoSecrets())


def test_stop_conditions_and_people_keep_what_was_done(tmp_path: Path) -> None:
    agents = [planner(Plan(steps=steps(("a", 1), ("b", 2), ("a", 3)))), Player("a"), Player("b")]
    options = Options(stop=TurnsMax(2))
    result = played(tmp_path / "1", lambda ctx: magentic(ctx, agents, "t", options=options))
    assert (result.status, result.output) == ("stopped", 1)
    assert ledger(result) == [
        ("p0", "a", "done"),
        ("p1", "b", "dropped"),
        ("p2", "a", "dropped"),
    ]
    ask = Options(ask=Ask(before=("b",), approvers=("ada",), expires_s=60))
    result = played(
        tmp_path / "2", lambda ctx: magentic(ctx, agents, "t", options=ask), during=answers_come
    )
    assert (result.status, result.output) == ("stopped", 1)
    assert "b was expired" in result.reason


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.too_few", [planner()], {}),
        ("agents.role", [Player("a"), Player("b")], {}),
        ("agent.role", [planner(), Player("b")], {"planner": "b"}),
        ("agents.unknown", [planner(), Player("b")], {"planner": "c"}),
        ("agents.duplicate", [planner(), Player("b"), Player("b")], {}),
        ("agents.bound", [planner(), Player("b")], {"plans_max": 0}),
        ("agents.bound", [planner(), Player("b")], {"stall_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Any], settings: dict[str, Any]
) -> None:
    assert refused(tmp_path, lambda ctx: magentic(ctx, agents, "t", **settings)) == code
    assert not any(agent.heard for agent in agents)
