"""Starts what schedules are due to start: one step of each schedule at a time.

A run's id follows from the schedule and the nominal time, and starting an id that exists changes
nothing; so a time is started once, whoever tries, and what a crash cut off between the start and
its record is recorded by the next. A lease keeps two processes from doing the same work at the same
moment; nothing depends on it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tarl.errors import Conflict, Exceeded, Missing, Refused, TarlError, Unavailable
from tarl.work.leases import Lease, Leases
from tarl.work.pulse import POLL_S, Watch, due_or_changed
from tarl.work.schedules import decide, events
from tarl.work.schedules.decide import Fact, Halt, Start, name_of, run_id
from tarl.work.schedules.ledger import Schedule, Schedules
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.starting import Starter, Wanted
from tarl.work.schedules.state import ACTIVE, SCHEDULE, state_from

log = logging.getLogger(__name__)

Key = tuple[str, str]

STEPS_MAX = 100
"""Schedules that one tick looks at, so that other work of the loop has its turn."""

LEASE_MS = 10_000
"""How long a start may take before another process tries it as well."""

ASIDE_S = 0.25
"""How long a schedule is left aside that waits for a run, or for another process."""

REFUSED_ASIDE_S = 1.0
"""How long a schedule is left aside whose run could not be started."""

UNKNOWN_AFTER_MS = 5_000
"""How late a start must be before a process that lacks the workflow's code says so."""


RECORD_TRIES_MAX = 20
"""Others who write to the schedule while its run is recorded as started."""


class Started(NamedTuple):
    """A run that was started and is not recorded yet."""

    start: Start
    run: str
    still_open: list[str]
    at_ms: int


class Firing:
    """Fires schedules for one process.

    Args:
        schedules: The ledger.
        starter: Through which runs are started.
        leases: Of the same journal.
        holder: This process's name, not another's.
        monotonic: Seconds of a clock that is never set.
    """

    def __init__(
        self,
        schedules: Schedules,
        starter: Starter,
        leases: Leases,
        *,
        holder: str,
        monotonic: Callable[[], float],
    ) -> None:
        self._schedules = schedules
        self._store = schedules.store
        self._clock = schedules.clock
        self._starter = starter
        self._leases = leases
        self._holder = holder
        self._monotonic = monotonic
        self._aside: dict[Key, float] = {}
        self._watch = Watch(monotonic)

    async def tick(self) -> int | None:
        """Take the next step of each schedule that has one; when the next of them is due.

        Raises:
            Unavailable: storage is locked, full or failing.
        """
        now_s = self._monotonic()
        self._aside = {key: until for key, until in self._aside.items() if until > now_s}
        for schedule in list(self._found()):
            try:
                await self._step(schedule)
            except Unavailable:
                raise
            except TarlError as error:
                self._complain(schedule, error)
        return self._next_ms()

    async def keep_firing(self, *, poll_s: float = POLL_S) -> None:
        """Fire schedules until cancelled."""
        while True:
            seen = self._store.revision()
            try:
                due_at_ms = await self.tick()
            except TarlError as error:
                log.error("schedules cannot be fired now: %s", error.message)
                due_at_ms = None
                await asyncio.sleep(ASIDE_S)
            soon_ms = self._clock.now_ms() + int(ASIDE_S * 1_000)
            due_at_ms = soon_ms if due_at_ms is None else min(due_at_ms, soon_ms)
            await due_or_changed(
                self._store, self._clock, seen=seen, due_at_ms=due_at_ms, poll_s=poll_s
            )

    # --- inside

    def _found(self) -> Iterator[Schedule]:
        """Schedules with something waiting, then those that are due, without those left aside."""
        limit = STEPS_MAX + len(self._aside)
        due = {"at_ms": self._clock.now_ms()}
        seen: set[Key] = set()
        for record in (
            *self._store.scan(SCHEDULE.name, {"ready": 1}, limit=limit),
            *self._store.scan(
                SCHEDULE.name, {"status": ACTIVE}, at_most=due, order_by="at_ms", limit=limit
            ),
        ):
            key = record["tenant"], record["schedule_id"]
            if key not in self._aside and key not in seen:
                seen.add(key)
                yield self._schedules.schedule_from(record)

    def _next_ms(self) -> int | None:
        """When the next schedule is due that is not left aside."""
        for record in self._store.scan(
            SCHEDULE.name,
            {"status": ACTIVE},
            at_most={"at_ms": 1 << 62},
            order_by="at_ms",
            limit=len(self._aside) + 1,
        ):
            if (record["tenant"], record["schedule_id"]) not in self._aside:
                return int(record["at_ms"])
        return None

    async def _step(self, schedule: Schedule) -> None:
        spec, state = schedule.spec, schedule.state
        if spec is None:
            raise Missing(
                f"schedule {schedule.schedule_id} is sealed and its key is gone",
                code="journal.erased",
            )
        still_open = self._open(schedule, spec)
        step = self._begun(schedule) or decide.next_step(
            state,
            spec,
            name=name_of(schedule.tenant, schedule.schedule_id),
            now_ms=self._clock.now_ms(),
            running=bool(still_open),
        )
        match step:
            case None:
                self._leave_aside(schedule, ASIDE_S)
            case Fact():
                self._note(schedule, step)
            case Halt():
                await self._halt(schedule, step, still_open)
            case Start():
                await self._start(schedule, spec, step, still_open)

    def _begun(self, schedule: Schedule) -> Start | None:
        """What was started and not recorded, whatever the policy would say about it now."""
        for start in decide.candidates(schedule.state, now_ms=self._clock.now_ms()):
            run = run_id(schedule.schedule_id, start)
            if self._starter.has_begun(schedule.tenant, run):
                return start
        return None

    def _note(self, schedule: Schedule, fact: Fact) -> None:
        """Record what was decided, unless somebody is starting a run of the schedule meanwhile."""
        name, tenant = _lease_name(schedule), schedule.tenant
        held = self._leases.peek(name, tenant=tenant)
        if held is not None and self._lease(schedule) is None:
            return
        guard = self._leases.unheld(name, self._holder, tenant=tenant)
        try:
            recorded = self._schedules.record(schedule, fact, guards=(guard,))
        except Conflict:
            recorded = False
        if held is not None:
            self._release(schedule)
        if not recorded:
            self._leave_aside(schedule, ASIDE_S)
            return
        if fact.kind == events.SKIPPED:
            what = fact.body["nominal_ms"], fact.body["why"]
            log.warning("schedule %s skips %d: %s", schedule.schedule_id, *what)

    def _open(self, schedule: Schedule, spec: Spec) -> list[str]:
        """The schedule's runs that still run; those that may overlap anyway are not asked about."""
        state = schedule.state
        if spec.overlap == "allow_all" and not state.ready:
            return list(state.open)
        running = self._starter.is_running
        return [one for one in state.open if running(schedule.tenant, one)]

    async def _start(
        self, schedule: Schedule, spec: Spec, start: Start, still_open: list[str]
    ) -> None:
        if not self._starter.knows(spec.workflow):
            self._unknown(schedule, spec, start)
            return
        lease = self._lease(schedule)
        if lease is None:
            return
        tenant, schedule_id = schedule.tenant, schedule.schedule_id
        run, name = run_id(schedule_id, start), name_of(tenant, schedule_id)
        begin_ms = self._clock.now_ms()
        try:
            await self._starter.start(Wanted(spec.workflow, spec.input, run, tenant))
        except asyncio.CancelledError:
            self._release(schedule)
            raise
        except (Missing, Unavailable, Exceeded) as error:
            self._release(schedule)
            self._refused(schedule, start, error)
            return
        except Refused as error:
            fact = decide.skipped(
                schedule.state, spec, start, why="refused", name=name, error=_text(error)
            )
            self._schedules.record(schedule, fact, changes=(self._leases.releasing(lease),))
            log.error("schedule %s does not start %s: %s", schedule_id, run, error.message)
            return
        started = Started(start, run, still_open, begin_ms)
        for _ in range(RECORD_TRIES_MAX):
            if self._recorded(schedule, spec, started, lease):
                break
            schedule = self._schedules.get(schedule_id, tenant=tenant)
        self._schedules.metrics.observe("schedules.late_ms", max(0, begin_ms - start.at_ms))

    def _recorded(self, schedule: Schedule, spec: Spec, started: Started, lease: Lease) -> bool:
        """Record a run that was started, on the schedule as it is by now."""
        state = schedule.state
        if started.run in state.open and not decide.is_pending(state, started.start):
            return True  # somebody was faster
        fact = decide.fired(
            schedule.state,
            schedule.spec or spec,
            started.start,
            run=started.run,
            still_open=started.still_open,
            name=name_of(schedule.tenant, schedule.schedule_id),
            now_ms=started.at_ms,
        )
        return self._schedules.record(schedule, fact, changes=(self._leases.releasing(lease),))

    async def _halt(self, schedule: Schedule, halt: Halt, still_open: list[str]) -> None:
        self._leave_aside(schedule, ASIDE_S)
        if self._lease(schedule) is None:
            return
        stop = self._starter.cancel if halt.how == "cancel" else self._starter.terminate
        reason = f"schedule {schedule.schedule_id} starts its next run"
        try:
            for run in still_open:
                await stop(schedule.tenant, run, reason=reason)
        finally:
            self._release(schedule)

    def _unknown(self, schedule: Schedule, spec: Spec, start: Start) -> None:
        """Leave the start to a process that has the code; say so if nobody has had it for long."""
        if self._clock.now_ms() - start.at_ms >= UNKNOWN_AFTER_MS:
            error = Missing(
                f"no code for workflow {spec.workflow} is loaded", code="workflow.missing"
            )
            self._refused(schedule, start, error)
        else:
            self._leave_aside(schedule, ASIDE_S)

    def _refused(self, schedule: Schedule, start: Start, error: TarlError) -> None:
        self._leave_aside(schedule, REFUSED_ASIDE_S)
        log.error(
            "schedule %s cannot start the run of %d now: %s",
            schedule.schedule_id,
            start.nominal_ms,
            error.message,
        )
        if schedule.state.refused_ms != start.nominal_ms:
            body = {"nominal_ms": start.nominal_ms, "code": error.code, "error": _text(error)}
            self._schedules.record(schedule, Fact(events.REFUSED, body))

    def _complain(self, schedule: Schedule, error: TarlError) -> None:
        """Something is wrong with one schedule; the others go on."""
        self._schedules.metrics.count("schedules.failed")
        self._leave_aside(schedule, REFUSED_ASIDE_S)
        log.error("schedule %s: %s", schedule.schedule_id, error.message)

    def _leave_aside(self, schedule: Schedule, seconds: float) -> None:
        until_s = self._monotonic() + seconds
        self._aside[schedule.tenant, schedule.schedule_id] = until_s

    def _lease(self, schedule: Schedule) -> Lease | None:
        """The right to act on the schedule as it was read, or None if it has changed meanwhile."""
        name, tenant = _lease_name(schedule), schedule.tenant
        held = self._leases.peek(name, tenant=tenant)
        others = held is not None and held.holder != self._holder
        if others and self._watch.unchanged_s((tenant, name), held) * 1_000 < LEASE_MS:
            self._leave_aside(schedule, ASIDE_S)
            return None
        lease = self._leases.acquire(
            name, self._holder, duration_ms=LEASE_MS, tenant=tenant, over=held
        )
        if lease is None:
            self._leave_aside(schedule, ASIDE_S)
            return None
        record = self._store.get(SCHEDULE.name, schedule.tenant, schedule.schedule_id)
        if state_from(record).seq == schedule.state.seq:
            return lease
        self._release(schedule)
        return None

    def _release(self, schedule: Schedule) -> None:
        self._leases.release(_lease_name(schedule), self._holder, tenant=schedule.tenant)


def _lease_name(schedule: Schedule) -> str:
    return f"schedule/{schedule.schedule_id}"


def _text(error: TarlError) -> str:
    return error.message.encode("utf-8", "replace").decode()[:1_000]
