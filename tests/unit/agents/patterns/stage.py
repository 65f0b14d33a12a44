"""Agents that behave as a test says, and a stage on which a pattern plays: the run in a file, on
jumping time, and its strict replay, which must come to the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import tarl
from tarl import Context, workflow
from tarl.agents.desk import desk
from tarl.agents.result import Result
from tarl.agents.roles import RoutingDecision, Selection
from tarl.agents.spending import UNBOUNDED, Budget
from tarl.crypto.keys import Keyring
from tarl.errors import Denied
from tarl.storage import open_store
from tarl.testing.clock import JumpingClock, run
from tarl.testing.replaycheck import assert_replays
from tarl.values.verdict import Allow, Deny, Reason, Verdict

Act = Callable[[Context], Awaitable[Result]]

_acts: list[Act] = []


@workflow
async def staged(ctx: Context) -> Result:
    return await _acts[-1](ctx)


def played(
    directory: Path, act: Act, *, gate: Any = None, during: Any = None, jumps: bool = True
) -> Result:
    """The result of a run, which is that of its replay.

    Args:
        directory: Where its journal is.
        act: A pattern, given the run's context.
        gate: Decides about effects.
        during: Called with runtime and handle while the run is under way.
        jumps: Whether time jumps; it does not where people are waited for.
    """
    directory.mkdir(exist_ok=True)
    _acts.append(act)
    clock = JumpingClock() if jumps else None
    made: list[Result] = []

    async def play() -> None:
        async with tarl.open(directory / "s.db", clock=clock, gate=gate) as runtime:
            handle = await runtime.start(staged, id="it")
            if during is not None:
                await during(runtime, handle)
            made.append(await handle.result())

    try:
        if clock is None:
            asyncio.run(play())
        else:
            run(play(), clock=clock)
    finally:
        replayed = assert_replays(staged, directory / "s.db", run="it/1")
    assert replayed.ahead == ()
    assert replayed.result == made[0]
    return made[0]


class Plain:
    """An agent whose turn is a step: it waits and then answers, or raises.

    Args:
        id: Its id.
        answer: What it answers; what it is given when left out; called with that if callable;
            raised if it is an exception.
        delay_s: How long it takes.
        capabilities: What it can do.
    """

    def __init__(
        self, id: str, answer: Any = ..., *, delay_s: float = 0, capabilities: Iterable[str] = ()
    ) -> None:
        self.id = id
        self.answer = answer
        self.delay_s = delay_s
        self.capabilities = tuple(capabilities)
        self.heard: list[Any] = []

    async def run(self, input: Any) -> Any:
        self.heard.append(input)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        answer = self.answer(input) if callable(self.answer) else self.answer
        if isinstance(answer, BaseException):
            raise answer
        return input if answer is ... else answer


class Inline(Plain):
    """The same as workflow code."""

    inline = True


class Secretive(Plain):
    """Does something that a gate refuses, after a while."""

    inline = True

    async def run(self, input: Any) -> Any:
        await asyncio.sleep(self.delay_s)
        return await desk().call(secret)


@tarl.activity(name="secret")
async def secret() -> str:
    return "told"


class NoSecrets:
    """A gate that refuses the activity ``secret``."""

    def decide(self, effect: Any) -> Verdict:
        if effect.activity.name == "secret":
            return Deny((Reason(code="test.secret", text="secrets are not for tests"),))
        return Allow()


class Chair(Plain):
    """Takes the roles that choose and that combine."""

    async def synthesize(self, told: Any) -> Any:
        return await self.run(told)

    async def aggregate_results(self, told: Any) -> Any:
        return await self.run(told)

    async def select_specialist(self, told: Any) -> Selection:
        return await self.run(told)  # type: ignore[no-any-return]

    async def route(self, told: Any) -> RoutingDecision:
        return await self.run(told)  # type: ignore[no-any-return]


class Lender:
    """Lends by noting it; admits nobody of ``strangers``."""

    def __init__(self, *strangers: str) -> None:
        self.strangers = strangers
        self.asked: list[str] = []
        self.lent_to: list[tuple[str | None, str, tuple[str, ...]]] = []
        self.open: list[str] = []

    async def admits(self, ctx: Context, taker: str, actions: Sequence[str]) -> bool:
        self.asked.append(taker)
        return taker not in self.strangers

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
    ) -> Any:
        if taker in self.strangers:
            raise Denied(f"nobody knows {taker}", code="test.stranger")
        self.lent_to.append((giver, taker, tuple(actions)))
        self.open.append(taker)
        try:
            yield ctx
        finally:
            self.open.remove(taker)


def kinds_of(directory: Path) -> Counter[str]:
    """How many events of each kind the run has."""
    store = open_store(directory / "s.db", keyring=Keyring())
    counts = Counter(event.kind for event in store.read("run/default/it/1"))
    store.close()
    return counts


def endings(result: Result) -> list[tuple[str, str]]:
    """Who ended how, in the order of ending."""
    return [(turn.agent, turn.ending) for turn in result.turns]
