"""Steps that a queue's workers carry out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, RetryPolicy, activity, workflow
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Invalid
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import Worker, WorkerOptions

SEEN: list[Any] = []


@activity(queue="far", needs=["cuda"])
async def train(model: str, epochs: int = 1) -> dict[str, Any]:
    SEEN.append((model, epochs))
    return {"epochs": epochs, "model": model}


@activity(queue="far", retry=RetryPolicy(first_wait_ms=1))
async def flaky(x: int) -> int:
    SEEN.append(x)
    if len(SEEN) < 3:
        raise ConnectionError("down")
    return x


@activity(queue="far")
async def waits() -> None:
    SEEN.append("waits")
    await asyncio.sleep(60)


@workflow
async def trains(ctx: Context, epochs: int) -> Any:
    return await ctx.call(train, "m", epochs=epochs)


@workflow
async def tries(ctx: Context, x: int) -> int:
    return await ctx.call(flaky, x)


@workflow
async def gives_up(ctx: Context) -> str:
    try:
        async with asyncio.timeout(0.1):
            await ctx.call(waits)
    except TimeoutError:
        return "gave up"
    return "never"


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    SEEN.clear()


@asynccontextmanager
async def worker(runtime: Runtime, *capabilities: str) -> AsyncIterator[AsyncTaskQueue]:
    queue = AsyncTaskQueue(runtime.journal, "far", clock=SystemClock(), draw_id=str)
    options = WorkerOptions(name="w", capabilities=frozenset(capabilities))
    working = Worker(queue, Handlers([train, flaky, waits]), options)
    task = asyncio.create_task(working.run())
    try:
        yield queue
    finally:
        working.stop()
        await task


def test_a_worker_with_what_is_needed_carries_a_step_out(tmp_path: Path) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            handle = await runtime.start(trains, 3, id="r")
            async with worker(runtime):  # without the capability
                await asyncio.sleep(0.1)
                assert not SEEN
            async with worker(runtime, "cuda"):
                assert await handle.result() == {"epochs": 3, "model": "m"}
        assert SEEN == [("m", 3)]

    asyncio.run(work())


def test_the_workflows_own_policy_decides_about_further_attempts(tmp_path: Path) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime, worker(runtime):
            assert await runtime.run(tries, 7, id="r") == 7
        assert SEEN == [7, 7, 7]

    asyncio.run(work())


def test_a_run_that_is_taken_up_again_finds_the_task_it_had_asked_for(tmp_path: Path) -> None:
    async def ask() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            await runtime.start(trains, 2, id="r")
            while not runtime.journal.count("task"):
                await asyncio.sleep(0.01)

    async def go_on() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[trains]) as runtime:
            async with worker(runtime, "cuda") as queue:
                assert await runtime.resume("r") == {"epochs": 2, "model": "m"}
            assert queue.get_metrics()["tasks_enqueued"] == 1
        assert SEEN == [("m", 2)]

    asyncio.run(ask())
    asyncio.run(go_on())


def test_a_step_that_nobody_waits_for_is_taken_back(tmp_path: Path) -> None:
    async def work() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            assert await runtime.run(gives_up, id="r") == "gave up"
            for _ in range(2_000):
                statuses = [record["status"] for record in runtime.journal.scan("task")]
                if statuses == ["cancelled"]:
                    return
                await asyncio.sleep(0.01)
            raise AssertionError(statuses)

    asyncio.run(work())


def test_options_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(Invalid):
        train.options(heartbeat_ms=10)
    with pytest.raises(Invalid):
        train.options(queue="")
