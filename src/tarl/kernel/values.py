"""The port through which a run's large values reach the journal's blobs."""

from __future__ import annotations

from typing import Protocol

import msgspec

from tarl.errors import Invalid
from tarl.kernel.events import BlobHolder

_HOLDER_START = b'{"$blob":'
_decode_holder = msgspec.json.Decoder(BlobHolder).decode


class Shelf(Protocol):
    """Keeps large values by digest."""

    def put(self, data: bytes) -> str:
        """Keep the bytes with the next commit; the digest in hex, the same for the same bytes."""

    def get(self, digest: str) -> bytes:
        """The bytes kept under a digest (hex)."""


def shelve(data: bytes, *, shelf: Shelf, inline_bytes_max: int) -> bytes:
    """What a body holds for a value: its bytes, or the reference to a blob when they are many.

    Raises:
        Invalid: the value looks like such a reference itself (``value.reserved``).
    """
    if len(data) > inline_bytes_max:
        return b'{"$blob":{"digest":"%b","size":%d}}' % (shelf.put(data).encode(), len(data))
    if data.startswith(_HOLDER_START):
        raise Invalid(
            "an object whose first member is named $blob is tarl's own reference to large values",
            code="value.reserved",
            next_step="give the member another name",
        )
    return data


def unshelve(raw: bytes, *, shelf: Shelf) -> bytes:
    """The value's bytes for what a body holds."""
    if not raw.startswith(_HOLDER_START):
        return raw
    return shelf.get(_decode_holder(raw).ref.digest)
