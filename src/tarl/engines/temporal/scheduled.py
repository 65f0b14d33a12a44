"""What a schedule of Temporal's starts: a workflow that starts the run of a time, and waits for it.

Temporal puts the time behind the id of what it starts. So that a run has the same id on every
engine (``work.schedules.decide.run_id``), a schedule starts ``tarl.scheduled``, which starts the
run as its child under its proper id.

1. The starter lives as long as the run: an overlap policy waits for it, and cancelling or
   terminating it reaches the run.
2. What the run begins with is decided once, in an activity: the input is checked and screened as
   for any other run. A run that the journal knows is not started again.
3. A run that was terminated with its starter is recorded as terminated before the next begins.

Times that a person asked for (a trigger) are told from the schedule's own by where they lie.
Temporal counts a schedule's times in seconds and starts nothing twice at one; a trigger has
milliseconds, of which the low 32 bits are sent as seconds after 2101.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Raw
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RawValue, RetryPolicy, SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ApplicationError,
    ChildWorkflowError,
    TerminatedError,
    WorkflowAlreadyStartedError,
)
from temporalio.exceptions import CancelledError as Cancelled
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.recorded import closing_event, continued, record_termination
from tarl.engines.temporal import wire
from tarl.engines.temporal.attributes import attributes_of
from tarl.engines.temporal.beginning import Kept, beginning, input_of
from tarl.engines.temporal.effects import as_temporal_says
from tarl.engines.temporal.home import Home
from tarl.errors import Exceeded, Missing, Refused
from tarl.kernel.payload import decode_value
from tarl.kernel.values import shelve, unshelve
from tarl.values.canonical import encode
from tarl.values.ids import RunId, encode_segment
from tarl.values.instants import from_datetime
from tarl.work.schedules.decide import Start, run_id
from tarl.work.schedules.spec import Spec, spec_data
from tarl.work.schedules.times import following

TRIGGERS_FROM_MS = 4_133_980_800_000
"""2101-01-01: later times of Temporal's are not the schedule's own."""

_MASK = (1 << 32) - 1
_AHEAD_MS = 3_600_000
"""How far the clock of who triggers may be ahead of the server's."""

TERMINATED = 5
"""How Temporal's protocol says that a workflow was terminated."""

_BY_OVERLAP = "cancelled by schedule overlap policy"
"""The reason that Temporal gives."""

_SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
_RECORDING: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(maximum_interval=timedelta(seconds=10)),
}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule, as Temporal keeps it for its starters; ``input`` stands beside the rest, a large
    one as a reference to the journal's blobs.
    """

    tenant: str
    schedule: str
    spec: Spec
    input: Raw


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A time that is met: by Temporal's count, and when its starter began."""

    plan: Raw
    scheduled_ms: int
    started_ms: int


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is started at a time; ``why`` nothing is, if nothing is."""

    run: str
    start: wire.Start | None = None
    why: str = ""


def temporal_id(tenant: str, schedule_id: str) -> str:
    """Temporal's name of a schedule."""
    return f"{encode_segment(tenant)}/{encode_segment(schedule_id)}"


def starter_id(tenant: str, schedule_id: str) -> str:
    """What the ids of a schedule's starters begin with; no run's id looks like it."""
    return f"{encode_segment(tenant)}/schedules/{encode_segment(schedule_id)}"


# --- a schedule's content


def plan_of(engine: Any, tenant: str, schedule_id: str, spec: Spec) -> Plan:
    """A schedule as Temporal keeps it.

    Raises:
        Exceeded: its input is too large (``value.too_large``).
    """
    limit = engine.limits.inline_bytes_max
    held = shelve(encode(spec.input), shelf=Kept(engine, tenant), inline_bytes_max=limit)
    bare = msgspec.structs.replace(spec, input=None)
    return Plan(tenant=tenant, schedule=schedule_id, spec=bare, input=Raw(held))


def plan_data(plan: Plan) -> bytes:
    """A plan as JSON."""
    data = {"tenant": plan.tenant, "schedule": plan.schedule, "spec": spec_data(plan.spec)}
    return msgspec.json.encode({**data, "input": plan.input})


read_plan = msgspec.json.Decoder(Plan).decode


def spec_of(engine: Any, plan: Plan) -> Spec:
    """The specification with its input.

    Raises:
        Missing: the input's blob is gone.
    """
    value = decode_value(unshelve(bytes(plan.input), shelf=Kept(engine, plan.tenant)))
    return msgspec.structs.replace(plan.spec, input=value)


# --- times


def triggered_at(asked_ms: int) -> int:
    """The second that stands for a trigger, in milliseconds."""
    return TRIGGERS_FROM_MS + (asked_ms & _MASK) * 1000


def start_of(spec: Spec, *, scheduled_ms: int, started_ms: int) -> Start:
    """What a time of Temporal's stands for; a time that is not the schedule's own was asked for."""
    if scheduled_ms >= TRIGGERS_FROM_MS:
        low = (scheduled_ms - TRIGGERS_FROM_MS) // 1000
        latest = started_ms + _AHEAD_MS
        asked_ms = latest - ((latest - low) & _MASK)
        return Start(asked_ms, asked_ms, "trigger")
    if following(spec.times, scheduled_ms - 1) == scheduled_ms:
        return Start(scheduled_ms, scheduled_ms, "due")
    return Start(scheduled_ms, scheduled_ms, "trigger")


# --- in Temporal


@workflow.defn(name=wire.SCHEDULED, sandboxed=False)
class Starter:
    """Starts the run of one time, and waits for its end."""

    @workflow.run
    async def run(self, plan: RawValue) -> RawValue:
        """The run's id, and how it ended."""
        info = workflow.info()
        scheduled = info.typed_search_attributes.get(_SCHEDULED_AT)
        if scheduled is None:
            raise ApplicationError(
                "only a schedule starts this", type="temporal.unmappable", non_retryable=True
            )
        due = Due(
            plan=Raw(plan.payload.data),
            scheduled_ms=from_datetime(scheduled),
            started_ms=from_datetime(info.start_time),
        )
        answer: RawValue = await workflow.execute_local_activity(
            wire.DUE, wire.sent(due), result_type=RawValue, **_RECORDING
        )
        wanted = _read_wanted(answer)
        told = read_plan(plan.payload.data)
        status = wanted.why if wanted.start is None else await _lived(wanted.start, told)
        return wire.raw(encode({"run": wanted.run, "status": status}))


def _next_starts(plan: Plan) -> str:
    """Why a run is stopped."""
    return f"schedule {plan.schedule} starts its next run"


async def _lived(start: wire.Start, plan: Plan) -> str:
    """How the run of a time ended."""
    try:
        run: Any = await workflow.start_child_workflow(
            plan.spec.workflow,
            wire.sent(start),
            id=wire.workflow_id(RunId.from_stream(start.run)),
            result_type=RawValue,
            search_attributes=attributes_of(start, plan.spec.workflow),
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            parent_close_policy=workflow.ParentClosePolicy.TERMINATE,
        )
        try:
            await asyncio.shield(run)
        except asyncio.CancelledError:
            reason = workflow.cancellation_reason()
            if reason is None:  # Temporal lets go of it for now
                raise
            run.cancel(_next_starts(plan) if reason == _BY_OVERLAP else reason)
            await run
    except WorkflowAlreadyStartedError:
        return "exists"
    except ChildWorkflowError as error:
        if isinstance(error.cause, Cancelled):
            return "cancelled"
        return "terminated" if isinstance(error.cause, TerminatedError) else "failed"
    return "completed"


class Starting:
    """Says what the schedules of one worker's journal start; ``registered`` is whether the
    namespace has tarl's search attributes.
    """

    def __init__(self, home: Home, client: Client, *, registered: bool) -> None:
        self._home = home
        self._engine = home.engine
        self._client = client
        self._registered = registered

    @activity.defn(name=wire.DUE)
    async def due(self, value: RawValue) -> RawValue:
        """What is started at a time; what can never be started so is said, not tried again."""
        told: Due = _read_due(value)
        plan = read_plan(told.plan)
        begun = start_of(plan.spec, scheduled_ms=told.scheduled_ms, started_ms=told.started_ms)
        name = run_id(plan.schedule, begun)
        with as_temporal_says():
            await self._bury(plan)
            try:
                wanted = self._wanted(plan, RunId(plan.tenant, name, 1))
            except (Missing, Exceeded):
                raise
            except Refused as error:
                wanted = Wanted(run=name, why=f"refused: {error.code}: {error.message}")
        return wire.sent(wanted)

    def _wanted(self, plan: Plan, run: RunId) -> Wanted:
        name = run.workflow_id
        if latest_run(self._engine, run.tenant, name) is not None:
            return Wanted(run=name, why="exists")
        definition = self._home.workflow(plan.spec.workflow)
        data = input_of(self._engine, definition, spec_of(self._engine, plan).input)
        start = beginning(self._engine, definition, run, data, registered=self._registered)
        return Wanted(run=name, start=start)

    async def _bury(self, plan: Plan) -> None:
        """Record the runs whose starters were terminated: nobody else hears of it."""
        handle = self._client.get_schedule_handle(temporal_id(plan.tenant, plan.schedule))
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:  # deleted meanwhile
                return
            raise
        for action in described.raw_description.info.recent_actions:
            if action.start_workflow_status != TERMINATED:
                continue
            start = start_of(
                plan.spec,
                scheduled_ms=action.schedule_time.ToMilliseconds(),
                started_ms=action.actual_time.ToMilliseconds(),
            )
            await self._bury_one(plan, RunId(plan.tenant, run_id(plan.schedule, start), 1))

    async def _bury_one(self, plan: Plan, first: RunId) -> None:
        store = self._engine.store
        last = continued(store, first)
        if store.head(last.stream) is None or closing_event(store, last) is not None:
            return
        reason = _next_starts(plan)
        try:
            await self._client.get_workflow_handle(wire.workflow_id(last)).terminate(reason=reason)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:  # it went with its starter
                raise
        if closing_event(store, last) is None:
            record_termination(self._engine, last, reason)


_read_due = wire.reader(Due)
_read_wanted = wire.reader(Wanted)
