"""Principals: humans, agents and services, each with a public key, in a stream of their own.

1. A key is registered with a signature of its own, so nobody registers a key that they do not hold;
   it names the principal, the kind and the key's number, so it is good for nothing else.
2. A new key takes over with the old key's signature too, or, when that is lost, with a reason that
   stays on record. What an earlier key signed while it counted stands. A key that hands over itself
   may say how long it goes on counting, for what is still on its way.
3. A kind never changes. A revoked principal stays revoked; what they signed before stands.
4. A further signature, of the operator, lets a stranger who knows the root key see who vouched for
   the registration.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from tarl.crypto import dsse
from tarl.crypto.note import NOTE_TYPE, Signer, VerifierKey, parse_vkey
from tarl.errors import Conflict, Corrupt, Denied, Invalid, Missing, TarlError
from tarl.journal.event import Event
from tarl.kernel.approvals.events import Decision, decision
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.request import TEXT_CHARS_MAX
from tarl.values.canonical import encode

REGISTERED = "principal.registered/1"
KEY_ROTATED = "principal.key_rotated/1"
REVOKED = "principal.revoked/1"

KEY_TYPE = "application/vnd.tarl.principal+json"
SIGNATURES_MAX = 3
"""The new key's, the old key's and the operator's."""

GRACE_MS_MAX = 30 * 86_400_000
"""What was signed is on its way for a month at most."""

Kind = Literal["human", "agent", "service"]
KINDS: tuple[Kind, ...] = ("human", "agent", "service")


class KeyStatement(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="tarl.principal/1",
    tag_field="type",
    omit_defaults=True,
):
    """Whose a key is: signed with the key itself.

    Attributes:
        key: The public key as C2SP text; its name is the principal's stream.
        serial: 1 for the first key of a principal, one more for each that takes over.
        grace_ms: How long the key before it, which signed this too, counts beside it.
    """

    key: str
    kind: Kind
    principal: str
    serial: int
    tenant: str
    grace_ms: int = 0


class KeyTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A principal took a key: the statement's envelope. ``recovered`` says why the key before it
    has not signed too.
    """

    envelope: dict[str, Any]
    recovered: str | None = None


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """What the principal signs from now on counts for nothing."""

    reason: str


BODIES: dict[str, type[msgspec.Struct]] = {
    REGISTERED: KeyTaken,
    KEY_ROTATED: KeyTaken,
    REVOKED: Revoked,
}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}
_read = msgspec.json.Decoder(KeyStatement)


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A principal as registered.

    Attributes:
        keys: Public keys as C2SP text, the one that counts last.
        revoked: Why nothing counts any more, or None.
        seq: The last event of the stream.
    """

    id: PrincipalId
    kind: Kind
    keys: tuple[str, ...]
    revoked: str | None = None
    seq: int = 1

    @property
    def key(self) -> VerifierKey:
        """The key that counts."""
        return parse_vkey(self.keys[-1])

    @property
    def can_vote(self) -> bool:
        """Whether this is a human whose word counts now."""
        return self.kind == "human" and self.revoked is None


def key_statement(
    id: PrincipalId, kind: Kind, key: VerifierKey, *, serial: int, grace_ms: int = 0
) -> KeyStatement:
    """Whose a key is, to be signed."""
    return KeyStatement(
        key=key.vkey,
        kind=kind,
        principal=id.id,
        serial=serial,
        tenant=id.tenant,
        grace_ms=grace_ms,
    )


def sign(statement: KeyStatement, *signers: Signer) -> dict[str, Any]:
    """The statement in an envelope: signed with the key itself, then perhaps with the key before
    it, then perhaps by the operator.
    """
    return dsse.sign(encode(msgspec.to_builtins(statement)), KEY_TYPE, *signers)


# --- deciding


def register(principal: Principal | None, id: PrincipalId, envelope: Any) -> list[Decision]:
    """Register a principal with its first key; nothing when that has happened already.

    Raises:
        Conflict: there is another one of this name (``principal.exists``).
        Invalid: not a key statement of this principal (``principal.malformed``).
        Denied: not signed with the key itself (``principal.signature``).
    """
    statement = _verified(id, envelope)
    if principal is not None:
        if principal.keys == (statement.key,) and principal.kind == statement.kind:
            return []
        raise Conflict(
            f"{id.ref} is registered already, as {principal.kind}",
            code="principal.exists",
            next_step="choose another name, or rotate the key",
            principal=id.ref,
        )
    if statement.serial != 1 or statement.grace_ms:
        raise _malformed("the first key of a principal has number 1, and none before it")
    return [decision(REGISTERED, KeyTaken(envelope=envelope))]


def rotate(principal: Principal, envelope: Any, *, recovered: str | None = None) -> list[Decision]:
    """Let a new key take over.

    Args:
        principal: As it is.
        envelope: The new key's statement, signed with it and with the key that counts now.
        recovered: Why the key that counts now has not signed: it is lost, or in wrong hands.

    Raises:
        Conflict: the principal is revoked (``principal.revoked``).
        Invalid: not the next key of this principal (``principal.malformed``).
        Denied: a signature is missing or does not verify (``principal.signature``).
    """
    _require_live(principal)
    statement = _verified(principal.id, envelope)
    fresh = statement.key not in principal.keys
    if statement.serial != len(principal.keys) + 1 or not fresh or statement.kind != principal.kind:
        raise _malformed("it is not the principal's next key")
    if not 0 <= statement.grace_ms <= GRACE_MS_MAX or (statement.grace_ms and recovered):
        raise _malformed(
            f"a key that hands over itself counts on for at most {GRACE_MS_MAX} ms, a lost one not"
        )
    if recovered is None:
        _require_signature(principal.id, envelope, principal.key)
    else:
        _check_reason(recovered)
    return [decision(KEY_ROTATED, KeyTaken(envelope=envelope, recovered=recovered))]


def revoke(principal: Principal, reason: str) -> list[Decision]:
    """Let nothing count any more that the principal signs.

    Raises:
        Conflict: that is so already (``principal.revoked``).
        Invalid: no reason, or a very long one (``principal.reason``).
    """
    _require_live(principal)
    _check_reason(reason)
    return [decision(REVOKED, Revoked(reason=reason))]


# --- folding


def fold(id: PrincipalId, events: Iterable[Event]) -> Principal | None:
    """The principal of a stream, or None when nobody is registered.

    Raises:
        Missing: the content is erased (``journal.erased``).
        Corrupt: the history is not one that could have come about (``principal.unproved``).
    """
    principal: Principal | None = None
    for event in events:
        if event.body is None:
            raise Missing(
                f"who {id.ref} is was erased with its tenant's key",
                code="journal.erased",
                stream=event.stream,
            )
        try:
            principal = _evolved(id, principal, event.kind, event.body, event.seq)
        except (TarlError, msgspec.MsgspecError) as error:
            raise Corrupt(
                f"{event.stream}: event {event.seq} could not have come about: {error}",
                code="principal.unproved",
                stream=event.stream,
                seq=event.seq,
            ) from error
    return principal


def _evolved(
    id: PrincipalId, principal: Principal | None, kind: str, body: bytes, seq: int
) -> Principal:
    """The principal after an event that is decided upon once more."""
    said: Any = DECODERS[kind](body) if kind in DECODERS else None
    if kind == REGISTERED and principal is None:
        register(None, id, said.envelope)
        statement = claimed(said.envelope)
        return Principal(id=id, kind=statement.kind, keys=(statement.key,), seq=seq)
    if kind == KEY_ROTATED and principal is not None:
        rotate(principal, said.envelope, recovered=said.recovered)
        keys = (*principal.keys, claimed(said.envelope).key)
        return msgspec.structs.replace(principal, keys=keys, seq=seq)
    if kind == REVOKED and principal is not None:
        revoke(principal, said.reason)
        return msgspec.structs.replace(principal, revoked=said.reason, seq=seq)
    raise _malformed(f"{kind} does not belong here")


def claimed(envelope: Any) -> KeyStatement:
    """What an envelope claims; nothing is verified but its form.

    Raises:
        Invalid: not a key statement (``principal.malformed``).
    """
    try:
        payload = base64.b64decode(envelope["payload"], validate=True)
        statement = _read.decode(payload)
        signatures = [
            {"keyid": s["keyid"], "sig": base64.b64encode(_bytes(s["sig"])).decode()}
            for s in envelope["signatures"]
        ]
        only_form = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": KEY_TYPE,
            "signatures": signatures,
        }
        ids = {s["keyid"] for s in signatures}
        if envelope != only_form or encode(msgspec.to_builtins(statement)) != payload:
            raise ValueError("it is not spelled as this program spells it")
        if not 1 <= len(signatures) <= SIGNATURES_MAX or len(ids) < len(signatures):
            raise ValueError("it has no signature, too many, or two of one key")
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError, TarlError) as error:
        raise _malformed(str(error)) from None
    return statement


def vouched(envelope: Any, operator: VerifierKey) -> bool:
    """Whether the operator has signed the statement too.

    Raises:
        Corrupt: a signature in the operator's name does not verify (``signature.invalid``).
    """
    if all(s["keyid"] != operator.label for s in envelope["signatures"]):
        return False
    dsse.verify(envelope, KEY_TYPE, operator)
    return True


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _verified(id: PrincipalId, envelope: Any) -> KeyStatement:
    statement = claimed(envelope)
    key = parse_vkey(statement.key)
    if (statement.tenant, statement.principal) != (id.tenant, id.id):
        raise _malformed(f"it is about another principal than {id.ref}")
    if key.type != NOTE_TYPE or key.name != id.stream or key.vkey != statement.key:
        raise _malformed(f"the key's name is not {id.stream}")
    _require_signature(id, envelope, key)
    return statement


def _require_signature(id: PrincipalId, envelope: Any, key: VerifierKey) -> None:
    try:
        dsse.verify(envelope, KEY_TYPE, key)
    except TarlError as error:
        raise Denied(
            f"the key statement of {id.ref} is not signed by {key.label}: {error}",
            code="principal.signature",
            next_step="sign with the new key and with the one that counts now",
            principal=id.ref,
        ) from None


def _require_live(principal: Principal) -> None:
    if principal.revoked is not None:
        raise Conflict(
            f"{principal.id.ref} is revoked: {principal.revoked}",
            code="principal.revoked",
            next_step="register the person under another name",
            principal=principal.id.ref,
        )


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > TEXT_CHARS_MAX:
        raise Invalid(f"a reason has 1 to {TEXT_CHARS_MAX} characters", code="principal.reason")


def _malformed(why: str) -> Invalid:
    return Invalid(f"not a principal's key statement: {why}", code="principal.malformed")
