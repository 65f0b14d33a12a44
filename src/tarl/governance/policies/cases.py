"""Cases: effects as JSON writes them, with the decision that is expected of a policy.

[{"name": "a small payment", "expect": "allow",
  "effect": {"action": "bank.pay", "agent": "bob", "args": {"amount_minor": 500}}}]
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from tarl.errors import Invalid
from tarl.governance.policies.past import answer
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.judge import Judge
from tarl.policy.cedar.request import Question

CASES_MAX = 10_000


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case; ``rule`` is the rule that is expected to decide, if it matters."""

    name: str
    effect: Question
    expect: Literal["allow", "deny"]
    rule: str | None = None


class Result(NamedTuple):
    """What a policy said about a case."""

    case: Case
    answer: str
    reasons: tuple[Any, ...]

    @property
    def passed(self) -> bool:
        """Whether it is what was expected."""
        rules = [reason["facts"].get("rule") for reason in self.reasons]
        rule_fits = self.case.rule is None or self.case.rule in rules
        return self.answer == self.case.expect and rule_fits

    def as_data(self) -> dict[str, Any]:
        """The result as a JSON object."""
        return {
            "name": self.case.name,
            "expected": self.case.expect,
            "answer": self.answer,
            "passed": self.passed,
            "reasons": list(self.reasons),
        }


def read_cases(data: Any) -> list[Case]:
    """The cases that JSON writes.

    Raises:
        Invalid: it writes none (``policy.cases``), naming the place.
    """
    try:
        cases = msgspec.convert(data, list[Case])
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None
    if not 0 < len(cases) <= CASES_MAX:
        raise _malformed(f"there are {len(cases)} cases; there must be 1 to {CASES_MAX}")
    return cases


def tried(edition: Edition, cases: list[Case]) -> list[Result]:
    """What an edition decides about cases, whatever its level would make of a refusal."""
    judge = Judge([msgspec.structs.replace(edition, level="required")])
    return [Result(case, *answer(judge, [case.effect])) for case in cases]


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"these are no cases: {why}",
        code="policy.cases",
        next_step='[{"name": "...", "effect": {"action": "...", "args": {}}, "expect": "deny"}]',
    )
