"""Projected tables made anew from the events, in place or to compare with what is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote

from tarl.journal.codec import Codec, Stored
from tarl.journal.event import Event
from tarl.journal.projection import Fact, Projection, Table, table_names
from tarl.journal.sqlite import SqliteStore
from tarl.journal.sqlite_faults import SqliteTransaction
from tarl.journal.sqlite_tables import SqliteTables, create_tables
from tarl.journal.store import COMMIT_WAIT_MS, Store
from tarl.journal.upcast import Upcasters
from tarl.values.ids import tenant_of

_NO_UPCASTERS = Upcasters()


def rebuild_projections(
    store: SqliteStore,
    *,
    upcasters: Upcasters = _NO_UPCASTERS,
    wait_ms: int = COMMIT_WAIT_MS,
) -> int:
    """Throw the projected tables away and make them anew, in one transaction; how many events they
    were made of. Other processes see the old tables until the new ones are whole.

    Raises:
        Unavailable: another process holds the file.
    """
    connection = _connection(store)
    transaction = SqliteTransaction(
        connection, store.path, wait_ms=wait_ms, on_failure=lambda: None
    )
    try:
        with transaction:
            for name in table_names(store.projections):
                connection.execute(f"DROP TABLE IF EXISTS {name}")
            create_tables(connection, store.projections)
            return _project(connection, connection, store, upcasters)
    finally:
        connection.close()


def changed_tables(
    store: SqliteStore, *, upcasters: Upcasters = _NO_UPCASTERS
) -> Iterator[tuple[str, Any]]:
    """Tables that are not what the events say, each with the first record that differs.

    The tables are made anew in a temporary file, so memory stays bounded. Records of a tenant whose
    content is erased are passed over: what they were made of is gone.
    """
    connection = _connection(store)
    fresh = sqlite3.connect("", isolation_level=None)
    try:
        connection.execute("BEGIN")
        fresh.execute("BEGIN")
        create_tables(fresh, store.projections)
        erased: set[str] = set()
        _project(connection, fresh, store, upcasters, erased)
        for table in table_names(store.projections).values():
            if erased and "tenant" not in table.columns:
                continue
            rows = zip_longest(_rows(connection, table, erased), _rows(fresh, table, erased))
            different = next(((found, made) for found, made in rows if found != made), None)
            if different is not None:
                found, made = different
                yield table.name, (made or found)[: len(table.key)]
    finally:
        fresh.close()
        connection.close()


def changed_in(
    store: Store, projections: Sequence[Projection], *, upcasters: Upcasters = _NO_UPCASTERS
) -> Iterator[tuple[str, Any]]:
    """As ``changed_tables``, of any store: its tables are compared with new ones in a temporary
    file.
    """
    fresh = sqlite3.connect("", isolation_level=None)
    try:
        fresh.execute("BEGIN")
        create_tables(fresh, projections)
        kinds, erased = set(_kinds(projections, upcasters)), set[str]()
        facts = (event for event in store.read_log() if event.kind in kinds)
        _apply(facts, fresh, projections, upcasters, erased)
        for table in table_names(projections).values():
            if erased and "tenant" not in table.columns:
                continue
            found = (
                tuple(record.values())
                for record in store.scan(table.name)
                if record.get("tenant") not in erased
            )
            rows = zip_longest(found, _rows(fresh, table, erased))
            different = next(((there, made) for there, made in rows if there != made), None)
            if different is not None:
                there, made = different
                yield table.name, (made or there)[: len(table.key)]
    finally:
        fresh.close()


def _connection(store: SqliteStore) -> sqlite3.Connection:
    return sqlite3.connect(store.path, timeout=0, isolation_level=None)


def _rows(
    connection: sqlite3.Connection, table: Table, without: Collection[str]
) -> Iterator[tuple[Any, ...]]:
    condition = ""
    if without:
        condition = f"WHERE tenant NOT IN ({', '.join('?' for _ in without)})"
    return connection.execute(
        f"SELECT {', '.join(table.columns)} FROM {table.name} {condition}"
        f" ORDER BY {', '.join(table.key)}",
        tuple(without),
    )


def _project(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    store: SqliteStore,
    upcasters: Upcasters,
    erased: set[str] | None = None,
) -> int:
    events = _events(source, store.codec, _kinds(store.projections, upcasters))
    return _apply(events, target, store.projections, upcasters, erased)


def _apply(
    events: Iterator[Event],
    target: sqlite3.Connection,
    projections: Sequence[Projection],
    upcasters: Upcasters,
    erased: set[str] | None,
) -> int:
    tables = SqliteTables(target, projections)
    count = 0
    for event in events:
        if event.kind in upcasters:
            event = upcasters.read(event)
        if event.body is None and erased is not None:
            erased.add(unquote(event.stream.split("/", 2)[1]))
        fact = Fact(event.stream, event.seq, event.kind, event.body, event.recorded_at_ms)
        for projection in projections:
            if event.kind in projection.kinds:
                projection.apply(tables, fact)
        count += 1
    return count


def _kinds(projections: Sequence[Projection], upcasters: Upcasters) -> list[str]:
    """The kinds that the projections are made of, and the older ones that became those."""
    kinds = set().union(*(projection.kinds for projection in projections))
    return sorted(kinds | {old for old in upcasters if upcasters.newest(old) in kinds})


def _events(connection: sqlite3.Connection, codec: Codec, kinds: Sequence[str]) -> Iterator[Event]:
    marks = ", ".join("?" for _ in kinds)
    rows = connection.execute(
        "SELECT s.name, seq, kind, body, digest, at, observation, commitment, NULL, pos - 1"
        " FROM event e JOIN stream s ON s.id = e.stream"
        f" WHERE kind IN ({marks}) ORDER BY pos",
        kinds,
    )
    for row in rows:
        event = Event._make(row)
        if event.body is not None and event.commitment is not None:
            tenant = tenant_of(event.stream)
            stored = Stored(event.body, event.commitment)
            body = codec.open_body(tenant, event.stream, event.seq, stored)
            event = event._replace(body=body)
        yield event
