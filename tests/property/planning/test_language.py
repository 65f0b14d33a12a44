"""Laws of understanding: no text breaks it, and all it says can be traced to words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.goal_frames import demo_home

from tarl.errors import Invalid
from tarl.planning.intent_translator import translate
from tarl.planning.language.grammar import LEXICA, Grammar, grammar_for
from tarl.planning.language.line import read
from tarl.planning.language.names import Names
from tarl.planning.language.questions import is_critical
from tarl.planning.language.reading import Reading, read_goals
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import SENTENCE_CHARS_MAX, check_constraint, check_goal

Understood = TypeVar("Understood")
HOUSEHOLD = demo_home()
HOME = Home(Names.of(HOUSEHOLD), HOUSEHOLD, None)
REFUSALS = {
    "sentence.empty",
    "sentence.too_long",
    "sentence.characters",
    "sentence.too_many",
}
PIECES = {
    "en": "run the dishwasher|unlock the front door|open the garage|before 7 am|unless someone is "
    "asleep|if nobody is home|under 2 euros|between 5 and 8 pm|and|, then|but not|don't|at 80 %|"
    "when power is cheapest|keep the bedroom below 21|gizmo|what if|to half past|no cloud|it",
    "de": "die Spülmaschine|schließ die Haustür auf|vor 7 Uhr|außer wenn jemand schläft|nicht|und|"
    "unter 40 Cent|am billigsten|zwischen 1 und 5 Uhr|wenn|halte das Schlafzimmer unter 21 Grad",
    "fr": "lance le lave-vaisselle|déverrouille la porte d'entrée|avant 7 heures|sauf si quelqu'un "
    "dort|ne|pas|et|moins de 2 euros|entre 1 et 5 heures|si|garde la chambre sous 21 degrés",
    "es": "pon el lavavajillas|desbloquea la puerta principal|antes de las 7|salvo que alguien "
    "duerma|no|y|menos de 2 euros|entre las 2 y las 5|si|mantén el dormitorio a 21 grados",
    "zh": "洗碗|解锁前门|七点之前|除非有人在睡觉|不要|和|不超过两欧元|一点到五点|如果|"
    "卧室保持在21度|百分之八十",
}
LANGUAGES = sorted(LEXICA)


def grammar(language: str) -> Grammar:
    found = grammar_for(language)
    assert found is not None
    return found


def or_refusal(understand: Callable[[], Understood]) -> Understood | None:
    try:
        return understand()
    except Invalid as error:
        refused = error
    assert refused.code in REFUSALS
    return None


def understood(text: str, language: str) -> Reading | None:
    return or_refusal(lambda: read_goals(text, grammar=grammar(language), home=HOME))


def sentences(language: str) -> st.SearchStrategy[str]:
    pieces = st.sampled_from(PIECES[language].split("|"))
    return st.lists(st.one_of(pieces, st.text(max_size=6)), max_size=12).map(" ".join)


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_understood_is_of_the_vocabulary_and_traced_to_its_words(
    language: str, data: st.DataObject
) -> None:
    text = data.draw(sentences(language))
    reading = understood(text, language)
    if reading is None:
        return
    for goal in reading.goals:
        assert check_goal(goal).said is not None
    for constraint in reading.constraints:
        assert check_constraint(constraint).said is not None
        assert set(constraint.goals) <= {goal.id for goal in reading.goals}
    parts = [one.said for one in reading.goals] + [one.said for one in reading.constraints]
    for said in parts:
        assert said is not None
        assert said.text == text[said.start : said.end]
        assert said.text.strip()
    assert 0 <= reading.confidence <= 1


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_critical_device_moves_unasked_only_when_every_word_was_understood(
    language: str, data: st.DataObject
) -> None:
    reading = understood(data.draw(sentences(language)), language)
    if reading is None or not reading.unread:
        return
    if any(is_critical(goal, HOME) for goal in reading.goals):
        assert "confirm" in [question.slot for question in reading.questions]


@given(text=st.text(max_size=SENTENCE_CHARS_MAX + 10))
@settings(max_examples=150, deadline=None)
def test_a_line_reads_any_text_or_refuses_it(text: str) -> None:
    line = or_refusal(lambda: read(text))
    if line is None:
        return
    assert len(line.text) == len(line.items)
    ends = [(item.start, item.end) for item in line.items]
    assert ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in ends)


@given(text=st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_text_at_all_is_a_goal_by_chance(text: str) -> None:
    said = or_refusal(lambda: translate(text, home=HOUSEHOLD))
    if said is None:
        return
    assert said.route == "none" or any(char.isascii() and char.isalnum() for char in text)
