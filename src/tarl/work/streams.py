"""How the rooms of work go on with a stream that others may write to as well."""

from __future__ import annotations

from urllib.parse import unquote

from tarl.journal.store import Store
from tarl.journal.writer import StreamWriter
from tarl.values.ids import encode_segment


def stream_of(noun: str, tenant: str, name: str) -> str:
    """The name of the stream ``noun/<tenant>/<name>``."""
    return f"{noun}/{encode_segment(tenant)}/{encode_segment(name)}"


def key_of(stream: str) -> tuple[str, str]:
    """Tenant and name of a stream that ``stream_of`` named."""
    _, tenant, name = stream.split("/")
    return unquote(tenant), unquote(name)


def continued(store: Store, stream: str, *, tenant: str) -> StreamWriter:
    """A writer at the stream's end as it is now: sealed or in clear as its first event is.

    Committing what it writes is a Conflict (``journal.position``) if somebody else was faster.
    """
    head = store.head(stream)
    first = None if head is None else next(store.read(stream, until=1), None)
    writer = StreamWriter(stream, tenant=tenant, codec=store.codec.as_in(first))
    if head is not None:
        writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
    return writer
