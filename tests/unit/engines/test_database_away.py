"""Runs of the embedded engine whose database is away: the loop goes on, and so do they once it is
back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.away import (
    AWAY_S,
    STALL_S_MAX,
    TICK_S,
    begun,
    done,
    go_on,
    outlives_the_database,
    vanish,
    watched,
)
from tests.links import Link, to_socket
from tests.postgres_server import PORT, Server, server

import tarl
from tarl import Context, workflow
from tarl.engines.embedded import port
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.errors import RunFailed
from tarl.kernel.engine import Moment


@pytest.fixture
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.mark.parametrize("how", ["dead", "silent", "forgotten"])
def test_the_loop_turns_while_the_database_is_away(
    postgres: Server, tmp_path: Path, how: str
) -> None:
    done.clear()
    socket = postgres.home / f".s.PGSQL.{PORT}"
    url = postgres.database().replace(str(postgres.home), str(tmp_path))

    async def use(link: Link) -> tuple[object, float]:
        begun.append(asyncio.Event())
        go_on.append(asyncio.Event())
        async with tarl.open(url, workflows=[outlives_the_database]) as runtime, watched() as seen:
            running = asyncio.create_task(runtime.run(outlives_the_database, id="o1"))
            await asyncio.wait_for(begun[-1].wait(), 60)
            seen.longest_s = 0.0
            loop = asyncio.get_running_loop()
            gone = partial(loop.call_soon_threadsafe, go_on[-1].set)
            await asyncio.to_thread(vanish, how, postgres, link, gone)
            await asyncio.sleep(2 * TICK_S)  # a stall is known when it is over
            longest_s = seen.longest_s
            return await asyncio.wait_for(running, 60), longest_s

    with to_socket(socket, tmp_path) as link:
        result, longest_s = asyncio.run(use(link))
    assert result == ["tea", 4]
    assert done == ["tea", "milk counted"]
    assert longest_s < STALL_S_MAX


@workflow
async def listens(ctx: Context) -> object:
    return await ctx.wait_for_signal("go")


@workflow
async def ticks(ctx: Context, count: int) -> int:
    for _ in range(count):
        await ctx.sleep(0.01)
    return count


@pytest.mark.parametrize("how", ["dead", "silent", "forgotten"])
def test_what_is_asked_while_the_database_is_away_waits_and_holds_up_nothing(
    postgres: Server, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "PAGE_EVENTS", 20)
    socket = postgres.home / f".s.PGSQL.{PORT}"
    url = postgres.database().replace(str(postgres.home), str(tmp_path))

    async def listed(engine: EmbeddedEngine) -> set[str]:
        return {each.run.workflow_id async for each in engine.list()}

    async def rest(history: AsyncIterator[Moment]) -> list[int]:
        return [moment.seq async for moment in history]

    async def use(link: Link) -> tuple[object, float]:
        async with tarl.open(url, workflows=[listens, ticks]) as runtime, watched() as seen:
            engine = EmbeddedEngine(runtime)
            first = await engine.start(listens, id="first")
            other = await engine.start(listens, id="other")
            await engine.start(listens, id="third")
            await engine.run(ticks, 30, id="tall")
            history = engine.history("tall")
            assert (await anext(history)).seq == 1
            await asyncio.sleep(0.1)
            seen.longest_s = 0.0
            away = asyncio.Event()
            gone = partial(asyncio.get_running_loop().call_soon_threadsafe, away.set)
            vanishing = asyncio.create_task(asyncio.to_thread(vanish, how, postgres, link, gone))
            await away.wait()
            began_s = time.monotonic()
            asked = [
                engine.signal("first", "go", {"tea": 1}),
                engine.terminate("other", reason="enough"),
                engine.cancel("third"),
                listed(engine),
                engine.run(ticks, 3, id="begun"),
            ]
            asked += [engine.replay("tall"), engine.children("tall"), rest(history)]
            answers = await asyncio.wait_for(asyncio.gather(*asked), 60)
            assert time.monotonic() - began_s > AWAY_S / 2
            await vanishing
            await asyncio.sleep(2 * TICK_S)
            longest_s = seen.longest_s
            result = await asyncio.wait_for(first.result(), 60)
            with pytest.raises(RunFailed):
                await asyncio.wait_for(other.result(), 60)
            inbox = list(runtime.journal.read("inbox/default/first/1"))
            assert [event.kind for event in inbox] == ["signal.sent/1"]
            assert answers[3] >= {"first", "other", "third"}
            replayed, children, seqs = answers[5:]
            assert (children, seqs) == ((), list(range(2, replayed.events + 1)))
            assert replayed.events > 60
            return (result, answers[4]), longest_s

    with to_socket(socket, tmp_path) as link:
        result, longest_s = asyncio.run(use(link))
    assert result == ({"tea": 1}, 3)
    assert longest_s < STALL_S_MAX
