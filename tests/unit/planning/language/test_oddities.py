"""What cannot be as it was said is asked about; several of a kind are all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import tarl.interfaces.demo.home as demo
from tarl.planning.household import Household, household_from
from tarl.planning.intent_translator import translate
from tarl.planning.sources.snapshot import home_at

HOME = home_at(Path(demo.__file__).parent / "household.yaml", must=False).household
TWO = household_from(
    {
        "id": "two",
        "time_zone": "Europe/Helsinki",
        "areas": [{"id": "garage", "name": "Garage"}],
        "devices": [
            {
                "id": id,
                "name": name,
                "kind": kind,
                "area": "garage",
                "capabilities": [{"device_id": id, "capability_type": able}],
            }
            for id, name, kind, able in (
                ("ev_1", "Blue car", "ev_charger", "charge"),
                ("ev_2", "Red car", "ev_charger", "charge"),
                ("dw_1", "Upper dishwasher", "dishwasher", "run"),
                ("dw_2", "Lower dishwasher", "dishwasher", "run"),
            )
        ],
    }
)


def asked(sentence: str, home: Household = HOME, *, language: str = "en") -> list[str]:
    said = translate(sentence, home=home, language=language)
    assert said.route != "none"
    return [question.slot.rpartition(".")[2] for question in said.questions]


@pytest.mark.parametrize(
    ("sentence", "slots"),
    [
        ("turn off the lights in the attic", ["area"]),
        ("run the dishwasher in the cellar before 7am", ["area"]),
        ("vacuum the attic before 7am", ["area"]),
        ("run the dishwasher before yesterday", ["time"]),
        ("run the dishwasher before last monday", ["time"]),
        ("run the dishwasher at 25:00", ["time"]),
        ("run the dishwasher by 31:99", ["time"]),
        ("run the dishwasher before 13pm", ["time"]),
    ],
)
def test_a_room_that_is_not_there_and_a_time_that_cannot_be_are_asked_about(
    sentence: str, slots: list[str]
) -> None:
    assert asked(sentence) == slots


def test_what_has_passed_is_asked_about_in_other_languages() -> None:
    assert asked("Spülmaschine gestern um 9 Uhr starten", language="de") == ["time"]
    assert asked("pon el lavavajillas ayer", language="es") == ["time"]


@pytest.mark.parametrize(
    "sentence",
    [
        "turn off the lights in the living room at 9pm",
        "turn off the lights in the lounge",
        "turn off the lights in the study at 23:59",
        "run the dishwasher when power is cheapest before 7am",
        "run the dishwasher between 12am and 12pm",
        "run the dishwasher before 24:00",
        "charge the car in the garage before 07:30",
    ],
)
def test_what_can_be_is_not_asked_about(sentence: str) -> None:
    assert asked(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "targets"),
    [
        ("charge both cars before 7am", ["ev_1", "ev_2"]),
        ("charge all cars", ["ev_1", "ev_2"]),
        ("charge all of the cars before 7am", ["ev_1", "ev_2"]),
        ("run both dishwashers before 7am", ["dw_1", "dw_2"]),
        ("charge the red car before 7am", ["ev_2"]),
    ],
)
def test_both_and_all_are_every_one_of_the_kind(sentence: str, targets: list[str]) -> None:
    said = translate(sentence, home=TWO)
    assert [goal.target for goal in said.goals] == targets
    assert said.questions == ()
    assert all(not bound.goals or len(bound.goals) == len(targets) for bound in said.constraints)
