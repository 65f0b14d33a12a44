"""What this face takes and gives: plain values in the seed's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from tarl.policy.envelope import Envelope
from tarl.policy.grant import Grant, Grants
from tarl.policy.named import NamedConstraints
from tarl.trust.chain import NEVER_MS, Chain, Link
from tarl.trust.decision import Decision
from tarl.trust.records import HumanOrigin
from tarl.trust.terms import DELEGATE
from tarl.values.instants import to_datetime

OWN = {"agent.run": "agent", "vote.sign": "voter"}
"""What an established agent may always be asked for, and as what: to have a turn (on
``agent/NAME``), and to sign its vote (on ``voter/NAME``). They are no capabilities that it could
lend or be chosen for, and are shown nowhere among them.
"""


class VerificationLevel(Enum):
    """How thoroughly authority is looked at; every level denies what FULL denies."""

    QUICK = "QUICK"
    STANDARD = "STANDARD"
    FULL = "FULL"


class ActionResult(Enum):
    """What came of an action."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DENIED = "DENIED"
    PARTIAL = "PARTIAL"


@dataclass(frozen=True)
class CapabilityRequest:
    """A capability that is asked for: an action or a pattern, on what, and only if.

    Attributes:
        constraints: Names of registered constraints, or an ``Envelope``.
    """

    capability: str
    resource: str = "*"
    constraints: Iterable[str] | Envelope = ()

    def grant(self, named: NamedConstraints) -> Grant:
        """The request as a grant.

        Raises:
            Invalid: a malformed pattern, or a constraint that nobody registered.
        """
        return Grant(self.capability, self.resource, envelope_of(self.constraints, named))


@dataclass(frozen=True)
class Authority:
    """Who lets agents be."""

    id: str
    name: str
    capabilities: list[str]
    digest: str


@dataclass(frozen=True)
class DelegationRecord:
    """One agent's signed word on what another may do; ``id`` is the record's digest."""

    id: str
    delegator_id: str
    delegatee_id: str
    task_id: str | None
    capabilities: list[str]
    constraints: list[str]
    delegated_at: datetime
    expires_at: datetime | None
    parent_id: str
    chain_hash: str

    @classmethod
    def of(cls, link: Link, named: NamedConstraints) -> DelegationRecord:
        """The delegation that a link of a chain is."""
        record = link.record
        above = link.up()
        giver = next((each.subject for each in above if each.subject != link.subject), "")
        return cls(
            id=link.digest,
            delegator_id=giver,
            delegatee_id=link.subject,
            task_id=record.task,
            capabilities=capabilities_of(link.terms),
            constraints=constraints_of(link.terms, named),
            delegated_at=to_datetime(record.issued_at_ms),
            expires_at=instant(record.expires_at_ms),
            parent_id="" if link.parent is None else link.parent.digest,
            chain_hash=link.chain_digest,
        )


@dataclass(frozen=True)
class TrustLineageChain:
    """The chain from an authority to what an agent holds, as it was when it was read."""

    agent_id: str
    authority_id: str
    capabilities: list[str]
    constraints: list[str]
    roles: list[str]
    delegations: list[DelegationRecord]
    human_origin: HumanOrigin | None
    expires_at: datetime | None
    grant_id: str
    chain_hash: str

    def hash(self) -> str:
        """The SHA-256 over the digests of the chain's records, in hex."""
        return self.chain_hash

    @classmethod
    def of(cls, chain: Chain, named: NamedConstraints) -> TrustLineageChain:
        """A chain of the room as this face shows it."""
        leaf = chain.leaf
        above = [link.subject for link in chain.links if link.kind == "authority"]
        return cls(
            agent_id=leaf.subject,
            authority_id=above[-1],
            capabilities=capabilities_of(leaf.terms),
            constraints=constraints_of(leaf.terms, named),
            roles=list(chain.roles),
            delegations=[
                DelegationRecord.of(link, named)
                for link in chain.links
                if link.kind == "delegation"
            ],
            human_origin=chain.human_origin,
            expires_at=instant(chain.expires_at_ms),
            grant_id=leaf.digest,
            chain_hash=chain.digest,
        )


@dataclass(frozen=True)
class VerificationResult:
    """Whether an agent may do something now, and why or why not.

    Attributes:
        held: Whether a person has to approve it first.
        access: ``read`` or ``write``: how it may be done.
        output: ``text`` or ``data``: what it may return.
    """

    valid: bool
    reason: str
    level: VerificationLevel
    agent_id: str
    action: str
    held: bool = False
    access: str | None = None
    output: str | None = None
    grant_id: str | None = None
    chain_hash: str | None = None
    codes: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.valid

    @classmethod
    def of(
        cls,
        decision: Decision,
        level: VerificationLevel,
        agent_id: str,
        action: str,
        way: tuple[str, str],
    ) -> VerificationResult:
        """A decision of the room about one way of doing it: access and output."""
        return cls(
            valid=decision.allowed,
            reason="; ".join(reason.text for reason in decision.reasons),
            level=level,
            agent_id=agent_id,
            action=action,
            held=decision.held,
            access=way[0] if decision.allowed else None,
            output=way[1] if decision.allowed else None,
            grant_id=decision.grant,
            chain_hash=decision.chain,
            codes=[reason.code for reason in decision.reasons],
        )


@dataclass(frozen=True)
class AuditAnchor:
    """An agent's signed note that it did something; ``id`` is the record's digest."""

    id: str
    agent_id: str
    action: str
    resource: str
    result: ActionResult
    context: Mapping[str, Any]
    parent_anchor_id: str | None
    timestamp: datetime
    chain_hash: str | None


@dataclass(frozen=True)
class TrustStatus:
    """How an agent stands."""

    is_trusted: bool
    capabilities: list[str]
    constraints: list[str]
    chain_hash: str | None


def ways(access: str | None, output: str | None) -> list[tuple[str, str]]:
    """The ways in which something may be done, the widest first: access and output."""
    return [
        (a, o)
        for a in ((access,) if access else ("write", "read"))
        for o in ((output,) if output else ("data", "text"))
    ]


def capabilities_of(terms: Grants) -> list[str]:
    """The actions that are granted, without the right to delegate and what every agent has."""
    actions = dict.fromkeys(grant.action for grant in terms.grants)
    return [action for action in actions if action not in (DELEGATE, *OWN)]


def constraints_of(terms: Grants, named: NamedConstraints) -> list[str]:
    """What holds of everything that is granted: names where a name says it, words otherwise."""
    names, covered = [], set()
    for name in named.names:
        meaning = named.envelope([name])
        if terms.envelope.implies(meaning):
            names.append(name)
            covered |= {(d, c) for d, several in meaning.constraints.items() for c in several}
    words = [
        f"{dimension} {constraint.words}"
        for dimension, several in terms.envelope.constraints.items()
        for constraint in several
        if (dimension, constraint) not in covered
    ]
    return names + words


def envelope_of(constraints: Iterable[str] | Envelope | None, named: NamedConstraints) -> Envelope:
    """Names of constraints, or an envelope, as an envelope.

    Raises:
        Invalid: nobody registered one of the names (``constraint.unknown``).
    """
    if isinstance(constraints, Envelope):
        return constraints
    return named.envelope([constraints] if isinstance(constraints, str) else constraints or ())


def instant(at_ms: int | None) -> datetime | None:
    """An instant as a datetime; None for what does not end."""
    return None if at_ms is None or at_ms >= NEVER_MS else to_datetime(at_ms)
