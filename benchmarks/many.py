"""A thousand workflows of five strict steps, a hundred at a time, against peers."""

from __future__ import annotations

import asyncio
import itertools
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
ROUNDS = 4


@contextmanager
def tarl_workflows(path: Path, *, count: int) -> Iterator[Work]:
    """So many workflows a turn, in one open runtime."""
    with asyncio.Runner() as runner:
        opened = tarl.open(path)
        runtime = runner.run(opened.__aenter__())
        turns = itertools.count()

        async def all_of_them() -> int:
            turn = next(turns)
            room = asyncio.Semaphore(TOGETHER)

            async def one(i: int) -> None:
                async with room:
                    await runtime.run(strict_steps, STEPS, id=f"{turn}-{i}")

            await asyncio.gather(*(one(i) for i in range(count)))
            return count

        yield timed(lambda: runner.run(all_of_them()))
        runner.run(opened.__aexit__(None, None, None))


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Workflows a second, and against the best peer."""
    with ExitStack() as opened:
        ours = tarl_workflows(directory / "many.db", count=WORKFLOWS)
        contestants = {"workflows": opened.enter_context(ours)}
        found, absent = peers.enter(opened, peers.MANY, directory)
        contestants |= found
        rates = alternate(contestants, rounds=2 if quick else ROUNDS)
    findings = [
        Finding("workflows of 5 strict steps", f"{rates['workflows'].per_s:,.0f}/s"),
        *(against(rates["workflows"], rates[name], at_least=10) for name in found),
    ]
    return findings + [Finding(f"workflows : {n}", f"not measured: {why}") for n, why in absent]
