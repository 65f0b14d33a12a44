"""Rows that begin or continue a stream of the queue's."""

from __future__ import annotations

from collections.abc import Sequence

from tarl.journal.codec import Codec
from tarl.journal.event import Row
from tarl.journal.store import Head, Store
from tarl.journal.writer import StreamWriter


def continued(
    store: Store,
    stream: str,
    tenant: str,
    head: Head | None,
    facts: Sequence[tuple[str, bytes]],
    *,
    at_ms: int,
    sealed: bool = False,
) -> tuple[list[Row], Head]:
    """The rows of these facts after ``head``, and the head after them.

    A stream that goes on stays ``sealed``, or in clear, as it began.
    """
    if head is None:
        writer = StreamWriter(stream, tenant=tenant, codec=store.codec)
    else:
        codec = codec_of(store, stream, tenant, sealed=sealed)
        writer = StreamWriter(stream, tenant=tenant, codec=codec)
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    rows = [writer.append(kind, body, at_ms=at_ms) for kind, body in facts]
    return rows, Head(writer.seq, writer.digest, writer.recorded_at_ms)


def codec_of(store: Store, stream: str, tenant: str, *, sealed: bool) -> Codec:
    """The codec of a stream that began sealed or in clear, whatever begins so now."""
    codec = store.codec.of(tenant)
    if codec.seals == sealed:
        return codec
    return codec.as_in(next(store.read(stream, until=1), None))
