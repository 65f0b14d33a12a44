"""What is said of how far, how fast or how much: set as it was said, or asked about."""

from __future__ import annotations

import pytest

from tarl.planning.household import Household, household_from
from tarl.planning.intent_translator import translate


def _device(id: str, kind: str, name: str, *able: str) -> dict[str, object]:
    capabilities = [{"device_id": id, "capability_type": one} for one in able]
    return {"id": id, "kind": kind, "name": name, "capabilities": capabilities}


@pytest.fixture(scope="module")
def home() -> Household:
    """A home as a Home Assistant tells of it: what a device is need not be in its name."""
    opens = ("open", "close", "set_position")
    return household_from(
        {
            "id": "villa",
            "time_zone": "Europe/Berlin",
            "areas": [{"id": "hall", "name": "Hall"}],
            "devices": [
                _device("shade", "cover", "Hall Shade", *opens),
                _device("orchard", "valve", "Orchard", *opens),
                _device("fan", "fan", "Ceiling Fan", "turn_on", "turn_off", "set_speed"),
                _device("mist", "humidifier", "Mist", "turn_on", "turn_off", "set_humidity"),
                _device("volume", "number", "Volume", "set_value"),
                _device("lounge", "media_player", "Lounge Room", "turn_on", "turn_off"),
                _device("bed", "light", "Bed Light", "turn_on", "turn_off", "set_brightness"),
                _device("star", "light", "Star", "turn_on", "turn_off", "set_color"),
                _device("desk", "light", "Desk Lamp", "turn_on", "turn_off", "set_brightness"),
            ],
        }
    )


@pytest.mark.parametrize(
    ("text", "target", "value"),
    [
        ("open the hall shade to 30% at 8pm", "shade", ("set_position", "position", 300)),
        ("close the hall shade to 20 percent at 8pm", "shade", ("set_position", "position", 200)),
        ("open the hall shade halfway", "shade", ("set_position", "position", 500)),
        ("set the orchard to 40 percent at 8pm", "orchard", ("set_position", "position", 400)),
        ("open the orchard valve to 50%", "orchard", ("set_position", "position", 500)),
        ("set the ceiling fan to 60 percent at 8pm", "fan", ("set_speed", "speed", 600)),
        ("run the ceiling fan at half speed", "fan", ("set_speed", "speed", 500)),
        ("set the mist to 50 percent", "mist", ("set_humidity", "humidity", 500)),
        ("set volume to 20", "volume", ("set_value", "value", 20)),
        ("set volume to 0.4", "volume", ("set_value", "value", 0.4)),
    ],
)
def test_a_device_is_set_to_as_much_as_was_said(
    home: Household, text: str, target: str, value: tuple[str, str, float]
) -> None:
    found = translate(text, home=home)
    action, setting, amount = value
    doing = next(goal for goal in found.goals if goal.target == target)
    assert doing.value == {"action": action, setting: amount}
    assert not found.questions


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("fully close the hall shade", "close"),
        ("open the hall shade all the way", "open"),
        ("open the hall shade to 100% at noon", "open"),
        ("open the orchard valve", "open"),
    ],
)
def test_what_opens_wholly_is_opened(home: Household, text: str, action: str) -> None:
    (goal,) = translate(text, home=home).goals
    assert goal.value == {"action": action}


def test_a_word_for_what_a_device_is_behind_its_name_is_no_other_device(home: Household) -> None:
    found = translate("turn off the lounge room tv at 9pm", home=home)
    assert [goal.target for goal in found.goals] == ["lounge"]
    assert not found.questions


@pytest.mark.parametrize(
    ("language", "text", "color"),
    [
        ("en", "turn the star red at 8pm", "red"),
        ("en", "turn on the star in green when I get home", "green"),
        ("en", "turn the star white and the ceiling fan off at midnight", "white"),
        ("de", "stell den Star um 20 Uhr auf blau", "blue"),
        ("de", "schalte den Star um 20 Uhr rot ein", "red"),
        ("fr", "mets la lumière Star en rouge à 20h", "red"),
        ("es", "pon la luz Star en azul a las 20:00", "blue"),
        ("zh", "晚上八点把Star调成蓝色", "blue"),
    ],
)
def test_a_light_with_colors_takes_the_one_that_was_said(
    home: Household, language: str, text: str, color: str
) -> None:
    found = translate(text, language=language, home=home)
    doing = {goal.target: goal.value for goal in found.goals}
    assert doing["star"] == {"action": "set_color", "color": color}
    assert not found.questions


def test_what_stands_behind_a_light_in_a_color_of_its_own_is_not_its_color(home: Household) -> None:
    found = translate("turn on the star at 8pm, the red lamp stays off", home=home)
    assert found.goals[0].value == {"action": "turn_on"}
    found = translate("turn on the star by the red door at 8pm", home=home)
    assert {question.slot for question in found.questions} & {"g1.color", "area", "device"}


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("set the mist to at least 50 percent", "amount"),
        ("turn the bed light red at 8pm", "g1.color"),
        ("set the bed light to blue at 8pm", "g1.color"),
        ("set the star to black at 8pm", "g1.color"),
        ("turn on my fairy lights at 8pm", "device"),
        ("turn on the dining lights", "device"),
    ],
)
def test_what_no_device_of_the_home_takes_is_asked_about(
    home: Household, text: str, slot: str
) -> None:
    assert slot in {question.slot for question in translate(text, home=home).questions}


def test_lights_that_are_all_of_them_are_not_asked_about(home: Household) -> None:
    for text in ("turn on the lights", "turn off all the lights", "turn on the bed light at 8pm"):
        assert not translate(text, home=home).questions


def test_a_house_is_locked_at_all_its_doors() -> None:
    doors = [
        _device(id, "lock", name, "lock", "unlock") for id, name in (("f", "Front"), ("k", "Back"))
    ]
    villa = household_from({"id": "villa", "time_zone": "Europe/Berlin", "devices": doors})
    for text in ("lock all the doors at 11pm", "lock up at 11pm"):
        found = translate(text, home=villa)
        assert {(goal.target, goal.value["action"]) for goal in found.goals} == {
            ("f", "lock"),
            ("k", "lock"),
        }
    unlocked = translate("unlock the house at 11pm", home=villa)
    assert any(question.slot.endswith("device") for question in unlocked.questions)
