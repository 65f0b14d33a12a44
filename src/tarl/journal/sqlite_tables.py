"""Projected and coordination tables as tables of the SQLite file, and how events are inserted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from tarl.journal.codec import Stored
from tarl.journal.projection import Coordination, Projection, Record, Table, table_names

INSERT = (
    "INSERT INTO event (stream, seq, kind, body, digest, at, commitment, observation)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_PLAIN = "INSERT INTO event (stream, seq, kind, body, digest, at) VALUES (?, ?, ?, ?, ?, ?)"
"""For rows with neither commitment nor observation: sqlite3 looks for an adapter of each None and
each bytes, which takes half as long again as the row, and takes a bytearray as it is.
"""
INSERT_BLOB = "INSERT OR IGNORE INTO blob VALUES (?, ?, ?)"


def blob_values(blobs: Sequence[tuple[bytes, Stored]]) -> list[tuple[bytes, bytes, int]]:
    """What ``INSERT_BLOB`` takes: digest, content, and whether it is sealed."""
    return [(digest, stored.data, int(stored.commitment is not None)) for digest, stored in blobs]


def create_tables(
    connection: sqlite3.Connection, rooms: Sequence[Projection | Coordination]
) -> None:
    """Make the rooms' tables where they are missing."""
    for table in table_names(rooms).values():
        columns = ", ".join(f"{name} {kind}" for name, kind in table.columns.items())
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table.name}"
            f" ({columns}, PRIMARY KEY ({', '.join(table.key)})) WITHOUT ROWID"
        )
        for index in table.indexes:
            connection.execute(
                f"CREATE INDEX IF NOT EXISTS {_index_name(table, index)}"
                f" ON {table.name} ({', '.join(index)})"
            )


def ensure_tables(
    connection: sqlite3.Connection, rooms: Sequence[Projection | Coordination]
) -> None:
    """Make the rooms' tables where they are missing, in one transaction: the disk is waited for
    once. A file that has them all is only read.
    """
    wanted = {
        name
        for table in table_names(rooms).values()
        for name in (table.name, *(_index_name(table, index) for index in table.indexes))
    }
    if wanted <= {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        create_tables(connection, rooms)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class SqliteTables:
    """``Tables`` on one connection: inside its transaction if it has one."""

    def __init__(
        self, connection: sqlite3.Connection, rooms: Sequence[Projection | Coordination]
    ) -> None:
        self._connection = connection
        self._tables = table_names(rooms)
        self._puts = {name: _put(table) for name, table in self._tables.items()}
        self._gets = {name: _get(table) for name, table in self._tables.items()}
        self._deletes = {
            name: f"DELETE FROM {name} WHERE {_key(table)}" for name, table in self._tables.items()
        }
        self._scans: dict[tuple[object, ...], str] = {}
        self._hints: dict[tuple[str, ...], str] = {}

    def on(self, connection: sqlite3.Connection) -> SqliteTables:
        """The same tables on another connection."""
        other = copy(self)
        other._connection = connection
        return other

    def get(self, table: str, *key: Any) -> Record | None:
        row = self._connection.execute(self._gets[table], key).fetchone()
        return None if row is None else dict(zip(self._tables[table].columns, row, strict=True))

    def put(self, table: str, record: Record) -> None:
        columns = self._tables[table].columns
        self._connection.execute(self._puts[table], [record[name] for name in columns])

    def update(self, table: str, key: tuple[Any, ...], changes: Record) -> None:
        columns = ", ".join(f"{column} = ?" for column in changes)
        self._connection.execute(
            f"UPDATE {table} SET {columns} WHERE {_key(self._tables[table])}",
            (*changes.values(), *key),
        )

    def delete(self, table: str, *key: Any) -> None:
        self._connection.execute(self._deletes[table], key)

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
        where, at_most = where or {}, at_most or {}
        names = (order_by,) if isinstance(order_by, str) else order_by
        shape = table, *where, "|", *at_most, "|", *names, descending, limit is None
        query = self._scans.get(shape)
        if query is None:
            self._check_columns(table, *where, *at_most, *names)
            query = f"SELECT {', '.join(self._tables[table].columns)} FROM {table}"
            if not at_most and not names:
                query += self._hint(table, where)
            query += _condition(where, at_most)
            if names:
                direction = "DESC" if descending else "ASC"
                query += " ORDER BY " + ", ".join(f"{name} {direction}" for name in names)
            if limit is not None:
                query += " LIMIT ?"
            self._scans[shape] = query
        values = [*where.values(), *at_most.values()]
        if limit is not None:
            values.append(limit)
        columns = self._tables[table].columns
        for row in self._connection.execute(query, values):
            yield dict(zip(columns, row, strict=True))

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        where = where or {}
        self._check_columns(table, *where)
        query = f"SELECT count(*) FROM {table}{self._hint(table, where)}{_condition(where, {})}"
        return int(self._connection.execute(query, tuple(where.values())).fetchone()[0])

    def _hint(self, table: str, where: Mapping[str, Any]) -> str:
        """Says by which index to read, where one narrows more than the key.

        SQLite has no figures about these tables. Left to itself it takes the first column of a key
        to be as narrow as a whole index, and reads all rows of a tenant.
        """
        shape = table, *where
        hint = self._hints.get(shape)
        if hint is None:
            name = _narrowest(self._tables[table], where)
            found = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?"
            # A file that cannot be written may have been made before there was this index.
            has_it = name and self._connection.execute(found, (name,)).fetchone()
            hint = self._hints[shape] = f" INDEXED BY {name}" if has_it else ""
        return hint

    def _check_columns(self, table: str, *names: str) -> None:
        unknown = set(names) - set(self._tables[table].columns)
        if unknown:
            raise ValueError(f"table {table} has no column {sorted(unknown)}")


def _index_name(table: Table, index: tuple[str, ...]) -> str:
    return f"{table.name}_by_{'_'.join(index)}"


def _narrowest(table: Table, where: Mapping[str, Any]) -> str | None:
    """The index that narrows by most columns, if it narrows by more than the key does."""

    def narrows_by(columns: tuple[str, ...]) -> int:
        return next((i for i, column in enumerate(columns) if column not in where), len(columns))

    best = max(table.indexes, key=narrows_by, default=())
    return _index_name(table, best) if narrows_by(best) > narrows_by(table.key) else None


def _condition(where: Mapping[str, Any], at_most: Mapping[str, Any]) -> str:
    terms = [f"{name} IS ?" for name in where] + [f"{name} <= ?" for name in at_most]
    return " WHERE " + " AND ".join(terms) if terms else ""


def _put(table: Table) -> str:
    marks = ", ".join("?" for _ in table.columns)
    return f"INSERT OR REPLACE INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"


def _get(table: Table) -> str:
    return f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {_key(table)}"


def _key(table: Table) -> str:
    return " AND ".join(f"{column} = ?" for column in table.key)
