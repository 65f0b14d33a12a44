"""The task queue of a journal: ``tarl.work.queue`` under the names of the seed.

A task is leased by one worker at a time. What its worker reports counts only while it holds the
lease; a lease that ran out is taken back, as an attempt that failed, by whoever leases next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, Unpack

import msgspec

from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import Place, Where, drawn, ms_of
from tarl.integrations.orchestration_extended.refusals import (
    BadValue,
    Busy,
    NotHolder,
    QuotaExceeded,
    UnknownName,
    translated,
)
from tarl.integrations.orchestration_extended.task import Task, TaskQueuePriority, task_from
from tarl.journal.projection import Record
from tarl.journal.store import Store
from tarl.kernel.retry import RetryPolicy
from tarl.tenancy import metering
from tarl.tenancy.bounds import TenantBounds
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.work.queue import queue as room
from tarl.work.queue.ledger import Delivery
from tarl.work.queue.operating import WorkerCard
from tarl.work.queue.selection import Lease
from tarl.work.queue.task import Offer, Priority, TaskId

__all__ = ["Busy", "QuotaExceeded", "Task", "TaskQueue", "TaskQueuePriority"]

ANY = "*"
"""The capability of a worker that has them all."""

RETRY = RetryPolicy(attempts_max=3, first_wait_ms=50, factor=2.0, wait_max_ms=300_000, jitter=0.2)
"""Of tasks that say nothing else; a worker that leases by hand waits out the first waits."""

PATIENCE_S = 1.0
"""How long ``lease_task`` waits for a failed task whose turn comes again."""

_LOOK_S = 0.01


class TaskQueue:
    """A named queue; every process that opens its journal has the same one.

    Args:
        name: Which queue of the journal.
        data_dir: Where its journal lies, ``tarl.db``.
        retry: When a failed task is tried again.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        name: str,
        data_dir: str | Path = "data/tarl_queues",
        *,
        retry: RetryPolicy = RETRY,
        **where: Unpack[Where],
    ) -> None:
        self.name = name
        self.place = Place.of(data_dir, **where)
        self.retry = retry
        with self._room() as queue:
            queue.task("name")  # refuses a name that cannot be a queue's

    # --- asking for work

    def enqueue(
        self,
        workflow_id: str,
        task_type: str,
        payload: Any,
        priority: TaskQueuePriority = TaskQueuePriority.NORMAL,
        *,
        task_id: str | None = None,
        namespace: str = DEFAULT_TENANT,
        max_attempts: int | None = None,
        required_capabilities: Iterable[str] = (),
        delay: float = 0,
    ) -> str:
        """Ask for a task; its id, once it is on disk.

        Args:
            workflow_id: What it belongs to.
            task_type: What carries it out: the name of a handler.
            payload: A JSON value.
            priority: How urgent it is.
            task_id: Its id; the same one again asks for nothing new.
            namespace: Whose quota it counts against.
            max_attempts: Attempts before it goes to the dead letters.
            required_capabilities: What its worker must have.
            delay: Seconds before it may be leased.

        Raises:
            BadValue: a name, priority or payload that cannot be one.
            QuotaExceeded: the namespace's queue depth is used up.
            Busy: the id has a task with another type or payload.
        """
        if not isinstance(priority, TaskQueuePriority):
            raise BadValue(f"{priority!r} is no TaskQueuePriority", code="task.priority")
        with translated():
            check_name(workflow_id, "workflow id")
        details = {
            "workflow_id": workflow_id,
            "task_type": task_type,
            "payload": payload,
            "priority": priority.name,
            "task_id": task_id,
            "namespace": namespace,
            "max_attempts": max_attempts,
            "needs": _capabilities(required_capabilities),
            "delay_ms": ms_of(delay, "delay"),
        }
        id: str = once("enqueue", details, lambda: self._enqueue(**details))
        return id

    def _enqueue(
        self,
        *,
        workflow_id: str,
        task_type: str,
        payload: Any,
        priority: str,
        task_id: str | None,
        namespace: str,
        max_attempts: int | None,
        needs: list[str],
        delay_ms: int,
    ) -> str:
        retry = self.retry
        if max_attempts is not None:
            if type(max_attempts) is not int or max_attempts < 1:
                raise BadValue(f"{max_attempts!r} is no number of attempts", code="task.spec")
            retry = msgspec.structs.replace(retry, attempts_max=max_attempts)
        with self._room() as queue:
            task = queue.enqueue(
                task_type,
                {"payload": payload, "workflow_id": workflow_id},
                id=task_id or drawn("task"),
                tenant=namespace,
                priority=Priority[priority],
                needs=needs,
                retry=retry,
                not_before_ms=self.place.now_ms() + delay_ms if delay_ms else None,
            )
        return task.id

    # --- carrying it out by hand

    def lease_task(
        self, worker_id: str, lease_duration: float = 300, *, patience: float = PATIENCE_S
    ) -> Task | None:
        """Take the next task that the worker can carry out; None if there is none.

        Args:
            worker_id: Who takes it; what it can do is what it was registered with.
            lease_duration: Seconds after which others may have it, unless a heartbeat extends it.
            patience: Seconds to wait for a failed task that may be tried again by then.
        """
        ttl_ms = ms_of(lease_duration, "lease duration", least_ms=1)
        patience_ms = ms_of(patience, "patience")
        details = {"worker": worker_id, "ttl_ms": ttl_ms, "patience_ms": patience_ms}
        leased = once("lease_task", details, lambda: self._lease(worker_id, ttl_ms, patience_ms))
        return None if leased is None else Task.from_dict(leased)

    def _lease(self, worker_id: str, ttl_ms: int, patience_ms: int) -> dict[str, Any] | None:
        last_ms = self.place.now_ms() + patience_ms
        while True:
            with self._room() as queue:
                queue.reclaim()
                leased = queue.lease(worker_id, self._offer(worker_id), ttl_ms=ttl_ms)
                if leased:
                    return self._task(queue, leased[0].lease.task).to_dict()
                if not self._returns_by(last_ms):
                    return None
            sleep(_LOOK_S)

    def complete_task(
        self, worker_id: str, task_id: str, result: Any = None, *, namespace: str = DEFAULT_TENANT
    ) -> None:
        """Record a leased task's result.

        Raises:
            NotHolder: the worker does not have it (a ``ValueError``).
            BadValue: the result is not JSON; the worker still has the task.
        """
        details = {
            "worker": worker_id,
            "task": task_id,
            "result": result,
            "namespace": namespace,
        }

        def complete() -> None:
            with self._room() as queue:
                queue.complete(self._held(queue, worker_id, task_id, namespace), result)

        once("complete_task", details, complete)

    def fail_task(
        self, worker_id: str, task_id: str, error: str, *, namespace: str = DEFAULT_TENANT
    ) -> str:
        """Record that a leased task failed: ``queued`` if it is tried again, ``dead`` if not.

        Raises:
            NotHolder: the worker does not have it (a ``ValueError``).
        """
        details = {
            "worker": worker_id,
            "task": task_id,
            "error": str(error),
            "namespace": namespace,
        }

        def fail() -> str:
            with self._room() as queue:
                delivery = self._held(queue, worker_id, task_id, namespace)
                return queue.fail(delivery, str(error)).status

        status: str = once("fail_task", details, fail)
        return status

    # --- workers

    def register_worker(
        self,
        worker_id: str,
        capabilities: Iterable[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Say that a worker is there and what it can do.

        Raises:
            BadValue: a name or metadata that cannot be one.
        """
        names = _capabilities(capabilities)
        kept = dict(metadata or {})
        details = {"worker": worker_id, "capabilities": names, "metadata": kept}

        def register() -> None:
            with self._room() as queue:
                card = WorkerCard(name=worker_id, capabilities=tuple(names), metadata=kept)
                queue.register_worker(card)

        once("register_worker", details, register)

    def heartbeat(self, worker_id: str) -> bool:
        """Say that a worker lives: it stays registered, and its leases run anew; False if nobody
        knows it.
        """
        known: bool = once("heartbeat", {"worker": worker_id}, lambda: self._beat(worker_id))
        return known

    def _beat(self, worker_id: str) -> bool:
        with self._room() as queue:
            card = self._card(worker_id)
            if card is not None:
                queue.register_worker(card)
            held = [_lease_of(row) for row in self._leases() if row["worker"] == worker_id]
            lost = queue.heartbeat(held) if held else []
            return card is not None or len(lost) < len(held)

    # --- dead letters

    def dead_letters(self) -> list[Task]:
        """The tasks that failed for good, in the order of their ids."""
        return [Task.from_dict(each) for each in once("dead_letters", {}, self._dead)]

    def _dead(self) -> list[dict[str, Any]]:
        with self._room() as queue, self.place.store() as store:
            where = {"queue": self.name, "status": "dead"}
            found = [
                TaskId(r["tenant"], self.name, r["task_id"]) for r in store.scan("task", where)
            ]
            return [self._task(queue, task).to_dict() for task in found]

    def requeue(self, task_id: str, *, namespace: str = DEFAULT_TENANT) -> None:
        """Give a dead task a new series of attempts.

        Raises:
            UnknownName: there is no such task.
            Busy: it is not dead.
        """

        def again() -> None:
            with self._room() as queue:
                queue.requeue(queue.task(task_id, tenant=namespace))

        once("requeue", {"task": task_id, "namespace": namespace}, again)

    # --- reading

    def get_task(self, task_id: str, *, namespace: str = DEFAULT_TENANT) -> Task:
        """A task as it is now.

        Raises:
            UnknownName: there is none.
        """

        def look() -> dict[str, Any]:
            with self._room() as queue:
                return self._task(queue, queue.task(task_id, tenant=namespace)).to_dict()

        return Task.from_dict(once("get_task", {"task": task_id, "namespace": namespace}, look))

    def get_result(self, task_id: str, *, namespace: str = DEFAULT_TENANT) -> Any:
        """A completed task's result.

        Raises:
            UnknownName: there is no such task.
            Busy: it is not over, or was cancelled.
            ActivityFailed: it is dead.
        """

        def look() -> Any:
            with self._room() as queue:
                return queue.result(queue.task(task_id, tenant=namespace))

        return once("get_result", {"task": task_id, "namespace": namespace}, look)

    def get_metrics(self) -> dict[str, Any]:
        """What the queue's tasks have come to, over all processes and restarts."""

        def look() -> dict[str, Any]:
            with self._room() as queue:
                return queue.get_metrics()

        found: dict[str, Any] = once("queue_metrics", {}, look)
        return found

    def get_status(self) -> dict[str, Any]:
        """The metrics, the limits and the workers."""

        def look() -> dict[str, Any]:
            with self._room() as queue:
                return queue.get_status()

        found: dict[str, Any] = once("queue_status", {}, look)
        return found

    # --- inside

    @contextmanager
    def _room(self) -> Iterator[room.TaskQueue]:
        with self.place.store() as store:
            yield room.TaskQueue(
                store,
                self.name,
                clock=self.place.clock,
                draw_id=lambda: drawn("task"),
                bounds=bounds_of(self.place, store),
                metrics=self.place.metrics,
            )

    def _task(self, queue: room.TaskQueue, id: TaskId) -> Task:
        state = queue.ledger.known(id)
        with self.place.store() as store:
            lease = store.get("task_lease", id.queue, id.tenant, id.id)
        return task_from(id, state, lease, queue.ledger.payload(id, state))

    def _held(
        self, queue: room.TaskQueue, worker_id: str, task_id: str, namespace: str
    ) -> Delivery:
        """What the worker was given, as the tables have it.

        Raises:
            NotHolder: it is not this worker's.
        """
        id = queue.task(task_id, tenant=namespace)
        with self.place.store() as store:
            row = store.get("task_lease", id.queue, id.tenant, id.id)
        if row is None or row["worker"] != worker_id:
            holder = "nobody" if row is None else f"worker {row['worker']}"
            raise NotHolder(
                f"worker {worker_id} does not hold task {task_id}: {holder} does",
                code="lease.lost",
                next_step="drop what was done for it, and lease another",
                task=task_id,
                worker=worker_id,
            )
        state = queue.ledger.known(id)
        if state.asked is None:
            raise UnknownName(f"the content of task {task_id} is erased", code="journal.erased")
        return Delivery(
            _lease_of(row),
            state.asked.spec,
            None,
            state.head,
            state.sealed,
            queue.ledger.store.origin,
        )

    def _leases(self) -> list[Record]:
        with self.place.store() as store:
            return list(store.scan("task_lease", {"queue": self.name}))

    def _card(self, worker_id: str) -> WorkerCard | None:
        with self.place.store() as store:
            row = store.get("task_worker", self.name, worker_id)
        if row is None:
            return None
        return WorkerCard(
            name=worker_id,
            capabilities=tuple(msgspec.json.decode(row["capabilities"])),
            version=row["version"],
            concurrency=row["concurrency"],
            metadata=msgspec.json.decode(row["metadata"]),
            draining=bool(row["draining"]),
        )

    def _offer(self, worker_id: str) -> Offer:
        card = self._card(worker_id)
        has = frozenset() if card is None else frozenset(card.capabilities)
        if ANY in has:
            with self.place.store() as store:
                has |= _needed(store, self.name)
        return Offer(capabilities=has, version="" if card is None else card.version)

    def _returns_by(self, last_ms: int) -> bool:
        """Whether a failed task may be tried again by then."""
        with self.place.store() as store:
            if last_ms <= self.place.now_ms():
                return False
            due = store.scan(
                "task_delayed", {"queue": self.name}, at_most={"due_at_ms": last_ms}, limit=1
            )
            return next(iter(list(due)), None) is not None


def bounds_of(place: Place, store: Store) -> TenantBounds:
    """What namespaces may have: as the store itself keeps to it, or as the journal says."""
    from tarl.storage import bounds_on

    kept = metering.bounds_of(store)
    if isinstance(kept, TenantBounds):
        return kept
    return bounds_on(store, clock=place.clock, metrics=place.metrics)


def _lease_of(row: Record) -> Lease:
    task = TaskId(row["tenant"], row["queue"], row["task_id"])
    return Lease(
        task, row["fence"], row["attempt"], row["worker"], row["expires_at_ms"], row["ttl_ms"], 0
    )


def _needed(store: Store, queue: str) -> frozenset[str]:
    groups = [
        msgspec.json.decode(r["grouping"]) for r in store.scan("task_group", {"queue": queue})
    ]
    return frozenset(name for _, _, *needs in groups for name in needs)


def _capabilities(names: Iterable[str]) -> list[str]:
    found = [] if isinstance(names, str) else list(names)
    if isinstance(names, str) or not all(isinstance(name, str) for name in found):
        raise BadValue(f"{names!r} are no names of capabilities", code="worker.options")
    return sorted(set(found))
