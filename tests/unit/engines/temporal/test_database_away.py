"""A worker whose database is away: its loop goes on, and so does the run once it is back."""

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
from tests.postgres_server import PORT
from tests.postgres_server import Server as Postgres
from tests.postgres_server import server as postgres_server
from tests.temporal_server import Server, server

import tarl
from tarl.engines.temporal.runtime import connect


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=4) as running:
        yield running


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


@pytest.mark.parametrize("how", ["dead", "silent", "forgotten"])
def test_the_loop_turns_while_the_database_is_away(
    temporal: Server, postgres: Postgres, tmp_path: Path, how: str
) -> None:
    done.clear()
    socket = postgres.home / f".s.PGSQL.{PORT}"
    url = postgres.database().replace(str(postgres.home), str(tmp_path))

    async def use(link: Link) -> tuple[object, float]:
        begun.append(asyncio.Event())
        go_on.append(asyncio.Event())
        async with tarl.open(url, workflows=[outlives_the_database]) as runtime:
            engine = await connect(runtime, temporal.address, namespace=temporal.namespace())
            async with engine.working(workflows=[outlives_the_database]), watched() as stalls:
                running = asyncio.create_task(engine.run(outlives_the_database, id="o1"))
                await asyncio.wait_for(begun[-1].wait(), 60)
                stalls.longest_s = 0.0
                loop = asyncio.get_running_loop()
                gone = partial(loop.call_soon_threadsafe, go_on[-1].set)
                await asyncio.to_thread(vanish, how, postgres, link, gone)
                await asyncio.sleep(2 * TICK_S)  # a stall is known when it is over
                longest_s = stalls.longest_s
                return await asyncio.wait_for(running, 60), longest_s

    with to_socket(socket, tmp_path) as link:
        result, longest_s = asyncio.run(use(link))
    assert result == ["tea", 4]
    assert done == ["tea", "milk counted"]
    assert longest_s < STALL_S_MAX
