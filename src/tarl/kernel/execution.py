"""One run's code under the deterministic loop: outcomes in, commands out, no world attached.

The driver (live or replaying) starts it, takes the commands it issues and delivers what the world
answered. Given the same seed, input and outcomes in the same order, it issues the same commands
with the same bytes; that is all that replay relies on.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import msgspec

from tarl.errors import (
    ActivityFailed,
    Corrupt,
    Denied,
    Exceeded,
    Invalid,
    TarlError,
)
from tarl.kernel import events, guard
from tarl.kernel.arguments import encode_arguments, encode_keywords, encode_scalars, read_arguments
from tarl.kernel.context import Context, RunInfo
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.limits import Limits
from tarl.kernel.loop import DeterministicLoop, NumberedFuture, Running, Timer
from tarl.kernel.payload import decode_value, encode_value
from tarl.kernel.values import Shelf, shelve, unshelve
from tarl.values.canonical import encode
from tarl.values.digest import length_prefixed
from tarl.values.ids import RunId


class Command(msgspec.Struct, eq=False):
    """Something the workflow's code decided: an event to record and, for some, work to begin.

    ``number`` is the step's or timer's own. ``activity`` and the arguments are set for steps,
    ``delay_ms`` for timers.
    """

    kind: str
    body: bytes
    number: int = 0
    activity: Activity[..., Any] | None = None
    args: tuple[Any, ...] = ()
    args_json: bytes | None = None
    kwargs_json: bytes = b"{}"
    delay_ms: int = 0

    def arguments(self) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """The arguments as the activity receives them: read back from their recorded bytes."""
        assert self.activity is not None
        if self.args_json is None:
            return self.args, {}
        return read_arguments(self.activity, self.args_json, self.kwargs_json)


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
        self._randoms: dict[str, random.Random] = {}
        self._issued = 0
        self._uuids = 0
        self._step = 0
        self._steps: dict[int, tuple[NumberedFuture, Activity[..., Any]]] = {}
        self._timers: dict[int, Timer] = {}
        self._main: asyncio.Task[Any] | None = None
        self._entered = False
        self._loop = DeterministicLoop(
            on_timer=self._timer_set, on_timer_cancelled=self._timer_cancelled
        )
        self.context = Context(self)

    # --- driven by the engine

    def begin(self, input_json: bytes | None, *, at_ms: int) -> None:
        """Start the workflow's coroutine with its recorded input, and run it until it waits."""
        self.now_ms = at_ms
        workflow = self.workflow
        if input_json is not None and not workflow.leaves_out(input_json):
            value = decode_value(unshelve(input_json, shelf=self._shelf), workflow.input_type)
            coroutine = workflow.fn(self.context, value)
        else:
            coroutine = workflow.fn(self.context)
        self._main = self._loop.create_task(coroutine, name="main")
        self._run_ready()

    def complete_step(self, step: int, value: Any, *, at_ms: int) -> None:
        """Deliver a step's result, already of its declared type."""
        self.now_ms = at_ms
        waiting = self._steps.pop(step, None)
        if waiting is not None and not waiting[0].done():
            waiting[0].set_result(value)
            self._run_ready()

    def complete_step_json(self, step: int, result: bytes, *, at_ms: int) -> None:
        """Deliver a step's recorded result."""
        self.now_ms = at_ms
        waiting = self._steps.pop(step, None)
        if waiting is not None and not waiting[0].done():
            data = unshelve(result, shelf=self._shelf)
            waiting[0].set_result(decode_value(data, waiting[1].result_type))
            self._run_ready()

    def fail_step(self, step: int, error: TarlError, *, at_ms: int) -> None:
        """Deliver a step's failure: ``ActivityFailed``, ``Denied`` or ``UnknownOutcome``."""
        self.now_ms = at_ms
        waiting = self._steps.pop(step, None)
        if waiting is not None and not waiting[0].done():
            waiting[0].set_exception(error)
            self._run_ready()

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

    def is_waiting_for_step(self, step: int) -> bool:
        """Whether the step was issued and has neither an outcome nor been cancelled."""
        return step in self._steps

    def is_waiting_for_timer(self, number: int) -> bool:
        """Whether the timer was set and has neither fired nor been cancelled."""
        return number in self._timers

    def where(self) -> list[str]:
        """Where the code waits: ``function:line`` from the outermost frame in, main task first."""
        tasks = self._loop.open_tasks()
        return [place for task in tasks for place, _ in _frames(task.get_coro())]

    def frames(self) -> list[tuple[str, dict[str, Any]]]:
        """The frames that wait, with their local variables, in the order of ``where``."""
        tasks = self._loop.open_tasks()
        return [frame for task in tasks for frame in _frames(task.get_coro())]

    def stop(self) -> None:
        """Let go of the coroutines; nothing they still do reaches the world."""
        if not self.closed:
            self.closed = True
            self._loop.close()

    # --- asked for by the context

    async def call(
        self, activity: Activity[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Issue a step and wait for its outcome."""
        if self.closed:
            raise GeneratorExit  # this coroutine is being closed
        command = self._step_command(activity, args, kwargs)
        step = command.number
        future = self._loop.create_future()
        self._steps[step] = future, activity
        self._issue(command)
        try:
            return await future
        except asyncio.CancelledError:
            if self._steps.pop(step, None) is not None:
                self._issue(Command(events.STEP_CANCELLED, b'{"step":%d}' % step, step))
            raise

    def random(self, name: str) -> random.Random:
        """The run's random stream of a name."""
        stream = self._randoms.get(name)
        if stream is None:
            self._check_name(name)
            key = sha256(length_prefixed(b"tarl.random/1", self._seed, name.encode())).digest()
            stream = self._randoms[name] = random.Random(int.from_bytes(key, "big"))
        return stream

    def uuid(self) -> uuid.UUID:
        """An identifier that depends on the commands issued so far and on nothing after them."""
        self._uuids += 1
        place = (self._issued.to_bytes(8, "big"), self._uuids.to_bytes(8, "big"))
        key = sha256(length_prefixed(b"tarl.uuid/1", self._seed, *place)).digest()
        return uuid.UUID(bytes=key[:16], version=5)

    def snapshot(self, state: Any) -> str:
        """Record the state at this point."""
        state_json = encode_value(
            state, name="snapshot state", bytes_max=self.limits.value_bytes_max
        )
        snapshot_id = events.snapshot_id(
            self.run.workflow_id, issued=self._issued, state_json=state_json
        )
        body = events.snapshot_taken(snapshot_id, self._shelve(state_json))
        self._issue(Command(events.SNAPSHOT_TAKEN, body))
        return snapshot_id

    def patched(self, patch: str) -> bool:
        """Whether the run takes the new side of a patch; decided once and recorded."""
        decided = self._patched.get(patch)
        if decided is None:
            self._check_name(patch)
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
        self._issued += 1
        self._uuids = 0
        self.commands.append(command)

    def _step_command(
        self, activity: Activity[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Command:
        if not isinstance(activity, Activity):
            raise Invalid(
                f"{getattr(activity, '__qualname__', activity)!r} is not an activity",
                code="step.not_an_activity",
                next_step="decorate the function with @activity",
            )
        if activity.needs:
            self._check_manifest(activity)
        limit = self.limits.value_bytes_max
        scalars_json = encode_scalars(args)
        if scalars_json is not None and len(scalars_json) <= limit:
            args_json = scalars_json
        else:
            args_json = encode_arguments(activity, args, bytes_max=limit)
        kwargs_json = None
        if kwargs:
            kwargs_json = encode_keywords(activity, kwargs, bytes_max=limit)
        step = self._step = self._step + 1
        held = args_json if len(args_json) <= self._inline_bytes_max else self._shelve(args_json)
        start, end = activity.scheduled_parts
        if kwargs_json is None:
            body = b"%b%b%b%d}" % (start, held, end, step)
        else:
            body = b'%b%b,"kwargs":%b%b%d}' % (start, held, self._shelve(kwargs_json), end, step)
        command = Command(events.STEP_SCHEDULED, body, step, activity, args)
        if kwargs_json is not None:
            command.kwargs_json = kwargs_json
            command.args_json = args_json
        elif scalars_json is None:
            command.args_json = args_json
        return command

    def _shelve(self, data: bytes) -> bytes:
        with guard.suspended():  # the shelf may read the tenant's key
            return shelve(data, shelf=self._shelf, inline_bytes_max=self._inline_bytes_max)

    def _check_manifest(self, activity: Activity[..., Any]) -> None:
        manifest = self.workflow.capabilities
        if manifest is None or not activity.needs:
            return
        outside = sorted(n for n in activity.needs if not covers(manifest, n))
        if outside:
            raise Denied(
                f"{activity.name} needs {', '.join(outside)},"
                f" which the manifest of {self.workflow.name} does not hold",
                code="manifest.outside",
                next_step="add the capability to @workflow(capabilities=...)",
                activity=activity.name,
                needs=outside,
            )

    def _check_name(self, name: str) -> None:
        if not isinstance(name, str) or not 0 < len(name) <= self.limits.name_chars_max:
            raise Invalid(f"{name!r} is no name", code="context.name")

    def _timer_set(self, timer: Timer, delay_s: float) -> None:
        delay_ms = max(1, round(delay_s * 1000))
        self._timers[timer.number] = timer
        body = b'{"delay_ms":%d,"timer":%d}' % (delay_ms, timer.number)
        command = Command(events.TIMER_STARTED, body, timer.number)
        command.delay_ms = delay_ms
        self._issue(command)

    def _timer_cancelled(self, timer: Timer) -> None:
        if self._timers.pop(timer.number, None) is not None:
            body = b'{"timer":%d}' % timer.number
            self._issue(Command(events.TIMER_CANCELLED, body, timer.number))

    def _run_ready(self) -> None:
        if self.closed:
            return
        if self._entered:
            self._loop.run_callbacks()
        else:
            guard.enter()
            try:
                self._loop.run_ready()
            finally:
                guard.exit()
        main = self._main
        if main is not None and main.done():
            self._finish(main)
        elif not self._steps and not self._timers:
            self._fail_deadlocked()

    def _finish(self, main: asyncio.Task[Any]) -> None:
        error = None if main.cancelled() else main.exception()
        if isinstance(error, Corrupt):
            self.defect = error
        elif main.cancelled():
            self._close_failed("CancelledError", "the workflow cancelled itself")
        elif error is not None:
            self._close_failed(_type_of(error), text_of(error))
        else:
            self._close_completed(main.result())
        self.stop()

    def _close_completed(self, result: Any) -> None:
        try:
            data = encode_value(
                result,
                name=f"the result of {self.workflow.name}",
                declared=self.workflow.result_type,
                bytes_max=self.limits.value_bytes_max,
            )
            held = self._shelve(data)
        except (Invalid, Exceeded) as error:
            self._close_failed(type(error).__name__, error.message)
            return
        self._issue(Command(events.RUN_COMPLETED, b'{"result":%b}' % held))

    def _close_failed(self, error_type: str, message: str) -> None:
        message = events.printable(message)
        error_id = sha256(f"{self.run.workflow_id}:{message}".encode()).hexdigest()
        record = events.ErrorRecord(type=error_type, message=message, id=error_id)
        self._issue(Command(events.RUN_FAILED, b'{"error":%b}' % events.error_json(record)))

    def _fail_deadlocked(self) -> None:
        # Without line numbers: the text is recorded, and must come out the same when lines move.
        names = [place.rpartition(":")[0] for place in reversed(self.where())]
        places = " < ".join(names) or "nowhere"
        self._close_failed("Deadlock", f"the code waits for what no event can bring, at {places}")
        self.stop()


def covers(manifest: frozenset[str], need: str) -> bool:
    """Whether a manifest holds a capability, by its name or by a ``prefix.*`` of it."""
    if need in manifest or "*" in manifest:
        return True
    parts = need.split(".")
    return any(".".join(parts[:i]) + ".*" in manifest for i in range(1, len(parts)))


def step_error(error: events.ErrorRecord, *, activity: str) -> ActivityFailed:
    """The exception that a recorded failure raises inside the workflow."""
    return ActivityFailed(error.message, type=error.type, activity=activity)


def text_of(error: BaseException) -> str:
    """What an error says of itself, even if saying it fails."""
    try:
        return str(error)
    except Exception:
        return f"a {type(error).__name__} that cannot be printed"


def _type_of(error: BaseException) -> str:
    return error.type if isinstance(error, ActivityFailed) else type(error).__name__


def _frames(coroutine: Any) -> Any:
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is None:
            return
        if "/tarl/kernel/" not in frame.f_code.co_filename.replace("\\", "/"):
            yield f"{frame.f_code.co_qualname}:{frame.f_lineno}", dict(frame.f_locals)
        coroutine = getattr(coroutine, "cr_await", None)
