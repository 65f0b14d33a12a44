"""How a queue stands, read from its tables: the same for every process."""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.journal.store import Store
from tarl.work.queue import settings, tables
from tarl.work.queue.ledger import Ledger

SILENT_MS = 60_000
"""A worker that was not heard of for so long is not counted."""


def metrics(ledger: Ledger, queue: str) -> dict[str, int]:
    """What a queue's tasks have come to, and what is waiting.

    ``tasks_failed`` counts the tasks that died, ``tasks_retried`` the attempts after failed ones.
    """
    store = ledger.store
    where = {"queue": queue}
    ended = {status: store.count("task", {**where, "status": status}) for status in tables.STATUSES}
    leased = store.count("task_lease", where)
    totals = store.get("queue_total", queue)
    found = {
        "tasks_enqueued": sum(ended.values()),
        "tasks_completed": ended[tables.COMPLETED],
        "tasks_cancelled": ended[tables.CANCELLED],
        "tasks_failed": ended[tables.DEAD] + ended[tables.PURGED],
        "tasks_retried": totals["retries"] if totals else 0,
        "queue_depth": ended[tables.QUEUED] - leased,
        "tasks_delayed": store.count("task_delayed", where),
        "active_leases": leased,
        "dead_letter_queue": ended[tables.DEAD],
        "workers": len(workers(ledger, queue, only_alive=True)),
    }
    for name in ("queue_depth", "active_leases", "dead_letter_queue", "workers"):
        ledger.metrics.gauge(f"queue.{name}", found[name], queue=queue)
    return found


def status(ledger: Ledger, queue: str) -> dict[str, Any]:
    """A queue's metrics, limits, shares and workers."""
    store = ledger.store
    limits = settings.limits_of(store.get("queue_limit", queue))
    return {
        "queue": queue,
        **metrics(ledger, queue),
        "limits": msgspec.to_builtins(limits),
        "weights": {
            row["tenant"]: row["weight"] for row in store.scan("queue_weight", {"queue": queue})
        },
        "worker_list": workers(ledger, queue),
    }


def workers(ledger: Ledger, queue: str, *, only_alive: bool = False) -> list[dict[str, Any]]:
    """The workers that have said they are there, and what each holds."""
    now_ms = ledger.clock.now_ms()
    held: dict[str, int] = {}
    for row in ledger.store.scan("task_lease", {"queue": queue}):
        held[row["worker"]] = held.get(row["worker"], 0) + 1
    found = []
    for row in ledger.store.scan("task_worker", {"queue": queue}):
        alive = abs(now_ms - row["seen_at_ms"]) <= SILENT_MS
        if only_alive and not alive:
            continue
        found.append(
            {
                "worker": row["worker"],
                "capabilities": msgspec.json.decode(row["capabilities"]),
                "version": row["version"],
                "concurrency": row["concurrency"],
                "metadata": msgspec.json.decode(row["metadata"]),
                "started_at_ms": row["started_at_ms"],
                "seen_at_ms": row["seen_at_ms"],
                "draining": bool(row["draining"]),
                "alive": alive,
                "leases": held.get(row["worker"], 0),
            }
        )
    return found


def queues(store: Store) -> list[str]:
    """Names of queues that have ever had a task, settings or a worker."""
    tables_of_few = ("task_turn", "queue_limit", "task_worker")
    return sorted({row["queue"] for table in tables_of_few for row in store.scan(table)})
