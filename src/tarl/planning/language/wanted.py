"""What clauses want, before it has ids, and what can be asked of a clause."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tarl.planning.language.actions import HEATING, LIGHTS, STORES, setting_of
from tarl.planning.language.amounts import WARM_MIN
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.values import FULL, Bound, Draft, Either, Place
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Goal, Operator

FLIPPED: dict[str, tuple[str, Operator]] = {
    "condition.eq": ("condition", "neq"),
    "condition.neq": ("condition", "eq"),
    "window.in": ("window", "neq"),
    "window.neq": ("window", "in"),
    "deadline.lte": ("earliest", "gte"),
    "earliest.gte": ("deadline", "lte"),
    "quiet.eq": ("quiet", "eq"),
    "price.lte": ("price", "lte"),
    "duration.eq": ("earliest", "gte"),
}
"""What a negated order makes of the rules that are said with it."""


_HEATED = HEATING | {"water_heater"}
_ROOM_VERBS = frozenset({"run", "set", "heat", "cool"})
_WATER_MIN = 300
"""Tenths of a degree: what is lower is no warmth of water, but an hour."""


def _has_time(clause: Clause, part: Part) -> bool:
    """Whether a clause says when by other words than these."""
    times = ("deadline", "earliest", "window")
    others = (other for other in clause.of("C") if other.start != part.start)
    return any(draft.type in times for other in others for draft in other.value)


class Wanted(NamedTuple):
    """A goal of a clause; ``is_vague`` when no verb said what to do, ``choices`` the devices that
    it may mean when that has to be asked."""

    goal: Goal
    span: tuple[int, int]
    clause: int
    is_vague: bool = False
    needs: str | None = None
    choices: tuple[str, ...] = ()


class Held(NamedTuple):
    """A constraint of a clause."""

    draft: Draft
    span: tuple[int, int]
    clause: int


def places_of(clause: Clause, home: Home) -> tuple[str, ...]:
    """The ids of the areas and floors that a clause names, as far as the home has them."""
    found = (home.place(part.value) for part in clause.of("A"))
    return tuple(dict.fromkeys(place for place in found if place is not None))


def is_elsewhere(clause: Clause, home: Home) -> bool:
    """Whether a clause names a place that the home does not have, or a ``here`` that is unknown."""
    return any(home.place(part.value) is None for part in clause.of("A"))


def areas_of(places: tuple[str, ...], home: Home) -> set[str]:
    """The ids of the areas in some places: of a floor, all that are on it."""
    return set(places) | {area.id for area in home.names.areas if area.floor in places}


def bounds_of(clause: Clause) -> list[Part]:
    """The bounds of a clause; where it says a share, ``full`` is said of the same."""
    bounds = [part for part in clause.parts if part.kind in "BI"]
    shares = [part.value for part in bounds if part.kind == "B" and part.value.unit == "share"]
    if any(share.lo is not None for share in shares):
        return [part for part in bounds if part.value != FULL]
    return bounds


def bound_of(part: Part) -> Bound | None:
    """The bound that a part holds, be it bare numbers."""
    value = part.value
    return value.bound if isinstance(value, Either) else value


def aim_of(clause: Clause, kind: str) -> Bound | None:
    """What a device of a kind is to reach, as its clause says."""
    for part in bounds_of(clause):
        bound = bound_of(part)
        if bound is None or (isinstance(part.value, Either) and not reads_as_bound(part, clause)):
            continue
        if kind in STORES:
            if bound.unit in ("share", "fill", "number"):
                return bound
        elif (
            bound.is_aim
            or (bound.unit == "fill" and (kind in LIGHTS or setting_of(kind, bound) is not None))
            or (bound.lo is not None and bound.lo == bound.hi)
        ):
            return bound
    return None


def reads_as_bound(part: Part, clause: Clause) -> bool:
    """Whether bare numbers are degrees here, not hours."""
    verbs = set(clause.verbs)
    kinds = {mention.value.kind for mention in clause.of("D")}
    if not part.value.times and kinds & (STORES | LIGHTS):
        return True  # No clock says that.
    if verbs & {"open", "close", "lock", "unlock"}:
        return False
    if kinds & _HEATED and not verbs & {"on", "off"}:
        least = WARM_MIN if kinds & HEATING else _WATER_MIN
        return part.value.bound.lo is not None and part.value.bound.lo >= least
    is_room = not kinds and (bool(clause.of("A")) or _spares_room(clause)) and verbs <= _ROOM_VERBS
    is_heated = bool(verbs & {"heat", "cool"})
    if is_room and (verbs or not clause.of("G")) and (is_heated or _has_time(clause, part)):
        return part.value.bound.lo is not None and part.value.bound.lo >= WARM_MIN
    spots = clause.of("A")
    beside = any(0 <= part.start - spot.end <= 1 for spot in spots)
    beside = beside or any(0 <= spot.start - part.end <= 1 for spot in spots)
    if (
        beside
        and verbs <= {"run", "set"}
        and not kinds
        and not clause.of("G")
        and part.value.bound.lo is not None
    ):
        return bool(part.value.bound.lo >= WARM_MIN)
    if not verbs & {"keep", "prohibit"} or kinds:
        return False
    others = [other for other in clause.of("B") if other.start != part.start]
    firsts = [other for other in bounds_of(clause) if isinstance(other.value, Either)]
    return not others and firsts[0].start == part.start


def _spares_room(clause: Clause) -> bool:
    """Whether a clause is about all rooms but one."""
    drafts = [draft for part in clause.of("C") for draft in part.value]
    return any(draft.type == "exclude" and isinstance(draft.value, Place) for draft in drafts)


def span_of(parts: Iterable[Part]) -> tuple[int, int]:
    """Where some parts were said, from the first to the last."""
    spans = [part.span for part in parts]
    return min(start for start, _ in spans), max(end for _, end in spans)


def tariff_of(clause: Clause, part: Part) -> Draft | None:
    """The rule that ``only`` makes of a superlative: ``only charge it when power is cheapest``."""
    rules = {"cost": "cheapest", "co2": "greenest"}
    goal: Goal = part.value
    is_only = any(
        only.value != "just" and (only.start < part.start or 0 <= only.start - part.end <= 1)
        for only in clause.of("o")
    )
    if is_only and goal.type == "minimize" and goal.target in rules:
        return Draft("tariff", rules[goal.target], "eq")
    return None


def can_be_flipped(clause: Clause) -> bool:
    """Whether a negated order has a time or a condition that is negated with it, or says which
    power alone it may take."""
    return any(
        f"{draft.type}.{draft.operator}" in FLIPPED or (draft.type == "tariff" and draft.is_fixed)
        for part in clause.parts
        for draft in drafts_of(part)
    )


def in_its_place(clause: Clause) -> Clause:
    """The clause with the place of its condition, where no other is named: ``when Anna is in the
    office, heat it to 22``."""
    if is_of_house(clause):
        return clause
    spots = [
        Part("A", part.start, part.end, draft.value["area"])
        for part in clause.of("C")
        for draft in part.value
        if draft.type == "condition" and draft.value.get("area") is not None
    ]
    return clause._replace(parts=(*clause.parts, *spots[:1]))


def is_seen(clause: Clause, verbs: list[str], home: Home) -> bool:
    """Whether a clause names a door only to say where its camera looks."""
    watched = any("camera" in home.kinds(part.value) for part in clause.of("D"))
    return watched and not {"lock", "unlock", "open", "close"} & set(verbs)


HOUSE = "house"
"""Said of all of it."""


def is_of_house(clause: Clause) -> bool:
    """Whether a clause names the whole house, and not the place of its condition."""
    is_named = any(part.value == HOUSE for part in clause.of("f"))
    return is_named or any(part.value.is_whole for part in clause.of("B"))


def is_lit_there(clause: Clause, home: Home) -> bool:
    """Whether a light stands in a place that a clause names; where nobody knows, it may."""
    areas = areas_of(places_of(clause, home), home)
    lights = [device for device in home.names.devices if device.kind in LIGHTS]
    return not lights or any(device.area in areas for device in lights)
