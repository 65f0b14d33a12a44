"""Bounds that no device takes for its aim: what is to be kept, and limits of what is done.

A bound is a ``keep`` goal where its clause says keep or the sentence asks for nothing else; else it
is a constraint.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tarl.planning.language.actions import HEATING, LIGHTS, STORES, setting_of
from tarl.planning.language.segments import Clause, Part
from tarl.planning.language.values import OPEN, Bound, Draft, Either
from tarl.planning.language.vocabulary import Home
from tarl.planning.language.wanted import (
    Held,
    Wanted,
    bound_of,
    is_elsewhere,
    is_of_house,
    places_of,
    reads_as_bound,
    span_of,
)
from tarl.planning.task import Goal


def resolved(
    bounds: list[tuple[int, Part, Clause]],
    wanted: list[Wanted],
    clauses: tuple[Clause, ...],
    home: Home,
) -> tuple[list[Wanted], list[Held]]:
    """What the bounds are that no device takes for its aim."""
    keeps: list[Wanted] = []
    held: list[Held] = []
    kinds = {home.kind_of(one.goal.target) for one in wanted}
    for at, part, clause in bounds:
        bound = bound_of(part)
        if bound is None or (isinstance(part.value, Either) and not reads_as_bound(part, clause)):
            continue
        if "hate" in clause.verbs or _is_passed(part, bound, clause):
            bound = bound._replace(lo=bound.hi, hi=bound.lo, is_kept=True)
        own = {home.kind_of(one.goal.target) for one in wanted if one.clause == at}
        quantity = _quantity(bound, clause, own or _lights_in(clause, home) or kinds)
        if quantity is None:
            if own and bound.unit == "share" and not _is_setting(bound, own):
                held.append(Held(Draft(OPEN, "amount", "eq"), part.span, at))
            continue
        verbs = {*clause.verbs, "keep"} if bound.is_kept else set(clause.verbs)
        keeping = bool({"keep", "prohibit"} & verbs) and quantity != "level"
        is_aim = bound.is_aim or (bound.lo is not None and bound.lo == bound.hi)
        is_aim = is_aim or bound.unit == "fill"
        if not keeping and is_aim and _is_taken(quantity, own or kinds):
            continue
        if bound.is_aim and len(clause.parts) < 2:
            continue  # A bare number with its unit asks for nothing.
        if quantity == "power" and "keep" in verbs and _keeps_other(bounds, at, part):
            held.extend(Held(draft, part.span, at) for draft in _limits(bound, quantity, clause))
        elif (keeping and "keep" in verbs) or not (wanted or quantity in ("level", "energy")):
            keeps.append(_kept(at, part, bound, quantity, clause, home))
        else:
            held.extend(Held(draft, part.span, at) for draft in _limits(bound, quantity, clause))
    security = [
        Wanted(
            Goal("keep", "security", scope=places_of(clause, home)),
            span_of([part, *clause.of("v")]),
            at,
        )
        for at, clause in enumerate(clauses)
        for part in clause.of("q")
        if part.value == "security" and "keep" in clause.verbs
    ]
    return list(_paired(keeps)) + security, held


def _lights_in(clause: Clause, home: Home) -> set[str]:
    """``light`` where a clause that keeps something names one."""
    named = (home.kinds(part.value) & LIGHTS for part in clause.of("D"))
    return set().union(*named) if "keep" in clause.verbs else set()


def _is_passed(part: Part, bound: Bound, clause: Clause) -> bool:
    """Whether a bound is what is not to be passed: ``don't heat the bedroom above 18``."""
    is_forbidden = "prohibit" in clause.verbs and bool(clause.of("D"))
    is_negated = is_forbidden or any(one.end <= part.start for one in clause.of("n"))
    if not is_negated or bound.is_aim:
        return False
    verbs = set(clause.verbs) - {"prohibit"}
    is_heated = bool(verbs) and verbs <= {"heat", "run", "set", "charge"} and bound.hi is None
    return is_heated or (verbs == {"cool"} and bound.lo is None)


def _keeps_other(bounds: list[tuple[int, Part, Clause]], at: int, part: Part) -> bool:
    """Whether a clause keeps something else, of which a bound of the power is but a limit."""
    own = [bound_of(other) for clause_at, other, _ in bounds if clause_at == at and other != part]
    return any(one is not None and one.unit in ("temperature", "number") for one in own)


def _paired(keeps: list[Wanted]) -> Iterator[Wanted]:
    """The keeps, where two halves of one range are one: ``above 19 and below 22``."""
    last: Wanted | None = None
    for one in keeps:
        if last is not None and _are_halves(last.goal, one.goal):
            goal = msgspec.structs.replace(last.goal, value={**last.goal.value, **one.goal.value})
            last = last._replace(goal=goal, span=(last.span[0], one.span[1]))
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _are_halves(one: Goal, other: Goal) -> bool:
    halves = len(one.value) == len(other.value) == 1 and one.value.keys() != other.value.keys()
    return one.target == other.target and halves and other.scope in ((), one.scope)


def _is_taken(quantity: str, kinds: set[str]) -> bool:
    if quantity == "temperature":
        return bool(kinds & (HEATING | {"water_heater", "air_conditioner", "oven"}))
    return quantity == "brightness" and bool(kinds & LIGHTS)


def _is_setting(bound: Bound, kinds: set[str]) -> bool:
    """Whether a bound is what a device of one of these kinds is set to."""
    return any(setting_of(kind, bound) is not None for kind in kinds)


def _quantity(bound: Bound, clause: Clause, kinds: set[str]) -> str | None:
    if _is_setting(bound, kinds) and not kinds & (LIGHTS | STORES):
        return None
    said = [part.value for part in clause.of("q") if part.value != "security"]
    if bound.unit == "temperature":
        return "temperature"
    if bound.unit in ("power", "energy"):
        return bound.unit
    if bound.unit == "fill":
        is_lit = kinds & LIGHTS or ("keep" in clause.verbs and clause.of("A"))
        return "level" if kinds & STORES else "brightness" if is_lit else None
    if bound.unit == "share":
        if "humidity" in said:
            return "humidity"
        if kinds & STORES:
            return "level"
        lit = "brightness" in said or kinds & LIGHTS or clause.of("A")
        return "brightness" if lit else None
    if said:
        return str(said[0])
    is_kept = bound.is_kept or bool({"keep", "prohibit"} & set(clause.verbs))
    if kinds & STORES and not (is_kept and clause.of("A")):
        return "level"
    if kinds & LIGHTS and ("dim" in clause.verbs or not clause.of("A")):
        return "brightness"
    return "temperature"


def _kept(at: int, part: Part, bound: Bound, quantity: str, clause: Clause, home: Home) -> Wanted:
    value: dict[str, int] = {}
    if bound.lo is not None:
        value["gte"] = bound.lo
    if bound.hi is not None:
        value["lte"] = bound.hi
    scope = places_of(clause, home) or _where_it_is_so(clause, home)
    if quantity == "brightness" and not scope:
        named = {id for mention in clause.of("D") for id in mention.value.ids}
        areas = (device.area for device in home.names.devices if device.id in named)
        scope = tuple(dict.fromkeys(area for area in areas if area))
    span = span_of([part, *clause.of("v")])
    needs = "area" if is_elsewhere(clause, home) else None
    return Wanted(Goal("keep", quantity, value, scope=scope), span, at, needs=needs)


def _where_it_is_so(clause: Clause, home: Home) -> tuple[str, ...]:
    """The place of a clause's condition: ``while someone is in the study, keep it at 21``."""
    if is_of_house(clause):
        return ()
    drafts = [draft for part in clause.of("C") for draft in part.value]
    spots = [draft.value.get("area") for draft in drafts if draft.type == "condition"]
    spots += [dict(part.value.facts).get("area") for part in clause.of("S")]
    return tuple(id for spot in spots if spot is not None and (id := home.place(spot)))[:1]


def _limits(bound: Bound, quantity: str, clause: Clause) -> Iterator[Draft]:
    lo, hi = bound.lo, bound.hi
    if quantity == "level" and lo is None and bound.is_aim:
        lo, hi = hi, None  # Charged up to 80 % is charged to 80 %.
    elif quantity == "level" and lo is not None and lo == hi:
        # Charged to 80 % is at least that much; "stop at 80 %" is at most.
        lo, hi = (None, hi) if "off" in clause.verbs else (lo, None)
    is_drained = "discharge" in clause.verbs
    is_drained = is_drained or any(part.value.action == "discharge" for part in clause.of("D"))
    if quantity == "level" and lo is None and is_drained:
        lo, hi = hi, None  # No further down than that.
    kind = {"humidity": "level", "brightness": "level"}.get(quantity, quantity)
    if lo is not None and kind not in ("power", "energy"):
        yield Draft(kind, lo, "gte")
    if hi is not None:
        yield Draft(kind, hi, "lte")
