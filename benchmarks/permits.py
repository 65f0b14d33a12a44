"""What it costs a run to act for an agent: permit, intent and outcome of each step, signed.

The same strict no-op workflow runs for nobody and for an agent that holds what it takes, in one
runtime on one disk, alone and a hundred at once.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tarl
from benchmarks import peers
from benchmarks.flows import FLOWS
from benchmarks.lineages import Lineage
from benchmarks.measure import Finding, Rate, Work, against, alternate, timed

AGENT = "a0"
ROUNDS = 16
TOGETHER = 100
STEPS_TOGETHER = 20
ALONE_COST_MAX = 0.25
TOGETHER_COST_MAX = 0.10


@contextmanager
def flows(directory: Path) -> Iterator[dict[str, Work]]:
    """Workflows for nobody and for an agent, alone and together."""
    path = directory / "permits.db"
    lineage = Lineage(path, depth=1)
    lineage.ops.attest(AGENT, ["call.*"])
    flow = FLOWS["strict"]
    with asyncio.Runner() as runner:
        opened = tarl.open(path, keyring=lineage.keyring, agent_keys=lineage.keys)
        runtime = runner.run(opened.__aenter__())
        numbers = itertools.count()

        def alone(agent: str | None) -> Work:
            def work() -> int:
                id = f"alone-{next(numbers)}"
                return runner.run(runtime.run(flow, peers.STEPS, id=id, agent=agent))

            return timed(work)

        async def hundred(agent: str | None) -> int:
            handles = [
                await runtime.start(flow, STEPS_TOGETHER, id=f"many-{next(numbers)}", agent=agent)
                for _ in range(TOGETHER)
            ]
            results: list[Any] = [await handle.result() for handle in handles]
            return sum(results)

        yield {
            "a step for an agent": alone(AGENT),
            "a step for nobody": alone(None),
            "a step of 100 runs, for an agent": timed(lambda: runner.run(hundred(AGENT))),
            "a step of 100 runs, for nobody": timed(lambda: runner.run(hundred(None))),
        }
        runner.run(opened.__aexit__(None, None, None))
    lineage.store.close()


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Rates with and without an agent, and what the difference is worth."""
    with flows(directory) as contestants:
        rates = alternate(contestants, rounds=6 if quick else ROUNDS)
    return [
        _cost(rates["a step for an agent"], rates["a step for nobody"], ALONE_COST_MAX),
        _cost(
            rates["a step of 100 runs, for an agent"],
            rates["a step of 100 runs, for nobody"],
            TOGETHER_COST_MAX,
        ),
    ]


def _cost(agents: Rate, nobodys: Rate, most: float) -> Finding:
    """What acting for an agent adds to the time of a step, as a part of it."""
    found = against(nobodys, agents)
    assert found.median is not None
    cost = found.median - 1
    return found._replace(target=f"at most {most:.0%} more", met=cost <= most)
