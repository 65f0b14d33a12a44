"""Finds prompt injection: text that tries to give an assistant orders that are not its reader's.

Invariants:
1. Pure Python and bounded: a text of ``WHOLE_MAX`` characters is read whole; of a longer one at
   most ``WINDOWS_MAX`` windows, those with most words of intent, the first and the last. Of a
   window at most ``PAYLOADS_MAX`` decoded payloads are read. ``Detection.unread`` counts what was
   not.
2. The same text, channel and weights give the same score.
3. Spans are stretches of the text as given, never of a folded or decoded form.
4. Every view of a text (as it stands, each decoded payload, each window) is scored; the highest
   counts. One that is a bare order to forget what came before is above every threshold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from tarl.errors import Invalid
from tarl.governance.safety.injection.bare import is_bare_order
from tarl.governance.safety.injection.evidence import Scored, evidence
from tarl.governance.safety.injection.features import Read, Reader
from tarl.governance.safety.injection.folding import Folded, fold, without_invisible
from tarl.governance.safety.injection.lexicon import lexicon
from tarl.governance.safety.injection.model import Model, model
from tarl.governance.safety.injection.payloads import Payload, payloads_of
from tarl.governance.safety.injection.pieces import pieces_of

Channel = Literal["user", "tool_output", "document"]
CHANNELS: Final = ("user", "tool_output", "document")
WINDOW: Final = 6_000
WHOLE_MAX: Final = 2 * WINDOW
WINDOWS_MAX: Final = 4
PAYLOADS_MAX: Final = 64
SPANS_MAX: Final = 3
COVERS: Final = 0.6
"""A payload that is this share of a text stands for it: what is encoded is what is said."""
BARE_ABOVE: Final = 0.5
"""How far above the threshold a bare order is at least, in log-odds."""
CHEAP: Final = re.compile(
    r"ignor|disregard|forget|instruct|prompt|system|assistant|pretend|act as|you are|you must"
    r"|reveal|password|secret|respond|answer|reply|send|base64|override|language model|\bai\b"
    r"|urgent|important"
    r"|vergiss|oubli|olvid|ignora|забудь|игнор|忽略|指令|無視|무시|تجاهل|निर्देश",
    re.IGNORECASE,
)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the text that spoke for an attack, why, and how much (log-odds of its head)."""

    start: int
    end: int
    why: str
    weight: float


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """How likely a text is an injection, where, and by which weights."""

    score: float
    flagged: bool
    spans: tuple[Span, ...]
    channel: str
    model: str
    unread: int = 0


class View(NamedTuple):
    """A form of the text to be scored, and the stretch of the original that it came from."""

    text: str
    start: int
    end: int
    decoded: str


class Judged(NamedTuple):
    """A view with its score and pieces."""

    view: View
    raw: float
    folded: Folded
    scored: tuple[Scored, ...]


def detect(text: str, *, channel: Channel = "user") -> Detection:
    """How likely the text tries to give an assistant orders, and where.

    Raises:
        Invalid: The channel is unknown (``injection.channel_unknown``).
    """
    if channel not in CHANNELS:
        raise Invalid(
            f"There is no channel {channel!r}.",
            code="injection.channel_unknown",
            next_step=f"Name one of {', '.join(CHANNELS)}.",
        )
    learned = model()
    views, unread = views_of(text)
    judged = [judge(view, learned, foreign=channel != "user") for view in views]
    if not judged:
        return Detection(
            score=0.0, flagged=False, spans=(), channel=channel, model=learned.digest, unread=unread
        )
    judged = [_with_floor(one, learned.thresholds[channel] + BARE_ABOVE) for one in judged]
    worst = max(judged, key=lambda one: one.raw)
    score = learned.probability(worst.raw)
    flagged = worst.raw >= learned.thresholds[channel]
    return Detection(
        score=score,
        flagged=flagged,
        spans=_spans(worst, flagged),
        channel=channel,
        model=learned.digest,
        unread=unread,
    )


def _with_floor(judged: Judged, raw: float) -> Judged:
    if is_bare_order(judged.folded.text):
        return judged._replace(raw=max(judged.raw, raw))
    return judged


def views_of(text: str) -> tuple[list[View], int]:
    """The forms of a text to be scored, and how many characters none of them covers."""
    views: list[View] = []
    windows = _windows(text)
    unread = len(text) - sum(end - start for start, end in windows)
    for start, end in windows:
        part = text[start:end]
        if not part.strip():
            continue
        found = _payloads(part)
        unread += sum(p.end - p.start for p in found[PAYLOADS_MAX:])
        hidden = [
            View(p.text, start + p.start, start + p.end, p.kind) for p in found[:PAYLOADS_MAX]
        ]
        if not any(view.end - view.start >= COVERS * len(part) for view in hidden):
            views.append(View(part, start, end, ""))
        views.extend(hidden)
    return views, unread


def _payloads(part: str) -> list[Payload]:
    """What a part hides, and what that hides in turn; invisible signs split no code."""
    bare, origins = without_invisible(part)
    found = payloads_of(bare)
    found += [p._replace(text=twice.text) for p in found for twice in payloads_of(p.text)]
    if origins is None:
        return found
    return [p._replace(start=origins[p.start], end=origins[p.end - 1] + 1) for p in found]


def _windows(text: str) -> list[tuple[int, int]]:
    """The stretches that are read: all of a short text, the most telling ones of a long text."""
    if len(text) <= WHOLE_MAX:
        return [(0, len(text))]
    counts: dict[int, int] = {}
    for match in CHEAP.finditer(text):
        counts[match.start() // WINDOW] = counts.get(match.start() // WINDOW, 0) + 1
    last = (len(text) - 1) // WINDOW
    telling = sorted(counts, key=lambda at: (-counts[at], at))
    chosen = dict.fromkeys([0, last, *telling])
    return sorted(
        (at * WINDOW, min(len(text), (at + 1) * WINDOW)) for at in list(chosen)[:WINDOWS_MAX]
    )


def read_view(view: View) -> tuple[Folded, list[Read]]:
    """The view folded and cut, with the numbers of its pieces."""
    folded = fold(view.text)
    reader = Reader()
    return folded, [reader.read(folded.text, piece) for piece in pieces_of(folded.text)]


def judge(view: View, learned: Model, *, foreign: bool) -> Judged:
    """The view with its score."""
    folded, reads = read_view(view)
    if not reads:
        return Judged(view, -40.0, folded, ())
    scored = score_pieces(reads, learned)
    hashed = frozenset().union(*(read.hashed for read in reads))
    intents = frozenset().union(*(read.intents for read in reads))
    whole = learned.heads["whole"].score(hashed, intents, size=len(hashed), beside=learned.beside)
    numbers = evidence(
        view.text, folded, scored, whole=whole, decoded=bool(view.decoded), channel=foreign
    )
    return Judged(view, learned.raw(numbers), folded, tuple(scored))


def score_pieces(reads: Sequence[Read], learned: Model) -> list[Scored]:
    """Each piece with what the heads say of it."""
    attack, order = learned.heads["attack"], learned.heads["order"]
    beside = learned.beside
    return [
        Scored(
            read,
            attack.score(read.hashed, read.intents, size=len(read.hashed), beside=beside),
            order.score(read.hashed, read.intents, size=len(read.hashed), beside=beside),
        )
        for read in reads
    ]


def _spans(judged: Judged, flagged: bool) -> tuple[Span, ...]:
    """The strongest pieces, as stretches of the text that was given."""
    ranked = sorted(judged.scored, key=lambda s: -(s.attack + 0.5 * s.order))
    found = [s for at, s in enumerate(ranked[:SPANS_MAX]) if s.attack > 0 or (flagged and at == 0)]
    return tuple(sorted((_span(judged, one) for one in found), key=lambda span: span.start))


def _span(judged: Judged, one: Scored) -> Span:
    names = lexicon().names
    words = list(dict.fromkeys(names[hit.concept] for hit in one.read.hits))
    why = ", ".join(words[:6]) or "wording"
    view = judged.view
    if view.decoded:
        return Span(start=view.start, end=view.end, why=f"{view.decoded}: {why}", weight=one.attack)
    start = view.start + judged.folded.origin(one.read.piece.start)
    end = view.start + judged.folded.origin(one.read.piece.end - 1) + 1
    return Span(start=start, end=end, why=why, weight=one.attack)
