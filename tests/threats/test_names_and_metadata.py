"""Row 16: a name, or what stands beside a record, is taken for authority.

A principal is its registered key. A name that looks like another's, a kind that it is not, an event
beside the records: none of them permits anything.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from tests.threats.world import DELEGATE, MAIL, OPERATOR, STRANGER, World, world
from tests.unit.kernel.voters import signer, someone

from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.errors import TarlError
from tarl.journal.store import Batch
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.register import continued
from tarl.trust import events
from tarl.values.canonical import encode

LOOKALIKES = (
    "Ada",
    "ada ",
    " ada",
    "\u0430da",  # a Cyrillic letter
    "ada\u200b",  # a space of no width
    "a\u0064a",
    "ada/",
    "ada%20",
    "default/ada",
    "ａｄａ",
    "ada\u0301",
)


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_name_that_looks_like_anothers_holds_nothing_of_it(name: str) -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,))
    if name == "ada":
        assert made.allows(name)
        return
    with contextlib.suppress(TarlError):
        made.principal(name)
    assert not made.allows(name)


def test_a_name_is_registered_once() -> None:
    """Nobody registers under a name that is taken, with another key or another kind."""
    made, _ = world()
    made.principal("ada")
    other = signer(someone("ada"), 5)
    for kind in principals.KINDS:
        statement = principals.key_statement(someone("ada"), kind, other.verifier, serial=1)
        with pytest.raises(TarlError) as caught:
            made.principals.register(
                someone("ada"), principals.sign(statement, other), at_ms=made.at_ms
            )
        assert caught.value.code == "principal.exists"


@pytest.mark.parametrize("kind", ["human", "service"])
def test_what_is_no_agent_acts_as_none(kind: Any) -> None:
    """Though it has an agent's records: its kind is in the statement that its key signed."""
    made, acme = world()
    made.principal("ada", kind)
    genesis = made.genesis("ada", acme)
    made.attest("ada", genesis, acme, may=(MAIL,))
    assert not made.allows("ada")


def test_who_is_registered_nowhere_holds_nothing() -> None:
    made, acme = world()
    key = signer(someone("ghost")).verifier.vkey
    genesis = made.journal(
        made.signed(
            "genesis",
            (made.key("acme"),),
            agent="ghost",
            key=key,
            authority=acme,
            human_origin=None,
            not_before_ms=0,
            expires_at_ms=None,
        )
    )
    made.attest("ghost", genesis, acme, may=(MAIL,))
    assert not made.allows("ghost")


def test_a_key_that_calls_itself_the_operators_vouches_for_nobody() -> None:
    """Its label is the operator's name with another key's hash; or even the very label."""
    made = World()
    made.principal("evil", "service")
    forged = made.signed(
        "authority",
        (STRANGER, made.key("evil")),
        authority="evil",
        name="acme",
        keys=(made.key("evil").verifier.vkey,),
        threshold=1,
        delegable=True,
        parent=None,
        grants=({"action": "*", "resource": "*", "constraints": {}},),
        envelope={},
        not_before_ms=0,
        expires_at_ms=None,
    )
    label = OPERATOR.verifier.label
    (_, data), own = forged.signatures
    for made_up in (forged, forged._replace(signatures=((label, data), own))):
        digest = made.journal(made_up)
        name = made.principal(f"agent{len(made_up.signatures[0][0])}-{made_up is forged}")
        genesis = made.genesis(name, digest, by=(made.key("evil"),))
        made.attest(name, genesis, digest, may=(MAIL,), by=(made.key("evil"),))
        assert not made.allows(name)


def test_an_authority_of_the_same_display_name_is_another() -> None:
    made, acme = world()
    made.principal("acme2", "service")
    digest = made.authority("acme2", display="acme", above=None)
    made.agent("ada", acme, may=(MAIL,))
    made.principal("eve")
    genesis = made.genesis("eve", digest, by=(made.key("acme2"),))
    made.attest("eve", genesis, digest, may=(MAIL,), by=(made.key("acme2"),))
    assert not made.allows("eve")
    assert made.allows("ada")


def test_a_signer_under_anothers_label_is_not_the_other() -> None:
    """The label holds four bytes of a hash, which can be found for another key: the whole key
    counts, not its label.
    """
    made, acme = world()
    held = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    real = made.key("ada")
    thief = Signer(real.name, SigningKey(b"\x07" * 32))
    forged = made.delegated("ada", "bob", held, may=(MAIL,), by=(thief,))
    ((_, data),) = forged.signatures
    made.journal(forged._replace(signatures=((real.verifier.label, data),)))
    assert not made.allows("bob")


def test_what_stands_beside_a_record_says_nothing() -> None:
    """Members of the event beside the envelope, and events of a kind that is not the record's."""
    made, acme = world()
    made.principal("eve")
    stream = events.agent_stream(made.tenant, "eve")
    genesis = made.genesis("eve", acme)
    narrow = made.signed(
        "attestation",
        (made.key("acme"),),
        agent="eve",
        genesis=genesis,
        authority=acme,
        grants=({"action": "mail.read", "resource": "mailbox/*", "constraints": {}},),
        envelope={},
        roles=(),
        depth_left=0,
        task=None,
        audience=None,
        not_before_ms=0,
        expires_at_ms=made.at_ms + 1000,
    )
    writer = continued(made.store, stream, tenant=made.tenant)
    beside = {
        "envelope": narrow.envelope,
        "grants": [{"action": "*"}],
        "verified": True,
        "context": {"roles": ["supervisor"], "agent": "ada"},
    }
    row = writer.append(events.ATTESTATION, encode(beside), at_ms=made.at_ms)
    made.store.commit(Batch([row]))
    assert made.allows("eve", "mail.read")
    assert not made.allows("eve", "mail.send")
    made.journal_envelope(narrow.envelope, events.DELEGATION, stream=stream)
    assert not made.allows("eve", "mail.send")
    # Nor does it hold what it did, for who looks it up now: it stands where it does not belong.
    assert not made.ask("eve", "mail.read", verifier=made.fresh()).allowed


def test_an_unsigned_registration_in_the_journal_is_nobodys() -> None:
    """A principal's event written past the register, with a key that never signed for itself."""
    made, acme = world()
    mallory = signer(someone("mallory"), 1)
    other = signer(someone("mallory"), 2)
    statement = principals.key_statement(someone("mallory"), "agent", mallory.verifier, serial=1)
    envelope = principals.sign(statement, other)
    writer = continued(made.store, someone("mallory").stream, tenant=made.tenant)
    body = encode({"envelope": envelope, "recovered": None})
    made.store.commit(Batch([writer.append(principals.REGISTERED, body, at_ms=made.at_ms)]))
    genesis = made.genesis("mallory", acme, key=mallory.verifier.vkey)
    made.attest("mallory", genesis, acme, may=(MAIL,))
    assert not made.allows("mallory")
