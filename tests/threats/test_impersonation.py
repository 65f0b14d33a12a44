"""Row 15: somebody passes for the supervisor, or claims to act for somebody.

Roles come from a signed attestation and are not handed on; the human origin is signed by the
authority at an agent's beginning, and is the same in everything below it.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.threats.world import DELEGATE, LOG, MAIL, OPERATOR, World, world

from tarl.errors import TarlError
from tarl.trust.chain import Chain
from tarl.trust.decision import LEVELS
from tarl.trust.ledger import TrustLedger
from tarl.trust.records import HumanOrigin

ALICE = HumanOrigin(
    human="alice", name="Alice", provider="idp", session="s1", authenticated_at_ms=1
)
CEO = HumanOrigin(human="ceo", name="The CEO", provider="idp", session="s9", authenticated_at_ms=1)


def ledger(made: World) -> TrustLedger:
    return TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)


def chain(made: World, digest: str) -> Chain:
    return ledger(made).chain(made.tenant, digest)


def test_a_role_is_what_the_authority_attests_to_and_nothing_else() -> None:
    """Whatever they are called; and it is not handed on with a delegation."""
    made, acme = world()
    boss = made.agent("worker-7", acme, may=(MAIL, DELEGATE), roles=("supervisor",))
    fake = made.agent("supervisor", acme, may=(MAIL,))
    made.principal("Supervisor-x")
    given = made.delegate("worker-7", "Supervisor-x", boss, may=(MAIL,))
    assert chain(made, boss).roles == ("supervisor",)
    assert chain(made, fake).roles == ()
    assert chain(made, given).roles == ()


def test_nobody_attests_a_role_to_themselves() -> None:
    made, acme = world()
    made.principal("eve")
    genesis = made.genesis("eve", acme)
    own = made.attest(
        "eve", genesis, acme, may=(MAIL,), roles=("supervisor",), by=(made.key("eve"),)
    )
    with pytest.raises(TarlError):
        chain(made, own)
    for member in ("roles", "role", "supervisor"):
        held = made.delegated("eve", "eve", genesis, may=(MAIL,))
        payload = json.loads(held.payload)
        payload[member] = ["supervisor"]
        text = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
        bad = made.spelled(held.record, text, (made.key("eve"),))
        with pytest.raises(TarlError):
            ledger(made).record(bad.envelope, at_ms=made.at_ms)


@pytest.mark.parametrize("claimed", [CEO, None])
def test_a_delegation_names_the_origin_of_its_chain(claimed: HumanOrigin | None) -> None:
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE), human_origin=ALICE)
    made.principal("bob")
    forged = made.delegated("ada", "bob", held, may=(MAIL,), human_origin=claimed)
    with pytest.raises(TarlError) as caught:
        ledger(made).record(forged.envelope, at_ms=made.at_ms)
    assert caught.value.code == "trust.origin"
    made.journal(forged)
    assert not made.allows("bob")
    made.delegate("ada", "bob", held, may=(MAIL,), human_origin=ALICE)
    assert made.allows("bob")


def test_an_origin_is_not_invented_below_an_agent_that_has_none() -> None:
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    made.delegate("ada", "bob", held, may=(MAIL,), human_origin=CEO)
    assert not made.allows("bob")


@pytest.mark.parametrize("member", ["human", "name", "provider", "session", "authenticated_at_ms"])
def test_each_part_of_an_origin_is_signed(member: str) -> None:
    """Changed in the envelope without a new signature, it is refused; changed by the delegator, it
    is another than its chain's.
    """
    made, acme = world()
    made.principal("ada")
    begun = made.signed(
        "genesis",
        (made.key("acme"),),
        agent="ada",
        key=made.key("ada").verifier.vkey,
        authority=acme,
        human_origin=ALICE,
        not_before_ms=0,
        expires_at_ms=None,
    )
    payload: Any = json.loads(begun.payload)
    payload["human_origin"][member] = 2 if member == "authenticated_at_ms" else "ceo"
    text = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    forged = {**begun.envelope, "payload": base64.b64encode(text).decode()}
    with pytest.raises(TarlError) as caught:
        ledger(made).record(forged, at_ms=made.at_ms)
    assert caught.value.code == "trust.signature"


def test_only_the_authority_says_who_is_behind_an_agent() -> None:
    made, acme = world()
    for name in ("ada", "eve"):
        made.principal(name)
    begun = made.genesis("eve", acme, human_origin=CEO, by=(made.key("eve"),))
    made.attest("eve", begun, acme, may=(MAIL,))
    assert not made.allows("eve")


def test_facts_and_arguments_name_nobody() -> None:
    """What a caller says beside the record of who it is has no ear."""
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,), human_origin=ALICE)
    made.principal("eve")
    tricks = {
        "agent": "ada",
        "human_origin": {"human": "alice"},
        "role": "supervisor",
        "x-user-id": "alice",
        "delegation_chain": ["alice", "ada"],
    }
    assert not made.allows("eve", args=tricks)
    for level in LEVELS:
        facts = made.facts("ada", "mail.send", "mailbox/alice", args=tricks)
        assert not made.fresh().verify("eve", facts, level=level).allowed
