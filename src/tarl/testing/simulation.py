"""Whole scenarios on one seed: runs, faults of the store, kills, clocks that jump; and their laws.

    def test_my_workflow_survives_everything():
        for seed in range(500):
            simulate(seed, [Start(workflow=prices, input={"area": "FI"}, id="p")])

A life is one process: it starts or takes up every run and goes on until all have ended or it dies,
in the middle of a commit or between two. The next life opens the same journal. What is checked:

1. A step with an outcome on disk is never attempted again.
2. All attempts of a step carry one key and the same arguments; no two steps share a key.
3. A recorded outcome is what one of the attempts answered.
4. A result that a client was told stays the run's result.
5. A non-idempotent step is attempted once for each time that somebody or its policy allowed it.
6. Every run ends; its chain verifies; its code replays it to the same end.
7. The journal holds exactly what reached it, in that order.
8. What was sent to a run is received once and in order, by it or by the run as which it goes on.
9. Of a run that failed or was cancelled, every completed step that has a compensation is undone
   once, in reverse order, or named as what could not be undone.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import msgspec

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Missing, RunFailed, TarlError, Unavailable, UnknownOutcome
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch, Store
from tarl.kernel import events
from tarl.kernel.analysis.review import refuse_nondeterminism
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.attempt import Attempt
from tarl.kernel.definition import Activity, Registry, Workflow
from tarl.kernel.effect import Effect
from tarl.kernel.events import DECODERS
from tarl.kernel.gateway import AllowAll, Gate, Gateway, Outcome
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.permit import Permit
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.kernel.state import fold
from tarl.kernel.values import Shelf
from tarl.testing.at_once import AtOnce
from tarl.testing.clock import JumpingClock, JumpingLoop, Stalled
from tarl.testing.faults import Crash, Fault, Faults, FaultyStore
from tarl.testing.replaycheck import replay_from
from tarl.testing.simulation_laws import (
    REASON,
    Send,
    broken_by_messages,
    broken_by_saga,
    message_of,
    sent_to,
)
from tarl.values.ids import RunId

RATES: Mapping[Fault, float] = {
    "disk_full": 0.02,
    "locked": 0.05,
    "io": 0.02,
    "unknown": 0.02,
    "crash_before": 0.03,
    "crash_after": 0.03,
}
"""How often a commit fails, unless told otherwise."""

LIVES_MAX = 500
"""After so many deaths a scenario is said not to come to its end."""

OPERATED_MAX = 3_000
"""So often somebody looks for what was interrupted, within one life."""

TRIES_MAX = 300
"""So often a client tries again within one life."""

_SETTLED = frozenset(
    {events.STEP_COMPLETED, events.STEP_FAILED, events.STEP_DENIED, events.STEP_CANCELLED}
)


class Violation(AssertionError):
    """A law did not hold; the message begins with the seed."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a scenario."""

    workflow: Workflow[..., Any]
    input: Any = None
    id: str


class SeenAttempt(msgspec.Struct, kw_only=True):
    """One time that an effect ran; ``answer`` is the body of its outcome, if it got so far."""

    key: str
    scheduled: bytes
    life: int
    answer: bytes | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What happened on one seed.

    Attributes:
        lives: How many processes it took.
        attempts: How many effects were attempted.
        faults: How often each fault happened.
        results: Each run's result, or its error's text, by its reference.
        digests: Each run's last digest (hex), by its reference.
    """

    seed: int
    lives: int
    attempts: int
    faults: dict[str, int]
    results: dict[str, Any]
    digests: dict[str, str]


def simulate(
    seed: int,
    starts: Sequence[Start],
    *,
    sends: Sequence[Send] = (),
    others: Sequence[Workflow[..., Any]] = (),
    rates: Mapping[Fault, float] = RATES,
    gate: Gate | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_disk: bool = False,
) -> Report:
    """Live through a scenario and check its laws.

    Args:
        seed: Everything that is left to chance follows from it.
        starts: The runs.
        sends: What they are told; a run may end before it has been told everything.
        others: Code of the runs that they start as their children.
        rates: Probability of each fault at each commit.
        gate: Decides about the effects; allows all when left out.
        limits: Bounds of the runs.
        on_disk: Whether the journal is an SQLite file in a temporary folder instead of in memory.

    Raises:
        Violation: a law did not hold.
    """
    with _store(on_disk) as store, _dice(seed):
        world = _World(seed, starts, store, rates=rates, gate=gate or AllowAll(), limits=limits)
        world.sends, world.others = sends, others
        while not world.live():
            pass
        return world.judge()


@contextmanager
def _dice(seed: int) -> Iterator[None]:
    """The process's own dice follow the seed as well: the engine spreads its retries with them."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


@lru_cache(maxsize=1_024)
def _is_reviewed(workflow: Workflow[..., Any]) -> bool:
    """Review a workflow's code once a process, not once a life."""
    refuse_nondeterminism(workflow)
    return True


@contextmanager
def _store(on_disk: bool) -> Iterator[Store]:
    if not on_disk:
        yield MemoryStore(
            origin="tarl/simulation", projections=(RUNS_PROJECTION, APPROVALS_PROJECTION)
        )
        return
    with TemporaryDirectory(prefix="tarl-simulation-") as folder:
        store = SqliteStore(
            Path(folder) / "journal.db",
            origin="tarl/simulation",
            projections=(RUNS_PROJECTION, APPROVALS_PROJECTION),
            synchronous="NORMAL",
        )
        try:
            yield store
        finally:
            store.close()


class _World:
    """One seed's history: what reached the disk, what was attempted, what clients were told."""

    def __init__(
        self,
        seed: int,
        starts: Sequence[Start],
        store: Store,
        *,
        rates: Mapping[Fault, float],
        gate: Gate,
        limits: Limits,
    ) -> None:
        self.seed = seed
        self.starts = starts
        self.attempts: dict[tuple[str, int], list[SeenAttempt]] = {}
        self.lives = 0
        self.sends: Sequence[Send] = ()
        self.others: Sequence[Workflow[..., Any]] = ()
        self.activities: dict[str, Activity[..., Any]] = {}
        self._store = store
        self._gate = gate
        self._limits = limits
        self._random = random.Random(seed)
        self._faults = Faults(self._random.getrandbits(64), rates)
        self._clock = JumpingClock()
        self._settled: set[tuple[str, int]] = set()
        self._on_disk: list[tuple[str, int, bytes]] = []
        self._allowed: dict[tuple[str, int], int] = {}
        self._told: dict[str, Any] = {}
        self._faults_seen: dict[str, int] = {}

    # --- living

    def live(self) -> bool:
        """One process, until all runs have ended or it dies; whether all have ended."""
        self.lives += 1
        if self.lives > LIVES_MAX:
            self.violated("6", f"the scenario has not ended after {LIVES_MAX} lives")
        if self._random.random() < 0.1:
            self._clock.set_wall(self._clock.now_ms() + self._random.randint(-5_000, 5_000))
        if self._random.random() < 0.2:
            self._clock.advance(self._random.uniform(0, 100))
        loop = JumpingLoop(self._clock)
        loop.set_exception_handler(lambda _, context: None)
        store = FaultyStore(self._store, self._faults, on_commit=self.committed)
        try:
            loop.run_until_complete(self._life(loop, store))
        except Crash:
            return False
        except Stalled:
            self.violated("6", "a run waits for ever")
        finally:
            self._bury(loop)
            for fault, count in store.drawn.items():
                self._faults_seen[fault] = self._faults_seen.get(fault, 0) + count
        return True

    async def _life(self, loop: JumpingLoop, store: FaultyStore) -> None:
        if self._random.random() < 0.5:
            loop.call_later(self._random.expovariate(20), store.kill)
        limits = self._limits
        engine = Engine(store, owners=None, gate=self._gate, clock=self._clock, limits=limits)
        self._engine = engine
        options = {"threads": AtOnce(), "limits": limits, "now_s": loop.time}
        engine.gateway = _WatchingGateway(self, self._gate, **options)
        workflows = [*(start.workflow for start in self.starts), *self.others]
        runtime = Runtime(engine, Registry(workflows))
        runtime._checked |= {id(workflow) for workflow in workflows if _is_reviewed(workflow)}
        clients = [asyncio.ensure_future(self._client(runtime, start)) for start in self.starts]
        for to in dict.fromkeys(send.to for send in self.sends):
            clients.append(asyncio.ensure_future(self._sender(runtime, to)))  # noqa: PERF401
        everybody = asyncio.gather(*clients)
        if self.sends or self.others:
            await self._operate(runtime, everybody)
        await everybody
        await runtime.close()

    async def _operate(self, runtime: Runtime, everybody: asyncio.Future[Any]) -> None:
        """Take up what was interrupted until all has ended."""
        for _ in range(OPERATED_MAX):
            with contextlib.suppress(Unavailable):
                await runtime.resume_all()
                runtime.engine.post.look()
            await asyncio.sleep(self._random.uniform(1, 20))
            if everybody.done() and not self._store.count("run", {"status": "running"}):
                return
        left = [run["workflow_id"] for run in self._store.scan("run", {"status": "running"})]
        self.violated("6", f"not ended: {left}")

    async def _sender(self, runtime: Runtime, to: str) -> None:
        """Send what there is for one run; looks what arrived when an answer was lost."""
        for send in (send for send in self.sends if send.to == to):
            await asyncio.sleep(self._random.uniform(0, send.delay_s))
            for _ in range(TRIES_MAX):
                if self._has_arrived(send):
                    break
                try:
                    if send.name is None:
                        runtime.cancel(to, reason=REASON)
                    else:
                        runtime.signal(to, send.name, send.payload)
                except Missing:
                    await asyncio.sleep(self._random.uniform(0, 0.1))
                except Unavailable:
                    await asyncio.sleep(self._random.uniform(0, 0.05))
                except Conflict as error:
                    if error.facts.get("status", "continued") != "continued":
                        break  # it has ended
                    await asyncio.sleep(self._random.uniform(0, 0.05))
            else:
                self.violated("8", f"{send} was not taken after {TRIES_MAX} tries")

    def _has_arrived(self, send: Send) -> bool:
        return message_of(send) in sent_to(self._store, send.to)

    async def _client(self, runtime: Runtime, start: Start) -> None:
        await asyncio.sleep(self._random.choice((0, 0, 0.001, 0.01)))
        for _ in range(TRIES_MAX):
            try:
                handle = await runtime.start(start.workflow, start.input, id=start.id)
                self._tell(start.id, await handle.result())
                return
            except RunFailed as error:
                self._tell(start.id, str(error))
                return
            except UnknownOutcome as error:
                self._decide(runtime, start.id, error.facts["step"])
            except (Conflict, Unavailable):
                await asyncio.sleep(self._random.uniform(0, 0.05))
        self.violated("6", f"{start.id} has not ended after {TRIES_MAX} tries in one life")

    def _decide(self, runtime: Runtime, id: str, step: int) -> None:
        run = runtime.find(id)
        answers = [a.answer for a in self.attempts.get((run.stream, step), ()) if a.answer]
        try:
            if answers and b'"result"' in answers[-1]:
                result = msgspec.json.decode(answers[-1])["result"]
                runtime.resolve(run, step=step, result=result)
            else:
                runtime.resolve(run, step=step, retry=True)
        except (Conflict, Unavailable):
            return

    def _tell(self, id: str, result: Any) -> None:
        if id in self._told and self._told[id] != result:
            self.violated("4", f"{id} was {self._told[id]!r} and is now {result!r}")
        self._told[id] = result

    def _bury(self, loop: JumpingLoop) -> None:
        """Free what a dead process holds; nothing of it runs any more."""
        for run in self._engine.live.values():
            run.execution.stop()
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio has no other way
            with contextlib.suppress(Exception):
                task.get_coro().close()
        self._engine.watchdog.close()
        self._engine.threads.shutdown(wait=True, cancel_futures=True)
        loop.close()

    # --- what is seen

    def committed(self, batch: Batch) -> None:
        """A batch is on disk, whatever its writer will hear."""
        for row in batch.rows:
            self._on_disk.append((row.stream, row.seq, row.digest))
            if row.body is None:
                continue
            if row.kind in _SETTLED:
                self._settled.add((row.stream, DECODERS[row.kind](row.body).step))
            elif row.kind == events.STEP_RETRY_ALLOWED or row.kind == events.ATTEMPT_FAILED:
                place = row.stream, DECODERS[row.kind](row.body).step
                self._allowed[place] = self._allowed.get(place, 0) + 1

    def attempted(self, effect: Effect) -> SeenAttempt:
        """An effect begins."""
        place = effect.run.stream, effect.step
        self.activities[effect.activity.name] = effect.activity
        if place in self._settled:
            self.violated("1", f"{place} has an outcome on disk and is attempted again")
        attempt = SeenAttempt(key=effect.key, scheduled=effect.command.body, life=self.lives)
        earlier = self.attempts.setdefault(place, [])
        for other in earlier:
            if (other.key, other.scheduled) != (attempt.key, attempt.scheduled):
                self.violated("2", f"{place} was {other} and is attempted as {attempt}")
        earlier.append(attempt)
        allowed = 1 + self._allowed.get(place, 0)
        if not effect.activity.idempotent and len(earlier) > allowed:
            self.violated("5", f"{place} is attempted {len(earlier)} times, {allowed} allowed")
        return attempt

    # --- the end

    def judge(self) -> Report:
        """Check what can only be checked at the end."""
        logged = [(e.stream, e.seq, e.digest) for e in self._store.read_log()]
        if logged != self._on_disk:
            self.violated("7", f"{len(logged)} events in the journal, {len(self._on_disk)} written")
        keys = [attempts[0].key for attempts in self.attempts.values()]
        if len(keys) != len(set(keys)):
            self.violated("2", "two steps share a key")
        results, digests = {}, {}
        for start in self.starts:
            run = RunId("default", start.id, 1)
            results[run.ref] = self._judge_run(run, start.workflow)
            if self._store.count("run", {"workflow_id": start.id}) > 1:
                results[run.ref] = self._told[start.id]
            if self._told[start.id] != results[run.ref]:
                self.violated("4", f"{start.id} was told {self._told[start.id]!r}")
            head = self._store.head(run.stream)
            digests[run.ref] = "" if head is None else head.digest.hex()
        self._judge_others(results)
        for to in {send.to for send in self.sends}:
            self._judge_messages(to)
        return Report(
            seed=self.seed,
            lives=self.lives,
            attempts=sum(map(len, self.attempts.values())),
            faults=self._faults_seen,
            results=results,
            digests=digests,
        )

    def _judge_run(self, run: RunId, workflow: Workflow[..., Any]) -> Any:
        try:
            replay = replay_from(self._store, workflow, run, limits=self._limits)
        except TarlError as error:
            self.violated("6", f"{run.ref} does not replay: {error}")
        if replay.status == "running":
            self.violated("6", f"{run.ref} has not ended")
        for event in self._store.read(run.stream):
            if event.kind not in (events.STEP_COMPLETED, events.STEP_FAILED):
                continue
            assert event.body is not None
            step = DECODERS[event.kind](event.body).step
            answers = [a.answer for a in self.attempts.get((run.stream, step), ())]
            if event.body not in answers:
                self.violated("3", f"{run.ref} step {step}: {event.body!r} is not of {answers}")
        failure = replay.error
        if replay.status in ("failed", "cancelled"):
            broken = broken_by_saga(fold(self._store.read(run.stream)), self.activities)
            if broken is not None:
                self.violated("9", broken)
        if replay.status in ("cancelled", "terminated"):
            reason = fold(self._store.read(run.stream)).reason
            return f"the run was {replay.status}" + (f": {reason}" if reason else "")
        return replay.result if failure is None else f"{failure.type}: {failure.message}"

    def _judge_others(self, results: dict[str, Any]) -> None:
        """Children, and the runs as which others went on."""
        workflows = [*(start.workflow for start in self.starts), *self.others]
        known = {workflow.name: workflow for workflow in workflows}
        for record in self._store.scan("run"):
            run = RunId(record["tenant"], record["workflow_id"], record["n"])
            if run.ref not in results:
                results[run.ref] = self._judge_run(run, known[record["workflow"]])

    def _judge_messages(self, to: str) -> None:
        wanted = [message_of(send) for send in self.sends if send.to == to]
        broken = broken_by_messages(self._store, to, wanted)
        if broken is not None:
            self.violated("8", broken)

    def violated(self, law: str, what: str) -> NoReturn:
        """A law does not hold."""
        raise Violation(f"seed {self.seed}, life {self.lives}: law {law}: {what}")


class _WatchingGateway(Gateway):
    """The gateway, with somebody who writes down each attempt."""

    def __init__(self, world: _World, gate: Gate, **options: Any) -> None:
        super().__init__(gate, **options)
        self._world = world

    async def perform(
        self, attempt: Attempt, permit: Permit, *, shelf: Shelf, timeout_ms: int | None = None
    ) -> Outcome:
        seen = self._world.attempted(attempt.effect)
        outcome = await super().perform(attempt, permit, shelf=shelf, timeout_ms=timeout_ms)
        seen.answer = outcome.body
        return outcome

    def perform_pure(self, permit: Permit, *, shelf: Shelf) -> Outcome:
        attempt = self._world.attempted(permit.effect)
        outcome = super().perform_pure(permit, shelf=shelf)
        attempt.answer = outcome.body
        return outcome
