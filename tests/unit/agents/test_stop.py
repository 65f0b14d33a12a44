"""Stop conditions: what each says, and how they combine."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.agents.model import Usage
from tarl.agents.stop import (
    Converged,
    CostMax,
    Progress,
    Stop,
    TextSaid,
    TimeMax,
    TokensMax,
    TurnsMax,
    When,
)


def progress(*answers: Any, turns: int = 0, elapsed_ms: int = 0, **usage: int) -> Progress:
    return Progress(turns=turns, elapsed_ms=elapsed_ms, usage=Usage(**usage), answers=answers)


@pytest.mark.parametrize(
    ("stop", "goes_on", "stops", "reason"),
    [
        (TurnsMax(2), progress(turns=1), progress(turns=2), "2 turns"),
        (TokensMax(5), progress(input_tokens=4), progress(output_tokens=5), "5 tokens"),
        (CostMax(5), progress(cost_micro=4), progress(cost_micro=5), "micro-units"),
        (TimeMax(9), progress(elapsed_ms=8), progress(elapsed_ms=9), "9 ms"),
        (When(lambda a: a > 3, "large"), progress(3), progress(1, 4), "large"),
        (TextSaid("DONE"), progress("do", 3), progress("all DONE now"), "'DONE' was said"),
        (Converged(), progress(1, 2), progress(1, {"a": [1]}, {"a": [1]}), "the same"),
        (Converged(3), progress(2, 2), progress(2, 2, 2), "3 answers"),
    ],
)
def test_each_stops_where_it_says(
    stop: Stop, goes_on: Progress, stops: Progress, reason: str
) -> None:
    assert stop.reason(goes_on) is None
    assert reason in (stop.reason(stops) or "")


def test_nothing_was_answered_yet() -> None:
    for stop in (When(lambda _: True), TextSaid(""), Converged()):
        assert stop.reason(progress()) is None


def test_any_and_all() -> None:
    either, both = TurnsMax(2) | TokensMax(5), TurnsMax(2) & TokensMax(5)
    few, turns, whole = progress(), progress(turns=2), progress(turns=2, input_tokens=5)
    assert [either.reason(p) for p in (few, turns)] == [None, "2 turns"]
    assert [both.reason(p) for p in (few, turns)] == [None, None]
    assert both.reason(whole) == "2 turns and 5 tokens"
    assert (both | TimeMax(1)).reason(progress(elapsed_ms=1)) == "1 ms"
