"""What a sentence says beside its goal, in five languages: done, or asked about."""

from __future__ import annotations

import pytest
import yaml
from tests.goal_frames import HOME, demo_home

from tarl.planning.household import Household, household_from
from tarl.planning.intent_translator import translate
from tarl.planning.task import When

DEMO = demo_home()


def with_windows() -> Household:
    """The demonstration home with two windows that open and close."""
    described = yaml.safe_load(HOME.read_text())
    described.pop("sources", None)
    for id, name, area in (
        ("cover.window", "Window", "bedroom"),
        ("cover.bath_window", "Bathroom window", "utility_room"),
    ):
        can = [{"device_id": id, "capability_type": action} for action in ("open", "close")]
        device = {"id": id, "name": name, "kind": "window", "area": area, "capabilities": can}
        described["devices"].append(device)
    return household_from(described)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "wash the laundry before the weekend"),
        ("de", "Vor dem Wochenende die Wäsche waschen"),
        ("fr", "Lave le linge avant le week-end"),
        ("es", "Lava la ropa antes del fin de semana"),
        ("zh", "周末之前洗衣服"),
    ],
)
def test_before_the_weekend_is_before_it_begins(language: str, sentence: str) -> None:
    (rule,) = translate(sentence, language=language, home=DEMO).constraints
    assert (rule.type, rule.value) == ("deadline", When(weekday=5))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("es", "Enciende la luz de la cocina cuando se haya ido el fontanero"),
        ("zh", "把客厅的灯开到比赛结束"),
        ("fr", "Laisse la lumière de la cuisine allumée jusqu'à la fin du match"),
    ],
)
def test_an_end_or_a_person_that_nobody_knows_is_asked_about(language: str, sentence: str) -> None:
    said = translate(sentence, language=language, home=DEMO)
    assert {question.slot for question in said.questions} & {"time", "condition"}


def test_all_the_machines_but_one_are_asked_about() -> None:
    (asked,) = translate("run all the machines but the dryer", home=DEMO).questions
    assert asked.slot == "device"


@pytest.mark.parametrize(
    ("language", "sentence", "does_last"),
    [
        ("de", "Lass das Licht in der Küche bis 22 Uhr aus", True),
        ("de", "Die Heizung bis morgen früh aus lassen", True),
        ("de", "Mach das Licht in der Küche bis 22 Uhr aus", False),
        ("zh", "客厅的灯晚上10点之前一直关着", True),
        ("zh", "晚上10点之前关掉客厅的灯", False),
    ],
)
def test_what_is_left_off_until_then_lasts_till_then(
    language: str, sentence: str, does_last: bool
) -> None:
    (rule,) = translate(sentence, language=language, home=DEMO).constraints
    assert (rule.type, rule.lasts) == ("deadline", does_last)


def test_a_garage_that_is_kept_open_is_opened_and_its_end_is_asked_for() -> None:
    said = translate("keep the garage open until 6 pm", home=DEMO)
    assert [(goal.target, goal.value["action"]) for goal in said.goals] == [
        ("cover.garage", "open")
    ]
    assert [question.slot for question in said.questions] == ["g1.at_end"]
    assert not translate("don't keep the garage open after 10 pm", home=DEMO).goals


def test_a_light_that_is_dimmed_at_a_time_of_its_own_is_turned_on_as_well() -> None:
    said = translate("turn on the kitchen light at 6 pm and dim it to 30 % at 7 pm", home=DEMO)
    assert [goal.value["action"] for goal in said.goals] == ["turn_on", "set_brightness"]
    assert [one.goals for one in said.constraints] == [("g1",), ("g2",)]
    said = translate("turn on the kitchen light and dim it to 30 % at 7 pm", home=DEMO)
    assert [goal.value["action"] for goal in said.goals] == ["set_brightness"]


def test_from_sunset_till_then_is_a_window_in_french_too() -> None:
    said = translate(
        "Allume la lumière de la cuisine du coucher du soleil à 23 h", language="fr", home=DEMO
    )
    (rule,) = said.constraints
    assert rule.value == {"from": When(event="sunset"), "to": When(clock="23:00")}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "close all the windows when it gets below 10 degrees outside"),
        ("de", "Alle Fenster schließen, wenn es draußen unter 10 Grad hat"),
        ("fr", "Ferme toutes les fenêtres à 22 h"),
        ("es", "Cierra todas las ventanas a las 22"),
        ("zh", "晚上10点关上所有窗户"),
    ],
)
def test_windows_of_a_home_are_closed_together(language: str, sentence: str) -> None:
    said = translate(sentence, language=language, home=with_windows())
    assert {(goal.target, goal.value["action"]) for goal in said.goals} == {
        ("cover.window", "close"),
        ("cover.bath_window", "close"),
    }
    assert len(said.constraints) == 1
    assert not said.questions
