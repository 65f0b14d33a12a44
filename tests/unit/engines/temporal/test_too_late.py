"""An activity that finishes after its run has ended: one line says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.temporal_server import Server, server

import tarl
from tarl import Context, activity, workflow

WAIT_S = 30.0

begun: list[asyncio.Event] = []
may_end: list[asyncio.Event] = []


@activity
async def takes_its_time() -> str:
    begun[-1].set()
    while True:
        try:
            await may_end[-1].wait()
        except asyncio.CancelledError:  # as code that cannot stop half-way
            continue
        return "too late"


@workflow
async def ends_before_its_step(ctx: Context) -> str:
    return await ctx.call(takes_its_time)


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=1) as running:
        yield running


def test_one_line_says_that_an_outcome_came_too_late(
    temporal: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def warnings() -> list[logging.LogRecord]:
        return [each for each in caplog.records if each.levelno >= logging.WARNING]

    async def use() -> None:
        begun.append(asyncio.Event())
        may_end.append(asyncio.Event())
        async with tarl.open(tmp_path / "t.db", workflows=[ends_before_its_step]) as runtime:
            engine = await tarl.connect_temporal(
                runtime, temporal.address, namespace=temporal.namespace()
            )
            async with engine.working(workflows=[ends_before_its_step]):
                await engine.start(ends_before_its_step, id="w")
                await asyncio.wait_for(begun[-1].wait(), WAIT_S)
                await engine.terminate("w", reason="enough")
                may_end[-1].set()
                async with asyncio.timeout(WAIT_S):
                    while not warnings():
                        await asyncio.sleep(0.05)
                await asyncio.sleep(0.5)

    asyncio.run(use())
    (said,) = warnings()
    assert said.exc_info is None
    assert said.getMessage() == (
        "w/1 has ended: the outcome of its step 1 (takes_its_time) came too late"
        " and is not recorded"
    )
