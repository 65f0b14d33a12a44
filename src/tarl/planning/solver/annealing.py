"""The placement problem for annealers: as a QUBO, and solved by simulated annealing.

A variable is a way to place a job. The energy is what the ways are worth by themselves, plus for
each job that is not placed exactly once, and for each two ways that cannot both be, more than any
of them could save (A. Lucas, "Ising formulations of many NP problems", 2014). What takes more than
two ways to go wrong is not in it (three jobs that are too much together, a budget, the peak, a
battery): what the annealer finds is therefore judged by arithmetic, and only what breaks nothing is
an answer. It proves nothing: the status is never ``optimal``.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tarl.errors import Invalid, Unavailable
from tarl.planning.problem import Job, Placed, Problem, Schedule, Solution
from tarl.planning.solver.accounting import capacity_of, measure, violations
from tarl.planning.solver.board import Board, Way
from tarl.planning.solver.validation import validate

if TYPE_CHECKING:
    import dimod

WAYS_MAX = 3_000
"""Ways to place jobs; pairs of them are the square."""

STRENGTH = 1.5
"""What a broken bound costs, where the widest span of worths is 1."""

Variable = tuple[str, str, int]
"""A job, its option and its start; ``("j", "", -1)`` is the job left out."""


def to_qubo(problem: Problem) -> dimod.BinaryQuadraticModel:
    """The problem as a binary quadratic model over ways to place jobs.

    Raises:
        Invalid: ``solver.problem``, also where there are too many ways.
        Unavailable: ``extra.missing``.
    """
    validate(problem)
    library, _ = _libraries()
    board = Board(problem)
    ways = board.ways
    if (count := sum(map(len, ways.values()))) > WAYS_MAX:
        raise Invalid(
            f"{count:,} ways to place jobs are too many for a QUBO; at most {WAYS_MAX:,}",
            code="solver.problem",
            next_step="take fewer jobs, or longer slots",
            where="size",
        )
    worths = {
        job.id: {_variable(way): way.worth for way in ways[job.id]} | _left_out(job, board)
        for job in problem.jobs
    }
    span = max((max(w.values()) - min(w.values()) for w in worths.values() if w), default=0) or 1
    model: dimod.BinaryQuadraticModel = library.BinaryQuadraticModel("BINARY")
    for worth in worths.values():
        least = min(worth.values(), default=0)
        for variable, value in worth.items():  # (1 - sum)^2, without what is always 1
            model.add_linear(variable, (value - least) / span - STRENGTH)
        for one, other in combinations(worth, 2):
            model.add_quadratic(one, other, 2 * STRENGTH)
        model.offset += STRENGTH
    for one, other in _clashes(problem, board):
        model.add_quadratic(one, other, STRENGTH)
    return model


def anneal(
    problem: Problem,
    *,
    reads: int = 64,
    sweeps: int = 2_000,
    clock: Callable[[], float] = time.perf_counter,
) -> Solution:
    """The best schedule that simulated annealing finds: ``feasible``, or ``unknown`` where all that
    it found breaks something.

    Args:
        reads: How often it is begun anew.
        sweeps: How often each variable is looked at.
        clock: Seconds, for ``wall_ms``.

    Raises:
        Invalid: ``solver.problem``, also where there are too many ways.
        Unavailable: ``extra.missing``.
    """
    begin = clock()
    model = to_qubo(problem)
    _, samplers = _libraries()
    samples = samplers.SimulatedAnnealingSampler().sample(
        model, num_reads=reads, num_sweeps=sweeps, seed=problem.seed
    )
    found = (_schedule(problem, sample) for sample in samples.samples())
    lawful = [schedule for schedule in found if not violations(problem, schedule)]
    best = min(lawful, key=lambda schedule: schedule.objective, default=None)
    return Solution(
        status="unknown" if best is None else "feasible",
        schedule=best,
        wall_ms=round(1000 * (clock() - begin)),
    )


def _libraries() -> tuple[Any, Any]:
    try:
        import dimod
        from dwave import samplers
    except ImportError as error:
        raise Unavailable(
            f"the annealer cannot be loaded: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[annealing]'",
        ) from error
    return dimod, samplers


def _variable(way: Way) -> Variable:
    return way.choice.job, way.choice.option.id, way.start


def _left_out(job: Job, board: Board) -> dict[Variable, int]:
    if job.drop_penalty is None or any(each.job == job.id for each in board.problem.frozen):
        return {}
    return {(job.id, "", -1): job.drop_penalty * board.scale}


def _clashes(problem: Problem, board: Board) -> Iterator[tuple[Variable, Variable]]:
    """Ways of different jobs that cannot both be."""
    ways, pairs = board.ways, set(_overfull(problem, board))
    known = {_variable(way) for each in ways.values() for way in each}
    known |= {(job.id, "", -1) for job in problem.jobs if _left_out(job, board)}
    for job in problem.jobs:
        for other, wait in job.after.items():
            pairs |= {
                (_variable(first), _variable(second))
                for first in ways[other]
                for second in ways[job.id]
                if first.end + wait > second.start
            }
            pairs |= {((other, "", -1), _variable(second)) for second in ways[job.id]}
    yield from sorted(pair for pair in pairs if pair[0] in known)


def _overfull(problem: Problem, board: Board) -> Iterator[tuple[Variable, Variable]]:
    """Ways that together take too much of something in some slot."""
    capacity = [capacity_of(r.capacity, range(problem.count)) for r in problem.resources]
    by_slot: dict[int, list[Way]] = defaultdict(list)
    for way in (way for each in board.ways.values() for way in each):
        for slot in range(way.start, way.end):
            by_slot[slot].append(way)
    for slot, here in by_slot.items():
        for one, other in combinations(here, 2):
            if one.choice.job != other.choice.job:
                drawn_w = _power_w(one, slot) + _power_w(other, slot)
                together = dict(one.demands)
                for resource, amount in other.demands:
                    together[resource] = together.get(resource, 0) + amount
                if (board.free_w is not None and drawn_w > board.free_w[slot]) or any(
                    amount > capacity[resource][slot] for resource, amount in together.items()
                ):
                    yield _variable(one), _variable(other)


def _power_w(way: Way, slot: int) -> int:
    return way.choice.option.height_w[slot - way.start]


def _schedule(problem: Problem, sample: Mapping[Variable, int]) -> Schedule:
    """What a sample says: of a job that is placed more than once the first place."""
    places: dict[str, Placed] = {}
    for (job, option, start), is_chosen in sorted(sample.items()):
        if is_chosen and option:
            places.setdefault(job, Placed(job=job, option=option, start=start))
    return measure(problem, places.values())
