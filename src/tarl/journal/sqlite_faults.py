"""SQLite's failures in tarl's words, and the transaction that turns them into those."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tarl.errors import Conflict, Corrupt, Denied, TarlError, Unavailable
from tarl.journal.patience import locked_wait_s


class translated:
    """Raises SQLite's errors as tarl's, with a stable code and the next thing to try."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, sqlite3.Error):
            raise fault(error, self._path) from error


class SqliteTransaction:
    """One ``BEGIN IMMEDIATE`` to ``COMMIT``; rolled back, and its failure translated, on any
    exception.

    Waits at most ``wait_ms`` for the write lock of another connection.
    """

    __slots__ = ("_connection", "_on_failure", "_path", "_wait_ms")

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        *,
        wait_ms: int,
        on_failure: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._path = path
        self._wait_ms = wait_ms
        self._on_failure = on_failure

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._begin_later(error)
        return self._connection

    def _begin_later(self, error: sqlite3.Error) -> None:
        begun_s = time.monotonic()
        while True:
            problem = fault(error, self._path)
            waited_s = time.monotonic() - begun_s
            if problem.code != "journal.locked" or waited_s >= self._wait_ms / 1000:
                raise problem from error
            time.sleep(locked_wait_s(waited_s))
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as again:
                error = again
            else:
                return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error as failure:
                error = failure
        if error is not None:
            self._undo()
            if isinstance(error, sqlite3.Error):
                raise fault(error, self._path) from error

    def _undo(self) -> None:
        self._on_failure()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def fault(error: sqlite3.Error, path: Path) -> TarlError:
    """The error of tarl's tree that says what SQLite's error means for the reader."""
    name = getattr(error, "sqlite_errorname", "") or ""
    facts = {"path": str(path), "sqlite": f"{name}: {error}"}
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unavailable(
            f"{path} is locked by another process",
            code="journal.locked",
            next_step="wait for the other process, or look for one that hangs",
            **facts,
        )
    if name.startswith("SQLITE_FULL"):
        return Unavailable(
            f"no space left to write {path}",
            code="journal.disk_full",
            next_step="free some space, then resume the run; nothing acknowledged is lost",
            **facts,
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return Denied(
            f"{path} cannot be written",
            code="journal.read_only",
            next_step="check the permissions of the file and its directory",
            **facts,
        )
    if name.startswith("SQLITE_CANTOPEN"):
        return Denied(
            f"{path} cannot be opened",
            code="journal.cannot_open",
            next_step="check that its directory exists and may be written",
            **facts,
        )
    if name.startswith("SQLITE_IOERR"):
        return Unavailable(
            f"reading or writing {path} failed",
            code="journal.io",
            next_step="check the disk, then resume the run",
            **facts,
        )
    if name.startswith("SQLITE_CONSTRAINT"):
        return Conflict(
            f"another writer got to the same position first in {path}",
            code="journal.position",
            next_step="read the stream again and decide anew",
            **facts,
        )
    return Corrupt(
        f"{path} is damaged or is not a journal",
        code="journal.malformed",
        next_step="tarl db check, then restore a backup",
        **facts,
    )
