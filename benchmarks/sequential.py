"""One workflow, one step after the other, against raw commits and against peers."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Callable
from pathlib import Path

import tarl
from benchmarks import peers
from benchmarks.flows import FLOWS
from benchmarks.measure import Finding, against, alternate

STEPS = 400
ROUNDS = 8


def raw_commits(path: Path) -> Callable[[], int]:
    """One row a commit into SQLite in WAL mode with synchronous FULL: the physical limit."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, data BLOB)")

    def work() -> int:
        for _ in range(STEPS):
            connection.execute("INSERT INTO event (data) VALUES (?)", (b"x" * 200,))
        return STEPS

    return work


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Rates of our durability modes against raw commits, and of strict against each peer."""
    rounds = 3 if quick else ROUNDS
    findings: list[Finding] = []
    with asyncio.Runner() as runner:
        opened = tarl.open(directory / "sequential.db")
        runtime = runner.run(opened.__aenter__())
        numbers = itertools.count()

        def flow(name: str) -> Callable[[], int]:
            return lambda: runner.run(runtime.run(FLOWS[name], STEPS, id=f"{name}-{next(numbers)}"))

        contestants = {"raw commits": raw_commits(directory / "raw.db")}
        contestants |= {name: flow(name) for name in FLOWS}
        rates = alternate(contestants, rounds=rounds)
        raw = rates["raw commits"]
        findings.append(against(rates["strict"], raw, at_least=0.6))
        findings.append(against(rates["non-idempotent"], raw, at_least=0.35))
        findings.append(against(rates["pure"], raw))
        findings.append(against(rates["threaded"], raw))
        targets = {"DBOS on SQLite": 5.0, "LangGraph functional": 2.0, "Absurd": 2.0}
        for peer in peers.SEQUENTIAL:
            with peers.ready(peer, directory) as work:
                if isinstance(work, str):
                    findings.append(Finding(f"strict : {peer.name}", f"not measured: {work}"))
                    continue
                pair = alternate({"strict": flow("strict"), peer.name: work}, rounds=3)
                findings.append(
                    against(pair["strict"], pair[peer.name], at_least=targets[peer.name])
                )
        runner.run(opened.__aexit__(None, None, None))
    return findings
