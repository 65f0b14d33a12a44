"""How a Temporal server stands: what ``tarl doctor`` and services' readiness ask it.

Nothing is written to a history. Whether the clocks agree is seen by polling a task queue of this
module's own for a moment: the server says when that poll came.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import NamedTuple

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
    PollWorkflowTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

CLOCK_QUEUE = "tarl-doctor"
"""Polled for a moment to see the server's clock; nothing is ever put into it."""

ANSWER_S = 5.0
"""How long each question may take."""

SEEN_S = 3.0
"""How long the server may take to say that it was polled."""

LOOK_S = 0.05


class Namespace(NamedTuple):
    """A namespace: how long it keeps the histories of ended runs, and how large one payload may be;
    0 where the server does not say.
    """

    kept_s: float
    payload_bytes_max: int


class Pollers(NamedTuple):
    """Who serves a task queue: how many ask for workflows, how many for steps."""

    workflows: int
    steps: int


class Probe:
    """Questions to one server; each may fail alone.

    Args:
        client: The connection.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def version(self) -> str:
        """The server's version."""
        info = await self._client.workflow_service.get_system_info(
            GetSystemInfoRequest(), timeout=timedelta(seconds=ANSWER_S)
        )
        return info.server_version

    async def namespace(self) -> Namespace | None:
        """The connection's namespace; None when there is none of its name."""
        try:
            told = await self._client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=self._client.namespace),
                timeout=timedelta(seconds=ANSWER_S),
            )
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise
        kept = told.config.workflow_execution_retention_ttl.ToTimedelta()
        return Namespace(
            kept_s=kept.total_seconds(),
            payload_bytes_max=told.namespace_info.limits.blob_size_limit_error,
        )

    async def pollers(self, task_queue: str) -> Pollers:
        """Who has asked a task queue for work lately."""
        found = [
            await self._polled(task_queue, kind)
            for kind in (
                TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
                TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            )
        ]
        return Pollers(*(len(each) for each in found))

    async def clock_ahead_s(self) -> float | None:
        """By how many seconds the server's clock is ahead of this machine's, to about a tenth; None
        when the server does not say.
        """
        identity = f"doctor-{time.time_ns()}"
        asked_s = time.time()
        poll = asyncio.ensure_future(self._poll(identity))
        try:
            async with asyncio.timeout(SEEN_S):
                while not poll.done():
                    await asyncio.sleep(LOOK_S)
                    kind = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
                    seen = await self._polled(CLOCK_QUEUE, kind)
                    if identity in seen:
                        return seen[identity] - asked_s
        except TimeoutError:
            pass
        finally:
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
        return None

    async def _polled(self, task_queue: str, kind: TaskQueueType.ValueType) -> dict[str, float]:
        """When each poller of a task queue came last, in seconds since 1970, by its identity."""
        told = await self._client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=self._client.namespace,
                task_queue=TaskQueue(name=task_queue),
                task_queue_type=kind,
            ),
            timeout=timedelta(seconds=ANSWER_S),
        )
        return {each.identity: each.last_access_time.ToNanoseconds() / 1e9 for each in told.pollers}

    async def _poll(self, identity: str) -> None:
        await self._client.workflow_service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(
                namespace=self._client.namespace,
                task_queue=TaskQueue(name=CLOCK_QUEUE),
                identity=identity,
            ),
            timeout=timedelta(seconds=SEEN_S),
        )
