"""Timers that survive, and leases that one holder has at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.extended.conftest import HandClock

from tarl.integrations.orchestration_extended import DurableTimer, LongRunningWorkflowManager

RUNG: list[str] = []


def ring() -> None:
    RUNG.append("ring")


@pytest.fixture(autouse=True)
def silence() -> None:
    RUNG.clear()


@pytest.fixture
def open_manager(journal: Path, clock: HandClock) -> Callable[[], LongRunningWorkflowManager]:
    return lambda: LongRunningWorkflowManager(journal=journal, clock=clock)


@pytest.fixture
def manager(open_manager: Callable[[], LongRunningWorkflowManager]) -> LongRunningWorkflowManager:
    return open_manager()


def test_a_timer_fires_once_when_it_is_due(
    manager: LongRunningWorkflowManager, clock: HandClock
) -> None:
    id = manager.schedule_timer("wf", 50, ring)
    assert manager.get_timer(id) == DurableTimer(
        id, "wf", clock.ms // 1000 + 50, ring, callback_name="ring"
    )
    assert manager.fire_timers() == []
    clock.forward(49.9)
    assert manager.fire_timers() == []
    clock.forward(0.2)
    assert [(timer.timer_id, timer.fired) for timer in manager.fire_timers()] == [(id, True)]
    assert manager.fire_timers() == []
    assert RUNG == ["ring"]


def test_no_delay_is_the_next_call(manager: LongRunningWorkflowManager) -> None:
    rung: list[int] = []
    for n in range(3):  # closures of one place, each with its own value
        manager.schedule_timer("wf", 0, lambda n=n: rung.append(n))
    assert len(manager.fire_timers()) == 3
    assert sorted(rung) == [0, 1, 2]


def test_a_callback_may_take_its_timer_or_be_async(manager: LongRunningWorkflowManager) -> None:
    seen: list[Any] = []

    async def later() -> None:
        seen.append("async")

    manager.schedule_timer("wf", 0, lambda timer: seen.append(timer.workflow_id))
    manager.schedule_timer("wf2", 0, later)
    manager.fire_timers()
    assert sorted(seen) == ["async", "wf"]


def test_a_callback_may_use_the_manager(manager: LongRunningWorkflowManager) -> None:
    def again() -> None:
        manager.schedule_timer("wf", 0, ring)

    manager.schedule_timer("wf", 0, again)
    assert len(manager.fire_timers()) == 2
    assert RUNG == ["ring"]


def test_a_cancelled_timer_does_not_fire(
    manager: LongRunningWorkflowManager, clock: HandClock
) -> None:
    id = manager.schedule_timer("wf", 5, ring)
    manager.cancel_timer(id)
    manager.cancel_timer(id)
    clock.forward(10)
    assert manager.fire_timers() == []
    assert manager.get_timer(id).cancelled is True
    with pytest.raises(KeyError):
        manager.cancel_timer("nobody")


def test_a_callback_that_raises_is_called_again(
    manager: LongRunningWorkflowManager, clock: HandClock
) -> None:
    calls: list[int] = []

    def fail_twice() -> None:
        calls.append(1)
        if len(calls) < 3:
            raise RuntimeError("not yet")

    id = manager.schedule_timer("wf", 0, fail_twice)
    for fired in (False, False, True):
        [timer] = manager.fire_timers()
        assert (timer.timer_id, timer.fired) == (id, fired)
        clock.forward(60)
    assert manager.fire_timers() == []
    assert manager.get_timer(id).attempts == 2


def test_a_timer_survives_its_manager(
    manager: LongRunningWorkflowManager,
    open_manager: Callable[[], LongRunningWorkflowManager],
    clock: HandClock,
) -> None:
    named = manager.schedule_timer("wf", 5, ring)
    local = manager.schedule_timer("wf", 5, lambda: RUNG.append("first"))
    clock.forward(10)
    other = open_manager()
    assert other.fire_timers() == []  # it has been told of no callback
    other.register_callback(ring)
    assert [timer.timer_id for timer in other.fire_timers()] == [named]
    other.register_callback(
        lambda: RUNG.append("second"), name=other.get_timer(local).callback_name
    )
    assert [timer.timer_id for timer in other.fire_timers()] == [local]
    assert RUNG == ["ring", "second"]
    assert manager.fire_timers() == []


def test_a_function_keeps_the_name_that_it_was_given(manager: LongRunningWorkflowManager) -> None:
    manager.register_callback(ring, name="alarm")
    assert manager.get_timer(manager.schedule_timer("wf", 1, ring)).callback_name == "alarm"


def test_a_started_manager_fires_by_itself(
    manager: LongRunningWorkflowManager, clock: HandClock
) -> None:
    async def main() -> None:
        await manager.start()
        await manager.start()
        manager.schedule_timer("wf", 5, ring)
        await asyncio.sleep(0.05)
        assert RUNG == []
        clock.forward(6)
        async with asyncio.timeout(20):
            while manager.get_metrics()["fired"] < 1:
                await asyncio.sleep(0.01)
        await manager.stop()
        await manager.stop()

    asyncio.run(main())
    assert RUNG == ["ring"]


@pytest.mark.parametrize("delay", [-1, float("nan"), float("inf"), "5", None, True, 1e12])
def test_bad_delays_are_refused(manager: LongRunningWorkflowManager, delay: Any) -> None:
    with pytest.raises(ValueError, match="cannot be the delay"):
        manager.schedule_timer("wf", delay, ring)
    assert manager.get_status() == {"timers": 0, "leases": 0}


def test_bad_callbacks_are_refused(manager: LongRunningWorkflowManager) -> None:
    with pytest.raises(TypeError, match="no function"):
        manager.schedule_timer("wf", 1, "ring")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"local|lambda"):
        manager.register_callback(lambda: None)
    manager.register_callback(ring, name="r")
    with pytest.raises(ValueError, match="another function is named r"):
        manager.register_callback(print, name="r")


# --- leases


def test_one_holder_at_a_time(
    manager: LongRunningWorkflowManager,
    open_manager: Callable[[], LongRunningWorkflowManager],
    clock: HandClock,
) -> None:
    lease = manager.acquire_lease("wf", "a", 100)
    assert lease
    assert (lease.holder, lease.acquired_at) == ("a", clock.ms // 1000)
    assert lease.expires_at == clock.ms // 1000 + 100
    assert open_manager().acquire_lease("wf", "b") is None
    assert manager.release_lease("wf", "b") is False
    clock.forward(101)
    assert manager.heartbeat("wf", "a") is False
    after = open_manager().acquire_lease("wf", "b")
    assert after is not None
    assert after.token > lease.token
    assert [each.holder for each in manager.get_leases()] == ["b"]


def test_a_heartbeat_gives_it_three_hundred_seconds(
    manager: LongRunningWorkflowManager, clock: HandClock
) -> None:
    manager.acquire_lease("wf", "a", 100)
    assert manager.heartbeat("wf", "b") is False
    assert manager.heartbeat("other", "a") is False
    clock.forward(90)
    assert manager.heartbeat("wf", "a") is True
    clock.forward(299)
    assert manager.acquire_lease("wf", "b") is None
    clock.forward(2)
    assert manager.acquire_lease("wf", "b") is not None


def test_a_released_lease_is_free(manager: LongRunningWorkflowManager) -> None:
    manager.acquire_lease("wf", "a")
    assert manager.get_status() == {"timers": 0, "leases": 1}
    assert manager.release_lease("wf", "a") is True
    assert manager.get_lease("wf") is None
    assert manager.acquire_lease("wf", "b") is not None


@pytest.mark.parametrize("duration", [0, -5, float("inf"), "x"])
def test_bad_durations_are_refused(manager: LongRunningWorkflowManager, duration: Any) -> None:
    with pytest.raises(ValueError, match="cannot be the duration"):
        manager.acquire_lease("wf", "a", duration)
    with pytest.raises(ValueError, match="workflow id"):
        manager.acquire_lease("", "a")
