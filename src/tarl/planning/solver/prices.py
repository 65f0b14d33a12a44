"""What a rule costs: the best schedule beside the best one without it."""

from __future__ import annotations

from collections.abc import Callable

from tarl.planning.problem import Problem, RulePrice
from tarl.planning.solver.conflicts import LEAST_S, without
from tarl.planning.solver.searching import Found, search


def prices_of(problem: Problem, found: Found, left_s: Callable[[], float]) -> dict[str, RulePrice]:
    """The prices of the rules that are asked for, as far as time allows.

    Args:
        found: The best schedule under all rules.
        left_s: How many seconds are left.
    """
    best = found.schedule
    prices: dict[str, RulePrice] = {}
    if best is None:
        return prices
    for number, id in enumerate(problem.priced):
        share_s = left_s() / (len(problem.priced) - number)
        if share_s < LEAST_S:
            break
        freed = search(without(problem, [id]), seconds=share_s, hint=best.placed)
        if freed.schedule is not None:
            prices[id] = RulePrice(
                objective=max(0, best.objective - freed.schedule.objective),
                cost_micro=best.terms.cost - freed.schedule.terms.cost,
                is_proven=found.status == freed.status == "optimal",
            )
    return prices
