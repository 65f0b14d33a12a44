"""Projected and coordination tables as tables of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg

from tarl.journal.postgres.schema import quoted
from tarl.journal.projection import Coordination, Projection, Record, Table, table_names


class PostgresTables:
    """``Tables`` on one connection: inside its transaction if it has one."""

    def __init__(
        self, connection: psycopg.Connection | None, rooms: Sequence[Projection | Coordination]
    ) -> None:
        self._connection = connection
        self._tables = table_names(rooms)
        self._puts = {name: _put(table) for name, table in self._tables.items()}
        self._gets = {name: _get(table) for name, table in self._tables.items()}
        self._deletes = {
            name: f"DELETE FROM {quoted(name)} WHERE {_key(table)}"
            for name, table in self._tables.items()
        }

    def on(self, connection: psycopg.Connection) -> PostgresTables:
        """The same tables on another connection."""
        other = PostgresTables.__new__(PostgresTables)
        other.__dict__.update(self.__dict__, _connection=connection)
        return other

    def get(self, table: str, *key: Any) -> Record | None:
        row = self._execute(self._gets[table], key).fetchone()
        return None if row is None else dict(zip(self._tables[table].columns, row, strict=True))

    def put(self, table: str, record: Record) -> None:
        columns = self._tables[table].columns
        self._execute(self._puts[table], [_stored(record[name]) for name in columns])

    def update(self, table: str, key: tuple[Any, ...], changes: Record) -> None:
        columns = ", ".join(f"{quoted(column)} = %s" for column in changes)
        self._execute(
            f"UPDATE {quoted(table)} SET {columns} WHERE {_key(self._tables[table])}",
            [*map(_stored, changes.values()), *key],
        )

    def delete(self, table: str, *key: Any) -> None:
        self._execute(self._deletes[table], key)

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
        shape = self._tables[table]
        self._check_columns(table, *where, *at_most, *names)
        condition, values = _condition(where, at_most)
        columns = ", ".join(map(quoted, shape.columns))
        query = f"SELECT {columns} FROM {quoted(table)}{condition}"
        query += " ORDER BY " + ", ".join(_order(names, shape.key, descending=descending))
        if limit is not None:
            query += " LIMIT %s"
            values.append(limit)
        for row in self._execute(query, values):
            yield dict(zip(shape.columns, row, strict=True))

    def count(self, table: str, where: Mapping[str, Any] | None = None) -> int:
        where = where or {}
        self._check_columns(table, *where)
        condition, values = _condition(where, {})
        row = self._execute(f"SELECT count(*) FROM {quoted(table)}{condition}", values).fetchone()
        return int(row[0]) if row else 0

    def _execute(self, query: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        assert self._connection is not None
        return self._connection.execute(query, values)

    def _check_columns(self, table: str, *names: str) -> None:
        unknown = set(names) - set(self._tables[table].columns)
        if unknown:
            raise ValueError(f"table {table} has no column {sorted(unknown)}")


def _order(names: Sequence[str], key: Sequence[str], *, descending: bool) -> list[str]:
    """As SQLite orders: null before all else; what is equal lies in the order of the key."""
    direction = "DESC NULLS LAST" if descending else "ASC NULLS FIRST"
    rest = [name for name in key if name not in names]
    return [f"{quoted(name)} {direction}" for name in names] + [quoted(name) for name in rest]


def _condition(where: Mapping[str, Any], at_most: Mapping[str, Any]) -> tuple[str, list[Any]]:
    terms, values = list[str](), list[Any]()
    for name, value in where.items():
        terms.append(f"{quoted(name)} IS NULL" if value is None else f"{quoted(name)} = %s")
        values += [] if value is None else [_stored(value)]
    for name, value in at_most.items():
        terms.append(f"{quoted(name)} <= %s")
        values.append(_stored(value))
    return (" WHERE " + " AND ".join(terms) if terms else "", values)


def _stored(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _put(table: Table) -> str:
    names = [quoted(name) for name in table.columns]
    marks = ", ".join("%s" for _ in names)
    key = ", ".join(map(quoted, table.key))
    rest = [quoted(name) for name in table.columns if name not in table.key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
    action = f"UPDATE SET {changes}" if changes else "NOTHING"
    return (
        f"INSERT INTO {quoted(table.name)} ({', '.join(names)}) VALUES ({marks})"
        f" ON CONFLICT ({key}) DO {action}"
    )


def _get(table: Table) -> str:
    columns = ", ".join(map(quoted, table.columns))
    return f"SELECT {columns} FROM {quoted(table.name)} WHERE {_key(table)}"


def _key(table: Table) -> str:
    return " AND ".join(f"{quoted(column)} = %s" for column in table.key)
