"""A document's own digest, inside it: whoever edits the document breaks it.

The document is written with zeros where its digest will stand; SHA-256 of its canonical JSON then
takes their place. The seal shows a slip of the hand, not a forger, who would seal anew: that is
what a signature, or the journal, is for.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from tarl.values.canonical import encode

NAMESPACE = "https://tarl.dev/bill/"
ZEROS = "0" * 64
UUID_ZEROS = "urn:uuid:00000000-0000-0000-0000-000000000000"

_INDENT = 1
_sorted = msgspec.json.Encoder(order="sorted").encode


def with_namespace(document: dict[str, Any]) -> bytes:
    """The bytes of a document in whose ids ``NAMESPACE`` and ``ZEROS`` stand."""
    data = _encoded(document)
    return _spaced(data.replace(f"{NAMESPACE}{ZEROS}".encode(), namespace_of(data).encode()))


def with_uuid(document: dict[str, Any]) -> bytes:
    """The bytes of a document whose one id is ``UUID_ZEROS``."""
    data = _encoded(document)
    return _spaced(data.replace(UUID_ZEROS.encode(), uuid_of(data).encode()))


def namespace_of(data: bytes) -> str:
    """The namespace that the bytes alone determine."""
    return NAMESPACE + sha256(data).hexdigest()


def uuid_of(data: bytes) -> str:
    """A UUID that the bytes alone determine (RFC 9562, version 8), as a URN."""
    digest = bytearray(sha256(data).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
    return f"urn:uuid:{'-'.join(parts)}"


def _encoded(document: dict[str, Any]) -> bytes:
    """Canonical JSON: what the writers make has names of ASCII and no fractions, which the fast
    writer spells in the same way; it refuses lone surrogates without saying where.
    """
    try:
        return _sorted(document)
    except UnicodeEncodeError:
        return encode(document)


def _spaced(data: bytes) -> bytes:
    """Lines for people, and for tools that compare lines."""
    return msgspec.json.format(data, indent=_INDENT) + b"\n"
