"""The queue's tables: tasks and settings as folds over facts, and the rows that coordinate.

A task that is not over is in exactly one of three places: ``task_ready`` in its lane's order,
``task_delayed`` by the instant when it is due, or ``task_lease`` while a worker has it. Each place
is one b-tree in the order in which it is asked, so what a lease costs does not depend on how many
tasks wait. A task that is cancelled in the first two is noted in ``task_gone``, and leaves both
when it is come upon.

Payloads, results and errors lie in the events alone, which may be sealed.
"""

from __future__ import annotations

from typing import Any

from tarl.journal.projection import Coordination, Fact, Projection, Table, Tables
from tarl.work.queue import events, settings
from tarl.work.queue.task import TaskId, group_of, is_of_steps

QUEUED = "queued"
COMPLETED = "completed"
DEAD = "dead"
CANCELLED = "cancelled"
PURGED = "purged"
STATUSES = (QUEUED, COMPLETED, DEAD, CANCELLED, PURGED)

TASK = Table(
    name="task",
    columns={
        "tenant": "TEXT",
        "queue": "TEXT",
        "task_id": "TEXT",
        "status": "TEXT",
        "handler": "TEXT",
        "priority": "INTEGER",
        "grouping": "TEXT",
        "attempts": "INTEGER",
        "requeues": "INTEGER",
        "timeout_ms": "INTEGER",
        "fence": "INTEGER",
        "enqueued_at_ms": "INTEGER",
        "changed_at_ms": "INTEGER",
    },
    key=("tenant", "queue", "task_id"),
    indexes=(("queue", "status"),),
)
"""Every task ever; ``attempts`` that failed since it was enqueued or requeued last."""

TOTAL = Table(
    name="queue_total",
    columns={"queue": "TEXT", "failures": "INTEGER", "retries": "INTEGER"},
    key=("queue",),
)
"""Attempts that failed, and those of them that were followed by another."""

READY = Table(
    name="task_ready",
    columns={
        "queue": "TEXT",
        "priority": "INTEGER",
        "grouping": "TEXT",
        "tenant": "TEXT",
        "place": "INTEGER",
        "task_id": "TEXT",
        "fence": "INTEGER",
        "attempts": "INTEGER",
        "requeues": "INTEGER",
    },
    key=("queue", "priority", "grouping", "tenant", "place"),
)
"""Tasks that may be leased, each in its lane (a tenant's tasks of one priority and one group)."""

LANE = Table(
    name="task_lane",
    columns={
        "queue": "TEXT",
        "priority": "INTEGER",
        "grouping": "TEXT",
        "tenant": "TEXT",
        "stride": "INTEGER",
        "finish": "INTEGER",
    },
    key=("queue", "priority", "grouping", "tenant"),
    indexes=(
        ("queue", "priority", "grouping", "finish", "tenant"),
        ("queue", "priority", "tenant"),
    ),
)
"""Lanes that are not empty, in the order of their tenants' turns."""

GROUP = Table(
    name="task_group",
    columns={"queue": "TEXT", "priority": "INTEGER", "grouping": "TEXT"},
    key=("queue", "priority", "grouping"),
)
"""Groups that have lanes."""

TURN = Table(
    name="task_turn",
    columns={
        "queue": "TEXT",
        "priority": "INTEGER",
        "finish": "INTEGER",
        "now": "INTEGER",
    },
    key=("queue", "priority"),
)
"""Whose turn it is: of each priority its finish tag among the priorities, and what is now among its
tenants; of priority 0 what is now among the priorities.
"""

DELAYED = Table(
    name="task_delayed",
    columns={
        "queue": "TEXT",
        "due_at_ms": "INTEGER",
        "tenant": "TEXT",
        "task_id": "TEXT",
        "fence": "INTEGER",
        "since_ms": "INTEGER",
    },
    key=("queue", "due_at_ms", "tenant", "task_id"),
    indexes=(("queue", "since_ms"),),
)
"""Tasks that wait for an instant; ``since_ms`` of those that wait for so long, whatever the clock
says.
"""

LEASE = Table(
    name="task_lease",
    columns={
        "queue": "TEXT",
        "tenant": "TEXT",
        "task_id": "TEXT",
        "fence": "INTEGER",
        "worker": "TEXT",
        "attempt": "INTEGER",
        "ttl_ms": "INTEGER",
        "leased_at_ms": "INTEGER",
        "expires_at_ms": "INTEGER",
    },
    key=("queue", "tenant", "task_id"),
    indexes=(("queue", "expires_at_ms"), ("tenant", "task_id")),
)
"""Who has which task until when."""

BUCKET = Table(
    name="task_bucket",
    columns={"queue": "TEXT", "micro": "INTEGER", "filled_at_ms": "INTEGER"},
    key=("queue",),
)
"""What is left of each limited queue's rate, in millionths of a task."""

GONE = Table(
    name="task_gone",
    columns={"queue": "TEXT", "tenant": "TEXT", "task_id": "TEXT"},
    key=("queue", "tenant", "task_id"),
)
"""Cancelled tasks that still stand in a lane or wait."""

WORKER = Table(
    name="task_worker",
    columns={
        "queue": "TEXT",
        "worker": "TEXT",
        "capabilities": "TEXT",
        "version": "TEXT",
        "concurrency": "INTEGER",
        "metadata": "TEXT",
        "started_at_ms": "INTEGER",
        "seen_at_ms": "INTEGER",
        "draining": "INTEGER",
    },
    key=("queue", "worker"),
)
"""Workers that have said so, and when they were heard of last."""

_END = {
    events.TASK_COMPLETED: COMPLETED,
    events.TASK_DEAD: DEAD,
    events.TASK_CANCELLED: CANCELLED,
    events.TASK_PURGED: PURGED,
}


def is_step(tables: Tables, task: TaskId) -> bool:
    """Whether a task is a step of a run: part of its execution, none of its own."""
    record = tables.get("task", *task)
    return record is not None and is_of_steps(record["grouping"] or "")


def _apply(tables: Tables, fact: Fact) -> None:
    task = TaskId.from_stream(fact.stream)
    if fact.kind == events.TASK_ATTEMPT_FAILED:
        _count_failure(tables, task, fact)
    if fact.kind == events.TASK_ENQUEUED:
        tables.put("task", _queued(task, fact))
        return
    tables.update("task", (task.tenant, task.queue, task.id), _changes(tables, task, fact))


def _queued(task: TaskId, fact: Fact) -> dict[str, Any]:
    asked = None if fact.body is None else events.DECODERS[fact.kind](fact.body)
    return {
        "tenant": task.tenant,
        "queue": task.queue,
        "task_id": task.id,
        "status": QUEUED,
        "handler": asked and asked.handler,
        "priority": asked and asked.priority,
        "grouping": asked
        and group_of(asked.handler, asked.version, asked.needs, is_step=bool(asked.origin)),
        "attempts": 0,
        "requeues": 0,
        "timeout_ms": asked and asked.timeout_ms,
        "fence": 0,
        "enqueued_at_ms": fact.recorded_at_ms,
        "changed_at_ms": fact.recorded_at_ms,
    }


def _changes(tables: Tables, task: TaskId, fact: Fact) -> dict[str, Any]:
    body = None if fact.body is None else events.DECODERS[fact.kind](fact.body)
    changes: dict[str, Any] = {"changed_at_ms": fact.recorded_at_ms}
    fence = getattr(body, "fence", None)
    if fence is not None:
        changes["fence"] = fence
    status = _END.get(fact.kind)
    if status is not None:
        changes["status"] = status
    elif fact.kind == events.TASK_REQUEUED:
        known = tables.get("task", task.tenant, task.queue, task.id)
        requeues = known["requeues"] + 1 if known else 1
        changes |= {"status": QUEUED, "attempts": 0, "requeues": requeues}
    elif body is not None:
        changes["attempts"] = body.attempt
    return changes


def _count_failure(tables: Tables, task: TaskId, fact: Fact) -> None:
    known = tables.get("queue_total", task.queue) or {"failures": 0, "retries": 0}
    dies = fact.body is not None and events.DECODERS[fact.kind](fact.body).wait_ms is None
    tables.put(
        "queue_total",
        {
            "queue": task.queue,
            "failures": known["failures"] + 1,
            "retries": known["retries"] + (not dies),
        },
    )


TASKS_PROJECTION = Projection(
    name="tasks", tables=(TASK, TOTAL), kinds=frozenset(events.BODIES), apply=_apply
)
QUEUES_PROJECTION = settings.PROJECTION
QUEUE_COORDINATION = Coordination(
    name="queue", tables=(READY, LANE, GROUP, TURN, DELAYED, GONE, LEASE, BUCKET, WORKER)
)
