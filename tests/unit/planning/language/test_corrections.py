"""What a speaker takes back is not asked for."""

from __future__ import annotations

import pytest
from tests.goal_frames import Frame, demo_home, understood

from tarl.planning.intent_translator import translate

HOME = demo_home()


def _frame(text: str) -> Frame:
    return understood(translate(text, language="en", home=HOME))


@pytest.mark.parametrize(
    ("corrected", "meant"),
    [
        ("charge the car by 7, no, make that 8 tomorrow", "charge the car by 8 tomorrow"),
        ("heat the nursery to 20, or rather 21, by seven", "heat the nursery to 21 by seven"),
        ("vacuum the office, no wait, the hall, at 11", "vacuum the hall at 11"),
        ("start the washer, sorry, the dishwasher, at noon", "start the dishwasher at noon"),
        ("charge the car: no, forget that, just run the dishwasher", "run the dishwasher"),
        (
            "dim the kitchen light to 20 percent, actually, 40 percent",
            "kitchen light at 40 percent",
        ),
    ],
)
def test_what_is_corrected_is_as_if_never_said(corrected: str, meant: str) -> None:
    assert _frame(corrected) == _frame(meant)


@pytest.mark.parametrize(
    ("kept", "same"),
    [
        ("use the battery from 6 to 9 pm, going no lower than 30 percent", "discharge the battery"),
        ("sorry, run the dishwasher at noon", "run the dishwasher"),
        ("charge the car, no more than 80 percent", "charge the car"),
    ],
)
def test_a_no_that_corrects_nothing_takes_nothing_back(kept: str, same: str) -> None:
    assert _frame(kept).goals == _frame(same).goals
    assert _frame(kept).constraints
