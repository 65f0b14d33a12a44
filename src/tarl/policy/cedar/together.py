"""Many rules as a few: one condition that is true if any of them refuses.

Most effects are refused by nothing, and the engine says so sooner of ten long conditions than of
two hundred short ones. ``a || b || ...`` is false and without an error only if each of them is; so
where the few neither match nor fail, none of the many would. Anything else is asked of the many.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

from tarl.policy.cedar.engine import engine
from tarl.policy.cedar.heads import is_placed

WORTH_MIN = 8
"""Of fewer rules the engine says as soon."""

WIDTH = 40
"""Conditions in one; balanced, so that six levels hold them."""


def refusing(
    rules: Iterable[tuple[str, Mapping[str, Any]]], *, needs_permit: bool
) -> list[dict[str, Any]]:
    """Conditions one of which is true, or fails, if rules refuse: effect and policy of each, all of
    which were found by their heads, so that these are left out. ``needs_permit`` where they refuse
    what none of their permits matches as well.
    """
    held = [(effect, condition_of(policy, was_found=True)) for effect, policy in rules]
    conditions = [condition for effect, condition in held if effect == "forbid"]
    if not needs_permit:
        return conditions
    permits = [condition for effect, condition in held if effect == "permit"]
    if not permits:
        return [{"Value": True}]
    # What fails must fail here too, even where another permit matches already.
    failing = [_binary("&&", each, {"Value": False}) for each in permits]
    return [*conditions, *failing, {"!": {"arg": either(permits)}}]


def together(conditions: Sequence[dict[str, Any]], *, several: bool = False) -> Any:
    """Parsed policies that match, or fail, if one of the conditions is true, or fails; None where
    that is not worth it, or too deep to be written. Of ``several`` groups it is worth it sooner.
    """
    if len(conditions) < (2 if several else WORTH_MIN):
        return None
    few = {
        f"together{at}": _forbid(either(conditions[at : at + WIDTH]))
        for at in range(0, len(conditions), WIDTH)
    }
    data = {"templates": {}, "staticPolicies": few, "templateLinks": []}
    try:
        return engine().PolicySet.from_json_str(json.dumps(data))
    except (ValueError, RecursionError):
        return None


def condition_of(policy: Mapping[str, Any], *, was_found: bool = False) -> dict[str, Any]:
    """The head, but for the action, and the clauses of a policy as one condition, in order; without
    what its place among heads says where it was found by that.
    """
    parts = [
        part
        for name in ("principal", "resource")
        if not (was_found and is_placed(name, policy[name]))
        and (part := _scope(name, policy[name])) is not None
    ]
    for clause in policy.get("conditions", ()):
        body = clause["body"]
        parts.append(body if clause["kind"] == "when" else {"!": {"arg": body}})
    if not parts:
        return {"Value": True}
    return reduce(lambda left, right: _binary("&&", left, right), parts)


def _binary(operator: str, left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return {operator: {"left": left, "right": right}}


def _scope(name: str, part: Mapping[str, Any]) -> dict[str, Any] | None:
    variable = {"Var": name}
    match part["op"]:
        case "All":
            return None
        case "is":
            held: dict[str, Any] = {"left": variable, "entity_type": part["entity_type"]}
            if "in" in part:
                held["in"] = _entity(part["in"]["entity"])
            return {"is": held}
        case operator:
            return {operator: {"left": variable, "right": _entity(part["entity"])}}


def _entity(entity: Mapping[str, Any]) -> dict[str, Any]:
    return {"Value": {"__entity": entity}}


def either(conditions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One condition that is true where one of several is."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return _binary("||", either(conditions[:middle]), either(conditions[middle:]))


def _forbid(condition: dict[str, Any]) -> dict[str, Any]:
    everything = {"op": "All"}
    return {
        "effect": "forbid",
        "principal": everything,
        "action": everything,
        "resource": everything,
        "conditions": [{"kind": "when", "body": condition}],
    }
