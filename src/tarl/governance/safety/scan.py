"""What in the journal is unlike the rest of it, by robust statistics; each with its numbers.

Durations and amounts are looked at by their logarithm: the modified z-score of a value is
0.6745 (x - median) / MAD, and from 3.5 on it is unlike the others (Iglewicz and Hoaglin, 1993). The
MAD counts as a twentieth at least, so that equal values make no small difference a finding.
Failures and denials: how probable so many among the newest would be at the share of those before
(binomial tail, with Laplace's rule of succession for the share).

1. Nothing is said of fewer than ``SAMPLES_MIN`` values.
2. Memory is bounded: the newest ``SAMPLES_MAX`` values of each of ``SERIES_MAX`` series; what is
   left out is counted.
3. The same journal gives the same findings.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import comb, log
from statistics import median
from typing import Any, NamedTuple

from tarl.governance.safety.anomalies import Anomalies, Anomaly
from tarl.governance.safety.calls import spent_by_recorded
from tarl.governance.safety.watch import Word
from tarl.journal.store import Store
from tarl.kernel import events
from tarl.kernel.events import DECODERS
from tarl.values.ids import DEFAULT_TENANT, RunId

SAMPLES_MIN = 20
SAMPLES_MAX = 2_000
SERIES_MAX = 500
Z_MIN = 3.5
MAD_LEAST = 0.05
"""Of logarithms: values that differ by less than a twentieth are the same."""

DIFFERENCE_LEAST_MS = 100
"""A step that is slower by less concerns nobody."""

RECENT = 20
"""The newest outcomes of an activity, held against those before."""

TAIL_MAX = 0.001

BY = "tarl safety scan"


class Finding(NamedTuple):
    """Something unlike the rest: what, where, and the numbers."""

    kind: str
    subject: str
    run: str | None
    at_ms: int
    description: str
    severity: Word
    facts: dict[str, Any]

    def as_data(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return dict(self._asdict())


class Report(NamedTuple):
    """What a scan came to."""

    findings: list[Finding]
    runs: int
    steps: int
    series: int
    left_out: int

    def as_data(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {**self._asdict(), "findings": [each.as_data() for each in self.findings]}


class _Sample(NamedTuple):
    value: float
    run: RunId
    step: int
    at_ms: int


class _Series:
    def __init__(self) -> None:
        self.samples: dict[tuple[str, str], deque[_Sample]] = {}
        self.outcomes: dict[tuple[str, str], deque[_Sample]] = {}
        self.left_out = 0

    def add(self, held: dict[tuple[str, str], deque[_Sample]], key: Any, sample: _Sample) -> None:
        series = held.get(key)
        if series is None:
            if len(self.samples) + len(self.outcomes) >= SERIES_MAX:
                self.left_out += 1
                return
            series = held[key] = deque(maxlen=SAMPLES_MAX)
        self.left_out += len(series) == SAMPLES_MAX
        series.append(sample)


def scan(store: Store, *, tenant: str = DEFAULT_TENANT, since_ms: int = 0) -> Report:
    """What is unlike the rest of a tenant's journal, the oldest finding first.

    Args:
        store: The journal.
        tenant: Whose runs are looked at.
        since_ms: Findings before that are left out; they count among the rest all the same.
    """
    series, runs, steps = _Series(), 0, 0
    for record in store.scan("run", {"tenant": tenant}, order_by=("started_at_ms",)):
        run = RunId(tenant, record["workflow_id"], record["n"])
        runs += 1
        if record["ended_at_ms"] is not None and record["workflow"] is not None:
            took = record["ended_at_ms"] - record["started_at_ms"]
            sample = _Sample(took, run, 0, record["ended_at_ms"])
            series.add(series.samples, ("run_duration", record["workflow"]), sample)
        steps += _read(store, run, series)
    found = [each for each in _findings(series) if each.at_ms >= since_ms]
    found.sort(key=lambda each: (each.at_ms, each.kind, each.subject, each.run or ""))
    count = len(series.samples) + len(series.outcomes)
    return Report(found, runs, steps, count, series.left_out)


def record(anomalies: Anomalies, report: Report, *, tenant: str = DEFAULT_TENANT) -> list[Anomaly]:
    """Record what a scan found, but for what is recorded already."""
    made = []
    for finding in report.findings:
        known = anomalies.ls(tenant=tenant, kind=finding.kind, run=finding.run, limit=1_000)
        if any((each.found.subject, each.found.facts) == _key(finding) for each in known):
            continue
        made.append(
            anomalies.record(
                finding.kind,
                description=finding.description,
                by=BY,
                run=finding.run,
                subject=finding.subject,
                severity=finding.severity,
                facts=finding.facts,
                tenant=tenant,
            )
        )
    return made


def _key(finding: Finding) -> tuple[str, dict[str, Any]]:
    return finding.subject, finding.facts


def _read(store: Store, run: RunId, series: _Series) -> int:
    """Take the steps of a run into account; how many there are."""
    begun: dict[int, tuple[str, int]] = {}
    steps = 0
    for event in store.read(run.stream):
        if event.body is None or event.kind not in _STEPS:
            continue
        body = DECODERS[event.kind](event.body)
        if event.kind == events.STEP_SCHEDULED:
            steps += 1
            begun[body.step] = body.activity, event.recorded_at_ms
            for unit, amount in spent_by_recorded(body).items():
                sample = _Sample(amount, run, body.step, event.recorded_at_ms)
                series.add(series.samples, (f"spend_{unit}", body.activity), sample)
            continue
        name, at_ms = begun.pop(body.step, (None, 0))
        if name is None:
            continue
        ended_ms = event.recorded_at_ms
        if event.kind == events.STEP_COMPLETED:
            sample = _Sample(ended_ms - at_ms, run, body.step, ended_ms)
            series.add(series.samples, ("step_duration", name), sample)
        for kind, bad in _BAD.items():
            sample = _Sample(float(event.kind == bad), run, body.step, ended_ms)
            series.add(series.outcomes, (kind, name), sample)
    return steps


_BAD = {"failures": events.STEP_FAILED, "denials": events.STEP_DENIED}
_STEPS = frozenset({events.STEP_SCHEDULED, events.STEP_COMPLETED, *_BAD.values()})


def _findings(series: _Series) -> Iterator[Finding]:
    for (kind, subject), samples in series.samples.items():
        yield from _outliers(kind, subject, list(samples))
    for (kind, subject), samples in series.outcomes.items():
        yield from _more_than_before(kind, subject, list(samples))


def _outliers(kind: str, subject: str, samples: list[_Sample]) -> Iterator[Finding]:
    if len(samples) < SAMPLES_MIN:
        return
    logs = [log(1 + max(0.0, sample.value)) for sample in samples]
    middle = median(logs)
    spread = max(median(abs(each - middle) for each in logs), MAD_LEAST)
    usual = median(sample.value for sample in samples)
    is_time = kind.endswith("duration")
    for sample, each in zip(samples, logs, strict=True):
        z = 0.6745 * (each - middle) / spread
        if abs(z) < Z_MIN or (is_time and abs(sample.value - usual) < DIFFERENCE_LEAST_MS):
            continue
        unit = " ms" if is_time else f" {kind.removeprefix('spend_')}"
        what = "took" if is_time else "spent"
        text = (
            f"{subject} {what} {sample.value:g}{unit}, and the median of {len(samples)} is"
            f" {usual:g}{unit} (z {z:.1f})"
        )
        facts = {
            "value": sample.value,
            "median": usual,
            "mad_log": round(spread, 6),
            "z": round(z, 3),
            "samples": len(samples),
            "step": sample.step,
        }
        severity: Word = "high" if z >= 2 * Z_MIN and not is_time else "medium"
        severity = "low" if z < 0 else severity
        yield Finding(kind, subject, sample.run.ref, sample.at_ms, text, severity, facts)


def _more_than_before(kind: str, subject: str, samples: list[_Sample]) -> Iterator[Finding]:
    samples.sort(key=lambda sample: sample.at_ms)
    before, recent = samples[:-RECENT], samples[-RECENT:]
    if len(before) < SAMPLES_MIN:
        return
    earlier, now = (int(sum(sample.value for sample in part)) for part in (before, recent))
    share = (earlier + 1) / (len(before) + 2)
    tail = sum(
        comb(RECENT, n) * share**n * (1 - share) ** (RECENT - n) for n in range(now, RECENT + 1)
    )
    if not now or tail >= TAIL_MAX:
        return
    text = (
        f"{now} of the newest {RECENT} calls of {subject} came to {kind}, and {earlier} of the"
        f" {len(before)} before (p {tail:.2g})"
    )
    facts = {
        "recent": now,
        "recent_of": RECENT,
        "before": earlier,
        "before_of": len(before),
        "p": float(f"{tail:.6g}"),
    }
    yield Finding(kind, subject, None, recent[-1].at_ms, text, "high", facts)
