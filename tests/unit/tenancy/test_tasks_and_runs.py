"""A workflow that a queue's worker carries out is one execution: its task and its run together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import tarl
from tarl import Context, activity, workflow
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Exceeded
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.metering import bounds_of
from tarl.tenancy.tenant import Quotas
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.runs import RuntimeRuns
from tarl.work.workers.worker import Worker, WorkerOptions

under_way: list[int] = []
most: list[int] = []


@activity
async def at_once(number: int) -> int:
    under_way.append(number)
    most.append(len(under_way))
    await asyncio.sleep(0.01)
    under_way.remove(number)
    return number


@workflow
async def counts_once(ctx: Context, number: int) -> int:
    return await ctx.call(at_once, number)


@workflow
async def lies_open(ctx: Context, number: int) -> int:
    return int(await ctx.wait_for_signal("go"))


def used(runtime: Runtime) -> int:
    bounds = bounds_of(runtime.journal)
    assert bounds.usage("acme") == bounds.counted("acme")  # type: ignore[attr-defined]
    return int(bounds.usage("acme").concurrent_executions)  # type: ignore[attr-defined]


async def worker(runtime: Runtime, **quotas: int) -> tuple[AsyncTaskQueue, Worker]:
    bounds = bounds_of(runtime.journal)
    keyring = Keyring()
    tenants = Tenants(runtime.journal, keyring=keyring, bounds=bounds)  # type: ignore[arg-type]
    tenants.create("acme", sealed=False, quotas=Quotas(**quotas))
    number = iter(range(100))
    queue = AsyncTaskQueue(
        runtime.journal,
        clock=SystemClock(),
        draw_id=lambda: f"t{next(number)}",
        bounds=bounds,
    )
    handlers = Handlers([counts_once, lies_open], runs=RuntimeRuns(runtime))
    return queue, Worker(queue, handlers, WorkerOptions(name="w"), until_empty=True)


def test_as_many_tasks_run_as_the_quota_says_and_none_dies(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[counts_once]) as runtime:
            queue, one = await worker(runtime, concurrent_executions=2)
            tasks = [await queue.enqueue("counts_once", n, tenant="acme") for n in range(6)]
            await one.run()
            assert [await queue.result(task) for task in tasks] == list(range(6))
            assert used(runtime) == 0

    most.clear()
    asyncio.run(act())
    assert max(most) == 2


def test_a_run_counts_on_when_its_task_has_lost_its_worker(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[lies_open]) as runtime:
            queue, one = await worker(runtime, concurrent_executions=2)
            task = await queue.enqueue("lies_open", 1, tenant="acme", id="it")
            running = asyncio.create_task(one.run())
            while runtime.journal.head("run/acme/it/1") is None:
                await asyncio.sleep(0.01)
            assert used(runtime) == 1
            one.stop()
            await running
            assert used(runtime) == 1  # the run lies open, its task waits
            leased = await queue.lease("other")
            assert used(runtime) == 1
            runtime.signal("acme/it/1", "go", 5)
            while runtime.journal.count("run", {"status": "running"}):
                await asyncio.sleep(0.01)
            assert used(runtime) == 1  # the run is over, its task is not yet
            await queue.complete(leased[0], 5)
            assert used(runtime) == 0
            assert await queue.result(task) == 5

    asyncio.run(act())


def test_a_task_and_its_run_begin_once_to_the_rate(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[counts_once]) as runtime:
            queue, one = await worker(runtime, rate_per_minute=2)
            tasks = [await queue.enqueue("counts_once", n, tenant="acme") for n in range(2)]
            await one.run()
            assert [await queue.result(task) for task in tasks] == [0, 1]
            with pytest.raises(Exceeded):
                await queue.enqueue("counts_once", 3, tenant="acme")

    asyncio.run(act())
