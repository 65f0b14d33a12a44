"""Tasks as their events tell them, with what lies in blobs."""

from __future__ import annotations

from tarl.errors import Missing
from tarl.journal.store import Store
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.work.queue import events
from tarl.work.queue.state import TaskState, fold
from tarl.work.queue.task import TaskId


class Records:
    """Reads tasks.

    Args:
        store: The journal.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def state(self, task: TaskId) -> TaskState | None:
        """What is known of a task; None when there is none."""
        return fold(self.store.read(task.stream))

    def known(self, task: TaskId) -> TaskState:
        """What is known of a task.

        Raises:
            Missing: there is none (``task.missing``).
        """
        state = self.state(task)
        if state is None:
            raise Missing(
                f"queue {task.queue} has no task {task.id} of tenant {task.tenant}",
                code="task.missing",
                next_step="tarl queue ls; check the queue and the tenant",
                task=task.id,
                queue=task.queue,
                tenant=task.tenant,
            )
        return state

    def result(self, task: TaskId, state: TaskState) -> bytes | None:
        """The JSON of a completed task's result; None when its key was destroyed."""
        if state.result is None:
            return None
        return unshelve(bytes(state.result), shelf=RecordedValues(self.store, task.tenant))

    def payload(self, task: TaskId, state: TaskState) -> bytes | None:
        """The JSON of a task's payload; None when its key was destroyed."""
        return None if state.asked is None else self.payload_of(task, state.asked)

    def payload_of(self, task: TaskId, asked: events.Enqueued) -> bytes:
        """The JSON of the payload that a task's first event holds."""
        return unshelve(bytes(asked.payload), shelf=RecordedValues(self.store, task.tenant))
