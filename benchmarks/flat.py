"""Whether appending and opening cost the same in a small and in a large file."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from benchmarks.measure import Finding
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.kernel.runs import RUNS_PROJECTION

APPENDS = 400
OPENS = 30
STREAM_EVENTS = 500


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Medians at four sizes, and the largest over the smallest of them."""
    sizes = (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
    db = directory / "flat.db"
    appends, opens = {}, {}
    filled = 0
    for size in sizes:
        _fill(db, size - filled, first=filled)
        filled = size
        appends[size], opens[size] = _append_us(db, size), _open_us(db)
    return [_flat("append", appends), _flat("open", opens)]


def _open(db: Path) -> SqliteStore:
    """Without waiting for the disk at each commit, whose noise would hide what is asked here."""
    return SqliteStore(db, origin="benchmark", projections=(RUNS_PROJECTION,), synchronous="NORMAL")


def _fill(db: Path, count: int, *, first: int) -> None:
    store = _open(db)
    for start in range(first, first + count, STREAM_EVENTS):
        writer = StreamWriter(f"fill/default/{start}/1", tenant="default", codec=store.codec)
        body = b'{"activity":"noop","args":[1],"step":1}'
        rows = [writer.append("fill/1", body, at_ms=1) for _ in range(STREAM_EVENTS)]
        store.commit(Batch(rows))
    store.close()


def _append_us(db: Path, size: int) -> float:
    store = _open(db)
    writer = StreamWriter(f"append/default/{size}/1", tenant="default", codec=store.codec)
    times = []
    for _ in range(APPENDS):
        row = writer.append("fill/1", b'{"n":1}', at_ms=1)
        begin = time.perf_counter()
        store.commit(Batch([row]))
        times.append(time.perf_counter() - begin)
    store.close()
    return statistics.median(times) * 1e6


def _open_us(db: Path) -> float:
    """Open the file, find where a stream ends, and read its last event."""
    times = []
    for _ in range(OPENS):
        begin = time.perf_counter()
        store = _open(db)
        head = store.head("fill/default/0/1")
        assert head is not None
        assert next(store.read("fill/default/0/1", after=head.seq - 1)).seq == head.seq
        times.append(time.perf_counter() - begin)
        store.close()
    return statistics.median(times) * 1e6


def _flat(what: str, by_size: dict[int, float]) -> Finding:
    ratio = max(by_size.values()) / min(by_size.values())
    said = ", ".join(f"{size:,}: {us:,.0f} us" for size, us in by_size.items())
    return Finding(f"{what} by events in the file", said, ratio, "<= 1.5", ratio <= 1.5)
