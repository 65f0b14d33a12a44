"""Where a long search begins: a whole schedule, if a little work finds one.

An opening without a solver (``opening.py``, ``justifying.py``) comes first. Where it found no room
for some jobs, these and some others are placed anew with the solver while the rest stays, more of
them each time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import msgspec

from tarl.planning.problem import Placed, Problem, Schedule
from tarl.planning.solver import intervals
from tarl.planning.solver.accounting import measure, violations
from tarl.planning.solver.justifying import justified
from tarl.planning.solver.opening import opening
from tarl.planning.solver.searching import MANY_CHOICES, Found, Told, search

PARTS = (0.2, 0.4, 0.7)
"""The share of jobs that is placed anew, in turn."""

MANY_JOBS = 20
"""From so many jobs on, where only the end of all counts."""

SHARE = 0.25
"""The part of the time that a beginning may take."""


def best_of(
    problem: Problem, left_s: Callable[[], float], *, kept: float = 0, told: Told | None = None
) -> Found:
    """The best schedule that is found: of the search, or where it began if that is no worse.

    Args:
        left_s: How many seconds are left.
        kept: The part of them that is for something else.
        told: Who is told better schedules.

    Raises:
        As ``search``.
    """
    begun = beginning(problem, left_s)
    known = whole(problem, begun)
    if known is not None and told is not None and told.incumbent is not None:
        told.incumbent(known)
    found = search(problem, seconds=(1 - kept) * left_s(), told=told, hint=begun)
    if known is not None and (found.schedule is None or known.objective < found.schedule.objective):
        return Found("feasible", known, found.bound)
    return found


def beginning(problem: Problem, left_s: Callable[[], float]) -> Sequence[Placed]:
    """Placements to begin with; none where the problem is small enough without.

    Args:
        left_s: How many seconds are left for all.
    """
    frozen_ids = {each.job for each in problem.frozen}
    options = sum(len(job.options) for job in problem.jobs if job.id not in frozen_ids)
    end_s = (1 - SHARE) * left_s()
    if intervals.fits(problem):
        if problem.before or len(problem.jobs) < MANY_JOBS:
            return problem.before
        return justified(problem, lambda: left_s() < end_s)
    if options * problem.count < MANY_CHOICES or whole(problem, problem.before):
        return problem.before
    placed = opening(problem, lambda: left_s() < end_s)
    for part in PARTS:
        here = {each.job for each in placed}
        left_out = [j.id for j in problem.jobs if j.id not in here and j.drop_penalty is None]
        if not left_out or left_s() < end_s:
            break
        free = {*left_out, *_others(problem, here, left_out, part)}
        frozen = (*problem.frozen, *(p for p in placed if p.job not in free))
        smaller = msgspec.structs.replace(
            problem, frozen=tuple({p.job: p for p in frozen}.values()), alternatives=0, priced=()
        )
        found = search(smaller, seconds=(left_s() - end_s) / 2)
        if found.schedule is not None:
            return found.schedule.placed
    return placed


def whole(problem: Problem, placed: Sequence[Placed]) -> Schedule | None:
    """The schedule of these placements with batteries at rest; None where it breaks something."""
    ends = {(j.id, o.id): problem.count - len(o.power_w) for j in problem.jobs for o in j.options}
    if not placed or any(
        not 0 <= each.start <= ends.get((each.job, each.option), -1) for each in placed
    ):
        return None
    schedule = measure(problem, placed)
    return None if violations(problem, schedule) else schedule


def _others(problem: Problem, here: set[str], left_out: list[str], part: float) -> list[str]:
    """Jobs to be moved beside those left out: neighbours in the order and on resources first."""
    jobs = {job.id: job for job in problem.jobs}
    wanted = {r for id in left_out for option in jobs[id].options for r in option.demands}
    before = {other for id in left_out for other in jobs[id].after}

    def distance(id: str) -> int:
        if id in before or jobs[id].after.keys() & set(left_out):
            return 0
        return 1 if any(wanted & option.demands.keys() for option in jobs[id].options) else 2

    dice = random.Random(problem.seed)
    order = sorted(sorted(here), key=lambda id: (distance(id), dice.random()))
    return order[: round(part * len(jobs))]
