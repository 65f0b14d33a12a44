"""Policy text: how much of it there may be, its statements and where they stand."""

from __future__ import annotations

import re
from typing import NamedTuple

from tarl.errors import Exceeded, Invalid

TEXT_BYTES_MAX = 256 * 1024
"""A text of thousands of rules; it lies in one event."""

DEPTH_MAX = 24
"""Nested brackets. The engine recurses over them, and a text must not exhaust a thread's stack: 64
are too many for one of 512 KiB. Real policies have less than ten.
"""

OPERATORS_MAX = 256
"""In one policy, for the same reason; 2,000 are too many."""

RULES_MAX = 2_000

CEDAR = "cedar"
LANGUAGES = (CEDAR,)

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|//[^\n]*|[;()\[\]{}]|&&|\|\||[-+*!.]|\b(?:if|has|in|is|like)\b', re.DOTALL
)
_QUOTED = re.compile(r"`([^`]+)`")

_BEFORE_EFFECT = re.compile(
    r"""(?:\s+|//[^\n]*|@\s*\w+\s*(?:\(\s*"(?:[^"\\]|\\.)*"\s*\))?)*""", re.DOTALL
)
"""What stands before ``permit`` or ``forbid``: blanks, comments and annotations."""


class Statement(NamedTuple):
    """One policy of a text: where its first word stands (line and column from 1), and its text."""

    line: int
    column: int
    text: str


def check_language(language: str) -> str:
    """The language, if policies may be written in it.

    Raises:
        Invalid: they may not (``policy.language``).
    """
    if language not in LANGUAGES:
        raise Invalid(
            f"no policy language is named {language!r}",
            code="policy.language",
            next_step=f"one of: {', '.join(LANGUAGES)}",
            language=language,
        )
    return language


def read_text(data: bytes, origin: str) -> str:
    """The policy text of a file.

    Raises:
        Exceeded: too large (``policy.too_large``).
        Invalid: not UTF-8 (``policy.encoding``), naming the place.
    """
    if len(data) > TEXT_BYTES_MAX:
        raise Exceeded(
            f"{origin} has more bytes than the {TEXT_BYTES_MAX} that a policy has at most",
            code="policy.too_large",
            next_step="register it as several policies",
            size_bytes_max=TEXT_BYTES_MAX,
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(
            f"{origin}, line {line}: byte {error.start} is not UTF-8",
            code="policy.encoding",
            next_step="save the file as UTF-8",
            line=line,
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise Invalid(f"{origin}, line {line}: a NUL character", code="policy.encoding", line=line)
    return text.replace("\r\n", "\n")


def statements(text: str) -> list[Statement]:
    """The policies of a text in its order, each up to its semicolon; what follows the last one is
    a statement too, unless it is blank.

    Raises:
        Exceeded: a policy is nested too deeply or too long (``policy.too_deep``), or there are too
            many (``policy.too_many_rules``).
    """
    found: list[Statement] = []
    start = depth = operators = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(0, depth - 1)
        elif mark == ";":
            _add(found, text, start, token.end())
            start, depth, operators = token.end(), 0, 0
        elif mark[0] not in '"/':
            operators += 1
        if depth > DEPTH_MAX or operators > OPERATORS_MAX:
            line, _ = _place(text, token.start())
            raise Exceeded(
                f"line {line}: a policy has more than {DEPTH_MAX} nested brackets or more than"
                f" {OPERATORS_MAX} operators",
                code="policy.too_deep",
                next_step="write it as several policies",
                line=line,
            )
    _add(found, text, start, len(text))
    if len(found) > RULES_MAX:
        raise Exceeded(
            f"the text has {len(found)} policies; the limit is {RULES_MAX}",
            code="policy.too_many_rules",
            next_step="register it as several policies",
        )
    return found


def as_forbid(text: str) -> str:
    """A rule's text with its effect changed to ``forbid``: the same head and conditions."""
    before = _BEFORE_EFFECT.match(text)
    start = 0 if before is None else before.end()
    return text[:start] + "forbid" + text[start + len("forbid") :]  # as long as "permit"


def place_in(statement: Statement, message: str) -> tuple[int, int]:
    """Where in a text the thing stands that a message about a statement quotes; else its
    beginning.
    """
    for quoted in _QUOTED.findall(message):
        literal = re.search(r'"([^"]*)"\Z', quoted)
        for word in (quoted, literal[0] if literal else "", quoted.rpartition(".")[2]):
            at = _position(statement.text, word)
            if at >= 0:
                line, column = _place(statement.text, at)
                first = statement.column if line == 1 else 1
                return statement.line + line - 1, first + column - 1
    return statement.line, statement.column


def _position(text: str, word: str) -> int:
    """Where a word stands, outside of comments and not within a longer name; -1 if nowhere."""
    if not word:
        return -1
    pattern = r"(?<![A-Za-z0-9_])" + re.escape(word) + r"(?![A-Za-z0-9_])"
    for found in re.finditer(pattern if word[0] != '"' else re.escape(word), text):
        before = text.rfind("\n", 0, found.start()) + 1
        comment = text.find("//", before, found.start())
        if comment < 0:
            return found.start()
    return -1


def _add(found: list[Statement], text: str, start: int, end: int) -> None:
    """A statement of that range, from its first word on: not blanks and comments before it."""
    blank = re.compile(r"(?:\s+|//[^\n]*)*").match(text, start)
    first = start if blank is None else min(blank.end(), end)
    if first < end:
        line, column = _place(text, first)
        found.append(Statement(line, column, text[first:end]))


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
