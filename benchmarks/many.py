"""A thousand workflows of five strict steps, a hundred at a time."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import tarl
from benchmarks import peers
from benchmarks.flows import strict_steps
from benchmarks.measure import Finding, against, alternate

STEPS = 5
TOGETHER = 100


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Workflows a second against each peer."""
    workflows = 200 if quick else 1000
    findings: list[Finding] = []
    with asyncio.Runner() as runner:
        opened = tarl.open(directory / "many.db")
        runtime = runner.run(opened.__aenter__())
        numbers = itertools.count()

        async def all_of_them() -> int:
            turn = next(numbers)
            room = asyncio.Semaphore(TOGETHER)

            async def one(i: int) -> None:
                async with room:
                    await runtime.run(strict_steps, STEPS, id=f"{turn}-{i}")

            await asyncio.gather(*(one(i) for i in range(workflows)))
            return workflows

        def ours() -> int:
            return runner.run(all_of_them())

        alone = alternate({"workflows": ours}, rounds=3)["workflows"]
        findings.append(Finding("workflows of 5 strict steps", f"{alone.per_s:,.0f}/s"))
        for peer in peers.MANY:
            with peers.ready(peer, directory) as work:
                if isinstance(work, str):
                    findings.append(Finding(f"workflows : {peer.name}", f"not measured: {work}"))
                    continue
                pair = alternate({"workflows": ours, peer.name: work}, rounds=2)
                findings.append(against(pair["workflows"], pair[peer.name], at_least=10))
        runner.run(opened.__aexit__(None, None, None))
    return findings
