"""A task as a value, and as the journal tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum, auto
from typing import Any

import msgspec

from tarl.integrations.orchestration_extended.place import seconds_at, seconds_until
from tarl.journal.projection import Record
from tarl.values.ids import DEFAULT_TENANT
from tarl.work.queue.state import TaskState
from tarl.work.queue.task import TaskId


class TaskQueuePriority(Enum):
    """How urgent a task is. None of them starves: see ``tarl.work.queue.fairness``."""

    CRITICAL = auto()
    HIGH = auto()
    NORMAL = auto()
    LOW = auto()
    BACKGROUND = auto()


@dataclass
class Task:
    """A task as it was when it was read; instants in Unix seconds.

    Attributes:
        attempts: Attempts that have begun.
        status: ``queued``, ``leased``, ``completed``, ``dead``, ``cancelled`` or ``purged``.
        fence: Grows with every lease: a store outside that remembers the largest can refuse a
            worker that has lost its lease.
    """

    task_id: str
    workflow_id: str
    task_type: str
    payload: Any
    priority: TaskQueuePriority
    created_at: int
    attempts: int = 0
    max_attempts: int = 3
    lease_holder: str | None = None
    lease_expires_at: int | None = None
    status: str = "queued"
    fence: int = 0
    namespace: str = DEFAULT_TENANT

    def to_dict(self) -> dict[str, Any]:
        """The task as JSON values, its priority by name."""
        return {**asdict(self), "priority": self.priority.name}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Task:
        """The task of ``to_dict``."""
        return cls(**{**data, "priority": TaskQueuePriority[data["priority"]]})


Handler = Callable[[Task], Any]
"""Carries a task out: a function, or an async one, whose JSON result is the task's."""


def task_from(id: TaskId, state: TaskState, lease: Record | None, payload: bytes | None) -> Task:
    """A task of its events, its lease's row and its payload's JSON."""
    whole = {} if payload is None else msgspec.json.decode(payload)
    if not isinstance(whole, dict) or set(whole) != {"payload", "workflow_id"}:
        whole = {"payload": whole, "workflow_id": id.id}  # asked for by another road
    spec = None if state.asked is None else state.asked.spec
    attempts = state.attempts + (1 if lease is not None or state.status == "completed" else 0)
    return Task(
        task_id=id.id,
        workflow_id=whole["workflow_id"],
        task_type="" if spec is None else spec.handler,
        payload=whole["payload"],
        priority=TaskQueuePriority[spec.priority.name] if spec else TaskQueuePriority.NORMAL,
        created_at=seconds_at(state.enqueued_at_ms),
        attempts=attempts,
        max_attempts=0 if spec is None else spec.retry.attempts_max or 0,
        lease_holder=None if lease is None else lease["worker"],
        lease_expires_at=None if lease is None else seconds_until(lease["expires_at_ms"]),
        status="leased" if lease is not None else state.status,
        fence=state.fence if lease is None else lease["fence"],
        namespace=id.tenant,
    )
