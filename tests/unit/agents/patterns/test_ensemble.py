"""Experts and who combines what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.stage import (
    Chair,
    Inline,
    Lender,
    NoSecrets,
    Plain,
    Secretive,
    endings,
    played,
)

import tarl
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.ensemble import ensemble
from tarl.agents.result import Result
from tarl.agents.session import Options
from tarl.agents.spending import Budget

NO = ValueError("no")


def consult(directory: Path, agents: list[Any], chair: Any, **settings: Any) -> Result:
    return played(
        directory, lambda ctx: ensemble(ctx, agents, "task", synthesizer=chair, **settings)
    )


def test_every_answer_and_every_failure_reaches_the_synthesizer(tmp_path: Path) -> None:
    agents = [Plain("a", 1, delay_s=3), Inline("b", NO), Inline("c", 3)]
    result = consult(tmp_path, agents, Chair("chair"), weights={"c": 5})
    assert result.status == "solved"
    assert result.output == {
        "task": "task",
        "answers": [
            {"agent": "c", "answer": 3, "weight": 5},
            {"agent": "a", "answer": 1, "weight": 1},
        ],
        "failed": [{"agent": "b", "error": "ValueError: no"}],
    }
    assert result.turns[-1].role == "synthesize"
    assert result.details["failed"] == {"b": "ValueError: no"}


def test_the_heaviest_who_can_are_the_experts(tmp_path: Path) -> None:
    agents = [
        Inline("a", capabilities=["law"]),
        Inline("b", capabilities=["law", "tax"]),
        Inline("c", capabilities=["tax"]),
        Inline("d", capabilities=["law"]),
    ]
    result = consult(
        tmp_path, agents, Chair("chair"), needs=["law"], top_k=2, weights={"d": 3, "b": 2}
    )
    assert result.details["answered"] == ["d", "b"]


def test_strangers_are_no_experts(tmp_path: Path) -> None:
    options = Options(lending=Lender("a"))
    result = consult(tmp_path, [Inline("a"), Inline("b")], Chair("chair"), options=options)
    assert result.details["answered"] == ["b"]


@pytest.mark.parametrize("named", [None, "chair"])
def test_the_synthesizer_may_be_one_of_the_agents(tmp_path: Path, named: str | None) -> None:
    agents = [Inline("a", 1), Chair("chair"), Inline("b", 2)]
    result = consult(tmp_path, agents, named)
    assert [each["agent"] for each in result.output["answers"]] == ["a", "b"]
    assert [turn.agent for turn in result.turns].count("chair") == 1


def test_too_few_experts_fail_it_and_nobody_synthesizes(tmp_path: Path) -> None:
    chair = Chair("chair")
    result = consult(tmp_path, [Inline("a", 1), Inline("b", NO)], chair, quorum=2)
    assert (result.status, result.output) == ("failed", [1])
    assert result.reason == "1 of 2 experts that it takes"
    assert chair.heard == []


def test_nobody_synthesizes_before_all_have_ended(tmp_path: Path) -> None:
    agents = [Inline("a", 1), Plain("b", 2, delay_s=50)]
    result = consult(tmp_path, agents, Chair("chair", "both"), quorum=1)
    assert endings(result)[-1] == ("chair", "answered")
    assert result.turns[-1].began_ms >= 50_000


def test_a_synthesizer_that_fails_leaves_the_answers(tmp_path: Path) -> None:
    result = consult(tmp_path, [Inline("a", 1)], Chair("chair", NO))
    assert (result.status, result.output) == ("failed", [1])


def test_a_refusal_of_authority_is_not_an_experts_failure(tmp_path: Path) -> None:
    with pytest.raises(tarl.RunFailed, match="secret was denied"):
        played(
            tmp_path,
            lambda ctx: ensemble(ctx, [Inline("a"), Secretive("b")], 1, synthesizer=Chair("chair")),
            gate=NoSecrets(),
        )


def test_the_synthesizer_has_a_part_of_the_budget(tmp_path: Path) -> None:
    experts = [ModelAgent(id, ScriptedModel("m", "fine")) for id in "ab"]

    class Greedy(ModelAgent):
        async def run(self, input: Any) -> Any:
            return [await super().run(input), await super().run(input)]

    options = Options(budget=Budget(model_calls=3))
    chair = ModelAgent("chair", ScriptedModel("m", "whole"))
    good = consult(tmp_path, experts, chair, options=options)
    assert (good.output, good.usage.model_calls) == ("whole", 3)
    greedy = [experts[0], Greedy("g", ScriptedModel("m", "fine"))]
    spent = consult(tmp_path / "greedy", greedy, chair, options=options)
    assert (spent.status, spent.output, spent.usage.model_calls) == ("stopped", ["fine"], 2)


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", "", {"synthesizer": Chair("chair")}),
        ("agents.duplicate", "aa", {"synthesizer": Chair("chair")}),
        ("agents.duplicate", "a", {"synthesizer": Chair("a")}),
        ("agent.role", "a", {"synthesizer": Plain("b")}),
        ("agent.role", "ab", {"synthesizer": "b"}),
        ("agents.role", "a", {}),
        ("agents.unknown", "a", {"synthesizer": "nobody"}),
        ("agents.no_match", "a", {"synthesizer": Chair("chair"), "needs": ["fly"]}),
        ("agents.quorum", "a", {"synthesizer": Chair("chair"), "quorum": 2}),
        ("agents.weights", "a", {"synthesizer": Chair("chair"), "weights": {"a": 0}}),
        ("agents.weights", "a", {"synthesizer": Chair("chair"), "weights": {"z": 1}}),
        ("agents.together", "a", {"synthesizer": Chair("chair"), "together_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: str, settings: dict[str, Any]
) -> None:
    caught: list[str] = []
    team = [Inline(id) for id in agents]

    async def act(ctx: tarl.Context) -> Any:
        try:
            return await ensemble(ctx, team, 1, **settings)
        except tarl.TarlError as error:
            caught.append(error.code)
            raise

    with pytest.raises(tarl.RunFailed):
        played(tmp_path, act)
    assert set(caught) == {code}
    assert all(not agent.heard for agent in team)
