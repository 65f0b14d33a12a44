"""Words to the pieces that a BERT vocabulary knows: lower case, accents off, longest piece first.

Source: Devlin et al. 2018 (BERT, uncased), whose released tokenizer this follows: clean, split at
spaces, punctuation and Chinese characters, then the greedy longest match of WordPiece
(Schuster and Nakajima 2012).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

WORD_CHARS_MAX = 100
"""Longer words are unknown to BERT's own tokenizer too."""
UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"

_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def vocabulary_of(lines: Iterable[str]) -> dict[str, int]:
    """The number of each piece: the line on which it stands, from 0."""
    return {line.rstrip("\n"): number for number, line in enumerate(lines)}


def pieces(text: str, vocabulary: Mapping[str, int], *, count_max: int) -> list[int]:
    """The numbers of a text's pieces between the marks of its begin and end."""
    inner = [number for word in _words(text) for number in _split(word, vocabulary)]
    return [vocabulary[BEGIN], *inner[: count_max - 2], vocabulary[END]]


def _words(text: str) -> Iterator[str]:
    cleaned = "".join(_cleaned(letter) for letter in text)
    bare = unicodedata.normalize("NFD", cleaned.lower())
    kept = "".join(letter for letter in bare if unicodedata.category(letter) != "Mn")
    spaced = "".join(f" {letter} " if _stands_alone(letter) else letter for letter in kept)
    yield from spaced.split()


def _cleaned(letter: str) -> str:
    if letter in "\t\n\r" or unicodedata.category(letter) == "Zs":
        return " "
    if letter in "\0�" or unicodedata.category(letter).startswith("C"):
        return ""
    return letter


def _stands_alone(letter: str) -> bool:
    code = ord(letter)
    if code < 128:
        return letter.isprintable() and not letter.isalnum() and letter != " "
    if unicodedata.category(letter).startswith("P"):
        return True
    return any(first <= code <= last for first, last in _CHINESE)


def _split(word: str, vocabulary: Mapping[str, int]) -> list[int]:
    if len(word) > WORD_CHARS_MAX:
        return [vocabulary[UNKNOWN]]
    found: list[int] = []
    start = 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = word[start:end] if start == 0 else f"##{word[start:end]}"
            if (number := vocabulary.get(piece)) is not None:
                found.append(number)
                start = end
                break
        else:
            return [vocabulary[UNKNOWN]]
    return found
