"""A pydantic-ai agent in a real process that is killed in the middle of its tool loop, again and
again: what the journal holds of models and tools is neither asked nor done again.
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
from collections import Counter
from pathlib import Path

import pytest
from tests.crash.pydantic_worker import ROUNDS, digging
from tests.warm.process import popen

from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays

ROOT = Path(__file__).parents[2]
STREAM = "run/default/dig/1"


def spawn(journal: Path, calls: Path) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.crash.pydantic_worker", str(journal), str(calls)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


def acknowledged(journal: Path) -> set[str]:
    """What the journal has the outcome of, as the workers note it."""
    store = open_store(journal)
    asked: dict[int, str] = {}
    outcomes = set()
    said = 0
    try:
        for event in store.read(STREAM):
            body = json.loads(event.body or b"{}")
            if event.kind == "step.scheduled/1" and body["activity"] == "model.digger":
                asked[body["step"]] = f"model {said}"
                said += 1
            elif event.kind == "step.scheduled/1":
                asked[body["step"]] = f"tool {body['kwargs']['place']}"
            elif event.kind == "step.completed/1":
                outcomes.add(asked[body["step"]])
    finally:
        store.close()
    return outcomes


def hunt(directory: Path, kills: int, seed: int) -> int:
    """Kill at random points until the run is over; how often it was killed before that."""
    chance = random.Random(seed)
    journal, calls = directory / "t.db", directory / "calls"
    calls.touch()
    killed = 0
    while killed < kills:
        worker = spawn(journal, calls)
        select.select([worker.stdout], [], [], 30)
        time.sleep(chance.uniform(0.05, 0.25))
        if worker.poll() is None:
            worker.send_signal(signal.SIGKILL)
            killed += 1
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode in (0, -signal.SIGKILL), errors
        if worker.returncode == 0:
            break
        known, before = acknowledged(journal), Counter(calls.read_text().splitlines())
        check = spawn(journal, calls)
        select.select([check.stdout], [], [], 30)
        time.sleep(chance.uniform(0.02, 0.1))
        check.kill()
        _, errors = check.communicate(timeout=60)
        after = Counter(calls.read_text().splitlines())
        repeated = [what for what in known if after[what] > before[what]]
        assert repeated == [], f"seed {seed}"
        killed += check.returncode != 0
    worker = spawn(journal, calls)
    _, errors = worker.communicate(timeout=60)
    assert worker.returncode == 0, errors
    return killed


@pytest.mark.crash
def test_an_agent_killed_in_its_tool_loop_goes_on_where_the_journal_is(tmp_path: Path) -> None:
    killed = hunt(tmp_path, kills=6, seed=5)

    assert killed >= 2
    noted = Counter((tmp_path / "calls").read_text().splitlines())
    wanted = {f"model {n}" for n in range(ROUNDS + 1)}
    wanted |= {f"tool {n}.{k}" for n in range(ROUNDS) for k in range(2)}
    assert set(noted) == wanted
    assert acknowledged(tmp_path / "t.db") == wanted
    unacknowledged = sum(count - 1 for count in noted.values())
    assert unacknowledged <= 2 * killed  # at most what was under way at a kill
    assert assert_replays(digging, tmp_path / "t.db", run="dig/1").ahead == ()
