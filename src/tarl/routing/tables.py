"""Nodes and rules as folds over their events; loads, heartbeats and assignments beside them.

An assignment is no fact: it is where work is now, and it is gone when the work is released. The
number that it carries (``fence``) grows with every assignment of the tenant, so one that was moved
or made anew never has an old one's.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.journal.projection import Coordination, Fact, Projection, Record, Table, Tables
from tarl.routing import events
from tarl.routing.node import ACTIVE, DRAINING, Node, NodeSpec
from tarl.routing.rule import Rule
from tarl.routing.uptime import Mark, elapsed_ms
from tarl.work.streams import key_of

NODE = Table(
    name="node",
    columns={
        "tenant": "TEXT",
        "node": "TEXT",
        "status": "TEXT",
        "capabilities": "TEXT",
        "priority": "INTEGER",
        "max_load": "INTEGER",
        "heartbeat_ms": "INTEGER",
        "registered_at_ms": "INTEGER",
    },
    key=("tenant", "node"),
)
RULE = Table(
    name="node_rule",
    columns={
        "tenant": "TEXT",
        "rule": "TEXT",
        "pattern": "TEXT",
        "priority": "INTEGER",
        "node": "TEXT",
        "capabilities": "TEXT",
        "strict": "INTEGER",
    },
    key=("tenant", "rule"),
)
LOAD = Table(
    name="node_load",
    columns={
        "tenant": "TEXT",
        "node": "TEXT",
        "load": "INTEGER",
        "lost": "INTEGER",
        "boot": "TEXT",
        "beat_ms": "INTEGER",
        "beat_at_ms": "INTEGER",
    },
    key=("tenant", "node"),
)
"""``boot`` and ``beat_ms``: the mark of the last heartbeat; ``beat_at_ms`` its wall clock time, for
people.
"""

ASSIGNMENT = Table(
    name="node_assignment",
    columns={
        "tenant": "TEXT",
        "task": "TEXT",
        "node": "TEXT",
        "task_type": "TEXT",
        "requires": "TEXT",
        "fence": "INTEGER",
        "assigned_at_ms": "INTEGER",
    },
    key=("tenant", "task"),
    indexes=(("tenant", "node", "fence"),),
)
FENCE = Table(name="node_fence", columns={"tenant": "TEXT", "last": "INTEGER"}, key=("tenant",))


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return  # the operator's facts are never sealed
    key = key_of(fact.stream)
    body = events.DECODERS[fact.kind](fact.body)
    match fact.kind:
        case events.NODE_REGISTERED:
            tables.put(NODE.name, _node(key, body, fact.recorded_at_ms))
        case events.NODE_CHANGED:
            tables.update(NODE.name, key, _said(body))
        case events.NODE_DRAINED:
            tables.update(NODE.name, key, {"status": DRAINING})
        case events.NODE_UNDRAINED:
            tables.update(NODE.name, key, {"status": ACTIVE})
        case events.NODE_REMOVED:
            tables.delete(NODE.name, *key)
        case events.RULE_ADDED:
            tables.put(RULE.name, _rule(key, body))
        case events.RULE_REMOVED:
            tables.delete(RULE.name, *key)


def _node(key: tuple[str, str], spec: NodeSpec, at_ms: int) -> Record:
    known = {"tenant": key[0], "node": key[1], "status": ACTIVE, "registered_at_ms": at_ms}
    return {**known, **_said(spec)}


def _said(spec: NodeSpec) -> dict[str, Any]:
    return {
        "capabilities": _text(spec.capabilities),
        "priority": spec.priority,
        "max_load": spec.max_load,
        "heartbeat_ms": spec.heartbeat_ms,
    }


def _rule(key: tuple[str, str], rule: events.RuleAdded) -> Record:
    return {
        "tenant": key[0],
        "rule": key[1],
        "pattern": rule.pattern,
        "priority": rule.priority,
        "node": rule.node,
        "capabilities": None if rule.capabilities is None else _text(rule.capabilities),
        "strict": int(rule.strict),
    }


def _text(names: tuple[str, ...]) -> str:
    return msgspec.json.encode(names).decode()


def names_of(text: str) -> tuple[str, ...]:
    """The names in a column that holds several."""
    return tuple(msgspec.json.decode(text))


def node_from(record: Record, load: Record | None, now: Mark) -> Node:
    """A node of its records."""
    spec = NodeSpec(
        capabilities=names_of(record["capabilities"]),
        priority=record["priority"],
        max_load=record["max_load"],
        heartbeat_ms=record["heartbeat_ms"],
    )
    silent_ms, is_lost = None, False
    if spec.heartbeat_ms is not None:
        silent_ms = now.ms if load is None else elapsed_ms(Mark(load["boot"], load["beat_ms"]), now)
        is_lost = silent_ms > spec.heartbeat_ms or bool(load and load["lost"])
    return Node(
        node=record["node"],
        status=record["status"],
        spec=spec,
        load=0 if load is None else load["load"],
        silent_ms=silent_ms,
        is_lost=is_lost,
        registered_at_ms=record["registered_at_ms"],
        beat_at_ms=None if load is None else load["beat_at_ms"],
    )


def rule_from(record: Record) -> Rule:
    """A rule of its record."""
    wanted = record["capabilities"]
    return Rule(
        rule=record["rule"],
        pattern=record["pattern"],
        priority=record["priority"],
        node=record["node"],
        capabilities=None if wanted is None else names_of(wanted),
        strict=bool(record["strict"]),
    )


def all_nodes(tables: Any, tenant: str, now: Mark) -> list[Node]:
    """The nodes that there are, by name; ``tables`` is a store, or the tables in a commit."""
    loads = {load["node"]: load for load in tables.scan(LOAD.name, {"tenant": tenant})}
    found = tables.scan(NODE.name, {"tenant": tenant}, order_by=("tenant", "node"))
    return [node_from(record, loads.get(record["node"]), now) for record in found]


def all_rules(tables: Any, tenant: str) -> list[Rule]:
    """The rules in the order in which they are asked."""
    found = [rule_from(record) for record in tables.scan(RULE.name, {"tenant": tenant})]
    return sorted(found, key=lambda rule: (-rule.priority, rule.rule))


NODES_PROJECTION = Projection(
    name="nodes", tables=(NODE, RULE), kinds=frozenset(events.BODIES), apply=_apply
)
NODES_COORDINATION = Coordination(name="node_loads", tables=(LOAD, ASSIGNMENT, FENCE))
