"""Where a task that is not over stands: how it comes into a lane, into waiting, and out again.

1. A lane has a row in ``task_lane`` exactly while it has tasks in ``task_ready``; so has a group.
2. Within a lane tasks are in the order of their places; a task that comes in stands last, one that
   is given back stands first.
"""

from __future__ import annotations

from typing import NamedTuple

from tarl.journal.projection import Record, Tables
from tarl.work.queue.fairness import PRIORITY_STRIDES, joined, stride_of
from tarl.work.queue.task import Priority, TaskId


class Lane(NamedTuple):
    """A tenant's tasks of one priority and one group, in one queue."""

    queue: str
    priority: int
    grouping: str
    tenant: str

    @property
    def where(self) -> dict[str, str | int]:
        """The lane as a condition."""
        return self._asdict()


def enter(tables: Tables, task: TaskId, record: Record, *, fence: int, first: bool = False) -> None:
    """Let a task with this record in ``task`` stand in its lane; not if its tenant was erased."""
    if record["grouping"] is None:
        return  # nobody knows what was asked for
    lane = Lane(task.queue, record["priority"], record["grouping"], task.tenant)
    end = next(
        iter(
            tables.scan("task_ready", lane.where, order_by="place", descending=not first, limit=1)
        ),
        None,
    )
    if end is None:
        _open(tables, lane)
        place = 0
    else:
        place = end["place"] + (-1 if first else 1)
    tables.put(
        "task_ready",
        {
            **lane.where,
            "place": place,
            "task_id": task.id,
            "fence": fence,
            "attempts": record["attempts"],
            "requeues": record["requeues"],
        },
    )


def remove_gone(tables: Tables, task: TaskId) -> bool:
    """Whether a task was cancelled while it waited; it is noted no longer."""
    if tables.get("task_gone", task.queue, task.tenant, task.id) is None:
        return False
    tables.delete("task_gone", task.queue, task.tenant, task.id)
    return True


def wait(tables: Tables, task: TaskId, *, fence: int, due_at_ms: int, since_ms: int | None) -> None:
    """Let a task wait: until an instant, or with ``since_ms`` for so long from then."""
    tables.put(
        "task_delayed",
        {
            "queue": task.queue,
            "due_at_ms": due_at_ms,
            "tenant": task.tenant,
            "task_id": task.id,
            "fence": fence,
            "since_ms": since_ms,
        },
    )


def known(tables: Tables, queue: str) -> None:
    """Let a queue be listed that has only tasks which wait."""
    if tables.get("task_turn", queue, 0) is None:
        tables.put("task_turn", {"queue": queue, "priority": 0, "finish": 0, "now": 0})


def promote(tables: Tables, queue: str, *, now_ms: int, limit: int) -> int:
    """Bring tasks that are due into their lanes; how many."""
    due = list(
        tables.scan(
            "task_delayed",
            {"queue": queue},
            at_most={"due_at_ms": now_ms},
            order_by="due_at_ms",
            limit=limit,
        )
    )
    for row in due:
        tables.delete("task_delayed", queue, row["due_at_ms"], row["tenant"], row["task_id"])
        task = TaskId(row["tenant"], queue, row["task_id"])
        record = tables.get("task", *task)
        if record is not None and record["status"] == "queued":
            enter(tables, task, record, fence=row["fence"])
        else:
            remove_gone(tables, task)
    return len(due)


def set_back(tables: Tables, queue: str, *, now_ms: int, limit: int) -> None:
    """Waits of a time to come began before somebody set the clock back: let them begin now."""
    for _ in range(limit):
        found = tables.scan(
            "task_delayed", {"queue": queue}, order_by="since_ms", descending=True, limit=1
        )
        row = next(iter(list(found)), None)
        if row is None or row["since_ms"] is None or row["since_ms"] <= now_ms:
            return
        tables.delete("task_delayed", queue, row["due_at_ms"], row["tenant"], row["task_id"])
        due_at_ms = now_ms + row["due_at_ms"] - row["since_ms"]
        tables.put("task_delayed", {**row, "due_at_ms": due_at_ms, "since_ms": now_ms})


def shut(tables: Tables, lane: Lane) -> None:
    """Take an empty lane away, and its group when it was the last one."""
    tables.delete("task_lane", *lane)
    where = {"queue": lane.queue, "priority": lane.priority, "grouping": lane.grouping}
    if next(iter(list(tables.scan("task_lane", where, limit=1))), None) is None:
        tables.delete("task_group", *where.values())


def _open(tables: Tables, lane: Lane) -> None:
    weight = tables.get("queue_weight", lane.queue, lane.tenant)
    stride = stride_of(weight["weight"] if weight else 1)
    now = _join_priority(tables, lane)
    siblings = tables.scan(
        "task_lane",
        {"queue": lane.queue, "priority": lane.priority, "tenant": lane.tenant},
        limit=1,
    )
    finish = joined(now, stride)
    for sibling in list(siblings):
        finish = sibling["finish"]
    tables.put("task_lane", {**lane.where, "stride": stride, "finish": finish})
    group = lane.queue, lane.priority, lane.grouping
    if tables.get("task_group", *group) is None:
        tables.put("task_group", dict(zip(("queue", "priority", "grouping"), group, strict=True)))


def _join_priority(tables: Tables, lane: Lane) -> int:
    """What is now among the priority's tenants; the priority joins its queue if it was empty."""
    turn = tables.get("task_turn", lane.queue, lane.priority)
    where = {"queue": lane.queue, "priority": lane.priority}
    if turn is None or not list(tables.scan("task_group", where, limit=1)):
        whole = tables.get("task_turn", lane.queue, 0)
        stride = PRIORITY_STRIDES[Priority(lane.priority)]
        finish = joined(whole["now"] if whole else 0, stride)
        if turn is not None and turn["finish"] > finish:
            finish = turn["finish"]
        now = turn["now"] if turn else 0
        tables.put("task_turn", {**where, "finish": finish, "now": now})
        return now
    return int(turn["now"])
