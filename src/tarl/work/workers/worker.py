"""A worker: leases tasks as it has room for them, carries them out, and says what came of it.

1. It reports an attempt only under the lease that it was begun with; a lost one stops the handler
   and reports nothing.
2. Whatever it holds when it dies expires and is taken back by the others.
3. ``drain`` lets it finish what it holds and lease nothing more; ``stop``, or the drain's own
   deadline, gives what it holds back without counting an attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from tarl.errors import Conflict, Denied, Invalid, Missing, RunFailed, TarlError, Unavailable
from tarl.values.ids import check_name
from tarl.work.queue.ledger import Delivery
from tarl.work.queue.operating import WorkerCard
from tarl.work.queue.selection import Lease
from tarl.work.queue.task import Offer
from tarl.work.queue.together import AsyncTaskQueue
from tarl.work.workers import attempt
from tarl.work.workers.handlers import Handlers

log = logging.getLogger("tarl.worker")

POLL_S = 0.02
"""How often an idle worker looks whether another process has left it something to do."""

ABANDONED_MAX = 100
"""Threads that hang in handlers: a worker that has so many leases nothing more, and says why."""

TRIES_WAIT_S = 0.2
"""Between tries to record an outcome while the journal cannot be written."""

CONCURRENCY_MAX = 10_000


class TaskTimeout(Exception):
    """An attempt took longer than its task allows."""


class WorkerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker works.

    Attributes:
        name: What it is called; other workers of the queue must not be called so.
        concurrency: Tasks at once.
        capabilities: What it has.
        version: What it is; tasks may ask for one.
        lease_ttl_ms: How long it may be silent; it says every third of this that it is there.
        drain_ms: How long a drain waits for what is under way.

    Raises:
        Invalid: a value outside its range (``worker.options``).
    """

    name: str
    concurrency: int = 10
    capabilities: frozenset[str] = frozenset()
    version: str = ""
    lease_ttl_ms: int = 30_000
    drain_ms: int = 30_000
    metadata: Mapping[str, Any] = {}

    def __post_init__(self) -> None:
        check_name(self.name, "worker")
        if not 1 <= self.concurrency <= CONCURRENCY_MAX:
            raise Invalid(
                f"a worker's concurrency is 1 to {CONCURRENCY_MAX}, not {self.concurrency}",
                code="worker.options",
            )
        if self.lease_ttl_ms < 10 or self.drain_ms < 0:
            raise Invalid(
                "a lease lasts at least 10 ms, and a drain is not negative", code="worker.options"
            )


class Worker:
    """Serves one queue in the event loop that runs it.

    Args:
        queue: Where its tasks come from.
        handlers: What it can do.
        options: How it works.
        until_empty: Whether it drains by itself once nothing is left that it could do.
    """

    def __init__(
        self,
        queue: AsyncTaskQueue,
        handlers: Handlers,
        options: WorkerOptions,
        *,
        until_empty: bool = False,
    ) -> None:
        self.options = options
        self._queue = queue
        self._handlers = handlers
        self._until_empty = until_empty
        self._offer = Offer(
            handlers=handlers.names, capabilities=options.capabilities, version=options.version
        )
        self._running: dict[Lease, asyncio.Task[None]] = {}
        self._handling: set[Lease] = set()
        self._lost: set[Lease] = set()
        self._draining = asyncio.Event()
        self._stopping = asyncio.Event()
        self.done = self.failed = self.lost = 0

    @property
    def held(self) -> int:
        """How many tasks it has now."""
        return len(self._running)

    def get_metrics(self) -> dict[str, int]:
        """What came of the attempts that this worker began, and how many it has now."""
        return {
            "completed": self.done,
            "failed": self.failed,
            "lost": self.lost,
            "held": self.held,
            "hanging_threads": self._handlers.threads.abandoned,
        }

    def get_status(self) -> dict[str, Any]:
        """The metrics, what it is, and whether it takes more."""
        options = self.options
        return {
            "worker": options.name,
            "queue": self._queue.name,
            **self.get_metrics(),
            "concurrency": options.concurrency,
            "capabilities": sorted(options.capabilities),
            "version": options.version,
            "handlers": sorted(self._handlers.names),
            "draining": self._draining.is_set(),
        }

    def drain(self) -> None:
        """Lease nothing more; end when what is under way has ended."""
        self._draining.set()
        self._queue.stir()

    def stop(self) -> None:
        """Give back what is under way, and end."""
        self._stopping.set()
        self.drain()

    async def run(self) -> None:
        """Serve until drained or stopped.

        Raises:
            TarlError: the journal can no longer be used; what it held expires.
        """
        await self._present()
        keeping = asyncio.create_task(self._keep(), name="tarl-worker-keeping")
        serving = asyncio.create_task(self._serve(), name="tarl-worker-serving")
        try:
            await asyncio.wait((keeping, serving), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
                await self._finish()
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
        except BaseException:
            await self._abandon()
            raise
        finally:
            for task in (serving, keeping):
                task.cancel()
            with contextlib.suppress(TarlError):
                await self._queue.remove_worker(self.options.name)

    # --- leasing

    async def _serve(self) -> None:
        seen = -1
        while not self._draining.is_set():
            changes, stirred = self._queue.changes, self._queue.changes != seen
            seen = changes
            room = self.options.concurrency - len(self._running)
            if room > 0 and self._may_lease(stirred=stirred):
                leased = await self._leased(room)
                for delivery in leased:
                    self._begin(delivery)
                if leased:
                    continue
            elif self._until_empty and not self._running and self._is_empty():
                return
            await self._queue.changed_since(changes, wait_s=POLL_S)

    async def _leased(self, room: int) -> list[Delivery]:
        options = self.options
        try:
            return await self._queue.lease(
                options.name, self._offer, tasks_max=room, ttl_ms=options.lease_ttl_ms
            )
        except Unavailable as error:
            log.warning("cannot lease: %s", error, extra={"worker": options.name})
            await asyncio.sleep(TRIES_WAIT_S)
            return []

    def _may_lease(self, *, stirred: bool) -> bool:
        """Whether to ask: what this loop has just done may not be on disk for a reader to see."""
        return self._has_threads() and (stirred or self._queue.has_work(self._offer))

    def _has_threads(self) -> bool:
        if self._handlers.threads.abandoned < ABANDONED_MAX:
            return True
        log.error(
            "%d handlers hang; nothing more is leased",
            self._handlers.threads.abandoned,
            extra={"worker": self.options.name},
        )
        self._draining.set()
        return False

    def _is_empty(self) -> bool:
        """Whether the queue has nothing that will be for this worker."""
        metrics = self._queue.get_metrics()
        return metrics["tasks_delayed"] == 0 and metrics["active_leases"] == 0

    # --- carrying out

    def _begin(self, delivery: Delivery) -> None:
        lease = delivery.lease
        task = asyncio.create_task(self._carry_out(delivery), name=f"tarl-task-{lease.task.id}")
        self._running[lease] = task
        task.add_done_callback(lambda _: self._ended(lease))

    def _ended(self, lease: Lease) -> None:
        self._running.pop(lease, None)
        self._lost.discard(lease)
        self._queue.stir()

    async def _carry_out(self, delivery: Delivery) -> None:
        lease, loop = delivery.lease, asyncio.get_running_loop()
        attempt.enter(lease)
        begin = loop.time()
        try:
            result = await self._handled(delivery)
        except (Exception, asyncio.CancelledError, SystemExit) as error:
            if not _was_cancelled(error):
                await self._failed(delivery, error)
            elif lease not in self._lost:
                await self._give_back(lease)
            return
        took_ms = (loop.time() - begin) * 1_000
        if await self._recorded(lease, lambda: self._queue.complete_encoded(delivery, result)):
            self.done += 1
            self._queue.ledger.metrics.observe("queue.run_ms", took_ms, queue=self._queue.name)
            if log.isEnabledFor(logging.INFO):
                log.info("completed task %s", lease.task.id, extra=self._names(lease))

    async def _handled(self, delivery: Delivery) -> bytes:
        """What the handler comes to; as long as it is at work, it is stopped with its lease."""
        self._handling.add(delivery.lease)
        try:
            return await self._attempted(delivery)
        finally:
            self._handling.discard(delivery.lease)

    async def _attempted(self, delivery: Delivery) -> bytes:
        if delivery.payload is None:
            raise Missing("the payload is erased with its tenant's key", code="journal.erased")
        handler = self._handlers.find(delivery.spec.handler)
        timeout_ms = delivery.spec.timeout_ms or handler.timeout_ms
        if timeout_ms is None:
            return await handler.carry_out(delivery, delivery.payload)
        try:
            async with asyncio.timeout(timeout_ms / 1_000) as limit:
                return await handler.carry_out(delivery, delivery.payload)
        except TimeoutError:
            if not limit.expired():
                raise  # the handler's own
            raise TaskTimeout(f"the attempt took longer than {timeout_ms} ms") from None

    async def _failed(self, delivery: Delivery, error: BaseException) -> None:
        lease = delivery.lease
        final = isinstance(error, Denied | Invalid | Missing | RunFailed)
        self.failed += 1
        log.warning(
            "task %s failed at attempt %d: %s: %s",
            lease.task.id,
            lease.attempt,
            type(error).__name__,
            error,
            extra=self._names(lease),
        )

        async def record() -> None:
            ended = await self._queue.fail(delivery, error, final=final)
            if ended.status == "dead":
                log.error("task %s is dead", lease.task.id, extra=self._names(lease))

        await self._recorded(lease, record)

    async def _give_back(self, lease: Lease) -> None:
        await self._recorded(lease, lambda: self._queue.give_back(lease))

    async def _recorded(self, lease: Lease, record: Callable[[], Awaitable[None]]) -> bool:
        """Record what came of an attempt; tried again as long as the lease may still count."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 2 * lease.ttl_ms / 1_000
        while True:
            try:
                await record()
                return True
            except Unavailable as error:
                log.warning("cannot record: %s", error, extra=self._names(lease))
                if loop.time() >= deadline:
                    return False
                await asyncio.sleep(TRIES_WAIT_S)
            except Missing as error:  # erased: nothing can be recorded for this tenant
                log.warning("cannot record: %s", error, extra=self._names(lease))
                return False
            except Conflict as error:
                if error.code != "lease.lost":
                    raise
                log.warning(
                    "the lease of task %s was lost; its outcome is dropped",
                    lease.task.id,
                    extra=self._names(lease),
                )
                self.lost += 1
                return False

    # --- keeping

    async def _keep(self) -> None:
        """Say that the worker is there, keep its leases, and take back what others have lost."""
        every_s = self.options.lease_ttl_ms / 3_000
        while True:
            await asyncio.sleep(every_s)
            try:
                await self._present()
                await self._beat()
                await self._queue.reclaim()
            except Unavailable as error:
                log.warning("cannot say alive: %s", error, extra={"worker": self.options.name})

    async def _beat(self) -> None:
        held = list(self._running)
        if not held:
            return
        for lease in await self._queue.heartbeat(held):
            task = self._running.get(lease)
            # Whose handler has ended finds out when it records that, or has done so just now.
            if task is not None and lease in self._handling:
                self._lost.add(lease)
                self.lost += 1
                log.warning("lost task %s", lease.task.id, extra=self._names(lease))
                task.cancel()

    async def _present(self) -> None:
        options = self.options
        card = WorkerCard(
            name=options.name,
            capabilities=tuple(sorted(options.capabilities)),
            version=options.version,
            concurrency=options.concurrency,
            metadata=options.metadata,
            draining=self._draining.is_set(),
        )
        with contextlib.suppress(Unavailable):
            await self._queue.register_worker(card)

    # --- ending

    async def _finish(self) -> None:
        """Wait for what is under way, as long as the drain may take; give the rest back."""
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            running = asyncio.gather(*self._running.values(), return_exceptions=True)
            await asyncio.wait(
                (stopping, running),
                timeout=self.options.drain_ms / 1_000,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stopping.cancel()
        left = list(self._running.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _abandon(self) -> None:
        """Stop at once; what is held expires."""
        self._lost.update(self._running)
        left = list(self._running.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _names(self, lease: Lease) -> dict[str, Any]:
        return {
            "task": lease.task.id,
            "queue": lease.task.queue,
            "tenant": lease.task.tenant,
            "attempt": lease.attempt,
            "fence": lease.fence,
            "worker": lease.worker,
        }


def _was_cancelled(error: BaseException) -> bool:
    """Whether the worker stopped the handler, which may also raise such an error by itself."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
