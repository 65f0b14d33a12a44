"""A tenant's settings of taint as their events leave them, and the generation of them.

Settings whose content is erased are unreadable: nobody knows what they forbade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tarl.governance.taint.events import BODIES, Configured, Endorsed, Withdrawn, read_body
from tarl.governance.taint.rules import Mode, Rule, read_rule
from tarl.journal.event import Event
from tarl.journal.projection import Fact, Projection, Table, Tables
from tarl.values.ids import encode_segment, tenant_of


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a tenant; see ``events.Configured``. ``by`` says who set what, by rule."""

    mode: Mode | None = None
    approvers: tuple[str, ...] = ()
    needed: int | None = None
    guards_reads: bool = False
    rules: Mapping[str, Rule] = {}
    by: Mapping[str, str] = {}
    is_unreadable: bool = False


NOTHING_SET = Settings()


def stream_of(tenant: str) -> str:
    """The name of the stream of a tenant's settings."""
    return f"taint/{encode_segment(tenant)}/settings"


def evolve(said: Iterable[Event]) -> Settings:
    """The settings that a stream comes to; never fails on what was accepted."""
    settings, rules, by = NOTHING_SET, dict[str, Rule](), dict[str, str]()
    is_unreadable = False
    for event in said:
        if event.body is None:
            is_unreadable = True
            continue
        match read_body(event.kind, event.body):
            case Configured() as body:
                settings = Settings(
                    mode=body.mode,
                    approvers=body.approvers,
                    needed=body.needed,
                    guards_reads=body.guards_reads,
                )
            case Endorsed() as body:
                rule = read_rule(body.rule)
                rules[rule.id], by[rule.id] = rule, body.by
            case Withdrawn() as body:
                rules.pop(body.rule, None)
                by.pop(body.rule, None)
    return msgspec.structs.replace(settings, rules=rules, by=by, is_unreadable=is_unreadable)


GENERATION = Table(
    name="taint_generation",
    columns={"tenant": "TEXT", "generation": "INTEGER"},
    key=("tenant",),
)
"""Counts the events that changed a tenant's settings."""


def _apply(tables: Tables, fact: Fact) -> None:
    tenant = tenant_of(fact.stream)
    tables.put(GENERATION.name, {"tenant": tenant, "generation": fact.seq})


TAINT_PROJECTION = Projection(
    name="taint", tables=(GENERATION,), kinds=frozenset(BODIES), apply=_apply
)
