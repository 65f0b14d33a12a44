"""Replay with chain verification: events a second, how that grows, and the memory it takes."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import tarl
from benchmarks.flows import pure_steps, strict_steps
from benchmarks.measure import Finding
from tarl import Limits
from tarl.journal.sqlite import SqliteStore
from tarl.kernel.rerun import rerun
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.values.ids import RunId

EVENTS_PER_S_MIN = 200_000
LIMITS = Limits(history_events_max=3_000_000)


def record(db: Path, *, steps: int, pure: bool) -> None:
    """A history of so many steps."""

    async def run() -> None:
        async with tarl.open(db, synchronous="NORMAL", limits=LIMITS) as runtime:
            await runtime.run(pure_steps if pure else strict_steps, steps, id="r")

    asyncio.run(run())


def replay(db: Path, *, pure: bool, times: int) -> tuple[int, float, int]:
    """Events, the best time in seconds, and the process's peak memory in MiB."""
    store = SqliteStore(db, origin="benchmark", projections=(RUNS_PROJECTION,))
    best, events = float("inf"), 0
    for _ in range(times):
        begin = time.perf_counter()
        history = store.read(RunId("default", "r", 1).stream)
        workflow = pure_steps if pure else strict_steps
        events = rerun(workflow, history, shelf=None, limits=LIMITS).events  # type: ignore[arg-type]
        best = min(best, time.perf_counter() - begin)
    store.close()
    return events, best, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _in_a_process_of_its_own(db: Path, *, pure: bool, times: int) -> tuple[int, float, int]:
    words = [sys.executable, "-m", "benchmarks.replay", str(db), str(int(pure)), str(times)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    events, seconds, mib = json.loads(done.stdout)
    return events, seconds, mib


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """10,000 strict steps against the target; longer histories for growth and memory."""
    db = directory / "strict.db"
    record(db, steps=10_000, pure=False)
    events, seconds, mib = _in_a_process_of_its_own(db, pure=False, times=5)
    rate = events / seconds
    said = f"{rate:,.0f} events/s, {mib} MiB"
    findings = [
        Finding(
            f"replay of {events:,} events",
            said,
            rate / 200_000,
            target=">= 200,000/s",
            met=rate >= 2e5,
        )
    ]
    times_us = {}
    for steps in (5_000, 50_000) if quick else (5_000, 50_000, 500_000):
        db = directory / f"pure-{steps}.db"
        record(db, steps=steps, pure=True)
        events, seconds, mib = _in_a_process_of_its_own(db, pure=True, times=2)
        times_us[events] = seconds / events * 1e6
        said = f"{events / seconds:,.0f} events/s, {mib} MiB at most"
        findings.append(Finding(f"replay of {events:,} events", said))
        db.unlink()
    growth = times_us[max(times_us)] / times_us[min(times_us)]
    said = f"{times_us[max(times_us)]:.1f} us : {times_us[min(times_us)]:.1f} us an event"
    linear = Finding("longest : shortest", said, growth, target="<= 1.5", met=growth <= 1.5)
    return [*findings, linear]


if __name__ == "__main__":
    print(
        json.dumps(replay(Path(sys.argv[1]), pure=bool(int(sys.argv[2])), times=int(sys.argv[3])))
    )
