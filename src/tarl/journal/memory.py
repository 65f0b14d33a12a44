"""The reference store: plain dictionaries and lists, written to be obviously right.

Every other store must behave as this one does; it is also a store for tests and short-lived work,
and forgets everything when it is closed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tarl.errors import TarlError
from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event, Row
from tarl.journal.projection import Coordination, Fact, Projection, Record, Table, table_names
from tarl.journal.refusals import no_stream, not_next, taken_over
from tarl.journal.store import ANNOUNCED_KINDS, COMMIT_WAIT_MS, RARE_KINDS, Batch, Checkpoint, Head
from tarl.values.ids import tenant_of


class MemoryTables:
    """``Tables`` as dictionaries of records by key."""

    def __init__(self, shapes: Mapping[str, Table]) -> None:
        self._shapes = shapes
        self.records: dict[str, dict[tuple[Any, ...], Record]] = {name: {} for name in shapes}

    def get(self, table: str, *key: Any) -> Record | None:
        return self.records[table].get(key)

    def put(self, table: str, record: Record) -> None:
        shape = self._shapes[table]
        whole = {name: record[name] for name in shape.columns}
        self.records[table][tuple(whole[name] for name in shape.key)] = whole

    def update(self, table: str, key: tuple[Any, ...], changes: Record) -> None:
        record = self.records[table].get(key)
        if record is not None:
            self.records[table][key] = {**record, **changes}

    def delete(self, table: str, *key: Any) -> None:
        self.records[table].pop(key, None)

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
        names = (order_by,) if isinstance(order_by, str) else order_by
        rows = [
            record
            for _, record in sorted(self.records[table].items())
            if all(record[name] == value for name, value in (where or {}).items())
            and all(
                record[name] is not None and record[name] <= most
                for name, most in (at_most or {}).items()
            )
        ]
        if names:
            rows.sort(key=lambda row: [_ordinal(row[name]) for name in names], reverse=descending)
        yield from rows[:limit]

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        return sum(1 for _ in self.scan(table, where))


class MemoryStore:
    """A journal in memory; see ``Store`` for its laws."""

    def __init__(
        self,
        *,
        origin: str,
        codec: Codec | None = None,
        projections: Sequence[Projection] = (),
        coordinations: Sequence[Coordination] = (),
    ) -> None:
        self.codec = codec or Codec()
        self.origin = origin
        self._projections = projections
        self._tables = MemoryTables(table_names((*projections, *coordinations)))
        self._commits = 0
        self._log: list[Row] = []
        self._streams: dict[str, list[int]] = {}
        self._epochs: dict[str, int] = {}
        self._blobs: dict[bytes, Stored] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._checkpoints: dict[int, Checkpoint] = {}

    def streams(self, prefix: str = "") -> Iterator[str]:
        yield from sorted(name for name in self._streams if name.startswith(prefix))

    def head(self, stream: str) -> Head | None:
        indexes = self._streams.get(stream)
        if not indexes:
            return None
        row = self._log[indexes[-1]]
        return Head(row.seq, row.digest, row.recorded_at_ms)

    def take_over(self, stream: str) -> int:
        if stream not in self._streams:
            raise no_stream(stream)
        self._epochs[stream] += 1
        return self._epochs[stream]

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        for guard in batch.guards:
            guard(self._tables)
        lengths: dict[str, int] = {}
        for stream, epoch in batch.epochs.items():
            current = self._epochs.get(stream, epoch)
            if current != epoch:
                raise taken_over(stream, epoch=epoch, current=current)
        for row in batch.rows:
            head = lengths.get(row.stream, len(self._streams.get(row.stream, ())))
            if row.seq != head + 1:
                raise not_next(row.stream, seq=row.seq, head=head)
            lengths[row.stream] = row.seq
        tables = copy.deepcopy(self._tables)
        for row in batch.rows:
            self._project(tables, row)
        for change in batch.changes:
            change(tables)
        self._tables = tables
        self._commits += 1
        for row in batch.rows:
            self._streams.setdefault(row.stream, []).append(len(self._log))
            self._epochs.setdefault(row.stream, batch.epochs.get(row.stream, 0))
            self._log.append(row)
        for digest, stored in batch.blobs:
            self._blobs.setdefault(digest, stored)

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        refusals: list[TarlError | None] = []
        for batch in batches:
            try:
                self.commit(batch)
            except TarlError as refusal:
                refusals.append(refusal)
            else:
                refusals.append(None)
        return refusals

    def _project(self, tables: MemoryTables, row: Row) -> None:
        for projection in self._projections:
            if row.kind in projection.kinds:
                body = self._event(0, row).body
                fact = Fact(row.stream, row.seq, row.kind, body, row.recorded_at_ms)
                projection.apply(tables, fact)

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        for index in list(self._streams.get(stream, ()))[after:until]:
            yield self._event(index, self._log[index])

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        if kind not in RARE_KINDS:
            raise ValueError(f"{kind} is not looked up by kind")
        yield from (event for event in self.read(stream) if event.kind == kind)

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        for index, row in enumerate(self._log[start:stop], start):
            yield self._event(index, row)

    def announced(self, start: int) -> list[tuple[int, str]]:
        return [
            (index, row.stream)
            for index, row in enumerate(self._log[start:], start)
            if row.kind in ANNOUNCED_KINDS
        ]

    def leaf_data(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        return [(row.digest, row.recorded_at_ms, row.observed) for row in self._log[start:stop]]

    def log_size(self) -> int:
        return len(self._log)

    def at_one_moment(self) -> AbstractContextManager[None]:
        return nullcontext()  # one thread reads and writes it

    def blob(self, tenant: str, digest: bytes) -> bytes:
        return self.codec.read_blob(tenant, digest, self._blobs.get(digest))

    def get(self, table: str, *key: Any) -> Record | None:
        return self._tables.get(table, *key)

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
        return self._tables.scan(
            table, where, at_most=at_most, order_by=order_by, descending=descending, limit=limit
        )

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        return self._tables.count(table, where)

    def revision(self) -> int:
        return self._commits

    def foreign_revision(self) -> int:
        return self._commits

    def foreign_tables_revision(self, *, since: float | None = None) -> int:
        return self._commits

    @property
    def projected(self) -> int:
        return self._commits

    def tables_revision(self) -> int:
        return self._commits

    def log_node(self, height: int, index: int) -> bytes | None:
        return self._nodes.get((height, index))

    def log_nodes(self) -> Iterator[tuple[int, int, bytes]]:
        yield from ((*place, self._nodes[place]) for place in sorted(self._nodes))

    def checkpoints(self, *, published: bool | None = None, limit: int = 1) -> list[Checkpoint]:
        newest = sorted(self._checkpoints.values(), reverse=True)
        return [c for c in newest if published is None or c.published == published][:limit]

    def keep_checkpoint(
        self, checkpoint: Checkpoint, nodes: Sequence[tuple[int, int, bytes]]
    ) -> None:
        earlier = self._checkpoints.get(checkpoint.size)
        shown = checkpoint.published or (earlier is not None and earlier.published)
        self._checkpoints[checkpoint.size] = checkpoint._replace(published=shown)
        for height, index, node in nodes:
            self._nodes.setdefault((height, index), node)

    def close(self) -> None:
        self._log.clear()
        self._streams.clear()

    def _event(self, index: int, row: Row) -> Event:
        tenant = tenant_of(row.stream)
        body, opening = row.body, None
        if body is not None and row.commitment is not None:
            body = self.codec.open_body(tenant, row.stream, row.seq, Stored(body, row.commitment))
            opening = self.codec.opening(tenant, row.stream, row.seq)
        return Event(
            row.stream,
            row.seq,
            row.kind,
            body,
            row.digest,
            row.recorded_at_ms,
            row.observed,
            row.commitment,
            opening,
            index,
        )


def _ordinal(value: Any) -> tuple[bool, Any]:
    """Null before everything else, as SQLite has it."""
    return value is not None, value
