"""Agents by the protocol, functions as agents, and what their methods answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, activity, workflow
from tarl.agents import agent as room
from tarl.agents.agent import (
    Agent,
    FunctionAgent,
    agent_apart,
    as_agent,
    checked_answer,
    deed,
    has_role,
    team,
)
from tarl.agents.desk import desk
from tarl.agents.patterns.sequential import sequential
from tarl.agents.registry import AgentRegistry, can
from tarl.agents.result import Result
from tarl.agents.roles import Vote
from tarl.agents.session import Options
from tarl.errors import Conflict, Invalid, Missing
from tarl.testing.replaycheck import assert_replays

members: list[Any] = []
options: list[Options] = [Options()]
runs: list[str] = []


def shout(text: str) -> str:
    """Say it louder."""
    runs.append("shout")
    return text.upper()


async def greet(text: str) -> dict[str, str]:
    return {"greeting": f"hello {text}"}


async def speak(text: str) -> AsyncIterator[str]:
    for word in text.split():
        yield word + " "


async def count(up_to: int) -> AsyncIterator[int]:
    for n in range(up_to):
        yield n


async def babble(text: str) -> AsyncIterator[str]:
    while True:
        yield "bla "


async def hang(text: str) -> None:
    await asyncio.sleep(3_600)


def large(text: str) -> str:
    return "x" * 50_000_000


def raises(text: str) -> None:
    raise ValueError("no idea")


def unspeakable(text: str) -> object:
    return object()


@activity
async def remember(text: str) -> str:
    runs.append(text)
    return f"remembered {text}"


class Scribe:
    """An inline agent: workflow code that acts through its desk."""

    inline = True
    id = "scribe"
    capabilities = ("notes.write",)

    async def run(self, input: Any) -> Any:
        assert desk().agent == "scribe"
        return await desk().call(remember, str(input))


class Sleeper:
    inline = True
    id = "sleeper"
    capabilities = ()

    async def run(self, input: Any) -> Any:
        await asyncio.sleep(3_600)


@workflow
async def through(ctx: Context, input: Any) -> Result:
    return await sequential(ctx, members, input, options=options[-1])


def run(tmp_path: Path, given: Any, *agents: Any, with_: Options | None = None) -> Result:
    members[:] = agents
    options.append(with_ or Options())
    runs.clear()

    async def act() -> Result:
        async with tarl.open(tmp_path / "t.db", workflows=[through]) as runtime:
            result: Result = await runtime.run(through, given, id="it")
            return result

    result = asyncio.run(act())
    before = len(runs)
    assert_replays(through, tmp_path / "t.db", run="it/1")
    assert len(runs) == before
    return result


def test_functions_of_every_kind_are_agents(tmp_path: Path) -> None:
    result = run(tmp_path, "you there", shout, speak, greet)
    assert result.output == {"greeting": "hello YOU THERE "}
    assert [turn.agent for turn in result.turns] == ["shout", "speak", "greet"]


def test_parts_that_are_no_texts_are_listed(tmp_path: Path) -> None:
    assert run(tmp_path, 3, count).output == [0, 1, 2]


def test_an_inline_agent_acts_through_its_desk(tmp_path: Path) -> None:
    assert run(tmp_path, "it", Scribe()).output == "remembered it"
    assert runs == ["it"]


def test_there_is_no_desk_outside() -> None:
    with pytest.raises(Invalid) as refused:
        desk()
    assert refused.value.code == "agent.outside"


@pytest.mark.parametrize(
    ("agent", "ending", "why"),
    [
        (raises, "failed", "ValueError: no idea"),
        (large, "failed", "50000002 bytes"),
        (babble, "failed", "still speaking"),
        (unspeakable, "failed", "TypeError"),
        (hang, "timed_out", "TimeoutError"),
        (Sleeper(), "timed_out", "no answer within 0.2 s"),
        (FunctionAgent(shout, output_schema={"type": "integer"}), "failed", "schema"),
        (FunctionAgent(shout, input_schema={"type": "integer"}), "failed", "schema"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_an_agent_does_wrong_is_recorded_and_ends_the_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: Any, ending: str, why: str
) -> None:
    monkeypatch.setattr(room, "PARTS_MAX", 50)
    limit = Options(turn_timeout_s=0.2) if ending == "timed_out" else None
    result = run(tmp_path, "go", agent, greet, with_=limit)
    assert (result.status, result.output) == ("failed", None)
    [turn] = result.turns
    assert (turn.ending, turn.answer) == (ending, None)
    assert why in (turn.error or "")
    assert why in result.reason


def test_a_lambda_is_no_agent() -> None:
    with pytest.raises(Invalid) as refused:
        as_agent(lambda text: text)
    assert refused.value.code == "agent.local"
    with pytest.raises(Invalid) as refused:
        as_agent(3)  # type: ignore[arg-type]
    assert refused.value.code == "agent.not_callable"


def test_a_team_has_enough_agents_of_different_ids() -> None:
    assert [agent.id for agent in team([shout, Scribe()])] == ["shout", "scribe"]
    with pytest.raises(Invalid) as refused:
        team([])
    assert refused.value.code == "agents.too_few"
    with pytest.raises(Conflict) as conflict:
        team([shout, FunctionAgent(greet, id="shout")])
    assert conflict.value.code == "agents.duplicate"


def test_a_role_that_an_agent_does_not_have_is_refused() -> None:
    assert has_role(as_agent(shout), "run")
    assert not has_role(as_agent(shout), "vote")
    with pytest.raises(Invalid) as refused:
        deed(as_agent(shout), "vote")
    assert refused.value.code == "agent.role"


def test_a_deed_takes_what_its_task_needs() -> None:
    agent: Agent = Scribe()  # type: ignore[assignment]
    assert deed(agent, "run").actions == ("agent.run",)
    needs = deed(agent, "run", needs=["notes.write", "mail.send"])
    assert (needs.actions, needs.resource) == (("mail.send", "notes.write"), "agent/scribe")


def test_answers_of_roles_are_of_their_types() -> None:
    agent = as_agent(shout)
    assert checked_answer(agent, "vote", {"choice": "a"}) == Vote(choice="a")
    assert checked_answer(agent, "vote", Vote(choice="a")) == Vote(choice="a")
    with pytest.raises(Invalid) as refused:
        checked_answer(agent, "vote", "a")
    assert refused.value.code == "agent.answer"


def test_a_registry_finds_agents_by_id_and_by_what_they_can_do() -> None:
    registry = AgentRegistry([shout, Scribe()])
    assert registry.get("scribe").capabilities == ("notes.write",)
    assert [agent.id for agent in registry.capable("notes.write")] == ["scribe"]
    assert registry.capable("mail.send") == []
    assert ("shout" in registry, "nobody" in registry, len(registry)) == (True, False, 2)
    with pytest.raises(Missing) as missing:
        registry.get("nobody")
    assert missing.value.code == "agents.unknown"
    with pytest.raises(Conflict):
        registry.add(FunctionAgent(greet, id="scribe"))


def test_a_wider_capability_holds_a_narrower_one() -> None:
    agent = FunctionAgent(shout, capabilities=["mail.*"])
    assert can(agent, "mail.send")  # type: ignore[arg-type]
    assert not can(agent, "mail")  # type: ignore[arg-type]


class Behind:
    """Has what another has, and says so when asked only."""

    def __init__(self, other: Any) -> None:
        self.other = other

    def __getattr__(self, name: str) -> Any:
        if name == "other":
            raise AttributeError(name)
        return getattr(self.other, name)


def test_an_agent_behind_another_object_is_an_agent() -> None:
    behind = Behind(FunctionAgent(shout))
    assert agent_apart(behind) == (behind, None)
    assert as_agent(behind) is behind
    assert agent_apart(shout) == (None, shout)
    assert agent_apart(None) == (None, None)
