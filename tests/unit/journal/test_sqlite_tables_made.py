"""The rooms' tables are made at once, and a file that has them is only read."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tarl.journal.projection import Table
from tarl.journal.sqlite_tables import ensure_tables


class Room:
    """A room with two tables, of which the second may be wrong."""

    name = "room"
    kinds: frozenset[str] = frozenset()

    def __init__(self, second: str = "TEXT") -> None:
        columns = {"id": "TEXT", "size": "INTEGER"}
        first = Table(name="first", columns=columns, key=("id",), indexes=(("size",),))
        self.tables = (first, Table(name="second", columns={"id": second}, key=("id",)))


@pytest.mark.parametrize("times", [1, 2])
def test_they_are_made_in_one_transaction_and_once(tmp_path: Path, times: int) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        said: list[str] = []
        for _ in range(times):
            said.clear()
            connection.set_trace_callback(said.append)
            ensure_tables(connection, [Room()])
            connection.set_trace_callback(None)
        verbs = [statement.split()[0] for statement in said]
        made = ["SELECT", "BEGIN", "CREATE", "CREATE", "CREATE", "COMMIT"]
        assert verbs == (made if times == 1 else ["SELECT"])


def test_where_one_cannot_be_made_none_is(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            ensure_tables(connection, [Room("TEXT, (")])
        assert not connection.in_transaction
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
