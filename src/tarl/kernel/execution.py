"""One run's code under the deterministic loop: outcomes in, commands out, no world attached.

The driver (live or replaying) starts it, takes the commands it issues and delivers what the world
answered. Given the same seed, input and outcomes in the same order, it issues the same commands
with the same bytes; that is all that replay relies on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Container, Coroutine, Iterator
from contextlib import contextmanager
from functools import cached_property
from hashlib import sha256
from typing import Any, NoReturn
from uuid import UUID

from tarl.errors import Invalid, TarlError
from tarl.kernel import bodies, events, guard
from tarl.kernel.acting import Acting
from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.request import Request, checked
from tarl.kernel.children import Children
from tarl.kernel.commands import Command, Screened, check_callable, step_command
from tarl.kernel.context import Context, RunInfo
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.draws import Draws, check_drawn
from tarl.kernel.ending import Ending, Undo, text_of
from tarl.kernel.frames import frames_of
from tarl.kernel.limits import Limits
from tarl.kernel.loop import DeterministicLoop, NumberedFuture, Running, Timer
from tarl.kernel.mailbox import Mailbox
from tarl.kernel.marks import Mark, Said
from tarl.kernel.payload import decode_value, encode_value
from tarl.kernel.taint import Watermark
from tarl.kernel.values import Shelf, shelve, unshelve
from tarl.values.canonical import encode, quote
from tarl.values.digest import length_prefixed
from tarl.values.ids import RunId


class Execution:
    """A run of one workflow, from its start to its result.

    Args:
        workflow: The code.
        run: Which run it is.
        seed: 32 bytes from which every random stream and identifier derives.
        shelf: Where large values go.
        limits: The run's bounds.
        patches: Identifiers of the patch markers in the recorded history.
    """

    def __init__(
        self,
        workflow: Workflow[..., Any],
        *,
        run: RunId,
        seed: bytes,
        shelf: Shelf,
        limits: Limits,
        patches: Container[str] = frozenset(),
    ) -> None:
        self.workflow = workflow
        self.run = run
        self.limits = limits
        self.commands: deque[Command] = deque()
        self.replaying = False
        self.now_ms = 0
        self.closed = False
        self.defect: BaseException | None = None
        self._seed = seed
        self._shelf = shelf
        self._inline_bytes_max = limits.inline_bytes_max
        self._patches = patches
        self._patched: dict[str, bool] = {}
        self._issued = 0
        self._step = 0
        self.waiting_steps: dict[int, tuple[NumberedFuture, Activity[..., Any]]] = {}
        self._timers: dict[int, Timer] = {}
        self._main: asyncio.Task[Any] | None = None
        self._entered = False
        self._reading = False
        self._fault: Exception | None = None
        self._approvals: dict[str, asyncio.Future[Any]] = {}
        self._asked = 0
        self.is_fork = False
        self.screened: Screened | None = None
        self.watermark = Watermark(self)
        self.draws = Draws(seed, name_chars_max=limits.name_chars_max)
        self._loop = DeterministicLoop(
            on_timer=self._timer_set, on_timer_cancelled=self._timer_cancelled
        )
        self.context = Context(self)

    # --- driven by the engine

    def begin(self, input_json: bytes | None, *, at_ms: int, taint: Mark | None = None) -> None:
        """Start the workflow's coroutine with its recorded input, under the mark that the run
        begins with, and run it until it waits.
        """
        self.now_ms = at_ms
        self.watermark.rise(taint)
        workflow = self.workflow
        if input_json is not None and not workflow.leaves_out(input_json):
            value = decode_value(unshelve(input_json, shelf=self._shelf), workflow.input_type)
            coroutine = workflow.fn(self.context, value)
        else:
            coroutine = workflow.fn(self.context)
        self._main = self._loop.create_task(coroutine, name="main")
        self._run_ready()

    def distrust_step(self, step: int, said: Said) -> None:
        """What the code is about to be given as a step's outcome is untrusted."""
        waiting = self.waiting_steps.get(step)
        if waiting is not None:
            self.watermark.step(waiting[1].name, step, said)

    def complete_step(self, step: int, value: Any, *, at_ms: int) -> None:
        """Deliver a step's result, already of its declared type."""
        self.now_ms = at_ms
        waiting = self.waiting_steps.pop(step, None)
        if waiting is not None and not waiting[0].done():
            waiting[0].set_result(value)
            self._run_ready()

    def complete_step_json(self, step: int, result: bytes, *, at_ms: int) -> None:
        """Deliver a step's recorded result."""
        self.now_ms = at_ms
        waiting = self.waiting_steps.pop(step, None)
        if waiting is not None and not waiting[0].done():
            data = unshelve(result, shelf=self._shelf)
            waiting[0].set_result(decode_value(data, waiting[1].result_type))
            self._run_ready()

    def fail_step(self, step: int, error: TarlError, *, at_ms: int) -> None:
        """Deliver a step's failure: ``ActivityFailed``, ``Denied`` or ``UnknownOutcome``."""
        self.now_ms = at_ms
        waiting = self.waiting_steps.pop(step, None)
        if waiting is not None and not waiting[0].done():
            waiting[0].set_exception(error)
            self._run_ready()

    def call_off_undoable(self) -> bool:
        """Call off what is under way and can be undone; whether anything is."""
        calls = [future for future, activity in self.waiting_steps.values() if activity.compensate]
        return sum(call.cancel() for call in calls) > 0

    def settle_step(self, step: int, told: events.StepCompleted | None, *, at_ms: int) -> None:
        """Deliver what the record says of a step that the code has called off."""
        self._receive(self.ending.settle, step, told, at_ms=at_ms)

    def receive_signal(self, name: str, payload: bytes, *, at_ms: int) -> None:
        """Deliver a signal; one that came when the code had ended is for the run it goes on as."""
        value = self.read(payload)
        if self.closed:
            self.mailbox.keep(name, value)
        else:
            self._receive(self.mailbox.receive_signal, name, value, at_ms=at_ms)

    def accept_update(self, message: int, name: str, payload: bytes, *, at_ms: int) -> None:
        """Deliver an update that was accepted."""
        self._receive(self.mailbox.accept_update, message, name, self.read(payload), at_ms=at_ms)

    def update_refusal(self, name: str, payload: bytes) -> events.ErrorRecord | None:
        """Why the code does not accept an update, or None if it does; changes nothing."""
        with self._looking():
            return self.mailbox.refusal(name, self.read(payload))

    def query(self, name: str, args: tuple[Any, ...]) -> Any:
        """What the code answers to a query; for an execution that nothing else is delivered to."""
        with self._looking():
            return self.mailbox.query(name, args)

    def cancel(self, reason: str, *, at_ms: int) -> None:
        """Deliver that somebody asked the run to stop: its code is cancelled, and may clean up."""
        self.now_ms = at_ms
        self.ending.request_cancel(reason, self._main)
        self._run_ready()

    def complete_child(self, ended: events.ChildCompleted, *, at_ms: int) -> None:
        """Deliver a child's result."""
        self._receive(self.children.complete, ended, at_ms=at_ms)

    def fail_child(self, ended: events.ChildFailed, *, at_ms: int) -> None:
        """Deliver that a child ended without a result."""
        self._receive(self.children.fail, ended, at_ms=at_ms)

    def receive_approval(self, approval: str, outcome: bytes, *, at_ms: int) -> None:
        """Deliver what people decided."""
        future = self._approvals.pop(approval, None)
        if future is not None and not future.done():
            self._receive(future.set_result, self.read(outcome), at_ms=at_ms)

    def unread_signals(self) -> list[tuple[str, bytes]]:
        """Names and payloads of the signals that the code was given and has not read."""
        return self.mailbox.unread(bytes_max=self.limits.inline_bytes_max)

    def fire_timer(self, number: int, *, at_ms: int) -> None:
        """Deliver a timer that has come due."""
        self.now_ms = at_ms
        timer = self._timers.pop(number, None)
        if timer is not None:
            self._loop.fire(timer)
            self._run_ready()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Enter the loop and the guard once for all that is delivered inside, as a replay can."""
        with Running(self._loop):
            guard.enter()
            self._entered = True
            try:
                yield
            finally:
                self._entered = False
                guard.exit()

    @property
    def steps(self) -> int:
        """How many steps the code has asked for."""
        return self._step

    def is_waiting_for_child(self, number: int) -> bool:
        """Whether the child was started and its end was not delivered."""
        return number in self.children.open

    def is_waiting_for_approval(self, approval: str) -> bool:
        """Whether people were asked and their decision was not delivered."""
        return approval in self._approvals

    def is_waiting_for_timer(self, number: int) -> bool:
        """Whether the timer was set and has neither fired nor been cancelled."""
        return number in self._timers

    def where(self) -> list[str]:
        """Where the code waits: ``function:line`` from the outermost frame in, main task first."""
        tasks = self._loop.open_tasks()
        return [place for task in tasks for place, _ in frames_of(task.get_coro())]

    def frames(self) -> list[tuple[str, dict[str, Any]]]:
        """The frames that wait, with their local variables, in the order of ``where``."""
        tasks = self._loop.open_tasks()
        return [frame for task in tasks for frame in frames_of(task.get_coro())]

    def stop(self) -> None:
        """Let go of the coroutines; nothing they still do reaches the world."""
        if not self.closed:
            self.closed = True
            self._loop.close()

    # --- asked for by the context

    async def call(
        self,
        activity: Activity[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        acting: Acting | None = None,
        undoes: bool = False,
    ) -> Any:
        """Issue a step and wait for its outcome; ``acting`` for another than the run acts for,
        ``undoes`` for what takes back a step that completed.
        """
        if self.closed:
            raise GeneratorExit  # this coroutine is being closed
        if activity.__class__ is not Activity or activity.needs:
            check_callable(activity, self.workflow)
        step = self._step + 1
        limits, mark = self.limits, self.watermark.mark
        command = step_command(
            activity,
            args,
            kwargs,
            step=step,
            limits=limits,
            shelve=self._shelve,
            acting=acting,
            mark=mark,
            screened=self.screened,
        )
        if mark is not None:
            self.watermark.suspect(command, undoes=undoes)
        self._step = step
        future = self._loop.create_future()
        self.waiting_steps[step] = future, activity
        self._issue(command)
        try:
            result = await future
        except asyncio.CancelledError:
            if self.waiting_steps.pop(step, None) is not None:
                self._issue(Command(events.STEP_CANCELLED, b'{"step":%d}' % step, step))
                self.ending.call_off(step, Undo(activity, args, kwargs, None, acting))
            raise
        if activity.compensate is not None:
            self.ending.undo.append(Undo(activity, args, kwargs, result, acting))
        return result

    @cached_property
    def mailbox(self) -> Mailbox:
        """What comes from outside."""
        return Mailbox(self)

    @cached_property
    def children(self) -> Children:
        """The runs that this one has started."""
        return Children(self, self._shelf)

    @cached_property
    def ending(self) -> Ending:
        """How the run ends."""
        return Ending(self)

    async def ask_people(self, request: Request) -> Any:
        """Issue a request for approval and wait for what people decide."""
        self._asked += 1
        use = b"tarl.approval/1"
        if self.is_fork:  # what people decide about one run is not for those that share its seed
            use = length_prefixed(use, self.run.stream.encode())
        approval = self.derived_name(use, self._asked)
        request_json = checked(ApprovalId(self.run.tenant, approval), request).json
        future = self._approvals[approval] = self.create_future()
        body = b'{"approval":%b,"request":%b}' % (quote(approval), request_json)
        self._issue(Command(events.APPROVAL_REQUESTED, body))
        try:
            return await future
        finally:
            self._approvals.pop(approval, None)

    def continue_as_new(self, input: Any) -> NoReturn:
        """End this run and go on as the next one, with an empty history."""
        self.ending.continue_as_new(input, self._main)

    # --- asked for by what belongs to the execution

    def create_future(self) -> NumberedFuture:
        """A future of the run's loop."""
        return self._loop.create_future()

    def derived_name(self, use: bytes, number: int) -> str:
        """A name that follows from the run's seed: the same in every replay, and in a fork."""
        place = length_prefixed(use, self._seed, number.to_bytes(8, "big"))
        return sha256(place).hexdigest()[:16]

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run a handler beside the code; what it raises fails the run."""
        self._loop.create_task(self._watched(coroutine))

    def issue(self, kind: str, body: bytes, number: int = 0) -> None:
        """Record a command."""
        self._issue(Command(kind, body, number))

    def shelved(self, data: bytes) -> bytes:
        """What stands for a value in a body: itself, or a reference to a blob when it is large."""
        return self._shelve(data)

    def go_on_with(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Let this be the run's code from now on, as when it is being undone."""
        self._main = self._loop.create_task(coroutine, name="undo")
        self._run_ready()

    def uuid(self) -> UUID:
        """An identifier; see ``Draws.uuid``."""
        return self.draws.uuid(self._issued)

    def snapshot(self, state: Any) -> str:
        """Record the state at this point."""
        limit = self.limits.value_bytes_max
        state_json = encode_value(state, name="snapshot state", bytes_max=limit)
        snapshot_id = bodies.snapshot_id(
            self.run.workflow_id, issued=self._issued, state_json=state_json
        )
        body = bodies.snapshot_taken(snapshot_id, self._shelve(state_json))
        self._issue(Command(events.SNAPSHOT_TAKEN, body))
        return snapshot_id

    def patched(self, patch: str) -> bool:
        """Whether the run takes the new side of a patch; decided once and recorded."""
        decided = self._patched.get(patch)
        if decided is None:
            check_drawn(patch, chars_max=self.limits.name_chars_max)
            decided = patch in self._patches or not self.replaying
            self._patched[patch] = decided
            if decided:
                self._issue(Command(events.PATCH_MARKED, b'{"id":%b}' % encode(patch)))
        return decided

    @property
    def info(self) -> RunInfo:
        """Which run this is."""
        return RunInfo(run=self.run, workflow=self.workflow.name, is_replaying=self.replaying)

    # --- inside

    def _issue(self, command: Command) -> None:
        if self.closed:
            return
        if self._reading:
            raise Invalid(
                "a query or a validator only looks: it starts nothing and records nothing",
                code="context.read_only",
                next_step="do it in the workflow, or in the handler of an update",
            )
        self._issued += 1
        self.commands.append(command)

    def _shelve(self, data: bytes) -> bytes:
        with guard.suspended():  # the shelf may read the tenant's key
            return shelve(data, shelf=self._shelf, inline_bytes_max=self._inline_bytes_max)

    def _timer_set(self, timer: Timer, delay_s: float) -> None:
        delay_ms = max(1, round(delay_s * 1000))
        self._timers[timer.number] = timer
        body = b'{"delay_ms":%d,"timer":%d}' % (delay_ms, timer.number)
        command = Command(events.TIMER_STARTED, body, timer.number)
        command.delay_ms = delay_ms
        self._issue(command)

    def _timer_cancelled(self, timer: Timer) -> None:
        if self._timers.pop(timer.number, None) is not None:
            self.issue(events.TIMER_CANCELLED, b'{"timer":%d}' % timer.number, timer.number)

    def _run_ready(self) -> None:
        if self.closed:
            return
        if self._entered:
            self._loop.run_callbacks()
        else:
            guard.driving.add(thread := guard.get_ident())  # guard.enter, written out
            try:
                self._loop.run_ready()
            finally:
                guard.driving.discard(thread)
        main = self._main
        if self._fault is not None:
            fault, self._fault = self._fault, None
            self.ending.interrupt(type(fault).__name__, text_of(fault), main)
            self._run_ready()
        elif main is not None and main.done():
            self._end(self.ending.of(main))
        elif not self.waiting_steps and not self._timers and not self._waits_for_others():
            self._fail_deadlocked()

    def _waits_for_others(self) -> bool:
        others = self._approvals or self.children.open or self.mailbox.is_open
        return bool(others or self.ending.called_off)

    def _receive(self, deliver: Callable[..., object], *args: Any, at_ms: int) -> None:
        """Let what came in be seen inside the loop, where the code's own functions may be asked."""
        self.now_ms = at_ms
        self._loop.call_soon(self._safely, deliver, args)
        self._run_ready()

    def _safely(self, deliver: Callable[..., object], args: tuple[Any, ...]) -> None:
        try:
            deliver(*args)
        except Exception as error:
            self._fault = self._fault or error

    async def _watched(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            await coroutine
        except Exception as error:
            self._fault = self._fault or error

    @contextmanager
    def _looking(self) -> Iterator[None]:
        with Running(self._loop):
            guard.enter()
            self._reading = True
            try:
                yield
            finally:
                self._reading = False
                guard.exit()

    def read(self, data: bytes, declared: Any = Any) -> Any:
        """The JSON value that a body holds, or that it refers to."""
        return decode_value(unshelve(data, shelf=self._shelf), declared)

    def _end(self, is_closed: bool) -> None:
        if is_closed:
            self.stop()

    def _fail_deadlocked(self) -> None:
        # Without line numbers: the text is recorded, and must come out the same when lines move.
        names = [place.rpartition(":")[0] for place in reversed(self.where())]
        places = " < ".join(names) or "nowhere"
        message = f"the code waits for what no event can bring, at {places}"
        self._end(self.ending.fail("Deadlock", message))
