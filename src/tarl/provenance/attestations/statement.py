"""In-toto statements in DSSE envelopes: made, read, their signatures checked.

Statement v1 (in-toto/attestation, spec/v1/statement.md); the envelope is DSSE 1.0 with the payload
type ``application/vnd.in-toto+json``. What tarl makes is canonical JSON (RFC 8785); what others
made is read as they spelled it, and its bytes are what was signed.

1. A statement is bounded before it is read: bytes, subjects, signatures, nesting.
2. Subjects are told apart by name and matched by SHA-256; a name that stands there twice, or a
   subject without that digest, is refused.
3. ``read`` says nothing about who signed; ``check`` names only those whose signature verified, and
   one signature of a known key that does not verify spoils the whole envelope.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, TypeGuard

import msgspec

from tarl.crypto import dsse, ed25519
from tarl.crypto.note import Signer, VerifierKey
from tarl.errors import Denied, Exceeded, Invalid
from tarl.kernel.approvals.names import PrincipalId
from tarl.values.canonical import decode, encode

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"

PAYLOAD_BYTES_MAX = 4 * 1024 * 1024
"""A statement about much names it by digest; what it is about lies beside it."""

SUBJECTS_MAX = 1_024
SIGNATURES_MAX = 16
NAME_CHARS_MAX = 1_024
TYPE_CHARS_MAX = 512
OPERATOR = "operator"
"""How the operator is named among the signers."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TYPE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


class Subject(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What a statement is about: a name for the reader, and the digest that counts."""

    name: str
    sha256: str


class Statement(NamedTuple):
    """A statement as it was read; ``id`` is the SHA-256 of the payload, ``keyids`` whose the
    signatures claim to be.
    """

    id: str
    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: dict[str, Any]
    payload: bytes
    keyids: tuple[str, ...]


def make(
    subjects: Sequence[Subject],
    predicate_type: str,
    predicate: Mapping[str, Any],
    *,
    signers: Sequence[Signer],
) -> dict[str, Any]:
    """The envelope of a statement, with the signature of each signer.

    Raises:
        Invalid: it could not be read back: no subject, one twice (``attestation.subject``), no type
            (``attestation.predicate``), no signer (``attestation.signatures``), or a predicate that
            is no JSON (``value.*``).
        Exceeded: it is too large (``attestation.oversized``).
    """
    content = {
        "_type": STATEMENT_TYPE,
        "subject": [{"digest": {"sha256": s.sha256}, "name": s.name} for s in subjects],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }
    if not signers:
        raise _bad("attestation.signatures", "nobody signs it")
    envelope = dsse.sign(encode(content), PAYLOAD_TYPE, *signers)
    read(envelope)
    return envelope


def read(envelope: Any) -> Statement:
    """What an envelope says; that anybody signed it is not checked.

    Raises:
        Invalid: not an envelope of a statement (``attestation.malformed``), no subject, one without
            a SHA-256 or one twice (``attestation.subject``), no predicate or type
            (``attestation.predicate``), no signature, or two of one key
            (``attestation.signatures``), or JSON that is none (``json.*``).
        Exceeded: it is too large (``attestation.oversized``).
    """
    payload, signatures = _opened(envelope)
    content = decode(payload)
    if not isinstance(content, dict) or content.get("_type") != STATEMENT_TYPE:
        raise _bad("attestation.malformed", f"its payload is no {STATEMENT_TYPE}")
    kind, predicate = content.get("predicateType"), content.get("predicate")
    if not isinstance(kind, str) or len(kind) > TYPE_CHARS_MAX or not _TYPE_URI.fullmatch(kind):
        raise _bad("attestation.predicate", "its predicateType is no URI")
    if not isinstance(predicate, dict):
        raise _bad("attestation.predicate", "its predicate is no object")
    return Statement(
        id=sha256(payload).hexdigest(),
        subjects=_subjects(content.get("subject")),
        predicate_type=kind,
        predicate=predicate,
        payload=payload,
        keyids=tuple(keyid for keyid, _ in signatures),
    )


def check(envelope: Any, keys: Mapping[str, VerifierKey]) -> tuple[str, ...]:
    """The names of those among ``keys`` (by label) that signed, in alphabetical order.

    Raises:
        Invalid, Exceeded: as ``read``.
        Corrupt: a known key's signature does not verify: something was changed
            (``signature.invalid``).
        Denied: none of the keys signed it (``attestation.wrong_key``).
    """
    payload, signatures = _opened(envelope)
    message = dsse.pae(PAYLOAD_TYPE, payload)
    names = set()
    for keyid, signature in signatures:
        key = keys.get(keyid)
        if key is not None:
            ed25519.verify(key.public, message, signature)
            names.add(name_of(key))
    if not names:
        labels = ", ".join(keyid for keyid, _ in signatures)
        raise Denied(
            f"no key that counts has signed it; it is signed with {labels}",
            code="attestation.wrong_key",
            next_step="tarl principals ls shows whose keys count",
            keyids=[keyid for keyid, _ in signatures],
        )
    return tuple(sorted(names))


def name_of(key: VerifierKey) -> str:
    """How the holder of a key is named: a principal by its name, the operator as ``operator``."""
    if key.name.startswith("principal/"):
        name = PrincipalId.from_stream(key.name).id
        return key.name if name == OPERATOR else name
    return OPERATOR if key.name.startswith("tarl-operator-") else key.name


def is_sha256(text: object) -> TypeGuard[str]:
    """Whether it is a SHA-256 as it is written here: 64 hexadecimal digits in lower case."""
    return isinstance(text, str) and _SHA256.fullmatch(text) is not None


def _opened(envelope: Any) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The payload of an envelope, and its signatures by the label of their key."""
    if not isinstance(envelope, dict) or envelope.get("payloadType") != PAYLOAD_TYPE:
        raise _bad("attestation.malformed", f"it is no DSSE envelope of {PAYLOAD_TYPE}")
    text, listed = envelope.get("payload"), envelope.get("signatures")
    if not isinstance(text, str) or not isinstance(listed, list):
        raise _bad("attestation.malformed", "its payload or its signatures are missing")
    if len(text) > PAYLOAD_BYTES_MAX // 3 * 4 + 4:
        raise Exceeded(
            f"the statement has more than {PAYLOAD_BYTES_MAX} bytes",
            code="attestation.oversized",
            next_step="name what is large by its digest, as a subject or in the predicate",
            size_bytes_max=PAYLOAD_BYTES_MAX,
        )
    if not 1 <= len(listed) <= SIGNATURES_MAX:
        raise _bad(
            "attestation.signatures", f"it has {len(listed)} signatures, not 1 to {SIGNATURES_MAX}"
        )
    signatures = [_signature(each) for each in listed]
    if len({keyid for keyid, _ in signatures}) < len(signatures):
        raise _bad("attestation.signatures", "one key has signed it twice")
    return _unb64(text), signatures


def _signature(listed: Any) -> tuple[str, bytes]:
    if isinstance(listed, dict):
        keyid, sig = listed.get("keyid"), listed.get("sig")
        if isinstance(keyid, str) and isinstance(sig, str) and 0 < len(keyid) <= NAME_CHARS_MAX:
            return keyid, _unb64(sig)
    raise _bad("attestation.malformed", "a signature has no keyid or no sig")


def _subjects(listed: Any) -> tuple[Subject, ...]:
    if not isinstance(listed, list) or not 1 <= len(listed) <= SUBJECTS_MAX:
        raise _bad("attestation.subject", f"it has not 1 to {SUBJECTS_MAX} subjects")
    subjects = []
    for each in listed:
        digest = each.get("digest") if isinstance(each, dict) else None
        found = digest.get("sha256") if isinstance(digest, dict) else None
        if not is_sha256(found):
            raise _bad("attestation.subject", "a subject has no SHA-256 of 64 hexadecimal digits")
        name = each.get("name", "")
        if not isinstance(name, str) or len(name) > NAME_CHARS_MAX:
            raise _bad(
                "attestation.subject", f"a subject's name is no text of {NAME_CHARS_MAX} characters"
            )
        subjects.append(Subject(name=name, sha256=found))
    marks = [s.name or s.sha256 for s in subjects]
    twice = next((mark for n, mark in enumerate(marks) if mark in marks[:n]), None)
    if twice is not None:
        raise _bad(
            "attestation.subject", f"the subject {twice[:80]!r} stands there twice", subject=twice
        )
    return tuple(subjects)


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _bad("attestation.malformed", "something in it is no base64") from None


def _bad(code: str, why: str, **facts: Any) -> Invalid:
    return Invalid(
        f"not a signed statement that can be read: {why}",
        code=code,
        next_step="name what `tarl attest` wrote; a bill of materials: tarl sbom verify FILE",
        **facts,
    )
