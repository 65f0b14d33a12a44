"""Which process owns a run: a lock of the server, which the end of its connection releases.

A process that dies ends its connection, and one that is cut off from the server loses its own after
a while (``tcp_keepalives_idle`` of the server); either frees its runs. Whoever believes to own a
run that was taken over is refused by the stream's epoch when it commits.
"""

from __future__ import annotations

import contextlib
from hashlib import sha256

import psycopg

from tarl.errors import Conflict, TarlError, Unavailable
from tarl.journal.postgres.line import Line
from tarl.journal.postgres.session import Session, fault, translated

_HELD = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = %s::bigint::oid AND objid = %s::bigint::oid AND objsubid = 2)"
)


class PostgresOwners:
    """The runs that this runtime owns.

    Args:
        url: The journal's database.
        line: The way to its server: what is let go of does not wait while it is away.
    """

    def __init__(self, url: str, *, line: Line | None = None) -> None:
        self._session = Session(url, line=line)
        self._line = line
        self._held: set[str] = set()
        self._let_go: set[str] = set()

    def take(self, stream: str) -> None:
        """Own a stream until it is let go or the process dies.

        Raises:
            Conflict: another process, or another runtime here, owns it (``run.owned``).
            Unavailable: no server answers (``journal.unreachable``).
        """
        self._unlock()
        with translated(self._session.url):
            if stream in self._held or not self._locked(stream):
                raise Conflict(
                    f"{stream} is being run by another process",
                    code="run.owned",
                    next_step="wait for it, or stop that process; its end frees the run",
                    stream=stream,
                )
        self._held.add(stream)

    def _locked(self, stream: str) -> bool:
        """Lock it, on a new connection if the old one is lost: there all that was held is locked
        again first, and what somebody else has taken meanwhile is theirs.
        """
        if not self._session.is_lost:
            try:
                return self._lock(stream)
            except psycopg.OperationalError:
                if not self._session.is_lost:
                    raise
        self._session.renew()
        self._let_go.clear()
        self._held = {held for held in self._held if self._lock(held)}
        return self._lock(stream)

    def release(self, stream: str) -> None:
        """Let go of a stream: now, or, while no server answers, when the next is taken or let go
        of, or the connection ends.
        """
        if stream in self._held:
            self._held.remove(stream)
            self._let_go.add(stream)
            self._unlock()

    def _unlock(self) -> None:
        """Release what was let go of; a connection that was lost has released all."""
        if not self._let_go:
            return
        try:
            with contextlib.nullcontext() if self._line is None else self._line.unwaiting():
                for stream in list(self._let_go):
                    if self._session.is_lost:
                        break
                    self._session.connection.execute(
                        "SELECT pg_advisory_unlock(%s, %s)", _key(stream)
                    )
                    self._let_go.remove(stream)
        except Unavailable:
            return
        except psycopg.Error as error:
            if not self._session.is_lost:
                raise fault(error, self._session.url) from error
        if self._session.is_lost:
            self._let_go.clear()

    def close(self) -> None:
        """Let go of every stream: now, or, while no server answers, when it finds the connection
        ended.
        """
        self._let_go |= self._held
        self._held.clear()
        with contextlib.suppress(TarlError):  # the connection's end frees them too, a moment later
            self._unlock()
        self._let_go.clear()
        self._session.close()

    def _lock(self, stream: str) -> bool:
        row = self._session.connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", _key(stream)
        ).fetchone()
        return bool(row and row[0])


def is_owned(url: str, stream: str) -> bool:
    """Whether some process owns the stream now; takes nothing."""
    session = Session(url)
    try:
        with translated(url):
            high, low = (number & 0xFFFFFFFF for number in _key(stream))
            row = session.connection.execute(_HELD, (high, low)).fetchone()
        return bool(row and row[0])
    finally:
        session.close()


def _key(stream: str) -> tuple[int, int]:
    digest = sha256(stream.encode()).digest()
    return (
        int.from_bytes(digest[:4], "big", signed=True),
        int.from_bytes(digest[4:8], "big", signed=True),
    )
