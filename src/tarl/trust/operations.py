"""The operations of trust for whoever has keys: establish, delegate, verify, audit, revoke.

Each makes a record, has it signed by whose word it needs, and records it. What is refused is
journalled too (``trust.refused/1``) and raised. Who may call this decides with which keys: it is
for people, the operator and the runtime, and for no protocol that agents speak.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from tarl.crypto.keys import draw_secret
from tarl.crypto.note import VerifierKey
from tarl.errors import Conflict, Denied, TarlError, Unavailable
from tarl.policy.facts import Facts
from tarl.policy.grant import Grants
from tarl.policy.named import NamedConstraints
from tarl.trust import posture as postures
from tarl.trust import records
from tarl.trust.admission import Admitted, refusal_row
from tarl.trust.chain import Chain, Link
from tarl.trust.decision import Decision, Level
from tarl.trust.kms import KeyService, SigningService
from tarl.trust.ledger import TrustLedger
from tarl.trust.preview import Preview
from tarl.trust.records import HumanOrigin, Record, Target
from tarl.trust.signed import sign
from tarl.trust.terms import (
    Capabilities,
    Constraints,
    as_members,
    delegating,
    may_delegate,
    narrowed,
    stated,
)
from tarl.values.canonical import encode
from tarl.values.digest import sha256
from tarl.values.ids import DEFAULT_TENANT

LIFE_MS = 24 * 3_600_000
"""How long an attestation or delegation holds unless told otherwise: a day."""

NONCE_BYTES = 16


class Clock(Protocol):
    """UTC in integer milliseconds."""

    def now_ms(self) -> int: ...


class TrustOperations:
    """Operations on the records of one tenant.

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
        self._keys = keys
        self._clock = clock
        self._operator = operator
        self._dice = dice

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
        with self._refusals("establish_authority", None):
            now_ms = self._now_ms()
            above = None if parent is None else self.ledger.authority(self.tenant, parent)
            terms = self._terms(above, capabilities, constraints)
            keys = [self._holder_key(member) for member in members or (authority_id,)]
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
                expires_at_ms=_clamped(expires_at_ms, above),
            )
            signers = self._signers(keys, threshold)
            vouching = [self._operators()] if above is None else self._authority_signers(above)
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
        with self._refusals("establish", agent_id):
            now_ms = self._now_ms()
            above = self.ledger.authority(self.tenant, authority_id)
            self._check_attestable(above, capabilities, constraints)
            genesis = records.Genesis(
                **self._head("genesis", now_ms),
                agent=agent_id,
                key=self._holder_key(agent_id).vkey,
                authority=above.digest,
                human_origin=human_origin,
                not_before_ms=now_ms,
                expires_at_ms=above.record.expires_at_ms,
            )
            self._record(genesis, self._authority_signers(above))
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
        with self._refusals("attest", agent_id):
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
        with self._refusals("delegate", delegator_id):
            now_ms = self._now_ms()
            asked = list(capabilities) if capabilities is not None else None
            held = self._held(delegator_id, delegatee_id, task_id, asked, parent, now_ms)
            above = held.record
            terms = narrowed(held.terms, asked, additional_constraints, self.named)
            record = records.Delegation(
                **self._head("delegation", now_ms),
                **as_members(terms),
                delegator=delegator_id,
                delegatee=delegatee_id,
                delegatee_key=self._holder_key(delegatee_id).vkey,
                parent=held.digest,
                depth_left=max(above.depth_left - 1, 0) if depth_left is None else depth_left,
                task=above.task if task_id is None else task_id,
                audience=above.audience if audience is None else audience,
                human_origin=held.origin,
                reasoning=None if reasoning is None else sha256(reasoning.encode()).hex(),
                not_before_ms=now_ms,
                expires_at_ms=_clamped(
                    now_ms + LIFE_MS if expires_at_ms is None else expires_at_ms,
                    held,
                    asked=expires_at_ms is not None,
                ),
            )
            signer = self._keys.signer(self._holder_key(delegator_id))
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
        with self._refusals("audit", agent_id):
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
            signer = self._keys.signer(self._holder_key(agent_id))
            return self._record(record, [signer], beside={"context": circumstances})

    # --- take away

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
        with self._refusals("revoke", target.agent):
            now_ms = self._now_ms()
            record = records.Revocation(
                **self._head("revocation", now_ms), target=target, reason=reason, issuer=issuer
            )
            return self._record(record, self._issuing(issuer))

    def suspend(
        self, agent_id: str, reason: str, *, until_ms: int | None = None, issuer: str = "operator"
    ) -> Admitted:
        """Let an agent, and all below it, do nothing until it is resumed or the time has come.

        Raises:
            TarlError: as ``TrustLedger.record``.
        """
        with self._refusals("suspend", agent_id):
            now_ms = self._now_ms()
            record = records.Suspension(
                **self._head("suspension", now_ms),
                agent=agent_id,
                reason=reason,
                until_ms=until_ms,
                issuer=issuer,
            )
            return self._record(record, self._issuing(issuer))

    def resume(self, agent_id: str, reason: str, *, issuer: str = "operator") -> Admitted:
        """End a suspension.

        Raises:
            TarlError: as ``TrustLedger.record``; ``trust.not_suspended``.
        """
        with self._refusals("resume", agent_id):
            now_ms = self._now_ms()
            record = records.Resumption(
                **self._head("resumption", now_ms), agent=agent_id, reason=reason, issuer=issuer
            )
            return self._record(record, self._issuing(issuer))

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
        with self._refusals("set_posture", agent_id):
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
            return self._record(record, self._issuing(issuer))

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
            expires_at_ms=_clamped(
                now_ms + LIFE_MS if expires_at_ms is None else expires_at_ms,
                begun,
                asked=expires_at_ms is not None,
            ),
        )
        return self._chain(self._record(record, self._authority_signers(above)))

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

    def _held(
        self,
        delegator: str,
        delegatee: str,
        task: str | None,
        capabilities: Capabilities | None,
        parent: str | None,
        now_ms: int,
    ) -> Link:
        """What of an agent's holdings a delegation is of: the first that covers it, else any."""
        if parent is not None:
            return self.ledger.book(self.tenant).get(parent)
        book = self.ledger.book(self.tenant)
        facts = delegating(delegator, delegatee, tenant=self.tenant, task=task, at_ms=now_ms)
        last: Link | None = None
        for chain in self.ledger.chains(self.tenant, delegator, at_ms=now_ms):
            link = chain.leaf
            if book.standing.why_void(link, now_ms) is not None or now_ms >= link.expires_at_ms:
                continue
            last = link
            fits = link.record.task in (None, task) or task is None
            wanted = narrowed(link.terms, capabilities, None, self.named)
            if (
                fits
                and link.record.depth_left > 0
                and may_delegate(link.terms, facts)
                and not wanted.within(link.terms)
            ):
                return link
        if last is None:
            raise Denied(
                f"{delegator} holds nothing that it could hand on",
                code="trust.no_grant",
                next_step="tarl trust show AGENT",
                agent=delegator,
            )
        return last

    def _terms(
        self, above: Link | None, capabilities: Capabilities, constraints: Constraints
    ) -> Grants:
        if above is None:
            return stated(capabilities, constraints, self.named)
        return narrowed(above.terms, capabilities or None, constraints, self.named)

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

    def _holder_key(self, name: str) -> VerifierKey:
        return self.ledger.book(self.tenant).holders.get(name).key

    def _record(
        self,
        record: Record,
        signers: Iterable[SigningService],
        beside: dict[str, Any] | None = None,
    ) -> Admitted:
        by_label = {signer.verifier.label: signer for signer in signers}
        envelope = sign(record, *by_label.values()).envelope
        return self.ledger.record(envelope, at_ms=self._clock.now_ms(), beside=beside)

    def _chain(self, admitted: Admitted) -> Chain:
        assert admitted.link is not None
        return Chain.of(admitted.link)

    # --- whose keys

    def _operators(self) -> SigningService:
        if self._operator is None:
            raise Unavailable(
                "nobody here signs for the operator",
                code="trust.key_unavailable",
                next_step="do it where the operator's key is",
            )
        return self._operator

    def _issuing(self, issuer: str) -> list[SigningService]:
        if issuer == "operator":
            return [self._operators()]
        book = self.ledger.book(self.tenant)
        editions = list(book.authorities(issuer))
        if editions:
            return self._authority_signers(editions[-1])
        return [self._keys.signer(self._holder_key(issuer))]

    def _authority_signers(self, authority: Link) -> list[SigningService]:
        book = self.ledger.book(self.tenant)
        owners = [book.holders.owner(vkey) for vkey in authority.record.keys]
        keys = [self._holder_key(owner) for owner in owners if owner is not None]
        return self._signers(keys, authority.record.threshold)

    def _signers(self, keys: Iterable[VerifierKey], threshold: int) -> list[SigningService]:
        """As many of the keys' signers as are needed, of those that can be had here."""
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

    # --- refusals

    @contextmanager
    def _refusals(self, operation: str, agent: str | None) -> Iterator[None]:
        """Journals what is refused inside, and raises it."""
        try:
            yield
        except TarlError as error:
            self._journal_refusal(error, operation, agent)
            raise

    def _journal_refusal(self, error: TarlError, operation: str, agent: str | None) -> None:
        store, now_ms = self.ledger.store, self._clock.now_ms()
        for _ in range(REFUSAL_TRIES_MAX):
            try:
                store.commit(
                    refusal_row(
                        store, self.tenant, error, operation=operation, agent=agent, at_ms=now_ms
                    )
                )
            except Conflict:
                continue
            except TarlError:
                pass  # the refusal itself is raised; a journal that cannot be written says so next
            return


REFUSAL_TRIES_MAX = 20


def _clamped(expires_at_ms: int | None, above: Link | None, *, asked: bool = True) -> int | None:
    """When a record ends: as asked, even if that is refused; else no later than what is above."""
    if above is None or above.record.expires_at_ms is None:
        return expires_at_ms
    end: int = above.record.expires_at_ms
    if expires_at_ms is None:
        return end
    return expires_at_ms if asked else min(expires_at_ms, end)


def _evidence(evidence: postures.Evidence | Mapping[str, int] | None) -> dict[str, Any]:
    if evidence is None:
        return {}
    if isinstance(evidence, postures.Evidence):
        return {name: getattr(evidence, name) for name in evidence.__struct_fields__}
    return dict(evidence)
