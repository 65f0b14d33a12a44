"""The SQLite file's schema by version, and how a file of an older version becomes a newer one.

``PRAGMA user_version`` is the schema's version and ``application_id`` says that the file is a
journal. Positions (``pos``) are the table's rowid, given in commit order without gaps, because rows
are never deleted and a rolled-back transaction gives its numbers back.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tarl.errors import Conflict, Corrupt, Missing
from tarl.journal.sqlite_index import TABLES
from tarl.journal.store import ANNOUNCED_KINDS

APPLICATION_ID = 0x7461726C  # "tarl"
SCHEMA_VERSION = 4

_VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL
);
CREATE TABLE event (
    pos INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body BLOB,
    digest BLOB NOT NULL,
    at INTEGER NOT NULL,
    commitment BLOB,
    observed BLOB
);
CREATE UNIQUE INDEX event_by_stream ON event (stream, seq);
CREATE TABLE blob (
    digest BLOB PRIMARY KEY,
    data BLOB NOT NULL,
    sealed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL, at INTEGER NOT NULL);
"""

_VERSION_2 = """
CREATE INDEX event_rare ON event (stream, seq) WHERE kind = 'patch.marked/1';
CREATE TABLE block (idx INTEGER PRIMARY KEY, hash BLOB NOT NULL);
ALTER TABLE checkpoint ADD COLUMN published INTEGER NOT NULL DEFAULT 0;
"""

_ANNOUNCED = ", ".join(f"'{kind}'" for kind in ANNOUNCED_KINDS)

_VERSION_3 = f"""
CREATE INDEX event_announced ON event (pos) WHERE kind IN ({_ANNOUNCED});
DROP TABLE block;
CREATE TABLE log_node (
    height INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (height, idx)
) WITHOUT ROWID;
"""

_VERSION_4 = f"""
DROP INDEX event_rare;
DROP INDEX event_announced;
{TABLES}
DROP INDEX event_by_stream;
ALTER TABLE event RENAME COLUMN observed TO observation;
"""
"""An older program that has the file open leaves it to ``event_by_stream`` to refuse positions that
are taken. The column has another name so that such a program writes nothing any more.
"""

_MIGRATIONS = {1: _VERSION_1, 2: _VERSION_2, 3: _VERSION_3, 4: _VERSION_4}
"""Version -> what takes a file of the version before it to this one."""


def prepare(connection: sqlite3.Connection, *, origin: str) -> None:
    """Make a new file's schema, or bring an older file's up to date, in one transaction.

    Raises:
        Conflict: the file was written by a newer version (``journal.newer``).
        Corrupt: the file is a database of something else (``journal.foreign``).
    """
    version = check_version(connection)
    if version == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = check_version(connection)
        for target in range(version + 1, SCHEMA_VERSION + 1):
            for statement in _MIGRATIONS[target].split(";"):
                if statement.strip():
                    connection.execute(statement)
        if version == 0:
            connection.execute("INSERT INTO meta VALUES ('origin', ?)", (origin,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def moved_to(connection: sqlite3.Connection) -> str | None:
    """The database that the journal was moved to, if it was."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'moved_to'").fetchone()
    return None if row is None else str(row[0])


def mark_moved(connection: sqlite3.Connection, place: str) -> None:
    """From now on the journal goes on in a database, and this file is read only."""
    connection.execute("INSERT INTO meta VALUES ('moved_to', ?)", (place,))


def open_raw(path: Path) -> sqlite3.Connection:
    """A connection of its own to a journal's file, for its care: nothing is made or migrated.

    Raises:
        Missing: there is no such file.
    """
    if not path.exists():
        raise Missing(
            f"no journal at {path}",
            code="journal.missing",
            next_step="name the file with --db, or start a run to make one",
            path=str(path),
        )
    return sqlite3.connect(path, timeout=0, isolation_level=None)


def check_version(connection: sqlite3.Connection) -> int:
    """The file's schema version; 0 for an empty file.

    Raises:
        Conflict: written by a newer version.
        Corrupt: a database of something else.
    """
    # In one statement: somebody else may be making the journal at this moment.
    tables, version, application = connection.execute(
        "SELECT (SELECT count(*) FROM sqlite_schema),"
        " (SELECT user_version FROM pragma_user_version),"
        " (SELECT application_id FROM pragma_application_id)"
    ).fetchone()
    if application != APPLICATION_ID and (tables or application):
        raise Corrupt(
            "the file is a database, but not a tarl journal",
            code="journal.foreign",
            next_step="name another file with --db",
        )
    if version > SCHEMA_VERSION:
        raise Conflict(
            f"the journal has schema version {version}; this tarl knows up to {SCHEMA_VERSION}",
            code="journal.newer",
            next_step="upgrade tarl, then run the command again",
            version=version,
            known=SCHEMA_VERSION,
        )
    return int(version)
