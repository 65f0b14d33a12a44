"""A clause of a sentence, and the items in it."""

from __future__ import annotations

from typing import Any, NamedTuple

from tarl.planning.language.values import Draft, Either

BESIDE_CHARS = 2
"""So far apart is what stands side by side: a space, perhaps behind a comma."""


class Part(NamedTuple):
    """An item of a clause with its kind."""

    kind: str
    start: int
    end: int
    value: Any

    @property
    def span(self) -> tuple[int, int]:
        """Where it was said."""
        return self.start, self.end


class Clause(NamedTuple):
    """What belongs together.

    Attributes:
        parts: What was understood, in order.
        is_next: Whether it comes after the clause before it (``then``).
        negated: Where the segments stand that hold the negation.
        unread: How many words nobody understood.
        words: How many there are.
        span: Where all of it was said, separators apart.
        aside: How many of the unread words are said beside what is asked.
    """

    parts: tuple[Part, ...]
    is_next: bool
    negated: tuple[tuple[int, int], ...]
    unread: int
    words: int
    span: tuple[int, int]
    aside: int = 0

    def of(self, kind: str) -> list[Part]:
        """The parts of a kind."""
        return [part for part in self.parts if part.kind == kind]

    def parts_of(self, kinds: str) -> list[Part]:
        """The parts of several kinds, in order."""
        return [part for part in self.parts if part.kind in kinds]

    @property
    def is_negated(self) -> bool:
        """Whether an order in it is negated."""
        return bool(self.negated)

    def negates(self, part: Part) -> bool:
        """Whether the negation stands beside a part."""
        return any(start <= part.start < end for start, end in self.negated)

    @property
    def verbs(self) -> list[str]:
        """What is to be done, in order."""
        return [str(part.value) for part in self.of("v")]

    @property
    def orders(self) -> bool:
        """Whether it says what is to be done, or with what."""
        kinds = {part.kind for part in self.parts}
        return bool(kinds & set("DGBvI")) or {"u", "C"} <= kinds

    @property
    def confidence(self) -> float:
        """The share of its words that were understood."""
        return round(1 - self.unread / max(self.words, 1), 3)


def drafts_of(part: Part) -> tuple[Draft, ...]:
    """The constraints of a part that holds some."""
    if isinstance(part.value, Either):
        return part.value.times
    return part.value if part.kind == "C" else ()


def together(one: Clause, other: Clause) -> Clause:
    """One clause of two that are next to each other."""
    return Clause(
        one.parts + other.parts,
        one.is_next or (other.is_next and not one.orders),
        one.negated + other.negated,
        one.unread + other.unread,
        one.words + other.words,
        (one.span[0], max(one.span[1], other.span[1])),
        one.aside + other.aside,
    )
