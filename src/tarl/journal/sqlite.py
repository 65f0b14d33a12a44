"""The default store: one SQLite file that any process may open.

Each commit is one ``BEGIN IMMEDIATE`` in WAL mode that checks positions and ownership epochs inside
the transaction. What this connection's last commit left (heads, epochs, stream numbers) is dropped
once another has written, so a single writer pays no look-ups and several writers stay correct.
The cost of a commit does not depend on the size of the file beyond the depth of two b-trees.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tarl.errors import Corrupt, Missing, TarlError
from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event, Row
from tarl.journal.projection import Coordination, Fact, Projection, Record
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
from tarl.journal.sqlite_readers import Readers, one_moment
from tarl.journal.sqlite_schema import ANNOUNCED, moved_to, prepare
from tarl.journal.sqlite_tables import (
    INSERT,
    INSERT_BLOB,
    SqliteTables,
    blob_values,
    ensure_tables,
)
from tarl.journal.store import COMMIT_WAIT_MS, RARE_KINDS, Batch, Checkpoint, Head
from tarl.values.ids import tenant_of

STREAMS_REMEMBERED_MAX = 100_000
"""Remembered heads; beyond it all are dropped, which costs one look-up per stream that goes on."""

_new_event = tuple.__new__
_EVENT = "seq, kind, body, digest, at, observed, commitment, pos"


class SqliteStore:
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
        self.path = Path(path)
        self.codec = codec or Codec()
        if must_exist and not self.path.exists():
            raise Missing(
                f"no journal at {self.path}",
                code="journal.missing",
                next_step="name the file with --db, or start a run to make one",
                path=str(self.path),
            )
        refuse_stub(self.path)
        with translated(self.path), contextlib.ExitStack() as opening:
            self._writer, self.is_read_only = connect_writer(self.path, synchronous)
            opening.callback(self._writer.close)
            if not self.is_read_only:
                prepare(self._writer, origin=origin)
                ensure_tables(self._writer, (*projections, *coordinations))
            row = self._writer.execute("SELECT value FROM meta WHERE key = 'origin'").fetchone()
            self.moved_to = moved_to(self._writer)
            self._writer.execute("PRAGMA busy_timeout = 0")
            connect = connect_read_only if self.is_read_only else connect_reader
            self._reader = connect(self.path, synchronous)
            opening.pop_all()
        self.projections = tuple(projections)
        self._origin = str(row[0])
        self._synchronous = synchronous
        self._tables = SqliteTables(self._writer, (*projections, *coordinations))
        self._read_tables = self._tables.on(self._reader)
        self._readers = Readers(partial(connect, self.path, synchronous))
        self._applies: dict[str, list[Callable[..., None]]] = {}
        for projection in projections:
            for kind in projection.kinds:
                self._applies.setdefault(kind, []).append(projection.apply)
        self._data_version = -1
        self._projected = 0
        self._ids: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._epochs: dict[str, int] = {}

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
        return refusals

    def _write(self, batch: Batch) -> None:
        for guard in batch.guards:
            guard(self._tables)
        if batch.epochs:
            self._check_epochs(batch.epochs)
        self._writer.executemany(INSERT, self._numbered(batch))
        if batch.blobs:
            self._writer.executemany(INSERT_BLOB, blob_values(batch.blobs))
        self._project(batch.rows)
        for change in batch.changes:
            change(self._tables)

    def commit_at(self, size: int, batch: Batch) -> bool:
        """See ``CommitsAt.commit_at``."""
        return self._commit_alone(batch, size)

    def _commit_alone(self, batch: Batch, size: int | None = None) -> bool:
        """Commit in one statement (``sqlite_alone``); False if it has to be done with a
        transaction, or if that has to say why it cannot be done.
        """
        lone = alone(batch, size, ids=self._ids, heads=self._heads, projected=self._applies)
        if lone is None:
            return False
        statement, values, heads = lone
        try:
            written = self._writer.execute(statement, values).rowcount
        except sqlite3.Error as error:
            self._forget()
            if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_CONSTRAINT")):
                return False
            raise fault(error, self.path) from error
        if written:
            self._heads.update(heads)
        return written > 0

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
        if version != self._data_version or len(self._heads) > STREAMS_REMEMBERED_MAX:
            self._forget()
            self._data_version = version

    def _forget(self) -> None:
        self._ids.clear()
        self._heads.clear()
        self._epochs.clear()
        self._data_version = -1

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

    def _numbered(self, batch: Batch) -> list[tuple[Any, ...]]:
        ids, heads = self._ids, self._heads
        numbered: list[tuple[Any, ...]] = []
        for row in batch.rows:
            stream, seq = row[0], row[1]
            head = heads.get(stream)
            if head is None:
                head = self._find_head(stream, batch.epochs.get(stream, 0))
            if seq != head + 1:
                raise not_next(stream, seq=seq, head=head)
            heads[stream] = seq
            numbered.append((ids[stream], *row[1:]))
        return numbered

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
        newest = self._writer.execute("SELECT max(seq) FROM event WHERE stream = ?", row)
        return int(newest.fetchone()[0] or 0)

    def _project(self, rows: Sequence[Row]) -> None:
        for row in rows:
            applies = self._applies.get(row.kind)
            if applies:
                self._projected += 1
                body = self._open(row.stream, row.seq, row.body, row.commitment)
                fact = Fact(row.stream, row.seq, row.kind, body, row.recorded_at_ms)
                for apply in applies:
                    apply(self._tables, fact)

    # --- reading

    def streams(self, prefix: str = "") -> Iterator[str]:
        with translated(self.path), self._streaming() as reader:
            for (name,) in reader.execute(
                "SELECT name FROM stream WHERE name >= ? ORDER BY name", (prefix,)
            ):
                if not name.startswith(prefix):
                    return
                yield name

    def head(self, stream: str) -> Head | None:
        with translated(self.path):
            row = self._reader.execute(
                "SELECT seq, digest, at FROM event WHERE stream ="
                " (SELECT id FROM stream WHERE name = ?) ORDER BY seq DESC LIMIT 1",
                (stream,),
            ).fetchone()
        return None if row is None else Head(*row)

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        query = (
            f"SELECT {_EVENT} FROM event WHERE stream = (SELECT id FROM stream WHERE name = ?)"
            " AND seq > ? AND seq <= ? ORDER BY seq"
        )
        last = (1 << 62) if until is None else until
        return self._stream_events(stream, query, (stream, after, last))

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        if kind not in RARE_KINDS:
            raise ValueError(f"{kind} is not looked up by kind")
        query = (
            f"SELECT {_EVENT} FROM event WHERE stream = (SELECT id FROM stream WHERE name = ?)"
            f" AND kind = '{kind}' ORDER BY seq"
        )
        return self._stream_events(stream, query, (stream,))

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        query = (
            "SELECT s.name, seq, kind, body, digest, at, observed, commitment, NULL, pos - 1"
            " FROM event e JOIN stream s ON s.id = e.stream"
            " WHERE pos > ? AND pos <= ? ORDER BY pos"
        )
        return self._log_events(query, (start, (1 << 62) if stop is None else stop))

    def announced(self, start: int) -> list[tuple[int, str]]:
        with translated(self.path):
            return self._reader.execute(
                "SELECT pos - 1, s.name FROM event e JOIN stream s ON s.id = e.stream"
                f" WHERE kind IN ({ANNOUNCED}) AND pos > ? ORDER BY pos",
                (start,),
            ).fetchall()

    def leaf_data(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        with translated(self.path):
            return self._reader.execute(
                "SELECT digest, at, observed FROM event WHERE pos > ? AND pos <= ? ORDER BY pos",
                (start, stop),
            ).fetchall()

    def log_size(self) -> int:
        with translated(self.path):
            row = self._reader.execute("SELECT max(pos) FROM event").fetchone()
        return int(row[0] or 0)

    def blob(self, tenant: str, digest: bytes) -> bytes:
        with translated(self.path):
            row = self._reader.execute(
                "SELECT CAST(data AS BLOB), sealed FROM blob WHERE digest = ?", (digest,)
            ).fetchone()
        if row is None:
            raise Missing(f"no blob {digest.hex()}", code="journal.no_blob", digest=digest.hex())
        data = self.codec.open_blob(tenant, digest, Stored(row[0], digest if row[1] else None))
        if data is None:
            raise Missing(
                f"blob {digest.hex()} is erased: the key of tenant {tenant!r} is gone",
                code="journal.erased",
                digest=digest.hex(),
            )
        if not self.codec.is_blob(tenant, digest, data, sealed=bool(row[1])):
            raise Corrupt(
                f"blob {digest.hex()} has other content than its digest says",
                code="journal.blob_changed",
                digest=digest.hex(),
            )
        return data

    def get(self, table: str, *key: Any) -> Record | None:
        with translated(self.path):
            return self._read_tables.get(table, *key)

    def scan(
        self,
        table: str,
        where: Mapping[str, Any] | None = None,
        *,
        at_most: Mapping[str, Any] | None = None,
        order_by: str | tuple[str, ...] = (),
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Record]:
        with translated(self.path), self._streaming() as reader:
            yield from self._read_tables.on(reader).scan(
                table, where, at_most=at_most, order_by=order_by, descending=descending, limit=limit
            )

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        with translated(self.path):
            return self._read_tables.count(table, where)

    def revision(self) -> int:
        with translated(self.path):
            return data_version(self._reader)

    def foreign_revision(self) -> int:
        """As ``revision``, which the commits of this connection leave as it is."""
        with translated(self.path):
            return data_version(self._writer)

    def foreign_tables_revision(self, *, since: float | None = None) -> int:
        return self.foreign_revision()

    def projected(self) -> int:
        return self._projected

    def tables_revision(self) -> int:
        return self.foreign_revision() + self._projected

    def log_node(self, height: int, index: int) -> bytes | None:
        with translated(self.path):
            row = self._reader.execute(
                "SELECT hash FROM log_node WHERE height = ? AND idx = ?", (height, index)
            ).fetchone()
        return None if row is None else row[0]

    def log_nodes(self) -> Iterator[tuple[int, int, bytes]]:
        with translated(self.path), self._streaming() as reader:
            yield from reader.execute("SELECT height, idx, hash FROM log_node ORDER BY height, idx")

    def checkpoints(self, *, published: bool | None = None, limit: int = 1) -> list[Checkpoint]:
        condition = "" if published is None else f"WHERE published = {int(published)}"
        with translated(self.path):
            return [
                Checkpoint(size, note, at, bool(shown))
                for size, note, at, shown in self._reader.execute(
                    f"SELECT size, note, at, published FROM checkpoint {condition}"
                    " ORDER BY size DESC LIMIT ?",
                    (limit,),
                )
            ]

    def at_one_moment(self) -> contextlib.AbstractContextManager[None]:
        return one_moment(self._reader, self.path)

    def _streaming(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        if self._reader.in_transaction:  # inside at_one_moment
            return contextlib.nullcontext(self._reader)
        return self._readers.lent()

    def close(self) -> None:
        self._readers.close()
        self._reader.close()
        self._writer.close()

    def _stream_events(
        self, stream: str, query: str, parameters: tuple[Any, ...]
    ) -> Iterator[Event]:
        with translated(self.path), self._streaming() as reader:
            for seq, kind, body, digest, at, observed, commitment, pos in reader.execute(
                query, parameters
            ):
                fields = (stream, seq, kind, body, digest, at, observed, commitment, None, pos - 1)
                event = _new_event(Event, fields)
                yield event if commitment is None else self._opened(event)

    def _log_events(self, query: str, parameters: tuple[Any, ...]) -> Iterator[Event]:
        with translated(self.path), self._streaming() as reader:
            for row in reader.execute(query, parameters):
                event = _new_event(Event, row)
                yield event if event.commitment is None else self._opened(event)

    def _opened(self, event: Event) -> Event:
        tenant = tenant_of(event.stream)
        body = self._open(event.stream, event.seq, event.body, event.commitment)
        opening = self.codec.opening(tenant, event.stream, event.seq)
        return event._replace(body=body, opening=opening)

    def _open(
        self, stream: str, seq: int, body: bytes | None, commitment: bytes | None
    ) -> bytes | None:
        if body is None or commitment is None:
            return body
        return self.codec.open_body(tenant_of(stream), stream, seq, Stored(body, commitment))
