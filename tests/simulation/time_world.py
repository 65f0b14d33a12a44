"""Timers and schedules of several processes on one seed: jumping clock, failing store, deaths.

Laws, checked on every seed:
1. No handler begins before its timer is due by the wall clock, nor once its firing or cancellation
   is on disk.
2. A timer whose setting was acknowledged ends fired or cancelled, once.
3. Every time of a schedule, up to its last, is fired, skipped for a reason, or waits: each once, in
   order.
4. A run of a schedule is begun once, is recorded as fired, and no run is recorded that never began.
5. Where runs of a schedule must not overlap, no two run at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import Counter

from tarl.errors import Conflict, TarlError, Unavailable
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch
from tarl.testing.clock import JumpingClock, JumpingLoop
from tarl.testing.faults import Crash, Fault, Faults, FaultyStore
from tarl.work.leases import LEASES_COORDINATION, Leases
from tarl.work.schedules import events as schedule_events
from tarl.work.schedules.firing import Firing as ScheduleFiring
from tarl.work.schedules.ledger import Schedules
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.starting import Wanted
from tarl.work.schedules.state import SCHEDULES_PROJECTION
from tarl.work.schedules.times import Every, between
from tarl.work.timers import events as timer_events
from tarl.work.timers.firing import Firing as TimerFiring
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import Request, Timers
from tarl.work.timers.tables import TIMERS_COORDINATION, TIMERS_PROJECTION

RATES: dict[Fault, float] = {
    "disk_full": 0.02,
    "locked": 0.05,
    "io": 0.02,
    "unknown": 0.03,
    "crash_before": 0.01,
    "crash_after": 0.01,
}
LIVES_MAX = 400
LIFE_S_MAX = 4 * 3_600
EVERY_MS = 10_000
OVERLAPS = ("skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all")


class Violation(AssertionError):
    """A law did not hold; the message begins with the seed."""


class World:
    """One seed's history."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.clock = JumpingClock()
        self.disk = MemoryStore(
            origin="tarl/simulation",
            projections=(TIMERS_PROJECTION, SCHEDULES_PROJECTION),
            coordinations=(TIMERS_COORDINATION, LEASES_COORDINATION),
        )
        self.faults = Faults(self.random.getrandbits(64), RATES)
        self.drawn: Counter[str] = Counter()
        self.lives = 0
        self.over: set[str] = set()
        self.calls: Counter[str] = Counter()
        self.promised: set[str] = set()
        self.runs: dict[str, Wanted] = {}
        self.ends: dict[str, float] = {}
        self.started_of: Counter[str] = Counter()
        self.requests = [
            Request(
                timer_id=f"t{i}",
                handler="ring",
                delay_ms=self.random.choice((0, 5, 500, 7_000, 40_000)),
                payload=i,
            )
            for i in range(self.random.randint(1, 8))
        ]
        self.specs = {
            f"s{i}": Spec(
                times=Every(every_ms=EVERY_MS, offset_ms=self.random.randint(0, EVERY_MS - 1)),
                workflow="w",
                overlap=self.random.choice(OVERLAPS),  # type: ignore[arg-type]
                jitter_ms=self.random.choice((0, 0, 3_000)),
                catch_up_ms=self.random.choice((15_000, 86_400_000)),
                runs_max=self.random.randint(1, 5),
            )
            for i in range(self.random.randint(0, 3))
        }
        self.hours = [-3_600_000, 3_600_000]
        self.random.shuffle(self.hours)

    def violated(self, law: int, what: str) -> None:
        raise Violation(f"seed {self.seed}, life {self.lives}: law {law}: {what}")

    # --- living

    def live(self) -> bool:
        """All processes until everything is over, or they die together; whether it is over."""
        self.lives += 1
        if self.lives > LIVES_MAX:
            self.violated(2, f"not over after {LIVES_MAX} lives")
        self.jump()
        if self.random.random() < 0.3:
            self.clock.advance(self.random.uniform(0, 60))
        loop = JumpingLoop(self.clock)
        loop.set_exception_handler(lambda _, context: None)
        self.stores: list[FaultyStore] = []
        try:
            loop.run_until_complete(asyncio.wait_for(self._life(), LIFE_S_MAX))
        except Crash:
            return False
        except TimeoutError:
            self.violated(2, f"not over after {LIFE_S_MAX} s; {self._unfinished()}")
        finally:
            for task in asyncio.all_tasks(loop):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with contextlib.suppress(Exception):
                    task.get_coro().close()  # type: ignore[union-attr]
            loop.close()
            for store in self.stores:
                self.drawn.update(store.drawn)
        return True

    def jump(self) -> None:
        """Set the wall clock, sometimes, by seconds or by an hour."""
        draw = self.random.random()
        if draw < 0.3:
            step_ms = self.random.randint(-20_000, 20_000)
            if self.hours and self.random.random() < 0.02:
                step_ms = self.hours.pop()
            self.clock.set_wall(self.clock.now_ms() + step_ms)

    def _store(self) -> FaultyStore:
        store = FaultyStore(self.disk, self.faults, on_commit=self._committed)
        self.stores.append(store)
        return store

    async def _life(self) -> None:
        processes = [asyncio.ensure_future(self._process(f"{self.lives}-{i}")) for i in range(2)]
        clients = [asyncio.ensure_future(self._client()), asyncio.ensure_future(self._trouble())]
        while not self._is_over():
            await asyncio.sleep(0.5)
            for one in [*processes, *clients]:
                if one.done() and not one.cancelled() and one.exception() is not None:
                    raise one.exception()  # type: ignore[misc]
            for i, one in enumerate(processes):
                if self.random.random() < 0.01:  # it dies, and another comes in its place
                    one.cancel()
                    name = f"{self.lives}-{i}-{self.clock.elapsed_s}"
                    processes[i] = asyncio.ensure_future(self._process(name))
        for one in [*processes, *clients]:
            one.cancel()

    async def _process(self, name: str) -> None:
        await asyncio.sleep(self.random.uniform(0, 3))
        store = self._store()
        handlers = Handlers()
        if self.random.random() < 0.9:
            handlers.register(self._ring, name="ring")
        monotonic = asyncio.get_running_loop().time
        timers = TimerFiring(
            Timers(store, clock=self.clock),
            handlers,
            holder=name,
            monotonic=monotonic,
            claim_ttl_ms=4_000,
        )
        schedules = ScheduleFiring(
            Schedules(store, clock=self.clock),
            self,
            Leases(store, clock=self.clock),
            holder=name,
            monotonic=monotonic,
        )
        await asyncio.gather(timers.keep_firing(poll_s=1), schedules.keep_firing(poll_s=1))

    async def _client(self) -> None:
        """Sets timers and creates schedules until it is told that they are there; cancels some."""
        store = self._store()
        timers, schedules = Timers(store, clock=self.clock), Schedules(store, clock=self.clock)
        for request in self.requests:
            while request.timer_id not in self.promised:
                with contextlib.suppress(Unavailable):
                    timers.set(request)
                    self.promised.add(request.timer_id)
                await asyncio.sleep(self.random.uniform(0, 0.2))
        for schedule_id, spec in self.specs.items():
            while schedule_id not in self.promised:
                with contextlib.suppress(Unavailable):
                    try:
                        schedules.create(schedule_id, spec)
                    except Conflict as error:
                        if error.code != "schedule.exists":
                            raise
                    self.promised.add(schedule_id)
                await asyncio.sleep(self.random.uniform(0, 0.2))
        for request in self.requests:
            if self.random.random() < 0.1:
                with contextlib.suppress(Unavailable, Conflict):
                    timers.cancel(request.timer_id)

    async def _trouble(self) -> None:
        while True:
            await asyncio.sleep(self.random.expovariate(1 / 10))
            self.jump()

    # --- what handlers and runs do

    async def _ring(self, due: Due) -> None:
        if due.timer_id in self.over:
            self.violated(1, f"{due.timer_id} is over and its handler begins")
        if self.clock.now_ms() < due.due_at_ms and due.timer_id not in self.over:
            self.violated(
                1, f"{due.timer_id} begins {due.due_at_ms - self.clock.now_ms()} ms early"
            )
        self.calls[due.timer_id] += 1
        await asyncio.sleep(self.random.choice((0, 0, 0.1, 3, 12)))
        if self.random.random() < 0.1:
            raise ValueError("no luck")

    def knows(self, workflow: str) -> bool:
        return True

    async def start(self, wanted: Wanted) -> None:
        await asyncio.sleep(self.random.choice((0, 0, 0.01, 2)))
        if self.random.random() < 0.05:
            raise Unavailable("no slot", code="journal.io")
        if wanted.workflow_id in self.runs:
            return
        schedule_id = wanted.workflow_id.partition("-")[0]
        others = [r for r in self.runs if r.startswith(f"{schedule_id}-") and self._runs(r)]
        if others and self.specs[schedule_id].overlap != "allow_all":
            self.violated(5, f"{wanted.workflow_id} begins while {others} run")
        self.runs[wanted.workflow_id] = wanted
        self.ends[wanted.workflow_id] = self.clock.elapsed_s + self.random.choice((0, 1, 8, 25))
        if self.random.random() < 0.05:
            raise Unavailable("the answer was lost", code="journal.io")

    def _runs(self, workflow_id: str) -> bool:
        return self.ends[workflow_id] > self.clock.elapsed_s

    def has_begun(self, tenant: str, workflow_id: str) -> bool:
        return workflow_id in self.runs

    def is_running(self, tenant: str, workflow_id: str) -> bool:
        return workflow_id in self.runs and self._runs(workflow_id)

    async def cancel(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        self.ends[workflow_id] = min(self.ends[workflow_id], self.clock.elapsed_s + 1)

    async def terminate(self, tenant: str, workflow_id: str, *, reason: str) -> None:
        self.ends[workflow_id] = min(self.ends[workflow_id], self.clock.elapsed_s)

    # --- what is seen

    def _committed(self, batch: Batch) -> None:
        for row in batch.rows:
            if row.kind in (timer_events.FIRED, timer_events.CANCELLED):
                timer_id = row.stream.rpartition("/")[2]
                if timer_id in self.over:
                    self.violated(2, f"{timer_id} is over twice")
                self.over.add(timer_id)

    def _is_over(self) -> bool:
        return not self._unfinished()

    def _unfinished(self) -> list[str]:
        left = [r.timer_id for r in self.requests if r.timer_id not in self.over]
        schedules = Schedules(self.disk, clock=self.clock)
        for schedule_id in self.specs:
            try:
                if schedules.get(schedule_id).state.status != "finished":
                    left.append(schedule_id)
            except TarlError:
                left.append(schedule_id)
        return left

    # --- the end

    def judge(self) -> None:
        """What can only be checked at the end."""
        for request in self.requests:
            kinds = [e.kind for e in self.disk.read(f"timer/default/{request.timer_id}")]
            ends = [k for k in kinds if k in (timer_events.FIRED, timer_events.CANCELLED)]
            if len(ends) != 1 or kinds[-1] != ends[0]:
                self.violated(2, f"{request.timer_id} has the history {kinds}")
            if ends == [timer_events.FIRED] and not self.calls[request.timer_id]:
                self.violated(1, f"{request.timer_id} is fired and nobody called its handler")
        recorded: set[str] = set()
        for schedule_id, spec in self.specs.items():
            recorded |= self._judge_schedule(schedule_id, spec)
        if recorded != set(self.runs):
            self.violated(4, f"begun and recorded differ: {recorded ^ set(self.runs)}")

    def _judge_schedule(self, schedule_id: str, spec: Spec) -> set[str]:
        ledger = Schedules(self.disk, clock=self.clock)
        met: list[int] = []
        runs: list[str] = []
        spans: list[tuple[int, int]] = []
        first_ms = 0
        facts = ledger.events(schedule_id, limit=10_000)
        for _, kind, body in facts:
            if kind == schedule_events.CREATED:
                first_ms = body.next_ms
            elif kind == schedule_events.FIRED:
                met.append(body.nominal_ms)
                runs.append(body.run)
            elif kind == schedule_events.SKIPPED and body.before_ms is not None:
                spans.append((body.nominal_ms, body.before_ms))
            elif kind == schedule_events.SKIPPED:
                met.append(body.nominal_ms)
            elif kind == schedule_events.BUFFERED and body.replaces_ms is not None:
                met.append(body.replaces_ms)
        missed = [at for span in spans for at in between(spec.times, *span)]
        last_ms = max([*met, *missed])
        expected = list(between(spec.times, first_ms, last_ms + 1))
        fired = {body.nominal_ms for _, kind, body in facts if kind == schedule_events.FIRED}
        if sorted({*met, *missed}) != expected:
            self.violated(3, f"{schedule_id} left out {set(expected) - set(met) - set(missed)}")
        twice = (Counter(met) + Counter(missed)) - Counter(expected)
        if set(twice) - fired:  # a start that took longer than its lease is recorded all the same
            self.violated(3, f"{schedule_id} met {twice} too often")
        if len(set(runs)) != len(runs):
            self.violated(4, f"{schedule_id} recorded a run twice: {runs}")
        return set(runs)


def scenario(seed: int) -> World:
    """Live through one seed, and check its laws."""
    state = random.getstate()
    random.seed(seed)
    logging.disable(logging.CRITICAL)
    try:
        world = World(seed)
        while not world.live():
            pass
        world.judge()
        return world
    finally:
        logging.disable(logging.NOTSET)
        random.setstate(state)
