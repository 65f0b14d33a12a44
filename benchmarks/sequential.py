"""One workflow, one step after the other, against raw commits and against peers."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import tarl
from benchmarks import peers
from benchmarks.flows import FLOWS
from benchmarks.measure import Finding, Work, against, alternate, timed

STEPS = peers.STEPS
"""Of one turn's workflow; its start and its end are two commits more. Turns are short, so that a
disk that is slow for a second is slow for everybody."""

ROUNDS = 16
STEP_BYTES = 200
"""What a step adds to the journal: two rows of a kind, a body, a digest and numbers."""

WARM_BYTES = 8 * 1024 * 1024
WARM_STEPS = 10_000
"""Enough for the write-ahead log to come to its full length: until then each commit makes the file
longer, which costs the disk a second write; every long-lived file is past that."""

TARGETS = {"DBOS on SQLite": 5.0, "LangGraph functional": 2.0, "Absurd": 2.0}


@contextmanager
def raw_commits(path: Path) -> Iterator[Work]:
    """One row a commit into SQLite in WAL mode with synchronous FULL: the physical limit."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, data BLOB)")

    connection.execute("INSERT INTO event (data) VALUES (zeroblob(?))", (WARM_BYTES,))
    connection.execute("DELETE FROM event")

    def work() -> int:
        for _ in range(STEPS):
            connection.execute("INSERT INTO event (data) VALUES (?)", (b"x" * STEP_BYTES,))
        return STEPS

    yield timed(work)
    connection.close()


@contextmanager
def tarl_flows(path: Path) -> Iterator[dict[str, Work]]:
    """A workflow of each durability mode, in one open runtime."""
    with asyncio.Runner() as runner:
        opened = tarl.open(path)
        runtime = runner.run(opened.__aenter__())
        numbers = itertools.count()

        def flow(name: str) -> Work:
            def work() -> int:
                return runner.run(runtime.run(FLOWS[name], STEPS, id=f"{name}-{next(numbers)}"))

            return timed(work)

        runner.run(runtime.run(FLOWS["pure"], WARM_STEPS, id="warm"))
        yield {name: flow(name) for name in FLOWS}
        runner.run(opened.__aexit__(None, None, None))


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Rates of our durability modes against raw commits, and of strict against each peer.

    Peers are opened once the physical limit has been measured: some keep threads at work in this
    process between their turns.
    """
    rounds = 10 if quick else ROUNDS
    with ExitStack() as opened:
        flows = opened.enter_context(tarl_flows(directory / "sequential.db"))
        commits = {"raw commits": opened.enter_context(raw_commits(directory / "raw.db"))}
        rates = alternate(commits | flows, rounds=rounds)
        found, absent = peers.enter(opened, peers.SEQUENTIAL, directory)
        beside = alternate({"strict": flows["strict"]} | found, rounds=rounds)
    raw, strict = rates["raw commits"], rates["strict"]
    findings = [
        against(strict, raw, at_least=0.6),
        against(rates["non-idempotent"], raw, at_least=0.35),
        against(rates["pure"], raw),
        against(rates["threaded"], raw),
    ]
    findings += [against(beside["strict"], beside[name], at_least=TARGETS[name]) for name in found]
    return findings + [Finding(f"strict : {name}", f"not measured: {why}") for name, why in absent]
