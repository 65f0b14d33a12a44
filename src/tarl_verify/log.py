"""The log: checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature), Merkle trees (RFC
6962, section 2.1), and the leaves of events.
"""

from __future__ import annotations

import hmac
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from tarl_verify.checks import base64_bytes, hex_32, length_prefixed, require, text_of, whole
from tarl_verify.keys import Key, is_signed

NOTE_SIGNATURES_MAX = 64  # C2SP signed-note asks for 16 or more
DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")


class Checkpoint(NamedTuple):
    """A signed note with a log's size and root; ``signatures`` are (name, key id, bytes)."""

    body: str
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def signatures_of(self, key: Key) -> list[bytes]:
        """The signatures that claim to be this key's."""
        return [data for name, id_, data in self.signatures if (name, id_) == (key.name, key.id)]

    def is_signed_by(self, log: Key) -> bool:
        """Whether the log's key signed: at least one signature in its name, and none that fails."""
        claimed, message = self.signatures_of(log), self.body.encode()
        return bool(claimed) and all(is_signed(log.public, message, data) for data in claimed)

    def cosigned_at(self, witness: Key) -> int | None:
        """The latest time at which the witness cosigned, in seconds; None if never or one fails."""
        times = []
        for data in self.signatures_of(witness):
            times.append(int.from_bytes(data[:8], "big"))
            message = f"cosignature/v1\ntime {times[-1]}\n{self.body}".encode()
            if times[-1] >= 2**63 or not is_signed(witness.public, message, data[8:]):
                return None
        return max(times, default=None)


def parse_checkpoint(text: Any) -> Checkpoint:
    """A note of exactly three lines (origin, size, root); its signatures are not checked here."""
    is_clean = isinstance(text, str) and not any(c < " " and c != "\n" for c in text)
    require(is_clean, "format", "a note is text without control characters", text)
    body, blank, block = text.rpartition("\n\n")
    require(blank != "" and block.endswith("\n"), "format", "not a signed note", text)
    lines, signed = body.split("\n"), block[:-1].split("\n")
    require(1 <= len(signed) <= NOTE_SIGNATURES_MAX, "format", "number of signatures", len(signed))
    signatures = []
    for line in signed:
        parts = line.split(" ")
        require(len(parts) == 3 and parts[0] == "—", "format", "not a signature line", line)
        data = base64_bytes(parts[2])
        signatures.append((parts[1], data[:4], data[4:]))
    three = len(lines) == 3 and lines[0] != "" and DECIMAL.fullmatch(lines[1]) is not None
    require(three, "format", "a checkpoint has three lines: origin, size and root", body)
    root = base64_bytes(lines[2], size=32)
    return Checkpoint(f"{body}\n", lines[0], whole(int(lines[1])), root, signatures)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node; leaves have 0x00 in front: neither passes for the other."""
    return sha256(b"\x01" + left + right).digest()


def split_of(size: int) -> int:
    """How many leaves stand under the left child: the largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def next_hash(proof: Iterator[bytes], code: str) -> bytes:
    """The next hash of a proof, which must have one."""
    found = next(proof, b"")
    require(found != b"", code, "the proof has too few hashes")
    return found


def root_with(
    indices: Sequence[int], leaves: bytearray, size: int, proof: Iterator[bytes]
) -> bytes:
    """The root of a tree of ``size`` leaves with ours at ``indices`` (ascending, below size).

    A subtree without a leaf of ours is the proof's next hash; all other hashes are computed.
    """

    def root_of(low: int, high: int, first: int, last: int) -> bytes:
        if first == last:
            return next_hash(proof, "inclusion")
        if high - low == 1:
            return bytes(leaves[32 * first : 32 * last])
        middle = low + split_of(high - low)
        cut = bisect_left(indices, middle, first, last)
        left = root_of(low, middle, first, cut)
        return node_hash(left, root_of(middle, high, cut, last))

    return root_of(0, size, 0, len(indices))


def roots_before_and_after(
    old_size: int, new_size: int, old_root: bytes, proof: Iterator[bytes]
) -> tuple[bytes, bytes]:
    """Both roots, rebuilt from a consistency proof (RFC 6962, 2.1.2); 0 < old size < new size."""

    def rebuild(old: int, new: int, is_whole_old_tree: bool) -> tuple[bytes, bytes]:
        if old == new:
            shared = old_root if is_whole_old_tree else next_hash(proof, "consistency")
            return shared, shared
        split = split_of(new)
        if old <= split:
            before, left = rebuild(old, split, is_whole_old_tree)
            return before, node_hash(left, next_hash(proof, "consistency"))
        before, right = rebuild(old - split, new - split, False)
        left = next_hash(proof, "consistency")
        return node_hash(left, before), node_hash(left, right)

    return rebuild(old_size, new_size, True)


def content_digest(data: bytes, line: dict[str, Any]) -> bytes:
    """SHA-256 of what lies in clear; HMAC-SHA-512 cut to 256 bits of what lies sealed.

    The hash functions differ so that no digest can be opened both ways, and the HMAC key has one
    length because HMAC fills shorter keys up with zeros.
    """
    if "opening" not in line:
        return sha256(data).digest()
    return hmac.digest(hex_32(line["opening"]), data, "sha512")[:32]


def leaf_of(digest: bytes, line: dict[str, Any]) -> bytes:
    """An event's leaf in the log: over its digest, its time and what was observed."""
    at = whole(line["at"]).to_bytes(8, "big")
    observed = text_of(line["observed"]).encode() if "observed" in line else b""
    return sha256(b"\x00" + length_prefixed(b"tarl.leaf/1", digest, at, observed)).digest()
