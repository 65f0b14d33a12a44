"""Runs of the embedded engine whose database is away: the loop goes on, and so do they once it is
back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.away import (
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
