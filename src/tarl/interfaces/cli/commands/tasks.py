"""What the commands about tasks share: options, the queue of a name, and a task as data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tarl.interfaces.cli.invocation import Invocation, home_tenant

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.work.queue.queue import TaskQueue
    from tarl.work.queue.task import TaskId

queue_option = click.option("--queue", default="main", show_default=True, help="Which queue.")
tenant_option = click.option(
    "--tenant",
    default=home_tenant,
    help="Whose it is (default: --as-tenant, else default).",
)
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many."
)


def queue_of(store: Store, name: str) -> TaskQueue:
    """The queue of a name."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.stack import draw_task_id
    from tarl.storage import bounds_on
    from tarl.work.queue.queue import TaskQueue

    clock = SystemClock()
    return TaskQueue(
        store,
        name,
        clock=clock,
        draw_id=lambda: draw_task_id(clock),
        bounds=bounds_on(store),
    )


@contextmanager
def open_or_make(invocation: Invocation) -> Iterator[Store]:
    """The journal, which is made if there is none."""
    from tarl.storage import open_store

    store = open_store(
        invocation.db,
        keyring=invocation.keyring,
        synchronous=invocation.settings["synchronous"].value,
        sealed=invocation.settings["sealed"].value,
        tenant=invocation.tenant,
    )
    try:
        yield store
    finally:
        store.close()


def task_data(store: Store, task: TaskId) -> dict[str, Any]:
    """A task as JSON-compatible data."""
    import msgspec

    from tarl.values.instants import isoformat_ms

    ledger = queue_of(store, task.queue).ledger
    state = ledger.known(task)
    asked = state.asked
    lease = store.get("task_lease", task.queue, task.tenant, task.id)
    payload, result = ledger.payload(task, state), ledger.result(task, state)
    waits = next(
        (
            row["due_at_ms"]
            for row in store.scan(
                "task_delayed", {"queue": task.queue, "tenant": task.tenant, "task_id": task.id}
            )
        ),
        None,
    )
    return {
        "task": task.id,
        "queue": task.queue,
        "tenant": task.tenant,
        "status": state.status,
        "handler": asked.handler if asked else None,
        "priority": asked.spec.priority.label if asked else None,
        "needs": list(asked.needs) if asked else [],
        "version": asked.version if asked else "",
        "payload": None if payload is None else msgspec.json.decode(payload),
        "enqueued": isoformat_ms(state.enqueued_at_ms),
        "not_before": None if waits is None else isoformat_ms(waits),
        "requeues": state.requeues,
        "lease": None
        if lease is None
        else {
            "worker": lease["worker"],
            "fence": lease["fence"],
            "attempt": lease["attempt"],
            "expires": isoformat_ms(lease["expires_at_ms"]),
        },
        "failures": [
            {
                "at": isoformat_ms(at_ms),
                "attempt": failure.attempt,
                "worker": failure.worker,
                "error": f"{failure.error.type}: {failure.error.message}",
            }
            for at_ms, failure in state.failures
        ],
        "result": None if result is None else msgspec.json.decode(result),
    }


def show_task(invocation: Invocation, data: dict[str, Any]) -> None:
    """A task for a person."""
    from tarl.interfaces.cli.output import json_text

    lease = data["lease"]
    invocation.output.fields(
        [
            *((name, data[name]) for name in ("task", "queue", "tenant", "status", "handler")),
            ("priority", data["priority"]),
            ("needs", ", ".join(data["needs"]) or None),
            ("worker version", data["version"] or None),
            ("payload", json_text(data["payload"])),
            ("enqueued", data["enqueued"]),
            ("not before", data["not_before"]),
            ("requeued", f"{data['requeues']} times" if data["requeues"] else None),
            ("lease", f"{lease['worker']} until {lease['expires']}" if lease else None),
            ("result", json_text(data["result"]) if data["status"] == "completed" else None),
        ]
        + [
            (f"failure {i}", f"{f['at']} by {f['worker']}: {f['error']}")
            for i, f in enumerate(data["failures"], 1)
        ]
    )


def task_of(queue: str, tenant: str, id: str) -> TaskId:
    """The task of these names."""
    from tarl.work.queue.task import task_id

    return task_id(tenant, queue, id)


def person() -> str:
    """Who sits at the terminal."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
