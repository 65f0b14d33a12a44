"""Where a long search begins: a whole schedule, if a little work finds one.

An opening without a solver (``opening.py``, ``justifying.py``) comes first. Where it found no room
for some jobs, these and some others are placed anew with the solver while the rest stays, more of
them each time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tarl.planning.problem import Placed, Problem, Schedule
from tarl.planning.solver import intervals, relaxing
from tarl.planning.solver.accounting import measure, violations
from tarl.planning.solver.board import Board
from tarl.planning.solver.choices import Choice, lawful
from tarl.planning.solver.justifying import justified
from tarl.planning.solver.model import Model
from tarl.planning.solver.opening import Opening, opening
from tarl.planning.solver.relaxing import Relaxed
from tarl.planning.solver.searching import MANY_CHOICES, Found, Told, search

PARTS = (0.2, 0.4, 0.7)
"""The share of jobs that is placed anew, in turn."""

MANY_JOBS = 20
"""From so many jobs on, where only the end of all counts."""

SHARE = 0.25
"""The part of the time that a beginning may take."""

SHARE_PURE = 0.4
"""The same where only the end of all counts."""

SHARE_RELAXED = 0.6
"""The same where a relaxation says where jobs should go: little is found later."""


def best_of(
    problem: Problem, left_s: Callable[[], float], *, kept: float = 0, told: Told | None = None
) -> Found:
    """The best schedule that is found: of the search, or where it began if that is no worse; where
    there was no time for either, one without a search, if there is room for all.

    Args:
        left_s: How many seconds are left.
        kept: The part of them that is for something else.
        told: Who is told better schedules.

    Raises:
        As ``search``.
    """
    board = Board(problem) if _is_long(problem) else None
    is_relaxed = board is not None and relaxing.fits(problem)
    begin_s = left_s()
    share_s = begin_s * (
        SHARE_RELAXED * (1 - kept)
        if is_relaxed
        else SHARE_PURE * (1 - kept)
        if intervals.fits(problem)
        else SHARE
    )

    def spent() -> float:
        return (begin_s - left_s()) / share_s

    below = None
    if board is not None and is_relaxed:
        _tell(told, whole(problem, Opening(problem, spent, board=board).first()))
        below = _relaxed(problem, board, lambda: spent() >= 1)
    begun = beginning(problem, spent, seconds=share_s, board=board)
    known = whole(problem, begun)
    _tell(told, known)
    model = Model(problem, ways=_worthwhile(problem, below, known)) if below else None
    found = search(problem, seconds=(1 - kept) * left_s(), told=told, hint=begun, model=model)
    if found.status == "unknown" and known is None:
        known = whole(problem, Opening(problem, lambda: 1.0).first())
        _tell(told, known)
    return _better(known, found, below.bound if below else None)


def _tell(told: Told | None, schedule: Schedule | None) -> None:
    if schedule is not None and told is not None and told.incumbent is not None:
        told.incumbent(schedule)


def _better(known: Schedule | None, found: Found, bound: int | None = None) -> Found:
    """What was known or what was found, the better of them, with the higher bound."""
    schedule = found.schedule
    if known is not None and (schedule is None or known.objective < schedule.objective):
        schedule = known
    if schedule is None or found.status == "optimal":
        return found
    bounds = [each for each in (bound, found.bound) if each is not None]
    if bounds and max(bounds) >= schedule.objective:
        return Found("optimal", schedule, schedule.objective)
    return Found("feasible", schedule, max(bounds, default=None))


def _is_long(problem: Problem) -> bool:
    """Whether the search is too long to begin with nothing."""
    frozen = {each.job for each in problem.frozen}
    options = sum(len(job.options) for job in problem.jobs if job.id not in frozen)
    return options * problem.count >= MANY_CHOICES and not intervals.fits(problem)


def _relaxed(problem: Problem, board: Board, is_time_up: Callable[[], bool]) -> Relaxed | None:
    """The relaxation of a long search, by whose regrets the board's ways are sorted then."""
    board.clear()
    below = relaxing.relaxed(problem, board, is_time_up)
    if below is not None:
        board.sort(below.regret)
    return below


def _worthwhile(
    problem: Problem, below: Relaxed, known: Schedule | None
) -> Mapping[str, list[Choice]]:
    """The ways that a schedule no worse than the known one may have."""
    ways = lawful(problem)
    if known is None:
        return ways
    most = known.objective - below.bound
    return {job: [each for each in its if below.regret(each) <= most] for job, its in ways.items()}


def beginning(
    problem: Problem,
    spent: Callable[[], float],
    *,
    seconds: float,
    board: Board | None = None,
) -> Sequence[Placed]:
    """Placements to begin with; none where the problem is small enough without.

    Args:
        spent: Which part of the time for this is over.
        seconds: How long that is.
        board: Of a long search.
    """
    if intervals.fits(problem):
        if problem.before or len(problem.jobs) < MANY_JOBS:
            return problem.before
        return justified(problem, lambda: spent() >= 1)
    if board is None or whole(problem, problem.before):
        return problem.before
    placed = opening(problem, spent, board=board)
    for part in PARTS:
        here = {each.job for each in placed}
        left_out = [j.id for j in problem.jobs if j.id not in here and j.drop_penalty is None]
        if not left_out or spent() >= 1:
            break
        free = {*left_out, *_others(problem, here, left_out, part)}
        frozen = (*problem.frozen, *(p for p in placed if p.job not in free))
        smaller = msgspec.structs.replace(
            problem, frozen=tuple({p.job: p for p in frozen}.values()), alternatives=0, priced=()
        )
        found = search(smaller, seconds=seconds * (1 - spent()) / 2)
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
