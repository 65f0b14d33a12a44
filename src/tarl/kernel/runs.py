"""Runs as others see them: the table of runs, kept with the journal, and a run's recorded end."""

from __future__ import annotations

from typing import Any, Literal

from tarl.errors import RunFailed
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.kernel import events
from tarl.kernel.definition import Workflow
from tarl.kernel.events import DECODERS
from tarl.kernel.payload import decode_value
from tarl.kernel.values import Kept, unshelve
from tarl.values.ids import RunId

RunStatus = Literal["running", "completed", "failed", "cancelled", "terminated", "continued"]

RUNS = Table(
    name="run",
    columns={
        "tenant": "TEXT",
        "workflow_id": "TEXT",
        "n": "INTEGER",
        "workflow": "TEXT",
        "status": "TEXT",
        "started_at_ms": "INTEGER",
        "ended_at_ms": "INTEGER",
        "fork_of": "TEXT",
    },
    key=("tenant", "workflow_id", "n"),
    indexes=(("started_at_ms",), ("status", "started_at_ms")),
)

OWED = Table(
    name="child_owed",
    columns={"tenant": "TEXT", "workflow_id": "TEXT", "parent": "TEXT", "child": "INTEGER"},
    key=("tenant", "workflow_id"),
    indexes=(("parent", "child"),),
)
"""Children that may outlive their parent and have not begun: who asked for them. A run that was
there before stays here, and is owed nothing.
"""

STATUS: dict[str, RunStatus] = {
    events.RUN_COMPLETED: "completed",
    events.RUN_FAILED: "failed",
    events.RUN_CANCELLED: "cancelled",
    events.RUN_TERMINATED: "terminated",
    events.RUN_CONTINUED: "continued",
}
"""How a run has ended, by the event that closed it."""


def _apply(tables: Tables, fact: Fact) -> None:
    run = RunId.from_stream(fact.stream)
    if fact.kind in _CHILD_KINDS:
        _apply_child(tables, run, fact)
        return
    if fact.kind == events.RUN_STARTED:
        started = None if fact.body is None else DECODERS[fact.kind](fact.body)
        tables.put(
            "run",
            {
                "tenant": run.tenant,
                "workflow_id": run.workflow_id,
                "n": run.n,
                "workflow": started.workflow if started else None,
                "status": "running",
                "started_at_ms": fact.recorded_at_ms,
                "ended_at_ms": None,
                "fork_of": started.fork_of if started else None,
            },
        )
        if started and started.parent:
            tables.delete("child_owed", run.tenant, run.workflow_id)
        return
    end = {"status": STATUS[fact.kind], "ended_at_ms": fact.recorded_at_ms}
    tables.update("run", (run.tenant, run.workflow_id, run.n), end)


def _apply_child(tables: Tables, parent: RunId, fact: Fact) -> None:
    if fact.body is None:
        return
    body, name = DECODERS[fact.kind](fact.body), parent.stream.removeprefix("run/")
    if fact.kind == events.CHILD_STARTED:
        if body.close_policy == "abandon":
            place = {"tenant": parent.tenant, "workflow_id": body.id, "parent": name}
            tables.put("child_owed", {**place, "child": body.child})
    elif body.status == "refused":
        for owed in list(tables.scan("child_owed", {"parent": name, "child": body.child})):
            tables.delete("child_owed", owed["tenant"], owed["workflow_id"])


_CHILD_KINDS = frozenset({events.CHILD_STARTED, events.CHILD_FAILED})

RUNS_PROJECTION = Projection(
    name="runs",
    tables=(RUNS, OWED),
    kinds=frozenset({events.RUN_STARTED, *_CHILD_KINDS, *STATUS}),
    apply=_apply,
)


def result_of(kind: str, body: bytes, *, workflow: Workflow[..., Any] | None, shelf: Kept) -> Any:
    """The result that a closing event records, as the workflow's declared type if it is known.

    Raises:
        RunFailed: the run ended with an error.
    """
    closing = DECODERS[kind](body)
    if kind == events.RUN_FAILED:
        error = closing.error
        raise RunFailed(
            f"{error.type}: {error.message}",
            type=error.type,
            error=error.message,
            id=error.id,
            uncompensated=list(closing.uncompensated),
        )
    if kind == events.RUN_CANCELLED:
        raise _stopped("cancelled", closing, code="run.cancelled")
    if kind == events.RUN_TERMINATED:
        raise _stopped("terminated", closing, code="run.terminated")
    if kind == events.RUN_CONTINUED:
        raise RunFailed(
            "the run goes on as the one of the next number", code="run.continued", type="Continued"
        )
    declared = Any if workflow is None else workflow.result_type
    return decode_value(unshelve(bytes(closing.result), shelf=shelf), declared)


def _stopped(status: str, closing: events.RunEnded, *, code: str) -> RunFailed:
    why = f": {closing.reason}" if closing.reason else ""
    return RunFailed(
        f"the run was {status}{why}",
        code=code,
        type=status.capitalize(),
        error=closing.reason,
        id=None,
        uncompensated=list(closing.uncompensated),
    )
