"""The port through which a run's large values reach the journal's blobs."""

from __future__ import annotations

from hashlib import sha256
from typing import Protocol

import msgspec

from tarl.errors import Invalid, Missing
from tarl.kernel.events import BlobHolder

_HOLDER_START = b'{"$blob":'
_DIGEST_START = b'{"$digest":'
_decode_holder = msgspec.json.Decoder(BlobHolder).decode


class Keeps(Protocol):
    """Takes large values."""

    def put(self, data: bytes) -> str:
        """Keep the bytes with the next commit; the digest in hex, the same for the same bytes."""
        ...


class Kept(Protocol):
    """Large values by digest, to be read."""

    def get(self, digest: str) -> bytes:
        """The bytes kept under a digest (hex)."""
        ...


class Shelf(Keeps, Kept, Protocol):
    """Keeps large values by digest."""


def shelve(data: bytes, *, shelf: Keeps, inline_bytes_max: int) -> bytes:
    """What a body holds for a value: its bytes, or the reference to a blob when they are many.

    Raises:
        Invalid: the value looks like such a reference itself (``value.reserved``).
    """
    if len(data) > inline_bytes_max:
        return b'{"$blob":{"digest":"%b","size":%d}}' % (shelf.put(data).encode(), len(data))
    if data.startswith((_HOLDER_START, _DIGEST_START)):
        raise Invalid(
            "an object whose first member is named $blob or $digest is tarl's own reference",
            code="value.reserved",
            next_step="give the member another name",
        )
    return data


def digested(data: bytes) -> bytes:
    """What a body holds for a value that is not kept."""
    digest = sha256(data).hexdigest().encode()
    return b'{"$digest":{"sha256":"%b","size":%d}}' % (digest, len(data))


def is_digested(raw: bytes) -> bool:
    """Whether a body holds the digest of a value alone."""
    return raw.startswith(_DIGEST_START)


def unshelve(raw: bytes, *, shelf: Kept) -> bytes:
    """The value's bytes for what a body holds.

    Raises:
        Missing: its digest alone was recorded (``value.digest_only``).
    """
    if is_digested(raw):
        raise Missing(
            "the arguments were not recorded, but their digest",
            code="value.digest_only",
            next_step='record them: @activity(capture="full")',
        )
    if not raw.startswith(_HOLDER_START):
        return raw
    return shelf.get(_decode_holder(raw).ref.digest)
