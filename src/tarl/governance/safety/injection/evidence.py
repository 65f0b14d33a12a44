"""What speaks for and against an order hidden in a text, as a row of numbers.

The three linear heads give a score for each piece; this module sets them beside each other: the
strongest piece against the rest, its place, how foreign its words are, the shape of the whole.
``NAMES`` and the order of numbers belong to the weights: they change together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log1p
from typing import Final, NamedTuple

from tarl.governance.safety.injection.features import Read
from tarl.governance.safety.injection.folding import Folded
from tarl.governance.safety.injection.lexicon import lexicon

LINK: Final = re.compile(r"https?:|www\.|\S@\S+\.\w|\b\w+\.(?:com|net|org|io|xyz|ru)\b")
ABOUT_TEXT: Final = re.compile(
    r"\b(?:this|following|below|above|given|passage|paragraph|article|table|it)\b"
    r"|folgend|diesen|suivant|siguiente|以下|下面|这"
)
QUESTION: Final = re.compile(r"[?？؟]\s*$")
CODE: Final = re.compile(r"[;{}]\s*$|^\s*(?:def |import |#include|class |return |>>>|\$ )|\w\(.*\)")
CELLS: Final = re.compile(r"\||\t|;.*;|,\S.*,\S")
HEAD: Final = re.compile(r"^(?:from|to|subject|date|received|cc)\s*:|subject:", re.MULTILINE)
FOREIGN_MIN: Final = 4
SAMPLE: Final = 4_000
QUOTES: Final = re.compile(r"[\"“«‘`][^\"”»’`]{3,160}[\"”»’`]")
ASKS: Final = re.compile(
    r"\W*(?:how|what|why|when|where|who|which|is|are|does|do|did|can i|should|could i"
    r"|wie|warum|was|wo|wann|comment|pourquoi|como|por que|cual|quel|как|почему|что)\b"
)
CAMEL: Final = re.compile(r"[a-z][A-Z]|\w[\\{}<>*$^~]{2}|[)\]}]\w")
SCRIPTS: Final = {
    0x04: 1,
    0x06: 2,
    0x09: 3,
    0x0E: 4,
    0x30: 5,
    0xAC: 6,
    0x03: 7,
    0x05: 8,
} | dict.fromkeys(range(0x4E, 0xA0), 5)
PAIRS: Final = (
    ("override", "rule"), ("override", "prior"), ("prior", "rule"), ("reveal", "promptnoun"),
    ("reveal", "secret"), ("persona", "unlimited"), ("persona", "persona"), ("you", "unlimited"),
    ("sayonly", "output"), ("must", "refusal"), ("unlimited", "refusal"), ("toai", "must"),
    ("edit", "toai"), ("send", "secret"), ("newtask", "reveal"), ("you", "must"),
    ("harm", "learn"), ("learn", "harm"), ("reveal", "harm"),
)  # fmt: skip
ALONE: Final = (
    "override", "newtask", "persona", "unlimited", "refusal", "promptnoun", "secret", "sayonly",
    "toai", "send", "authority", "urgent", "hide", "exec", "harm", "fiction", "marker", "edit",
    "learn", "must",
)  # fmt: skip
NAMES: Final = (
    "whole", "a.max", "a.second", "a.mean", "a.first", "a.last", "i.max", "i.mean", "i.contrast",
    "i.strongest", "joint", "joint.rest", "pieces", "length", "strongest.length", "place",
    "cells", "code", "head", "markup", "hidden", "lookalikes", "styled", "leet", "spread",
    "capitals", "digits", "punctuation", "foreign.letters", "question", "i.question", "known.words",
    "link", "about.text", "quoted", "asks.first", "camel", "scripts", "concepts",
    "concepts.share", "decoded", "channel",
    *(f"pair.{one}.{two}" for one, two in PAIRS), *(f"has.{name}" for name in ALONE),
    *(f"top.{name}" for name in ALONE),
)  # fmt: skip


class Scored(NamedTuple):
    """A piece with what the heads say of it."""

    read: Read
    attack: float
    order: float


def evidence(
    original: str, folded: Folded, scored: Sequence[Scored], *, whole: float, decoded: bool,
    channel: bool,
) -> list[float]:  # fmt: skip
    """The numbers that ``NAMES`` names."""
    strongest = max(range(len(scored)), key=lambda at: scored[at].attack + 0.5 * scored[at].order)
    top = scored[strongest]
    part = folded.text[top.read.piece.start : top.read.piece.end]
    return [
        whole,
        *_scores(scored, strongest),
        log1p(len(scored)),
        log1p(len(folded.text)),
        log1p(len(part)),
        strongest / max(1, len(scored) - 1),
        *_shape(folded, scored),
        *_letters(original, folded),
        float(bool(QUESTION.search(folded.text))),
        float(bool(QUESTION.search(part))),
        _known(scored, strongest),
        float(bool(LINK.search(part))),
        float(bool(ABOUT_TEXT.search(part))),
        _quoted(folded, top),
        float(bool(ASKS.match(folded.text))),
        len(CAMEL.findall(original[:SAMPLE])) / max(1, len(original[:SAMPLE])),
        float(len({SCRIPTS[ord(c) >> 8] for c in original[:SAMPLE] if ord(c) >> 8 in SCRIPTS})),
        *_concepts(scored, top),
        float(decoded),
        float(channel),
        *_intents(scored, top),
    ]


def _scores(scored: Sequence[Scored], strongest: int) -> list[float]:
    attacks = sorted((s.attack for s in scored), reverse=True)
    orders = [s.order for s in scored]
    rest = [s for at, s in enumerate(scored) if at != strongest]
    mean = sum(orders) / len(orders)
    others = sum(s.order for s in rest) / len(rest) if rest else 0.0
    top = scored[strongest]
    return [
        attacks[0],
        attacks[1] if len(attacks) > 1 else -4.0,
        sum(attacks) / len(attacks),
        scored[0].attack,
        scored[-1].attack,
        max(orders),
        mean,
        max(orders) - others if rest else 0.0,
        top.order,
        top.attack + 0.5 * top.order,
        max((s.attack + 0.5 * s.order for s in rest), default=-4.0),
    ]


def _shape(folded: Folded, scored: Sequence[Scored]) -> list[float]:
    parts = [folded.text[s.read.piece.start : s.read.piece.end] for s in scored]
    count = len(parts)
    return [
        sum(bool(CELLS.search(part)) for part in parts) / count,
        sum(bool(CODE.search(part)) for part in parts) / count,
        float(bool(HEAD.search(folded.text))),
        log1p(folded.text.count("<") + folded.text.count('":')),
    ]


def _letters(original: str, folded: Folded) -> list[float]:
    sample = original[:SAMPLE]
    size = max(1, len(sample))
    letters = max(1, sum(map(str.isalpha, sample)))
    return [
        log1p(folded.hidden),
        log1p(folded.lookalikes),
        log1p(folded.styled),
        log1p(folded.leet),
        log1p(folded.spread),
        sum(map(str.isupper, sample)) / letters,
        sum(map(str.isdigit, sample)) / size,
        sum(1 for c in sample if not (c.isalnum() or c.isspace())) / size,
        sum(1 for c in sample if c > "\x7f") / size,
    ]


def _quoted(folded: Folded, top: Scored) -> float:
    """The share of the strongest piece's concepts that stand within quotes."""
    hits = top.read.hits
    if not hits:
        return 0.0
    piece = top.read.piece
    quotes = [m.span() for m in QUOTES.finditer(folded.text, piece.start, piece.end)]
    inside = sum(any(a < hit.start < b for a, b in quotes) for hit in hits)
    return inside / len(hits)


def _known(scored: Sequence[Scored], strongest: int) -> float:
    """The share of the strongest piece's words that the rest of the text has too."""
    words = {w for w in scored[strongest].read.words if len(w) >= FOREIGN_MIN}
    if not words or len(scored) == 1:
        return -1.0
    rest = {w for at, s in enumerate(scored) if at != strongest for w in s.read.words}
    return len(words & rest) / len(words)


def _concepts(scored: Sequence[Scored], top: Scored) -> list[float]:
    everywhere = {hit.concept for s in scored for hit in s.read.hits}
    words = sum(len(s.read.words) for s in scored)
    here = {hit.concept for hit in top.read.hits}
    return [float(len(here)), len(everywhere) / log1p(words + 1)]


def _intents(scored: Sequence[Scored], top: Scored) -> list[float]:
    names = lexicon().names
    count = len(names)
    index = {name: at for at, name in enumerate(names)}
    union: set[int] = set()
    for s in scored:
        union |= s.read.intents
    found: list[float] = []
    for one, two in PAIRS:
        pair = 2 * count + index[one] * count + index[two]
        found.append(2.0 if pair in union else float(pair + count * count in union))
    found.extend(
        float(index[name] in union) + float(count + index[name] in union) for name in ALONE
    )
    found.extend(float(index[name] in top.read.intents) for name in ALONE)
    return found
