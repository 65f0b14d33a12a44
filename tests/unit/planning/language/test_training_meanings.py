"""Training the meanings: what is learned from, what never is, and that it works."""

from __future__ import annotations

import numpy as np
import pytest
from tests.goal_frames import seen, utterances
from tools.train_meanings import DEVELOPED, Phrase, drawn, learned, written

from tarl.planning.language.grammar import LEXICA
from tarl.planning.language.meanings import NONE, model_for

SAID = [
    *(Phrase(f"without any {word}", "goal.minimize.noise", "written") for word in ("din", "row")),
    *(Phrase(f"when it {word}", "if.eq.weather.raining", "written") for word in ("rains", "pours")),
    *(Phrase(f"the {word} are coming", NONE, "nothing") for word in ("kids", "in-laws", "trains")),
]


def test_sentences_that_measure_alone_are_never_learned_from() -> None:
    assert not {"held", "held2", "held3", "held4"} & set(DEVELOPED)
    assert len(seen("dev3")) < len(utterances("dev3"))


@pytest.mark.parametrize("code", LEXICA)
def test_what_was_written_means_something_that_the_model_knows(code: str) -> None:
    model = model_for(code)

    assert model is not None
    assert {phrase.key for phrase in written(code)} <= set(model.keys)


def test_words_are_drawn_from_the_patterns_of_a_lexicon() -> None:
    from random import Random

    found = dict(drawn("en", Random(1)))

    assert found["goal.minimize.noise"]
    assert not any(sign in text for text in found.values() for sign in "([|{")


def test_the_same_phrases_give_the_same_weights() -> None:
    once, again = (learned(SAID, "en") for _ in range(2))

    assert list(once.keys) == sorted({phrase.key for phrase in SAID})
    assert all(np.array_equal(one, other) for one, other in zip(once, again, strict=True))
