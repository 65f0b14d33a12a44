"""Large values of what is on record."""

from __future__ import annotations

from tarl.journal.store import Store
from tarl.kernel.values import Kept, Shelf
from tarl.values.ids import RunId


class RecordedValues(Kept):
    """Large values of a tenant, to be read."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self._tenant = tenant

    def get(self, digest: str) -> bytes:
        """The bytes kept under a digest (hex)."""
        return self._store.blob(self._tenant, bytes.fromhex(digest))


class RecordedShelf(RecordedValues, Shelf):
    """Large values of a run whose code is run again: what it would keep lies there already."""

    def __init__(self, store: Store, run: RunId) -> None:
        super().__init__(store, run.tenant)
        self._codec = store.codec.as_in(next(store.read(run.stream, until=1), None))

    def put(self, data: bytes) -> str:
        """The digest that the value has there (hex); nothing is kept."""
        return self._codec.store_blob(self._tenant, data)[0].hex()
