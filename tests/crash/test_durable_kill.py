"""Real processes with messages, sagas, children and retries, killed at random points again and
again: signals are received once and in order, every saga ends completed or undone, every child
ends, and every run replays.
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
from pathlib import Path
from typing import Any

import pytest
from tests.crash.durable_worker import ALL, SIGNALS
from tests.warm.process import popen

from tarl.crypto.keys import Keyring
from tarl.kernel import events as kinds
from tarl.kernel import history
from tarl.kernel.events import DECODERS
from tarl.kernel.state import fold
from tarl.storage import open_store
from tarl.testing.replaycheck import replay_from
from tarl.values.ids import RunId

ROOT = Path(__file__).parents[2]
RUNS_A_ROUND = 6


def spawn(journal: Path, round_: int, runs: int) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.crash.durable_worker", str(journal), str(round_), str(runs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


def hunt(journal: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    killed = round_ = 0
    while killed < kills:
        together = 2 if chance.random() < 0.2 else 1
        workers = [spawn(journal, round_ + i, RUNS_A_ROUND) for i in range(together)]
        round_ += together
        for worker in workers:
            select.select([worker.stdout], [], [], 20)
        time.sleep(chance.uniform(0, 0.4))
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
                killed += 1
        for worker in workers:
            _, errors = worker.communicate(timeout=60)
            assert worker.returncode in (0, -signal.SIGKILL), errors
    worker = spawn(journal, 0, 0)
    try:
        _, errors = worker.communicate(timeout=60)
    finally:
        worker.kill()
    assert worker.returncode == 0, errors
    check(journal)


def check(journal: Path) -> None:
    store = open_store(journal, keyring=Keyring())
    known = {workflow.name: workflow for workflow in ALL}
    received: dict[str, list[Any]] = {}
    for record in store.scan("run", order_by=("workflow_id", "n")):
        run = RunId(record["tenant"], record["workflow_id"], record["n"])
        assert record["status"] != "running", run.ref
        recorded = list(history.verified(run.stream, store.read(run.stream)))
        assert replay_from(store, known[record["workflow"]], run).ahead == ()
        steps = [DECODERS[e.kind](e.body or b"").step for e in recorded if e.kind in SETTLED]
        assert len(steps) == len(set(steps)), f"{run.ref}: a step was settled twice"
        numbers = [message(e) for e in recorded if e.kind == kinds.SIGNAL_RECEIVED]
        assert numbers == sorted(set(numbers)), f"{run.ref} received {numbers}"
        if record["status"] == "failed":
            check_saga(run, fold(recorded))
        if record["workflow"] in ("listener", "handler", "hopper"):
            assert record["status"] in ("completed", "continued", "failed"), run.ref
            if record["status"] == "completed":
                received[run.ref] = json.loads(result_of(recorded))
    assert received
    assert set(map(tuple, received.values())) == {tuple(range(SIGNALS))}
    store.close()


SETTLED = frozenset({kinds.STEP_COMPLETED, kinds.STEP_FAILED, kinds.STEP_DENIED})


def message(event: Any) -> int:
    return int(DECODERS[event.kind](event.body).message)


def result_of(recorded: list[Any]) -> bytes:
    return bytes(DECODERS[kinds.RUN_COMPLETED](recorded[-1].body).result)


def check_saga(run: RunId, state: Any) -> None:
    done = [step for step in state.steps if step.status == "completed"]
    booked = sorted(step.args[0] for step in done if step.activity == "book")
    undone = sorted(step.args[0] for step in done if step.activity == "unbook")
    assert len(undone) + len(state.uncompensated) == len(booked), f"{run.ref}: {booked} {undone}"
    assert set(undone) <= set(booked)


def seed_of_the_day() -> int:
    return int(os.environ.get("CRASH_SEED") or time.time_ns() % 1_000_000)


@pytest.mark.crash
@pytest.mark.timeout(120)
def test_8_kills_lose_no_message_and_leave_no_saga_half_done(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path / "crash.db", 8, seed)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_300_kills_lose_no_message_and_leave_no_saga_half_done(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path / "crash.db", 300, seed)
