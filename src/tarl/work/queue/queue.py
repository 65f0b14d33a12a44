"""The queue for those that commit at once: clients, operators, and whoever has no event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from tarl.journal.store import Store
from tarl.kernel.bounds import Bounds, Unbounded
from tarl.kernel.events import ErrorRecord
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.payload import encode_value
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.work.queue import asking, operating, status
from tarl.work.queue.decide import Failure, error_names
from tarl.work.queue.ledger import Delivery, Ended, Ledger, Plan
from tarl.work.queue.selection import Demand, Lease
from tarl.work.queue.settings import QueueLimits
from tarl.work.queue.shells import carry_out
from tarl.work.queue.task import DEFAULT_QUEUE, Offer, TaskId, task_id

T = TypeVar("T")

LEASE_TTL_MS = 30_000
"""How long a worker may be silent before its tasks are given to others, unless told otherwise."""


class TaskQueue:
    """A named queue in a journal; every process that opens the file has the same one.

    Args:
        store: The journal, with ``TASKS_PROJECTION``, ``QUEUES_PROJECTION`` and
            ``QUEUE_COORDINATION``.
        name: Which queue.
        clock: Wall-clock time.
        draw_id: Draws the id of a task that was given none.
        bounds: What tenants may have.
        metrics: Where it counts.
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
    ) -> None:
        self.name = name
        self.ledger = Ledger(
            store,
            clock=clock,
            bounds=bounds or Unbounded(),
            metrics=metrics or Unmeasured(),
            limits=limits,
        )
        self._draw_id = draw_id

    def enqueue(self, handler: str, payload: Any = None, **options: Any) -> TaskId:
        """Ask for a task; the same id or token with the same payload attaches to what there is.

        Args:
            handler: Wire name of the activity or workflow that carries it out.
            payload: A JSON value.
            options: ``id`` or ``token``, ``tenant``, ``priority``, ``needs``, ``version``,
                ``not_before_ms``, ``timeout_ms``, ``retry``; see ``Spec``.

        Raises:
            Conflict: the id or token has another handler or payload (``task.exists``).
            Exceeded: the tenant's queue depth is used up.
            Invalid: a value outside its range (``task.*``, ``value.*``).
        """
        asked = asking.request(handler, payload, limits=self.ledger.limits, **options)
        task = asking.named(asked, self.name, self._draw_id())
        self._do(self.ledger.enqueue(task, asked.spec, asked.payload))
        return task

    def lease(
        self,
        worker: str,
        offer: Offer = Offer(),  # noqa: B008 (frozen)
        *,
        tasks_max: int = 1,
        ttl_ms: int = LEASE_TTL_MS,
    ) -> list[Delivery]:
        """Take tasks that the worker can carry out; none when there are none for it."""
        demand = Demand(self.name, worker, offer, tasks_max, ttl_ms)
        return self._do(self.ledger.lease(demand))

    def complete(self, delivery: Delivery, result: Any = None) -> None:
        """Record the result of a leased task.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        data = encode_value(result, name="the result", bytes_max=self.ledger.limits.value_bytes_max)
        self._do(self.ledger.complete(delivery, data))

    def fail(self, delivery: Delivery, error: BaseException | str, *, final: bool = False) -> Ended:
        """Record that an attempt failed; ``final`` when no other can mend it.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        return self._do(self.ledger.fail(delivery, failure_of(error, final=final)))

    def heartbeat(self, leases: Sequence[Lease]) -> list[Lease]:
        """Extend leases by their time; those that are lost."""
        return self._do(self.ledger.heartbeat(leases))

    def give_back(self, lease: Lease) -> None:
        """Let another worker have a task; no attempt is counted.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        self._do(self.ledger.give_back(lease))

    def reclaim(self) -> int:
        """Take back what workers hold that were not heard of in time; how many tasks."""
        return self._do(self.ledger.reclaim(self.name))

    def restore(self) -> int:
        """Let tasks stand in the queue again whose rows were lost with the coordination tables."""
        return self._do(operating.restore(self.ledger, self.name))

    # --- people

    def task(self, id: str, *, tenant: str = "default") -> TaskId:
        """The task of an id in this queue."""
        return task_id(tenant, self.name, id)

    def cancel(self, task: TaskId, *, by: str = "operator") -> None:
        """No longer want a task; whoever has it loses its lease.

        Raises:
            Missing: there is none (``task.missing``).
            Conflict: it is over already (``task.ended``).
        """
        self._do(self.ledger.cancel(task, by=by))

    def requeue(self, task: TaskId, *, by: str = "operator") -> None:
        """Give a dead task a new series of attempts.

        Raises:
            Missing: there is none (``task.missing``).
            Conflict: it is not dead (``task.not_dead``).
        """
        self._do(self.ledger.requeue(task, by=by))

    def purge(self, task: TaskId, *, by: str = "operator") -> None:
        """Give a dead task up.

        Raises:
            Missing: there is none (``task.missing``).
            Conflict: it is not dead (``task.not_dead``).
        """
        self._do(self.ledger.purge(task, by=by))

    def limit(self, limits: QueueLimits) -> None:
        """Set how fast and how much at once is leased."""
        self._do(operating.configure(self.ledger, self.name, limits))

    def weigh(self, tenant: str, weight: int) -> None:
        """Set a tenant's share, 1 to 1,000; from its next lane on.

        Raises:
            Invalid: a weight outside its range (``queue.weight``).
        """
        self._do(operating.weigh(self.ledger, self.name, tenant, weight))

    # --- workers

    def register_worker(self, worker: operating.WorkerCard) -> None:
        """Say that a worker is there, or what it is now."""
        self._do(operating.seen(self.ledger, self.name, worker))

    def remove_worker(self, worker: str) -> None:
        """Say that a worker is gone."""
        self._do(operating.gone(self.ledger, self.name, worker))

    # --- reading

    def result(self, task: TaskId) -> Any:
        """A task's result now.

        Raises:
            Conflict: it is not over (``task.queued``), or was cancelled (``task.cancelled``).
            ActivityFailed: it is dead (``task.dead``).
            Missing: there is no such task.
        """
        data = asking.outcome(self.ledger, task)
        if data is None:
            raise asking.not_over(task)
        return msgspec.json.decode(data)

    def get_metrics(self) -> dict[str, int]:
        """How many tasks there were and are, over all processes and restarts."""
        return status.metrics(self.ledger, self.name)

    def get_status(self) -> dict[str, Any]:
        """The metrics, the limits and the workers."""
        return status.status(self.ledger, self.name)

    def _do(self, plan: Plan[T]) -> T:
        return carry_out(self.ledger.store, plan)


def failure_of(error: BaseException | str, *, final: bool = False) -> Failure:
    """An error as the ledger records it."""
    if isinstance(error, str):
        return Failure(ErrorRecord(type="Failed", message=error), final=final)
    record = ErrorRecord(type=type(error).__name__, message=str(error))
    return Failure(record, error_names(error), final)
