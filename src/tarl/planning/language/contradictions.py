"""What cannot hold together: two bounds, two orders, an order and its opposite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from tarl.planning.language.achieved import all_wanted
from tarl.planning.language.amounts import DAY_MINUTES
from tarl.planning.language.segments import Clause, drafts_of
from tarl.planning.language.vocabulary import Home
from tarl.planning.task import Constraint, Goal, Question, When

LONG_MINUTES = 12 * 60
"""A task that may begin after its deadline was said, and has longer than this until it comes round
again, was more likely contradicted than meant for the next day."""

_OPPOSITE = (
    {"turn_on", "turn_off"},
    {"open", "close"},
    {"unlock", "lock"},
    {"charge", "discharge"},
)


def contradictions(
    goals: tuple[Goal, ...],
    constraints: tuple[Constraint, ...],
    clauses: Sequence[Clause],
    home: Home,
) -> Iterator[Question]:
    """The questions about which of two things holds."""
    for at, one in enumerate(constraints):
        for other in constraints[:at]:
            if _contradict(other, one) and _share_goals(one, other):
                yield _which(f"{one.id}.value", _words(other), _words(one))
    for goal in goals:
        value = goal.value if goal.type == "keep" else None
        if value and "gte" in value and "lte" in value and value["gte"] > value["lte"]:
            yield Question(slot=f"{goal.id}.value", text="Which of these bounds holds?")
    for goal, later in _at_odds(goals, constraints):
        yield _which(f"{later.id}.action", _words(goal), _words(later))
    yield from _refused(goals, clauses, home)


def undo_each_other(goals: Sequence[Goal], constraints: Sequence[Constraint]) -> bool:
    """Whether two orders that are for the same time undo each other."""
    return next(_at_odds(goals, constraints), None) is not None


def _which(slot: str, one: str, other: str) -> Question:
    return Question(
        slot=slot, text=f"{one!r} or {other!r}: which of them holds?", choices=(one, other)
    )


def _words(one: Constraint | Goal) -> str:
    return one.said.text if one.said else one.type


# --- two orders


def _at_odds(
    goals: Sequence[Goal], constraints: Sequence[Constraint]
) -> Iterator[tuple[Goal, Goal]]:
    for goal, later in combinations(goals, 2):
        if _is_opposite(goal, later) and _bounds(goal, constraints) == _bounds(later, constraints):
            yield goal, later


def _is_opposite(one: Goal, other: Goal) -> bool:
    """Whether two orders undo each other, or set the same thing twice."""
    if one.type != "achieve" or (one.type, one.target) != (other.type, other.target):
        return False
    actions = _action(one), _action(other)
    if actions[0] == actions[1]:
        return one.scope == other.scope and one.value != other.value
    return set(actions) in _OPPOSITE


def _action(goal: Goal) -> str:
    return str(goal.value.get("action")) if isinstance(goal.value, dict) else ""


def _bounds(goal: Goal, constraints: Sequence[Constraint]) -> set[str]:
    """The rules that say when a goal is for."""
    return {one.id for one in constraints if not one.goals or goal.id in one.goals}


def _refused(goals: tuple[Goal, ...], clauses: Sequence[Clause], home: Home) -> Iterator[Question]:
    """What is ordered in one clause, and refused outright in another."""
    for clause in clauses:
        is_named = clause.verbs and any(not part.value.is_verb for part in clause.of("D"))
        is_bounded = any(drafts_of(part) for part in clause.parts)
        if not (clause.is_negated and is_named) or is_bounded:
            continue
        for one in all_wanted((clause._replace(negated=()),), home):
            for goal in goals:
                if goal.type == "achieve" and (goal.target, goal.value) == (
                    one.goal.target,
                    one.goal.value,
                ):
                    yield Question(
                        slot=f"{goal.id}.action",
                        text=f"{_words(goal)!r} is said, and that it shall not be: which holds?",
                        choices=("yes", "no"),
                    )


# --- two bounds


def _share_goals(one: Constraint, other: Constraint) -> bool:
    return not one.goals or not other.goals or bool(set(one.goals) & set(other.goals))


def _contradict(one: Constraint, other: Constraint) -> bool:
    if one.type == other.type:
        if one.type in ("cost", "price", "energy", "power", "deadline", "duration", "latency"):
            return bool(one.value != other.value)
        if one.type == "condition":
            return bool(one.value == other.value) and one.operator != other.operator
        if one.type in ("level", "temperature") and one.operator != other.operator:
            low, high = (one, other) if one.operator == "gte" else (other, one)
            return bool(low.value > high.value)
        return False
    if {one.type, other.type} == {"deadline", "earliest"}:
        end, start = (one, other) if one.type == "deadline" else (other, one)
        return _ends_before(end.value, start.value)
    return False


def _ends_before(end: When, start: When) -> bool:
    """Whether no time lies between a beginning and an end."""
    if end.in_minutes is not None and start.in_minutes is not None:
        return end.in_minutes <= start.in_minutes
    if end.clock is None or start.clock is None:
        return False
    last, first = _minutes(end.clock), _minutes(start.clock)
    days = (start.day, start.weekday, start.date), (end.day, end.weekday, end.date)
    if days[0] == days[1]:
        if start.names_day:
            return last <= first
        return last <= first and (last - first) % DAY_MINUTES > LONG_MINUTES
    if start.day is not None and end.day is not None:
        return end.day < start.day
    return False


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
