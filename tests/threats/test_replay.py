"""Row 4: a record or a message is brought a second time, or somewhere else."""

from __future__ import annotations

import contextlib

import pytest
from tests.threats.world import DAY_MS, DELEGATE, LOG, MAIL, OPERATOR, World, memory, world
from tests.unit.kernel.voters import signer, someone

from tarl.errors import Conflict, Denied, Exceeded, TarlError
from tarl.trust.ledger import TrustLedger
from tarl.trust.messages import Message, Messages, sign


def ledger(made: World) -> TrustLedger:
    return TrustLedger(made.store, operator=OPERATOR.verifier, log_key=LOG.verifier)


def refused(made: World, envelope: object) -> str:
    with pytest.raises(TarlError) as caught:
        ledger(made).record(envelope, at_ms=made.at_ms)
    return caught.value.code


@pytest.fixture
def held() -> tuple[World, str]:
    made, acme = world()
    parent = made.agent("ada", acme, may=(MAIL, DELEGATE))
    made.principal("bob")
    return made, parent


def test_a_record_is_recorded_once(held: tuple[World, str]) -> None:
    made, parent = held
    given = made.delegated("ada", "bob", parent, may=(MAIL,))
    first = ledger(made).record(given.envelope, at_ms=made.at_ms)
    size = made.store.log_size()
    again = ledger(made).record(given.envelope, at_ms=made.at_ms)
    assert (again.digest, again.place) == (first.digest, first.place)
    assert made.store.log_size() == size


def test_another_record_with_a_nonce_that_was_used_is_refused(held: tuple[World, str]) -> None:
    made, parent = held
    given = made.delegated("ada", "bob", parent, may=(MAIL,), nonce="a" * 32)
    ledger(made).record(given.envelope, at_ms=made.at_ms)
    other = made.delegated("ada", "bob", parent, may=(MAIL,), nonce="a" * 32, task="t1")
    assert refused(made, other.envelope) == "trust.nonce"


def test_a_revoked_or_expired_delegation_is_not_brought_again(held: tuple[World, str]) -> None:
    made, parent = held
    given = made.delegated("ada", "bob", parent, may=(MAIL,))
    made.journal(given)
    made.revoke(record=given.digest)
    assert not made.allows("bob")
    with contextlib.suppress(TarlError):
        ledger(made).record(given.envelope, at_ms=made.at_ms)
    assert not made.allows("bob")
    made.journal(given)  # past the door: the same bytes are the same record
    assert not made.allows("bob")
    late = made.delegated("ada", "bob", parent, may=(MAIL,))
    made.at_ms += 2 * DAY_MS
    assert refused(made, late.envelope) == "trust.expired"


def test_a_delegation_is_of_no_use_in_another_journal_of_the_same_names(
    held: tuple[World, str],
) -> None:
    """The same names and keys, the same operator: but its parent is not there."""
    made, parent = held
    given = made.delegated("ada", "bob", parent, may=(MAIL,))
    other, acme = world(memory(), at_ms=made.at_ms + 1)
    other.agent("ada", acme, may=(MAIL, DELEGATE))
    other.principal("bob")
    assert refused(other, given.envelope) == "trust.parent"
    other.journal(given)
    assert not other.allows("bob")


def test_an_old_posture_is_not_brought_again(held: tuple[World, str]) -> None:
    """Signed once by those who may; after a downgrade it lifts nobody."""
    made, _ = held
    evidence = {"observations": 10_000, "succeeded": 10_000, "hours": 10_000, "anomalies": 0}
    lift = {"posture": "autonomous", "previous": "delegating", "reason": "good", "issuer": "acme"}
    raised = made.signed("posture", (made.key("acme"),), agent="ada", evidence=evidence, **lift)
    made.journal(raised)
    assert made.allows("ada")
    down = {"posture": "pseudo", "previous": "autonomous", "evidence": {}}
    made.stand("posture", "ada", **down)
    assert not made.allows("ada")
    with pytest.raises((Conflict, Denied)):
        ledger(made).record(
            made.signed(
                "posture", (made.key("acme"),), agent="ada", evidence=evidence, **lift
            ).envelope,
            at_ms=made.at_ms,
        )
    made.journal(raised)
    assert not made.allows("ada")


def test_an_old_upgrade_is_not_brought_again_after_a_downgrade(held: tuple[World, str]) -> None:
    """The agent stands again where the upgrade was from; it is spent all the same."""
    made, _ = held
    evidence = {"observations": 10_000, "succeeded": 10_000, "hours": 10_000, "anomalies": 0}
    down = {"posture": "supervised", "previous": "delegating", "evidence": {}}
    made.stand("posture", "ada", **down)
    lift = {"posture": "delegating", "previous": "supervised", "reason": "good", "issuer": "acme"}
    raised = made.signed("posture", (made.key("acme"),), agent="ada", evidence=evidence, **lift)
    made.journal(raised)
    assert made.allows("ada")
    made.stand("posture", "ada", **down)
    assert not made.allows("ada")
    made.journal(raised)
    assert not made.allows("ada")


def test_an_old_resumption_does_not_lift_a_later_suspension(held: tuple[World, str]) -> None:
    made, _ = held
    made.stand("suspension", "ada")
    assert not made.allows("ada")
    lifted = made.signed("resumption", (OPERATOR,), agent="ada", reason="a test", issuer="operator")
    made.journal(lifted)
    assert made.allows("ada")
    made.at_ms += 1000
    made.stand("suspension", "ada")
    assert not made.allows("ada")
    with contextlib.suppress(TarlError):
        ledger(made).record(lifted.envelope, at_ms=made.at_ms)
    assert not made.allows("ada")
    made.journal(lifted)
    assert not made.allows("ada")


def test_a_flood_of_messages_makes_nobody_forget_the_first() -> None:
    """At capacity the set refuses; it forgets nothing before its time."""
    made, _ = world()
    for name in ("ada", "bob", "eve"):
        made.principal(name)
    inbox = Messages(made.store, unexpired_max=200)

    def message(number: int) -> object:
        said = Message(
            audience=None,
            body=number,
            issued_at_ms=made.at_ms,
            nonce=f"{number:032x}",
            recipient="bob",
            sender="ada",
            tenant=made.tenant,
            ttl_ms=60_000,
        )
        return sign(said, signer(someone("ada")))

    bob = someone("bob")
    first = message(0)
    inbox.accept(first, recipient=bob, at_ms=made.at_ms)
    for number in range(1, 200):
        inbox.accept(message(number), recipient=bob, at_ms=made.at_ms)
    for number in range(200, 250):
        with pytest.raises(Exceeded):
            inbox.accept(message(number), recipient=bob, at_ms=made.at_ms)
    with pytest.raises(Conflict) as caught:
        inbox.accept(first, recipient=bob, at_ms=made.at_ms)
    assert caught.value.code == "message.replayed"
    with pytest.raises(Conflict):
        Messages(made.store).accept(first, recipient=bob, at_ms=made.at_ms)  # a restart
