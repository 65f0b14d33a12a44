"""Runs as others see them: the table of runs, kept with the journal, and a run's recorded end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

from tarl.errors import RunFailed
from tarl.journal.projection import Fact, Projection, Record, Table, Tables
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


class Reader(Protocol):
    """As much of a journal as a list needs."""

    def scan(
        self,
        table: str,
        where: Mapping[str, Any] | None = None,
        *,
        at_most: Mapping[str, Any] | None = None,
        order_by: str | tuple[str, ...] = (),
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Record]: ...


_ORDER = ("started_at_ms", "tenant", "workflow_id", "n")
_BESIDE = 64
"""Records that are read besides those that are asked for: others may have started at that time."""


def newest(
    store: Reader,
    where: Mapping[str, Any],
    *,
    limit: int,
    after: tuple[int, RunId] | None = None,
) -> Iterator[Record]:
    """The records of runs, the newest first.

    Args:
        store: The journal.
        where: What they equal.
        limit: At most so many.
        after: Only those behind the run that started then.
    """
    if after is None:
        yield from store.scan("run", where, order_by=_ORDER, descending=True, limit=limit)
        return
    started_at_ms, run = after
    behind = (started_at_ms, run.tenant, run.workflow_id, run.n)
    at_most, read = {"started_at_ms": started_at_ms}, limit + _BESIDE
    while True:
        found = list(
            store.scan("run", where, at_most=at_most, order_by=_ORDER, descending=True, limit=read)
        )
        rest = [each for each in found if tuple(each[name] for name in _ORDER) < behind]
        if len(rest) >= limit or len(found) < read:
            yield from rest[:limit]
            return
        read *= 4  # so many started at that time


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
