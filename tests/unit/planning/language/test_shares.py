"""Shares said as fractions, and what is empty: a store, or a place."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "discharge the battery but don't go below a quarter"),
        ("de", "Speicher entladen, aber nicht unter ein Viertel"),
        ("fr", "décharge la batterie mais pas en dessous d'un quart"),
        ("es", "descarga la batería pero no por debajo de un cuarto"),
        ("zh", "电池放电，但不要低于四分之一"),
    ],
)
def test_a_quarter_is_a_share(language: str, text: str) -> None:
    said = translate(text, language=language, home=HOME, area=None)
    assert [goal.value for goal in said.goals] == [{"action": "discharge"}]
    assert [(one.type, one.operator, one.value) for one in said.constraints] == [
        ("level", "gte", 250)
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Auto um ein Viertel nach sieben laden"),
        ("es", "carga el coche a las siete y cuarto"),
        ("fr", "charge la voiture à sept heures et quart"),
    ],
)
def test_a_quarter_past_is_a_time(language: str, text: str) -> None:
    said = translate(text, language=language, home=HOME, area=None)
    assert [one.value.clock for one in said.constraints] == ["07:15"]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (
            "vacuum the office while it's empty",
            {"subject": "occupancy", "state": "away", "area": "office"},
        ),
        ("vacuum the house while it's empty", {"subject": "occupancy", "state": "away"}),
        (
            "charge the battery when it's empty",
            {"subject": "device", "state": "empty", "device": "battery"},
        ),
        (
            "run the dishwasher unless it's empty",
            {"subject": "device", "state": "empty", "device": "dishwasher"},
        ),
    ],
)
def test_what_is_empty_is_what_holds_something_or_the_place(
    text: str, fact: dict[str, str]
) -> None:
    said = translate(text, language="en", home=HOME, area=None)
    assert [one.value for one in said.constraints] == [fact]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("don't charge the car beyond eighty-five", 850), ("never charge the car over 80", 800)],
)
def test_a_store_is_charged_to_a_bare_number_and_no_further(text: str, kept: int) -> None:
    said = translate(text, language="en", home=HOME, area=None)
    assert [goal.target for goal in said.goals] == ["ev_charger"]
    assert [(one.type, one.operator, one.value) for one in said.constraints] == [
        ("level", "lte", kept)
    ]


def test_what_something_would_cost_is_only_asked() -> None:
    said = translate("que coûterait une lessive demain ?", language="fr", home=HOME, area=None)
    assert said.is_hypothetical
