"""How often a step on Temporal asks a journal in a database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.postgres_server import Server as Postgres
from tests.postgres_server import server as postgres_server
from tests.temporal_server import Server, server

import tarl
from tarl import Context, activity, workflow
from tarl.engines.temporal.runtime import connect

STEPS = 40


@activity
async def counted_in_questions(i: int) -> int:
    return i


@workflow
async def questions_of_steps(ctx: Context, n: int) -> int:
    for i in range(n):
        await ctx.call(counted_in_questions, i)
    return n


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=1) as running:
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


def test_a_step_reads_its_run_once_and_commits_once(
    temporal: Server, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    execute = psycopg.Connection.execute

    def counted(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        text = str(query)
        asked["commits"] += "INSERT INTO event" in text
        asked["reads"] += "FROM event WHERE stream" in text
        asked["revisions"] += text.startswith("SELECT value FROM tables_revision")
        return execute(self, query, *args, **more)

    async def use() -> int:
        async with tarl.open(postgres.database()) as runtime:
            engine = await connect(runtime, temporal.address, namespace=temporal.namespace())
            working = {"workflows": [questions_of_steps], "activities": [counted_in_questions]}
            async with engine.working(**working):
                await engine.run(questions_of_steps, 2, id="warm")
                monkeypatch.setattr(psycopg.Connection, "execute", counted)
                return int(await engine.run(questions_of_steps, STEPS, id="w"))

    assert asyncio.run(use()) == STEPS
    beside = 12  # of the run's start and end
    assert STEPS <= asked["commits"] <= STEPS + beside
    assert STEPS <= asked["reads"] <= STEPS + beside
    # A payload asks where a step takes long: what was told is good for KNOWN_S.
    assert asked["revisions"] <= 2 * STEPS + beside
