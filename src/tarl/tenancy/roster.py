"""Which tenants are registered and which are sealed: asked at every commit and every new stream.

The answer is remembered until another connection has committed something that concerns a table, or
this one something about tenants; so it costs one look at the tables' version. A commit need not
look: it says by which version it was made, and the store refuses it where that has passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from tarl.journal.event import Row
from tarl.journal.store import Store
from tarl.tenancy.events import BODIES


class Roster:
    """The registered tenants of a journal. Whoever opens one makes the roster first: its codec asks
    ``seals`` for every stream that begins.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store: Store | None = None
        self._seen = -1
        self._registered: frozenset[str] = frozenset()
        self._sealed: frozenset[str] = frozenset()
        if store is not None:
            self.attach(store)

    def attach(self, store: Store) -> None:
        """The journal whose tenants count; all that it commits is shown to ``committed``."""
        self._store = store
        self._seen = -1

    def registered(self) -> frozenset[str]:
        """The tenants that are counted."""
        self._look()
        return self._registered

    def registered_at(self) -> tuple[frozenset[str], int]:
        """The tenants that are counted, at which revision of the tables: the last one that the
        store has heard of.
        """
        self._look(since=-inf)
        return self._registered, self._seen

    def seals(self, tenant: str) -> bool:
        """Whether what begins for a tenant now is sealed."""
        self._look()
        return tenant in self._sealed

    def committed(self, rows: Iterable[Row]) -> None:
        """These rows are on disk: what was known is forgotten if they are about tenants."""
        for row in rows:
            if row.kind in BODIES:
                self._seen = -1

    def _look(self, *, since: float | None = None) -> None:
        if self._store is None:
            return
        version = self._store.foreign_tables_revision(since=since)
        if version != self._seen:
            found = list(self._store.scan("tenant"))
            self._registered = frozenset(record["tenant"] for record in found)
            self._sealed = frozenset(record["tenant"] for record in found if record["sealed"])
            self._seen = version
