"""Several real processes ask one file for more than there is: never more is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.unit.tenancy.parts import Office, sqlite

from tarl.tenancy.tenant import Quotas

PROCESSES = 4
ATTEMPTS = 250
"""Of each process and resource: 1,000 together."""

ROOT = Path(__file__).resolve().parents[3]


def test_a_thousand_attempts_of_four_processes_never_pass_a_quota(tmp_path: Path) -> None:
    file = tmp_path / "t.db"
    office = Office(sqlite(file))
    office.tenants.create("acme", sealed=False, quotas=Quotas(workflows=101))
    quotas = Quotas(queue_depth=333, rate_per_minute=97)
    office.tenants.create("beta", sealed=False, quotas=quotas)
    contenders = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.unit.tenancy.contender",
                str(file),
                f"p{number}-",
                str(ATTEMPTS),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    try:
        for contender in contenders:
            assert contender.stdout is not None
            assert contender.stdout.readline() == "ready\n"
        for contender in contenders:
            assert contender.stdin is not None
            contender.stdin.write("go\n")
            contender.stdin.flush()
        given = [json.loads(contender.communicate(timeout=90)[0]) for contender in contenders]
    finally:
        for contender in contenders:
            contender.kill()
            contender.wait()
    total = {resource: sum(each[resource] for each in given) for resource in given[0]}
    assert total == {"workflows": 101, "queue_depth": 333, "rate_per_minute": 97}
    assert office.store.count("run", {"tenant": "acme"}) == 101
    assert len([each for each in given if each["workflows"]]) > 1, "one process got everything"
    usage = office.bounds.usage("acme")
    assert usage.workflows == 101
    assert office.bounds.usage("beta").queue_depth == 333
    counted = office.bounds.counted("acme")
    assert (counted.workflows, counted.storage_bytes) == (101, usage.storage_bytes)
    office.store.close()
