"""Large payloads and results on their way to the journal."""

from __future__ import annotations

from tarl.journal.codec import Codec, Stored


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
