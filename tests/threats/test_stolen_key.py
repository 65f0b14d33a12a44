"""Row 11: an agent's key, or one of an authority's, is in wrong hands.

The drill: rotate with a reason, revoke what the thief made, and the thief can do nothing more; nor
can it undo any of that.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.threats.world import DELEGATE, LOG, MAIL, OPERATOR, World, world
from tests.unit.kernel.voters import signer, someone

from tarl.errors import Invalid, TarlError
from tarl.kernel.approvals import principals
from tarl.trust.ledger import TrustLedger
from tarl.trust.messages import Message, Messages, sign


def refused(made: World, envelope: Any) -> str | None:
    """Why a record is refused at the door, or None when it is taken."""
    ledger = TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)
    try:
        ledger.record(envelope, at_ms=made.at_ms)
    except TarlError as error:
        return error.code
    return None


class Theft:
    """Ada's key is stolen; the thief hands on to Eve; then Ada's key is replaced."""

    def __init__(self) -> None:
        self.world, self.acme = world()
        made = self.world
        self.held = made.agent("ada", self.acme, may=(MAIL, DELEGATE))
        for name in ("bob", "eve"):
            made.principal(name)
        self.thief = made.key("ada")
        self.loot = made.delegate("ada", "eve", self.held, may=(MAIL,), by=(self.thief,))
        assert made.allows("eve")

    def answer(self) -> None:
        self.world.rotate("ada", recovered="stolen")
        self.world.revoke(record=self.loot)


@pytest.fixture
def theft() -> Theft:
    return Theft()


def test_after_the_drill_the_thief_can_do_nothing(theft: Theft) -> None:
    made = theft.world
    theft.answer()
    assert not made.allows("eve")
    by: Any = {"by": (theft.thief,)}
    more = made.delegated("ada", "bob", theft.held, may=(MAIL,), **by)
    assert refused(made, more.envelope) == "trust.signature"
    made.journal(more)  # and past the door as well
    assert not made.allows("bob")
    back = made.delegated("ada", "bob", theft.held, may=(MAIL,), issued_at_ms=made.at_ms - 1, **by)
    assert refused(made, back.envelope) == "trust.signature"
    for kind in ("revocation", "suspension"):
        said: dict[str, Any] = {"issuer": "ada", "reason": "spite"}
        if kind == "revocation":
            from tarl.trust.records import Target

            said["target"] = Target(agent="ada")
        else:
            said |= {"agent": "ada", "until_ms": None}
        assert refused(made, made.signed(kind, (theft.thief,), **said).envelope) is not None
    note = made.signed(
        "audit",
        (theft.thief,),
        agent="ada",
        action="mail.send",
        resource="mailbox/x",
        result="SUCCESS",
        chain=None,
        context="0" * 64,
        parent=None,
        human_origin=None,
    )
    assert refused(made, note.envelope) == "trust.signature"


def test_the_thief_does_not_take_the_principal_over(theft: Theft) -> None:
    """The next key needs the signature of the one that counts, which is no longer the stolen."""
    made = theft.world
    theft.answer()
    id = someone("ada")
    for serial in (2, 3):
        own = signer(someone("ada"), 99)
        statement = principals.key_statement(id, "agent", own.verifier, serial=serial)
        with pytest.raises(TarlError):
            made.principals.rotate(
                id, principals.sign(statement, own, theft.thief), at_ms=made.at_ms
            )


def test_the_thief_says_nothing_to_others_in_the_agents_name(theft: Theft) -> None:
    made = theft.world
    theft.answer()
    said = Message(
        audience=None,
        body="it is me",
        issued_at_ms=made.at_ms,
        nonce="0" * 32,
        recipient="bob",
        sender="ada",
        tenant=made.tenant,
        ttl_ms=60_000,
    )
    with pytest.raises(TarlError) as caught:
        Messages(made.store).accept(
            sign(said, theft.thief), recipient=someone("bob"), at_ms=made.at_ms
        )
    assert caught.value.code == "message.signature"


def test_the_agent_itself_goes_on_with_its_new_key(theft: Theft) -> None:
    made = theft.world
    theft.answer()
    assert made.allows("ada")
    given = made.delegated("ada", "bob", theft.held, may=(MAIL,))
    assert refused(made, given.envelope) is None
    assert made.allows("bob")


def test_a_grace_period_is_not_for_keys_that_were_stolen() -> None:
    """A key that handed over itself may sign for a while; one that was replaced may not."""
    theft = Theft()
    with pytest.raises(Invalid) as refused_grace:
        theft.world.rotate("ada", recovered="stolen", grace_ms=60_000)
    assert refused_grace.value.code == "principal.malformed"
    for recovered, grace_ms, expected in (
        (None, 60_000, None),
        (None, 0, "trust.signature"),
        ("stolen", 0, "trust.signature"),
    ):
        theft = Theft()
        made = theft.world
        made.rotate("ada", recovered=recovered, grace_ms=grace_ms)
        ledger = TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)
        late = made.delegated("ada", "bob", theft.held, may=(MAIL,), by=(theft.thief,))
        try:
            ledger.record(late.envelope, at_ms=made.at_ms)
            code = None
        except TarlError as error:
            code = error.code
        assert code == expected


def test_revoking_the_principal_ends_all_that_it_holds_and_gave(theft: Theft) -> None:
    made = theft.world
    made.principals.revoke(someone("ada"), "stolen for good", at_ms=made.at_ms)
    for name in ("ada", "eve"):
        assert not made.allows(name)


def test_one_of_several_keys_of_an_authority_is_not_enough() -> None:
    made = World()
    for name in ("ann", "ben", "cid"):
        made.principal(name, "human")
    made.principal("board", "service")
    keys = tuple(made.key(name).verifier.vkey for name in ("ann", "ben", "cid"))
    board = made.authority(
        "board",
        keys=keys,
        threshold=2,
        by=(OPERATOR, made.key("ann"), made.key("ben")),
    )
    made.principal("ada")
    for by, holds in (
        (("ann",), False),
        (("ann", "ann"), False),
        (("ann", "ben"), True),
        (("ben", "cid"), True),
    ):
        made.principal(f"ada-{'-'.join(by)}")
        name = f"ada-{'-'.join(by)}"
        signers = tuple(made.key(each) for each in by)
        genesis = made.genesis(name, board, by=signers)
        made.attest(name, genesis, board, may=(MAIL,), by=signers)
        assert made.allows(name) is holds, by


def test_a_stolen_key_of_an_authority_is_answered_in_the_same_way() -> None:
    made, acme = world()
    made.agent("ada", acme, may=(MAIL,))
    thief = made.key("acme")
    made.rotate("acme", recovered="stolen")
    made.principal("eve")
    genesis = made.genesis("eve", acme, by=(thief,))
    made.attest("eve", genesis, acme, may=({"action": "*"},), by=(thief,))
    assert not made.allows("eve")
    assert made.allows("ada")


def test_a_key_that_is_nobodys_begins_no_agent() -> None:
    """Neither another principal's key, nor a key under the agent's name that it never took."""
    made, acme = world()
    for name in ("ada", "eve"):
        made.principal(name)
    for vkey in (made.key("eve").verifier.vkey, signer(someone("ada"), 7).verifier.vkey):
        genesis = made.genesis("ada", acme, key=vkey)
        made.attest("ada", genesis, acme, may=(MAIL,))
        assert not made.allows("ada")
