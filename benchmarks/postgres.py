"""The journal on PostgreSQL: durable events per second of one, two and four writers.

Each writer is a process of its own. Three kinds: commits of one event, commits of the steps of many
runs at once as a busy runtime groups them, and whole strict workflows through the runtime. Beside
them the same rows through plain INSERTs, one to a commit: what this server on this disk can do.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.flows import FLOWS
from benchmarks.measure import Finding
from benchmarks.servers import postgres

if TYPE_CHECKING:
    import psycopg

WRITERS = (1, 2, 4)
SECONDS, SECONDS_QUICK = 5.0, 1.5
GROUP = 25
STEPS, TOGETHER = 10, 50
WORKFLOWS, WORKFLOWS_QUICK = 2_000, 200
EVENTS_S_MIN = 2_000
KINDS = ("insert", "alone", "grouped", "workflows")
BODY = b'{"step":1,"result":{"n":1,"text":"a result of an ordinary size, or nearly so"}}'


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """The findings of this benchmark."""
    found: list[Finding] = []
    with postgres(directory) as url:
        if url is None:
            return [Finding("PostgreSQL", "not installed (Debian: postgresql)")]
        for kind in KINDS:
            for writers in WRITERS:
                rate = _together(url, kind, writers, SECONDS_QUICK if quick else SECONDS)
                is_aim = kind in ("grouped", "workflows") and writers == max(WRITERS)
                found.append(
                    Finding(
                        f"{kind}, {writers} writers",
                        f"{rate:,.0f} events/s",
                        target=f">= {EVENTS_S_MIN:,}" if is_aim else None,
                        met=rate >= EVENTS_S_MIN if is_aim else None,
                    )
                )
        found += asyncio.run(_costs(url, WORKFLOWS_QUICK if quick else WORKFLOWS))
    return found


async def _costs(url: str, workflows: int) -> list[Finding]:
    """What an event costs, over so many runs of ten strict steps."""
    import psycopg

    import tarl

    flow = FLOWS["strict"]
    async with tarl.open(url) as runtime:
        await runtime.run(flow, STEPS, id="costs-warm")
        with psycopg.connect(url, autocommit=True) as connection:
            before, events = _sizes(connection), runtime.journal.log_size()
            processor_s, begin = time.process_time(), time.perf_counter()
            for batch in range(0, workflows, TOGETHER):
                ids = [f"costs-{batch + n}" for n in range(TOGETHER)]
                handles = [await runtime.start(flow, STEPS, id=id) for id in ids]
                for handle in handles:
                    await handle.result()
            took_s, processor_s = time.perf_counter() - begin, time.process_time() - processor_s
            events = runtime.journal.log_size() - events
            connection.execute("CHECKPOINT")
            grown = [after - at for after, at in zip(_sizes(connection), before, strict=True)]
    return [
        Finding(f"one runtime, {TOGETHER} runs at once", f"{events / took_s:,.0f} events/s"),
        Finding("processor time of the runtime", f"{processor_s / events * 1e6:.0f} us an event"),
        Finding("growth of the database", f"{grown[0] / events:.0f} bytes an event"),
        Finding("write-ahead log", f"{grown[1] / events:.0f} bytes an event"),
    ]


def _sizes(connection: psycopg.Connection) -> tuple[int, int]:
    """Bytes of the database, and of what was ever written ahead."""
    query = "SELECT pg_database_size(current_database()), pg_current_wal_lsn() - '0/0'"
    size, written = connection.execute(query).fetchone() or (0, 0)
    return int(size), int(written)


def _together(url: str, kind: str, writers: int, seconds: float) -> float:
    """What several processes commit in the time that all of them are at it."""
    command = [sys.executable, "-m", "benchmarks.postgres", url, kind, str(seconds)]
    processes = [
        subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for n in range(writers)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    rates = [float(process.communicate()[0]) for process in processes]
    return sum(rates)


def write(url: str, kind: str, seconds: float, name: str) -> float:
    """One writer: how many events a second it committed."""
    if kind == "workflows":
        return asyncio.run(_workflows(url, seconds, name))
    with _committing(url, kind, name) as commit:
        _ready()
        begin, events = time.perf_counter(), 0
        while (spent := time.perf_counter() - begin) < seconds:
            events += commit()
        return events / spent


@contextmanager
def _committing(url: str, kind: str, name: str) -> Iterator[object]:
    import psycopg

    from tarl.journal.postgres.store import PostgresStore
    from tarl.journal.store import Batch
    from tarl.journal.writer import StreamWriter

    mark = f"{kind}-{name}-{os.getpid()}"
    if kind == "insert":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS plain (id BIGINT GENERATED ALWAYS AS IDENTITY,"
                " stream TEXT, seq BIGINT, body BYTEA, digest BYTEA, PRIMARY KEY (stream, seq))"
            )
            numbers = iter(range(1 << 60))

            def insert() -> int:
                row = (mark, next(numbers), BODY, bytes(32))
                query = "INSERT INTO plain (stream, seq, body, digest) VALUES (%s, %s, %b, %b)"
                connection.execute(query, row, prepare=True)
                return 1

            yield insert
        return
    store = PostgresStore(url, origin="bench")
    streams = [f"run/default/{mark}-{n}/1" for n in range(1 if kind == "alone" else GROUP)]
    writers = [StreamWriter(s, tenant="default", codec=store.codec) for s in streams]

    def commit() -> int:
        batches = [
            Batch([writer.append("step.completed/1", BODY, at_ms=1)], epochs={writer.stream: 1})
            for writer in writers
        ]
        assert store.commit_each(batches) == [None] * len(batches)
        return len(batches)

    commit()
    yield commit
    store.close()


async def _workflows(url: str, seconds: float, name: str) -> float:
    import tarl

    flow, steps = FLOWS["strict"], 20
    async with tarl.open(url) as runtime:
        await runtime.run(flow, steps, id=f"warm-{name}-{os.getpid()}")
        _ready()
        begin, done = time.perf_counter(), 0
        while (spent := time.perf_counter() - begin) < seconds:
            ids = [f"w-{name}-{os.getpid()}-{done + n}" for n in range(GROUP)]
            handles = [await runtime.start(flow, steps, id=id) for id in ids]
            for handle in handles:
                await handle.result()
            done += GROUP
        return done * (2 * steps + 2) / spent


def _ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    print(write(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]))
