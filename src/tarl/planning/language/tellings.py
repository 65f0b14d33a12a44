"""What a sentence only tells: ``my flight is at nine, so charge the car by six``.

1. A segment tells where it has a subject and a verb as statements have them, wishes nothing, and
   holds a word that nobody understood: what is understood of it is there by chance. What is past is
   told in any case.
2. It is left out only where another segment asks for something beside it.
3. Its times bound nothing, but are those of ``by then``; its devices are those of ``it``; its place
   is meant where no other is named: ``it's freezing in here, get it up to 21``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.language.lexicon import Tells
from tarl.planning.language.modifiers import THERE, Draft, Mention, Place, State, Told
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.task import Goal

_LIMITS = frozenset(
    {
        "cost",
        "price",
        "energy",
        "power",
        "latency",
        "privacy",
        "quiet",
        "tariff",
        "exclude",
        "order",
    }
)
TIMES = frozenset({"deadline", "earliest", "window"})


def untold(segments: list[Clause], sentence: str, tells: Tells | None) -> list[Clause]:
    """The segments; those that only tell ask for nothing any more."""
    if tells is None or len(segments) < 2:
        return segments
    asking = [one for one in segments if not _tells(one, sentence, tells)]
    has_place = any(part.value != Place(THERE) for one in asking for part in one.of("A"))
    found: list[Clause] = []
    for one in segments:
        if one in asking:
            found.append(one)
        elif any(_asks_beside(one, other, sentence, tells) for other in asking):
            parts = tuple(_told(one, has_place=has_place))
            found.append(one._replace(parts=parts, negated=()))
        else:
            found.append(one)
    return found


def untimed(part: Part) -> Part:
    """The part; a time of it bounds nothing."""
    draft = as_told(part)
    return part if draft is None else part._replace(kind="f", value=Told(draft))


def _asks_beside(told: Clause, other: Clause, sentence: str, tells: Tells) -> bool:
    """Whether a segment asks for something beside what is told: where that names a thing or an
    aim, and is not past, it has to name one as well; else ``it`` is asked for."""
    is_named = told.parts_of("DGS") and not _tells_surely(told, sentence, tells)
    return bool(other.parts_of("DG" if is_named else "DGBIv"))


def _tells(segment: Clause, sentence: str, tells: Tells) -> bool:
    said = _said(segment, sentence)
    if any(not part.value.is_told for part in segment.of("S")) or segment.parts_of("XZ"):
        return False
    if any(map(_limits, segment.parts)):
        return False
    if _tells_surely(segment, sentence, tells):
        return True
    if tells.of_others is not None and not segment.of("D") and tells.of_others.match(said):
        return True
    return bool(segment.unread) and tells.maybe.match(said) is not None


def _limits(part: Part) -> bool:
    """Whether a part says how far or to what end: that is meant as well where it is stated."""
    if isinstance(part.value, Goal):
        return not part.value.target.startswith("scene:")
    return part.kind in "BI" or any(draft.type in _LIMITS for draft in drafts_of(part))


def _tells_surely(segment: Clause, sentence: str, tells: Tells) -> bool:
    said = _said(segment, sentence)
    return tells.surely is not None and tells.surely.match(said) is not None


def _said(segment: Clause, sentence: str) -> str:
    start, end = segment.span
    return sentence[start:end].replace("\u2019", "'")


def _told(segment: Clause, *, has_place: bool) -> Iterator[Part]:
    for part in segment.parts:
        value = part.value
        if part.kind == "A" and not has_place:
            yield part
        elif part.kind == "D":
            yield part._replace(kind="d")
        elif isinstance(value, State) and isinstance(dict(value.facts).get("device"), Mention):
            yield part._replace(kind="d", value=dict(value.facts)["device"])
        elif (draft := as_told(part)) is not None:
            yield part._replace(kind="f", value=Told(draft))
        elif isinstance(value, Told) or part.kind == "S":
            yield part


def as_told(part: Part) -> Draft | None:
    """The time that a part says; None for one that says more or less."""
    drafts = drafts_of(part)
    is_time = bool(drafts) and all(
        draft.type in TIMES and not (draft.type == "deadline" and draft.is_fixed)
        for draft in drafts
    )
    return drafts[-1] if is_time else None
