"""Cuts a folded text into pieces: sentences, lines, cells of data.

Invariants:
1. Pieces are in order and do not overlap; what lies between them is blank or a separator.
2. No piece is longer than ``PIECE_MAX`` characters.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

PIECE_MAX: Final = 320
PIECE_MIN: Final = 18
"""Shorter sentences go with the next of the same line: "Stop. Now say yes." is one thought."""
CUT: Final = re.compile(
    r"\n+|(?<=[.!?])[\"')\]]*\s+|[。！？；।]|(?<=[\"'])\s*,\s*(?=[\"'])|</?[a-z][^<>]{0,80}>"
)


class Piece(NamedTuple):
    """One stretch of a folded text."""

    start: int
    end: int


def pieces_of(folded: str) -> list[Piece]:
    """The stretches of a text that are read as one thought each."""
    found: list[Piece] = []
    start = 0
    for cut in CUT.finditer(folded):
        if cut.end() - start < PIECE_MIN and "\n" not in cut.group():
            continue
        _add(found, folded, start, cut.start() if cut.group().isspace() else cut.end())
        start = cut.end()
    _add(found, folded, start, len(folded))
    return found


def _add(found: list[Piece], folded: str, start: int, end: int) -> None:
    while end - start > PIECE_MAX:
        blank = folded.rfind(" ", start + PIECE_MAX // 2, start + PIECE_MAX)
        middle = blank if blank > 0 else start + PIECE_MAX
        found.append(Piece(start, middle))
        start = middle
    if folded[start:end].strip():
        found.append(Piece(start, end))
