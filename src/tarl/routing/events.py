"""What happens to nodes, in ``node/<tenant>/<id>``, and to rules, in ``node_rule/<tenant>/<id>``.

They are the operator's facts and lie in clear. Kinds are wire names, frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tarl.routing.node import NodeSpec

NODE_REGISTERED = "node.registered/1"
NODE_CHANGED = "node.changed/1"
NODE_DRAINED = "node.drained/1"
NODE_UNDRAINED = "node.undrained/1"
NODE_REMOVED = "node.removed/1"
RULE_ADDED = "node_rule.added/1"
RULE_REMOVED = "node_rule.removed/1"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody did it; empty when they did not say."""

    reason: str = ""


class RuleAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A rule was added; one of ``node`` and ``capabilities``."""

    pattern: str
    priority: int
    strict: bool
    node: str | None = None
    capabilities: tuple[str, ...] | None = None


BODIES: dict[str, type] = {
    NODE_REGISTERED: NodeSpec,
    NODE_CHANGED: NodeSpec,
    NODE_DRAINED: Reason,
    NODE_UNDRAINED: Reason,
    NODE_REMOVED: Reason,
    RULE_ADDED: RuleAdded,
    RULE_REMOVED: Reason,
}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}
