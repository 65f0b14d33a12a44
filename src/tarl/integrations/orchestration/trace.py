"""How a run's recorded events show as the events of this face.

Names of steps say what a step was: ``task/...``, ``agent/...``, ``external/...``; steps of other
names (``face/...``, ``capability/...``) are the runtime's own and make no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tarl.errors import Missing
from tarl.integrations.orchestration.events import Fact, WorkflowEventKind
from tarl.journal.event import Event
from tarl.kernel import events
from tarl.kernel.events import DECODERS
from tarl.kernel.payload import decode_value
from tarl.kernel.values import Kept, unshelve

_SHOWN_AS = {
    "task": (WorkflowEventKind.TASK_SUBMIT, "result"),
    "agent": (WorkflowEventKind.AGENT_DECISION, "output"),
    "external": (WorkflowEventKind.EXTERNAL_CALL, "call_result"),
}
"""What a step was -> the event it makes, and the payload's member for its result."""


def step_facts(
    name: str,
    details: Mapping[str, Any],
    *,
    result: Mapping[str, Any] | None = None,
    error: Mapping[str, Any] | None = None,
    index: int = 0,
) -> list[Fact]:
    """The facts that a step with this outcome makes: those of calls within it, then its own."""
    within = () if result is None else result.get("calls", ())
    facts = [Fact(WorkflowEventKind[c["kind"]], c["payload"], index) for c in within]
    shown = _SHOWN_AS.get(name.partition("/")[0])
    if shown is not None:
        kind, member = shown
        outcome = {"error": error} if result is None else {member: result["result"]}
        facts.append(Fact(kind, {**details, **outcome}, index))
    return facts


class Trace:
    """Turns one run's events, in order, into facts.

    Args:
        shelf: Where the run's large values lie.
    """

    def __init__(self, shelf: Kept) -> None:
        self._shelf = shelf
        self._steps: dict[int, tuple[str, Any]] = {}

    def facts(self, event: Event) -> list[Fact]:
        """The facts that the run's next event makes.

        Raises:
            Missing: its content is erased.
        """
        if event.body is None:
            raise Missing(
                f"event {event.seq} of {event.stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=event.stream,
            )
        return _facts(event, DECODERS[event.kind](event.body), self._steps, self._shelf)


def _facts(event: Event, body: Any, steps: dict[int, tuple[str, Any]], shelf: Kept) -> list[Fact]:
    def value(raw: Any) -> Any:
        return decode_value(unshelve(bytes(raw), shelf=shelf))

    kind, index = event.kind, event.log_index
    if kind == events.STEP_SCHEDULED:
        args = value(body.args)
        steps[body.step] = body.activity, args[0] if args else {}
        return []
    if kind == events.STEP_COMPLETED:
        return step_facts(*steps.pop(body.step), result=value(body.result), index=index)
    if kind == events.STEP_FAILED:
        error = {"type": body.error.type, "message": body.error.message}
        return step_facts(*steps.pop(body.step), error=error, index=index)
    if kind == events.STEP_DENIED:
        error = {"type": "Denied", "message": "the gate refused it", "reasons": body.reasons}
        return step_facts(*steps.pop(body.step), error=error, index=index)
    if kind == events.RUN_STARTED:
        context = {"context": value(body.input)["context"]}
        return [Fact(WorkflowEventKind.START, context, index)]
    if kind == events.SNAPSHOT_TAKEN:
        return [snapshot_fact(body.id, index)]
    if kind == events.RUN_COMPLETED:
        return [Fact(WorkflowEventKind.RETURN, {"result": value(body.result)}, index)]
    if kind == events.RUN_FAILED:
        return [Fact(WorkflowEventKind.ERROR, error_payload(body.error), index)]
    return []


def snapshot_fact(snapshot_id: str, index: int = 0) -> Fact:
    """The fact that a snapshot was taken."""
    payload = {"snapshot_hash": snapshot_id}
    return Fact(WorkflowEventKind.SNAPSHOT, payload, index, snapshot_id)


def error_payload(error: events.ErrorRecord) -> dict[str, Any]:
    """What an ERROR event says; ``error_id`` is ``SHA-256(workflow_id:message)``."""
    return {"error": error.message, "error_id": error.id, "error_type": error.type}
