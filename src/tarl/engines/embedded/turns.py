"""The journal as the courts look at it: what others committed is asked once a turn of the loop.

What is committed through this store is seen at once; what another process commits, in the loop's
next turn, a few milliseconds later at most. A court is asked about every effect, and asking SQLite
costs as much as all the rest of a decision that was taken before.

Who has looked a moment ago, for the very effect that is to be decided about, says so
(``known_at``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic  # the clock itself, which the guard does not ask about

from tarl.journal.event import Event
from tarl.journal.store import Store
from tarl.tenancy.passing import PassingStore


class _Known:
    """What one task knows in one turn of the loop, and since when."""

    __slots__ = ("at_s", "foreign", "turn")

    def __init__(self, turn: object, at_s: float) -> None:
        self.turn = turn
        self.at_s = at_s
        self.foreign: int | None = None


_known: ContextVar[_Known | None] = ContextVar("tarl_known", default=None)


class TurnStore(PassingStore):
    """A store that remembers ``foreign_tables_revision`` until the loop's next turn.

    Args:
        store: The journal.
        loop: The loop that the runs are driven in; asked from its thread alone.
    """

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(store)
        self._loop = loop
        self._counts = _innermost(store)
        self._foreign: int | None = None
        self._since: float | None = None
        self._turn = object()

    def read(self, stream: str, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        """See ``Store.read``; what the store hears with the answer counts in this turn."""
        self._begin()
        return self._store.read(stream, after=after, until=until)

    def tables_revision(self) -> int:
        """See ``Store.tables_revision``; of other processes, as this turn of the loop found it, or
        whoever has looked.
        """
        known = _known.get()
        if known is not None and known.turn is self._turn:
            if known.foreign is None:
                known.foreign = self._store.foreign_tables_revision(since=known.at_s)
            return known.foreign + self._counts.projected
        if self._foreign is None:
            self._begin()
            self._foreign = self._store.foreign_tables_revision(since=self._since)
        return self._foreign + self._counts.projected

    @contextmanager
    def known_at(self, at_s: float | None) -> Iterator[None]:
        """What others have committed was looked at then, by ``time.monotonic``: for this task and
        in this turn, that counts. None where it is to be looked at.
        """
        if at_s is not None:
            self._begin()
        token = _known.set(None if at_s is None else _Known(self._turn, at_s))
        try:
            yield
        finally:
            _known.reset(token)

    def _begin(self) -> None:
        """It is this turn; when it ends, what it found is forgotten."""
        if self._since is None:
            self._since = monotonic()
            self._loop.call_soon(self._forget)

    def _forget(self) -> None:
        self._foreign = self._since = None
        self._turn = object()


def _innermost(store: Store) -> Store:
    """The store that counts what is projected: those that stand before it ask it alone."""
    while isinstance(store, PassingStore) and type(store).projected is PassingStore.projected:
        store = store.behind
    return store
