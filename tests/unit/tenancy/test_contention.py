"""Several real processes ask one file for more than there is: never more is given."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.tenancy.parts import Office, sqlite
from tests.warm.process import popen

from tarl.tenancy.tenant import Quotas

PROCESSES = 4
ATTEMPTS = 250
"""Of each process and resource: 1,000 together."""

ROOT = Path(__file__).resolve().parents[3]


def start(file: Path, name: str, attempts: int) -> subprocess.Popen[str]:
    """A process that is ready to ask."""
    return popen(
        [sys.executable, "-m", "tests.unit.tenancy.contender", str(file), name, str(attempts)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def let_go(contenders: list[subprocess.Popen[str]]) -> None:
    """Have all of them ask at once."""
    for contender in contenders:
        assert contender.stdout is not None
        assert contender.stdout.readline() == "ready\n"
    for contender in contenders:
        assert contender.stdin is not None
        contender.stdin.write("go\n")
        contender.stdin.flush()


def test_a_thousand_attempts_of_four_processes_never_pass_a_quota(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    office = Office(sqlite(file))
    office.tenants.create("acme", sealed=False, quotas=Quotas(workflows=101))
    quotas = Quotas(queue_depth=333, rate_per_minute=97)
    office.tenants.create("beta", sealed=False, quotas=quotas)
    contenders = [start(file, f"p{number}-", ATTEMPTS) for number in range(PROCESSES)]
    try:
        let_go(contenders)
        given = [json.loads(contender.communicate(timeout=90)[0]) for contender in contenders]
    finally:
        for contender in contenders:
            contender.kill()
            contender.communicate()
    total = {resource: sum(each[resource] for each in given) for resource in given[0]}
    assert total == {"workflows": 101, "queue_depth": 333, "rate_per_minute": 97}
    assert office.store.count("run", {"tenant": "acme"}) == 101
    usage = office.bounds.usage("acme")
    assert usage.workflows == 101
    assert office.bounds.usage("beta").queue_depth == 333
    counted = office.bounds.counted("acme")
    assert (counted.workflows, counted.storage_bytes) == (101, usage.storage_bytes)
    office.store.close()


@pytest.mark.crash
def test_processes_that_are_killed_leave_counters_that_agree_with_the_facts(
    tmp_path: Path,
) -> None:
    file = tmp_path / "t.db"
    office = Office(sqlite(file))
    office.tenants.create("acme", sealed=False, quotas=Quotas(workflows=100_000))
    office.tenants.create("beta", sealed=False, quotas=Quotas(queue_depth=100_000))
    contenders = [start(file, f"p{number}-", 100_000) for number in range(3)]
    try:
        let_go(contenders)
        for contender in contenders:
            begun = office.store.count("run")
            while office.store.count("run") < begun + 20:
                time.sleep(0.005)
            contender.send_signal(signal.SIGKILL)
            assert contender.wait(10) == -signal.SIGKILL
    finally:
        for contender in contenders:
            contender.kill()
            contender.communicate()
    usage, counted = office.bounds.usage("acme"), office.bounds.counted("acme")
    assert usage == counted
    assert usage.workflows == usage.concurrent_executions == office.store.count("run") >= 60
    assert office.bounds.usage("beta").queue_depth > 0
    office.store.close()
