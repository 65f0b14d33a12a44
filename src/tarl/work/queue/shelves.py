"""Large payloads and results as blobs of the journal."""

from __future__ import annotations

from tarl.journal.codec import Codec, Stored
from tarl.journal.store import Store


class NewBlobs:
    """Large values of a batch that is being made."""

    def __init__(self, codec: Codec, tenant: str) -> None:
        self.kept: list[tuple[bytes, Stored]] = []
        self._codec = codec
        self._tenant = tenant

    def put(self, data: bytes) -> str:
        """Keep the bytes with the batch; the digest in hex."""
        digest, stored = self._codec.store_blob(self._tenant, data)
        self.kept.append((digest, stored))
        return digest.hex()

    def get(self, digest: str) -> bytes:
        """Nothing is read here."""
        raise NotImplementedError(digest)


class StoredBlobs:
    """Large values that the journal holds."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self._tenant = tenant

    def put(self, data: bytes) -> str:
        """Nothing is kept here."""
        raise NotImplementedError(f"{len(data)} bytes")

    def get(self, digest: str) -> bytes:
        """The bytes kept under a digest (hex)."""
        return self._store.blob(self._tenant, bytes.fromhex(digest))
