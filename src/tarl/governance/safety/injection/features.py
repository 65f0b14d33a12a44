"""Numbers of a text: for each piece hashed words, letters and skeleton, and its intent.

Invariants:
1. The same text gives the same numbers on every machine (CRC-32, no hash seeds).
2. Training and use share this code: what is learned is what is weighed.

Hashing follows Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009),
without signs. Letters are taken in threes to fives of a word with its edges.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import crc32

from tarl.governance.safety.injection.lexicon import Hit, hits_in, lexicon, words_in
from tarl.governance.safety.injection.pieces import Piece
from tarl.governance.safety.injection.skeleton import skeleton

WORDS: Final = 1 << 16
LETTERS: Final = 1 << 16
SHAPES: Final = 1 << 15
HASHED: Final = WORDS + LETTERS + SHAPES
NEAR: Final = 30
"""Characters from one concept to the next that count as side by side."""
FAR: Final = 110
HITS_MAX: Final = 40
WORD_MAX: Final = 40
UNSPACED_FROM: Final = "\u0e00"


class Read(NamedTuple):
    """A piece as numbers: the hashed, the concepts and their pairs, and its words."""

    piece: Piece
    hashed: frozenset[int]
    intents: frozenset[int]
    hits: tuple[Hit, ...]
    words: tuple[str, ...]


def intents_size() -> int:
    """How many numbers of intent there are."""
    count = len(lexicon().names)
    return count * (2 + 2 * count)


class Reader:
    """Reads the pieces of one text; a word that comes again is hashed once."""

    def __init__(self) -> None:
        self._letters: dict[str, tuple[int, ...]] = {}

    def read(self, folded: str, piece: Piece) -> Read:
        """The numbers of one piece."""
        words = words_in(folded, piece.start, piece.end)
        hits = hits_in(folded, piece.start, piece.end, words)[:HITS_MAX]
        texts = [word.text[:WORD_MAX] for word in words]
        hashed: set[int] = set()
        before = "^"
        for text in texts:
            hashed.add(crc32(text.encode()) % WORDS)
            hashed.add(crc32(f"{before} {text}".encode()) % WORDS)
            letters = self._letters.get(text)
            if letters is None:
                letters = self._letters[text] = _letters(text)
            hashed.update(letters)
            before = text
        hashed.add(crc32(f"{before} $".encode()) % WORDS)
        hashed.update(_shapes(skeleton(words, hits)))
        return Read(piece, frozenset(hashed), _intents(hits), tuple(hits), tuple(texts))


def _letters(word: str) -> tuple[int, ...]:
    edged = f"<{word}>"
    sizes = (1, 2, 3) if word and word[0] >= UNSPACED_FROM else (3, 4, 5)
    return tuple(
        {
            WORDS + crc32(edged[at : at + size].encode()) % LETTERS
            for size in sizes
            for at in range(len(edged) - size + 1)
        }
    )


def _shapes(tokens: list[str]) -> set[int]:
    """Two and three neighbours of a skeleton."""
    return {
        WORDS + LETTERS + crc32(" ".join(tokens[at : at + size]).encode()) % SHAPES
        for size in (2, 3)
        for at in range(len(tokens) - size + 1)
    }


def _intents(hits: list[Hit]) -> frozenset[int]:
    """Concepts, concepts twice, and ordered pairs near and far."""
    count = len(lexicon().names)
    found: set[int] = set()
    seen: dict[int, int] = {}
    for index, hit in enumerate(hits):
        if seen.get(hit.concept, hit.start) != hit.start:
            found.add(count + hit.concept)
        seen.setdefault(hit.concept, hit.start)
        found.add(hit.concept)
        for later in hits[index + 1 :]:
            gap = later.start - hit.end
            if gap > FAR:
                break
            if later.concept == hit.concept or later.start == hit.start:
                continue
            pair = hit.concept * count + later.concept
            found.add(2 * count + pair + (0 if gap <= NEAR else count * count))
    return frozenset(found)
