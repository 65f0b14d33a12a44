"""Demands as their events leave them, and the generation that tells when one has changed.

What is mapped and declared of a component is folded from its stream when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tarl.governance.compliance import events
from tarl.governance.compliance.events import (
    DeclaredFact,
    Demanded,
    Mapped,
    Unmapped,
)
from tarl.governance.compliance.facts import Declared
from tarl.journal.event import Event
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.work.streams import key_of

ERASED = -1
"""In the place of the version that decides: nobody knows what is demanded."""

DEMAND = Table(
    name="compliance_demand",
    columns={
        "tenant": "TEXT",
        "demand_id": "TEXT",
        "newest": "INTEGER",
        "active": "INTEGER",
        "seq": "INTEGER",
    },
    key=("tenant", "demand_id"),
)
"""``active`` is the version that decides, null if none does; ``seq`` the event that has it."""

GENERATION = Table(
    name="compliance_generation",
    columns={"tenant": "TEXT", "generation": "INTEGER"},
    key=("tenant",),
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a component is held to, and what is declared of it."""

    requirements: tuple[str, ...] = ()
    facts: dict[str, Declared] = {}


def evolve(history: Iterable[Event]) -> Standing:
    """A component's standing after its events; erased ones say nothing."""
    requirements: dict[str, None] = {}
    facts: dict[str, Declared] = {}
    for event in history:
        if event.body is None:
            continue
        match events.DECODERS[event.kind](event.body):
            case Mapped() as body:
                requirements.update(dict.fromkeys(body.requirements))
            case Unmapped() as body:
                for ref in body.requirements:
                    requirements.pop(ref, None)
            case DeclaredFact() as body:
                facts[body.name] = Declared(
                    name=body.name,
                    value=body.value,
                    by=body.by,
                    reason=body.reason,
                    at_ms=event.recorded_at_ms,
                )
    return Standing(requirements=tuple(requirements), facts=facts)


def _apply(tables: Tables, fact: Fact) -> None:
    tenant, id = key_of(fact.stream)
    record = tables.get(DEMAND.name, tenant, id)
    newest = 0 if record is None else record["newest"]
    active: int | None = ERASED
    if fact.body is not None:
        body = events.DECODERS[fact.kind](fact.body)
        active = body.version if isinstance(body, Demanded) else None
        newest = max(newest, body.version)
    row = {"tenant": tenant, "demand_id": id, "newest": newest, "active": active}
    tables.put(DEMAND.name, {**row, "seq": fact.seq})
    counted = tables.get(GENERATION.name, tenant)
    generation = 1 if counted is None else counted["generation"] + 1
    tables.put(GENERATION.name, {"tenant": tenant, "generation": generation})


COMPLIANCE_PROJECTION = Projection(
    name="compliance",
    tables=(DEMAND, GENERATION),
    kinds=frozenset({events.DEMANDED, events.DEMAND_LIFTED}),
    apply=_apply,
)
