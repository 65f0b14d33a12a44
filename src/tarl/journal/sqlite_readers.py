"""Connections for streaming reads, one for each that is under way.

A connection sees the file as it was when its oldest open query began. So a read that was left
half-way, or that an error's traceback keeps alive, must not share its connection with any other:
that one would not see what has been committed since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tarl.journal.sqlite_faults import translated

IDLE_MAX = 4
"""Connections that are kept for the next reads; further ones are closed when their read is over."""


class Readers:
    """Lends a connection to each streaming read.

    Args:
        connect: Makes one.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._idle: list[sqlite3.Connection] = []
        self._lent: set[sqlite3.Connection] = set()

    @contextmanager
    def lent(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else reads with, in whichever thread."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        self._lent.add(connection)
        try:
            yield connection
        finally:
            if connection in self._lent:
                self._lent.remove(connection)
                if len(self._idle) < IDLE_MAX:
                    self._idle.append(connection)
                else:
                    connection.close()

    def close(self) -> None:
        """Close every connection; reads that are under way end with an error."""
        for connection in (*self._idle, *self._lent):
            connection.close()
        self._idle.clear()
        self._lent.clear()


@contextmanager
def one_moment(reader: sqlite3.Connection, path: Path) -> Iterator[None]:
    """What the connection reads inside is as it was when it first read."""
    if reader.in_transaction:  # inside another one
        yield
        return
    with translated(path):
        reader.execute("BEGIN")
    try:
        yield
    finally:
        with translated(path):
            reader.execute("ROLLBACK")
