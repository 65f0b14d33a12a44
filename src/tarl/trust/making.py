"""Making records: their head, their signatures, their way into the journal."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, Self

from tarl.crypto.keys import draw_secret
from tarl.policy.named import NamedConstraints
from tarl.trust import records
from tarl.trust.admission import Admitted
from tarl.trust.hands import Hands
from tarl.trust.kms import KeyService, SigningService
from tarl.trust.ledger import TrustLedger
from tarl.trust.records import Record
from tarl.trust.refusals import Refusals
from tarl.trust.signed import sign
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.instants import Clock

NONCE_BYTES = 16


class Maker:
    """Makes the records of one tenant.

    Args:
        ledger: The journal's records.
        keys: Finds who signs with a principal's key.
        clock: The time.
        operator: Signs for the operator; None where nobody here may.
        tenant: Whose records.
        named: What names of constraints mean.
        dice: Draws so many bytes that nobody can guess, for nonces.
    """

    def __init__(
        self,
        ledger: TrustLedger,
        *,
        keys: KeyService,
        clock: Clock,
        operator: SigningService | None = None,
        tenant: str = DEFAULT_TENANT,
        named: NamedConstraints | None = None,
        dice: Callable[[int], bytes] = draw_secret,
    ) -> None:
        self.ledger = ledger
        self.tenant = tenant
        self.named = named or NamedConstraints()
        self.hands = Hands(ledger, tenant, keys, operator)
        self._clock = clock
        self._refusals = Refusals(ledger.store, tenant, clock.now_ms)
        self._dice = dice

    def drawing(self, dice: Callable[[int], bytes]) -> Self:
        """The same with other dice; what is drawn twice alike is recorded once."""
        maker = copy.copy(self)
        maker._dice = dice
        return maker

    def now_ms(self) -> int:
        """The instant that counts now: the clock's, and never before the journal's."""
        return self.ledger.now_ms(self.tenant, self._clock.now_ms())

    def _head(self, kind: str, now_ms: int) -> dict[str, Any]:
        return {
            "type": f"tarl.{kind}/{records.VERSION}",
            "tenant": self.tenant,
            "issued_at_ms": now_ms,
            "nonce": self._dice(NONCE_BYTES).hex(),
        }

    def _now_ms(self) -> int:
        """The clock's reading; the ledger refuses one that is far behind the journal."""
        return self._clock.now_ms()

    def _record(
        self,
        record: Record,
        signers: Iterable[SigningService],
        beside: dict[str, Any] | None = None,
    ) -> Admitted:
        by_label = {signer.verifier.label: signer for signer in signers}
        envelope = sign(record, *by_label.values()).envelope
        return self.ledger.record(envelope, at_ms=self._clock.now_ms(), beside=beside)
