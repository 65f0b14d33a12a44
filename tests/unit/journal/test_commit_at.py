"""A commit that is made only where nobody has written since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl.journal.codec import Codec
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

STREAM = "run/default/a/1"
OWNED = {STREAM: 1}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[SqliteStore, SqliteStore]]:
    ours, theirs = (SqliteStore(tmp_path / "j.db", origin="tarl/test") for _ in range(2))
    yield ours, theirs
    ours.close()
    theirs.close()


def writer(stream: str = STREAM) -> StreamWriter:
    return StreamWriter(stream, tenant="default", codec=Codec())


def begun(store: SqliteStore) -> StreamWriter:
    run = writer()
    store.commit(Batch([run.append("a/1", b"1", at_ms=1)], epochs=OWNED))
    return run


def test_rows_are_written_where_the_log_is_as_long_as_it_was(
    stores: tuple[SqliteStore, SqliteStore],
) -> None:
    ours, theirs = stores
    run = begun(ours)
    for size in (1, 3, 5):
        rows = [run.append("b/1", b"%d" % n, at_ms=2) for n in range(2)]
        assert ours.commit_at(size, Batch(rows, epochs=OWNED))
    assert [event.log_index for event in theirs.read(STREAM)] == list(range(7))
    assert [event.seq for event in theirs.read_log()] == list(range(1, 8))


def test_nothing_is_written_where_another_has_written(
    stores: tuple[SqliteStore, SqliteStore],
) -> None:
    ours, theirs = stores
    run = begun(ours)
    theirs.commit(Batch([writer("other").append("c/1", b"1", at_ms=1)]))
    batch = Batch([run.append("b/1", b"2", at_ms=2)], epochs=OWNED)
    for size in (1, 0):
        assert not ours.commit_at(size, batch)
    assert theirs.log_size() == 2
    ours.commit(batch)
    assert [event.log_index for event in theirs.read(STREAM)] == [0, 2]


def test_who_owns_the_run_no_more_writes_nothing(
    stores: tuple[SqliteStore, SqliteStore],
) -> None:
    ours, theirs = stores
    run = begun(ours)
    theirs.take_over(STREAM)
    assert not ours.commit_at(1, Batch([run.append("b/1", b"2", at_ms=2)], epochs=OWNED))
    assert theirs.log_size() == 1
