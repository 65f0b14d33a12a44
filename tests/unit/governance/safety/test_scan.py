"""A scan finds what is unlike the rest of the journal, with its numbers; in a calm one nothing."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.unit.governance.safety.safety_parts import anomalies, memory

from tarl.errors import Exceeded, Invalid, Missing
from tarl.governance.safety.anomalies import ANOMALY_FOUND, anomalies_stream
from tarl.governance.safety.scan import RECENT, SAMPLES_MIN, record, scan
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.kernel import events
from tarl.values.ids import RunId


def lived(
    store: Store, number: int, *, took_ms: int, kind: str = events.STEP_COMPLETED, cents: int = 10
) -> None:
    """A run with one step."""
    run, at_ms = RunId("default", f"r{number}", 1), 1_000_000 + number * 10_000
    writer = StreamWriter(run.stream, tenant="default", codec=store.codec)
    started = events.run_started(code="c", seed="00", workflow="flow", input_json=b"null")
    scheduled = b'{"activity":"safety.buy","args":[%d],"step":1}' % cents
    ends: dict[str, bytes] = {
        events.STEP_COMPLETED: b'{"result":null,"step":1}',
        events.STEP_FAILED: b'{"error":{"message":"m","type":"t"},"step":1}',
        events.STEP_DENIED: b'{"reasons":[],"step":1}',
    }
    rows = [
        writer.append(events.RUN_STARTED, started, at_ms=at_ms),
        writer.append(events.STEP_SCHEDULED, scheduled, at_ms=at_ms),
        writer.append(kind, ends[kind], at_ms=at_ms + took_ms),
        writer.append(events.RUN_COMPLETED, b'{"result":null}', at_ms=at_ms + took_ms),
    ]
    store.commit(Batch(rows))


def calm(store: Store, count: int = 60) -> None:
    dice = Random(11)
    for number in range(count):
        lived(store, number, took_ms=dice.randrange(400, 700))


def kinds(report: Any) -> list[tuple[str, str | None]]:
    return [(each.kind, each.run) for each in report.findings]


def test_a_calm_journal_has_no_findings() -> None:
    store = memory()
    calm(store)
    report = scan(store)
    assert (report.findings, report.runs, report.steps) == ([], 60, 60)


def test_a_slow_run_and_its_slow_step_are_found_with_their_numbers() -> None:
    store = memory()
    calm(store)
    lived(store, 99, took_ms=9_000)
    report = scan(store)
    assert kinds(report) == [("run_duration", "r99/1"), ("step_duration", "r99/1")]
    facts = report.findings[1].facts
    assert facts["value"] == 9_000
    assert facts["samples"] == 61
    assert facts["z"] > 3.5
    assert 400 <= facts["median"] <= 700


def test_nothing_is_said_of_few_values() -> None:
    store = memory()
    calm(store, SAMPLES_MIN - 2)
    lived(store, 99, took_ms=900_000)
    assert scan(store).findings == []
    lived(store, 98, took_ms=500)
    assert scan(store).findings != []


@pytest.mark.parametrize(
    ("kind", "name"), [(events.STEP_FAILED, "failures"), (events.STEP_DENIED, "denials")]
)
def test_more_failures_than_before_are_found(kind: str, name: str) -> None:
    store = memory()
    calm(store)
    for number in range(100, 100 + RECENT):
        lived(store, number, took_ms=500, kind=kind if number % 3 == 0 else events.STEP_COMPLETED)
    (found,) = scan(store).findings
    assert (found.kind, found.subject, found.facts["recent"]) == (name, "safety.buy", 6)
    assert found.facts["p"] < 0.001


def test_a_steady_share_of_failures_is_no_finding() -> None:
    store = memory()
    for number in range(120):
        lived(
            store,
            number,
            took_ms=500,
            kind=events.STEP_FAILED if number % 3 == 0 else events.STEP_COMPLETED,
        )
    assert scan(store).findings == []


def test_what_lies_before_a_time_is_left_out_and_still_counts() -> None:
    store = memory()
    lived(store, 0, took_ms=9_000)
    for number in range(1, 60):
        lived(store, number, took_ms=500)
    assert len(scan(store).findings) == 2
    assert scan(store, since_ms=1_100_000).findings == []


def test_findings_are_recorded_once() -> None:
    store = memory()
    calm(store)
    lived(store, 99, took_ms=9_000)
    made = record(anomalies(store), scan(store))
    assert [each.found.kind for each in made] == ["run_duration", "step_duration"]
    assert record(anomalies(store), scan(store)) == []
    assert anomalies(store).count() == 2


def test_memory_is_bounded_and_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarl.governance.safety.scan.SAMPLES_MAX", 30)
    store = memory()
    calm(store, 40)
    report = scan(store)
    assert report.left_out == 50  # ten of each of five series
    monkeypatch.setattr("tarl.governance.safety.scan.SERIES_MAX", 1)
    assert scan(store).series == 1


def test_anomalies_are_listed_by_kind_run_and_cursor() -> None:
    ledger = anomalies(memory())
    for number in range(5):
        ledger.record("k" if number % 2 else "l", description="d", by="me", run=f"r{number}")
    assert [each.number for each in ledger.ls(kind="l")] == [1, 3, 5]
    assert [each.number for each in ledger.ls(after=2, limit=2)] == [3, 4]
    assert ledger.ls(run="r3")[0].id == "a4"
    assert ledger.get("a4").found.by == "me"
    for wrong in ("a9", "x", "a", "a-1", ""):
        with pytest.raises(Missing):
            ledger.get(wrong)


def test_an_anomaly_is_checked_before_it_is_recorded() -> None:
    store = memory()
    ledger = anomalies(store)
    with pytest.raises(Invalid) as refused:
        ledger.record("k", description="d", by="me", confidence=float("nan"))
    assert refused.value.code == "anomaly.confidence"
    with pytest.raises(Exceeded) as too_much:
        ledger.record("k", description="d", by="me", facts={"x": "y" * 20_000})
    assert too_much.value.code == "anomaly.too_large"
    assert list(store.read(anomalies_stream("default"))) == []
    ledger.record("k", description="d", by="me")
    assert [event.kind for event in store.read(anomalies_stream("default"))] == [ANOMALY_FOUND]
