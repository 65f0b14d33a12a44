"""What operators and workers say about a queue itself: limits, shares, presence, repair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tarl.errors import Conflict
from tarl.journal.projection import Record, Tables
from tarl.journal.store import Batch
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.work.queue import places, settings
from tarl.work.queue.ledger import TRIES_MAX, Ledger, Plan
from tarl.work.queue.settings import QueueLimits, Weighed
from tarl.work.queue.streams import continued
from tarl.work.queue.task import TaskId

FENCES_SKIPPED = 1_000_000
"""A restored task's leases are numbered behind all that may have been given before the loss."""

RESTORED_AT_ONCE = 500


class WorkerCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker says of itself."""

    name: str
    capabilities: tuple[str, ...] = ()
    version: str = ""
    concurrency: int = 1
    metadata: Mapping[str, Any] = {}
    draining: bool = False
    started_at_ms: int | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "worker")


def configure(ledger: Ledger, queue: str, limits: QueueLimits) -> Plan[None]:
    """Set a queue's limits."""
    yield from _set(ledger, queue, limits)


def weigh(ledger: Ledger, queue: str, tenant: str, weight: int) -> Plan[None]:
    """Set a tenant's share of a queue.

    Raises:
        Invalid: a weight outside its range (``queue.weight``).
    """
    yield from _set(ledger, queue, Weighed(tenant=tenant, weight=weight))


def _set(ledger: Ledger, queue: str, value: QueueLimits | Weighed) -> Plan[None]:
    stream = settings.stream(queue)
    for _ in range(TRIES_MAX):
        head = ledger.store.head(stream)
        first = next(ledger.store.read(stream, until=1), None)
        rows, _head = continued(
            ledger.store,
            stream,
            DEFAULT_TENANT,
            head,
            [settings.body(value)],
            at_ms=ledger.clock.now_ms(),
            sealed=first is not None and first.commitment is not None,
        )
        try:
            yield Batch(rows)
        except Conflict as refusal:
            if refusal.code != "journal.position":
                raise
        else:
            return
    raise Conflict(f"{stream} never stood still", code="journal.position")


def seen(ledger: Ledger, queue: str, worker: WorkerCard) -> Plan[None]:
    """A worker is there."""
    now_ms = ledger.clock.now_ms()

    def change(tables: Tables) -> None:
        known = tables.get("task_worker", queue, worker.name)
        started = worker.started_at_ms
        if started is None:
            started = known["started_at_ms"] if known else now_ms
        tables.put(
            "task_worker",
            {
                "queue": queue,
                "worker": worker.name,
                "capabilities": encode(sorted(worker.capabilities)).decode(),
                "version": worker.version,
                "concurrency": worker.concurrency,
                "metadata": encode(dict(worker.metadata)).decode(),
                "started_at_ms": started,
                "seen_at_ms": now_ms,
                "draining": int(worker.draining),
            },
        )

    yield Batch((), changes=(change,))


def gone(ledger: Ledger, queue: str, worker: str) -> Plan[None]:
    """A worker has left."""
    yield Batch((), changes=(lambda tables: tables.delete("task_worker", queue, worker),))


def restore(ledger: Ledger, queue: str) -> Plan[int]:
    """Give tasks that are in no place one again: how many.

    A task that waited for its time stands in its lane at once.
    """
    restored = 0
    waiting = {
        (row["tenant"], row["task_id"])
        for table in ("task_ready", "task_delayed", "task_lease")
        for row in ledger.store.scan(table, {"queue": queue})
    }
    lost = [
        row
        for row in ledger.store.scan("task", {"queue": queue, "status": "queued"})
        if (row["tenant"], row["task_id"]) not in waiting
    ]
    for start in range(0, len(lost), RESTORED_AT_ONCE):
        part = lost[start : start + RESTORED_AT_ONCE]

        def change(tables: Tables, part: list[Record] = part) -> None:
            for row in part:
                _stand(tables, TaskId(row["tenant"], queue, row["task_id"]))

        yield Batch((), changes=(change,))
        restored += len(part)
    return restored


def _stand(tables: Tables, task: TaskId) -> None:
    record = tables.get("task", *task)
    if record is None or record["status"] != "queued" or record["grouping"] is None:
        return
    if tables.get("task_lease", task.queue, task.tenant, task.id) is None:
        places.enter(tables, task, record, fence=record["fence"] + FENCES_SKIPPED)
