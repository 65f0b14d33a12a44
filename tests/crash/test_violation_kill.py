"""A process that is killed while it tells of a violation: another one tells, and goes upwards.

Laws:
1. An escalation that is on disk is told at least once, always under the same key.
2. What nobody acknowledges becomes the next level's, whoever died meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.warm.process import popen

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.governance.severity import Severity
from tarl.governance.violations.events import Level
from tarl.governance.violations.ledger import Violations
from tarl.journal.rebuild import changed_tables
from tarl.storage import open_store

ROOT = Path(__file__).parents[2]
LADDER = (Level(handler="page-ops", within_ms=3_000), Level(handler="call-ciso", within_ms=60_000))
PATIENCE_S = 60.0


def _worker(journal: Path, effects: Path, *words: str) -> subprocess.Popen[bytes]:
    return popen(
        [sys.executable, "-m", "tests.crash.violation_worker", str(journal), str(effects), *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


def _until(holds: Callable[[], bool], worker: subprocess.Popen[bytes]) -> None:
    """Wait; the process must go on meanwhile."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert worker.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)


def _told(effects: Path) -> list[str]:
    return effects.read_text().splitlines() if effects.exists() else []


def test_a_killed_process_loses_no_escalation(tmp_path: Path) -> None:
    journal, effects = tmp_path / "tarl.db", tmp_path / "told"
    store = open_store(journal, keyring=Keyring().ensure())
    try:
        violations = Violations(store, clock=SystemClock())
        violations.ladders.set("*", LADDER, by="ann")
        made = violations.record(
            "limits", severity=Severity.CRITICAL, description="a breach", by="court"
        )
        first = _worker(journal, effects, "hang")
        _until(lambda: len(_told(effects)) == 1, first)
        first.kill()  # SIGKILL, in the middle of the handler
        first.wait()
        assert violations.get(made.id).told == ()

        second = _worker(journal, effects)
        _until(lambda: 1 in violations.get(made.id).told, second)
        second.kill()
        second.wait()

        third = _worker(journal, effects)
        _until(lambda: 2 in violations.get(made.id).told, third)
        third.kill()
        third.wait()
        up = violations.get(made.id)
        assert (up.status, up.level) == ("escalated", 2)
        told = _told(effects)
        assert told.count("page-ops violation/default/v1/2") >= 2
        assert set(told) == {
            "page-ops violation/default/v1/2",
            f"call-ciso violation/default/v1/{up.escalated_seq}",
        }
        assert not list(changed_tables(store))
    finally:
        store.close()
