"""Those who wait for tasks to be over: told at once by this process, and soon by others."""

from __future__ import annotations

import asyncio

from tarl.errors import TarlError
from tarl.work.queue import asking
from tarl.work.queue.ledger import Ledger
from tarl.work.queue.task import TaskId

LOOK_S = 0.02
"""How often it is seen whether another process has committed anything."""


class Waiting:
    """Futures by task; what this process completes is told without a look into the journal."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._futures: dict[TaskId, list[asyncio.Future[bytes]]] = {}
        self._looking: asyncio.TimerHandle | None = None
        self._revision = -1

    async def outcome(self, task: TaskId) -> bytes:
        """The JSON of a task's result, once there is one.

        Raises:
            TarlError: why there will be none; see ``asking.outcome``.
        """
        if not self._ledger.is_new(task):
            record = self._ledger.store.get("task", *task)
            if record is None or record["status"] != "queued":
                data = asking.outcome(self._ledger, task)
                if data is not None:
                    return data
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._futures.setdefault(task, []).append(future)
        self._revision = -1  # it may be over by now, and no further commit may follow
        if self._looking is None:
            self._looking = self._loop.call_later(LOOK_S, self._look_again)
        return await future

    def completed(self, task: TaskId, result: bytes) -> None:
        """A task was completed here."""
        for future in self._futures.pop(task, ()):
            if not future.done():
                future.set_result(result)

    def look(self) -> None:
        """Something has happened here: see at the next look."""
        self._revision = -1

    def close(self, error: TarlError) -> None:
        """Tell all that wait that nobody looks any more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        for futures in self._futures.values():
            for future in futures:
                if not future.done():
                    future.set_exception(error)
        self._futures.clear()

    def _look_again(self) -> None:
        self._looking = None
        revision = self._ledger.store.revision()
        if revision != self._revision:
            self._revision = revision
            for task in list(self._futures):
                self._look_at(task)
        if self._futures:
            self._looking = self._loop.call_later(LOOK_S, self._look_again)

    def _look_at(self, task: TaskId) -> None:
        futures = [future for future in self._futures[task] if not future.done()]
        try:
            record = self._ledger.store.get("task", *task)
            if futures and record is not None and record["status"] == "queued":
                return
            data = asking.outcome(self._ledger, task) if futures else b""
        except TarlError as error:
            for future in futures:
                future.set_exception(error)
        else:
            if data is None:
                return
            for future in futures:
                future.set_result(data)
        del self._futures[task]
