"""Runs that a workflow starts, waits for and may cancel, on the side of its code."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Literal

from tarl.errors import ChildFailed, Invalid
from tarl.kernel import events
from tarl.kernel.acting import Acting
from tarl.kernel.conditions import NOTHING, Condition, as_condition, looks_back
from tarl.kernel.definition import Workflow
from tarl.kernel.marks import member
from tarl.kernel.payload import decode_value, encode_value
from tarl.kernel.values import unshelve
from tarl.values.canonical import encode, quote
from tarl.values.ids import check_name
from tarl.values.plain import plain

if TYPE_CHECKING:
    from tarl.kernel.execution import Execution
    from tarl.kernel.values import Shelf

ClosePolicy = Literal["terminate", "cancel", "abandon"]
CLOSE_POLICIES = ("terminate", "cancel", "abandon")

ChildStatus = Literal["running", "completed", "failed", "cancelled", "terminated", "refused"]


class Child:
    """A child run, as its parent's code holds it; ``await child`` gives its result.

    A task that stops waiting for a child leaves it running; ``cancel`` asks it to stop.

    Attributes:
        id: Its workflow id, in the parent's tenant.
        number: Its number among the parent's children, from 1.
        status: What the parent knows of it.
    """

    def __init__(
        self,
        children: Children,
        number: int,
        id: str,
        workflow: Workflow[..., Any],
        *,
        endorse: Condition | None = None,
    ) -> None:
        self.id = id
        self.number = number
        self.workflow = workflow
        self.endorse = endorse
        self.status: ChildStatus = "running"
        self._children = children
        self._ended = children.create_future()

    def __await__(self) -> Generator[Any, Any, Any]:
        return asyncio.shield(self._ended).__await__()

    async def result(self) -> Any:
        """The child's result, of its declared type.

        Raises:
            ChildFailed: it failed, was cancelled or terminated, or could not begin.
        """
        return await self

    def done(self) -> bool:
        """Whether it has ended."""
        return self._ended.done()

    def cancel(self) -> None:
        """Ask the child to stop; it still has an end to wait for."""
        self._children.cancel(self)

    def complete(self, value: Any) -> None:
        """It returned."""
        self.status = "completed"
        self._ended.set_result(value)

    def fail(self, status: ChildStatus, error: ChildFailed) -> None:
        """It ended in another way."""
        self.status = status
        self._ended.set_exception(error)
        self._ended.exception()  # a child that nobody waits for is not an error of the parent


class Children:
    """One run's children.

    Attributes:
        open: Those that have not ended, by number.
    """

    def __init__(self, execution: Execution, shelf: Shelf) -> None:
        self._execution = execution
        self._shelf = shelf
        self._count = 0
        self.open: dict[int, Child] = {}

    def create_future(self) -> asyncio.Future[Any]:
        """A future of the run's loop."""
        return self._execution.create_future()

    def start(
        self,
        workflow: Workflow[..., Any],
        input: Any,
        id: str | None,
        close_policy: str,
        *,
        acting: Acting | None = None,
        endorse: Any = None,
    ) -> Child:
        """Issue the command that starts a child; ``acting`` for another than this run acts for,
        ``endorse`` for which results are trusted.

        Raises:
            Invalid: no workflow, no name, no policy, or an input without a JSON form.
        """
        if not isinstance(workflow, Workflow):
            raise Invalid(
                f"{getattr(workflow, '__qualname__', workflow)!r} is not a workflow",
                code="workflow.not_a_workflow",
                next_step="decorate the function with @workflow",
            )
        if close_policy not in CLOSE_POLICIES:
            raise Invalid(
                f"{close_policy!r} is no close policy; there are {', '.join(CLOSE_POLICIES)}",
                code="child.close_policy",
            )
        execution = self._execution
        number = self._count + 1
        name = execution.derived_name(b"tarl.child/1", number) if id is None else id
        check_name(name, "child's id")
        input_json = encode_value(
            input,
            name=f"the input of {workflow.name}",
            declared=workflow.input_type,
            bytes_max=execution.limits.value_bytes_max,
        )
        workflow.check_input(input_json)
        condition = None if endorse is None else _endorsing(endorse, workflow.name)
        agent, lent, task = b"", b"", b""
        if acting is not None:
            agent = b'"agent":%b,' % quote(acting.agent)
            lent = b',"lent":%b' % quote(acting.lent) if acting.lent else b""
            task = b',"task":%b' % quote(acting.task) if acting.task else b""
        endorses, taint = b"", member(execution.watermark.mark)
        if condition is not None:
            endorses = b'"endorses":%b,' % encode(plain(condition))
        body = b'{%b"child":%d,"close_policy":"%b",%b"id":%b,"input":%b%b%b%b,"workflow":%b}' % (
            agent,
            number,
            close_policy.encode(),
            endorses,
            quote(name),
            execution.shelved(input_json),
            lent,
            taint,
            task,
            quote(workflow.name),
        )
        self._count = number
        child = self.open[number] = Child(self, number, name, workflow, endorse=condition)
        execution.issue(events.CHILD_STARTED, body, number)
        return child

    def cancel(self, child: Child) -> None:
        """Issue the command that asks a child to stop."""
        if child.number in self.open:
            body = b'{"child":%d}' % child.number
            self._execution.issue(events.CHILD_CANCELLED, body, child.number)

    def complete(self, ended: events.ChildCompleted) -> None:
        """Deliver a child's recorded result, with its mark where nothing endorses the result."""
        child = self.open.pop(ended.child)
        data = unshelve(bytes(ended.result), shelf=self._shelf)
        if ended.taint is not None and not (
            child.endorse is not None and child.endorse.admits(decode_value(data), NOTHING)
        ):
            self._execution.watermark.rise(ended.taint)
        child.complete(decode_value(data, child.workflow.result_type))

    def fail(self, ended: events.ChildFailed) -> None:
        """Deliver a child's other end; nothing endorses what an error says."""
        child, error = self.open.pop(ended.child), ended.error
        self._execution.watermark.rise(ended.taint)
        message = f"child {child.id} ({child.workflow.name}) {ended.status}: {error.message}"
        known: Any = ended.status
        child.fail(
            known, ChildFailed(message, status=ended.status, type=error.type, child=child.id)
        )


def _endorsing(endorse: Any, workflow: str) -> Condition:
    """A condition on a child's result.

    Raises:
        Invalid: none, or one about what is on record (``taint.condition``).
    """
    condition = as_condition(endorse, name=f"what is endorsed of {workflow}")
    if looks_back(condition):
        raise Invalid(
            f"what is endorsed of {workflow} asks for the record: a result is judged by itself",
            code="taint.condition",
            next_step="name the values: OneOf(values=(...))",
        )
    return condition
