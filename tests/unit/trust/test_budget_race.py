"""Several real processes race for the last minor unit; some of them die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.trust.budget_parts import NOON_MS, TENANT, sqlite
from tests.unit.trust.spender import OWN_LIMIT, ROOT_LIMIT
from tests.warm.process import popen

from tarl.journal.rebuild import changed_tables
from tarl.trust.budget import Budgets

PROCESSES = 4
ROOT = Path(__file__).resolve().parents[3]


def start(file: Path, name: str, attempts: int) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.unit.trust.spender", str(file), name, str(attempts)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def let_go(spenders: list[subprocess.Popen[str]]) -> None:
    for spender in spenders:
        assert spender.stdout is not None
        assert spender.stdout.readline() == "ready\n"
    for spender in spenders:
        assert spender.stdin is not None
        spender.stdin.write("go\n")
        spender.stdin.flush()


def test_four_processes_never_pass_a_limit_and_leave_nothing_over(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    sqlite(file).close()
    spenders = [start(file, f"p{number}", 60) for number in range(PROCESSES)]
    try:
        let_go(spenders)
        given = [json.loads(spender.communicate(timeout=90)[0]) for spender in spenders]
    finally:
        for spender in spenders:
            spender.kill()
            spender.communicate()
    store = sqlite(file)
    budgets = Budgets(store)
    root = budgets.balance(TENANT, "root", "EUR")
    assert root.reserved + root.spent == sum(given) == ROOT_LIMIT
    for number in range(PROCESSES):
        own = budgets.balance(TENANT, f"own-p{number}", "EUR")
        assert own.reserved + own.spent == given[number] <= OWN_LIMIT
    assert not list(changed_tables(store))
    store.close()


@pytest.mark.crash
def test_killed_spenders_are_charged_once_when_they_try_again(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    store = sqlite(file)
    budgets = Budgets(store)
    spender = start(file, "p0", 60)
    let_go([spender])
    while store.count("trust_reservation") < 5:
        time.sleep(0.002)
    spender.send_signal(signal.SIGKILL)
    assert spender.wait(10) == -signal.SIGKILL
    spender.communicate()
    before = store.count("trust_reservation")
    again = start(file, "p0", 60)
    let_go([again])
    out, _ = again.communicate(timeout=60)
    assert json.loads(out) == OWN_LIMIT
    own = budgets.balance(TENANT, "own-p0", "EUR")
    assert own.reserved + own.spent == OWN_LIMIT
    assert store.count("trust_reservation") == OWN_LIMIT >= before
    for reservation in list(budgets.outstanding(TENANT)):
        budgets.release(TENANT, reservation.key, "its process was killed", at_ms=NOON_MS)
    assert budgets.balance(TENANT, "own-p0", "EUR").reserved == 0
    store.close()
