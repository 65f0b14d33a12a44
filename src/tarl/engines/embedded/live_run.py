"""One run under way: its commands become work, the world's answers become events.

Modes of a step (see ``Activity``):
- strict: the result is on disk before the workflow sees it; intent and outcome share one commit.
- pure: the result is delivered at once; everything is on disk before any effect, timer or
completion.
- non-idempotent: the intent is on disk before the effect runs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic  # the clock itself, which the guard does not ask about
from typing import TYPE_CHECKING, Any

import msgspec

from tarl.engines.embedded.attempts import Attempts
from tarl.engines.embedded.committer import Part
from tarl.engines.embedded.letters import Letters
from tarl.errors import Exceeded, TarlError, Unavailable
from tarl.journal.codec import Stored
from tarl.journal.event import Event, Row
from tarl.journal.patience import heard
from tarl.journal.writer import StreamWriter
from tarl.kernel import events, guard
from tarl.kernel.acting import Acting
from tarl.kernel.commands import Command
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.effect import Effect
from tarl.kernel.execution import Execution
from tarl.kernel.gateway import Outcome
from tarl.kernel.marks import Mark, marked
from tarl.kernel.permit import Deed, Permit
from tarl.kernel.replay import Replay
from tarl.kernel.runs import STATUS, result_of
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.values.canonical import quote
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.embedded.engine import Engine


class LiveRun:
    """A run that this process owns.

    Attributes:
        pure_ahead: How many results of pure steps were delivered that are not on disk.
        result: Resolves to the run's result, or raises why there is none (yet).
    """

    def __init__(
        self,
        engine: Engine,
        workflow: Workflow[..., Any],
        *,
        run: RunId,
        seed: bytes,
        patches: frozenset[str],
        writer: StreamWriter,
        epoch: int,
        acting: Acting | None = None,
    ) -> None:
        self.run = run
        self.acting = acting
        self.stream = writer.stream
        self.epoch = epoch
        self.part: Part | None = None
        self.execution = Execution(
            workflow, run=run, seed=seed, shelf=self, limits=engine.limits, patches=patches
        )
        self.execution.screened = self._screened
        self.result: asyncio.Future[Any] = engine.loop.create_future()
        self.engine = engine
        self._writer = writer
        self.attempts = Attempts(self, seed)
        self.letters = Letters(self)
        self._landed: list[tuple[bytes, Stored]] = []
        self._fetched: dict[str, bytes] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._events_max = engine.limits.history_events_max
        self.pure_ahead = 0
        self._pure_answers: deque[tuple[int, Outcome, int]] = deque()
        self._undelivered = 0
        self._draining = False
        self._over = False

    # --- from the outside

    def start(self, body: bytes, input_json: bytes | None, taint: Mark | None = None) -> None:
        """Record that the run starts and let its code begin, under the mark that the body says,
        once that is on disk.
        """
        self.engine.metrics.count("runs.started")
        self.append(events.RUN_STARTED, body)
        self.then(self._begin, input_json, taint)
        self.engine.committer.ask()

    def go_on(
        self, last: Event, replay: Replay, steps: list[Command], *, code_digest: str | None
    ) -> None:
        """Take up a replayed run after its last event.

        Open steps run again under their keys, open timers keep their due times.
        """
        self.engine.metrics.count("runs.resumed")
        self._writer.continue_from(last.seq, last.digest, last.recorded_at_ms)
        if code_digest is not None:
            self.append(events.CODE_CHANGED, b'{"code":"%b"}' % code_digest.encode())
        due = [(set_at + timer.delay_ms, timer) for timer, set_at in replay.open_timers.values()]
        for due_ms, timer in sorted(due, key=lambda pair: pair[0]):
            self._arm(timer, due_ms=due_ms)
        for command in steps:
            self.attempts.go_on(
                command,
                replay.attempts.get(command.number),
                is_retried=command.number in replay.retries,
            )
        self.letters.go_on(replay)
        self._drain()

    def durable(self, part: Part) -> None:
        """A part is on disk: take the steps behind it, with its large values still at hand."""
        self._landed = part.blobs
        try:
            for step, args in part.steps:
                if self._pure_answers:
                    self._deliver_pure()
                if self._over:
                    return
                step(*args)
        finally:
            self._landed = []

    @property
    def is_over(self) -> bool:
        """Whether the run has ended or was interrupted."""
        return self._over

    @property
    def is_open(self) -> bool:
        """Whether anything may still be recorded: nothing follows the event that closes a run."""
        return not self._over and not self.execution.closed

    def interrupt(self, error: BaseException) -> None:
        """Stop working on the run without ending it; it can be resumed."""
        if self._over:
            return
        self.engine.committer.settle(self)
        self.engine.offspring.parent_let_go(self)
        self._let_go()
        if not self.result.done():
            self.result.set_exception(error)
            self.result.exception()

    def abandon(self) -> None:
        """The runtime closes: stop here, without an error for anybody who no longer waits."""
        self.interrupt(
            Unavailable(
                f"{self.run.ref} was interrupted: its runtime closed",
                code="run.interrupted",
                next_step=f"tarl resume {self.run.ref}",
                run=self.run.ref,
            )
        )

    # --- commands

    def _begin(self, input_json: bytes | None, taint: Mark | None) -> None:
        self.execution.watermark.rise(taint)
        self._drive(self.execution.begin, input_json, at_ms=self._writer.recorded_at_ms)

    def _drive(self, deliver: Callable[..., None], *args: Any, at_ms: int) -> None:
        if self._over:
            return
        watchdog = self.engine.watchdog
        watchdog.driven = self, monotonic()
        try:
            try:
                deliver(*args, at_ms=at_ms)
            finally:
                watchdog.driven = None
            if not self._draining:
                self._drain()
        except BaseException as error:
            self.interrupt(error)
            if not isinstance(error, Exception):
                raise

    def _drain(self) -> None:
        execution = self.execution
        commands = execution.commands
        self._draining = True
        try:
            while commands and not self._over:
                command = commands.popleft()
                if self._writer.seq >= self._events_max and command.kind not in events.CLOSING:
                    self._interrupt_too_long()
                    return
                self.append(command.kind, command.body)
                if command.kind == events.STEP_SCHEDULED:
                    command.at_ms = self._writer.recorded_at_ms
                    self.attempts.start(command)
                else:
                    self._attend(command)
            if execution.defect is not None:
                self.interrupt(execution.defect)
        finally:
            self._draining = False

    def _attend(self, command: Command) -> None:
        if command.kind in events.CLOSING:
            if command.kind == events.RUN_CONTINUED:
                self.add_rows(self.engine.next_run(self, command.body))
            self.then(self._close, command.kind, command.body)
            self.engine.committer.ask()
        elif command.kind == events.TIMER_STARTED:
            self._arm(command, due_ms=self._writer.recorded_at_ms + command.delay_ms)
            self.engine.committer.ask()
        elif command.kind == events.TIMER_CANCELLED:
            handle = self._timers.pop(command.number, None)
            if handle is not None:
                handle.cancel()
        elif command.kind == events.STEP_CANCELLED:
            self.attempts.cancel(command.number)
        else:
            self.letters.note(command)

    # --- steps

    def _screened(self, activity: Activity[..., Any], data: bytes) -> bytes:
        with guard.suspended():  # the screen may read a key
            return self.engine.gateway.screen.arguments(self.run, activity, data)

    def effect(self, command: Command) -> Effect:
        """The effect that a step asks for, in the name of whom the step or the run acts for."""
        assert command.activity is not None
        acting = command.acting or self.acting
        if command.acting is not None:
            acting = command.acting.within(self.acting, default_task=self.run.workflow_id)
        return Effect(
            self.run,
            command.number,
            command.activity,
            command,
            acting,
            self.engine.journal,
            workflow=self.execution.workflow,
        )

    def is_waiting_for(self, step: int) -> bool:
        """Whether the outcome of a step is still wanted."""
        execution = self.execution
        return not self._over and not execution.closed and step in execution.waiting_steps

    def answered(self, effect: Effect, outcome: Outcome, permit: Permit | None = None) -> None:
        """Record an outcome, and deliver it after every outcome that was recorded before it."""
        step = effect.step
        if not self.is_waiting_for(step):
            return
        if self._undelivered and effect.activity.compensate is not None:
            # What the code has not seen yet may cancel the step, and a completion that it never
            # sees would not be undone.
            self.then(self.answered, effect, outcome, permit)
            self.engine.committer.ask()
            return
        said = effect.activity.untrusted
        if said is not None and outcome.kind != events.STEP_DENIED:
            body = marked(outcome.body, said)
            outcome = msgspec.structs.replace(outcome, body=body, untrusted=said)
        self.append(outcome.kind, outcome.body)
        if permit is not None and effect.acting is not None:
            failure = outcome.failure
            happened = failure is not None and failure.may_have_happened
            self.note(Deed(permit, outcome.kind, outcome.body, happened))
        at_ms = self._writer.recorded_at_ms
        if not effect.activity.pure or self._undelivered or self._is_window_full():
            self._undelivered += 1
            self.then(self._deliver_counted, step, outcome, at_ms)
            self.engine.committer.ask()
            return
        self.pure_ahead += 1
        if effect.activity.is_async:
            self._pure_answers.append((step, outcome, at_ms))
            self.engine.loop.call_soon(self._deliver_pure)
        else:
            self._deliver_pure()
            self._deliver(step, outcome, at_ms)

    def _is_window_full(self) -> bool:
        return self.pure_ahead >= self.execution.limits.pure_window

    def _deliver_pure(self) -> None:
        while self._pure_answers and not self._over:
            self._deliver(*self._pure_answers.popleft())

    def then_deliver(self, deliver: Callable[..., None], *args: Any) -> None:
        self._undelivered += 1
        self.then(self._delivered, deliver, args)
        self.engine.committer.ask()

    def _delivered(self, deliver: Callable[..., None], args: tuple[Any, ...]) -> None:
        self._undelivered -= 1
        deliver(*args)

    def _deliver_counted(self, step: int, outcome: Outcome, at_ms: int) -> None:
        self._undelivered -= 1
        if outcome.error is None and outcome.untrusted is None:
            self._drive(self.execution.complete_step, step, outcome.value, at_ms=at_ms)
        else:
            self._deliver(step, outcome, at_ms)

    def _deliver(self, step: int, outcome: Outcome, at_ms: int) -> None:
        if outcome.untrusted is not None and not self._over:
            self.execution.distrust_step(step, outcome.untrusted)
        if outcome.error is None:
            self._drive(self.execution.complete_step, step, outcome.value, at_ms=at_ms)
        else:
            self._drive(self.execution.fail_step, step, outcome.error, at_ms=at_ms)

    def _arm(self, command: Command, *, due_ms: int) -> None:
        left_ms = due_ms - self.engine.clock.now_ms()
        wait_s = max(0, min(left_ms, command.delay_ms)) / 1000  # the clock may have been set back
        number = command.number
        self._timers[number] = self.engine.loop.call_later(wait_s, self._fire, number)

    def _fire(self, number: int) -> None:
        self._timers.pop(number, None)
        if not self.is_open or not self.execution.is_waiting_for_timer(number):
            return
        try:
            self.append(events.TIMER_FIRED, b'{"timer":%d}' % number)
        except TarlError as error:
            self.interrupt(error)
            return
        self.then_deliver(self._deliver_timer, number, self._writer.recorded_at_ms)

    def _deliver_timer(self, number: int, at_ms: int) -> None:
        self._drive(self.execution.fire_timer, number, at_ms=at_ms)

    # --- the end

    def terminate(self, reason: str) -> None:
        """End the run from outside: its code does not get to see it."""
        if not self.is_open:
            return
        body = b'{"reason":%b}' % quote(reason)
        self.append(events.RUN_TERMINATED, body)
        self.execution.stop()
        self.then(self._close, events.RUN_TERMINATED, body)
        self.engine.committer.ask()

    def _close(self, kind: str, body: bytes) -> None:
        if self._over:
            return
        metrics = self.engine.metrics
        metrics.count("runs.ended", status=STATUS[kind])
        metrics.count("steps.scheduled", self.execution.steps)
        self.engine.offspring.parent_ended(self)
        self._let_go()
        self.letters.over()
        if kind == events.RUN_CONTINUED:
            self.engine.follow_continuation(self)
            return
        if self.result.done():
            return
        try:
            value = result_of(kind, body, workflow=self.execution.workflow, shelf=self)
        except TarlError as error:
            self.result.set_exception(error)
            self.result.exception()
        else:
            self.result.set_result(value)

    def _let_go(self) -> None:
        self._over = True
        for handle in self._timers.values():
            handle.cancel()
        self._timers.clear()
        self.attempts.let_go()
        self.execution.stop()
        self.engine.released(self)

    # --- records

    def append(self, kind: str, body: bytes) -> None:
        writer = self._writer
        part = self.part or self.engine.committer.join(self)
        part.rows.append(writer.append(kind, body, at_ms=self.engine.clock.now_ms()))

    def receive(self, kind: str, body: bytes) -> None:
        """Record what came from outside."""
        if self._writer.seq >= self._events_max:
            self._interrupt_too_long()
        else:
            self.append(kind, body)

    def deliver_later(self, deliver: Callable[..., None], *args: Any) -> None:
        """Let the code see what was just recorded, once it is on disk."""
        if not self._over:
            self.then_deliver(self._deliver_received, deliver, args, self._writer.recorded_at_ms)

    def _deliver_received(
        self, deliver: Callable[..., None], args: tuple[Any, ...], at_ms: int
    ) -> None:
        if not self.execution.closed:
            self._drive(deliver, *args, at_ms=at_ms)

    @property
    def has_undelivered(self) -> bool:
        """Whether something is recorded that the code has not seen yet."""
        return self._undelivered > 0

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Commit rows of other streams together with the run's own."""
        part = self.part or self.engine.committer.join(self)
        part.rows += rows

    def note(self, deed: Deed) -> None:
        """Have what an agent was permitted, or what came of it, signed with the next commit."""
        part = self.part or self.engine.committer.join(self)
        part.deeds.append(deed)

    def _interrupt_too_long(self) -> None:
        self.interrupt(
            Exceeded(
                f"{self.run.ref} would have more than {self._events_max} events",
                code="run.history_too_long",
                next_step="split the work into several runs, or raise history_events_max",
                events_max=self._events_max,
            )
        )

    def then(self, step: Callable[..., None], *args: Any) -> None:
        part = self.part or self.engine.committer.join(self)
        part.steps.append((step, args))

    # --- the shelf of large values

    def put(self, data: bytes) -> str:
        """Keep a large value with the run's next rows."""
        digest, stored = self._writer.codec.store_blob(self.run.tenant, data)
        part = self.part or self.engine.committer.join(self)
        part.blobs.append((digest, stored))
        return digest.hex()

    async def fetch(self, raw: bytes) -> None:
        """Have a value at hand that is to be delivered once: while the journal is away it is waited
        for here, and not where it is delivered.

        Raises:
            Unavailable: the journal stays away.
        """
        store = self.engine.store

        def look() -> None:
            unshelve(raw, shelf=_Noting(RecordedValues(store, self.run.tenant), self._fetched))

        await heard(store, look)

    def get(self, digest: str) -> bytes:
        """A large value: fetched, from the rows that are on their way to disk, or from there."""
        if (fetched := self._fetched.pop(digest, None)) is not None:
            return fetched
        wanted = bytes.fromhex(digest)
        for known, stored in [*self._landed, *(self.part.blobs if self.part else ())]:
            if known == wanted:
                data = self.engine.store.codec.open_blob(self.run.tenant, wanted, stored)
                assert data is not None
                return data
        return self.engine.store.blob(self.run.tenant, wanted)


class _Noting:
    """A shelf that notes what it gives."""

    def __init__(self, shelf: RecordedValues, noted: dict[str, bytes]) -> None:
        self._shelf = shelf
        self._noted = noted

    def get(self, digest: str) -> bytes:
        """See ``Kept``."""
        data = self._noted[digest] = self._shelf.get(digest)
        return data
