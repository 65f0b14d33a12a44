"""Attacks on signed statements: nobody gets to have said what they did not sign."""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest
from tests.unit.provenance.provenance_parts import REVIEW, Place, digest_of, signer, subject

from tarl.crypto import dsse
from tarl.errors import Corrupt, Denied, Invalid, Missing, TarlError
from tarl.journal.store import Batch
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.statement import claimed
from tarl.provenance.attestations.events import STATEMENT_RECORDED, statement_stream
from tarl.provenance.attestations.statement import PAYLOAD_TYPE, make, read
from tarl.values.canonical import encode
from tarl.work.streams import continued

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture
def place() -> Place:
    here = Place()
    here.register("alice")
    here.register("mallory")
    return here


def good(place: Place) -> dict[str, Any]:
    return make([subject("a")], REVIEW, {"verdict": "good"}, signers=[signer("alice")])


def test_mallorys_signature_under_alices_name(place: Place) -> None:
    envelope = make([subject("a")], REVIEW, {}, signers=[signer("mallory")])
    envelope["signatures"][0]["keyid"] = signer("alice").verifier.label
    with pytest.raises(Corrupt):
        place.attestations.record(envelope)


def test_alices_signature_on_another_payload(place: Place) -> None:
    envelope = good(place)
    other = make([subject("b")], REVIEW, {"verdict": "good"}, signers=[signer("mallory")])
    other["signatures"] += envelope["signatures"]
    with pytest.raises(Corrupt):
        place.attestations.record(other)
    assert place.attestations.about(digest_of("b")) == ()


def test_every_flipped_bit_of_the_payload_is_found(place: Place) -> None:
    envelope = good(place)
    payload = base64.b64decode(envelope["payload"])
    for at in range(0, len(payload), 7):
        spoilt = payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1 :]
        forged = {**envelope, "payload": base64.b64encode(spoilt).decode()}
        with pytest.raises(TarlError):
            place.attestations.record(forged)
    assert place.attestations.ls().items == ()


def test_a_second_form_of_a_signature_is_none(place: Place) -> None:
    """Ed25519 without the strict profile takes S and S + L for the same (RFC 8032, 5.1.7)."""
    envelope = good(place)
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    s = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    second = signature[:32] + s.to_bytes(32, "little")
    envelope["signatures"][0]["sig"] = base64.b64encode(second).decode()
    with pytest.raises(Corrupt):
        place.attestations.record(envelope)


def test_what_was_signed_as_something_else_is_no_statement(place: Place) -> None:
    envelope = good(place)
    payload = base64.b64decode(envelope["payload"])
    as_vote = dsse.sign(payload, "application/vnd.tarl.approval+json", signer("alice"))
    with pytest.raises(Invalid):
        place.attestations.record(as_vote)
    with pytest.raises(Corrupt):
        place.attestations.record({**as_vote, "payloadType": PAYLOAD_TYPE})
    with pytest.raises(Invalid):
        claimed(envelope)


def test_a_statement_of_another_tenant_says_nothing_here(place: Place) -> None:
    recorded = place.attestations.record(good(place))
    with pytest.raises(Denied):
        place.attestations.record(recorded.envelope, tenant="acme")
    assert place.attestations.about(digest_of("a"), tenant="acme") == ()


def test_whoever_strips_a_signature_takes_none_away(place: Place) -> None:
    both = make([subject("a")], REVIEW, {}, signers=[signer("alice"), signer("mallory")])
    place.attestations.record(both)
    stripped = copy.deepcopy(both)
    del stripped["signatures"][0]
    assert place.attestations.record(stripped).signers == ("alice", "mallory")


def written_past_the_ledger(place: Place, envelope: dict[str, Any], about: str = "a") -> None:
    """Somebody who holds the store writes the event themselves."""
    stream = statement_stream("default", digest_of(about))
    writer = continued(place.store, stream, tenant="default")
    body = encode({"envelope": envelope, "signers": ["alice"]})
    place.store.commit(Batch([writer.append(STATEMENT_RECORDED, body, at_ms=0)]))


def test_what_is_written_past_the_ledger_counts_by_its_signatures(place: Place) -> None:
    recorded = place.attestations.record(good(place))
    forged = make([subject("a")], REVIEW, {"verdict": "bad"}, signers=[signer("eve")])
    written_past_the_ledger(place, forged)
    forged["signatures"][0]["keyid"] = signer("alice").verifier.label
    written_past_the_ledger(place, forged)

    assert place.attestations.about(digest_of("a")) == (recorded,)
    assert place.attestations.ls().items == (recorded,)
    with pytest.raises(Missing):
        place.attestations.get(read(forged).id)
    with pytest.raises(Corrupt):
        place.attestations.signers_of(forged)


def test_a_forgery_that_came_first_keeps_nobody_out(place: Place) -> None:
    forged = {**good(place), "signatures": [{"keyid": "eve+00000000", "sig": "AAAA"}]}
    written_past_the_ledger(place, forged, about="b")
    written_past_the_ledger(place, forged)
    recorded = place.attestations.record(good(place))
    assert recorded.signers == ("alice",)
    assert place.attestations.about(digest_of("a")) == (recorded,)


def test_a_revoked_key_is_of_no_use_to_who_writes_past_the_ledger(place: Place) -> None:
    before = place.attestations.record(good(place))
    place.principals.revoke(PrincipalId("default", "alice"), "stolen", at_ms=0)
    written_past_the_ledger(place, make([subject("a")], REVIEW, {}, signers=[signer("alice")]))
    assert place.attestations.about(digest_of("a")) == (before,)
    assert Place(place.store).attestations.about(digest_of("a")) == (before,)
