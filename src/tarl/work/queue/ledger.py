"""The queue's operations, each as a plan: the batches to commit, one after the other, and what
comes of them.

A plan yields a batch and is told whether it was refused; so one piece of code serves those that
commit at once and those that commit in groups (``shells``). Every batch is whole: facts, the
questions they depend on, and the rows they move are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple, TypeVar

from tarl.errors import Conflict, Missing, Refused
from tarl.journal.projection import Change, Tables
from tarl.journal.store import Batch, Head, Store
from tarl.kernel.bounds import Bounds
from tarl.kernel.events import ErrorRecord
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import shelve, unshelve
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics
from tarl.work.queue import decide, events, leases, places, selection
from tarl.work.queue.decide import Facts, Failure
from tarl.work.queue.records import Records
from tarl.work.queue.selection import Demand, Lease
from tarl.work.queue.shelves import NewBlobs
from tarl.work.queue.state import TaskState
from tarl.work.queue.streams import codec_of, continued
from tarl.work.queue.tables import is_step
from tarl.work.queue.task import Offer, Spec, TaskId

T = TypeVar("T")
Plan = Generator[Batch, None, T]

TRIES_MAX = 20
"""Others who decide about the same task at the same moment make a try fail; each try after them
sees what they did, so many in a row is a fault.
"""

RECENT_MAX = 1_024
"""Tasks enqueued here whose events are remembered, so that a lease need not read them again."""

DEPTH = "queue_depth"
EXECUTIONS = "concurrent_executions"

_ERASED = Spec(handler="erased")
"""Stands for what a task asked for when the key that sealed it is gone."""


class Delivery(NamedTuple):
    """A leased task as its worker gets it; ``payload`` is None where its key was destroyed, and
    ``journal`` is the name of the journal that it stands in.
    """

    lease: Lease
    spec: Spec
    payload: bytes | None
    head: Head
    sealed: bool
    journal: str


class Ended(NamedTuple):
    """How an attempt or a task stands: ``queued`` again, or one of the final statuses."""

    status: str
    wait_ms: int | None = None


class Ledger(Records):
    """Plans over one store.

    Args:
        store: The journal with the queue's projections and coordinations.
        clock: Wall-clock time.
        bounds: What tenants may have.
        metrics: Where it counts.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        bounds: Bounds,
        metrics: Metrics,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        super().__init__(store)
        self.clock = clock
        self.bounds = bounds
        self.metrics = metrics
        self.limits = limits
        self._recent: dict[str, tuple[Spec, bytes, Head, bool]] = {}

    # --- asking for work

    def enqueue(self, task: TaskId, spec: Spec, payload: bytes) -> Plan[bool]:
        """Ask for a task; False if the same was asked for before.

        Raises:
            Conflict: the id has a task with another handler or payload (``task.exists``).
            Exceeded: the tenant's queue depth is used up.
        """
        now_ms = self.clock.now_ms()
        blobs = NewBlobs(self.store.codec, task.tenant)
        shelved = shelve(payload, shelf=blobs, inline_bytes_max=self.limits.inline_bytes_max)
        facts = [(events.TASK_ENQUEUED, events.enqueued(spec, shelved))]
        rows, head = continued(self.store, task.stream, task.tenant, None, facts, at_ms=now_ms)
        bound = self.bounds.take(task.tenant, DEPTH)
        changes = (_standing(task, spec, now_ms), *bound.changes)
        try:
            yield Batch(rows, blobs.kept, guards=bound.guards, changes=changes)
        except Refused as refusal:
            self._attach(task, spec, payload, refusal)
            return False
        if len(self._recent) >= RECENT_MAX:
            del self._recent[next(iter(self._recent))]
        sealed = self.store.codec.of(task.tenant).seals
        self._recent[task.stream] = spec, shelved, head, sealed
        self.metrics.count("queue.tasks_enqueued", queue=task.queue)
        return True

    def _attach(self, task: TaskId, spec: Spec, payload: bytes, refusal: Refused) -> None:
        """Accept a refusal if the same task is there.

        Raises:
            Refused: why the task was refused; ``task.exists`` if there is another one.
        """
        state = self.state(task)
        if state is None:
            raise refusal
        asked = state.asked
        if (
            asked is None
            or asked.handler != spec.handler
            or self.payload_of(task, asked) != payload
        ):
            differs = "payload" if asked and asked.handler == spec.handler else "handler"
            raise Conflict(
                f"task {task.id} exists with another {differs}",
                code="task.exists",
                next_step="choose another id or token, or leave it out",
                task=task.id,
                queue=task.queue,
            ) from None

    # --- carrying it out

    def lease(self, demand: Demand) -> Plan[list[Delivery]]:
        """Take tasks for a worker."""
        leased: list[Lease] = []

        def change(tables: Tables) -> None:
            leased[:] = selection.lease(tables, demand, self.bounds, now_ms=self.clock.now_ms())

        yield Batch((), changes=(change,))
        return [self._delivery(lease) for lease in leased]

    def complete(self, delivery: Delivery, result: bytes) -> Plan[None]:
        """Record an attempt's result; what was recorded already under this lease is well.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        lease, task = delivery.lease, delivery.lease.task
        codec = codec_of(self.store, task.stream, task.tenant, sealed=delivery.sealed)
        blobs = NewBlobs(codec, task.tenant)
        shelved = shelve(result, shelf=blobs, inline_bytes_max=self.limits.inline_bytes_max)
        facts = decide.completed(
            attempt=lease.attempt, fence=lease.fence, result=shelved, worker=lease.worker
        )
        try:
            yield from self._end_attempt(delivery, facts, blobs, is_over=True)
        except Conflict as refusal:
            state = self.state(lease.task)
            if state is None or (state.status, state.fence) != ("completed", lease.fence):
                raise refusal
            return
        self.metrics.count("queue.tasks_completed", queue=lease.task.queue)

    def fail(self, delivery: Delivery, failure: Failure) -> Plan[Ended]:
        """Record an attempt's failure; the task waits for another attempt, or is dead.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        lease = delivery.lease
        failed = decide.failed(
            lease.task,
            delivery.spec,
            failure,
            attempt=lease.attempt,
            fence=lease.fence,
            worker=lease.worker,
        )
        again = () if failed.wait_ms is None else (self._waiting(lease, failed.wait_ms),)
        yield from self._end_attempt(
            delivery, failed.facts, None, *again, is_over=failed.wait_ms is None
        )
        return self._counted(lease.task, failed.wait_ms)

    def give_back(self, lease: Lease) -> Plan[None]:
        """Let others have a task that was not begun or can be begun again; no attempt is counted.

        Raises:
            Conflict: the lease has passed to somebody else (``lease.lost``).
        """
        task = lease.task
        changes = (leases.returned(lease), self._leaves(task))
        yield Batch((), guards=(leases.held(task, lease.fence),), changes=changes)

    def heartbeat(self, held: Sequence[Lease]) -> Plan[list[Lease]]:
        """Extend leases; those that are lost."""
        lost: list[Lease] = []
        now_ms = self.clock.now_ms()
        yield Batch((), changes=(leases.extended(held, now_ms=now_ms, lost=lost),))
        return lost

    def reclaim(self, queue: str) -> Plan[int]:
        """Take expired leases back, each as an attempt that failed; how many."""
        now_ms = self.clock.now_ms()

        def set_back(tables: Tables) -> None:
            leases.set_back(tables, queue, now_ms=now_ms)
            places.set_back(tables, queue, now_ms=now_ms, limit=selection.PROMOTE_MAX)

        yield Batch((), changes=(set_back,))
        expired = list(
            self.store.scan(
                "task_lease",
                {"queue": queue},
                at_most={"expires_at_ms": now_ms},
                order_by="expires_at_ms",
                limit=leases.RECLAIM_MAX,
            )
        )
        count = 0
        for row in expired:
            task = TaskId(row["tenant"], queue, row["task_id"])
            lease = Lease(
                task,
                row["fence"],
                row["attempt"],
                row["worker"],
                row["expires_at_ms"],
                row["ttl_ms"],
                0,
            )
            try:
                yield from self._expire(lease, leases.unchanged(row))
            except Conflict:
                continue  # its holder or another reclaimer was faster
            except Missing:
                yield from self._forget(lease)  # its tenant was erased: no fact can be recorded
            count += 1
        return count

    def _forget(self, lease: Lease) -> Plan[None]:
        yield Batch((), changes=(leases.ended(lease.task), self._leaves(lease.task)))

    def _expire(self, lease: Lease, guard: Callable[[Tables], None]) -> Plan[None]:
        state = self.known(lease.task)
        spec = state.asked.spec if state.asked else _ERASED
        error = ErrorRecord(
            type="LeaseExpired", message=f"nothing was heard of worker {lease.worker} in time"
        )
        failed = decide.failed(
            lease.task,
            spec,
            Failure(error),
            attempt=lease.attempt,
            fence=lease.fence,
            worker=lease.worker,
        )
        again = () if failed.wait_ms is None else (self._waiting(lease, failed.wait_ms),)
        delivery = Delivery(lease, spec, None, state.head, state.sealed, self.store.origin)
        yield from self._end_attempt(
            delivery, failed.facts, None, *again, is_over=failed.wait_ms is None, guard=guard
        )
        self.metrics.count("queue.leases_expired", queue=lease.task.queue)
        self._counted(lease.task, failed.wait_ms)

    def _end_attempt(
        self,
        delivery: Delivery,
        facts: Facts,
        blobs: NewBlobs | None,
        *more: Change,
        is_over: bool,
        guard: Callable[[Tables], None] | None = None,
    ) -> Plan[None]:
        """Record how an attempt ended, and end its lease with it."""
        lease, head = delivery.lease, delivery.head
        task, now_ms = lease.task, self.clock.now_ms()
        guards = (guard or leases.held(task, lease.fence),)
        less = self.bounds.give_back(task.tenant, DEPTH).changes if is_over else ()
        changes = (leases.ended(task), *more, self._leaves(task), *less)
        for _ in range(TRIES_MAX):
            rows, _head = continued(
                self.store,
                task.stream,
                task.tenant,
                head,
                facts,
                at_ms=now_ms,
                sealed=delivery.sealed,
            )
            try:
                yield Batch(rows, blobs.kept if blobs else (), guards=guards, changes=changes)
            except Conflict as refusal:
                if refusal.code != "journal.position":
                    raise
                found = self.store.head(task.stream)
                if found is None or found == head:
                    raise
                head = found
            else:
                return
        raise Conflict(f"{task.stream} never stood still", code="journal.position")

    def _leaves(self, task: TaskId) -> Change:
        """Counts that no worker has a task any more; a run's step was not counted beside it."""
        back = self.bounds.give_back(task.tenant, EXECUTIONS, task=task.id).changes

        def change(tables: Tables) -> None:
            if back and not is_step(tables, task):
                for each in back:
                    each(tables)

        return change

    def _waiting(self, lease: Lease, wait_ms: int) -> Change:
        def change(tables: Tables) -> None:
            now_ms = self.clock.now_ms()
            task = lease.task
            due_at_ms = now_ms + wait_ms
            if wait_ms > 0:
                places.wait(tables, task, fence=lease.fence, due_at_ms=due_at_ms, since_ms=now_ms)
                return
            record = tables.get("task", *task)
            assert record is not None
            places.enter(tables, task, record, fence=lease.fence)

        return change

    def _counted(self, task: TaskId, wait_ms: int | None) -> Ended:
        self.metrics.count("queue.tasks_failed", queue=task.queue)
        if wait_ms is None:
            self.metrics.count("queue.tasks_dead", queue=task.queue)
            return Ended("dead")
        self.metrics.count("queue.tasks_retried", queue=task.queue)
        return Ended("queued", wait_ms)

    # --- people

    def cancel(self, task: TaskId, *, by: str) -> Plan[None]:
        """No longer want a task; a worker that has it loses its lease.

        Raises:
            Missing: there is none (``task.missing``).
            Conflict: it is over already (``task.ended``).
        """

        def leave(tables: Tables) -> None:
            if tables.get("task_lease", task.queue, task.tenant, task.id) is not None:
                tables.delete("task_lease", task.queue, task.tenant, task.id)
                self._leaves(task)(tables)
            else:
                gone = {"queue": task.queue, "tenant": task.tenant, "task_id": task.id}
                tables.put("task_gone", gone)
            for change in self.bounds.give_back(task.tenant, DEPTH).changes:
                change(tables)

        yield from self._decided(task, lambda state: decide.cancelled(task, state, by=by), leave)

    def requeue(self, task: TaskId, *, by: str) -> Plan[None]:
        """Give a dead task a new series of attempts.

        Raises:
            Missing: there is none (``task.missing``).
            Conflict: it is not dead (``task.not_dead``).
            Exceeded: the tenant's queue depth is used up.
        """

        def stand(tables: Tables) -> None:
            bound = self.bounds.take(task.tenant, DEPTH)
            for guard in bound.guards:
                guard(tables)
            for change in bound.changes:
                change(tables)
            record = tables.get("task", *task)
            assert record is not None
            places.enter(tables, task, record, fence=record["fence"])

        yield from self._decided(task, lambda state: decide.requeued(task, state, by=by), stand)

    def purge(self, task: TaskId, *, by: str) -> Plan[None]:
        """Give a dead task up.

        Raises:
            Missing: there is none (``task.missing``).
            Conflict: it is not dead (``task.not_dead``).
        """
        yield from self._decided(task, lambda state: decide.purged(task, state, by=by), None)

    def _decided(
        self,
        task: TaskId,
        decision: Callable[[TaskState], Facts],
        change: Change | None,
    ) -> Plan[None]:
        for _ in range(TRIES_MAX):
            state = self.known(task)
            facts = decision(state)
            if not facts:
                return
            now_ms = self.clock.now_ms()
            rows, _head = continued(
                self.store,
                task.stream,
                task.tenant,
                state.head,
                facts,
                at_ms=now_ms,
                sealed=state.sealed,
            )
            try:
                yield Batch(rows, changes=() if change is None else (change,))
            except Conflict as refusal:
                if refusal.code != "journal.position":
                    raise
            else:
                return
        raise Conflict(f"{task.stream} never stood still", code="journal.position")

    # --- reading

    def is_new(self, task: TaskId) -> bool:
        """Whether a task was enqueued here, and not leased here since."""
        return task.stream in self._recent

    def has_work(self, queue: str, offer: Offer) -> bool:
        """Whether a lease may find something, as far as a reader can see."""
        due = {"due_at_ms": self.clock.now_ms()}
        if next(
            iter(list(self.store.scan("task_delayed", {"queue": queue}, at_most=due, limit=1))),
            None,
        ):
            return True
        groups = list(self.store.scan("task_group", {"queue": queue}))
        return any(offer.fits(row["grouping"]) for row in groups)

    def _delivery(self, lease: Lease) -> Delivery:
        recent = self._recent.pop(lease.task.stream, None)
        if recent is not None:
            spec, shelved, head, sealed = recent
        else:
            state = self.known(lease.task)
            if state.asked is None:
                return Delivery(lease, _ERASED, None, state.head, state.sealed, self.store.origin)
            spec, shelved = state.asked.spec, bytes(state.asked.payload)
            head, sealed = state.head, state.sealed
        payload = unshelve(shelved, shelf=RecordedValues(self.store, lease.task.tenant))
        return Delivery(lease, spec, payload, head, sealed, self.store.origin)


def _standing(task: TaskId, spec: Spec, now_ms: int) -> Change:
    """Lets a new task stand in its lane, or wait until its time."""

    def change(tables: Tables) -> None:
        if spec.not_before_ms is not None and spec.not_before_ms > now_ms:
            places.known(tables, task.queue)
            places.wait(tables, task, fence=0, due_at_ms=spec.not_before_ms, since_ms=None)
            return
        record = {
            "priority": int(spec.priority),
            "grouping": spec.group,
            "attempts": 0,
            "requeues": 0,
        }
        places.enter(tables, task, record, fence=0)

    return change
