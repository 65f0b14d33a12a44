"""How a run ends: what its code came to, what has to be undone first, and the event that closes it.

Completed calls that have a compensation are undone in reverse order when the run fails or is
cancelled; each compensation is a step like any other, recorded, retried by its policy, and not done
again once acknowledged. What could not be undone is named in the closing event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from tarl.errors import ActivityFailed, Corrupt, Denied, Exceeded, Invalid, TarlError
from tarl.kernel import events
from tarl.kernel.acting import Acting
from tarl.kernel.definition import Activity
from tarl.kernel.marks import member
from tarl.kernel.payload import encode_value
from tarl.kernel.retry import COMPENSATION_RETRY
from tarl.kernel.wording import printable
from tarl.values.canonical import encode, quote

if TYPE_CHECKING:
    from tarl.kernel.execution import Execution


class ContinueAsNew(BaseException):
    """Raised by ``Context.continue_as_new``; no code of the workflow may keep it."""

    def __init__(self, input_json: bytes) -> None:
        super().__init__("the run continues as a new one")
        self.input_json = input_json


class Undo(NamedTuple):
    """A completed call that is undone if the run does not complete."""

    activity: Activity[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    result: Any
    acting: Acting | None = None


class Ending:
    """Closes one run.

    Attributes:
        undo: What is to be undone, in the order in which it was done.
        called_off: Steps that the code has called off and whose outcome may be on record all the
            same; before a run ends otherwise than well, it is known of each.
        learns_late: Whether such steps are told of later (``settle``), because somebody else
            records outcomes.
        cancel_reason: Why somebody asked the run to stop; None while nobody has.
    """

    def __init__(self, execution: Execution) -> None:
        self.undo: list[Undo] = []
        self.cancel_reason: str | None = None
        self.called_off: dict[int, Undo] = {}
        self.learns_late = False
        self._settled: asyncio.Future[None] | None = None
        self._execution = execution
        self._failure: tuple[str, str] | None = None
        self._is_undoing = False
        self._uncompensated: list[str] = []

    def request_cancel(self, reason: str, main: asyncio.Task[Any] | None) -> None:
        """Cancel the code, unless it is being undone already."""
        self.cancel_reason = reason
        if main is not None and not self._is_undoing:
            main.cancel()

    def call_off(self, step: int, undo: Undo) -> None:
        """Nobody waits for a step any more."""
        if self.learns_late and undo.activity.compensate is not None:
            self.called_off[step] = undo

    def settle(self, step: int, told: events.StepCompleted | None) -> None:
        """What became of a step that was called off: what is recorded as completed is undone like
        any other; None for what is not.
        """
        undo = self.called_off.pop(step)
        if told is not None:
            if told.untrusted is not None:
                self._execution.watermark.step(undo.activity.name, step, told.untrusted)
            result = self._execution.read(bytes(told.result), undo.activity.result_type)
            self.undo.append(undo._replace(result=result))
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    def continue_as_new(self, input: Any, main: asyncio.Task[Any] | None) -> NoReturn:
        """Leave the code so that the run ends and goes on as the next one."""
        if asyncio.current_task() is not main:
            raise Invalid(
                "a handler or a task beside the workflow's own code cannot end the run",
                code="context.continue",
                next_step="let the workflow's function itself call continue_as_new",
            )
        workflow = self._execution.workflow
        input_json = encode_value(
            input,
            name=f"the input of {workflow.name}",
            declared=workflow.input_type,
            bytes_max=self._execution.limits.value_bytes_max,
        )
        workflow.check_input(input_json)
        raise ContinueAsNew(input_json)

    def interrupt(self, error_type: str, message: str, main: asyncio.Task[Any] | None) -> None:
        """Cancel the code because a handler beside it has failed; what is being undone goes on."""
        if self._failure is None and not self._is_undoing:
            self._failure = error_type, message
            if main is not None:
                main.cancel()

    def of(self, main: asyncio.Task[Any]) -> bool:
        """Close the run whose code has ended, or begin to undo; whether it is closed."""
        error = None if main.cancelled() else main.exception()
        if isinstance(error, Corrupt):
            self._execution.defect = error
            return True
        if self._is_undoing:
            return self._close()
        if self._failure is not None:
            return self._undo_or_close()
        if isinstance(error, ContinueAsNew):
            held = self._execution.shelved(error.input_json)
            body = b'{"input":%b%b}' % (held, member(self._execution.watermark.mark))
            self._execution.issue(events.RUN_CONTINUED, body)
            return True
        if main.cancelled():
            if self.cancel_reason is None:
                self._failure = "CancelledError", "the workflow cancelled itself"
        elif error is not None:
            self._failure = _type_of(error), text_of(error)
        else:
            failure = self._complete(main.result())
            if failure is None:
                return True
            self._failure = failure
        return self._undo_or_close()

    def fail(self, error_type: str, message: str) -> bool:
        """End a run whose code cannot go on; whether it is closed."""
        if self._is_undoing:
            self._uncompensated += [undo.activity.name for undo in reversed(self.undo)]
            return self._close()
        self._failure = self._failure or (error_type, message)
        return self._undo_or_close()

    def _complete(self, result: Any) -> tuple[str, str] | None:
        execution = self._execution
        try:
            data = encode_value(
                result,
                name=f"the result of {execution.workflow.name}",
                declared=execution.workflow.result_type,
                bytes_max=execution.limits.value_bytes_max,
            )
            held = execution.shelved(data)
        except (Invalid, Exceeded) as error:
            return type(error).__name__, error.message
        mark = member(execution.watermark.mark)
        execution.issue(events.RUN_COMPLETED, b'{"result":%b%b}' % (held, mark))
        return None

    def _undo_or_close(self) -> bool:
        is_under_way = self.learns_late and self._execution.call_off_undoable()
        if not (self.undo or self.called_off or is_under_way):
            return self._close()
        self._is_undoing = True
        self._execution.go_on_with(self._compensate())
        return False

    async def _compensate(self) -> None:
        while self.undo or self.called_off:
            if not self.undo:
                self._settled = self._execution.create_future()
                await self._settled
                continue
            done = self.undo.pop()
            compensation = done.activity.compensate
            assert compensation is not None
            if compensation.retry is None and not compensation.pure:
                compensation = compensation.options(retry=COMPENSATION_RETRY)
            kwargs = dict(done.kwargs)
            if "result" in compensation.signature.parameters:
                kwargs["result"] = done.result
            try:
                undoes = "result" not in kwargs or not done.activity.untrusted
                await self._execution.call(
                    compensation, done.args, kwargs, done.acting, undoes=undoes
                )
            except (ActivityFailed, Denied, Invalid, Exceeded) as error:
                self._uncompensated.append(f"{done.activity.name}: {error.message}")

    def _close(self) -> bool:
        execution = self._execution
        left = member(execution.watermark.mark)
        if self._uncompensated:
            names = [printable(text) for text in self._uncompensated]
            left += b',"uncompensated":%b' % encode(names)
        if self._failure is None:
            reason = quote(printable(self.cancel_reason or ""))
            execution.issue(events.RUN_CANCELLED, b'{"reason":%b%b}' % (reason, left))
            return True
        error_type, message = self._failure
        message = printable(message)
        error_id = sha256(f"{execution.run.workflow_id}:{message}".encode()).hexdigest()
        record = events.ErrorRecord(type=error_type, message=message, id=error_id)
        body = b'{"error":%b%b}' % (events.error_json(record), left)
        execution.issue(events.RUN_FAILED, body)
        return True


def text_of(error: BaseException) -> str:
    """What an error says of itself, even if saying it fails."""
    try:
        return error.message if isinstance(error, TarlError) else str(error)
    except Exception:
        return f"a {type(error).__name__} that cannot be printed"


def _type_of(error: BaseException) -> str:
    return error.type if isinstance(error, ActivityFailed) else type(error).__name__
