"""Keys that live elsewhere: the port through which trust has things signed.

A key file on this machine is one way to fill it; a key management service or a hardware token is
another. Secrets stay behind the port.
"""

from __future__ import annotations

from typing import Protocol

from tarl.crypto.note import Signer, VerifierKey
from tarl.crypto.principals import PrincipalKeys
from tarl.errors import Unavailable


class SigningService(Protocol):
    """Signs with one key, wherever it is."""

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of a message.

        Raises:
            Unavailable: whatever holds the key does not answer.
            Denied: it will not sign.
        """


class KeyService(Protocol):
    """Finds who signs with a public key."""

    def signer(self, key: VerifierKey) -> SigningService:
        """What signs with the key.

        Raises:
            Missing: nobody here can (``keys.missing``).
        """


class LocalSigner:
    """A secret key in this process."""

    __slots__ = ("__weakref__", "_key", "verifier")

    def __init__(self, signer: Signer) -> None:
        self._key = signer.key
        self.verifier = signer.verifier

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        return self._key.sign(message)


class FileKeys:
    """The key files of principals, as a service.

    Args:
        keys: The files.
    """

    def __init__(self, keys: PrincipalKeys) -> None:
        self._keys = keys
        self._open: dict[VerifierKey, LocalSigner] = {}

    def signer(self, key: VerifierKey) -> SigningService:
        """The signer of a key file, read once.

        Raises:
            Missing, Denied, Corrupt: as ``PrincipalKeys.signer``.
        """
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = LocalSigner(self._keys.signer(key))
        return found


class HeldKeys:
    """Signers that were handed over, tried before another service.

    Args:
        signers: The signers.
        others: Whom to ask for other keys.
    """

    def __init__(self, *signers: SigningService, others: KeyService | None = None) -> None:
        self._signers = {signer.verifier: signer for signer in signers}
        self._others = others

    def signer(self, key: VerifierKey) -> SigningService:
        """The signer of a key.

        Raises:
            Unavailable: nobody here has the key (``trust.key_unavailable``).
        """
        found = self._signers.get(key)
        if found is not None:
            return found
        if self._others is not None:
            return self._others.signer(key)
        raise Unavailable(
            f"nobody here signs with {key.label}",
            code="trust.key_unavailable",
            next_step="sign where the key is",
            key=key.label,
        )
