"""Agents that work together: what a pattern costs over calling its agents by hand, a wide graph of
agents that do nothing, and the same sequential pattern beside peers.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import tarl
from benchmarks import peers
from benchmarks.measure import Finding, Rate, Turn, Work, against, alternate, timed
from tarl import AllowAll, Context, workflow
from tarl.agents.agent import deed
from tarl.agents.patterns.chat import chat
from tarl.agents.patterns.concurrent import concurrent
from tarl.agents.patterns.ensemble import ensemble
from tarl.agents.patterns.graph import graph
from tarl.agents.patterns.parallel import parallel
from tarl.agents.patterns.ranking import RoundRobin
from tarl.agents.patterns.router import router
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.journal.memory import MemoryStore
from tarl.kernel.definition import Registry
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.kernel.runs import RUNS_PROJECTION

AGENTS = peers.CHAIN
REPEATS = 10
"""Of a pattern in one run, so that the run's own start and end weigh little."""

ROUNDS = 12
OVERHEAD_MS_MAX = 1.0
NODES, WIDTH = 1_000, 100
GRAPH_S_MAX = 2.0
GROWTH_MAX = 1.5


class AddsOne:
    """The scripted agent of every contestant: it adds one to what it is given."""

    capabilities = ()

    def __init__(self, id: str) -> None:
        self.id = id

    async def run(self, input: Any) -> int:
        return input + 1 if isinstance(input, int) else 0

    synthesize = run


TEAM = tuple(AddsOne(f"a{i}") for i in range(AGENTS))
LAYERS = [TEAM[i : i + 5] for i in range(0, AGENTS, 5)]
EDGES = [
    (one.id, other.id)
    for first, second in itertools.pairwise(LAYERS)
    for one, other in zip(first, second, strict=True)
]


async def _routed(ctx: Context) -> Result:
    turns = RoundRobin(ctx)
    results = [await router(ctx, TEAM[:4], 1, by=turns) for _ in range(AGENTS)]
    return results[-1]


PATTERNS: dict[str, Callable[[Context], Awaitable[Result]]] = {
    "sequential": lambda ctx: sequential(ctx, TEAM, 0),
    "concurrent": lambda ctx: concurrent(ctx, TEAM, 0),
    "parallel": lambda ctx: parallel(ctx, TEAM, 0),
    "graph": lambda ctx: graph(ctx, TEAM, 0, edges=EDGES),
    "chat": lambda ctx: chat(ctx, TEAM, 0, turns_max=AGENTS),
    "router": _routed,
    "ensemble": lambda ctx: ensemble(ctx, TEAM[1:], 0, synthesizer=TEAM[0]),
}
"""Each asks as many agents as there are in the team, once each."""

TOGETHER = ("concurrent", "parallel", "ensemble")
"""By hand, these are a gather; a graph is one for each layer, the others a loop."""


@workflow(name="bench.pattern")
async def by_pattern(ctx: Context, name: str) -> int:
    """A pattern, again and again."""
    for _ in range(REPEATS):
        result = await PATTERNS[name](ctx)
        assert result.is_solved or result.status == "exhausted", result
    return REPEATS * AGENTS


@workflow(name="bench.by_hand")
async def by_hand(ctx: Context, name: str) -> int:
    """The same agents, called as a workflow's author would without a pattern."""
    deeds = [deed(agent, "run") for agent in TEAM]
    batches: Sequence[int] = [1] * AGENTS
    if name in TOGETHER:
        batches = [AGENTS]
    elif name == "graph":
        batches = [len(layer) for layer in LAYERS]
    for _ in range(REPEATS):
        left, value = iter(deeds), 0
        for size in batches:
            calls = [ctx.call(next(left), value) for _ in range(size)]
            value = max(await asyncio.gather(*calls))
    return REPEATS * AGENTS


@workflow(name="bench.graph")
async def wide(ctx: Context, nodes: int) -> int:
    """A graph of agents that do nothing, as wide as WIDTH, each after two of the row above."""
    ids = [f"n{i}" for i in range(nodes)]
    rows = [ids[i : i + WIDTH] for i in range(0, nodes, WIDTH)]
    edges = [
        (above[(place + shift) % WIDTH], id)
        for above, row in itertools.pairwise(rows)
        for place, id in enumerate(row)
        for shift in (0, 1)
    ]
    result = await graph(ctx, map(AddsOne, ids), 0, edges=edges)
    assert result.is_solved, result.reason
    return len(result.turns)


Place = Callable[[Any, Any], Work]
"""Makes a turn of a workflow and its input: one run, whose result is how much it did."""


def in_memory(flow: Any, input: Any) -> Work:
    """Runs whose journal is not on a disk; a new one each time, for a commit copies it."""

    async def once() -> Turn:
        store = MemoryStore(origin="bench/patterns", projections=(RUNS_PROJECTION,))
        engine = Engine(
            store, owners=None, gate=AllowAll(), clock=SystemClock(), limits=DEFAULT_LIMITS
        )
        runtime = Runtime(engine, Registry())
        begin = time.perf_counter()
        amount: int = await runtime.run(flow, input, id="it")
        turn = Turn(amount, time.perf_counter() - begin)
        await runtime.close()
        return turn

    return lambda: asyncio.run(once())


@contextmanager
def on_disk(path: Path) -> Iterator[Place]:
    """Runs of one runtime as everybody opens it."""
    with asyncio.Runner() as runner:
        opened = tarl.open(path)
        runtime = runner.run(opened.__aenter__())
        numbers = itertools.count()

        def place(flow: Any, input: Any) -> Work:
            def once() -> int:
                amount: int = runner.run(runtime.run(flow, input, id=f"r{next(numbers)}"))
                return amount

            return timed(once)

        yield place
        runner.run(opened.__aexit__(None, None, None))


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """What patterns cost, a wide graph, and peers."""
    rounds = 4 if quick else ROUNDS
    findings = _overheads(in_memory, "in memory", rounds=rounds)
    with on_disk(directory / "patterns.db") as disk:
        findings += _overheads(disk, "durable", rounds=rounds)
        findings += _graphs(disk, rounds=3 if quick else 5)
    return findings + _beside_peers(directory, rounds=rounds)


def _overheads(place: Place, where: str, *, rounds: int) -> list[Finding]:
    contestants: dict[str, Work] = {}
    for name in PATTERNS:
        contestants[name] = place(by_pattern, name)
        contestants[f"{name} by hand"] = place(by_hand, name)
    rates = alternate(contestants, rounds=rounds)
    return [
        _overhead(rates[name], rates[f"{name} by hand"], what=f"{name} over calls by hand, {where}")
        for name in PATTERNS
    ]


def _overhead(ours: Rate, hand: Rate, *, what: str) -> Finding:
    each = [1_000 / a - 1_000 / b for a, b in zip(ours.each_per_s, hand.each_per_s, strict=True)]
    low, middle, high = statistics.quantiles(each, n=4, method="inclusive")
    return Finding(
        what,
        f"{middle:.2f} ms a step ({low:.2f} to {high:.2f});"
        f" {1_000 / ours.per_s:.2f} ms : {1_000 / hand.per_s:.2f} ms",
        target=f"<= {OVERHEAD_MS_MAX:g} ms",
        met=middle <= OVERHEAD_MS_MAX,
    )


def _graphs(place: Place, *, rounds: int) -> list[Finding]:
    sizes = {NODES: "graph of 1,000 nodes", 4 * NODES: "graph of 4,000 nodes"}
    rates = alternate({name: place(wide, n) for n, name in sizes.items()}, rounds=rounds)
    small, large = (rates[name] for name in sizes.values())
    seconds = statistics.median(turn.seconds for turn in small.turns)
    growth = against(small, large)
    return [
        Finding(
            f"{small.name}, {WIDTH} wide, durable",
            f"{seconds:.2f} s",
            target=f"< {GRAPH_S_MAX:g} s",
            met=seconds < GRAPH_S_MAX,
        ),
        growth._replace(
            what="nodes of the graph of 1,000 : of 4,000",
            target=f"<= {GROWTH_MAX:g}",
            met=growth.median is not None and growth.median <= GROWTH_MAX,
        ),
    ]


def _beside_peers(directory: Path, *, rounds: int) -> list[Finding]:
    with ExitStack() as opened:
        disk = opened.enter_context(on_disk(directory / "peers.db"))
        contestants = {
            "sequential, durable": disk(by_pattern, "sequential"),
            "sequential, in memory": in_memory(by_pattern, "sequential"),
        }
        found, absent = peers.enter(opened, peers.PATTERNS, directory)
        contestants |= found
        rates = alternate(contestants, rounds=rounds)
    ours = {"LangGraph StateGraph": "sequential, durable"}
    return [
        against(rates[ours.get(name, "sequential, in memory")], rates[name]) for name in found
    ] + [Finding(f"sequential : {name}", f"not measured: {why}") for name, why in absent]
