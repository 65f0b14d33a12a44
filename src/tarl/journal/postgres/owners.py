"""Which process owns a run: a lock of the server, which the end of its connection releases.

A process that dies ends its connection, and one that is cut off from the server loses its own after
a while (``tcp_keepalives_idle`` of the server); either frees its runs. Whoever believes to own a
run that was taken over is refused by the stream's epoch when it commits.
"""

from __future__ import annotations

from hashlib import sha256

import psycopg

from tarl.errors import Conflict
from tarl.journal.postgres.session import Session, translated

_HELD = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = %s::bigint::oid AND objid = %s::bigint::oid AND objsubid = 2)"
)


class PostgresOwners:
    """The runs that this runtime owns.

    Args:
        url: The journal's database.
    """

    def __init__(self, url: str) -> None:
        self._session = Session(url)
        self._held: set[str] = set()

    def take(self, stream: str) -> None:
        """Own a stream until it is let go or the process dies.

        Raises:
            Conflict: another process, or another runtime here, owns it (``run.owned``).
            Unavailable: no server answers (``journal.unreachable``).
        """
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
        self._held = {held for held in self._held if self._lock(held)}
        return self._lock(stream)

    def release(self, stream: str) -> None:
        """Let go of a stream."""
        if stream in self._held:
            self._held.remove(stream)
            if not self._session.is_lost:
                with translated(self._session.url):
                    self._session.connection.execute(
                        "SELECT pg_advisory_unlock(%s, %s)", _key(stream)
                    )

    def close(self) -> None:
        """Let go of every stream."""
        self._held.clear()
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
