"""The schedules of a Temporal server as ``SchedulesPort``: Temporal keeps and fires them.

A schedule is a schedule of Temporal's under ``<tenant>/<id>``; what it starts is in ``scheduled``,
what of it Temporal can have in ``calendars``.

1. What is asked for is in Temporal's hands when a call returns. Requests wait for each other
   (``turns``), and one that has no effect is sent again: a time is started once, however often it
   is asked for.
2. A schedule belongs to its tenant: who may not write the tenant's streams changes none of its
   schedules, and who may not read them sees none.
3. Inputs and notes of sealed tenants are sealed, with the tenant's key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from temporalio.api.enums.v1 import ScheduleOverlapPolicy as Protocol
from temporalio.api.schedule.v1 import BackfillRequest, SchedulePatch, TriggerImmediatelyRequest
from temporalio.api.workflowservice.v1 import PatchScheduleRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import RawValue
from temporalio.converter import WorkflowSerializationContext
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.embedded.engine import Engine
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal import wire
from tarl.engines.temporal.beginning import input_of
from tarl.engines.temporal.calendars import (
    temporal_overlap,
    temporal_policy,
    temporal_spec,
    temporal_state,
    unmappable,
)
from tarl.engines.temporal.notes import kept_note, told_note
from tarl.engines.temporal.scheduled import (
    Plan,
    plan_data,
    plan_of,
    read_plan,
    spec_of,
    start_of,
    starter_id,
    temporal_id,
    triggered_at,
)
from tarl.engines.temporal.silence import unavailable
from tarl.engines.temporal.turns import Turns
from tarl.errors import Conflict, Exceeded, Missing, TarlError, Unavailable
from tarl.kernel.engine import Scheduled, checked_limit
from tarl.tenancy.scoped import check_write, home_of, is_readable
from tarl.values.ids import check_name
from tarl.values.instants import from_datetime, to_datetime
from tarl.work.schedules import decide
from tarl.work.schedules.decide import name_of, run_id
from tarl.work.schedules.ledger import stream
from tarl.work.schedules.spec import BUFFER_MAX, Overlap, Spec
from tarl.work.schedules.state import DELETED, FINISHED, PAUSED, State

LOOK_WAIT_S = 0.05
"""How often it is looked whether what was asked for has been taken."""

LOOKS_MAX = 20
SENDS_MAX = 5
"""So often it is asked for, each time with so many looks."""


class TemporalSchedules:
    """Fills ``SchedulesPort``; see there for what each of these means.

    Args:
        runtime: The journal, and the code that is loaded.
        client: The way to Temporal.
        task_queue: Whose workers run what is started.
    """

    def __init__(self, runtime: Runtime, client: Client, *, task_queue: str) -> None:
        self._runtime = runtime
        self._engine: Engine = runtime.engine
        self._client = client
        self._task_queue = task_queue
        self._turns = Turns(self._engine)
        self._asked_ms = 0

    async def create(self, schedule_id: str, spec: Spec, *, tenant: str | None = None) -> Scheduled:
        """See ``SchedulesPort``.

        Raises:
            Invalid: Temporal cannot have it as tarl means it (``temporal.unmappable``), or the
                input does not fit the workflow.
            Missing: the workflow's code is not loaded here (``workflow.unknown``).
        """
        owner = self._writer(tenant, schedule_id)
        now_ms, new = self._engine.clock.now_ms(), State(status=DELETED)
        name = name_of(owner, schedule_id)
        decide.create(new, spec, schedule_id=schedule_id, name=name, now_ms=now_ms)
        made = Schedule(
            action=self._action(owner, schedule_id, spec),
            spec=temporal_spec(spec, now_ms=now_ms),
            policy=temporal_policy(spec),
            state=temporal_state(spec),
        )
        with _as_tarl_says(schedule_id, self._client):
            try:
                await self._client.create_schedule(temporal_id(owner, schedule_id), made)
            except ScheduleAlreadyRunningError:
                raise Conflict(
                    f"schedule {schedule_id} exists",
                    code="schedule.exists",
                    next_step="change it, or choose another id",
                    schedule=schedule_id,
                ) from None
        return await self._told(owner, schedule_id)

    async def change(self, schedule_id: str, spec: Spec, *, tenant: str | None = None) -> Scheduled:
        """See ``SchedulesPort`` and ``create``."""
        owner = self._writer(tenant, schedule_id)
        now_ms, handle = self._engine.clock.now_ms(), self._handle(owner, schedule_id)
        decide.change(State(), spec, name=name_of(owner, schedule_id), now_ms=now_ms)
        action = self._action(owner, schedule_id, spec)
        times, policy = temporal_spec(spec, now_ms=now_ms), temporal_policy(spec)

        def changed(known: ScheduleUpdateInput) -> ScheduleUpdate:
            before = known.description.schedule.state
            state = temporal_state(spec, paused=before.paused, note=before.note or "")
            return ScheduleUpdate(Schedule(action=action, spec=times, policy=policy, state=state))

        async def send() -> None:
            await handle.update(changed)

        async with self._turns.alone(owner, schedule_id):
            before = await self._described(owner, schedule_id)
            updated = before.info.last_updated_at
            await self._until(
                owner, schedule_id, send, lambda seen: seen.info.last_updated_at != updated
            )
        return await self._told(owner, schedule_id)

    async def pause(
        self, schedule_id: str, *, note: str = "", tenant: str | None = None
    ) -> Scheduled:
        """See ``SchedulesPort``; times that wait for an earlier run pass by too."""
        return await self._set_paused(schedule_id, note, tenant, paused=True)

    async def resume(
        self, schedule_id: str, *, note: str = "", tenant: str | None = None
    ) -> Scheduled:
        """See ``SchedulesPort``."""
        return await self._set_paused(schedule_id, note, tenant, paused=False)

    async def trigger(
        self, schedule_id: str, *, overlap: Overlap | None = None, tenant: str | None = None
    ) -> Scheduled:
        """See ``SchedulesPort``."""
        owner, policy = self._writer(tenant, schedule_id), temporal_overlap(overlap)
        async with self._turns.alone(owner, schedule_id):
            before = await self._described(owner, schedule_id)
            self._check_room(before, 1)
            self._asked_ms = max(self._asked_ms + 1, self._engine.clock.now_ms())
            while (at := to_datetime(triggered_at(self._asked_ms))) in _times(before):
                self._asked_ms += 1  # another machine's, whose clock is ahead
            asked = TriggerImmediatelyRequest(overlap_policy=_protocol(policy, before))
            asked.scheduled_time.FromDatetime(at)
            await self._patch(
                owner,
                schedule_id,
                SchedulePatch(trigger_immediately=asked),
                lambda seen: _has_grown(before, seen) or at in _times(seen),
            )
        return await self._told(owner, schedule_id)

    async def backfill(
        self,
        schedule_id: str,
        *,
        from_ms: int,
        until_ms: int,
        overlap: Overlap | None = None,
        tenant: str | None = None,
    ) -> Scheduled:
        """See ``SchedulesPort``; one after another if not said otherwise.

        Raises:
            Invalid: no time lies in the range (``schedule.backfill_empty``), or some lie outside
                the schedule's own bounds (``temporal.unmappable``).
            Exceeded: too many do (``schedule.buffer_full``).
        """
        owner, policy = self._writer(tenant, schedule_id), temporal_overlap(overlap or "buffer_all")
        async with self._turns.alone(owner, schedule_id):
            before = await self._described(owner, schedule_id)
            spec = (await self._plan(owner, schedule_id, before)).spec
            times = _backfilled(spec, from_ms, until_ms, name=name_of(owner, schedule_id))
            self._check_room(before, len(times))
            if all(self._has_run(owner, schedule_id, at) for at in times):
                return await self._told(owner, schedule_id)
            asked = BackfillRequest(overlap_policy=_protocol(policy, before))
            asked.start_time.FromDatetime(to_datetime(times[0] - 500))
            asked.end_time.FromDatetime(to_datetime(times[-1] + 500))
            begun = {to_datetime(at) for at in times}
            await self._patch(
                owner,
                schedule_id,
                SchedulePatch(backfill_request=[asked]),
                lambda seen: _has_grown(before, seen) or bool(begun & _times(seen)),
            )
        return await self._told(owner, schedule_id)

    async def delete(self, schedule_id: str, *, tenant: str | None = None) -> None:
        """See ``SchedulesPort``."""
        owner = self._writer(tenant, schedule_id)
        await self._described(owner, schedule_id)
        with _as_tarl_says(schedule_id, self._client):
            await self._handle(owner, schedule_id).delete()

    async def get(self, schedule_id: str, *, tenant: str | None = None) -> Scheduled:
        """See ``SchedulesPort``."""
        owner = self._owner(tenant)
        if not is_readable(self._engine.store, stream(owner, schedule_id)):
            raise _missing(schedule_id)
        return await self._told(owner, schedule_id)

    async def ls(self, *, tenant: str | None = None, limit: int = 100) -> AsyncIterator[Scheduled]:
        """See ``SchedulesPort``; one that was just created or deleted may be shown a moment later
        so.
        """
        left = checked_limit(limit)
        query = None if tenant is None else f'ScheduleId STARTS_WITH "{temporal_id(tenant, "")}"'
        names: list[tuple[str, str]] = []
        with _as_tarl_says("of that tenant", self._client):
            async for found in await self._client.list_schedules(query):
                owner, _, name = found.id.partition("/")
                if name and is_readable(self._engine.store, stream(unquote(owner), unquote(name))):
                    names.append((unquote(owner), unquote(name)))
        for owner, name in sorted(names):
            if left == 0:
                return
            try:
                yield await self._told(owner, name)
            except Missing as error:
                if error.code != "schedule.missing":
                    raise
                continue  # deleted meanwhile, or none of tarl's
            left -= 1

    # --- asked for

    async def _set_paused(
        self, schedule_id: str, note: str, tenant: str | None, *, paused: bool
    ) -> Scheduled:
        owner = self._writer(tenant, schedule_id)
        decide.pause(State(), note=note, name=name_of(owner, schedule_id))
        said = kept_note(self._engine.store, owner, note)
        patch = SchedulePatch(pause=said) if paused else SchedulePatch(unpause=said)
        async with self._turns.alone(owner, schedule_id):
            before = await self._described(owner, schedule_id)
            if before.schedule.state.paused != paused:
                await self._patch(
                    owner, schedule_id, patch, lambda seen: seen.schedule.state.paused == paused
                )
        return await self._told(owner, schedule_id)

    async def _patch(
        self,
        owner: str,
        schedule_id: str,
        patch: SchedulePatch,
        is_taken: Callable[[ScheduleDescription], bool],
    ) -> None:
        request = PatchScheduleRequest(
            namespace=self._client.namespace,
            schedule_id=temporal_id(owner, schedule_id),
            patch=patch,
            identity=self._client.identity,
        )

        async def send() -> None:
            await self._client.workflow_service.patch_schedule(request, retry=True)

        await self._until(owner, schedule_id, send, is_taken)

    async def _until(
        self,
        owner: str,
        schedule_id: str,
        send: Callable[[], Any],
        is_taken: Callable[[ScheduleDescription], bool],
    ) -> None:
        """Ask until it is taken: a request that comes beside another process's may be lost."""
        for _ in range(SENDS_MAX):
            with _as_tarl_says(schedule_id, self._client):
                await send()
            for _ in range(LOOKS_MAX):
                if is_taken(await self._described(owner, schedule_id)):
                    return
                await asyncio.sleep(LOOK_WAIT_S)
        raise Unavailable(
            f"Temporal's scheduler does not take what is asked of schedule {schedule_id}",
            code="temporal.unavailable",
            next_step="look what it does: temporal schedule describe",
        )

    def _action(self, owner: str, schedule_id: str, spec: Spec) -> ScheduleActionStartWorkflow:
        workflow = self._runtime.registered(spec.workflow)
        input_of(self._engine, workflow, spec.input)
        plan = plan_of(self._engine, owner, schedule_id, spec)
        return ScheduleActionStartWorkflow(
            wire.SCHEDULED,
            wire.raw(plan_data(plan)),
            id=starter_id(owner, schedule_id),
            task_queue=self._task_queue,
        )

    def _check_room(self, known: ScheduleDescription, more: int) -> None:
        if known.raw_description.info.buffer_size + more > BUFFER_MAX:
            raise Exceeded(
                f"more than {BUFFER_MAX} times of one schedule would wait",
                code="schedule.buffer_full",
                next_step="ask for a smaller range, and for the next when it is done",
            )

    # --- told

    async def _told(self, owner: str, schedule_id: str) -> Scheduled:
        known = await self._described(owner, schedule_id)
        info, state = known.info, known.schedule.state
        plan: Plan | None = None
        spec: Spec | None = None
        try:
            plan = await self._plan(owner, schedule_id, known)
            spec = spec_of(self._engine, plan)
        except Missing as error:
            if error.code != "journal.erased":
                raise
        begun = [] if plan is None else _begun(plan, known)
        coming = [] if state.paused else info.next_action_times
        waiting = known.raw_description.info.buffer_size
        status = PAUSED if state.paused else FINISHED if not coming and not waiting else "active"
        last = begun[-1] if begun else None
        return Scheduled(
            tenant=owner,
            schedule_id=schedule_id,
            status=status,
            spec=spec,
            note=told_note(self._engine.store, owner, state.note) if state.paused else "",
            next_ms=from_datetime(coming[0]) if coming else None,
            fired=info.num_actions,
            skipped=info.num_actions_skipped_overlap
            + info.num_actions_missed_catchup_window
            + known.raw_description.info.buffer_dropped,
            waiting=waiting,
            open=tuple(name for _, name in begun if self._is_open(owner, name)),
            last_ms=None if last is None else last[0],
            last_run=None if last is None else last[1],
        )

    async def _described(self, owner: str, schedule_id: str) -> ScheduleDescription:
        check_name(schedule_id, "schedule")
        with _as_tarl_says(schedule_id, self._client):
            found = await self._handle(owner, schedule_id).describe()
        action = found.schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow)
        if action.workflow != wire.SCHEDULED:
            raise _missing(schedule_id)
        return found

    async def _plan(self, owner: str, schedule_id: str, known: ScheduleDescription) -> Plan:
        """A schedule's content.

        Raises:
            Missing: the key that sealed it is gone (``journal.erased``).
        """
        action = known.schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow)
        context = WorkflowSerializationContext(
            namespace=self._client.namespace, workflow_id=starter_id(owner, schedule_id)
        )
        opened = self._client.data_converter.with_context(context)
        (value,) = await opened.decode(list(action.args), [RawValue])
        return read_plan(value.payload.data)

    def _is_open(self, owner: str, name: str) -> bool:
        where = {"tenant": owner, "workflow_id": name}
        found = self._engine.store.scan("run", where, order_by="n", descending=True, limit=1)
        newest = next(found, None)
        return newest is not None and newest["status"] == "running"

    def _has_run(self, owner: str, schedule_id: str, at_ms: int) -> bool:
        name = run_id(schedule_id, decide.Start(at_ms, at_ms, "backfill"))
        where = {"tenant": owner, "workflow_id": name}
        return next(self._engine.store.scan("run", where, limit=1), None) is not None

    # --- names

    def _owner(self, tenant: str | None) -> str:
        return home_of(self._engine.store) if tenant is None else check_name(tenant, "tenant")

    def _writer(self, tenant: str | None, schedule_id: str) -> str:
        """Whose schedule it is, if the caller may change it."""
        owner = self._owner(tenant)
        check_write(self._engine.store, stream(owner, check_name(schedule_id, "schedule")))
        return owner

    def _handle(self, owner: str, schedule_id: str) -> ScheduleHandle:
        return self._client.get_schedule_handle(temporal_id(owner, schedule_id))


def _begun(plan: Plan, known: ScheduleDescription) -> list[tuple[int, str]]:
    """What was started lately: nominal time and run."""
    found = []
    for action in known.info.recent_actions:
        start = start_of(
            plan.spec,
            scheduled_ms=from_datetime(action.scheduled_at),
            started_ms=from_datetime(action.started_at),
        )
        found.append((start.nominal_ms, run_id(plan.schedule, start)))
    return found


def _backfilled(spec: Spec, from_ms: int, until_ms: int, *, name: str) -> list[int]:
    """The times of a range, all of which lie within the schedule's own bounds."""
    asked = decide.backfill(
        State(), spec, from_ms=from_ms, until_ms=until_ms, overlap=None, name=name
    )
    times: list[int] = asked.body["times_ms"]
    too_early = spec.start_at_ms is not None and times[0] < spec.start_at_ms
    if too_early or (spec.end_at_ms is not None and times[-1] > spec.end_at_ms):
        raise unmappable("that backfill", "it keeps to the schedule's own start and end")
    return times


def _times(known: ScheduleDescription) -> set[Any]:
    return {action.scheduled_at for action in known.info.recent_actions}


def _has_grown(before: ScheduleDescription, after: ScheduleDescription) -> bool:
    """Whether more has been left out, or waits, than before."""
    then, now = before.raw_description.info, after.raw_description.info
    return now.buffer_size > then.buffer_size or now.overlap_skipped > then.overlap_skipped


def _protocol(policy: ScheduleOverlapPolicy | None, known: ScheduleDescription) -> Any:
    """A policy for what somebody asks for: all of it waits, however little of the schedule's own
    times does.
    """
    policy = known.schedule.policy.overlap if policy is None else policy
    if policy == ScheduleOverlapPolicy.BUFFER_ONE:
        policy = ScheduleOverlapPolicy.BUFFER_ALL
    return Protocol.ValueType(int(policy))


def _missing(schedule_id: str) -> Missing:
    return Missing(
        f"no schedule {schedule_id}",
        code="schedule.missing",
        next_step="tarl schedules ls",
        schedule=schedule_id,
    )


@contextmanager
def _as_tarl_says(schedule_id: str, client: Client) -> Iterator[None]:
    """Let what Temporal refuses be refused in tarl's words."""
    try:
        yield
    except RPCError as error:
        raise _refused(error, schedule_id, client) from error


def _refused(error: RPCError, schedule_id: str, client: Client) -> TarlError:
    if error.status == RPCStatusCode.NOT_FOUND:
        return _missing(schedule_id)
    if error.status == RPCStatusCode.INVALID_ARGUMENT:
        return unmappable(f"schedule {schedule_id}", error.message)
    return unavailable(error, client)
