"""Timers: set, cancelled, fired once; late rather than never; visible when they cannot be fired."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.retry import RetryPolicy
from tarl.testing.clock import JumpingClock, run
from tarl.values.metrics import Registry
from tarl.work.timers.firing import Firing
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import PAYLOAD_BYTES_MAX, Request, Timers
from tarl.work.timers.tables import CLAIM, TIMERS_COORDINATION, TIMERS_PROJECTION

HOUR_MS = 3_600_000
ROOMS = {
    "origin": "tarl/test",
    "projections": (TIMERS_PROJECTION,),
    "coordinations": (TIMERS_COORDINATION,),
}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore(**ROOMS)
        return
    opened = SqliteStore(tmp_path / "journal.db", synchronous="NORMAL", **ROOMS)
    yield opened
    opened.close()


class World:
    """Processes over one journal, on one clock."""

    def __init__(self, store: Store) -> None:
        self.clock = JumpingClock()
        self.store = store
        self.timers = Timers(store, clock=self.clock)
        self.called: list[tuple[str, Due]] = []

    def process(self, name: str = "p1", handler: str = "ring", **options: object) -> Firing:
        handlers = Handlers()
        handlers.register(lambda due: self.called.append((name, due)), name=handler)
        return self.firing(handlers, name, **options)

    def firing(self, handlers: Handlers, name: str = "p1", **options: object) -> Firing:
        return Firing(
            self.timers,
            handlers,
            holder=name,
            monotonic=lambda: self.clock.elapsed_s,
            **options,  # type: ignore[arg-type]
        )

    def set(self, timer_id: str = "t", **options: object) -> None:
        request = {"handler": "ring", "delay_ms": 1_000, **options}
        self.timers.set(Request(timer_id=timer_id, **request))  # type: ignore[arg-type]

    @property
    def ids(self) -> list[str]:
        return [due.timer_id for _, due in self.called]


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_a_timer_fires_when_it_is_due_and_not_before(world: World) -> None:
    world.set(payload={"n": 1}, about="wf")
    process = world.process()
    world.clock.advance(0.999)
    assert process.fire_due() == []
    world.clock.advance(0.001)
    fired = process.fire_due()
    assert [(t.timer_id, t.status) for t in fired] == [("t", "fired")]
    due = world.called[0][1]
    assert (due.payload, due.about, due.attempt) == ({"n": 1}, "wf", 1)
    assert due.key == "timer/default/t"
    assert process.fire_due() == []
    assert world.store.count(CLAIM.name) == 0


def test_timers_fire_in_the_order_in_which_they_are_due(world: World) -> None:
    for timer_id, delay in (("late", 300), ("early", 100), ("middle", 200)):
        world.set(timer_id, delay_ms=delay)
    world.clock.advance(HOUR_MS)
    world.process().fire_due()
    assert world.ids == ["early", "middle", "late"]


def test_setting_it_again_changes_nothing_and_another_request_is_refused(world: World) -> None:
    world.set(payload=[1, 2.5, "x"])
    world.clock.advance(0.5)
    world.set(payload=[1, 2.5, "x"])
    head = world.store.head("timer/default/t")
    assert head is not None
    assert head.seq == 1
    for other in ({"payload": [2]}, {"delay_ms": 999}, {"handler": "other"}, {"about": "x"}):
        with pytest.raises(Conflict) as refused:
            world.set(**{"payload": [1, 2.5, "x"], **other})
        assert refused.value.code == "timer.exists"
    with pytest.raises(Conflict):
        world.set(delay_ms=None, due_at_ms=world.timers.get("t").due_at_ms, payload=[1, 2.5, "x"])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"delay_ms": -1}, "timer.due"),
        ({"delay_ms": None}, "timer.due"),
        ({"due_at_ms": 5}, "timer.due"),
        ({"delay_ms": 1.5}, "timer.due"),
        ({"delay_ms": True}, "timer.due"),
        ({"delay_ms": 10**15}, "timer.due"),
        ({"handler": ""}, "id.empty"),
        ({"timer_id": "a\nb"}, "id.characters"),
        ({"payload": {1, 2}}, "value.type"),
        ({"payload": float("nan")}, "value.not_finite"),
    ],
    ids=str,
)
def test_bad_requests_are_refused(world: World, options: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.set(**options)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert world.timers.count() == 0


def test_a_payload_that_is_too_large_and_too_many_timers_are_refused(world: World) -> None:
    with pytest.raises(Exceeded) as refused:
        world.set(payload="x" * PAYLOAD_BYTES_MAX)
    assert refused.value.code == "timer.payload_too_large"
    request = Request(timer_id="a", handler="ring", delay_ms=1)
    with pytest.raises(Exceeded):
        world.timers.set_all([request] * 10_001)
    with pytest.raises(Invalid):
        world.timers.set_all([request, request])


def test_many_are_set_at_once_or_none(world: World) -> None:
    requests = [Request(timer_id=f"t{i}", handler="ring", delay_ms=i) for i in range(5)]
    assert [t.timer_id for t in world.timers.set_all(requests)] == ["t0", "t1", "t2", "t3", "t4"]
    bad = [*requests[:2], Request(timer_id="t9", handler="ring", delay_ms=-1)]
    with pytest.raises(Invalid):
        world.timers.set_all(bad)
    assert world.timers.count() == 5


def test_a_cancelled_timer_never_fires(world: World) -> None:
    world.set()
    assert world.timers.cancel("t", reason="not needed")
    assert not world.timers.cancel("t")
    world.clock.advance(10)
    assert world.process().fire_due() == []
    assert world.timers.get("t").status == "cancelled"
    with pytest.raises(Missing):
        world.timers.cancel("nobody")


def test_a_timer_cannot_be_cancelled_while_its_handler_runs(world: World) -> None:
    codes = []

    def handler(due: Due) -> None:
        with pytest.raises(Conflict) as refused:
            world.timers.cancel(due.timer_id)
        codes.append(refused.value.code)

    handlers = Handlers()
    handlers.register(handler, name="ring")
    world.set()
    world.clock.advance(2)
    world.firing(handlers).fire_due()
    assert codes == ["timer.firing"]
    assert world.timers.get("t").status == "fired"


def test_tenants_do_not_see_one_another_s_timers(world: World) -> None:
    world.set(tenant="a")
    world.set(tenant="b", delay_ms=5)
    assert world.timers.cancel("t", tenant="a")
    assert world.timers.get("t", tenant="b").status == "pending"
    assert list(world.timers.of("wf", tenant="a")) == []
    with pytest.raises(Missing):
        world.timers.get("t")


def test_a_handler_that_raises_is_tried_again_and_then_fails_visibly(world: World) -> None:
    attempts = []

    def handler(due: Due) -> None:
        attempts.append(due.attempt)
        raise ValueError("no luck")

    handlers = Handlers()
    handlers.register(handler, name="ring")
    policy = RetryPolicy(attempts_max=3, first_wait_ms=1_000, jitter=0)
    process = world.firing(handlers, retry=policy)
    world.set()
    for wait_s in (1, 0.9, 0.1, 1.9, 0.1, 100):
        world.clock.advance(wait_s)
        process.fire_due()
    assert attempts == [1, 2, 3]
    timer = world.timers.get("t")
    assert (timer.status, timer.attempts) == ("failed", 3)
    last = list(world.store.read("timer/default/t"))[-1]
    assert b"ValueError: no luck" in (last.body or b"")
    world.timers.rearm("t")
    process.fire_due()
    assert attempts == [1, 2, 3, 1]


def test_only_a_failed_timer_is_put_back(world: World) -> None:
    world.set()
    with pytest.raises(Conflict) as refused:
        world.timers.rearm("t")
    assert refused.value.code == "timer.not_failed"


def test_a_missing_handler_is_named_aloud_and_the_timer_waits_for_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.set(handler="gone")
    process = world.process()
    world.clock.advance(2)
    with caplog.at_level(logging.ERROR):
        assert process.fire_due() == []
    assert world.timers.get("t").status == "pending"  # another process may have it
    world.clock.advance(10)
    with caplog.at_level(logging.ERROR):
        assert process.fire_due() == []
    assert "gone" in caplog.text
    assert world.timers.get("t").status == "unanswered"
    other = world.process("p2", handler="gone")
    assert [t.status for t in other.fire_due()] == ["fired"]


def test_timers_without_handler_do_not_keep_the_others_waiting(world: World) -> None:
    for i in range(200):
        world.set(f"gone{i:03}", handler="gone", delay_ms=i)
    world.set("known", delay_ms=500)
    process = world.process()
    world.clock.advance(1)
    process.fire_due()
    assert world.ids == ["known"]


def test_a_dead_process_s_timer_is_taken_over_after_its_claim_s_life(world: World) -> None:
    world.set()
    world.clock.advance(2)
    dead = world.process("dead", claim_ttl_ms=5_000)
    works, _ = dead.look()
    assert len(works) == 1
    other = world.process("p2", claim_ttl_ms=5_000)
    assert other.fire_due() == []
    world.clock.advance(4.9)
    assert other.fire_due() == []
    world.clock.advance(0.1)
    assert [t.timer_id for t in other.fire_due()] == ["t"]
    assert world.called[0][0] == "p2"


def while_claiming(
    store: Store, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]
) -> None:
    """Let something happen between the moment when timers are found and their being claimed."""
    commit_each = store.commit_each

    def late(batches: Any, **options: Any) -> Any:
        monkeypatch.setattr(store, "commit_each", commit_each)
        happens()
        return commit_each(batches, **options)

    monkeypatch.setattr(store, "commit_each", late)


def test_of_two_that_find_the_same_timer_one_claims_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.set()
    world.clock.advance(2)
    other = world.process("p2")
    while_claiming(world.store, monkeypatch, lambda: other.look())
    works, _ = world.process("p1").look()
    assert works == []
    claim = world.store.get(CLAIM.name, "default", "t")
    assert claim is not None
    assert claim["holder"] == "p2"


@pytest.mark.parametrize("ending", ["fired", "cancelled"])
def test_a_timer_that_is_over_meanwhile_is_not_claimed(
    world: World, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    world.set()
    world.clock.advance(2)
    other = world.process("p2")
    ends = {"fired": other.fire_due, "cancelled": lambda: world.timers.cancel("t")}
    while_claiming(world.store, monkeypatch, ends[ending])
    works, _ = world.process("p1").look()
    assert works == []
    assert world.timers.get("t").status == ending
    assert world.store.count(CLAIM.name) == 0


def test_the_late_outcome_of_a_lost_claim_is_refused(world: World) -> None:
    world.set()
    world.clock.advance(2)
    slow = world.process("slow", claim_ttl_ms=5_000)
    ((work,), _) = slow.look()
    other = world.process("p2", claim_ttl_ms=5_000)
    other.fire_due()
    world.clock.advance(5)
    other.fire_due()
    assert world.timers.get("t").status == "fired"
    head = world.store.head("timer/default/t")
    assert not slow._call_now(work)
    assert world.store.head("timer/default/t") == head


@pytest.mark.parametrize("step_ms", [-HOUR_MS, HOUR_MS])
def test_a_clock_that_is_set_takes_no_claim_from_a_live_process(world: World, step_ms: int) -> None:
    world.set()
    world.clock.advance(2)
    world.process("slow").look()
    other = world.process("p2")
    other.fire_due()
    world.clock.set_wall(world.clock.now_ms() + step_ms)
    assert other.fire_due() == []


def test_a_clock_set_forward_fires_early_and_once_and_set_back_fires_late_and_once(
    world: World,
) -> None:
    world.set("soon", delay_ms=60_000)
    world.set("later", delay_ms=2 * HOUR_MS)
    process = world.process()
    world.clock.set_wall(world.clock.now_ms() + HOUR_MS)
    process.fire_due()
    assert world.ids == ["soon"]
    world.clock.set_wall(world.clock.now_ms() - HOUR_MS)
    assert process.fire_due() == []
    world.clock.advance(2 * HOUR_MS / 1000)
    process.fire_due()
    assert world.ids == ["soon", "later"]


def test_the_loop_fires_what_is_due_when_it_is_due(world: World) -> None:
    told: list[tuple[str, int]] = []

    async def handler(due: Due) -> None:
        told.append((due.timer_id, world.clock.now_ms() - due.due_at_ms))
        await asyncio.sleep(0.5)

    handlers = Handlers()
    handlers.register(handler, name="ring")
    registry = Registry()
    world.timers.metrics = registry
    for i in range(5):
        world.set(f"t{i}", delay_ms=100 * i)

    async def main() -> None:
        task = asyncio.create_task(world.firing(handlers).keep_firing())
        await asyncio.sleep(0.25)
        world.set("new", delay_ms=0)  # seen at once
        await asyncio.sleep(2)
        task.cancel()

    run(main(), clock=world.clock)
    assert [name for name, _ in told] == ["t0", "t1", "t2", "new", "t3", "t4"]
    assert max(late for _, late in told) <= 12
    assert world.timers.count("fired") == 6
    counts = {name: value for name, _, value in registry.numbers()}
    assert counts["timers.fired"] == 6


def test_the_loop_runs_no_more_handlers_at_once_than_it_may(world: World) -> None:
    running, most = 0, 0

    async def handler(due: Due) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.2)
        running -= 1

    handlers = Handlers()
    handlers.register(handler, name="ring")
    for i in range(20):
        world.set(f"t{i}", delay_ms=0)

    async def main() -> None:
        task = asyncio.create_task(world.firing(handlers, together_max=3).keep_firing())
        await asyncio.sleep(30)
        task.cancel()

    run(main(), clock=world.clock)
    assert most == 3
    assert world.timers.count("fired") == 20


def test_a_handler_that_takes_longer_than_a_claim_lives_keeps_its_claim(world: World) -> None:
    calls = []

    def slow(name: str) -> Handlers:
        async def handler(due: Due) -> None:
            calls.append(name)
            await asyncio.sleep(30)

        handlers = Handlers()
        handlers.register(handler, name="ring")
        return handlers

    world.set()

    async def main() -> None:
        tasks = [
            asyncio.create_task(
                world.firing(slow(name), name, claim_ttl_ms=2_000).keep_firing(poll_s=0.05)
            )
            for name in ("p1", "p2")
        ]
        await asyncio.sleep(60)
        for task in tasks:
            task.cancel()

    run(main(), clock=world.clock)
    assert len(calls) == 1
    assert world.timers.get("t").status == "fired"


def test_handlers_are_found_by_names_that_outlive_the_process() -> None:
    handlers = Handlers()
    with pytest.raises(Invalid) as refused:
        handlers.register(lambda due: None)
    assert refused.value.code == "handler.local"
    handlers.register(_ring)
    handlers.register(_ring)
    assert handlers.names() == ["_ring"]
    with pytest.raises(Conflict) as taken:
        handlers.register(_other, name="_ring")
    assert taken.value.code == "handler.exists"
    with pytest.raises(Invalid):
        handlers.register("no function")  # type: ignore[type-var]


def _ring(due: Due) -> None:
    return None


def _other(due: Due) -> None:
    return None


def test_the_tables_can_be_made_anew_from_the_events(tmp_path: Path) -> None:
    from tarl.journal.rebuild import changed_tables

    store = SqliteStore(tmp_path / "journal.db", synchronous="NORMAL", **ROOMS)
    world = World(store)
    for i in range(4):
        world.set(f"t{i}", handler="gone" if i == 3 else "ring", about="wf")
    world.timers.cancel("t0")
    world.clock.advance(20)
    world.process().fire_due()
    assert [t.status for t in world.timers.of("wf")] == [
        "cancelled",
        "fired",
        "fired",
        "unanswered",
    ]
    assert list(changed_tables(store)) == []
    assert world.timers.get_status()["fired"] == 2
    store.close()
