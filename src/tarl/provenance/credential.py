"""What an agent holds as a W3C Verifiable Credential, by the operator's word.

Verifiable Credentials Data Model v2.0, secured by an embedded proof of the cryptosuite
``eddsa-jcs-2022`` (Data Integrity EdDSA Cryptosuites v1.0, section 3.3): Ed25519 over the SHA-256
of the proof's options and that of the document, both in the spelling of RFC 8785. Issuer and
subject are ``did:key``, so nothing has to be resolved.

Whoever relies on a credential sees what held when it was issued. A revocation afterwards is not in
it: the evidence of a run is what proves more.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from tarl.crypto.ed25519 import verify as verify_signature
from tarl.crypto.note import Signer, VerifierKey
from tarl.errors import Invalid
from tarl.trust.chain import Chain
from tarl.values.canonical import encode
from tarl.values.instants import to_datetime

CONTEXT = (
    "https://www.w3.org/ns/credentials/v2",
    "https://www.w3.org/ns/credentials/undefined-terms/v2",
)
"""The second gives every further term a meaning of its own, as the data model asks for."""

TYPES = ("VerifiableCredential", "TarlAgentAuthorityCredential")
CRYPTOSUITE = "eddsa-jcs-2022"

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUBLIC = b"\xed\x01"
"""Multicodec's prefix of an Ed25519 public key."""


def credential(chain: Chain, holder: VerifierKey, issuer: Signer, *, at_ms: int) -> dict[str, Any]:
    """The credential of an agent for what a chain permits it.

    Args:
        chain: The records from the authority down to what the agent holds, verified.
        holder: The agent's key.
        issuer: The operator.
        at_ms: Now.
    """
    leaf: Any = chain.leaf.record
    origin = chain.human_origin
    subject = {
        "id": did_key(holder.public),
        "agent": chain.leaf.subject,
        "audience": leaf.audience,
        "chain": chain.digest,
        "envelope": leaf.envelope,
        "grants": list(leaf.grants),
        "humanOrigin": None if origin is None else origin.human,
        "records": [link.digest for link in chain.links],
        "task": leaf.task,
        "tenant": leaf.tenant,
    }
    document = {
        "@context": list(CONTEXT),
        "type": list(TYPES),
        "issuer": {"id": did_key(issuer.verifier.public), "name": issuer.name},
        "validFrom": _instant(chain.leaf.not_before_ms + 999),
        "validUntil": _instant(chain.expires_at_ms),
        "credentialSubject": {k: v for k, v in subject.items() if v is not None},
    }
    return secured(document, issuer, created=_instant(at_ms))


def secured(document: dict[str, Any], signer: Signer, *, created: str) -> dict[str, Any]:
    """A document with a proof of ``eddsa-jcs-2022`` by a key that is named as ``did:key``."""
    did = did_key(signer.verifier.public)
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    }
    signature = signer.key.sign(_digests(document, proof))
    return {**document, "proof": {**proof, "proofValue": f"z{base58(signature)}"}}


def check(document: dict[str, Any]) -> bytes:
    """The public key that secured a document.

    Raises:
        Invalid: not secured by this cryptosuite (``credential.malformed``).
        Corrupt: the signature does not verify (``signature.invalid``).
    """
    try:
        proof = dict(document["proof"])
        value = unbase58(proof.pop("proofValue")[1:])
        did, _, fragment = proof["verificationMethod"].partition("#")
        public = unbase58(did.removeprefix("did:key:z"))
        expected = {
            "type": "DataIntegrityProof",
            "cryptosuite": CRYPTOSUITE,
            "proofPurpose": "assertionMethod",
        }
        is_ours = all(proof[name] == wanted for name, wanted in expected.items())
        context = document["@context"]
        if not is_ours or context[: len(proof["@context"])] != proof["@context"]:
            raise ValueError("another proof")
        if public[:2] != _ED25519_PUBLIC or len(public) != 34 or not did.endswith(fragment):
            raise ValueError("no Ed25519 key")
        message = _digests({k: v for k, v in document.items() if k != "proof"}, proof)
    except (AttributeError, KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
        raise Invalid(
            f"not a credential secured by {CRYPTOSUITE}: {error}", code="credential.malformed"
        ) from None
    verify_signature(public[2:], message, value)
    return public[2:]


def did_key(public: bytes) -> str:
    """A ``did:key`` of an Ed25519 public key."""
    return f"did:key:z{base58(_ED25519_PUBLIC + public)}"


def base58(data: bytes) -> str:
    """Base58 in Bitcoin's alphabet (multibase ``z``)."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + text


def unbase58(text: str) -> bytes:
    """The bytes behind base58.

    Raises:
        ValueError: another alphabet.
    """
    number = 0
    for digit in text:
        number = number * 58 + _ALPHABET.index(digit)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _digests(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    return sha256(encode(proof)).digest() + sha256(encode(document)).digest()


def _instant(at_ms: int) -> str:
    return to_datetime(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
