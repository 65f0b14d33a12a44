"""How event bodies and blobs lie on disk: in clear, or sealed with their tenant's key.

A sealed body is XChaCha20-Poly1305; what the chain commits to is an HMAC of the body under an
opening key that derives from the tenant key, the stream and the position (RFC 5869). So chains
verify without the key, equal inputs give equal digests, and destroying the key leaves nothing to
guess from. The HMAC is SHA-512 cut to 256 bits, so that no commitment can be opened both as a
digest and as an HMAC.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from tarl.crypto.aead import hkdf_sha256, open_sealed, seal
from tarl.errors import Corrupt, Missing
from tarl.journal.event import Event, Row
from tarl.values.digest import length_prefixed


class Stored(NamedTuple):
    """Bytes as they lie on disk; ``commitment`` is None when they are in clear."""

    data: bytes
    commitment: bytes | None


class Codec:
    """Seals what it writes if told to, and opens whatever was sealed while the key exists.

    Args:
        key_of: The 32-byte key of a tenant, or None when it has none (never made, or destroyed).
        seals: Whether new bodies and blobs are sealed, whoever's they are.
        seals_for: Whether a tenant's are, where ``seals`` does not say so for all.
    """

    def __init__(
        self,
        key_of: Callable[[str], bytes | None] = lambda tenant: None,
        *,
        seals: bool = False,
        seals_for: Callable[[str], bool] | None = None,
    ) -> None:
        self._key_of = key_of
        self.seals = seals
        self._seals_for = seals_for

    def of(self, tenant: str) -> Codec:
        """The codec of what begins for a tenant now."""
        if self._seals_for is None or self.seals:
            return self
        return Codec(self._key_of, seals=self._seals_for(tenant))

    def as_in(self, first: Event | Row | None) -> Codec:
        """The codec that continues a stream: sealed if its first event is, in clear if it is
        not.
        """
        if first is None:
            return self
        seals = first.commitment is not None
        if self.seals == seals and self._seals_for is None:
            return self
        return Codec(self._key_of, seals=seals)

    def store_body(self, tenant: str, stream: str, seq: int, body: bytes) -> Stored:
        """The bytes to store for one event's body.

        Raises:
            Missing: the codec seals and the tenant has no key.
        """
        if not self.of(tenant).seals:
            return Stored(body, None)
        key = self._key(tenant)
        opening = _opening(key, stream, seq)
        data = seal(_cipher_key(key), body, _place(stream, seq))
        return Stored(data, committed(opening, body))

    def open_body(self, tenant: str, stream: str, seq: int, stored: Stored) -> bytes | None:
        """The plain body, or None when the key that sealed it is gone."""
        if stored.commitment is None:
            return stored.data
        key = self._key_of(tenant)
        if key is None:
            return None
        return open_sealed(_cipher_key(key), stored.data, _place(stream, seq))

    def opening(self, tenant: str, stream: str, seq: int) -> bytes | None:
        """The key under which one event's commitment opens, or None when it is gone."""
        key = self._key_of(tenant)
        return None if key is None else _opening(key, stream, seq)

    def store_blob(self, tenant: str, data: bytes) -> tuple[bytes, Stored]:
        """The blob's digest, and the bytes to store under it."""
        if not self.of(tenant).seals:
            return sha256(data).digest(), Stored(data, None)
        key = self._key(tenant)
        digest = committed(_blob_opening(key, data), data)
        return digest, Stored(seal(_cipher_key(key), data, digest), digest)

    def open_blob(self, tenant: str, digest: bytes, stored: Stored) -> bytes | None:
        """The plain blob, or None when the key that sealed it is gone."""
        if stored.commitment is None:
            return stored.data
        key = self._key_of(tenant)
        return None if key is None else open_sealed(_cipher_key(key), stored.data, digest)

    def read_blob(self, tenant: str, digest: bytes, stored: Stored | None) -> bytes:
        """The plain blob of a digest, checked; ``stored`` is what a store has of it.

        Raises:
            Missing: there is none (``journal.no_blob``), or its tenant's key is gone
                (``journal.erased``).
            Corrupt: it is another one (``journal.blob_changed``).
        """
        name = digest.hex()
        if stored is None:
            raise Missing(f"no blob {name}", code="journal.no_blob", digest=name)
        data = self.open_blob(tenant, digest, stored)
        if data is None:
            raise Missing(
                f"blob {name} is erased: the key of tenant {tenant!r} is gone",
                code="journal.erased",
                digest=name,
            )
        if not self.is_blob(tenant, digest, data, sealed=stored.commitment is not None):
            raise Corrupt(
                f"blob {name} has other content than its digest says",
                code="journal.blob_changed",
                digest=name,
            )
        return data

    def is_blob(self, tenant: str, digest: bytes, data: bytes, *, sealed: bool) -> bool:
        """Whether ``data`` is what the digest says."""
        if not sealed:
            return sha256(data).digest() == digest
        opening = self.blob_opening(tenant, data)
        return opening is not None and committed(opening, data) == digest

    def blob_opening(self, tenant: str, data: bytes) -> bytes | None:
        """The key under which one blob's digest opens, or None when the tenant's key is gone."""
        key = self._key_of(tenant)
        return None if key is None else _blob_opening(key, data)

    def _key(self, tenant: str) -> bytes:
        key = self._key_of(tenant)
        if key is None:
            raise Missing(
                f"tenant {tenant!r} has no key to seal with: never made, or destroyed",
                code="keys.tenant_missing",
                next_step=f"tarl keys tenant make {tenant}",
                tenant=tenant,
            )
        return key


def committed(opening: bytes, data: bytes) -> bytes:
    """What stands for sealed data in the chain, under the key that opens it: 32 bytes."""
    return hmac.digest(opening, data, "sha512")[:32]


def _place(stream: str, seq: int) -> bytes:
    return length_prefixed(stream.encode(), seq.to_bytes(8, "big"))


def _opening(key: bytes, stream: str, seq: int) -> bytes:
    info = length_prefixed(b"tarl.opening/1", stream.encode(), seq.to_bytes(8, "big"))
    return hkdf_sha256(key, info)


def _blob_opening(key: bytes, data: bytes) -> bytes:
    """Of one blob only: whoever is shown it must not be able to test guesses about the others."""
    return hkdf_sha256(key, length_prefixed(b"tarl.blob/1", sha256(data).digest()))


def _cipher_key(key: bytes) -> bytes:
    return hkdf_sha256(key, length_prefixed(b"tarl.body/1"))
