"""Projections: tables that are folds over events, kept in the same transaction as the events.

A projection can be thrown away and rebuilt from the journal. Rooms register theirs, ``stack.py``
joins them. Guards are questions that a commit asks of the tables before it writes: they let rooms
that are blind to one another commit together or not at all.

Coordination tables (leases, queue positions, rate buckets) are no facts: commits change them beside
the events, and they are not made of events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

ColumnType = Literal["TEXT", "INTEGER", "BLOB"]
Record = Mapping[str, Any]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a projection's table: columns in order, the key's columns first among them."""

    name: str
    columns: Mapping[str, ColumnType]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()


class Tables(Protocol):
    """Projected records inside one transaction."""

    def get(self, table: str, *key: Any) -> Record | None: ...

    def put(self, table: str, record: Record) -> None: ...

    def update(self, table: str, key: tuple[Any, ...], changes: Record) -> None:
        """Change columns of one record; nothing happens if there is none."""

    def delete(self, table: str, *key: Any) -> None: ...

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
        """Records whose columns equal ``where`` and are, where named, not null and not above
        ``at_most``, in the order of the columns of ``order_by``.
        """

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        """How many records equal ``where``."""


class Fact(NamedTuple):
    """What a projection sees of an event: its place and its plain body (None when erased)."""

    stream: str
    seq: int
    kind: str
    body: bytes | None
    recorded_at_ms: int


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """A fold over the events of some kinds into tables.

    ``apply`` never fails on an event that was accepted once; what it needs to refuse, a guard
    refuses before.
    """

    name: str
    tables: tuple[Table, ...]
    kinds: frozenset[str]
    apply: Callable[[Tables, Fact], None]


class Coordination(msgspec.Struct, frozen=True, kw_only=True):
    """Tables that commits change directly; what they hold may be lost without a fact being lost."""

    name: str
    tables: tuple[Table, ...]


Guard = Callable[[Tables], None]
"""Raises a refusal when the tables do not permit the commit."""

Change = Callable[[Tables], None]
"""Changes coordination tables once the batch's events are projected; may raise a refusal too."""


def table_names(rooms: Sequence[Projection | Coordination]) -> dict[str, Table]:
    """Every table of the projections and coordinations by its name."""
    return {table.name: table for room in rooms for table in room.tables}
