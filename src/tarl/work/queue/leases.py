"""Who holds which task: the question a holder is asked, how long it holds, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence

from tarl.errors import Conflict
from tarl.journal.projection import Change, Guard, Record, Tables
from tarl.work.queue import places
from tarl.work.queue.selection import Lease
from tarl.work.queue.task import TaskId

RECLAIM_MAX = 100
"""Expired leases that are taken back at once."""


def lost(task: TaskId, fence: int) -> Conflict:
    """The refusal of a holder whose lease has passed to somebody else, or to nobody."""
    return Conflict(
        f"the lease {fence} of task {task.id} is over: it expired, was given back,"
        " or the task was cancelled",
        code="lease.lost",
        next_step="drop what was done for it; another worker does it or has done it",
        task=task.id,
        queue=task.queue,
        tenant=task.tenant,
        fence=fence,
    )


def held(task: TaskId, fence: int) -> Guard:
    """Asks whether the lease is still the one that counts."""

    def guard(tables: Tables) -> None:
        row = tables.get("task_lease", task.queue, task.tenant, task.id)
        if row is None or row["fence"] != fence:
            raise lost(task, fence)

    return guard


def unchanged(row: Record) -> Guard:
    """Asks whether the lease that was found expired has been extended or ended since."""

    def guard(tables: Tables) -> None:
        now = tables.get("task_lease", row["queue"], row["tenant"], row["task_id"])
        if now is None or now["fence"] != row["fence"]:
            raise lost(TaskId(row["tenant"], row["queue"], row["task_id"]), row["fence"])
        if now["expires_at_ms"] != row["expires_at_ms"]:
            raise Conflict("the lease was extended", code="lease.extended")

    return guard


def ended(task: TaskId) -> Change:
    """Takes the lease away."""

    def change(tables: Tables) -> None:
        tables.delete("task_lease", task.queue, task.tenant, task.id)

    return change


def extended(leases: Sequence[Lease], *, now_ms: int, lost: list[Lease]) -> Change:
    """Extends the leases that still count, and names the others."""

    def change(tables: Tables) -> None:
        lost.clear()
        for lease in leases:
            tenant, queue, id = lease.task
            row = tables.get("task_lease", queue, tenant, id)
            if row is None or row["fence"] != lease.fence:
                lost.append(lease)
            else:
                until = {"expires_at_ms": now_ms + row["ttl_ms"]}
                tables.update("task_lease", (queue, tenant, id), until)

    return change


def returned(lease: Lease) -> Change:
    """Puts a task back where it was leased from, before all others of its lane."""

    def change(tables: Tables) -> None:
        tenant, queue, id = lease.task
        tables.delete("task_lease", queue, tenant, id)
        record = tables.get("task", tenant, queue, id)
        if record is not None and record["status"] == "queued":
            places.enter(tables, lease.task, record, fence=lease.fence, first=True)

    return change


def set_back(tables: Tables, queue: str, *, now_ms: int) -> None:
    """Leases of a time to come were given before somebody set the clock back: let them run from
    now, or their tasks would be stuck until then.
    """
    while True:
        latest = next(
            iter(
                list(
                    tables.scan(
                        "task_lease",
                        {"queue": queue},
                        order_by="expires_at_ms",
                        descending=True,
                        limit=1,
                    )
                )
            ),
            None,
        )
        if latest is None or latest["expires_at_ms"] <= now_ms + latest["ttl_ms"]:
            return
        until = {"expires_at_ms": now_ms + latest["ttl_ms"]}
        tables.update("task_lease", (queue, latest["tenant"], latest["task_id"]), until)
