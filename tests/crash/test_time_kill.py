"""Processes that fire timers and schedules on one file, killed at random moments.

Laws:
1. A timer whose firing is on disk is not fired again.
2. Every timer that was set fires, recorded once, after its handler has ended.
3. Every time of a schedule is recorded once; its run exists once and completes.
4. The journal is sound, and its tables are what its events say.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from tests.warm.process import popen

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.journal.rebuild import changed_tables
from tarl.storage import open_store
from tarl.work.schedules.ledger import Schedules
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.times import Every
from tarl.work.timers.ledger import Request, Timers

ROOT = Path(__file__).parents[2]
TOGETHER = 2
EVERY_MS = 200


class Scene:
    """A journal and the processes on it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.journal = folder / "time.db"
        self.effects = folder / "effects"
        self.random = random.Random(seed)
        self.workers: list[subprocess.Popen[str]] = []
        self.kills = 0
        self.store = open_store(self.journal, keyring=Keyring().ensure())
        self.timers = Timers(self.store, clock=SystemClock())
        self.schedules = Schedules(self.store, clock=SystemClock())
        self.set = 0

    def keep_up(self) -> None:
        while len(self.workers) < TOGETHER:
            arguments = (sys.executable, "-m", "tests.crash.time_worker")
            worker = popen(
                [*arguments, str(self.journal), str(self.effects)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
            )
            self.workers.append(worker)

    def kill_one(self) -> None:
        worker = self.workers.pop(0)
        select.select([worker.stdout], [], [], 20)
        time.sleep(self.random.uniform(0, 0.25))
        assert worker.poll() is None, worker.communicate()[1]
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        self.kills += 1

    def set_some(self) -> None:
        count = self.random.randint(5, 15)
        self.timers.set_all(
            [
                Request(
                    timer_id=f"t{self.set + i}",
                    handler="ring",
                    delay_ms=self.random.randint(0, 1_500),
                )
                for i in range(count)
            ]
        )
        self.set += count

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.communicate()
        self.store.close()


def hunt(folder: Path, kills: int, seed: int) -> None:
    scene = Scene(folder, seed)
    try:
        spec = Spec(times=Every(every_ms=EVERY_MS), workflow="marked", overlap="allow_all")
        scene.schedules.create("often", spec)
        while scene.kills < kills:
            scene.keep_up()
            scene.set_some()
            scene.kill_one()
        scene.keep_up()
        wait_for(scene)
        check(scene)
    finally:
        scene.close()


def wait_for(scene: Scene) -> None:
    deadline = time.monotonic() + 60
    scene.schedules.pause("often")
    while scene.timers.count("fired") < scene.set or running(scene):
        status = scene.timers.get_status(), running(scene)
        assert time.monotonic() < deadline, f"law 2: {status}"
        time.sleep(0.05)
        if scene.workers[0].poll() is not None:
            raise AssertionError(scene.workers[0].communicate()[1])


def running(scene: Scene) -> int:
    """Runs under way; interrupted ones are taken up by processes as they begin."""
    return scene.store.count("run", {"status": "running"})


def check(scene: Scene) -> None:
    lines = [line.split() for line in scene.effects.read_text().splitlines()]
    late = [line for line in lines if line[0] == "begin" and line[2] == "fired"]
    assert not late, f"law 1: {late}"
    ended = Counter(line[1] for line in lines if line[0] == "end")
    for number in range(scene.set):
        timer_id = f"t{number}"
        kinds = [event.kind for event in scene.store.read(f"timer/default/{timer_id}")]
        assert kinds == ["durable_timer.set/1", "durable_timer.fired/1"], f"law 2: {kinds}"
        assert ended[timer_id] >= 1, f"law 2: {timer_id} is fired and its handler never ended"
    state = scene.schedules.get("often").state
    found = scene.schedules.events("often", limit=100_000)
    fired = [body for _, kind, body in found if kind == "schedule.fired/1"]
    times = [body.nominal_ms for body in fired]
    assert times == sorted(set(times)), "law 3"
    assert {b - a for a, b in pairwise(times)} <= {EVERY_MS}, "law 3"
    assert state.fired == len(fired)
    records = list(scene.store.scan("run"))
    assert len(records) == len({record["workflow_id"] for record in records}), "law 3"
    assert {body.run for body in fired} <= {record["workflow_id"] for record in records}, "law 3"
    assert {record["status"] for record in records} == {"completed"}, "law 3"
    assert list(changed_tables(scene.store)) == [], "law 4"


def seed_of_the_day() -> int:
    return int(os.environ.get("CRASH_SEED") or time.time_ns() % 1_000_000)


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_6_kills_fire_everything_once(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path, 6, seed)


@pytest.mark.soak
@pytest.mark.crash
@pytest.mark.timeout(3_600)
def test_300_kills_fire_everything_once(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path, 300, seed)
