"""Starts, asks about and stops runs for schedules, through the runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Missing, Unavailable
from tarl.journal.projection import Record
from tarl.kernel import inbox
from tarl.values.ids import RunId
from tarl.work.schedules.starting import Wanted

DURABLE_WAIT_S = 0.005
"""How often a run that has begun is looked for on disk while another process holds the file."""

DURABLE_TRIES_MAX = 1_000


class RuntimeStarter:
    """Fills ``Starter`` for one runtime; runs go on in it until it is closed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def knows(self, workflow: str) -> bool:
        """Whether the workflow's code is loaded."""
        return self._runtime.known(workflow) is not None

    async def start(self, wanted: Wanted) -> None:
        """Have the run begun and on disk, or find it there; see ``Starter.start``."""
        if self._latest(wanted.tenant, wanted.workflow_id) is not None:
            self._require_same(wanted)
            return
        workflow = self._runtime.registered(wanted.workflow)
        handle = await self._runtime.start(
            workflow, wanted.input, id=wanted.workflow_id, tenant=wanted.tenant
        )
        for _ in range(DURABLE_TRIES_MAX):
            if self._runtime.journal.head(handle.run_id.stream) is not None:
                return
            self._runtime.engine.committer.flush()
            if handle.run_id.stream not in self._runtime.engine.live:
                break  # interrupted before it was on disk
            await asyncio.sleep(DURABLE_WAIT_S)
        if self._runtime.journal.head(handle.run_id.stream) is None:
            raise Unavailable(f"{handle.run_id.ref} did not reach the disk", code="journal.io")

    def has_begun(self, tenant: str, workflow_id: str) -> bool:
        """Whether there is a run of that id."""
        return self._latest(tenant, workflow_id) is not None

    def is_running(self, tenant: str, workflow_id: str) -> bool:
        """Whether the newest run of that id has not ended."""
        latest = self._latest(tenant, workflow_id)
        return latest is not None and latest["status"] == "running"

    async def cancel(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        """Ask the run to stop, once."""
        run = self._running(tenant, workflow_id)
        if run is None:
            return
        letters = self._runtime.journal.read(inbox.stream(run))
        if not any(letter.kind == inbox.CANCEL_SENT for letter in letters):
            _unless_ended(lambda: self._runtime.cancel(run, reason=reason))

    async def terminate(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        """End the run without asking its code."""
        run = self._running(tenant, workflow_id)
        if run is not None:
            _unless_ended(lambda: self._runtime.terminate(run, reason=reason))

    def _latest(self, tenant: str, workflow_id: str) -> Record | None:
        where = {"tenant": tenant, "workflow_id": workflow_id}
        newest = self._runtime.journal.scan("run", where, order_by="n", descending=True, limit=1)
        return next(newest, None)

    def _running(self, tenant: str, workflow_id: str) -> RunId | None:
        latest = self._latest(tenant, workflow_id)
        if latest is None or latest["status"] != "running":
            return None
        return RunId(tenant, workflow_id, latest["n"])

    def _require_same(self, wanted: Wanted) -> None:
        latest = self._latest(wanted.tenant, wanted.workflow_id)
        if latest is not None and latest["workflow"] not in (wanted.workflow, None):
            raise Conflict(
                f"{wanted.workflow_id} exists with another workflow",
                code="run.exists",
                run=wanted.workflow_id,
            )


def _unless_ended(stop: Callable[[], None]) -> None:
    try:
        stop()
    except (Conflict, Missing) as error:
        if error.code not in ("run.ended", "run.missing"):
            raise
