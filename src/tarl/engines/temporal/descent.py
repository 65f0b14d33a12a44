"""A run's children, as Temporal's child workflows."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from temporalio import workflow as temporal
from temporalio.common import RawValue, RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ApplicationError,
    ChildWorkflowError,
    TerminatedError,
    WorkflowAlreadyStartedError,
)
from temporalio.exceptions import CancelledError as Cancelled

from tarl.engines.embedded.offspring import DEPTH_MAX
from tarl.engines.embedded.starts import seed_of
from tarl.engines.temporal import wire
from tarl.engines.temporal.attributes import attributes_of
from tarl.kernel import events
from tarl.kernel.acting import Acting
from tarl.kernel.events import DECODERS, ChildCompleted, ChildFailed, ChildStarted, ErrorRecord
from tarl.kernel.marks import Mark
from tarl.kernel.values import unshelve
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.temporal.shell import Shell

ATTACH_TIMEOUT = timedelta(seconds=30)
"""How long a look at a run may take to which a parent has attached."""

ATTACH_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)
)

MARK_TIMEOUT = timedelta(seconds=30)

_read_told = wire.reader(wire.Told)
_read_mark = wire.reader(Mark | None)  # type: ignore[arg-type]  # a union is no type[T] (PEP 747)

_POLICIES = {
    "terminate": temporal.ParentClosePolicy.TERMINATE,
    "cancel": temporal.ParentClosePolicy.REQUEST_CANCEL,
    "abandon": temporal.ParentClosePolicy.ABANDON,
}


class Descent:
    """The children of one run."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._cancelled: set[int] = set()
        self._attached: dict[int, str] = {}

    def start(self, child: ChildStarted) -> None:
        """Start a child, and tell its parent how it ends."""
        task = self._shell.loop.create_task(self._live_through(child))
        self._tasks[child.child] = task
        task.add_done_callback(partial(self._ended, child.child))

    def cancel(self, number: int) -> None:
        """Ask a child to stop; it still has an end."""
        task, attached = self._tasks.get(number), self._attached.get(number)
        if task is not None and attached is not None:
            self._shell.loop.create_task(self._tell_to_stop(attached))
        elif task is not None:
            self._cancelled.add(number)
            task.cancel()

    async def _tell_to_stop(self, name: str) -> None:
        said = cancelled_by(self._shell.run_id)
        with contextlib.suppress(ApplicationError):  # it has ended
            await temporal.get_external_workflow_handle(name).cancel(reason=said)

    def acting_of(self, child: ChildStarted) -> Acting | None:
        """For whom a child acts."""
        given, acting = self._shell.given.acting, child.acting
        if acting is None:
            return given
        return acting.within(given, default_task=self._shell.run_id.workflow_id) or given

    async def _live_through(self, child: ChildStarted) -> ChildCompleted | ChildFailed:
        shell = self._shell
        if shell.given.depth + 1 >= DEPTH_MAX:
            said = f"{shell.run_id.ref} has {DEPTH_MAX} ancestors; a child would be one too many"
            return _failed(child.child, "refused", "child.too_deep", said)
        run = RunId(shell.run_id.tenant, child.id, 1)
        start = wire.Start(
            run=run.stream,
            seed=seed_of(run, unshelve(bytes(child.input), shelf=shell.shelf)),
            input=child.input,
            acting=self.acting_of(child),
            taint=child.taint,
            parent=shell.given.run.removeprefix("run/"),
            child=child.child,
            close_policy=child.close_policy,
            besides=_besides(child),
            depth=shell.given.depth + 1,
            shown=shell.given.shown,
        )
        try:
            handle = await temporal.start_child_workflow(
                child.workflow,
                wire.sent(start),
                id=wire.workflow_id(run),
                result_type=RawValue,
                search_attributes=attributes_of(start, child.workflow),
                parent_close_policy=_POLICIES[child.close_policy],
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
            result: RawValue = await handle
        except WorkflowAlreadyStartedError:
            return await self._attach(child, run)
        except ChildWorkflowError as error:
            if not isinstance(error.cause, Cancelled):
                return _end_of(child.child, error)
            own = child.child in self._cancelled
            said = cancelled_by(shell.run_id) if own else error.cause.message
            mark = await self._mark_of(run)
            return _failed(child.child, "cancelled", "Cancelled", said, mark)
        return ChildCompleted(
            child=child.child,
            result=result.payload.data,  # type: ignore[arg-type]  # a Raw is bytes to msgspec
            taint=wire.taint_of(result),
        )

    async def _mark_of(self, run: RunId) -> Mark | None:
        """The mark with which a child ended that was cancelled: the journal knows it."""
        if not temporal.patched(wire.ASKS_MARKS):
            return None
        answer: RawValue = await temporal.execute_local_activity(
            wire.MARK,
            wire.sent(wire.Marked(run=run.stream)),
            result_type=RawValue,
            start_to_close_timeout=MARK_TIMEOUT,
            retry_policy=ATTACH_RETRY,
        )
        mark: Mark | None = _read_mark(answer)
        return mark

    async def _attach(self, child: ChildStarted, run: RunId) -> ChildCompleted | ChildFailed:
        """How a run ends that somebody else has begun."""
        name, number = wire.workflow_id(run), child.child
        self._attached[number] = name
        told = wire.Attach(
            run=run.stream,
            workflow=child.workflow,
            input=child.input,
            parent=self._shell.given.run,
            child=number,
            acting=self.acting_of(child),
        )
        answer: RawValue = await temporal.execute_activity(
            wire.ATTACH,
            wire.sent(told),
            result_type=RawValue,
            activity_id=f"{wire.ATTACH}/{number}/{name}",
            start_to_close_timeout=ATTACH_TIMEOUT,
            retry_policy=ATTACH_RETRY,
        )
        end: wire.Told = _read_told(answer)
        ended: ChildCompleted | ChildFailed = DECODERS[end.kind](bytes(end.body))
        return ended

    def _ended(self, number: int, done: asyncio.Task[Any]) -> None:
        shell, execution = self._shell, self._shell.execution
        self._tasks.pop(number, None)
        if not execution.is_waiting_for_child(number) or execution.closed:
            return
        if done.cancelled():
            ended: Any = _failed(number, "cancelled", "Cancelled", "cancelled before it began")
        elif (error := done.exception()) is not None:
            shell.fail_task(error)
            return
        else:
            ended = done.result()
        if isinstance(ended, ChildCompleted):
            shell.deliver(execution.complete_child, ended)
        else:
            shell.deliver(execution.fail_child, ended)


def cancelled_by(parent: RunId) -> str:
    """What a parent is told of a child that it has cancelled."""
    return f"its parent {parent.ref} cancelled it"


def _besides(child: ChildStarted) -> dict[str, Any]:
    """What the code said of a child that its beginning does not say."""
    said = {name: getattr(child, name) for name in ("agent", "task", "lent", "endorses")}
    return {name: value for name, value in said.items() if value is not None}


def _end_of(number: int, error: ChildWorkflowError) -> ChildFailed:
    cause = error.cause
    if isinstance(cause, ApplicationError):
        found = wire.failed_with(cause)
        if found is None:
            return _failed(number, "failed", cause.type or "ApplicationError", cause.message)
        closing = DECODERS[events.RUN_FAILED](found[1])
        return _failed(number, "failed", closing.error.type, closing.error.message, closing.taint)
    if isinstance(cause, TerminatedError):
        return _failed(number, "terminated", "Terminated", cause.message)
    return _failed(number, "failed", type(cause).__name__, str(cause))


def _failed(
    number: int, status: str, error_type: str, message: str, taint: Mark | None = None
) -> ChildFailed:
    record = ErrorRecord(type=error_type, message=message)
    return ChildFailed(child=number, error=record, status=status, taint=taint)
