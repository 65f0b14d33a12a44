"""What is said to somebody of the house, or as nobody gives orders, is asked about."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()


def asked(sentence: str) -> list[str]:
    return [question.slot for question in translate(sentence, home=HOME).questions]


@pytest.mark.parametrize(
    "sentence",
    [
        "Anna, lock the front door",
        "Please, Anna, lock the front door when you leave.",
        "turn off the kitchen light, Mika!",
        "Dad, can you open the garage for me?",
        "the garage door opening all by itself",
        "the garage closing",
        "locked the front door",
    ],
)
def test_what_may_be_no_order_is_asked_about(sentence: str) -> None:
    assert asked(sentence) == ["confirm"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Kids, turn off the kitchen light",
        "would you mind closing the garage door at ten",
        "the boiler wants heating by half five",
        "Garage door open at 8:05, closed again at 8:20",
        "garage door closed, please",
        "make sure the front door gets locked",
        "try locking the front door at ten",
    ],
)
def test_what_is_an_order_is_not(sentence: str) -> None:
    assert asked(sentence) == []
