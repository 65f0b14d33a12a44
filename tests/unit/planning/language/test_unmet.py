"""A condition that was not understood is asked about; what is measured outside is understood."""

from __future__ import annotations

from typing import Any

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()


def asked(sentence: str, *, language: str = "en") -> list[str]:
    said = translate(sentence, home=HOME, language=language)
    return [question.slot for question in said.questions]


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("en", "lock the front door if the shed is locked", "if the shed is locked"),
        ("en", "if the shed is locked, lock the front door", "if the shed is locked"),
        ("en", "turn on the lights unless the neighbours complain", "unless the neighbours"),
        ("en", "turn on the living room light if the cat meows", "if the cat meows"),
        ("en", "charge the car only if grandma agrees", "if grandma agrees"),
        ("en", "start the vacuum provided the floor is dry", "provided the floor is dry"),
        ("en", "turn off the bedroom light the moment the film is over", "the moment the film"),
        ("en", "turn off the kitchen light once the soup is done", "once the soup is done"),
        ("en", "unlock the front door when you hear my voice", "when you hear my voice"),
        ("en", "run the vacuum every time somebody drops crumbs", "every time somebody"),
        ("en", "turn on the kitchen light if anybody rings", "if anybody rings"),
        ("en", "turn on the kitchen light if nothing else is on", "if nothing else is on"),
        ("en", "turn on the kitchen light till the pizza arrives", "till the pizza"),
        ("en", "turn on the living room light should the dog bark", "should the dog bark"),
        ("en", "start the dryer after the concert", "after the concert"),
        ("en", "unlock the front door when the moon is full", "when the moon is full"),
        ("de", "Mach das Licht in der Küche an, falls die Nachbarn klingeln", "falls die Nachb"),
        ("de", "Schließ die Haustür ab, wenn der Schuppen abgeschlossen ist", "wenn der Schupp"),
        ("fr", "Allume la lumière de la cuisine quand le chat miaule", "quand le chat miaule"),
        ("es", "Enciende la luz de la cocina cuando el gato maúlle", "cuando el gato maúlle"),
        ("zh", "如果棚子锁着就锁上大门", "如果棚子锁着"),
    ],
)
def test_a_condition_that_was_not_understood_is_asked_about(
    language: str, sentence: str, words: str
) -> None:
    said = translate(sentence, home=HOME, language=language)
    (question,) = [one for one in said.questions if one.slot == "condition"]
    assert words in question.text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "close the garage when you have a minute"),
        ("en", "if it's not too much trouble, close the garage door"),
        ("en", "run the dryer while you're at it"),
        ("en", "Respect quiet hours when you vacuum"),
        ("en", "dishwasher whenever it's greenest, as long as it's finished by 7:30"),
        ("en", "Charge the car, and if you can, the battery"),
        ("en", "start the dryer unless it rains"),
        ("en", "lock the front door if the garage door is closed"),
        ("de", "Lade das Auto bis maximal 80 Prozent"),
        ("zh", "如果晚上十点车库门还开着，就把它关上"),
        ("zh", "如果今晚电价很低就给车充到九成"),
    ],
)
def test_what_is_said_for_courtesy_or_is_a_rule_is_not(language: str, sentence: str) -> None:
    assert "condition" not in asked(sentence, language=language)


@pytest.mark.parametrize(
    ("language", "sentence", "condition"),
    [
        ("en", "turn off the heating above 22 degrees outside", ("weather", "above", 220)),
        ("en", "turn off the heating if it's warmer than 22 outside", ("weather", "above", 220)),
        ("en", "run the dryer if the outside temperature is below 5", ("weather", "below", 50)),
        ("en", "the dryer only above 5 kW of sun", ("solar", "above", 5000)),
        ("en", "start the dishwasher when the solar power is above 2 kW", ("solar", "above", 2000)),
        ("de", "Starte den Trockner nur bei mehr als 5 kW Sonne", ("solar", "above", 5000)),
        ("de", "Heizung aus, wenn es draußen über 22 Grad hat", ("weather", "above", 220)),
        ("fr", "Éteins le chauffage s'il fait plus de 22 degrés dehors", ("weather", "above", 220)),
        ("es", "Pon la secadora si hay más de 3 kW de sol", ("solar", "above", 3000)),
        ("zh", "如果室外温度高于22度就关掉暖气", ("weather", "above", 220)),
    ],
)
def test_what_is_measured_outside_is_a_condition(
    language: str, sentence: str, condition: tuple[str, str, int]
) -> None:
    said = translate(sentence, home=HOME, language=language)
    values: list[Any] = [one.value for one in said.constraints if one.type == "condition"]
    subject, state, value = condition
    assert values == [{"subject": subject, "state": state, "value": value}]
    assert not said.questions


def test_the_least_that_something_draws_is_asked_about() -> None:
    assert asked("run the dryer only above 3 kW") == ["amount"]


def test_outside_the_quiet_hours_is_no_weather() -> None:
    said = translate("keep the bedroom above 20 degrees outside quiet hours", home=HOME)
    assert not any(
        isinstance(one.value, dict) and one.value.get("subject") == "weather"
        for one in said.constraints
    )
