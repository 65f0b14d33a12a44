"""Each fault does what its name says; without faults the store is the one inside."""

from __future__ import annotations

import pytest

from tarl.errors import Unavailable
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch, Checkpoint
from tarl.journal.writer import StreamWriter
from tarl.testing.faults import Crash, Fault, Faults, FaultyStore

STREAM = "run/default/x/1"


class Next(Faults):
    """The one fault that comes next."""

    def __init__(self, fault: Fault | None) -> None:
        super().__init__(0, {})
        self.fault = fault

    def draw(self) -> Fault | None:
        fault, self.fault = self.fault, None
        return fault


def batch(inner: MemoryStore) -> Batch:
    writer = StreamWriter(STREAM, tenant="default", codec=inner.codec)
    return Batch([writer.append("a/1", b"1", at_ms=1)])


@pytest.mark.parametrize(
    ("fault", "code", "writes"),
    [
        ("disk_full", "journal.disk_full", False),
        ("locked", "journal.locked", False),
        ("io", "journal.io", False),
        ("unknown", "journal.io", True),
    ],
)
def test_a_failing_commit(fault: Fault, code: str, writes: bool) -> None:
    inner, seen = MemoryStore(origin="o"), []
    store = FaultyStore(inner, Next(fault), on_commit=seen.append)
    with pytest.raises(Unavailable) as failure:
        store.commit(batch(inner))
    assert failure.value.code == code
    assert (inner.log_size() == 1) == writes == bool(seen)
    assert store.drawn == {fault: 1}
    if not writes:
        store.commit(batch(inner))
        assert inner.log_size() == 1


@pytest.mark.parametrize(("fault", "writes"), [("crash_before", False), ("crash_after", True)])
def test_a_crash_ends_everything(fault: Fault, writes: bool) -> None:
    inner = MemoryStore(origin="o")
    store = FaultyStore(inner, Next(fault))
    with pytest.raises(Crash):
        store.commit(batch(inner))
    assert (inner.log_size() == 1) == writes
    assert store.is_dead
    for call in (
        lambda: store.commit(batch(inner)),
        lambda: store.take_over(STREAM),
        lambda: store.keep_checkpoint(Checkpoint(0, "", 0, False), []),
    ):
        with pytest.raises(Crash):
            call()
    assert (inner.log_size() == 1) == writes


def test_a_seed_repeats_its_faults_at_about_their_rates() -> None:
    rates: dict[Fault, float] = {"io": 0.1, "locked": 0.3}
    one, two = Faults(5, rates), Faults(5, rates)
    drawn = [one.draw() for _ in range(5_000)]
    assert drawn == [two.draw() for _ in range(5_000)]
    assert 400 < drawn.count("io") < 600
    assert 1_350 < drawn.count("locked") < 1_650
    assert drawn.count(None) == 5_000 - drawn.count("io") - drawn.count("locked")
