"""What a journal's file answers, over connections that only read."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tarl.errors import Corrupt
from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event
from tarl.journal.projection import Record
from tarl.journal.sqlite_connection import data_version
from tarl.journal.sqlite_faults import translated
from tarl.journal.sqlite_index import ANNOUNCED, HEAD, READ, READ_RARE, faults, size_of_log
from tarl.journal.sqlite_readers import Readers, one_moment
from tarl.journal.sqlite_tables import SqliteTables
from tarl.journal.store import RARE_KINDS, Checkpoint, Head
from tarl.values.ids import tenant_of

_LEAVES = "SELECT digest, at, observation FROM event WHERE pos > ? AND pos <= ? ORDER BY pos"

_new_event = tuple.__new__


class SqliteReading:
    """The reading half of a store in a file.

    Args:
        path: The file.
        codec: How bodies lie in it.
        tables: The rooms' tables.
        connect: Makes a connection that only reads.
    """

    def __init__(
        self,
        path: Path,
        codec: Codec,
        tables: SqliteTables,
        connect: Callable[[], sqlite3.Connection],
    ) -> None:
        self.path = path
        self.codec = codec
        self._reader = connect()
        self._read_tables = tables.on(self._reader)
        self._readers = Readers(connect)

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
            row = self._reader.execute(HEAD, (stream,)).fetchone()
        return None if row is None else Head(*row)

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        last = (1 << 62) if until is None else until
        return self._stream_events(stream, READ, (stream, after, last))

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        if kind not in RARE_KINDS:
            raise ValueError(f"{kind} is not looked up by kind")
        return self._stream_events(stream, READ_RARE, (stream, kind))

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        query = (
            "SELECT s.name, seq, kind, body, digest, at, observation, commitment, NULL, pos - 1"
            " FROM event e JOIN stream s ON s.id = e.stream"
            " WHERE pos > ? AND pos <= ? ORDER BY pos"
        )
        return self._log_events(query, (start, (1 << 62) if stop is None else stop))

    def announced(self, start: int) -> list[tuple[int, str]]:
        with translated(self.path):
            return self._reader.execute(ANNOUNCED, (start,)).fetchall()

    def leaf_data(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        with translated(self.path):
            return self._reader.execute(_LEAVES, (start, stop)).fetchall()

    def leaf_data_beside(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        """See ``ReadsBeside.leaf_data_beside``."""
        with translated(self.path), self._readers.lent() as reader:
            return reader.execute(_LEAVES, (start, stop)).fetchall()

    def log_size(self) -> int:
        with translated(self.path):
            return size_of_log(self._reader)

    def index_faults(self) -> list[Corrupt]:
        """What is wrong with the index by stream; see ``sqlite_index.faults``."""
        with translated(self.path):
            return list(faults(self._reader))

    def blob(self, tenant: str, digest: bytes) -> bytes:
        with translated(self.path):
            row = self._reader.execute(
                "SELECT CAST(data AS BLOB), sealed FROM blob WHERE digest = ?", (digest,)
            ).fetchone()
        stored = None if row is None else Stored(row[0], digest if row[1] else None)
        return self.codec.read_blob(tenant, digest, stored)

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
        """Close what is read with; reads that are under way end with an error."""
        self._readers.close()
        self._reader.close()

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
