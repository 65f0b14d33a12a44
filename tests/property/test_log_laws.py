"""Laws of the Merkle log: what it proves verifies, and nothing else does."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl.errors import Corrupt
from tarl.journal import merkle
from tarl.journal.codec import Codec
from tarl.journal.event import leaf_hash
from tarl.journal.log import Log
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter

SIZE_MAX = 1300


def store_of(size: int) -> MemoryStore:
    store = MemoryStore(origin="tarl/test")
    writer = StreamWriter("s/t/x/1", tenant="t", codec=Codec())
    store.commit(Batch([writer.append("k/1", b"{}", at_ms=i) for i in range(size)]))
    return store


STORE = store_of(SIZE_MAX)
LEAVES = [leaf_hash(e.digest, e.recorded_at_ms, e.observed) for e in STORE.read_log()]
LOG = Log(STORE)


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


@given(st.integers(0, SIZE_MAX))
@settings(max_examples=60)
def test_roots_are_those_of_the_rfc(size: int) -> None:
    assert LOG.root(size) == naive_root(LEAVES[:size]) == merkle.fold(LEAVES[:size])


@given(st.data())
@settings(max_examples=100)
def test_batch_proofs_verify_and_only_for_their_leaves(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, SIZE_MAX))
    indexes = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=20)))
    proof = LOG.inclusion(indexes, size)
    own = [(i, LEAVES[i]) for i in indexes]
    assert merkle.batch_root(own, size, proof) == LOG.root(size)
    changed = data.draw(st.integers(0, len(own) - 1))
    forged = [(i, bytes(32) if n == changed else leaf) for n, (i, leaf) in enumerate(own)]
    assert merkle.batch_root(forged, size, proof) != LOG.root(size)
    with pytest.raises(Corrupt):
        merkle.batch_root(own, size, [*proof, bytes(32)])
    if proof:
        with pytest.raises(Corrupt):
            merkle.batch_root(own, size, proof[:-1])


@given(st.data())
@settings(max_examples=100)
def test_consistency_proofs_verify_and_only_between_their_sizes(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, SIZE_MAX))
    old = data.draw(st.integers(1, size))
    proof = LOG.consistency(old, size)
    sides = {"old_size": old, "old_root": LOG.root(old), "size": size, "root": LOG.root(size)}
    merkle.verify_consistency(**sides, proof=proof)
    with pytest.raises(Corrupt):
        merkle.verify_consistency(**{**sides, "root": bytes(32)}, proof=proof)
    with pytest.raises(Corrupt):
        merkle.verify_consistency(**{**sides, "old_root": bytes(32)}, proof=proof)
    with pytest.raises(Corrupt):
        merkle.verify_consistency(**sides, proof=[*proof, bytes(32)])
