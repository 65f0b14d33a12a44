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


@pytest.mark.parametrize(
    "text",
    [
        "warm the bedroom to 21 because I have to leave at eight",
        "we leave at eight, warm the bedroom to 21",
        "everyone's out tomorrow, so warm the bedroom to 21",
    ],
)
def test_a_reason_and_a_told_fact_bound_nothing(text: str) -> None:
    said = _said(text)
    assert [goal.value for goal in said.goals] == [
        {"action": "set_temperature", "temperature": 210}
    ]
    assert said.constraints == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("keep the garage above -5 degrees", {"gte": -50}),
        ("keep the garage above minus five degrees", {"gte": -50}),
        ("keep the garage above five degrees below zero", {"gte": -50}),
        ("keep the nursery at twenty and a half degrees", {"gte": 205, "lte": 205}),
        ("maintain 19 to 21 degrees in the lounge", {"gte": 190, "lte": 210}),
        ("don't let the house draw more than 6 kW", {"lte": 6000}),
        ("keep the house under two thousand five hundred watts", {"lte": 2500}),
    ],
)
def test_numbers_of_numbers_and_below_zero(text: str, value: dict[str, int]) -> None:
    assert [(goal.type, goal.value) for goal in _said(text).goals] == [("keep", value)]


@pytest.mark.parametrize(
    ("text", "after", "then"),
    [
        ("do the dishes and the laundry tomorrow, dishes first", "dishwasher", "washing_machine"),
        ("wash, dry, in that order", "washing_machine", "dryer"),
        ("do the washing at noon, dry once the washing is done", "washing_machine", "dryer"),
    ],
)
def test_what_is_to_be_first_comes_first(text: str, after: str, then: str) -> None:
    said = _said(text)
    ids = {goal.target: goal.id for goal in said.goals}
    assert set(ids) == {after, then}
    orders = [one.value for one in said.constraints if one.type == "order"]
    assert orders == [{"after": ids[after]}]


def test_there_is_the_place_that_was_named() -> None:
    assert _bounds("lights off in the kitchen when nobody's there") == [
        ("condition", "eq", {"subject": "occupancy", "state": "away", "area": "kitchen"})
    ]


def test_not_until_is_only_when() -> None:
    low = {"subject": "price", "state": "low"}
    text = "please hold off on the dryer until power is cheap"
    assert _bounds(text) == [("condition", "eq", low)]


def test_places_share_what_is_said_of_the_last_one() -> None:
    said = _said("warm up the kitchen and the lounge to 20.5 by 7 am")
    assert [goal.scope for goal in said.goals] == [("kitchen", "living_room")]
    lights = _said("the kitchen and lounge lights have to go off when we leave")
    assert {goal.target for goal in lights.goals} == {"light.kitchen", "light.living_room"}


@pytest.mark.parametrize(
    ("language", "text", "constraint"),
    [
        ("en", "2 kWh is all the dryer gets", ("energy", 2000)),
        ("zh", "最多用2度电开洗碗机", ("energy", 2000)),
        (
            "en",
            "the dryer gets 40 cents",
            ("cost", {"amount_micro": 400_000, "currency": "EUR"}),
        ),
    ],
)
def test_an_amount_that_nothing_explains_is_the_most(
    language: str, text: str, constraint: tuple[str, object]
) -> None:
    said = translate(text, language=language, home=HOME)

    assert [(one.type, one.value) for one in said.constraints] == [constraint]
    assert said.confidence < 1


def test_a_name_ends_where_signs_without_spaces_begin() -> None:
    said = translate("如果Anna在家开洗碗机", language="zh", home=HOME)

    assert [one.value for one in said.constraints] == [
        {"subject": "occupancy", "state": "home", "who": "anna"}
    ]


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("run the dishwasher when there is a solar surplus", "eq"),
        ("run the dishwasher unless there's a solar surplus", "neq"),
    ],
)
def test_what_there_is_is_a_condition(text: str, operator: str) -> None:
    said = translate(text, home=HOME)

    assert [(one.type, one.operator) for one in said.constraints] == [("condition", operator)]


def test_what_is_to_be_reached_is_not_switched_off_with_the_others() -> None:
    said = translate("turn off the heating and vacuum the living room", home=HOME)
    other = translate("关掉暖气，把车充到80%", language="zh", home=HOME)

    assert [goal.value["action"] for goal in said.goals] == ["turn_off", "run"]
    assert [goal.value["action"] for goal in other.goals] == ["turn_off", "charge"]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("don't charge the car over 80 percent", ("level", "lte", 800)),
        ("never charge the battery past 80%", ("level", "lte", 800)),
        ("don't drain the battery below 20%", ("level", "gte", 200)),
        ("charge the car up to 80%", ("level", "gte", 800)),
    ],
)
def test_how_far_a_store_may_go_is_no_order_to_leave_it(
    text: str, bound: tuple[str, str, int]
) -> None:
    assert _bounds(text) == [bound]
    assert _said(text).goals


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("vacuum on Saturday or Sunday", "in"),
        ("vacuum, but not at the weekend", "neq"),
        ("vacuum any time but the weekend", "neq"),
    ],
)
def test_a_weekend_is_meant_or_left_out(text: str, operator: str) -> None:
    weekend = {"from": When(weekday=5), "to": When(weekday=6)}
    assert _bounds(text) == [("window", operator, weekend)]


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("heat the water when I get up", "earliest"),
        ("I want hot water when I get up", "deadline"),
        ("do the dishes an hour before bedtime", "deadline"),
        ("do the dishes an hour after sunset", "earliest"),
    ],
)
def test_what_is_to_be_so_at_an_event_is_done_by_then(text: str, type: str) -> None:
    assert [one[0] for one in _bounds(text)] == [type]
