"""What a language gives to the grammar: its numbers, and phrases by the key of what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple


class Lexicon(NamedTuple):
    """The words of a language.

    ``phrases`` maps keys to patterns in the notation of ``patterns``; the head of a key names its
    family in ``grammar``, the rest says which of it. ``macros`` are parts that several share.
    ``bare`` gives the word without the pronouns that cling to it; None for a word with none.
    ``tells`` matches the beginning of what tells something and asks for nothing.
    """

    tag: str
    numbers: Callable[[], Mapping[str, Fraction]]
    macros: Mapping[str, str]
    phrases: Mapping[str, tuple[str, ...]]
    whole_words: bool = True
    bare: Callable[[str], str | None] | None = None
    tells: re.Pattern[str] | None = None
