"""What people sign: a vote on a request, or the delegation of their vote to somebody else.

A statement is canonical JSON in a DSSE envelope with one signature. It names the journal, the
tenant, the request and the digest of all that was shown, so it says nothing about any other
request; and that a human is its origin. Reading is strict: unknown members, another spelling of
the JSON or of the base64, or a second signature are refused, so an envelope has one form.
"""

from __future__ import annotations

import base64
from typing import Any, Literal

import msgspec

from tarl.crypto import dsse
from tarl.crypto.note import Signer, VerifierKey
from tarl.errors import Denied, Invalid, TarlError
from tarl.values.canonical import encode

STATEMENT_TYPE = "application/vnd.tarl.approval+json"
ENVELOPE_BYTES_MAX = 64 * 1024
"""A statement has a few short members; more is not one."""

Choice = Literal["approve", "reject"]


class _Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    approval: str
    digest: str
    journal: str
    principal: str
    reason: str
    tenant: str
    origin: Literal["human"] = "human"


class Vote(_Statement, frozen=True, kw_only=True, tag="tarl.approval-vote/1", tag_field="type"):
    """A person's decision about a request.

    Attributes:
        approval: The request's id.
        digest: SHA-256 of the request as it was shown, in hex.
        journal: The journal's name in its checkpoints.
        origin: Who decided: a human, no program in a human's name.
    """

    choice: Choice


class Delegation(
    _Statement, frozen=True, kw_only=True, tag="tarl.approval-delegation/1", tag_field="type"
):
    """A person's word that somebody else votes in their place."""

    to: str


Statement = Vote | Delegation
_read: msgspec.json.Decoder[Statement] = msgspec.json.Decoder(Statement)


def sign(statement: Statement, signer: Signer) -> dict[str, Any]:
    """The statement in an envelope, signed with the principal's own key."""
    return dsse.sign(encode(msgspec.to_builtins(statement)), STATEMENT_TYPE, signer)


def claimed(envelope: Any) -> Statement:
    """What an envelope claims; nothing is verified but its form.

    Raises:
        Invalid: not a signed vote or delegation in its one form (``approval.malformed``).
    """
    try:
        payload = base64.b64decode(envelope["payload"], validate=True)
        (signature,) = envelope["signatures"]
        sig = base64.b64decode(signature["sig"], validate=True)
        statement = _read.decode(payload)
        only_form = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": STATEMENT_TYPE,
            "signatures": [
                {"keyid": signature["keyid"], "sig": base64.b64encode(sig).decode()},
            ],
        }
        if envelope != only_form or encode(msgspec.to_builtins(statement)) != payload:
            raise ValueError("it is not spelled as this program spells it")
        if len(encode(envelope)) > ENVELOPE_BYTES_MAX:
            raise ValueError("it is too large")
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError, TarlError) as error:
        raise Invalid(
            f"not a signed vote or delegation: {error}",
            code="approval.malformed",
            next_step="votes come from: tarl approve ID --reason TEXT",
        ) from None
    return statement


def verified(envelope: Any, key: VerifierKey) -> Statement:
    """What the holder of the key has signed.

    Raises:
        Invalid: not a signed vote or delegation (``approval.malformed``).
        Denied: this key did not sign it (``approval.signature``).
    """
    statement = claimed(envelope)
    try:
        dsse.verify(envelope, STATEMENT_TYPE, key)
    except TarlError:
        keyid = envelope["signatures"][0]["keyid"]
        raise Denied(
            f"the signature is not {statement.principal}'s: it does not verify with {key.label}",
            code="approval.signature",
            next_step=f"tarl principals show {statement.principal} shows the key that counts now",
            principal=statement.principal,
            keyid=keyid if isinstance(keyid, str) else None,
        ) from None
    return statement
