"""Runs as tasks: the journal is the store of tasks; a server that begins anew has them all.

1. A task is a run that was started here. Its id is made of its context's and of the message that
   began it: the same message, sent again, is the same task. Other runs of the journal are no tasks.
2. open -> WORKING; people are asked -> INPUT_REQUIRED; ended for want of authority ->
   AUTH_REQUIRED; failed -> FAILED; cancelled or terminated -> CANCELED; done -> COMPLETED, with the
   result as its artifact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from a2a.types import Message, Task, TaskState, TaskStatus
from a2a.utils.errors import InvalidParamsError, TaskNotFoundError

from tarl.agents.adapters.a2a_wire import timestamp
from tarl.errors import Missing
from tarl.interfaces.a2a.messages import artifact_of, said
from tarl.interfaces.cli.recorded import end_data
from tarl.journal.store import Store
from tarl.values.ids import RunId

PREFIX = "a2a."
OPEN = frozenset({TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_SUBMITTED})
"""States in which something is still to come without anybody being asked."""

ENDED = frozenset(
    {
        TaskState.TASK_STATE_COMPLETED,
        TaskState.TASK_STATE_FAILED,
        TaskState.TASK_STATE_CANCELED,
        TaskState.TASK_STATE_REJECTED,
        TaskState.TASK_STATE_AUTH_REQUIRED,
    }
)
"""States of runs that have ended."""

_CONTEXT = re.compile(r"[A-Za-z0-9_-]{1,64}")


def task_id_of(message: Message) -> str:
    """The task that a message begins.

    Raises:
        InvalidParamsError: it has no id, or a context id that cannot be one.
    """
    if not 1 <= len(message.message_id) <= 256:
        raise InvalidParamsError(message="a message has an id of 1 to 256 characters")
    own = sha256(message.message_id.encode()).hexdigest()[:32]
    context = message.context_id or own
    if not _CONTEXT.fullmatch(context):
        raise InvalidParamsError(
            message="a context id has 1 to 64 letters, digits, hyphens and underscores"
        )
    return f"{context}.{own}"


class Tasks:
    """The tasks of a journal.

    Args:
        store: The journal.
        tenant: Whose runs they are.
    """

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self._tenant = tenant

    def workflow_id(self, task_id: str) -> str:
        """The workflow id of a task's run."""
        return f"{PREFIX}{task_id}"

    def id_of(self, record: Any) -> str:
        """The id of the task that a record of a run is."""
        return str(record["workflow_id"]).removeprefix(PREFIX)

    def run(self, task_id: str) -> RunId:
        """A task's run, the last of those that went on as the next one.

        Raises:
            TaskNotFoundError: there is none.
        """
        return self._run(self._record(task_id))

    def find(self, task_id: str) -> Task:
        """A task as it stands now.

        Raises:
            TaskNotFoundError: there is none.
        """
        return self.task(self._record(task_id))

    def newest_first(self, context_id: str) -> Iterator[dict[str, Any]]:
        """The records of all tasks, or of a context's; one for each task."""
        prefix = f"{PREFIX}{context_id}." if context_id else PREFIX
        seen = set[str]()
        records = self._store.scan(
            "run", {"tenant": self._tenant}, order_by=("started_at_ms", "n"), descending=True
        )
        for record in records:
            id = record["workflow_id"]
            if id.startswith(prefix) and id not in seen:
                seen.add(id)
                yield dict(record)

    def task(self, record: Any) -> Task:
        """The task that a record of a run is."""
        run = self._run(record)
        id = self.id_of(record)
        context = id.rpartition(".")[0]
        state, text, result = self._state(run, record)
        status = TaskStatus(
            state=state, timestamp=timestamp(record["ended_at_ms"] or record["started_at_ms"])
        )
        if text:
            name = TaskState.Name(state)
            status.message.CopyFrom(said(text, id=f"{id}.{name}", task_id=id, context_id=context))
        task = Task(id=id, context_id=context, status=status)
        if state == TaskState.TASK_STATE_COMPLETED:
            task.artifacts.append(artifact_of("result", result, "result"))
        task.metadata.update({"run": run.ref, "skill": record["workflow"] or ""})
        return task

    def _state(self, run: RunId, record: Any) -> tuple[TaskState, str, Any]:
        """How it stands, what is said about it, and its result."""
        if record["status"] in ("running", "continued"):
            if self._store.count("approval", {"run": run.stream, "status": "pending"}):
                return TaskState.TASK_STATE_INPUT_REQUIRED, _PEOPLE, None
            return TaskState.TASK_STATE_WORKING, "", None
        try:
            end = end_data(self._store, run)
        except Missing:
            return TaskState.TASK_STATE_FAILED, "its content was erased", None
        if end["status"] == "completed":
            return TaskState.TASK_STATE_COMPLETED, "", end["result"]
        if end["status"] == "failed":
            error = end["error"]
            if error["type"] == "Denied":
                return TaskState.TASK_STATE_AUTH_REQUIRED, _authority(error["message"]), None
            return TaskState.TASK_STATE_FAILED, f"{error['type']}: {error['message']}", None
        return TaskState.TASK_STATE_CANCELED, end.get("reason") or "", None

    def _record(self, task_id: str) -> Any:
        if not task_id or len(task_id) > 128:
            raise TaskNotFoundError
        where = {"tenant": self._tenant, "workflow_id": self.workflow_id(task_id)}
        found = next(self._store.scan("run", where, order_by="n", descending=True, limit=1), None)
        if found is None:
            raise TaskNotFoundError
        return found

    def _run(self, record: Any) -> RunId:
        return RunId(record["tenant"], record["workflow_id"], record["n"])


_PEOPLE = (
    "People of the operator are asked to approve what this task wants to do. They decide with"
    " `tarl approve` and `tarl reject`; no message decides it."
)


def _authority(why: str) -> str:
    return (
        f"{why}. Whoever runs this agent can grant what is missing; then send the request as a new"
        " message."
    )
