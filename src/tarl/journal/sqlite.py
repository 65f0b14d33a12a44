"""The default store: one SQLite file that any process may open.

Each commit is one ``BEGIN IMMEDIATE`` in WAL mode that checks positions and ownership epochs inside
the transaction. What is known of heads is true of a log of a known length: a commit in one
statement is made only if the log still has that length, and a transaction first reads what others
have written since. So a single writer pays no look-ups and several writers stay correct: no two
events have the same place in a stream. The cost of a commit does not depend on the size of the file
beyond the depth of its b-trees.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tarl.errors import Missing, TarlError
from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.projection import Coordination, Fact, Projection
from tarl.journal.refusals import moved, no_stream, not_next, taken_over
from tarl.journal.sqlite_alone import alone
from tarl.journal.sqlite_connection import (
    Synchronous,
    connect_read_only,
    connect_reader,
    connect_writer,
    data_version,
    refuse_stub,
)
from tarl.journal.sqlite_faults import SqliteTransaction, fault, translated
from tarl.journal.sqlite_index import LAST_SEQ, EventIndex, size_of_log
from tarl.journal.sqlite_reading import SqliteReading
from tarl.journal.sqlite_schema import moved_to, prepare
from tarl.journal.sqlite_tables import (
    INSERT,
    INSERT_BLOB,
    INSERT_PLAIN,
    SqliteTables,
    blob_values,
    ensure_tables,
)
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Checkpoint

STREAMS_REMEMBERED_MAX = 100_000
"""Remembered heads; beyond it all are dropped, which costs one look-up per stream that goes on."""

CAUGHT_UP_MAX = 1_000
"""Events that others have written since: so many are read to keep what is remembered, and beyond
it all is dropped.
"""

_NEWS = (
    "SELECT e.pos, s.name, e.seq FROM event e LEFT JOIN stream s ON s.id = e.stream"
    f" WHERE e.pos >= ? ORDER BY e.pos LIMIT {CAUGHT_UP_MAX + 1}"
)


class SqliteStore(SqliteReading):
    """A journal in one file.

    A file that exists and cannot be written is opened for reading; ``is_read_only`` says so, and a
    commit is ``Denied``. One that was moved to a database (``moved_to``) is only read either.

    Args:
        path: The file; made if missing, unless ``must_exist``.
        codec: How bodies lie on disk.
        projections: Tables kept with the events.
        coordinations: Tables that commits change beside the events.
        synchronous: FULL survives power loss at every commit; NORMAL may lose the last commits
            then, but never the file's integrity.
        origin: The name a new journal takes in its checkpoints.

    Raises:
        Missing: no file and ``must_exist``.
        Conflict: a newer version wrote the file.
        Corrupt: the file is damaged or is not a journal.
        Denied: no permission to read or write it.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        origin: str,
        codec: Codec | None = None,
        projections: Sequence[Projection] = (),
        coordinations: Sequence[Coordination] = (),
        synchronous: Synchronous = "FULL",
        must_exist: bool = False,
    ) -> None:
        path = Path(path)
        if must_exist and not path.exists():
            raise Missing(
                f"no journal at {path}",
                code="journal.missing",
                next_step="name the file with --db, or start a run to make one",
                path=str(path),
            )
        refuse_stub(path)
        with translated(path), contextlib.ExitStack() as opening:
            self._writer, self.is_read_only = connect_writer(path, synchronous)
            opening.callback(self._writer.close)
            if not self.is_read_only:
                prepare(self._writer, origin=origin)
                ensure_tables(self._writer, (*projections, *coordinations))
            row = self._writer.execute("SELECT value FROM meta WHERE key = 'origin'").fetchone()
            self.moved_to = moved_to(self._writer)
            self._writer.execute("PRAGMA busy_timeout = 0")
            connect = connect_read_only if self.is_read_only else connect_reader
            self._tables = SqliteTables(self._writer, (*projections, *coordinations))
            connected = partial(connect, path, synchronous)
            super().__init__(path, codec or Codec(), self._tables, connected)
            opening.pop_all()
        self.projections = tuple(projections)
        self._origin = str(row[0])
        self._synchronous = synchronous
        self._applies: dict[str, list[Callable[..., None]]] = {}
        for projection in projections:
            for kind in projection.kinds:
                self._applies.setdefault(kind, []).append(projection.apply)
        self._data_version = -1
        self.projected = 0
        self._ids: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._size: int | None = None
        """How long the log is of which the heads are true; None if it is not known."""
        self._epochs: dict[str, int] = {}
        self._index = EventIndex(self._writer)

    @property
    def origin(self) -> str:
        return self._origin

    # --- writing

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        if self._commit_alone(batch):
            return
        with self._transaction(wait_ms):
            self._refresh()
            self._write(batch)
            self._bring_up()

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        refusals: list[TarlError | None] = []
        with self._transaction(wait_ms) as writer:
            self._refresh()
            for batch in batches:
                writer.execute("SAVEPOINT batch")
                try:
                    self._write(batch)
                except TarlError as refusal:
                    writer.execute("ROLLBACK TO batch")
                    self._forget()
                    refusals.append(refusal)
                else:
                    refusals.append(None)
                writer.execute("RELEASE batch")
            self._bring_up()
        return refusals

    def _write(self, batch: Batch) -> None:
        for guard in batch.guards:
            guard(self._tables)
        if batch.epochs:
            self._check_epochs(batch.epochs)
        self._writer.executemany(*self._inserted(batch))
        if self._size is not None:
            self._size += len(batch.rows)
        if batch.blobs:
            self._writer.executemany(INSERT_BLOB, blob_values(batch.blobs))
        self._project(batch.rows)
        for change in batch.changes:
            change(self._tables)

    def _commit_alone(self, batch: Batch) -> bool:
        """Commit in one statement; False if it has to be done with a transaction, or if that has to
        say why it cannot be done.
        """
        if self._size is None:
            return False
        written = self.commit_at(self._size, batch)
        if written is None and self._has_caught_up():
            written = self.commit_at(self._size, batch)
        return bool(written)

    def commit_at(self, size: int, batch: Batch) -> bool | None:
        """See ``CommitsAt.commit_at``; made in one statement (``sqlite_alone``)."""
        if size != self._size:
            return None
        lone = alone(batch, size, ids=self._ids, heads=self._heads, projected=self._applies)
        if lone is None:
            return False
        statement, values, heads = lone
        size += len(batch.rows)
        try:
            if size < self._index.due_at:
                written = self._writer.execute(statement, values).rowcount
            else:
                written = self._with_entries(statement, values, size)
        except sqlite3.Error as error:
            if error.sqlite_errorname.startswith("SQLITE_CONSTRAINT"):
                return None
            if error.sqlite_errorname.startswith("SQLITE_BUSY"):
                return False
            self._forget()
            raise fault(error, self.path) from error
        if written:
            self._heads.update(heads)
            self._size = size
        return written > 0

    def _with_entries(self, statement: str, values: Sequence[Any], size: int) -> int:
        """Execute a statement that makes the log so long, and what is due of the index, in one
        transaction; how many rows the statement has written.
        """
        try:
            with self._writer:  # commits, or rolls back
                self._writer.execute("BEGIN IMMEDIATE")
                written = self._writer.execute(statement, values).rowcount
                if written:
                    self._index.bring_up(size)
        except BaseException:
            self._index.forget()
            raise
        return written

    def _bring_up(self) -> None:
        """In a transaction, after its events: make what is due of the index."""
        if self._size is None:
            self._size = size_of_log(self._writer)
        if self._size >= self._index.due_at:
            self._index.bring_up(self._size)

    def take_over(self, stream: str) -> int:
        with self._transaction(COMMIT_WAIT_MS) as writer:
            row = writer.execute(
                "UPDATE stream SET epoch = epoch + 1 WHERE name = ? RETURNING epoch", (stream,)
            ).fetchone()
            if row is None:
                raise no_stream(stream)
            self._forget()
        return int(row[0])

    def keep_checkpoint(
        self, checkpoint: Checkpoint, nodes: Sequence[tuple[int, int, bytes]]
    ) -> None:
        size, note, signed_at_ms, published = checkpoint
        with self._surely(), self._transaction(COMMIT_WAIT_MS) as writer:
            writer.executemany("INSERT OR IGNORE INTO log_node VALUES (?, ?, ?)", nodes)
            writer.execute(
                "INSERT INTO checkpoint (size, note, at, published) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (size) DO UPDATE SET note = excluded.note, at = excluded.at,"
                " published = max(published, excluded.published)",
                (size, note, signed_at_ms, int(published)),
            )

    @contextlib.contextmanager
    def _surely(self) -> Iterator[None]:
        """Have it on disk even if the machine stops: a checkpoint that outlives the events that it
        covers would make the file an older copy.
        """
        self._writer.execute("PRAGMA synchronous = FULL")
        try:
            yield
        finally:
            self._writer.execute(f"PRAGMA synchronous = {self._synchronous}")

    def _transaction(self, wait_ms: int) -> SqliteTransaction:
        if self.moved_to is not None:
            raise moved(self.path, self.moved_to)
        return SqliteTransaction(self._writer, self.path, wait_ms=wait_ms, on_failure=self._forget)

    def _refresh(self) -> None:
        version = data_version(self._writer)
        if version == self._data_version and len(self._heads) <= STREAMS_REMEMBERED_MAX:
            return
        self._epochs.clear()
        if len(self._heads) > STREAMS_REMEMBERED_MAX or not self._has_caught_up():
            self._forget()
            self._size = size_of_log(self._writer)
        self._data_version = version

    def _has_caught_up(self) -> bool:
        """Learn what others have written since; False if nothing was known, if it is too much, or
        if what was known is of another log.
        """
        if not self._size:
            return False
        with translated(self.path):
            news = self._writer.execute(_NEWS, (self._size,)).fetchall()
        if len(news) > CAUGHT_UP_MAX or not news or news[0][0] != self._size:
            return False
        for _, stream, seq in news:
            if stream in self._heads:
                self._heads[stream] = seq
        self._size = news[-1][0]
        return True

    def _forget(self) -> None:
        self._ids.clear()
        self._heads.clear()
        self._epochs.clear()
        self._size = None
        self._data_version = -1
        self._index.forget()

    def _check_epochs(self, epochs: Mapping[str, int]) -> None:
        known = self._epochs
        for stream, epoch in epochs.items():
            current = known.get(stream)
            if current is None:
                query = "SELECT epoch FROM stream WHERE name = ?"
                row = self._writer.execute(query, (stream,)).fetchone()
                if row is None:
                    continue
                current = known[stream] = int(row[0])
            if current != epoch:
                raise taken_over(stream, epoch=epoch, current=current)

    def _inserted(self, batch: Batch) -> tuple[str, list[tuple[Any, ...]]]:
        """How a batch's rows are inserted, with their streams' numbers."""
        ids, heads = self._ids, self._heads
        rows: list[tuple[Any, ...]] = []
        is_plain = True
        for stream, seq, kind, body, digest, at, commitment, observed in batch.rows:
            head = heads.get(stream)
            if head is None:
                head = self._find_head(stream, batch.epochs.get(stream, 0))
            if seq != head + 1:
                raise not_next(stream, seq=seq, head=head)
            heads[stream] = seq
            if commitment is not None or observed is not None:
                is_plain = False
            rows.append((ids[stream], seq, kind, body and bytearray(body), bytearray(digest), at))
        if is_plain:
            return INSERT_PLAIN, rows
        more = zip(rows, batch.rows, strict=True)
        return INSERT, [(*values, row.commitment, row.observed) for values, row in more]

    def _find_head(self, stream: str, epoch: int) -> int:
        made = self._writer.execute(
            "INSERT INTO stream (name, epoch) VALUES (?, ?) ON CONFLICT DO NOTHING", (stream, epoch)
        )
        if made.rowcount == 1:
            self._ids[stream] = int(made.lastrowid or 0)
            self._epochs[stream] = epoch
            return 0
        row = self._writer.execute("SELECT id FROM stream WHERE name = ?", (stream,)).fetchone()
        self._ids[stream] = int(row[0])
        return int(self._writer.execute(LAST_SEQ, row).fetchone()[0])

    def _project(self, rows: Sequence[Row]) -> None:
        for row in rows:
            applies = self._applies.get(row.kind)
            if applies:
                self.projected += 1
                body = self._open(row.stream, row.seq, row.body, row.commitment)
                fact = Fact(row.stream, row.seq, row.kind, body, row.recorded_at_ms)
                for apply in applies:
                    apply(self._tables, fact)

    # --- revisions

    def foreign_revision(self) -> int:
        """As ``revision``, which the commits of this connection leave as it is."""
        with translated(self.path):
            return data_version(self._writer)

    def foreign_tables_revision(self, *, since: float | None = None) -> int:
        return self.foreign_revision()

    def tables_revision(self) -> int:
        return self.foreign_revision() + self.projected

    def close(self) -> None:
        super().close()
        self._writer.close()
