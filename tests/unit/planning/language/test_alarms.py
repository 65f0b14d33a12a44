"""Alarms: armed and disarmed as it was said, and never by a guess."""

from __future__ import annotations

import pytest

from tarl.planning.household import Household, household_from
from tarl.planning.intent_translator import translate


def _device(id: str, kind: str, name: str, *able: str) -> dict[str, object]:
    capabilities = [{"device_id": id, "capability_type": one} for one in able]
    return {"id": id, "kind": kind, "name": name, "capabilities": capabilities}


@pytest.fixture(scope="module")
def home() -> Household:
    alarm = _device("sec", "alarm", "Security", "arm", "disarm")
    lamp = _device("lamp", "light", "Lamp", "turn_on", "turn_off")
    return household_from({"id": "h", "time_zone": "Europe/Berlin", "devices": [alarm, lamp]})


@pytest.mark.parametrize(
    ("language", "text", "action"),
    [
        ("en", "arm the alarm when we leave", "arm"),
        ("en", "turn on the alarm at 11pm", "arm"),
        ("en", "turn security on at midnight", "arm"),
        ("en", "disarm the security system at 7", "disarm"),
        ("de", "stell die Alarmanlage um 23 Uhr scharf", "arm"),
        ("de", "schalte die Alarmanlage um 7 Uhr aus", "disarm"),
        ("fr", "arme l'alarme quand on part", "arm"),
        ("fr", "désactive l'alarme à 7h", "disarm"),
        ("es", "arma la alarma cuando salgamos", "arm"),
        ("es", "desactiva la alarma a las 7", "disarm"),
        ("zh", "出门时布防", "arm"),
        ("zh", "早上七点撤防", "disarm"),
    ],
)
def test_an_alarm_is_armed_or_disarmed_as_it_was_said(
    home: Household, language: str, text: str, action: str
) -> None:
    found = translate(text, language=language, home=home)
    assert [(goal.target, goal.value) for goal in found.goals] == [("sec", {"action": action})]
    assert not found.questions


def test_it_is_armed_and_disarmed_again(home: Household) -> None:
    found = translate("arm the alarm at 11 pm and disarm it at 7 am", home=home)
    assert [goal.value for goal in found.goals] == [{"action": "arm"}, {"action": "disarm"}]
    assert [bound.goals for bound in found.constraints] == [("g1",), ("g2",)]


def test_the_alarm_that_wakes_somebody_is_no_device(home: Household) -> None:
    found = translate("turn on the lamp when the alarm goes off", home=home)
    assert [goal.target for goal in found.goals] == ["lamp"]
    assert found.constraints[0].value.event == "wake_up"


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("disarm the alarm from 6 to 7 pm", "g1.at_end"),
        ("frobnicate and disarm the alarm", "confirm"),
    ],
)
def test_what_lets_somebody_in_is_asked_about(home: Household, text: str, slot: str) -> None:
    assert slot in {question.slot for question in translate(text, home=home).questions}
