"""Real processes in which agents play patterns under their authority, killed at random points:
executions are taken up, nothing is delegated or noted twice, and in the end nothing is lent any
more.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.crash.test_kill import seed_of_the_day
from tests.crash.trust_worker import WORKERS, loans_of
from tests.warm.process import popen

from tarl.integrations.trust import TrustOperations, create_enterprise_authority

ROOT = Path(__file__).parents[2]
TASKS_A_ROUND = 2


def spawn(journal: Path, *numbers: int) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.crash.trust_worker", str(journal), *map(str, numbers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


async def established(journal: Path) -> TrustOperations:
    ops = TrustOperations(journal=journal)
    await create_enterprise_authority(trust_ops=ops)
    await ops.establish("boss", "enterprise", ["work"], roles=["supervisor"])
    for name in WORKERS:
        await ops.establish(name, "enterprise", ["work"])
    return ops


def hunt(journal: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    ops = asyncio.run(established(journal))
    killed = tasks = 0
    while killed < kills:
        worker = spawn(journal, max(0, tasks - 1), TASKS_A_ROUND + (tasks > 0))
        tasks += TASKS_A_ROUND
        select.select([worker.stdout], [], [], 30)
        time.sleep(chance.uniform(0, 0.5))
        if worker.poll() is None:
            worker.send_signal(signal.SIGKILL)
            killed += 1
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode in (0, -signal.SIGKILL), errors
    worker = spawn(journal, 0, tasks)
    try:
        _, errors = worker.communicate(timeout=180)
    finally:
        worker.kill()
    assert worker.returncode == 0, errors
    check(ops, range(tasks))


def check(ops: TrustOperations, tasks: Sequence[int]) -> None:
    with ops.opened() as room:
        book = room.ledger.book(room.tenant)
        statuses = Counter(row["status"] for row in room.ledger.store.scan("run"))
        assert statuses == {"completed": len(tasks)}
        rows = list(room.ledger.store.scan("trust_record", {"tenant": room.tenant}))
        lent: Counter[str] = Counter()
        for row in (row for row in rows if row["kind"] == "delegation"):
            link = book.get(row["digest"])
            lent[link.record.task] += 1
            assert ("record", link.digest) in book.standing.revoked
        assert lent == {f"task-{n}": loans_of(n) for n in tasks}
        ended = [row for row in rows if row["kind"] == "revocation"]
        assert len(ended) == sum(lent.values())
        notes: Counter[str] = Counter()
        for agent in ("boss", *WORKERS):
            for event in room.ledger.store.read(f"agent/{room.tenant}/{agent}"):
                if event.kind == "audit.recorded/1":
                    notes[text_of(event.body)] += 1
        # the turns, the supervisor's two of the one pattern and one of the other, and the end
        expected = {n: loans_of(n) + (3 if n % 2 else 2) for n in tasks}
        assert notes == {f"task-{n}": count for n, count in expected.items()}


def text_of(body: bytes | None) -> str:
    return str(json.loads(body or b"{}")["context"]["task"])


@pytest.mark.crash
@pytest.mark.timeout(240)
@pytest.mark.parametrize(("number", "calls"), [(0, 2), (1, 4)])
def test_killed_between_records_and_their_steps(tmp_path: Path, number: int, calls: int) -> None:
    """Each process repeats what the last one recorded before it died (of the three workers at work
    together up to three calls), and dies after something new.
    """
    journal = tmp_path / "crash.db"
    ops = asyncio.run(established(journal))
    deaths = 0
    for _ in range(60):
        worker = spawn(journal, number, 1, calls)
        said, errors = worker.communicate(timeout=60)
        if worker.returncode == 0:
            break
        assert worker.returncode == -signal.SIGKILL, errors
        deaths += 1
    assert "DONE" in said
    assert deaths >= loans_of(number)
    check(ops, [number])


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_8_kills_leave_nothing_lent_and_nothing_twice(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path / "crash.db", 8, seed)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_100_kills_leave_nothing_lent_and_nothing_twice(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path / "crash.db", 100, seed)
