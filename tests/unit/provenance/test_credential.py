"""What agents hold as W3C Verifiable Credentials; the published vector of eddsa-jcs-2022."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from tests.unit.trust.world import HOUR_MS, OPERATOR, START_MS, World

from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.errors import Corrupt, Invalid
from tarl.provenance import credential
from tarl.trust.records import HumanOrigin

MARIA = HumanOrigin(
    human="maria", name="Maria", provider="idp", session="s", authenticated_at_ms=START_MS
)

# Data Integrity EdDSA Cryptosuites v1.0, appendix B.2 (Representation: eddsa-jcs-2022).
SEED = "c96ef9ea10c5e414c471723aff9de72c35fa5b70fae97e8832ecac7d2e2b8ed6"
KEY = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
PROOF_VALUE = (
    "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
)
ALUMNI: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/ns/credentials/examples/v2",
    ],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}


def test_the_published_vector_is_made_and_verified() -> None:
    signer = Signer("example", SigningKey(bytes.fromhex(SEED)))

    made = credential.secured(ALUMNI, signer, created="2023-02-24T23:36:38Z")

    assert made["proof"] == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{KEY}#{KEY}",
        "proofPurpose": "assertionMethod",
        "@context": ALUMNI["@context"],
        "proofValue": PROOF_VALUE,
    }
    assert credential.check(made) == signer.verifier.public


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "trust.db")


def made(world: World) -> dict[str, Any]:
    world.authority()
    world.agents("a", "b")
    world.ops.establish("a", "acme", ["mail.*", "trust.delegate"], depth_left=1, human_origin=MARIA)
    chain = world.ops.delegate("a", "b", "invoices", ["mail.send"])
    holder = world.ledger.book("default").holders.get("b").key
    return credential.credential(chain, holder, OPERATOR, at_ms=START_MS + HOUR_MS)


def test_what_an_agent_holds_is_a_credential_of_the_data_model(world: World) -> None:
    found = made(world)
    subject = found["credentialSubject"]

    assert found["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert found["type"][0] == "VerifiableCredential"
    assert found["issuer"]["id"] == credential.did_key(OPERATOR.verifier.public)
    assert found["validFrom"] == "2027-01-15T08:00:00Z"
    assert found["validUntil"] == "2027-01-16T08:00:00Z"
    assert found["proof"]["created"] == "2027-01-15T09:00:00Z"
    assert (subject["agent"], subject["humanOrigin"], subject["task"]) == ("b", "maria", "invoices")
    assert [grant["action"] for grant in subject["grants"]] == ["mail.send"]
    assert len(subject["records"]) == 4
    assert credential.check(found) == OPERATOR.verifier.public


def test_a_changed_credential_is_refused(world: World) -> None:
    found = made(world)

    for change in (
        lambda d: d["credentialSubject"].update(agent="eve"),
        lambda d: d.update(validUntil="2037-01-16T08:00:00Z"),
        lambda d: d["proof"].update(created="2027-01-15T09:00:01Z"),
        lambda d: d["proof"].update(proofValue=PROOF_VALUE),
    ):
        spoilt = copy.deepcopy(found)
        change(spoilt)
        with pytest.raises(Corrupt):
            credential.check(spoilt)


def test_what_is_no_such_credential_is_refused(world: World) -> None:
    found = made(world)

    for change in (
        lambda d: d.pop("proof"),
        lambda d: d["proof"].pop("proofValue"),
        lambda d: d["proof"].update(cryptosuite="eddsa-rdfc-2022"),
        lambda d: d["proof"].update(proofPurpose="authentication"),
        lambda d: d["proof"].update(proofValue="z0OIl"),
        lambda d: d["proof"].update(verificationMethod="did:web:example.org#k"),
        lambda d: d["proof"].update({"@context": ["https://example.org"]}),
    ):
        spoilt = copy.deepcopy(found)
        change(spoilt)
        with pytest.raises(Invalid) as refused:
            credential.check(spoilt)
        assert refused.value.code == "credential.malformed"


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"\0\0a", "112g"), (b"Hello World!", "2NEpo7TZRRrLZSi2U")],
)
def test_base58(data: bytes, text: str) -> None:
    assert credential.base58(data) == text
    assert credential.unbase58(text) == data
