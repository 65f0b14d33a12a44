"""Who is who: keys that are registered, rotated and revoked."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.kernel.voters import Panel, signer, someone

from tarl.crypto.note import Signer
from tarl.errors import Conflict, Corrupt, Denied, Invalid, Missing, TarlError
from tarl.journal.store import Batch
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.events import decision
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.principals import Kind
from tarl.kernel.approvals.register import continued

ALICE = someone("alice")


def envelope(
    id: PrincipalId = ALICE, *signers: Signer, kind: Kind = "human", serial: int = 1
) -> dict[str, Any]:
    key = signers[0] if signers else signer(id, serial)
    statement = principals.key_statement(id, kind, key.verifier, serial=serial)
    return principals.sign(statement, *(signers or (key,)))


def refused(kind: type[TarlError], code: str, act: Callable[[], Any]) -> None:
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.code == code


def test_a_principal_is_registered_once() -> None:
    panel = Panel()
    made = panel.principals.register(ALICE, envelope(), at_ms=5)
    assert (made.kind, made.keys, made.can_vote) == ("human", (signer(ALICE).verifier.vkey,), True)
    assert panel.principals.register(ALICE, envelope(), at_ms=6) == made
    assert panel.store.log_size() == 1
    other = signer(ALICE, 2)
    refused(
        Conflict,
        "principal.exists",
        lambda: panel.principals.register(ALICE, envelope(ALICE, other), at_ms=7),
    )
    refused(
        Conflict,
        "principal.exists",
        lambda: panel.principals.register(ALICE, envelope(kind="agent"), at_ms=7),
    )
    assert list(panel.principals.ids()) == [ALICE]
    refused(Missing, "principal.missing", lambda: panel.principals.get(someone("bob")))


def test_nobody_registers_a_key_that_they_do_not_hold() -> None:
    panel = Panel()
    bob = signer(someone("bob"))
    statement = principals.key_statement(ALICE, "human", signer(ALICE).verifier, serial=1)
    forged = principals.sign(statement, bob)
    refused(
        Denied,
        "principal.signature",
        lambda: panel.principals.register(ALICE, forged, at_ms=0),
    )
    own = envelope()
    own["signatures"][0]["sig"] = principals.sign(statement, bob)["signatures"][0]["sig"]
    refused(Denied, "principal.signature", lambda: panel.principals.register(ALICE, own, at_ms=0))


def test_a_key_is_named_after_its_principal() -> None:
    panel = Panel()
    bob = signer(someone("bob"))
    for statement in (envelope(ALICE, bob), envelope(someone("bob")), envelope(serial=2)):
        refused(
            Invalid,
            "principal.malformed",
            lambda statement=statement: panel.principals.register(ALICE, statement, at_ms=0),
        )
    acme = PrincipalId("acme", "alice")
    refused(
        Invalid,
        "principal.malformed",
        lambda: panel.principals.register(acme, envelope(), at_ms=0),
    )


def test_a_statement_has_one_spelling() -> None:
    panel = Panel()
    for edit in (
        lambda e: e.update(more=1),
        lambda e: e.update(signatures=[]),
        lambda e: e["signatures"].extend(e["signatures"] * 1),
        lambda e: e["signatures"][0].update(more=1),
        lambda e: e.update(payload="AAAA"),
        lambda e: e.update(payloadType="text/plain"),
    ):
        changed = copy.deepcopy(envelope())
        edit(changed)
        refused(
            Invalid,
            "principal.malformed",
            lambda changed=changed: panel.principals.register(ALICE, changed, at_ms=0),
        )
    for nothing in (None, [], "", {"payload": 1}):
        refused(
            Invalid,
            "principal.malformed",
            lambda nothing=nothing: panel.principals.register(ALICE, nothing, at_ms=0),
        )


# --- rotation


def test_the_old_key_hands_over_to_the_new_one() -> None:
    panel = Panel("alice")
    old, new = signer(ALICE), signer(ALICE, 2)
    alone = envelope(ALICE, new, serial=2)
    refused(Denied, "principal.signature", lambda: panel.principals.rotate(ALICE, alone, at_ms=0))
    rotated = panel.principals.rotate(ALICE, envelope(ALICE, new, old, serial=2), at_ms=0)
    assert rotated.keys == (old.verifier.vkey, new.verifier.vkey)
    assert rotated.key == new.verifier
    assert panel.principals.get(ALICE) == rotated


def test_a_lost_key_is_replaced_with_a_reason_on_record() -> None:
    panel = Panel("alice")
    alone = envelope(ALICE, signer(ALICE, 2), serial=2)
    refused(
        Invalid,
        "principal.reason",
        lambda: panel.principals.rotate(ALICE, alone, recovered=" ", at_ms=0),
    )
    panel.principals.rotate(ALICE, alone, recovered="laptop stolen", at_ms=0)
    last = [*panel.store.read(ALICE.stream)][-1]
    assert b'"recovered":"laptop stolen"' in (last.body or b"")


def test_the_next_key_is_the_next_and_another_one() -> None:
    panel = Panel("alice")
    old, new = signer(ALICE), signer(ALICE, 2)
    for statement in (
        envelope(ALICE, new, old, serial=3),
        envelope(ALICE, new, old, serial=1),
        envelope(ALICE, old, serial=2),
        envelope(ALICE, new, old, serial=2, kind="agent"),
    ):
        refused(
            Invalid,
            "principal.malformed",
            lambda statement=statement: panel.principals.rotate(ALICE, statement, at_ms=0),
        )
    refused(
        Missing,
        "principal.missing",
        lambda: panel.principals.rotate(someone("bob"), envelope(), at_ms=0),
    )


def test_a_revoked_principal_stays_so() -> None:
    panel = Panel("alice")
    revoked = panel.principals.revoke(ALICE, "left", at_ms=0)
    assert (revoked.revoked, revoked.can_vote) == ("left", False)
    refused(Conflict, "principal.revoked", lambda: panel.principals.revoke(ALICE, "again", at_ms=0))
    refused(Conflict, "principal.revoked", lambda: panel.rotate("alice"))
    refused(
        Conflict,
        "principal.exists",
        lambda: panel.principals.register(ALICE, envelope(ALICE, signer(ALICE, 2)), at_ms=0),
    )


# --- the operator, and what was written past the rules


def test_the_operator_vouches_with_a_signature_of_its_own() -> None:
    operator = Signer("tarl-operator-1", signer(someone("o")).key)
    statement = envelope(ALICE, signer(ALICE), operator)
    Panel().principals.register(ALICE, statement, at_ms=0)
    assert principals.vouched(statement, operator.verifier)
    assert not principals.vouched(envelope(), operator.verifier)
    statement["signatures"][1]["sig"] = statement["signatures"][0]["sig"]
    refused(Corrupt, "signature.invalid", lambda: principals.vouched(statement, operator.verifier))


@pytest.mark.parametrize(
    "said",
    [
        (principals.REGISTERED, principals.KeyTaken(envelope=envelope())),
        (principals.KEY_ROTATED, principals.KeyTaken(envelope=envelope())),
        (
            principals.KEY_ROTATED,
            principals.KeyTaken(envelope=envelope(ALICE, signer(ALICE, 2), serial=2)),
        ),
        (principals.REVOKED, principals.Revoked(reason="")),
        ("approval.expired/1", principals.Revoked(reason="x")),
    ],
    ids=["again", "first key", "no consent", "no reason", "foreign kind"],
)
def test_what_could_not_have_come_about_is_found(said: tuple[str, Any]) -> None:
    panel = Panel("alice")
    writer = continued(panel.store, ALICE.stream, tenant="default")
    row = writer.append(*decision(*said), at_ms=1)
    panel.store.commit(Batch([row]))
    refused(Corrupt, "principal.unproved", lambda: panel.principals.get(ALICE))
