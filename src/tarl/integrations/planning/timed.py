"""A solver that keeps to the time which one plan may take, however often it is asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from tarl.planning.planner import Solve
from tarl.planning.problem import Problem, Solution

LEAST_MS = 100
"""What the last search gets even when the others took all the time: it may only have to say that
there is no plan."""

_ends_s: ContextVar[float | None] = ContextVar("planning_ends_s", default=None)


@contextmanager
def within(time_ms: int) -> Iterator[None]:
    """All searches for a plan that is made here end within this time."""
    token = _ends_s.set(asyncio.get_running_loop().time() + time_ms / 1000)
    try:
        yield
    finally:
        _ends_s.reset(token)


class TimedSolver:
    """Solves with what is left of the time.

    Args:
        solve: Who solves.
    """

    def __init__(self, solve: Solve) -> None:
        self._solve = solve

    async def solve(self, problem: Problem) -> Solution:
        """The best schedule that is found in the time that is left; see ``SolverProcess.solve``."""
        ends_s = _ends_s.get()
        if ends_s is not None:
            left_ms = round((ends_s - asyncio.get_running_loop().time()) * 1000)
            limit_ms = max(LEAST_MS, min(problem.time_limit_ms, left_ms))
            problem = msgspec.structs.replace(problem, time_limit_ms=limit_ms)
        return await self._solve(problem)
