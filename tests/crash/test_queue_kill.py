"""Real worker processes on one file, killed at random again and again.

Laws:
1. Every task ends; what completes is completed once, and under the fence of an attempt that ran.
2. Each attempt has a fence of its own.
3. A task that kills its worker dies after as many attempts as its policy has, and takes no other
   task with it.
4. Steps of a workflow that had answered before a kill are not run again by the next worker.
5. Chains verify, the tables are what the events say, and nothing is left in the queue.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from tests.crash import queue_jobs
from tests.warm.process import popen

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.journal.event import ChainCheck
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.kernel.retry import RetryPolicy
from tarl.storage import open_store
from tarl.work.queue import events
from tarl.work.queue.queue import TaskQueue
from tarl.work.queue.status import workers
from tarl.work.queue.task import Priority, TaskId

WORKERS = 3
TOGETHER = 4
RETRY = RetryPolicy(attempts_max=100, first_wait_ms=10, wait_max_ms=50)
POISON = RetryPolicy(attempts_max=3, first_wait_ms=10, wait_max_ms=50)
LEASE_S = 0.5


class Scene:
    """A journal, its workers, and the log that their handlers leave behind."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.journal = folder / "queue.db"
        self.log = folder / "log"
        self.random = random.Random(seed)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.kills = 0
        self.began = 0
        self.asked: dict[TaskId, str] = {}
        self.store: SqliteStore = open_store(self.journal, keyring=Keyring())
        self.queue = TaskQueue(
            self.store, clock=SystemClock(), draw_id=lambda: f"task-{len(self.asked)}"
        )

    def spawn(self) -> None:
        self.began += 1
        command = (sys.executable, "-m", "tarl.interfaces.cli.main", "worker", "-q")
        options = (
            "--db",
            str(self.journal),
            "--code",
            queue_jobs.__file__,
            "--concurrency",
            str(TOGETHER),
        )
        name = ("--name", f"worker-{self.began}", "--lease", str(LEASE_S))
        self.workers.append(
            popen(
                [*command, *options, *name],
                cwd=self.journal.parent,
                stderr=subprocess.PIPE,
                env={
                    **os.environ,
                    queue_jobs.LOG: str(self.log),
                    "PYTHONPATH": os.pathsep.join(sys.path),
                },
            )
        )

    def ask(self, count: int) -> None:
        for _ in range(count):
            number = len(self.asked)
            handler = self.random.choice(("waits", "waits", "computes", "steps"))
            if number in (20, 21):
                handler = "poison"
            task = self.queue.enqueue(
                handler,
                number,
                tenant=self.random.choice("ab"),
                priority=self.random.choice(list(Priority)),
                retry=POISON if handler == "poison" else RETRY,
            )
            self.asked[task] = handler

    def kill_one(self) -> None:
        time.sleep(self.random.uniform(0, 0.15))
        victim = self.random.choice(self.workers)
        victim.send_signal(signal.SIGKILL)
        self.bury()

    def bury(self) -> None:
        """Replace workers that are gone; one that failed by itself fails the test."""
        for worker in list(self.workers):
            try:
                worker.wait(0.2 if worker is self.workers[-1] else 0.01)
            except subprocess.TimeoutExpired:
                continue
            errors = worker.communicate()[1]
            assert worker.returncode == -signal.SIGKILL, errors.decode()
            self.kills += 1
            self.workers.remove(worker)
            self.spawn()

    def open_tasks(self) -> int:
        return self.store.count("task", {"queue": "main", "status": "queued"})

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.communicate()
        self.store.close()


def hunt(scene: Scene, kills: int) -> None:
    for _ in range(WORKERS):
        scene.spawn()
    while not scene.log.exists():
        if not scene.asked:
            scene.ask(30)
        time.sleep(0.02)
    while scene.kills < kills:
        if scene.open_tasks() < 20:
            scene.ask(20)
        scene.kill_one()
    deadline = time.monotonic() + 60
    while scene.open_tasks():
        assert time.monotonic() < deadline, f"law 1: {scene.open_tasks()} tasks starve"
        time.sleep(0.05)
        scene.bury()
    names = {worker.args[worker.args.index("--name") + 1] for worker in scene.workers}
    while not names <= {card["worker"] for card in workers(scene.queue.ledger, "main")}:
        assert time.monotonic() < deadline, "a worker never said that it is there"
        time.sleep(0.05)
    for worker in scene.workers:
        worker.send_signal(signal.SIGTERM)
    for worker in scene.workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors.decode()
    scene.workers.clear()


def check(scene: Scene) -> Counter[str]:
    lines = [json.loads(line) for line in scene.log.read_text().splitlines()]
    attempts: dict[str, list[Any]] = defaultdict(list)
    for line in lines:
        if line["what"] != "step":
            attempts[line["task"]].append(line)
    ended: Counter[str] = Counter()
    for task, handler in scene.asked.items():
        state = scene.queue.ledger.known(task)
        ended[state.status] += 1
        history = list(scene.store.read(task.stream))
        ChainCheck(task.stream).check_all(history)
        completions = [e for e in history if e.kind == events.TASK_COMPLETED]
        fences = [line["fence"] for line in attempts[task.id]]
        assert len(fences) == len(set(fences)), f"law 2: {task}: {fences}"
        if handler == "poison":
            assert state.status == "dead", f"law 3: {task}: {state.status}"
            assert state.attempts == POISON.attempts_max, f"law 3: {task}"
            assert 1 <= len(fences) <= POISON.attempts_max, f"law 3: {task}"
            continue
        assert state.status == "completed", f"law 1: {task}: {state.status}"
        assert len(completions) == 1, f"law 1: {task}"
        if handler == "steps":
            number = json.loads(scene.queue.ledger.payload(task, state) or b"null")
            assert scene.queue.result(task) == sum(number * 10 + i for i in range(4))
        else:
            assert scene.queue.result(task) == state.fence, f"law 1: {task}"
            assert state.fence in fences, f"law 1: {task}"
    check_steps(scene, lines)
    for table in ("task_ready", "task_lane", "task_group", "task_delayed", "task_lease"):
        assert list(scene.store.scan(table)) == [], f"law 5: {table}"
    assert list(changed_tables(scene.store)) == [], "law 5"
    return ended


def check_steps(scene: Scene, lines: list[Any]) -> None:
    """Law 4: a step ran again only if a kill cut it off, and a kill cuts off as many steps as its
    worker carried out at once.
    """
    runs = Counter(line["number"] for line in lines if line["what"] == "step")
    again = sum(number - 1 for number in runs.values())
    assert again <= TOGETHER * scene.kills, "law 4"


def seed_of_the_day() -> int:
    return int(os.environ.get("CRASH_SEED") or time.time_ns() % 1_000_000)


def survive(folder: Path, kills: int) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    scene = Scene(folder, seed)
    try:
        hunt(scene, kills)
        ended = check(scene)
    finally:
        scene.close()
    print(f"{scene.kills} kills, {dict(ended)}")
    assert ended["completed"] >= kills // 4
    assert ended["dead"] == 2


@pytest.mark.crash
@pytest.mark.timeout(200)
def test_20_kills_of_workers_lose_nothing(tmp_path: Path) -> None:
    survive(tmp_path, 20)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_300_kills_of_workers_lose_nothing(tmp_path: Path) -> None:
    survive(tmp_path, 300)
