"""A node as a value: something that takes work, with what it can do and how much at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.values.ids import check_name

CAPABILITIES_MAX = 64
"""A node's or a task's; more are a list of something else."""

CAPABILITY_CHARS_MAX = 128

PRIORITY_MAX = 1_000_000
"""Priorities are compared, never added; a larger one is a mistake."""

LOAD_MAX = 100_000
"""Assignments of one node, which are moved one by one when it dies."""

HEARTBEAT_MS_MAX = 30 * 86_400_000
"""A month; whoever may be silent for longer need not promise heartbeats."""

NODES_MAX = 1_000
"""Nodes of a tenant: each decision looks at all of them."""

ACTIVE = "active"
DRAINING = "draining"


class NodeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a node says of itself when it is registered.

    Attributes:
        capabilities: What it can do.
        priority: Nodes of a higher priority are asked first.
        max_load: How many assignments it takes at once.
        heartbeat_ms: How long it may be silent before it is dead; None: it promises no heartbeats.
    """

    capabilities: tuple[str, ...] = ()
    priority: int = 0
    max_load: int = 100
    heartbeat_ms: int | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node as it is now.

    Attributes:
        load: How many assignments it has.
        silent_ms: How long it has said nothing; None if it promised no heartbeats.
        is_lost: Whether it was silent for too long, or its work was given to others for that.
    """

    node: str
    status: str
    spec: NodeSpec
    load: int = 0
    silent_ms: int | None = None
    is_lost: bool = False
    registered_at_ms: int = 0
    beat_at_ms: int | None = None

    @property
    def state(self) -> str:
        """``active``, ``draining`` or ``silent``, for people."""
        return "silent" if self.is_lost else self.status

    def as_data(self) -> dict[str, Any]:
        """The node as JSON values."""
        return {
            "node": self.node,
            "state": self.state,
            "status": self.status,
            "capabilities": list(self.spec.capabilities),
            "priority": self.spec.priority,
            "load": self.load,
            "max_load": self.spec.max_load,
            "heartbeat_ms": self.spec.heartbeat_ms,
            "silent_ms": self.silent_ms,
            "registered_at_ms": self.registered_at_ms,
            "beat_at_ms": self.beat_at_ms,
        }


def node_spec(
    *,
    capabilities: Iterable[str] = (),
    priority: int = 0,
    max_load: int = 100,
    heartbeat_ms: int | None = None,
) -> NodeSpec:
    """What a node says of itself, if it may.

    Raises:
        Invalid: ``node.capabilities``, ``node.priority``, ``node.max_load`` or
            ``node.heartbeat``.
    """
    check_number(priority, -PRIORITY_MAX, PRIORITY_MAX, what="priority", code="node.priority")
    check_number(max_load, 1, LOAD_MAX, what="largest load", code="node.max_load")
    if heartbeat_ms is not None:
        what = "milliseconds between heartbeats"
        check_number(heartbeat_ms, 1, HEARTBEAT_MS_MAX, what=what, code="node.heartbeat")
    return NodeSpec(
        capabilities=check_capabilities(capabilities),
        priority=priority,
        max_load=max_load,
        heartbeat_ms=heartbeat_ms,
    )


def check_capabilities(names: Iterable[str]) -> tuple[str, ...]:
    """The capabilities, sorted, each once.

    Raises:
        Invalid: a name that cannot be one, or too many (``node.capabilities``).
    """
    if isinstance(names, str):
        raise Invalid(
            "capabilities are several names, not one text",
            code="node.capabilities",
            next_step=f"[{names!r}]",
        )
    found = sorted({check_name(name, "capability") for name in names})
    if len(found) > CAPABILITIES_MAX or any(len(name) > CAPABILITY_CHARS_MAX for name in found):
        raise Invalid(
            f"at most {CAPABILITIES_MAX} capabilities of {CAPABILITY_CHARS_MAX} characters",
            code="node.capabilities",
        )
    return tuple(found)


def check_number(value: Any, least: int, most: int, *, what: str, code: str) -> None:
    """Refuse what is no whole number within the bounds.

    Raises:
        Invalid: it is not (the given code).
    """
    if type(value) is not int or not least <= value <= most:
        raise Invalid(
            f"{value!r} cannot be the {what}",
            code=code,
            next_step=f"a whole number from {least} to {most}",
        )
