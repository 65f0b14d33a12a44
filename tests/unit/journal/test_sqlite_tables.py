"""Tables of the file: what narrows most is what is read by."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tarl.journal.projection import Coordination, Table
from tarl.journal.sqlite_tables import SqliteTables, create_tables

THINGS = Table(
    name="thing",
    columns={"tenant": "TEXT", "id": "TEXT", "owner": "TEXT", "state": "TEXT", "size": "INTEGER"},
    key=("tenant", "id"),
    indexes=(("tenant", "owner"), ("tenant", "state", "size"), ("size",)),
)
ROOM = Coordination(name="things", tables=(THINGS,))


@pytest.fixture
def read() -> Iterator[tuple[SqliteTables, list[str]]]:
    connection = sqlite3.connect(":memory:")
    create_tables(connection, [ROOM])
    tables = SqliteTables(connection, [ROOM])
    for number in range(20):
        owner, state = f"o{number % 5}", f"s{number % 2}"
        row = {"tenant": "t", "id": f"i{number}", "owner": owner, "state": state, "size": number}
        tables.put("thing", row)
    said: list[str] = []
    connection.set_trace_callback(said.append)
    yield tables, said
    connection.close()


@pytest.mark.parametrize(
    ("where", "index", "rows"),
    [
        ({"tenant": "t", "owner": "o1"}, "thing_by_tenant_owner", 4),
        ({"tenant": "t", "owner": "o1", "state": "s1"}, "thing_by_tenant_owner", 2),
        ({"state": "s1", "tenant": "t", "size": 3}, "thing_by_tenant_state_size", 1),
        ({"size": 3}, "thing_by_size", 1),
        ({"tenant": "t", "id": "i3"}, None, 1),
        ({"tenant": "t", "id": "i3", "owner": "o3"}, None, 1),
        ({"tenant": "t"}, None, 20),
        ({"owner": "o1"}, None, 4),
        ({"tenant": None, "owner": None}, "thing_by_tenant_owner", 0),
        ({}, None, 20),
    ],
)
def test_the_index_that_narrows_most_is_used(
    read: tuple[SqliteTables, list[str]],
    where: dict[str, object],
    index: str | None,
    rows: int,
) -> None:
    tables, said = read
    assert len(list(tables.scan("thing", where))) == rows
    assert len(list(tables.scan("thing", where, limit=50))) == rows
    assert tables.count("thing", where) == rows
    said = [query for query in said if "sqlite_master" not in query]
    assert len(said) == 3
    for query in said:
        (*_, plan), *_ = tables._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        if index is None:
            assert "INDEXED BY" not in query
        else:
            assert index in plan


def test_an_index_that_a_file_does_not_have_is_not_asked_for(
    read: tuple[SqliteTables, list[str]],
) -> None:
    tables, said = read
    tables._connection.execute("DROP INDEX thing_by_tenant_owner")
    assert tables.count("thing", {"tenant": "t", "owner": "o1"}) == 4
    assert "INDEXED BY" not in said[-1]
