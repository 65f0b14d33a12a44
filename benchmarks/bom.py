"""Bills of materials of 10,000 components: drawn from the journal on disk, written in each format,
and checked against the journal.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from benchmarks.measure import Finding
from tarl.engines.embedded.clock import SystemClock
from tarl.journal.store import Store
from tarl.provenance.artifacts.artifact import Artifact, Relation
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.bom.drawing import drawn_again, of_artifact
from tarl.provenance.bom.verifying import FORMATS, verify
from tarl.storage import open_store

COMPONENTS = 10_000
NEEDS = 3
"""Packages that each package depends on, of those before it."""

TARGET_S = 2.0
ROUNDS = 5

T = TypeVar("T")


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Seconds from the journal to the document; the target is for both together."""
    store = open_store(directory / "t.db")
    try:
        return _measured(store, _registered(store), rounds=1 if quick else ROUNDS)
    finally:
        store.close()


def _measured(store: Store, root: str, *, rounds: int) -> list[Finding]:
    bill, drawing = _timed(lambda: of_artifact(store, root), rounds)
    found = [_finding("drawn from the journal", drawing)]
    for form, write in FORMATS.items():
        data, writing = _timed(lambda write=write: write(bill), rounds)
        size = f"{len(data) / 1e6:.1f} MB"
        what = f"{form}, drawn and written ({size})"
        found.append(_finding(what, drawing, writing, target_s=TARGET_S))
        again, checking = _timed(lambda data=data: verify(data, draw=drawn_again(store)), 1)
        assert again.problems == ()
        found.append(_finding(f"{form}, checked against the journal", checking))
    return found


def _registered(store: Store) -> str:
    """A workflow that depends on packages, which depend on packages."""
    dice, names = random.Random(7), [f"package-{n}" for n in range(COMPONENTS - 1)]
    packages = [
        Artifact(
            sha256=_digest(name),
            kind="package",
            name=name,
            version="1.0",
            purl=f"pkg:pypi/{name}@1.0",
        )
        for name in names
    ]
    root = Artifact(sha256=_digest("root"), kind="workflow", name="root")
    pairs = {(root.sha256, each.sha256) for each in packages}
    for n in range(1, len(packages)):
        needs = dice.sample(range(n), min(n, NEEDS))
        pairs |= {(packages[n].sha256, packages[need].sha256) for need in needs}
    relations = [Relation(source=a, target=b, type="depends_on") for a, b in sorted(pairs)]
    Artifacts(store, SystemClock()).record([root, *packages], relations, by="operator")
    return root.sha256


class Taken(NamedTuple):
    """Seconds on the clock, and of the processor: what they differ by is other work."""

    clock: float
    processor: float


def _timed(work: Callable[[], T], rounds: int) -> tuple[T, Taken]:
    clocks, processors = [], []
    for _ in range(rounds):
        clock, processor = time.perf_counter(), time.process_time()
        done = work()
        clocks.append(time.perf_counter() - clock)
        processors.append(time.process_time() - processor)
    return done, Taken(statistics.median(clocks), statistics.median(processors))


def _finding(what: str, *taken: Taken, target_s: float | None = None) -> Finding:
    clock, processor = (sum(column) for column in zip(*taken, strict=True))
    return Finding(
        f"{COMPONENTS} components {what}",
        f"{clock:.2f} s, {processor:.2f} s of the processor",
        target=None if target_s is None else f"<= {target_s:.0f} s",
        met=None if target_s is None else clock <= target_s,
    )


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()
