"""The queue against a naive model: plain lists, one task chosen at a time, nothing read lazily."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from tests.conftest import SOAK
from tests.unit.work.queues import COORDINATIONS, PROJECTIONS, HandClock, memory, queue_on

from tarl.errors import Conflict
from tarl.journal.rebuild import changed_tables
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.retry import RetryPolicy
from tarl.work.queue import events
from tarl.work.queue.fairness import PRIORITY_STRIDES
from tarl.work.queue.ledger import Delivery
from tarl.work.queue.task import Offer, Priority

RETRY = RetryPolicy(attempts_max=2, first_wait_ms=1_000, jitter=0.0)
TTL_MS = 5_000
STRIDE = 1_000_000
OFFERS = {
    "all": Offer(capabilities=frozenset({"gpu"})),
    "cpu": Offer(),
    "gpu-only": Offer(handlers=frozenset({"render"}), capabilities=frozenset({"gpu"})),
}
GROUPS = {"plain": ("work", ()), "render": ("render", ("gpu",))}


class Task:
    def __init__(self, id: str, tenant: str, priority: Priority, group: str) -> None:
        self.id, self.tenant, self.priority, self.group = id, tenant, priority, group
        self.status, self.attempts, self.fence = "ready", 0, 0
        self.due_ms = self.expires_ms = 0


class Model:
    """Lanes as lists, tags as numbers; the formulas of ``fairness`` written out plainly."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.lanes: dict[tuple[Priority, str, str], list[Task]] = {}
        self.tenant_finish: dict[tuple[Priority, str], int] = {}
        self.priority_finish: dict[Priority, int] = {}
        self.priority_now: dict[Priority, int] = {}
        self.now = 0

    def stand(self, task: Task, *, first: bool = False) -> None:
        task.status = "ready"
        priority, tenant = task.priority, task.tenant
        if not any(key[0] == priority for key in self.lanes):
            joined = self.now + PRIORITY_STRIDES[priority]
            known = self.priority_finish.get(priority, 0)
            self.priority_finish[priority] = max(joined, known)
        if not any(key[:2] == (priority, tenant) for key in self.lanes):
            self.tenant_finish[priority, tenant] = self.priority_now.get(priority, 0) + STRIDE
        lane = self.lanes.setdefault((priority, tenant, task.group), [])
        lane.insert(0 if first else len(lane), task)

    def leave(self, key: tuple[Priority, str, str]) -> Task:
        task = self.lanes[key].pop(0)
        if not self.lanes[key]:
            del self.lanes[key]
        return task

    def choose(self, offer: Offer) -> Task | None:
        """The next task for an offer, taken out; cancelled ones on the way are dropped."""
        while True:
            open_lanes = [key for key in self.lanes if self.fits(offer, key[2])]
            if not open_lanes:
                return None
            priority = min(
                {key[0] for key in open_lanes},
                key=lambda p: (max(self.priority_finish[p], self.now), p),
            )
            key = min(
                (key for key in open_lanes if key[0] == priority),
                key=lambda k: (self.tenant_finish[k[:2]], k[1], self.grouping(k[2])),
            )
            task = self.leave(key)
            if task.status == "cancelled":
                continue
            self.now = max(self.priority_finish[priority], self.now)
            self.priority_finish[priority] = self.now + PRIORITY_STRIDES[priority]
            now = max(self.tenant_finish[key[:2]], self.priority_now.get(priority, 0))
            self.priority_now[priority] = now
            self.tenant_finish[key[:2]] = now + STRIDE
            return task

    def fits(self, offer: Offer, group: str) -> bool:
        handler, needs = GROUPS[group]
        return (offer.handlers is None or handler in offer.handlers) and (
            offer.capabilities.issuperset(needs)
        )

    def grouping(self, group: str) -> str:
        return {"plain": '["work",""]', "render": '["render","","gpu"]'}[group]


class QueueMachine(RuleBasedStateMachine):
    """Every operation on both, and the same answers."""

    held = Bundle("held")
    open_store: Callable[[QueueMachine], Store]

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = HandClock()
        self.store = self.open_store()
        self.queue = queue_on(self.store, self.clock)
        self.model = Model()
        self.completed: dict[str, int] = {}

    def teardown(self) -> None:
        if isinstance(self.store, SqliteStore):
            assert list(changed_tables(self.store)) == []
        self.store.close()
        self.folder.cleanup()

    @rule(
        tenant=st.sampled_from(["a", "b", "c"]),
        priority=st.sampled_from(Priority),
        group=st.sampled_from(sorted(GROUPS)),
        delay_ms=st.sampled_from([0, 0, 0, 2_000]),
        count=st.integers(1, 5),
    )
    def enqueue(
        self, tenant: str, priority: Priority, group: str, delay_ms: int, count: int
    ) -> None:
        for _ in range(count):
            task = Task(f"t{len(self.model.tasks)}", tenant, priority, group)
            handler, needs = GROUPS[group]
            due_ms = self.clock.ms + delay_ms
            self.queue.enqueue(
                handler,
                task.id,
                id=task.id,
                tenant=tenant,
                priority=priority,
                needs=needs,
                retry=RETRY,
                not_before_ms=due_ms if delay_ms else None,
            )
            self.model.tasks[task.id] = task
            if delay_ms:
                task.status, task.due_ms = "delayed", due_ms
            else:
                self.model.stand(task)

    @rule(target=held, offer=st.sampled_from(sorted(OFFERS)), count=st.integers(1, 6))
    def lease(self, offer: str, count: int) -> list[Delivery]:
        due = [t for t in self.model.tasks.values() if t.status in ("delayed", "delayed-gone")]
        for task in sorted(due, key=lambda t: (t.due_ms, t.tenant, t.id)):
            if task.due_ms <= self.clock.ms:
                if task.status == "delayed":
                    self.model.stand(task)
                else:
                    task.status = "cancelled"
        expected = []
        for _ in range(count):
            chosen = self.model.choose(OFFERS[offer])
            if chosen is None:
                break
            chosen.status, chosen.fence = "leased", chosen.fence + 1
            chosen.expires_ms = self.clock.ms + TTL_MS
            expected.append((chosen.id, chosen.fence, chosen.attempts + 1))
        leased = self.queue.lease("w", OFFERS[offer], tasks_max=count, ttl_ms=TTL_MS)
        assert [(d.lease.task.id, d.lease.fence, d.lease.attempt) for d in leased] == expected
        return leased

    def still_held(self, delivery: Delivery) -> Task | None:
        task = self.model.tasks[delivery.lease.task.id]
        holds = task.status == "leased" and task.fence == delivery.lease.fence
        return task if holds else None

    @rule(leased=consumes(held), how=st.sampled_from(["complete", "fail", "die", "back"]))
    def end(self, leased: list[Delivery], how: str) -> None:
        for delivery in leased:
            task = self.still_held(delivery)
            if task is None:
                with pytest.raises(Conflict, match="is over"):
                    self.act(delivery, how)
                continue
            self.act(delivery, how)
            if how == "complete":
                task.status = "completed"
                self.completed[task.id] = delivery.lease.fence
            elif how == "back":
                self.model.stand(task, first=True)
            else:
                self.failed(task, final=how == "die")

    def act(self, delivery: Delivery, how: str) -> None:
        match how:
            case "complete":
                self.queue.complete(delivery, delivery.lease.fence)
            case "back":
                self.queue.give_back(delivery.lease)
            case _:
                self.queue.fail(delivery, "no", final=how == "die")

    def failed(self, task: Task, *, final: bool = False) -> None:
        task.attempts += 1
        if final or task.attempts >= 2:
            task.status = "dead"
        else:
            task.status, task.due_ms = "delayed", self.clock.ms + 1_000

    @rule(leased=held)
    def beat(self, leased: list[Delivery]) -> None:
        lost = self.queue.heartbeat([d.lease for d in leased])
        assert lost == [d.lease for d in leased if self.still_held(d) is None]
        for delivery in leased:
            task = self.still_held(delivery)
            if task is not None:
                task.expires_ms = self.clock.ms + TTL_MS

    @rule(ms=st.sampled_from([1, 500, 1_000, 3_000, 5_000]))
    def pass_time(self, ms: int) -> None:
        self.clock.ms += ms

    @rule()
    def reclaim(self) -> None:
        expired = [
            task
            for task in self.model.tasks.values()
            if task.status == "leased" and task.expires_ms <= self.clock.ms
        ]
        assert self.queue.reclaim() == len(expired)
        for task in expired:
            self.failed(task)

    @rule(number=st.integers(0, 40), how=st.sampled_from(["cancel", "requeue", "purge"]))
    def person(self, number: int, how: str) -> None:
        task = self.model.tasks.get(f"t{number}")
        if task is None:
            return
        id = self.queue.task(task.id, tenant=task.tenant)
        act: Any = getattr(self.queue, how)
        is_open = task.status in ("ready", "delayed", "leased")
        gone = task.status in ("cancelled", "delayed-gone")
        if how == "cancel" and (is_open or gone):
            act(id)
            task.status = "delayed-gone" if task.status.startswith("delayed") else "cancelled"
        elif how != "cancel" and task.status == "dead":
            act(id)
            if how == "purge":
                task.status = "purged"
            else:
                task.attempts = 0
                self.model.stand(task)
        else:
            with pytest.raises(Conflict):
                act(id)

    @invariant()
    def counts_agree(self) -> None:
        found = self.queue.get_metrics()
        statuses = [task.status for task in self.model.tasks.values()]
        assert found["active_leases"] == statuses.count("leased")
        assert found["tasks_completed"] == statuses.count("completed")
        assert found["dead_letter_queue"] == statuses.count("dead")
        assert found["queue_depth"] == statuses.count("ready") + statuses.count("delayed")

    @invariant()
    def a_completion_is_acknowledged_once_and_under_its_fence(self) -> None:
        for id, fence in self.completed.items():
            task = self.queue.task(id, tenant=self.model.tasks[id].tenant)
            history = [e for e in self.store.read(task.stream) if e.kind == events.TASK_COMPLETED]
            assert len(history) == 1
            assert self.queue.result(task) == fence


class OnMemory(QueueMachine):
    def open_store(self) -> Store:
        return memory()


class OnDisk(QueueMachine):
    def open_store(self) -> Store:
        return SqliteStore(
            Path(self.folder.name) / "queue.db",
            origin="tarl/test",
            projections=PROJECTIONS,
            coordinations=COORDINATIONS,
            synchronous="NORMAL",
        )


SIZE = settings(
    max_examples=1_000 if SOAK else 60, stateful_step_count=60 if SOAK else 40, deadline=None
)
TestOnMemory = OnMemory.TestCase
TestOnMemory.settings = SIZE
TestOnDisk = OnDisk.TestCase
TestOnDisk.settings = SIZE
