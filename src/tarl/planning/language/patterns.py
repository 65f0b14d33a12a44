"""The notation in which the lexica write their patterns, and its translation to ``re``.

    before [about] <T>         a word, perhaps another one, then an item of kind T
    (ready|done|) by {when}    one of two words, or none; {when} is a macro of the lexicon
    ^is <D>                    only at the beginning
    !from <N> to <N>           not behind this word (or these: !from|to); with @ only behind it
    @need_<D> (when) <T>       what it stands behind may end with an item, tied to its word
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
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tarl.planning.language.line import ITEMS, char_of

_TOKEN = re.compile(r"\s+|<[A-Z]>|\{\w+\}|[()\[\]|]|[^\s()\[\]|<{]+")
GAP = "..."
LATE = "&"
REST = "...."
_BEHIND = re.compile(r"([!@])((?:[^<(\[{]|_<[A-Z]>)+?) (?=[<(\[{])")
_CLINGS = re.compile(r"(?:\(\?:|^|\|)(?:\\?[',.;:%°/?!-])")
"""What may stand without a space behind a word: a contraction, punctuation."""
_ELIDED = re.compile(r"(?:'|\\-)(?:\||\)|$)")
"""What a word may follow without a space: qu', l', 2-5 pm."""


WORDS_MAX = 16
"""A pattern that needs one of more words than these is simply tried."""


class Pattern:
    """A regular expression that is compiled when a text first has one of the words that all its
    matches have: of the thousands of a grammar, few are ever tried on one sentence.

    Attributes:
        pattern: The expression.
        words: Each match holds one of these; it is not known which where there are none.
    """

    __slots__ = ("_regex", "pattern", "words")

    def __init__(self, pattern: str, words: frozenset[str]) -> None:
        self.pattern = pattern
        self.words = tuple(sorted(words))
        self._regex: re.Pattern[str] | None = None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """See ``re.Pattern.finditer``."""
        if self.words:
            for word in self.words:
                if word in text:
                    break
            else:
                return iter(())
        return self.regex.finditer(text)

    @property
    def regex(self) -> re.Pattern[str]:
        """The expression, compiled."""
        if self._regex is None:
            self._regex = re.compile(self.pattern)
        return self._regex


_ANY: frozenset[str] = frozenset()
"""No word is known to be needed."""


class _Piece(NamedTuple):
    """A part of a pattern: whether it may be left out, whether it may match nothing at all, and the
    words of which each of its matches has one.
    """

    regex: str
    is_optional: bool
    may_be_empty: bool
    words: frozenset[str]


def _literal(text: str) -> str:
    """The expression of words and items as they stand."""
    parts = re.split(r"(<[A-Z]>)", text.replace("_<", " <"))
    return "".join(char_of(part[1]) if part[:1] == "<" else re.escape(part) for part in parts)


class Notation:
    """The notation of one lexicon.

    Args:
        macros: What stands for ``{name}``.
        whole_words: Whether spaces part the words of the language.
    """

    def __init__(self, macros: Mapping[str, str], *, whole_words: bool) -> None:
        self._macros = macros
        self._whole_words = whole_words
        self._pieces: dict[str, _Piece] = _gaps(macros)

    def pattern(self, text: str) -> Pattern:
        """The pattern that is written so.

        Raises:
            ValueError: It is none in this notation.
        """
        before = ""
        text = text.removeprefix(LATE)
        if text.startswith("^"):
            before, text = rf"\A[^\w{ITEMS}]*", text[1:]
        if found := _BEHIND.match(text):
            sign, space = "!" if found[1] == "!" else "=", " " if self._whole_words else ""
            behind = [f"(?<{sign}{_literal(word)}{space})" for word in found[2].split("|")]
            before = "".join(behind) if sign == "!" else f"(?:{'|'.join(behind)})"
            text = text[found.end() :]
        piece = self._parsed(text)
        if piece.is_optional or piece.may_be_empty:
            raise ValueError(f"a pattern that matches what says nothing: {text!r}")
        words = piece.words if len(piece.words) <= WORDS_MAX else _ANY
        if not self._whole_words:
            return Pattern(before + piece.regex, words)
        # Punctuation has no boundary with a word before it; an item has one with a word behind it.
        begin, end = rf"(?:(?<!\w)|(?=[^\w{ITEMS}]))", rf"(?:(?!\w)|(?<=[^\w{ITEMS}]))"
        return Pattern(before + begin + piece.regex + end, words)

    def piece(self, token: str) -> _Piece:
        """What a word, a gap, an item or a macro stands for.

        Raises:
            ValueError: There is no such macro, or it stands for itself.
        """
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._made(token)
        return piece

    def _made(self, token: str) -> _Piece:
        if token.startswith("<"):
            char = char_of(token[1])
            return _Piece(char, False, False, frozenset({char}))
        if not token.startswith("{"):
            return _Piece(re.escape(token), False, False, frozenset({token}))
        macro = self._macros.get(token[1:-1])
        if macro is None or token in macro:
            raise ValueError(f"no macro {token}")
        return self._parsed(macro)

    def _parsed(self, text: str) -> _Piece:
        tokens = _TOKEN.findall(text.strip())
        if "".join(tokens) != text.strip():
            raise ValueError(f"no notation for a part of {text!r}")
        return _Parser(tokens, self).whole()


def _gaps(macros: Mapping[str, str]) -> dict[str, _Piece]:
    """Words that do not matter: many of any kind, or few small ones."""
    stops, small = (macros.get(name, "") for name in ("stops", "small"))
    rest = r"(?:[^,;:!?.]|[.:](?=\w))+"
    few = _gap(f"{stops}|{small}" if small else stops, "", 3)
    regexes = {GAP: _gap(stops, ITEMS, 8), REST: rest, "..": few}
    return {name: _Piece(regex, True, False, _ANY) for name, regex in regexes.items()}


def _gap(stops: str, items: str, most: int) -> str:
    word = rf"(?!(?:{stops})\b)[\w'{items}-]+" if stops else rf"[\w'{items}-]+"
    return rf"(?:{word}(?: {word}){{0,{most - 1}}}?)"


class _Parser:
    """A parser by recursive descent over the tokens of one pattern."""

    def __init__(self, tokens: list[str], notation: Notation) -> None:
        self._tokens = tokens
        self._at = 0
        self._notation = notation

    def whole(self) -> _Piece:
        """All of the tokens.

        Raises:
            ValueError: They are no pattern.
        """
        piece = self._alternatives()
        if self._peek() is not None:
            raise ValueError(f"no pattern: {''.join(self._tokens)!r}")
        return piece

    def _alternatives(self) -> _Piece:
        found = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            found.append(self._sequence())
        # Python takes the first alternative that fits: the longest has to be tried first.
        some = sorted((one for one in found if one.regex), key=_length, reverse=True)
        words = _ANY.union(*(one.words for one in some)) if all(o.words for o in some) else _ANY
        return _Piece(
            f"(?:{'|'.join(one.regex for one in some)})",
            len(some) < len(found),
            any(one.may_be_empty for one in some),
            words,
        )

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _sequence(self) -> _Piece:
        items: list[tuple[_Piece, str]] = []
        space = ""
        while (token := self._peek()) not in (None, "|", ")", "]"):
            assert token is not None
            if token.isspace():
                space = " "
                self._at += 1
                continue
            item = self._item(token)
            if space and (
                _CLINGS.search(item.regex) or (items and _ELIDED.search(items[-1][0].regex))
            ):
                space = " ?"
            items.append((item, space if items else ""))
            space = ""
        needed = [item.words for item, _ in items if item.words and not item.is_optional]
        return _Piece(
            _joined(items),
            False,
            all(item.is_optional or item.may_be_empty for item, _ in items),
            min(needed, key=_how_common) if needed else _ANY,
        )

    def _item(self, token: str) -> _Piece:
        self._at += 1
        if token not in ("(", "["):
            return self._notation.piece(token)
        inner = self._alternatives()
        if self._peek() != (")" if token == "(" else "]"):
            raise ValueError(f"unbalanced: {''.join(self._tokens)!r}")
        self._at += 1
        return inner._replace(is_optional=token == "[" or inner.is_optional)


def _length(piece: _Piece) -> int:
    return len(piece.regex)


def _how_common(words: frozenset[str]) -> tuple[int, int]:
    """The fewer and the longer, the rarer."""
    return len(words), -min(map(len, words))


def _joined(items: Sequence[tuple[_Piece, str]]) -> str:
    """What may be missing takes its space along: the one behind it before the first word that must
    be there, the one before it after that."""
    regex, begun = "", False
    for at, (item, space) in enumerate(items):
        if not item.is_optional:
            regex += (space if begun else "") + item.regex
            begun = True
        elif begun:
            regex += f"(?:{space}{item.regex})?"
        else:
            behind = items[at + 1][1] if at + 1 < len(items) else ""
            regex += f"(?:{item.regex}{behind})?"
    return regex
