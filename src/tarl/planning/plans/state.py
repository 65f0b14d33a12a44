"""A plan as its events leave it, and the tables of plans, of their versions and of ended steps.

What plans say lies in the events alone, which may be sealed; the tables have what must be found:
status, versions, times, counts and what steps came to.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.journal.projection import Fact, Projection, Record, Table, Tables
from tarl.planning.plan import ExecutionStatus, FeasibilityStatus
from tarl.planning.plans import events
from tarl.planning.plans.events import Declined, Made, StatusChanged, StepEnded
from tarl.work.streams import key_of

ERASED = "erased"
"""In the place of a status: the plan's content is gone with its key."""

ENDED = frozenset(
    {ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.CANCELLED, ERASED}
)

ASKED_FOR = frozenset({"request", "override", "user_request"})
"""Reasons of versions that a person wanted; all others are replans."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of a plan's events.

    Attributes:
        seq: The last event, 0 where there is none.
        status: A value of ``ExecutionStatus``, or ``ERASED``.
        version, digest: The newest version.
        in_force: The version that is being carried out; 0 while none is.
        user_id: Who asked for it.
        approval_required, is_hypothetical, feasibility: Of the newest version.
        created_ms, changed_ms: Of the first and the last event.
        replans, overrides: Versions after the first, by whether a person wanted them.
        asked, approved: How often people were asked to approve a version, and did.
        began_ms: When it was first carried out; None before.
        ended_ms: When it came to an end; None before.
        plannings, planning_ms: Versions of which it is known how long planning took, and how long.
        steps, steps_local: Of the newest version; those that stay in the house.
    """

    seq: int = 0
    status: str = ""
    version: int = 0
    digest: str = ""
    in_force: int = 0
    user_id: str | None = None
    approval_required: bool = False
    is_hypothetical: bool = False
    feasibility: str = FeasibilityStatus.UNKNOWN.value
    created_ms: int = 0
    changed_ms: int = 0
    replans: int = 0
    overrides: int = 0
    asked: int = 0
    approved: int = 0
    began_ms: int | None = None
    ended_ms: int | None = None
    plannings: int = 0
    planning_ms: int = 0
    steps: int = 0
    steps_local: int = 0

    @property
    def has_ended(self) -> bool:
        """Whether nothing changes any more."""
        return self.status in ENDED


def evolve(state: State, body: Any, *, seq: int, at_ms: int) -> State:
    """The state after one more event; never fails on what was accepted."""
    state = msgspec.structs.replace(state, seq=seq, changed_ms=at_ms)
    match body:
        case Made():
            return _made(state, body, at_ms)
        case StatusChanged():
            return _moved(state, body.status, at_ms)
        case Declined():
            return msgspec.structs.replace(state, status=ExecutionStatus.EXECUTING.value)
    return state


def _made(state: State, body: Made, at_ms: int) -> State:
    plan, is_first = body.plan, state.version == 0
    wanted = plan.reason in ASKED_FOR
    state = msgspec.structs.replace(
        state,
        version=body.version,
        digest=body.digest,
        user_id=plan.task_spec.user_id,
        approval_required=plan.approval_required,
        is_hypothetical=plan.task_spec.is_hypothetical,
        feasibility=plan.feasibility.value,
        created_ms=at_ms if is_first else state.created_ms,
        replans=state.replans + (not is_first and not wanted),
        overrides=state.overrides + (not is_first and wanted),
        plannings=state.plannings + (body.took_ms is not None),
        planning_ms=state.planning_ms + (body.took_ms or 0),
        steps=len(plan.steps),
        steps_local=sum(step.local_execution for step in plan.steps),
    )
    return _moved(msgspec.structs.replace(state, status=""), plan.status, at_ms)


def _moved(state: State, status: ExecutionStatus, at_ms: int) -> State:
    was_asked = state.status == ExecutionStatus.PENDING_APPROVAL
    executes = status is ExecutionStatus.EXECUTING
    in_force = state.version if executes else state.in_force
    return msgspec.structs.replace(
        state,
        status=status.value,
        asked=state.asked + (status is ExecutionStatus.PENDING_APPROVAL),
        approved=state.approved + (was_asked and status is ExecutionStatus.APPROVED),
        in_force=0 if status in ENDED else in_force,
        began_ms=at_ms if executes and state.began_ms is None else state.began_ms,
        ended_ms=at_ms if status in ENDED else state.ended_ms,
    )


PLAN = Table(
    name="plan",
    columns={
        "tenant": "TEXT",
        "plan_id": "TEXT",
        "user_id": "TEXT",
        "status": "TEXT",
        "version": "INTEGER",
        "changed_ms": "INTEGER",
        "state": "BLOB",
    },
    key=("tenant", "plan_id"),
    indexes=(("tenant", "status", "changed_ms"), ("tenant", "user_id")),
)

VERSION = Table(
    name="plan_version",
    columns={
        "tenant": "TEXT",
        "plan_id": "TEXT",
        "version": "INTEGER",
        "seq": "INTEGER",
        "digest": "TEXT",
        "status": "TEXT",
        "changed_ms": "INTEGER",
    },
    key=("tenant", "plan_id", "version"),
)
"""``seq`` is the event that has the version; ``status`` is where it stood last. A version that was
declined is ``cancelled``."""

STEP = Table(
    name="plan_step",
    columns={
        "tenant": "TEXT",
        "plan_id": "TEXT",
        "step_id": "TEXT",
        "version": "INTEGER",
        "outcome": "TEXT",
        "began_ms": "INTEGER",
        "ended_ms": "INTEGER",
        "cost_micro": "INTEGER",
        "energy_wh": "INTEGER",
    },
    key=("tenant", "plan_id", "step_id"),
)
"""What each step came to last; a step keeps its id from version to version."""

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(State).decode


def state_from(record: Record | None) -> State:
    """The state that a record holds; the empty one if there is none."""
    return State() if record is None else _decode(record["state"])


def _apply(tables: Tables, fact: Fact) -> None:
    tenant, plan_id = key_of(fact.stream)
    before = state_from(tables.get(PLAN.name, tenant, plan_id))
    if fact.body is None:
        after = msgspec.structs.replace(before, seq=fact.seq, status=ERASED)
    else:
        body = events.DECODERS[fact.kind](fact.body)
        after = evolve(before, body, seq=fact.seq, at_ms=fact.recorded_at_ms)
        _note(tables, tenant, plan_id, body, fact, before.in_force)
    tables.put(
        PLAN.name,
        {
            "tenant": tenant,
            "plan_id": plan_id,
            "user_id": after.user_id,
            "status": after.status,
            "version": after.version,
            "changed_ms": after.changed_ms,
            "state": _encode(after),
        },
    )


def _note(tables: Tables, tenant: str, plan_id: str, body: Any, fact: Fact, in_force: int) -> None:
    key = {"tenant": tenant, "plan_id": plan_id, "version": body.version}
    match body:
        case Made():
            row = {"seq": fact.seq, "digest": body.digest, "status": body.plan.status.value}
            tables.put(VERSION.name, {**key, **row, "changed_ms": fact.recorded_at_ms})
        case StatusChanged():
            changes = {"status": body.status.value, "changed_ms": fact.recorded_at_ms}
            ends = {in_force} - {0} if body.status in ENDED else set()
            for version in {body.version} | ends:
                tables.update(VERSION.name, (tenant, plan_id, version), changes)
        case Declined():
            changes = {
                "status": ExecutionStatus.CANCELLED.value,
                "changed_ms": fact.recorded_at_ms,
            }
            tables.update(VERSION.name, (tenant, plan_id, body.version), changes)
        case StepEnded():
            row = {
                "step_id": body.step_id,
                "outcome": body.outcome,
                "began_ms": body.began_ms,
                "ended_ms": body.ended_ms,
                "cost_micro": body.cost_micro,
                "energy_wh": body.energy_wh,
            }
            tables.put(STEP.name, {**key, **row})


PLANS_PROJECTION = Projection(
    name="plans", tables=(PLAN, VERSION, STEP), kinds=events.KINDS, apply=_apply
)
