"""One stream's next events: chained as they are made, stored when the store commits them."""

from __future__ import annotations

from hashlib import sha256

from tarl.journal.codec import Codec
from tarl.journal.event import DIGEST_PREFIX, GENESIS, Row, chain_kind, chain_prefix

_new_row = tuple.__new__


class StreamWriter:
    """Makes the rows that continue one stream; owned by whoever may write to that stream.

    ``seq`` and ``digest`` are the head including rows made and not yet committed. Times never run
    backwards within a stream: an earlier clock reading is recorded as the previous event's time.
    """

    __slots__ = (
        "_prefix",
        "codec",
        "digest",
        "recorded_at_ms",
        "seq",
        "stream",
        "tenant",
    )

    def __init__(
        self,
        stream: str,
        *,
        tenant: str,
        codec: Codec,
    ) -> None:
        self.stream = stream
        self.tenant = tenant
        self.seq = 0
        self.digest = GENESIS
        self.recorded_at_ms = 0
        self.codec = codec.of(tenant)
        self._prefix = chain_prefix(stream)

    def continue_from(self, seq: int, digest: bytes, recorded_at_ms: int) -> None:
        """Continue the chain after an event that is on disk already."""
        self.seq = seq
        self.digest = digest
        self.recorded_at_ms = recorded_at_ms

    def append(self, kind: str, body: bytes, *, at_ms: int, observed: bytes | None = None) -> Row:
        """The stream's next event; ``body`` is canonical JSON, ``at_ms`` a UTC instant."""
        seq = self.seq + 1
        if self.codec.seals:
            data, commitment = self.codec.store_body(self.tenant, self.stream, seq, body)
            c = commitment or sha256(data).digest()
        else:
            data, commitment = body, None
            c = sha256(body).digest()
        if at_ms < self.recorded_at_ms:
            at_ms = self.recorded_at_ms
        chained = (
            DIGEST_PREFIX,
            self.digest,
            self._prefix,
            seq.to_bytes(8, "big"),
            chain_kind(kind),
            c,
        )
        digest = sha256(b"".join(chained)).digest()
        self.seq = seq
        self.digest = digest
        self.recorded_at_ms = at_ms
        row = (self.stream, seq, kind, data, digest, at_ms, commitment, observed)
        return _new_row(Row, row)
