"""The journal as the courts look at it: what others committed is asked once a turn of the loop.

What is committed through this store is seen at once; what another process commits, in the loop's
next turn, a few milliseconds later at most. A court is asked about every effect, and asking SQLite
costs as much as all the rest of a decision that was taken before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import monotonic  # the clock itself, which the guard does not ask about

from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.tenancy.passing import PassingStore


class TurnStore(PassingStore):
    """A store that remembers ``foreign_tables_revision`` until the loop's next turn.

    Args:
        store: The journal.
        loop: The loop that the runs are driven in; asked from its thread alone.
    """

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(store)
        self._loop = loop
        self._projected = _innermost(store).projected
        self._foreign: int | None = None
        self._since: float | None = None

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        """See ``Store.read``; what the store hears with the answer counts in this turn."""
        self._begin()
        return self._store.read(stream, after=after, until=until)

    def tables_revision(self) -> int:
        """See ``Store.tables_revision``; of other processes, as this turn of the loop found it."""
        if self._foreign is None:
            self._begin()
            self._foreign = self._store.foreign_tables_revision(since=self._since)
        return self._foreign + self._projected()

    def _begin(self) -> None:
        """It is this turn; when it ends, what it found is forgotten."""
        if self._since is None:
            self._since = monotonic()
            self._loop.call_soon(self._forget)

    def _forget(self) -> None:
        self._foreign = self._since = None


def _innermost(store: Store) -> Store:
    """The store that counts what is projected: those that stand before it ask it alone."""
    while isinstance(store, PassingStore) and type(store).projected is PassingStore.projected:
        store = store.behind
    return store
