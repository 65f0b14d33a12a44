"""The store on a PostgreSQL server: many writers on many machines, one journal.

1. A commit is one transaction. Commits of streams that go on, with nothing to ask and nothing to
   project, are one statement and run side by side; those that ask guards or change tables take a
   lock for it, so that what a guard saw still holds when it is committed.
2. An index by stream and position refuses the second of two that write the same event; an owner's
   epoch stays locked, as it was read, until the commit is over.
3. A commit whose answer was lost is looked for when a server answers again, by the digests of its
   events and by its transaction, and made again only where it is not there: neither lost nor done
   twice.
4. Places in the log are given by ``sequencer.py`` before the log is read.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import errors as pg

from tarl.errors import Missing, TarlError, Unavailable
from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.place import shown
from tarl.journal.postgres.line import Line
from tarl.journal.postgres.reading import Reading
from tarl.journal.postgres.schema import TABLES_LOCK, prepare, schema_version
from tarl.journal.postgres.session import Session, connect, fault, is_transient, translated
from tarl.journal.postgres.statements import (
    CHANGE_TABLES,
    INSERT_BLOB,
    INSERT_EVENTS,
    KEEP_CHECKPOINT,
    KEEP_NODE,
    OF_STREAM,
    TABLES_AS_THEY_ARE,
    columns_of,
    insert_owned,
)
from tarl.journal.postgres.tables import PostgresTables
from tarl.journal.projection import Coordination, Fact, Projection
from tarl.journal.refusals import no_stream, not_next, other_tables, taken_over
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Checkpoint

STREAMS_REMEMBERED_MAX = 100_000
"""Remembered heads; beyond it all are dropped, which costs one look-up per stream that goes on."""

_TRIES_MAX = 8
_UNDECIDED_S_MAX = 30.0
_LOOK_AGAIN_S = 0.05

_DOUBTS_MAX = 16
"""Commits whose fate nobody knows yet, to be told to whoever makes them again."""

NOT_WAITING_MS = 10
"""The shortest wait: to PostgreSQL none at all is one without end. Most commits of others are over
by then, and to try again takes longer than to wait for them.
"""

LOCKED_MS_MAX = 500
"""How long others may hold the tables where nobody may be kept waiting."""

Refusals = list[TarlError | None]


class _Asked(NamedTuple):
    """A transaction that may be committed: its id, and what it refused."""

    xid: str
    refusals: Refusals


class PostgresStore(Reading):
    """A journal in a database.

    Args:
        url: The database, as libpq writes it (``postgresql://user@host/name``).
        origin: The name a new journal takes in its checkpoints.
        codec: How bodies lie in the database.
        projections: Tables kept with the events.
        coordinations: Tables that commits change beside the events.
        must_exist: Whether a database without a journal is an error instead of a new one.

    Raises:
        Unavailable: no server answers (``journal.unreachable``).
        Denied: it lets nobody in, or its encoding does not do (``journal.login``,
            ``journal.encoding``).
        Missing: no journal and ``must_exist``.
        Conflict: a newer version made it.
    """

    def __init__(
        self,
        url: str,
        *,
        origin: str,
        codec: Codec | None = None,
        projections: Sequence[Projection] = (),
        coordinations: Sequence[Coordination] = (),
        must_exist: bool = False,
    ) -> None:
        rooms: tuple[Projection | Coordination, ...] = (*projections, *coordinations)
        with contextlib.ExitStack() as opening, translated(url):
            line = Line(url, lambda: connect(url).close())
            self._writer = Session(url, line=line)
            opening.callback(self._writer.close)
            if must_exist and schema_version(self._writer.connection) == 0:
                raise _no_journal(url)
            prepare(self._writer.connection, rooms, origin=origin)
            super().__init__(url, PostgresTables(None, rooms), codec or Codec(), line)
            opening.pop_all()
        self.projections = tuple(projections)
        self._applies: dict[str, list[Callable[..., None]]] = {}
        for projection in projections:
            for kind in projection.kinds:
                self._applies.setdefault(kind, []).append(projection.apply)
        self.projected = 0
        self._ids: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._wait_ms: int | None = None
        self._asked_last: _Asked | None = None
        self._doubts: dict[tuple[Any, ...], _Asked | None] = {}

    # --- writing

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        (refusal,) = self.commit_each([batch], wait_ms=wait_ms)
        if refusal is not None:
            raise refusal

    def commit_each(self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS) -> Refusals:
        if len(self._heads) > STREAMS_REMEMBERED_MAX:
            self._forget()
        was_lost = bool(self._doubts) and _known_by(batches) in self._doubts
        if was_lost:
            self._asked_last = self._doubts[_known_by(batches)]
            if (found := self._settled(batches)) is not None:
                return found
        for _ in range(_TRIES_MAX):
            self._asked_last = None
            try:
                refusals = self._written(batches, wait_ms)
            except psycopg.Error as error:
                self._forget()
                if not self._writer.is_lost:
                    if is_transient(error):
                        continue
                    raise fault(error, self.url) from error
                was_lost = True
                if (found := self._settled(batches)) is not None:
                    return found
            except BaseException:
                self._forget()
                raise
            else:
                return self._but_ours(batches, refusals) if was_lost else refusals
        raise Unavailable(
            f"{shown(self.url)} undid a commit {_TRIES_MAX} times",
            code="journal.locked",
            next_step="wait for the other writers, then try again",
        )

    def _written(self, batches: Sequence[Batch], wait_ms: int) -> Refusals:
        connection = self._writer.connection
        wait_ms = max(wait_ms, NOT_WAITING_MS)
        if self.line.is_unwaiting:
            wait_ms = min(wait_ms, LOCKED_MS_MAX)
        if wait_ms != self._wait_ms:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{wait_ms}ms",))
            self._wait_ms = wait_ms
        if self._write_owned(connection, batches):
            return [None] * len(batches)
        refusals: Refusals = []
        with self._transaction(connection, batches, refusals) as revision:
            for batch in batches:
                try:
                    with connection.transaction():
                        if batch.tables not in (None, revision):
                            raise other_tables()
                        self._write(connection, batch)
                except TarlError as refusal:
                    self._forget()
                    refusals.append(refusal)
                except pg.UniqueViolation as error:
                    self._forget()
                    refusals.append(fault(error, self.url))
                else:
                    refusals.append(None)
        return refusals

    @contextlib.contextmanager
    def _transaction(
        self, connection: psycopg.Connection, batches: Sequence[Batch], refusals: Refusals
    ) -> Iterator[int]:
        """One for all of them, which tells the revision of the tables before it."""
        asked_at = time.monotonic()
        changes = any(map(self._asks, batches))
        with connection.transaction():
            if changes:
                ((xid, revision),) = connection.execute(CHANGE_TABLES, (TABLES_LOCK,), prepare=True)
            else:
                ((xid, revision),) = connection.execute(TABLES_AS_THEY_ARE, prepare=True)
            yield revision
            self._asked_last = _Asked(xid, refusals)
        self._hear(revision + changes, asked_at)

    def _asks(self, batch: Batch) -> bool:
        """Whether a batch reads or changes tables."""
        kinds = any(row.kind in self._applies for row in batch.rows)
        return bool(batch.guards or batch.changes or kinds)

    def _write_owned(self, connection: psycopg.Connection, batches: Sequence[Batch]) -> bool:
        """Commit rows of streams that go on, in one statement; False if it has to be done with a
        transaction, or if that has to say why it cannot be done.
        """
        rows = list[tuple[Any, ...]]()
        heads, owned = dict[str, int](), dict[str, int]()
        tables = batches[0].tables if batches else None
        for batch in batches:
            if batch.blobs or not batch.rows or batch.tables != tables or self._asks(batch):
                return False
            for row in batch.rows:
                head = heads.get(row.stream) or self._heads.get(row.stream)
                if head is None or row.seq != head + 1:
                    return False
                heads[row.stream] = row.seq
                rows.append((self._ids[row.stream], *row[1:]))
            for stream, epoch in batch.epochs.items():
                if stream not in heads or owned.setdefault(stream, epoch) != epoch:
                    return False
        epochs = [(self._ids[stream], epoch) for stream, epoch in owned.items()]
        text, values = insert_owned(rows, epochs, tables)
        asked_at = time.monotonic()
        try:
            written = connection.execute(text, values, prepare=True).rowcount
        except pg.UniqueViolation:
            self._forget()
            return False
        if written:
            self._heads.update(heads)
            if tables is not None:
                self._hear(tables, asked_at)
        return written > 0

    def _write(self, connection: psycopg.Connection, batch: Batch) -> None:
        tables = self._tables.on(connection)
        for guard in batch.guards:
            guard(tables)
        self._check_epochs(connection, batch)
        rows = list(self._numbered(connection, batch))
        if rows:
            connection.execute(INSERT_EVENTS, columns_of(rows), prepare=True)
        for digest, stored in batch.blobs:
            sealed = stored.commitment is not None
            connection.execute(INSERT_BLOB, (digest, stored.data, sealed))
        self._project(tables, batch.rows)
        for change in batch.changes:
            change(tables)

    def _check_epochs(self, connection: psycopg.Connection, batch: Batch) -> None:
        if not batch.epochs:
            return
        found = connection.execute(
            "SELECT name, epoch FROM stream WHERE name = ANY(%s) ORDER BY id FOR SHARE",
            (list(batch.epochs),),
        )
        for stream, current in found:
            if current != batch.epochs[stream]:
                raise taken_over(stream, epoch=batch.epochs[stream], current=current)

    def _numbered(self, connection: psycopg.Connection, batch: Batch) -> Iterator[tuple[Any, ...]]:
        heads = self._heads
        for row in batch.rows:
            stream, seq = row[0], row[1]
            head = heads.get(stream)
            if head is None or seq > head + 1:  # others may have written since
                head = self._find_head(connection, stream, batch.epochs.get(stream, 0))
            if seq != head + 1:
                raise not_next(stream, seq=seq, head=head)
            heads[stream] = seq
            yield (self._ids[stream], *row[1:])

    def _find_head(self, connection: psycopg.Connection, stream: str, epoch: int) -> int:
        made = connection.execute(
            "INSERT INTO stream (name, epoch) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING id",
            (stream, epoch),
        ).fetchone()
        if made is not None:
            self._ids[stream] = made[0]
            return 0
        row = connection.execute(
            "SELECT s.id, coalesce((SELECT max(seq) FROM event WHERE stream = s.id), 0)"
            " FROM stream s WHERE name = %s",
            (stream,),
        ).fetchone()
        assert row is not None
        self._ids[stream] = row[0]
        return int(row[1])

    def _project(self, tables: PostgresTables, rows: Sequence[Row]) -> None:
        for row in rows:
            applies = self._applies.get(row.kind)
            if applies:
                self.projected += 1
                body = self._open(row.stream, row.seq, row.body, row.commitment)
                fact = Fact(row.stream, row.seq, row.kind, body, row.recorded_at_ms)
                for apply in applies:
                    apply(tables, fact)

    def take_over(self, stream: str) -> int:
        query = "UPDATE stream SET epoch = epoch + 1 WHERE name = %s RETURNING epoch"
        with translated(self.url):
            connection = self._renewed() if self._writer.is_lost else self._writer.connection
            row = connection.execute(query, (stream,)).fetchone()
        if row is None:
            raise no_stream(stream)
        return int(row[0])

    def keep_checkpoint(
        self, checkpoint: Checkpoint, nodes: Sequence[tuple[int, int, bytes]]
    ) -> None:
        with translated(self.url):
            connection = self._renewed() if self._writer.is_lost else self._writer.connection
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(KEEP_NODE, nodes)
                cursor.execute(KEEP_CHECKPOINT, checkpoint)

    # --- commits whose answer was lost

    def _renewed(self) -> psycopg.Connection:
        self._wait_ms = None
        return self._writer.renew()

    def _settled(self, batches: Sequence[Batch]) -> Refusals | None:
        """What became of them, on a new connection (see ``_found``). Where there is none yet, it is
        kept what to look for when the same are committed again.
        """
        doubt = _known_by(batches)
        if doubt:
            self._doubts[doubt] = self._asked_last
        while len(self._doubts) > _DOUBTS_MAX:
            del self._doubts[next(iter(self._doubts))]
        self._renewed()
        with translated(self.url):
            found = self._found(batches)
        self._doubts.pop(doubt, None)
        return found

    def _found(self, batches: Sequence[Batch]) -> Refusals | None:
        """What became of them, if they were committed; None if they were not, or if making them
        again will tell.
        """
        if self._asked_last is None:
            return [None] * len(batches) if all(map(self._is_there, batches)) else None
        xid, refusals = self._asked_last
        deadline = time.monotonic() + _UNDECIDED_S_MAX
        while (status := self._status(xid)) == "in progress":
            if self.line.is_unwaiting or time.monotonic() > deadline:
                raise Unavailable(
                    f"{shown(self.url)} has not decided about a commit yet",
                    code="journal.undecided",
                    next_step="look for a transaction that hangs in pg_stat_activity",
                )
            time.sleep(_LOOK_AGAIN_S)
        accepted = [
            batch for batch, refusal in zip(batches, refusals, strict=True) if refusal is None
        ]
        there = status == "committed" and all(self._is_there(b) for b in accepted if b.rows)
        return refusals if there else None

    def _status(self, xid: str) -> str | None:
        try:
            row = self._writer.connection.execute("SELECT pg_xact_status(%s)", (xid,)).fetchone()
        except pg.InvalidParameterValue:  # a server that took over never saw it
            return None
        return row[0] if row else None

    def _is_there(self, batch: Batch) -> bool:
        """Whether all events of a batch are in the journal, as they are in it."""
        return bool(batch.rows) and all(
            self._writer.connection.execute(
                f"SELECT 1 FROM event WHERE {OF_STREAM} AND seq = %s AND digest = %s",
                (row.stream, row.seq, row.digest),
            ).fetchone()
            for row in batch.rows
        )

    def _but_ours(self, batches: Sequence[Batch], refusals: Refusals) -> Refusals:
        """Refusals but those of events that were written by the attempt that was lost."""
        with translated(self.url):
            return [
                None if refusal is not None and self._is_there(batch) else refusal
                for batch, refusal in zip(batches, refusals, strict=True)
            ]

    def _forget(self) -> None:
        self._ids.clear()
        self._heads.clear()

    def close(self) -> None:
        """Close every connection."""
        self.line.end()
        self._writer.close()
        super().close()


def _known_by(batches: Sequence[Batch]) -> tuple[Any, ...]:
    """What tells the same commits, made again, from others; nothing where there are no events."""
    rows = [row for batch in batches for row in batch.rows]
    return (len(batches), len(rows), rows[0].digest, rows[-1].digest) if rows else ()


def _no_journal(url: str) -> Missing:
    return Missing(
        f"no journal in {shown(url)}",
        code="journal.missing",
        next_step="name another database, or start a run to make one",
        path=shown(url),
    )
