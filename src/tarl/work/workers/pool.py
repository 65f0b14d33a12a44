"""Several workers in one process: as tasks of one event loop, or each in a thread with its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers.handlers import Handlers
from tarl.work.workers.worker import Worker, WorkerOptions

OpenWorker = Callable[[str], AbstractAsyncContextManager[Worker]]
"""Opens a worker of this name, in the event loop that will run it, with a journal of its own."""


class WorkerPool:
    """Workers as tasks of the running loop; ``<name>-1``, ``<name>-2`` and so on.

    Args:
        queue: Where their tasks come from.
        handlers: What they can do.
        options: How each works; its name is the pool's.
        worker_count: How many there are.
    """

    def __init__(
        self,
        queue: AsyncTaskQueue,
        handlers: Handlers,
        options: WorkerOptions,
        *,
        worker_count: int = 4,
    ) -> None:
        self.worker_count = worker_count
        self._queue = queue
        self._handlers = handlers
        self._options = options
        self._workers: list[Worker] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return bool(self._tasks)

    def get_metrics(self) -> dict[str, int]:
        """The sums of its workers' metrics since it was started."""
        total = {"workers": len(self._workers)}
        for worker in self._workers:
            for name, value in worker.get_metrics().items():
                total[name] = total.get(name, 0) + value
        return total

    def get_status(self) -> dict[str, Any]:
        """Whether it serves, and how each worker stands."""
        return {
            "running": self.is_running,
            "workers": self.worker_count,
            "worker_list": [worker.get_status() for worker in self._workers],
        }

    async def start(self) -> None:
        """Begin to serve; nothing happens if it does already."""
        if self._tasks:
            return
        self._workers = [
            Worker(self._queue, self._handlers, _numbered(self._options, number + 1))
            for number in range(self.worker_count)
        ]
        self._tasks = [asyncio.create_task(worker.run()) for worker in self._workers]

    async def stop(self, *, drain: bool = True) -> None:
        """Let the workers finish what they hold, or give it back, and wait for them.

        Raises:
            TarlError: whatever ended a worker before.
        """
        for worker in self._workers:
            worker.drain() if drain else worker.stop()
        tasks, self._tasks, self._workers = self._tasks, [], []
        await asyncio.gather(*tasks)


class ThreadedWorkers:
    """Workers in threads, each with an event loop and a journal of its own.

    Args:
        open_worker: Makes one.
        name: They are ``<name>-1``, ``<name>-2`` and so on.
        worker_count: How many there are.
    """

    def __init__(self, open_worker: OpenWorker, *, name: str, worker_count: int = 4) -> None:
        self._open = open_worker
        self._names = [f"{name}-{number + 1}" for number in range(worker_count)]
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._live: dict[Worker, asyncio.AbstractEventLoop] = {}
        self._errors: list[BaseException] = []
        self._is_stopping = False

    def start(self) -> None:
        """Begin to serve."""
        self._is_stopping = False
        self._threads = [
            threading.Thread(target=self._serve, args=(name,), name=name, daemon=True)
            for name in self._names
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, *, drain: bool = True) -> None:
        """Let the workers finish what they hold, or give it back, and wait for them.

        Raises:
            BaseException: whatever ended a worker before.
        """
        with self._lock:
            self._is_stopping = True
            for worker, loop in self._live.items():
                loop.call_soon_threadsafe(worker.drain if drain else worker.stop)
        for thread in self._threads:
            thread.join()
        self._threads = []
        if self._errors:
            raise self._errors.pop()

    def _serve(self, name: str) -> None:
        try:
            asyncio.run(self._run(name))
        except BaseException as error:
            self._errors.append(error)

    async def _run(self, name: str) -> None:
        async with self._open(name) as worker:
            with self._lock:
                if self._is_stopping:
                    return
                self._live[worker] = asyncio.get_running_loop()
            try:
                await worker.run()
            finally:
                with self._lock:
                    del self._live[worker]


def _numbered(options: WorkerOptions, number: int) -> WorkerOptions:
    data = {name: getattr(options, name) for name in options.__struct_fields__}
    return WorkerOptions(**{**data, "name": f"{options.name}-{number}"})
