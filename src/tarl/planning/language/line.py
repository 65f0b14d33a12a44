"""A sentence as a line of characters that rules rewrite, each with the place where it was said.

1. A character stands for a span of the sentence; spans lie in order and do not overlap, so what a
   rule replaces is said by the words from the first to the last.
2. What a rule understood is one character of the private use area, its *kind*, with a value; such
   characters in a sentence itself are taken out while reading, so nobody can say them.
3. Reading folds case, width, composition, quotes and spaces; the spans keep the sentence as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from tarl.errors import Invalid
from tarl.planning.task import SENTENCE_CHARS_MAX, Said

_KINDS_FROM = 0xE000
ITEMS = "\ue000-\ue07f"
"""The characters of all kinds, as a part of a regular expression's set."""
PASSES_MAX = 4
"""What loses its place to a longer match may match beside it; more than so often nobody nests."""
UNREADABLE = "\ufffd"
"""Stands for what nobody can read; it counts as a word."""
_SAME = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "。": ".",
        "、": ",",
    }
)
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class Item(NamedTuple):
    """What a character of a line stands for."""

    start: int
    end: int
    value: Any = None


class Line(NamedTuple):
    """A sentence, partly understood: as many items as characters."""

    text: str
    items: tuple[Item, ...]

    def said(self, start: int, end: int) -> tuple[int, int]:
        """The span of the sentence behind the characters from ``start`` to ``end``."""
        return self.items[start].start, self.items[end - 1].end

    def part(self, start: int, end: int) -> Line:
        """The characters from ``start`` to ``end``."""
        return Line(self.text[start:end], self.items[start:end])


class Found(NamedTuple):
    """Where a pattern matched a line."""

    line: Line
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters."""
        return self.line.text[self.start : self.end]

    @property
    def span(self) -> tuple[int, int]:
        """Where in the sentence."""
        return self.line.said(self.start, self.end)

    def of(self, *kinds: str) -> list[Any]:
        """The values of the items of these kinds, in order."""
        wanted = {char_of(kind) for kind in kinds}
        return [
            self.line.items[at].value
            for at in range(self.start, self.end)
            if self.line.text[at] in wanted
        ]


class Finds(Protocol):
    """What is looked for: a regular expression, or what does as one."""

    def finditer(self, text: str, /) -> Iterator[re.Match[str]]: ...


class Rule(NamedTuple):
    """A pattern, the kind of what it makes, and how; what makes None is no match."""

    kind: str
    pattern: Finds
    make: Callable[[Found], Any]


def char_of(kind: str) -> str:
    """The character of a kind (``N``, ``T``): a capital letter's own."""
    return chr(_KINDS_FROM + ord(kind))


def kind_of(char: str) -> str | None:
    """The kind that a character stands for; None for a character as it was said."""
    code = ord(char) - _KINDS_FROM
    return chr(code) if 0 < code < 128 else None


def said_of(sentence: str, span: tuple[int, int], confidence: float = 1.0) -> Said:
    """A span with its words."""
    return Said(span[0], span[1], sentence[span[0] : span[1]], confidence)


def read(sentence: str) -> Line:
    """The line of a sentence.

    Raises:
        Invalid: ``sentence.empty``, ``sentence.too_long``, ``sentence.characters``.
    """
    _refuse(sentence)
    text: list[str] = []
    items: list[Item] = []
    for start, end in _clusters(sentence):
        for char in _folded(sentence[start:end]):
            if char == " " and (not text or text[-1] == " "):
                continue
            if text and text[-1] == " " and is_ideograph(char):
                text.pop()
                items.pop()
            if char == " " and is_ideograph(text[-1]):
                continue
            text.append(char)
            items.append(Item(start, end))
    if not "".join(text).strip():
        raise _empty()
    return Line("".join(text), tuple(items))


def bared(line: Line, bare: Callable[[str], str | None]) -> Line:
    """The line with each word as ``bare`` gives it; what it left out belongs to its end."""
    text, items, at = "", list[Item](), 0
    for found in _WORD.finditer(line.text):
        word = bare(found[0])
        if word is None or len(word) >= len(found[0]):
            continue
        last = found.start() + len(word) - 1
        text += line.text[at : found.start()] + word
        items += line.items[at:last]
        items.append(Item(line.items[last].start, line.items[found.end() - 1].end))
        at = found.end()
    return Line(text + line.text[at:], (*items, *line.items[at:]))


def is_ideograph(char: str) -> bool:
    """Whether it is written without spaces beside it."""
    return _IDEOGRAPH.match(char) is not None


def _refuse(sentence: str) -> None:
    if len(sentence) > SENTENCE_CHARS_MAX:
        raise Invalid(
            f"a sentence has at most {SENTENCE_CHARS_MAX} characters",
            code="sentence.too_long",
            next_step="say it shorter, or in several sentences",
            length=len(sentence),
        )
    if not sentence.strip():
        raise _empty()
    for at, char in enumerate(sentence):
        odd = char in _BIDIRECTIONAL or (ord(char) < 32 and char not in "\t\n\r")
        if odd or 0xD800 <= ord(char) <= 0xDFFF or ord(char) == 127:
            raise Invalid(
                "the sentence holds a character that hides how it reads",
                code="sentence.characters",
                next_step="leave out control characters and changes of direction",
                at=at,
                character=f"U+{ord(char):04X}",
            )


def _empty() -> Invalid:
    return Invalid(
        "the sentence is empty",
        code="sentence.empty",
        next_step="say what is wanted, like `run the dishwasher before 7 am`",
    )


def _clusters(sentence: str) -> Iterator[tuple[int, int]]:
    """A character with the marks that combine with it."""
    start = 0
    for at in range(1, len(sentence) + 1):
        if at == len(sentence) or not unicodedata.combining(sentence[at]):
            yield start, at
            start = at


def _folded(cluster: str) -> Iterator[str]:
    for char in unicodedata.normalize("NFKC", cluster.translate(_SAME)).lower():
        category = unicodedata.category(char)
        if char.isspace():
            yield " "
        elif category == "Co" or category == "Cn":
            yield UNREADABLE
        elif category != "Cf":
            yield char


def rewrite(line: Line, rules: Sequence[Rule]) -> Line:
    """The line with what the rules matched in it, the longest match first, replaced."""
    for _ in range(PASSES_MAX):
        line, is_done = _rewritten(line, rules)
        if is_done:
            break
    return line


def _rewritten(line: Line, rules: Sequence[Rule]) -> tuple[Line, bool]:
    """One pass, and whether no match lost its place to a longer one."""
    matches: list[tuple[int, int, int, Rule]] = []
    text = line.text
    for order, rule in enumerate(rules):
        for match in rule.pattern.finditer(text):
            start, end = match.span()
            if end > start:
                matches.append((start - end, start, order, rule))
    made: list[tuple[int, int, str, Item]] = []
    taken = bytearray(len(line.text))
    is_done = True
    for minus_length, start, _, rule in sorted(matches, key=lambda match: match[:3]):
        end = start - minus_length
        if any(taken[start:end]):
            is_done = False
            continue
        found = Found(line, start, end)
        value = rule.make(found)
        if value is not None:
            taken[start:end] = b"\x01" * (end - start)
            made.append((start, end, rule.kind, Item(*found.span, value)))
    if not made:
        return line, True
    return _replaced(line, sorted(made, key=lambda one: one[0])), is_done


def _replaced(line: Line, made: Sequence[tuple[int, int, str, Item]]) -> Line:
    text: list[str] = []
    items: list[Item] = []
    at = 0
    for start, end, kind, item in made:
        text.append(line.text[at:start] + char_of(kind))
        items.extend((*line.items[at:start], item))
        at = end
    text.append(line.text[at:])
    items.extend(line.items[at:])
    return Line("".join(text), tuple(items))


_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*")


def words_in(text: str) -> int:
    """How many words a text has."""
    apart = _IDEOGRAPH.sub(" ", text)
    return len(_WORD.findall(apart)) + len(_IDEOGRAPH.findall(text)) + text.count(UNREADABLE)
