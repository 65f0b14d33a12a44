"""One workflow whose moves a test gives, run, and replayed strictly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import tarl
from tarl import Context, workflow
from tarl.agents.result import Result
from tarl.agents.session import Options, Session
from tarl.testing.replaycheck import assert_replays

Moves = Callable[[Session], Awaitable[Any]]

_given: list[tuple[Moves, tuple[Any, ...], Options]] = []


@workflow
async def plays(ctx: Context) -> Result:
    moves, agents, options = _given[-1]
    session = Session(ctx, "test", agents, options)
    return await session.play(moves(session))


def together(
    directory: Path, moves: Moves, *agents: Any, options: Options | None = None, gate: Any = None
) -> Result:
    """What comes of the moves, of the run and of its replay alike."""
    directory.mkdir(exist_ok=True)
    _given.append((moves, agents, options or Options()))

    async def act() -> Result:
        async with tarl.open(directory / "t.db", workflows=[plays], gate=gate) as runtime:
            result: Result = await runtime.run(plays, id="it")
            return result

    try:
        return asyncio.run(act())
    finally:
        assert_replays(plays, directory / "t.db", run="it/1")
