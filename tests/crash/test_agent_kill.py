"""Real processes that act for an agent, killed at random points again and again: every outcome has
one permit before it, both signed by the agent, and no budget is charged twice.
"""

from __future__ import annotations

import base64
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.crash.agent_worker import STEPS
from tests.unit.trust.household import TENANT, Household
from tests.warm.process import popen

from tarl.crypto.dsse import pae
from tarl.crypto.ed25519 import verify
from tarl.journal.merkle import fold, hash_of_leaf
from tarl.kernel import history
from tarl.policy.constraint import Budget
from tarl.policy.envelope import Envelope
from tarl.trust.budget import Budgets
from tarl.trust.events import EFFECTS, agent_stream
from tarl.trust.signed import payload_type
from tarl.values.canonical import encode
from tarl.values.ids import RunId

ROOT = Path(__file__).parents[2]
RUNS_A_ROUND = 4
LIMIT = 1_000_000
OUTCOMES = ("step.completed/1", "step.failed/1", "step.denied/1")


def spawn(journal: Path, round_: int, runs: int) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.crash.agent_worker", str(journal), str(round_), str(runs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


def hunt(journal: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    within = Envelope({"budget.EUR": Budget(unit="EUR", limit=LIMIT)})
    house = Household(journal, capabilities=["mail.*"], constraints=within)
    killed = round_ = 0
    while killed < kills:
        together = 2 if chance.random() < 0.3 else 1
        workers = [spawn(journal, round_ + i, RUNS_A_ROUND) for i in range(together)]
        round_ += together
        for worker in workers:
            select.select([worker.stdout], [], [], 20)
        time.sleep(chance.uniform(0, 0.3))
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
                killed += 1
        for worker in workers:
            _, errors = worker.communicate(timeout=60)
            assert worker.returncode in (0, -signal.SIGKILL), errors
    worker = spawn(journal, 0, 0)
    try:
        _, errors = worker.communicate(timeout=120)
    finally:
        worker.kill()
    assert worker.returncode == 0, errors
    check(house)


def check(house: Household) -> None:
    permits, outcomes = signed(house)
    answered: Counter[tuple[str, str]] = Counter()
    runs = 0
    for record in list(house.store.scan("run")):
        run = RunId(record["tenant"], record["workflow_id"], record["n"])
        assert record["status"] == "completed", run.ref
        runs += 1
        steps: dict[int, bytes] = {}
        for event in history.verified(run.stream, house.store.read(run.stream)):
            if event.kind == "step.scheduled/1":
                steps[json.loads(event.body or b"")["step"]] = event.body or b""
            elif event.kind in OUTCOMES:
                step = json.loads(event.body or b"")["step"]
                digest = sha256(event.body or b"").hexdigest()
                (permit,) = outcomes[run.stream, step, event.kind, digest]
                assert permits[permit]["intent"] == sha256(steps[step]).hexdigest()
                answered[run.stream, step] += 1
    assert runs
    assert set(answered.values()) == {1}
    assert len(answered) == runs * STEPS * 4
    grant = {permit["grant"] for permit in permits.values()}
    assert len(grant) == 1
    balance = Budgets(house.store).balance(TENANT, grant.pop(), "EUR")
    assert (balance.reserved, balance.spent) == (0, runs * STEPS)


def signed(house: Household) -> tuple[dict[str, Any], dict[Any, list[str]]]:
    """Every leaf that the agent signed: permits by digest, and the permits of each outcome."""
    permits: dict[str, Any] = {}
    outcomes: dict[Any, list[str]] = {}
    key = house.ops.ledger.book(TENANT).holders.get("bot").key
    for event in history.verified(
        agent_stream(TENANT, "bot"), house.store.read(agent_stream(TENANT, "bot"))
    ):
        if event.kind != EFFECTS:
            continue
        body = json.loads(event.body or b"")
        payload = base64.b64decode(body["envelope"]["payload"])
        signature = base64.b64decode(body["envelope"]["signatures"][0]["sig"])
        verify(key.public, pae(payload_type("effects"), payload), signature)
        leaves = [encode(leaf) for leaf in body["leaves"]]
        assert json.loads(payload)["root"] == fold([hash_of_leaf(leaf) for leaf in leaves]).hex()
        for leaf, data in zip(body["leaves"], leaves, strict=True):
            if "permit" in leaf:
                permits[sha256(data).hexdigest()] = leaf["permit"]
                continue
            said = leaf["outcome"]
            place = f"run/{said['run']}", said["step"], said["kind"], said["body"]
            assert said["permit"] in permits
            outcomes.setdefault(place, []).append(said["permit"])
    return permits, outcomes


def seed_of_the_day() -> int:
    return int(os.environ.get("CRASH_SEED") or time.time_ns() % 1_000_000)


@pytest.mark.crash
@pytest.mark.timeout(120)
def test_6_kills_leave_every_outcome_with_its_permit(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path / "crash.db", 6, seed)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_100_kills_leave_every_outcome_with_its_permit(tmp_path: Path) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    hunt(tmp_path / "crash.db", 100, seed)
