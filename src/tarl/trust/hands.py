"""Whose keys sign: the signers of the operator, of authorities and of principals, found where they
are kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from tarl.crypto.note import VerifierKey
from tarl.errors import TarlError, Unavailable
from tarl.trust.chain import Link
from tarl.trust.kms import KeyService, SigningService
from tarl.trust.ledger import TrustLedger


class Hands:
    """Finds signers for one tenant.

    Args:
        ledger: Says which keys count.
        tenant: Whose.
        keys: Finds who signs with a key.
        operator: Signs for the operator; None where nobody here may.
    """

    def __init__(
        self,
        ledger: TrustLedger,
        tenant: str,
        keys: KeyService,
        operator: SigningService | None,
    ) -> None:
        self._ledger = ledger
        self._tenant = tenant
        self._keys = keys
        self._operator = operator

    def key_of(self, name: str) -> VerifierKey:
        """The key of a principal that counts.

        Raises:
            Missing: nobody is registered (``principal.missing``).
        """
        return self._ledger.book(self._tenant).holders.get(name).key

    def of_principal(self, name: str) -> SigningService:
        """The signer of a principal.

        Raises:
            Missing: nobody is registered, or nobody here signs for them.
        """
        return self._keys.signer(self.key_of(name))

    def of_key(self, key: VerifierKey) -> SigningService:
        """The signer of a key, whoever's it is.

        Raises:
            Missing: nobody here signs with it.
        """
        return self._keys.signer(key)

    def of_operator(self) -> SigningService:
        """The operator's signer.

        Raises:
            Unavailable: nobody here signs for the operator (``trust.key_unavailable``).
        """
        if self._operator is None:
            raise Unavailable(
                "nobody here signs for the operator",
                code="trust.key_unavailable",
                next_step="do it where the operator's key is",
            )
        return self._operator

    def of_issuer(self, issuer: str) -> list[SigningService]:
        """The signers of the operator, of an authority, or of a principal."""
        if issuer == "operator":
            return [self.of_operator()]
        editions = list(self._ledger.book(self._tenant).authorities(issuer))
        return self.of_authority(editions[-1]) if editions else [self.of_principal(issuer)]

    def of_authority(self, authority: Link) -> list[SigningService]:
        """As many of an authority's members as are needed."""
        book = self._ledger.book(self._tenant)
        owners = [book.holders.owner(vkey) for vkey in authority.record.keys]
        keys = [self.key_of(owner) for owner in owners if owner is not None]
        return self.some(keys, authority.record.threshold)

    def some(self, keys: Iterable[VerifierKey], threshold: int) -> list[SigningService]:
        """As many of the keys' signers as are needed, of those that can be had here.

        Raises:
            TarlError: too few can be had; why the first could not.
        """
        found: list[SigningService] = []
        refusal: TarlError | None = None
        for key in keys:
            if len(found) >= threshold:
                break
            try:
                found.append(self._keys.signer(key))
            except TarlError as error:
                refusal = refusal or error
        if refusal is not None and len(found) < threshold:
            raise refusal
        return found
