"""The operations of trust for whoever has keys: establish, delegate, verify, audit, revoke.

Each makes a record, has it signed by whose word it needs, and records it. What is refused is
journalled too (``trust.refused/1``) and raised. Who may call this decides with which keys: it is
for people, the operator and the runtime, and for no protocol that agents speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tarl.errors import Denied
from tarl.policy.facts import Facts
from tarl.policy.grant import Grants
from tarl.trust import records
from tarl.trust.admission import Admitted
from tarl.trust.chain import Chain, Link
from tarl.trust.decision import Decision, Level
from tarl.trust.holding import holding
from tarl.trust.records import HumanOrigin
from tarl.trust.terms import (
    Capabilities,
    Constraints,
    as_members,
    delegating,
    narrowed,
    stated,
)
from tarl.trust.withdrawals import Withdrawals
from tarl.values.canonical import encode
from tarl.values.digest import sha256

LIFE_MS = 24 * 3_600_000
"""How long an attestation or delegation holds unless told otherwise: a day."""


class TrustOperations(Withdrawals):
    """Operations on the records of one tenant; made as ``Maker``."""

    # --- establish

    def establish_authority(
        self,
        authority_id: str,
        *,
        capabilities: Capabilities = (),
        constraints: Constraints = None,
        name: str | None = None,
        members: Sequence[str] = (),
        threshold: int = 1,
        delegable: bool = False,
        parent: str | None = None,
        expires_at_ms: int | None = None,
    ) -> Admitted:
        """Let a human or a service be an authority.

        Args:
            authority_id: The principal that it is.
            capabilities: What it may let agents do.
            constraints: Under which constraints.
            name: For people.
            members: The principals whose keys sign for it; itself when left out.
            threshold: How many of them must.
            delegable: Whether it may establish authorities below it.
            parent: The authority that vouches for it; the operator when left out.
            expires_at_ms: When it ends, if ever.

        Raises:
            TarlError: as ``TrustLedger.record``; ``trust.key_unavailable``.
        """
        with self._refusals.of("establish_authority", None):
            now_ms = self._now_ms()
            above = None if parent is None else self.ledger.authority(self.tenant, parent)
            terms = self._terms(above, capabilities, constraints)
            keys = [self.hands.key_of(member) for member in members or (authority_id,)]
            record = records.Authority(
                **self._head("authority", now_ms),
                **as_members(terms),
                authority=authority_id,
                name=name or authority_id,
                keys=tuple(key.vkey for key in keys),
                threshold=threshold,
                delegable=delegable,
                parent=None if above is None else above.digest,
                not_before_ms=now_ms,
                expires_at_ms=_not_after(None, above) if expires_at_ms is None else expires_at_ms,
            )
            signers = self.hands.some(keys, threshold)
            vouching = (
                [self.hands.of_operator()] if above is None else self.hands.of_authority(above)
            )
            return self._record(record, [*vouching, *signers])

    def establish(
        self,
        agent_id: str,
        authority_id: str,
        capabilities: Capabilities | None = None,
        constraints: Constraints = None,
        *,
        human_origin: HumanOrigin | None = None,
        roles: Sequence[str] = (),
        depth_left: int = 0,
        task_id: str | None = None,
        audience: str | None = None,
        expires_at_ms: int | None = None,
    ) -> Chain:
        """Let an agent begin below an authority, and attest to what it may do.

        Args:
            agent_id: The agent: a principal of that kind, with a registered key.
            authority_id: The authority.
            capabilities: What it may do; all that the authority may give when left out.
            constraints: Under which further constraints.
            human_origin: The human on whose behalf it acts.
            roles: What it may appear as, such as ``supervisor``.
            depth_left: How deep what it holds may be delegated; 0 for not at all.
            task_id: The only task that it is for.
            audience: The only verifier that it is for.
            expires_at_ms: When what it may do ends; a day from now when left out.

        Raises:
            TarlError: as ``TrustLedger.record``.
        """
        with self._refusals.of("establish", agent_id):
            now_ms = self._now_ms()
            above = self.ledger.authority(self.tenant, authority_id)
            self._check_attestable(above, capabilities, constraints)
            genesis = records.Genesis(
                **self._head("genesis", now_ms),
                agent=agent_id,
                key=self.hands.key_of(agent_id).vkey,
                authority=above.digest,
                human_origin=human_origin,
                not_before_ms=now_ms,
                expires_at_ms=above.record.expires_at_ms,
            )
            self._record(genesis, self.hands.of_authority(above))
            return self._attested(
                agent_id,
                capabilities,
                constraints,
                roles=roles,
                depth_left=depth_left,
                task_id=task_id,
                audience=audience,
                expires_at_ms=expires_at_ms,
            )

    def attest(
        self,
        agent_id: str,
        capabilities: Capabilities | None = None,
        constraints: Constraints = None,
        **options: Any,
    ) -> Chain:
        """Attest to something more that an established agent may do; options as ``establish``.

        Raises:
            TarlError: as ``TrustLedger.record``; ``trust.no_agent``.
        """
        with self._refusals.of("attest", agent_id):
            return self._attested(agent_id, capabilities, constraints, **options)

    # --- delegate

    def delegate(
        self,
        delegator_id: str,
        delegatee_id: str,
        task_id: str | None = None,
        capabilities: Capabilities | None = None,
        additional_constraints: Constraints = None,
        *,
        parent: str | None = None,
        depth_left: int | None = None,
        audience: str | None = None,
        expires_at_ms: int | None = None,
        reasoning: str | None = None,
    ) -> Chain:
        """Hand on some of what an agent holds, signed with its own key.

        Args:
            delegator_id: Who hands it on.
            delegatee_id: To whom: another registered agent.
            task_id: The only task that it is for; that of what is held when left out.
            capabilities: What; all that is held when left out.
            additional_constraints: Further constraints.
            parent: The digest of what is held; the first that covers it when left out.
            depth_left: How deep it may be handed on; one less than what is held when left out.
            audience: The only verifier that it is for.
            expires_at_ms: When it ends; a day from now, or with what is held.
            reasoning: Why, of which only the SHA-256 is recorded.

        Raises:
            TarlError: as ``TrustLedger.record``; ``trust.no_grant`` when nothing that is held
                covers it.
        """
        with self._refusals.of("delegate", delegator_id):
            now_ms = self._now_ms()
            asked = list(capabilities) if capabilities is not None else None
            facts = delegating(
                delegator_id, delegatee_id, tenant=self.tenant, task=task_id, at_ms=now_ms
            )
            held = holding(self.ledger, facts, asked, self.named, parent=parent)
            above = held.record
            terms = narrowed(held.terms, asked, additional_constraints, self.named)
            record = records.Delegation(
                **self._head("delegation", now_ms),
                **as_members(terms),
                delegator=delegator_id,
                delegatee=delegatee_id,
                delegatee_key=self.hands.key_of(delegatee_id).vkey,
                parent=held.digest,
                depth_left=max(above.depth_left - 1, 0) if depth_left is None else depth_left,
                task=above.task if task_id is None else task_id,
                audience=above.audience if audience is None else audience,
                human_origin=held.origin,
                reasoning=None if reasoning is None else sha256(reasoning.encode()).hex(),
                not_before_ms=now_ms,
                expires_at_ms=_ending(expires_at_ms, held, now_ms),
            )
            signer = self.hands.of_principal(delegator_id)
            return self._chain(self._record(record, [signer]))

    # --- verify and audit

    def verify(
        self,
        agent_id: str,
        action: str,
        resource: str | None = None,
        level: Level = "STANDARD",
        *,
        context: Mapping[str, Any] | None = None,
        task_id: str | None = None,
        access: str | None = "write",
        output: str | None = "data",
        spends: Mapping[str, int] | None = None,
    ) -> Decision:
        """Whether an agent may do something now; see ``verify``. Never raises.

        Args:
            agent_id: Who.
            action: What, such as ``mail.send``.
            resource: On what, such as ``mailbox/alice``.
            level: QUICK, STANDARD or FULL.
            context: The arguments by name.
            task_id: For which task.
            access: ``read`` or ``write``.
            output: ``text`` or ``data``.
            spends: What it takes of budgets, by unit.
        """
        facts = Facts(
            action=action,
            resource=f"activity/{action}" if resource is None else resource,
            access=access,
            output=output,
            tenant=self.tenant,
            agent=agent_id,
            task=task_id,
            args=dict(context or {}),
            at_ms=self._clock.now_ms(),
            spends=dict(spends or {}),
        )
        return self.ledger.verify(agent_id, facts, level=level)

    def audit(
        self,
        agent_id: str,
        action: str,
        resource: str,
        result: str,
        context: Any = None,
        parent: str | None = None,
    ) -> Admitted:
        """Record that an agent did something, signed with its own key.

        Args:
            agent_id: Who.
            action: What it did.
            resource: On what.
            result: SUCCESS, FAILURE, DENIED or PARTIAL.
            context: The circumstances, as JSON.
            parent: The digest of the note before.

        Raises:
            TarlError: as ``TrustLedger.record``.
        """
        with self._refusals.of("audit", agent_id):
            now_ms = self._now_ms()
            chains = list(self.ledger.chains(self.tenant, agent_id, at_ms=now_ms))
            circumstances = {} if context is None else context
            record = records.Audit(
                **self._head("audit", now_ms),
                agent=agent_id,
                action=action,
                resource=resource,
                result=result,
                chain=chains[-1].digest if chains else None,
                context=sha256(encode(circumstances)).hex(),
                parent=parent,
                human_origin=chains[-1].human_origin if chains else None,
            )
            signer = self.hands.of_principal(agent_id)
            return self._record(record, [signer], beside={"context": circumstances})

    # --- inside

    def _attested(
        self,
        agent_id: str,
        capabilities: Capabilities | None,
        constraints: Constraints,
        *,
        roles: Sequence[str] = (),
        depth_left: int = 0,
        task_id: str | None = None,
        audience: str | None = None,
        expires_at_ms: int | None = None,
    ) -> Chain:
        now_ms = self._now_ms()
        begun = self.ledger.beginning(self.tenant, agent_id)
        above = begun.parent
        assert above is not None
        terms = narrowed(above.terms, capabilities, constraints, self.named)
        record = records.Attestation(
            **self._head("attestation", now_ms),
            **as_members(terms),
            agent=agent_id,
            genesis=begun.digest,
            authority=above.digest,
            roles=tuple(roles),
            depth_left=depth_left,
            task=task_id,
            audience=audience,
            not_before_ms=now_ms,
            expires_at_ms=_ending(expires_at_ms, begun, now_ms),
        )
        return self._chain(self._record(record, self.hands.of_authority(above)))

    def _check_attestable(
        self, above: Link, capabilities: Capabilities | None, constraints: Constraints
    ) -> None:
        """Refuse before anything is recorded what would be refused after the beginning is."""
        outside = narrowed(above.terms, capabilities, constraints, self.named).within(above.terms)
        if outside:
            raise Denied(
                f"{above.subject} may not give that: {outside[0].text}",
                code="trust.widened",
                next_step="give no more than the authority may",
                reasons=[reason.as_data() for reason in outside[:8]],
            )

    def _terms(
        self, above: Link | None, capabilities: Capabilities, constraints: Constraints
    ) -> Grants:
        if above is None:
            return stated(capabilities, constraints, self.named)
        return narrowed(above.terms, capabilities or None, constraints, self.named)

    def _chain(self, admitted: Admitted) -> Chain:
        assert admitted.link is not None
        return Chain.of(admitted.link)


def _ending(expires_at_ms: int | None, above: Link, now_ms: int) -> int | None:
    """When a record ends: as asked, even if that is refused; else a day from now at the latest."""
    if expires_at_ms is not None:
        return expires_at_ms
    return _not_after(now_ms + LIFE_MS, above)


def _not_after(expires_at_ms: int | None, above: Link | None) -> int | None:
    """An end, no later than that of what is above."""
    end: int | None = None if above is None else above.record.expires_at_ms
    if end is None or expires_at_ms is None:
        return end if expires_at_ms is None else expires_at_ms
    return min(end, expires_at_ms)
