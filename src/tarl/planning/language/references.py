"""What the small words of a sentence stand for: ``there``, ``by then``.

1. A place or a time that the sentence names before is meant, the nearest one.
2. Lights that are named beside a mood are the ones of its place: ``cosy in here, lights at 30 %``.
3. Where none is named, the words stand for nothing, and bound nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tarl.planning.language.clauses import Clause, Part, drafts_of
from tarl.planning.language.modifiers import THEN, THERE, Draft, Place, Told
from tarl.planning.task import When


def referred(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """The clauses, with the places and times that their small words stand for."""
    spot: Place | None = None
    time: When | None = None
    mood: Part | None = None
    found: list[Clause] = []
    for clause in clauses:
        parts: list[Part] = []
        for part in clause.parts:
            if part.kind == "A" and part.value == Place(THERE):
                parts.extend([] if spot is None else [part._replace(value=spot)])
                continue
            spot = _place_of(part) or spot
            if _is_then(part):
                parts.extend(_at(part, time))
                continue
            time = _time_of(part) or time
            parts.append(part)
        clause = clause._replace(parts=tuple(parts))
        if mood is not None and _lights_all(clause):
            clause = clause._replace(parts=(*clause.parts, mood))
        found.append(clause)
        mood = _place_of_mood(clause) or mood
    return tuple(found)


def _place_of_mood(clause: Clause) -> Part | None:
    """Where a mood is wanted."""
    moods = [part for part in clause.of("G") if part.value.target.startswith("scene:")]
    return clause.of("A")[0] if moods and len(clause.of("A")) == 1 else None


def _lights_all(clause: Clause) -> bool:
    """Whether a clause is about lights, nobody said where."""
    kinds = [(part.value.kind, part.value.place) for part in clause.of("D")]
    return kinds == [("light", None)] and not clause.of("A")


def _place_of(part: Part) -> Place | None:
    if part.kind == "A" and isinstance(part.value, Place):
        return part.value
    spots = (draft.value.get("area") for draft in drafts_of(part) if draft.type == "condition")
    return next((spot for spot in spots if isinstance(spot, Place) and spot.id != THERE), None)


def _is_then(part: Part) -> bool:
    return any(draft.value is THEN for draft in drafts_of(part))


def _time_of(part: Part) -> When | None:
    if isinstance(part.value, Told):
        return part.value.when
    return next(_whens(drafts_of(part)), None) if part.kind == "C" else None


def _whens(drafts: Iterable[Draft]) -> Iterator[When]:
    for draft in drafts:
        if draft.type in ("earliest", "deadline"):
            yield draft.value


def _at(part: Part, time: When | None) -> Iterator[Part]:
    """The part with the time that it stands for, if the sentence only told it."""
    if time is not None:
        yield part._replace(value=tuple(one._replace(value=time) for one in drafts_of(part)))
