"""Further schedules that really differ: each is better in some term than all the others.

The epsilon-constraint method (Y. Haimes, L. Lasdon, D. Wismer, 1971): for each term in turn the
best schedule that is lower in this term by a step, and not much worse in all. A schedule that some
other one equals or beats in every term is dropped, so that what is left are trade-offs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tarl.planning.problem import Problem, Schedule, Terms
from tarl.planning.solver.conflicts import LEAST_S
from tarl.planning.solver.model import TERMS, Model
from tarl.planning.solver.searching import search

STEP = 50
"""Permille of a term by which an alternative is better in it, at least: less is no reason."""

COMPARED = (*TERMS, "penalty")


def alternatives_to(
    problem: Problem, best: Schedule, left_s: Callable[[], float]
) -> tuple[Schedule, ...]:
    """As many alternatives to the best schedule as are asked for, the best of them first.

    Args:
        left_s: How many seconds are left.
    """
    found: list[Schedule] = []
    wanted = [name for name in TERMS if name == "cost" or getattr(best.terms, name) > 0]
    for number, name in enumerate(wanted):
        share_s = left_s() / (len(wanted) - number)
        if len(found) >= problem.alternatives or share_s < LEAST_S:
            break
        other = _lower(problem, best, name, share_s)
        if other is not None and other.terms not in [each.terms for each in found]:
            found.append(other)
    kept = _apart([best, *found])[1:]
    return tuple(sorted(kept, key=lambda each: each.objective))


def _lower(problem: Problem, best: Schedule, name: str, seconds: float) -> Schedule | None:
    """The best schedule that is lower in a term, within the slack."""
    model = Model(problem)
    value = getattr(best.terms, name)
    most = value - max(1, abs(value) * STEP // 1000)
    scale = model.q if name in ("cost", "co2") else 1
    model.model.add(model.term(name).expression <= most * scale)
    slack = abs(best.objective) * problem.alternative_slack // 1000
    model.model.add(model.objective.expression <= (best.objective + slack) * model.q)
    return search(problem, seconds=seconds, model=model, hint=best.placed).schedule


def _apart(schedules: Sequence[Schedule]) -> list[Schedule]:
    """Those that no other equals or beats in every term; the first of all stays."""
    kept: list[Schedule] = []
    for index, each in enumerate(schedules):
        others = [other for place, other in enumerate(schedules) if place != index]
        if not index or not any(_beats(other.terms, each.terms) for other in others):
            kept.append(each)
    return kept


def _beats(one: Terms, other: Terms) -> bool:
    """Whether a schedule is nowhere worse than another."""
    return all(getattr(one, name) <= getattr(other, name) for name in COMPARED)
