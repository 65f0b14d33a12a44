"""Whether one condition can only be true where another is: decided by form, over Cedar's JSON.

``implies`` answers True only where that is certain for every effect: the conditions are the same,
or built of parts that are, by ``&&``, ``||``, ``!``, comparisons with numbers, sets of literals,
and places within places. False says that it cannot be decided here. The work is bounded: beyond
``STEPS_MAX`` comparisons the answer is False.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Tree = Mapping[str, Any]

STEPS_MAX = 20_000
"""Of one question: more than the rules that people write need."""

_FAILING = frozenset({"+", "-", "*", "neg", "offset", "durationSince", "toDate", "getTag"})
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_LEAST, _MOST = -(2**63), 2**63 - 1


def implies(left: Tree, right: Tree) -> bool:
    """Whether the right is certainly true wherever the left is."""
    return _Question().implies(left, right)


def may_fail(condition: Any) -> bool:
    """Whether evaluating a validated condition may be an error: an overflow, or an attribute of an
    entity that is named and not there.
    """
    stack = [condition]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            of = node.get(".", {}).get("left", {}) if isinstance(node.get("."), dict) else {}
            if not _FAILING.isdisjoint(node) or "Value" in of:
                return True
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return False


class _Question:
    """One question, with the work that is left for it."""

    def __init__(self) -> None:
        self._left = STEPS_MAX
        self._known: dict[tuple[int, int], bool] = {}

    def implies(self, left: Tree, right: Tree) -> bool:
        key = id(left), id(right)
        known = self._known.get(key)
        if known is not None:
            return known
        self._left -= 1
        if self._left < 0:
            return False
        self._known[key] = answer = self._answer(left, right)
        return answer

    def _answer(self, left: Tree, right: Tree) -> bool:
        if left == right or right == {"Value": True} or left == {"Value": False}:
            return True
        if "||" in left:
            return all(self.implies(part, right) for part in _sides(left["||"]))
        if "&&" in right:
            return all(self.implies(left, part) for part in _sides(right["&&"]))
        if "!" in left and "!" in right:
            return self.implies(right["!"]["arg"], left["!"]["arg"])
        if _atoms(left, right):
            return True
        if "&&" in left and any(self.implies(part, right) for part in _sides(left["&&"])):
            return True
        return "||" in right and any(self.implies(left, part) for part in _sides(right["||"]))


def _atoms(left: Tree, right: Tree) -> bool:
    return _numbers(left, right) or _sets(left, right) or _within(left, right)


def _sides(node: Tree) -> tuple[Tree, Tree]:
    return node["left"], node["right"]


def _numbers(left: Tree, right: Tree) -> bool:
    """``x > 5`` implies ``x > 3``."""
    one, other = _range(left), _range(right)
    if one is None or other is None or one[0] != other[0]:
        return False
    return other[1] <= one[1] and one[2] <= other[2]


def _range(node: Tree) -> tuple[Any, int, int] | None:
    """What is compared, and the least and greatest number for which the comparison is true."""
    for operator in _MIRRORED:
        if operator in node and operator != "!=":
            one, other = _sides(node[operator])
            number, of, sign = other.get("Value"), one, operator
            if type(number) is not int:
                number, of, sign = one.get("Value"), other, _MIRRORED[operator]
            if type(number) is not int:
                return None
            least = {">": number + 1, ">=": number, "==": number}.get(sign, _LEAST)
            most = {"<": number - 1, "<=": number, "==": number}.get(sign, _MOST)
            return of, least, most
    return None


def _sets(left: Tree, right: Tree) -> bool:
    """``["a"].contains(x)`` and ``x == "a"`` imply ``["a", "b"].contains(x)``."""
    one, other = _members(left), _members(right)
    if one is None or other is None or one[0] != other[0]:
        return False
    return all(each in other[1] for each in one[1])


def _members(node: Tree) -> tuple[Any, list[Any]] | None:
    """What is looked for, and the literals among which."""
    held = node.get("contains")
    if held is not None:
        among, of = _sides(held)
        values = among.get("Set")
        if values is None or not all("Value" in each for each in values):
            return None
        return of, list(values)
    same = node.get("==")
    if same is None:
        return None
    one, other = _sides(same)
    if "Value" in other:
        return one, [other]
    return (other, [one]) if "Value" in one else None


def _within(left: Tree, right: Tree) -> bool:
    """``resource in a/b`` implies ``resource in a``, ``action == a.b`` that it is in ``a.*``."""
    one, other = _places(left), _places(right)
    if one is None or other is None or one[0] != other[0] or not other[2]:
        return False
    return all(any(_lies_in(each, place) for place in other[1]) for each in one[1])


def _places(node: Tree) -> tuple[Any, list[Any], bool] | None:
    """What lies where: the entities, and whether it may lie within them."""
    for operator in ("in", "=="):
        held = node.get(operator)
        if held is None:
            continue
        of, where = _sides(held)
        values = where.get("Set", [where])
        entities = [each.get("Value", {}) for each in values if isinstance(each, dict)]
        if all(isinstance(each, dict) and "__entity" in each for each in entities) and entities:
            return of, [each["__entity"] for each in entities], operator == "in"
    return None


def _lies_in(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    if inner["type"] != outer["type"]:
        return False
    one, other = inner["id"], outer["id"]
    if one == other:
        return True
    if inner["type"] == "Resource":
        return bool(one.startswith(f"{other}/"))
    pattern = inner["type"] == "Action" and other.endswith(".*")
    return bool(pattern and one.startswith(other.removesuffix("*")))
