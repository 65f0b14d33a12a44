"""One way to talk to runs of either engine, each over a journal of its own."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.conformance.engines import flows

import tarl
from tarl.engines.embedded.runtime import Runtime
from tarl.kernel import events
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.gateway import Gate
from tarl.values.ids import RunId

LONG_S = 30.0
"""No test takes so long that goes on at all."""

WORKFLOWS = [each for each in vars(flows).values() if isinstance(each, Workflow)]
ACTIVITIES = [each for each in vars(flows).values() if isinstance(each, Activity)]


class Talk:
    """Starts runs and speaks to them."""

    def __init__(self, runtime: Runtime, engine: Any) -> None:
        self.runtime = runtime
        self._engine = engine

    async def start(self, workflow: Any, input: Any = None, **options: Any) -> Any:
        return await self._engine.start(workflow, input, **options)

    async def run(self, workflow: Any, input: Any = None, **options: Any) -> Any:
        return await self._engine.run(workflow, input, **options)

    async def tell(self, what: str, *args: Any, **more: Any) -> Any:
        """Signal, query, update, cancel or terminate."""
        answer = getattr(self._engine, what)(*args, **more)
        return await answer if inspect.isawaitable(answer) else answer

    def history(self, run: RunId | str) -> list[tuple[str, bytes]]:
        """Kinds and bodies of a run's events."""
        stream = run.stream if isinstance(run, RunId) else self.runtime.find(run).stream
        return [(event.kind, event.body or b"") for event in self.runtime.journal.read(stream)]

    def asked(self, run: RunId | str) -> list[bytes]:
        """The bodies of the steps that a run asked for."""
        return [body for kind, body in self.history(run) if kind == events.STEP_SCHEDULED]


Use = Callable[[Talk], Awaitable[Any]]


async def _live(
    temporal: tuple[str, str] | None, path: Path, use: Use, gate: Gate | None, cached: int
) -> Any:
    async with tarl.open(path, workflows=WORKFLOWS, gate=gate) as runtime:
        if temporal is None:
            return await asyncio.wait_for(use(Talk(runtime, runtime)), LONG_S)
        address, namespace = temporal
        engine = await tarl.connect_temporal(runtime, address, namespace=namespace)
        async with engine.working(workflows=WORKFLOWS, activities=ACTIVITIES, cached_max=cached):
            return await asyncio.wait_for(use(Talk(runtime, engine)), LONG_S)


def live(
    temporal: tuple[str, str] | None,
    path: Path,
    use: Use,
    *,
    gate: Gate | None = None,
    cached: int = 100,
) -> Any:
    """What ``use`` gives, told to runs of the embedded engine, or of Temporal at an address and in
    a namespace; ``cached`` is how many of these a worker keeps in memory.
    """
    flows.DONE.clear()
    flows.TRIES.clear()
    return asyncio.run(_live(temporal, path, use, gate, cached))
