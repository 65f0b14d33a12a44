"""What a sentence only tells: ``my flight is at nine, so charge the car by six``.

1. A segment tells where it has a subject and a verb as statements have them, wishes nothing, and
   holds a word that nobody understood: what is understood of it is there by chance. What is past is
   told in any case.
2. It is left out only where another segment asks for something beside it.
3. Its times bound nothing, but are those of ``by then``; its devices are those of ``it``; its place
   is meant where no other is named: ``it's freezing in here, get it up to 21``.
4. Words that are told, or of which nothing is understood (``bless you``), are said aside: they
   say nothing against the rest, unless they open as a condition does.
5. What is told of a thing that is none of the home (``my fingers are numb``) is left out before any
   segments are made: its words stay unread, its times are those of ``by then``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tarl.planning.language.lexicon import Tells
from tarl.planning.language.line import ITEMS, UNREADABLE, Item, Line, char_of, kind_of
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.values import HERE, THERE, Draft, Mention, Place, State, Told
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


_JOINS = re.compile(
    r"(?:(?:and|but|or|und|aber|oder|et|mais|ou|y|pero|o) )?(?:(?:if|when|whenever|while|whilst"
    r"|unless|until|till|before|after|except|but not|only|not|never|provided|as long|as soon|once"
    r"|by|at|from|wenn|falls|bis|bevor|vor|nach|nachdem|sobald|solange|sofern|außer|nur|nicht|nie"
    r"|ab|um|si|s'il|quand|lorsque|sauf|avant|après|jusqu|dès|tant|pendant|seulement|pas|jamais"
    r"|capped|limited|max|maximum|under|below|above|over|between|within|without|during|using|with"
    r"|for|in|on|höchstens|mindestens|maximal|unter|über|mit|ohne|für|während|im|am|moins|plus"
    r"|entre|sans|avec|pour|en|menos|más|sin|con|para|por|cuando|salvo|antes|después|hasta"
    r"|mientras|excepto|siempre|solo|sólo|no|nunca|a las)\b"
    r"|[如要当除只等直趁不别没]|一旦)",
    re.IGNORECASE,
)
"""How that begins which bounds what is asked, or forbids."""


def untold(segments: list[Clause], sentence: str, tells: Tells | None) -> list[Clause]:
    """The segments; those that only tell ask for nothing any more."""
    if len(segments) < 2:
        return segments
    told = [] if tells is None else [one for one in segments if _tells(one, sentence, tells)]
    asking = [one for one in segments if one not in told]
    has_place = any(part.value != Place(THERE) for one in asking for part in one.of("A"))
    is_named = any(one.parts_of("DGBIS") for one in segments)
    is_ordered = is_named and any(one.parts_of("DGBIv") for one in asking)
    found: list[Clause] = []
    for one in segments:
        if one in asking:
            found.append(_aside(one, sentence) if is_ordered else one)
        elif tells and any(_asks_beside(one, other, sentence, tells) for other in asking):
            parts = tuple(_kept_of(one, has_place=has_place))
            found.append(one._replace(parts=parts, negated=(), aside=one.unread))
        else:
            found.append(one)
    return found


_PART = re.compile(r"[^,;:.!?\uff0c\u3002\uff01\uff1f]+")


def told_in(sentence: str, tells: Tells | None) -> tuple[tuple[int, int], ...]:
    """Where the parts of a sentence stand that surely only tell or want no answer, by how they
    begin; none where all of it would."""
    if tells is None:
        return ()
    ways = [one for one in (tells.surely, tells.in_vain) if one]
    parts = list(_PART.finditer(sentence.replace("\u2019", "'")))
    told = [one.span() for one in parts if any(way.match(one[0].strip()) for way in ways)]
    return () if len(told) == len(parts) else tuple(told)


_VAGUE = frozenset({"run", "set", "prohibit", "hate", "out"})
"""Verbs that say nothing where nobody understood what they are about."""


def _is_one(part: Part) -> bool:
    """Whether a part is the number that is an article as well."""
    return part.kind == "N" and part.value.value == 1


def _aside(segment: Clause, sentence: str) -> Clause:
    """The segment, which is said aside if next to nothing of it is understood."""
    strays = [part for part in segment.parts if part.kind != "f"]
    is_empty = all(
        part.kind == "n" or (part.kind == "v" and part.value in _VAGUE) or _is_one(part)
        for part in strays
    )
    is_empty = is_empty and not (strays and any(part.value == "it" for part in segment.of("f")))
    if not is_empty or _JOINS.match(_said(segment, sentence)):
        return segment
    if strays and segment.unread * 3 < segment.words:
        return segment
    parts = tuple(part for part in segment.parts if part not in strays)
    return segment._replace(parts=parts, negated=(), aside=segment.unread)


def untimed(part: Part) -> Part:
    """The part; a time of it bounds nothing."""
    draft = _as_told(part)
    return part if draft is None else part._replace(kind="f", value=Told(draft))


def _asks_beside(told: Clause, other: Clause, sentence: str, tells: Tells) -> bool:
    """Whether a segment asks for something beside what is told: where that names a thing or an
    aim, and is not past, it has to name one as well; else ``it`` is asked for."""
    is_named = told.parts_of("DGS") and not _tells_surely(told, sentence, tells)
    if _is_in_vain(told, sentence, tells):
        return bool(other.parts_of("DGBv"))
    if _tells_state(told, sentence, tells):
        return bool(other.of("v")) and "it" in [part.value for part in other.of("f")]
    return bool(other.parts_of("DG" if is_named else "DGBIv"))


def _tells(segment: Clause, sentence: str, tells: Tells) -> bool:
    said = _said(segment, sentence)
    if _is_in_vain(segment, sentence, tells):
        return True
    if segment.parts_of("XZ"):
        return False
    if _tells_state(segment, sentence, tells):
        return True
    is_placed = bool(segment.parts_of("AD"))
    if any(_limits(part) for part in segment.parts if part.kind != "I" or is_placed):
        return False
    if _tells_surely(segment, sentence, tells):
        return True
    if segment.of("I"):
        return False
    if any(not part.value.is_told for part in segment.of("S")):
        return False
    if tells.of_others is not None and not segment.of("D") and tells.of_others.match(said):
        return True
    if not segment.unread:
        return False
    named = [part for part in segment.parts_of(_NAMED) if part.value != Place(HERE)]
    if tells.loosely is not None and not named and tells.loosely.match(said):
        return True
    return tells.maybe.match(said) is not None


_NAMED = "ABCDGIMNRSt"
"""Kinds of what names something of the home, a time, a bound or a number."""


def _tells_state(segment: Clause, sentence: str, tells: Tells) -> bool:
    """Whether a segment tells how a device is, and not that it is to be so: ``the light is
    on``."""
    spans = {part.span for part in segment.of("D")} & {part.span for part in segment.of("v")}
    is_all = all(part.span in spans for part in segment.parts_of("BGI"))
    return bool(spans) and is_all and tells.maybe.match(_said(segment, sentence)) is not None


def _is_in_vain(segment: Clause, sentence: str, tells: Tells) -> bool:
    """Whether a segment is a question that wants no answer, and no estimate either."""
    if tells.in_vain is None or segment.of("X"):
        return False
    return tells.in_vain.match(_said(segment, sentence)) is not None


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


def _kept_of(segment: Clause, *, has_place: bool) -> Iterator[Part]:
    """What is kept of a segment that only tells."""
    for part in segment.parts:
        value = part.value
        if part.kind == "A" and not has_place:
            yield part
        elif part.kind == "D":
            yield part._replace(kind="d")
        elif isinstance(value, State) and isinstance(dict(value.facts).get("device"), Mention):
            yield part._replace(kind="d", value=dict(value.facts)["device"])
        elif isinstance(device := _device_in(part), Mention):
            yield part._replace(kind="d", value=device)
        elif (draft := _as_told(part)) is not None:
            yield part._replace(kind="f", value=Told(draft))
        elif isinstance(value, Told) or part.kind == "S":
            yield part


def _device_in(part: Part) -> object:
    """The device of a condition; None for a part that is none."""
    drafts = drafts_of(part)
    is_one = len(drafts) == 1 and drafts[0].type == "condition"
    return drafts[0].value.get("device") if is_one else None


def _as_told(part: Part) -> Draft | None:
    """The time that a part says; None for one that says more or less."""
    drafts = drafts_of(part)
    is_time = bool(drafts) and all(
        draft.type in TIMES and not (draft.type == "deadline" and draft.is_fixed)
        for draft in drafts
    )
    return drafts[-1] if is_time else None


def without_things(line: Line, after: Line, tells: Tells | None) -> Line:
    """The line without what is told of things that are none of the home; ``after`` is the line with
    its small words read."""
    if tells is None or tells.of_things is None:
        return line
    unread = {
        item.start
        for char, item in zip(after.text, after.items, strict=True)
        if kind_of(char) is None
    }
    parts = list(_parts(line.text, tells.of_things.apart))
    told = [one for one in parts if _is_of_things(line, *one, unread, tells.of_things.begins)]
    if len(told) == len(parts):
        return line
    for start, end in reversed(told):
        line = _left_out(line, start, end, unread)
    return line


_WORD = re.compile(r"[^\W\d_]+")


def _parts(text: str, apart: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where the parts of a line begin and end."""
    start = 0
    for found in apart.finditer(text):
        if text[start : found.start()].strip():
            yield start, found.start()
        start = found.end()
    if text[start:].strip():
        yield start, len(text)


def _is_of_things(
    line: Line, start: int, end: int, unread: set[int], begins: re.Pattern[str]
) -> bool:
    """Whether a part of a line tells of a thing that is none of the home."""
    start += len(line.text[start:end]) - len(line.text[start:end].lstrip())
    found = begins.match(line.text, start, end)
    if found is None:
        return False
    words = _WORD.finditer(line.text, *found.span("subject"))
    return any(line.items[word.start()].start in unread for word in words) and not re.search(
        f"[{ITEMS}]", found[0]
    )


def _left_out(line: Line, start: int, end: int, unread: set[int]) -> Line:
    """The line where nothing from ``start`` to ``end`` is asked for."""
    text, items = " ", [Item(*line.said(start, end))]
    for found in re.finditer(rf"[{ITEMS}]|[^\s{ITEMS}]+", line.text[start:end]):
        at = start + found.start()
        item = Item(*line.said(at, start + found.end()))
        drafts = _drafts_in(line, at)
        if drafts and all(one.type in TIMES for one in drafts):
            item = item._replace(value=Told(drafts[-1]))
        text += UNREADABLE if item.start in unread else char_of("f")
        items.append(item)
    return Line(
        line.text[:start] + text + line.text[end:],
        (*line.items[:start], *items, *line.items[end:]),
    )


def _drafts_in(line: Line, at: int) -> tuple[Draft, ...]:
    return drafts_of(Part(kind_of(line.text[at]) or "", at, at + 1, line.items[at].value))
