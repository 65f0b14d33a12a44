"""Which node takes a piece of work: a pure decision, and its reasons.

1. A node can take work if it is neither draining nor silent nor full, and has every capability that
   the work requires.
2. Rules whose pattern matches the type are asked first, the highest priority first. Of the nodes a
   rule aims at, the best that can take the work does. If none can, a strict rule ends the search;
   another lets the next rule be asked.
3. Where no rule has decided, the best of all nodes takes it.
4. The best has the highest priority; within it the smallest share of its largest load; within that
   the smallest id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.routing.node import DRAINING, Node
from tarl.routing.rule import Rule


class Work(NamedTuple):
    """What is to be done: a type, and what its node must be able to do."""

    task_type: str
    requires: tuple[str, ...] = ()


class Reason(NamedTuple):
    """Why, as a stable code and as a sentence."""

    code: str
    text: str


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """A node that was looked at; ``reasons`` say why it was chosen, or why not."""

    node: str
    chosen: bool
    reasons: tuple[Reason, ...]
    priority: int
    load: int
    max_load: int


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Where work goes, and why.

    Attributes:
        task: The work's id.
        node: None if no node can take it.
        outcome: ``assigned``; ``kept``, it was assigned before; ``moved``, away from a dead node;
            ``none``; ``explained``, nothing was assigned.
        rule: The rule that decided, if one did.
        fence: The assignment's number; a later assignment has a higher one.
        reasons: How the decision came about, in order.
        considered: Every node, with why it was chosen or why not; empty when it was kept.
    """

    task: str | None
    task_type: str
    requires: tuple[str, ...]
    node: str | None
    outcome: str
    rule: str | None = None
    fence: int | None = None
    reasons: tuple[Reason, ...] = ()
    considered: tuple[Considered, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The decision as JSON values."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        data["reasons"] = [reason._asdict() for reason in self.reasons]
        for entry, considered in zip(data["considered"], self.considered, strict=True):
            entry["reasons"] = [reason._asdict() for reason in considered.reasons]
        return data

    def text(self) -> str:
        """The decision for a person: one line a reason."""
        where = f"goes to {self.node}" if self.node else "goes nowhere"
        lines = [f"{self.task_type} {where}"]
        lines += [f"  {reason.text}" for reason in self.reasons]
        for each in self.considered:
            why = "; ".join(reason.text for reason in each.reasons)
            lines.append(f"  {'*' if each.chosen else '-'} {each.node}: {why}")
        return "\n".join(lines)


class Choice(NamedTuple):
    """The node and the rule that decided; ``aimed`` are the nodes it aims at (None: all)."""

    node: Node | None
    rule: Rule | None
    reasons: tuple[Reason, ...]
    aimed: frozenset[str] | None


def choose(
    work: Work, nodes: Sequence[Node], rules: Iterable[Rule], *, leaving: str | None = None
) -> Choice:
    """The node that takes the work.

    Args:
        work: What is to be done.
        nodes: All nodes.
        rules: All rules, in the order in which they are asked.
        leaving: A node that gets nothing, whatever its state: its work is being moved away.
    """
    free = [node for node in nodes if not obstacles(work, node, leaving=leaving)]
    reasons = []
    for rule in rules:
        if not rule.matches(work.task_type):
            continue
        aimed = frozenset(n.node for n in nodes if rule.aims_at(n.node, n.spec.capabilities))
        best = _best(node for node in free if node.node in aimed)
        if best is not None:
            reasons.append(
                Reason("rule", f"rule {rule.rule} sends {rule.pattern} to {rule.target}")
            )
            return Choice(best, rule, tuple(reasons), aimed)
        why = f"rule {rule.rule} aims at {rule.target}, which cannot take it"
        if rule.strict:
            reasons.append(Reason("rule_strict", f"{why}, and is strict: the work waits"))
            return Choice(None, rule, tuple(reasons), aimed)
        reasons.append(Reason("rule_passed", f"{why}: the next is asked"))
    best = _best(free)
    if best is None:
        reasons.append(Reason("no_node", "no node can take it"))
    elif work.requires:
        has = ", ".join(work.requires)
        reasons.append(Reason("capabilities", f"by capabilities: it requires {has}"))
    else:
        reasons.append(Reason("any_node", "by priority and load: it requires nothing"))
    return Choice(best, None, tuple(reasons), None)


def considered(
    work: Work, nodes: Sequence[Node], choice: Choice, *, leaving: str | None = None
) -> tuple[Considered, ...]:
    """Why the choice, and why not each other node."""
    return tuple(
        Considered(
            node=node.node,
            chosen=choice.node is not None and node.node == choice.node.node,
            reasons=_reasons(work, node, choice, leaving=leaving),
            priority=node.spec.priority,
            load=node.load,
            max_load=node.spec.max_load,
        )
        for node in nodes
    )


def obstacles(work: Work, node: Node, *, leaving: str | None = None) -> tuple[Reason, ...]:
    """Why a node cannot take the work; empty when it can."""
    found = []
    if node.node == leaving:
        found.append(Reason("leaving", "its work is being moved away"))
    if node.status == DRAINING:
        found.append(Reason("draining", "is draining"))
    if node.is_lost:
        found.append(Reason("silent", _silence(node)))
    lacks = [name for name in work.requires if name not in node.spec.capabilities]
    if lacks:
        found.append(Reason("lacks", f"lacks {', '.join(lacks)}"))
    if node.load >= node.spec.max_load:
        found.append(Reason("full", f"is full: {_load(node)}"))
    return tuple(found)


def _reasons(work: Work, node: Node, choice: Choice, *, leaving: str | None) -> tuple[Reason, ...]:
    best = choice.node
    if best is not None and node.node == best.node:
        return (Reason("chosen", f"priority {node.spec.priority}, load {_load(node)}"),)
    found = obstacles(work, node, leaving=leaving)
    if choice.aimed is not None and node.node not in choice.aimed:
        name = choice.rule.rule if choice.rule else ""
        found = (*found, Reason("not_aimed", f"rule {name} does not aim at it"))
    if found or best is None:
        return found
    return (_second(node, best),)


def _second(node: Node, best: Node) -> Reason:
    """Why a node that could have taken the work is not the best."""
    if node.spec.priority < best.spec.priority:
        mine, its = node.spec.priority, best.spec.priority
        return Reason("lower_priority", f"has priority {mine}, {best.node} has {its}")
    if _share(node) > _share(best):
        return Reason("more_loaded", f"has load {_load(node)}, {best.node} has {_load(best)}")
    return Reason("tie", f"is as good as {best.node}, which comes first by name")


def _best(nodes: Iterable[Node]) -> Node | None:
    return min(nodes, key=lambda n: (-n.spec.priority, _share(n), n.node), default=None)


def _share(node: Node) -> float:
    # Exact enough: quotients of numbers up to LOAD_MAX are equal as floats where they are equal,
    # and differ where they differ.
    return node.load / node.spec.max_load


def _load(node: Node) -> str:
    return f"{node.load} of {node.spec.max_load}"


def _silence(node: Node) -> str:
    silent_ms, may_ms = node.silent_ms or 0, node.spec.heartbeat_ms or 0
    if silent_ms <= may_ms:
        return "was given up and has not been heard of since"
    return f"has been silent for {silent_ms} ms and may be for {may_ms} ms"
