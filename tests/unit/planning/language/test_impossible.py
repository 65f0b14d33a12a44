"""What cannot be meant as it was said is asked about: values, dates, orders at odds."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language.distant import distant

HOME = demo_home()


def asked(sentence: str, *, language: str = "en") -> list[str]:
    said = translate(sentence, home=HOME, language=language)
    assert said.route == "goal"
    return [question.slot.rpartition(".")[2] for question in said.questions]


@pytest.mark.parametrize(
    ("language", "sentence", "slot"),
    [
        # --- shares and amounts
        ("en", "charge the car to 300 %", "value"),
        ("de", "Lade das Auto auf 300 %", "value"),
        ("fr", "charge la voiture à 300 %", "value"),
        ("es", "carga el coche al 300 %", "value"),
        ("zh", "把车充到300%", "value"),
        ("en", "keep the humidity in the bedroom at 140 %", "value"),
        ("en", "keep the kitchen light on for -5 minutes", "value"),
        ("en", "keep the power below -3 kW", "value"),
        ("en", "dim the living room light to 150 % at sunset", "brightness"),
        # --- figures of nothing
        ("en", "run the dishwasher under 0.40 zorkmids", "value"),
        ("en", "run the dishwasher under 40", "value"),
        ("en", "run the dishwasher for 0 minutes", "amount"),
        ("en", "charge the car with 900 kW", "amount"),
        ("en", "use less than 0 watts", "amount"),
        ("en", "run the dishwasher 5 times", "amount"),
        ("en", "run the dishwasher zero times", "amount"),
        ("en", "run the dishwasher twice before 7 am", "amount"),
        ("de", "Lass den Geschirrspüler zweimal laufen", "amount"),
        ("fr", "lance le lave-vaisselle deux fois", "amount"),
        ("es", "pon el lavavajillas dos veces", "amount"),
        ("zh", "运行洗碗机两次", "amount"),
        # --- days
        ("en", "run the dishwasher in 3 years", "time"),
        ("en", "run the dishwasher in two weeks", "time"),
        ("en", "run the dishwasher next month", "time"),
        ("en", "run the dishwasher on 3/4", "time"),
        ("en", "run the dishwasher on Friday week", "time"),
        ("en", "run the dishwasher on February 30", "time"),
        ("en", "run the dishwasher on the 31st of April", "time"),
        ("de", "Lass den Geschirrspüler am 31. April laufen", "time"),
        ("de", "Lass den Geschirrspüler in drei Jahren laufen", "time"),
        ("fr", "lance le lave-vaisselle le 31 avril", "time"),
        ("fr", "lance le lave-vaisselle dans trois ans", "time"),
        ("es", "pon el lavavajillas el 31 de abril", "time"),
        ("zh", "二月三十日运行洗碗机", "time"),
        ("zh", "三年后运行洗碗机", "time"),
        # --- orders
        ("en", "lock the front door and unlock the front door", "action"),
        ("en", "run the dishwasher but don't run the dishwasher", "action"),
        ("en", "never run the dishwasher and run the dishwasher at 9", "action"),
        ("en", "heat the bedroom to 20 and to 22", "action"),
    ],
)
def test_what_cannot_be_meant_is_asked_about(language: str, sentence: str, slot: str) -> None:
    assert slot in asked(sentence, language=language)


@pytest.mark.parametrize(
    "sentence",
    [
        "charge the car to 100 %",
        "charge the car to 0 %",
        "run the dishwasher at 9, I've told you three times",
        "the dishwasher hasn't run in two weeks, run it before 7 am",
        "run the dishwasher at 9 am on Friday",
        "lock the front door and unlock it at 7",
        "turn the kitchen light on and off at 9",
        "charge the battery now and discharge it at 6 pm",
        "heat the bedroom to 20 at 6 and to 22 at 8",
        "run the dishwasher, but don't run it after 10 pm",
        "Heat downstairs to 21, never above 22 though",
        "reduce our power bill without making the bedroom colder than 18",
    ],
)
def test_what_can_be_meant_is_not(sentence: str) -> None:
    assert not set(asked(sentence)) & {"value", "amount", "time", "action"}


@pytest.mark.parametrize(
    ("language", "date", "is_one"),
    [
        ("en", "February 29", True),
        ("en", "february 30", False),
        ("en", "the 31st of June", False),
        ("en", "Sept 30", True),
        ("de", "31. September", False),
        ("de", "31. Dezember", True),
        ("fr", "1er janvier", True),
        ("fr", "32 mai", False),
        ("es", "30 de febrero", False),
        ("zh", "十二月三十一日", True),
        ("zh", "2月30日", False),
        ("zh", "十三月一日", False),
    ],
)
def test_a_date_that_no_calendar_has_is_told(language: str, date: str, is_one: bool) -> None:
    told = [question.text.startswith("There is no") for question in distant(date, language)]
    assert told == ([] if is_one else [True])


def test_a_later_clause_about_the_same_thing_has_its_own_time() -> None:
    said = translate("lock the front door and unlock it at 7", home=HOME)
    (at_seven,) = said.constraints
    assert [goal.value for goal in said.goals if goal.id in at_seven.goals] == [
        {"action": "unlock"}
    ]
