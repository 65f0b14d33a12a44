"""Reading the journal of a database.

Events are read in pages, each a query of its own: what was committed does not change, so a read
that is left half-way holds nothing back. Whoever reads places in the log gives them out first where
some are missing; inside ``at_one_moment`` only what has a place is seen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from math import inf
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import psycopg

from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event
from tarl.journal.postgres.line import Line
from tarl.journal.postgres.schema import ANNOUNCED
from tarl.journal.postgres.sequencer import place_all, size_of
from tarl.journal.postgres.session import UNHURRIED, Session, translated
from tarl.journal.postgres.statements import EVENT, OF_STREAM
from tarl.journal.postgres.tables import PostgresTables
from tarl.journal.projection import Record
from tarl.journal.store import RARE_KINDS, Checkpoint, Head
from tarl.values.ids import tenant_of

T = TypeVar("T")

PAGE = 1_000
_LAST = (1 << 62) - 1
_MOMENT_TRIES = 10
_MOMENT = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {UNHURRIED}"
_IDLE_MAX = 4

_LOG_EVENT = "s.name, seq, kind, body, digest, at, observed, commitment, pos"


class _Heard(NamedTuple):
    """What the server has told of ``tables_revision``, to a question that was put at an instant of
    ``time.monotonic``.
    """

    value: int
    asked_at: float


class Reading:
    """What a store on PostgreSQL answers.

    Args:
        url: The database.
        tables: The rooms' tables.
        codec: How bodies lie in the database.
        line: Whether the server is waited for.
    """

    def __init__(self, url: str, tables: PostgresTables, codec: Codec, line: Line) -> None:
        self.url = url
        self.codec = codec
        self.line = line
        self._reader = Session(url, line=line)
        self._placer = Session(url, line=line)
        self._tables = tables
        self._idle: list[Session] = []
        self._in_moment = False
        self._heard = _Heard(-1, -inf)
        self._seen = ""
        self._revision = 0
        rows = self._rows("SELECT value FROM meta WHERE key = 'origin'")
        self._origin = str(rows[0][0])

    @property
    def origin(self) -> str:
        return self._origin

    def streams(self, prefix: str = "") -> Iterator[str]:
        after, query = prefix, "SELECT name FROM stream WHERE name >= %s ORDER BY name LIMIT %s"
        while True:
            names = [name for (name,) in self._rows(query, after, PAGE)]
            for name in names:
                if not name.startswith(prefix):
                    return
                yield name
            if len(names) < PAGE:
                return
            after, query = names[-1], query.replace(">=", ">")

    def head(self, stream: str) -> Head | None:
        rows = self._rows(
            f"SELECT seq, digest, at FROM event WHERE {OF_STREAM} {self._placed()}"
            " ORDER BY seq DESC LIMIT 1",
            stream,
        )
        return Head(*rows[0]) if rows else None

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        return self._pages(stream, after, _LAST if until is None else until)

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        if kind not in RARE_KINDS:
            raise ValueError(f"{kind} is not looked up by kind")
        return self._pages(stream, 0, _LAST, f" AND kind = '{kind}'")

    def _pages(self, stream: str, after: int, until: int, more: str = "") -> Iterator[Event]:
        query = (
            "SELECT value, e.* FROM tables_revision LEFT JOIN LATERAL ("
            f"SELECT {EVENT} FROM event WHERE {OF_STREAM} AND seq > %s AND seq <= %s{more}"
            f" {self._placed()} ORDER BY seq LIMIT {PAGE}) AS e ON true ORDER BY e.seq"
        )
        while True:
            rows = self._page(query, stream, after, until)
            if rows and rows[-1][7] is None:
                self._place()  # what others add meanwhile has none yet
                rows = self._page(query, stream, after, rows[-1][0])
            for seq, kind, body, digest, at, observed, commitment, pos in rows:
                fields = (stream, seq, kind, body, digest, at, observed, commitment, None, pos - 1)
                yield self._opened(Event(*fields))
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def _page(self, query: str, stream: str, after: int, until: int) -> list[Any]:
        """A page of a stream, with which the revision of the tables is told as well."""
        asked_at = monotonic()
        rows = self._rows(query, stream, after, until)
        if not self._in_moment:
            self._hear(int(rows[0][0]), asked_at)
        return [row[1:] for row in rows if row[1] is not None]

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        last = self.log_size() if stop is None else min(stop, self.log_size())
        query = (
            f"SELECT {_LOG_EVENT} FROM event e JOIN stream s ON s.id = e.stream"
            " WHERE pos > %s AND pos <= %s ORDER BY pos"
        )
        while start < last:
            page = min(start + PAGE, last)
            for name, seq, kind, body, digest, at, observed, commitment, pos in self._rows(
                query, start, page
            ):
                fields = (name, seq, kind, body, digest, at, observed, commitment, None, pos - 1)
                yield self._opened(Event(*fields))
            start = page

    def announced(self, start: int) -> list[tuple[int, str]]:
        self.log_size()
        return self._rows(
            "SELECT pos - 1, s.name FROM event e JOIN stream s ON s.id = e.stream"
            f" WHERE kind IN ({ANNOUNCED}) AND pos > %s ORDER BY pos",
            start,
        )

    def leaf_data(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        return self._rows(
            "SELECT digest, at, observed FROM event WHERE pos > %s AND pos <= %s ORDER BY pos",
            start,
            stop,
        )

    def log_size(self) -> int:
        size, all_placed = self._answered(self._reader, size_of)
        if not all_placed and not self._in_moment:
            self._place()
            size, _ = self._answered(self._reader, size_of)
        return size

    def _place(self) -> None:
        self._answered(self._placer, place_all)

    def _placed(self) -> str:
        return "AND pos IS NOT NULL" if self._in_moment else ""

    def blob(self, tenant: str, digest: bytes) -> bytes:
        rows = self._rows("SELECT data, sealed FROM blob WHERE digest = %s", digest)
        stored = Stored(rows[0][0], digest if rows[0][1] else None) if rows else None
        return self.codec.read_blob(tenant, digest, stored)

    # --- tables

    def get(self, table: str, *key: Any) -> Record | None:
        with translated(self.url):
            return self._tables.on(self._reading()).get(table, *key)

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
        with translated(self.url), self._streaming() as connection:
            yield from self._tables.on(connection).scan(
                table, where, at_most=at_most, order_by=order_by, descending=descending, limit=limit
            )

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        with translated(self.url):
            return self._tables.on(self._reading()).count(table, where)

    def revision(self) -> int:
        """See ``Store.revision``: the server's own account of which transactions are over."""
        ((snapshot,),) = self._rows("SELECT pg_current_snapshot()::text")
        if snapshot != self._seen:
            self._seen, self._revision = snapshot, self._revision + 1
        return self._revision

    def foreign_revision(self) -> int:
        return self.revision()

    def foreign_tables_revision(self, *, since: float | None = None) -> int:
        heard = self._heard
        if since is None or self._in_moment or heard.value < 0 or heard.asked_at < since:
            return self.tables_revision()
        return heard.value

    def tables_revision(self) -> int:
        asked_at = monotonic()
        ((value,),) = self._rows("SELECT value FROM tables_revision")
        if not self._in_moment:
            self._hear(int(value), asked_at)
        return int(value)

    def _hear(self, revision: int, asked_at: float) -> None:
        self._heard = _Heard(revision, asked_at)

    # --- checkpoints

    def log_node(self, height: int, index: int) -> bytes | None:
        rows = self._rows("SELECT hash FROM log_node WHERE height = %s AND idx = %s", height, index)
        return rows[0][0] if rows else None

    def log_nodes(self) -> Iterator[tuple[int, int, bytes]]:
        after = (-1, -1)
        query = (
            "SELECT height, idx, hash FROM log_node WHERE (height, idx) > (%s, %s)"
            f" ORDER BY height, idx LIMIT {PAGE}"
        )
        while True:
            rows = self._rows(query, *after)
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1][:2]

    def checkpoints(self, *, published: bool | None = None, limit: int = 1) -> list[Checkpoint]:
        condition = "" if published is None else f"WHERE published = {published}"
        rows = self._rows(
            f"SELECT size, note, at, published FROM checkpoint {condition}"
            " ORDER BY size DESC LIMIT %s",
            limit,
        )
        return [Checkpoint(*row) for row in rows]

    # --- connections

    @contextlib.contextmanager
    def at_one_moment(self) -> Iterator[None]:
        if self._in_moment:
            yield
            return
        with translated(self.url):
            connection = self._one_moment()
        self._in_moment = True
        try:
            yield
        finally:
            self._in_moment = False
            with translated(self.url):
                connection.execute("ROLLBACK")

    def _one_moment(self) -> psycopg.Connection:
        """The reader at a moment at which all that is committed has its place, or nearly all where
        others do not stop committing.
        """
        connection = self._reading()
        for _ in range(_MOMENT_TRIES):
            place_all(self._placer.connection)
            connection.execute(_MOMENT)
            if size_of(connection)[1]:
                return connection
            connection.execute("ROLLBACK")
        connection.execute(_MOMENT)
        return connection

    @contextlib.contextmanager
    def _streaming(self) -> Iterator[psycopg.Connection]:
        """A connection that nobody else reads with."""
        if self._in_moment:
            yield self._reader.connection
            return
        session = self._idle.pop() if self._idle else Session(self.url, line=self.line)
        try:
            yield session.connection
        finally:
            if len(self._idle) < _IDLE_MAX and not session.is_lost:
                self._idle.append(session)
            else:
                session.close()

    def _reading(self) -> psycopg.Connection:
        if self._reader.is_lost and not self._in_moment:
            return self._reader.renew()
        return self._reader.connection

    def _rows(self, query: str, *values: Any) -> list[Any]:
        return self._answered(self._reader, lambda server: server.execute(query, values).fetchall())

    def _answered(self, session: Session, ask: Callable[[psycopg.Connection], T]) -> T:
        """What the server answers; asked again where the connection was lost in between."""
        with translated(self.url):
            try:
                return ask(session.connection)
            except psycopg.OperationalError:
                if self._in_moment or not session.is_lost:
                    raise
                return ask(session.renew())

    def close(self) -> None:
        """Close every connection."""
        for session in (self._reader, self._placer, *self._idle):
            session.close()
        self._idle.clear()

    # --- content

    def _opened(self, event: Event) -> Event:
        if event.commitment is None:
            return event
        body = self._open(event.stream, event.seq, event.body, event.commitment)
        opening = self.codec.opening(tenant_of(event.stream), event.stream, event.seq)
        return event._replace(body=body, opening=opening)

    def _open(
        self, stream: str, seq: int, body: bytes | None, commitment: bytes | None
    ) -> bytes | None:
        if body is None or commitment is None:
            return body
        return self.codec.open_body(tenant_of(stream), stream, seq, Stored(body, commitment))
