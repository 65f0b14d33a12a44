"""Signed statements against other implementations: in-toto's protobuf, and securesystemslib's
DSSE.
"""

from __future__ import annotations

import copy

import pytest
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey
from tests.unit.provenance.provenance_parts import REVIEW, digest_of, signer, subject

from tarl.crypto.note import Signer, VerifierKey
from tarl.provenance.attestations.statement import PAYLOAD_TYPE, check, make, read

ALICE, BOB = signer("alice"), signer("bob")


def known_as(who: Signer) -> SSlibKey:
    keyval = {"public": who.verifier.public.hex()}
    return SSlibKey(who.verifier.label, "ed25519", "ed25519", keyval)


def test_others_verify_what_is_signed_here() -> None:
    ours = make([subject("a")], REVIEW, {"verdict": "good"}, signers=[ALICE, BOB])
    envelope = Envelope.from_dict(copy.deepcopy(ours))
    assert set(envelope.verify([known_as(ALICE), known_as(BOB)], 2)) == {
        who.verifier.label for who in (ALICE, BOB)
    }
    envelope.payload += b" "
    with pytest.raises(VerificationError):
        envelope.verify([known_as(ALICE)], 1)


def test_what_others_sign_is_verified_here() -> None:
    theirs = CryptoSigner.generate_ed25519()
    described = ResourceDescriptor(name="a", digest={"sha256": digest_of("a")}).pb
    made = Statement([described], predicate_type=REVIEW, predicate={"verdict": "good"})
    content = json_format.MessageToJson(made.pb)
    envelope = Envelope(content.encode(), PAYLOAD_TYPE, {})
    envelope.sign(theirs)
    said = envelope.to_dict()
    public = bytes.fromhex(theirs.public_key.to_dict()["keyval"]["public"])
    key = VerifierKey("somebody", 1, public)
    assert check(said, {theirs.public_key.keyid: key}) == ("somebody",)
    found = read(said)
    assert (found.subjects, found.predicate) == ((subject("a"),), {"verdict": "good"})


def test_a_statement_is_one_to_in_toto() -> None:
    ours = read(make([subject("a")], REVIEW, {"verdict": "good"}, signers=[ALICE]))
    parsed = json_format.Parse(ours.payload, statement_pb2.Statement())
    Statement.copy_from_pb(parsed).validate()
    assert parsed.subject[0].digest["sha256"] == digest_of("a")
