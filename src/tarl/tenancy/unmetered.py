"""The quick way to the disk, for a few rows of one run that nobody counts: no tenant is registered.

Whether anybody is, is told by events. So it need not be asked before a commit that is made only if
the log has not grown since it was last asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from tarl.journal.store import Batch, CommitsAt, Store
from tarl.tenancy.events import BODIES
from tarl.tenancy.roster import Roster

ROWS_MAX = 4
"""More are committed in a transaction, beside which a look at the roster costs little."""

PAUSE_COMMITS = 16
"""Where somebody else writes to the same journal, so many commits are made the other way."""


class Unmetered:
    """Commits what concerns no quota.

    Args:
        store: Where to; one that cannot tell whether anybody has written commits nothing here.
        roster: Knows who is registered.
        counted: Kinds of events that are counted even for those who are not.
    """

    def __init__(self, store: Store, roster: Roster, *, counted: Iterable[str]) -> None:
        self._store = store
        self._commit_at = store.commit_at if isinstance(store, CommitsAt) else None
        self._roster = roster
        self._concerned = frozenset((*counted, *BODIES))
        self._size: int | None = None
        self._pause = 0

    def commit(self, batch: Batch) -> bool:
        """Commit a batch; False, with nothing written, if that has to be done the other way.

        Raises:
            Unavailable: storage is full or failing; nothing was written.
        """
        rows, blobs, epochs, guards, changes, _ = batch
        if self._commit_at is None or not 0 < len(rows) <= ROWS_MAX or len(epochs) != 1:
            return False
        if blobs or guards or changes:
            return False
        for row in rows:
            if row[2] in self._concerned:
                return False
        if self._pause:
            self._pause -= 1
            return False
        if self._size is None:
            size = self._store.log_size()  # before the roster is asked, which is then as new
            if self._roster.registered():
                self._pause = PAUSE_COMMITS
                return False
            self._size = size
        if self._commit_at(self._size, batch):
            self._size += len(rows)
            return True
        self._pause, self._size = PAUSE_COMMITS, None
        return False

    def committed(self) -> None:
        """Something was committed the other way: the log has grown."""
        self._size = None
