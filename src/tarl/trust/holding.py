"""What of an agent's holdings it hands on, when it does not say which."""

from __future__ import annotations

from tarl.errors import Denied
from tarl.policy.facts import Facts
from tarl.policy.named import NamedConstraints
from tarl.trust.chain import Link
from tarl.trust.ledger import TrustLedger
from tarl.trust.terms import Capabilities, may_delegate, narrowed


def holding(
    ledger: TrustLedger,
    facts: Facts,
    capabilities: Capabilities | None,
    named: NamedConstraints,
    *,
    parent: str | None = None,
) -> Link:
    """The first of an agent's holdings that covers a delegation; one that does not, for the refusal
    to say why, if none does.

    Args:
        ledger: The records.
        facts: The handing on, as ``terms.delegating`` has it.
        capabilities: What is handed on; all of it when left out.
        named: What names of constraints mean.
        parent: The digest of the holding, when it is said.

    Raises:
        Missing: there is no such holding.
        Denied: the agent holds nothing (``trust.no_grant``).
    """
    tenant, agent, now_ms = facts.tenant or "", facts.agent or "", facts.at_ms or 0
    book = ledger.book(tenant)
    if parent is not None:
        return book.get(parent)
    last: Link | None = None
    for chain in ledger.chains(tenant, agent, at_ms=now_ms):
        link = chain.leaf
        if book.why_void(link, now_ms) is not None or now_ms >= link.expires_at_ms:
            continue
        last = link
        wanted = narrowed(link.terms, capabilities, None, named)
        if (
            (link.record.task in (None, facts.task) or facts.task is None)
            and link.record.depth_left > 0
            and may_delegate(link.terms, facts)
            and not wanted.within(link.terms)
        ):
            return link
    if last is None:
        raise Denied(
            f"{agent} holds nothing that it could hand on",
            code="trust.no_grant",
            next_step="tarl trust show AGENT",
            agent=agent,
        )
    return last
