"""Schedules as their users see them: create, change, pause, resume, trigger, backfill, delete.

Whatever is asked for is recorded at once, by any process; a process that fires schedules
(``firing``) does it. Each operation reads the schedule, decides, and writes at the position it has
read; when somebody else was faster, it decides anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tarl.errors import Conflict, Missing
from tarl.journal.projection import Change, Guard, Record
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.work.schedules import decide, events
from tarl.work.schedules.decide import Fact, name_of
from tarl.work.schedules.spec import Overlap, Spec
from tarl.work.schedules.state import SCHEDULE, STATUSES, State, state_from
from tarl.work.streams import stream_of

_TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""


class Schedule(NamedTuple):
    """A schedule as it is now; ``spec`` is None once the key that sealed it is gone."""

    tenant: str
    schedule_id: str
    state: State
    spec: Spec | None
    note: str


def stream(tenant: str, schedule_id: str) -> str:
    """The name of a schedule's stream."""
    return stream_of("schedule", tenant, schedule_id)


class Schedules:
    """The schedules of one journal, shared by all processes that have it open."""

    def __init__(self, store: Store, *, clock: Clock, metrics: Metrics | None = None) -> None:
        self.store = store
        self.clock = clock
        self.metrics = metrics or Unmeasured()

    def create(self, schedule_id: str, spec: Spec, *, tenant: str = DEFAULT_TENANT) -> Schedule:
        """A new schedule.

        Raises:
            Conflict: it exists (``schedule.exists``).
            Invalid: it can never fire (``schedule.never``), or is malformed; see ``check_spec``.
        """
        check_name(tenant, "tenant")
        check_name(schedule_id, "schedule")
        name = name_of(tenant, schedule_id)
        return self._do(
            tenant,
            schedule_id,
            lambda state, now: decide.create(
                state, spec, schedule_id=schedule_id, name=name, now_ms=now
            ),
        )

    def change(self, schedule_id: str, spec: Spec, *, tenant: str = DEFAULT_TENANT) -> Schedule:
        """Another specification from now on.

        Raises:
            Missing: no such schedule (``schedule.missing``).
            Invalid: see ``check_spec``.
        """
        name = name_of(tenant, schedule_id)
        return self._do(
            tenant,
            schedule_id,
            lambda state, now: decide.change(state, spec, name=name, now_ms=now),
        )

    def pause(self, schedule_id: str, *, note: str = "", tenant: str = DEFAULT_TENANT) -> Schedule:
        """Let its times pass by until it is resumed.

        Raises:
            Missing: no such schedule.
        """
        name = name_of(tenant, schedule_id)
        return self._do(
            tenant, schedule_id, lambda state, now: decide.pause(state, note=note, name=name)
        )

    def resume(self, schedule_id: str, *, note: str = "", tenant: str = DEFAULT_TENANT) -> Schedule:
        """Count its times again, from now on: what passed by stays so.

        Raises:
            Missing: no such schedule.
        """
        name = name_of(tenant, schedule_id)
        return self._do(
            tenant,
            schedule_id,
            lambda state, now: decide.resume(
                state, self._spec(tenant, schedule_id, state), note=note, name=name, now_ms=now
            ),
        )

    def trigger(
        self, schedule_id: str, *, overlap: Overlap | None = None, tenant: str = DEFAULT_TENANT
    ) -> Schedule:
        """Ask for a run now, beside its own times; also while it is paused.

        Raises:
            Missing: no such schedule.
            Exceeded: too much waits already (``schedule.buffer_full``).
        """
        name = name_of(tenant, schedule_id)
        return self._do(
            tenant,
            schedule_id,
            lambda state, now: decide.trigger(state, overlap=overlap, name=name, now_ms=now),
        )

    def backfill(
        self,
        schedule_id: str,
        *,
        from_ms: int,
        until_ms: int,
        overlap: Overlap | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Schedule:
        """Ask for the runs of its times with ``from_ms <= time < until_ms``; times that were
        started before are not started again.

        Raises:
            Missing: no such schedule.
            Invalid: no time lies in the range (``schedule.backfill_empty``).
            Exceeded: too many do (``schedule.buffer_full``).
        """
        name = name_of(tenant, schedule_id)
        return self._do(
            tenant,
            schedule_id,
            lambda state, _: decide.backfill(
                state,
                self._spec(tenant, schedule_id, state),
                from_ms=from_ms,
                until_ms=until_ms,
                overlap=overlap,
                name=name,
            ),
        )

    def delete(self, schedule_id: str, *, tenant: str = DEFAULT_TENANT) -> None:
        """Let nothing fire any more; runs that were started go on.

        Raises:
            Missing: no such schedule.
        """
        name = name_of(tenant, schedule_id)
        self._do(tenant, schedule_id, lambda state, _: decide.delete(state, name=name))

    def get(self, schedule_id: str, *, tenant: str = DEFAULT_TENANT) -> Schedule:
        """One schedule.

        Raises:
            Missing: there is none (``schedule.missing``).
        """
        record = self.store.get(SCHEDULE.name, tenant, schedule_id)
        if record is None or record["status"] == "deleted":
            raise Missing(
                f"no schedule {schedule_id}",
                code="schedule.missing",
                next_step="tarl schedules ls",
                schedule=schedule_id,
            )
        return self.schedule_from(record)

    def ls(self, *, tenant: str | None = None, limit: int | None = None) -> Iterator[Schedule]:
        """The schedules that are not deleted, by tenant and id."""
        where = {} if tenant is None else {"tenant": tenant}
        found = self.store.scan(
            SCHEDULE.name, where, order_by=("tenant", "schedule_id"), limit=limit
        )
        return (self.schedule_from(r) for r in found if r["status"] != "deleted")

    def events(
        self, schedule_id: str, *, limit: int, tenant: str = DEFAULT_TENANT
    ) -> list[tuple[int, str, Any]]:
        """Its last events, the newest last: time, kind and body."""
        name = stream(tenant, schedule_id)
        head = self.store.head(name)
        after = max(0, head.seq - limit) if head else 0
        return [
            (event.recorded_at_ms, event.kind, events.DECODERS[event.kind](event.body))
            for event in self.store.read(name, after=after)
            if event.body is not None
        ]

    def get_status(self) -> dict[str, int]:
        """How many schedules there are of each status, and how many have something waiting."""
        counts = {s: self.store.count(SCHEDULE.name, {"status": s}) for s in STATUSES}
        return {**counts, "ready": self.store.count(SCHEDULE.name, {"ready": 1})}

    # --- for those who fire schedules

    def schedule_from(self, record: Record) -> Schedule:
        """The schedule of a record, with what its events say."""
        tenant, schedule_id = record["tenant"], record["schedule_id"]
        state = state_from(record)
        planned = self._body(tenant, schedule_id, state.spec_seq)
        paused = self._body(tenant, schedule_id, state.note_seq)
        spec = None if planned is None else planned.spec
        note = "" if paused is None else paused.note
        return Schedule(tenant, schedule_id, state, spec, note)

    def record(
        self,
        schedule: Schedule,
        fact: Fact,
        *,
        guards: tuple[Guard, ...] = (),
        changes: tuple[Change, ...] = (),
    ) -> bool:
        """Write what was decided about a schedule as it was read; False if it has changed since.

        Raises:
            Refused: what a guard raises.
            Unavailable: storage is locked, full or failing.
        """
        tenant, schedule_id, state = schedule.tenant, schedule.schedule_id, schedule.state
        return self._record(tenant, schedule_id, state, fact, guards=guards, changes=changes)

    # --- inside

    def _do(
        self, tenant: str, schedule_id: str, decision: Callable[[State, int], Fact | None]
    ) -> Schedule:
        for _ in range(_TRIES_MAX):
            state = state_from(self.store.get(SCHEDULE.name, tenant, schedule_id))
            fact = decision(state, self.clock.now_ms())
            if fact is None or self._record(tenant, schedule_id, state, fact):
                record = self.store.get(SCHEDULE.name, tenant, schedule_id)
                assert record is not None
                return self.schedule_from(record)
        raise Conflict(f"schedule {schedule_id} never stood still", code="journal.position")

    def _record(
        self,
        tenant: str,
        schedule_id: str,
        state: State,
        fact: Fact,
        *,
        guards: tuple[Guard, ...] = (),
        changes: tuple[Change, ...] = (),
    ) -> bool:
        name = stream(tenant, schedule_id)
        head = self.store.head(name)
        if (0 if head is None else head.seq) != state.seq:
            return False
        first = None if head is None else next(self.store.read(name, until=1), None)
        writer = StreamWriter(name, tenant=tenant, codec=self.store.codec.as_in(first))
        if head is not None:
            writer.continue_from(head.seq, head.digest, head.recorded_at_ms)
        row = writer.append(fact.kind, encode(dict(fact.body)), at_ms=self.clock.now_ms())
        try:
            self.store.commit(Batch([row], guards=guards, changes=changes))
        except Conflict as error:
            if error.code != "journal.position":
                raise
            return False
        self.metrics.count(fact.kind.partition("/")[0].replace("schedule.", "schedules."))
        return True

    def _body(self, tenant: str, schedule_id: str, seq: int) -> Any:
        if not seq:
            return None
        name = stream(tenant, schedule_id)
        event = next(self.store.read(name, after=seq - 1, until=seq), None)
        if event is None or event.body is None:
            return None
        return events.DECODERS[event.kind](event.body)

    def _spec(self, tenant: str, schedule_id: str, state: State) -> Spec:
        planned = self._body(tenant, schedule_id, state.spec_seq)
        if planned is None:
            raise Missing(
                f"no schedule {schedule_id}", code="schedule.missing", schedule=schedule_id
            )
        spec: Spec = planned.spec
        return spec
