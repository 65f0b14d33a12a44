"""Runs that Temporal drives, as its server tells of them, for ``tarl runs``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tarl.errors import TarlError
from tarl.interfaces.cli.engines import TEMPORAL, connect, open_temporal, speaking_to
from tarl.interfaces.cli.program import command

if TYPE_CHECKING:
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.interfaces.cli.output import Output
    from tarl.kernel.engine import Cursor, EnginePort, RunListed
    from tarl.kernel.runs import RunStatus
    from tarl.values.ids import RunId

SHOWN_MAX = 200
"""Entries of a history in one table; ``--json`` has all."""

HISTORY_MAX = 51_200
"""A history on Temporal ends there by itself."""


async def listed(
    invocation: Invocation,
    *,
    tenant: str | None,
    status: RunStatus | None,
    limit: int,
    after: Cursor | None = None,
) -> list[dict[str, Any]]:
    """The runs that the server knows, the newest first, as ``tarl runs ls`` shows them; only those
    behind ``after`` if it is given.
    """
    async with open_temporal(invocation) as engine:
        found = engine.list(tenant=tenant, status=status, limit=limit, after=after)
        return [_record(each) async for each in found]


def _record(listed: RunListed) -> dict[str, Any]:
    from tarl.values.instants import isoformat_ms

    ended_at_ms = listed.ended_at_ms
    return {
        "run": listed.run.ref,
        "tenant": listed.run.tenant,
        "workflow_id": listed.run.workflow_id,
        "n": listed.run.n,
        "workflow": listed.workflow,
        "status": listed.status,
        "engine": TEMPORAL,
        "started_at_ms": listed.started_at_ms,
        "ended_at_ms": ended_at_ms,
        "started": isoformat_ms(listed.started_at_ms),
        "ended": None if ended_at_ms is None else isoformat_ms(ended_at_ms),
        "fork_of": None,
        "agent": None,
    }


async def told(invocation: Invocation, run: RunId) -> dict[str, Any]:
    """What the server's history says of a run, oldest first; why it cannot be had, where it cannot:
    what the journal says is shown in any case.
    """
    from tarl.interfaces.cli.exits import error_data

    try:
        async with invocation.open_runtime(must_exist=True) as runtime:
            history = await _moments(await connect(invocation, runtime), run)
    except TarlError as error:
        return {"engine": TEMPORAL, "history": None, "history_error": error_data(error)}
    return {"engine": TEMPORAL, "history": history}


async def show_unbegun(invocation: Invocation, text: str) -> None:
    """A run that the server knows, and no worker has begun.

    Raises:
        Missing: the server does not know it either (``run.missing``).
    """
    async with speaking_to(invocation, text) as spoken:
        history = await _moments(spoken.engine, spoken.run)
    run, settings = spoken.run, invocation.settings
    if invocation.output.as_json:
        invocation.output.document(
            "runs.show",
            run=run.ref,
            tenant=run.tenant,
            status="running",
            engine=TEMPORAL,
            is_begun=False,
            history=history,
        )
        return
    invocation.output.fields([("run", run.ref), ("status", "running"), ("engine", TEMPORAL)])
    queue = settings["task_queue"].value
    start = command("worker", "--engine", TEMPORAL, "--task-queue", queue, "--code", "FILE")
    invocation.output.note(f"no worker has begun it: {start}")


def show_told(output: Output, found: dict[str, Any]) -> None:
    """The server's history for a person."""
    from tarl.interfaces.cli.recorded import said
    from tarl.values.instants import isoformat_ms

    history = found["history"]
    if history is None:
        error = found["history_error"]
        output.note(f"Temporal's history is not shown: {error['message']} ({error['code']})")
        if "next_step" in error:
            output.note(f"  try: {error['next_step']}")
        return
    output.data("")
    rows = [
        (each["seq"], isoformat_ms(each["at_ms"]), each["kind"], said(each["body"]))
        for each in history[-SHOWN_MAX:]
    ]
    output.table(("entry", "at", "kind", "what Temporal's history says"), rows)
    if len(history) > SHOWN_MAX:
        output.note(f"the last {SHOWN_MAX} of {len(history)} entries; --json has all")


async def _moments(engine: EnginePort, run: RunId) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = []
    async for moment in engine.history(run):
        data = {"seq": moment.seq, "at_ms": moment.at_ms, "kind": moment.kind}
        history.append({**data, "body": json.loads(moment.body)})
        if len(history) == HISTORY_MAX:
            break
    return history
