"""A task as its events tell it; folding them never fails."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tarl.journal.event import Event
from tarl.journal.store import Head
from tarl.work.queue import events
from tarl.work.queue.events import AttemptFailed, Enqueued


class TaskState(msgspec.Struct, kw_only=True):
    """What is known after some events.

    ``asked`` and ``result`` are None where their key was destroyed; ``failures`` are all there
    were, ``attempts`` those since the task was enqueued or requeued last.
    """

    head: Head
    sealed: bool = False
    enqueued_at_ms: int = 0
    asked: Enqueued | None = None
    status: str = "queued"
    attempts: int = 0
    requeues: int = 0
    fence: int = 0
    failures: list[tuple[int, AttemptFailed]] = []
    result: msgspec.Raw | None = None
    worker: str | None = None
    by: str | None = None


_STATUS = {
    events.TASK_COMPLETED: "completed",
    events.TASK_DEAD: "dead",
    events.TASK_CANCELLED: "cancelled",
    events.TASK_PURGED: "purged",
    events.TASK_REQUEUED: "queued",
}


def fold(history: Iterable[Event]) -> TaskState | None:
    """The state after a task's events; None when there are none."""
    state: TaskState | None = None
    for event in history:
        head = Head(event.seq, event.digest, event.recorded_at_ms)
        if state is None:
            state = TaskState(
                head=head,
                sealed=event.commitment is not None,
                enqueued_at_ms=event.recorded_at_ms,
            )
        evolve(state, event)
        state.head = head
    return state


def evolve(state: TaskState, event: Event) -> None:
    """Take one more event in."""
    state.status = _STATUS.get(event.kind, state.status)
    if event.kind == events.TASK_REQUEUED:
        state.requeues += 1
        state.attempts = 0
    decode = events.DECODERS.get(event.kind)
    if event.body is None or decode is None:
        return
    said = decode(event.body)
    match said:
        case events.Enqueued():
            state.asked = said
        case events.AttemptFailed():
            state.attempts = said.attempt
            state.fence = said.fence
            state.failures.append((event.recorded_at_ms, said))
        case events.Completed():
            state.result, state.worker, state.fence = said.result, said.worker, said.fence
        case events.Dead():
            state.fence = said.fence
        case events.Requeued() | events.Closed():
            state.by = said.by
