"""One connection to the server: made again when it is lost, its failures in tarl's words.

1. What the server says about a statement is an error of tarl's tree, with the server's state.
2. A connection that was lost is made anew within ``RECONNECT_S_MAX``: a server that is started
   again, or one that takes another's place, is waited for that long.
3. Nothing here decides whether a commit whose answer was lost has happened; the store looks.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.conninfo import conninfo_to_dict

from tarl.errors import Conflict, Corrupt, Denied, TarlError, Unavailable
from tarl.journal.place import shown
from tarl.journal.postgres.line import CONNECT_S_MAX, Heard, Line

RECONNECT_S_MAX = 30.0
_WAIT_S_MIN, _WAIT_S_MAX = 0.02, 1.0

_MANNERS = {
    "application_name": "tarl",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""A network that swallows everything ends a connection within half a minute, and not within hours:
whoever waits for an answer would wait as long.
"""

IDLE_MS_MAX = 15_000
"""A transaction that says nothing for so long is undone by the server: a machine that fell off the
network in the middle of one would keep all others from what it has locked.
"""

UNHURRIED = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""For a transaction that keeps nobody from anything, and may take its time."""

_SERVERS_MANNERS = {
    "client_min_messages": "warning",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
"""The server, too, gives up a machine that says nothing, and frees the runs that it owned."""


class Session:
    """A connection in autocommit mode, made when it is first used.

    Args:
        url: The database, as libpq writes it.
        prepare: What a new connection is told first.
        line: Whether the server is waited for; it is where this is left out.
    """

    def __init__(
        self,
        url: str,
        *,
        prepare: Callable[[psycopg.Connection], object] | None = None,
        line: Line | None = None,
    ) -> None:
        self.url = url
        self._line = line
        self._prepare = prepare
        self._connection: psycopg.Connection | None = None
        self._is_closed = False

    @property
    def connection(self) -> psycopg.Connection:
        """The connection, made now if there is none that works.

        Raises:
            Unavailable: no server answers (``journal.unreachable``).
        """
        if self._line is not None:
            self._line.check()
        if self._connection is None or self._connection.closed:
            if self._is_closed:
                raise Unavailable(f"{shown(self.url)} is closed", code="journal.closed")
            self._connection = self._connected()
            if self._prepare is not None:
                self._prepare(self._connection)
        return self._connection

    def _connected(self) -> psycopg.Connection:
        try:
            return connect(self.url, line=self._line)
        except Unavailable:
            if self._line is not None and self._line.is_unwaiting:
                self._line.lose()
            raise

    @property
    def is_lost(self) -> bool:
        """Whether the connection was made and does not work any more."""
        return self._connection is not None and self._connection.broken

    def renew(self, *, within_s: float = RECONNECT_S_MAX) -> psycopg.Connection:
        """A new connection in place of one that was lost, waited for unless the line says that
        nobody may be.

        Raises:
            Unavailable: none within that time (``journal.unreachable``).
        """
        self.drop()
        if self._line is not None and self._line.is_unwaiting:
            return self.connection
        deadline, wait_s = time.monotonic() + within_s, _WAIT_S_MIN
        while True:
            try:
                return self.connection
            except Unavailable:
                if self._is_closed or time.monotonic() + wait_s > deadline:
                    raise
            time.sleep(random.uniform(wait_s / 2, wait_s))
            wait_s = min(2 * wait_s, _WAIT_S_MAX)

    def drop(self) -> None:
        """Close the connection; the next use makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Close for good."""
        self._is_closed = True
        self.drop()


def connect(url: str, *, line: Line | None = None) -> psycopg.Connection:
    """A connection whose commits are on disk when they are acknowledged.

    Raises:
        Unavailable: no server answers (``journal.unreachable``).
        Denied: the server does not let this user in (``journal.login``).
    """
    own = _manners(url)
    if line is not None and line.is_unwaiting:
        own["connect_timeout"] = CONNECT_S_MAX
    try:
        connection = Heard.connect(url, autocommit=True, **own)
    except psycopg.OperationalError as error:
        raise _no_entry(error, url) from error
    connection.line = line
    try:
        manners = _SERVERS_MANNERS | {"idle_in_transaction_session_timeout": str(IDLE_MS_MAX)}
        connection.execute("; ".join(f"SET {name} = {value}" for name, value in manners.items()))
        (level,) = connection.execute("SHOW synchronous_commit").fetchone() or ("",)
        if level in ("off", "local"):  # remote_write, on and remote_apply all reach the disk here
            connection.execute("SET synchronous_commit = on")
    except psycopg.Error as error:
        connection.close()
        raise fault(error, url) from error
    return connection


def _manners(url: str) -> dict[str, Any]:
    """How a connection behaves where the URL says nothing of it."""
    try:
        said = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # connecting says what is wrong with it
        said = {}
    return {name: value for name, value in _MANNERS.items() if name not in said}


def durability(url: str) -> tuple[int, list[str]]:
    """The server's major version, and settings by which what it acknowledges may be lost.

    Raises:
        Unavailable, Denied: see ``connect``.
    """
    with connect(url) as connection, translated(url):
        weak = [
            f"{name} = {value}"
            for name, value in connection.execute(
                "SELECT name, setting FROM pg_settings"
                " WHERE name IN ('fsync', 'full_page_writes') AND setting <> 'on'"
            )
        ]
        return connection.info.server_version // 10_000, weak


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raises the server's errors as tarl's."""
    try:
        yield
    except psycopg.Error as error:
        raise fault(error, url) from error


def is_transient(error: psycopg.Error) -> bool:
    """Whether the server undid the transaction for the sake of another one."""
    return isinstance(error, (pg.DeadlockDetected, pg.SerializationFailure))


def fault(error: psycopg.Error, url: str) -> TarlError:
    """The error of tarl's tree that says what the server's error means for the reader."""
    place = shown(url)
    facts = {"database": place, "postgres": f"{error.sqlstate or ''}: {error}".strip()}
    match error:
        case pg.UniqueViolation():
            return Conflict(
                f"another writer got to the same position first in {place}",
                code="journal.position",
                next_step="read the stream again and decide anew",
                **facts,
            )
        case pg.LockNotAvailable() | pg.QueryCanceled() | pg.DeadlockDetected():
            return Unavailable(
                f"{place} is locked by another writer",
                code="journal.locked",
                next_step="wait for the other process, or look for one that hangs",
                **facts,
            )
        case pg.DiskFull():
            return Unavailable(
                f"no space left to write {place}",
                code="journal.disk_full",
                next_step="free some space, then resume the run; nothing acknowledged is lost",
                **facts,
            )
        case pg.ReadOnlySqlTransaction() | pg.InsufficientPrivilege():
            return Denied(
                f"{place} cannot be written",
                code="journal.read_only",
                next_step="name the primary server and a role that may write",
                **facts,
            )
        case pg.IdleInTransactionSessionTimeout():
            pass  # this process stood still for too long, and the connection is gone
        case psycopg.ProgrammingError() | psycopg.DataError() | psycopg.InternalError():
            return Corrupt(
                f"{place} is damaged or is not a journal",
                code="journal.malformed",
                next_step="restore a backup, or name another database",
                **facts,
            )
    return Unavailable(
        f"{place} does not answer",
        code="journal.unreachable",
        next_step="check that the server runs and may be reached, then try again",
        **facts,
    )


def _no_entry(error: psycopg.OperationalError, url: str) -> TarlError:
    place, text = shown(url), str(error).strip().splitlines()[-1:]
    said = text[0] if text else "no answer"
    if isinstance(error, pg.InvalidAuthorizationSpecification) or "authentication" in said:
        return Denied(
            f"{place} does not let this user in: {said}",
            code="journal.login",
            next_step="check the user and the password (PGPASSWORD, or a password file)",
            database=place,
        )
    return Unavailable(
        f"{place} does not answer: {said}",
        code="journal.unreachable",
        next_step="check that the server runs and may be reached, then try again",
        database=place,
    )
