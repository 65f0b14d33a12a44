"""What a sentence states of things that are none of the home: why something is wanted.

``Heat the lounge, my fingers are numb``: nothing of such a statement is asked for, but its words
stay unread. What it says of a time can still be meant by ``by then``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tarl.planning.language.line import ITEMS, UNREADABLE, Item, Line, char_of, kind_of
from tarl.planning.language.segments import Part, drafts_of
from tarl.planning.language.tellings import TIMES
from tarl.planning.language.values import Draft, Told

_HOW = "".join(
    rf"(?<!\b{word})"
    for word in ("is", "are", "was", "were", "be", "been", "not", "has", "have", "had", "and", "or")
)
_BREAK = re.compile(
    rf"[,;:!?]| - |\.(?!\w)|(?<!'s)(?<!'re){_HOW} so (?!(?:that|much|many|far|long|few|as|to)\b)"
)
"""What parts statements from the rest: punctuation, and ``so`` where it says no degree."""
_WORD = re.compile(r"[^\W\d_]+")
_JOINING = (
    "as|which|whichever|whatever|what|who|whoever|that|if|when|whenever|where|wherever|while|whilst"
    "|once|until|till|unless|after|before|because|since|provided|providing|assuming|suppose"
    "|supposing|say|imagine|given|so|how|why|whether|than|long|soon|only|not|never|it|there|i|we"
    "|you|they"
)
_SUBJECT: dict[str, str] = {
    "en": r"(?:(?:the|my|our|his|her|their|your|this|these|those|some|all) )?"
    rf"(?P<subject>(?!(?:{_JOINING})\b)[a-z][a-z'-]*"
    rf"(?: (?!(?:{_JOINING}|is|are|was|were|has|have|had)\b)[a-z][a-z'-]*){{0,3}}?)"
    r"(?: (?:is|are|was|were|has|have|had)|'s|'re)(?! (?:to|got to|for|at|by|not to)\b) (?=\S)",
}
"""By language, how a statement begins: with what it is about, and that this is so."""


def without_statements(line: Line, after: Line, language: str) -> Line:
    """The line without what is only stated; ``after`` is the line with its small words read."""
    if language not in _SUBJECT:
        return line
    unread = {
        item.start
        for char, item in zip(after.text, after.items, strict=True)
        if kind_of(char) is None
    }
    parts = list(_parts(line.text))
    stated = [part for part in parts if _is_stated(line, *part, unread, language)]
    if not stated or len(stated) == len(parts):
        return line
    for start, end in reversed(stated):
        line = _told(line, start, end, unread)
    return line


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Where the parts of a line begin and end that punctuation parts."""
    start = 0
    for found in _BREAK.finditer(text):
        if text[start : found.start()].strip():
            yield start, found.start()
        start = found.end()
    if text[start:].strip():
        yield start, len(text)


def _is_stated(line: Line, start: int, end: int, unread: set[int], language: str) -> bool:
    start += len(line.text[start:end]) - len(line.text[start:end].lstrip())
    found = re.compile(_SUBJECT[language]).match(line.text, start, end)
    if found is None:
        return False
    words = _WORD.finditer(line.text, *found.span("subject"))
    return any(line.items[word.start()].start in unread for word in words) and not re.search(
        f"[{ITEMS}]", found[0]
    )


def _told(line: Line, start: int, end: int, unread: set[int]) -> Line:
    """The line where nothing from ``start`` to ``end`` is asked for."""
    text, items = " ", [Item(*line.said(start, end))]
    for found in re.finditer(rf"[{ITEMS}]|[^\s{ITEMS}]+", line.text[start:end]):
        at = start + found.start()
        item = Item(*line.said(at, start + found.end()))
        drafts = _drafts_at(line, at)
        if drafts and all(one.type in TIMES for one in drafts):
            item = item._replace(value=Told(drafts[-1]))
        text += UNREADABLE if item.start in unread else char_of("f")
        items.append(item)
    return Line(
        line.text[:start] + text + line.text[end:],
        (*line.items[:start], *items, *line.items[end:]),
    )


def _drafts_at(line: Line, at: int) -> tuple[Draft, ...]:
    return drafts_of(Part(kind_of(line.text[at]) or "", at, at + 1, line.items[at].value))
