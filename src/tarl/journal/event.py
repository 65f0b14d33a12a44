"""An event: one fact in one stream, chained to the fact before it.

Invariants:
1. ``digest = SHA-256(LP(domain, prev, stream, seq, kind, c))`` where ``LP`` prefixes each field
with its
   length and ``c`` commits to the body: ``SHA-256(body)`` in clear, an HMAC when the body is
   sealed.
2. ``seq`` counts from 1 without gaps; ``prev`` is 32 zero bytes at 1.
3. ``recorded_at_ms`` and ``observed`` stand outside the digest and inside the log's leaf, so that
two
   executions with the same inputs have the same digests and the times are still evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from struct import error as StructError
from typing import NamedTuple

from tarl.errors import ChainBrokenError, Corrupt
from tarl.values.digest import length_prefixed

EVENT_DOMAIN = b"tarl.event/1"
LEAF_DOMAIN = b"tarl.leaf/1"
GENESIS = bytes(32)

_LEN_8 = (8).to_bytes(8, "big")
_LEN_32 = (32).to_bytes(8, "big")
DIGEST_PREFIX = length_prefixed(EVENT_DOMAIN) + _LEN_32
_LEAF_PREFIX = b"\x00" + length_prefixed(LEAF_DOMAIN) + _LEN_32
_LEAF = Struct(f">{len(_LEAF_PREFIX)}s32s8sQQ")
"""A leaf without observation: prefix, digest, length of the time, time, length of nothing."""


class Row(NamedTuple):
    """An event on its way into a store: the body as stored, which may be sealed."""

    stream: str
    seq: int
    kind: str
    body: bytes | None
    digest: bytes
    recorded_at_ms: int
    commitment: bytes | None
    observed: bytes | None


class Event(NamedTuple):
    """An event as it is read: body opened, place in the log known.

    ``body`` is None when the key that sealed it has been destroyed. ``opening`` is the key under
    which ``commitment`` commits to the body; both are None for a body in clear. ``log_index``
    counts from 0 over all streams of the file.
    """

    stream: str
    seq: int
    kind: str
    body: bytes | None
    digest: bytes
    recorded_at_ms: int
    observed: bytes | None
    commitment: bytes | None
    opening: bytes | None
    log_index: int


def chain_prefix(stream: str) -> bytes:
    """The stream's field of the digest, up to and with the length of the sequence number."""
    return length_prefixed(stream.encode()) + _LEN_8


@lru_cache(maxsize=1_024)
def chain_kind(kind: str) -> bytes:
    """The kind's field of the digest, up to and with the length of the commitment."""
    return length_prefixed(kind.encode()) + _LEN_32


def event_digest(prev: bytes, *, stream: str, seq: int, kind: str, commitment: bytes) -> bytes:
    """The digest of one event (invariant 1); ``prev`` and ``commitment`` are 32 bytes each."""
    fields = (DIGEST_PREFIX, prev, chain_prefix(stream), seq.to_bytes(8, "big"))
    return sha256(b"".join((*fields, chain_kind(kind), commitment))).digest()


def leaf_hash(digest: bytes, recorded_at_ms: int, observed: bytes | None) -> bytes:
    """The event's leaf in the Merkle log (RFC 6962, section 2.1: ``SHA-256(0x00 || leaf
    data)``).
    """
    tail = observed or b""
    return sha256(
        b"".join(
            (
                _LEAF_PREFIX,
                digest,
                _LEN_8,
                recorded_at_ms.to_bytes(8, "big"),
                len(tail).to_bytes(8, "big"),
                tail,
            )
        )
    ).digest()


def leaf_hashes(leaves: Iterable[tuple[bytes, int, bytes | None]]) -> list[bytes]:
    """``leaf_hash`` of many events: digest, time in milliseconds and observation of each.

    Raises:
        Corrupt: a field is not even of its type (``journal.malformed``).
    """
    pack = _LEAF.pack
    try:
        return [
            leaf_hash(digest, at_ms, observed)
            if observed
            else sha256(pack(_LEAF_PREFIX, digest, _LEN_8, at_ms, 0)).digest()
            for digest, at_ms, observed in leaves
        ]
    except (OverflowError, TypeError, StructError) as error:
        raise Corrupt(f"an event is no event: {error}", code="journal.malformed") from error


class ChainCheck:
    """Checks one stream's events in order as they pass; its state is the last digest and
    position.
    """

    __slots__ = ("_packs", "_prefix", "digest", "seq", "stream")

    def __init__(self, stream: str, *, seq: int = 0, digest: bytes = GENESIS) -> None:
        self.stream = stream
        self.seq = seq
        self.digest = digest
        self._prefix = DIGEST_PREFIX, chain_prefix(stream)
        self._packs: dict[str, tuple[Callable[..., bytes], bytes]] = {}

    def check_all(self, events: Iterable[Event]) -> None:
        """Accept the next events, in order, or name what is wrong with the first that is not next.

        Raises:
            ChainBrokenError: the position leaves a gap (``journal.gap``) or the digest does not
                follow; the state is then that after the event before.
        """
        head, prefix = self._prefix
        packs, seq, prev = self._packs, self.seq, self.digest
        for event in events:
            _, found, kind, body, digest, _, _, commitment, _, _ = event
            seq += 1
            try:
                known = packs.get(kind)
                if known is None:
                    known = packs[kind] = self._pack(kind)
                pack, kind_field = known
                if commitment is None:
                    commitment = sha256(body or b"").digest()
                whole = pack(head, prev, prefix, seq, kind_field, commitment)
                follows = sha256(whole).digest() == digest and len(commitment) == 32
            except (AttributeError, TypeError, ValueError, StructError):
                follows = False  # a field is not even of its type
            if found != seq or not follows:
                self.seq, self.digest = seq - 1, prev
                raise self._broken(found)
            prev = digest
        self.seq, self.digest = seq, prev

    def _pack(self, kind: str) -> tuple[Callable[..., bytes], bytes]:
        """What joins the fields of an event of this kind, each of a length that is known."""
        head, prefix = self._prefix
        field = chain_kind(kind)
        shape = Struct(f">{len(head)}s32s{len(prefix)}sQ{len(field)}s32s")
        return shape.pack, field

    def _broken(self, found: int) -> ChainBrokenError:
        seq = self.seq + 1
        if found != seq:
            return ChainBrokenError(
                f"{self.stream}: event {seq} is missing (found {found})",
                code="journal.gap",
                stream=self.stream,
                seq=found,
            )
        return ChainBrokenError(
            f"{self.stream}: event {seq} does not match its digest", stream=self.stream, seq=seq
        )
