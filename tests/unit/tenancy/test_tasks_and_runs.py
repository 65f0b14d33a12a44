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


@activity(queue="hands")
async def by_hand(number: int) -> int:
    seen.append(number)
    if number < 0:
        raise ValueError("negative")
    return number + 1


@workflow
async def asks_hands(ctx: Context, number: int) -> int:
    return sum(await asyncio.gather(ctx.call(by_hand, number), ctx.call(by_hand, number + 10)))


seen: list[int] = []


def hands(runtime: Runtime) -> tuple[AsyncTaskQueue, Worker]:
    """A worker that carries out steps, beside one for workflows."""
    draw = iter(range(100))
    queue = AsyncTaskQueue(
        runtime.journal,
        "hands",
        clock=SystemClock(),
        draw_id=lambda: f"h{next(draw)}",
        bounds=bounds_of(runtime.journal),
    )
    return queue, Worker(queue, Handlers([by_hand]), WorkerOptions(name="h"))


@pytest.mark.parametrize("number", [1, -1])
def test_a_step_in_a_queue_is_part_of_its_runs_execution(tmp_path: Path, number: int) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[asks_hands]) as runtime:
            await worker(runtime, concurrent_executions=1)
            queue, one = hands(runtime)
            other = await queue.enqueue("by_hand", 100, tenant="acme")
            running = asyncio.create_task(one.run())
            asked = runtime.run(asks_hands, number, id="it", tenant="acme")
            if number > 0:
                assert await asyncio.wait_for(asked, 30) == 14
            else:
                with pytest.raises(tarl.TarlError, match="negative"):
                    await asyncio.wait_for(asked, 30)
            assert await queue.result(other) == 101
            one.stop()
            await running
            assert used(runtime) == 0

    seen.clear()
    asyncio.run(act())


def test_steps_pass_a_tenants_tasks_that_may_not_begin(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[asks_hands]) as runtime:
            await worker(runtime, concurrent_executions=1)
            queue, _ = hands(runtime)
            for n in range(3):
                await queue.enqueue("by_hand", n, tenant="acme")
            asked = asyncio.create_task(
                runtime.run(asks_hands, 1, id="it", tenant="acme")  # takes the one execution
            )
            while runtime.journal.count("task") < 5:
                await asyncio.sleep(0.01)
            steps = await queue.lease("h", tasks_max=10)
            assert {delivery.lease.task.id.rpartition("-")[2] for delivery in steps} == {"1"}
            assert (len(steps), used(runtime)) == (2, 1)
            await queue.give_back(steps[0].lease)
            assert used(runtime) == 1
            again = await queue.lease("h", tasks_max=10)
            assert (len(again), used(runtime)) == (1, 1)
            await queue.complete(steps[1], 1)
            await queue.complete(again[0], 2)
            assert await asyncio.wait_for(asked, 30) == 3
            assert used(runtime) == 0

    asyncio.run(act())


def test_a_cancelled_step_frees_nothing_that_it_had_not_taken(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[asks_hands]) as runtime:
            await worker(runtime, concurrent_executions=2)
            queue, _ = hands(runtime)
            asked = asyncio.create_task(runtime.run(asks_hands, 1, id="it", tenant="acme"))
            while runtime.journal.count("task") < 2:
                await asyncio.sleep(0.01)
            assert len(await queue.lease("h", tasks_max=10)) == 2
            other = await queue.enqueue("by_hand", 1, tenant="acme")
            assert len(await queue.lease("h", tasks_max=10)) == 1
            assert used(runtime) == 2
            runtime.cancel("acme/it/1")
            with pytest.raises(tarl.TarlError):
                await asyncio.wait_for(asked, 30)
            assert used(runtime) == 1
            await queue.cancel(other, by="me")
            assert used(runtime) == 0

    asyncio.run(act())
