"""State machines of timers, leases and schedules against naive models."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tarl.errors import Conflict
from tarl.journal.memory import MemoryStore
from tarl.kernel.retry import RetryPolicy
from tarl.testing.clock import JumpingClock
from tarl.work.leases import LEASES_COORDINATION, Lease, Leases
from tarl.work.schedules.firing import Firing as ScheduleFiring
from tarl.work.schedules.ledger import Schedules
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.starting import Wanted
from tarl.work.schedules.state import SCHEDULES_PROJECTION
from tarl.work.schedules.times import Every
from tarl.work.timers.firing import Firing as TimerFiring
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import Request, Timers
from tarl.work.timers.tables import TIMERS_COORDINATION, TIMERS_PROJECTION

TTL_S = 5
IDS = st.integers(0, 4).map("t{}".format)
HOLDERS = st.sampled_from(("a", "b", "c"))
MACHINES = settings(stateful_step_count=40, max_examples=60, deadline=None)


class TimerMachine(RuleBasedStateMachine):
    """Two processes fire; a third one dies with whatever it has claimed.

    The model: each timer's request, due time and status; and since when a dead claim was seen.
    """

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.clock = JumpingClock()
        store = MemoryStore(
            origin="tarl/test",
            projections=(TIMERS_PROJECTION,),
            coordinations=(TIMERS_COORDINATION,),
        )
        self.timers = Timers(store, clock=self.clock)
        self.status: dict[str, str] = {}
        self.due: dict[str, int] = {}
        self.delay: dict[str, int] = {}
        self.attempts: dict[str, int] = {}
        self.dead: set[str] = set()
        self.fails: set[str] = set()
        self.calls: list[str] = []
        self.deaths = 0
        self.processes = [self.process("a"), self.process("b")]

    def teardown(self) -> None:
        logging.disable(logging.NOTSET)

    def process(self, name: str) -> TimerFiring:
        def ring(due: Due) -> None:
            self.calls.append(due.timer_id)
            assert due.payload == due.timer_id
            assert due.attempt == self.attempts[due.timer_id] + 1
            assert self.status[due.timer_id] == "pending"
            assert self.due[due.timer_id] <= self.clock.now_ms()
            if due.timer_id in self.fails:
                raise ValueError("no luck")

        handlers = Handlers()
        handlers.register(ring, name="ring")
        return TimerFiring(
            self.timers,
            handlers,
            holder=name,
            monotonic=lambda: self.clock.elapsed_s,
            claim_ttl_ms=TTL_S * 1_000,
            retry=RetryPolicy(attempts_max=2, first_wait_ms=1_000, jitter=0),
        )

    @rule(timer_id=IDS, delay=st.sampled_from((0, 10, 1_000, 60_000)))
    def set_(self, timer_id: str, delay: int) -> None:
        request = Request(timer_id=timer_id, handler="ring", delay_ms=delay, payload=timer_id)
        if self.delay.get(timer_id, delay) != delay:
            with pytest.raises(Conflict, match="another way"):
                self.timers.set(request)
            return
        self.timers.set(request)
        if timer_id not in self.status:
            self.status[timer_id] = "pending"
            self.due[timer_id] = self.clock.now_ms() + delay
            self.delay[timer_id] = delay
            self.attempts[timer_id] = 0

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        timer_id = data.draw(st.sampled_from(sorted(self.status)))
        if timer_id in self.dead:
            with pytest.raises(Conflict, match="being fired"):
                self.timers.cancel(timer_id)
            return
        assert self.timers.cancel(timer_id) == (self.status[timer_id] == "pending")
        if self.status[timer_id] == "pending":
            self.status[timer_id] = "cancelled"

    @rule(timer_id=IDS)
    def toggle_failing(self, timer_id: str) -> None:
        self.fails ^= {timer_id}

    @rule(seconds=st.sampled_from((0.01, 1.0, 4.0, 61.0)))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from((-3_600, -30, 30, 3_600)))
    def set_clock(self, seconds: int) -> None:
        self.clock.set_wall(self.clock.now_ms() + seconds * 1_000)

    @rule()
    def claim_and_die(self) -> None:
        self.deaths += 1
        works, _ = self.process(f"dead{self.deaths}").look()
        for work in works:
            assert work.timer.timer_id not in self.dead
            assert self.status[work.timer.timer_id] == "pending"
            self.dead.add(work.timer.timer_id)

    @rule(which=st.integers(0, 1))
    def fire(self, which: int) -> None:
        self.calls = []
        expected = {
            timer_id
            for timer_id, status in self.status.items()
            if status == "pending" and self.due[timer_id] <= self.clock.now_ms()
        }
        self.processes[which].fire_due()
        assert len(self.calls) == len(set(self.calls))
        assert expected - self.dead <= set(self.calls) <= expected
        for timer_id in self.calls:
            self.dead.discard(timer_id)
            self.attempts[timer_id] += 1
            if timer_id not in self.fails:
                self.status[timer_id] = "fired"
            elif self.attempts[timer_id] == 2:
                self.status[timer_id] = "failed"
            else:
                self.due[timer_id] = self.clock.now_ms() + 1_000

    @rule()
    def dead_claims_are_taken_over(self) -> None:
        # Only who has looked at a claim knows how long it has been silent.
        seen = {t for t in self.dead if self.due[t] <= self.clock.now_ms()}
        self.fire(0)
        self.clock.advance(TTL_S + 0.01)  # floats
        self.fire(0)
        pending = seen & self.dead
        assert not pending, f"{pending} are never fired"

    @rule(timer_id=IDS)
    def rearm(self, timer_id: str) -> None:
        if self.status.get(timer_id) == "failed":
            self.timers.rearm(timer_id)
            self.status[timer_id] = "pending"
            self.due[timer_id] = self.clock.now_ms()
            self.attempts[timer_id] = 0

    @invariant()
    def the_table_is_the_model(self) -> None:
        for timer_id, status in self.status.items():
            timer = self.timers.get(timer_id)
            assert (timer.status, timer.due_at_ms) == (status, self.due[timer_id])


class LeaseMachine(RuleBasedStateMachine):
    """The model: who holds a name until when, and the highest token that was given out."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = JumpingClock()
        store = MemoryStore(origin="tarl/test", coordinations=(LEASES_COORDINATION,))
        self.leases = Leases(store, clock=self.clock)
        self.holder: str | None = None
        self.until = 0
        self.length = 0
        self.token = 0

    def is_held(self) -> bool:
        return self.holder is not None and self.until > self.clock.now_ms()

    @rule(holder=HOLDERS, duration=st.sampled_from((1, 500, 10_000)))
    def acquire(self, holder: str, duration: int) -> None:
        now = self.clock.now_ms()
        lease = self.leases.acquire("x", holder, duration_ms=duration)
        if self.is_held() and self.holder != holder:
            assert lease is None
            self.until = min(self.until, now + self.length)
            return
        assert lease is not None
        if not self.is_held():
            self.token += 1
        self.holder, self.until, self.length = holder, now + duration, duration
        assert (lease.holder, lease.token, lease.expires_at_ms) == (holder, self.token, self.until)

    @rule(holder=HOLDERS)
    def heartbeat(self, holder: str) -> None:
        lease = self.leases.heartbeat("x", holder)
        assert (lease is not None) == (self.is_held() and self.holder == holder)
        if lease is not None:
            self.until = self.clock.now_ms() + self.length

    @rule(holder=HOLDERS)
    def release(self, holder: str) -> None:
        mine = self.is_held() and self.holder == holder
        assert self.leases.release("x", holder) == mine
        if mine:
            self.holder = None

    @rule(seconds=st.sampled_from((0.1, 0.5, 11.0)))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from((-3_600, 3_600)))
    def set_clock(self, seconds: int) -> None:
        self.clock.set_wall(self.clock.now_ms() + seconds * 1_000)

    @invariant()
    def the_lease_is_the_model_s(self) -> None:
        lease: Lease | None = self.leases.get("x")
        assert (lease is not None) == self.is_held()
        if lease is not None:
            assert (lease.holder, lease.token) == (self.holder, self.token)


class Runs:
    """Runs that the machine ends."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.running: set[str] = set()

    def knows(self, workflow: str) -> bool:
        return True

    async def start(self, wanted: Wanted) -> None:
        if wanted.workflow_id not in self.started:
            self.started.append(wanted.workflow_id)
            self.running.add(wanted.workflow_id)

    def has_begun(self, tenant: str, workflow_id: str) -> bool:
        return workflow_id in self.started

    def is_running(self, tenant: str, workflow_id: str) -> bool:
        return workflow_id in self.running

    async def cancel(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        self.running.discard(workflow_id)

    terminate = cancel


class ScheduleMachine(RuleBasedStateMachine):
    """The model: every time of the interval, while it is not paused, is met once and in order."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.clock = JumpingClock()
        store = MemoryStore(
            origin="tarl/test",
            projections=(SCHEDULES_PROJECTION,),
            coordinations=(LEASES_COORDINATION,),
        )
        self.schedules = Schedules(store, clock=self.clock)
        self.runs = Runs()
        self.firing = ScheduleFiring(
            self.schedules,
            self.runs,
            Leases(store, clock=self.clock),
            holder="p",
            monotonic=lambda: self.clock.elapsed_s,
        )
        self.overlap: str | None = None
        self.spans: list[tuple[int, int]] = []
        self.since: int | None = None
        self.triggers = 0

    def teardown(self) -> None:
        logging.disable(logging.NOTSET)

    @precondition(lambda self: self.overlap is None)
    @rule(
        overlap=st.sampled_from(
            ("skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all")
        ),
    )
    def create(self, overlap: Any) -> None:
        times = Every(every_ms=1_000)
        spec = Spec(times=times, workflow="w", overlap=overlap)
        self.schedules.create("s", spec)
        self.overlap, self.since = overlap, self.clock.now_ms()

    @rule(seconds=st.sampled_from((0.3, 1.0, 2.5)))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def tick(self) -> None:
        asyncio.run(self.firing.tick())

    @rule(data=st.data())
    def end_a_run(self, data: st.DataObject) -> None:
        if self.runs.running:
            self.runs.running.remove(data.draw(st.sampled_from(sorted(self.runs.running))))

    @precondition(lambda self: self.since is not None)
    @rule()
    def pause(self) -> None:
        assert self.since is not None
        self.settle()
        self.schedules.pause("s")
        self.spans.append((self.since, self.clock.now_ms()))
        self.since = None

    @precondition(lambda self: self.overlap is not None and self.since is None)
    @rule()
    def resume(self) -> None:
        self.schedules.resume("s")
        self.since = self.clock.now_ms()

    @precondition(lambda self: self.overlap is not None)
    @rule()
    def trigger(self) -> None:
        self.schedules.trigger("s")
        self.triggers += 1

    def settle(self) -> None:
        """Until nothing is due: the next time lies ahead."""
        for _ in range(200):
            at_ms = self.schedules.get("s").state.at_ms
            if at_ms is None or at_ms > self.clock.now_ms():
                return
            self.clock.elapsed_s += 0.0001
            self.firing._aside.clear()
            asyncio.run(self.firing.tick())
        raise AssertionError("it never comes to rest")

    @invariant()
    def every_time_is_accounted_for_once(self) -> None:
        if self.overlap is None:
            return
        met, waiting = [], self.schedules.get("s").state.waiting
        for _, kind, body in self.schedules.events("s", limit=10_000):
            if kind in ("schedule.fired/1", "schedule.skipped/1") and body.cause == "due":
                met.append(body.nominal_ms)
            if kind == "schedule.buffered/1" and body.replaces_ms is not None:
                met.append(body.replaces_ms)
        met += [one.nominal_ms for one in waiting if one.cause == "due"]
        state = self.schedules.get("s").state
        spans = list(self.spans)
        if self.since is not None and state.nominal_ms is not None:
            spans.append((self.since, state.nominal_ms - 1))
        expected = {
            at
            for start, end in spans
            for at in range(start - start % -1_000, end + 1, 1_000)
            if at >= start
        }
        late = {at for at in expected if at >= self.clock.now_ms()}
        assert len(met) == len(set(met)), "a time is met twice"
        assert expected - late <= set(met), "a time is left out"
        assert set(met) <= expected, "a time is met that is none"

    @invariant()
    def what_must_not_overlap_does_not(self) -> None:
        if self.overlap is not None and self.overlap != "allow_all":
            assert len(self.runs.running) <= 1
        waiting = self.schedules.get("s").state.waiting if self.overlap else ()
        triggered = [one for one in self.runs.started if "trigger" in one]
        assert len(triggered) + sum(w.cause == "trigger" for w in waiting) <= self.triggers


TestTimers = TimerMachine.TestCase
TestTimers.settings = MACHINES
TestLeases = LeaseMachine.TestCase
TestLeases.settings = MACHINES
TestSchedules = ScheduleMachine.TestCase
TestSchedules.settings = MACHINES
