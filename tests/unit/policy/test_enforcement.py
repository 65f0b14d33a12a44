"""Enforcement levels: required stands, warning and audit let pass and say so."""

from __future__ import annotations

import pytest

from tarl.errors import Invalid
from tarl.policy.enforcement import LEVELS, check_level, enforced
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

WHY = Reason(code="policy.constraint", text="n is missing", facts={"dimension": "args.n"})
DENIED = Deny((WHY,))
HELD = Hold((WHY,), awaits="a person")


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_allowed_stays_allowed(level: str) -> None:
    assert enforced(Allow((WHY,)), level) == Allow((WHY,))


@pytest.mark.parametrize("verdict", [DENIED, HELD])
@pytest.mark.parametrize("level", ["required", "REQUIRED", "off", "", "Warning"])
def test_required_and_what_nobody_knows_enforce(verdict: Verdict, level: str) -> None:
    assert enforced(verdict, level) == verdict


@pytest.mark.parametrize("level", ["warning", "audit"])
def test_what_is_let_pass_keeps_its_reasons(level: str) -> None:
    passed = enforced(DENIED, level)
    assert type(passed) is Allow
    (reason,) = passed.reasons
    assert reason.code == "policy.constraint"
    assert reason.text == f"{level}: n is missing"
    assert reason.facts == {"dimension": "args.n", "enforcement": level, "verdict": "deny"}
    assert enforced(HELD, level).reasons[0].facts["verdict"] == "hold"


def test_an_unknown_answer_is_not_taken_for_an_allowance() -> None:
    assert enforced(Verdict(), "required") == Verdict()


@pytest.mark.parametrize("level", ["", "maybe", "Required", None])
def test_an_unknown_level_is_refused(level: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_level(level)
    assert caught.value.code == "policy.enforcement_level"
    assert [check_level(name) for name in LEVELS] == list(LEVELS)
