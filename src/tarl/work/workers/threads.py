"""Threads for synchronous handlers: made when they are needed, and left alone when they hang.

A thread cannot be stopped. One whose caller has gone is abandoned: what it returns is dropped, and
it serves again if it ever comes back. Threads are daemons, so that one that hangs does not keep the
process from ending.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class _Job:
    """One call: who waits for it, and what comes of it."""

    def __init__(self, fn: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.fn = fn
        self.context = contextvars.copy_context()
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()


class Threads:
    """As many threads as there are calls at once; their number is bounded by the worker's
    concurrency and by ``abandoned``, which the worker watches.
    """

    def __init__(self) -> None:
        self.abandoned = 0
        self._idle: list[SimpleQueue[_Job | None]] = []

    async def run(self, fn: Callable[[], T]) -> T:
        """Call a function in a thread, in the caller's context.

        A caller that is cancelled leaves the thread behind.
        """
        loop = asyncio.get_running_loop()
        job = _Job(fn, loop)
        box = self._idle.pop() if self._idle else self._begin()
        job.future.add_done_callback(lambda future: self._settled(future, box))
        box.put(job)
        answer: T = await job.future
        return answer

    def close(self) -> None:
        """Let idle threads end."""
        for box in self._idle:
            box.put(None)
        self._idle.clear()

    def _begin(self) -> SimpleQueue[_Job | None]:
        box: SimpleQueue[_Job | None] = SimpleQueue()
        threading.Thread(target=self._serve, args=(box,), name="tarl-handler", daemon=True).start()
        return box

    def _settled(self, future: asyncio.Future[Any], box: SimpleQueue[_Job | None]) -> None:
        if future.cancelled():
            self.abandoned += 1
        else:
            self._idle.append(box)

    def _serve(self, box: SimpleQueue[_Job | None]) -> None:
        while True:
            job = box.get()
            if job is None:
                return
            result: Any = None
            error: BaseException | None = None
            try:
                result = job.context.run(job.fn)
            except BaseException as raised:
                error = raised
            try:
                job.loop.call_soon_threadsafe(self._answer, job, result, error, box)
            except RuntimeError:
                return  # the loop is closed: nobody waits for anything any more

    def _answer(
        self,
        job: _Job,
        result: Any,
        error: BaseException | None,
        box: SimpleQueue[_Job | None],
    ) -> None:
        if job.future.done():
            self.abandoned -= 1
            self._idle.append(box)
        elif error is None:
            job.future.set_result(result)
        elif isinstance(error, StopIteration) or not isinstance(error, Exception):
            # The loop would take these for its own.
            job.future.set_exception(RuntimeError(f"the handler raised {error!r}"))
        else:
            job.future.set_exception(error)
