"""A run's steps and questions to people, as activities that Temporal schedules."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Raw
from temporalio import workflow as temporal
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from tarl.engines.temporal import wire
from tarl.kernel import events
from tarl.kernel.commands import Command, step_error
from tarl.kernel.definition import Activity
from tarl.kernel.events import DECODERS
from tarl.kernel.gateway import denied
from tarl.kernel.values import is_digested
from tarl.values.canonical import encode

if TYPE_CHECKING:
    from tarl.engines.temporal.shell import Shell

WITHOUT_END = timedelta(days=3_650)
"""Temporal wants a limit; this one is of what has none."""

GRACE = timedelta(seconds=60)
"""How much longer Temporal waits than tarl, which says by its own clock that time is over."""

LOST_AFTER = timedelta(seconds=10)
"""A worker that is silent for so long is dead, and its steps are given to others."""

ASK_TIMEOUT = timedelta(seconds=30)

_RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Of attempts whose worker died or could not reach the journal; tarl's own policy says the rest."""


class Steps:
    """What one run has under way."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._handles: dict[int, Any] = {}
        self._undoable: dict[int, bytes] = {}
        self._called_off: dict[int, Any] = {}
        self._questions: dict[str, Any] = {}

    def start(self, command: Command) -> None:
        """Have a step carried out."""
        activity = command.activity
        assert activity is not None
        call = wire.sent(self._call(command, activity))
        if activity.pure and activity.queue is None:
            handle: Any = temporal.start_local_activity(
                activity.name, call, result_type=RawValue, **_limits(activity)
            )
        else:
            handle = temporal.start_activity(
                activity.name,
                call,
                result_type=RawValue,
                task_queue=activity.queue,
                heartbeat_timeout=LOST_AFTER,
                **_limits(activity),
            )
            if activity.queue is None and not self._shell.is_replaying:
                self._shell.home.decided(self._shell.run_id, command.number)
        self._handles[command.number] = handle
        if activity.compensate is not None:
            self._undoable[command.number] = command.body
        handle.add_done_callback(partial(self._stepped, command.number, activity.name))

    def cancel(self, step: int) -> None:
        """Nobody waits for the step any more. Of one that can be undone the record says whether it
        has happened: it completed, or it is recorded as cancelled and nothing after that.
        """
        handle = self._handles.pop(step, None)
        if handle is not None:
            handle.cancel()
        scheduled = self._undoable.pop(step, None)
        if scheduled is not None:
            told = wire.CallOff(run=self._shell.given.run, scheduled=Raw(scheduled))
            asked = self._called_off[step] = temporal.start_local_activity(
                wire.CALL_OFF,
                wire.sent(told),
                result_type=RawValue,
                start_to_close_timeout=ASK_TIMEOUT,
                retry_policy=_RETRY,
            )
            asked.add_done_callback(partial(self._settled, step))

    def ask(self, approval: str, asked: bytes) -> None:
        """Put a request before people."""
        ask = wire.Ask(run=self._shell.given.run, asked=Raw(asked))
        handle = self._questions[approval] = temporal.start_activity(
            wire.ASK,
            wire.sent(ask),
            result_type=RawValue,
            start_to_close_timeout=ASK_TIMEOUT,
            retry_policy=_RETRY,
        )
        handle.add_done_callback(partial(self._decided, approval))

    async def settle(self) -> None:
        """Wait until it is on record what became of the steps that were called off."""
        await asyncio.gather(*self._called_off.values(), return_exceptions=True)

    def let_go(self) -> None:
        """The run is over."""
        for handle in [*self._handles.values(), *self._questions.values()]:
            handle.cancel()
        self._handles.clear()
        self._questions.clear()

    def _call(self, command: Command, activity: Activity[..., Any]) -> wire.Call:
        shell = self._shell
        more: dict[str, Any] = {}
        if not shell.home.met(activity):
            more["options"] = wire.options_of(activity)
        if activity.capture == "digest":
            more |= _arguments(command)
        suspicion = command.suspicion
        if suspicion is not None:
            more["undoes"] = suspicion.undoes
            if suspicion.intent is not None:
                more["intent"] = wire.intent_data(suspicion.intent)
            more["near"] = [wire.intent_data(intent) for intent in suspicion.near]
        return wire.Call(
            run=shell.given.run,
            workflow=shell.definition.name,
            scheduled=Raw(command.body),
            at_ms=shell.execution.now_ms,
            **more,
        )

    def _stepped(self, step: int, name: str, done: asyncio.Task[RawValue]) -> None:
        shell, execution = self._shell, self._shell.execution
        if not done.cancelled():
            done.exception()  # looked at, though it may concern nobody any more
        if self._handles.pop(step, None) is None or step not in execution.waiting_steps:
            return
        self._undoable.pop(step, None)
        try:
            kind, body = _outcome(done)
        except BaseException as error:
            shell.fail_task(error)
            return
        told = DECODERS[kind](body)
        if kind == events.STEP_DENIED:
            shell.deliver(execution.fail_step, step, denied(told.reasons, activity=name))
            return
        if told.untrusted is not None:
            execution.distrust_step(step, told.untrusted)
        if kind == events.STEP_COMPLETED:
            shell.deliver(execution.complete_step_json, step, bytes(told.result))
        else:
            shell.deliver(execution.fail_step, step, step_error(told.error, activity=name))

    def _settled(self, step: int, done: asyncio.Task[RawValue]) -> None:
        shell = self._shell
        if self._called_off.pop(step, None) is None or shell.execution.closed:
            return
        if done.cancelled() or done.exception() is not None:
            shell.fail_task(done.exception() or asyncio.CancelledError())
            return
        body = done.result().payload.data
        completed = None if body == wire.NOTHING else DECODERS[events.STEP_COMPLETED](body)
        shell.deliver(shell.execution.settle_step, step, completed)

    def _decided(self, approval: str, done: asyncio.Task[RawValue]) -> None:
        shell = self._shell
        if self._questions.pop(approval, None) is None:
            return
        if done.cancelled() or done.exception() is not None:
            shell.fail_task(done.exception() or asyncio.CancelledError())
            return
        outcome = done.result().payload.data
        shell.deliver(shell.execution.receive_approval, approval, outcome)


def _limits(activity: Activity[..., Any]) -> dict[str, Any]:
    limit_ms = activity.timeout_ms
    limit = WITHOUT_END if limit_ms is None else timedelta(milliseconds=limit_ms) + GRACE
    return {"start_to_close_timeout": limit, "retry_policy": _RETRY}


def _arguments(command: Command) -> dict[str, Any]:
    """The arguments of a call whose event holds their digest alone."""
    assert is_digested(bytes(DECODERS[command.kind](command.body).args))
    args, kwargs = command.args_json, command.kwargs_json
    if args is None:
        args = encode(list(command.args))
    return {"args": Raw(args), "kwargs": Raw(kwargs)}


def _outcome(done: asyncio.Task[RawValue]) -> tuple[str, bytes]:
    """The event that says what a step came to."""
    error = done.exception()
    if error is None:
        return events.STEP_COMPLETED, done.result().payload.data
    cause = error.cause if isinstance(error, ActivityError) else error
    found = wire.failed_with(cause) if isinstance(cause, ApplicationError) else None
    if found is None:
        raise error
    return found
