"""What is left of a sentence without its topic."""

from __future__ import annotations

from tarl.governance.safety.injection.lexicon import hits_in, lexicon, words_in
from tarl.governance.safety.injection.skeleton import GAP, skeleton


def of(text: str) -> list[str]:
    words = words_in(text, 0, len(text))
    return skeleton(words, hits_in(text, 0, len(text), words))


def test_two_topics_have_one_skeleton() -> None:
    garden = of("give me a plan for my vegetable garden")
    assert garden == of("give me a plan for my retirement")
    assert GAP in garden
    assert "garden" not in garden


def test_words_of_intent_are_told_by_concept() -> None:
    override = str(lexicon().names.index("override"))
    assert of("ignore the noise")[1] == override == of("disregard the noise")[1]


def test_a_phrase_is_one_token() -> None:
    name = str(lexicon().names.index("promptnoun"))
    assert of("the system prompt of it") == ["^", "the", name, "of", "it", "$"]


def test_nothing_has_only_its_edges() -> None:
    assert of("") == ["^", "$"]
