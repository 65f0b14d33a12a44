"""Words to pieces, as BERT's own uncased tokenizer makes them."""

from __future__ import annotations

import pytest

from tarl.planning.language.wordpiece import WORD_CHARS_MAX, pieces, vocabulary_of

LINES = ["[UNK]", "[CLS]", "[SEP]", "light", "##s", "cafe", "!", "灯", "un", "##aff", "##able", "'"]
VOCABULARY = vocabulary_of(f"{line}\n" for line in LINES)


def _words(text: str, count_max: int = 64) -> list[str]:
    return [LINES[number] for number in pieces(text, VOCABULARY, count_max=count_max)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Lights!", ["light", "##s", "!"]),
        ("CAFÉ", ["cafe"]),
        ("unaffable", ["un", "##aff", "##able"]),
        ("开灯", ["[UNK]", "灯"]),
        ("light\0s\u200b light's", ["light", "##s", "light", "'", "[UNK]"]),
        ("light\tlight\n", ["light", "light"]),
        ("lightx", ["[UNK]"]),
        ("light—light", ["light", "[UNK]", "light"]),
        ("l" * (WORD_CHARS_MAX + 1), ["[UNK]"]),
    ],
)
def test_pieces(text: str, words: list[str]) -> None:
    assert _words(text) == ["[CLS]", *words, "[SEP]"]


def test_a_long_text_is_cut_but_keeps_its_end() -> None:
    assert _words("light " * 100, count_max=6) == ["[CLS]", *["light"] * 4, "[SEP]"]
