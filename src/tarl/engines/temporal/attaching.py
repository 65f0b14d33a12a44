"""Parents that attach to a run that is there already, begun by somebody else.

An activity waits for that run's end, as long as that takes, and tells it. The journal says which
run it is and how it ended; Temporal says who waits for whom: a child is in the list of what its
parent has under way, and whoever attached has an activity whose id names the other.

1. Attached is only to a run of the same workflow and input, for the same agent and task.
2. A parent never waits, over however many others, for itself. Of those that have attached to one
another in a circle the one with the last name is refused: whoever looks, and however often,
comes to the same.
3. What a parent has attached to is not its own: it goes on when the parent ends.
"""

from __future__ import annotations

from msgspec import Raw
from temporalio import activity as temporal
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import RawValue
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.embedded.kin import KIN_MAX, first_started
from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.offspring import child_end, child_failed
from tarl.engines.embedded.recorded import (
    closing_event,
    continued,
    record_termination,
)
from tarl.engines.temporal import wire
from tarl.engines.temporal.effects import as_temporal_says
from tarl.engines.temporal.home import Home
from tarl.errors import Conflict
from tarl.kernel import events
from tarl.kernel.events import ErrorRecord
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.values.ids import RunId

WAIT_MS_MIN, WAIT_MS_MAX = 50, 1_000
"""How often it is looked whether the run has ended."""

UNKNOWN_TRIES_MAX = 60
"""How often a run that Temporal has is looked for in the journal, where its worker records it."""

_read = wire.reader(wire.Attach)


class Attaching:
    """Waits for the runs that others have begun, in one worker."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._engine = home.engine

    @temporal.defn(name=wire.ATTACH)
    async def attach(self, value: RawValue) -> RawValue:
        """The event that tells a parent how a run ended to which it attached."""
        told: wire.Attach = _read(value)
        with as_temporal_says():
            try:
                kind, body = await self._end(told)
            except Conflict as error:
                record = ErrorRecord(type=error.code, message=error.message)
                kind, body = events.CHILD_FAILED, child_failed(told.child, record, "refused")
        return wire.sent(wire.Told(kind=kind, body=Raw(body)))

    async def _end(self, told: wire.Attach) -> tuple[str, bytes]:
        engine, first = self._engine, RunId.from_stream(told.run)
        run = latest_run(engine, first.tenant, first.workflow_id)
        if run is None:
            if temporal.info().attempt > UNKNOWN_TRIES_MAX:
                raise Conflict(
                    f"Temporal has a run {first.ref} that this journal does not know",
                    code="run.exists",
                )
            raise _later(run=first)
        last = closing_event(engine.store, run)
        here = None if last is not None else await _Waits(temporal.client()).look(told, run)
        self._check_same(told, run)
        if last is None:
            if here is not None and here.status is WorkflowExecutionStatus.TERMINATED:
                record_termination(engine, continued(engine.store, run), "Terminated")
            raise _later(run=run)
        return child_end(told.child, last)

    def _check_same(self, told: wire.Attach, run: RunId) -> None:
        store = self._engine.store
        started, shelf = first_started(store, run), RecordedValues(store, run.tenant)
        given = unshelve(bytes(told.input), shelf=shelf)
        shown = self._engine.gateway.screen.input(run, told.workflow, given)
        same = {
            "engine": started.engine == wire.ENGINE,
            "workflow": started.workflow == told.workflow,
            "input": unshelve(bytes(started.input), shelf=shelf) in (given, shown),
            "agent or task": started.acting == told.acting,
        }
        for what, is_same in same.items():
            if not is_same:
                raise Conflict(f"{run.ref} exists with another {what}", code="run.exists")


class _Waits:
    """Who waits for whom, as Temporal shows it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def look(self, told: wire.Attach, run: RunId) -> WorkflowExecutionDescription | None:
        """How a run stands; None where Temporal has forgotten it.

        Raises:
            Conflict: it waits for the parent, over however many others, none of which would be
                refused in its place (``child.cycle``).
        """
        parent, first = RunId.from_stream(told.parent), wire.workflow_id(run)
        last = wire.workflow_id(parent)
        here, ahead, seen = await self._describe(first), [first], set[str]()
        while ahead and len(seen) < KIN_MAX:
            name = ahead.pop()
            if name == last:
                raise Conflict(
                    f"{run.ref} waits for {parent.ref}: each would wait for the other",
                    code="child.cycle",
                )
            if name in seen:
                continue
            seen.add(name)
            found = here if name == first else await self._describe(name)
            if found is not None and found.status is WorkflowExecutionStatus.RUNNING:
                children, attached = _waited_for(found)
                ahead += children
                if name < last:
                    ahead += attached
        return here

    async def _describe(self, name: str) -> WorkflowExecutionDescription | None:
        try:
            return await self._client.get_workflow_handle(name).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise


def _waited_for(run: WorkflowExecutionDescription) -> tuple[list[str], list[str]]:
    """Temporal's names of the runs that a run waits for: its children, and those that it has
    attached to. A child that Temporal has yet to start may be there already, as another's.
    """
    told = run.raw_description
    attached = [
        each.activity_id.split("/", 2)[2]
        for each in told.pending_activities
        if each.activity_type.name == wire.ATTACH
    ]
    return [each.workflow_id for each in told.pending_children if each.run_id], attached


def _later(*, run: RunId) -> Exception:
    tries = temporal.info().attempt
    wait_ms = min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** min(tries, 10))
    return wire.later(f"{run.ref} is waited for", type="child.running", wait_ms=wait_ms)
