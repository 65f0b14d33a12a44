"""Where the events of a stream lie in the file: an index that is filled for many events at once.

An entry for each event as it is committed would be a second page of the write-ahead log for each
commit. So ``event_at`` has the entries of the events up to a mark (``event_indexed``), and the few
behind it are looked through. Entries and mark are written in the transaction of the events that
make them due, so a crash takes or leaves them together.

The index is made from the events and says nothing that they do not. That no two events have the
same place in a stream is the work of who commits (``SqliteStore``); that an entry cannot be made
twice shows at the latest when the index is filled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from tarl.errors import Corrupt
from tarl.journal.store import ANNOUNCED_KINDS, RARE_KINDS

BEHIND_MAX = 128
"""Events that may lie behind the mark: each read of a stream looks through them. A commit that
leaves as many brings the index up to date.
"""

TWICE_MAX = 100
"""Places taken twice that a check names."""

_RARE, _ANNOUNCED = 1, 2
_MARK = "(SELECT pos FROM event_indexed)"
_FIELDS = "e.kind, e.body, e.digest, e.at, e.observation, e.commitment, e.pos"


def _quoted(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


_SOUGHT = (
    f"CASE WHEN kind IN ({_quoted(RARE_KINDS)}) THEN {_RARE}"
    f" WHEN kind IN ({_quoted(ANNOUNCED_KINDS)}) THEN {_ANNOUNCED} ELSE 0 END"
)
_ENTRIES = f"SELECT stream, seq, pos, {_SOUGHT} AS sought FROM event"

TABLES = f"""
CREATE TABLE event_at (
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    pos INTEGER NOT NULL,
    sought INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
INSERT INTO event_at {_ENTRIES} ORDER BY stream, seq;
CREATE INDEX event_rare ON event_at (stream, seq) WHERE sought = {_RARE};
CREATE INDEX event_announced ON event_at (pos) WHERE sought = {_ANNOUNCED};
CREATE TABLE event_indexed (id INTEGER PRIMARY KEY CHECK (id = 1), pos INTEGER NOT NULL);
INSERT INTO event_indexed SELECT 1, coalesce(max(pos), 0) FROM event;
"""
"""Makes the index, with the entries of all events that there are."""


def _of_stream(entries: str, condition: str) -> str:
    """Events of the stream ``?1``: those that have entries, and those behind the mark."""
    return (
        f"SELECT a.seq, {_FIELDS} FROM stream s CROSS JOIN {entries} a ON a.stream = s.id"
        f" CROSS JOIN event e ON e.pos = a.pos WHERE s.name = ?1 AND {condition}"
        f" UNION ALL SELECT e.seq, {_FIELDS} FROM stream s"
        f" CROSS JOIN event e ON e.pos > {_MARK} AND e.stream = s.id"
        f" WHERE s.name = ?1 AND {condition.replace('a.', 'e.')} ORDER BY 1"
    )


READ = _of_stream("event_at", "a.seq > ?2 AND a.seq <= ?3")
"""Events of the stream ``?1`` behind ``?2`` up to ``?3``, in order."""

READ_RARE = _of_stream(
    f"(SELECT * FROM event_at INDEXED BY event_rare WHERE sought = {_RARE})", "e.kind = ?2"
)
"""Events of the stream ``?1`` of one of ``RARE_KINDS``, in order."""

HEAD = (
    "SELECT e.seq, e.digest, e.at FROM stream s CROSS JOIN event e ON e.pos = coalesce("
    f"(SELECT max(pos) FROM event WHERE pos > {_MARK} AND stream = s.id),"
    " (SELECT pos FROM event_at WHERE stream = s.id ORDER BY seq DESC LIMIT 1))"
    " WHERE s.name = ?1"
)
"""Position, digest and time of the last event of the stream ``?1``."""

ANNOUNCED = (
    "SELECT a.pos - 1, s.name FROM event_at a INDEXED BY event_announced"
    f" CROSS JOIN stream s ON s.id = a.stream WHERE a.sought = {_ANNOUNCED} AND a.pos > ?1"
    " UNION ALL SELECT e.pos - 1, s.name FROM event e CROSS JOIN stream s ON s.id = e.stream"
    f" WHERE e.pos > max({_MARK}, ?1) AND e.kind IN ({_quoted(ANNOUNCED_KINDS)}) ORDER BY 1"
)
"""Index and stream of the events of ``ANNOUNCED_KINDS`` behind ``?1``."""

LAST_SEQ = (
    "SELECT max(coalesce((SELECT max(seq) FROM event_at WHERE stream = ?1), 0), coalesce("
    f"(SELECT max(seq) FROM event WHERE pos > {_MARK} AND stream = ?1), 0))"
)
"""Where the stream with the number ``?1`` ends; 0 if it has no event."""


def size_of_log(connection: sqlite3.Connection) -> int:
    """How many events the file holds."""
    return int(connection.execute("SELECT max(pos) FROM event").fetchone()[0] or 0)


class EventIndex:
    """The index as the connection that writes keeps it.

    Attributes:
        due_at: A log of this length has so many events behind the mark that it is due; 0 as long
            as the mark is not known.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.due_at = 0

    def bring_up(self, size: int) -> None:
        """Inside a transaction that has made the log so long: make what entries are due.

        Raises:
            Corrupt: the index is not of this file's events (``journal.index``).
        """
        (mark,) = self._connection.execute(f"SELECT {_MARK}").fetchone()
        if not isinstance(mark, int) or mark > size:
            raise _damaged(f"it goes up to event {mark} of {size}")
        if size - mark >= BEHIND_MAX:
            self._fill(mark, size)
            mark = size
        self.due_at = mark + BEHIND_MAX

    def forget(self) -> None:
        """Whatever was done may not have been committed."""
        self.due_at = 0

    def _fill(self, mark: int, size: int) -> None:
        fill = f"INSERT INTO event_at {_ENTRIES} WHERE pos > ? AND pos <= ?"
        try:
            self._connection.execute(fill, (mark, size))
        except sqlite3.IntegrityError as error:
            raise _damaged(f"an event behind {mark} has an entry already") from error
        self._connection.execute("UPDATE event_indexed SET pos = ?", (size,))


def rebuild_index(connection: sqlite3.Connection) -> None:
    """Inside a transaction: make the index anew from the events. A file of an older version, which
    has none, is left alone.

    Raises:
        Corrupt: two events have the same place (``journal.twice``).
    """
    found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'event_indexed'"
    if connection.execute(found).fetchone() is None:
        return
    for twice in _taken_twice(connection):
        raise twice
    connection.execute("DELETE FROM event_at")
    connection.execute(f"INSERT INTO event_at {_ENTRIES} ORDER BY stream, seq")
    connection.execute(
        "INSERT OR REPLACE INTO event_indexed SELECT 1, coalesce(max(pos), 0) FROM event"
    )


def faults(connection: sqlite3.Connection) -> Iterator[Corrupt]:
    """What is wrong with the index (``journal.index``), and each place that two events have
    (``journal.twice``).

    Reads every event once and every entry with its event.
    """
    yield from _taken_twice(connection)
    size = size_of_log(connection)
    (mark,) = connection.execute(f"SELECT {_MARK}").fetchone()
    if not isinstance(mark, int) or not 0 <= mark <= size:
        yield _damaged(f"it goes up to event {mark} of {size}")
        return
    entries, events = connection.execute(
        "SELECT (SELECT count(*) FROM event_at), (SELECT count(*) FROM event WHERE pos <= ?)",
        (mark,),
    ).fetchone()
    if entries != events:
        yield _damaged(f"it has {entries} entries for {events} events")
    wrong = connection.execute(
        f"SELECT a.pos, a.stream, a.seq FROM event_at a LEFT JOIN ({_ENTRIES}) e"
        " ON e.pos = a.pos WHERE e.stream IS NOT a.stream OR e.seq IS NOT a.seq"
        " OR e.sought IS NOT a.sought OR a.pos > ? LIMIT 1",
        (mark,),
    ).fetchone()
    if wrong is not None:
        pos, stream, seq = wrong
        yield _damaged(f"event {seq} of stream {stream} is not at {pos}, or not of its kind there")


def _taken_twice(connection: sqlite3.Connection) -> Iterator[Corrupt]:
    for name, seq in connection.execute(
        "SELECT coalesce((SELECT name FROM stream WHERE id = e.stream), e.stream), seq"
        " FROM event e GROUP BY stream, seq HAVING count(*) > 1 LIMIT ?",
        (TWICE_MAX,),
    ):
        yield Corrupt(
            f"{name}: there are two events {seq}",
            code="journal.twice",
            next_step="restore a backup, and keep the damaged file",
        )


def _damaged(what: str) -> Corrupt:
    return Corrupt(
        f"the index by stream is not of these events: {what}",
        code="journal.index",
        next_step="tarl db check; if nothing else is wrong, tarl db compact makes the index anew",
    )
