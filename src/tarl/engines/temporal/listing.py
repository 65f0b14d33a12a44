"""Runs as Temporal's visibility knows them, the newest first.

Temporal gives open workflows by when they started, and those that have ended by when they ended. Of
the latter so many are read that none which is left can have started later than those that are told:
the memory is that of the list, whatever the namespace holds.
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError

from tarl.engines.temporal import wire
from tarl.engines.temporal.attributes import NUMBER, TENANT
from tarl.engines.temporal.silence import unavailable
from tarl.errors import TarlError
from tarl.kernel.engine import Cursor, RunListed, checked_limit
from tarl.kernel.runs import RunStatus
from tarl.values.ids import RunId, encode_segment
from tarl.values.instants import from_datetime, isoformat_ms

PAGE_SIZE = 1_000
_BESIDE = 50
"""Runs that are read besides those that are asked for: some that ended last began long ago."""

_STATUS: dict[WorkflowExecutionStatus, RunStatus] = {
    WorkflowExecutionStatus.RUNNING: "running",
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
    WorkflowExecutionStatus.TERMINATED: "terminated",
    WorkflowExecutionStatus.CONTINUED_AS_NEW: "continued",
    WorkflowExecutionStatus.TIMED_OUT: "terminated",
}
_QUERIED: dict[RunStatus, str] = {
    "running": "ExecutionStatus = 'Running'",
    "completed": "ExecutionStatus = 'Completed'",
    "failed": "ExecutionStatus = 'Failed'",
    "cancelled": "ExecutionStatus = 'Canceled'",
    "terminated": "ExecutionStatus IN ('Terminated', 'TimedOut')",
    "continued": "ExecutionStatus = 'ContinuedAsNew'",
}
_CLOSED = "ExecutionStatus != 'Running'"

NumberOf = Callable[[WorkflowExecution], Coroutine[Any, Any, int | None]]
"""The number of a run that has no search attribute; None for a workflow that is no run of tarl's.
"""


class Listing:
    """Lists the runs of one namespace.

    Args:
        client: The way to Temporal.
        number_of: Asked where the search attributes do not say it.
        by_attribute: Whether tenants' runs are found by search attribute, or by their ids.
    """

    def __init__(self, client: Client, number_of: NumberOf, *, by_attribute: bool) -> None:
        self._client = client
        self._number_of = number_of
        self._by_attribute = by_attribute

    async def newest(
        self,
        *,
        tenant: str | None,
        workflow: str | None,
        status: RunStatus | None,
        limit: int,
        after: Cursor | None = None,
    ) -> AsyncIterator[RunListed]:
        """See ``EnginePort.list``.

        Raises:
            Unavailable: the server does not answer (``temporal.unavailable``).
        """
        newest = _Newest(checked_limit(limit))
        asked = self._asked(tenant, workflow)
        if after is not None:
            asked.append(f"StartTime < {_quoted(isoformat_ms(after.started_at_ms + 1))}")
        if status in (None, "running"):
            async for found in self._found([*asked, _QUERIED["running"]], limit, after):
                if newest.is_before(found.start_time):
                    break
                newest.add(found)
        if status != "running":
            closed = _CLOSED if status is None else _QUERIED[status]
            async for found in self._found([*asked, closed], limit, after):
                if newest.is_past(found):
                    break
                newest.add(found)
        for found in newest.in_order():
            listed = await self._listed(found)
            if listed is not None:
                yield listed

    def _asked(self, tenant: str | None, workflow: str | None) -> list[str]:
        asked = []
        if tenant is not None and self._by_attribute:
            asked.append(f"{TENANT.name} = {_quoted(encode_segment(tenant))}")
        elif tenant is not None:
            asked.append(f"WorkflowId STARTS_WITH {_quoted(encode_segment(tenant) + '/')}")
        if workflow is not None:
            asked.append(f"WorkflowType = {_quoted(workflow)}")
        return asked

    async def _found(
        self, asked: list[str], limit: int, after: Cursor | None
    ) -> AsyncIterator[WorkflowExecution]:
        query, page_size = " AND ".join(asked), min(limit + _BESIDE, PAGE_SIZE)
        try:
            async for found in self._client.list_workflows(query, page_size=page_size):
                if found.id.count("/") == 1 and await self._is_behind(found, after):
                    yield found
        except RPCError as error:
            raise unavailable(error, self._client) from error

    async def _is_behind(self, found: WorkflowExecution, after: Cursor | None) -> bool:
        if after is None:
            return True
        here, there = _place(found), (after.started_at_ms, wire.workflow_id(after.run))
        if here != there:
            return here < there
        listed = await self._listed(found)  # of one id at one time, as the server counts time
        return listed is not None and listed.run.n < after.run.n

    async def _listed(self, found: WorkflowExecution) -> RunListed | None:
        number = found.typed_search_attributes.get(NUMBER)
        if number is None:
            number = await self._number_of(found)
        tenant, _, name = found.id.partition("/")
        try:
            run = RunId(unquote(tenant), unquote(name), number or 0)
        except TarlError:
            return None  # no run of tarl's
        return RunListed(
            run=run,
            workflow=found.workflow_type,
            status=_STATUS[found.status or WorkflowExecutionStatus.RUNNING],
            started_at_ms=from_datetime(found.start_time),
            ended_at_ms=None if found.close_time is None else from_datetime(found.close_time),
        )


class _Newest:
    """Those of a number of workflows that started last."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[tuple[int, str], datetime, str, WorkflowExecution]] = []
        self._known: set[str] = set()

    @property
    def is_full(self) -> bool:
        """Whether as many are known as are wanted."""
        return len(self._heap) == self._limit

    def is_before(self, then: datetime) -> bool:
        """Whether nothing that started then, or earlier, can be among them."""
        return self.is_full and from_datetime(then) < self._heap[0][0][0]

    def is_past(self, closed: WorkflowExecution) -> bool:
        """Whether neither this one nor any that ended before it can be among them."""
        return closed.close_time is not None and self.is_before(closed.close_time)

    def add(self, found: WorkflowExecution) -> None:
        """Take one into account; one that ends meanwhile may come twice."""
        if found.run_id in self._known:
            return
        self._known.add(found.run_id)
        entry = (_place(found), found.start_time, found.run_id, found)
        if self.is_full:
            self._known.discard(heapq.heappushpop(self._heap, entry)[2])
        else:
            heapq.heappush(self._heap, entry)

    def in_order(self) -> list[WorkflowExecution]:
        """Them, the newest first."""
        return [entry[-1] for entry in sorted(self._heap, key=lambda e: e[:3], reverse=True)]


def _place(found: WorkflowExecution) -> tuple[int, str]:
    """Where a workflow stands in a list, the newest first."""
    return from_datetime(found.start_time), found.id


def _quoted(text: str) -> str:
    doubled = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{doubled}'"
