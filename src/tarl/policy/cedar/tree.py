"""What parsed policies mention: actions, attributes, agents; over Cedar's JSON form of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tarl.policy.cedar.vocabulary import groups_of

_VARIABLES = ("principal", "resource", "context", "args")


class Mentions(NamedTuple):
    """What conditions read.

    Attributes:
        attributes: Names read of a variable, by the variable: ``principal``, ``resource``,
            ``context``, ``args``.
        whole: Variables of these that are used as a whole.
        entities: Type and id of every entity that is named anywhere.
        compared: Texts that an attribute is compared with, by variable and attribute.
    """

    attributes: Mapping[str, frozenset[str]]
    whole: frozenset[str]
    entities: frozenset[tuple[str, str]]
    compared: frozenset[tuple[str, str, str]] = frozenset()

    def reads(self, variable: str, name: str) -> bool:
        """Whether an attribute is read, by its name or with the whole."""
        return variable in self.whole or name in self.attributes[variable]


NOTHING = Mentions({name: frozenset() for name in _VARIABLES}, frozenset(), frozenset())


def mentions(policy: Mapping[str, Any]) -> Mentions:
    """What one policy mentions."""
    attributes: dict[str, set[str]] = {name: set() for name in _VARIABLES}
    whole: set[str] = set()
    entities: set[tuple[str, str]] = set()
    compared: set[tuple[str, str, str]] = set()
    for part in ("principal", "action", "resource"):
        entities.update(_scope_entities(policy[part]))
    # A stack of one's own: a text may hold a chain of thousands of operators.
    stack: list[Any] = [clause["body"] for clause in policy.get("conditions", ())]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            _visit(node, attributes, whole, entities, stack)
            compared.update(_compared(node))
    if "context" in whole:
        whole.add("args")
    read = {name: frozenset(found) for name, found in attributes.items()}
    return Mentions(read, frozenset(whole), frozenset(entities), frozenset(compared))


def joined(parts: list[Mentions]) -> Mentions:
    """What several policies mention."""
    if not parts:
        return NOTHING
    attributes = {
        name: frozenset().union(*(part.attributes[name] for part in parts)) for name in _VARIABLES
    }
    whole: frozenset[str] = frozenset().union(*(part.whole for part in parts))
    return Mentions(attributes, whole, frozenset().union(*(part.entities for part in parts)))


def scope_of(policy: Mapping[str, Any]) -> frozenset[str] | None:
    """The actions and patterns that a policy's head names; None where it takes any action."""
    action = policy["action"]
    return None if action["op"] == "All" else frozenset(id for _, id in _scope_entities(action))


def is_about(scope: frozenset[str] | None, action: str) -> bool:
    """Whether a head of that scope takes an action."""
    return scope is None or action in scope or any(g in scope for g in groups_of(action))


def _scope_entities(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    one, within = part.get("entity"), part.get("in", {}).get("entity")
    for entity in filter(None, (*part.get("entities", ()), one, within)):
        yield entity["type"], entity["id"]


def _visit(
    node: Mapping[str, Any],
    attributes: dict[str, set[str]],
    whole: set[str],
    entities: set[tuple[str, str]],
    stack: list[Any],
) -> None:
    """Note what a node mentions, and push what lies in it."""
    for operator, held in node.items():
        if operator in (".", "has"):
            variable = _variable(held["left"])
            if variable is not None:
                attributes[variable].add(held["attr"])
                if variable != "args":
                    if (variable, held["attr"]) == ("context", "args") and operator == ".":
                        whole.add("args")  # unless what holds this node reads a field of it
                    continue
                attributes["context"].add("args")
                continue
            stack.append(held["left"])
        elif operator == "Var":
            if held in _VARIABLES:
                whole.add(held)
        elif operator == "Value":
            entity = held.get("__entity") if isinstance(held, dict) else None
            if entity is not None:
                entities.add((entity["type"], entity["id"]))
        else:
            stack.extend(held.values() if isinstance(held, dict) else [held])


def _compared(node: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The attribute and the text that a node compares."""
    for operator in ("==", "!="):
        sides = node.get(operator)
        if sides is None:
            continue
        for one, other in ((sides["left"], sides["right"]), (sides["right"], sides["left"])):
            read, text = one.get("."), other.get("Value")
            variable = None if read is None else _variable(read["left"])
            if variable is not None and isinstance(text, str):
                yield variable, read["attr"], text


def _variable(node: Mapping[str, Any]) -> str | None:
    """The variable that a node stands for: one of Cedar's, or ``args`` for ``context.args``."""
    if "Var" in node:
        return str(node["Var"])
    inner = node.get(".")
    if inner is not None and inner["attr"] == "args" and inner["left"] == {"Var": "context"}:
        return "args"
    return None
