"""The queue's face: holders, expiry, retries, dead letters, quotas; and pools that do the work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.extended.conftest import HandClock

from tarl.integrations.orchestration_extended import (
    MultiTenantManager,
    ResourceQuota,
    Task,
    TaskQueue,
    TaskQueuePriority,
    WorkerPool,
)


@pytest.fixture
def open_queue(journal: Path, clock: HandClock) -> Callable[[], TaskQueue]:
    return lambda: TaskQueue("q", journal=journal, clock=clock)


@pytest.fixture
def queue(open_queue: Callable[[], TaskQueue]) -> TaskQueue:
    return open_queue()


def lease(queue: TaskQueue, worker: str, seconds: float = 300) -> Task:
    task = queue.lease_task(worker, seconds, patience=0)
    assert task is not None
    return task


def test_urgent_tasks_come_first(queue: TaskQueue) -> None:
    for priority in reversed(TaskQueuePriority):
        queue.enqueue(f"wf_{priority.name}", "t", {}, priority)
    leased = [lease(queue, f"w{n}").workflow_id for n in range(5)]
    assert leased == [f"wf_{priority.name}" for priority in TaskQueuePriority]
    assert queue.lease_task("w6", patience=0) is None


def test_a_task_as_it_stands(queue: TaskQueue, clock: HandClock) -> None:
    id = queue.enqueue("wf", "t", {"n": 1}, TaskQueuePriority.LOW, max_attempts=5)
    assert lease(queue, "w", 60) == Task(
        id,
        "wf",
        "t",
        {"n": 1},
        TaskQueuePriority.LOW,
        clock.ms // 1000,
        attempts=1,
        max_attempts=5,
        lease_holder="w",
        lease_expires_at=clock.ms // 1000 + 60,
        status="leased",
        fence=1,
    )


def test_a_worker_may_hold_several(queue: TaskQueue) -> None:
    ids = [queue.enqueue("wf", "t", n) for n in range(2)]
    leased = [lease(queue, "w").task_id for _ in ids]
    assert leased == ids
    for id in ids:
        queue.complete_task("w", id, id)
    assert [queue.get_result(id) for id in ids] == ids


def test_only_the_holder_reports(queue: TaskQueue, open_queue: Callable[[], TaskQueue]) -> None:
    id = queue.enqueue("wf", "t", {})
    with pytest.raises(ValueError, match="nobody does"):
        queue.complete_task("w", id, 1)
    lease(queue, "w")
    for call in (queue.complete_task, queue.fail_task):
        with pytest.raises(ValueError, match="worker w does"):
            call("other", id, "x")
    open_queue().complete_task("w", id, {"by": "another object"})
    assert queue.get_result(id) == {"by": "another object"}
    with pytest.raises(ValueError, match="nobody does"):
        queue.complete_task("w", id, 1)


def test_an_expired_lease_is_taken_back(queue: TaskQueue, clock: HandClock) -> None:
    id = queue.enqueue("wf", "t", {})
    first = lease(queue, "dead", 10)
    clock.forward(9)
    assert queue.lease_task("w", patience=0) is None
    clock.forward(2)
    assert queue.lease_task("w", patience=0) is None  # it failed, and waits a little
    clock.forward(1)
    second = lease(queue, "w")
    assert (second.task_id, second.attempts) == (id, 2)
    assert second.fence > first.fence
    with pytest.raises(ValueError, match="does not hold"):
        queue.complete_task("dead", id, "late")
    queue.complete_task("w", id, "good")
    assert queue.get_result(id) == "good"


def test_a_heartbeat_keeps_the_lease(queue: TaskQueue, clock: HandClock) -> None:
    queue.enqueue("wf", "t", {})
    assert queue.heartbeat("w") is False
    lease(queue, "w", 10)
    for _ in range(5):
        clock.forward(8)
        assert queue.heartbeat("w") is True
        assert queue.lease_task("other", patience=0) is None


def test_failures_end_in_the_dead_letters(queue: TaskQueue, clock: HandClock) -> None:
    id = queue.enqueue("wf", "t", {"n": 1})
    outcomes = []
    for _ in range(3):
        lease(queue, "w")
        outcomes.append(queue.fail_task("w", id, "broken"))
        clock.forward(5)
    assert outcomes == ["queued", "queued", "dead"]
    metrics = queue.get_metrics()
    assert (metrics["tasks_failed"], metrics["tasks_retried"]) == (1, 2)
    assert (metrics["dead_letter_queue"], metrics["queue_depth"]) == (1, 0)
    [dead] = queue.dead_letters()
    assert (dead.task_id, dead.payload, dead.status) == (id, {"n": 1}, "dead")
    queue.requeue(id)
    assert lease(queue, "w").task_id == id
    with pytest.raises(ValueError, match="not dead"):
        queue.requeue(id)


def test_a_lease_waits_out_a_short_backoff(journal: Path) -> None:
    queue = TaskQueue("q", journal=journal)
    id = queue.enqueue("wf", "t", {})
    for _ in range(3):
        task = queue.lease_task("w")
        assert task is not None
        queue.fail_task("w", id, "broken")
    assert queue.get_metrics()["dead_letter_queue"] == 1


def test_capabilities(queue: TaskQueue) -> None:
    id = queue.enqueue("wf", "t", {}, required_capabilities=["gpu"])
    queue.register_worker("plain", ["cpu"], {})
    queue.register_worker("strong", ["gpu", "cpu"], {"region": "eu"})
    assert queue.lease_task("plain", patience=0) is None
    assert queue.lease_task("nobody", patience=0) is None
    assert lease(queue, "strong").task_id == id
    queue.enqueue("wf", "t", {}, required_capabilities=["tpu"])
    queue.register_worker("any", ["*"], {})
    assert lease(queue, "any").task_type == "t"
    workers = {w["worker"]: w for w in queue.get_status()["worker_list"]}
    assert workers["strong"]["metadata"] == {"region": "eu"}
    assert queue.get_metrics()["workers"] == 3


def test_the_same_id_again(queue: TaskQueue) -> None:
    assert queue.enqueue("wf", "t", 1, task_id="x") == queue.enqueue("wf", "t", 1, task_id="x")
    with pytest.raises(ValueError, match="another payload"):
        queue.enqueue("wf", "t", 2, task_id="x")
    assert queue.get_metrics()["tasks_enqueued"] == 1


def test_a_delayed_task_waits(queue: TaskQueue, clock: HandClock) -> None:
    queue.enqueue("wf", "t", {}, delay=60)
    assert queue.lease_task("w", patience=0) is None
    clock.forward(61)
    assert lease(queue, "w").workflow_id == "wf"


@pytest.mark.parametrize(
    "bad",
    [
        {"payload": {1, 2}},
        {"payload": object()},
        {"priority": 2},
        {"priority": "HIGH"},
        {"workflow_id": ""},
        {"workflow_id": 7},
        {"task_type": ""},
        {"max_attempts": 0},
        {"max_attempts": True},
        {"delay": -1},
        {"delay": float("nan")},
        {"required_capabilities": "gpu"},
        {"task_id": "a\nb"},
    ],
    ids=lambda bad: "_".join(f"{k}_{type(v).__name__}" for k, v in bad.items()),
)
def test_bad_tasks_are_refused(queue: TaskQueue, bad: dict[str, Any]) -> None:
    good: dict[str, Any] = {"workflow_id": "wf", "task_type": "t", "payload": {}}
    with pytest.raises(ValueError):  # noqa: PT011 (every message differs)
        queue.enqueue(**{**good, **bad})
    assert queue.get_metrics()["tasks_enqueued"] == 0


@pytest.mark.parametrize("duration", [0, -1, float("inf"), "10", True])
def test_bad_durations_are_refused(queue: TaskQueue, duration: Any) -> None:
    with pytest.raises(ValueError, match="lease duration"):
        queue.lease_task("w", duration)


def test_a_result_that_is_not_json_leaves_the_lease(queue: TaskQueue) -> None:
    id = queue.enqueue("wf", "t", {})
    lease(queue, "w")
    with pytest.raises(TypeError):
        queue.complete_task("w", id, object())
    queue.complete_task("w", id, None)
    with pytest.raises(KeyError):
        queue.get_task("nobody")


def test_a_namespace_has_no_more_than_its_quota(queue: TaskQueue, journal: Path) -> None:
    tenants = MultiTenantManager(journal=journal)
    tenants.create_namespace("t", "Team", ResourceQuota(max_queue_depth=2))
    ids = [queue.enqueue("wf", "t", n, namespace="t") for n in range(2)]
    with pytest.raises(ValueError, match="Quota exceeded"):
        queue.enqueue("wf", "t", 3, namespace="t")
    queue.enqueue("wf", "t", 3)  # nobody else's quota
    assert tenants.get_usage("t")["queue_depth"] == 2
    while True:
        task = lease(queue, "w")
        queue.complete_task("w", task.task_id, None, namespace=task.namespace)
        if task.task_id == ids[0]:
            break
    queue.enqueue("wf", "t", 4, namespace="t")


def test_threads_lease_each_task_once(queue: TaskQueue) -> None:
    ids = {queue.enqueue("wf", "t", n) for n in range(20)}
    taken: list[str] = []

    def work(worker: str) -> None:
        while (task := queue.lease_task(worker, patience=0)) is not None:
            taken.append(task.task_id)
            queue.complete_task(worker, task.task_id, None)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(ids)


# --- pools


async def until_idle(queue: TaskQueue) -> None:
    async with asyncio.timeout(20):
        while True:
            metrics = queue.get_metrics()
            if not (metrics["queue_depth"] + metrics["active_leases"]):
                return
            await asyncio.sleep(0.01)


def test_a_pool_carries_tasks_out(journal: Path) -> None:
    queue = TaskQueue("q", journal=journal)
    seen: list[Task] = []

    def double(task: Task) -> int:
        seen.append(task)
        queue.enqueue(task.workflow_id, "note", task.payload)  # from a thread of the pool
        return int(task.payload) * 2

    async def note(task: Task) -> str:
        return f"noted {task.payload}"

    async def main() -> None:
        ids = [queue.enqueue("wf", "double", n) for n in range(5)]
        left = queue.enqueue("wf", "nobody_does", {})
        pool = WorkerPool(queue, 2, {"double": double})
        await pool.start()
        await pool.start()  # once is enough
        pool.register_handler("note", note)
        assert pool.get_status() == {"workers": 2, "running": True}
        async with asyncio.timeout(20):
            while queue.get_metrics()["tasks_completed"] < 10:
                await asyncio.sleep(0.01)
        await pool.stop()
        await pool.stop()
        assert pool.running is False
        assert [queue.get_result(id) for id in ids] == [0, 2, 4, 6, 8]
        assert queue.get_task(left).status == "queued"
        assert pool.get_metrics()["queue.tasks_completed"] == 10

    asyncio.run(main())
    assert {(t.lease_holder or "")[:5] for t in seen} == {"pool-"}
    assert {t.attempts for t in seen} == {1}


def test_a_failing_handler_ends_in_the_dead_letters(journal: Path) -> None:
    queue = TaskQueue("q", journal=journal)
    calls: list[int] = []

    def fail(task: Task) -> None:
        calls.append(task.attempts)
        raise RuntimeError("broken")

    async def main() -> None:
        queue.enqueue("wf", "fail", {})
        pool = WorkerPool(queue, 1, {"fail": fail})
        await pool.start()
        await until_idle(queue)
        await pool.stop()

    asyncio.run(main())
    assert calls == [1, 2, 3]
    assert queue.get_metrics()["dead_letter_queue"] == 1


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "4", 10_000])
def test_bad_pools_are_refused(queue: TaskQueue, count: Any) -> None:
    with pytest.raises(ValueError, match="no number of workers"):
        WorkerPool(queue, count)
    with pytest.raises(TypeError):
        WorkerPool(queue, 1, {"t": "not a function"})  # type: ignore[dict-item]
