"""Runs that nobody runs, found by a worker."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from tests.unit.engines import trials

import tarl
from tarl import Context, activity, workflow
from tarl.engines.embedded.resuming import Resuming

DONE: list[int] = []


@activity
async def counts(i: int) -> int:
    DONE.append(i)
    return i


@activity(idempotent=False)
async def pays() -> None:
    await asyncio.sleep(60)


@workflow
async def slowly(ctx: Context) -> int:
    await ctx.call(counts, 1)
    await asyncio.sleep(0.2)
    return await ctx.call(counts, 2)


@workflow
async def pays_late(ctx: Context) -> None:
    await ctx.call(pays)


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


def interrupt(path: Path, what: tarl.Workflow[..., object]) -> None:
    async def begin() -> None:
        async with tarl.open(path) as runtime:
            await runtime.start(what, id="r")
            await asyncio.sleep(0.05)

    asyncio.run(begin())


def test_an_interrupted_run_goes_on_where_its_code_is_known(tmp_path: Path) -> None:
    interrupt(tmp_path / "t.db", slowly)

    async def work() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[trials.loops]) as other:
            assert await Resuming(other).look() == 0  # its code is not loaded there
        async with tarl.open(tmp_path / "t.db", workflows=[slowly]) as runtime:
            resuming = Resuming(runtime)
            assert await resuming.look() == 1
            assert await resuming.look() == 0  # it is under way
            assert await runtime.run(slowly, id="r") == 2
        assert DONE == [1, 2]

    asyncio.run(work())


def test_a_run_that_another_process_runs_is_left_to_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            tarl.open(tmp_path / "t.db") as owner,
            tarl.open(tmp_path / "t.db", workflows=[slowly]) as other,
        ):
            handle = await owner.start(slowly, id="r")
            await asyncio.sleep(0.05)
            assert await Resuming(other).look() == 0
            assert await handle.result() == 2

    asyncio.run(work())


def test_a_run_that_cannot_go_on_is_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    interrupt(tmp_path / "t.db", pays_late)

    async def work() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[pays_late]) as runtime:
            resuming = Resuming(runtime)
            with caplog.at_level(logging.WARNING, "tarl.runtime"):
                assert [await resuming.look() for _ in range(3)] == [0, 0, 0]
            assert [record.message.split(":")[0] for record in caplog.records] == [
                "r/1 cannot go on"
            ]
            runtime.resolve("r", step=1, result=None)
            assert await resuming.look() == 1
            assert await runtime.run(pays_late, id="r") is None

    asyncio.run(work())
