"""Time that jumps: when nobody is busy, the clock moves to the next timer at once.

    async def scenario() -> None:
        async with tarl.open(path, clock=clock) as runtime:
            await runtime.run(sleepy, id="one")     # sleeps for a day, takes a millisecond

    clock = JumpingClock()
    run(scenario(), clock=clock)

Somebody is busy while a thread works for the loop (``run_in_executor``): time stands still then.
After trio's ``MockClock``, which autojumps in the same way.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

R = TypeVar("R")

START_MS = 1_750_000_000_000
"""2025-06-15T15:06:40Z: where time begins unless told otherwise."""

_RESOLUTION_S = 1e-6


class Stalled(Exception):
    """Nothing is ready, no timer is set and no thread works: this loop would wait for ever."""


class JumpingClock:
    """Wall clock and monotonic clock of a test, moved by the loop and by hand.

    Args:
        start_ms: UTC in milliseconds.
    """

    def __init__(self, *, start_ms: int = START_MS) -> None:
        self.elapsed_s = 0.0
        self._start_ms = start_ms

    def now_ms(self) -> int:
        """UTC in integer milliseconds."""
        return self._start_ms + int(self.elapsed_s * 1000 + _RESOLUTION_S)

    def advance(self, seconds: float) -> None:
        """Let time pass, as while a process is down."""
        self.elapsed_s += seconds

    def set_wall(self, now_ms: int) -> None:
        """Set the wall clock alone, forward or back, as an administrator might."""
        self._start_ms += now_ms - self.now_ms()


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop on a ``JumpingClock``.

    Raises:
        Stalled: from ``run_until_complete``, instead of waiting for ever.
    """

    jumps = True

    def __init__(self, clock: JumpingClock) -> None:
        self.clock = clock
        self._busy = 0
        super().__init__(_JumpingSelector(self))
        self._clock_resolution = _RESOLUTION_S

    def time(self) -> float:
        """Seconds that have passed on the clock."""
        return self.clock.elapsed_s

    @property
    def is_busy(self) -> bool:
        """Whether a thread works for this loop."""
        return self._busy > 0

    def run_in_executor(  # type: ignore[override]  # a future that others end
        self, executor: Executor | None, func: Callable[..., R], *args: Any
    ) -> asyncio.Future[R]:
        """As in asyncio; time stands still until the thread has answered."""
        self._busy += 1
        future: asyncio.Future[R] = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """As in asyncio; time stands still until the threads have ended."""
        self._busy += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._busy -= 1

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._busy -= 1


class _JumpingSelector(selectors.DefaultSelector):
    """Waits by moving the clock, unless somebody is busy."""

    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._jumping_loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self._jumping_loop.is_busy:
            return super().select(None)
        if timeout is None:
            if len(self.get_map()) > 1:  # more than the loop's own waker
                return super().select(None)
            raise Stalled("nothing is ready, no timer is set and no thread works")
        self._jumping_loop.clock.advance(timeout)
        return []


def run(main: Coroutine[Any, Any, R], *, clock: JumpingClock | None = None) -> R:
    """Run a coroutine to its end on a jumping clock, as ``asyncio.run`` does on the real one."""
    jumping = clock or JumpingClock()
    with asyncio.Runner(loop_factory=lambda: JumpingLoop(jumping)) as runner:
        return runner.run(main)
