"""Signed statements as they come in: read whole or refused with what is wrong."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.unit.provenance.provenance_parts import REVIEW, digest_of, signer, subject

from tarl.crypto import dsse
from tarl.errors import Corrupt, Denied, Exceeded, Invalid
from tarl.provenance.attestations import predicates
from tarl.provenance.attestations.statement import (
    PAYLOAD_BYTES_MAX,
    PAYLOAD_TYPE,
    Subject,
    check,
    make,
    read,
)

ALICE, BOB = signer("alice"), signer("bob")
KEYS = {key.verifier.label: key.verifier for key in (ALICE, BOB)}


def content(**changes: Any) -> dict[str, Any]:
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "a", "digest": {"sha256": digest_of("a")}}],
        "predicateType": REVIEW,
        "predicate": {},
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def signed(said: Any) -> dict[str, Any]:
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return dsse.sign(data, PAYLOAD_TYPE, ALICE)


def refusal_of(envelope: Any) -> str:
    with pytest.raises((Invalid, Exceeded)) as refused:
        read(envelope)
    assert refused.value.next_step or refused.value.code.startswith("json.")
    return refused.value.code


def test_what_is_made_is_read_back() -> None:
    said = [subject("a"), subject("b")]
    envelope = make(said, REVIEW, {"verdict": "good"}, signers=[BOB, ALICE])
    found = read(envelope)
    assert found.subjects == tuple(said)
    assert (found.predicate_type, found.predicate) == (REVIEW, {"verdict": "good"})
    assert check(envelope, KEYS) == ("alice", "bob")
    assert envelope == make(said, REVIEW, {"verdict": "good"}, signers=[BOB, ALICE])


def test_what_others_wrote_is_read_in_their_spelling() -> None:
    said = content(extra=1)
    said["subject"][0] |= {"uri": "https://example.org", "annotations": {"n": 1.5}}
    said["subject"][0]["digest"]["sha512"] = "0" * 128
    assert read(signed(json.dumps(said, indent=2).encode())).subjects == (subject("a"),)


def test_a_known_key_whose_signature_does_not_verify_spoils_all() -> None:
    envelope = make([subject("a")], REVIEW, {}, signers=[ALICE, BOB])
    envelope["signatures"][1]["sig"] = envelope["signatures"][0]["sig"]
    with pytest.raises(Corrupt):
        check(envelope, KEYS)
    assert check(envelope, {ALICE.verifier.label: ALICE.verifier}) == ("alice",)


def test_no_known_key() -> None:
    with pytest.raises(Denied) as refused:
        check(make([subject("a")], REVIEW, {}, signers=[ALICE]), {})
    assert refused.value.code == "attestation.wrong_key"


@pytest.mark.parametrize(
    "envelope",
    [
        None,
        [],
        "text",
        {},
        {"payloadType": PAYLOAD_TYPE},
        {"payloadType": PAYLOAD_TYPE, "payload": 5, "signatures": []},
        {**signed(content()), "payloadType": "application/json"},
        {**signed(content()), "payload": "?"},
        {**signed(content()), "signatures": [{"keyid": "a"}]},
        {**signed(content()), "signatures": [{"keyid": "", "sig": ""}]},
        {**signed(content()), "signatures": ["x"]},
        {**signed(content()), "signatures": [{"keyid": "a", "sig": "?"}]},
        signed([]),
        signed(content(_type="https://in-toto.io/Statement/v0.1")),
    ],
)
def test_a_malformed_envelope(envelope: Any) -> None:
    assert refusal_of(envelope) == "attestation.malformed"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (content(predicateType="review"), "attestation.predicate"),
        (content(predicateType=None), "attestation.predicate"),
        (content(predicate=None), "attestation.predicate"),
        (content(predicate=[]), "attestation.predicate"),
        (content(subject=None), "attestation.subject"),
        (content(subject=[]), "attestation.subject"),
        (content(subject=["a"]), "attestation.subject"),
        (content(subject=[{"name": "a"}]), "attestation.subject"),
        (content(subject=[{"digest": {"sha256": "A" * 64}}]), "attestation.subject"),
        (content(subject=[{"digest": {"sha1": "a" * 40}}]), "attestation.subject"),
        (content(subject=[{"name": 5, "digest": {"sha256": "a" * 64}}]), "attestation.subject"),
        (b'{"a":1,"a":2}', "json.duplicate_key"),
        (b"{", "json.malformed"),
        (b"\xff", "json.encoding"),
        (b"[" * 10_000 + b"]" * 10_000, "json.depth"),
    ],
)
def test_a_statement_that_is_none(said: Any, code: str) -> None:
    assert refusal_of(signed(said)) == code


def test_a_subject_that_stands_there_twice() -> None:
    one, other = {"sha256": digest_of("a")}, {"sha256": digest_of("b")}
    named = [{"name": "a", "digest": one}, {"name": "a", "digest": other}]
    unnamed = [{"digest": one}, {"digest": one}]
    assert refusal_of(signed(content(subject=named))) == "attestation.subject"
    assert refusal_of(signed(content(subject=unnamed))) == "attestation.subject"
    same = [{"name": "a", "digest": one}, {"name": "b", "digest": one}]
    assert len(read(signed(content(subject=same))).subjects) == 2


def test_one_key_that_signed_twice_and_nobody_who_signed() -> None:
    envelope = signed(content())
    assert refusal_of({**envelope, "signatures": envelope["signatures"] * 2}) == (
        "attestation.signatures"
    )
    assert refusal_of({**envelope, "signatures": []}) == "attestation.signatures"
    with pytest.raises(Invalid) as refused:
        make([subject("a")], REVIEW, {}, signers=[])
    assert refused.value.code == "attestation.signatures"


def test_an_oversized_statement() -> None:
    large = base64.b64encode(b"x" * (PAYLOAD_BYTES_MAX + 3)).decode()
    assert refusal_of({**signed(content()), "payload": large}) == "attestation.oversized"
    with pytest.raises(Exceeded):
        make([subject("a")], REVIEW, {"text": "x" * PAYLOAD_BYTES_MAX}, signers=[ALICE])
    many = [Subject(name=f"{n}", sha256=digest_of("a")) for n in range(1_025)]
    with pytest.raises(Invalid):
        make(many, REVIEW, {}, signers=[ALICE])


class TestPredicates:
    def test_people_write_short_names(self) -> None:
        assert predicates.type_of("review") == REVIEW
        assert predicates.type_of("slsa-provenance") == "https://slsa.dev/provenance/v1"
        assert predicates.type_of("https://example.org/x") == "https://example.org/x"

    @pytest.mark.parametrize("text", ["", "Review", "a b", "-a", "x" * 65])
    def test_what_names_no_type(self, text: str) -> None:
        with pytest.raises(Invalid) as refused:
            predicates.type_of(text)
        assert refused.value.code == "attestation.predicate"

    def test_another_type_says_nothing_by_that_member(self) -> None:
        assert predicates.expires_at_ms("https://slsa.dev/provenance/v1", {"expiresOn": 5}) is None
