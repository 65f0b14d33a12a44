"""Nobody registered: commits ask nobody, and still none passes a quota that somebody else set."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.tenancy.parts import NOON_MS, Office, sqlite, started, writer

from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.tenancy.metering import BoundedStore
from tarl.tenancy.tenant import Quotas

STREAM = "run/acme/a/1"


class Run:
    """A run that goes on through a bounded store."""

    def __init__(self, store: BoundedStore) -> None:
        self.store = store
        self.writer: StreamWriter = writer("acme", "a")
        first = started("acme", "a")
        self.writer.continue_from(first.seq, first.digest, first.recorded_at_ms)
        self.commit_rows(first)

    def commit_rows(self, *rows: object) -> None:
        self.store.commit(Batch(rows, epochs={STREAM: 1}))  # type: ignore[arg-type]

    def go_on(self) -> None:
        self.commit_rows(self.writer.append("step.completed/1", b"x" * 100, at_ms=NOON_MS))


def test_where_nobody_is_registered_the_journal_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(sqlite(tmp_path / "t.db"))
    run = Run(BoundedStore(office.store, office.bounds))
    run.go_on()

    def asked(self: SqliteStore) -> int:
        raise AssertionError("it asked")

    monkeypatch.setattr(SqliteStore, "foreign_revision", asked)
    monkeypatch.setattr(SqliteStore, "log_size", asked)
    for _ in range(50):
        run.go_on()
    assert office.store.head(STREAM) is not None
    monkeypatch.undo()
    assert office.store.log_size() == 52


@pytest.mark.parametrize("commits", [1, 5, 40])
def test_a_tenant_that_another_process_registers_is_counted_from_then_on(
    tmp_path: Path, commits: int
) -> None:
    ours, theirs = (Office(sqlite(tmp_path / "t.db")) for _ in range(2))
    run = Run(BoundedStore(ours.store, ours.bounds))
    for _ in range(commits):
        run.go_on()
    theirs.tenants.create("acme", sealed=False, quotas=Quotas())
    for _ in range(commits):
        run.go_on()
        assert theirs.bounds.usage("acme") == theirs.bounds.counted("acme")
    assert theirs.bounds.usage("acme").storage_bytes >= 200 * commits
