"""Agents of other libraries in real processes that are killed in the middle of their tool loops: no
model call and no use of a tool whose answer is recorded is made again.
"""

from __future__ import annotations

import json
import math
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import SOAK
from tests.crash.adapter_worker import AGENTS, ANSWER, KINDS, ROUNDS, RUN, trip
from tests.warm.process import popen

from tarl.kernel import events
from tarl.kernel.events import DECODERS
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays

ROOT = Path(__file__).parents[2]
STREAM = f"run/default/{RUN}/1"


def spawn(journal: Path, log: Path, kind: str) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.crash.adapter_worker", str(journal), str(log), kind],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


def answered(journal: Path) -> list[str]:
    """What has an answer on disk, as the log names it, in order."""
    store = open_store(journal)
    try:
        asked: dict[int, str] = {}
        done: list[str] = []
        for event in store.read(STREAM):
            body = DECODERS[event.kind](event.body or b"") if event.kind in DECODERS else None
            if event.kind == events.STEP_SCHEDULED:
                asked[body.step] = body.activity
            elif event.kind == events.STEP_COMPLETED:
                result = body.result
                done.append(name_of(asked[body.step], bytes(result) if result else b"null"))
        return done
    finally:
        store.close()


def name_of(activity: str, result: bytes) -> str:
    value = json.loads(result)
    if activity.startswith("model."):
        return f"model {value['request_digest']}"
    return f"tool {math.isqrt(int(value))}"


def made(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.crash
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_recorded_call_is_made_again(kind: str, tmp_path: Path) -> None:
    journal, log = tmp_path / "t.db", tmp_path / "log"
    seed = int(os.environ.get("CRASH_SEED") or time.time_ns() % 1_000_000)
    print(f"CRASH_SEED={seed}")
    chance = random.Random(seed)
    kills = 0
    for _ in range(40 if SOAK else 5):
        known, before = answered(journal), len(made(log))
        worker = spawn(journal, log, kind)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "READY\n", worker.communicate()[1]
        is_over = select.select([worker.stdout], [], [], chance.uniform(0.02, 0.12))[0]
        if not is_over:
            worker.send_signal(signal.SIGKILL)
            kills += 1
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode in (0, -signal.SIGKILL), errors
        repeated = set(known) & set(made(log)[before:])
        assert not repeated, f"after {len(known)} recorded answers: {repeated}"
    known, before = answered(journal), len(made(log))
    worker = spawn(journal, log, kind)
    _, errors = worker.communicate(timeout=60)
    assert worker.returncode == 0, errors
    assert not set(known) & set(made(log)[before:])
    assert kills
    assert len(answered(journal)) == ROUNDS + 1 + 2 * ROUNDS
    assert len(set(made(log))) == ROUNDS + 1 + 2 * ROUNDS
    AGENTS[kind] = KINDS[kind]()
    assert assert_replays(trip, journal, run=f"{RUN}/1").ahead == ()
    assert ANSWER.count(",") == 2 * ROUNDS - 1
