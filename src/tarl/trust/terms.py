"""What records permit: their grants under their envelope, as ``policy`` decides about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tarl.policy.envelope import Envelope
from tarl.policy.facts import Facts
from tarl.policy.grant import Grant, Grants
from tarl.policy.named import NamedConstraints
from tarl.trust.records import Permitting
from tarl.values.ids import encode_segment

DELEGATE = "trust.delegate"
"""The action that the right to delegate is; its resource is the agent that it is handed to."""

TERMS_REMEMBERED_MAX = 16_384
"""Terms are a function of a record's bytes; beyond it all are dropped."""

_CONSTANT = frozenset({"action", "resource", "access", "output", "task", "agent", "tenant"})
_known: dict[str, Grants] = {}
_varies: dict[str, bool] = {}

Capabilities = Iterable[Grant | str]
Constraints = Envelope | Iterable[str] | None


def terms_of(record: Permitting, digest: str) -> Grants:
    """What a record permits by itself.

    Raises:
        Invalid, Exceeded: its grants or its envelope are none (``grant.*``, ``constraint.*``).
    """
    terms = _known.get(digest)
    if terms is None:
        terms = Grants.from_data(list(record.grants), record.envelope)
        if len(_known) >= TERMS_REMEMBERED_MAX:
            _known.clear()
        _known[digest] = terms
    return terms


def varies(terms: Grants, digest: str) -> bool:
    """Whether what they allow depends on more than the names in the facts: on arguments, on the
    hour or on what is spent.
    """
    known = _varies.get(digest)
    if known is None:
        if len(_varies) >= TERMS_REMEMBERED_MAX:
            _varies.clear()
        envelopes = (terms.envelope, *(grant.constraints for grant in terms.grants))
        known = any(not _CONSTANT.issuperset(envelope.constraints) for envelope in envelopes)
        _varies[digest] = known
    return known


def may_delegate(terms: Grants, facts: Facts) -> bool:
    """Whether they hold the right to delegate, as a grant of its own whose constraints admit it.

    The envelope of the whole is not asked: it is about effects, and what is handed on lies within
    it.
    """
    covering = terms.covering(facts.action, facts.resource)
    return any(grant.constraints.admits(facts) for grant in covering)


def delegating(
    delegator: str, delegatee: str, *, tenant: str, task: str | None, at_ms: int
) -> Facts:
    """Handing something on, as an effect."""
    return Facts(
        action=DELEGATE,
        resource=f"agent/{encode_segment(delegatee)}",
        access="write",
        tenant=tenant,
        agent=delegator,
        task=task,
        at_ms=at_ms,
    )


def narrowed(
    above: Grants,
    capabilities: Capabilities | None,
    constraints: Constraints,
    named: NamedConstraints,
) -> Grants:
    """What is handed on of what is held: the capabilities, under the envelope above and more.

    A capability that is named by its action alone takes over the constraints of the grants that
    cover it. Nothing is taken away silently: what is not held stays in, and is refused.

    Args:
        above: What is held.
        capabilities: Grants, or names of actions; all that is held when left out.
        constraints: An envelope, or names of constraints.
        named: What the names mean.
    """
    envelope = above.envelope.meet(envelope_of(constraints, named))
    if capabilities is None:
        return Grants(above.grants, envelope)
    grants: dict[Grant, None] = {}
    for capability in capabilities:
        if isinstance(capability, Grant):
            grants[capability] = None
            continue
        met = Grants([Grant(capability)]).meet(Grants(above.grants)).grants
        for grant in met or (Grant(capability),):
            grants[grant] = None
    return Grants(grants, envelope)


def stated(capabilities: Capabilities, constraints: Constraints, named: NamedConstraints) -> Grants:
    """Capabilities and constraints as they are said, without anything above them."""
    grants = [Grant(c) if isinstance(c, str) else c for c in capabilities]
    return Grants(grants, envelope_of(constraints, named))


def envelope_of(constraints: Constraints, named: NamedConstraints) -> Envelope:
    """An envelope, or what names of constraints mean.

    Raises:
        Invalid: nobody registered one of the names (``constraint.unknown``).
    """
    if isinstance(constraints, Envelope):
        return constraints
    return named.envelope(constraints or ())


def as_members(terms: Grants) -> dict[str, Any]:
    """Grants and envelope as members of a record."""
    data = terms.as_data()
    return {"grants": tuple(data["grants"]), "envelope": data["envelope"]}
