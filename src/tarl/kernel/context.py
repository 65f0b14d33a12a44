"""The workflow author's view of the kernel: everything a workflow may ask for."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar, overload

import msgspec

from tarl.kernel import guard
from tarl.kernel.acting import Acting, acting
from tarl.kernel.approvals.request import Escalation, Rejection, Request
from tarl.kernel.definition import Activity, Workflow
from tarl.values.ids import RunId
from tarl.values.instants import to_datetime

if TYPE_CHECKING:
    from tarl.kernel.children import Child, ClosePolicy
    from tarl.kernel.execution import Execution

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which run a context belongs to."""

    run: RunId
    workflow: str
    is_replaying: bool


class Context:
    """What a workflow may use of the world, every answer recorded or derived, never observed
    anew.
    """

    __slots__ = ("_acting", "_execution", "logger")

    def __init__(self, execution: Execution, acting: Acting | None = None) -> None:
        self._execution = execution
        self._acting = acting
        self.logger = RunLogger(execution)

    def acting_as(self, agent: str, *, task: str | None = None, lent: str | None = None) -> Context:
        """The same run for another agent: its calls take that agent's authority, and so do the
        children that it starts.

        Args:
            agent: A principal of the run's tenant; the process must have its key.
            task: What the authority must be for; the run's own task when left out.
            lent: The digest of the only record that it may act on, whatever else it holds.

        Raises:
            Invalid: not a name.
        """
        return Context(self._execution, acting(agent, task, lent))

    @overload
    def call(
        self, activity: Activity[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R]: ...

    @overload
    def call(
        self, activity: Activity[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R]: ...

    def call(
        self, activity: Activity[Any, Any], /, *args: Any, **kwargs: Any
    ) -> Coroutine[Any, Any, Any]:
        """Run an activity through the gateway and return its recorded result.

        Raises:
            ActivityFailed: it raised, timed out, or its result could not be recorded.
            Denied: the gate or the workflow's manifest refused it; it did not run.
            UnknownOutcome: a person decided that a cut-off step counts as failed.
            Invalid: not an activity, or arguments without a JSON form.
        """
        return self._execution.call(activity, args, kwargs, self._acting)

    async def wait_for_signal(
        self, name: str, *, where: Callable[[Any], bool] | None = None
    ) -> Any:
        """The payload of the next signal of that name for which ``where`` holds, the oldest first.

        Signals that came before anybody waited are kept. ``asyncio.timeout`` bounds the wait.
        """
        return await self._execution.mailbox.wait(name, where)

    def on_signal(self, name: str, handler: Callable[[Any], Any]) -> None:
        """Call ``handler(payload)``, a function or coroutine function, for each signal of that
        name. What it raises fails the run.
        """
        self._execution.mailbox.on_signal(name, handler)

    def on_update(
        self,
        name: str,
        handler: Callable[[Any], Any],
        *,
        validator: Callable[[Any], None] | None = None,
    ) -> None:
        """Answer updates of that name with what ``handler(payload)`` returns.

        ``validator(payload)`` is asked first and refuses by raising; a refused update leaves no
        trace in the workflow. What the handler raises is the sender's answer, not the run's end.
        """
        self._execution.mailbox.on_update(name, handler, validator)

    def on_query(self, name: str, handler: Callable[..., Any]) -> None:
        """Answer queries of that name with what ``handler(*args)`` sees.

        It is asked of a replay of the run, so what it changes is lost; it cannot call, wait or
        record.
        """
        self._execution.mailbox.on_query(name, handler)

    def child(
        self,
        workflow: Workflow[..., Any],
        input: Any = None,
        *,
        id: str | None = None,
        close_policy: ClosePolicy = "terminate",
        endorse: Any = None,
    ) -> Child:
        """Start a run of another workflow, or attach to the one of that id; ``await`` its result.

        Args:
            workflow: The child's code.
            input: Its input.
            id: Its workflow id in this tenant; derived from this run's when left out.
            close_policy: What becomes of it when this run ends before it: ``terminate`` it,
                ``cancel`` it, or ``abandon`` it to go on alone.
            endorse: A condition (``kernel.conditions``) on its result: one that fits is trusted,
                whatever the child has read; any other brings the child's mark along.

        Raises:
            Invalid: not a workflow, an input without a JSON form, an unknown policy, or no
                condition.
        """
        children = self._execution.children
        return children.start(
            workflow, input, id, close_policy, acting=self._acting, endorse=endorse
        )

    def fix(self, value: T) -> T:
        """Put a value on record before anything untrusted enters the run; the value itself.

        Rules that ask what was on record find it, and lists and objects whole.

        Raises:
            Invalid: something untrusted has entered already (``taint.too_late``), or the value has
                no JSON form.
        """
        self._execution.watermark.fix(value)
        return value

    def intend(
        self, activity: Activity[..., Any], arguments: Mapping[str, Any], *, times: int = 1
    ) -> None:
        """Fix a call before anything untrusted enters the run: it passes afterwards, as often as
        ``times`` says, whoever then asks for it.

        Args:
            activity: What may be called.
            arguments: By parameter, the only value it may have, or a condition
                (``kernel.conditions``); a parameter that is left out must be left out.
            times: How often.

        Raises:
            Invalid: something untrusted has entered already (``taint.too_late``), no such
                parameter, or a condition that cannot be asked (``taint.*``).
        """
        self._execution.watermark.intend(activity, arguments, times)

    def distrust(self, source: str) -> None:
        """Say that something untrusted has entered the run: a signal that a stranger wrote, a part
        of its input. What has side effects is contained from here on.

        Raises:
            Invalid: ``source`` does not say what it is (``taint.intent``).
        """
        self._execution.watermark.distrust(source)

    async def approval(
        self,
        description: str,
        *,
        approvers: Sequence[str],
        needed: int | None = None,
        context: Any = None,
        subject: str | None = None,
        reason_required: bool = False,
        rejection: Rejection = "any",
        expires_s: float | None = None,
        escalate_s: float | None = None,
        escalate_to: Sequence[str] = (),
    ) -> Approval:
        """Ask people, and wait for what they decide; see ``tarl approve`` and ``tarl reject``.

        Args:
            description: What they decide about, one sentence.
            approvers: Names of the human principals who may vote.
            needed: How many of them must approve; all when left out.
            context: What they should see, JSON values.
            subject: SHA-256 in hex of what the approval is for, if it is more than what is shown.
            reason_required: Whether a vote must say why.
            rejection: ``any``: one rejection rejects. ``unreachable``: it takes so many that
                ``needed`` approvals cannot be reached any more.
            expires_s: After this long the answer is ``expired``.
            escalate_s: After this long without a decision ``escalate_to`` may vote too.
            escalate_to: Further principals.

        Raises:
            Invalid: nobody could decide this (``approval.request``).
        """
        escalations: tuple[Escalation, ...] = ()
        if escalate_s is not None or escalate_to:
            escalations = (Escalation(after_ms=_ms(escalate_s) or 0, to=tuple(escalate_to)),)
        request = Request(
            description=description,
            approvers=tuple(approvers),
            needed=len(approvers) if needed is None else needed,
            context=context,
            subject=subject,
            reason_required=reason_required,
            rejection=rejection,
            expires_after_ms=_ms(expires_s),
            escalations=escalations,
            run=self._execution.run.stream,
        )
        outcome = await self._execution.ask_people(request)
        return msgspec.convert(outcome, Approval)

    def continue_as_new(self, input: Any = None) -> NoReturn:
        """End this run and go on as the next one of this id, with a new input and empty history.

        What waits for the result gets that of the last run. Children that still run are treated as
        their close policy says.
        """
        self._execution.continue_as_new(input)

    async def sleep(self, seconds: float) -> None:
        """Wait durably; the same as ``asyncio.sleep`` in a workflow. Resolution: 1 ms."""
        await asyncio.sleep(seconds)

    def now(self) -> datetime:
        """The recorded UTC time of the last event that this run has seen."""
        return to_datetime(self._execution.now_ms)

    def random(self, name: str = "default") -> random.Random:
        """The run's random stream of a name; streams do not disturb one another."""
        return self._execution.draws.random(name)

    def uuid(self) -> uuid.UUID:
        """A UUID that every replay draws again; calls added elsewhere do not change it."""
        return self._execution.uuid()

    def snapshot(self, state: Any) -> str:
        """Record ``state`` (JSON values) at this point, for people who look back; its id in hex."""
        return self._execution.snapshot(state)

    def patched(self, patch: str) -> bool:
        """True in runs that reach this point with the new code first, False in runs from before."""
        return self._execution.patched(patch)

    @property
    def info(self) -> RunInfo:
        """Which run this is, and whether it is being replayed."""
        return self._execution.info


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """What people decided.

    Attributes:
        status: ``approved``, ``rejected``, ``expired`` or ``withdrawn``.
        votes: Who voted how and why, in order.
    """

    status: str
    votes: tuple[dict[str, Any], ...] = ()

    @property
    def approved(self) -> bool:
        """Whether the answer is yes."""
        return self.status == "approved"


class RunLogger:
    """Writes to the logger ``tarl.run``, and is silent while history is replayed."""

    __slots__ = ("_execution",)

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def debug(self, message: str, *args: object) -> None:
        """Log at DEBUG."""
        self._log(logging.DEBUG, message, args)

    def info(self, message: str, *args: object) -> None:
        """Log at INFO."""
        self._log(logging.INFO, message, args)

    def warning(self, message: str, *args: object) -> None:
        """Log at WARNING."""
        self._log(logging.WARNING, message, args)

    def error(self, message: str, *args: object) -> None:
        """Log at ERROR."""
        self._log(logging.ERROR, message, args)

    def _log(self, level: int, message: str, args: tuple[object, ...]) -> None:
        if not self._execution.replaying:
            with guard.suspended():
                extra = {"run": self._execution.run.ref}
                logging.getLogger("tarl.run").log(level, message, *args, extra=extra)


Body = Callable[[Context, Any], Awaitable[Any]]
