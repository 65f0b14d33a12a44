"""What is said to be done now is, whatever waiting would save."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "run the dishwasher now"),
        ("en", "vacuum right away"),
        ("en", "start the washing machine as soon as possible"),
        ("de", "starte die Spülmaschine sofort"),
        ("de", "lass die Waschmaschine jetzt laufen"),
        ("fr", "lance le lave-vaisselle tout de suite"),
        ("es", "pon el lavavajillas ahora mismo"),
        ("zh", "现在开洗碗机"),
        ("zh", "马上扫地"),
    ],
)
def test_now_is_at_once(language: str, text: str) -> None:
    goal = translate(text, language=language, home=HOME).goals[0]
    assert goal.type == "achieve"
    assert goal.at_once


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "run the dishwasher"),
        ("en", "run the dishwasher by 7, not now"),
        ("en", "run the dishwasher within two hours from now"),
        ("de", "starte die Spülmaschine bis 7, nicht jetzt"),
        ("zh", "不马上开洗碗机,晚上十点开"),
    ],
)
def test_what_is_not_now_is_not(language: str, text: str) -> None:
    assert not any(goal.at_once for goal in translate(text, language=language, home=HOME).goals)


def test_each_order_has_its_own_time() -> None:
    goals = translate("run the dishwasher now and the washing machine before 7", home=HOME).goals
    assert [(goal.target, goal.at_once) for goal in goals] == [
        ("dishwasher", True),
        ("washing_machine", False),
    ]
