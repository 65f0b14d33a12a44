"""Dates of the calendar: which day they mean, and what is asked about."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.task import When

HOME = demo_home()


@pytest.mark.parametrize(
    ("language", "sentence", "type", "when"),
    [
        ("en", "on December 24 at 9 am", "earliest", When(clock="09:00", date="--12-24")),
        ("en", "on 24 December at 18:00", "earliest", When(clock="18:00", date="--12-24")),
        ("en", "on the third of May at noon", "earliest", When(part="noon", date="--05-03")),
        ("en", "by the 25th at 7 am", "deadline", When(clock="07:00", date="---25")),
        ("en", "by Friday the 27th", "deadline", When(weekday=4, date="---27")),
        ("en", "before 12/24", "deadline", When(date="--12-24")),
        ("en", "before 24/12", "deadline", When(date="--12-24")),
        ("en", "before 2026-12-24", "deadline", When(date="2026-12-24")),
        ("en", "on December 24, 2026 at 9 am", "earliest", When(clock="09:00", date="2026-12-24")),
        ("en", "in a week at 9 am", "earliest", When(clock="09:00", day=7)),
        ("de", "am 24. Dezember um 9 Uhr", "earliest", When(clock="09:00", date="--12-24")),
        ("de", "am 24.12. um 9 Uhr", "earliest", When(clock="09:00", date="--12-24")),
        ("de", "am 24. um 9 Uhr", "earliest", When(clock="09:00", date="---24")),
        ("fr", "le 24 décembre à 9 h", "earliest", When(clock="09:00", date="--12-24")),
        ("fr", "avant le 1er décembre", "deadline", When(date="--12-01")),
        ("es", "el 24 de diciembre a las 9", "earliest", When(clock="09:00", date="--12-24")),
        ("zh", "12月24日上午九点", "earliest", When(clock="09:00", date="--12-24")),
    ],
)
def test_a_date_names_its_day(language: str, sentence: str, type: str, when: When) -> None:
    order = {
        "en": "run the dishwasher {}",
        "de": "Starte den Geschirrspüler {}",
        "fr": "Lance le lave-vaisselle {}",
        "es": "Pon el lavavajillas {}",
        "zh": "{}运行洗碗机",
    }[language]
    said = translate(order.format(sentence), home=HOME, language=language)
    assert [(one.type, one.value) for one in said.constraints] == [(type, when)]
    assert not said.questions


def test_a_day_without_a_time_is_that_day() -> None:
    said = translate("run the dishwasher on the 24th", home=HOME)
    (rule,) = said.constraints
    assert (rule.type, rule.value) == ("window", {"from": When(date="---24"), "to": _24TH})


_24TH = When(date="---24")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "clean the 2nd floor"),
        ("en", "heat the bedroom to 21.5"),
        ("en", "run the dishwasher at 7.30"),
        ("en", "kitchen light 2 may go off now"),
        ("de", "Heize das Schlafzimmer auf 21.5 Grad"),
        ("de", "Sauge am Montag um 7.30 Uhr"),
        ("zh", "运行2号机"),
    ],
)
def test_what_is_no_date_names_no_day(language: str, sentence: str) -> None:
    said = translate(sentence, home=HOME, language=language)
    assert not any("date" in repr(one.value).replace("date=None", "") for one in said.constraints)
