"""The queue for an event loop: what is asked for in one turn of the loop shares a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec

from tarl.errors import TarlError
from tarl.journal.grouping import GroupCommitter
from tarl.journal.store import Store
from tarl.kernel.bounds import Bounds, Unbounded
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.payload import encode_value
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.work.queue import asking, operating, status
from tarl.work.queue.ledger import Delivery, Ended, Ledger, Plan
from tarl.work.queue.merging import Merging
from tarl.work.queue.operating import WorkerCard
from tarl.work.queue.queue import LEASE_TTL_MS, failure_of
from tarl.work.queue.selection import Demand, Lease
from tarl.work.queue.shells import carry_out_together
from tarl.work.queue.task import DEFAULT_QUEUE, Offer, TaskId, task_id
from tarl.work.queue.waiting import Waiting

T = TypeVar("T")


class AsyncTaskQueue:
    """As ``TaskQueue``, for many callers at once in the loop that made it.

    Workers of the same loop hear of new tasks at once (``changed_since``); those of other processes
    see that the journal has changed.
    """

    def __init__(
        self,
        store: Store,
        name: str = DEFAULT_QUEUE,
        *,
        clock: Clock,
        draw_id: Callable[[], str],
        bounds: Bounds | None = None,
        metrics: Metrics | None = None,
        limits: Limits = DEFAULT_LIMITS,
        committer: GroupCommitter | None = None,
    ) -> None:
        self.name = name
        self.ledger = Ledger(
            store,
            clock=clock,
            bounds=bounds or Unbounded(),
            metrics=metrics or Unmeasured(),
            limits=limits,
        )
        self.changes = 0
        self._changed = asyncio.Event()
        self._committer = committer or GroupCommitter(cast(Store, Merging(store)))
        self._draw_id = draw_id
        self._waiting = Waiting(self.ledger)

    async def enqueue(self, handler: str, payload: Any = None, **options: Any) -> TaskId:
        """Ask for a task; see ``TaskQueue.enqueue``."""
        asked = asking.request(handler, payload, limits=self.ledger.limits, **options)
        task = asking.named(asked, self.name, self._draw_id())
        self.stir()  # before, so that workers of this loop lease in the same commit
        await self._do(self.ledger.enqueue(task, asked.spec, asked.payload))
        return task

    async def result(self, task: TaskId) -> Any:
        """Wait until a task is over; its result.

        Raises:
            ActivityFailed: it is dead (``task.dead``).
            Conflict: it was cancelled (``task.cancelled``).
            Missing: there is no such task (``task.missing``).
        """
        return msgspec.json.decode(await self._waiting.outcome(task))

    async def lease(
        self,
        worker: str,
        offer: Offer = Offer(),  # noqa: B008 (frozen)
        *,
        tasks_max: int = 1,
        ttl_ms: int = LEASE_TTL_MS,
    ) -> list[Delivery]:
        """Take tasks that the worker can carry out; none when there are none for it."""
        demand = Demand(self.name, worker, offer, tasks_max, ttl_ms)
        return await self._do(self.ledger.lease(demand))

    async def complete(self, delivery: Delivery, result: Any = None) -> None:
        """Record the result of a leased task.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        data = encode_value(result, name="the result", bytes_max=self.ledger.limits.value_bytes_max)
        await self.complete_encoded(delivery, data)

    async def complete_encoded(self, delivery: Delivery, result: bytes) -> None:
        """As ``complete``, with the result's canonical JSON."""
        await self._do(self.ledger.complete(delivery, result))
        self._waiting.completed(delivery.lease.task, result)

    async def fail(
        self, delivery: Delivery, error: BaseException | str, *, final: bool = False
    ) -> Ended:
        """Record that an attempt failed; ``final`` when no other can mend it.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        ended = await self._do(self.ledger.fail(delivery, failure_of(error, final=final)))
        self._waiting.look()
        return ended

    async def heartbeat(self, leases: Sequence[Lease]) -> list[Lease]:
        """Extend leases by their time; those that are lost."""
        return await self._do(self.ledger.heartbeat(leases))

    async def give_back(self, lease: Lease) -> None:
        """Let another worker have a task; no attempt is counted.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        await self._do(self.ledger.give_back(lease))
        self.stir()

    async def reclaim(self) -> int:
        """Take back what workers hold that were not heard of in time; how many tasks."""
        count = await self._do(self.ledger.reclaim(self.name))
        if count:
            self.stir()
        return count

    async def cancel(self, task: TaskId, *, by: str = "operator") -> None:
        """No longer want a task; see ``TaskQueue.cancel``."""
        await self._do(self.ledger.cancel(task, by=by))
        self._waiting.look()

    async def requeue(self, task: TaskId, *, by: str = "operator") -> None:
        """Give a dead task a new series of attempts; see ``TaskQueue.requeue``."""
        await self._do(self.ledger.requeue(task, by=by))
        self.stir()

    async def purge(self, task: TaskId, *, by: str = "operator") -> None:
        """Give a dead task up; see ``TaskQueue.purge``."""
        await self._do(self.ledger.purge(task, by=by))

    async def register_worker(self, worker: WorkerCard) -> None:
        """Say that a worker is there, or what it is now."""
        await self._do(operating.seen(self.ledger, self.name, worker))

    async def remove_worker(self, worker: str) -> None:
        """Say that a worker is gone."""
        await self._do(operating.gone(self.ledger, self.name, worker))

    def stir(self) -> None:
        """Let the workers of this loop look for tasks."""
        self.changes += 1
        self._changed.set()

    async def changed_since(self, changes: int, *, wait_s: float) -> None:
        """Wait until this loop has done something to the queue, at most so long."""
        if self.changes != changes:
            return
        self._changed.clear()
        waking = asyncio.get_running_loop().call_later(wait_s, self._changed.set)
        try:
            await self._changed.wait()
        finally:
            waking.cancel()

    def has_work(self, offer: Offer) -> bool:
        """Whether a lease may find something, as far as a reader can see."""
        return self.ledger.has_work(self.name, offer)

    def task(self, id: str, *, tenant: str = "default") -> TaskId:
        """The task of an id in this queue."""
        return task_id(tenant, self.name, id)

    def get_metrics(self) -> dict[str, int]:
        """How many tasks there were and are, over all processes and restarts."""
        return status.metrics(self.ledger, self.name)

    def get_status(self) -> dict[str, Any]:
        """The metrics, the limits and the workers."""
        return status.status(self.ledger, self.name)

    def close(self) -> None:
        """Let everybody who still waits for a result know that nobody looks any more."""
        self._waiting.close(
            TarlError("the queue was closed", code="queue.closed", next_step="ask again")
        )

    async def _do(self, plan: Plan[T]) -> T:
        return await carry_out_together(self._committer, plan)
