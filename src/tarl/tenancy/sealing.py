"""Which tenants' content is sealed: what the codec asks for every stream that begins."""

from __future__ import annotations

from tarl.journal.store import Store


class Sealing:
    """Whether a tenant's new content is sealed, as the table of tenants says.

    Asked at every stream that begins, so an answer is remembered until somebody commits.
    """

    def __init__(self) -> None:
        self._store: Store | None = None
        self._revision = -1
        self._known: dict[str, bool] = {}

    def attach(self, store: Store) -> None:
        """The journal whose tenants count."""
        self._store = store

    def __call__(self, tenant: str) -> bool:
        """Whether it is sealed."""
        if self._store is None:
            return False
        revision = self._store.revision()
        if revision != self._revision:
            self._revision = revision
            self._known.clear()
        known = self._known.get(tenant)
        if known is None:
            record = self._store.get("tenant", tenant)
            known = self._known[tenant] = record is not None and bool(record["sealed"])
        return known
