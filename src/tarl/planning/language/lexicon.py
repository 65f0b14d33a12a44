"""What a language gives to the grammar: its numbers, and phrases by the key of what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

SEPARATORS = (",", ";", ":", ".", "!", "?", "/")
"""What parts segments in every language."""


class OfThings(NamedTuple):
    """How what is told of a thing stands in a line.

    Attributes:
        begins: How it begins, with the thing as ``subject``.
        apart: What parts it from the rest.
    """

    begins: re.Pattern[str]
    apart: re.Pattern[str]


class Tells(NamedTuple):
    """How that begins which tells something and asks for nothing.

    Attributes:
        maybe: It tells if not all of it is understood.
        surely: It tells in any case.
        of_others: It tells if it names no device.
        loosely: It tells if it names nothing of the home, no time and no number, and not all of it
            is understood.
        in_vain: A question that wants no answer: ``who left the light on?``
        of_things: It tells if not all is understood of the thing that it is about.
    """

    maybe: re.Pattern[str]
    surely: re.Pattern[str] | None = None
    of_others: re.Pattern[str] | None = None
    loosely: re.Pattern[str] | None = None
    in_vain: re.Pattern[str] | None = None
    of_things: OfThings | None = None


class Unordered(NamedTuple):
    """How that is said which is no order, whatever of the home it names.

    Attributes:
        begins: A part that begins so orders nothing.
        advice: It asks for advice, or whether something may be.
        opens: From it to the end of the sentence nothing is ordered: ``remind me to ...``.
        requests: What begins so is an order, or may be, though it looks like one of these.
        taken_back: How a text ends that takes all of itself back.
        leads: What may stand before any of them.
        apart: What parts a sentence.
        moves: Words of what a home is told, by which a quoted order is known.
        instead: What stands between an order and the one that is given in its place.
    """

    begins: re.Pattern[str]
    advice: re.Pattern[str]
    opens: re.Pattern[str]
    requests: re.Pattern[str]
    taken_back: re.Pattern[str]
    leads: re.Pattern[str]
    apart: re.Pattern[str]
    moves: re.Pattern[str]
    instead: re.Pattern[str]


class Lexicon(NamedTuple):
    """The words of a language.

    ``phrases`` maps keys to patterns in the notation of ``patterns``; the head of a key names its
    family in ``grammar``, the rest says which of it. ``macros`` are parts that several share.
    ``bare`` gives the word without the pronouns that cling to it; None for a word with none.
    ``tells`` says how that begins which only tells something, ``unordered`` how that is said
    which is no order.
    """

    tag: str
    numbers: Callable[[], Mapping[str, Fraction]]
    macros: Mapping[str, str]
    phrases: Mapping[str, tuple[str, ...]]
    whole_words: bool = True
    bare: Callable[[str], str | None] | None = None
    tells: Tells | None = None
    unordered: Unordered | None = None


def sharing(nouns: Mapping[str, str], joint: str) -> dict[str, tuple[str, ...]]:
    """Phrases of objectives that share the words of the one before them.

    Args:
        nouns: What each is called, by what it is about.
        joint: What stands between the two.
    """
    return {
        f"{family}.{about}": (f"&<G> {joint} ({noun})",)
        for family in ("aims", "aims.more")
        for about, noun in nouns.items()
    }
