"""``TrustOperations`` of the seed: ``tarl.trust.operations`` as async methods with its names.

1. Keys are real: every agent and authority has a key file under ``$TARL_HOME``, and signs itself.
2. A constraint by name that nobody registered is refused; nothing is recorded then.
3. Nothing is handed on that is not held, and every delegation expires.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.people import People
from tarl.integrations.orchestration_extended.place import SECOND_MS, Place, Where, ms_of
from tarl.integrations.trust.refusals import TrustInvalid, translated
from tarl.integrations.trust.values import (
    OWN,
    ActionResult,
    AuditAnchor,
    Authority,
    CapabilityRequest,
    DelegationRecord,
    TrustLineageChain,
    VerificationLevel,
    VerificationResult,
    capabilities_of,
    envelope_of,
    ways,
)
from tarl.journal.store import Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.principals import Kind
from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant
from tarl.policy.named import NamedConstraints
from tarl.stack import open_trust
from tarl.trust import operations as room
from tarl.trust.chain import Chain
from tarl.trust.kms import FileKeys, LocalSigner
from tarl.trust.ledger import TrustLedger
from tarl.trust.records import DELEGATION_DEPTH_MAX, HumanOrigin, Target
from tarl.trust.terms import DELEGATE
from tarl.values.ids import DEFAULT_TENANT, encode_segment
from tarl.values.instants import to_datetime

DATA_DIR = "data"

Capabilities = Iterable["CapabilityRequest | Grant | str"]
Constraints = Iterable[str] | Envelope | None


class _Opened(NamedTuple):
    ledger: TrustLedger
    operations: room.TrustOperations
    people: People


_current: ContextVar[TrustOperations | None] = ContextVar("tarl.trust_operations", default=None)


class TrustOperations:
    """Establish, delegate, verify, audit and revoke, over one journal.

    What is made last in a context is what ``TrustedAgent`` and ``create_enterprise_authority`` use
    when they are given none.

    Args:
        data_dir: Where the journal lies, ``tarl.db``.
        tenant: Whose agents.
        keyring: Where the operator's keys are; ``$TARL_HOME`` when left out.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path = DATA_DIR,
        *,
        tenant: str = DEFAULT_TENANT,
        keyring: Keyring | None = None,
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self.tenant = tenant
        self.named = NamedConstraints()
        self.keyring = (keyring or Keyring()).ensure()
        self._known: tuple[Store, _Opened] | None = None
        _current.set(self)

    @classmethod
    def current(cls) -> TrustOperations:
        """What was made last in this context; one over ``data/tarl.db`` when there is none."""
        return _current.get() or cls()

    def register_constraint(self, name: str, meaning: Envelope) -> None:
        """Give a name of a constraint a meaning, which never changes.

        Raises:
            TrustConflict: it has another one already.
        """
        with translated():
            self.named.register(name, meaning)

    # --- establish

    async def register(self, agent_id: str) -> None:
        """Make a key for an agent and register it, if nobody is registered under its name. It may
        do nothing by that.

        Raises:
            TrustError: the name cannot be one.
        """
        with self._opened() as opened:
            self._ensure(opened, agent_id, "agent")

    async def create_authority(
        self,
        authority_id: str,
        *,
        name: str | None = None,
        capabilities: Capabilities = ("*",),
        constraints: Constraints = None,
        kind: Kind = "service",
        can_delegate: bool = True,
    ) -> Authority:
        """Let a service or a human be an authority; what there is is given back as it is.

        Args:
            authority_id: The authority.
            name: What people call it.
            capabilities: What it may give to agents.
            constraints: Names of constraints, or an ``Envelope``.
            kind: What it is, if nobody is registered under this name.
            can_delegate: Whether agents below it may be given the right to delegate.

        Raises:
            TrustError: it cannot be one.
        """
        with self._opened() as opened:
            if authority_id not in opened.ledger.names(self.tenant, "authority"):
                grants = self._grants(capabilities)
                grants += [Grant(action, f"{noun}/*") for action, noun in OWN.items()]
                if can_delegate:
                    grants.append(Grant(DELEGATE, "agent/*"))
                self._ensure(opened, authority_id, kind)
                opened.operations.establish_authority(
                    authority_id,
                    capabilities=grants,
                    constraints=envelope_of(constraints, self.named),
                    name=name,
                )
            link = opened.ledger.authority(self.tenant, authority_id)
        return Authority(authority_id, link.record.name, capabilities_of(link.terms), link.digest)

    async def establish(
        self,
        agent_id: str,
        authority_id: str,
        capabilities: Capabilities,
        constraints: Constraints = None,
        *,
        human_origin: HumanOrigin | None = None,
        roles: Iterable[str] = (),
        can_delegate: bool = True,
        expires_in: float | None = None,
    ) -> TrustLineageChain:
        """Let an agent be, and attest to what it may do; a key is made for it if it has none.

        An agent that has begun is attested to further.

        Args:
            agent_id: The agent.
            authority_id: The authority.
            capabilities: What it may do.
            constraints: Names of constraints, or an ``Envelope``.
            human_origin: The person on whose behalf it acts.
            roles: What it may appear as.
            can_delegate: Whether it may hand on what it holds.
            expires_in: Seconds; a day when left out.

        Raises:
            TrustError: the authority does not exist, or may not give that.
        """
        grants = self._grants(capabilities)
        if not grants:
            raise TrustInvalid("an agent is established for something", code="grant.malformed")
        if can_delegate:
            grants.append(Grant(DELEGATE, "agent/*"))
        options: dict[str, Any] = {
            "roles": tuple(roles),
            "depth_left": DELEGATION_DEPTH_MAX if can_delegate else 0,
            "expires_at_ms": self._end_ms(expires_in),
        }
        with self._opened() as opened:
            envelope = envelope_of(constraints, self.named)
            self._ensure(opened, agent_id, "agent")
            grants += self._own(opened, agent_id, authority_id)
            if any(self._live_beginnings(opened, agent_id, authority_id)):
                chain = opened.operations.attest(agent_id, grants, envelope, **options)
            else:
                chain = opened.operations.establish(
                    agent_id,
                    authority_id,
                    grants,
                    envelope,
                    human_origin=human_origin,
                    **options,
                )
        return TrustLineageChain.of(chain, self.named)

    # --- delegate

    async def delegate(
        self,
        delegator_id: str,
        delegatee_id: str,
        task_id: str | None = None,
        capabilities: Capabilities | None = None,
        additional_constraints: Constraints = None,
        *,
        can_delegate: bool = False,
        expires_in: float | None = None,
        reasoning: str | None = None,
    ) -> DelegationRecord:
        """Let an agent hand on some of what it holds, signed with its own key.

        Args:
            delegator_id: Who hands it on.
            delegatee_id: To whom.
            task_id: The only task that it is for.
            capabilities: What; all that it holds when left out, but for the right to delegate.
            additional_constraints: Further constraints.
            can_delegate: Whether it may be handed on.
            expires_in: Seconds; a day when left out, and never longer than what is held.
            reasoning: Why, of which only a digest is recorded.

        Raises:
            TrustError: it is not held, may not be handed on, or names an unknown constraint.
        """
        with self._opened() as opened:
            envelope = envelope_of(additional_constraints, self.named)
            grants = None if capabilities is None else self._names_or_grants(capabilities)
            if grants is None:
                grants = self._all_held(opened, delegator_id)
            if can_delegate:
                grants.append(DELEGATE)
            chain = opened.operations.delegate(
                delegator_id,
                delegatee_id,
                task_id,
                grants,
                envelope,
                depth_left=None if can_delegate else 0,
                expires_at_ms=self._end_ms(expires_in),
                reasoning=reasoning,
            )
        return DelegationRecord.of(chain.leaf, self.named)

    # --- verify

    async def verify(
        self,
        agent_id: str,
        action: str,
        resource: str | None = None,
        level: VerificationLevel = VerificationLevel.STANDARD,
        context: Mapping[str, Any] | None = None,
        *,
        task_id: str | None = None,
        access: str | None = None,
        output: str | None = None,
    ) -> VerificationResult:
        """Whether an agent may do something now; whatever goes wrong means no.

        Args:
            agent_id: Who.
            action: What.
            resource: On what.
            level: How thoroughly to look.
            context: The arguments by name.
            task_id: For which task.
            access: ``read`` or ``write``; when left out, whether it may do it at all: the answer
                says how.
            output: ``text`` or ``data``; as ``access``.
        """
        held: VerificationResult | None = None
        denied: VerificationResult | None = None
        with self._opened() as opened:
            for way in ways(access, output):
                decision = opened.operations.verify(
                    agent_id,
                    action,
                    resource,
                    level.value,
                    context=context,
                    task_id=task_id,
                    access=way[0],
                    output=way[1],
                )
                result = VerificationResult.of(decision, level, agent_id, action, way)
                if result.valid:
                    return result
                held = held or (result if result.held else None)
                denied = denied or result
        answer = held or denied
        assert answer is not None
        return answer

    # --- audit

    async def audit(
        self,
        agent_id: str,
        action: str,
        result: ActionResult = ActionResult.SUCCESS,
        context: Mapping[str, Any] | None = None,
        *,
        resource: str | None = None,
        parent_anchor_id: str | None = None,
    ) -> AuditAnchor:
        """Record that an agent did something, signed with its own key.

        Raises:
            TrustError: nobody is registered under that name, or its key is not here.
        """
        circumstances = dict(context or {})
        on = resource or f"activity/{action}"
        with self._opened() as opened:
            made = opened.operations.audit(
                agent_id, action, on, result.value, circumstances, parent_anchor_id
            )
        record = made.signed.record
        return AuditAnchor(
            id=made.digest,
            agent_id=agent_id,
            action=action,
            resource=on,
            result=result,
            context=circumstances,
            parent_anchor_id=parent_anchor_id,
            timestamp=to_datetime(made.place.recorded_at_ms),
            chain_hash=record.chain,
        )

    # --- revoke

    async def revoke(
        self,
        target: DelegationRecord | TrustLineageChain | str,
        reason: str = "revoked",
        *,
        issuer_id: str = "operator",
    ) -> list[str]:
        """Take authority away for good, with everything below it; the agents that lose by it.

        Args:
            target: A delegation or a chain, whose last record it is then, or an agent's id.
            reason: Why.
            issuer_id: Who says so: the operator, or somebody above.

        Raises:
            TrustError: there is no such thing, or the issuer may not.
        """
        if isinstance(target, str):
            aimed = Target(agent=target)
        else:
            aimed = Target(
                record=target.id if isinstance(target, DelegationRecord) else target.grant_id
            )
        with self._opened() as opened:
            stopped = opened.operations.preview(aimed).agents
            opened.operations.revoke(aimed, reason, issuer=issuer_id)
        return list(stopped)

    # --- looking

    @contextmanager
    def opened(self) -> Iterator[room.TrustOperations]:
        """The room's operations, for the calling thread alone."""
        with self._opened() as opened:
            yield opened.operations

    def chains(self, agent_id: str) -> list[TrustLineageChain]:
        """The chains of all that an agent holds and that counts now, the newest last."""
        with self._opened() as opened:
            return [TrustLineageChain.of(c, self.named) for c in self._live(opened, agent_id)]

    # --- inside

    @contextmanager
    def _opened(self) -> Iterator[_Opened]:
        with translated(), self.place.ledger.held() as store:
            if self._known is None or self._known[0] is not store:
                ledger, people = open_trust(store, self.keyring), People(store, self.keyring)
                operations = room.TrustOperations(
                    ledger,
                    keys=FileKeys(people.keys),
                    clock=self.place.clock,
                    operator=LocalSigner(self.keyring.signer("operator")),
                    tenant=self.tenant,
                    named=self.named,
                )
                self._known = store, _Opened(ledger, operations, people)
            yield self._known[1]

    def _ensure(self, opened: _Opened, name: str, kind: Kind) -> None:
        id = PrincipalId(self.tenant, name)
        if opened.people.principals.find(id) is None:
            opened.people.create(id, kind=kind, at_ms=self.place.now_ms())

    def _grants(self, capabilities: Capabilities) -> list[Grant]:
        found = []
        with translated():
            for each in capabilities:
                if isinstance(each, CapabilityRequest):
                    found.append(each.grant(self.named))
                else:
                    found.append(Grant(each) if isinstance(each, str) else each)
        return found

    def _own(self, opened: _Opened, agent_id: str, authority_id: str) -> list[Grant]:
        """What an agent is given for itself, as far as the authority may give it."""
        terms = opened.ledger.authority(self.tenant, authority_id).terms
        own = [(a, f"{noun}/{encode_segment(agent_id)}") for a, noun in OWN.items()]
        return [Grant(*each) for each in own if terms.covering(*each)]

    def _names_or_grants(self, capabilities: Capabilities) -> list[Grant | str]:
        """Names stay names: they take over the constraints under which they are held."""
        return [
            each.grant(self.named) if isinstance(each, CapabilityRequest) else each
            for each in capabilities
        ]

    def _all_held(self, opened: _Opened, agent_id: str) -> list[Grant | str]:
        held: dict[str, None] = {}
        for chain in self._live(opened, agent_id):
            held.update(dict.fromkeys(capabilities_of(chain.terms)))
        return list(held)

    def _live(self, opened: _Opened, agent_id: str) -> Iterator[Chain]:
        """The chains that count now, in the order in which they were recorded."""
        now_ms = self.place.now_ms()
        book = opened.ledger.book(self.tenant)
        chains = opened.ledger.chains(self.tenant, agent_id, at_ms=now_ms)
        for chain in sorted(chains, key=lambda chain: chain.leaf.place.seq):
            leaf = chain.leaf
            if (
                leaf.not_before_ms <= now_ms < leaf.expires_at_ms
                and book.standing.why_void(leaf, now_ms) is None
                and book.why_nobody(leaf) is None
            ):
                yield chain

    def _live_beginnings(self, opened: _Opened, agent_id: str, authority_id: str) -> Iterator[bool]:
        now_ms = self.place.now_ms()
        book = opened.ledger.book(self.tenant)
        for link in book.beginnings(agent_id):
            above = link.parent
            if (
                above is not None
                and above.subject == authority_id
                and now_ms < link.expires_at_ms
                and book.standing.why_void(link, now_ms) is None
            ):
                yield True

    def _end_ms(self, expires_in: float | None) -> int | None:
        if expires_in is None:
            return None
        with translated():
            return self.place.now_ms() + ms_of(expires_in, "life", least_ms=SECOND_MS)
