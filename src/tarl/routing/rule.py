"""A rule as a value: work of some types goes to one node, or to nodes that can do something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.routing.node import PRIORITY_MAX, check_capabilities, check_number
from tarl.routing.pattern import parse
from tarl.values.ids import check_name

RULES_MAX = 1_000
"""Rules of a tenant: each decision may look at all of them."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Where work goes whose type matches a pattern.

    Attributes:
        pattern: See ``pattern``.
        priority: Rules of a higher priority are asked first, then those of the smaller id.
        node: The node that takes it; or
        capabilities: what the nodes that take it must have, beside what the work requires.
        strict: Whether work waits for this rule's nodes; otherwise the next rule is asked when none
            of them can take it, and at last all nodes are.
    """

    rule: str
    pattern: str
    priority: int = 0
    node: str | None = None
    capabilities: tuple[str, ...] | None = None
    strict: bool = False

    @property
    def target(self) -> str:
        """Where it sends work, in words."""
        if self.node is not None:
            return f"node {self.node}"
        return f"nodes with {', '.join(self.capabilities or ())}"

    def matches(self, task_type: str) -> bool:
        """Whether the rule is about work of this type."""
        return parse(self.pattern).matches(task_type)

    def aims_at(self, node: str, capabilities: Iterable[str]) -> bool:
        """Whether it sends work to such a node."""
        if self.node is not None:
            return self.node == node
        return set(self.capabilities or ()) <= set(capabilities)

    def as_data(self) -> dict[str, Any]:
        """The rule as JSON values."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return data


def make_rule(
    rule: str,
    pattern: str,
    *,
    node: str | None = None,
    capabilities: Iterable[str] | None = None,
    priority: int = 0,
    strict: bool = False,
) -> Rule:
    """The rule, if it can be one.

    Raises:
        Invalid: a malformed pattern (``rule.pattern``), not one of node and capabilities
            (``rule.target``), or a priority that is none (``rule.priority``).
    """
    parse(pattern)
    check_number(priority, -PRIORITY_MAX, PRIORITY_MAX, what="priority", code="rule.priority")
    wanted = None if capabilities is None else check_capabilities(capabilities)
    if (node is None) == (not wanted):
        raise Invalid(
            f"rule {rule} needs a node or capabilities to aim at, one of the two",
            code="rule.target",
        )
    return Rule(
        rule=check_name(rule, "rule"),
        pattern=pattern,
        priority=priority,
        node=None if node is None else check_name(node, "node"),
        capabilities=wanted or None,
        strict=bool(strict),
    )
