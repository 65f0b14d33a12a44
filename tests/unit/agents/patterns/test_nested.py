"""A pattern as an agent: it uses its turn's budget, has its authority from that turn, and hides no
refusal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.players import Forbidden, Player, refused
from tests.unit.agents.patterns.stage import Lender, NoSecrets, played

import tarl
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.debate import debate
from tarl.agents.patterns.handoff import handoff
from tarl.agents.patterns.nested import PatternAgent
from tarl.agents.patterns.sequential import sequential
from tarl.agents.roles import Argument, Evaluation, Judgement
from tarl.agents.session import Options
from tarl.agents.spending import Budget
from tarl.errors import Conflict


def talker(id: str) -> ModelAgent:
    return ModelAgent(id, ScriptedModel(f"m-{id}", "a b c"))


def test_its_output_is_the_agents_answer(tmp_path: Path) -> None:
    inner = PatternAgent("inner", sequential, [Player("a", run=lambda x: x + 1)])
    outer = [Player("b", run=lambda x: x * 10), inner, Player("c", run=lambda x: [x])]
    result = played(tmp_path, lambda ctx: sequential(ctx, outer, 1))
    assert (result.status, result.output) == ("solved", [11])
    assert [turn.agent for turn in result.turns] == ["b", "inner", "c"]


def test_patterns_nest_as_deep_as_one_likes(tmp_path: Path) -> None:
    agent: Any = Player("deepest", run=lambda x: [*x, "d"])
    for depth in range(5):
        agent = PatternAgent(f"depth-{depth}", sequential, [agent])
    result = played(tmp_path, lambda ctx: sequential(ctx, [agent], []))
    assert result.output == ["d"]


def test_what_its_agents_use_is_used_by_its_turn(tmp_path: Path) -> None:
    inner = PatternAgent("inner", sequential, [talker("a"), talker("b")])
    result = played(tmp_path, lambda ctx: sequential(ctx, [inner, talker("c")], "x"))
    assert [turn.usage.model_calls for turn in result.turns] == [2, 1]
    assert (result.usage.model_calls, result.source) == (3, "scripted")


def test_it_cannot_use_more_than_its_turn_may(tmp_path: Path) -> None:
    inner = PatternAgent(
        "inner",
        sequential,
        [talker("a"), talker("b"), talker("c")],
        options=Options(budget=Budget(model_calls=100)),
    )
    options = Options(budget=Budget(model_calls=2))
    result = played(tmp_path, lambda ctx: sequential(ctx, [inner], "x", options=options))
    assert result.status == "failed"
    assert "ended stopped" in result.reason
    assert result.usage.model_calls == 2


def test_authority_in_it_comes_from_the_agent_that_it_is(tmp_path: Path) -> None:
    lender = Lender()
    inner = PatternAgent(
        "inner", sequential, [Player("a"), Player("b")], options=Options(lending=lender)
    )
    played(tmp_path, lambda ctx: sequential(ctx, [Player("z"), inner], "x"))
    assert lender.lent_to[:2] == [("inner", "a", ()), ("a", "b", ())]


def arguing(judgement: Judgement, **options: Any) -> PatternAgent:
    sides = [Player(id, construct_argument=Argument(text=id)) for id in "ab"]
    bench = Player("judge", judge_debate=judgement)
    return PatternAgent("panel", debate, [*sides, bench], rounds_max=1, **options)


def test_an_end_without_a_solution_fails_the_turn_unless_it_is_accepted(tmp_path: Path) -> None:
    undecided = arguing(Judgement(reason="both"))
    result = played(tmp_path / "1", lambda ctx: sequential(ctx, [undecided], "x"))
    assert result.status == "failed"
    assert "agents.unsolved: panel ended exhausted: 1 rounds without a winner" in result.reason
    accepted = arguing(Judgement(reason="both"), accepts=("solved", "exhausted"))
    result = played(tmp_path / "2", lambda ctx: sequential(ctx, [accepted], "x"))
    assert (result.status, result.output["reason"]) == ("solved", "both")


def test_a_refusal_of_authority_passes_through_all_of_them(tmp_path: Path) -> None:
    inner = PatternAgent("inner", sequential, [Forbidden("a", "run")])
    first = Player("first", evaluate_task=Evaluation(can_handle=False))
    with pytest.raises(tarl.RunFailed, match="Denied"):
        played(tmp_path, lambda ctx: handoff(ctx, [first, inner], "x"), gate=NoSecrets())


def test_a_turn_that_is_late_withdraws_all_inside_it(tmp_path: Path) -> None:
    inner = PatternAgent("inner", sequential, [Player("a", delay_s=1e6)])
    options = Options(turn_timeout_s=5)
    result = played(tmp_path, lambda ctx: sequential(ctx, [inner], "x", options=options))
    assert (result.status, result.turns[0].ending) == ("failed", "timed_out")


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Conflict) as twice:
        PatternAgent("inner", sequential, [Player("a"), Player("a")])
    assert twice.value.code == "agents.duplicate"
    twins = [PatternAgent("inner", sequential, [Player(id)]) for id in "ab"]
    assert refused(tmp_path, lambda ctx: sequential(ctx, twins, "x")) == "agents.duplicate"
