"""Runs that nobody runs, found by a worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

import pytest
from tests.unit.engines import trials
from tests.unit.engines.lives import Lives

import tarl
from tarl import Context, activity, workflow
from tarl.engines.embedded.resuming import Resuming
from tarl.engines.embedded.runtime import Runtime
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.kernel import events as kinds
from tarl.testing.faults import Crash
from tarl.values.ids import RunId

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


@activity
async def kills(i: int) -> int:
    await asyncio.sleep(3_600)  # the test kills the process when it sees this step begin
    return i


@workflow
async def deadly(ctx: Context) -> int:
    return await ctx.call(kills, 0)


@workflow
async def harmless(ctx: Context) -> int:
    await ctx.sleep(600)
    return await ctx.call(counts, 1)


async def works_for(runtime: Runtime, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(Resuming(runtime).keep_resuming(), seconds)


class Deaths(Lives):
    """Several processes, of which those that run ``deadly`` are killed."""

    def __init__(self) -> None:
        super().__init__(deadly, harmless)
        self.live(self._begin)

    async def _begin(self, runtime: Runtime) -> None:
        await runtime.start(harmless, id="a")
        await runtime.start(harmless, id="z")
        runtime.engine.committer.flush()
        self.write_start(runtime)

    def write_start(self, runtime: Runtime) -> None:
        """A run that has begun, and whose process died at once."""
        run = RunId("default", "m", 1)
        body = kinds.run_started(code="", seed="00" * 32, workflow=deadly.name, input_json=b"null")
        writer = StreamWriter(run.stream, tenant="default", codec=runtime.journal.codec)
        runtime.journal.commit(Batch([writer.append(kinds.RUN_STARTED, body, at_ms=0)]))

    def work(self, seconds: float) -> bool:
        """Whether a worker survives so long."""
        DONE.clear()
        before = len(self.attempts)

        async def use(runtime: Runtime) -> bool:
            working = asyncio.create_task(works_for(runtime, seconds))
            while not working.done():
                await asyncio.sleep(0.5)
                if any(life[3] == "kills" for life in self.attempts[before:]):
                    raise Crash
            return True

        try:
            return bool(self.live(use))
        except Crash:
            return False


def test_a_run_that_kills_its_workers_is_left_to_a_person(
    caplog: pytest.LogCaptureFixture,
) -> None:
    deaths = Deaths()
    with caplog.at_level(logging.WARNING, "tarl.runtime"):
        survived = [deaths.work(60) for _ in range(6)]
    # The first to die has recorded that the step begins, and that counts as getting on.
    assert survived == [False, False, False, False, True, True]
    assert {r.message for r in caplog.records} == {
        "m/1 cannot go on: 3 processes died when they took it up"
    }
    assert deaths.work(1_000)
    assert deaths.statuses() == {"a": "completed", "m": "running", "z": "completed"}


def test_an_orderly_end_is_held_against_nobody() -> None:
    lives = Lives(harmless)

    async def begin(runtime: Runtime) -> None:
        await runtime.start(harmless, id="a")
        runtime.engine.committer.flush()

    lives.live(begin)
    for _ in range(5):
        lives.live(lambda runtime: works_for(runtime, 1.5))
        assert not list(lives.store.scan("run_taken_up"))
    lives.live(lambda runtime: works_for(runtime, 1_000))
    assert lives.statuses() == {"a": "completed"}
