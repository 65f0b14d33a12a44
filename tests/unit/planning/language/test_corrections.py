"""What a speaker takes back is not asked for."""

from __future__ import annotations

import pytest
from tests.goal_frames import Frame, demo_home, understood

from tarl.planning.intent_translator import translate

HOME = demo_home()


def _frame(text: str, language: str = "en") -> Frame:
    return understood(translate(text, language=language, home=HOME))


@pytest.mark.parametrize(
    ("corrected", "meant"),
    [
        ("charge the car by 7, no, make that 8 tomorrow", "charge the car by 8 tomorrow"),
        ("heat the nursery to 20, or rather 21, by seven", "heat the nursery to 21 by seven"),
        ("vacuum the office, no wait, the hall, at 11", "vacuum the hall at 11"),
        ("start the washer, sorry, the dishwasher, at noon", "start the dishwasher at noon"),
        ("charge the car: no, forget that, just run the dishwasher", "run the dishwasher"),
        (
            "turn the kitchen light off at noon, sorry, I mean the bedroom light",
            "turn the bedroom light off at noon",
        ),
        ("run the dryer by Friday, no, I tell a lie, Thursday", "run the dryer by Thursday"),
        (
            "dim the kitchen light to 20 percent, actually, 40 percent",
            "kitchen light at 40 percent",
        ),
    ],
)
def test_what_is_corrected_is_as_if_never_said(corrected: str, meant: str) -> None:
    assert _frame(corrected) == _frame(meant)


@pytest.mark.parametrize(
    ("language", "corrected", "meant"),
    [
        ("de", "Lade das Auto bis 6, nein, Moment, bis 7", "Lade das Auto bis 7"),
        ("fr", "Charge la voiture avant 6 h, euh non, avant 7 h", "Charge la voiture avant 7 h"),
        ("es", "Carga el coche antes de las 6, digo, las 7", "Carga el coche antes de las 7"),
        ("zh", "六点前给车充电,说错了,七点前", "七点前给车充电"),
    ],
)
def test_other_languages_take_back_as_well(language: str, corrected: str, meant: str) -> None:
    assert _frame(corrected, language) == _frame(meant, language)


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
