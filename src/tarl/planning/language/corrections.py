"""What a speaker takes back: ``by seven, no, make that eight``.

1. What is said behind the words of a correction replaces the nearest thing of its kind before them,
   with all that stands between; what stands between stays where nothing else is said behind them:
   ``the kitchen light off, sorry, the bedroom light``.
2. Where nothing of its kind stands near before them, nothing is taken back.
3. ``I mean`` may stand behind what it puts in, where nothing more is said.
4. ``No, forget that`` takes back all that was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tarl.planning.language.line import ITEMS, Line, Rule, kind_of

ALL = "K"
"""The kind of the words that take back everything."""
BEHIND = "b"
"""The kind of the words that stand behind what they put in: ``at ten... eleven, I mean``."""
BACK_CHARS_MAX = 60
"""So far before the correction what is corrected stands at most."""
_ALIKE = {"N": "NTHQMWVU", "T": "TN", "H": "HN", "Q": "QN"}
"""Kinds that a kind may replace; a kind that is not named replaces its own."""
_MENDED = frozenset("NTHQMWVUADPR")
_WORD = rf"[^\W\d{ITEMS}]+"
_LEAD = re.compile(
    rf"[ ,]*(?:[\u3400-\u9fff]{{1,4}}(?=[{ITEMS}])|(?:{_WORD}(?:'{_WORD})? ){{0,4}}(?:\w')?)"
)
"""What stands between the correction and what it puts in: ``make that``, ``at``, ``in the``."""
_ORDERS = re.compile(
    r"\b(?:open|close|shut|lock|unlock|turn|switch|öffne|schließ\w*|sperr\w*|mach|schalte?|ouvre|ferme"
    r"|verrouille|déverrouille|allume|éteins|abre|abr\w+|cierra|ciérr\w+|bloquea|desbloquea|enciende"
    r"|encién\w+|apaga|apág\w+)\b|[开关锁]",
    re.IGNORECASE,
)
"""What is ordered anew behind a correction: more than a time or a place of it is put in."""
_ENDS = re.compile(r"[前后之以]{0,2}[ .!?]*\Z")
"""Nothing more is said, but perhaps, as before, ``before`` or ``after``."""


def corrected(line: Line, rules: Sequence[Rule]) -> Line:
    """The line without what its speaker took back."""
    for rule in rules:
        for match in reversed(list(rule.pattern.finditer(line.text))):
            if rule.kind == BEHIND:
                line = _mended_before(line, match.start(), match.end())
            elif rule.kind != ALL:
                line = _mended(line, match.start(), match.end())
            elif match.start():
                return line.part(match.end(), len(line.text))
    return line


_BREAK = re.compile(
    rf"(?P<kept>[^,.;…-]{{0,30}}?) ?[,.;…-]+ ?(?:(?:{_WORD}|\w'|[㐀-鿿]) ?){{0,3}}\Z"
)
"""What parts what is taken back from what is put in its place: ``... at``."""


def _mended_before(line: Line, start: int, end: int) -> Line:
    """The line, where the last thing before the words of a correction replaces the nearest one of
    its kind."""
    at = start - 1
    kind = kind_of(line.text[at]) if at > 0 else None
    if kind is None or kind not in _MENDED:
        return line
    alike = _ALIKE.get(kind, kind)
    for before in range(at - 1, max(-1, at - 1 - BACK_CHARS_MAX), -1):
        if (kind_of(line.text[before]) or " ") in alike:
            found = _BREAK.match(line.text[before + 1 : at])
            if found is None:
                return line
            kept = slice(before + 1, before + 1 + found.end("kept"))
            return Line(
                line.text[:before] + line.text[at] + line.text[kept] + line.text[end:],
                (*line.items[:before], line.items[at], *line.items[kept], *line.items[end:]),
            )
    return line


def _mended(line: Line, start: int, end: int) -> Line:
    lead = _LEAD.match(line.text, end)
    at = lead.end() if lead else end
    kind = kind_of(line.text[at]) if at < len(line.text) else None
    if kind is None or kind not in _MENDED or _ORDERS.search(line.text, end, at):
        return line
    alike = _ALIKE.get(kind, kind)
    for before in range(start - 1, max(-1, start - 1 - BACK_CHARS_MAX), -1):
        if (kind_of(line.text[before]) or " ") in alike:
            if _ENDS.match(line.text, at + 1):
                kept = slice(before + 1, start)
                rest = slice(len(line.text) if line.text[kept].strip() else at + 1, None)
                text = line.text[:before] + line.text[at] + line.text[kept] + line.text[rest]
                items = (*line.items[:before], line.items[at], *line.items[kept])
                return Line(text, (*items, *line.items[rest]))
            return Line(
                line.text[:before] + line.text[at:], (*line.items[:before], *line.items[at:])
            )
    return line
