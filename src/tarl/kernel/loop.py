"""The deterministic event loop: one run's coroutines, first in first out, with no world attached.

Invariants:
1. Callbacks run in the order in which they were scheduled; nothing else decides order.
2. Tasks and futures hash by their number of creation, so that sets of them iterate the same way in
   every process (``asyncio.wait``, ``as_completed`` and ``TaskGroup`` keep sets).
3. ``time()`` is virtual: it starts at 0 and moves only when a timer that is set in it fires.
4. Whatever else of asyncio would let the world in raises by its name.

``run_ready`` drives the loop until nothing is ready; the world's answers come in between.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from tarl.errors import NondeterminismError
from tarl.kernel import guard

_get_running_loop, _set_running_loop = events._get_running_loop, events._set_running_loop

_TASKS_KEPT = 64
"""Finished tasks are let go of when the list has doubled since the last time, at least this
long.
"""

_CLOSINGS_MAX = 100
"""Code that waits again while it is being closed is closed again so many times."""

_WINDING_UP_MAX = 100_000
"""Callbacks that cancelled tasks may take to clean up, before they are closed where they are."""

_ADVICE = "move it into an @activity and await ctx.call(...)"


def _same_task(loop: Any, task: Any) -> None:
    """Before Python 3.14 each loop has a current task of its own: nothing has to stand aside."""


_swap_task: Callable[[Any, Any], Any] = (
    getattr(asyncio.tasks, "_swap_current_task", _same_task)
    if sys.version_info >= (3, 14)
    else _same_task
)


class _Ready(msgspec.Struct, eq=False):
    """A scheduled callback."""

    callback: Callable[..., object]
    args: tuple[Any, ...]
    context: Context
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled


class Timer(asyncio.TimerHandle):
    """A durable timer: the loop names it by its number; the world says when it fires."""

    __slots__ = ("fired", "number")

    number: int
    fired: bool


class NumberedFuture(asyncio.Future[Any]):
    """A future that hashes by its number of creation."""

    __slots__ = ("number",)

    number: int

    def __hash__(self) -> int:
        return self.number


class NumberedTask(asyncio.Task[Any]):
    """A task that hashes by its number of creation."""

    number = 0
    winds_up = False

    def __init__(self, coro: Any, *, loop: DeterministicLoop, **options: Any) -> None:
        loop.created += 1
        self.number = loop.created
        self.winds_up = _winds_up.get()
        if options.get("name") is None:
            options["name"] = f"task-{loop.created}"
        super().__init__(coro, loop=loop, **options)

    def __hash__(self) -> int:
        return self.number


_winds_up: ContextVar[bool] = ContextVar("tarl_winds_up", default=False)


@contextmanager
def winding_up() -> Iterator[None]:
    """Let tasks that are begun inside be cancelled, and clean up, when their run is let go of.

    Others are closed where they wait, and see nothing of it. This is for libraries whose
    asynchronous generators must wait to be closed; what they still ask of the run goes nowhere.
    """
    token = _winds_up.set(True)
    try:
        yield
    finally:
        _winds_up.reset(token)


def _close(coroutine: Any) -> None:
    for _ in range(_CLOSINGS_MAX):
        try:
            coroutine.close()
            return
        except (Exception, asyncio.CancelledError, SystemExit):
            continue  # its own clean-up failed, or waits again


def _forbidden(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise NondeterminismError(
            f"asyncio's {name}() would let the world into a workflow",
            code="guard.asyncio",
            next_step=_ADVICE,
            call=name,
        )

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


if TYPE_CHECKING:
    _WorldlessLoop = asyncio.BaseEventLoop
else:
    _WorldlessLoop = type(
        "_WorldlessLoop",
        (asyncio.AbstractEventLoop,),
        {
            name: _forbidden(name)
            for name, value in vars(asyncio.AbstractEventLoop).items()
            if callable(value) and not name.startswith("_")
        },
    )


class Running:
    """The loop as the thread's running one, for one turn or for many.

    The real loop and its task stand aside meanwhile.
    """

    __slots__ = ("_hooks", "_loop", "_outer", "_outer_task")

    def __init__(self, loop: DeterministicLoop) -> None:
        self._loop = loop

    def __enter__(self) -> None:
        self._outer = events._get_running_loop()
        self._outer_task = None if self._outer is None else _swap_task(self._outer, None)
        self._hooks = sys.get_asyncgen_hooks()
        events._set_running_loop(self._loop)
        sys.set_asyncgen_hooks(None, None)

    def __exit__(self, *error: object) -> None:
        sys.set_asyncgen_hooks(*self._hooks)
        events._set_running_loop(self._outer)
        if self._outer_task is not None:
            _swap_task(self._outer, self._outer_task)


class DeterministicLoop(_WorldlessLoop):
    """An event loop without input or output of its own.

    Args:
        on_timer: Told of each timer that is set, with its delay in seconds.
        on_timer_cancelled: Told of each timer that is cancelled before it fired.
    """

    def __init__(
        self,
        *,
        on_timer: Callable[[Timer, float], None],
        on_timer_cancelled: Callable[[Timer], None],
    ) -> None:
        self.created = 0
        self._ready: deque[_Ready] = deque()
        self._now_s = 0.0
        self._on_timer = on_timer
        self._on_timer_cancelled = on_timer_cancelled
        self._timers = 0
        self._closed = False
        self._tasks: list[NumberedTask] = []
        self._tasks_kept = _TASKS_KEPT

    # --- what asyncio needs

    def call_soon(  # type: ignore[override]  # fewer options than asyncio has
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> _Ready:
        ready = _Ready(callback, args, copy_context() if context is None else context)
        if not self._closed:
            self._ready.append(ready)
        return ready

    def call_later(  # type: ignore[override]  # fewer options than asyncio has
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle | _Ready:
        if delay <= 0 or self._closed:
            return self.call_soon(callback, *args, context=context)
        return self._set_timer(delay, callback, args, context)

    def call_at(  # type: ignore[override]  # fewer options than asyncio has
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle | _Ready:
        return self.call_later(when - self._now_s, callback, *args, context=context)

    def time(self) -> float:
        return self._now_s

    def create_future(self) -> NumberedFuture:
        if self._closed:
            raise GeneratorExit  # a coroutine that is being closed waits for nothing any more
        future = NumberedFuture(loop=self)
        self.created += 1
        future.number = self.created
        return future

    def create_task(  # type: ignore[override]  # fewer options than asyncio has
        self, coro: Coroutine[Any, Any, Any], **options: Any
    ) -> NumberedTask:
        if self._closed:
            coro.close()
            raise GeneratorExit
        task = NumberedTask(coro, loop=self, **options)
        self._tasks.append(task)
        if len(self._tasks) > self._tasks_kept:
            self._tasks = self.open_tasks()
            self._tasks_kept = max(_TASKS_KEPT, 2 * len(self._tasks))
        return task

    def run_in_executor(  # type: ignore[override]  # fewer options than asyncio has
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Refused, but for a library that computes at once what it would give to a thread
        (``guard.answering``).
        """
        at_once = guard.answer_for("asyncio.run_in_executor()")
        if at_once is None:
            return super().run_in_executor(executor, func, *args)
        future = self.create_future()
        try:
            future.set_result(at_once(func, *args))
        except Exception as error:
            future.set_exception(error)
        return future

    def get_debug(self) -> bool:
        return False

    def get_task_factory(self) -> None:
        """There is none: libraries ask, to see how tasks begin."""

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Close the coroutines that still wait, or they would run when memory is freed."""
        outer = events._get_running_loop()
        events._set_running_loop(self)
        try:
            waiting = self.open_tasks()
            winding = [task for task in waiting if task.winds_up]
            self._close_all([task for task in waiting if not task.winds_up])
            if winding:
                self._wind_up(winding)
                self._close_all(self.open_tasks())
        finally:
            events._set_running_loop(outer)

    def _close_all(self, tasks: list[NumberedTask]) -> None:
        self._closed = True
        self._ready.clear()
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio has no other way
            _close(task.get_coro())

    def _wind_up(self, tasks: list[NumberedTask]) -> None:
        self._closed = False
        for task in tasks:
            task.cancel()
        for _ in range(_WINDING_UP_MAX):
            if not self._ready:
                break
            item = self._ready.popleft()
            with suppress(Exception, SystemExit):
                item.context.run(item.callback, *item.args)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Ignored: a task's error reaches whoever awaits it, and when it is collected is chance."""

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Ignored, as in ``call_exception_handler``."""

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        timer = handle
        if isinstance(timer, Timer) and not timer.fired:
            self._on_timer_cancelled(timer)

    # --- what the driver needs

    def run_ready(self) -> None:
        """Run callbacks until none is ready (``Running``, written out: it is entered at every
        outcome).
        """
        outer = _get_running_loop()
        outer_task = None if outer is None else _swap_task(outer, None)
        hooks = sys.get_asyncgen_hooks()
        _set_running_loop(self)
        sys.set_asyncgen_hooks(None, None)
        try:
            self.run_callbacks()
        finally:
            sys.set_asyncgen_hooks(*hooks)
            _set_running_loop(outer)
            if outer_task is not None:
                _swap_task(outer, outer_task)

    def run_callbacks(self) -> None:
        """What ``run_ready`` does, where the loop is the running one already."""
        ready = self._ready
        while ready:
            item = ready.popleft()
            if not item.is_cancelled:
                try:
                    item.context.run(item.callback, *item.args)
                except (Exception, SystemExit) as error:
                    self.call_exception_handler({"exception": error})

    def call_next(self, callback: Callable[..., object], *args: Any) -> None:
        """Call it as soon as what runs now has come to its next wait, before all that is ready."""
        self._ready.appendleft(_Ready(callback, args, copy_context()))

    def open_tasks(self) -> list[NumberedTask]:
        """The tasks that are not done, in the order of their creation."""
        return [task for task in self._tasks if not task.done()]

    def fire(self, timer: Timer) -> None:
        """Let a timer's callback become ready and move the virtual clock to its deadline."""
        timer.fired = True
        self._now_s = max(self._now_s, timer.when())
        if not timer.cancelled():
            self._ready.append(_Ready(timer._run, (), copy_context()))

    def _set_timer(
        self,
        delay: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: Context | None,
    ) -> Timer:
        timer = Timer(self._now_s + delay, callback, args, self, context)
        self._timers += 1
        timer.number = self._timers
        timer.fired = False
        self._on_timer(timer, delay)
        return timer
