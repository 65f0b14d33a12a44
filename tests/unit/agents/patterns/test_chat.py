"""Agents that talk in turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.patterns.stage import Chair, Inline, NoSecrets, Plain, Secretive, played

import tarl
from tarl.agents.patterns.chat import chat
from tarl.agents.result import Result
from tarl.agents.roles import Selection
from tarl.agents.session import Options
from tarl.agents.stop import Converged, TextSaid, TurnsMax

NO = ValueError("no")


def counts(told: dict[str, Any]) -> int:
    return len(told["transcript"])


def talk(directory: Path, agents: list[Any], **settings: Any) -> Result:
    return played(directory, lambda ctx: chat(ctx, agents, "topic", **settings))


def test_round_and_round_each_hears_what_was_said(tmp_path: Path) -> None:
    agents = [Inline("a", counts), Plain("b", counts)]
    result = talk(tmp_path, agents, turns_max=5)
    assert (result.status, result.output, result.reason) == ("exhausted", 4, "5 speeches")
    assert [turn.agent for turn in result.turns] == ["a", "b", "a", "b", "a"]
    assert agents[1].heard[1] == {
        "task": "topic",
        "transcript": [
            {"agent": "a", "said": 0},
            {"agent": "b", "said": 1},
            {"agent": "a", "said": 2},
        ],
    }
    assert result.details == {"speeches": 5}


def test_no_more_is_heard_than_its_bound(tmp_path: Path) -> None:
    result = talk(tmp_path, [Inline("a", counts)], turns_max=6, heard_max=2)
    assert [turn.answer for turn in result.turns] == [0, 1, 2, 2, 2, 2]


def test_what_was_said_may_solve_it(tmp_path: Path) -> None:
    result = talk(tmp_path, [Inline("a", counts)], until=lambda said: said == 3)
    assert (result.status, result.output, len(result.turns)) == ("solved", 3, 4)


@pytest.mark.parametrize(
    ("stop", "turns"), [(TurnsMax(3), 3), (TextSaid("bye"), 2), (Converged(2), 3)]
)
def test_stop_conditions_end_it_with_what_was_said_last(
    tmp_path: Path, stop: Any, turns: int
) -> None:
    agents = [Inline("a", "hello"), Inline("b", "bye" if turns == 2 else "hm")]
    if isinstance(stop, Converged):
        agents = [Inline("a", counts), Inline("b", "same"), Inline("c", "same")]
    result = talk(tmp_path, agents, options=Options(stop=stop))
    assert (result.status, len(result.turns)) == ("stopped", turns)
    assert result.output == result.turns[-1].answer


def test_a_function_may_select(tmp_path: Path) -> None:
    def select(transcript: list[Any], ids: Any) -> str | None:
        return ["b", "b", "a", None][len(transcript)]

    result = talk(tmp_path, [Inline("a"), Inline("b")], selector=select)
    assert result.status == "solved"
    assert [turn.agent for turn in result.turns] == ["b", "b", "a"]


def test_an_agent_may_select(tmp_path: Path) -> None:
    def choose(told: dict[str, Any]) -> Selection:
        assert [agent["id"] for agent in told["agents"]] == ["a", "b"]
        is_over = len(told["transcript"]) == 2
        return Selection(solved=True, specialist="a") if is_over else Selection(specialist="b")

    agents = [Inline("a", "hello"), Inline("b", "bye")]
    result = talk(tmp_path, agents, selector=Chair("chair", choose))
    assert result.status == "solved"
    assert [turn.agent for turn in result.turns] == ["chair", "b", "chair", "b", "chair"]


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        (lambda transcript, ids: "nobody", "'nobody' was to speak next, and is not here"),
        (Chair("chair", Selection(specialist="zoe")), "'zoe' was to speak next, and is not here"),
        (Chair("chair", "a word"), "must answer a Selection"),
        (Chair("chair", NO), "ValueError: no"),
    ],
)
def test_a_selection_that_is_none_fails_it(tmp_path: Path, selector: Any, reason: str) -> None:
    result = talk(tmp_path, [Inline("a")], selector=selector)
    assert result.status == "failed"
    assert reason in result.reason


def test_a_speaker_who_fails_fails_it_with_what_was_said(tmp_path: Path) -> None:
    result = talk(tmp_path, [Inline("a", "hello"), Plain("b", NO)])
    assert (result.status, result.output) == ("failed", "hello")


def test_a_refusal_of_authority_passes_through(tmp_path: Path) -> None:
    with pytest.raises(tarl.RunFailed, match="secret was denied"):
        played(
            tmp_path,
            lambda ctx: chat(ctx, [Inline("a"), Secretive("b")], "topic"),
            gate=NoSecrets(),
        )


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", "", {}),
        ("agents.duplicate", "aa", {}),
        ("agents.duplicate", "a", {"selector": Chair("a")}),
        ("agent.role", "a", {"selector": Plain("b")}),
        ("chat.bound", "a", {"turns_max": 0}),
        ("chat.bound", "a", {"heard_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_speaks(
    tmp_path: Path, code: str, agents: str, settings: dict[str, Any]
) -> None:
    caught: list[str] = []
    team = [Inline(id) for id in agents]

    async def act(ctx: tarl.Context) -> Any:
        try:
            return await chat(ctx, team, 1, **settings)
        except tarl.TarlError as error:
            caught.append(error.code)
            raise

    with pytest.raises(tarl.RunFailed):
        played(tmp_path, act)
    assert set(caught) == {code}
    assert all(not agent.heard for agent in team)
