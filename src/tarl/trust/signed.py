"""Signed records: the one door through which signed bytes come in.

1. What comes in is verified as the exact bytes that were signed, and must be spelled as this
   program spells it: no second spelling of a record exists, so no two readers can disagree.
2. Everything is bounded before it is read: size, nesting, signatures.
3. Nothing here says that a signature verifies, only which there are (``links``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from tarl.crypto.dsse import pae
from tarl.errors import TarlError
from tarl.trust import wellformed
from tarl.trust.kms import SigningService
from tarl.trust.records import (
    DEPTH_MAX,
    PAYLOAD_BYTES_MAX,
    RECORDS,
    SIGNATURES_MAX,
    VERSION,
    Record,
)
from tarl.trust.wellformed import refused
from tarl.values.canonical import decode, encode

_written = msgspec.json.Encoder(order="sorted").encode
"""A record's canonical bytes: its member names are ASCII, its numbers integers."""


_READERS: dict[type[Record], Callable[[bytes], Any]] = {
    record: msgspec.json.Decoder(record).decode for record in RECORDS.values()
}
_TYPES = {record: f"tarl.{kind}/{VERSION}" for kind, record in RECORDS.items()}


class Signed(NamedTuple):
    """A record as it came in or was made: nothing but its form is checked.

    ``signatures`` are the labels of keys with what they are said to have signed; ``message`` is
    what they sign.
    """

    record: Any
    payload: bytes
    digest: str
    signatures: tuple[tuple[str, bytes], ...]
    message: bytes

    @property
    def kind(self) -> str:
        """The kind of the record."""
        return str(self.record.KIND)

    @property
    def envelope(self) -> dict[str, Any]:
        """The record as DSSE."""
        return _enveloped(self.payload, self.kind, self.signatures)


def payload_type(kind: str) -> str:
    """The DSSE payload type of a kind."""
    return f"application/vnd.tarl.{kind}.v{VERSION}+json"


def sign(record: Record, *signers: SigningService) -> Signed:
    """The record with the signature of each.

    Raises:
        Invalid: it has no canonical JSON.
        Unavailable: whatever holds a key does not answer.
    """
    payload = _written(record)
    message = pae(payload_type(record.KIND), payload)
    signatures = tuple((signer.verifier.label, signer.sign(message)) for signer in signers)
    return Signed(record, payload, sha256(payload).hexdigest(), signatures, message)


def parse(envelope: Any) -> Signed:
    """A signed record from outside.

    Raises:
        Invalid: ``trust.envelope`` (not an envelope, or truncated), ``trust.kind`` (no such kind),
            ``trust.version``, ``trust.oversized``, ``trust.depth``, ``trust.signatures`` (none, too
            many, two of one key), ``trust.encoding`` (not UTF-8, a duplicate name, no JSON),
            ``trust.float``, ``trust.canonical`` (another spelling), ``trust.malformed`` (not the
            members of its kind), ``trust.key_type`` (a key of another type), ``trust.times``.
    """
    payload, kind, signatures = _opened(envelope)
    record_type = _record_type(kind)
    record = _read_plain(payload, record_type) or _read_oddly(payload, record_type)
    wellformed.check(record)
    digest = sha256(payload).hexdigest()
    return Signed(record, payload, digest, signatures, pae(kind, payload))


# --- form


def _opened(envelope: Any) -> tuple[bytes, str, tuple[tuple[str, bytes], ...]]:
    if type(envelope) is not dict or set(envelope) != {"payload", "payloadType", "signatures"}:
        raise refused("trust.envelope", "it has not the members of an envelope")
    text, kind, signed = envelope["payload"], envelope["payloadType"], envelope["signatures"]
    if type(text) is not str or type(kind) is not str or type(signed) not in (list, tuple):
        raise refused("trust.envelope", "a member of the envelope is of another type")
    if len(text) > PAYLOAD_BYTES_MAX // 3 * 4 + 4:
        raise refused("trust.oversized", f"it has more than {PAYLOAD_BYTES_MAX} bytes")
    payload = _unb64(text)
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise refused("trust.oversized", f"it has more than {PAYLOAD_BYTES_MAX} bytes")
    if not 1 <= len(signed) <= SIGNATURES_MAX:
        raise refused("trust.signatures", f"it has not 1 to {SIGNATURES_MAX} signatures")
    signatures = []
    for one in signed:
        if type(one) is not dict or set(one) != {"keyid", "sig"}:
            raise refused("trust.envelope", "a signature has not the members of one")
        if type(one["keyid"]) is not str or type(one["sig"]) is not str or len(one["sig"]) > 100:
            raise refused("trust.envelope", "a signature is of another type")
        signatures.append((one["keyid"], _unb64(one["sig"])))
    if len({label for label, _ in signatures}) < len(signatures):
        raise refused("trust.signatures", "two signatures are of one key")
    return payload, kind, tuple(signatures)


def _record_type(payload_type: str) -> type[Record]:
    prefix, suffix = "application/vnd.tarl.", "+json"
    middle = payload_type[len(prefix) : -len(suffix)]
    kind, _, version = middle.rpartition(".v")
    if not payload_type.startswith(prefix) or not payload_type.endswith(suffix):
        kind = ""
    found = RECORDS.get(kind)
    if found is None:
        raise refused("trust.kind", f"no record is of the type {payload_type[:80]!r}")
    if version != VERSION:
        raise refused("trust.version", f"version {version[:20]!r} of {kind} is not known here")
    return found


def _read_plain(payload: bytes, record_type: type[Record]) -> Record | None:
    """The record of a payload that is plainly one, or None: ``_read_oddly`` says then.

    The reader's types have no room for floats or depth, and the spelling anew finds whatever else
    it takes that the strict one would refuse (a name twice, blanks, an escape).
    """
    try:
        record: Record = _READERS[record_type](payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if not payload.isascii() or record.type != _TYPES[record_type] or _written(record) != payload:
        return None
    return record


def _read_oddly(payload: bytes, record_type: type[Record]) -> Record:
    """The record of a payload with more than ASCII in it, or why it is none."""
    data = _decoded(payload)
    if type(data) is not dict or data.get("type") != _TYPES[record_type]:
        raise refused("trust.kind", "the payload is of another kind than the envelope says")
    try:
        record: Record = msgspec.convert(data, record_type)
    except (msgspec.ValidationError, TarlError) as error:
        raise refused("trust.malformed", str(error)) from None
    if _written(record) != payload:
        raise refused("trust.canonical", "its bytes are not those that this record has")
    return record


def _decoded(payload: bytes) -> Any:
    """The payload's JSON, if this program would have spelled it so."""
    try:
        data = msgspec.json.decode(payload)
        _check_members(data, DEPTH_MAX)
        if encode(data) == payload:
            return data
    except RecursionError:
        raise refused("trust.depth", f"it is nested more than {DEPTH_MAX} deep") from None
    except (msgspec.MsgspecError, UnicodeError):
        pass
    except TarlError as error:
        if error.code.startswith("trust."):
            raise
    try:
        decode(payload)
    except TarlError as error:
        if error.code == "json.depth":
            raise refused("trust.depth", error.message) from None
        raise refused("trust.encoding", error.message) from None
    raise refused("trust.canonical", "its JSON is not spelled canonically")


def _check_members(value: Any, depth_left: int) -> None:
    if type(value) is float:
        raise refused("trust.float", "it holds a number that is no integer")
    elif type(value) is list or type(value) is dict:
        if depth_left == 0:
            raise refused("trust.depth", f"it is nested more than {DEPTH_MAX} deep")
        if isinstance(value, list):
            for item in value:
                _check_members(item, depth_left - 1)
            return
        for name, item in value.items():
            if not name.isascii():
                raise refused("trust.encoding", f"the member {name[:40]!r} is not ASCII")
            _check_members(item, depth_left - 1)


def _enveloped(
    payload: bytes, kind: str, signatures: Sequence[tuple[str, bytes]]
) -> dict[str, Any]:
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type(kind),
        "signatures": [
            {"keyid": label, "sig": base64.b64encode(data).decode()} for label, data in signatures
        ],
    }


def _unb64(text: str) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise refused("trust.envelope", "it is not base64, or is cut short") from None
    if binascii.b2a_base64(data, newline=False).decode() != text:
        raise refused("trust.envelope", "its base64 is not spelled canonically")
    return data
