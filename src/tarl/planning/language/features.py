"""Texts as counts of hashed words and letters: what the router's weights are for.

1. Equal texts have equal features, on every machine: the hash is CRC-32 (ISO 3309) of UTF-8.
2. Case, punctuation, and the name by which an assistant is called do not matter.

Source of the weighting (``1 + ln tf``, times idf, each kind of feature brought to length 1): Salton
and Buckley 1988. Letters are taken within words, with a space before and after each, as in
Cavnar and Trenkle 1994.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from zlib import crc32

BUCKETS = 1 << 17
"""Word features and letter features share them; some 150,000 differ in the training data, and the
half that occurs once carries little."""
WORDS_MAX = 80
"""What an order to a home says after so many words is not needed to know that it is one."""
WORD_GRAMS = (1, 2, 3)
LETTER_GRAMS = (2, 3, 4, 5)

_OTHER = re.compile(r"[^\w'%°]+|_")
_CALLED = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay)\s+)?(?:alexa|computer|cortana|google|jarvis|olly|siri|tarl)\b\s*"
    r"|\s*\b(?:alexa|cortana|olly|siri)$"
)
_SPELLINGS = {"colour": "color", "colours": "colors", "colored": "color", "coloured": "color"}

Counts = tuple[dict[int, int], dict[int, int]]


def words_of(text: str) -> list[str]:
    """The words that count, in order."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    spaced = " ".join(_OTHER.sub(" ", plain).split())
    called = _CALLED.sub("", spaced)
    words = (called or spaced).split()[:WORDS_MAX]
    return [_SPELLINGS.get(word, word) for word in words]


def counts_of(text: str) -> Counts:
    """How often each bucket occurs: of words, and of letters."""
    words = words_of(text)
    return (
        dict(Counter(_bucket(gram, "w") for gram in _word_grams(words))),
        dict(Counter(_bucket(gram, "c") for gram in _letter_grams(words))),
    )


def _word_grams(words: list[str]) -> Iterator[str]:
    for size in WORD_GRAMS:
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def _letter_grams(words: list[str]) -> Iterator[str]:
    for word in words:
        spaced = f" {word} "
        for size in LETTER_GRAMS:
            if len(spaced) <= size:
                yield spaced
                break
            for start in range(len(spaced) - size + 1):
                yield spaced[start : start + size]


def _bucket(gram: str, kind: str) -> int:
    return crc32(f"{kind}{gram}".encode("utf-8", "surrogatepass")) % BUCKETS
