"""Care of a journal's file: a copy while it is in use, and unused space given back.

None of it removes or changes an event. A copy is of one moment, whatever other processes write
meanwhile; compacting makes the index by stream anew from the events, wants the file for itself and
refuses while anybody has it open. ``check.py`` checks a journal and ``rebuild.py`` makes its tables
anew; both are to be had from here.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import msgspec

from tarl.errors import Conflict, Denied, Missing
from tarl.journal.check import CheckReport, Finding, Progress, check
from tarl.journal.rebuild import rebuild_projections
from tarl.journal.sqlite_faults import translated
from tarl.journal.sqlite_index import rebuild_index
from tarl.journal.sqlite_schema import check_version, open_raw

__all__ = [
    "BackupReport",
    "CheckReport",
    "CompactReport",
    "Finding",
    "Progress",
    "backup",
    "check",
    "compact",
    "rebuild_projections",
]

_COPY_PAGES = 4_096
"""Pages copied between two reports of progress: 16 MiB."""


class BackupReport(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that was made."""

    path: str
    events: int
    streams: int
    bytes: int


class CompactReport(msgspec.Struct, frozen=True, kw_only=True):
    """What compacting gave back."""

    path: str
    bytes_before: int
    bytes_after: int
    checkpoints_removed: int


def backup(
    path: str | Path,
    target: str | Path,
    *,
    progress: Progress = lambda phase, done, whole: None,
) -> BackupReport:
    """Copy the journal to a new file; others may go on writing, the copy is of one moment.

    Raises:
        Missing: there is no journal, or no directory for the copy.
        Conflict: the target exists (``backup.exists``), or a newer version wrote the journal.
        Denied: the target cannot be written.
        Corrupt: the file is damaged or is not a journal.
        Unavailable: no space for the copy.
    """
    path, target = Path(path), Path(target)
    with contextlib.closing(open_raw(path)) as source, translated(path):
        check_version(source)
        source.execute("BEGIN")
        events, streams = source.execute(
            "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM stream)"
        ).fetchone()
        _reserve(target)
        try:
            _copy(source, target, progress)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    size = target.stat().st_size
    return BackupReport(path=str(target), events=events, streams=streams, bytes=size)


def compact(path: str | Path) -> CompactReport:
    """Give unused space back: drop checkpoints that nobody outside has seen, but for the last, make
    the index by stream anew, and write the file anew without gaps.

    Raises:
        Missing: there is no journal.
        Corrupt: two events have the same place in a stream (``journal.twice``).
        Conflict: a newer version wrote it.
        Unavailable: somebody has it open (``journal.locked``), or there is no space for the copy
            that SQLite makes on the way.
    """
    path = Path(path)
    with contextlib.closing(open_raw(path)) as connection, translated(path):
        check_version(connection)
    before = _size(path)
    with contextlib.closing(open_raw(path)) as connection, translated(path):
        # In WAL mode every open connection holds a shared lock; this waits for nobody and fails.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        removed = _prune_checkpoints(connection)
        rebuild_index(connection)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return CompactReport(
        path=str(path),
        bytes_before=before,
        bytes_after=_size(path),
        checkpoints_removed=removed,
    )


def _prune_checkpoints(connection: sqlite3.Connection) -> int:
    columns = {row[1] for row in connection.execute("PRAGMA table_info(checkpoint)")}
    if "published" not in columns:
        return 0  # a file of schema version 1 does not know which ones somebody outside holds
    return connection.execute(
        "DELETE FROM checkpoint WHERE published = 0 AND size < (SELECT max(size) FROM checkpoint)"
    ).rowcount


def _reserve(target: Path) -> None:
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise Conflict(
            f"{target} exists; a backup does not overwrite",
            code="backup.exists",
            next_step="name another file",
            path=str(target),
        ) from None
    except FileNotFoundError:
        raise Missing(
            f"no directory {target.parent}", code="backup.no_directory", path=str(target)
        ) from None
    except OSError as error:
        raise Denied(
            f"{target} cannot be written: {error.strerror}",
            code="backup.denied",
            path=str(target),
        ) from None


def _copy(source: sqlite3.Connection, target: Path, progress: Progress) -> None:
    def tell(status: int, remaining: int, total: int) -> None:
        progress("copy", total - remaining, total)

    with translated(target), contextlib.closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=_COPY_PAGES, progress=tell)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _size(path: Path) -> int:
    """Bytes of the file and of what waits to be folded into it."""
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)
