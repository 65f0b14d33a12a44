"""From clauses to goals and constraints.

1. A negated order with a time or a condition is the goal with the negated rule; else none.
2. "When that is done" is an order where the sentence asks for that itself, else a condition.
3. Lights that are left out are no goals.
4. Whatever is said twice counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tarl.planning.language.achieved import all_wanted, once
from tarl.planning.language.actions import LIGHTS
from tarl.planning.language.clauses import Clause, Part, drafts_of
from tarl.planning.language.keeping import resolved
from tarl.planning.language.modifiers import Draft, Either, Mention, Place, while_it_is
from tarl.planning.language.vocabulary import Home
from tarl.planning.language.wanted import (
    FLIPPED,
    Held,
    Wanted,
    areas_of,
    bounds_of,
    reads_as_bound,
    tariff_of,
)

_NEXT = Draft("order", None, "eq")


class Frame(NamedTuple):
    """What the clauses of a sentence want."""

    wanted: tuple[Wanted, ...]
    held: tuple[Held, ...]


def frame_of(clauses: tuple[Clause, ...], home: Home) -> Frame:
    """The goals and constraints of a sentence's clauses."""
    clauses = tuple(_kept_too(clauses))
    wanted = list(once(all_wanted(clauses, home)))
    bounds = [(at, part, clause) for at, clause in enumerate(clauses) for part in bounds_of(clause)]
    keeps, held = resolved(bounds, wanted, clauses, home)
    wanted = sorted([*wanted, *keeps], key=lambda one: one.span)
    is_supposed = any(clause.of("X") for clause in clauses)
    for at, clause in enumerate(clauses):
        held.extend(_held(at, clause, home, is_supposed=is_supposed))
    held.extend(_in_turn(clauses, wanted))
    kept, rules = _without_excluded(wanted, held, home)
    return Frame(tuple(kept), tuple(_ordered(_linked(rules, kept))))


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


def _held(at: int, clause: Clause, home: Home, *, is_supposed: bool) -> Iterator[Held]:
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
            draft = _named(draft, home)
            if draft.value is not None:
                is_time = draft.type in ("deadline", "earliest")
                flips = clause.negates(part) if is_time else clause.is_negated
                yield Held(_flipped(draft) if flips else draft, part.span, at)


def _flipped(draft: Draft) -> Draft:
    type, operator = FLIPPED.get(f"{draft.type}.{draft.operator}", (draft.type, draft.operator))
    return Draft(type, draft.value, operator)


def _named(draft: Draft, home: Home) -> Draft:
    """The draft with ids in place of mentions and places."""
    value = draft.value
    if draft.type == "condition":
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
        devices = home.devices(fact, ())
        return devices[0].id if len(devices) == 1 else fact.kind
    return fact


def _in_turn(clauses: tuple[Clause, ...], wanted: list[Wanted]) -> Iterator[Held]:
    """The order of clauses that say they come next; ``after`` holds the place of the goal."""
    for at, clause in enumerate(clauses):
        says = [part for part in clause.of("C") for draft in part.value if draft == _NEXT]
        before = [one for one in wanted if one.clause < at and one.goal.type == "achieve"]
        own = [one for one in wanted if one.clause == at and one.goal.type == "achieve"]
        if (clause.is_next or says) and before and own:
            span = says[0].span if says else own[0].span
            yield Held(Draft("order", {"after": before[-1].goal.target}, "eq"), span, at)


def _linked(held: Iterable[Held], wanted: list[Wanted]) -> Iterator[Held]:
    """Conditions on the end of what the sentence itself asks for, as orders."""
    for one in held:
        value = one.draft.value
        if one.draft.type == "condition" and value.get("state") == "done":
            earlier = [
                goal
                for goal in wanted
                if goal.goal.target == value.get("device") and goal.span[0] < one.span[0]
            ]
            if earlier and one.draft.operator == "eq":
                yield one._replace(draft=Draft("order", {"after": earlier[-1].goal.target}, "eq"))
                continue
        yield one


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
        once.setdefault(repr(one.draft), one)
    return list(once.values())
