"""Workers that carry out a queue's tasks in the running event loop: ``tarl.work.workers``."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from tarl.integrations.orchestration_extended.place import drawn
from tarl.integrations.orchestration_extended.refusals import BadValue, translated
from tarl.integrations.orchestration_extended.task import Handler, Task
from tarl.integrations.orchestration_extended.tasks import TaskQueue, bounds_of
from tarl.journal.store import Store
from tarl.kernel.definition import Activity
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers import pool as room
from tarl.work.workers.attempt import current_attempt
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import WorkerOptions

WORKERS_MAX = 1_000
"""More workers in one loop only wait for one another."""


class WorkerPool:
    """Carries out the tasks whose types have a handler here; others are left to other pools.

    Args:
        queue: Where its tasks come from.
        worker_count: Workers, each with one task at a time.
        handlers: What carries out which task type: a function of a ``Task``, async or in a thread.
            It may be called again for the same task after a crash (``Task.fence`` tells).
        lease_duration: Seconds after which a worker that died loses its task.
        capabilities: What the workers have, for tasks that ask for it.
    """

    def __init__(
        self,
        queue: TaskQueue,
        worker_count: int = 4,
        handlers: Mapping[str, Handler] | None = None,
        *,
        lease_duration: float = 30,
        capabilities: frozenset[str] | set[str] = frozenset(),
    ) -> None:
        if type(worker_count) is not int or not 1 <= worker_count <= WORKERS_MAX:
            raise BadValue(
                f"{worker_count!r} is no number of workers",
                code="worker.options",
                next_step=f"a whole number from 1 to {WORKERS_MAX}",
            )
        self.queue = queue
        self.worker_count = worker_count
        self._name = drawn("pool")
        self._lease_ms = round(lease_duration * 1_000)
        self._capabilities = frozenset(capabilities)
        self._handlers: dict[str, Handler] = {}
        self._store: Store | None = None
        self._room: room.WorkerPool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turning = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None
        for task_type, handler in (handlers or {}).items():
            self.register_handler(task_type, handler)

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped, in a loop that is still there."""
        return self._room is not None and self._loop is not None and not self._loop.is_closed()

    def register_handler(self, task_type: str, handler: Handler) -> Handler:
        """Let the pool carry out a type of task; a running pool does so from now on.

        Raises:
            BadValue: a name that cannot be one, or nothing that can be called.
        """
        if not callable(handler):
            raise BadValue(f"{handler!r} is no function", code="handler.type")
        with translated():
            self._activity(task_type, handler)
        self._handlers[task_type] = handler
        if self.running and (self._renewing is None or self._renewing.done()):
            self._renewing = asyncio.get_running_loop().create_task(self._renew())
        return handler

    def handler(self, task_type: str) -> Callable[[Handler], Handler]:
        """Decorate a function as the handler of a task type."""
        return lambda fn: self.register_handler(task_type, fn)

    async def start(self) -> None:
        """Begin to work; nothing happens if it does already."""
        if not self.running:
            self._forget()
        async with self._turning:
            await self._begin()

    async def stop(self) -> None:
        """Finish what is under way, and end; nothing happens if it does not work."""
        async with self._turning:
            await self._end()

    def get_metrics(self) -> dict[str, Any]:
        """What this process's workers have counted, by name."""
        metrics = self.queue.place.metrics
        totals: dict[str, float] = {}
        for name, _, value in metrics.numbers():
            if name.startswith(("queue.", "worker")):
                totals[name] = totals.get(name, 0) + value
        return {**self.get_status(), **totals}

    def get_status(self) -> dict[str, Any]:
        """How many workers it has, and whether they work."""
        return {"workers": self.worker_count, "running": self.running}

    # --- inside

    def _forget(self) -> None:
        """Leave behind what ended with its loop; what its workers held is given to others."""
        if self._loop is not asyncio.get_running_loop():
            self._turning = asyncio.Lock()  # it belongs to the loop in which it was waited for
            self._room, self._loop = None, asyncio.get_running_loop()
            if self._store is not None:
                self._store.close()
                self._store = None

    async def _begin(self) -> None:
        if self._room is not None:
            return
        place = self.queue.place
        with translated():
            store = place.ledger.another()
            self._store = None if store is place.ledger.store else store
            queue = AsyncTaskQueue(
                store,
                self.queue.name,
                clock=place.clock,
                draw_id=lambda: drawn("task"),
                bounds=bounds_of(place, store),
                metrics=place.metrics,
            )
            options = WorkerOptions(
                name=self._name,
                concurrency=1,
                capabilities=self._capabilities,
                lease_ttl_ms=self._lease_ms,
            )
            known = [self._activity(name, fn) for name, fn in self._handlers.items()]
            self._room = room.WorkerPool(
                queue, Handlers(known), options, worker_count=self.worker_count
            )
        await self._room.start()
        await asyncio.sleep(0)

    async def _end(self) -> None:
        if self._room is None:
            return
        ending, self._room = self._room, None
        try:
            await ending.stop()
        finally:
            if self._store is not None:
                self._store.close()
                self._store = None

    async def _renew(self) -> None:
        async with self._turning:
            if self._room is not None:
                await self._end()
                await self._begin()

    def _activity(self, task_type: str, handler: Handler) -> Activity[..., Any]:
        """A handler as the workers know it: it gets the task instead of the bare payload."""

        def task() -> Task:
            attempt = current_attempt()
            assert attempt is not None  # only a worker calls it
            return self.queue.get_task(attempt.task.id, namespace=attempt.task.tenant)

        async def carry_out_async(payload: Any) -> Any:
            return await handler(task())

        def carry_out(payload: Any) -> Any:
            return handler(task())

        call = handler if inspect.isroutine(handler) else type(handler).__call__
        is_async = inspect.iscoroutinefunction(call)
        return Activity(carry_out_async if is_async else carry_out, name=task_type)
