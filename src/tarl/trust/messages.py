"""Messages between principals: signed, for one recipient and audience, once and not for long.

A message is taken when all of this holds, and refused otherwise:

1. Its bytes are spelled as this program spells them, and the sender's key that counts now signed
   them. Who the sender is, the key says; names in the body say nothing.
2. It is for this tenant, this recipient and this audience.
3. It was issued at most ``SKEW_MS_MAX`` ahead of now and its time is not up, where now is the
   clock's, or the latest time at which the tenant ever took a message, whichever is later.
4. No message of this sender with this nonce was taken before. What was taken is a fact in the
   journal, so no restart forgets it; it is forgotten when its time is up, and rule 3 refuses it
   then, whatever the clock says.
5. The sender has fewer than ``UNEXPIRED_MAX`` messages whose time is not up. A flood is refused,
   not forgotten; it shuts out the one who floods and nobody else.

Nonces are kept in buckets by the minute in which they expire and dropped by the bucket, so the set
is bounded (senders times ``UNEXPIRED_MAX``) and dropping costs a constant for each message.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tarl.crypto import dsse
from tarl.crypto.note import Signer
from tarl.errors import Conflict, Corrupt, Denied, Exceeded, Invalid, TarlError
from tarl.journal.projection import Fact, Guard, Projection, Table, Tables
from tarl.journal.store import Batch, Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.principals import Principal
from tarl.kernel.approvals.register import TRIES_MAX, Principals, continued, unchanged
from tarl.kernel.approvals.request import canonical
from tarl.values.canonical import INTEGER_MAX, decode, encode
from tarl.values.ids import check_name, encode_segment, tenant_of
from tarl.values.metrics import Metrics, Unmeasured

MESSAGE_TYPE = "application/vnd.tarl.message.v1+json"
ACCEPTED = "message.accepted/1"

TTL_MS_MAX = 60 * 60 * 1000
"""A message waits an hour at most: what is wanted later is no message but work."""

SKEW_MS_MAX = 5 * 60 * 1000
"""How far a sender's clock may be ahead."""

BUCKET_MS = 60 * 1000

UNEXPIRED_MAX = 4_096
"""Of one sender: more than one a second for an hour is a flood."""

PAYLOAD_BYTES_MAX = 64 * 1024
DEPTH_MAX = 16


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one principal tells another.

    Attributes:
        audience: Where it is to be taken, such as a run or a protocol, or None for anywhere.
        body: JSON without fractions.
        in_reply_to: The digest of the message that it answers, or None.
        issued_at_ms: The sender's time.
        nonce: 32 hexadecimal digits, new for each message.
        ttl_ms: For how long it may be taken.
    """

    audience: str | None
    body: Any
    in_reply_to: str | None = None
    issued_at_ms: int
    nonce: str
    recipient: str
    sender: str
    tenant: str
    ttl_ms: int
    type: str = "tarl.message/1"

    @property
    def expires_at_ms(self) -> int:
        """From when on nobody takes it."""
        return self.issued_at_ms + self.ttl_ms


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A message was taken: whose, with which nonce and digest, and until when that counts."""

    sender: str
    nonce: str
    digest: str
    expires_at_ms: int


class Received(NamedTuple):
    """A message that was taken, and its digest in hex."""

    message: Message
    digest: str


_read_accepted = msgspec.json.Decoder(Accepted).decode

NONCES = Table(
    name="trust_message",
    columns={"tenant": "TEXT", "sender": "TEXT", "nonce": "TEXT", "bucket": "INTEGER"},
    key=("tenant", "sender", "nonce"),
    indexes=(("tenant", "sender", "bucket"),),
)
BUCKETS = Table(
    name="trust_message_bucket",
    columns={"tenant": "TEXT", "sender": "TEXT", "bucket": "INTEGER", "messages": "INTEGER"},
    key=("tenant", "sender", "bucket"),
)
FLOORS = Table(
    name="trust_message_floor",
    columns={"tenant": "TEXT", "at_ms": "INTEGER"},
    key=("tenant",),
)
"""The latest time at which the tenant took a message: it is never earlier than that again."""


def stream_of(tenant: str, recipient: str) -> str:
    """The stream of what a principal has taken."""
    return f"messages/{encode_segment(tenant)}/{encode_segment(recipient)}"


def sign(message: Message, signer: Signer) -> dict[str, Any]:
    """The message in an envelope.

    Raises:
        Invalid: it is no message that anybody would take (``message.malformed``).
    """
    envelope = dsse.sign(canonical(message), MESSAGE_TYPE, signer)
    claimed(envelope)
    return envelope


def claimed(envelope: Any) -> Received:
    """What an envelope claims; nothing is verified but its form.

    Raises:
        Invalid: not a message (``message.malformed``).
    """
    try:
        text = envelope["payload"]
        if type(text) is not str or len(text) > PAYLOAD_BYTES_MAX // 3 * 4 + 4:
            raise ValueError("it is no text, or too long")
        payload = base64.b64decode(text, validate=True)
        (signature,) = envelope["signatures"]
        data = base64.b64decode(signature["sig"], validate=True)
        only_form = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": MESSAGE_TYPE,
            "signatures": [
                {"keyid": str(signature["keyid"]), "sig": base64.b64encode(data).decode()}
            ],
        }
        message = msgspec.convert(decode(payload), Message)
        if envelope != only_form or canonical(message) != payload:
            raise ValueError("it is not spelled as this program spells it")
        _check(message)
    except (KeyError, TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise _malformed(str(error)) from None
    except TarlError as error:
        raise _malformed(error.message) from None
    return Received(message, sha256(payload).hexdigest())


class Messages:
    """What principals of a journal have taken. No instant is read from a clock: ``at_ms`` is now.

    Args:
        store: The journal, with the projections of principals and ``MESSAGES_PROJECTION``.
        metrics: Where it counts.
        unexpired_max: How many messages of one sender may be unexpired.
    """

    def __init__(
        self,
        store: Store,
        *,
        metrics: Metrics | None = None,
        unexpired_max: int = UNEXPIRED_MAX,
    ) -> None:
        self._store = store
        self._metrics = metrics or Unmeasured()
        self._unexpired_max = unexpired_max
        self._principals = Principals(store, metrics=metrics)

    def accept(
        self,
        envelope: Any,
        *,
        recipient: PrincipalId,
        audience: str | None = None,
        at_ms: int,
        guards: Sequence[Guard] = (),
    ) -> Received:
        """Take a message, once.

        Args:
            envelope: From anywhere.
            recipient: Who takes it.
            audience: Where it is taken; must be what the message says.
            at_ms: Now.
            guards: What else must hold in the same transaction.

        Raises:
            Invalid: not a message (``message.malformed``).
            Missing: the sender is not registered (``principal.missing``).
            Denied: ``message.signature``, ``message.sender`` (revoked), ``message.recipient``
                (another tenant, recipient or audience), ``message.expired``, ``message.future``.
            Conflict: it was taken before (``message.replayed``).
            Exceeded: too many of this sender (``message.flood``).
        """
        try:
            return self._accepted(envelope, recipient, audience, at_ms, guards)
        except TarlError as error:
            self._metrics.count("messages.refused", code=error.code)
            raise

    def unexpired(self, tenant: str, sender: str) -> int:
        """How many nonces of a sender are kept."""
        return sum(
            record["messages"]
            for record in self._store.scan(
                "trust_message_bucket", {"tenant": tenant, "sender": sender}
            )
        )

    def _accepted(
        self,
        envelope: Any,
        recipient: PrincipalId,
        audience: str | None,
        at_ms: int,
        guards: Sequence[Guard],
    ) -> Received:
        received = claimed(envelope)
        message = received.message
        aim = (message.tenant, message.recipient, message.audience)
        if aim != (recipient.tenant, recipient.id, audience):
            raise Denied(
                f"the message is for {aim}, not for {recipient.ref} at {audience}",
                code="message.recipient",
            )
        _check_time(message, at_ms)
        for _ in range(TRIES_MAX):
            sender = self._principals.get(PrincipalId(message.tenant, message.sender))
            _check_signature(sender, envelope)
            guard = _guard(message, at_ms=at_ms, unexpired_max=self._unexpired_max)
            try:
                self._append(received, at_ms=at_ms, guards=(*guards, unchanged(sender), guard))
            except Conflict as error:
                if error.code not in ("journal.position", "principal.changed"):
                    raise
            else:
                self._metrics.count("messages.accepted")
                return received
        raise Conflict("the recipient's stream never stood still", code="journal.position")

    def _append(self, received: Received, *, at_ms: int, guards: Sequence[Guard]) -> None:
        message = received.message
        stream = stream_of(message.tenant, message.recipient)
        writer = continued(self._store, stream, tenant=message.tenant)
        accepted = Accepted(
            sender=message.sender,
            nonce=message.nonce,
            digest=received.digest,
            expires_at_ms=message.expires_at_ms,
        )
        row = writer.append(ACCEPTED, canonical(accepted), at_ms=at_ms)
        self._store.commit(Batch([row], guards=guards))


# --- deciding


def _check(message: Message) -> None:
    check_name(message.tenant, "tenant")
    check_name(message.sender, "sender")
    check_name(message.recipient, "recipient")
    if message.type != "tarl.message/1":
        raise ValueError("it is of another type")
    if not _is_hex(message.nonce, 32):
        raise ValueError("the nonce is not 32 hexadecimal digits")
    if message.in_reply_to is not None and not _is_hex(message.in_reply_to, 64):
        raise ValueError("what it answers is not named by a digest")
    if message.audience is not None:
        check_name(message.audience, "audience")
    if not 0 < message.ttl_ms <= TTL_MS_MAX:
        raise ValueError(f"it would be good for longer than {TTL_MS_MAX} ms, or not at all")
    if not 0 <= message.issued_at_ms <= INTEGER_MAX - TTL_MS_MAX:
        raise ValueError("its time is none")
    _check_body(message.body, DEPTH_MAX)
    if len(encode(msgspec.to_builtins(message))) > PAYLOAD_BYTES_MAX:
        raise ValueError(f"it has more than {PAYLOAD_BYTES_MAX} bytes")


def _check_body(value: Any, depth: int) -> None:
    if isinstance(value, float):
        raise ValueError("it holds a number that is no integer")
    if isinstance(value, dict | list):
        if not depth:
            raise ValueError(f"it is nested more than {DEPTH_MAX} deep")
        for item in value.values() if isinstance(value, dict) else value:
            _check_body(item, depth - 1)


def _check_signature(sender: Principal, envelope: Any) -> None:
    if sender.revoked is not None:
        raise Denied(f"{sender.id.ref} is revoked", code="message.sender")
    try:
        dsse.verify(envelope, MESSAGE_TYPE, sender.key)
    except Corrupt as error:
        raise Denied(
            f"the message is not signed with the key of {sender.id.ref}: {error}",
            code="message.signature",
        ) from None


def _check_time(message: Message, now_ms: int) -> None:
    if message.expires_at_ms <= now_ms:
        raise Denied(
            f"the message's time was up {now_ms - message.expires_at_ms} ms ago",
            code="message.expired",
            next_step="have it sent again",
        )
    if message.issued_at_ms > now_ms + SKEW_MS_MAX:
        raise Denied("the message was issued in the future", code="message.future")


def _guard(message: Message, *, at_ms: int, unexpired_max: int) -> Callable[[Tables], None]:
    def guard(tables: Tables) -> None:
        floor = tables.get("trust_message_floor", message.tenant)
        now_ms = at_ms if floor is None else max(at_ms, floor["at_ms"])
        _check_time(message, now_ms)
        if tables.get("trust_message", message.tenant, message.sender, message.nonce) is not None:
            raise Conflict(
                f"{message.sender}'s message {message.nonce} was taken before",
                code="message.replayed",
                next_step="a message is taken once; a new one needs a new nonce",
            )
        kept = sum(
            record["messages"]
            for record in tables.scan(
                "trust_message_bucket", {"tenant": message.tenant, "sender": message.sender}
            )
            if record["bucket"] >= now_ms // BUCKET_MS
        )
        if kept >= unexpired_max:
            raise Exceeded(
                f"{message.sender} has {kept} messages whose time is not up",
                code="message.flood",
                next_step="wait until the first of them have expired",
                sender=message.sender,
            )

    return guard


def _is_hex(text: str, chars: int) -> bool:
    return len(text) == chars and set(text) <= set("0123456789abcdef")


def _malformed(why: str) -> Invalid:
    return Invalid(f"not a message: {why}", code="message.malformed")


# --- folding


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return  # erased with its tenant
    tenant = tenant_of(fact.stream)
    said = _read_accepted(fact.body)
    floor = tables.get("trust_message_floor", tenant)
    now_ms = fact.recorded_at_ms if floor is None else max(fact.recorded_at_ms, floor["at_ms"])
    tables.put("trust_message_floor", {"tenant": tenant, "at_ms": now_ms})
    _drop_before(tables, tenant, said.sender, now_ms // BUCKET_MS)
    bucket = said.expires_at_ms // BUCKET_MS
    place = {"tenant": tenant, "sender": said.sender, "bucket": bucket}
    tables.put("trust_message", {**place, "nonce": said.nonce})
    counted = tables.get("trust_message_bucket", tenant, said.sender, bucket)
    messages = 1 if counted is None else counted["messages"] + 1
    tables.put("trust_message_bucket", {**place, "messages": messages})


def _drop_before(tables: Tables, tenant: str, sender: str, bucket: int) -> None:
    place = {"tenant": tenant, "sender": sender}
    for old in list(tables.scan("trust_message_bucket", place, at_most={"bucket": bucket - 1})):
        for gone in list(tables.scan("trust_message", {**place, "bucket": old["bucket"]})):
            tables.delete("trust_message", tenant, sender, gone["nonce"])
        tables.delete("trust_message_bucket", tenant, sender, old["bucket"])


MESSAGES_PROJECTION = Projection(
    name="messages",
    tables=(NONCES, BUCKETS, FLOORS),
    kinds=frozenset({ACCEPTED}),
    apply=_apply,
)
