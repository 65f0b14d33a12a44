"""What is no order, whatever of the home it names: ``should I open the garage?``, ``my neighbour
opens his at six``, ``I should have charged the car``, ``lock the door, no wait, leave it``.

1. A sentence is parted at its punctuation, and at words that set what follows apart (``but``). A
   part that begins as what asks, tells, regrets or forbids begins is no order; what is said to
   somebody else, or is only quoted, is none to the end of its sentence.
2. A question for advice is none unless it says what is striven for: how to do something at the
   least cost is to be planned.
3. What is taken back at the end takes all with it that was said; an order of the same device that
   is given in its place, only that one.
4. What only such parts say is not done. What the other parts say is, as they say it; a device that
   is named in one part and moved in the other is moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tarl.planning.language.lexicon import Unordered

TAKING_BACK_CHARS_MAX = 160
"""In so many characters at its end a text takes itself back, if at all."""
_ENDS = re.compile(r"[.!?;\u2026\u3002\uff01\uff1f\uff1b]+(?!\d)")
_QUOTED = re.compile(
    r"\"[^\"]+\"|\u201c[^\u201d]+\u201d|\u201e[^\u201c\u201d]+[\u201c\u201d]|\u00ab[^\u00bb]+\u00bb"
    r"|\u300a[^\u300b]+\u300b|\u300c[^\u300d]+\u300d|(?<!\w)'[^']{6,}'(?!\w)"
)
_AROUND_WORDS_MIN = 1
"""So many words have to stand around what is quoted: a sentence that is all in quotes is said."""


class Unasked(NamedTuple):
    """Where a sentence orders nothing; ``is_all`` where none of it does."""

    spans: tuple[tuple[int, int], ...]
    is_all: bool

    def holds(self, span: tuple[int, int]) -> bool:
        """Whether all of a span is said where nothing is ordered."""
        return self.is_all or any(start <= span[0] and span[1] <= end for start, end in self.spans)


_MORE = re.compile(
    r"\b(?:and|also|too|und|auch|et|aussi|y|también)\b|[和也]|还(?!是)", re.IGNORECASE
)
"""What is ordered besides, not instead."""
NOTHING = Unasked((), is_all=False)
"""Of a sentence all of which may be an order."""


def unasked_in(sentence: str, ways: Unordered | None, *, asks_how: bool = False) -> Unasked:
    """Where a sentence orders nothing; ``asks_how`` says that it asks for the best way to do
    something."""
    if ways is None:
        return NOTHING
    text = sentence.replace("\u2019", "'")
    if ways.taken_back.search(text, max(0, len(text) - TAKING_BACK_CHARS_MAX)):
        return Unasked(((0, len(text)),), is_all=True)
    parts = list(_parts(text, ways))
    patterns = [ways.begins] if asks_how else [ways.begins, ways.advice]
    found = [span for span in parts if _begins(text, span, patterns, ways)]
    for start, end in _sentences(text):
        inside = (part for part in parts if start <= part[0] and part[1] <= end)
        opening = next((part for part in inside if _opens(text, part, ways)), None)
        if opening is not None:
            found.append((opening[0], end))
    found.extend(_quoted(text, ways))
    said = [part for part in parts if text[slice(*part)].strip(" -")]
    is_all = bool(said) and all(
        any(start <= part[0] and part[1] <= end for start, end in found) for part in said
    )
    return Unasked(tuple(found), is_all=is_all)


def withdrawn(
    sentence: str, one: tuple[int, int], other: tuple[int, int], ways: Unordered | None
) -> bool:
    """Whether an order is taken back for another one behind it: ``open it, no wait, close it``."""
    if ways is None or other[0] < one[1]:
        return False
    between = sentence[one[1] : other[0]].replace("\u2019", "'")
    return ways.instead.search(between) is not None and _MORE.search(between) is None


def _begins(
    text: str, span: tuple[int, int], patterns: list[re.Pattern[str]], ways: Unordered
) -> bool:
    """Whether a part of a sentence begins in one of these ways, and not as a request does."""
    start, end = span
    lead = ways.leads.match(text, start, end)
    at = lead.end() if lead else start
    if ways.requests.match(text, at, end):
        return False
    return any(pattern.match(text, begin, end) for pattern in patterns for begin in {start, at})


def _opens(text: str, span: tuple[int, int], ways: Unordered) -> bool:
    """Whether a part of a sentence is said to, or for, somebody else."""
    start, end = span
    lead = ways.leads.match(text, start, end)
    begins = {start, lead.end() if lead else start}
    return any(ways.opens.match(text, begin, end) for begin in begins)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end."""
    start = 0
    for found in _ENDS.finditer(text):
        yield start, found.end()
        start = found.end()
    if text[start:].strip():
        yield start, len(text)


def _parts(text: str, ways: Unordered) -> Iterator[tuple[int, int]]:
    """Where the parts of a text begin and end, without the spaces before them; the mark of a
    question is of the part that it ends."""
    start = 0
    cuts = [(found.start(), found.end()) for found in ways.apart.finditer(text)]
    for cut, after in [*cuts, (len(text), len(text))]:
        piece = text[start:cut]
        if piece.strip():
            begin = start + len(piece) - len(piece.lstrip())
            is_asked = text[cut:after] in ("?", "\uff1f")
            yield begin, after if is_asked else cut
        start = after


def _quoted(text: str, ways: Unordered) -> Iterator[tuple[int, int]]:
    """Where something stands in quotes that somebody else says, or that is so called."""
    for found in _QUOTED.finditer(text):
        around = text[: found.start()] + " " + text[found.end() :]
        words = re.findall(r"[^\W\d_]+", ways.leads.sub("", around.strip(), count=1))
        if len(words) >= _AROUND_WORDS_MIN and ways.moves.search(found[0]):
            yield found.span()
