"""What a sentence says and no plan holds is said to whoever asked."""

from __future__ import annotations

import msgspec
import pytest
from tests.goal_frames import demo_home
from tests.unit.planning.test_meant_beginnings import planned

from tarl.planning.explanation.explained import explain
from tarl.planning.intent_translator import translate
from tarl.planning.language.unheld import unheld

HOME = demo_home()


def notices(sentence: str, language: str = "en") -> list[str]:
    said = translate(sentence, language=language, home=HOME)
    return list(unheld(sentence, language, said.goals, said.constraints))


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("en", "every day at 7 turn on the heating", "every day"),
        ("en", "each weekday at 7 open the garage", "each weekday"),
        ("en", "run the dishwasher every night", "every night"),
        ("en", "charge the car on weekdays at 2 am", "on weekdays"),
        ("en", "always lock the door at 11 pm", "always"),
        ("en", "turn off the heating whenever we leave", "whenever"),
        ("de", "Jeden Morgen um 7 die Heizung an", "Jeden Morgen"),
        ("de", "Montags saugen", "Montags"),
        ("fr", "Tous les matins à 7 h allume le chauffage", "Tous les matins"),
        ("es", "Cada noche a las 22 cierra la puerta principal", "Cada noche"),
        ("zh", "每晚10点锁门", "每晚"),
    ],
)
def test_what_is_to_come_again_is_planned_once_and_said(
    language: str, sentence: str, words: str
) -> None:
    (notice,) = notices(sentence, language)
    assert notice.startswith(f"{words!r} is not set up: this is planned once")
    assert not translate(sentence, language=language, home=HOME).questions


@pytest.mark.parametrize(
    ("language", "sentence", "words"),
    [
        ("en", "close the garage slowly", "slowly"),
        ("en", "gently brighten the bedroom light to 50 %", "gently"),
        ("de", "Mach das Garagentor leise zu", "leise"),
        ("fr", "Baisse doucement la lumière du salon à 20 %", "doucement"),
        ("es", "Baja despacio la luz del salón al 20 %", "despacio"),
        ("zh", "慢慢调暗客厅的灯到20%", "慢慢"),
    ],
)
def test_a_manner_is_told_to_no_device_and_said(language: str, sentence: str, words: str) -> None:
    assert notices(sentence, language) == [
        f"{words!r} is told to no device: each does what it is told in its own way"
    ]
    assert not translate(sentence, language=language, home=HOME).questions


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "run the dishwasher at 8 pm"),
        ("en", "I always forget it; run the dishwasher at 8 pm"),
        ("en", "it is slowly getting dark; turn on the kitchen light at 8 pm"),
        ("en", "turn off every light at 11 pm"),
        ("de", "Es ist immer noch kalt, heize das Wohnzimmer auf 21 Grad"),
        ("es", "Lava los platos siempre que haya sol"),
        ("en", "what happens every day"),
        ("en", "run the dryer whenever power is cheapest"),
    ],
)
def test_what_is_said_of_something_else_is_not(language: str, sentence: str) -> None:
    assert notices(sentence, language) == []


def test_lunch_is_taken_for_noon_and_said() -> None:
    (notice,) = notices("vacuum after lunch")
    assert notice.startswith("'lunch' is taken for noon")


def doubts(sentence: str) -> list[str]:
    return list(explain(planned(sentence), HOME).doubts)


def test_a_plan_says_it_first_and_waits_for_nobody() -> None:
    plan = planned("turn on the kitchen light every day at 7 am")
    assert len(plan.steps) == 1
    assert explain(plan, HOME).doubts[0].startswith("'every day' is not set up")


def test_a_day_that_is_no_workday_is_said() -> None:
    said = "turn on the kitchen light each weekday at 7 am"
    assert not any("is not held" in each for each in doubts(said))
    plan = planned(said)
    days = 2 * 24 * 3_600_000
    later = tuple(
        msgspec.structs.replace(step, start_ms=step.start_ms + days, end_ms=step.end_ms + days)
        for step in plan.steps
    )
    told = explain(msgspec.structs.replace(plan, steps=later), HOME).doubts
    assert told[0] == "'each weekday' is not held, the next time is on Saturday: say the day"


def test_scenes_stay_and_programs_last_as_long_as_they_last() -> None:
    stays = "stays so afterwards: a scene is not taken back, say what comes then"
    assert f"Kitchen light {stays}" in doubts("movie mode from 8 to 10 pm")
    assert f"Kitchen light {stays}" in doubts("cozy mode for two hours")
    lasts = "Tumble dryer runs once, as long as its program takes: 1 h 45 min"
    assert lasts in doubts("run the dryer for two hours")
    assert lasts not in doubts("run the dryer for 105 minutes")
    assert not any("stays" in each for each in doubts("kitchen light on from 8 to 10 pm"))
