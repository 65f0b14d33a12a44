"""Connections to a journal's file: the one that writes, those that read, and how a file that cannot
be written is read.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Literal

from tarl.errors import Conflict, Corrupt
from tarl.journal.sqlite_schema import SCHEMA_VERSION, check_version
from tarl.journal.store import COMMIT_WAIT_MS

Synchronous = Literal["FULL", "NORMAL"]

_CACHE_KIB = 65_536
_OPENING_WAIT_S = 0.005
_FILE_BYTES_MIN = 512
_CANNOT_WRITE = ("SQLITE_READONLY", "SQLITE_CANTOPEN")


def data_version(connection: sqlite3.Connection) -> int:
    """A number that is another one after any other connection has committed."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def connect_writer(path: Path, synchronous: Synchronous) -> tuple[sqlite3.Connection, bool]:
    """A connection that may write, or one that only reads where nothing can be written; whether it
    is the latter.
    """
    try:
        return _connect(path, synchronous), False
    except sqlite3.OperationalError as error:
        if not path.is_file() or not error.sqlite_errorname.startswith(_CANNOT_WRITE):
            raise
        return connect_read_only(path, synchronous), True


def connect_reader(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """A connection that reads a file which others may write."""
    connection = _connect(path, synchronous)
    connection.execute("PRAGMA query_only = ON")
    return connection


def connect_read_only(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """A connection to a file that cannot be written.

    Raises:
        Conflict: an older version's file, which would have to be migrated first
            (``journal.read_only_old``).
    """
    # With no log beside the file nobody writes it now, and SQLite need not make one to read it.
    settled = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro{settled}",
        uri=True,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        version = check_version(connection)
    except BaseException:
        connection.close()
        raise
    if version != SCHEMA_VERSION:
        connection.close()
        raise Conflict(
            f"{path} has schema version {version} and cannot be written to be migrated to"
            f" {SCHEMA_VERSION}",
            code="journal.read_only_old",
            next_step="copy the file to where it can be written, and open the copy",
            path=str(path),
        )
    return connection


def refuse_stub(path: Path) -> None:
    """Refuse what is left of a cut file: SQLite would take it for a new one."""
    size = path.stat().st_size if path.is_file() else 0
    if 0 < size < _FILE_BYTES_MIN:
        raise Corrupt(
            f"{path} has only {size} bytes; it is no journal, or what is left of one",
            code="journal.malformed",
            next_step="restore a backup, or remove the file",
            path=str(path),
        )


def _connect(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute(f"PRAGMA busy_timeout = {COMMIT_WAIT_MS}")
        check_version(connection)  # before anything is written to what is not ours
        _switch_to_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Wait for others that open the new file too: SQLite's own wait does not cover this."""
    deadline = time.monotonic() + COMMIT_WAIT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() >= deadline:
                raise
            time.sleep(_OPENING_WAIT_S)
