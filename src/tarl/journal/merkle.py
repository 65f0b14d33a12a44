"""Merkle tree hashes and the verification of proofs (RFC 6962, section 2.1; RFC 9162, section
2.1.3).

Pure functions over hashes of 32 bytes; ``log.py`` makes the proofs that these verify.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from tarl.errors import Corrupt

EMPTY_ROOT = sha256().digest()


def hash_of_leaf(data: bytes) -> bytes:
    """The hash of a leaf that is these bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def split(width: int) -> int:
    """How many leaves stand under the left child: the largest power of two below ``width``."""
    return 1 << ((width - 1).bit_length() - 1)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes: join pairs level by level, an odd one moves up."""
    level, hashed = list(hashes), sha256
    while len(level) > 1:  # as node_hash, written out: logs are hashed a million leaves at a time
        pairs = zip(level[::2], level[1::2], strict=False)
        joined = [hashed(b"\x01" + left + right).digest() for left, right in pairs]
        if len(level) % 2:
            joined.append(level[-1])
        level = joined
    return level[0] if level else EMPTY_ROOT


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Accept that a leaf hash stands at ``index`` in the tree of ``size`` leaves with that root.

    Raises:
        Corrupt: it does not, or the proof is not of this place (``log.inclusion``).
    """
    if not 0 <= index < size or any(len(step) != 32 for step in (leaf, root, *proof)):
        raise _unproved("inclusion", "the index lies outside the tree, or a hash is no hash")
    number, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise _unproved("inclusion", "the proof is too long")
        if number & 1 or number == last:
            found = node_hash(step, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, step)
        number, last = number >> 1, last >> 1
    if last != 0 or found != root:
        raise _unproved("inclusion", "the leaf does not lead to the root")


def verify_consistency(
    *, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Accept that the older tree is a prefix of the newer one.

    Raises:
        Corrupt: it is not, or the proof is not of these sizes (``log.consistency``).
    """
    if not 0 <= old_size <= size or any(len(step) != 32 for step in proof):
        raise _unproved("consistency", "the older tree is the larger, or a hash is no hash")
    if old_size == 0 < size:
        raise _unproved("consistency", "the empty tree is a prefix of every tree")
    if old_size == size:
        if proof or old_root != root or (size == 0 and root != EMPTY_ROOT):
            raise _unproved("consistency", "trees of one size need one root and no proof")
        return
    before, after = _roots(old_size, size, old_root, iter(proof), len(proof))
    if before != old_root or after != root:
        raise _unproved("consistency", "the proof does not lead to both roots")


def _roots(
    old_size: int, size: int, old_root: bytes, proof: Iterator[bytes], length: int
) -> tuple[bytes, bytes]:
    used = 0

    def take() -> bytes:
        nonlocal used
        used += 1
        step = next(proof, None)
        if step is None:
            raise _unproved("consistency", "the proof is too short")
        return step

    def rebuild(old: int, new: int, *, whole: bool) -> tuple[bytes, bytes]:
        if old == new:
            shared = old_root if whole else take()
            return shared, shared
        middle = split(new)
        if old <= middle:
            before, left = rebuild(old, middle, whole=whole)
            return before, node_hash(left, take())
        before, right = rebuild(old - middle, new - middle, whole=False)
        left = take()
        return node_hash(left, before), node_hash(left, right)

    roots = rebuild(old_size, size, whole=True)
    if used != length:
        raise _unproved("consistency", "the proof is too long")
    return roots


def batch_root(leaves: Sequence[tuple[int, bytes]], size: int, proof: Sequence[bytes]) -> bytes:
    """The root that leaves (ascending index, hash) and a batch proof lead to (see
    ``Log.inclusion``).

    Raises:
        Corrupt: too few or too many hashes (``log.inclusion``).
    """
    steps = iter(proof)

    def root_of(start: int, stop: int, own: Sequence[tuple[int, bytes]]) -> bytes:
        if not own:
            step = next(steps, None)
            if step is None:
                raise _unproved("inclusion", "the proof is too short")
            return step
        if stop - start == 1:
            return own[0][1]
        middle = start + split(stop - start)
        left = [leaf for leaf in own if leaf[0] < middle]
        return node_hash(root_of(start, middle, left), root_of(middle, stop, own[len(left) :]))

    root = root_of(0, size, leaves)
    if next(steps, None) is not None:
        raise _unproved("inclusion", "the proof is too long")
    return root


def _unproved(kind: str, why: str) -> Corrupt:
    return Corrupt(f"no proof of {kind}: {why}", code=f"log.{kind}")
