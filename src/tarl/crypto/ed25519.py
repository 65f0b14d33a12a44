"""Ed25519 signatures (RFC 8032), verified by one strict profile.

The public key and R must be canonical encodings of points in the prime-order group, and S must lie
below the group order: then no key or signature of low order passes, cofactored and cofactorless
verification agree, and nobody can make a second signature from a first.
"""

from __future__ import annotations

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey as _NaclKey
from nacl.signing import VerifyKey

from tarl.errors import Corrupt

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
"""RFC 8032, section 5.1: L."""


class SigningKey:
    """A secret key, from its 32-byte seed; ``public`` is its 32-byte public key."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        self._key = _NaclKey(seed)
        self.public = bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of a message."""
        return bytes(self._key.sign(message).signature)


def is_sound_point(point: bytes) -> bool:
    """Whether 32 bytes canonically encode a point of the prime-order group other than the
    neutral.
    """
    return len(point) == 32 and bool(crypto_core_ed25519_is_valid_point(point))


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Accept a signature by the strict profile.

    Raises:
        Corrupt: it does not verify, or is not strict (``signature.invalid``).
    """
    if not _is_signed(public, message, signature):
        raise Corrupt("the signature does not verify", code="signature.invalid")


def _is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        return False
    if not is_sound_point(public) or not is_sound_point(signature[:32]):
        return False
    try:
        VerifyKey(public).verify(message, signature)
    except BadSignatureError:
        return False
    return True
