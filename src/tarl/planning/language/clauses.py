"""The clauses of a sentence that the grammar has rewritten.

1. Separators part segments; a segment that orders nothing belongs to the one before it, or, at the
   start, to the one behind it.
2. Every word is counted: what nobody understood lowers the confidence of its clause.
"""

from __future__ import annotations

import re
from typing import Any

from tarl.planning.language.lexicon import Tells
from tarl.planning.language.line import Line, char_of, kind_of
from tarl.planning.language.neighbours import (
    asked,
    balanced,
    forbidden_together,
    from_there_on,
    lit_together,
    occasioned,
    off_above,
    preferred,
    without_told_bounds,
)
from tarl.planning.language.parts import segment_of
from tarl.planning.language.segments import Clause, Part, drafts_of, together
from tarl.planning.language.tellings import untimed, untold
from tarl.planning.language.values import THEN, Draft

_CUT = re.compile(f"[{char_of('s')}{char_of('j')}]")


def clauses_of(line: Line, sentence: str = "", tells: Tells | None = None) -> tuple[Clause, ...]:
    """The clauses of a rewritten line, in order; ``tells`` says how that begins which asks for
    nothing."""
    segments: list[Clause] = []
    start, is_next = 0, False
    cuts = [cut for cut in _CUT.finditer(line.text) if not _joins_places(line, cut.start())]
    for cut in [*cuts, None]:
        end = cut.start() if cut else len(line.text)
        segment = segment_of(line.part(start, end), is_next=is_next)
        if cut is not None and line.items[cut.start()].value == "so" and _only_tells(segment):
            parts = tuple(map(untimed, segment.parts))
            if any(_is_budget(item.value) for item in line.items[cut.end() :]):
                parts = tuple(part for part in parts if not _is_budget(part.value))
            segment = segment._replace(parts=parts)
        if segment.parts or segment.words:
            segments.append(segment)
            is_next = False
        if cut is None:
            if is_next and segments:
                segments[-1] = _at_that_time(segments[-1])
            break
        is_next = is_next or kind_of(cut[0]) == "j"
        start = cut.end()
    segments = balanced(lit_together(asked(without_told_bounds(segments))), sentence)
    merged = _merged(untold(occasioned(segments, sentence), sentence, tells))
    together = forbidden_together(merged, sentence)
    bounded = (off_above(preferred(one), sentence) for one in together)
    return tuple(from_there_on(one, sentence) for one in bounded)


def _at_that_time(segment: Clause) -> Clause:
    """The segment behind whose words ``then`` stands, and nothing more: it is about a time."""
    part = Part("C", *segment.span, (Draft("earliest", THEN, "gte"),))
    return segment._replace(parts=(*segment.parts, part))


def _only_tells(segment: Clause) -> bool:
    """Whether a segment orders nothing, and is about nothing of the home."""
    return not segment.parts_of("ADGBv")


def _is_budget(value: Any) -> bool:
    """Whether it says what something may cost: what one has, where one says behind it what of that
    may be spent, is but told."""
    drafts = value if isinstance(value, tuple) and not hasattr(value, "_fields") else ()
    return any(isinstance(one, Draft) and one.type == "cost" for one in drafts)


_SMALL = f" {char_of('f')}"


def _joins_places(line: Line, at: int) -> bool:
    """Whether an ``and`` stands between two places: ``in der Küche und im Wohnzimmer``."""
    before, behind = line.text[:at].rstrip(_SMALL), line.text[at + 1 :].lstrip(_SMALL)
    if {before[-1:], behind[:1]} != {char_of("A")}:
        return False
    if line.items[at].value != "places":
        return bool(line.items[at].value == "and")
    # What is said of both stands behind them: "the lights in the hall and the kitchen off".
    own = _CUT.split(before)[-1]
    verbs = [
        line.items[i].value
        for i in range(len(before) - len(own), len(before))
        if kind_of(line.text[i]) == "v"
    ]
    is_open = not any(char_of(kind) in own for kind in "uBGIN") and set(verbs) <= {"set"}
    is_listed = char_of("D") in own and is_open
    return is_listed and not behind[1:].lstrip(_SMALL).startswith(char_of("D"))


def _merged(segments: list[Clause]) -> list[Clause]:
    merged: list[Clause] = []
    waiting: Clause | None = None
    for at, segment in enumerate(segments):
        behind = segments[at + 1] if at + 1 < len(segments) else None
        if segment.parts_of("A") and waiting is None and _opens(segment, behind):
            waiting = segment
        elif merged and waiting is None and _goes_on(segment, merged[-1]):
            merged[-1] = together(merged[-1], segment)
        elif segment.orders:
            merged.append(together(waiting, segment) if waiting else segment)
            waiting = None
        elif merged and (_leads_on(segment) or _comes_next(segment, behind)):
            waiting = segment
        elif merged:
            is_next = merged[-1].is_next or (segment.is_next and len(merged) > 1)
            merged[-1] = together(merged[-1], segment)._replace(is_next=is_next)
        else:
            waiting = together(waiting, segment) if waiting else segment
    return [*merged, waiting] if waiting else merged


def _goes_on(segment: Clause, before: Clause) -> bool:
    return (
        _shares_places(segment, before)
        or _only_adds(segment, before)
        or _places_mood(segment, before)
    )


def _places_mood(segment: Clause, before: Clause) -> bool:
    """Whether a segment only says where a mood is wanted: ``movie, set it up in the lounge``."""
    kinds = {part.kind for part in segment.parts} - {"f"}
    is_mood = any(part.value.target.startswith("scene:") for part in before.of("G"))
    is_vague = set(segment.verbs) <= {"run", "set", "on"} and kinds <= set("Avu")
    return is_mood and is_vague and "A" in kinds and not before.of("A")


def _shares_places(segment: Clause, before: Clause) -> bool:
    """Whether a segment goes on with the places of the one before it: ``warm the kitchen | the
    lounge to 20``, ``turn off the kitchen | lounge lights``."""
    kinds, earlier = ({part.kind for part in one.parts} for one in (segment, before))
    is_split = set(segment.verbs) <= {"on", "off"} and set(before.verbs) <= {"set", "run"}
    if "A" not in kinds or not {"A", "v"} <= earlier or earlier & set("BIC"):
        return False
    if "v" in kinds and not (is_split and "D" in kinds):
        return False
    if kinds <= set("ABICf"):
        return "keep" not in before.verbs
    return "D" in kinds and "D" not in earlier and segment.parts_of("AD")[0].kind == "A"


def _opens(segment: Clause, behind: Clause | None) -> bool:
    """Whether a segment is but a place of what the next one names: ``the kitchen | lounge
    lights``."""
    if behind is None or {part.kind for part in segment.parts} - {"A", "f"}:
        return False
    return [part.kind for part in behind.parts_of("AD")[:2]] == ["A", "D"] and not segment.unread


def _leads_on(segment: Clause) -> bool:
    """Whether a segment says that what comes next follows: ``once that is done``."""
    drafts = [draft for part in segment.parts for draft in drafts_of(part)]
    return any(draft == Draft("order", None, "eq") for draft in drafts)


def _comes_next(segment: Clause, behind: Clause | None) -> bool:
    """Whether a segment says when, or on what condition, the next one follows: ``and then, after
    five, dry it``."""
    return segment.is_next and behind is not None and behind.orders and not behind.is_next


def _only_adds(segment: Clause, before: Clause) -> bool:
    """Whether a segment says no more than how far: ``kitchen light, 70 percent``."""
    kinds = {part.kind for part in segment.parts if part.kind in "DGBvIA"}
    return bool(kinds) and kinds <= {"B", "I"} and before.orders and not before.of("B")
