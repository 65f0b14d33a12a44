"""A journal's file moved to a database: every event in its place, every chain and proof as it was.

1. What is moved is sound: the file is checked first, and nobody may write to it meanwhile.
2. All of it arrives or nothing: one transaction, whose rows are read again and compared with the
   file's before it is committed.
3. The file is marked as moved when all of it is there. Two journals that went on from one past
   would be a fork of its log; so nothing is written to the file any more, and it can still be read.
4. What is sealed stays sealed: bodies are copied as they lie in the file.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from tarl.crypto.keys import Keyring
from tarl.errors import Conflict, Corrupt, Denied
from tarl.journal.check import Progress, check
from tarl.journal.place import shown
from tarl.journal.postgres.schema import prepare, quoted, schema_version
from tarl.journal.postgres.session import UNHURRIED, connect, translated
from tarl.journal.projection import Coordination, Projection, table_names
from tarl.journal.refusals import moved
from tarl.journal.sqlite_faults import translated as file_translated
from tarl.journal.sqlite_schema import mark_moved, moved_to, open_raw
from tarl.journal.upcast import Upcasters

_NO_UPCASTERS = Upcasters()
_TELL_EVERY = 1_000

_COPIED: dict[str, tuple[str, str]] = {
    "stream": ("id, name, epoch", "id"),
    "event": (
        "pos, stream, seq, kind, body, digest, at, commitment, observation AS observed",
        "pos",
    ),
    "blob": ("digest, data, sealed <> 0 AS sealed", "digest"),
    "checkpoint": ("size, note, at, published <> 0 AS published", "size"),
    "log_node": ("height, idx, hash", "height, idx"),
}
"""Tables with what is read of them, and in which order."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved, and where to."""

    origin: str
    to: str
    events: int
    streams: int
    blobs: int
    checkpoints: int


def move(
    path: Path,
    url: str,
    keyring: Keyring | None = None,
    *,
    projections: Sequence[Projection] = (),
    coordinations: Sequence[Coordination] = (),
    upcasters: Upcasters = _NO_UPCASTERS,
    progress: Progress = lambda phase, done, whole: None,
) -> Moved:
    """Move a journal's file to an empty database.

    Raises:
        Missing: there is no file.
        Corrupt: the file is not sound (``journal.unsound``), or what arrived is not what was sent.
        Conflict: the database holds a journal (``journal.not_empty``), or the file was moved
            before (``journal.moved``).
        Unavailable: somebody else writes to the file, or no server answers.
    """
    report = check(path, keyring, projections=projections, upcasters=upcasters, progress=progress)
    if not report.is_sound:
        raise Corrupt(
            f"{path} is not sound: {report.findings[0].message}",
            code="journal.unsound",
            next_step="tarl db check, then restore a backup and move that",
            path=str(path),
        )
    rooms: tuple[Projection | Coordination, ...] = (*projections, *coordinations)
    with (
        contextlib.closing(open_raw(path)) as file,
        connect(url) as database,
        translated(url),
        _alone(file, path),
    ):
        _refuse_moved(file, path)
        (origin,) = file.execute("SELECT value FROM meta WHERE key = 'origin'").fetchone()
        if schema_version(database):
            raise Conflict(
                f"{shown(url)} holds a journal",
                code="journal.not_empty",
                next_step="name an empty database",
                path=shown(url),
            )
        with database.transaction():
            database.execute(UNHURRIED)
            prepare(database, rooms, origin=origin)
            counts = {
                table: _copied(file, database, table, progress)
                for table in (*_COPIED, *table_names(rooms))
                if _has(file, table)
            }
            for table in counts:
                _compare(file, database, table, progress)
            _go_on_counting(database)
        mark_moved(file, shown(url))
    return Moved(
        origin=origin,
        to=shown(url),
        events=counts["event"],
        streams=counts["stream"],
        blobs=counts["blob"],
        checkpoints=counts["checkpoint"],
    )


@contextlib.contextmanager
def _alone(file: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Nobody else has the file open, and what happens inside happens whole or not at all.

    Raises:
        Unavailable: somebody has it open (``journal.locked``).
    """
    with file_translated(path):
        # In WAL mode every open connection holds a shared lock; this waits for nobody and fails.
        file.execute("PRAGMA locking_mode = EXCLUSIVE")
        file.execute("BEGIN EXCLUSIVE")
        try:
            yield
        except BaseException:
            file.execute("ROLLBACK")
            raise
        file.execute("COMMIT")


def _refuse_moved(file: sqlite3.Connection, path: Path) -> None:
    place = moved_to(file)
    if place is not None:
        raise moved(path, place)


def _copied(
    file: sqlite3.Connection, database: psycopg.Connection, table: str, progress: Progress
) -> int:
    """Copy a table; how many rows it has."""
    columns = [text.rpartition(" ")[2] for text in _columns(file, table)]
    (whole,) = file.execute(f"SELECT count(*) FROM {table}").fetchone()
    into = f"COPY {quoted(table)} ({', '.join(map(quoted, columns))}) FROM STDIN"
    done = 0
    with database.cursor() as cursor, cursor.copy(into) as copy:
        for row in _rows_of_file(file, table):
            try:
                copy.write_row(row)
            except psycopg.DataError as error:  # a text with a null character
                raise Denied(
                    f"a row of {table} cannot be kept in a database: {error}",
                    code="journal.not_movable",
                    next_step="stay with the file",
                    table=table,
                ) from error
            done += 1
            if done % _TELL_EVERY == 0:
                progress("copy", done, whole)
    return done


def _compare(
    file: sqlite3.Connection, database: psycopg.Connection, table: str, progress: Progress
) -> None:
    """Refuse what is not, row by row, what the file holds."""
    progress("compare", 0, 1)
    for found, sent in zip_longest(
        _rows_of_database(file, database, table), _rows_of_file(file, table)
    ):
        if found is None or sent is None or tuple(found) != tuple(sent):
            raise Corrupt(
                f"a row of {table} did not arrive as it was sent",
                code="journal.not_arrived",
                next_step="try again; nothing was changed",
                table=table,
            )


def _columns(file: sqlite3.Connection, table: str) -> list[str]:
    if table in _COPIED:
        return _COPIED[table][0].split(", ")
    return [row[1] for row in file.execute(f"PRAGMA table_info({table})")]


def _order(file: sqlite3.Connection, table: str) -> str:
    if table in _COPIED:
        return _COPIED[table][1]
    keys = sorted((row[5], row[1]) for row in file.execute(f"PRAGMA table_info({table})") if row[5])
    return ", ".join(name for _, name in keys)


def _rows_of_file(file: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    columns = _columns(file, table)
    flags = ["<> 0" in text for text in columns]
    query = f"SELECT {', '.join(columns)} FROM {table} ORDER BY {_order(file, table)}"
    for row in file.execute(query):
        yield tuple(
            bool(value) if is_flag else value for value, is_flag in zip(row, flags, strict=True)
        )


def _rows_of_database(
    file: sqlite3.Connection, database: psycopg.Connection, table: str
) -> Iterator[tuple[Any, ...]]:
    columns = [quoted(text.rpartition(" ")[2]) for text in _columns(file, table)]
    order = ", ".join(map(quoted, _order(file, table).split(", ")))
    query = f"SELECT {', '.join(columns)} FROM {quoted(table)} ORDER BY {order}"
    with database.cursor(name="compared") as cursor:
        cursor.itersize = _TELL_EVERY
        yield from cursor.execute(query)


def _has(file: sqlite3.Connection, table: str) -> bool:
    found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return file.execute(found, (table,)).fetchone() is not None


def _go_on_counting(database: psycopg.Connection) -> None:
    """Numbers that are drawn from now on come after those that were brought along."""
    for table in ("stream", "event"):
        database.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
            f" coalesce((SELECT max(id) FROM {table}), 0) + 1, false)"
        )
