"""Stretches that no pattern understood are taken for what they are most like, with care."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate
from tarl.planning.language import stretches
from tarl.planning.language.translation import Translation

HOME = demo_home()


def _said(text: str, language: str = "en", **more: bool) -> Translation:
    return translate(text, language=language, home=HOME, **more)


@pytest.mark.parametrize(
    ("language", "text", "target"),
    [
        ("en", "run the dishwasher quiet as a mouse", "noise"),
        ("de", "starte die Spülmaschine mit ganz wenig Krach", "noise"),
        ("es", "pon el lavavajillas calladito", "noise"),
        ("es", "pon el lavavajillas por el bien de nuestro planeta", "co2"),
        ("zh", "开洗碗机，轻一点，声音小点", "noise"),
    ],
)
def test_words_that_no_pattern_knows_are_taken_for_what_they_are_most_like(
    language: str, text: str, target: str
) -> None:
    with_guess, without = _said(text, language), _said(text, language, is_guessing=False)

    assert [goal.target for goal in without.goals] == ["dishwasher"]
    assert [goal.target for goal in with_guess.goals] == ["dishwasher", target]


def test_what_is_guessed_stands_where_it_was_said() -> None:
    said = _said("starte die Spülmaschine mit ganz wenig Krach", "de")

    assert said.goals[1].said is not None
    assert "wenig Krach" in said.goals[1].said.text


def test_nothing_that_can_hurt_somebody_is_moved_on_a_guess() -> None:
    sure = _said("schließ die Haustür um 22 Uhr auf", "de")
    guessed = _said("schließ die Haustür um 22 Uhr mit ganz wenig Krach auf", "de")

    assert "confirm" not in [question.slot for question in sure.questions]
    assert guessed.confidence < 1
    assert "confirm" in [question.slot for question in guessed.questions]


def test_a_guess_has_to_be_far_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "starte die Spülmaschine mit ganz wenig Krach"
    monkeypatch.setattr(stretches, "MARGIN_MIN", 9.0)

    assert [goal.target for goal in _said(text, "de").goals] == ["dishwasher"]


def test_without_a_household_nothing_is_guessed() -> None:
    text = "starte die Spülmaschine mit ganz wenig Krach"
    bare = {"entities": [{"name": "Spülmaschine", "id": "dishwasher", "domain": "dishwasher"}]}

    said = translate(text, language="de", home=bare)

    assert "noise" not in [goal.target for goal in said.goals]


@pytest.mark.parametrize(
    "text",
    [
        "the kids are filthy after football, wash the clothes by six",
        "my boss is coming over, vacuum the living room before noon",
        "we had a long day, run the dishwasher at ten",
    ],
)
def test_stories_mean_nothing(text: str) -> None:
    assert _said(text).goals == _said(text, is_guessing=False).goals
    assert _said(text).constraints == _said(text, is_guessing=False).constraints
