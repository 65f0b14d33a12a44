"""``tarl dlq``: what has died, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid, Missing
from tarl.interfaces.cli.commands.tasks import (
    limit_option,
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
    from tarl.work.queue.task import TaskId


@click.group(short_help="Look at dead tasks; requeue or purge them.")
def dlq() -> None:
    """Look at dead tasks, those that failed for the last time; requeue or purge them."""


@dlq.command("ls", short_help="List dead tasks.")
@queue_option
@limit_option
@common_options
@click.pass_obj
def list_dead(invocation: Invocation, queue: str, limit: int) -> None:
    """List a queue's dead tasks with their last error."""
    with invocation.open_store() as store:
        where = {"queue": queue, "status": "dead"}
        dead = [
            task_data(store, task_of(queue, row["tenant"], row["task_id"]))
            for row in store.scan("task", where, limit=limit)
        ]
        count = store.count("task", where)
    if invocation.output.as_json:
        invocation.output.document("dlq.ls", queue=queue, count=count, tasks=dead)
        return
    rows = [
        [each["task"], each["tenant"], each["handler"], len(each["failures"]), _last_error(each)]
        for each in dead
    ]
    invocation.output.table(("task", "tenant", "handler", "failures", "error"), rows)
    if count > len(dead):
        invocation.output.note(f"{len(dead)} of {count}; --limit shows more")


@dlq.command("show", short_help="Show a dead task with all its failures.")
@click.argument("task", metavar="TASK")
@queue_option
@tenant_option
@common_options
@click.pass_obj
def show_dead(invocation: Invocation, task: str, queue: str, tenant: str) -> None:
    """Show a dead task with all its failures."""
    with invocation.open_store() as store:
        data = task_data(store, task_of(queue, tenant, task))
    if data["status"] != "dead":
        raise Missing(
            f"task {task} is {data['status']}, not dead",
            code="task.not_dead",
            next_step=f"tarl queue show {task}",
            task=task,
        )
    if invocation.output.as_json:
        invocation.output.document("dlq.show", **data)
    else:
        show_task(invocation, data)


@dlq.command("requeue", short_help="Give dead tasks a new series of attempts.")
@click.argument("tasks", metavar="TASK...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All dead tasks of the queue.")
@queue_option
@tenant_option
@common_options
@click.pass_obj
def requeue(
    invocation: Invocation, tasks: tuple[str, ...], every: bool, queue: str, tenant: str
) -> None:
    """Give dead tasks a new series of attempts."""
    with invocation.open_store() as store:
        chosen = _chosen(store, queue, tenant, tasks, every)
        for task in chosen:
            queue_of(store, queue).requeue(task, by=person())
    _said_of_all(invocation, "dlq.requeue", chosen, "requeued")


@dlq.command("purge", short_help="Give dead tasks up.")
@click.argument("tasks", metavar="TASK...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All dead tasks of the queue.")
@queue_option
@tenant_option
@common_options
@click.pass_obj
def purge(
    invocation: Invocation, tasks: tuple[str, ...], every: bool, queue: str, tenant: str
) -> None:
    """Give dead tasks up. What happened to them stays in the journal."""
    with invocation.open_store() as store:
        chosen = _chosen(store, queue, tenant, tasks, every)
        for task in chosen:
            queue_of(store, queue).purge(task, by=person())
    _said_of_all(invocation, "dlq.purge", chosen, "purged")


def _chosen(
    store: Store, queue: str, tenant: str, tasks: tuple[str, ...], every: bool
) -> list[TaskId]:
    if every == bool(tasks):
        raise Invalid(
            "name tasks, or say --all",
            code="task.unnamed",
            next_step="tarl dlq ls lists dead tasks",
        )
    if tasks:
        return [task_of(queue, tenant, id) for id in tasks]
    where = {"queue": queue, "status": "dead"}
    return [
        task_of(queue, row["tenant"], row["task_id"]) for row in list(store.scan("task", where))
    ]


def _last_error(data: dict[str, Any]) -> str:
    return data["failures"][-1]["error"] if data["failures"] else ""


def _said_of_all(invocation: Invocation, command: str, tasks: list[TaskId], what: str) -> None:
    if invocation.output.as_json:
        invocation.output.document(command, tasks=[task.id for task in tasks], status=what)
    else:
        invocation.output.note(f"{what} {len(tasks)} {'task' if len(tasks) == 1 else 'tasks'}")
