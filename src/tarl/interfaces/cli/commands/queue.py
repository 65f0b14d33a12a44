"""``tarl queue``: what waits, what is under way, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.commands.tasks import (
    limit_option,
    open_or_make,
    person,
    queue_of,
    queue_option,
    show_task,
    task_data,
    task_of,
    tenant_option,
)
from tarl.interfaces.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from tarl.journal.store import Store
    from tarl.work.queue.queue import TaskQueue
    from tarl.work.queue.task import TaskId

PRIORITIES = ("critical", "high", "normal", "low", "background")


@click.group(short_help="Add tasks, and see how queues stand.")
def queue() -> None:
    """Add tasks, and see how queues stand. `tarl worker` carries them out."""


@queue.command("ls", short_help="List queues, or the tasks of one.")
@click.argument("name", metavar="[QUEUE]", required=False)
@click.option(
    "--status",
    type=click.Choice(("queued", "completed", "dead", "cancelled", "purged")),
    help="Only tasks of this status.",
)
@limit_option
@common_options
@click.pass_obj
def list_queues(invocation: Invocation, name: str | None, status: str | None, limit: int) -> None:
    """List the queues of the journal, or with QUEUE its tasks."""
    from tarl.work.queue.status import queues

    with invocation.open_store() as store:
        if name is not None:
            _list_tasks(invocation, store, name, status, limit)
            return
        found = [queue_of(store, each).get_status() for each in queues(store)]
    if invocation.output.as_json:
        invocation.output.document("queue.ls", queues=found)
        return
    columns = (
        "queue",
        "queue_depth",
        "active_leases",
        "tasks_completed",
        "dead_letter_queue",
        "workers",
    )
    heads = ("queue", "waiting", "leased", "completed", "dead", "workers", "limits")
    rows = [[*(each[c] for c in columns), _limits_text(each["limits"])] for each in found]
    invocation.output.table(heads, rows)


@queue.command("show", short_help="Show a task: its attempts and its end.")
@click.argument("task", metavar="TASK")
@queue_option
@tenant_option
@common_options
@click.pass_obj
def show(invocation: Invocation, task: str, queue: str, tenant: str) -> None:
    """Show a task: what was asked for, its attempts and its end."""
    with invocation.open_store() as store:
        data = task_data(store, task_of(queue, tenant, task))
    if invocation.output.as_json:
        invocation.output.document("queue.show", **data)
    else:
        show_task(invocation, data)


@queue.command("add", short_help="Add a task.")
@click.argument("handler", metavar="HANDLER")
@click.option("--input", "input_text", metavar="JSON|@FILE|-", help="The payload.")
@queue_option
@tenant_option
@click.option("--id", "id_", metavar="ID", help="The task's id (default: a random one).")
@click.option("--token", help="Attach to the task that was added with this token before.")
@click.option(
    "--priority",
    type=click.Choice(PRIORITIES),
    default="normal",
    show_default=True,
    help="How urgent it is.",
)
@click.option("--needs", multiple=True, metavar="CAPABILITY", help="What its worker must have.")
@click.option("--worker-version", default="", metavar="V", help="The version of its worker.")
@click.option("--delay", type=click.FloatRange(min=0), metavar="SECONDS", help="Not before then.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.001), metavar="SECONDS", help="Of one attempt."
)
@click.option("--attempts", type=click.IntRange(min=1, max=100), help="At most so many.")
@click.option("--wait", is_flag=True, help="Wait for the result, and print it.")
@common_options
@click.pass_obj
def add(
    invocation: Invocation,
    /,
    handler: str,
    input_text: str | None,
    queue: str,
    tenant: str,
    wait: bool,
    **asked: Any,
) -> None:
    """Add a task for HANDLER, the name of an activity or a workflow that a worker has loaded.

    The same --id or --token with the same input attaches to the task that there is.
    """
    from tarl.interfaces.cli.input_text import read_json

    payload = None if input_text is None else read_json(input_text, option="--input")
    with open_or_make(invocation) as store:
        into = queue_of(store, queue)
        task = into.enqueue(handler, payload, tenant=tenant, **_options(asked))
        if not wait:
            if invocation.output.as_json:
                invocation.output.document("queue.add", task=task.id, queue=queue, tenant=tenant)
            else:
                invocation.output.data(task.id)
            return
        invocation.output.note(f"task {task.id} waits for a worker of queue {queue}")
        result = _wait(into, task)
    if invocation.output.as_json:
        invocation.output.document(
            "queue.add", task=task.id, queue=queue, tenant=tenant, result=result
        )
    else:
        invocation.output.value(result)


@queue.command("cancel", short_help="Cancel a task.")
@click.argument("task", metavar="TASK")
@queue_option
@tenant_option
@common_options
@click.pass_obj
def cancel(invocation: Invocation, task: str, queue: str, tenant: str) -> None:
    """Cancel a task. A worker that has it stops it at its next heartbeat and reports nothing."""
    with invocation.open_store() as store:
        queue_of(store, queue).cancel(task_of(queue, tenant, task), by=person())
    _said(invocation, "queue.cancel", task, "cancelled")


@queue.command("limits", short_help="Show or set a queue's limits and shares.")
@click.argument("name", metavar="QUEUE")
@click.option("--rate", type=float, metavar="N", help="Leases a second on average; 0: no limit.")
@click.option("--burst", type=click.IntRange(min=1), metavar="N", help="Leases at once.")
@click.option(
    "--concurrent", type=click.IntRange(min=0), metavar="N", help="At one time; 0: no limit."
)
@click.option("--pause/--resume", "paused", default=None, help="Lease nothing, or again.")
@click.option("--weight", multiple=True, metavar="TENANT=N", help="A tenant's share (default 1).")
@common_options
@click.pass_obj
def limits(
    invocation: Invocation,
    name: str,
    rate: float | None,
    burst: int | None,
    concurrent: int | None,
    paused: bool | None,
    weight: tuple[str, ...],
) -> None:
    """Show a queue's limits and shares, or set those that are given."""
    from tarl.work.queue.settings import QueueLimits, limits_of

    shares = [_share(text) for text in weight]
    given = (rate, burst, concurrent, paused)
    with open_or_make(invocation) as store:
        of = queue_of(store, name)
        if any(value is not None for value in given):
            now = limits_of(store.get("queue_limit", name))
            of.limit(
                QueueLimits(
                    rate_per_s=now.rate_per_s if rate is None else rate or None,
                    burst=now.burst if burst is None else burst,
                    concurrent_max=now.concurrent_max if concurrent is None else concurrent or None,
                    paused=now.paused if paused is None else paused,
                )
            )
        for tenant, share in shares:
            of.weigh(tenant, share)
        status = of.get_status()
    if invocation.output.as_json:
        found = {key: status[key] for key in ("queue", "limits", "weights")}
        invocation.output.document("queue.limits", **found)
        return
    invocation.output.fields(
        [("queue", name), ("limits", _limits_text(status["limits"]) or "none")]
        + [(f"weight of {tenant}", share) for tenant, share in status["weights"].items()]
    )


@queue.command("restore", short_help="Give tasks a place again that have lost theirs.")
@click.argument("name", metavar="QUEUE")
@common_options
@click.pass_obj
def restore(invocation: Invocation, name: str) -> None:
    """Give tasks a place in the queue again that have lost theirs.

    Places and leases are no facts: if their tables are lost, the tasks are still in the journal.
    """
    with invocation.open_store() as store:
        count = queue_of(store, name).restore()
    if invocation.output.as_json:
        invocation.output.document("queue.restore", queue=name, restored=count)
    else:
        invocation.output.note(f"restored {count} {'task' if count == 1 else 'tasks'}")


# --- inside


def _list_tasks(
    invocation: Invocation, store: Store, name: str, status: str | None, limit: int
) -> None:
    where = {"queue": name} if status is None else {"queue": name, "status": status}
    found = [
        {
            "task": row["task_id"],
            "tenant": row["tenant"],
            "handler": row["handler"],
            "status": row["status"],
            "attempts": row["attempts"],
        }
        for row in store.scan("task", where, limit=limit)
    ]
    if invocation.output.as_json:
        invocation.output.document("queue.ls", queue=name, tasks=found)
        return
    columns = ("task", "tenant", "handler", "status", "attempts")
    invocation.output.table(columns, [[each[c] for c in columns] for each in found])
    if len(found) == limit:
        invocation.output.note(f"the first {limit}; --limit shows more")


def _options(asked: dict[str, Any]) -> dict[str, Any]:
    import msgspec

    from tarl.engines.embedded.clock import SystemClock
    from tarl.work.queue.task import DEFAULT_RETRY

    delay, timeout, attempts = asked["delay"], asked["timeout"], asked["attempts"]
    retry = DEFAULT_RETRY
    if attempts is not None:
        retry = msgspec.structs.replace(retry, attempts_max=attempts)
    return {
        "id": asked["id_"],
        "token": asked["token"],
        "priority": asked["priority"],
        "needs": asked["needs"],
        "version": asked["worker_version"],
        "not_before_ms": None if delay is None else SystemClock().now_ms() + round(delay * 1_000),
        "timeout_ms": None if timeout is None else round(timeout * 1_000),
        "retry": retry,
    }


def _wait(queue: TaskQueue, task: TaskId) -> Any:
    import time

    from tarl.errors import Conflict

    revision = None
    while True:
        now = queue.ledger.store.revision()
        if now != revision:
            revision = now
            try:
                return queue.result(task)
            except Conflict as error:
                if error.code != "task.queued":
                    raise
        time.sleep(0.02)


def _share(text: str) -> tuple[str, int]:
    tenant, mark, weight = text.rpartition("=")
    if not mark or not tenant or not weight.isascii() or not weight.isdigit():
        raise Invalid(
            f"{text!r} is no share",
            code="queue.weight",
            next_step="write --weight TENANT=N, such as --weight acme=3",
        )
    return tenant, int(weight)


def _limits_text(limits: dict[str, Any]) -> str:
    parts = []
    if limits["paused"]:
        parts.append("paused")
    if limits["rate_per_s"] is not None:
        parts.append(f"{limits['rate_per_s']:g}/s, burst {limits['burst']}")
    if limits["concurrent_max"] is not None:
        parts.append(f"{limits['concurrent_max']} at once")
    return "; ".join(parts)


def _said(invocation: Invocation, command: str, task: str, what: str) -> None:
    if invocation.output.as_json:
        invocation.output.document(command, task=task, status=what)
    else:
        invocation.output.note(f"{what} {task}")
