"""What waits for new events without asking again and again: LISTEN, and NOTIFY by the sequencer."""

from __future__ import annotations

import psycopg

from tarl.journal.postgres.sequencer import CHANNEL, place_all
from tarl.journal.postgres.session import Session, translated

POLL_S = 0.25
"""A commit gets its place, and is announced, when somebody looks: whoever waits looks so often."""


class Tail:
    """Waits for the log to grow.

    Args:
        url: The journal's database.
    """

    def __init__(self, url: str) -> None:
        self._listening = Session(url, prepare=lambda new: new.execute(f"LISTEN {CHANNEL}"))
        self._placer = Session(url)

    def wait(self, seconds: float) -> bool:
        """Whether events were placed within that time, by whomever, or may have been: where the
        connection was lost, it says yes once there is another.

        Raises:
            Unavailable: no server answers (``journal.unreachable``).
        """
        with translated(self._listening.url):
            try:
                return self._heard(seconds)
            except psycopg.OperationalError:
                if not (self._listening.is_lost or self._placer.is_lost):
                    raise
                for session in (self._listening, self._placer):
                    session.renew()
        return True

    def _heard(self, seconds: float) -> bool:
        connection = self._listening.connection
        while seconds > 0:
            place_all(self._placer.connection)
            waited = min(POLL_S, seconds)
            if any(True for _ in connection.notifies(timeout=waited, stop_after=1)):
                return True
            seconds -= waited
        return False

    def close(self) -> None:
        """Close the connections."""
        self._listening.close()
        self._placer.close()
