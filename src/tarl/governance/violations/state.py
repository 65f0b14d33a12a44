"""A violation as its events leave it, and the tables that find it.

1. ``open`` -> ``escalated`` -> ``acknowledged`` -> ``resolved``: each may be skipped, an
   acknowledged violation may be escalated again, and nothing follows ``resolved``.
2. Violations of a tenant are numbered from 1 in the order of the journal.

What happened lies in the events alone, which may be sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from tarl.governance.severity import Severity, severity
from tarl.governance.violations import events
from tarl.governance.violations.events import (
    Acknowledged,
    Body,
    Escalated,
    Exhausted,
    Recorded,
    Resolved,
    Told,
)
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.work.streams import key_of

Status = Literal["open", "escalated", "acknowledged", "resolved"]
STATUSES: tuple[Status, ...] = get_args(Status)

VIOLATION = Table(
    name="violation",
    columns={
        "tenant": "TEXT",
        "violation_id": "TEXT",
        "number": "INTEGER",
        "policy": "TEXT",
        "run": "TEXT",
        "severity": "INTEGER",
        "status": "TEXT",
        "level": "INTEGER",
        "seq": "INTEGER",
    },
    key=("tenant", "violation_id"),
    indexes=(("tenant", "number"), ("tenant", "status", "number"), ("tenant", "severity")),
)
"""``severity`` is null where the content is erased."""

COUNT = Table(
    name="violation_count", columns={"tenant": "TEXT", "count": "INTEGER"}, key=("tenant",)
)

LADDER = Table(
    name="violation_ladder",
    columns={"tenant": "TEXT", "policy": "TEXT", "seq": "INTEGER", "levels": "TEXT"},
    key=("tenant", "policy"),
)


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A violation as it stands.

    Attributes:
        tenant: Whose.
        id: Names it within the tenant.
        policy: What was broken.
        run: Where, if in a run.
        severity: How bad it is.
        description: What happened.
        facts: The values behind it.
        by: Who recorded it.
        at_ms: When.
        seq: The last event.
        status: How it stands.
        level: To which level it was escalated; 0 if it was not.
        escalated_seq: The event that did so last.
        handler: Who tells that level, if it has one.
        told: The levels that were told.
        why: Why it was escalated, last.
        is_exhausted: Whether the last level has not answered either.
        acknowledged_by: Who has taken it on.
        resolved_by: Who has dealt with it.
        resolution: How.
        note: What was said when it was acknowledged.
    """

    tenant: str
    id: str
    policy: str
    severity: Severity
    description: str
    by: str
    at_ms: int
    facts: dict[str, Any] = {}
    run: str | None = None
    seq: int = 1
    status: Status = "open"
    level: int = 0
    escalated_seq: int = 0
    handler: str | None = None
    told: tuple[int, ...] = ()
    why: str = ""
    is_exhausted: bool = False
    acknowledged_by: str = ""
    resolved_by: str = ""
    resolution: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """The idempotency key of telling its present level: another one each time it is told."""
        return f"violation/{self.tenant}/{self.id}/{self.escalated_seq}"

    def as_data(self) -> dict[str, Any]:
        """The violation as a JSON object."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return {**data, "severity": self.severity.word, "told": list(self.told)}


class Said(NamedTuple):
    """An event of a violation: its place, when it was recorded, and its body."""

    seq: int
    at_ms: int
    body: Body


def fold(tenant: str, id: str, said: Iterable[Said]) -> Violation | None:
    """The violation that events tell of; None of no events."""
    found: Violation | None = None
    for each in said:
        if isinstance(each.body, Recorded):
            found = _recorded(tenant, id, each.body, each.at_ms)
        elif found is not None:
            changes = {**_changes(found, each), "seq": each.seq}
            found = msgspec.structs.replace(found, **changes)
    return found


def _recorded(tenant: str, id: str, body: Recorded, at_ms: int) -> Violation:
    return Violation(
        tenant=tenant,
        id=id,
        policy=body.policy,
        run=body.run,
        severity=severity(body.severity),
        description=body.description,
        facts=body.facts,
        by=body.by,
        at_ms=at_ms,
    )


def _changes(now: Violation, said: Said) -> dict[str, Any]:
    match body := said.body:
        case Escalated():
            return {
                "status": "escalated",
                "level": body.level,
                "escalated_seq": said.seq,
                "handler": body.handler,
                "why": body.why,
                "is_exhausted": body.handler is None,
            }
        case Told():
            return {"told": (*now.told, body.level)}
        case Exhausted():
            return {"is_exhausted": True, "why": body.why}
        case Acknowledged():
            return {"status": "acknowledged", "acknowledged_by": body.by, "note": body.note}
        case Resolved():
            by = {"resolved_by": body.by, "resolution": body.resolution}
            return {"status": "resolved", **by}
    return {}


def _apply(tables: Tables, fact: Fact) -> None:
    tenant, name = key_of(fact.stream)
    body = None if fact.body is None else events.DECODERS[fact.kind](fact.body)
    if fact.kind == events.LADDER_SET:
        levels = "[]" if body is None else msgspec.json.encode(body.levels).decode()
        row = {"tenant": tenant, "policy": name, "seq": fact.seq, "levels": levels}
        tables.put(LADDER.name, row)
    elif fact.kind == events.RECORDED:
        _add(tables, tenant, name, body)
    else:
        changes: dict[str, Any] = {"seq": fact.seq}
        match body:
            case Escalated():
                changes |= {"status": "escalated", "level": body.level}
            case Acknowledged():
                changes["status"] = "acknowledged"
            case Resolved():
                changes["status"] = "resolved"
        tables.update(VIOLATION.name, (tenant, name), changes)


def _add(tables: Tables, tenant: str, id: str, body: Recorded | None) -> None:
    counted = tables.get(COUNT.name, tenant)
    number = 1 if counted is None else counted["count"] + 1
    tables.put(COUNT.name, {"tenant": tenant, "count": number})
    row = {"tenant": tenant, "violation_id": id, "number": number, "seq": 1, "level": 0}
    row |= {"policy": None, "run": None, "severity": None, "status": "open"}
    if body is not None:
        row |= {"policy": body.policy, "run": body.run}
        row["severity"] = int(severity(body.severity))
    tables.put(VIOLATION.name, row)


VIOLATIONS_PROJECTION = Projection(
    name="violations",
    tables=(VIOLATION, COUNT, LADDER),
    kinds=frozenset({*events.BODIES, events.LADDER_SET}),
    apply=_apply,
)
