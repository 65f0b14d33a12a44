"""Which accounts bear what an effect spends: its grant's budgets and those of every ancestor.

Each record of a chain has an account for each unit that its envelope bounds, named by the record's
digest, and one for each of its grants that bounds a unit and covers the effect, named by the digest
and the grant's place (``<digest>/<n>``). Where several grants cover an effect all of them are
charged: that may refuse early, and never lets more pass than any of them says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tarl.policy.capability import covers, covers_resource
from tarl.policy.facts import Facts
from tarl.trust.budget import Account, Charge
from tarl.trust.chain import Link


def charges_of(permitted: Iterable[tuple[Link, Facts]]) -> list[Charge]:
    """What an effect is to be charged, by unit.

    Args:
        permitted: The actions of the effect, each with the link that permits it. What it spends is
            the same in all; an account that bears several actions is charged once.
    """
    spends: dict[str, int] = {}
    accounts: dict[str, dict[str, Account]] = {}
    for leaf, facts in permitted:
        for unit, amount in facts.spends.items():
            spends[unit] = max(amount, spends.get(unit, 0))
            borne = accounts.setdefault(unit, {})
            for account in _accounts(leaf, facts, unit):
                borne.setdefault(account.grant, account)
    return [
        Charge(unit, amount, tuple(accounts[unit].values()))
        for unit, amount in sorted(spends.items())
    ]


def _accounts(leaf: Link, facts: Facts, unit: str) -> Iterator[Account]:
    for link in leaf.up():
        if link.kind == "genesis":
            continue  # permits what its authority's record does, which is next
        limit = link.terms.envelope.budgets.get(unit)
        if limit is not None:
            yield Account(link.digest, limit)
        for place, grant in enumerate(link.terms.grants):
            limit = grant.constraints.budgets.get(unit)
            if (
                limit is not None
                and covers(grant.action, facts.action)
                and covers_resource(grant.resource, facts.resource)
            ):
                yield Account(f"{link.digest}/{place}", limit)
