"""The classes of what is sensitive, and what is found of them in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from tarl.errors import Invalid
from tarl.governance.safety.sensitive import national, personal, secrets
from tarl.governance.safety.sensitive.normal import normal

FINDERS: dict[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    "private_key": secrets.private_keys,
    "jwt": secrets.jwts,
    "api_key": secrets.api_keys,
    "password": secrets.passwords,
    "email": personal.emails,
    "iban": personal.ibans,
    "card": personal.cards,
    "national_id": national.national_ids,
    "phone": personal.phones,
}
"""Finders by class; where two find the same place, it is of the one that stands first."""

DIGITS = frozenset({"iban", "card", "national_id", "phone"})
"""Classes of which every value has a digit near each of its characters: they are looked for around
digits alone.
"""

AROUND_CHARS = 64
"""More than lies between a digit of such a value and its end, or the word that says what it is."""

_NUMBERS = re.compile(r"\d+")

GROUPS: dict[str, tuple[str, ...]] = {
    "secrets": ("private_key", "jwt", "api_key", "password"),
    "personal": ("email", "iban", "card", "national_id", "phone"),
    "all": tuple(FINDERS),
}


class Finding(NamedTuple):
    """Something sensitive: where in the text it stands, of which class, and how it reads."""

    start: int
    end: int
    kind: str
    value: str


def expand(classes: Iterable[str]) -> frozenset[str]:
    """Classes, with groups as the classes in them.

    Raises:
        Invalid: one that is neither, or none at all (``safety.class``).
    """
    found: set[str] = set()
    for name in classes:
        if name not in FINDERS and name not in GROUPS:
            raise _unknown(name)
        found.update(GROUPS.get(name, (name,)))
    if not found:
        raise _unknown("")
    return frozenset(found)


def find(text: str, classes: Collection[str] = FINDERS.keys()) -> list[Finding]:
    """What is sensitive in a text, in its order; nothing overlaps."""
    if not text:
        return []
    read = normal(text)
    whole = ((0, len(read.text)),)
    near = list(_around_digits(read.text)) if DIGITS.intersection(classes) else ()
    spans = [
        (begin + start, begin + end, rank, kind)
        for rank, (kind, finder) in enumerate(FINDERS.items())
        if kind in classes
        for begin, stop in (near if kind in DIGITS else whole)
        for start, end in finder(read.text[begin:stop])
    ]
    if not spans:
        return []
    return [
        Finding(*read.span(start, end), kind, read.text[start:end])
        for start, end, kind in _apart(spans)
    ]


def _around_digits(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text that lie around its digits, in order."""
    begin, stop = 0, 0
    for found in _NUMBERS.finditer(text):
        near = max(0, found.start() - AROUND_CHARS)
        if stop and near > stop:
            yield begin, stop
            stop = 0
        begin = begin if stop else near
        stop = min(len(text), found.end() + AROUND_CHARS)
    if stop:
        yield begin, stop


def _apart(spans: list[tuple[int, int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Spans that overlap as one, of the class that stands first among them."""
    spans.sort()
    start, end, rank, kind = spans[0]
    for span in spans[1:]:
        if span[0] < end:
            end = max(end, span[1])
            rank, kind = min((rank, kind), (span[2], span[3]))
        else:
            yield start, end, kind
            start, end, rank, kind = span
    yield start, end, kind


def _unknown(name: str) -> Invalid:
    return Invalid(
        f"no class of sensitive values is called {name[:80]!r}",
        code="safety.class",
        next_step=f"one of {', '.join((*FINDERS, *GROUPS))}",
    )
