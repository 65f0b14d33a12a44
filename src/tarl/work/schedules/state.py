"""A schedule as its events leave it, and the table of schedules by when they are due.

The specification and all texts lie in the events alone, which may be sealed; the table has what
must be found: the status, the next time, what waits and which runs are open.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.journal.projection import Fact, Projection, Record, Table, Tables
from tarl.work.schedules import events
from tarl.work.schedules.events import Cause
from tarl.work.schedules.spec import Overlap
from tarl.work.streams import key_of

ACTIVE = "active"
PAUSED = "paused"
FINISHED = "finished"
DELETED = "deleted"
ERASED = "erased"
STATUSES = (ACTIVE, PAUSED, FINISHED, DELETED, ERASED)


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A time that is met as soon as its overlap policy permits; the schedule's own, if None."""

    nominal_ms: int
    cause: Cause
    overlap: Overlap | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of a schedule's events.

    Attributes:
        seq: The last event.
        spec_seq: The event that has the specification.
        note_seq: The event that has the note of the pause, 0 if there is none.
        nominal_ms: The next nominal time, None while there is none.
        at_ms: When it is to be met.
        waiting: Times that wait, in their order.
        open: Workflow ids of runs that may still run.
        fired: Runs started, of any cause; ``fired_due`` of the schedule's own times.
        skipped: Times (or spans of times) that were not met.
        met_ms: The last of the schedule's own times that was fired, skipped or buffered.
        refused_ms: The nominal time for which a refusal was recorded last.
    """

    status: str = ACTIVE
    seq: int = 0
    spec_seq: int = 0
    note_seq: int = 0
    nominal_ms: int | None = None
    at_ms: int | None = None
    waiting: tuple[Waiting, ...] = ()
    open: tuple[str, ...] = ()
    fired: int = 0
    fired_due: int = 0
    skipped: int = 0
    met_ms: int = -1
    last_ms: int | None = None
    last_run: str | None = None
    refused_ms: int | None = None

    @property
    def ready(self) -> tuple[Waiting, ...]:
        """What waits and is not held back by a pause."""
        if self.status == PAUSED:
            return tuple(w for w in self.waiting if w.cause != "due")
        return self.waiting


def evolve(state: State, kind: str, body: Any, seq: int) -> State:
    """The state after one more event; never fails on what was accepted."""
    state = msgspec.structs.replace(state, seq=seq)
    change = msgspec.structs.replace
    match kind:
        case events.CREATED:
            state = State(
                seq=seq,
                spec_seq=seq,
                fired=state.fired,
                skipped=state.skipped,
                open=state.open,
            )
        case events.CHANGED:
            state = change(state, spec_seq=seq, fired_due=0, refused_ms=None)
        case events.PAUSED:
            return change(state, status=PAUSED, note_seq=seq, nominal_ms=None, at_ms=None)
        case events.RESUMED:
            state = change(state, note_seq=0)
        case events.ASKED:
            asked = tuple(Waiting(at, body.cause, body.overlap) for at in body.times_ms)
            return change(state, waiting=state.waiting + asked)
        case events.BUFFERED:
            left = _without(state.waiting, body.replaces_ms, "due")
            skipped = state.skipped + len(state.waiting) - len(left)
            state = change(state, waiting=(*left, Waiting(body.nominal_ms, "due")), skipped=skipped)
        case events.FIRED:
            state = change(
                state,
                waiting=_without(state.waiting, body.nominal_ms, body.cause),
                open=tuple(body.open),
                fired=state.fired + 1,
                fired_due=state.fired_due + (body.cause == "due"),
                last_ms=body.nominal_ms,
                last_run=body.run,
            )
        case events.SKIPPED:
            left = _without(state.waiting, body.nominal_ms, body.cause)
            state = change(state, waiting=left, skipped=state.skipped + 1)
        case events.REFUSED:
            return change(state, refused_ms=body.nominal_ms)
        case events.DELETED:
            return change(state, status=DELETED, nominal_ms=None, at_ms=None, waiting=())
    return _with_next(state, kind, body)


def _with_next(state: State, kind: str, body: Any) -> State:
    """The state with the body's next time, where the event was about the schedule's own times."""
    if state.status == PAUSED and kind != events.RESUMED:
        return state
    own = kind in _ABOUT_TIMES or (body.cause == "due" and body.nominal_ms == state.nominal_ms)
    if own:
        met_ms = getattr(body, "nominal_ms", state.met_ms)
        following = {"nominal_ms": body.next_ms, "at_ms": body.next_at_ms}
        state = msgspec.structs.replace(state, met_ms=max(met_ms, state.met_ms), **following)
    over = state.nominal_ms is None and not state.waiting
    return msgspec.structs.replace(state, status=FINISHED if over else ACTIVE)


_ABOUT_TIMES = (events.CREATED, events.CHANGED, events.RESUMED, events.BUFFERED)


def _without(
    waiting: tuple[Waiting, ...], nominal_ms: int | None, cause: Cause
) -> tuple[Waiting, ...]:
    """What waits, without the first of that time and cause."""
    for at, one in enumerate(waiting):
        if (one.nominal_ms, one.cause) == (nominal_ms, cause):
            return waiting[:at] + waiting[at + 1 :]
    return waiting


SCHEDULE = Table(
    name="schedule",
    columns={
        "tenant": "TEXT",
        "schedule_id": "TEXT",
        "status": "TEXT",
        "workflow": "TEXT",
        "at_ms": "INTEGER",
        "ready": "INTEGER",
        "state": "BLOB",
    },
    key=("tenant", "schedule_id"),
    indexes=(("status", "at_ms"), ("ready",)),
)
"""``ready`` is 1 where something waits to be started as soon as its policy permits."""

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(State).decode


def state_from(record: Record | None) -> State:
    """The state that a record holds; the empty one if there is none."""
    return State(status=DELETED) if record is None else _decode(record["state"])


def _apply(tables: Tables, fact: Fact) -> None:
    tenant, schedule_id = key_of(fact.stream)
    record = tables.get(SCHEDULE.name, tenant, schedule_id)
    before, workflow = state_from(record), None if record is None else record["workflow"]
    if fact.body is None:
        after = State(status=ERASED, seq=fact.seq)
    else:
        body = events.DECODERS[fact.kind](fact.body)
        after = evolve(before, fact.kind, body, fact.seq)
        if isinstance(body, events.Planned):
            workflow = body.spec.workflow
    tables.put(
        SCHEDULE.name,
        {
            "tenant": tenant,
            "schedule_id": schedule_id,
            "status": after.status,
            "workflow": workflow,
            "at_ms": after.at_ms,
            "ready": int(bool(after.ready)),
            "state": _encode(after),
        },
    )


SCHEDULES_PROJECTION = Projection(
    name="schedules", tables=(SCHEDULE,), kinds=events.KINDS, apply=_apply
)
