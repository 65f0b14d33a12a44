"""The tables of approval requests and of principals.

They hold what is asked for by index and nothing of what is decided about: names, texts and contexts
stay in the events, which may be sealed.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.journal.projection import Fact, Projection, Record, Table, Tables
from tarl.kernel.approvals import events, principals
from tarl.kernel.approvals.names import ApprovalId, PrincipalId

APPROVALS = Table(
    name="approval",
    columns={
        "tenant": "TEXT",
        "id": "TEXT",
        "status": "TEXT",
        "run": "TEXT",
        "requested_at_ms": "INTEGER",
        "ended_at_ms": "INTEGER",
        "due_at_ms": "INTEGER",
        "dues": "TEXT",
    },
    key=("tenant", "id"),
    indexes=(
        ("due_at_ms",),
        ("status", "requested_at_ms"),
        ("ended_at_ms",),
        ("run", "status"),
    ),
)
"""``due_at_ms``: when time brings something about; ``dues``: all such times to come, as JSON."""

PRINCIPALS = Table(
    name="principal",
    columns={"tenant": "TEXT", "id": "TEXT", "seq": "INTEGER", "registered_at_ms": "INTEGER"},
    key=("tenant", "id"),
)
"""``seq``: the stream's last event; a vote is committed if the principal has not changed."""


def _apply(tables: Tables, fact: Fact) -> None:
    noun = fact.stream.partition("/")[0]
    if noun == "principal" and fact.kind in principals.BODIES:
        _apply_principal(tables, PrincipalId.from_stream(fact.stream), fact)
    elif noun == "approval" and fact.kind in events.BODIES:
        _apply_approval(tables, ApprovalId.from_stream(fact.stream), fact)


def _apply_approval(tables: Tables, id: ApprovalId, fact: Fact) -> None:
    if fact.kind == events.REQUESTED:
        tables.put("approval", _requested(id, fact))
    elif fact.kind == events.ESCALATED:
        record = tables.get("approval", id.tenant, id.id)
        if record is not None:
            dues = msgspec.json.decode(record["dues"])[1:]
            tables.update("approval", (id.tenant, id.id), _due(dues))
    elif fact.kind in events.ENDING:
        status = {events.EXPIRED: "expired", events.WITHDRAWN: "withdrawn"}.get(fact.kind)
        if status is None and fact.body is not None:
            status = events.DECODERS[fact.kind](fact.body).status
        ended = {"status": status or "decided", "ended_at_ms": fact.recorded_at_ms}
        tables.update("approval", (id.tenant, id.id), {**ended, **_due([])})


def _requested(id: ApprovalId, fact: Fact) -> Record:
    dues: list[int] = []
    run = None
    if fact.body is not None:
        request = events.DECODERS[fact.kind](fact.body)
        run = request.run
        dues = [fact.recorded_at_ms + escalation.after_ms for escalation in request.escalations]
        if request.expires_after_ms is not None:
            dues.append(fact.recorded_at_ms + request.expires_after_ms)
    return {
        "tenant": id.tenant,
        "id": id.id,
        "status": "pending",
        "run": run,
        "requested_at_ms": fact.recorded_at_ms,
        "ended_at_ms": None,
        **_due(dues),
    }


def _due(dues: list[int]) -> dict[str, Any]:
    return {"due_at_ms": dues[0] if dues else None, "dues": msgspec.json.encode(dues).decode()}


def _apply_principal(tables: Tables, id: PrincipalId, fact: Fact) -> None:
    if fact.kind == principals.REGISTERED:
        record = {"seq": fact.seq, "registered_at_ms": fact.recorded_at_ms}
        tables.put("principal", {"tenant": id.tenant, "id": id.id, **record})
    else:
        tables.update("principal", (id.tenant, id.id), {"seq": fact.seq})


APPROVALS_PROJECTION = Projection(
    name="approvals",
    tables=(APPROVALS, PRINCIPALS),
    kinds=frozenset(
        {events.REQUESTED, events.ESCALATED, *events.ENDING, *principals.BODIES},
    ),
    apply=_apply,
)
