"""What the records of trust say of an agent that policies ask about: its roles and its posture."""

from __future__ import annotations

from collections.abc import Callable

from tarl.governance.policies.questions import Traits, TraitsOf
from tarl.trust.chain import Chain
from tarl.trust.ledger import TrustLedger


def traits_in(ledger: TrustLedger, now_ms: Callable[[], int]) -> TraitsOf:
    """Reads an agent's traits: the roles of what it holds and nobody has taken away, and where it
    stands.

    The function raises whatever the ledger raises about records that do not hold.
    """

    def traits(tenant: str, agent: str) -> Traits:
        at_ms = now_ms()
        book = ledger.book(tenant)
        links = (book.get(digest) for digest in book.holdings(agent, at_ms))
        live = [Chain.of(link) for link in links if book.why_void(link, at_ms) is None]
        roles = {role for chain in live for role in chain.roles}
        return Traits(tuple(sorted(roles)), book.standing.posture_of(agent))

    return traits
