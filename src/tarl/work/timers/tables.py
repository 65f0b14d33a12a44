"""Timers by when they are due, and the rows that say who is firing one now.

What is due is one look into the index on status and due time, however many wait. A claim is a
coordination row: it is written in a commit that refuses when somebody else was faster, renewed
while the handler runs, and deleted with the outcome.
"""

from __future__ import annotations

from typing import Any

from tarl.journal.projection import Coordination, Fact, Projection, Table, Tables
from tarl.work.streams import key_of
from tarl.work.timers import events

PENDING = "pending"
UNANSWERED = "unanswered"
FIRED = "fired"
CANCELLED = "cancelled"
FAILED = "failed"
ERASED = "erased"
STATUSES = (PENDING, UNANSWERED, FIRED, CANCELLED, FAILED, ERASED)

TIMER = Table(
    name="durable_timer",
    columns={
        "tenant": "TEXT",
        "timer_id": "TEXT",
        "status": "TEXT",
        "due_at_ms": "INTEGER",
        "handler": "TEXT",
        "about": "TEXT",
        "attempts": "INTEGER",
        "set_at_ms": "INTEGER",
        "ended_at_ms": "INTEGER",
    },
    key=("tenant", "timer_id"),
    indexes=(("status", "due_at_ms"), ("handler", "status"), ("tenant", "about")),
)
"""Payloads and errors lie in the events alone, which may be sealed."""

CLAIM = Table(
    name="durable_timer_claim",
    columns={
        "tenant": "TEXT",
        "timer_id": "TEXT",
        "holder": "TEXT",
        "token": "INTEGER",
        "beat": "INTEGER",
    },
    key=("tenant", "timer_id"),
)

_ENDS = {events.FIRED: FIRED, events.CANCELLED: CANCELLED}


def _apply(tables: Tables, fact: Fact) -> None:
    key = key_of(fact.stream)
    body: Any = None if fact.body is None else events.DECODERS[fact.kind](fact.body)
    if fact.kind == events.SET:
        record = {
            "tenant": key[0],
            "timer_id": key[1],
            "status": ERASED if body is None else PENDING,
            "due_at_ms": body and body.due_at_ms,
            "handler": body and body.handler,
            "about": body and body.about,
            "attempts": 0,
            "set_at_ms": fact.recorded_at_ms,
            "ended_at_ms": None,
        }
        tables.put(TIMER.name, record)
        return
    tables.update(TIMER.name, key, _changes(fact, body))


def _changes(fact: Fact, body: Any) -> dict[str, Any]:
    if fact.kind in _ENDS:
        return {"status": _ENDS[fact.kind], "ended_at_ms": fact.recorded_at_ms}
    if body is None:
        return {"status": ERASED}
    if fact.kind == events.UNANSWERED:
        return {"status": UNANSWERED}
    if fact.kind == events.REARMED:
        return {
            "status": PENDING,
            "due_at_ms": body.due_at_ms,
            "attempts": 0,
            "ended_at_ms": None,
        }
    if body.due_at_ms is None:
        end = {"status": FAILED, "ended_at_ms": fact.recorded_at_ms}
        return {**end, "attempts": body.attempt}
    return {"status": PENDING, "attempts": body.attempt, "due_at_ms": body.due_at_ms}


TIMERS_PROJECTION = Projection(
    name="durable_timers", tables=(TIMER,), kinds=events.KINDS, apply=_apply
)
TIMERS_COORDINATION = Coordination(name="durable_timer_claims", tables=(CLAIM,))
