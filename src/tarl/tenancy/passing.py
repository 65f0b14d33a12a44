"""A store in front of a store: passes everything on, for those who change some of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from tarl.errors import TarlError
from tarl.journal.codec import Codec
from tarl.journal.event import Event
from tarl.journal.projection import Record
from tarl.journal.store import COMMIT_WAIT_MS, Batch, Checkpoint, Head, Store

_OF_FILES = frozenset({"is_read_only", "leaf_data_beside", "moved_to", "path", "projections"})
"""What a store in a file has beside the port."""


class PassingStore:
    """Another store, as it is (``journal.store.Store``)."""

    def __init__(self, store: Store) -> None:
        self.codec: Codec = store.codec
        self._store = store

    @property
    def is_read_only(self) -> bool:
        """Whether the file can only be looked at; a store without a file never is."""
        return bool(getattr(self._store, "is_read_only", False))

    @property
    def behind(self) -> Store:
        """The store that this one stands before."""
        return self._store

    def __getattr__(self, name: str) -> Any:
        if name in _OF_FILES:
            return getattr(self._store, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def origin(self) -> str:
        return self._store.origin

    def streams(self, prefix: str = "") -> Iterator[str]:
        return self._store.streams(prefix)

    def head(self, stream: str) -> Head | None:
        return self._store.head(stream)

    def take_over(self, stream: str) -> int:
        return self._store.take_over(stream)

    def commit(self, batch: Batch, *, wait_ms: int = COMMIT_WAIT_MS) -> None:
        self._store.commit(batch, wait_ms=wait_ms)

    def commit_each(
        self, batches: Sequence[Batch], *, wait_ms: int = COMMIT_WAIT_MS
    ) -> list[TarlError | None]:
        return self._store.commit_each(batches, wait_ms=wait_ms)

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        return self._store.read(stream, after=after, until=until)

    def read_kind(self, stream: str, kind: str) -> Iterator[Event]:
        return self._store.read_kind(stream, kind)

    def read_log(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        return self._store.read_log(start, stop)

    def announced(self, start: int) -> list[tuple[int, str]]:
        return self._store.announced(start)

    def leaf_data(self, start: int, stop: int) -> list[tuple[bytes, int, bytes | None]]:
        return self._store.leaf_data(start, stop)

    def log_size(self) -> int:
        return self._store.log_size()

    def at_one_moment(self) -> AbstractContextManager[None]:
        return self._store.at_one_moment()

    def blob(self, tenant: str, digest: bytes) -> bytes:
        return self._store.blob(tenant, digest)

    def get(self, table: str, *key: Any) -> Record | None:
        return self._store.get(table, *key)

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
        return self._store.scan(
            table, where, at_most=at_most, order_by=order_by, descending=descending, limit=limit
        )

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        return self._store.count(table, where)

    def revision(self) -> int:
        return self._store.revision()

    def foreign_revision(self) -> int:
        return self._store.foreign_revision()

    def foreign_tables_revision(self, *, since: float | None = None) -> int:
        return self._store.foreign_tables_revision(since=since)

    @property
    def projected(self) -> int:
        return self._store.projected

    def tables_revision(self) -> int:
        return self._store.tables_revision()

    def log_node(self, height: int, index: int) -> bytes | None:
        return self._store.log_node(height, index)

    def log_nodes(self) -> Iterator[tuple[int, int, bytes]]:
        return self._store.log_nodes()

    def checkpoints(self, *, published: bool | None = None, limit: int = 1) -> list[Checkpoint]:
        return self._store.checkpoints(published=published, limit=limit)

    def keep_checkpoint(
        self, checkpoint: Checkpoint, nodes: Sequence[tuple[int, int, bytes]]
    ) -> None:
        self._store.keep_checkpoint(checkpoint, nodes)

    def close(self) -> None:
        self._store.close()
