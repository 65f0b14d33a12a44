"""Row 1: a deputy is talked into using authority for something that it was not given for.

Permission is of an action on a resource for a task to an audience in a tenant; whatever of the five
differs, it is another permission.
"""

from __future__ import annotations

from itertools import product

import pytest
from tests.threats.world import DELEGATE, MAIL, World, grants, world

from tarl.trust.decision import LEVELS

ACTIONS = ("mail.send", "mail.read", "mail", "mail.send.now", "pay.send", "Mail.send")
RESOURCES = ("mailbox/alice", "mailbox/bob", "mailbox", "mailbox/alice/x", "mailbox/%61lice")
TASKS = ("t1", "t2", "T1", "", None)
GIVEN = {"action": "mail.send", "resource": "mailbox/alice"}


@pytest.fixture(scope="module")
def deputies() -> World:
    """Ada holds it by attestation, Bob by delegation; both for one task only."""
    made, acme = world()
    held = made.agent("ada", acme, may=(GIVEN, DELEGATE), task="t1")
    made.principal("bob")
    made.delegate("ada", "bob", held, may=(GIVEN,), task="t1")
    return made


@pytest.mark.parametrize("agent", ["ada", "bob"])
def test_only_what_was_given_passes(deputies: World, agent: str) -> None:
    for action, resource, task in product(ACTIONS, RESOURCES, TASKS):
        wanted = (action, resource, task) == ("mail.send", "mailbox/alice", "t1")
        assert deputies.allows(agent, action, resource, task=task) is wanted, (
            action,
            resource,
            task,
        )


def test_what_is_for_one_audience_is_denied_by_every_other() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), audience="tarl/elsewhere")
    made.agent("eve", acme, may=(MAIL,), audience=made.store.origin)
    assert not made.allows("ada")
    assert made.allows("eve")
    for level in LEVELS:
        there = made.fresh(audiences=("tarl/elsewhere",))
        assert made.ask("ada", level=level, verifier=there).allowed


def test_a_grant_is_its_holders(deputies: World) -> None:
    """Knowing the digest of another's grant is no authority, and facts name who acts."""
    grant = deputies.ask("ada").grant
    assert grant is not None
    mallory = "mallory"
    deputies.principal(mallory)
    for level in LEVELS:
        facts = deputies.facts(mallory, "mail.send", "mailbox/alice")
        assert not deputies.fresh().verify(mallory, facts, level=level, grant=grant).allowed
        facts = deputies.facts("ada", "mail.send", "mailbox/alice")
        assert not deputies.fresh().verify(mallory, facts, level=level).allowed
        theirs = deputies.facts(mallory, "mail.send", "mailbox/alice")
        assert not deputies.fresh().verify("ada", theirs, level=level).allowed
        assert deputies.fresh().verify("ada", facts, level=level, grant=grant).allowed


def test_a_narrower_grant_does_not_borrow_from_a_wider_one_of_another_task() -> None:
    made, acme = world()
    made.principal("ada")
    genesis = made.genesis("ada", acme)
    made.attest("ada", genesis, acme, may=(("mail.send", "mailbox/alice"),), task="t1")
    made.attest("ada", genesis, acme, may=(("mail.read", "mailbox/*"),), task="t2")
    assert made.allows("ada", "mail.send", "mailbox/alice", task="t1")
    assert made.allows("ada", "mail.read", "mailbox/bob", task="t2")
    assert not made.allows("ada", "mail.send", "mailbox/alice", task="t2")
    assert not made.allows("ada", "mail.read", "mailbox/bob", task="t1")


def test_constraints_of_two_grants_do_not_mix() -> None:
    """What one grant allows the arguments of does not lend them to the other's action."""
    made, acme = world()
    small = {"args.amount_minor": [{"kind": "at_most", "limit": 10}]}
    held = grants(
        {"action": "pay.send", "resource": "account/*", "constraints": small},
        {"action": "pay.quote", "resource": "account/*"},
    )
    made.agent("ada", acme, may=held)
    assert made.allows("ada", "pay.quote", "account/x", args={"amount_minor": 10**9})
    assert made.allows("ada", "pay.send", "account/x", args={"amount_minor": 10})
    assert not made.allows("ada", "pay.send", "account/x", args={"amount_minor": 11})
    assert not made.allows("ada", "pay.send", "account/x")
