"""What all patterns share: turns on the record, bounds, people, authority."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.agents.world import together

import tarl
from tarl import Context, activity
from tarl.agents.agent import FunctionAgent
from tarl.agents.desk import desk
from tarl.agents.llm import ModelAgent
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.session import Options, Session, Stopped, TurnFailed
from tarl.agents.spending import UNBOUNDED, Budget
from tarl.agents.stop import TurnsMax
from tarl.errors import Denied


async def echo(value: Any) -> Any:
    return value


async def fails(value: Any) -> Any:
    raise ValueError("no")


@activity(needs=["mail.send"])
async def send(text: str) -> str:
    return "sent"


class Mailer:
    inline = True
    id = "mailer"
    capabilities = ("mail.send",)

    async def run(self, input: Any) -> Any:
        return await desk().call(send, "x")


class Lender:
    """Lends by noting it; refuses whom it does not know."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def admits(self, ctx: Context, taker: str, actions: Sequence[str]) -> bool:
        return taker != "stranger"

    @asynccontextmanager
    async def lent(
        self,
        ctx: Context,
        giver: str | None,
        taker: str,
        actions: Sequence[str],
        *,
        constraints: Sequence[str] = (),
        budget: Budget = UNBOUNDED,
        moves: bool = False,
    ) -> AsyncIterator[Context]:
        if taker == "stranger":
            raise Denied("nobody knows the stranger", code="test.stranger")
        self.log.append(f"{giver} lends {', '.join(actions)} to {taker}")
        try:
            yield ctx
        finally:
            self.log.append(f"{taker} gives back")


ECHO, FAILS = FunctionAgent(echo), FunctionAgent(fails)


def test_every_turn_is_in_the_result_however_it_ended(tmp_path: Path) -> None:
    async def moves(session: Session) -> Any:
        echo, fails = session.agents
        await session.ask(echo, "run", 1)
        with pytest.raises(TurnFailed):
            await session.ask(fails, "run", 2)
        turn = await session.attempt(fails, "run", 3)
        assert turn.ending == "failed"
        return await session.ask(echo, "run", 4)

    result = together(tmp_path, moves, ECHO, FAILS)
    assert (result.status, result.output) == ("solved", 4)
    assert [(t.number, t.agent, t.ending) for t in result.turns] == [
        (1, "echo", "answered"),
        (2, "fails", "failed"),
        (3, "fails", "failed"),
        (4, "echo", "answered"),
    ]
    assert {agent: len(turns) for agent, turns in result.by_agent().items()} == {
        "echo": 2,
        "fails": 2,
    }


def test_a_cancelled_turn_is_withdrawn(tmp_path: Path) -> None:
    async def moves(session: Session) -> Any:
        async def sleep(value: Any) -> Any:
            await asyncio.sleep(3_600)

        sleeper = FunctionAgent(echo, id="sleeper")
        sleeper.inline = True  # type: ignore[attr-defined]
        sleeper.run = sleep
        task = asyncio.ensure_future(session.ask(sleeper, "run", 1))  # type: ignore[arg-type]
        await session.ask(session.agents[0], "run", 2)
        task.cancel()
        await asyncio.wait([task])
        return "over"

    result = together(tmp_path, moves, ECHO)
    assert [(t.agent, t.ending) for t in result.turns] == [
        ("echo", "answered"),
        ("sleeper", "withdrawn"),
    ]


def test_a_stop_condition_is_asked_before_each_turn(tmp_path: Path) -> None:
    async def moves(session: Session) -> Any:
        while True:
            session.output = await session.ask(session.agents[0], "run", len(session.turns))

    result = together(tmp_path, moves, ECHO, options=Options(stop=TurnsMax(3)))
    assert (result.status, result.output, result.reason) == ("stopped", 2, "3 turns")
    assert len(result.turns) == 3


def test_a_denied_effect_passes_through_and_its_turn_is_recorded(tmp_path: Path) -> None:
    seen = []

    async def moves(session: Session) -> Any:
        try:
            await session.ask(session.agents[0], "run", 1)
        except Denied:
            seen.append(session.turns[-1].ending)
            raise

    with pytest.raises(tarl.RunFailed, match="Denied"):
        together(tmp_path, moves, Mailer(), gate=tarl.DenyAll())
    assert seen[0] == "failed"


def test_what_was_lent_is_given_back_however_the_turn_ends(tmp_path: Path) -> None:
    lender = Lender()

    async def moves(session: Session) -> Any:
        echo, fails = session.agents
        await session.ask(echo, "run", 1, needs=["a.b"])
        await session.attempt(fails, "run", 1, giver=echo, needs=["c.d", "e.f"])

    together(tmp_path, moves, ECHO, FAILS, options=Options(lending=lender))
    assert lender.log[:4] == [
        "None lends a.b to echo",
        "echo gives back",
        "echo lends c.d, e.f to fails",
        "fails gives back",
    ]


def test_a_refused_loan_ends_everything(tmp_path: Path) -> None:
    stranger = FunctionAgent(echo, id="stranger")

    async def moves(session: Session) -> Any:
        await session.attempt(session.agents[0], "run", 1)

    with pytest.raises(tarl.RunFailed, match="stranger"):
        together(tmp_path, moves, stranger, options=Options(lending=Lender()))


def test_agents_have_budgets_of_their_own_within_the_whole(tmp_path: Path) -> None:
    model = ScriptedModel("m", "word")
    rich, poor = ModelAgent("rich", model), ModelAgent("poor", model)
    budgets = {"poor": Budget(model_calls=1)}

    async def moves(session: Session) -> Any:
        rich, poor = session.agents
        for _ in range(2):
            await session.ask(rich, "run", "go")
        await session.ask(poor, "run", "go")
        with pytest.raises(Stopped, match="poor"):
            await session.ask(poor, "run", "go")
        await session.ask(rich, "run", "go")

    options = Options(budget=Budget(model_calls=4), budgets=budgets)
    result = together(tmp_path, moves, rich, poor, options=options)
    assert (result.status, result.usage.model_calls) == ("solved", 4)
    again = together(
        tmp_path / "b", moves, rich, poor, options=Options(budget=Budget(model_calls=3))
    )
    assert again.status == "stopped"


def test_time_is_bounded_between_turns(tmp_path: Path) -> None:
    async def moves(session: Session) -> Any:
        await session.ask(session.agents[0], "run", 1)
        await asyncio.sleep(0.05)
        await session.ask(session.agents[0], "run", 2)

    result = together(tmp_path, moves, ECHO, options=Options(budget=Budget(time_ms=40)))
    assert (result.status, len(result.turns)) == ("stopped", 1)
