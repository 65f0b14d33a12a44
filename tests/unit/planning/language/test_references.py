"""Small words stand for what the sentence names or tells before them."""

from __future__ import annotations

import pytest
from tests.goal_frames import Frame, demo_home, understood

from tarl.planning.intent_translator import translate

HOME = demo_home()


def _frame(text: str) -> Frame:
    return understood(translate(text, language="en", home=HOME))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("somebody left the garage door open, close it at 20:00", "close the garage door at 20:00"),
        ("Mika forgot to lock the front door, see to it at ten", "lock the front door at ten"),
        ("we ran out of hot water, have it ready by six", "have the hot water ready by six"),
        ("we get home at 18:00; heat the hall to 21 by then", "heat the hall to 21 by 18:00"),
        (
            "I'm off to bed in twenty minutes, so lights out in the bedroom then",
            "lights out in the bedroom in twenty minutes",
        ),
        (
            "turn off the bedroom light and the kitchen one at 23:00",
            "turn off the bedroom light and the kitchen light at 23:00",
        ),
        ("make it 20 in the bedroom and hold it there", "keep the bedroom at 20"),
        ("blinds down at sunset, up at sunrise", "close blinds at sunset, open blinds at sunrise"),
        (
            "whenever no one's in the lounge, lights out there",
            "whenever no one's in the lounge, lounge lights out",
        ),
    ],
)
def test_a_reference_is_what_it_stands_for(said: str, meant: str) -> None:
    assert _frame(said) == _frame(meant)


@pytest.mark.parametrize("text", ["charge the car by then", "charge the car then"])
def test_what_stands_for_nothing_bounds_nothing(text: str) -> None:
    assert _frame(text) == _frame("charge the car")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("postpone the dishwasher to 21:30", "run the dishwasher at 21:30"),
        ("put off the vacuuming until the kids are up", "vacuum when the kids get up"),
        ("delay the drying by two hours", "run the dryer in two hours"),
        ("bring the laundry forward to ten in the morning", "run the washer at ten in the morning"),
        ("hold off on the dryer until prices come down", "run the dryer once prices are low"),
    ],
)
def test_what_is_put_off_begins_later(said: str, meant: str) -> None:
    assert _frame(said) == _frame(meant)


def test_what_is_put_off_for_good_is_no_goal() -> None:
    assert not _frame("hold off on the dryer").goals
