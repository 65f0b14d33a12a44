"""What callers ask for in their own words, as the ledger takes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tarl.errors import ActivityFailed, Conflict, Invalid, Missing
from tarl.kernel.acting import Acting
from tarl.kernel.limits import Limits
from tarl.kernel.payload import encode_value
from tarl.kernel.retry import RetryPolicy
from tarl.values.ids import DEFAULT_TENANT
from tarl.work.queue.ledger import Ledger
from tarl.work.queue.task import (
    DEFAULT_RETRY,
    Priority,
    Spec,
    TaskId,
    id_of_token,
    sorted_names,
    task_id,
)

PLAIN = Spec(handler="plain")


class Request(NamedTuple):
    """A task that is asked for: its names apart from the queue's, what, and the payload's JSON."""

    tenant: str
    id: str | None
    spec: Spec
    payload: bytes


def request(
    handler: str,
    payload: Any = None,
    *,
    limits: Limits,
    id: str | None = None,
    token: str | None = None,
    tenant: str = DEFAULT_TENANT,
    priority: Priority | str = Priority.NORMAL,
    needs: Iterable[str] = (),
    version: str = "",
    not_before_ms: int | None = None,
    timeout_ms: int | None = None,
    retry: RetryPolicy = DEFAULT_RETRY,
    acting: Acting | None = None,
    origin: str = "",
) -> Request:
    """Check and encode what a caller asks for.

    Raises:
        Invalid: a value outside its range, or both an id and a token (``task.spec``).
        Exceeded: the payload is too large (``value.too_large``).
    """
    if id is not None and token is not None:
        raise Invalid(
            "a task has an id or a token, not both",
            code="task.spec",
            next_step="a token stands for an id of its own; leave one out",
        )
    if isinstance(priority, str):
        priority = Priority.named(priority)
    spec = Spec(
        handler=handler,
        priority=priority,
        needs=sorted_names(needs) if needs else (),
        version=version,
        not_before_ms=not_before_ms,
        timeout_ms=timeout_ms,
        retry=retry,
        agent=acting.agent if acting else "",
        agent_task=acting.task if acting else "",
        agent_lent=acting.lent if acting else "",
        origin=origin,
    )
    data = encode_value(payload, name=f"the payload of {handler}", bytes_max=limits.value_bytes_max)
    return Request(tenant, id if token is None else id_of_token(token), spec, data)


def named(request: Request, queue: str, drawn: str) -> TaskId:
    """The task that a request stands for; ``drawn`` is its id if it has none of its own."""
    return task_id(request.tenant, queue, drawn if request.id is None else request.id)


def outcome(ledger: Ledger, task: TaskId) -> bytes | None:
    """The JSON of a task's result, or None when it is not over.

    Raises:
        ActivityFailed: it is dead (``task.dead``).
        Conflict: it was cancelled (``task.cancelled``).
        Missing: there is no such task, or its key was destroyed.
    """
    state = ledger.known(task)
    if state.status == "queued":
        return None
    if state.status == "completed":
        data = ledger.result(task, state)
        if data is None:
            raise Missing(
                f"the result of task {task.id} is erased with its tenant's key",
                code="journal.erased",
                task=task.id,
            )
        return data
    raise failure(task, state.status, state.failures[-1][1].error if state.failures else None)


def failure(task: TaskId, status: str, error: Any) -> ActivityFailed | Conflict:
    """Why a task has no result."""
    if status == "cancelled":
        return Conflict(f"task {task.id} was cancelled", code="task.cancelled", task=task.id)
    kind, message = (error.type, error.message) if error else ("Unknown", "its error is erased")
    return ActivityFailed(
        f"task {task.id} is {status}: {kind}: {message}",
        type=kind,
        code="task.dead",
        task=task.id,
        queue=task.queue,
        tenant=task.tenant,
    )


def not_over(task: TaskId) -> Conflict:
    """The refusal of a result that is not there yet."""
    return Conflict(
        f"task {task.id} is not over",
        code="task.queued",
        next_step="wait for it, and see that a worker serves its queue",
        task=task.id,
    )
