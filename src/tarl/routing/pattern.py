"""Patterns on task types, as file names have them.

    pattern  = 1*256(item)
    item     = "*"  any characters, none included
             | "?"  one character, whatever it is
             | "[" ["!"] 1*(character ["-" character]) "]"  one character (not) of these and ranges
             | any other character but "[": itself

Case counts. ``]`` and ``-`` stand for themselves outside brackets, and ``*`` and ``?`` within. A
pattern matches a whole name. Where both have a meaning, it is that of Python's ``fnmatch``;
patterns that ``fnmatch`` would take for plain text (a bracket that is not closed) are refused.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tarl.errors import Invalid

PATTERN_CHARS_MAX = 256
"""Matching takes time in proportion to the pattern's length times the name's."""

_REMEMBERED = 1_024


class OneOf(NamedTuple):
    """One character within any of the ranges, or outside all of them."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def has(self, character: str) -> bool:
        """Whether it is such a character."""
        return any(low <= character <= high for low, high in self.ranges) != self.negated


class AnyOne(NamedTuple):
    """One character."""

    def has(self, character: str) -> bool:
        """Every character is one."""
        return True


class AnyMany(NamedTuple):
    """Characters, as many as there are."""


Item = str | OneOf | AnyOne | AnyMany


class Pattern(NamedTuple):
    """A pattern that is well formed."""

    text: str
    items: tuple[Item, ...]

    def matches(self, name: str) -> bool:
        """Whether the whole name is of this pattern."""
        at, item = 0, 0
        star, resume = -1, 0
        while at < len(name):
            if item < len(self.items) and _fits(self.items[item], name[at]):
                at, item = at + 1, item + 1
            elif item < len(self.items) and isinstance(self.items[item], AnyMany):
                star, resume = item, at
                item += 1
            elif star >= 0:
                resume += 1  # the last star takes one character more
                at, item = resume, star + 1
            else:
                return False
        return all(isinstance(left, AnyMany) for left in self.items[item:])


@lru_cache(maxsize=_REMEMBERED)
def parse(text: str) -> Pattern:
    """The pattern of a text.

    Raises:
        Invalid: it is malformed (``rule.pattern``).
    """
    if not text:
        raise _malformed(text, "is empty; * is for everything")
    if len(text) > PATTERN_CHARS_MAX:
        raise _malformed(text[:40] + "…", f"has more than {PATTERN_CHARS_MAX} characters")
    if not text.isprintable():
        raise _malformed(text, "has characters that cannot be printed")
    items: list[Item] = []
    at = 0
    while at < len(text):
        if text[at] == "[":
            end = text.find("]", at + 1)
            if end < 0:
                raise _malformed(text, f"has a bracket that is not closed, at {at + 1}")
            items.append(_one_of(text, text[at + 1 : end]))
            at = end + 1
            continue
        if text[at] == "*":
            if not (items and isinstance(items[-1], AnyMany)):
                items.append(AnyMany())
        else:
            items.append(AnyOne() if text[at] == "?" else text[at])
        at += 1
    return Pattern(text, tuple(items))


def _one_of(text: str, inner: str) -> OneOf:
    negated = inner.startswith("!")
    inner = inner[negated:]
    if not inner:
        raise _malformed(text, "has brackets with nothing between them")
    ranges = []
    at = 0
    while at < len(inner):
        low = high = inner[at]
        if inner[at + 1 : at + 2] == "-":
            if at + 2 == len(inner) or low == "-":
                raise _malformed(text, f"has a range without an end in [{inner}]")
            high = inner[at + 2]
            at += 2
        if low > high:
            raise _malformed(text, f"has the range {low}-{high}, which runs backwards")
        ranges.append((low, high))
        at += 1
    return OneOf(tuple(ranges), negated)


def _fits(item: Item, character: str) -> bool:
    if isinstance(item, str):
        return item == character
    return not isinstance(item, AnyMany) and item.has(character)


def _malformed(text: str, why: str) -> Invalid:
    return Invalid(
        f"the pattern {text!r} {why}",
        code="rule.pattern",
        next_step="* is any text, ? one character, [a-z] or [!a-z] one of a range",
        pattern=text,
    )
