"""The engine's older interface: workflows as lists of steps, each of which is really done.

    await engine.create_workflow({"name": "evening", "steps": [
        {"type": "wait", "duration_seconds": 60},
        {"type": "plan", "intent": "run the dishwasher when power is cheapest before 7 am"},
    ]})

A workflow is a run of the journal: it goes on where it was when the engine is started again.

1. A step that nobody could do is refused when the workflow is made, not when its turn comes.
2. A step that fails ends the workflow; what came before it stays done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from tarl.engines.embedded.recorded import closing_event
from tarl.journal.projection import Record
from tarl.journal.store import Store
from tarl.kernel import history
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.runs import result_of
from tarl.kernel.shelves import RecordedValues
from tarl.kernel.values import unshelve
from tarl.planning.notices.notice import NoticeKind
from tarl.planning.requests import BadRequest
from tarl.values.ids import RunId
from tarl.values.instants import from_datetime, isoformat_ms

WIRE_NAME = "orchestration.steps"
STEPS_MAX = 200
WAIT_S_MAX = 31 * 86_400


class _Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """``id`` names it in the results."""

    id: str = ""


class WaitStep(_Step, frozen=True, kw_only=True, tag="wait"):
    """Waits, also over a restart."""

    duration_seconds: float = 1.0


class PlanStep(_Step, frozen=True, kw_only=True, tag="plan"):
    """Makes a plan, as ``create_execution_plan`` does."""

    intent: str
    user_id: str | None = None
    preferences: dict[str, Any] = {}


class DiscoveryStep(_Step, frozen=True, kw_only=True, tag="discovery"):
    """Counts the devices that the home has, and those that answer."""


class InferenceStep(_Step, frozen=True, kw_only=True, tag="ml_inference"):
    """What the learned router takes a text for."""

    text: str
    language: str = "en"


class NotificationStep(_Step, frozen=True, kw_only=True, tag="notification"):
    """Tells people."""

    title: str
    text: str = ""
    kind: NoticeKind = NoticeKind.APPROVAL_WANTED


Step = WaitStep | PlanStep | DiscoveryStep | InferenceStep | NotificationStep


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow, as it is asked for."""

    name: str = "Unnamed workflow"
    description: str = ""
    steps: tuple[Step, ...] = ()


class StepEnd(msgspec.Struct, frozen=True, kw_only=True):
    """What a step came to."""

    step_id: str
    step_type: str
    result: dict[str, Any]
    timestamp: str


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a workflow came to."""

    status: Literal["completed", "failed"]
    results: tuple[StepEnd, ...]


Doing = Callable[[dict[str, Any], str], Awaitable[dict[str, Any]]]
"""Does a step, given as JSON values, under an id of its own; ``status`` says how it ended."""


def steps_workflow(does: Doing) -> Workflow[..., Any]:
    """The workflow that such runs are of."""

    async def do(step: dict[str, Any], id: str) -> dict[str, Any]:
        return await does(step, id)

    doing = Activity(do, name="orchestration.step")

    async def steps(ctx: Context, asked: Steps) -> Ended:
        """Do one step after the other."""
        results: list[StepEnd] = []
        for number, step in enumerate(asked.steps):
            type = str(step.__struct_config__.tag)
            if isinstance(step, WaitStep):
                await ctx.sleep(step.duration_seconds)
                result = {"status": "completed", "waited_seconds": step.duration_seconds}
            else:
                result = await ctx.call(doing, msgspec.to_builtins(step), f"plan-{ctx.uuid().hex}")
            at = isoformat_ms(from_datetime(ctx.now()))
            id = step.id or f"step_{number}"
            results.append(StepEnd(step_id=id, step_type=type, result=result, timestamp=at))
            if result["status"] != "completed":
                return Ended(status="failed", results=tuple(results))
        return Ended(status="completed", results=tuple(results))

    return Workflow(steps, name=WIRE_NAME)


def steps_of(workflow: dict[str, Any]) -> Steps:
    """A workflow from JSON values.

    Raises:
        BadRequest: ``orchestration.workflow``.
    """
    try:
        asked = msgspec.convert(workflow, Steps)
    except (msgspec.ValidationError, TypeError) as error:
        raise _bad(str(error)) from error
    if len(asked.steps) > STEPS_MAX:
        raise _bad(f"it has more than {STEPS_MAX} steps")
    for step in asked.steps:
        if isinstance(step, WaitStep) and not 0 <= step.duration_seconds <= WAIT_S_MAX:
            raise _bad(f"a step waits 0 to {WAIT_S_MAX} seconds")
    return asked


def read_step(data: dict[str, Any]) -> Step:
    """A step from JSON values that ``steps_of`` has accepted."""
    step: Step = msgspec.convert(data, Step)
    return step


def _bad(problem: str) -> BadRequest:
    return BadRequest(
        f"this is no workflow: {problem}",
        code="orchestration.workflow",
        next_step="types of steps are wait, plan, discovery, ml_inference, notification",
    )


def workflows_in(store: Store, tenant: str) -> list[dict[str, Any]]:
    """All workflows of a tenant, the latest first."""
    where = {"tenant": tenant, "workflow": WIRE_NAME}
    found = store.scan("run", where, order_by="started_at_ms", descending=True)
    return [_shown(store, record) for record in found]


def workflow_in(store: Store, tenant: str, workflow_id: str) -> dict[str, Any] | None:
    """A workflow; None if there is none."""
    record = store.get("run", tenant, workflow_id, 1)
    if record is None or record["workflow"] != WIRE_NAME:
        return None
    return _shown(store, record)


def _shown(store: Store, record: Record) -> dict[str, Any]:
    run = RunId(record["tenant"], record["workflow_id"], record["n"])
    shelf = RecordedValues(store, run.tenant)
    asked = msgspec.json.decode(unshelve(bytes(history.started(store, run).input), shelf=shelf))
    shown = {
        "id": run.workflow_id,
        "name": asked.get("name", Steps().name),
        "description": asked.get("description", ""),
        "steps": asked.get("steps", []),
        "status": record["status"],
        "created_at": isoformat_ms(record["started_at_ms"]),
        "updated_at": isoformat_ms(record["ended_at_ms"] or record["started_at_ms"]),
        "execution_count": int(record["ended_at_ms"] is not None),
    }
    closing = closing_event(store, run)
    if record["status"] == "completed" and closing is not None and closing.body is not None:
        ended = result_of(closing.kind, closing.body, workflow=None, shelf=shelf)
        shown |= {"status": ended["status"], "last_results": ended["results"]}
    elif record["status"] == "terminated":
        shown["status"] = "cancelled"
    return shown
