"""Whether appending and opening cost the same in a small and in a large file."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import tarl
from benchmarks.flows import strict_steps
from benchmarks.measure import Finding
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.storage import open_store

ROUNDS = 60
APPENDS = 10
"""In one file, before the next file has its turn."""

STREAM_EVENTS = 500
FILL_STREAMS = 20
"""Streams that are filled in one commit."""


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Medians in files of several sizes that take turns; the dearest over the cheapest file."""
    sizes = (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
    files = {size: directory / f"{size}.db" for size in sizes}
    for size, db in files.items():
        _fill(db, size)
    numbers = itertools.count()
    tasks: dict[str, Callable[[Path, int], list[float]]] = {
        "append an event": _append_s,
        "open the store, read a stream's end": _open_store_s,
        "open a runtime": _open_runtime_s,
        "begin, do and end a run of one step": _run_s,
    }
    findings = []
    for what, task in tasks.items():
        times: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(ROUNDS // 3 if quick else ROUNDS):
            for size, db in files.items():
                times[size] += task(db, next(numbers))
        findings.append(
            _flat(what, {size: statistics.median(s) * 1e6 for size, s in times.items()})
        )
    return findings


def _quick(db: Path) -> SqliteStore:
    """Without waiting for the disk at each commit, whose noise would hide what is asked here."""
    return open_store(db, synchronous="NORMAL")


def _fill(db: Path, count: int) -> None:
    """A file of so many events in streams of their own, signed as a runtime leaves it."""
    store = _quick(db)
    body = b'{"activity":"noop","args":[1],"step":1}'
    rows = []
    for start in range(0, count, STREAM_EVENTS):
        writer = StreamWriter(f"fill/default/{start}/1", tenant="default", codec=store.codec)
        rows += [writer.append("fill/1", body, at_ms=1) for _ in range(STREAM_EVENTS)]
        if len(rows) >= STREAM_EVENTS * FILL_STREAMS:
            store.commit(Batch(rows))
            rows = []
    store.commit(Batch(rows))
    store.close()
    _open_runtime_s(db, 0)


def _append_s(db: Path, number: int) -> list[float]:
    store = _quick(db)
    writer = StreamWriter(f"append/default/{number}/1", tenant="default", codec=store.codec)
    times = []
    for _ in range(APPENDS):
        row = writer.append("fill/1", b'{"n":1}', at_ms=1)
        begin = time.perf_counter()
        store.commit(Batch([row]))
        times.append(time.perf_counter() - begin)
    store.close()
    return times


def _open_store_s(db: Path, number: int) -> list[float]:
    """Open the file, find where a stream ends, and read its last event."""
    begin = time.perf_counter()
    store = open_store(db)
    head = store.head("fill/default/0/1")
    assert head is not None
    assert next(store.read("fill/default/0/1", after=head.seq - 1)).seq == head.seq
    took = time.perf_counter() - begin
    store.close()
    return [took]


def _open_runtime_s(db: Path, number: int) -> list[float]:
    """Open as a program does, with the file compared to the checkpoint that the keys hold."""

    async def opened() -> list[float]:
        begin = time.perf_counter()
        async with tarl.open(db):
            return [time.perf_counter() - begin]

    return asyncio.run(opened())


def _run_s(db: Path, number: int) -> list[float]:
    async def run() -> list[float]:
        times = []
        async with tarl.open(db) as runtime:
            for i in range(APPENDS):
                begin = time.perf_counter()
                await runtime.run(strict_steps, 1, id=f"{number}-{i}")
                times.append(time.perf_counter() - begin)
        return times

    return asyncio.run(run())


def _flat(what: str, by_size: dict[int, float]) -> Finding:
    ratio = max(by_size.values()) / min(by_size.values())
    said = ", ".join(f"{size:,}: {us:,.0f} us" for size, us in by_size.items())
    return Finding(what, said, ratio, target="<= 1.5", met=ratio <= 1.5)
