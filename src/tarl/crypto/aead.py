"""Sealing bytes with a key (XChaCha20-Poly1305) and deriving keys (HKDF, RFC 5869)."""

from __future__ import annotations

import hmac

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError
from nacl.utils import random

from tarl.errors import Corrupt

NONCE_BYTES = 24


def seal(key: bytes, data: bytes, associated: bytes) -> bytes:
    """The data sealed under a 32-byte key: a fresh 24-byte nonce, then ciphertext and tag.

    ``associated`` is authenticated and not stored; it must be the same when opening.
    """
    nonce: bytes = random(NONCE_BYTES)
    sealed: bytes = crypto_aead_xchacha20poly1305_ietf_encrypt(data, associated, nonce, key)
    return nonce + sealed


def open_sealed(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """The data that was sealed.

    Raises:
        Corrupt: another key, other associated data, or changed bytes (``seal.broken``).
    """
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        data: bytes = crypto_aead_xchacha20poly1305_ietf_decrypt(rest, associated, nonce, key)
    except (CryptoError, ValueError, TypeError) as error:
        raise Corrupt(
            "sealed bytes do not open: they were changed, or sealed under another key",
            code="seal.broken",
        ) from error
    return data


def hkdf_sha256(key: bytes, info: bytes, length: int = 32, *, salt: bytes = b"") -> bytes:
    """Key material derived from a key (RFC 5869, extract then expand with HMAC-SHA-256)."""
    if not 0 < length <= 255 * 32:
        raise ValueError("HKDF gives 1 to 8160 bytes")
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    block, output = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]
