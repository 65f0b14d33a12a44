"""The file's index by stream: when entries are made, what it costs to ask it, and how damage to it
is found and undone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl.errors import Conflict, Corrupt
from tarl.journal import maintenance, sqlite_index
from tarl.journal.codec import Codec
from tarl.journal.sqlite import CAUGHT_UP_MAX, SqliteStore
from tarl.journal.sqlite_index import BEHIND_MAX
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

STREAM = "run/default/a/1"
OTHER = "run/default/b/1"
KINDS = ("step.completed/1", "patch.marked/1", "signal.sent/1")
EVENTS = 3 * BEHIND_MAX + 10


def writer(stream: str = STREAM, after: int = 0) -> StreamWriter:
    made = StreamWriter(stream, tenant="default", codec=Codec())
    made.seq = after
    return made


def opened(db: Path) -> SqliteStore:
    return SqliteStore(db, origin="tarl/test", synchronous="NORMAL")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Two runs of several hundred events, whose index ends before the last of them."""
    path = tmp_path / "j.db"
    store = opened(path)
    runs = writer(), writer(OTHER)
    for n in range(EVENTS):
        kind = KINDS[n % 7 % 3]
        store.commit(Batch([runs[n % 2].append(kind, b"{}", at_ms=1)]))
    store.close()
    return path


def change(db: Path, *statements: str) -> None:
    connection = sqlite3.connect(db)
    with connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0
    connection.close()


def codes(db: Path) -> list[str]:
    return [finding.code for finding in maintenance.check(db).findings]


def behind(db: Path) -> int:
    connection = sqlite3.connect(db)
    (count,) = connection.execute(
        "SELECT (SELECT max(pos) FROM event) - (SELECT pos FROM event_indexed)"
    ).fetchone()
    connection.close()
    return int(count)


# --- what is done


def test_at_most_so_many_events_are_behind_the_mark(tmp_path: Path) -> None:
    db = tmp_path / "j.db"
    store, other = opened(db), opened(db)
    runs = writer(), writer(OTHER)
    for n in range(EVENTS):
        by, run = ((store, runs[0]), (other, runs[1]))[n % 3 == 0]
        rows = [run.append("a/1", b"{}", at_ms=1) for _ in range(1 + n % 4)]
        by.commit(Batch(rows, epochs={run.stream: 1}))
        assert behind(db) < BEHIND_MAX
    store.commit_each([Batch([run.append("a/1", b"{}", at_ms=1) for run in runs]) for _ in "ab"])
    assert behind(db) < BEHIND_MAX
    other.commit(Batch([runs[0].append("a/1", b"{}", at_ms=1) for _ in range(1_000)]))
    assert behind(db) == 0
    assert store.index_faults() == []
    store.close()
    other.close()


def test_entries_are_made_in_the_commit_that_makes_them_due(db: Path) -> None:
    """A commit that is refused, or that fails, leaves the index as it was."""
    store = opened(db)
    run = writer(after=EVENTS // 2)
    while behind(db) + 4 < BEHIND_MAX:
        store.commit(Batch([run.append("a/1", b"{}", at_ms=1)], epochs={STREAM: 0}))
    before = behind(db)
    rows = [run.append("a/1", b"{}", at_ms=1) for _ in range(4)]
    assert not store.commit_at(store.log_size(), Batch(rows, epochs={STREAM: 7}))
    assert not store.commit_at(store.log_size() - 1, Batch(rows, epochs={STREAM: 0}))
    assert behind(db) == before
    assert store.commit_at(store.log_size(), Batch(rows, epochs={STREAM: 0}))
    assert behind(db) == 0
    assert store.index_faults() == []
    store.close()


def test_entries_of_a_commit_that_fails_at_its_end_are_made_by_the_next(db: Path) -> None:
    change(db, "UPDATE event_indexed SET pos = 0", "DELETE FROM event_at")  # all are due
    store = opened(db)
    raw = store._writer
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("CREATE TABLE whole (id INTEGER PRIMARY KEY)")
    raw.execute("CREATE TABLE part (of REFERENCES whole DEFERRABLE INITIALLY DEFERRED)")
    rows = [writer(after=EVENTS // 2).append("a/1", b"{}", at_ms=1)]
    with pytest.raises(Conflict):
        store.commit(Batch(rows, changes=(lambda _: raw.execute("INSERT INTO part VALUES (7)"),)))
    assert behind(db) == EVENTS
    store.commit(Batch(rows))
    assert behind(db) == 0
    assert store.index_faults() == []
    store.close()


@pytest.fixture
def stores(db: Path) -> Iterator[tuple[SqliteStore, SqliteStore]]:
    ours, theirs = opened(db), opened(db)
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize("theirs_first", [1, CAUGHT_UP_MAX // 2, CAUGHT_UP_MAX, CAUGHT_UP_MAX + 1])
def test_a_place_that_others_have_taken_is_refused(
    stores: tuple[SqliteStore, SqliteStore], theirs_first: int
) -> None:
    """However it is asked for, and whatever is known of the size of the log."""
    ours, theirs = stores
    run = writer(after=EVENTS // 2)
    ours.commit(Batch([run.append("a/1", b"{}", at_ms=1)], epochs={STREAM: 0}))
    also = writer(after=run.seq)
    theirs.commit(Batch([also.append("a/1", b"{}", at_ms=1) for _ in range(theirs_first)]))
    late = Batch([run.append("a/1", b"{}", at_ms=1)], epochs={STREAM: 0})
    for size in (theirs.log_size(), theirs.log_size() - theirs_first):
        assert not ours.commit_at(size, late)
    with pytest.raises(Conflict):
        ours.commit(late)
    (refusal,) = ours.commit_each([late])
    assert isinstance(refusal, Conflict)
    ours.commit(Batch([also.append("a/1", b"{}", at_ms=1)], epochs={STREAM: 0}))
    assert [event.seq for event in theirs.read(STREAM)] == list(range(1, also.seq + 1))
    assert ours.index_faults() == []


# --- what it costs


def test_no_question_goes_through_all_events(db: Path) -> None:
    store = opened(db)
    questions = [
        (sqlite_index.READ, (STREAM, 0, 9)),
        (sqlite_index.HEAD, (STREAM,)),
        (sqlite_index.READ_RARE, (STREAM, "patch.marked/1")),
        (sqlite_index.ANNOUNCED, (0,)),
        (sqlite_index.LAST_SEQ, (1,)),
    ]
    for question, values in questions:
        steps = [row[3] for row in store._reader.execute(f"EXPLAIN QUERY PLAN {question}", values)]
        assert any("rowid>?" in step for step in steps)
        assert [step for step in steps if step.startswith("SCAN")] in (
            ["SCAN event_indexed"],
            ["SCAN CONSTANT ROW", "SCAN event_indexed"],
        )
    store.close()


# --- damage


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM event_at WHERE pos = 100",
        "UPDATE event_at SET pos = pos + 2 WHERE pos = 100",
        "UPDATE event_at SET sought = 0 WHERE pos = 2",
        "INSERT INTO event_at VALUES (1, 9999, 100, 0)",
        "UPDATE event_indexed SET pos = pos - 1",
        "UPDATE event_indexed SET pos = pos + 1",
        "UPDATE event_indexed SET pos = 100000",
        "UPDATE event_indexed SET pos = -1",
        "UPDATE event_indexed SET pos = 'far'",
    ],
)
def test_an_index_of_other_events_is_found_and_made_anew(db: Path, damage: str) -> None:
    before = maintenance.check(db)
    assert before.findings == ()
    change(db, damage)
    report = maintenance.check(db)
    assert report.findings[0].code == "journal.index"
    with pytest.raises(Corrupt) as corrupt:
        report.require_sound()
    only = {finding.code for finding in report.findings} == {"journal.index"}
    assert ("compact" in (corrupt.value.next_step or "")) == only
    maintenance.compact(db)
    assert maintenance.check(db) == before


def test_an_index_that_has_no_mark_is_found_and_made_anew(db: Path) -> None:
    change(db, "DELETE FROM event_indexed")
    assert codes(db)[0] == "journal.index"
    maintenance.compact(db)
    assert codes(db) == []


def test_nothing_is_written_beside_an_index_that_goes_too_far(db: Path) -> None:
    """What is written would be neither among its entries nor behind its mark."""
    change(db, "UPDATE event_indexed SET pos = 100000")
    store = opened(db)
    size = store.log_size()
    for stream in (STREAM, "run/default/new/1"):
        head = store.head(stream)
        run = writer(stream, after=0 if head is None else head.seq)
        with pytest.raises(Corrupt) as corrupt:
            store.commit(Batch([run.append("a/1", b"{}", at_ms=1)], epochs={stream: 0}))
        assert corrupt.value.code == "journal.index"
    assert store.log_size() == size
    store.close()
    maintenance.compact(db)
    store = opened(db)
    run = writer(after=EVENTS // 2)
    store.commit(Batch([run.append("a/1", b"{}", at_ms=1)], epochs={STREAM: 0}))
    assert store.index_faults() == []
    store.close()


@pytest.mark.parametrize("pos", [100, EVENTS])
def test_two_events_in_one_place_are_found_and_never_put_into_the_index(db: Path, pos: int) -> None:
    change(
        db,
        "INSERT INTO event SELECT (SELECT max(pos) + 1 FROM event), stream, seq, kind, body,"
        f" digest, at, commitment, observation FROM event WHERE pos = {pos}",
    )
    report = maintenance.check(db)
    assert report.findings[0].code == "journal.twice"
    assert f"two events {pos // 2 + pos % 2}" in report.findings[0].message
    with pytest.raises(Corrupt) as corrupt:
        maintenance.compact(db)
    assert corrupt.value.code == "journal.twice"
    store = opened(db)
    run = writer("run/default/new/1")
    with pytest.raises(Corrupt) as corrupt:
        store.commit(Batch([run.append("a/1", b"{}", at_ms=1) for _ in range(BEHIND_MAX)]))
    assert corrupt.value.code == "journal.index"
    assert store.head("run/default/new/1") is None
    store.close()
