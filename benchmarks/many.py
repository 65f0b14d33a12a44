"""A thousand workflows of five strict steps, a hundred at a time, against peers: in one process,
and shared among two that write the same file, since peers' servers have the other core too. Ours
run in processes of their own, where the peers' threads do not disturb them.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import tarl
from benchmarks import peers
from benchmarks.flows import strict_steps
from benchmarks.measure import Finding, Work, against, alternate, timed

WORKFLOWS = 1_000
STEPS = 5
TOGETHER = 100
PROCESSES = {"one process": 1, "two processes": 2}
ROUNDS = 4


async def _all_of_them(runtime: tarl.Runtime, turn: str, *, count: int, together: int) -> int:
    room = asyncio.Semaphore(together)

    async def one(i: int) -> None:
        async with room:
            await runtime.run(strict_steps, STEPS, id=f"{turn}-{i}")

    await asyncio.gather(*(one(i) for i in range(count)))
    return count


@contextmanager
def tarl_processes(path: Path, count: int) -> Iterator[Work]:
    """A thousand workflows a turn, a hundred at a time, shared among processes on one file."""
    with ExitStack() as running:
        processes = [running.enter_context(_process(path, i, count)) for i in range(count)]

        def work() -> int:
            for process in processes:
                _write(process, "go")
            for process in processes:
                _expect(process, "done")
            return WORKFLOWS

        yield timed(work)


@contextmanager
def _process(path: Path, number: int, count: int) -> Iterator[subprocess.Popen[str]]:
    command = (sys.executable, "-m", "benchmarks.many", str(path), str(number), str(count))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        _expect(process, "ready")
        yield process
        _write(process, "end")


def _write(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def _expect(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if said != word:
        raise RuntimeError(f"a process of the benchmark said {said!r}, not {word!r}")


async def _serve(path: Path, number: str, processes: int) -> None:
    """What each process does: its share of a turn, whenever it is told to."""
    count, together = WORKFLOWS // processes, TOGETHER // processes
    async with tarl.open(path) as runtime:
        print("ready", flush=True)
        for turn in itertools.count():
            if sys.stdin.readline().strip() != "go":
                return
            name = f"{number}-{turn}"
            await _all_of_them(runtime, name, count=count, together=together)
            print("done", flush=True)


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Workflows a second, and against the best peer."""
    with ExitStack() as opened:
        contestants = {
            name: opened.enter_context(tarl_processes(directory / f"many{count}.db", count))
            for name, count in PROCESSES.items()
        }
        ours = tuple(contestants)
        found, absent = peers.enter(opened, peers.MANY, directory)
        contestants |= found
        rates = alternate(contestants, rounds=2 if quick else ROUNDS)
    findings = [Finding(name, f"{rates[name].per_s:,.0f} workflows/s") for name in ours]
    findings += [against(rates[name], rates[peer], at_least=10) for name in ours for peer in found]
    return findings + [Finding(f"ours : {name}", f"not measured: {why}") for name, why in absent]


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
