"""Words of intent in many languages, and where a piece of text has them.

Terms come from ``lexicon.txt``. A word is looked up whole and by its beginnings; terms of scripts
without spaces, and signs such as ``<|im_start|>``, are sought as they stand.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from tarl.governance.safety.injection.folding import fold_term

WORD: Final = re.compile(
    r"[^\s!-/:-@\[-`{-~\u2000-\u206f\u3000-\u303f\uff00-\uff0f\u060c\u061f\u0964]+(?:'[a-z]+)?"
)
STEM_MIN: Final = 3
STEM_MAX: Final = 14
UNSPACED: Final = "\u0e00"
"""From here on scripts are searched without regard to words (Thai, Chinese, Japanese, Korean)."""
SIGNS: Final = re.compile(r"[<\[#|/(:;`]|_rm|rm_-|\.\w")


class Hit(NamedTuple):
    """A concept found at a place."""

    start: int
    end: int
    concept: int


class Lexicon(NamedTuple):
    """The terms, by how they are looked up."""

    names: tuple[str, ...]
    words: dict[str, tuple[int, ...]]
    stems: dict[str, tuple[int, ...]]
    phrases: dict[str, tuple[tuple[tuple[str, ...], int], ...]]
    unspaced: tuple[tuple[str, int], ...]
    signs: tuple[tuple[str, int], ...]


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    text = files(__package__).joinpath("lexicon.txt").read_text(encoding="utf-8")
    names: list[str] = []
    words: dict[str, list[int]] = {}
    stems: dict[str, list[int]] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    unspaced: dict[tuple[str, int], None] = {}
    signs: dict[tuple[str, int], None] = {}
    for line in text.splitlines():
        if not line or line.startswith("# "):
            continue
        if line.startswith("[") and line.endswith("]") and line[1:-1].isalpha() and " " not in line:
            names.append(line[1:-1])
            continue
        concept = len(names) - 1
        for raw in line.split():
            term = fold_term(raw)
            if max(term) >= UNSPACED and not ("\u1ea0" <= max(term) <= "\u1eff"):
                unspaced[term.replace("_", " "), concept] = None
            elif SIGNS.search(term):
                signs[term.replace("_", " "), concept] = None
            else:
                _file(term, concept, words, stems, phrases)
    return Lexicon(
        tuple(names),
        {key: tuple(dict.fromkeys(value)) for key, value in words.items()},
        {key: tuple(dict.fromkeys(value)) for key, value in stems.items()},
        {key: tuple(value) for key, value in phrases.items()},
        tuple(unspaced),
        tuple(signs),
    )


def _file(
    term: str,
    concept: int,
    words: dict[str, list[int]],
    stems: dict[str, list[int]],
    phrases: dict[str, list[tuple[tuple[str, ...], int]]],
) -> None:
    parts = re.split(r"[_-]+", term.strip("_-!"))
    if len(parts) > 1:
        phrases.setdefault(parts[0].rstrip("*"), []).append((tuple(parts[1:]), concept))
    elif parts[0].endswith("*"):
        stems.setdefault(parts[0][:-1], []).append(concept)
    else:
        words.setdefault(parts[0], []).append(concept)


class Word(NamedTuple):
    """A word of a piece, with its place in the folded text."""

    text: str
    start: int
    end: int


def words_in(folded: str, start: int, end: int) -> list[Word]:
    """The words of a stretch."""
    return [Word(m.group(), m.start(), m.end()) for m in WORD.finditer(folded, start, end)]


def hits_in(folded: str, start: int, end: int, words: list[Word]) -> list[Hit]:
    """The concepts of a stretch, by place."""
    known = lexicon()
    found: list[Hit] = []
    for index, word in enumerate(words):
        text = word.text
        concepts = [*known.words.get(text, ())]
        for size in range(STEM_MIN, min(len(text), STEM_MAX) + 1):
            concepts += known.stems.get(text[:size], ())
        found += [Hit(word.start, word.end, concept) for concept in concepts]
        for rest, concept in known.phrases.get(text, ()):
            if _follows(words, index + 1, rest):
                found.append(Hit(word.start, words[index + len(rest)].end, concept))
    part = folded[start:end]
    if not part.isascii() and max(part) >= UNSPACED:
        _seek(part, start, known.unspaced, found)
    if any(sign in part for sign in "<[#:/(."):
        _seek(part, start, known.signs, found)
    return sorted(set(found))


def _follows(words: list[Word], index: int, rest: tuple[str, ...]) -> bool:
    if index + len(rest) > len(words):
        return False
    for offset, part in enumerate(rest):
        text = words[index + offset].text
        if text != part and not (part[-1] == "*" and text.startswith(part[:-1])):
            return False
    return True


def _seek(part: str, start: int, terms: tuple[tuple[str, int], ...], found: list[Hit]) -> None:
    for term, concept in terms:
        place = part.find(term)
        if place >= 0:
            found.append(Hit(start + place, start + place + len(term), concept))
