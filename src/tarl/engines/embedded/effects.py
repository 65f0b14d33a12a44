"""Effects under way: started without waiting for a turn of the loop, and only so many at once."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_current_tasks: Mapping[Any, Any] = getattr(asyncio.tasks, "_current_tasks", {})
"""What ``asyncio.current_task`` looks into, without the call."""


class Effects:
    """Lets so many effects be under way at once; the others begin in the order in which they came.

    What waits is bounded by what the runs' histories may hold.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, together_max: int) -> None:
        self._loop = loop
        self._free = self._room = together_max
        self._waiting: deque[tuple[Callable[[Any], None], Any]] = deque()

    @property
    def under_way(self) -> int:
        """How many are under way."""
        return self._room - self._free

    @property
    def waiting(self) -> int:
        """How many wait for room."""
        return len(self._waiting)

    def begin(self, start: Callable[[T], None], effect: T) -> None:
        """Start now, or when there is room. ``start`` may find that nobody wants it any more."""
        if self._free > 0:
            start(effect)
        else:
            self._waiting.append((start, effect))

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """A task that has already run to its first wait: a short effect costs no turn of the loop.

        Called from inside a task, as when a run is reopened, it begins with the loop's next turn on
        Python 3.11, which cannot enter one task from another.
        """
        self._free -= 1
        if sys.version_info >= (3, 12):
            return asyncio.Task(coroutine, loop=self._loop, name=name, eager_start=True)
        task = asyncio.Task(coroutine, loop=self._loop, name=name)
        ready = getattr(self._loop, "_ready", None)
        if ready and self._loop not in _current_tasks:
            ready.pop()._run()
        return task

    def ended(self) -> None:
        """One that was spawned is over."""
        self._free += 1
        if self._waiting:
            self._loop.call_soon(self._next)

    def _next(self) -> None:
        while self._waiting and self._free > 0:
            start, effect = self._waiting.popleft()
            start(effect)
