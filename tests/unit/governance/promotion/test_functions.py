"""Gates that are functions: what they say, and everything that is not an answer."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.unit.governance.promotion.promotion_parts import SUBJECT, case, evidence

from tarl.errors import Conflict, Invalid
from tarl.governance.promotion.functions import (
    DECLARED,
    Answer,
    GateFunctions,
    Question,
    promotion_gate,
)
from tarl.governance.promotion.pipeline import Gate

SMOKE = Gate(name="smoke tests", function="smoke", within_ms=5_000, level="SMOKED")


def asked(function: Any, *, gate: Gate = SMOKE) -> tuple[str, str, str]:
    functions = GateFunctions()
    functions.register("smoke", function)
    result = functions.ask(gate, case(evidence({"a": 1})))
    return result.outcome, result.reasons[0].code, result.reasons[0].text


def test_yes_passes_and_no_fails() -> None:
    assert asked(lambda q: True)[:2] == ("PASSED", "promotion.function_said")
    assert asked(lambda q: False)[:2] == ("FAILED", "promotion.function_said")
    assert asked(lambda q: Answer(False, "3 of 9 requests failed"))[2] == "3 of 9 requests failed"


@pytest.mark.parametrize("said", [None, 1, "yes", "PASSED", [], Answer(None, "no network")])
def test_everything_else_is_inconclusive(said: Any) -> None:
    assert asked(lambda q: said)[:2] == ("INCONCLUSIVE", "promotion.function_unsure")


def test_an_exception_is_inconclusive_whatever_it_is() -> None:
    def breaks(question: Question) -> bool:
        raise OSError("no route")

    def exits(question: Question) -> bool:
        raise SystemExit(0)

    assert asked(breaks) == (
        "INCONCLUSIVE",
        "promotion.function_raised",
        "smoke raised OSError: no route",
    )
    assert asked(exits)[:2] == ("INCONCLUSIVE", "promotion.function_raised")


def test_no_answer_in_time_is_inconclusive_and_nothing_waits_for_it() -> None:
    let_go = threading.Event()
    slow = Gate(name="slow", function="smoke", within_ms=20)
    answer = asked(lambda q: let_go.wait(30), gate=slow)
    let_go.set()
    assert answer[:2] == ("INCONCLUSIVE", "promotion.function_timeout")


def test_a_function_that_is_not_here_is_inconclusive() -> None:
    result = GateFunctions().ask(SMOKE, case())
    assert (result.outcome, result.level) == ("INCONCLUSIVE", None)
    assert result.reasons[0].code == "promotion.function_missing"


def test_a_function_is_asked_about_a_digest_and_a_step() -> None:
    asks: list[Question] = []
    assert asked(lambda q: bool(asks.append(q)) or True)[0] == "PASSED"
    assert (asks[0].subject, asks[0].source, asks[0].target) == (SUBJECT.sha256, "stage", "prod")
    assert [each.predicate for each in asks[0].evidence] == [{"a": 1}]


def test_a_name_is_one_functions() -> None:
    functions = GateFunctions()

    def one(question: Question) -> bool:
        return True

    functions.register("smoke", one)
    functions.register("smoke", one)
    with pytest.raises(Conflict):
        functions.register("smoke", lambda q: True)
    functions.register("smoke", lambda q: False, replace=True)
    with pytest.raises(Invalid):
        functions.register("x", None)  # type: ignore[arg-type]


def test_a_decorated_function_is_declared() -> None:
    @promotion_gate("tests.declared")
    def declared(question: Question) -> bool:
        return True

    assert declared(Question("", "", "", "", 0, ()))
    gate = Gate(name="g", function="tests.declared")
    assert DECLARED.ask(gate, case()).outcome == "PASSED"
