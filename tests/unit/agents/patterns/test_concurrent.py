"""Agents at the same time, each with an input of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.unit.agents.patterns.stage import (
    Inline,
    NoSecrets,
    Plain,
    Secretive,
    endings,
    kinds_of,
    played,
)

import tarl
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.concurrent import concurrent
from tarl.agents.result import Result
from tarl.agents.session import Ask, Options
from tarl.agents.spending import Budget
from tarl.agents.stop import TurnsMax
from tarl.testing.replaycheck import assert_replays


def test_answers_come_in_the_agents_order_however_fast_they_are(tmp_path: Path) -> None:
    agents = [Plain("slow", delay_s=3), Inline("quick", delay_s=1), Plain("middle", delay_s=2)]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, inputs=[1, 2, 3]))
    assert (result.status, result.output) == ("solved", [1, 2, 3])
    assert [turn.agent for turn in result.turns] == ["quick", "middle", "slow"]


def test_they_do_work_at_the_same_time(tmp_path: Path) -> None:
    agents = [Inline(f"a{i}", delay_s=10) for i in range(20)]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, "x"))
    assert max(turn.began_ms + turn.took_ms for turn in result.turns) < 11_000


def test_no_more_than_together_max_at_a_time(tmp_path: Path) -> None:
    agents = [Inline(f"a{i}", delay_s=10) for i in range(5)]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, "x", together_max=2))
    assert [round(turn.began_ms, -4) for turn in result.turns] == [0, 0, 10_000, 10_000, 20_000]


def test_the_first_failure_withdraws_the_others(tmp_path: Path) -> None:
    agents = [Plain("hangs", delay_s=1e6), Plain("fails", ValueError("no"), delay_s=1)]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, 1))
    assert (result.status, result.output) == ("failed", [None, None])
    assert "ValueError: no" in result.reason
    assert endings(result) == [("fails", "failed"), ("hangs", "withdrawn")]


def test_without_failing_fast_all_may_end(tmp_path: Path) -> None:
    agents = [Plain("late", delay_s=2), Plain("fails", ValueError("no"))]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, 7, fails_fast=False))
    assert (result.status, result.output) == ("failed", [7, None])
    assert endings(result) == [("fails", "failed"), ("late", "answered")]


def test_an_agent_that_hangs_is_timed_out_and_one_that_answers_too_much_fails(
    tmp_path: Path,
) -> None:
    agents = [
        Plain("hangs", delay_s=1e6),
        Inline("hangs-too", delay_s=1e6),
        Plain("large", lambda _: "x" * 50_000_000),
        Inline("large-too", lambda _: "x" * 50_000_000),
    ]
    options = Options(turn_timeout_s=5)
    result = played(
        tmp_path, lambda ctx: concurrent(ctx, agents, 7, options=options, fails_fast=False)
    )
    ended = dict(endings(result))
    assert ended == {
        "hangs": "timed_out",
        "hangs-too": "timed_out",
        "large": "failed",
        "large-too": "failed",
    }
    assert all("50000002 bytes" in str(t.error) for t in result.turns if "large" in t.agent)


class Schemed(Plain):
    output_schema: ClassVar = {"type": "object"}


async def endless(value: int) -> object:
    while True:
        yield "more"  # type: ignore[misc]


def test_the_wrong_schema_and_a_stream_without_an_end_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tarl.agents.agent.PARTS_MAX", 1_000)
    agents = [Schemed("wrong", "a text"), endless]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, 7, fails_fast=False))
    errors = {turn.agent: turn.error or "" for turn in result.turns}
    assert "Invalid" in errors["wrong"]
    assert "Exceeded" in errors["endless"]


def test_a_refusal_of_authority_is_not_hidden_by_the_others(tmp_path: Path) -> None:
    agents = [Plain("hangs", delay_s=1e6), Secretive("secretive", delay_s=1)]
    with pytest.raises(tarl.RunFailed, match="secret was denied"):
        played(tmp_path, lambda ctx: concurrent(ctx, agents, 1, fails_fast=False), gate=NoSecrets())


def test_stop_conditions_begin_nothing_more_and_keep_what_there_is(tmp_path: Path) -> None:
    agents = [Inline(f"a{i}", i, delay_s=1 + i) for i in range(4)]
    options = Options(stop=TurnsMax(2))
    result = played(
        tmp_path, lambda ctx: concurrent(ctx, agents, 0, options=options, together_max=2)
    )
    assert (result.status, result.reason) == ("stopped", "2 turns")
    assert result.output == [0, 1, 2, None]  # the third began after one turn, and may end


def test_a_person_who_says_no_stops_it(tmp_path: Path) -> None:
    options = Options(ask=Ask(before=("b",), approvers=("ada",), expires_s=0.05))
    agents = [Inline("a", delay_s=0.01), Inline("b")]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, 1, options=options), jumps=False)
    assert (result.status, result.output) == ("stopped", [1, None])
    assert "b was expired" in result.reason


PATIENT = [Plain("first"), Plain("second", delay_s=0.3), Inline("third", delay_s=0.2)]


@tarl.workflow
async def patient(ctx: tarl.Context) -> Result:
    return await concurrent(ctx, PATIENT, "in")


def test_an_interrupted_run_goes_on_and_asks_nobody_again_who_has_answered(tmp_path: Path) -> None:
    async def cut_off() -> None:
        async with tarl.open(tmp_path / "p.db") as runtime:
            await runtime.start(patient, id="it")
            while not PATIENT[0].heard:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)

    async def go_on() -> Result:
        async with tarl.open(tmp_path / "p.db", workflows=[patient]) as runtime:
            result: Result = await runtime.resume("it")
            return result

    asyncio.run(cut_off())
    result = asyncio.run(go_on())
    assert (result.status, result.output) == ("solved", ["in", "in", "in"])
    assert len(PATIENT[0].heard) == 1
    assert assert_replays(patient, tmp_path / "p.db", run="it/1").result == result


@pytest.mark.parametrize("kind", [Plain, Inline])
def test_an_agent_that_cancels_itself_has_failed(tmp_path: Path, kind: type[Plain]) -> None:
    agents = [kind("a", asyncio.CancelledError()), kind("b", 1)]
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, 1, fails_fast=False))
    assert endings(result) == [("a", "failed"), ("b", "answered")]


def test_each_has_an_equal_part_of_the_budget(tmp_path: Path) -> None:
    class Greedy(ModelAgent):
        async def run(self, input: Any) -> Any:
            for _ in range(4):
                answer = await super().run(input)
            return answer

    agents = [Greedy("greedy", ScriptedModel("m", "more")), Plain("b", 1, delay_s=1)]
    options = Options(budget=Budget(model_calls=5))
    result = played(tmp_path, lambda ctx: concurrent(ctx, agents, 1, options=options))
    assert (result.status, result.output) == ("stopped", [None, 1])
    assert "greedy:" in result.reason
    assert result.by_agent()["greedy"][0].usage.model_calls == 3


def test_cancelling_the_run_cancels_the_agents(tmp_path: Path) -> None:
    agents = [Plain("one", delay_s=1e6), Inline("other", delay_s=1e6)]

    async def during(runtime: Any, handle: Any) -> None:
        runtime.cancel(handle.run_id, reason="enough")

    with pytest.raises(tarl.TarlError, match="enough"):
        played(tmp_path, lambda ctx: concurrent(ctx, agents, 1), during=during)
    kinds = kinds_of(tmp_path)
    assert (kinds["step.cancelled/1"], kinds["timer.cancelled/1"]) == (1, 1)


@pytest.mark.parametrize(
    ("code", "agents", "settings"),
    [
        ("agents.too_few", [], {}),
        ("agents.duplicate", [Plain("a"), Plain("a")], {}),
        ("agents.inputs", [Plain("a"), Plain("b")], {"inputs": [1]}),
        ("agents.together", [Plain("a")], {"together_max": 0}),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(
    tmp_path: Path, code: str, agents: list[Plain], settings: dict[str, object]
) -> None:
    caught: list[str] = []

    async def act(ctx: tarl.Context) -> Result:
        try:
            return await concurrent(ctx, agents, 1, **settings)  # type: ignore[arg-type]
        except tarl.TarlError as error:
            caught.append(error.code)
            raise

    with pytest.raises(tarl.RunFailed):
        played(tmp_path, act)
    assert set(caught) == {code}
    assert all(not agent.heard for agent in agents)
