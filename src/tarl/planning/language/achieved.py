"""What a clause wants to be done, or striven for.

A mention of a device with what was said of it in its clause is an ``achieve`` goal; a clause that
names none speaks of the device before it ("then lock it"), or of the heating of a room.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any

import msgspec

from tarl.planning.language.actions import (
    COVERS,
    HEATING,
    LIGHTS,
    LOCKS,
    SCOPED,
    action_of,
    lacks,
)
from tarl.planning.language.implied import (
    IMPLIED_HEATING,
    ORDERS,
    heads,
    implied_by,
    is_stepped,
    mentioned_in,
    moved,
    named_last,
    of_work,
)
from tarl.planning.language.segments import Clause, Part, drafts_of
from tarl.planning.language.tellings import TIMES
from tarl.planning.language.values import Bound, Mention, Place, State
from tarl.planning.language.vocabulary import Home
from tarl.planning.language.wanted import (
    Wanted,
    aim_of,
    areas_of,
    bound_of,
    bounds_of,
    can_be_flipped,
    in_its_place,
    is_elsewhere,
    is_seen,
    places_of,
    reads_as_bound,
    span_of,
    tariff_of,
)
from tarl.planning.task import Goal

_ANEW = ORDERS - {"run", "shift", "dim"}
"""Those that say it whatever was to be done before: ``use the battery, then charge it``."""
_JOBS = frozenset({"dishwasher", "dryer", "vacuum", "washing_machine"})
"""Kinds that do a job, and are seldom told to stop."""
_OPEN = frozenset({"temperature", "brightness"})
"""What may be needed to know how far something is to be set."""
_SAYING_LITTLE = frozenset({"keep", "run", "set"})
"""Verbs that leave open what a battery is to do."""


def all_wanted(clauses: tuple[Clause, ...], home: Home) -> Iterator[Wanted]:
    """What the clauses of a sentence want, in their order, each as often as it is said."""
    last: Mention | None = None
    spots: list[Part] = []
    for at, clause in enumerate(clauses):
        mentions = clause.of("D")
        last = next((part.value for part in clause.of("d")), last)
        spots = clause.of("A") or ([] if mentions else spots)
        before, behind = clauses[:at], clauses[at + 1 :]
        if mentions and heads(clause, behind, home):
            last = mentions[0].value
        elif mentions:
            verbs = _verbs(at, clauses)
            for part in mentions:
                if (meant := of_work(part, clause, last)) is None:
                    continue
                found = list(_achieved(at, clause, meant, verbs, home))
                yield from found
                lights = (one for one in found if home.kind_of(one.goal.target) in LIGHTS)
                ids = tuple(one.goal.target for one in lights)
                last = meant.value._replace(ids=ids, is_all=True) if ids else meant.value
        elif implied := implied_by(
            clause, _before_it(clause) or last or named_last(behind), before, home
        ):
            last = implied
            yield from _implied(at, clause, implied, spots, home)
        for part in clause.of("G"):
            if tariff_of(clause, part) is None:
                yield _striven(at, clause, part, home)
        last = mentioned_in(clause) or last


_REMEDIED = {
    "open": {"close"},
    "closed": {"open"},
    "on": {"off", "dim"},
    "off": {"on"},
    "unlocked": {"lock"},
    "locked": {"lock", "unlock"},
}
"""What is done about what is so."""


def _before_it(clause: Clause) -> Mention | None:
    """The device of a condition that its clause goes on about: ``if the kitchen light is on switch
    it off``."""
    its = [part.start for part in clause.of("f") if part.value in ("it", "them")]
    verbs = [part.start for part in clause.of("v")]
    named: Mention | None = None
    for part in clause.parts_of("CS"):
        is_of_it = any(part.end <= it for it in its)
        for state, device in _states_in(part):
            does = _REMEDIED.get(state, set()) & set(clause.verbs)
            if (does and any(part.end <= at for at in verbs)) or (is_of_it and named is None):
                named = device
    return named


def _states_in(part: Part) -> Iterator[tuple[str, Mention]]:
    """What a part says of devices, each with how it is."""
    if isinstance(part.value, State):
        said = [{"state": part.value.state, **dict(part.value.facts)}]
    else:
        said = [draft.value for draft in drafts_of(part) if draft.type == "condition"]
    for one in said:
        if isinstance(one.get("device"), Mention):
            yield one["state"], one["device"]


def _implied(
    at: int, clause: Clause, device: Mention, spots: list[Part], home: Home
) -> Iterator[Wanted]:
    """What a clause wants of a device that it does not name; ``spots`` are the places that were
    named last."""
    said = device._replace(action=None) if _ANEW & set(clause.verbs) else device
    span = span_of(part for part in clause.parts if part.kind in "vuABI")
    if said == device and spots and home.kinds(said) & HEATING:
        clause = clause._replace(parts=(*clause.parts, *spots))
    elif said == IMPLIED_HEATING and not clause.of("A"):
        clause = in_its_place(clause)
    verbs = clause.verbs or moved(clause)
    found = list(_achieved(at, clause, Part("D", *span, said), verbs, home))
    is_vague = set(verbs) <= {"run"} and not bounds_of(clause)
    is_vague = is_vague or (bool(clause.verbs) and any(one.is_vague for one in found))
    yield from (one._replace(is_vague=is_vague) for one in found)


def _verbs(at: int, clauses: tuple[Clause, ...]) -> list[str]:
    """The verbs of a clause, or of the nearest one that shares its verb with it."""
    own = clauses[at].verbs
    if [verb for verb in own if verb != "keep"]:
        return own
    if any(part.value.is_verb for part in clauses[at].of("D")) or clauses[at].is_negated:
        return own
    nearest: tuple[Clause, ...] = (*clauses[:at][::-1], *clauses[at + 1 :])
    aims = [bound_of(part) for part in clauses[at].of("B")]
    is_aimed = any(aim is not None and aim.is_aim for aim in aims)
    drafts = [draft for part in clauses[at].parts for draft in drafts_of(part)]
    is_job = {part.value.kind for part in clauses[at].of("D")} <= _JOBS
    is_timed = is_job and any(draft.type in TIMES for draft in drafts)
    for other in nearest:
        if other.of("D") and other.verbs and not other.is_negated:
            # What is to be reached, or run at a time, is not switched off with the others.
            is_own = is_aimed or (is_timed and other in clauses[at + 1 :])
            return own if is_own and "off" in other.verbs else other.verbs
        if "discharge" in other.verbs and not other.of("D"):
            return other.verbs
    return own


def _achieved(
    at: int, clause: Clause, part: Part, verbs: list[str], home: Home
) -> Iterator[Wanted]:
    said: Mention = part.value
    if _is_about_rules(clause, verbs):
        return
    if clause.is_negated and not (can_be_flipped(clause) or _is_limited(clause)):
        return
    if "shift" in clause.verbs and not _is_put_off(clause):
        return
    if _is_kept(clause, home.kinds(said)) or _is_aimed_at(clause, home.kinds(said)):
        return
    if home.kinds(said) & LOCKS and is_seen(clause, verbs, home):
        return
    if "watch" in clause.verbs and home.kinds(said) & LOCKS:
        # It is watched, not moved.
        if not (camera := Mention("camera")).ids and not home.devices(camera, ()):
            return
        part, said = part._replace(value=camera), camera
    places = places_of(clause, home)
    if said.place is not None and (spot := home.place(Place(said.place))) is not None:
        places = (spot,)
    devices = home.devices(said, places)
    kind = devices[0].kind if devices else said.kind
    if said.kind == "house_lock":
        verbs = ["lock"]
    if kind in COVERS:
        verbs = [*verbs, *(moved(clause) if not {"open", "close"} & set(verbs) else ())]
    if kind == "battery" and "close" in (*verbs, *moved(clause)) and "charge" not in verbs:
        verbs = [*verbs, "discharge"]
    aim = aim_of(clause, kind)
    action = {"action": said.action} if said.action else action_of(kind, verbs, aim)
    scope = places if kind in SCOPED or said.kind in SCOPED else ()
    span = span_of([part, *clause.of("v")]) if clause.verbs else part.span
    telling = set(clause.verbs) - (_SAYING_LITTLE if kind == "battery" else {"discharge", "keep"})
    is_vague = not (telling or said.is_verb or said.action) and (kind == "battery" or aim is None)
    is_one_of_several = not said.ids and len(devices) > 1
    is_placed = kind in SCOPED or is_one_of_several
    needs = "area" if is_placed and is_elsewhere(clause, home) else None
    needs = needs if action is not None else "action"
    if action == {"action": "turn_on"} and clause.unread and not (verbs or said.action):
        needs = needs or "action"  # "Flash the lights" is another thing.
    if lacking := lacks(kind, action, verbs, is_step=is_stepped(clause)):
        action, needs = {"action": f"set_{lacking}"}, lacking
    ids = _meant(said, kind, devices, places, home)
    for id in ids or (said.kind,):
        value = _with_program(action or {}, id, clause, home)
        goal = Goal("achieve", id, value, scope=tuple(scope))
        asked = not ids and bool(home.names.devices)
        choices = tuple(device.id for device in devices) if asked else ()
        yield Wanted(goal, span, at, is_vague, "device" if asked else needs, choices)
        needs = None if needs in ("action", "area") else needs  # asked once for all of them


def _is_about_rules(clause: Clause, verbs: list[str]) -> bool:
    """Whether a clause names a device only to say where its data may go."""
    held = [draft for part in clause.of("C") for draft in part.value]
    aims = [part.value.target for part in clause.of("G")]
    says = [draft.type for draft in held] + aims
    if len(clause.of("D")) > 1 or any(
        part.value.action or part.value.is_verb for part in clause.of("D")
    ):
        return False
    if any(_is_ordered_first(part, clause) for part in clause.of("D")):
        return False
    says = [one for one in says if one not in ("window", "deadline", "earliest", "condition")]
    is_forbidden = set(clause.verbs) <= {"keep", "prohibit"}
    return is_forbidden and bool(says) and set(says) == {"privacy"}


def _is_ordered_first(named: Part, clause: Clause) -> bool:
    """Whether a machine is named with its time, before anything is said of data: ``aspiradora a
    las once, y que nada vaya a la nube``."""
    if named.value.kind == "camera":
        return False
    said = [(part.start, one.type) for part in clause.of("C") for one in drafts_of(part)]
    timed = [at for at, type in said if type in ("window", "deadline", "earliest")]
    private = [at for at, type in said if type == "privacy"]
    return bool(timed) and named.end <= timed[0] < min(private, default=0)


def _is_put_off(clause: Clause) -> bool:
    """Whether a clause says until when, or how long, something is put off."""
    types = {draft.type for part in clause.of("C") for draft in part.value}
    return bool(types & {"deadline", "earliest", "window", "duration", "condition"})


def _is_limited(clause: Clause) -> bool:
    """Whether what is negated is no order but an amount: ``it shouldn't cost more than ...``."""
    types = {draft.type for part in clause.of("C") for draft in part.value}
    shares = [bound_of(part) for part in clause.of("B")]
    if "charge" in clause.verbs and any(one is not None and one.unit == "share" for one in shares):
        return True
    return bool(types & {"cost", "price", "energy"}) and not clause.verbs


def _is_kept(clause: Clause, kinds: set[str]) -> bool:
    """Whether a clause names the heating, or a light, only to say what is to be kept."""
    bounds = [bound_of(part) for part in bounds_of(clause)]
    bounds = [one for one in bounds if one is None or one.unit not in ("power", "energy")]
    is_limit = all(one is not None and not one.is_aim and one.lo != one.hi for one in bounds)
    shares = [one for one in bounds if one is not None and one.unit == "share"]
    if kinds & LIGHTS and shares and set(clause.verbs) == {"keep"}:
        return True
    return (
        (is_limit or bool(clause.verbs))
        and set(clause.verbs) <= {"keep", "prohibit"}
        and bool(kinds & HEATING or (clause.verbs and "water_heater" in kinds))
        and bool(bounds)
    )


def _is_aimed_at(clause: Clause, kinds: set[str]) -> bool:
    """Whether a clause names what is to become better, and orders nothing of it."""
    aims = {(part.value.type, part.value.target) for part in clause.of("G")}
    if set(clause.verbs) - {"run", "set"} or bounds_of(clause):
        return False
    tuned = any(type == "optimize" for type, _ in aims) and bool(kinds & HEATING)
    tuned = tuned or (bool(kinds & HEATING) and _is_saved_on(clause))
    if any(part.value.action for part in clause.of("D")):
        return False
    if kinds & {"camera"} and not clause.verbs:
        return bool(aims) and {target for _, target in aims} == {"latency"}
    return tuned or (bool({target for _, target in aims} & {"latency"}) and bool(kinds & LIGHTS))


def _is_saved_on(clause: Clause) -> bool:
    """Whether it is but where something is to be saved: ``thrifty with the heating``."""
    saved = [part.end for part in clause.of("G") if part.value.type == "minimize"]
    return not clause.verbs and bool(saved) and min(saved) < clause.of("D")[0].start


def _meant(
    said: Mention, kind: str, devices: tuple[Any, ...], places: tuple[str, ...], home: Home
) -> tuple[str, ...]:
    """The ids that a mention means; none when that is open."""
    is_whole_house = said.kind == "house_lock" and said.action != "unlock"
    if len(devices) <= 1 or said.is_all or is_whole_house:
        return tuple(device.id for device in devices)
    inside = [device.id for device in devices if device.area in areas_of(places, home)]
    if kind in LIGHTS and inside:
        return tuple(inside)
    if home.area is not None and not inside:
        inside = [device.id for device in devices if device.area == home.area]
    return tuple(inside) if len(inside) == 1 else ()


def _with_program(action: dict[str, Any], id: str, clause: Clause, home: Home) -> dict[str, Any]:
    programs = home.programs(id)
    named = [part.value for part in clause.of("R") if part.value in programs]
    if action.get("action") == "run" and named and len(programs) > 1:
        return action | {"program": named[0]}
    return action


def _striven(at: int, clause: Clause, part: Part, home: Home) -> Wanted:
    goal: Goal = part.value
    is_taken = any(
        home.kinds(mention.value) & (SCOPED | LIGHTS)
        and not _is_aimed_at(clause, home.kinds(mention.value))
        for mention in clause.of("D")
    )
    heating = {"keep", "heat", "cool", "set", "run"} & set(clause.verbs)
    is_taken = is_taken or bool(heating and _degrees_of(clause))
    within = (home.place(Place(id)) or home.place(Place(id, True)) for id in goal.scope)
    own = tuple(place for place in within if place is not None)
    scope = () if is_taken else own or _scope(clause, part, home)
    needs = "area" if not is_taken and not own and is_elsewhere(clause, home) else None
    return Wanted(msgspec.structs.replace(goal, scope=scope), part.span, at, needs=needs)


def _degrees_of(clause: Clause) -> list[Bound]:
    """The bounds of a clause that a place takes for its own."""
    bounds = [
        bound_of(part)
        for part in bounds_of(clause)
        if part.kind == "B" or reads_as_bound(part, clause)
    ]
    return [one for one in bounds if one is not None and one.unit in ("temperature", "number")]


def _scope(clause: Clause, part: Part, home: Home) -> tuple[str, ...]:
    """The places of an objective; what stands between it and a bound is the bound's."""
    bounds = [
        bound.start
        for bound in bounds_of(clause)
        if bound.start > part.start
        and (bound.kind == "B" or reads_as_bound(bound, clause))
        and bound_of(bound).unit not in ("power", "energy")  # type: ignore[union-attr]  # a bound that reads as one has it
    ]
    kept = [
        other
        for other in clause.parts
        if not (
            other.kind == "A"
            and bounds
            and part.end <= other.start <= bounds[-1]
            and other.start - part.end >= min(abs(start - other.end) for start in bounds)
        )
    ]
    return places_of(clause._replace(parts=tuple(kept)), home)


def once(wanted: Iterable[Wanted], timed: Container[int] = ()) -> Iterator[Wanted]:
    """Each goal once; one whose action nobody said gives way to one that says it. A light that is
    dimmed at a time of its own (``timed`` are the clauses that say one) is turned on as well."""
    kept: list[Wanted] = []
    for one in wanted:
        same = [
            at
            for at, other in enumerate(kept)
            if (other.goal.type, other.goal.target) == (one.goal.type, one.goal.target)
            and _agree(other, one)
            and not (_is_dimmed(other, one) and other.clause in timed and one.clause in timed)
        ]
        if not same:
            kept.append(one)
            continue
        kept[same[0]] = _joined(kept[same[0]], one)
    return iter(kept)


def _is_dimmed(one: Wanted, other: Wanted) -> bool:
    actions = {_action(one.goal), _action(other.goal)}
    return actions == {"turn_on", "set_brightness"} and one.clause != other.clause


def _agree(one: Wanted, other: Wanted) -> bool:
    if {_action(one.goal), _action(other.goal)} == {"turn_on", "set_brightness"}:
        return abs(one.clause - other.clause) <= 1
    if (
        "action" in (one.needs, other.needs)
        or one.is_vague
        or other.is_vague
        or one.goal.value == other.goal.value
    ):
        return True
    if _action(one.goal) != _action(other.goal) or one.goal.scope != other.goal.scope:
        return False
    if {one.needs, other.needs} & _OPEN:
        return False  # Down now and up to 21 later are two things.
    shared = one.goal.value.keys() & other.goal.value.keys()
    return all(one.goal.value[key] == other.goal.value[key] for key in shared)


def _action(goal: Goal) -> object:
    return goal.value.get("action") if isinstance(goal.value, dict) else None


def _joined(one: Wanted, other: Wanted) -> Wanted:
    """One goal of two that are the same thing, with all that was said of it."""
    sure, vague = (other, one) if one.is_vague or one.needs == "action" else (one, other)
    if _action(sure.goal) == "turn_on" and _action(vague.goal) == "set_brightness":
        sure, vague = vague, sure
    value = sure.goal.value
    if _action(one.goal) == _action(other.goal) and value is not None:
        value = {**vague.goal.value, **value}
    scope = tuple(dict.fromkeys((*one.goal.scope, *other.goal.scope)))
    return sure._replace(
        goal=msgspec.structs.replace(sure.goal, value=value, scope=scope),
        span=(min(one.span[0], other.span[0]), max(one.span[1], other.span[1])),
        clause=one.clause,
        needs=sure.needs,
    )
