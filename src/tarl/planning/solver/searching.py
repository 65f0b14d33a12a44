"""One search: a model, a time, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import floor
from typing import Any, NamedTuple

from tarl.errors import Corrupt, Unavailable
from tarl.planning.problem import Placed, Problem, Schedule, Status
from tarl.planning.solver.accounting import measure, violations
from tarl.planning.solver.choices import lawful
from tarl.planning.solver.intervals import Intervals
from tarl.planning.solver.intervals import fits as intervals_fit
from tarl.planning.solver.model import Model
from tarl.planning.solver.numbers import rounded

MANY_CHOICES = 5_000
"""From so many ways to place jobs on."""


class Told(NamedTuple):
    """Who is told better schedules, and whether now."""

    incumbent: Callable[[Schedule], None] | None
    is_due: Callable[[], bool]


class Found(NamedTuple):
    """What a search found."""

    status: Status
    schedule: Schedule | None = None
    bound: int | None = None


def library() -> Any:
    """The module ``cp_model`` of OR-Tools.

    Raises:
        Unavailable: ``extra.missing``.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise Unavailable(
            f"the solver cannot be loaded: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[planning]'",
        ) from error
    return cp_model


def search(
    problem: Problem,
    *,
    seconds: float,
    told: Told | None = None,
    hint: Sequence[Placed] = (),
    model: Model | Intervals | None = None,
) -> Found:
    """Look for the best schedule of a problem.

    Args:
        seconds: The longest that it may take.
        told: Who is told better schedules.
        hint: Placements to begin with; those before when left out.
        model: Of the problem, where it has rows besides; what it minimises is the problem's.

    Raises:
        Unavailable: ``extra.missing``.
        Corrupt: ``solver.contradiction``: what the solver found breaks the problem.
    """
    cp_model, begin = library(), time.perf_counter()
    if not _may_be(problem):
        return Found("infeasible")
    model = model or (Intervals(problem) if intervals_fit(problem) else Model(problem))
    model.model.minimize(model.objective.expression)
    model.hint(hint or problem.before)
    solver = prepared(problem, seconds - (time.perf_counter() - begin))
    _tune(solver, problem, model)
    callback = _callback(problem, model, told) if told and told.incumbent else None
    status = solver.solve(model.model, callback)
    if callback and callback.error:
        raise callback.error
    if status == cp_model.INFEASIBLE:
        return Found("infeasible")
    if status == cp_model.MODEL_INVALID:
        raise Corrupt(
            f"the solver does not take the model: {model.model.validate()}",
            code="solver.contradiction",
            next_step="report this with the problem",
        )
    bound = rounded(floor(solver.best_objective_bound), model.q)
    if status == cp_model.UNKNOWN:
        return Found("unknown")
    values = solver.response_proto.solution
    schedule = read(problem, model, lambda variable: values[variable.index])
    if status == cp_model.OPTIMAL:
        return Found("optimal", schedule, schedule.objective)
    return Found("feasible", schedule, min(bound, schedule.objective))


def _may_be(problem: Problem) -> bool:
    """Whether each job that has to be done has some place: else no search is needed."""
    frozen = {each.job for each in problem.frozen}
    must = {j.id for j in problem.jobs if j.drop_penalty is None} | frozen
    return all(choices for job, choices in lawful(problem).items() if job in must)


def _tune(solver: Any, problem: Problem, model: Model | Intervals) -> None:
    """What was found to prove most, by kind of model.

    Where ways are literals it is the linear relaxation, in full: one worker with it proves more
    than two without, and gives the same answer each time; where proof is out of reach, a second one
    improves what is found. Of intervals the relaxation says little.
    """
    if isinstance(model, Intervals):
        if problem.workers == 2:
            solver.parameters.subsolvers.extend(["no_lp"])
        return
    solver.parameters.linearization_level = 2
    if model.size < MANY_CHOICES:
        solver.parameters.num_workers = 1
    elif problem.workers == 2:
        solver.parameters.subsolvers.extend(["max_lp"])


def prepared(problem: Problem, seconds: float) -> Any:
    """A solver with the problem's seed, workers and time."""
    solver = library().CpSolver()
    solver.parameters.max_time_in_seconds = max(0.001, seconds)
    solver.parameters.num_workers = problem.workers
    solver.parameters.random_seed = problem.seed
    return solver


def read(problem: Problem, model: Model | Intervals, values: Callable[[Any], int]) -> Schedule:
    """The schedule in a solution, measured.

    Raises:
        Corrupt: ``solver.contradiction``.
    """
    charge_w, discharge_w = model.levels(values)
    schedule = measure(problem, model.placed(values), charge_w=charge_w, discharge_w=discharge_w)
    if broken := violations(problem, schedule):
        raise Corrupt(
            f"the solver's schedule breaks {', '.join(broken)}",
            code="solver.contradiction",
            next_step="report this with the problem",
            broken=list(broken),
        )
    return schedule


def _callback(problem: Problem, model: Model | Intervals, told: Told) -> Any:
    """What the library calls with each solution."""

    class Callback(library().CpSolverSolutionCallback):  # type: ignore[misc]  # its base is loaded when it is needed
        error: Exception | None = None

        def on_solution_callback(self) -> None:
            if self.error is None and told.is_due() and told.incumbent is not None:
                try:
                    told.incumbent(read(problem, model, self.value))
                except Exception as error:  # it would end the process from in the library
                    self.error = error
                    self.stop_search()

    return Callback()
