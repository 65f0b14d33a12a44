"""Workers in one loop: what they carry out, how they fail, drain, lose leases and hang."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.opened import until_test_ends
from tests.unit.work.queues import COORDINATIONS, PROJECTIONS, HandClock, memory

from tarl.engines.embedded.clock import SystemClock
from tarl.errors import ActivityFailed, Conflict, Invalid, RunFailed, TarlError, Unavailable
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.definition import Activity, Workflow, activity, workflow
from tarl.kernel.effect import Effect
from tarl.kernel.gateway import Gateway
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.retry import RetryPolicy
from tarl.testing.clock import JumpingClock, run
from tarl.testing.faults import Faults, FaultyStore
from tarl.values.verdict import Allow, Verdict
from tarl.work.queue.selection import Lease
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.attempt import current_attempt
from tarl.work.workers.handlers import Handlers, arguments
from tarl.work.workers.pool import ThreadedWorkers, WorkerPool
from tarl.work.workers.threads import Threads
from tarl.work.workers.worker import Worker, WorkerOptions

ONCE = RetryPolicy(attempts_max=1)
SOON = RetryPolicy(attempts_max=3, first_wait_ms=10, wait_max_ms=10)
SEEN: list[Any] = []
GATE = threading.Event()


class Point(msgspec.Struct, frozen=True):
    x: int
    y: int = 0


@activity
async def double(n: int) -> int:
    return 2 * n


@activity
def add(a: int, b: int = 1) -> int:
    return a + b


@activity
async def mirrored(point: Point) -> Point:
    return Point(point.y, point.x)


@activity
async def nothing() -> None:
    return None


@activity
async def sleepy(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "awake"


@activity
async def broken(text: str) -> None:
    raise ValueError(text)


@activity
async def shaky(name: str) -> str:
    SEEN.append(current_attempt())
    if SEEN.count(SEEN[-1]) and len(SEEN) < 3:
        raise ConnectionError("not yet")
    return name


@activity(timeout_ms=50)
def stuck() -> str:
    GATE.wait(20)
    return "late"


@activity
async def unserialisable() -> Any:
    return object()


@activity
def quit_it() -> None:
    raise SystemExit(3)


@activity
async def cancels_itself() -> None:
    raise asyncio.CancelledError


@activity
async def quits_the_loop() -> None:
    raise SystemExit(3)


@workflow
async def flow(ctx: Any, n: int) -> int:
    return n


KNOWN = (double, add, mirrored, nothing, sleepy, broken, shaky, stuck, unserialisable, quit_it)
KNOWN += (cancels_itself, quits_the_loop)


def make_queue(store: Store, clock: Any) -> AsyncTaskQueue:
    numbers = count(1)
    return AsyncTaskQueue(store, clock=clock, draw_id=lambda: f"drawn-{next(numbers)}")


@asynccontextmanager
async def serving(
    queue: AsyncTaskQueue, *, handlers: Handlers | None = None, **options: Any
) -> AsyncIterator[Worker]:
    worker = Worker(queue, handlers or Handlers(KNOWN), WorkerOptions(name="w", **options))
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await task


def jumping(scenario: Callable[[AsyncTaskQueue], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario on the reference store, where time jumps when nobody is busy."""
    clock = JumpingClock()

    async def main() -> None:
        queue = make_queue(memory(), clock)
        await asyncio.wait_for(scenario(queue), 100_000)
        queue.close()

    run(main(), clock=clock)


def real(scenario: Callable[[AsyncTaskQueue], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario in real time, for what threads do."""

    async def main() -> None:
        queue = make_queue(memory(), SystemClock())
        async with asyncio.timeout(30):
            await scenario(queue)
        queue.close()

    asyncio.run(main())


class TestCarryingOut:
    @pytest.mark.parametrize(
        ("name", "payload", "result"),
        [
            ("double", 21, 42),
            ("mirrored", {"x": 1, "y": 2}, {"x": 2, "y": 1}),
            ("nothing", None, None),
        ],
    )
    def test_payloads_become_typed_arguments(self, name: str, payload: Any, result: Any) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue):
                assert await queue.result(await queue.enqueue(name, payload)) == result

        jumping(scenario)

    def test_synchronous_activities_run_in_threads(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue):
                tasks = [
                    await queue.enqueue("add", payload)
                    for payload in ({"a": 1}, {"a": 1, "b": 5}, [2, 3])
                ]
                assert [await queue.result(task) for task in tasks] == [2, 6, 5]

        real(scenario)

    @pytest.mark.parametrize(
        ("name", "payload", "error"),
        [
            ("double", "x", "Invalid"),
            ("double", None, "Invalid"),
            ("add", {"c": 1}, "Invalid"),
            ("add", 3, "Invalid"),
            ("nothing", 1, "Invalid"),
            ("unserialisable", None, "Invalid"),
        ],
        ids=["type", "null", "unknown", "scalar", "unwanted", "result"],
    )
    def test_what_no_attempt_can_mend_dies_at_once(
        self, name: str, payload: Any, error: str
    ) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue):
                task = await queue.enqueue(name, payload)
                with pytest.raises(ActivityFailed) as failed:
                    await queue.result(task)
                assert failed.value.type == error
                assert len(queue.ledger.known(task).failures) == 1

        jumping(scenario)

    def test_a_gate_whose_journal_is_away_is_asked_again(self) -> None:
        looks = count()

        class Away:
            def decide(self, effect: Effect) -> Verdict:
                if next(looks) < 3:
                    raise Unavailable("gone", code="journal.unreachable")
                return Allow()

        async def scenario(queue: AsyncTaskQueue) -> None:
            gateway = Gateway(
                Away(), threads=ThreadPoolExecutor(1), limits=DEFAULT_LIMITS, now_s=lambda: 0.0
            )
            async with serving(queue, handlers=Handlers(KNOWN, gateway=gateway)):
                task = await queue.enqueue("double", 2)
                assert await queue.result(task) == 4
                assert not queue.ledger.known(task).failures

        jumping(scenario)

    def test_a_failure_is_tried_again_and_knows_its_attempt(self) -> None:
        SEEN.clear()

        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue):
                task = await queue.enqueue("shaky", "name", retry=SOON)
                assert await queue.result(task) == "name"
                assert [(a.task, a.attempt, a.fence, a.worker) for a in SEEN] == [
                    (task, n, n, "w") for n in (1, 2, 3)
                ]
            assert current_attempt() is None

        jumping(scenario)

    def test_a_failure_is_logged_with_its_names(self, caplog: pytest.LogCaptureFixture) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue):
                task = await queue.enqueue("broken", "no luck", retry=ONCE, tenant="acme")
                with pytest.raises(ActivityFailed, match="ValueError: no luck"):
                    await queue.result(task)

        with caplog.at_level(logging.WARNING, logger="tarl.worker"):
            jumping(scenario)
        first: Any = caplog.records[0]
        assert (first.tenant, first.worker, first.attempt) == ("acme", "w", 1)
        assert (first.task, first.queue) == ("drawn-1", "main")

    @pytest.mark.parametrize("name", ["quit_it", "quits_the_loop", "cancels_itself"])
    def test_a_handler_that_wants_more_than_itself_to_end_fails_alone(self, name: str) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue):
                task = await queue.enqueue(name, retry=ONCE)
                with pytest.raises(ActivityFailed, match=r"SystemExit|CancelledError"):
                    await queue.result(task)
                assert await queue.result(await queue.enqueue("double", 1)) == 2

        real(scenario)

    def test_only_so_many_at_once(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            for _ in range(9):
                await queue.enqueue("sleepy", 10)
            async with serving(queue, concurrency=4) as worker:
                await asyncio.sleep(5)
                assert worker.held == queue.get_metrics()["active_leases"] == 4

        jumping(scenario)

    def test_what_it_does_not_know_is_left_to_others(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            await queue.enqueue("unknown", 1)
            async with serving(queue):
                await asyncio.sleep(60)
                assert queue.get_metrics()["queue_depth"] == 1

        jumping(scenario)


class TestHanging:
    def test_an_attempt_that_takes_too_long_fails(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue):
                task = await queue.enqueue("sleepy", 1e9, timeout_ms=5_000, retry=ONCE)
                with pytest.raises(ActivityFailed) as failed:
                    await queue.result(task)
                assert failed.value.type == "TaskTimeout"

        jumping(scenario)

    def test_a_thread_that_hangs_is_left_behind_and_its_answer_dropped(self) -> None:
        GATE.clear()

        async def scenario(queue: AsyncTaskQueue) -> None:
            handlers = Handlers(KNOWN)
            async with serving(queue, handlers=handlers, concurrency=2):
                task = await queue.enqueue("stuck", retry=ONCE)
                with pytest.raises(ActivityFailed, match="longer than 50 ms"):
                    await queue.result(task)
                assert handlers.threads.abandoned == 1
                assert await queue.result(await queue.enqueue("add", {"a": 1})) == 2
                GATE.set()
                while handlers.threads.abandoned:
                    await asyncio.sleep(0.005)
            assert queue.ledger.known(task).status == "dead"

        real(scenario)

    def test_a_worker_of_too_many_hanging_threads_leases_nothing_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            handlers = Handlers(KNOWN)
            handlers.threads.abandoned = 100
            await queue.enqueue("double", 1)
            worker = Worker(queue, handlers, WorkerOptions(name="w"))
            await worker.run()
            assert queue.get_metrics()["queue_depth"] == 1

        jumping(scenario)


class TestKeeping:
    def test_a_long_task_keeps_its_lease(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue, lease_ttl_ms=1_000):
                task = await queue.enqueue("sleepy", 60, retry=ONCE)
                assert await queue.result(task) == "awake"

        jumping(scenario)

    def test_another_worker_takes_what_a_dead_one_held(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            task = await queue.enqueue("double", 4)
            await queue.lease("dead", ttl_ms=500)
            async with serving(queue, lease_ttl_ms=1_000):
                assert await queue.result(task) == 8
            assert queue.ledger.known(task).failures[0][1].worker == "dead"

        jumping(scenario)

    def test_a_cancelled_task_is_stopped_at_the_next_heartbeat(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue, lease_ttl_ms=900) as worker:
                task = await queue.enqueue("sleepy", 1e6)
                await asyncio.sleep(1)
                assert worker.held == 1
                await queue.cancel(task)
                with pytest.raises(Conflict, match="was cancelled"):
                    await queue.result(task)
                await asyncio.sleep(1)
                assert worker.held == 0
                assert worker.get_metrics()["lost"] == 1
                assert worker.get_status()["draining"] is False

        jumping(scenario)

    def test_it_says_that_it_is_there_and_when_it_leaves(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue, capabilities=frozenset({"gpu"}), version="2") as worker:
                await asyncio.sleep(100)
                (found,) = queue.get_status()["worker_list"]
                assert (found["worker"], found["version"], found["alive"]) == ("w", "2", True)
                assert found["capabilities"] == ["gpu"]
                assert worker.held == 0
            assert queue.get_status()["worker_list"] == []

        jumping(scenario)


class TestEnding:
    def test_a_drain_finishes_what_it_holds_and_leases_nothing_more(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            first = await queue.enqueue("sleepy", 10)
            async with serving(queue, concurrency=1) as worker:
                await asyncio.sleep(1)
                await queue.enqueue("sleepy", 10, id="second")
                worker.drain()
                assert await queue.result(first) == "awake"
            found = queue.get_metrics()
            assert (found["tasks_completed"], found["queue_depth"]) == (1, 1)

        jumping(scenario)

    @pytest.mark.parametrize("how", ["stop", "deadline"])
    def test_what_is_not_finished_is_given_back_at_once(self, how: str) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            task = await queue.enqueue("sleepy", 1e6)
            async with serving(queue, drain_ms=3_000) as worker:
                await asyncio.sleep(1)
                worker.drain()
                await asyncio.sleep(1)
                assert queue.get_metrics()["active_leases"] == 1
                if how == "stop":
                    worker.stop()
                    await asyncio.sleep(0.1)
                else:
                    await asyncio.sleep(4)
                assert queue.get_metrics()["active_leases"] == 0
            (again,) = await queue.lease("other")
            assert (again.lease.task, again.lease.attempt) == (task, 1)

        jumping(scenario)

    def test_until_empty_waits_for_what_is_delayed(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            clock = queue.ledger.clock
            await queue.enqueue("double", 1, not_before_ms=clock.now_ms() + 60_000)
            await queue.enqueue("double", 2)
            options = WorkerOptions(name="w")
            worker = Worker(queue, Handlers(KNOWN), options, until_empty=True)
            await worker.run()
            assert worker.done == 2

        jumping(scenario)


class TestTrouble:
    def test_outcomes_reach_a_journal_that_cannot_be_written_for_a_while(self) -> None:
        clock = JumpingClock()

        async def main() -> None:
            rates = {"disk_full": 0.3, "io": 0.1, "unknown": 0.1}
            store = FaultyStore(memory(), Faults(7, {}))  # type: ignore[type-abstract]
            queue = make_queue(store, clock)
            tasks = [await queue.enqueue("double", i) for i in range(30)]
            store._faults = Faults(7, rates)
            async with serving(queue, lease_ttl_ms=60_000):
                for i, task in enumerate(tasks):
                    assert await queue.result(task) == 2 * i
                store._faults = Faults(7, {})
            assert store.drawn["unknown"] > 0
            queue.close()

        run(main(), clock=clock)

    def test_those_who_wait_are_told_when_the_queue_closes(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            waiting = asyncio.create_task(queue.result(await queue.enqueue("double", 1)))
            await asyncio.sleep(0)
            queue.close()
            with pytest.raises(TarlError) as error:
                await waiting
            assert error.value.code == "queue.closed"

        jumping(scenario)

    def test_a_result_that_another_process_records_is_seen(self, tmp_path: Path) -> None:
        def opened() -> SqliteStore:
            return until_test_ends(
                SqliteStore(
                    tmp_path / "q.db",
                    origin="tarl/test",
                    projections=PROJECTIONS,
                    coordinations=COORDINATIONS,
                )
            )

        async def main() -> None:
            here, there = (make_queue(opened(), SystemClock()) for _ in range(2))
            task = await here.enqueue("double", 4)
            waiting = asyncio.create_task(here.result(task))
            async with serving(there):
                async with asyncio.timeout(20):
                    assert await waiting == 8
            here.close()

        asyncio.run(main())


class FakeRuns:
    """Workflows by a plain call; fails as a recorded run does."""

    def __init__(self) -> None:
        self.leases: list[Lease] = []

    async def run(self, workflow: Workflow[..., Any], payload: Any, *, lease: Lease) -> Any:
        self.leases.append(lease)
        if payload < 0:
            raise RunFailed("negative")
        return await workflow.fn(None, payload)


class TestHandlers:
    def test_a_workflow_runs_where_runs_are_carried_out(self) -> None:
        runs = FakeRuns()

        async def scenario(queue: AsyncTaskQueue) -> None:
            async with serving(queue, handlers=Handlers([flow], runs=runs)):
                assert await queue.result(await queue.enqueue("flow", 3)) == 3
                failed = await queue.enqueue("flow", -1)
                with pytest.raises(ActivityFailed):
                    await queue.result(failed)
                assert len(queue.ledger.known(failed).failures) == 1

        jumping(scenario)
        assert len(runs.leases) == 2
        assert Handlers([flow]).names == frozenset()

    def test_two_of_one_name_are_refused(self) -> None:
        other = Activity(double.fn, name="add")
        with pytest.raises(Conflict) as error:
            Handlers([add, other])
        assert error.value.code == "worker.ambiguous"
        assert Handlers([add, add]).names == {"add"}

    def test_a_function_of_any_arguments_is_refused(self) -> None:
        with pytest.raises(Invalid) as error:
            Handlers([Activity(_anything)])
        assert error.value.code == "worker.parameters"

    def test_a_default_stands_for_null(self) -> None:
        parameters = list(Activity(_one_optional).signature.parameters.values())
        assert arguments("x", parameters, b"null") == ([], {})
        assert arguments("x", parameters, b"5") == ([5], {})

    @pytest.mark.parametrize(
        "values", [{"concurrency": 0}, {"name": ""}, {"lease_ttl_ms": 1}, {"drain_ms": -1}]
    )
    def test_options_outside_their_range_are_refused(self, values: dict[str, Any]) -> None:
        with pytest.raises(Invalid):
            WorkerOptions(**{"name": "w", **values})


def _anything(*values: int) -> None:
    """Any number of arguments."""


def _one_optional(value: int = 3) -> int:
    return value


class TestPools:
    def test_a_pool_serves_with_several_workers(self) -> None:
        async def scenario(queue: AsyncTaskQueue) -> None:
            pool = WorkerPool(
                queue, Handlers(KNOWN), WorkerOptions(name="p", concurrency=1), worker_count=3
            )
            for i in range(6):
                await queue.enqueue("sleepy", 1, id=f"t{i}")
            await pool.start()
            assert pool.is_running
            for i in range(6):
                assert await queue.result(queue.task(f"t{i}")) == "awake"
            workers = {
                e.worker for i in range(6) for e in [queue.ledger.known(queue.task(f"t{i}"))]
            }
            assert workers == {"p-1", "p-2", "p-3"}
            await asyncio.sleep(0.1)
            assert pool.get_metrics() == {
                "workers": 3,
                "completed": 6,
                "failed": 0,
                "lost": 0,
                "held": 0,
                "hanging_threads": 0,
            }
            assert [w["worker"] for w in pool.get_status()["worker_list"]] == sorted(workers)
            await pool.stop()
            assert not pool.is_running

        jumping(scenario)

    def test_workers_in_threads_share_a_file(self, tmp_path: Path) -> None:
        def opened() -> SqliteStore:
            return until_test_ends(
                SqliteStore(
                    tmp_path / "q.db",
                    origin="tarl/test",
                    projections=PROJECTIONS,
                    coordinations=COORDINATIONS,
                    synchronous="NORMAL",
                )
            )

        @asynccontextmanager
        async def open_worker(name: str) -> AsyncIterator[Worker]:
            store = opened()
            queue = make_queue(store, SystemClock())
            yield Worker(queue, Handlers(KNOWN), WorkerOptions(name=name, concurrency=1))
            queue.close()
            store.close()

        async def main() -> None:
            queue = make_queue(opened(), SystemClock())
            workers = ThreadedWorkers(open_worker, name="t", worker_count=3)
            workers.start()
            while queue.get_metrics()["workers"] < 3:
                await asyncio.sleep(0.01)
            tasks = [await queue.enqueue("sleepy", 0.2) for _ in range(6)]
            async with asyncio.timeout(30):
                for task in tasks:
                    assert await queue.result(task) == "awake"
            await asyncio.to_thread(workers.stop)
            seen = {queue.ledger.known(task).worker for task in tasks}
            assert seen <= {"t-1", "t-2", "t-3"}
            assert len(seen) > 1
            queue.close()

        asyncio.run(main())


class TestThreads:
    def test_idle_threads_serve_again(self) -> None:
        async def main() -> None:
            threads = Threads()
            names = [await threads.run(lambda: threading.current_thread().ident) for _ in range(5)]
            assert len(set(names)) == 1
            threads.close()

        asyncio.run(main())

    def test_a_loop_that_closes_lets_its_threads_end(self) -> None:
        async def main() -> None:
            running = asyncio.create_task(Threads().run(lambda: time.sleep(0.05)))
            await asyncio.sleep(0.01)
            running.cancel()

        before = threading.active_count()
        asyncio.run(main())
        deadline = time.monotonic() + 30
        while threading.active_count() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threading.active_count() == before

    def test_stop_iteration_does_not_end_the_loop(self) -> None:
        def stop() -> None:
            raise StopIteration

        async def main() -> None:
            with pytest.raises(RuntimeError, match="StopIteration"):
                await Threads().run(stop)

        asyncio.run(main())


class BeatsAtTheEnd(AsyncTaskQueue):
    """Lets a worker say that it is alive in the very commit that records what it has done."""

    beat: Callable[[], Coroutine[Any, Any, None]]

    async def complete_encoded(self, delivery: Any, result: bytes) -> None:
        beating = asyncio.create_task(self.beat())
        completing = asyncio.create_task(super().complete_encoded(delivery, result))
        await asyncio.gather(completing, beating)


def test_what_was_completed_meanwhile_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        numbers = count(1)
        clock = SystemClock()
        queue = BeatsAtTheEnd(memory(), clock=clock, draw_id=lambda: f"drawn-{next(numbers)}")
        async with serving(queue, concurrency=5) as worker:
            queue.beat = worker._beat
            tasks = [await queue.enqueue("double", n) for n in range(20)]
            assert [await queue.result(task) for task in tasks] == [2 * n for n in range(20)]
            while worker.held:
                await asyncio.sleep(0.01)
            assert (worker.done, worker.lost) == (20, 0)
        queue.close()

    asyncio.run(main())
    assert "lost task" not in caplog.text


def test_unavailable_is_not_a_refusal() -> None:
    """What the worker tries again, it must be able to tell from what it must not."""
    assert not issubclass(Unavailable, Conflict)
    assert HandClock().now_ms() > 0
