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

from tarl.planning.problem import Problem, Schedule, Solution
from tarl.planning.solver.searching import Told, search
from tarl.planning.solver.validation import validate

Clock = Callable[[], float]
"""Seconds, from any beginning."""


def solve_here(
    problem: Problem,
    *,
    incumbent: Callable[[Schedule], None] | None = None,
    is_due: Callable[[], bool] = lambda: True,
    clock: Clock = time.perf_counter,
) -> Solution:
    """The best schedule, or why there is none.

    Args:
        incumbent: Is told better schedules as they are found.
        is_due: Whether it wants to be told now; what comes meanwhile is passed over.
        clock: What the time limit is measured by.

    Raises:
        Invalid: ``solver.problem``.
        Unavailable: ``extra.missing``: the solver is not installed.
    """
    validate(problem)
    begin = clock()
    solved = search(problem, seconds=problem.time_limit_ms / 1000, told=Told(incumbent, is_due))
    return Solution(
        status=solved.status,
        schedule=solved.schedule,
        bound=solved.bound,
        wall_ms=round(1000 * (clock() - begin)),
    )
