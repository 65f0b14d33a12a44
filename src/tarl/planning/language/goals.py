"""From clauses to goals and constraints.

1. A negated order with a time or a condition is the goal with the negated rule; else none.
2. "When that is done" is an order where the sentence asks for that itself, else a condition.
3. Lights that are left out are no goals.
4. Whatever is said twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from tarl.planning.language.achieved import all_wanted, once
from tarl.planning.language.actions import HEATING, LIGHTS, STORES
from tarl.planning.language.conditions import while_it_is
from tarl.planning.language.dates import brought_together
from tarl.planning.language.keeping import resolved
from tarl.planning.language.parts import supposed
from tarl.planning.language.references import referred
from tarl.planning.language.refusals import refused
from tarl.planning.language.segments import BESIDE_CHARS, Clause, Part, drafts_of
from tarl.planning.language.tellings import TIMES
from tarl.planning.language.values import OPEN, THERE, Draft, Either, Mention, Place
from tarl.planning.language.vocabulary import Home
from tarl.planning.language.wanted import (
    FLIPPED,
    Held,
    Wanted,
    areas_of,
    bounds_of,
    places_of,
    reads_as_bound,
    tariff_of,
)
from tarl.planning.task import When

_NEXT = Draft("order", None, "eq")
_NEED = "need"
"""Said of what has to be there at a time, and so to be done by then."""


class Frame(NamedTuple):
    """What the clauses of a sentence want; ``open`` are rules that have to be asked about."""

    wanted: tuple[Wanted, ...]
    held: tuple[Held, ...]
    open: tuple[Held, ...] = ()


def frame_of(clauses: tuple[Clause, ...], home: Home) -> Frame:
    """The goals and constraints of a sentence's clauses."""
    clauses = tuple(_kept_too(refused(referred(clauses))))
    timed = {at for at, clause in enumerate(clauses) if _says_when(clause)}
    wanted = list(once(all_wanted(clauses, home), timed))
    is_supposed = any(clause.of("X") for clause in clauses)
    if is_supposed:
        clauses = tuple(supposed(clause, is_whole=not wanted) for clause in clauses)
        wanted = list(once(all_wanted(clauses, home), timed))
    bounds = [(at, part, clause) for at, clause in enumerate(clauses) for part in bounds_of(clause)]
    keeps, held = resolved(bounds, wanted, clauses, home)
    wanted = list(_without_reserves(wanted, clauses, home))
    wanted = sorted([*wanted, *keeps], key=lambda one: one.span)
    last: Mention | None = None
    for at, clause in enumerate(clauses):
        own = [part.value for part in clause.of("D")] or _implied_in(at, wanted, home)
        last = own[0] if own else last
        held.extend(_held(at, clause, home, last, is_supposed=is_supposed))
        last = own[-1] if own else last
    held.extend(
        _turns(clauses, wanted)
        if any(one.of("t") for one in clauses)
        else _in_turn(clauses, wanted)
    )
    if not any(one.draft.type == "order" for one in held):
        held.extend(_firsts(clauses, wanted, home))
    open = tuple(one for one in held if one.draft.type == OPEN)
    held = [one for one in held if one not in open and not _is_moot(one, wanted)]
    held = brought_together(held)
    kept, rules = _without_excluded(wanted, held, home)
    return Frame(tuple(kept), tuple(_ordered(_linked(rules, kept))), open)


def _says_when(clause: Clause) -> bool:
    drafts = (draft for part in clause.parts for draft in drafts_of(part))
    hours = (part for part in clause.of("I") if not reads_as_bound(part, clause))
    return any(draft.type in TIMES for draft in drafts) or any(hours)


def _is_moot(held: Held, wanted: list[Wanted]) -> bool:
    """Whether it is said which power may be taken where none is: ``from the battery, not the
    grid``."""
    if (held.draft.type, held.draft.value) != ("tariff", "solar_only"):
        return False
    own = [one.goal.value for one in wanted if one.clause == held.clause]
    return bool(own) and all(value == {"action": "discharge"} for value in own)


def _without_reserves(
    wanted: list[Wanted], clauses: tuple[Clause, ...], home: Home
) -> Iterator[Wanted]:
    """The goals without the stores of which it is only said, beside something else that is asked,
    how much is to stay in them: ``leave 30 % in the battery``."""
    others = {one.clause for one in wanted}
    for one in wanted:
        clause = clauses[one.clause]
        is_reserve = home.kind_of(one.goal.target) in STORES and set(clause.verbs) <= {"keep"}
        bounds = [part for part in clause.of("B") if part.value.lo is not None]
        before = [part for part in bounds for named in clause.of("D") if part.end <= named.start]
        if not (is_reserve and before and len(others) > 1):
            yield one


def _implied_in(at: int, wanted: list[Wanted], home: Home) -> list[Mention]:
    """The devices of a clause that names none: ``close the garage if it is open``."""
    ids = [one.goal.target for one in wanted if one.clause == at and one.goal.type == "achieve"]
    return [Mention(home.kind_of(id), (id,)) for id in ids]


def _kept_too(clauses: tuple[Clause, ...]) -> Iterator[Clause]:
    """The clauses, each with the ``keep`` that it shares: ``... and the nursery at 20``."""
    keep: Part | None = None
    for clause in clauses:
        is_bare = bool(clause.of("A") and bounds_of(clause))
        is_bare = is_bare and not any(clause.of(kind) for kind in "vDG")
        if keep is not None and is_bare:
            here = keep._replace(start=clause.parts[0].start, end=clause.parts[0].start)
            clause = clause._replace(parts=(*clause.parts, here))
        yield clause
        if not is_bare:
            keeps = [part for part in clause.of("v") if part.value == "keep"]
            keep = keeps[0] if keeps else None


def _held(
    at: int, clause: Clause, home: Home, it: Mention | None, *, is_supposed: bool
) -> Iterator[Held]:
    for part in clause.parts:
        if isinstance(part.value, Either) and reads_as_bound(part, clause):
            continue
        drafts = drafts_of(part)
        if part.kind == "S" and is_supposed:
            drafts = (while_it_is(part.value, is_wanted=True),)
        if part.kind == "G" and (rule := tariff_of(clause, part)) is not None:
            drafts = (rule,)
        for draft in drafts:
            if draft == _NEXT:
                continue
            draft = _named(_placed(_told(draft, it), _spots(clause, home)), home)
            if draft.value is not None:
                yield Held(_turned(draft, part, clause), part.span, at)


def _turned(draft: Draft, part: Part, clause: Clause) -> Draft:
    """The constraint as its clause orders, forbids or puts off what it bounds."""
    if "shift" in clause.verbs:
        if draft.type == "deadline":
            return draft._replace(type="earliest", operator="gte")
        if draft.type == "duration":
            return Draft("earliest", When(in_minutes=draft.value), "gte")
        return _flipped(draft) if draft.type == "condition" else draft
    if draft.type == "earliest" and _is_needed(draft, clause):
        return draft._replace(type="deadline", operator="lte")
    is_time = draft.type in ("deadline", "earliest")
    is_time = is_time or (draft.type == "window" and _is_conditional(clause))
    flips = clause.negates(part) if is_time else clause.is_negated
    return _flipped(draft) if flips else draft


def _is_needed(draft: Draft, clause: Clause) -> bool:
    """Whether a thing is needed at an event: ``ich brauche beim Aufstehen warmes Wasser``."""
    is_event = isinstance(draft.value, When) and draft.value.event is not None
    return is_event and _NEED in [part.value for part in clause.of("f")]


def _is_conditional(clause: Clause) -> bool:
    drafts = (draft for part in clause.of("C") for draft in part.value)
    return any(draft.type == "condition" for draft in drafts)


def _flipped(draft: Draft) -> Draft:
    if draft.is_fixed:
        return draft
    if draft.type == "duration":  # Not for an hour is not before an hour from now.
        return Draft("earliest", When(in_minutes=draft.value), "gte")
    type, operator = FLIPPED.get(f"{draft.type}.{draft.operator}", (draft.type, draft.operator))
    return Draft(type, draft.value, operator)


def _told(draft: Draft, it: Mention | None) -> Draft:
    """The condition with the device that its ``it`` stands for; what is empty is a place where the
    device is none that holds anything: ``vacuum the office while it's empty``."""
    if draft.type != "condition" or draft.value["subject"] != "device" or "device" in draft.value:
        return draft
    if draft.value["state"] == "empty" and (it is None or it.kind in _OF_PLACES):
        away = {"subject": "occupancy", "state": "away", "area": Place(THERE)}
        return draft._replace(value=away)
    return draft._replace(value=None if it is None else {**draft.value, "device": it})


def _spots(clause: Clause, home: Home) -> tuple[str, ...]:
    """The places of a clause; where none is named, those of the lights in it."""
    if places := places_of(clause, home):
        return places
    named = (device for part in clause.of("D") for device in home.devices(part.value, ()))
    areas = (device.area for device in named if device.kind in LIGHTS)
    return tuple(dict.fromkeys(area for area in areas if area is not None))


_OF_PLACES = LIGHTS | HEATING | {"vacuum", "camera", "lock"}
"""Kinds of devices that hold nothing, but serve a place."""


def _placed(draft: Draft, places: tuple[str, ...]) -> Draft:
    """The condition with the place that its ``there`` stands for, if only one is named."""
    if draft.type != "condition" or draft.value is None:
        return draft
    if draft.value.get("area") != Place(THERE):
        return draft
    rest = {key: fact for key, fact in draft.value.items() if key != "area"}
    there = {"area": Place(places[0])} if len(places) == 1 else {}
    return draft._replace(value=rest | there)


def _named(draft: Draft, home: Home) -> Draft:
    """The draft with ids in place of mentions and places."""
    value = draft.value
    if draft.type == "condition" and value is not None:
        named = {key: _id_of(fact, home) for key, fact in value.items()}
        return draft._replace(value={key: fact for key, fact in named.items() if fact is not None})
    if draft.type == "exclude":
        return draft._replace(value=_id_of(value, home))
    if draft.type == "order":
        done = {"subject": "device", "state": "done", "device": _id_of(value, home)}
        return Draft("condition", done, "eq")
    return draft


def _id_of(fact: Any, home: Home) -> Any:
    if isinstance(fact, Place):
        return home.place(fact)
    if isinstance(fact, Mention):
        spot = home.place(Place(fact.place)) if fact.place else None
        devices = home.devices(fact, (spot,) if spot else ())
        return devices[0].id if len(devices) == 1 else fact.kind
    return fact


def _in_turn(clauses: tuple[Clause, ...], wanted: list[Wanted]) -> Iterator[Held]:
    """The order of clauses that say they come next; ``after`` holds the place of the goal."""
    for at, clause in enumerate(clauses):
        says = [part for part in clause.of("C") for draft in part.value if draft == _NEXT]
        before = [one for one in wanted if one.clause < at and one.goal.type == "achieve"]
        own = [one for one in wanted if one.clause == at and one.goal.type == "achieve"]
        first = [one for one in own if says and one.span[1] <= says[0].start]
        if len(own) == len(first) + 1 == 2:
            after = next(one for one in own if one not in first)
            yield Held(Draft("order", {"after": first[0].goal.target}, "eq"), after.span, at)
        elif says and len(own) == 1 and not before and _is_again(clause):
            done = {"subject": "device", "state": "done", "device": own[0].goal.target}
            yield Held(Draft("condition", done, "eq"), says[0].span, at)
        elif (clause.is_next or says) and before and own:
            span = says[0].span if says else own[0].span
            yield Held(Draft("order", {"after": before[-1].goal.target}, "eq"), span, at)


def _is_again(clause: Clause) -> bool:
    """Whether something is to be done once more."""
    return any(part.value == "again" for part in clause.of("f"))


def _turns(clauses: tuple[Clause, ...], wanted: list[Wanted]) -> Iterator[Held]:
    """The order of all that is asked: ``in that order``, ``the dishes first``."""
    says = [(at, part) for at, clause in enumerate(clauses) for part in clause.of("t")]
    jobs = [one for one in wanted if one.goal.type == "achieve"]
    for at, part in says[:1]:
        if part.value == "back":
            jobs = jobs[1::-1]
        for one, other in pairwise(jobs):
            span = part.span if len(jobs) == 2 else other.span
            yield Held(Draft("order", {"after": one.goal.target}, "eq"), span, at)


def _firsts(clauses: tuple[Clause, ...], wanted: list[Wanted], home: Home) -> Iterator[Held]:
    """What comes behind the one that is to be first: ``dishes first``."""
    jobs = [one for one in wanted if one.goal.type == "achieve"]
    for clause in clauses:
        for said in clause.of("l"):
            beside = [one for one in clause.of("D") if 0 <= said.start - one.end <= BESIDE_CHARS]
            ids = {device.id for one in beside for device in home.devices(one.value, ())}
            first = [one for one in jobs if one.goal.target in ids]
            rest = [one for one in jobs if one.goal.target not in ids]
            if len(first) == len(rest) == 1:
                draft = Draft("order", {"after": first[0].goal.target}, "eq")
                yield Held(draft, rest[0].span, rest[0].clause)


def _linked(held: Iterable[Held], wanted: list[Wanted]) -> Iterator[Held]:
    """Conditions on the end of what the sentence itself asks for, as orders."""
    for one in held:
        value = one.draft.value
        if one.draft.type == "condition" and value.get("state") == "done":
            earlier = [
                goal
                for goal in wanted
                if goal.goal.target == value.get("device") and not _overlap(goal.span, one.span)
            ]
            own = {goal.goal.target for goal in wanted if goal.clause == one.clause}
            is_again = own == {value.get("device")}
            if earlier and one.draft.operator == "eq" and not is_again:
                yield one._replace(draft=Draft("order", {"after": earlier[-1].goal.target}, "eq"))
                continue
        yield one


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _without_excluded(
    wanted: list[Wanted], held: list[Held], home: Home
) -> tuple[list[Wanted], list[Held]]:
    out = {one.draft.value for one in held if one.draft.type == "exclude"}
    areas = areas_of(tuple(out), home)
    spared = {device.id for device in home.names.devices if device.area in areas} | out
    kept = [
        one
        for one in wanted
        if one.goal.target not in spared or home.kind_of(one.goal.target) not in LIGHTS
    ]
    return kept, held


def _ordered(held: Iterable[Held]) -> list[Held]:
    once: dict[str, Held] = {}
    for one in sorted(held, key=lambda each: each.span):
        once.setdefault(repr(one.draft._replace(is_fixed=False, is_loose=False)), one)
    return list(once.values())
