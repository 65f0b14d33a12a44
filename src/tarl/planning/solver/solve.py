"""The best schedule of a problem, in this process: CP-SAT of OR-Tools.

1. What is answered was measured by arithmetic (``accounting.py``) and breaks nothing; the solver is
   believed only for what is best and what is impossible.
2. All together takes no longer than ``time_limit_ms`` and the moment that it takes to build a
   model: what is wanted besides the best schedule gets the time that is left, and a part that is
   kept for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import structs

from tarl.planning.problem import Problem, Schedule, Solution
from tarl.planning.solver.alternatives import alternatives_to
from tarl.planning.solver.beginning import best_of
from tarl.planning.solver.conflicts import Conflict
from tarl.planning.solver.prices import prices_of
from tarl.planning.solver.searching import Told
from tarl.planning.solver.validation import validate

KEPT = 0.4
"""The part of the time that is kept for alternatives and prices, where they are wanted."""

Clock = Callable[[], float]
"""Seconds, from any beginning."""


def solve_here(
    problem: Problem,
    *,
    incumbent: Callable[[Schedule], None] | None = None,
    is_due: Callable[[], bool] = lambda: True,
    has_ways_out: bool = True,
    clock: Clock = time.perf_counter,
) -> Solution:
    """The best schedule, or why there is none.

    Args:
        incumbent: Is told better schedules as they are found.
        is_due: Whether it wants to be told now; what comes meanwhile is passed over.
        has_ways_out: Whether ways out of a conflict are wanted beside it.
        clock: What the time limit is measured by.

    Raises:
        Invalid: ``solver.problem``.
        Unavailable: ``extra.missing``: the solver is not installed.
    """
    validate(problem)
    begin = clock()
    end = begin + problem.time_limit_ms / 1000

    def left_s() -> float:
        return end - clock()

    kept = KEPT if problem.alternatives or problem.priced else 0
    found = best_of(problem, left_s, kept=kept, told=Told(incumbent, is_due))
    solution = Solution(status=found.status, schedule=found.schedule, bound=found.bound)
    if found.schedule is not None:
        solution = structs.replace(
            solution,
            prices=prices_of(problem, found, left_s),
            alternatives=alternatives_to(problem, found.schedule, left_s),
        )
    elif found.status == "infeasible":
        conflict = Conflict(problem, left_s)
        solution = structs.replace(solution, conflict=conflict.core())
        if has_ways_out:
            solution = structs.replace(solution, relaxations=conflict.relaxations())
    return structs.replace(solution, wall_ms=round(1000 * (clock() - begin)))
