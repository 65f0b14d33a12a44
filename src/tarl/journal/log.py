"""The Merkle log over all streams: roots, proofs and signed checkpoints (RFC 6962, C2SP
checkpoints).

The log is not stored, it is the order of the events; only hashes of complete blocks of 256 leaves
are kept, so that a root costs one hash per block and a proof reads at most a block of events a
level.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tarl.errors import ChainBrokenError, Conflict, Corrupt
from tarl.journal.event import leaf_hash
from tarl.journal.merkle import EMPTY_ROOT, fold, node_hash, split
from tarl.journal.store import Store

BLOCK_HEIGHT = 8
BLOCK_LEAVES = 1 << BLOCK_HEIGHT


class Log:
    """Hashes of a store's log, remembered as far as the log is complete.

    Memory: 64 bytes for each 256 events.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._nodes: dict[tuple[int, int], bytes] = {}
        blocks = store.block_hashes()
        for index, block in enumerate(blocks):
            self._nodes[BLOCK_HEIGHT, index] = block
        self._blocks_stored = len(blocks)

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

    def new_blocks(self, size: int) -> list[tuple[int, bytes]]:
        """Blocks that are complete within ``size`` and not yet stored."""
        complete = size // BLOCK_LEAVES
        return [
            (index, self._hash(index * BLOCK_LEAVES, (index + 1) * BLOCK_LEAVES))
            for index in range(self._blocks_stored, complete)
        ]

    def blocks_kept(self, blocks: Sequence[tuple[int, bytes]]) -> None:
        """These blocks are on disk now."""
        self._blocks_stored += len(blocks)

    def check_blocks(self) -> None:
        """Compute every stored block again from its events.

        Raises:
            ChainBrokenError: a block's events are not what was signed.
        """
        for index, block in enumerate(self._store.block_hashes()):
            start = index * BLOCK_LEAVES
            if fold(self._leaves(start, start + BLOCK_LEAVES)) != block:
                raise ChainBrokenError(
                    f"events {start} to {start + BLOCK_LEAVES - 1} of the log have changed",
                    code="log.block_changed",
                    block=index,
                )

    def _hash(self, start: int, stop: int) -> bytes:
        """The hash of the subtree over ``start <= index < stop``, split as RFC 6962 splits it."""
        width = stop - start
        height = width.bit_length() - 1
        complete = width == 1 << height and start % width == 0
        if complete and height >= BLOCK_HEIGHT:
            key = height, start >> height
            known = self._nodes.get(key)
            if known is None:
                known = self._nodes[key] = self._compute(start, stop)
            return known
        return self._compute(start, stop)

    def _compute(self, start: int, stop: int) -> bytes:
        if stop - start <= BLOCK_LEAVES:
            return fold(self._leaves(start, stop))
        middle = start + split(stop - start)
        return node_hash(self._hash(start, middle), self._hash(middle, stop))

    def _leaves(self, start: int, stop: int) -> list[bytes]:
        leaves = [
            leaf_hash(event.digest, event.recorded_at_ms, event.observed)
            for event in self._store.read_log(start, stop)
        ]
        if len(leaves) != stop - start:
            raise Corrupt(
                f"events {start} to {stop - 1} of the log are not all there",
                code="log.gap",
                start=start,
                stop=stop,
            )
        return leaves

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
