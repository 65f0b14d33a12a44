"""Everything of this face over one journal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tarl.engines.embedded.clock import Clock
from tarl.integrations.orchestration.ledger import Ledger
from tarl.integrations.orchestration.stack import journal_path
from tarl.integrations.orchestration_extended.executor import ActivityExecutor
from tarl.integrations.orchestration_extended.hierarchy import WorkflowHierarchyManager
from tarl.integrations.orchestration_extended.long_running import LongRunningWorkflowManager
from tarl.integrations.orchestration_extended.nodes import MetaOrchestrator
from tarl.integrations.orchestration_extended.people import HumanInTheLoopManager
from tarl.integrations.orchestration_extended.place import Place
from tarl.integrations.orchestration_extended.pool import WorkerPool
from tarl.integrations.orchestration_extended.tasks import TaskQueue
from tarl.integrations.orchestration_extended.tenants import MultiTenantManager

DIRECTORIES = {
    "queue_dir": "data/tarl_queues",
    "long_running_dir": "data/tarl_long_running",
    "activity_dir": "data/tarl_activities",
    "tenant_dir": "data/tarl_tenants",
    "hitl_dir": "data/tarl_hitl",
}
"""The directories that a configuration may name, and where they are when it does not."""

QUEUE = "main"


class ExtendedTarlStackBox:
    """The subsystems together, over one journal.

    Args:
        config: ``queue_dir``, ``long_running_dir``, ``activity_dir``, ``tenant_dir``, ``hitl_dir``,
            ``workers`` (4), and ``journal`` for the one journal file; that is ``tarl.db`` in the
            common parent of the named directories otherwise. A ``TarlStackBox`` whose journal is
            the same file shares everything with it.
        clock: Wall-clock time; the system's when left out.
    """

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, clock: Clock | None = None
    ) -> None:
        self.config = dict(config or {})
        workers = self.config.get("workers")
        place = Place(Ledger(self.journal), clock=clock)
        self.place = place
        self.task_queue = TaskQueue(QUEUE, place=place)
        self.worker_pool = WorkerPool(self.task_queue, 4 if workers is None else workers)
        self.long_running = LongRunningWorkflowManager(place=place)
        self.activity_executor = ActivityExecutor(place=place)
        self.multi_tenant = MultiTenantManager(place=place)
        self.hitl = HumanInTheLoopManager(place=place)
        self.meta_orchestrator = MetaOrchestrator(place=place)
        self.workflow_hierarchy = WorkflowHierarchyManager(place=place)
        self._held_in: asyncio.AbstractEventLoop | None = None

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return journal_path(self.config, DIRECTORIES)

    async def start(self) -> None:
        """Let workers work, timers fire, and the runtime of activities stay open."""
        loop = asyncio.get_running_loop()
        if self._held_in is not loop:
            await self.activity_executor.bench.hold()
            self._held_in = loop
        await self.worker_pool.start()
        await self.long_running.start()

    async def stop(self) -> None:
        """End what ``start`` began; work that is under way is finished first."""
        await self.long_running.stop()
        await self.worker_pool.stop()
        held_in, self._held_in = self._held_in, None
        if held_in is asyncio.get_running_loop():
            await self.activity_executor.bench.let_go()

    def get_status(self) -> dict[str, Any]:
        """How each subsystem stands, by the names of the attributes."""
        return {
            "task_queue": self.task_queue.get_metrics(),
            "worker_pool": self.worker_pool.get_status(),
            "long_running": self.long_running.get_status(),
            "activity_executor": self.activity_executor.get_status(),
            "multi_tenant": self.multi_tenant.get_status(),
            "hitl": self.hitl.get_status(),
            "meta_orchestrator": self.meta_orchestrator.get_status(),
            "workflow_hierarchy": self.workflow_hierarchy.get_status(),
        }

    def get_metrics(self) -> dict[str, Any]:
        """The figures of each subsystem, by the names of the attributes."""
        return {
            "task_queue": self.task_queue.get_metrics(),
            "worker_pool": self.worker_pool.get_metrics(),
            "long_running": self.long_running.get_metrics(),
            "activity_executor": self.activity_executor.get_metrics(),
            "multi_tenant": self.multi_tenant.get_metrics(),
            "hitl": self.hitl.get_metrics(),
            "meta_orchestrator": self.meta_orchestrator.get_metrics(),
            "workflow_hierarchy": self.workflow_hierarchy.get_metrics(),
        }
