"""The notation in which the lexica write their patterns, and its translation to ``re``.

    before [about] <T>         a word, perhaps another one, then an item of kind T
    (ready|done|) by {when}    one of two words, or none; {when} is a macro of the lexicon
    ^is <D>                    only at the beginning
    !from <N> to <N>           not behind this word (or these: !from|to); with @ only behind it
    no ... cloud               up to eight words or items, but none of the macro ``stops``; such
                               a pattern is looked for when the names of the home are items
    because ....               anything as far as the next mark of punctuation
    &nobody is in              looked for when the names of the home are items
    not .. over <N>            up to three words, none of ``stops`` or ``small``, and no item

Spaces part words; around what is left out they are left out too. A pattern matches whole words,
but in languages that write none apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tarl.planning.language.line import ITEMS, char_of

_TOKEN = re.compile(r"\s+|<[A-Z]>|[()\[\]|]|[^\s()\[\]|<]+")
_MACRO = re.compile(r"\{(\w+)\}")
_MACRO_DEPTH_MAX = 8
GAP = "..."
LATE = "&"
REST = "...."
_BEHIND = re.compile(r"([!@])([^<(\[]+?) (?=[<(\[])")
_CLINGS = re.compile(r"(?:\(\?:|^|\|)(?:\\?[',.;:%°/])")
"""What may stand without a space behind a word: a contraction, punctuation."""
_ELIDED = re.compile(r"'(?:\||\)|$)")
"""What a word may follow without a space: qu', l'."""


def compiled(pattern: str, macros: Mapping[str, str], *, whole_words: bool) -> re.Pattern[str]:
    """The regular expression of a pattern.

    Raises:
        ValueError: It is none in this notation.
    """
    for _ in range(_MACRO_DEPTH_MAX):
        pattern = _MACRO.sub(lambda found: f"({macros[found[1]]})", pattern)
    before = ""
    pattern = pattern.removeprefix(LATE)
    if pattern.startswith("^"):
        before, pattern = rf"\A[^\w{ITEMS}]*", pattern[1:]
    if found := _BEHIND.match(pattern):
        sign, space = "!" if found[1] == "!" else "=", " " if whole_words else ""
        behind = [f"(?<{sign}{re.escape(word)}{space})" for word in found[2].split("|")]
        before = "".join(behind) if sign == "!" else f"(?:{'|'.join(behind)})"
        pattern = pattern[found.end() :]
    tokens = _TOKEN.findall(pattern.strip())
    if "".join(tokens) != pattern.strip():
        raise ValueError(f"no notation for a part of {pattern!r}")
    body = _Parser(tokens, _gaps(macros)).pattern()
    if not whole_words:
        return re.compile(before + body)
    # Punctuation has no boundary with the word before it; an item has one with a word behind it.
    return re.compile(rf"{before}(?:(?<!\w)|(?=[^\w{ITEMS}])){body}(?:(?!\w)|(?<=[^\w{ITEMS}]))")


def _gaps(macros: Mapping[str, str]) -> dict[str, str]:
    """Words that do not matter: many of any kind, or few small ones."""
    stops, small = (macros.get(name, "") for name in ("stops", "small"))
    rest = r"(?:[^,;:!?.]|[.:](?=\w))+"
    few = _gap(f"{stops}|{small}" if small else stops, "", 3)
    return {GAP: _gap(stops, ITEMS, 8), REST: rest, "..": few}


def _gap(stops: str, items: str, most: int) -> str:
    word = rf"(?!(?:{stops})\b)[\w'{items}-]+" if stops else rf"[\w'{items}-]+"
    return rf"(?:{word}(?: {word}){{0,{most - 1}}}?)"


class _Parser:
    """A parser by recursive descent over the tokens of one pattern."""

    def __init__(self, tokens: list[str], gaps: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._gaps = gaps

    def pattern(self) -> str:
        """All of the tokens.

        Raises:
            ValueError: They are no pattern, or one that nothing matches.
        """
        regex, _ = self._alternatives()
        if self._peek() is not None or re.fullmatch(regex, ""):
            raise ValueError(f"no pattern: {''.join(self._tokens)!r}")
        return regex

    def _alternatives(self) -> tuple[str, bool]:
        found = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            found.append(self._sequence())
        # Python takes the first alternative that fits: the longest has to be tried first.
        some = sorted((one for one in found if one), key=len, reverse=True)
        return f"(?:{'|'.join(some)})", len(some) < len(found)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _sequence(self) -> str:
        items: list[tuple[str, bool, str]] = []
        space = ""
        while (token := self._peek()) not in (None, "|", ")", "]"):
            assert token is not None
            if token.isspace():
                space = " "
                self._at += 1
                continue
            inner, is_optional = self._item(token)
            if space and (_CLINGS.search(inner) or (items and _ELIDED.search(items[-1][0]))):
                space = " ?"
            items.append((inner, is_optional, space if items else ""))
            space = ""
        return _joined(items)

    def _item(self, token: str) -> tuple[str, bool]:
        self._at += 1
        if token in "([":
            inner, may_be_empty = self._alternatives()
            if self._peek() != (")" if token == "(" else "]"):
                raise ValueError(f"unbalanced: {''.join(self._tokens)!r}")
            self._at += 1
            return inner, token == "[" or may_be_empty
        if token in self._gaps:
            return self._gaps[token], True
        if token.startswith("<"):
            return char_of(token[1]), False
        return re.escape(token), False


def _joined(items: list[tuple[str, bool, str]]) -> str:
    """What may be missing takes its space along: the one behind it before the first word that must
    be there, the one before it after that."""
    regex, begun = "", False
    for at, (inner, is_optional, space) in enumerate(items):
        if not is_optional:
            regex += (space if begun else "") + inner
            begun = True
        elif begun:
            regex += f"(?:{space}{inner})?"
        else:
            behind = items[at + 1][2] if at + 1 < len(items) else ""
            regex += f"(?:{inner}{behind})?"
    return regex
