"""Rows that begin or continue a stream of the queue's."""

from __future__ import annotations

from collections.abc import Sequence

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
    codec = store.codec
    if head is not None and codec.seals != sealed:
        codec = codec.as_in(next(store.read(stream, until=1), None))
    writer = StreamWriter(stream, tenant=tenant, codec=codec)
    if head is not None:
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    rows = [writer.append(kind, body, at_ms=at_ms) for kind, body in facts]
    return rows, Head(writer.seq, writer.digest, writer.recorded_at_ms)
