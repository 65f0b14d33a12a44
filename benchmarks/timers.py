"""What pending timers cost a tick, and how late a due timer fires in an idle process."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from pathlib import Path

from benchmarks.measure import Finding
from tarl.engines.embedded.clock import SystemClock
from tarl.journal.sqlite import SqliteStore
from tarl.storage import open_store
from tarl.work.timers.firing import Firing
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import SET_TOGETHER_MAX, Request, Timers

FEW, MANY = 100, 100_000
ROUNDS = 40
LOOKS = 50
"""In one file, before the other has its turn."""

FIRINGS = 300
APART_MS = 25
"""Between two timers that are due, so that the process is idle in between."""

DAY_MS = 86_400_000
TICK_RATIO_MAX = 2.0
LATE_P99_MS_MAX = 50


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """A tick with few and with many pending, in turns; delays with many pending."""
    files = {count: directory / f"{count}.db" for count in (FEW, MANY)}
    for count, db in files.items():
        _fill(db, count)
    rounds = ROUNDS // 4 if quick else ROUNDS
    findings = [
        _ratio("tick, nothing due", {n: _idle_us(db) for n, db in files.items()}, rounds),
        _ratio("tick that fires one timer", {n: _one_us(db) for n, db in files.items()}, rounds),
    ]
    firings = FIRINGS // 4 if quick else FIRINGS
    for what, by_another in (("set here", False), ("set by another connection", True)):
        late_ms = asyncio.run(_late_ms(files[MANY], firings, by_another=by_another))
        findings.append(_late(f"lateness, {what}, {MANY:,} pending", late_ms))
    return findings


def _fill(db: Path, count: int) -> None:
    """A file with so many timers that are due in some days."""
    store = open_store(db, synchronous="NORMAL")
    timers = Timers(store, clock=SystemClock())
    for start in range(0, count, SET_TOGETHER_MAX):
        together = range(start, min(start + SET_TOGETHER_MAX, count))
        timers.set_all(
            [
                Request(timer_id=f"pending-{i}", handler="ring", delay_ms=DAY_MS + i * 1_000)
                for i in together
            ]
        )
    store.close()


def _firing(store: SqliteStore, handlers: Handlers) -> Firing:
    timers = Timers(store, clock=SystemClock())
    return Firing(timers, handlers, holder="bench", monotonic=time.monotonic)


class _Ticks:
    """One file's process; a turn gives the mean of some ticks in microseconds."""

    def __init__(self, db: Path, *, fires: bool) -> None:
        self._store = open_store(db, synchronous="NORMAL")  # the disk's noise is not asked about
        handlers = Handlers()
        handlers.register(lambda due: None, name="ring")
        self._firing = _firing(self._store, handlers)
        self._timers = Timers(self._store, clock=SystemClock())
        self._fires = fires
        self._numbers = itertools.count()

    def turn(self) -> float:
        ids = [f"tick-{time.time_ns()}-{next(self._numbers)}" for _ in range(LOOKS)]
        took = 0.0
        for timer_id in ids:
            if self._fires:
                self._timers.set(Request(timer_id=timer_id, handler="ring", delay_ms=0))
            begin = time.perf_counter()
            if self._fires:
                assert len(self._firing.fire_due()) == 1
            else:
                works, next_due_ms = self._firing.look()
                assert not works
                assert next_due_ms is not None
            took += time.perf_counter() - begin
        return took / LOOKS * 1e6


def _idle_us(db: Path) -> _Ticks:
    return _Ticks(db, fires=False)


def _one_us(db: Path) -> _Ticks:
    return _Ticks(db, fires=True)


def _ratio(what: str, ticks: dict[int, _Ticks], rounds: int) -> Finding:
    times: dict[int, list[float]] = {count: [] for count in ticks}
    for one in ticks.values():
        one.turn()
    for _ in range(rounds):
        for count, one in ticks.items():
            times[count].append(one.turn())
    middle = {count: statistics.median(taken) for count, taken in times.items()}
    ratio = middle[MANY] / middle[FEW]
    said = ", ".join(f"{count:,} pending: {us:,.1f} us" for count, us in middle.items())
    target = f"<= {TICK_RATIO_MAX:g}"
    return Finding(what, said, ratio, target=target, met=ratio <= TICK_RATIO_MAX)


async def _late_ms(db: Path, firings: int, *, by_another: bool) -> list[float]:
    """How late each timer's handler began, with every commit on disk (FULL)."""
    late: list[float] = []
    all_fired = asyncio.Event()

    async def ring(due: Due) -> None:
        late.append(time.time() * 1_000 - due.due_at_ms)
        if len(late) == firings:
            all_fired.set()

    handlers = Handlers()
    handlers.register(ring, name="late")
    store = open_store(db)
    setter = open_store(db) if by_another else store
    keeping = asyncio.create_task(_firing(store, handlers).keep_firing())
    timers, begin_ms = Timers(setter, clock=SystemClock()), time.time_ns() // 1_000_000
    kind = "other" if by_another else "here"
    for i in range(firings):
        timer_id = f"late-{kind}-{begin_ms}-{i}"
        timers.set(Request(timer_id=timer_id, handler="late", delay_ms=APART_MS // 2))
        await asyncio.sleep(APART_MS / 1_000)
    await asyncio.wait_for(all_fired.wait(), 60)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    if by_another:
        setter.close()
    store.close()
    return late


def _late(what: str, late_ms: list[float]) -> Finding:
    p99 = statistics.quantiles(late_ms, n=100, method="inclusive")[98]
    said = f"p50 {statistics.median(late_ms):.1f} ms, p99 {p99:.1f} ms, most {max(late_ms):.1f} ms"
    return Finding(what, said, target=f"p99 < {LATE_P99_MS_MAX} ms", met=p99 < LATE_P99_MS_MAX)
