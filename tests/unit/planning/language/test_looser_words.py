"""Words beside each other, wishes and small ways of saying that no pattern holds whole."""

from __future__ import annotations

from typing import Any

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language.translation import Translation
from tarl.planning.task import When

HOME = demo_home()


def _said(text: str) -> Translation:
    said = translate(text, home=HOME)
    assert said.route == "goal"
    return said


def _bounds(text: str) -> list[tuple[str, str, Any]]:
    return [(one.type, one.operator, one.value) for one in _said(text).constraints]


@pytest.mark.parametrize(
    ("text", "type", "when"),
    [
        ("on Monday from 9 am run the laundry", "earliest", When(clock="09:00", weekday=0)),
        ("run the dryer, but not later than ten in the evening", "deadline", When(clock="22:00")),
        ("vacuum before the visitors come at 3 pm", "deadline", When(clock="15:00")),
    ],
)
def test_a_day_a_part_or_an_event_belongs_to_the_time_beside_it(
    text: str, type: str, when: When
) -> None:
    assert [(one[0], one[2]) for one in _bounds(text)] == [(type, when)]


def test_what_has_to_be_so_is_a_goal_and_openness_is_none() -> None:
    wished = _said("the car has to be full by 6")
    assert [goal.target for goal in wished.goals] == ["ev_charger"]
    opened = translate("the garage door is open, wash the clothes by 6", home=HOME)
    assert "cover.garage" not in {goal.target for goal in opened.goals}


def test_it_in_a_condition_is_the_device_before_it() -> None:
    running = {"subject": "device", "state": "running", "device": "dryer"}
    assert ("condition", "eq", running) in _bounds("stop the dryer at 9 pm if it's still running")


def test_two_halves_of_a_range_are_one_keep() -> None:
    said = _said("make sure the nursery stays above 19 and below 22")
    assert [goal.value for goal in said.goals] == [{"gte": 190, "lte": 220}]


def test_a_negated_wish_is_a_negated_order() -> None:
    asleep = {"subject": "occupancy", "state": "asleep"}
    text = "I don't want the dryer running while someone is asleep"
    assert _bounds(text) == [("condition", "neq", asleep)]
