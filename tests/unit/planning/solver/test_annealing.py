"""The placement problem as a QUBO: its lowest energy is the solver's best, and the annealer finds
schedules that break nothing.
"""

from __future__ import annotations

import dimod
import pytest
from msgspec import structs

from tarl.errors import Invalid
from tarl.planning.problem import Job, Option, Power, Problem, Resource, Rule
from tarl.planning.solver.accounting import violations
from tarl.planning.solver.annealing import anneal, to_qubo
from tarl.planning.solver.solve import solve_here


def tiny() -> Problem:
    wash = Option(id="o", power_w=(1000, 500), demands={"plug": 1})
    return Problem(
        slot_ms=3_600_000,
        count=5,
        jobs=(
            Job(id="wash", options=(wash,)),
            Job(id="dry", options=(structs.replace(wash, power_w=(1500,)),), after={"wash": 0}),
        ),
        rules=(Rule(id="quiet", kind="forbid", slots=(0,)),),
        resources=(Resource(id="plug", capacity=(1,)),),
        power=Power(import_micro=(1, 50, 10, 20, 30), import_w_max=2000),
        workers=1,
    )


def test_the_lowest_energy_is_the_best_schedule() -> None:
    problem = tiny()
    lowest = dimod.ExactSolver().sample(to_qubo(problem)).first.sample
    chosen = {variable for variable, value in lowest.items() if value}
    best = solve_here(problem).schedule
    assert best is not None
    assert chosen == {(each.job, each.option, each.start) for each in best.placed}


def test_the_annealer_finds_what_the_solver_proves() -> None:
    problem = tiny()
    found = anneal(problem)
    assert found.status == "feasible"
    assert found.schedule is not None
    assert not violations(problem, found.schedule)
    best = solve_here(problem)
    assert found.schedule.objective == best.bound


def test_a_job_may_be_left_out_at_its_penalty() -> None:
    problem = tiny()
    wash, dry = problem.jobs
    jobs = (wash, structs.replace(dry, drop_penalty=5))
    rules = (Rule(id="never", kind="forbid", jobs=("dry",), slots=tuple(range(5))),)
    found = anneal(structs.replace(problem, jobs=jobs, rules=rules))
    assert found.schedule is not None
    assert found.schedule.dropped == ("dry",)


def test_where_all_that_is_found_breaks_something_there_is_no_answer() -> None:
    problem = structs.replace(tiny(), rules=(Rule(id="free", kind="cost_max", limit=0),))
    assert (anneal(problem).status, anneal(problem).schedule) == ("unknown", None)


def test_too_many_ways_are_refused() -> None:
    problem = tiny()
    many = tuple(structs.replace(problem.jobs[0], id=f"j{number}") for number in range(400))
    power = Power(import_micro=(1,) * 20)
    with pytest.raises(Invalid, match="too many for a QUBO"):
        to_qubo(structs.replace(problem, count=20, jobs=many, power=power))
