"""The workflows of ``flows`` on either engine, through the port, each over a journal of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.conformance.engines import flows, opening
from tests.conformance.engines.opening import There, Use, recorded

from tarl.engines.embedded.runtime import Runtime
from tarl.kernel import events
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.engine import EnginePort
from tarl.kernel.gateway import Gate
from tarl.values.ids import RunId

WORKFLOWS = [each for each in vars(flows).values() if isinstance(each, Workflow)]
ACTIVITIES = [each for each in vars(flows).values() if isinstance(each, Activity)]


def live(there: There, path: Path, use: Use, *, gate: Gate | None = None, cached: int = 100) -> Any:
    """What ``use`` gives; ``cached`` is how many runs a worker of Temporal keeps in memory."""
    flows.DONE.clear()
    flows.TRIES.clear()
    return opening.live(there, path, use, WORKFLOWS, ACTIVITIES, gate=gate, cached=cached)


async def told(engine: EnginePort, run: RunId | str) -> list[tuple[str, bytes]]:
    """Kinds and bodies of a run's history, as its engine tells it."""
    return [(moment.kind, moment.body) async for moment in engine.history(run)]


def asked(runtime: Runtime, id: str) -> list[bytes]:
    """The bodies of the steps that a run asked for, as the journal has them."""
    of_run = recorded(runtime, RunId("default", id, 1))
    return [body for kind, body in of_run if kind == events.STEP_SCHEDULED]
