"""Workflows as tasks: the run has the task's id, so whichever worker has the task takes up its run.

A task that was requeued after its run ended without a result starts the next run of that id.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from tarl.journal.store import Store
from tarl.kernel.definition import Workflow
from tarl.work.queue.selection import Lease

_OPEN_OR_GOOD = ("running", "completed")


class RunHandle(Protocol):
    """A run under way."""

    async def result(self) -> Any: ...


class Starts(Protocol):
    """The part of a runtime that is needed here."""

    @property
    def journal(self) -> Store: ...

    async def start(
        self,
        workflow: Workflow[..., Any],
        input: Any = None,
        *,
        id: str | None = None,
        tenant: str = "default",
        new_run: bool = False,
    ) -> Any: ...


class RuntimeRuns:
    """Carries workflows out in a runtime of this process.

    Args:
        runtime: Opened on the same journal as the queue.
    """

    def __init__(self, runtime: Starts) -> None:
        self._runtime = runtime

    async def run(self, workflow: Workflow[..., Any], payload: Any, *, lease: Lease) -> Any:
        """The result of the task's run, begun or taken up."""
        task = lease.task
        handle: RunHandle = await self._runtime.start(
            workflow,
            payload,
            id=task.id,
            tenant=task.tenant,
            new_run=self._wants_another(lease),
        )
        return await asyncio.shield(handle.result())

    def _wants_another(self, lease: Lease) -> bool:
        if not lease.requeues:
            return False
        where = {"tenant": lease.task.tenant, "workflow_id": lease.task.id}
        store = self._runtime.journal
        latest = next(
            iter(list(store.scan("run", where, order_by="n", descending=True, limit=1))), None
        )
        return (
            latest is not None
            and latest["n"] <= lease.requeues
            and latest["status"] not in _OPEN_OR_GOOD
        )
