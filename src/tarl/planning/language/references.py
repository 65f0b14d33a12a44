"""What the small words of a sentence stand for: ``there``, ``by then``, ``the other one``.

1. A place or a time that the sentence names before is meant, the nearest one.
2. Lights that are named beside a mood are the ones of its place: ``cosy in here, lights at 30 %``.
3. Where none is named, the words stand for nothing, and bound nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tarl.planning.language.actions import COVERS
from tarl.planning.language.amounts import DAY_MINUTES, WARM_MIN
from tarl.planning.language.conditions import SO, while_it_is
from tarl.planning.language.counted import from_there
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.tellings import TIMES
from tarl.planning.language.values import (
    ONE,
    OPEN,
    THEN,
    THERE,
    Draft,
    Either,
    Mention,
    Place,
    State,
    Told,
)
from tarl.planning.language.wanted import bound_of, reads_as_bound
from tarl.planning.task import When


def referred(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """The clauses, with the places and times that their small words stand for."""
    is_told = any(clause.unread or any(map(_says_so, clause.parts)) for clause in clauses)
    spot: Place | None = None
    time: Draft | None = None
    so: Part | None = None
    fact: State | None = None
    mood: Part | None = None
    device: Mention | None = None
    clock: When | None = None
    day: When | None = None
    found: list[Clause] = []
    for clause in _mended(_of_garage(_kept_so(clauses))):
        parts: list[Part] = []
        for part in clause.parts:
            if part.kind == "A" and part.value == Place(THERE):
                parts.extend([] if spot is None else [part._replace(value=spot)])
                continue
            if spot is not None and parts and _is_of_room(part, parts[-1]):
                parts.extend([part, part._replace(kind="A", value=spot)])
                continue
            if part.kind == "D" and part.value.kind == ONE:
                parts.extend([] if device is None else [part._replace(value=Mention(device.kind))])
                continue
            part = _resolved(part, clock, day)
            day = _day_of(part) or day
            clock = _clock_of(part, clause) or clock
            device = part.value if part.kind == "D" else device
            spot = _place_of(part) or spot
            if any(draft.value == SO for draft in drafts_of(part)):
                if fact is not None:
                    parts.append(part._replace(value=(while_it_is(fact, is_wanted=True),)))
                elif not is_told:
                    parts.append(part._replace(value=(Draft(OPEN, "condition", "eq"),)))
                continue
            if _is_then(part):
                if fact is not None and time is None and so is None:
                    parts.append(part._replace(value=(while_it_is(fact, is_wanted=True),)))
                    continue
                parts.extend(_at(part, time) if so is None else _moved(so, found, part))
                continue
            if part.kind == "S" and part.value.subject != "device":
                fact = part.value
            if (told := _time_of(part)) is not None:
                time, so = told, None
            so = part if _is_condition(part) else so
            parts.append(part)
        clause = clause._replace(parts=tuple(parts))
        if found and clause.is_next and _goes_on_heating(clause, found[-1]):
            clause = clause._replace(parts=(*clause.parts, *found[-1].of("A")))
        if mood is not None and _lights_all(clause):
            clause = clause._replace(parts=(*clause.parts, mood))
        found.append(clause)
        mood = _place_of_mood(clause) or mood
    return tuple(found)


def _of_garage(clauses: list[Clause]) -> Iterator[Clause]:
    """The clauses, where the door that is opened or shut is the one of what was told of, or named
    by itself, before: ``the garage is open again, shut the door``."""
    cover: Mention | None = None
    for clause in clauses:
        moves = set(clause.verbs) & {"open", "close"} and not set(clause.verbs) & {"lock", "unlock"}
        parts: list[Part] = []
        is_moved = False
        for part in clause.parts:
            is_door = part.kind == "D" and part.value.kind == "front_door" and part.value.is_loose
            if is_door and moves and cover is not None:
                part = part._replace(value=cover)
            elif is_door:
                cover = None
            elif not (moves and part.kind in "AD" and is_moved):
                cover = _cover_in(part) or cover
            is_moved = is_moved or (part.kind == "v" and part.value in ("open", "close"))
            parts.append(part)
        yield clause._replace(parts=tuple(parts))
        if moves and not any(_is_condition(part) for part in clause.parts):
            cover = None


_GARAGE = "garage"


def _cover_in(part: Part) -> Mention | None:
    """What opens that a part names, or says how it is."""
    if part.kind == "A" and part.value == Place(_GARAGE):
        return Mention("cover", place=_GARAGE)
    named: object = part.value
    if isinstance(named, State):
        named = dict(named.facts).get("device")
    for draft in drafts_of(part):
        named = draft.value.get("device") if draft.type == "condition" else named
    is_cover = isinstance(named, Mention) and named.kind in COVERS and not named.is_verb
    return named if is_cover and isinstance(named, Mention) else None


def _says_so(part: Part) -> bool:
    """Whether a part says how something is."""
    return part.kind == "S" or any(draft.type == "condition" for draft in drafts_of(part))


def _is_of_room(part: Part, before: Part) -> bool:
    """Whether a part is the ``it`` of what is done with rooms: ``nobody is in the hall: vacuum
    it``."""
    if part.value != "it" or part.start - before.end > 1:
        return False
    if before.kind == "D":
        return bool(before.value.is_verb and before.value.kind == "vacuum")
    return before.kind == "v" and before.value in ("heat", "cool")


def _goes_on_heating(clause: Clause, before: Clause) -> bool:
    """Whether a clause says to how many degrees the place of the one before comes next: ``23 in the
    hall, then back to 20``."""
    kinds, earlier = ({part.kind for part in one.parts} for one in (clause, before))
    is_bare = "B" in kinds and not kinds & set("ADGqS")
    is_bare = is_bare and set(clause.verbs) <= {"run", "set", "heat", "cool"}
    return is_bare and len(before.of("A")) == 1 and "B" in earlier and not earlier & set("DGq")


def _is_condition(part: Part) -> bool:
    return part.kind == "C" and any(draft.type == "condition" for draft in drafts_of(part))


def _moved(so: Part, found: list[Clause], then: Part) -> Iterator[Part]:
    """The condition that ``then`` stands for, out of the clause before that only tells it: ``the
    dryer is loud when we sleep, so don't run it then``."""
    for at, clause in enumerate(found):
        if so in clause.parts and not set(clause.verbs) - {"heat", "run"}:
            rest = tuple(part for part in clause.parts if part != so)
            found[at] = clause._replace(parts=rest)
            yield so._replace(start=then.start, end=then.end)


def _clock_of(part: Part, clause: Clause) -> When | None:
    """The clock time that a part says something begins, or is done, at."""
    if isinstance(part.value, Either) and reads_as_bound(part, clause):
        return None
    times = (draft.value for draft in drafts_of(part) if draft.type in ("earliest", "deadline"))
    known = (time for time in times if time.event not in (THEN.event, SO.event))
    return next((time for time in known if time.clock or time.in_minutes or time.event), None)


def _resolved(part: Part, clock: When | None, day: When | None) -> Part:
    """The part, where a time that is counted from the one before it is that time: ``on at six and
    off two hours later``, and ``that morning`` is one of the day that was named."""
    if part.kind != "C":
        return part
    drafts = drafts_of(part)
    found = tuple(
        draft._replace(value=_each(draft.value, clock, day)) if draft.type in TIMES else draft
        for draft in drafts
    )
    return part if found == drafts else part._replace(value=found)


def _each(value: Any, clock: When | None, day: When | None) -> Any:
    if isinstance(value, dict):
        return {end: _meant(when, clock, day) for end, when in value.items()}
    return _meant(value, clock, day)


def _meant(when: When, clock: When | None, day: When | None) -> When:
    """The time that one stands for; ``then`` alone stays what it is."""
    if when.event != THEN.event or (when.in_minutes is None and when.part is None):
        return when
    if when.part is not None:
        named = When() if day is None else day
        return When(part=when.part, day=named.day, weekday=named.weekday, date=named.date)
    minutes = when.in_minutes or 0
    if clock is not None and clock.event is not None:
        return from_there(clock, minutes)
    if clock is None or clock.clock is None:
        return When(in_minutes=minutes + ((clock.in_minutes if clock is not None else 0) or 0))
    total = int(clock.clock[:2]) * 60 + int(clock.clock[3:]) + minutes
    wall = f"{total // 60 % 24:02}:{total % 60:02}"
    if total >= DAY_MINUTES:
        return When(clock=wall)
    return msgspec.structs.replace(clock, clock=wall)


def _day_of(part: Part) -> When | None:
    """The day that a part names, or tells."""
    drafts = (part.value.draft,) if isinstance(part.value, Told) else drafts_of(part)
    values = (draft.value for draft in drafts if draft.type in TIMES)
    times = (value["from"] if isinstance(value, dict) else value for value in values)
    return next((one for one in times if one.names_day), None)


def _place_of_mood(clause: Clause) -> Part | None:
    """Where a mood is wanted."""
    moods = [part for part in clause.of("G") if part.value.target.startswith("scene:")]
    return clause.of("A")[0] if moods and len(clause.of("A")) == 1 else None


def _lights_all(clause: Clause) -> bool:
    """Whether a clause is about lights, nobody said where."""
    kinds = [(part.value.kind, part.value.place) for part in clause.of("D")]
    return kinds == [("light", None)] and not clause.of("A")


_REMEDIES = {"open": "close", "unlocked": "lock", "on": "off", "off": "on", "empty": "run"}


def _mended(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """The clauses, where ``do it`` means what somebody forgot: ``Mika forgot to lock the door``."""
    told: State | None = None
    for clause in clauses:
        said = [part.value for part in clause.of("S") if part.value.is_told]
        told = said[0] if said else told
        if told is not None and set(clause.verbs) == {"run"} and not clause.of("D"):
            verb = _REMEDIES.get(told.state, "run")
            parts = (
                part._replace(value=verb) if part.kind == "v" else part for part in clause.parts
            )
            clause = clause._replace(parts=tuple(parts))
        yield clause


def _kept_so(clauses: tuple[Clause, ...]) -> list[Clause]:
    """The clauses, where what is reached is to be kept: ``make it 20 in the hall and hold it``."""
    found: list[Clause] = []
    for clause in clauses:
        kinds = {part.kind for part in clause.parts}
        keeps = clause.verbs == ["keep"] and not kinds & set("BIDGq")
        if keeps and found and _is_reached(found[-1]):
            reached = tuple(part for part in found[-1].parts if part.kind != "v")
            found[-1] = found[-1]._replace(parts=(*reached, *clause.parts))
        else:
            found.append(clause)
    return found


def _is_reached(clause: Clause) -> bool:
    """Whether a clause says how warm something is to be, and nothing that moves or runs."""
    bounds = [bound_of(part) for part in clause.parts_of("BI")]
    if len(bounds) != 1 or bounds[0] is None or set(clause.verbs) - _HEATING_VERBS:
        return False
    is_warm = clause.of("B") or (bounds[0].lo or 0) >= WARM_MIN
    named = {part.value.kind for part in clause.of("D")}
    return bool(is_warm) and named <= {"heat_pump", "thermostat"}


_HEATING_VERBS = frozenset({"run", "set", "heat", "cool", "on"})


def _place_of(part: Part) -> Place | None:
    if part.kind == "S" and part.value.subject == "occupancy":
        spot = dict(part.value.facts).get("area")
        return spot if isinstance(spot, Place) and spot.id != THERE else None
    if part.kind == "A" and isinstance(part.value, Place):
        return part.value
    spots = (draft.value.get("area") for draft in drafts_of(part) if draft.type == "condition")
    return next((spot for spot in spots if isinstance(spot, Place) and spot.id != THERE), None)


def _is_then(part: Part) -> bool:
    return any(draft.value is THEN for draft in drafts_of(part))


def _time_of(part: Part) -> Draft | None:
    if isinstance(part.value, Told):
        return part.value.draft
    drafts = drafts_of(part) if part.kind == "C" else ()
    return next((draft for draft in drafts if draft.type in ("earliest", "deadline")), None)


def _at(part: Part, time: Draft | None) -> Iterator[Part]:
    """The part with the time that it stands for, if the sentence told one."""
    if time is None:
        return
    (said,) = drafts_of(part)
    if time.type != "window":
        yield part._replace(value=(said._replace(value=time.value),))
    elif said.type == "earliest":
        yield part._replace(value=(time,))
    else:
        yield part._replace(value=(said._replace(value=time.value["from"]),))
