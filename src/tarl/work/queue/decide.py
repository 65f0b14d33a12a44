"""What may happen to a task next: pure decisions over its history.

A decision is the facts to record. Refusals are raised; nothing here reads a table, a clock or dice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tarl.errors import Conflict
from tarl.kernel.events import ErrorRecord
from tarl.kernel.retry import chance
from tarl.work.queue import events
from tarl.work.queue.state import TaskState
from tarl.work.queue.task import Spec, TaskId

Facts = list[tuple[str, bytes]]


class Failure(NamedTuple):
    """Why an attempt ended without a result.

    ``names`` are those of the error's class and of those that it derives from; ``final`` when no
    further attempt can mend it.
    """

    error: ErrorRecord
    names: tuple[str, ...] = ()
    final: bool = False


class Failed(NamedTuple):
    """What an attempt's failure comes to: the facts, and how long the next attempt waits; None
    when the task is dead.
    """

    facts: Facts
    wait_ms: int | None


def failed(
    task: TaskId, spec: Spec, failure: Failure, *, attempt: int, fence: int, worker: str
) -> Failed:
    """An attempt failed: when the next one is, or that there is none."""
    wait_ms = None
    if not failure.final:
        dice = chance(task.stream.encode(), attempt, fence)
        wait_ms = spec.retry.wait_ms(attempt, failure.names or (failure.error.type,), dice)
    said = events.AttemptFailed(
        attempt=attempt, error=failure.error, fence=fence, worker=worker, wait_ms=wait_ms
    )
    facts = [(events.TASK_ATTEMPT_FAILED, events.body(said))]
    if wait_ms is None:
        end = events.Dead(attempts=attempt, fence=fence)
        facts.append((events.TASK_DEAD, events.body(end)))
    return Failed(facts, wait_ms)


def completed(*, attempt: int, fence: int, result: bytes, worker: str) -> Facts:
    """An attempt answered."""
    return [(events.TASK_COMPLETED, events.completed(attempt, fence, result, worker))]


def cancelled(task: TaskId, state: TaskState, *, by: str) -> Facts:
    """Somebody no longer wants the task.

    Raises:
        Conflict: it is over already (``task.ended``).
    """
    if state.status == "cancelled":
        return []
    if state.status != "queued":
        raise Conflict(
            f"task {task.id} is {state.status} already",
            code="task.ended",
            next_step=f"tarl queue show {task.id}",
            task=task.id,
            status=state.status,
        )
    return [(events.TASK_CANCELLED, events.body(events.Closed(by=by)))]


def requeued(task: TaskId, state: TaskState, *, by: str) -> Facts:
    """Somebody gives a dead task a new series of attempts.

    Raises:
        Conflict: it is not dead (``task.not_dead``).
    """
    _must_be_dead(task, state)
    return [(events.TASK_REQUEUED, events.body(events.Requeued(by=by)))]


def purged(task: TaskId, state: TaskState, *, by: str) -> Facts:
    """Somebody gives a dead task up.

    Raises:
        Conflict: it is not dead (``task.not_dead``).
    """
    _must_be_dead(task, state)
    return [(events.TASK_PURGED, events.body(events.Closed(by=by)))]


def error_names(error: BaseException) -> tuple[str, ...]:
    """What a retry policy may call an error."""
    return tuple(kind.__name__ for kind in _classes(type(error)))


def _classes(kind: type) -> Iterable[type]:
    return (each for each in kind.__mro__ if each is not object)


def _must_be_dead(task: TaskId, state: TaskState) -> None:
    if state.status != "dead":
        raise Conflict(
            f"task {task.id} is {state.status}, not dead",
            code="task.not_dead",
            next_step="tarl dlq ls",
            task=task.id,
            status=state.status,
        )
