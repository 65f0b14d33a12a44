"""What a journal's database is made of, and how an older one becomes a newer one.

Events are inserted without a place in the log (``pos`` is null); the sequencer gives them theirs.
``id`` is drawn when a row is inserted, so it orders the events of a stream, and any two of which
one was committed before the other was made; it has gaps where a commit was undone.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from tarl.errors import Conflict, Denied
from tarl.journal.projection import Coordination, Projection, Table, table_names
from tarl.journal.store import ANNOUNCED_KINDS, RARE_KINDS

SCHEMA_VERSION = 1

SCHEMA_LOCK, SEQUENCER_LOCK, TABLES_LOCK = 0x7461726C01, 0x7461726C02, 0x7461726C03
"""Advisory locks of one key: "tarl" and a number. Owners' locks have two, and never meet them."""

RARE = ", ".join(f"'{kind}'" for kind in RARE_KINDS)
ANNOUNCED = ", ".join(f"'{kind}'" for kind in ANNOUNCED_KINDS)

_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE stream (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    epoch BIGINT NOT NULL
);
CREATE TABLE event (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    pos BIGINT UNIQUE,
    stream BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    body BYTEA,
    digest BYTEA NOT NULL,
    at BIGINT NOT NULL,
    commitment BYTEA,
    observed BYTEA,
    UNIQUE (stream, seq)
);
CREATE INDEX event_unplaced ON event (id) WHERE pos IS NULL;
CREATE INDEX event_rare ON event (stream, seq) WHERE kind IN ({RARE});
CREATE INDEX event_announced ON event (pos) WHERE kind IN ({ANNOUNCED});
CREATE TABLE blob (digest BYTEA PRIMARY KEY, data BYTEA NOT NULL, sealed BOOLEAN NOT NULL);
CREATE TABLE checkpoint (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    at BIGINT NOT NULL,
    published BOOLEAN NOT NULL
);
CREATE TABLE log_node (
    height BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (height, idx)
);
CREATE TABLE tables_revision (value BIGINT NOT NULL);
INSERT INTO tables_revision VALUES (0);
"""

_TYPES = {"TEXT": 'TEXT COLLATE "C"', "INTEGER": "BIGINT", "BLOB": "BYTEA"}


def prepare(
    connection: psycopg.Connection, rooms: Sequence[Projection | Coordination], *, origin: str
) -> None:
    """Make a database's tables where they are missing, in one transaction.

    Raises:
        Conflict: a newer version made it (``journal.newer``).
        Denied: its encoding cannot hold every name (``journal.encoding``).
    """
    _check_encoding(connection)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        version = schema_version(connection)
        if version == 0:
            connection.execute(_TABLES)
            connection.execute(
                "INSERT INTO meta VALUES ('version', %s), ('origin', %s)",
                (str(SCHEMA_VERSION), origin),
            )
        for table in table_names(rooms).values():
            connection.execute(_creation(table))
            for index in table.indexes:
                columns = ", ".join(map(quoted, index))
                name = quoted(f"{table.name}_by_{'_'.join(index)}")
                connection.execute(
                    f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(table.name)} ({columns})"
                )


def schema_version(connection: psycopg.Connection) -> int:
    """The version of the journal in a database; 0 where there is none.

    Raises:
        Conflict: made by a newer version (``journal.newer``).
    """
    found = connection.execute("SELECT to_regclass('meta')").fetchone()
    if found is None or found[0] is None:
        return 0
    row = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
    version = int(row[0]) if row else 0
    if version > SCHEMA_VERSION:
        raise Conflict(
            f"the journal has schema version {version}; this tarl knows up to {SCHEMA_VERSION}",
            code="journal.newer",
            next_step="upgrade tarl, then run the command again",
            version=version,
            known=SCHEMA_VERSION,
        )
    return version


def quoted(name: str) -> str:
    """A name of ours as SQL writes it, whatever words SQL keeps for itself."""
    return f'"{name}"'


def _creation(table: Table) -> str:
    columns = ", ".join(f"{quoted(name)} {_TYPES[kind]}" for name, kind in table.columns.items())
    key = ", ".join(map(quoted, table.key))
    return f"CREATE TABLE IF NOT EXISTS {quoted(table.name)} ({columns}, PRIMARY KEY ({key}))"


def _check_encoding(connection: psycopg.Connection) -> None:
    row = connection.execute("SHOW server_encoding").fetchone()
    if row is None or row[0] != "UTF8":
        raise Denied(
            f"the database's encoding is {row and row[0]}, which cannot hold every name",
            code="journal.encoding",
            next_step="make the database with ENCODING 'UTF8'",
        )
