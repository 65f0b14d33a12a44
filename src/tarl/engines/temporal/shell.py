"""One run under Temporal: an ``Execution`` whose commands are Temporal's, and whose outcomes are
what Temporal's history holds.

The code runs on tarl's own deterministic loop, inside the turns of Temporal's. Both are
deterministic, so Temporal's replay of its history replays the code.

1. Commands are handed on once the run's beginning is recorded, in the order in which they came.
2. What Temporal answers is delivered in the order of its history, one after the other.
3. Whatever goes wrong outside the code fails Temporal's task, which is tried again; only the code's
   own end ends the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from msgspec import Raw
from temporalio import workflow as temporal
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.exceptions import CancelledError as Cancelled

from tarl.engines.embedded.starts import seed_of, started_under
from tarl.engines.temporal import wire
from tarl.engines.temporal.attributes import attributes_of
from tarl.engines.temporal.descent import Descent
from tarl.engines.temporal.home import Code
from tarl.engines.temporal.patches import Patches
from tarl.engines.temporal.reasons import told_reason
from tarl.engines.temporal.steps import Steps
from tarl.errors import TarlError
from tarl.kernel import events
from tarl.kernel.commands import Command
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS
from tarl.kernel.execution import Execution
from tarl.values.canonical import encode
from tarl.values.ids import RunId

_read_start = wire.reader(wire.Start)
_read_told = wire.reader(wire.Told)

RECORD_TIMEOUT = timedelta(seconds=30)
"""How long recording a beginning or an end may take before it is tried again."""

WITHOUT_END = timedelta(days=3_650)
"""Temporal wants a limit; this one is of what has none."""

_RECORDING: dict[str, Any] = {
    "start_to_close_timeout": RECORD_TIMEOUT,
    "retry_policy": RetryPolicy(maximum_interval=timedelta(seconds=10)),
}


class Shell:
    """One run; the class that Temporal knows is made of it for each workflow (``shell_of``)."""

    home: ClassVar[Code]
    definition: ClassVar[Workflow[..., Any]]

    @temporal.init
    def __init__(self, start: RawValue) -> None:
        given: wire.Start = _read_start(start)
        self.given = given
        self.run_id = run = RunId.from_stream(given.run)
        self.loop = asyncio.get_running_loop()
        self.shelf = self.home.shelf(run)
        self.execution = Execution(
            self.definition,
            run=run,
            seed=bytes.fromhex(given.seed),
            shelf=self.shelf,
            limits=self.home.limits,
            patches=Patches(self.loop),
        )
        self.execution.screened = self.shelf.screened
        self.execution.ending.learns_late = True
        self.steps = Steps(self)
        self.descent = Descent(self)
        self._over: asyncio.Future[tuple[str, bytes]] = self.loop.create_future()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._answers: dict[int, asyncio.Future[RawValue]] = {}
        self._messages = 0
        self._is_recorded = False
        self._draining = False
        self._is_cancelled = False
        self.taint = started_under(self.definition, run, given.taint)
        self.deliver(self.execution.begin, bytes(given.input), taint=self.taint)
        for name, payload in given.unread:
            self.deliver(self.execution.receive_signal, name, bytes(payload))

    async def live_through(self) -> RawValue:
        """Drive the run to its end."""
        ended = await self._uncancelled(self._record_start())
        if ended is not None:
            self.execution.stop()
            return self._end(ended.kind, bytes(ended.body))
        self._is_recorded = True
        self.drain()
        kind, body = await self._uncancelled(self._over)
        self.steps.let_go()
        await self._uncancelled(self.steps.settle())
        for handle in self._timers.values():
            handle.cancel()
        close = wire.Close(run=self.given.run, kind=kind, closing=Raw(body))
        await self._uncancelled(
            temporal.start_local_activity(wire.CLOSE, wire.sent(close), **_RECORDING)
        )
        return self._end(kind, body)

    async def _uncancelled(self, awaitable: Any) -> Any:
        """Wait for something that is not cancelled with the run, which is told instead."""
        waited = asyncio.ensure_future(awaitable)
        while True:
            try:
                return await asyncio.shield(waited)
            except asyncio.CancelledError:
                reason = temporal.cancellation_reason()
                if reason is None or self._is_cancelled:  # Temporal lets go of it for now
                    self.let_go()
                    raise
                self._is_cancelled = True
                if not self.execution.closed:
                    self.deliver(self._told_to_stop, reason)

    def _told_to_stop(self, reason: str, *, at_ms: int) -> None:
        self.execution.cancel(told_reason(reason, self.shelf.get), at_ms=at_ms)

    def let_go(self) -> None:
        """Stop here; what is to come is for a replay."""
        self.execution.stop()

    async def _record_start(self) -> wire.Told | None:
        """Record that the run begins; its end where the journal has that already, though Temporal
        has forgotten the run.
        """
        body = events.run_started(
            code=self.definition.code_digest,
            seed=self.given.seed,
            workflow=self.definition.name,
            input_json=bytes(self.given.input),
            parentage=self.given.parentage,
            continues=self.given.continues,
            acting=self.given.acting,
            taint=self.taint,
            engine=wire.ENGINE,
        )
        begin = wire.Begin(run=self.given.run, started=Raw(body))
        answer: RawValue = await temporal.start_local_activity(
            wire.BEGIN, wire.sent(begin), result_type=RawValue, **_RECORDING
        )
        data = answer.payload.data
        return None if data in (b"", wire.NOTHING) else _read_told(answer)

    # --- delivered

    def deliver(self, deliver: Callable[..., None], *args: Any, **more: Any) -> None:
        """Give the code what came, and hand on what it decides."""
        execution = self.execution
        execution.replaying = self.is_replaying
        self.shelf.fault = None
        try:
            deliver(*args, at_ms=temporal.time_ns() // 1_000_000, **more)
            if self.shelf.fault is not None:
                raise self.shelf.fault
            if execution.defect is not None:
                raise execution.defect
            self.drain()
        except BaseException as error:
            self.fail_task(error)

    @property
    def is_replaying(self) -> bool:
        """Whether what is delivered was delivered before."""
        return temporal.unsafe.is_replaying()

    def fail_task(self, error: BaseException) -> None:
        """Give up this task of Temporal's, which is tried again."""
        if not self._over.done():
            self._over.set_exception(error)

    def drain(self) -> None:
        """Hand on the commands that the code has decided."""
        if not self._is_recorded or self._draining:
            return
        self._draining = True
        commands = self.execution.commands
        try:
            while commands and not self._over.done():
                self.take(commands.popleft())
        finally:
            self._draining = False

    def take(self, command: Command) -> None:
        """Hand on one command."""
        kind = command.kind
        if kind == events.STEP_SCHEDULED:
            self.steps.start(command)
        elif kind == events.STEP_CANCELLED:
            self.steps.cancel(command.number)
        elif kind == events.TIMER_STARTED:
            delay_s = command.delay_ms / 1000
            self._timers[command.number] = self.loop.call_later(delay_s, self._fire, command.number)
        elif kind == events.TIMER_CANCELLED:
            self._timers.pop(command.number).cancel()
        elif kind == events.CHILD_STARTED:
            self.descent.start(DECODERS[kind](command.body))
        elif kind == events.CHILD_CANCELLED:
            self.descent.cancel(command.number)
        elif kind == events.APPROVAL_REQUESTED:
            self.steps.ask(DECODERS[kind](command.body).approval, command.body)
        elif kind in (events.UPDATE_COMPLETED, events.UPDATE_FAILED):
            self._answer(kind, command.body)
        elif kind in events.CLOSING:
            self._over.set_result((kind, command.body))

    def _fire(self, number: int) -> None:
        self._timers.pop(number, None)
        self.deliver(self.execution.fire_timer, number)

    # --- told and asked

    @temporal.signal(dynamic=True)
    def on_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Any signal."""
        self.deliver(self.execution.receive_signal, name, wire.data_of(args))

    @temporal.query(dynamic=True)
    def on_query(self, name: str, args: Sequence[RawValue]) -> Any:
        """Any query; what is refused says its code first."""
        given = [self.execution.read(each.payload.data) for each in args]
        try:
            return wire.raw(encode(self.execution.query(name, tuple(given))))
        except TarlError as error:
            raise ApplicationError(f"{error.code}: {error.message}", type=error.code) from error

    @temporal.update(dynamic=True)
    async def on_update(self, name: str, args: Sequence[RawValue]) -> RawValue:
        """Any update."""
        self._messages += 1
        message = self._messages
        answer: asyncio.Future[RawValue] = self.loop.create_future()
        self._answers[message] = answer
        self.deliver(self.execution.accept_update, message, name, wire.data_of(args))
        return await answer

    @on_update.validator
    def check_update(self, name: str, args: Sequence[RawValue]) -> None:
        """Ask the code's own validator."""
        refusal = self.execution.update_refusal(name, wire.data_of(args))
        if refusal is not None:
            raise ApplicationError(refusal.message, type=refusal.type, non_retryable=True)

    def _answer(self, kind: str, body: bytes) -> None:
        told = DECODERS[kind](body)
        answer = self._answers.pop(told.message)
        if kind == events.UPDATE_COMPLETED:
            answer.set_result(wire.raw(bytes(told.result)))
            return
        error = told.error
        answer.set_exception(wire.failure(kind, body, said=error.message, type=error.type))

    # --- the end

    def _end(self, kind: str, body: bytes) -> RawValue:
        """Temporal's result, or what it takes for the run's end."""
        closing = DECODERS[kind](body)
        if kind == events.RUN_COMPLETED:
            return wire.raw(bytes(closing.result), taint=closing.taint)
        if kind == events.RUN_CONTINUED:
            self._go_on(closing)
        if kind == events.RUN_FAILED:
            error = closing.error
            raise wire.failure(kind, body, said=error.message, type=error.type)
        raise Cancelled(closing.reason)

    def _go_on(self, going_on: events.RunContinued) -> None:
        run, given, held = self.run_id, self.given, bytes(going_on.input)
        following = RunId(run.tenant, run.workflow_id, run.n + 1)
        start = wire.Start(
            run=following.stream,
            seed=seed_of(following, held),
            input=going_on.input,
            acting=given.acting,
            taint=going_on.taint,
            continues=run.stream.removeprefix("run/"),
            unread=[(name, Raw(data)) for name, data in self.execution.unread_signals()],
            shown=given.shown,
        )
        found_by = attributes_of(start, self.definition.name)
        temporal.continue_as_new(wire.sent(start), search_attributes=found_by)


def shell_of(home: Code, workflow: Workflow[..., Any], base: type[Shell] = Shell) -> type:
    """The class that Temporal runs for a workflow, under the workflow's wire name."""

    async def run(self, start: RawValue) -> RawValue:  # type: ignore[no-untyped-def]  # its class is made here
        return await self.live_through()  # type: ignore[no-any-return]  # of the class made here

    name = f"Shell_{workflow.name}".replace(".", "_")
    run.__qualname__ = f"{name}.run"
    members = {
        "run": temporal.run(run),
        "home": home,
        "definition": workflow,
        "__module__": __name__,
    }
    made = type(name, (base,), members)
    return temporal.defn(name=workflow.name, sandboxed=False)(made)
