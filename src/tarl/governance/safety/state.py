"""A tenant's safety settings as their events leave them, and the generation of them.

1. Guardrails are asked in the order in which they were enabled.
2. A block counts until somebody who may lift it has; the agent that is blocked never may.
3. Of settings whose content is erased nobody knows what they forbid: they are unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec

from tarl.governance.safety.events import (
    BODIES,
    ActionBlocked,
    BlockLifted,
    GuardrailDisabled,
    GuardrailEnabled,
    RedactionRemoved,
    RedactionSet,
    WatchRemoved,
    WatchSet,
    read_body,
)
from tarl.governance.safety.watch import Watch
from tarl.journal.event import Event
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.values.ids import tenant_of


class Block(NamedTuple):
    """What is blocked, since when, and by which event."""

    id: str
    said: ActionBlocked
    at_ms: int

    def may_lift(self, by: str) -> bool:
        """Whether somebody may lift it."""
        return by != self.said.agent and (not self.said.lifters or by in self.said.lifters)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All of a tenant's settings, up to an event of each of its two streams."""

    guardrails: dict[str, GuardrailEnabled] = {}
    watches: dict[str, Watch] = {}
    redactions: dict[str, tuple[str, ...]] = {}
    blocks: dict[str, Block] = {}
    settings_seq: int = 0
    blocks_seq: int = 0
    is_unreadable: bool = False

    @property
    def guards_nothing(self) -> bool:
        """Whether no effect can be refused by them."""
        return not (self.guardrails or self.watches or self.blocks or self.is_unreadable)


def block_id(stream: str, seq: int) -> str:
    """The name of the block that an event begins: no other event has its place."""
    return f"b{sha256(f'{stream}@{seq}'.encode()).hexdigest()[:15]}"


def evolve(settings: Settings, said: Iterable[Event]) -> Settings:
    """The settings after more events, those of blocks first; never fails on what was accepted."""
    guardrails, watches = dict(settings.guardrails), dict(settings.watches)
    redactions, blocks = dict(settings.redactions), dict(settings.blocks)
    seqs = {"safety": settings.settings_seq, "safety_block": settings.blocks_seq}
    is_unreadable = settings.is_unreadable
    for event in said:
        seqs[event.stream.partition("/")[0]] = event.seq
        if event.body is None:
            is_unreadable = True
            continue
        match read_body(event.kind, event.body):
            case GuardrailEnabled() as body:
                guardrails[body.guardrail] = body
            case GuardrailDisabled() as body:
                guardrails.pop(body.guardrail, None)
            case WatchSet() as body:
                watches[body.watch.name] = body.watch
            case WatchRemoved() as body:
                watches.pop(body.watch, None)
            case RedactionSet() as body:
                redactions[body.tool] = body.classes
            case RedactionRemoved() as body:
                redactions.pop(body.tool, None)
            case ActionBlocked() as body:
                id = block_id(event.stream, event.seq)
                blocks[id] = Block(id, body, event.recorded_at_ms)
            case BlockLifted() as body:
                block = blocks.get(body.block)
                if block is not None and block.may_lift(body.by):
                    del blocks[body.block]
    return Settings(
        guardrails=guardrails,
        watches=watches,
        redactions=redactions,
        blocks=blocks,
        settings_seq=seqs["safety"],
        blocks_seq=seqs["safety_block"],
        is_unreadable=is_unreadable,
    )


GENERATION = Table(
    name="safety_generation",
    columns={"tenant": "TEXT", "generation": "INTEGER"},
    key=("tenant",),
)
"""Counts the events that changed a tenant's settings: who knows a generation knows that nothing has
changed while it stands.
"""


def _apply(tables: Tables, fact: Fact) -> None:
    tenant = tenant_of(fact.stream)
    counted = tables.get(GENERATION.name, tenant)
    generation = 1 if counted is None else counted["generation"] + 1
    tables.put(GENERATION.name, {"tenant": tenant, "generation": generation})


SAFETY_PROJECTION = Projection(
    name="safety", tables=(GENERATION,), kinds=frozenset(BODIES), apply=_apply
)
