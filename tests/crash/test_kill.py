"""Real processes, killed at random points again and again: nothing lost, nothing done again.

Laws, checked after every kill on what is on disk and at the end on everything:
1. A step whose outcome was on disk before a kill never runs again.
2. All attempts of a step carry one key and the same arguments; no two steps share a key.
3. A recorded outcome is what one of the attempts answered.
4. A result that was acknowledged is the run's result for ever.
5. A non-idempotent step takes effect once.
6. Every run completes; every chain verifies; the log has no gap; every run replays.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from tests.crash.mix import MIX
from tests.crash.worker import Mix
from tests.warm.process import popen

from tarl.crypto.keys import Keyring
from tarl.journal.place import Place
from tarl.journal.store import Store
from tarl.kernel import history
from tarl.kernel.events import DECODERS
from tarl.storage import open_store
from tarl.testing.replaycheck import replay_from
from tarl.values.ids import RunId

ROOT = Path(__file__).parents[2]
RUNS_A_ROUND = 9
SETTLED = ("step.completed/1", "step.failed/1", "step.denied/1", "step.cancelled/1")


class Scene:
    """One journal, the files that its workers leave behind, and what was settled so far."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        worker: str = "tests.crash.worker",
        mix: Mix = MIX,
        journal: Place | None = None,
    ) -> None:
        self.worker = worker
        self.mix = mix
        self.journal: Place = folder / "crash.db" if journal is None else journal
        self.effects = folder / "effects"
        self.acknowledged = folder / "acknowledged"
        self.random = random.Random(seed)
        self.settled: set[tuple[str, int]] = set()
        self.kills = 0
        self._log_read = 0
        self._effects_read = 0

    def spawn(self, round_: int, runs: int) -> subprocess.Popen[str]:
        arguments = (self.journal, self.effects, self.acknowledged, round_, runs)
        return popen(
            [
                sys.executable,
                "-X",
                "faulthandler",
                "-m",
                self.worker,
                *map(str, arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
        )

    def kill(self, workers: list[subprocess.Popen[str]]) -> None:
        """Wait a random moment and kill every worker; one that failed by itself fails the test."""
        if self.random.random() < 0.85:
            for worker in workers:
                select.select([worker.stdout], [], [], 20)
            time.sleep(self.random.uniform(0, 0.12))
        else:
            time.sleep(self.random.uniform(0.05, 0.4))
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
                self.kills += 1
        for worker in workers:
            _, errors = worker.communicate(timeout=60)
            assert self.may_end(worker.returncode, errors), errors

    def may_end(self, code: int, errors: str) -> bool:
        """Whether a worker may end so: by being killed, or with its work done."""
        return code in (0, -signal.SIGKILL)

    def finish(self) -> None:
        worker = self.spawn(0, 0)
        try:
            _, errors = worker.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGABRT)  # faulthandler says where it hangs
            _, errors = worker.communicate()
        assert worker.returncode == 0, errors

    def open(self) -> Store:
        return open_store(self.journal, keyring=Keyring())

    def look(self) -> None:
        """Law 1: no line of this round is of a step that was settled before; then settle more."""
        for line in self.new_lines():
            assert (line["run"], line["step"]) not in self.settled, f"done again: {line}"
        if isinstance(self.journal, Path) and not self.journal.exists():
            return
        store = self.open()
        for event in store.read_log(self._log_read):
            assert event.log_index == self._log_read
            self._log_read += 1
            if event.kind in SETTLED:
                assert event.body is not None
                step = DECODERS[event.kind](event.body).step
                self.settled.add((RunId.from_stream(event.stream).ref, step))
        store.close()

    def new_lines(self) -> list[dict[str, Any]]:
        if not self.effects.exists():
            return []
        with self.effects.open("rb") as file:
            file.seek(self._effects_read)
            data = file.read()
        self._effects_read += len(data)
        return [json.loads(line) for line in data.splitlines()]


def check_everything(scene: Scene) -> None:
    attempts = defaultdict(list)
    for text in scene.effects.read_text().splitlines():
        line = json.loads(text)
        attempts[line["run"], line["step"]].append(line)
    for lines in attempts.values():
        assert len({line["key"] for line in lines}) == 1, f"law 2: {lines}"
        assert len({json.dumps(line["seen"]) for line in lines}) == 1, f"law 2: {lines}"
    keys = [lines[0]["key"] for lines in attempts.values()]
    assert len(keys) == len(set(keys)), "law 2: two steps share a key"
    store = scene.open()
    results = {}
    workflows = {workflow.name: workflow for workflow in scene.mix}
    log_size = 0
    for stream in store.streams("run/"):
        run = RunId.from_stream(stream)
        events = list(history.verified(stream, store.read(stream)))
        log_size += len(events)
        assert events[-1].kind == "run.completed/1", f"law 6: {run.ref} ends with {events[-1]}"
        check_outcomes(run, events, attempts)
        name = history.started(store, run).workflow
        results[run.ref] = replay_from(store, workflows[name], run).result
    assert log_size == store.log_size()
    store.close()
    for text in scene.acknowledged.read_text().splitlines():
        line = json.loads(text)
        assert results[line["run"]] == line["result"], f"law 4: {line}"


def check_outcomes(run: RunId, events: list[Any], attempts: dict[Any, list[Any]]) -> None:
    activities = {}
    for event in events:
        body = DECODERS[event.kind](event.body)
        if event.kind == "step.scheduled/1":
            activities[body.step] = body.activity
        elif event.kind in ("step.completed/1", "step.failed/1"):
            name = activities[body.step]
            if name == "length":
                continue
            recorded = (
                body.error.message if "failed" in event.kind else json.loads(bytes(body.result))
            )
            if name == "large" and "$blob" in recorded:
                continue  # its token is in the arguments of no other step, the replay reads it
            if name.startswith("model."):
                recorded = recorded["message"]["content"]
            tokens = [line["token"] for line in attempts[run.ref, body.step]]
            assert recorded in tokens, f"law 3: {run.ref} step {body.step}: {recorded}"
            if name == "once":
                assert len(tokens) == 1, f"law 5: {run.ref} step {body.step}: {tokens}"


def hunt(
    folder: Path, kills: int, seed: int, *, worker: str = "tests.crash.worker", mix: Mix = MIX
) -> None:
    run_rounds(Scene(folder, seed, worker=worker, mix=mix), kills)


def run_rounds(scene: Scene, kills: int) -> None:
    round_ = 0
    while scene.kills < kills or not scene.settled:  # killed before it did anything shows nothing
        together = 2 if scene.random.random() < 0.2 else 1
        scene.kill([scene.spawn(round_ + i, RUNS_A_ROUND) for i in range(together)])
        round_ += together
        scene.look()
    scene.finish()
    scene.look()
    check_everything(scene)


def seed_of_the_day() -> int:
    return int(os.environ.get("CRASH_SEED") or time.time_ns() % 1_000_000)


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_50_kills_lose_nothing_and_repeat_nothing_acknowledged(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path, 50, seed)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_500_kills_lose_nothing_and_repeat_nothing_acknowledged(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path, 500, seed)
