"""The same input for all, and one answer made of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.stage import (
    Chair,
    Inline,
    NoSecrets,
    Plain,
    Secretive,
    endings,
    kinds_of,
    played,
)

import tarl
from tarl.agents.crew import even_shares
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.parallel import first, parallel
from tarl.agents.session import Options
from tarl.agents.spending import Budget

NO = ValueError("no")


def test_answers_are_aggregated_in_the_agents_order(tmp_path: Path) -> None:
    agents = [Plain("a", 1, delay_s=3), Inline("b", 2), Plain("c", 3, delay_s=1)]
    result = played(tmp_path, lambda ctx: parallel(ctx, agents, "x", aggregate=lambda v: v[::-1]))
    assert (result.status, result.output) == ("solved", [3, 2, 1])
    assert result.details["answered"] == ["a", "b", "c"]


def test_a_quorum_ends_it_and_the_rest_is_withdrawn(tmp_path: Path) -> None:
    agents = [Plain("a", 1, delay_s=9), Inline("b", 2), Plain("c", 3, delay_s=1)]
    result = played(tmp_path, lambda ctx: parallel(ctx, agents, "x", quorum=2))
    assert (result.status, result.output) == ("solved", [2, 3])
    assert endings(result)[-1] == ("a", "withdrawn")
    assert result.details["withdrawn"] == ["a"]
    assert kinds_of(tmp_path)["step.cancelled/1"] == 1


def test_the_first_success_wins_over_earlier_failures(tmp_path: Path) -> None:
    agents = [Inline("bad", NO), Plain("good", "yes", delay_s=1), Plain("late", delay_s=1e6)]
    result = played(tmp_path, lambda ctx: parallel(ctx, agents, 0, quorum=1, aggregate=first))
    assert (result.status, result.output) == ("solved", "yes")
    assert result.details["failed"] == {"bad": "ValueError: no"}


def test_it_fails_as_soon_as_the_quorum_cannot_be_reached(tmp_path: Path) -> None:
    agents = [Inline("a", NO), Plain("b", NO, delay_s=1), Plain("c", delay_s=1e6)]
    result = played(tmp_path, lambda ctx: parallel(ctx, agents, 0, quorum=2))
    assert (result.status, result.reason) == ("failed", "0 of 2 answers that it takes")
    assert endings(result) == [("a", "failed"), ("b", "failed"), ("c", "withdrawn")]


def test_as_many_as_possible(tmp_path: Path) -> None:
    agents = [Inline("a", NO), Plain("b", 1, delay_s=2), Plain("c", 2)]
    result = played(tmp_path, lambda ctx: parallel(ctx, agents, 0, quorum=1, waits_for_all=True))
    assert (result.status, result.output) == ("solved", [1, 2])


def test_an_agent_may_aggregate_and_its_failure_is_the_patterns(tmp_path: Path) -> None:
    agents = [Plain("a", 1), Plain("b", 2)]
    chair = Chair("chair", lambda told: [each["answer"] for each in told])
    good = played(tmp_path, lambda ctx: parallel(ctx, agents, 0, aggregate=chair))
    assert good.output == [1, 2]
    assert good.turns[-1].role == "aggregate_results"
    bad = played(
        tmp_path / "bad", lambda ctx: parallel(ctx, agents, 0, aggregate=Chair("chair", NO))
    )
    assert (bad.status, bad.output) == ("failed", [1, 2])


def test_a_refusal_aborts_whoever_has_answered(tmp_path: Path) -> None:
    agents = [Inline("a", 1), Plain("b", delay_s=1e6), Secretive("c", delay_s=1)]
    with pytest.raises(tarl.RunFailed, match="secret was denied"):
        played(
            tmp_path,
            lambda ctx: parallel(ctx, agents, 0, quorum=2, waits_for_all=True),
            gate=NoSecrets(),
        )
    assert kinds_of(tmp_path)["step.cancelled/1"] == 1


@pytest.mark.parametrize("together_max", [1, 2, 3])
def test_the_budget_is_split_and_never_passed(tmp_path: Path, together_max: int) -> None:
    asked: list[str] = []

    class Twice(ModelAgent):
        async def run(self, input: Any) -> Any:
            asked.append(self.id)
            return [await super().run(input), await super().run(input)]

    agents = [Twice(id, ScriptedModel("m", "fine")) for id in "abc"]
    options = Options(budget=Budget(model_calls=5))
    result = played(
        tmp_path,
        lambda ctx: parallel(ctx, agents, "x", options=options, together_max=together_max),
    )
    assert result.status == "stopped"
    assert "c:" in result.reason
    assert result.output == [["fine", "fine"], ["fine", "fine"]]
    assert result.usage.model_calls == 5


def test_nobody_takes_the_others_part_of_the_budget(tmp_path: Path) -> None:
    class Greedy(ModelAgent):
        async def run(self, input: Any) -> Any:
            for _ in range(4):
                answer = await super().run(input)
            return answer

    agents = [Greedy("greedy", ScriptedModel("m", "more")), Plain("b", delay_s=1)]
    agents.append(ModelAgent("c", ScriptedModel("m", "fine")))
    options = Options(budget=Budget(model_calls=6))
    result = played(tmp_path, lambda ctx: parallel(ctx, agents, "x", options=options))
    assert (result.status, result.output) == ("stopped", ["x", "fine"])
    assert result.by_agent()["greedy"][0].usage.model_calls == 2


def test_equal_shares_are_the_whole() -> None:
    parts = even_shares(Budget(tokens=11, model_calls=2), 3)
    assert [part.tokens for part in parts] == [4, 4, 3]
    assert [part.model_calls for part in parts] == [1, 1, 0]
    assert [part.cost_micro for part in parts] == [None, None, None]


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.duplicate", [Plain("a"), Plain("a")], {}),
        ("agents.duplicate", [Plain("a")], {"aggregate": Chair("a")}),
        ("agents.quorum", [Plain("a")], {"quorum": 2}),
        ("agents.quorum", [Plain("a")], {"quorum": 0}),
        ("agents.together", [Plain("a")], {"together_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Plain], settings: dict[str, Any]
) -> None:
    caught: list[str] = []

    async def act(ctx: tarl.Context) -> Any:
        try:
            return await parallel(ctx, agents, 1, **settings)
        except tarl.TarlError as error:
            caught.append(error.code)
            raise

    with pytest.raises(tarl.RunFailed):
        played(tmp_path, act)
    assert set(caught) == {code}
    assert all(not agent.heard for agent in agents)
