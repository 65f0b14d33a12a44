"""DSSE envelopes: a payload signed together with its type (secure-systems-lab/dsse, protocol
1.0).
"""

from __future__ import annotations

import base64
from typing import Any

from tarl.crypto.ed25519 import verify as verify_signature
from tarl.crypto.note import Signer, VerifierKey
from tarl.errors import Corrupt, Invalid


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, payload_type: str, *signers: Signer) -> dict[str, Any]:
    """An envelope with the signature of each; the key's label is its ``keyid``."""
    message = pae(payload_type, payload)
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [
            {
                "keyid": signer.verifier.label,
                "sig": base64.b64encode(signer.key.sign(message)).decode(),
            }
            for signer in signers
        ],
    }


def verify(envelope: Any, payload_type: str, key: VerifierKey) -> bytes:
    """The payload of an envelope that this key signed.

    Raises:
        Invalid: not an envelope of this type (``envelope.malformed``).
        Corrupt: not signed by this key, or the signature does not verify (``signature.invalid``).
    """
    try:
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = {s["keyid"]: base64.b64decode(s["sig"]) for s in envelope["signatures"]}
        if envelope["payloadType"] != payload_type:
            raise ValueError("another payload type")
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(
            f"not an envelope of {payload_type}: {error}", code="envelope.malformed"
        ) from None
    signature = signatures.get(key.label)
    if signature is None:
        raise Corrupt(f"{key.label} has not signed the envelope", code="signature.invalid")
    verify_signature(key.public, pae(payload_type, payload), signature)
    return payload
