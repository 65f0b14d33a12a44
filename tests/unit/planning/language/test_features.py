"""Features: what of a text counts."""

from __future__ import annotations

import pytest

from tarl.planning.language.features import BUCKETS, WORDS_MAX, counts_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Turn ON the lights!", ["turn", "on", "the", "lights"]),
        ("hey siri, dim the lights", ["dim", "the", "lights"]),
        ("dim the lights olly", ["dim", "the", "lights"]),
        ("Alexa", ["alexa"]),
        ("change the colour to 50%", ["change", "the", "color", "to", "50%"]),
        ("don’t", ["don't"]),
        ("ｌｉｇｈｔ＿on", ["light", "on"]),
        ("", []),
    ],
)
def test_the_words_that_count(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_text_has_one_to_three_words_and_two_to_five_letters_at_a_time() -> None:
    words, letters = counts_of("dim it dim")

    assert sum(words.values()) == 3 + 2 + 1
    assert sum(letters.values()) == 2 * (4 + 3 + 2 + 1) + (3 + 2 + 1)
    assert max(words.values()) == 2
    assert all(0 <= bucket < BUCKETS for bucket in (*words, *letters))


def test_the_hash_is_the_same_on_every_machine() -> None:
    words, letters = counts_of("it")

    assert words == {49676: 1}
    assert sum(letters.values()) == 3 + 2 + 1


def test_a_document_is_read_no_further_than_an_order_goes() -> None:
    assert counts_of("lamp " * 10_000) == counts_of("lamp " * WORDS_MAX)


def test_broken_characters_are_only_characters() -> None:
    assert words_of("\ud800 \0 \u202e lamp") == ["lamp"]
