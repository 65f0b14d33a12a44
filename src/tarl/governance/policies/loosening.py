"""What a new edition of a policy lets pass that the one before it does not.

It is decided by form, for effects whose arguments are of their declared types: a forbid is kept if
some forbids of the new edition are certainly true wherever it is, a permit is no wider if some
permit of the old edition certainly is. What cannot be decided so counts as loosening.

These loosen: a level below the former one; an edition that is closed no more, or to fewer actions;
a forbid that is gone or narrower; a permit that is new or wider, where permits count; an argument
that rules read and that is declared otherwise; violations that are recorded no more, or as less
severe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from tarl.governance.severity import severity
from tarl.policy.cedar import tree
from tarl.policy.cedar.check import Rule
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.implies import implies, may_fail
from tarl.policy.cedar.together import condition_of, either
from tarl.policy.enforcement import LEVELS


class Loosening(NamedTuple):
    """One thing that a new edition lets pass: its kind, a sentence, the rule if there is one."""

    kind: str
    text: str
    rule: str | None = None

    def as_data(self) -> dict[str, Any]:
        """It as a JSON object."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def loosenings(old: Edition, new: Edition) -> list[Loosening]:
    """What the new edition lets pass that the old one does not, or may; nothing if it is no looser.

    Raises:
        Invalid, Exceeded, Unavailable: one of them cannot be read.
    """
    return [
        *_level(old, new),
        *_closed(old, new),
        *_violation(old, new),
        *_rules(old, new),
    ]


def _level(old: Edition, new: Edition) -> Iterator[Loosening]:
    if LEVELS.index(new.level) > LEVELS.index(old.level):
        yield Loosening("level", f"its level falls from {old.level} to {new.level}")


def _closed(old: Edition, new: Edition) -> Iterator[Loosening]:
    if not old.closed:
        return
    if not new.closed:
        yield Loosening("closed", "it needs no permits any more")
        return
    if new.vocabulary.actions is None:
        return
    if old.vocabulary.actions is None:
        yield Loosening("closed", "it is closed to the actions of its vocabulary alone")
        return
    for action in sorted(set(old.vocabulary.actions) - set(new.vocabulary.actions)):
        yield Loosening("closed", f"it is not closed to {action} any more")


def _violation(old: Edition, new: Edition) -> Iterator[Loosening]:
    if not old.violation:
        return
    if not new.violation:
        yield Loosening("violation", "its refusals are recorded as violations no more")
    elif severity(new.violation) < severity(old.violation):
        yield Loosening("violation", f"its violations fall from {old.violation} to {new.violation}")


def _rules(old: Edition, new: Edition) -> Iterator[Loosening]:
    before, after = old.parsed(), new.parsed()
    forbids = [rule for rule in after if rule.effect == "forbid"]
    same = {_form(rule) for rule in forbids}
    for rule in before:
        if rule.effect == "forbid" and _form(rule) not in same and not _kept(rule, forbids):
            text = f"what its rule {rule.name} forbids may pass: that is gone, or narrower"
            yield Loosening("forbid", text, rule.name)
    if old.closed and new.closed:
        permits = [rule for rule in before if rule.effect == "permit"]
        same = {_form(rule) for rule in permits}
        for rule in after:
            if rule.effect == "permit" and _form(rule) not in same and not _known(rule, permits):
                text = f"what its rule {rule.name} permits may not have been permitted"
                yield Loosening("permit", text, rule.name)
    yield from _arguments(old, new, [*before, *after])


def _arguments(old: Edition, new: Edition, rules: Sequence[Rule]) -> Iterator[Loosening]:
    """Arguments that a rule reads, of another type than before, or not always there."""
    read = {name for rule in rules for name in rule.mentions.attributes["args"]}
    whole = any("args" in rule.mentions.whole for rule in rules)
    before, after = old.vocabulary.actions or {}, new.vocabulary.actions or {}
    for action in sorted(set(before) & set(after)):
        one, other = before[action], after[action]
        for name in sorted(set(one) & set(other)):
            if one[name] != other[name] and (whole or name in read):
                text = f"the argument {name} of {action} is declared otherwise"
                yield Loosening("argument", text)


def _kept(rule: Rule, forbids: Sequence[Rule]) -> bool:
    """Whether all that a forbid forbids is forbidden by others."""
    if may_fail(rule.tree.get("conditions", ())):
        return False  # where it fails it refuses, and they may not
    names = [None] if rule.scope is None else sorted(rule.scope)
    return all(_implied(rule, [f for f in forbids if _takes(f.scope, name)]) for name in names)


def _known(rule: Rule, permits: Sequence[Rule]) -> bool:
    """Whether all that a permit permits was permitted by others, which could not fail."""
    safe = [permit for permit in permits if not may_fail(permit.tree.get("conditions", ()))]
    names = [None] if rule.scope is None else sorted(rule.scope)
    return all(_implied(rule, [p for p in safe if _takes(p.scope, name)]) for name in names)


def _implied(rule: Rule, others: Sequence[Rule]) -> bool:
    """Whether one of the others certainly takes each effect that a rule takes."""
    if not others:
        return False
    left = _spelled(condition_of(rule.tree))
    return implies(left, _spelled(either([condition_of(other.tree) for other in others])))


def _takes(scope: frozenset[str] | None, name: str | None) -> bool:
    """Whether a head takes an action, or every action of a pattern, or any."""
    return scope is None or (name is not None and tree.is_about(scope, name))


def _form(rule: Rule) -> str:
    """What a rule decides by, whatever it is called."""
    told: Mapping[str, Any] = {
        name: value for name, value in rule.tree.items() if name != "annotations"
    }
    return json.dumps(told, sort_keys=True)  # Cedar's integers are larger than canonical JSON's


def _spelled(node: Any) -> Any:
    """A condition in one spelling: what is negated is no conjunction and no comparison of order."""
    if isinstance(node, list):
        return [_spelled(each) for each in node]
    if not isinstance(node, dict):
        return node
    told = {name: _spelled(value) for name, value in node.items()}
    negated = told.get("!", {}).get("arg") if isinstance(told.get("!"), dict) else None
    if isinstance(negated, dict):
        return _negated(negated, told)
    return told


_OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _negated(arg: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """``!(a && b)`` as ``!a || !b``, ``!(x < 3)`` as ``x >= 3``, ``!!a`` as ``a``."""
    if "!" in arg:
        inner: dict[str, Any] = arg["!"]["arg"]
        return inner
    for operator, opposite in (("&&", "||"), ("||", "&&")):
        if operator in arg:
            sides = [_spelled({"!": {"arg": arg[operator][s]}}) for s in ("left", "right")]
            return reduce(lambda one, other: {opposite: {"left": one, "right": other}}, sides)
    for operator, opposite in _OPPOSITES.items():
        if operator in arg:
            return {opposite: arg[operator]}
    return told
