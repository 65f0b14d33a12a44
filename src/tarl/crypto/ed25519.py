"""Ed25519 signatures (RFC 8032), verified by one strict profile.

The public key and R must be canonical encodings of points in the prime-order group, and S must lie
below the group order: then no key or signature of low order passes, cofactored and cofactorless
verification agree, and nobody can make a second signature from a first.

Whether a point lies in the prime-order group costs as much as a signature. Keys that do are
remembered. For R it follows: libsodium compares R bytewise with S B - h A, which lies there when A
does. A libsodium that multiplies by the cofactor instead is found out by a signature with an R
outside the group, and R is then looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign, crypto_sign_open
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey as _NaclKey

from tarl.errors import Corrupt

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
"""RFC 8032, section 5.1: L."""

KEYS_REMEMBERED_MAX = 16_384
"""Sound public keys that are not looked at again; a megabyte or two."""

TOGETHER_MIN = 6
"""So many signatures take longer than handing half of them to another thread."""

_MIXED_KEY = bytes.fromhex("88aa55e6afeed8960a3191de78600347db8acd0a3795412f275f049b86260488")
_MIXED_SIGNATURE = bytes.fromhex(
    "5b61c2e3b93e6c06450f327ea72cdfeb8cde6aa020d2dd827ab3f86e708c8393"
    "0ec9ff616fcd767cc7d1f141c03f5dc7a49d925ac8d23dad0d8bd1040039d60c"
)
"""A signature of the empty message whose R has a component of order eight."""


class SigningKey:
    """A secret key, from its 32-byte seed; ``public`` is its 32-byte public key.

    ``seed`` is the secret itself, for libraries that sign in a form of their own.
    """

    __slots__ = ("_secret", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self.public = bytes(_NaclKey(seed).verify_key)
        self._secret = seed + self.public

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of a message."""
        return bytes(crypto_sign(message, self._secret)[:64])


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


Job = tuple[bytes, bytes, bytes]
"""What ``verify`` takes: a public key, a message and a signature."""


class Verifying:
    """Verifies many signatures at a time, on two cores where there are two: the library lets other
    threads run while it computes.
    """

    def __init__(self) -> None:
        self._beside: ThreadPoolExecutor | None = None

    def verify(self, jobs: Sequence[Job]) -> None:
        """Accept all signatures by the strict profile.

        Raises:
            Corrupt: one of them does not verify, or is not strict (``signature.invalid``).
        """
        if len(jobs) < TOGETHER_MIN:
            _verify_each(jobs)
            return
        if self._beside is None:
            self._beside = ThreadPoolExecutor(1, thread_name_prefix="tarl-signatures")
        half = len(jobs) // 2
        later = self._beside.submit(_verify_each, jobs[half:])
        _verify_each(jobs[:half])
        later.result()


def _verify_each(jobs: Sequence[Job]) -> None:
    for job in jobs:
        verify(*job)


def _is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        return False
    public = bytes(public)
    if not _is_sound_key(public):
        return False
    if _multiplies_by_cofactor() and not is_sound_point(signature[:32]):
        return False
    return _opens(public, message, signature)


@lru_cache(maxsize=KEYS_REMEMBERED_MAX)
def _is_sound_key(public: bytes) -> bool:
    return is_sound_point(public)


@cache
def _multiplies_by_cofactor() -> bool:
    return _opens(_MIXED_KEY, b"", _MIXED_SIGNATURE)


def _opens(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True
