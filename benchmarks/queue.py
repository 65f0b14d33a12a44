"""Tasks through a queue: enqueued, carried out and recorded, a hundred in flight, against peers;
and four worker processes on one file against one.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.measure import Finding, Turn, Work, against, alternate, timed
from tarl import activity
from tarl.engines.embedded.clock import SystemClock
from tarl.storage import open_store
from tarl.work.queue.queue import TaskQueue
from tarl.work.queue.task import id_at
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import Worker, WorkerOptions

TASKS = 2_000
"""Of one turn."""

PEER_TASKS = 500
"""Of a peer's turn: it takes longer, and a rate is a rate."""

IN_FLIGHT = 100
ROUNDS = 4
THREADS = (4, 8)
"""Threads that carry out a peer's tasks; the better counts."""

BURNING = """
import time

from tarl import activity


@activity
async def burn(i: int) -> int:
    end = time.thread_time() + 0.005
    while time.thread_time() < end:
        pass
    return i
"""
"""Five milliseconds of computing, as workers load it."""

BURN_TASKS = 400
PROCESSES = 4
TARGETS = {"huey": 3.0, "absurd": 5.0}


@activity
async def noop(i: int) -> int:
    """Nothing, so that the queue is what is measured."""
    return i


def _drawn() -> str:
    return id_at(SystemClock().now_ms(), uuid.uuid4().hex)


@contextmanager
def tarl_tasks(path: Path) -> Iterator[Work]:
    """One loop that enqueues, carries out and waits for every result."""
    store = open_store(path)
    with asyncio.Runner() as runner:

        async def make() -> tuple[AsyncTaskQueue, asyncio.Task[None]]:
            queue = AsyncTaskQueue(store, clock=SystemClock(), draw_id=_drawn)
            options = WorkerOptions(name="bench", concurrency=IN_FLIGHT)
            worker = Worker(queue, Handlers([noop]), options)
            return queue, asyncio.create_task(worker.run())

        queue, serving = runner.run(make())

        async def all_of_them() -> int:
            numbers = iter(range(TASKS))

            async def client() -> None:
                for i in numbers:
                    task = await queue.enqueue("noop", i)
                    assert await queue.result(task) == i

            await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
            return TASKS

        yield timed(lambda: runner.run(all_of_them()))

        async def end() -> None:
            serving.cancel()
            await asyncio.wait([serving])
            queue.close()

        runner.run(end())
    store.close()


def _in_flight(ask: Callable[[int], Any], done: Callable[[], int], tasks: int) -> int:
    """Ask for tasks one after the other, never more at once than ``IN_FLIGHT``; wait for all."""
    before = done()
    for i in range(tasks):
        while i - (done() - before) >= IN_FLIGHT:
            time.sleep(0.0005)
        ask(i)
    while done() - before < tasks:
        time.sleep(0.0005)
    return tasks


def _huey(threads: int) -> Callable[[Path], Any]:
    @contextmanager
    def make(directory: Path) -> Iterator[Work]:
        from huey import SqliteHuey
        from huey.consumer import Consumer

        logging.getLogger("huey").setLevel(logging.ERROR)
        place = directory / f"huey-{threads}.db"
        huey = SqliteHuey(f"bench{threads}", filename=str(place), fsync=True, results=True)
        finished = itertools.count(1)
        latest = [0]

        @huey.task(name=f"noop{threads}")
        def noop_task(i: int) -> int:
            latest[0] = next(finished)
            return i

        def work() -> Turn:
            settings = {"initial_delay": 0.001, "backoff": 1.0, "max_delay": 0.005}
            consumer = Consumer(
                huey, workers=threads, worker_type="thread", periodic=False, **settings
            )
            consumer.start()
            time.sleep(0.05)
            begin = time.perf_counter()
            amount = _in_flight(noop_task, lambda: latest[0], PEER_TASKS)
            seconds = time.perf_counter() - begin
            consumer.stop()
            return Turn(amount, seconds)

        yield work

    return make


def _absurd(threads: int) -> Callable[[Path], Any]:
    @contextmanager
    def make(directory: Path) -> Iterator[Work | str]:
        with peers._absurd(directory) as found:
            if isinstance(found, str):
                yield found
                return
            url, psycopg, absurd = found
            finished = itertools.count(1)
            latest = [0]

            def app() -> Any:
                client = absurd(url, queue_name="tasks")

                @client.register_task(name="noop")
                def noop_task(parameters: dict[str, int], context: Any) -> int:
                    latest[0] = next(finished)
                    return parameters["i"]

                return client

            client = app()
            client.create_queue()
            count = "SELECT count(*) FROM absurd.t_tasks WHERE state = 'completed'"

            def work() -> Turn:
                target = latest[0] + PEER_TASKS
                with peers._working([app() for _ in range(threads)]):
                    begin = time.perf_counter()
                    _in_flight(
                        lambda i: client.spawn("noop", {"i": i}), lambda: latest[0], PEER_TASKS
                    )
                    with psycopg.connect(url, autocommit=True) as connection:
                        while connection.execute(count).fetchone()[0] < target:
                            time.sleep(0.001)
                    return Turn(PEER_TASKS, time.perf_counter() - begin)

            yield work

    return make


PEERS = (
    *(peers.Peer(f"huey, {n} threads", ("huey",), _huey(n)) for n in THREADS),
    *(peers.Peer(f"absurd, {n} workers", peers._ABSURD, _absurd(n)) for n in THREADS),
)


@contextmanager
def worker_processes(path: Path, count: int) -> Iterator[Work]:
    """So many processes that carry out tasks of five milliseconds."""
    store = open_store(path)
    queue = TaskQueue(store, clock=SystemClock(), draw_id=_drawn)
    code = path.with_name("burning.py")
    code.write_text(BURNING)
    command = (sys.executable, "-m", "tarl.interfaces.cli.main", "worker", "--db", str(path))
    processes = [
        subprocess.Popen([*command, "--code", str(code), "--concurrency", "2", "-q"])
        for _ in range(count)
    ]
    deadline = time.monotonic() + 60
    while queue.get_metrics()["workers"] < count:
        if time.monotonic() > deadline:
            raise RuntimeError("the workers did not come up")
        time.sleep(0.05)

    def work() -> int:
        done = queue.get_metrics()["tasks_completed"] + BURN_TASKS
        for i in range(BURN_TASKS):
            queue.enqueue("burn", i)
        where = {"queue": queue.name, "status": "completed"}
        while store.count("task", where) < done:
            time.sleep(0.005)
        return BURN_TASKS

    try:
        yield timed(work)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
        store.close()


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Tasks a second against the peers, and four processes against one."""
    rounds = 2 if quick else ROUNDS
    with ExitStack() as opened:
        contestants = {"tasks": opened.enter_context(tarl_tasks(directory / "queue.db"))}
        found, absent = peers.enter(opened, PEERS, directory)
        contestants |= found
        rates = alternate(contestants, rounds=rounds)
    findings = [
        Finding("tasks, enqueued and carried out", f"{rates['tasks'].per_s:,.0f}/s"),
        *(
            against(rates["tasks"], rates[name], at_least=TARGETS[name.split(",")[0]])
            for name in found
        ),
        *(Finding(f"tasks : {name}", f"not measured: {why}") for name, why in absent),
    ]
    several = {}
    for count in (PROCESSES, 1):  # not both at once: they would share the processors
        with worker_processes(directory / f"processes-{count}.db", count) as work:
            name = f"{count} worker {'process' if count == 1 else 'processes'}, 5 ms a task"
            several[count] = alternate({name: work}, rounds=rounds)[name]
    return [*findings, against(several[PROCESSES], several[1], at_least=1.5)]
