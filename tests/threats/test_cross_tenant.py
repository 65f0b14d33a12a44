"""Row 13: authority of one tenant is used in another."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from tests.threats.world import DELEGATE, LOG, MAIL, OPERATOR, World, memory, world
from tests.unit.kernel.voters import someone

from tarl.errors import Denied, TarlError
from tarl.trust import events
from tarl.trust.budget import Account, Budgets, Charge
from tarl.trust.chain import Place
from tarl.trust.decision import LEVELS
from tarl.trust.keyholders import FUTURE
from tarl.trust.ledger import TrustLedger
from tarl.trust.links import check_link

TENANTS = ("one", "two")


@pytest.fixture
def both() -> dict[str, tuple[World, str, str]]:
    """Two tenants of one journal, with the same names in both; only in one Ada may mail."""
    store = memory()
    found = {}
    for tenant in TENANTS:
        made, acme = world(store, tenant=tenant)
        may = (MAIL, DELEGATE) if tenant == "one" else ("read.*", DELEGATE)
        held = made.agent("ada", acme, may=may)
        for name in ("bob", "eve"):
            made.principal(name)
        found[tenant] = made, acme, held
    return found


Both = dict[str, tuple[World, str, str]]


def test_what_is_held_in_one_is_not_held_in_the_other(both: Both) -> None:
    assert both["one"][0].allows("ada")
    assert not both["two"][0].allows("ada")


def test_the_product_of_tenants(both: Both) -> None:
    """Facts of one tenant, agent registered in both, grant of either."""
    for asked, holder in product(TENANTS, TENANTS):
        made, _, held = both[asked][0], both[holder][1], both[holder][2]
        for level in LEVELS:
            facts = made.facts("ada", "mail.send", "mailbox/alice")
            allowed = made.fresh().verify("ada", facts, level=level, grant=held).allowed
            assert allowed is (asked == holder == "one")


def test_a_record_below_one_of_another_tenant_does_not_hold(both: Both) -> None:
    one, _, held = both["one"]
    two, acme_two, _ = both["two"]
    two.delegate("ada", "bob", held, may=(MAIL,))
    assert not two.allows("bob")
    _, acme_one, _ = both["one"]
    genesis = two.genesis("eve", acme_one)
    two.attest("eve", genesis, acme_one, may=(MAIL,))
    assert not two.allows("eve")
    del acme_two, one


def test_a_key_of_another_tenant_signs_nothing_here(both: Both) -> None:
    one, _, held = both["one"]
    two, _, _ = both["two"]
    one.delegate("ada", "bob", held, may=(MAIL,), by=(two.key("ada"),))
    assert not one.allows("bob")
    one.delegate("ada", "bob", held, may=(MAIL,), delegatee_key=two.key("bob").verifier.vkey)
    assert not one.allows("bob")


def test_a_record_in_a_stream_of_another_tenant_permits_nothing(both: Both) -> None:
    """Written past the door into the other tenant's stream."""
    one, _, held = both["one"]
    two, _, _ = both["two"]
    given = one.delegated("ada", "bob", held, may=(MAIL,))
    two.journal(given, stream=events.agent_stream("two", "bob"))
    for made in (one, two):
        assert not made.allows("bob")
    assert two.why("bob") == {"trust.tenant"}


def test_a_whole_chain_that_is_copied_into_another_tenant_permits_nothing(both: Both) -> None:
    """The same names there, and the same operator."""
    one, acme, held = both["one"]
    two, _, _ = both["two"]
    book = one.fresh().book("one")
    leaf = book.get(held)
    for link in reversed(list(leaf.up())):
        two.journal(link.signed, stream=link.place.stream.replace("/one/", "/two/"))
    assert acme in {link.digest for link in leaf.up()}
    assert not two.allows("ada")


def test_each_rule_about_tenants_holds_by_itself(both: Both) -> None:
    """A link of the other tenant as the parent, and keys of the other tenant's names, whoever
    should have brought them this far.
    """
    one, _, held = both["one"]
    two, _, _ = both["two"]
    parent = one.fresh().book("one").get(held)
    book = two.fresh().book("two")
    place = Place("agent/two/bob", 1, FUTURE, two.at_ms)
    for tenant, by in (("two", two), ("two", one)):
        given = two.delegated("ada", "bob", held, may=(MAIL,), tenant=tenant, by=(by.key("ada"),))
        with pytest.raises(Denied) as caught:
            check_link(given, place, parent, book.signers(place))
        assert caught.value.code == "trust.tenant"
    assert book.holders.owner(two.key("ada").verifier.vkey) == "ada"
    assert book.holders.owner(one.key("ada").verifier.vkey) is None


def test_a_revocation_of_one_tenant_is_none_of_the_other(both: Both) -> None:
    both["two"][0].revoke(agent="ada")
    assert both["one"][0].allows("ada")
    both["one"][0].revoke(agent="ada")
    assert not both["one"][0].allows("ada")


def test_the_door_takes_nothing_that_names_two_tenants(both: Both) -> None:
    one, _, held = both["one"]
    ledger = TrustLedger(one.store, operator=OPERATOR.verifier, log_key=LOG.verifier)
    given: Any = one.delegated("ada", "bob", held, may=(MAIL,), tenant="two")
    with pytest.raises(TarlError):
        ledger.record(given.envelope, at_ms=one.at_ms)


def test_messages_and_budgets_are_a_tenants_own(both: Both) -> None:
    one, two = both["one"][0], both["two"][0]
    budgets = Budgets(one.store)
    charge = Charge("EUR", 5, (Account("g", 5),))
    budgets.reserve("one", "ada", "k", [charge], at_ms=one.at_ms)
    budgets.reserve("two", "ada", "k", [charge], at_ms=one.at_ms)
    assert budgets.balance("one", "g", "EUR").reserved == 5
    assert two.principals.find(someone("ada", "two")) is not None


def test_an_empty_or_odd_tenant_holds_nothing(both: Both) -> None:
    made = both["one"][0]
    for tenant in ("", "two", "One", "one/", "one%2F", "*", None):
        facts = made.facts("ada", "mail.send", "mailbox/alice", tenant=tenant)
        for level in LEVELS:
            assert not made.fresh().verify("ada", facts, level=level).allowed, tenant
