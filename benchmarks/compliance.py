"""What a report over all 2,585 requirements costs, and what the court of compliance adds to an
effect where nothing is demanded, and where a statement is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Finding
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.governance.compliance.component import parse
from tarl.governance.compliance.court import ComplianceCourt
from tarl.governance.compliance.demand import Demands
from tarl.governance.compliance.events import Need
from tarl.governance.compliance.ledger import Compliance
from tarl.governance.compliance.reports.html import html
from tarl.governance.compliance.reports.oscal import oscal
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel.commands import Command
from tarl.kernel.definition import activity, workflow
from tarl.kernel.effect import Effect
from tarl.provenance.attestations.statement import Subject, make
from tarl.stack import open_attestations
from tarl.storage import open_store
from tarl.tenancy.passing import PassingStore
from tarl.values.canonical import encode
from tarl.values.ids import RunId

REPORT_TARGET_S = 2.0
NOTHING_TARGET_US = 1.0
ASKED = 20_000
REVIEW = "https://tarl.dev/attestation/review/v1"


@activity
async def paid(amount: int) -> int:
    """An activity that is never called."""
    return amount


@workflow(name="bench")
async def flow(ctx: Any) -> None:
    """A workflow that is never run."""


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Times of reports over a journal of 20,000 events, and of decisions."""
    keys = Keyring(directory / "home").ensure()
    store = open_store(directory / "compliance.db", keyring=keys, synchronous="NORMAL")
    try:
        runs = 500 if quick else 5_000
        _write_runs(store, runs)
        return [*_reports(store, keys, runs), *_decisions(store, keys)]
    finally:
        store.close()


def _write_runs(store: Store, runs: int) -> None:
    """Finished runs of one step each: four events."""
    at_ms, rows = SystemClock().now_ms(), []
    for n in range(runs):
        writer = StreamWriter(f"run/default/r{n}/1", tenant="default", codec=store.codec)
        started = {"code": "c" * 64, "seed": "00", "workflow": "bench", "input": None}
        step = {"activity": "paid", "args": [n], "step": 1}
        for kind, body in (
            ("run.started/1", started),
            ("step.scheduled/1", step),
            ("step.completed/1", {"result": n, "step": 1}),
            ("run.completed/1", {"result": n}),
        ):
            rows.append(writer.append(kind, encode(body), at_ms=at_ms))
    store.commit(Batch(rows))


def _reports(store: Store, keys: Keyring, runs: int) -> list[Finding]:
    clock = SystemClock()
    attestations = open_attestations(store, keys, clock=clock)
    compliance = Compliance(store, attestations, clock=clock, log_key=keys.public("log"))
    found = []
    for what in ("journal", "workflow:bench"):
        write = partial(_written, compliance, what)
        seconds = median(_timed(write) for _ in range(3))
        found.append(
            Finding(
                f"HTML report over 2,585 requirements, {what}, {4 * runs:,} events",
                f"{seconds:.2f} s",
                target=f"< {REPORT_TARGET_S:.0f} s",
                met=seconds < REPORT_TARGET_S,
            )
        )
    assessed = compliance.assess(parse("journal"))
    seconds = median(_timed(lambda: oscal(assessed)) for _ in range(3))
    found.append(Finding("the same as OSCAL assessment results", f"{seconds:.2f} s beside it"))
    return found


def _written(compliance: Compliance, what: str) -> str:
    return html(compliance.assess(parse(what)))


class _Turn(PassingStore):
    """A store as a turn of the loop sees it: whether anybody has committed is known."""

    turn = 0

    def tables_revision(self) -> int:
        return self.turn


def _decisions(store: Store, keys: Keyring) -> list[Finding]:
    clock = SystemClock()
    attestations = open_attestations(store, keys, clock=clock)
    seen = _Turn(store)
    court = ComplianceCourt(seen, attestations, clock=clock)
    command = Command("step.scheduled/1", b"{}", 1, paid, args_json=b"[1]", kwargs_json=b"{}")
    effect = Effect(RunId("default", "r1", 1), 1, paid, command, workflow=flow)

    nothing = min(_each_us(lambda: court.decide(effect)) for _ in range(5))
    need = Need(predicate_type=REVIEW, signers=("operator",))
    Demands(store, clock=clock).require("review", ["bench"], [need], by="benchmark")
    subject = Subject(name="bench", sha256=flow.code_digest)
    attestations.record(make([subject], REVIEW, {}, signers=[keys.signer("operator")]))
    seen.turn += 1
    known = min(_each_us(lambda: court.decide(effect)) for _ in range(5))
    return [
        Finding(
            "court of compliance, nothing demanded",
            f"{nothing:.2f} us",
            target=f"< {NOTHING_TARGET_US:.0f} us",
            met=nothing < NOTHING_TARGET_US,
        ),
        Finding("court of compliance, a statement demanded and there", f"{known:.2f} us"),
    ]


def _each_us(call: Callable[[], object]) -> float:
    return _timed(lambda: [call() for _ in range(ASKED)]) / ASKED * 1e6


def _timed(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin
