"""Agents that have their turns at the same time, in one session.

1. At most ``together_max`` turns are under way; what waits begins in the order in which it came,
   and only when the pattern asks for the next answer.
2. Nobody is left behind: what still runs when the block is left is withdrawn, and the block waits
   until it has ended.
3. The first error leaves the block, and a refusal of authority before every other: what happens to
   the others cannot hide it.
4. When a turn is not allowed to begin (``Stopped``), nothing begins any more; what runs may end,
   and ``Stopped`` comes after the last answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Generic, TypeVar

from tarl.agents.session import Stopped
from tarl.agents.spending import Budget
from tarl.errors import Corrupt, Denied, Invalid

K = TypeVar("K")
R = TypeVar("R")

TOGETHER_MAX = 100
"""Turns under way at one time: more would wait for each other at the provider anyway."""


class Crew(Generic[K, R]):
    """Moves that run together; iterating gives each one's key and result, in the order of ending.

    Args:
        together_max: How many may be under way.

    Raises:
        Invalid: fewer than one (``agents.together``).
    """

    def __init__(self, together_max: int = TOGETHER_MAX) -> None:
        if together_max < 1:
            raise Invalid(
                f"{together_max} agents at a time would do nothing",
                code="agents.together",
                next_step="let together_max be at least 1",
            )
        self._together_max = together_max
        self._waiting: deque[tuple[K, Callable[[], Coroutine[Any, Any, R]]]] = deque()
        self._open: dict[asyncio.Task[R], K] = {}
        self._ended: deque[asyncio.Task[R]] = deque()
        self._wanted: asyncio.Future[None] | None = None
        self._stop: Stopped | None = None

    def begin(self, key: K, move: Callable[[], Coroutine[Any, Any, R]]) -> None:
        """Let a move be made as soon as there is room; never, once they were stopped."""
        if self._stop is None:
            self._waiting.append((key, move))

    async def __aenter__(self) -> Crew[K, R]:
        return self

    def __aiter__(self) -> Crew[K, R]:
        return self

    async def __anext__(self) -> tuple[K, R]:
        while True:
            self._fill()
            if not self._open:
                if self._stop is not None:
                    raise self._stop
                raise StopAsyncIteration
            while not self._ended:
                self._wanted = asyncio.get_running_loop().create_future()
                await self._wanted
            task = self._ended.popleft()
            key = self._open.pop(task)
            try:
                return key, task.result()
            except Stopped as stop:
                self._stop = self._stop or stop
                self._waiting.clear()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._waiting.clear()
        left = list(self._open)
        if kind is GeneratorExit or not left:
            return
        for task in left:
            task.cancel()
        await _all_ended(left)
        refusals = [_error_of(task) for task in left]
        refusal = next((found for found in refusals if isinstance(found, Denied | Corrupt)), None)
        goes_first = kind is None or (issubclass(kind, Exception) and not issubclass(kind, Denied))
        if refusal is not None and goes_first:
            raise refusal

    def _fill(self) -> None:
        while self._waiting and len(self._open) < self._together_max:
            key, move = self._waiting.popleft()
            task = asyncio.create_task(move())
            self._open[task] = key
            task.add_done_callback(self._note)

    def _note(self, task: asyncio.Task[R]) -> None:
        self._ended.append(task)
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)


async def _all_ended(tasks: list[asyncio.Task[Any]]) -> None:
    """Wait for all; who is cancelled meanwhile still waits, and is cancelled then."""
    cancelled: asyncio.CancelledError | None = None
    while any(not task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled is not None:
        raise cancelled


def _error_of(task: asyncio.Task[Any]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def even_shares(budget: Budget, parts: int) -> tuple[Budget, ...]:
    """A budget in equal parts, whose sum is the whole; the first ones get what does not divide."""

    def part(bound: int | None, index: int) -> int | None:
        return None if bound is None else bound // parts + (index < bound % parts)

    return tuple(
        Budget(
            tokens=part(budget.tokens, index),
            cost_micro=part(budget.cost_micro, index),
            model_calls=part(budget.model_calls, index),
            tool_calls=part(budget.tool_calls, index),
            time_ms=budget.time_ms,
        )
        for index in range(parts)
    )
