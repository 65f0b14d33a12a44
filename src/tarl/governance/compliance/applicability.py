"""What does not apply to a component, by declared facts (``data/applicability.toml``).

1. Something does not apply only where a declared fact says so; a fact that nobody has declared
   leaves it applicable.
2. Who declared the fact is part of the answer.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import msgspec

from tarl.governance.compliance.catalog import Requirement, data_file
from tarl.governance.compliance.facts import BY_NAME, Declared, Facts, written
from tarl.governance.compliance.risk import Risk
from tarl.governance.compliance.spans import is_within

RISK = "risk_class"
"""The one condition that is no fact: it follows from several."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries of a framework apply if a fact has one of some values.

    Attributes:
        articles: Which entries; all of the framework when empty.
        fact: Which fact, or ``risk_class``.
        values: ``yes``, ``no``, choices of the fact, or risk classes.
        says: What it means that it has none of them.
    """

    fact: str
    values: tuple[str, ...]
    says: str
    articles: str = ""


class NotApplicable(NamedTuple):
    """Why an entry does not apply, and the facts that say so."""

    why: str
    because: tuple[Declared, ...]


def excluded(requirement: Requirement, facts: Facts, risk: Risk) -> NotApplicable | None:
    """Why a requirement does not apply; None where it does, or where nobody has said."""
    for rule in rules(requirement.framework):
        if rule.articles and not is_within(requirement.id, rule.articles):
            continue
        found = _against(rule, facts, risk)
        if found is not None:
            return found
    return None


@cache
def rules(framework: str) -> tuple[Rule, ...]:
    """The rules of a framework."""
    found = msgspec.convert(data_file("applicability.toml").get(framework, []), tuple[Rule, ...])
    assert all(rule.fact == RISK or rule.fact in BY_NAME for rule in found)
    return found


def _against(rule: Rule, facts: Facts, risk: Risk) -> NotApplicable | None:
    if rule.fact == RISK:
        if risk.risk_class == "unknown" or risk.risk_class in rule.values:
            return None
        return NotApplicable(f"{rule.says}: the risk class is {risk.risk_class}", risk.because)
    declared = facts.get(rule.fact)
    if declared is None:
        return None
    given = set(written(declared.value).split(","))
    if given & set(rule.values):
        return None
    return NotApplicable(f"{rule.says}: {declared.by} declared {declared.text}", (declared,))
