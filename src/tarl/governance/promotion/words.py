"""Words about an artifact that is on its way: approvals, and decisions taken back.

1. A revocation is a FAILED statement newer than every decision that it takes back, whatever the
   clock of this machine says.
2. Only a revoker lifts a revocation, by its name, and nobody lifts that of an artifact that they
   made; the gates then decide anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tarl.crypto.note import Signer
from tarl.errors import Conflict, Denied, Invalid
from tarl.governance.environment import environment as environment_of
from tarl.governance.promotion import summary
from tarl.governance.promotion.events import Body, Reinstated, Revoked
from tarl.governance.promotion.gathering import Found
from tarl.governance.promotion.pipeline import APPROVAL, REINSTATEMENT, SUMMARY, Pipeline
from tarl.governance.promotion.records import (
    REASON_CHARS_MAX,
    TRIES_MAX,
    Records,
    check_reason,
    check_signer,
    never_still,
)
from tarl.governance.promotion.standing import newest_ms, place_of, revocations
from tarl.provenance.artifacts.artifact import check_digest
from tarl.provenance.attestations.ledger import Attestation
from tarl.provenance.attestations.statement import Subject, make, read
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.instants import isoformat_ms


class _Said(NamedTuple):
    """A statement to be signed: its type, what it says, and the event that names it."""

    predicate_type: str
    predicate: dict[str, Any]
    body: Callable[[str], Body]


class Words:
    """What people say about artifacts on their way, in one journal."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def statement(self, id: str, *, tenant: str = DEFAULT_TENANT) -> Attestation:
        """A statement by its id.

        Raises:
            Missing: there is none (``attestation.missing``).
        """
        return self._records.attestations.get(id, tenant=tenant)

    def answer(
        self,
        subject: Subject,
        environment: str,
        decision: str,
        *,
        reason: str = "",
        signer: Signer,
        tenant: str = DEFAULT_TENANT,
    ) -> Attestation:
        """Record somebody's signed approval, or rejection, of an artifact in an environment.

        Args:
            subject: The artifact, by digest.
            environment: Where it may be, or may not.
            decision: ``approve`` or ``reject``.
            reason: Why.
            signer: Who says so.
            tenant: Whose.

        Raises:
            Invalid: neither (``promotion.decision``), or no digest or environment.
            Denied: the signer's key does not count (``attestation.*``).
        """
        if decision not in ("approve", "reject"):
            raise Invalid(
                f"{decision[:80]!r} is no decision",
                code="promotion.decision",
                next_step="say approve or reject",
            )
        predicate = {
            "decision": decision,
            "environment": environment_of(environment),
            "decidedOn": isoformat_ms(self._records.now_ms()),
            "reason": reason[:REASON_CHARS_MAX],
        }
        check_digest(subject.sha256)
        envelope = make([subject], APPROVAL, predicate, signers=[signer])
        return self._records.attestations.record(envelope, tenant=tenant)

    def revoke(
        self,
        subject: Subject,
        environment: str,
        pipeline: Pipeline,
        *,
        reason: str,
        signer: Signer,
        tenant: str = DEFAULT_TENANT,
    ) -> Attestation:
        """Take back that an artifact may be in an environment: a FAILED statement, newer than any.

        Raises:
            Denied: the signer is none of the pipeline's revokers (``promotion.revoker``).
            Invalid: no reason, digest or environment.
        """
        by = check_signer(signer, pipeline.revokers, "promotion.revoker", "revoke", tenant=tenant)
        check_reason(reason)
        environment_of(environment)

        def said(found: Found, now_ms: int) -> _Said:
            here = place_of(pipeline, environment, found.summaries, tenant=tenant, at_ms=now_ms)
            latest_ms = newest_ms(pipeline, environment, found.summaries, tenant=tenant)
            predicate = summary.revocation_of(
                pipeline,
                environment=environment,
                reason=reason,
                verifier=by,
                tenant=tenant,
                at_ms=max(now_ms, latest_ms + 1),
                inputs=[s.id for s in here.passed],
            )

            def body(id: str) -> Body:
                return Revoked(environment=environment, reason=reason, by=by, statement=id)

            return _Said(SUMMARY, predicate, body)

        return self._stated(subject, pipeline, said, signer=signer, tenant=tenant)

    def reinstate(
        self,
        subject: Subject,
        environment: str,
        pipeline: Pipeline,
        *,
        reason: str,
        signer: Signer,
        tenant: str = DEFAULT_TENANT,
    ) -> list[Attestation]:
        """Lift the revocations of an artifact in an environment: its gates decide anew.

        Raises:
            Denied: the signer is none of the pipeline's revokers (``promotion.revoker``), or made
                the artifact (``promotion.author``).
            Conflict: it is not revoked there (``promotion.not_revoked``).
            Invalid: no reason, digest or environment.
        """
        by = check_signer(
            signer, pipeline.revokers, "promotion.revoker", "reinstate", tenant=tenant
        )
        check_reason(reason)
        environment_of(environment)
        check_digest(subject.sha256)
        found = self._records.gatherer.found(subject.sha256, pipeline, tenant=tenant)
        standing = self._revocations(found, pipeline, environment, tenant)
        if not standing:
            raise Conflict(
                f"{subject.sha256[:12]} is not revoked in {environment}",
                code="promotion.not_revoked",
                next_step="tarl promote status shows where it stands",
            )
        if pipeline.person(by) in {pipeline.person(name) for name in found.authors or ()}:
            raise Denied(
                f"{by} made the artifact, and cannot lift its revocation",
                code="promotion.author",
                next_step="have somebody else look at it",
            )
        return [
            self._stated(
                subject,
                pipeline,
                _always(_lifting(environment, revoked.id, reason, by)),
                signer=signer,
                tenant=tenant,
            )
            for revoked in standing
        ]

    def _revocations(
        self, found: Found, pipeline: Pipeline, environment: str, tenant: str
    ) -> tuple[summary.Summary, ...]:
        now_ms = self._records.now_ms()
        place = place_of(pipeline, environment, found.summaries, tenant=tenant, at_ms=now_ms)
        return revocations(pipeline, place, found.evidence, authors=found.authors, live=found.live)

    def _stated(
        self,
        subject: Subject,
        pipeline: Pipeline,
        said: Callable[[Found, int], _Said],
        *,
        signer: Signer,
        tenant: str,
    ) -> Attestation:
        """A signed statement and the event that names it, in one commit."""
        records = self._records
        for _ in range(TRIES_MAX):
            way = records.way(subject.sha256, tenant=tenant)
            found = records.gatherer.found(subject.sha256, pipeline, tenant=tenant)
            words = said(found, records.now_ms(way))
            envelope = make([subject], words.predicate_type, words.predicate, signers=[signer])
            id = read(envelope).id
            if records.commit(records.rows(way, words.body(id)), envelope, tenant=tenant):
                return records.attestations.get(id, tenant=tenant)
        raise never_still(subject.sha256)


def _always(said: _Said) -> Callable[[Found, int], _Said]:
    return lambda _, __: said


def _lifting(environment: str, revocation: str, reason: str, by: str) -> _Said:
    def body(id: str) -> Body:
        return Reinstated(
            environment=environment, revocation=revocation, reason=reason, by=by, statement=id
        )

    predicate = {"environment": environment, "reason": reason, "revocation": revocation}
    return _Said(REINSTATEMENT, predicate, body)
