"""Real processes that promote: killed between the request and the decision, and several at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.crash.promotion_worker import PIPELINE
from tests.opened import until_test_ends
from tests.unit.governance.promotion.promotion_parts import SUBJECT, Yard, key_of
from tests.warm.process import popen

from tarl.governance.promotion.pipeline import SUMMARY
from tarl.storage import open_store

ROOT = Path(__file__).parents[2]


def spawn(journal: Path, mode: str, mark: Path) -> subprocess.Popen[str]:
    return popen(
        [sys.executable, "-m", "tests.crash.promotion_worker", str(journal), mode, str(mark)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
    )


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "tarl.db"
    store = open_store(path)
    yard = Yard(store).people()
    yard.tested()
    store.close()
    return path


def yard_of(journal: Path) -> Yard:
    return Yard(until_test_ends(open_store(journal)))


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_who_is_killed_while_the_gates_are_asked_promotes_nothing(
    journal: Path, tmp_path: Path
) -> None:
    worker = spawn(journal, "dies", tmp_path / "mark")
    worker.communicate(timeout=60)
    assert worker.returncode == -signal.SIGKILL
    yard = yard_of(journal)
    way = yard.promotions.way(SUBJECT.sha256)
    assert way.open is not None
    assert yard.promotions.places(SUBJECT.sha256, PIPELINE)["stage"].word == "absent"
    assert [row["outcome"] for row in yard.promotions.ls().items] == ["OPEN"]

    yard.functions.register("smoke", lambda question: True)
    made = yard.promotions.promote(SUBJECT, "dev", "stage", PIPELINE, signer=key_of("ci"))
    assert (made.request.id, made.outcome) == (way.open.id, "PASSED")
    assert yard.promotions.places(SUBJECT.sha256, PIPELINE)["stage"].word == "promoted"


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_of_several_who_promote_at_once_one_decides(journal: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    workers = [spawn(journal, "waits", mark) for _ in range(3)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    mark.touch()
    said = []
    for worker in workers:
        out, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
        said.append(json.loads(out))
    assert {outcome for _, outcome, _ in said} == {"PASSED"}
    assert len({statement for _, _, statement in said}) == 1
    yard = yard_of(journal)
    summaries = yard.attestations.about(SUBJECT.sha256, predicate_type=SUMMARY)
    assert [s.id for s in summaries] == [said[0][2]]
    way = yard.promotions.way(SUBJECT.sha256)
    fresh = [r for r in way.requests.values() if r.decided and not r.decided.repeats]
    assert len(fresh) == 1
    assert way.open is None
