"""Any engine over a journal of its own, for workflows of a test's choice, through the port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import tarl
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal import wire
from tarl.engines.temporal.replaying import Replays
from tarl.engines.temporal.runtime import TemporalRuntime
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.engine import EnginePort
from tarl.values.ids import RunId

There = tuple[str, str] | None
"""Where Temporal is, and the namespace; None for tarl's own engine."""

LONG_S = 120.0
"""No test takes so long that goes on at all."""

Use = Callable[[Runtime, EnginePort], Awaitable[Any]]


@asynccontextmanager
async def opened(
    there: There,
    path: Path,
    workflows: Sequence[Workflow[..., Any]],
    activities: Sequence[Activity[..., Any]] | None = None,
    *,
    cached: int = 100,
    **terms: Any,
) -> AsyncIterator[tuple[Runtime, EnginePort]]:
    """The engine, and the runtime over its journal; ``terms`` are those of ``tarl.open``."""
    async with tarl.open(path, workflows=workflows, **terms) as runtime:
        if there is None:
            yield runtime, EmbeddedEngine(runtime)
            return
        address, namespace = there
        engine = await tarl.connect_temporal(runtime, address, namespace=namespace)
        working = engine.working(workflows=workflows, activities=activities, cached_max=cached)
        async with working:
            yield runtime, engine
        await check_replays(runtime, engine)


async def check_replays(runtime: Runtime, engine: TemporalRuntime) -> None:
    """Whatever Temporal has recorded replays, however far it has come; nothing is written."""
    size = runtime.journal.log_size()
    async with Replays(runtime.registered, runtime.journal) as replays:
        async for found in engine.client.list_workflows():
            if found.workflow_type in wire.OWN:
                continue
            handle = engine.client.get_workflow_handle(found.id, run_id=found.run_id)
            history = await handle.fetch_history()
            replayed = await asyncio.wait_for(replays.replay(history), LONG_S)
            assert replayed.events == len(history.events)
    assert runtime.journal.log_size() == size


def live(there: There, path: Path, use: Use, *what: Any, **how: Any) -> Any:
    """What ``use`` gives; see ``opened`` for the rest."""

    async def go() -> Any:
        async with opened(there, path, *what, **how) as (runtime, engine):
            return await asyncio.wait_for(use(runtime, engine), LONG_S)

    return asyncio.run(go())


def recorded(runtime: Runtime, run: RunId) -> list[tuple[str, bytes]]:
    """Kinds and bodies of what the journal has of a run."""
    return [(event.kind, event.body or b"") for event in runtime.journal.read(run.stream)]
