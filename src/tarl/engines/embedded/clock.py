"""The wall clock, as a dependency that tests replace."""

from __future__ import annotations

from asyncio import AbstractEventLoop, BaseEventLoop
from collections.abc import Callable
from time import monotonic, time_ns  # the clocks themselves, which the guard does not ask about

from tarl.values.instants import Clock

__all__ = ["Clock", "SystemClock", "seconds_of"]


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z."""
        return time_ns() // 1_000_000


def seconds_of(loop: AbstractEventLoop) -> Callable[[], float]:
    """What a loop's ``time`` gives, from the clock itself where the loop does not have its own."""
    return monotonic if type(loop).time is BaseEventLoop.time else loop.time
