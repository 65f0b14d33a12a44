"""Tasks from asking to their end: what is leased, retried, fenced off, cancelled and requeued."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.opened import until_test_ends
from tests.unit.work.queues import (
    ANY,
    COORDINATIONS,
    HOUR_MS,
    PROJECTIONS,
    START_MS,
    HandClock,
    memory,
    queue_on,
)

from tarl.errors import ActivityFailed, Conflict, Exceeded, Invalid, Missing, Refused
from tarl.journal.codec import Codec
from tarl.journal.projection import Tables
from tarl.journal.rebuild import changed_tables, rebuild_projections
from tarl.journal.sqlite import SqliteStore
from tarl.kernel.bounds import Bound
from tarl.kernel.retry import RetryPolicy
from tarl.values.metrics import Registry
from tarl.work.queue import events
from tarl.work.queue.ledger import Delivery
from tarl.work.queue.queue import LEASE_TTL_MS, TaskQueue
from tarl.work.queue.settings import QueueLimits
from tarl.work.queue.task import Offer, Priority, TaskId, id_at

ONCE = RetryPolicy(attempts_max=1)
AT_ONCE = RetryPolicy(attempts_max=3, first_wait_ms=0, wait_max_ms=0, jitter=0.0)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def queue(clock: HandClock) -> TaskQueue:
    return queue_on(memory(), clock)


def ids(leased: list[Delivery]) -> list[str]:
    return [delivery.lease.task.id for delivery in leased]


def one(queue: TaskQueue, worker: str = "w", **options: Any) -> Delivery:
    (delivery,) = queue.lease(worker, **options)
    return delivery


def kinds(queue: TaskQueue, task: TaskId) -> list[str]:
    return [event.kind for event in queue.ledger.store.read(task.stream)]


def refusal(error: pytest.ExceptionInfo[Any]) -> str:
    code: str = error.value.code
    return code


class TestAsking:
    def test_a_task_is_carried_out_and_its_result_is_known(self, queue: TaskQueue) -> None:
        task = queue.enqueue("double", {"n": 21}, priority="high")
        with pytest.raises(Conflict) as waiting:
            queue.result(task)
        delivery = one(queue)
        assert (delivery.lease.task, delivery.payload) == (task, b'{"n":21}')
        assert delivery.spec.priority is Priority.HIGH
        queue.complete(delivery, 42)
        assert refusal(waiting) == "task.queued"
        assert queue.result(task) == 42
        assert kinds(queue, task) == [events.TASK_ENQUEUED, events.TASK_COMPLETED]
        assert queue.lease("w") == []

    @pytest.mark.parametrize("name", ["id", "token"])
    def test_the_same_id_or_token_attaches(self, queue: TaskQueue, name: str) -> None:
        first = queue.enqueue("double", 1, **{name: "x"})
        assert queue.enqueue("double", 1, **{name: "x"}) == first
        for handler, payload in (("double", 2), ("treble", 1)):
            with pytest.raises(Conflict) as error:
                queue.enqueue(handler, payload, **{name: "x"})
            assert refusal(error) == "task.exists"
        assert len(queue.lease("w", tasks_max=10)) == 1

    def test_a_token_attaches_to_a_task_that_is_over(self, queue: TaskQueue) -> None:
        task = queue.enqueue("double", 1, token="t")
        queue.complete(one(queue), 2)
        assert queue.result(queue.enqueue("double", 1, token="t")) == 2
        assert queue.lease("w") == []
        assert task.id != "t"

    def test_a_token_of_another_tenant_is_another_task(self, queue: TaskQueue) -> None:
        first = queue.enqueue("double", 1, token="t", tenant="a")
        second = queue.enqueue("double", 2, token="t", tenant="b")
        assert first.id == second.id
        assert len(queue.lease("w", tasks_max=10)) == 2

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            ({"priority": "urgent"}, "task.priority"),
            ({"id": "a", "token": "b"}, "task.spec"),
            ({"timeout_ms": 0}, "task.spec"),
            ({"not_before_ms": -1}, "task.spec"),
            ({"retry": RetryPolicy(attempts_max=None)}, "task.spec"),
            ({"retry": RetryPolicy(attempts_max=101)}, "task.spec"),
            ({"needs": [f"c{i}" for i in range(33)]}, "task.spec"),
            ({"needs": [""]}, "id.empty"),
            ({"id": ""}, "id.empty"),
            ({"tenant": "\0"}, "id.characters"),
        ],
        ids=lambda value: value if isinstance(value, str) else "-".join(value),
    )
    def test_bad_requests_are_refused(
        self, queue: TaskQueue, options: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(Invalid) as error:
            queue.enqueue("double", 1, **options)
        assert refusal(error) == code
        assert queue.get_metrics()["tasks_enqueued"] == 0

    def test_a_payload_without_json_form_is_refused(self, queue: TaskQueue) -> None:
        with pytest.raises(Invalid):
            queue.enqueue("double", object())

    def test_large_values_lie_in_blobs(self, queue: TaskQueue) -> None:
        text = "x" * 100_000
        task = queue.enqueue("echo", text, token="large")
        delivery = one(queue)
        assert delivery.payload == b'"' + text.encode() + b'"'
        queue.complete(delivery, text)
        assert queue.result(task) == text
        assert queue.enqueue("echo", text, token="large") == task
        assert max(len(e.body or b"") for e in queue.ledger.store.read(task.stream)) < 1_000


class TestOrder:
    def test_the_more_urgent_first_and_within_a_priority_the_older(self, queue: TaskQueue) -> None:
        for i, priority in enumerate(("background", "low", "normal", "high", "critical") * 2):
            queue.enqueue("t", i, id=f"{priority}-{i}", priority=priority)
        assert ids(queue.lease("w", tasks_max=20)) == [
            *("critical-4", "critical-9", "high-3", "high-8", "normal-2", "normal-7"),
            *("low-1", "low-6", "background-0", "background-5"),
        ]

    def test_tenants_take_turns_by_their_weights(self, queue: TaskQueue) -> None:
        queue.weigh("large", 3)
        for i in range(40):
            queue.enqueue("t", i, tenant="large", id=f"l{i}")
            queue.enqueue("t", i, tenant="small", id=f"s{i}")
        found = [queue.lease("w", tasks_max=4) for _ in range(5)]
        assert [sum(d.lease.task.tenant == "large" for d in each) for each in found] == [3] * 5

    def test_a_tenant_with_many_tasks_does_not_keep_another_waiting(self, queue: TaskQueue) -> None:
        for i in range(50):
            queue.enqueue("t", i, tenant="many")
        queue.lease("w", tasks_max=20)
        queue.enqueue("t", 0, tenant="few", id="f")
        assert "f" in ids(queue.lease("w", tasks_max=3))

    def test_a_tenant_pays_in_all_its_groups(self, queue: TaskQueue) -> None:
        for i in range(30):
            queue.enqueue("t", i, tenant="two", id=f"plain-{i}")
            queue.enqueue("t", i, tenant="two", id=f"gpu-{i}", needs=["gpu"])
            queue.enqueue("t", i, tenant="one", id=f"one-{i}")
        offer = Offer(capabilities=frozenset({"gpu"}))
        leased = [d for _ in range(5) for d in queue.lease("w", offer, tasks_max=4)]
        assert sum(d.lease.task.tenant == "one" for d in leased) == 10

    def test_a_tenant_pays_in_the_groups_that_a_worker_does_not_serve(
        self, queue: TaskQueue
    ) -> None:
        """``a`` comes first by its name, unless it has just been served more than ``b``."""
        for tenant in ("a", "b"):
            queue.enqueue("t", 0, tenant=tenant, id=f"gpu-{tenant}", needs=["gpu"])
        for i in range(5):
            queue.enqueue("t", i, tenant="a", id=f"plain-{i}")
        assert ids(queue.lease("w", tasks_max=4)) == [f"plain-{i}" for i in range(4)]
        offer = Offer(capabilities=frozenset({"gpu"}))
        assert ids(queue.lease("w", offer)) == ["gpu-b"]


class TestMatching:
    def test_needs_are_a_subset_of_the_capabilities(self, queue: TaskQueue) -> None:
        queue.enqueue("t", 0, id="gpu", needs=["gpu", "big"], priority="critical")
        queue.enqueue("t", 0, id="plain")
        assert ids(queue.lease("w", tasks_max=9)) == ["plain"]
        assert ids(queue.lease("w", Offer(capabilities=frozenset({"gpu"})), tasks_max=9)) == []
        able = Offer(capabilities=frozenset({"gpu", "big", "more"}))
        assert ids(queue.lease("w", able, tasks_max=9)) == ["gpu"]

    def test_a_worker_is_given_only_what_it_knows(self, queue: TaskQueue) -> None:
        queue.enqueue("a", 0, id="a")
        queue.enqueue("b", 0, id="b")
        assert ids(queue.lease("w", Offer(handlers=frozenset({"b", "c"})), tasks_max=9)) == ["b"]

    def test_a_task_may_ask_for_a_version(self, queue: TaskQueue) -> None:
        queue.enqueue("t", 0, id="two", version="2")
        queue.enqueue("t", 0, id="any")
        assert ids(queue.lease("w", Offer(version="1"), tasks_max=9)) == ["any"]
        assert ids(queue.lease("w", Offer(version="2"), tasks_max=9)) == ["two"]

    def test_what_nobody_fits_keeps_nobody_waiting(self, queue: TaskQueue) -> None:
        for i in range(100):
            queue.enqueue("t", i, needs=["gpu"], priority="critical", tenant=f"t{i}")
        queue.enqueue("t", 0, id="plain", priority="background")
        assert ids(queue.lease("w", tasks_max=9)) == ["plain"]

    def test_a_queue_has_its_own_tasks(self, queue: TaskQueue, clock: HandClock) -> None:
        other = queue_on(queue.ledger.store, clock, "other")
        other.enqueue("t", 0, id="o")
        assert queue.lease("w") == []
        assert ids(other.lease("w")) == ["o"]


class TestTime:
    def test_a_delayed_task_waits_for_its_instant(self, queue: TaskQueue, clock: HandClock) -> None:
        queue.enqueue("t", 0, id="later", not_before_ms=clock.ms + 500)
        clock.ms += 499
        assert queue.lease("w") == []
        assert queue.get_metrics()["tasks_delayed"] == 1
        clock.ms += 1
        assert ids(queue.lease("w")) == ["later"]

    def test_a_failed_attempt_waits_longer_each_time(
        self, queue: TaskQueue, clock: HandClock
    ) -> None:
        retry = RetryPolicy(attempts_max=4, first_wait_ms=1_000, factor=2.0, jitter=0.0)
        queue.enqueue("t", 0, retry=retry)
        waits = []
        for _ in range(3):
            ended = queue.fail(one(queue), "no")
            assert ended.status == "queued"
            waits.append(ended.wait_ms)
            assert ended.wait_ms is not None
            clock.ms += ended.wait_ms - 1
            assert queue.lease("w") == []
            clock.ms += 1
        assert waits == [1_000, 2_000, 4_000]

    def test_jitter_is_the_tasks_own(self, clock: HandClock) -> None:
        def waits() -> list[int | None]:
            queue = queue_on(memory(), clock)
            for i in range(5):
                queue.enqueue("t", 0, id=f"t{i}")
            return [queue.fail(d, "no").wait_ms for d in queue.lease("w", tasks_max=5)]

        assert waits() == waits()
        assert len(set(waits())) > 1

    @pytest.mark.parametrize("hour_ms", [-HOUR_MS, HOUR_MS], ids=["back", "forward"])
    def test_a_clock_that_jumps_loses_no_task_and_breaks_no_fence(
        self, queue: TaskQueue, clock: HandClock, hour_ms: int
    ) -> None:
        task = queue.enqueue("t", 0, retry=AT_ONCE)
        queue.enqueue("t", 1, id="waits")
        held = one(queue)
        assert queue.fail(one(queue), "no").wait_ms is not None
        clock.ms += hour_ms
        queue.reclaim()
        clock.ms += LEASE_TTL_MS + 1
        queue.reclaim()
        again = next(d for d in queue.lease("w2", tasks_max=9) if d.lease.task == task)
        assert again.lease.fence > held.lease.fence
        with pytest.raises(Conflict) as error:
            queue.complete(held, "late")
        assert refusal(error) == "lease.lost"
        queue.complete(again, "good")
        assert queue.result(task) == "good"
        assert queue.get_metrics()["queue_depth"] == 0  # both were leased

    def test_a_wait_is_not_an_hour_longer_because_the_clock_went_back(
        self, queue: TaskQueue, clock: HandClock
    ) -> None:
        queue.enqueue("t", 0, id="a")
        wait_ms = queue.fail(one(queue), "no").wait_ms
        assert wait_ms
        clock.ms -= HOUR_MS
        assert queue.lease("w") == []
        clock.ms += wait_ms
        assert ids(queue.lease("w")) == ["a"]


class TestLeases:
    def test_a_silent_workers_task_goes_to_another(
        self, queue: TaskQueue, clock: HandClock
    ) -> None:
        task = queue.enqueue("t", 0, retry=AT_ONCE)
        lost = one(queue, "dead")
        clock.ms += LEASE_TTL_MS - 1
        assert queue.reclaim() == 0
        clock.ms += 1
        assert queue.reclaim() == 1
        taken = one(queue, "alive")
        assert (taken.lease.attempt, taken.lease.fence) == (2, 2)
        for late in (
            lambda: queue.complete(lost, 1),
            lambda: queue.fail(lost, "late"),
            lambda: queue.give_back(lost.lease),
        ):
            with pytest.raises(Conflict) as error:
                late()
            assert refusal(error) == "lease.lost"
        assert queue.heartbeat([lost.lease, taken.lease]) == [lost.lease]
        queue.complete(taken, 2)
        with pytest.raises(Conflict) as error:
            queue.complete(lost, 1)  # though the task is completed, it is not by this holder
        assert refusal(error) == "lease.lost"
        assert queue.result(task) == 2
        assert kinds(queue, task).count(events.TASK_COMPLETED) == 1

    def test_a_heartbeat_extends(self, queue: TaskQueue, clock: HandClock) -> None:
        queue.enqueue("t", 0)
        held = one(queue)
        for _ in range(5):
            clock.ms += LEASE_TTL_MS - 1
            assert queue.heartbeat([held.lease]) == []
            assert queue.reclaim() == 0
        queue.complete(held, 1)

    def test_a_heartbeat_comes_before_who_has_just_found_the_lease_expired(
        self, queue: TaskQueue, clock: HandClock
    ) -> None:
        queue.enqueue("t", 0)
        held = one(queue)
        clock.ms += LEASE_TTL_MS
        store = queue.ledger.store
        reclaiming = queue.ledger.reclaim("main")
        store.commit(next(reclaiming))
        found = next(reclaiming)
        queue.heartbeat([held.lease])
        with pytest.raises(Conflict) as refused:
            store.commit(found)
        assert refusal(refused) == "lease.extended"
        with pytest.raises(StopIteration) as end:
            reclaiming.throw(refused.value)
        assert end.value.value == 0
        queue.complete(held, 1)

    def test_an_expired_lease_that_nobody_took_still_completes(
        self, queue: TaskQueue, clock: HandClock
    ) -> None:
        task = queue.enqueue("t", 0)
        held = one(queue)
        clock.ms += 10 * LEASE_TTL_MS
        queue.complete(held, 1)
        assert queue.result(task) == 1
        assert queue.reclaim() == 0

    def test_completing_again_under_the_same_lease_is_well(self, queue: TaskQueue) -> None:
        task = queue.enqueue("t", 0)
        held = one(queue)
        queue.complete(held, 1)
        queue.complete(held, 1)
        assert kinds(queue, task).count(events.TASK_COMPLETED) == 1

    def test_what_is_given_back_comes_first_and_counts_no_attempt(self, queue: TaskQueue) -> None:
        for i in range(3):
            queue.enqueue("t", i, id=f"t{i}")
        held = one(queue)
        queue.give_back(held.lease)
        again = one(queue)
        assert (again.lease.task.id, again.lease.attempt, again.lease.fence) == ("t0", 1, 2)
        with pytest.raises(Conflict):
            queue.complete(held, 1)

    def test_a_task_that_kills_its_workers_dies(self, queue: TaskQueue, clock: HandClock) -> None:
        task = queue.enqueue("poison", 0, retry=AT_ONCE)
        for _ in range(3):
            one(queue)
            clock.ms += LEASE_TTL_MS
            assert queue.reclaim() == 1
        assert queue.lease("w") == []
        with pytest.raises(ActivityFailed) as error:
            queue.result(task)
        assert (refusal(error), error.value.type) == ("task.dead", "LeaseExpired")
        assert queue.get_metrics()["dead_letter_queue"] == 1


class TestDeath:
    def test_a_dead_task_is_requeued_with_fresh_attempts(
        self, queue: TaskQueue, clock: HandClock
    ) -> None:
        task = queue.enqueue("t", 0, retry=ONCE)
        first = one(queue)
        assert queue.fail(first, ValueError("no")).status == "dead"
        queue.requeue(task, by="ann")
        again = one(queue)
        assert (again.lease.attempt, again.lease.requeues) == (1, 1)
        assert again.lease.fence > first.lease.fence
        queue.complete(again, "good")
        assert queue.result(task) == "good"
        assert kinds(queue, task) == [
            *(events.TASK_ENQUEUED, events.TASK_ATTEMPT_FAILED, events.TASK_DEAD),
            *(events.TASK_REQUEUED, events.TASK_COMPLETED),
        ]

    def test_a_final_failure_leaves_no_attempt(self, queue: TaskQueue) -> None:
        queue.enqueue("t", 0)
        assert queue.fail(one(queue), "no", final=True).status == "dead"

    def test_a_policy_names_errors_that_are_not_tried_again(self, queue: TaskQueue) -> None:
        queue.enqueue("t", 0, retry=RetryPolicy(never=("LookupError",)))
        assert queue.fail(one(queue), KeyError("x")).status == "dead"

    def test_a_purged_task_is_given_up(self, queue: TaskQueue) -> None:
        task = queue.enqueue("t", 0, retry=ONCE)
        queue.fail(one(queue), "no")
        queue.purge(task)
        assert queue.get_metrics()["dead_letter_queue"] == 0
        with pytest.raises(Conflict) as error:
            queue.requeue(task)
        assert refusal(error) == "task.not_dead"

    def test_only_dead_tasks_are_requeued_or_purged(self, queue: TaskQueue) -> None:
        task = queue.enqueue("t", 0)
        for act in (queue.requeue, queue.purge):
            with pytest.raises(Conflict) as error:
                act(task)
            assert refusal(error) == "task.not_dead"
        with pytest.raises(Missing) as missing:
            queue.requeue(queue.task("other"))
        assert refusal(missing) == "task.missing"


class TestCancelling:
    @pytest.mark.parametrize("options", [{}, {"not_before_ms": START_MS + 5}], ids=["ready", "due"])
    def test_a_cancelled_task_is_never_leased(
        self, queue: TaskQueue, clock: HandClock, options: dict[str, Any]
    ) -> None:
        task = queue.enqueue("t", 0, **options)
        queue.enqueue("t", 1, id="next")
        queue.cancel(task)
        queue.cancel(task)  # again is well
        clock.ms += 10
        assert ids(queue.lease("w", tasks_max=9)) == ["next"]
        assert queue.ledger.store.count("task_gone") == 0
        with pytest.raises(Conflict) as error:
            queue.result(task)
        assert refusal(error) == "task.cancelled"

    def test_a_worker_loses_a_cancelled_task(self, queue: TaskQueue) -> None:
        task = queue.enqueue("t", 0)
        held = one(queue)
        queue.cancel(task)
        assert queue.heartbeat([held.lease]) == [held.lease]
        with pytest.raises(Conflict) as error:
            queue.complete(held, 1)
        assert refusal(error) == "lease.lost"

    def test_what_is_over_is_not_cancelled(self, queue: TaskQueue) -> None:
        task = queue.enqueue("t", 0)
        queue.complete(one(queue), 1)
        with pytest.raises(Conflict) as error:
            queue.cancel(task)
        assert refusal(error) == "task.ended"

    def test_more_cancelled_tasks_than_one_lease_clears_away(
        self, queue: TaskQueue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tarl.work.queue.selection.GONE_MAX", 3)
        for i in range(8):
            queue.cancel(queue.enqueue("t", i))
        queue.enqueue("t", 9, id="last")
        assert [ids(queue.lease("w")) for _ in range(3)] == [[], [], ["last"]]


class TestLimits:
    def test_a_rate_limits_leases_by_time(self, queue: TaskQueue, clock: HandClock) -> None:
        queue.limit(QueueLimits(rate_per_s=2.0, burst=3))
        for i in range(20):
            queue.enqueue("t", i)
        found = []
        for _ in range(4):
            found.append(len(queue.lease("w", tasks_max=10)))
            clock.ms += 1_000
        assert found == [3, 2, 2, 2]
        clock.ms -= HOUR_MS
        assert len(queue.lease("w", tasks_max=10)) == 0
        clock.ms += 1_000
        assert len(queue.lease("w", tasks_max=10)) == 2
        clock.ms += HOUR_MS
        assert len(queue.lease("w", tasks_max=10)) == 3

    def test_a_concurrency_limit_holds_over_workers(self, queue: TaskQueue) -> None:
        queue.limit(QueueLimits(concurrent_max=3))
        for i in range(9):
            queue.enqueue("t", i)
        held = [*queue.lease("a", tasks_max=2), *queue.lease("b", tasks_max=9)]
        assert len(held) == 3
        queue.complete(held[0], 1)
        assert len(queue.lease("b", tasks_max=9)) == 1

    def test_a_paused_queue_leases_nothing(self, queue: TaskQueue) -> None:
        queue.enqueue("t", 0)
        queue.limit(QueueLimits(paused=True))
        assert queue.lease("w") == []
        queue.limit(QueueLimits())
        assert len(queue.lease("w")) == 1

    @pytest.mark.parametrize(
        "values",
        [
            {"rate_per_s": 0.0},
            {"rate_per_s": -1.0},
            {"rate_per_s": float("nan")},
            {"burst": 0},
            {"concurrent_max": 0},
        ],
        ids=["zero", "negative", "nan", "burst", "concurrent"],
    )
    def test_limits_outside_their_range_are_refused(self, values: dict[str, Any]) -> None:
        with pytest.raises(Invalid) as error:
            QueueLimits(**values)
        assert refusal(error) == "queue.limits"

    @pytest.mark.parametrize("weight", [0, -1, 1_001, True, 1.5])
    def test_weights_outside_their_range_are_refused(self, queue: TaskQueue, weight: Any) -> None:
        with pytest.raises(Invalid) as error:
            queue.weigh("a", weight)
        assert refusal(error) == "queue.weight"


class Few:
    """Bounds that let each tenant have so many of each resource, counted in the transaction."""

    def __init__(self, most: int) -> None:
        self._most = most

    def take(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        name = f"{tenant}/{resource}"

        def guard(tables: Tables) -> None:
            if _count(tables, name) + amount > self._most:
                raise Exceeded(f"{name} is used up", code="quota.exceeded")

        return Bound((guard,), (lambda tables: _set(tables, name, amount),))

    def give_back(self, tenant: str, resource: str, amount: int = 1, *, task: str = "") -> Bound:
        name = f"{tenant}/{resource}"
        return Bound((), (lambda tables: _set(tables, name, -amount),))


def _count(tables: Tables, name: str) -> int:
    row = tables.get("counter", name)
    return row["n"] if row else 0


def _set(tables: Tables, name: str, change: int) -> None:
    tables.put("counter", {"name": name, "n": _count(tables, name) + change})


class TestBounds:
    @pytest.fixture
    def queue(self, clock: HandClock) -> TaskQueue:
        return queue_on(memory(), clock, bounds=Few(2))

    def counted(self, queue: TaskQueue, tenant: str = "default") -> dict[str, int]:
        rows = queue.ledger.store.scan("counter")
        return {
            row["name"].split("/")[1]: row["n"]
            for row in rows
            if row["name"].startswith(f"{tenant}/")
        }

    def test_queue_depth_bounds_what_is_enqueued(self, queue: TaskQueue) -> None:
        tasks = [queue.enqueue("t", i, id=f"t{i}") for i in range(2)]
        with pytest.raises(Exceeded):
            queue.enqueue("t", 2)
        assert queue.enqueue("t", 0, id="t0") == tasks[0]  # attaching asks for nothing more
        queue.enqueue("t", 2, tenant="other")
        queue.complete(one(queue), 1)
        queue.enqueue("t", 3)

    def test_executions_bound_what_is_leased(self, clock: HandClock) -> None:
        store = memory()
        plain = queue_on(store, clock)
        for i in range(6):
            plain.enqueue("t", i, tenant="a", priority="critical")
        plain.enqueue("t", 9, tenant="b", priority="background")
        queue = queue_on(store, clock, bounds=Few(2))
        held = queue.lease("w", tasks_max=9)
        assert [d.lease.task.tenant for d in held] == ["a", "a", "b"]
        queue.complete(held[0], 1)
        assert len(queue.lease("w", tasks_max=9)) == 1

    def test_everything_is_given_back(self, queue: TaskQueue, clock: HandClock) -> None:
        endings = (
            lambda d: queue.complete(d, 1),
            lambda d: queue.fail(d, "no", final=True),
            lambda d: queue.cancel(d.lease.task),
        )
        for ending in endings:
            queue.enqueue("t", 0)
            ending(one(queue))
            assert self.counted(queue) == {"queue_depth": 0, "concurrent_executions": 0}
        queue.cancel(queue.enqueue("t", 1))
        assert self.counted(queue)["queue_depth"] == 0
        queue.enqueue("t", 2, retry=AT_ONCE)
        queue.give_back(one(queue).lease)
        assert self.counted(queue) == {"queue_depth": 1, "concurrent_executions": 0}
        one(queue)
        clock.ms += LEASE_TTL_MS
        queue.reclaim()
        assert self.counted(queue) == {"queue_depth": 1, "concurrent_executions": 0}

    def test_a_requeued_task_takes_its_place_again(self, queue: TaskQueue) -> None:
        dead = queue.enqueue("t", 0, retry=ONCE)
        queue.fail(one(queue), "no")
        for i in range(2):
            queue.enqueue("t", i)
        with pytest.raises(Exceeded):
            queue.requeue(dead)
        assert queue.ledger.known(dead).status == "dead"


class TestLooking:
    def test_metrics_count_what_happened(self, queue: TaskQueue, clock: HandClock) -> None:
        for i in range(6):
            queue.enqueue("t", i, retry=ONCE if i < 2 else RetryPolicy(attempts_max=2))
        held = queue.lease("w", tasks_max=4)
        queue.complete(held[0], 1)
        queue.fail(held[1], "no")
        queue.fail(held[2], "no")
        assert queue.get_metrics() == {
            "tasks_enqueued": 6,
            "tasks_completed": 1,
            "tasks_cancelled": 0,
            "tasks_failed": 1,
            "tasks_retried": 1,
            "queue_depth": 3,
            "tasks_delayed": 1,
            "active_leases": 1,
            "dead_letter_queue": 1,
            "workers": 0,
        }

    def test_a_registry_counts(self, clock: HandClock) -> None:
        registry = Registry()
        queue = queue_on(memory(), clock, metrics=registry)
        queue.enqueue("t", 0, retry=AT_ONCE, id="x")
        queue.enqueue("t", 0, retry=AT_ONCE, id="x")
        queue.fail(one(queue), "no")
        queue.complete(one(queue), 1)
        queue.get_metrics()
        numbers = {name: value for name, _, value in registry.numbers()}
        assert numbers["queue.tasks_enqueued"] == 1
        assert numbers["queue.tasks_failed"] == numbers["queue.tasks_retried"] == 1
        assert numbers["queue.tasks_completed"] == 1
        assert numbers["queue.queue_depth"] == 0

    def test_workers_are_listed_until_they_leave(self, queue: TaskQueue, clock: HandClock) -> None:
        from tarl.work.queue.operating import WorkerCard

        queue.register_worker(WorkerCard(name="w", capabilities=("gpu",), metadata={"zone": "fi"}))
        queue.enqueue("t", 0)
        one(queue)
        (found,) = queue.get_status()["worker_list"]
        assert (found["capabilities"], found["metadata"]) == (["gpu"], {"zone": "fi"})
        assert (found["alive"], found["leases"]) == (True, 1)
        clock.ms += 120_000
        assert queue.get_metrics()["workers"] == 0
        queue.remove_worker("w")
        assert queue.get_status()["worker_list"] == []


class TestStorage:
    def test_a_second_process_sees_the_same(self, tmp_path: Path, clock: HandClock) -> None:
        first, second = (queue_on(self.open(tmp_path), clock) for _ in range(2))
        task = first.enqueue("t", 1)
        held = one(second)
        second.complete(held, 2)
        assert first.result(task) == 2
        assert first.lease("w") == []

    def open(self, folder: Path, codec: Codec | None = None) -> SqliteStore:
        return until_test_ends(
            SqliteStore(
                folder / "queue.db",
                origin="tarl/test",
                codec=codec,
                projections=PROJECTIONS,
                coordinations=COORDINATIONS,
            )
        )

    def test_the_tables_are_what_the_events_say(self, tmp_path: Path, clock: HandClock) -> None:
        store = self.open(tmp_path)
        queue = queue_on(store, clock)
        queue.limit(QueueLimits(rate_per_s=100.0, burst=50))
        queue.weigh("a", 4)
        for i in range(8):
            queue.enqueue("t", i, tenant="ab"[i % 2], retry=ONCE, priority=Priority(1 + i % 5))
        held = queue.lease("w", tasks_max=5)
        queue.complete(held[0], 1)
        for d in held[1:4]:
            queue.fail(d, "no")
        queue.requeue(held[1].lease.task)
        queue.purge(held[2].lease.task)
        queue.cancel(held[4].lease.task)
        assert list(changed_tables(store)) == []

    def test_sealed_tasks_leave_nothing_in_clear_and_die_with_their_key(
        self, tmp_path: Path, clock: HandClock
    ) -> None:
        keys: dict[str, bytes] = {"default": bytes(range(32))}
        codec = Codec(keys.get, seals=True)
        store = self.open(tmp_path, codec)
        queue = queue_on(store, clock)
        done = queue.enqueue("t", "secret-payload")
        queue.complete(one(queue), "secret-result")
        waits = queue.enqueue("t", "secret-waiting", id="waits")
        assert queue.result(done) == "secret-result"
        held = one(queue_on(store, clock))
        assert held.payload == b'"secret-waiting"'
        queue.give_back(held.lease)
        store.close()
        data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b"secret-" not in data
        store = self.open(tmp_path, Codec(keys.get))
        queue = queue_on(store, clock)
        held = one(queue)  # goes on sealed, though new streams are not
        assert queue.fail(held, "oops: secret-error").status == "queued"
        keys.clear()
        with pytest.raises(Missing) as error:
            queue.result(done)
        assert refusal(error) == "journal.erased"
        clock.ms += HOUR_MS
        erased = one(queue)
        assert (erased.lease.task, erased.payload) == (waits, None)

    def test_an_erased_tenants_tasks_keep_nobody_from_theirs(
        self, tmp_path: Path, clock: HandClock
    ) -> None:
        keys = {"gone": bytes(range(32))}
        store = self.open(tmp_path, Codec(keys.get, seals_for=lambda tenant: tenant == "gone"))
        queue = queue_on(store, clock)
        queue.enqueue("t", 0, tenant="gone", not_before_ms=clock.ms + 5)
        for i in range(3):
            queue.enqueue("t", i, tenant="gone", retry=AT_ONCE)
        held = queue.lease("w", tasks_max=2)
        keys.clear()
        rebuild_projections(store)
        clock.ms += 10
        queue = queue_on(store, clock)  # as after a restart
        queue.give_back(held[0].lease)
        queue.enqueue("t", 0, tenant="other", id="other")
        leased = queue.lease("w", tasks_max=9)
        assert [d.payload for d in leased] == [None, b"0"]
        assert leased[1].lease.task.id == "other"
        clock.ms += LEASE_TTL_MS
        assert queue.reclaim() == 3
        clock.ms += HOUR_MS
        assert ids(queue.lease("w", tasks_max=9)) == ["other"]
        assert queue.get_metrics()["active_leases"] == 1

    def test_only_the_tasks_of_a_sealed_tenant_are_sealed(
        self, tmp_path: Path, clock: HandClock
    ) -> None:
        keys = {"sealed": bytes(range(32))}
        store = self.open(tmp_path, Codec(keys.get, seals_for=lambda tenant: tenant == "sealed"))
        queue = queue_on(store, clock)
        large = "x" * 50_000
        tasks = [queue.enqueue("t", f"{name}-payload", tenant=name) for name in ("sealed", "clear")]
        for delivery in queue.lease("w", tasks_max=2):
            queue.complete(delivery, f"{delivery.lease.task.tenant}-result {large}")
        assert [queue.result(task)[:6] for task in tasks] == ["sealed", "clear-"]
        store.close()
        data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        for text, is_there in ((b"sealed-", False), (b"clear-", True)):
            assert (text + b"payload" in data, text + b"result" in data) == (is_there, is_there)

    def test_lost_coordination_is_restored_from_the_facts(self, clock: HandClock) -> None:
        store = memory()
        queue = queue_on(store, clock)
        for i in range(5):
            queue.enqueue("t", i, id=f"t{i}")
        held = one(queue)
        queue.complete(one(queue), 1)
        for records in store._tables.records.items():
            if records[0] in ("task_ready", "task_lane", "task_group", "task_turn", "task_lease"):
                records[1].clear()
        assert queue.lease("w") == []
        assert queue.restore() == 4
        assert queue.restore() == 0
        again = queue.lease("w", tasks_max=9)
        assert ids(again) == ["t0", "t2", "t3", "t4"]
        with pytest.raises(Conflict):
            queue.complete(held, "late")
        queue.complete(again[0], 1)

    def test_a_plan_that_loses_a_race_decides_anew(self, clock: HandClock, tmp_path: Path) -> None:
        """Two who cancel and complete the same task: one wins, the other is told."""
        store = self.open(tmp_path)
        queue = queue_on(store, clock)
        task = queue.enqueue("t", 0)
        held = one(queue)
        plan = queue.ledger.complete(held, b"1")
        batch = next(plan)
        queue_on(self.open(tmp_path), clock).cancel(task)
        with pytest.raises(Refused) as refused:
            store.commit(batch)
        with pytest.raises(Conflict) as error:
            plan.throw(refused.value)
        assert refusal(error) == "lease.lost"
        assert kinds(queue, task)[-1] == events.TASK_CANCELLED


def test_drawn_ids_are_in_the_order_of_their_times() -> None:
    ids = [id_at(ms, "f0" * 16) for ms in (0, 9, 10, START_MS, START_MS + 1)]
    assert ids == sorted(set(ids))
    assert id_at(START_MS, "0" * 32) != id_at(START_MS, "1" * 32)


def test_offers_fit_by_handler_version_and_needs() -> None:
    assert ANY.fits('["h",""]')
    assert not ANY.fits('["h","2"]')


def test_a_task_comes_back_to_the_process_that_asked_for_it(clock: HandClock) -> None:
    """What that process remembers of the task is older than what others recorded since."""
    store = memory()
    here, there = queue_on(store, clock), queue_on(store, clock)
    task = here.enqueue("t", "payload", retry=AT_ONCE)
    assert there.fail(one(there), "no").status == "queued"
    again = one(here)
    assert (again.payload, again.lease.attempt) == (b'"payload"', 2)
    here.complete(again, "good")
    assert there.result(task) == "good"
