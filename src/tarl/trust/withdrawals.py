"""Taking authority away, and giving it back: revoke, suspend, resume, set the posture, rotate
a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.principals import Principal
from tarl.kernel.approvals.register import Principals
from tarl.trust import posture as postures
from tarl.trust import records
from tarl.trust.admission import Admitted
from tarl.trust.making import Maker
from tarl.trust.preview import Preview
from tarl.trust.records import Target


class Withdrawals(Maker):
    """What takes authority away in one tenant, and gives it back."""

    def preview(self, target: Target) -> Preview:
        """What a revocation would stop."""
        return self.ledger.preview(self.tenant, target, at_ms=self._clock.now_ms())

    def revoke(self, target: Target, reason: str, *, issuer: str = "operator") -> Admitted:
        """Let a record, an agent, a human's or an authority's everything count no more, and
        nothing below it.

        Args:
            target: What.
            reason: Why.
            issuer: Who says so: the operator, an authority above, a delegator above, or whom it is
                about.

        Raises:
            TarlError: as ``TrustLedger.record``.
        """
        with self._refusals.of("revoke", target.agent):
            now_ms = self._now_ms()
            record = records.Revocation(
                **self._head("revocation", now_ms), target=target, reason=reason, issuer=issuer
            )
            return self._record(record, self.hands.of_issuer(issuer))

    def suspend(
        self, agent_id: str, reason: str, *, until_ms: int | None = None, issuer: str = "operator"
    ) -> Admitted:
        """Let an agent, and all below it, do nothing until it is resumed or the time has come.

        Raises:
            TarlError: as ``TrustLedger.record``.
        """
        with self._refusals.of("suspend", agent_id):
            now_ms = self._now_ms()
            record = records.Suspension(
                **self._head("suspension", now_ms),
                agent=agent_id,
                reason=reason,
                until_ms=until_ms,
                issuer=issuer,
            )
            return self._record(record, self.hands.of_issuer(issuer))

    def resume(self, agent_id: str, reason: str, *, issuer: str = "operator") -> Admitted:
        """End a suspension.

        Raises:
            TarlError: as ``TrustLedger.record``; ``trust.not_suspended``.
        """
        with self._refusals.of("resume", agent_id):
            now_ms = self._now_ms()
            record = records.Resumption(
                **self._head("resumption", now_ms), agent=agent_id, reason=reason, issuer=issuer
            )
            return self._record(record, self.hands.of_issuer(issuer))

    def set_posture(
        self,
        agent_id: str,
        posture: str,
        reason: str,
        *,
        evidence: postures.Evidence | Mapping[str, int] | None = None,
        issuer: str = "operator",
    ) -> Admitted:
        """Let an agent go further, or less far; upwards only an authority may, on evidence.

        Raises:
            TarlError: as ``TrustLedger.record`` and ``posture.check_change``.
        """
        with self._refusals.of("set_posture", agent_id):
            now_ms = self._now_ms()
            standing = self.ledger.standing(self.tenant)
            record = records.PostureChange(
                **self._head("posture", now_ms),
                agent=agent_id,
                posture=postures.known(posture),
                previous=standing.posture_of(agent_id),
                reason=reason,
                evidence=_evidence(evidence),
                issuer=issuer,
            )
            return self._record(record, self.hands.of_issuer(issuer))

    def rotate(self, name: str, envelope: Any, *, recovered: str | None = None) -> Principal:
        """Let a new key of a principal take over: what the one before signed stands, and it signs
        nothing more, unless the statement grants it a grace period.

        Args:
            name: The principal.
            envelope: The new key's statement, signed with it and with the key before it.
            recovered: Why the key before has not signed: it is lost, or in wrong hands.

        Raises:
            TarlError: as ``Principals.rotate``.
        """
        with self._refusals.of("rotate", name):
            register = Principals(self.ledger.store)
            id = PrincipalId(self.tenant, name)
            return register.rotate(id, envelope, recovered=recovered, at_ms=self._now_ms())


def _evidence(evidence: postures.Evidence | Mapping[str, int] | None) -> dict[str, Any]:
    if evidence is None:
        return {}
    if isinstance(evidence, postures.Evidence):
        return {name: getattr(evidence, name) for name in evidence.__struct_fields__}
    return dict(evidence)
