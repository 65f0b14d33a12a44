"""The Merkle log over all streams: roots, proofs and signed checkpoints (RFC 6962, C2SP
checkpoints).

The log is not stored, it is the order of the events; only hashes of complete subtrees from 256
leaves upwards are kept, so that a root or a proof reads as many of them as the tree has levels, and
at most a block of events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from tarl.errors import ChainBrokenError, Conflict, Corrupt
from tarl.journal.event import leaf_hashes
from tarl.journal.merkle import EMPTY_ROOT, fold, node_hash, split
from tarl.journal.store import ReadsBeside, Store

BLOCK_HEIGHT = 8
BLOCK_LEAVES = 1 << BLOCK_HEIGHT

SLICE_LEAVES = 32
"""Leaves that ``hash_block`` hashes between two breaths: a few dozen microseconds of work."""


class Log:
    """Hashes of a store's log; in memory are those that no checkpoint has stored yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._new: dict[tuple[int, int], bytes] = {}
        self._blocks_stored = 0

    def size(self) -> int:
        """How many events the log holds now."""
        return self._store.log_size()

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` events.

        Raises:
            Conflict: the log is shorter than that (``log.shorter``).
        """
        if size > self.size():
            raise Conflict(
                f"the log has {self.size()} events, fewer than {size}",
                code="log.shorter",
                size=size,
            )
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion(self, indexes: Sequence[int], size: int) -> list[bytes]:
        """The batch proof that leaves at these places (ascending) are in the log of that size.

        The hashes of the largest subtrees without any of the leaves, from left to right: for one
        leaf the same set as RFC 6962's audit path.
        """
        if any(a >= b for a, b in pairwise(indexes)) or (indexes and indexes[-1] >= size):
            raise ValueError("indexes must ascend and lie within the log")
        proof: list[bytes] = []
        self._collect(0, size, indexes, proof)
        return proof

    def consistency(self, old_size: int, size: int) -> list[bytes]:
        """The proof that the log of ``old_size`` is a prefix of that of ``size`` (RFC 6962,
        2.1.2).
        """
        if not 0 < old_size <= size:
            raise ValueError("the older size must be positive and not the larger")
        return self._subproof(old_size, 0, size, whole=True)

    def new_blocks(self, size: int) -> range:
        """Numbers of the blocks that are complete within ``size`` and not yet stored."""
        blocks = first = size // BLOCK_LEAVES
        while first > self._blocks_stored and not self._store.log_node(BLOCK_HEIGHT, first - 1):
            first -= 1
        return range(first, blocks)

    def hash_block(self, block: int, *, store: ReadsBeside, breathe: Callable[[], object]) -> None:
        """Learn a complete block's hash from another thread than the one that uses the log.

        Args:
            block: Its number.
            store: The log's store, as other threads may read it.
            breathe: Lets other threads go on; called after every slice of the work.

        Raises:
            Corrupt: events are missing (``log.gap``).
        """
        start = block * BLOCK_LEAVES
        slices: list[bytes] = []
        for at in range(start, start + BLOCK_LEAVES, SLICE_LEAVES):
            stop = at + SLICE_LEAVES
            slices.append(fold(_leaves(store.leaf_data_beside(at, stop), at, stop)))
            breathe()
        self._new[BLOCK_HEIGHT, block] = fold(slices)

    def new_nodes(self, size: int) -> list[tuple[int, int, bytes]]:
        """Subtrees (height, index, hash) that are complete within ``size`` and not yet stored."""
        return [
            (height, index, self._hash(index << height, (index + 1) << height))
            for block in self.new_blocks(size)
            for height, index in _ending_at((block + 1) * BLOCK_LEAVES)
        ]

    def nodes_kept(self, size: int) -> None:
        """The subtrees that are complete within ``size`` are on disk now."""
        self._blocks_stored = size // BLOCK_LEAVES
        self._new.clear()

    def check_nodes(self) -> int:
        """Compute every stored subtree again, from its events or from the subtrees below; how many
        there are.

        Raises:
            ChainBrokenError: a subtree's events are not what was signed (``log.block_changed``).
        """
        checked = 0
        for height, index, node in self._store.log_nodes():
            start, stop = index << height, (index + 1) << height
            if self._compute(start, stop) != node:
                raise ChainBrokenError(
                    f"events {start} to {stop - 1} of the log have changed",
                    code="log.block_changed",
                    height=height,
                    index=index,
                )
            checked += 1
        return checked

    def _hash(self, start: int, stop: int) -> bytes:
        """The hash of the subtree over ``start <= index < stop``, split as RFC 6962 splits it."""
        width = stop - start
        height = width.bit_length() - 1
        complete = width == 1 << height and start % width == 0
        if complete and height >= BLOCK_HEIGHT:
            key = height, start >> height
            known = self._new.get(key) or self._store.log_node(*key)
            if known is None:
                known = self._new[key] = self._compute(start, stop)
            return known
        return self._compute(start, stop)

    def _compute(self, start: int, stop: int) -> bytes:
        if stop - start <= BLOCK_LEAVES:
            return fold(_leaves(self._store.leaf_data(start, stop), start, stop))
        middle = start + split(stop - start)
        return node_hash(self._hash(start, middle), self._hash(middle, stop))

    def _collect(self, start: int, stop: int, wanted: Sequence[int], proof: list[bytes]) -> None:
        if not wanted:
            proof.append(self._hash(start, stop))
        elif stop - start > 1:
            middle = start + split(stop - start)
            left = [i for i in wanted if i < middle]
            self._collect(start, middle, left, proof)
            self._collect(middle, stop, wanted[len(left) :], proof)

    def _subproof(self, old_size: int, start: int, stop: int, *, whole: bool) -> list[bytes]:
        width = stop - start
        if old_size == width:
            return [] if whole else [self._hash(start, stop)]
        middle = split(width)
        if old_size <= middle:
            proof = self._subproof(old_size, start, start + middle, whole=whole)
            return [*proof, self._hash(start + middle, stop)]
        proof = self._subproof(old_size - middle, start + middle, stop, whole=False)
        return [*proof, self._hash(start, start + middle)]


def _ending_at(stop: int) -> Iterator[tuple[int, int]]:
    """Height and index of the subtrees, from blocks upwards, whose last leaf is ``stop - 1``."""
    height = BLOCK_HEIGHT
    while stop % (1 << height) == 0:
        yield height, (stop >> height) - 1
        height += 1


def _leaves(data: Sequence[tuple[bytes, int, bytes | None]], start: int, stop: int) -> list[bytes]:
    """The leaf hashes of the events of a stretch of the log."""
    if len(data) != stop - start:
        raise Corrupt(
            f"events {start} to {stop - 1} of the log are not all there",
            code="log.gap",
            start=start,
            stop=stop,
        )
    return leaf_hashes(data)
