"""The bound where it is known, and what ways cost beyond it."""

from __future__ import annotations

import pytest

from tarl.planning.problem import Battery, Job, Option, Power, Problem, Resource
from tarl.planning.solver import relaxing
from tarl.planning.solver.board import Board
from tarl.planning.solver.relaxing import Relaxed, relaxed
from tarl.planning.solver.solve import solve_here

pytest.importorskip("ortools")

HOUR_MS = 3_600_000
PRICES = (100_000, 200_000, 300_000, 400_000)


def job(id: str, *, watts: int = 1_000, after: str = "", device: str = "") -> Job:
    return Job(
        id=id,
        options=(Option(id="o", power_w=(watts,), demands={device: 1} if device else {}),),
        after={after: 0} if after else {},
    )


def problem(*jobs: Job, solar_w: int = 0, import_w_max: int | None = None) -> Problem:
    return Problem(
        slot_ms=HOUR_MS,
        count=4,
        jobs=jobs,
        resources=(Resource(id="d", capacity=(1,)),),
        power=Power(
            import_micro=PRICES,
            export_micro=(50_000,) * 4,
            solar_w=(0, 0, 0, solar_w),
            import_w_max=import_w_max,
        ),
    )


def of(problem: Problem) -> Relaxed:
    found = relaxed(problem, Board(problem), lambda: False)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "one",
    [
        problem(job("a"), job("b"), job("c")),
        problem(job("a", device="d"), job("b", device="d"), job("c", device="d")),
        problem(job("a", after="c"), job("b", after="a"), job("c")),
        problem(job("a"), job("b"), import_w_max=1_000),
        problem(*(job(id, watts=750) for id in "abc"), solar_w=1_500),
    ],
    ids=["alone", "one device", "in an order", "one connection", "sun"],
)
def test_where_fees_can_say_all_the_bound_is_the_best(one: Problem) -> None:
    best = solve_here(one).schedule
    assert best is not None
    assert best.objective * 0.99 <= of(one).bound <= best.objective


def test_a_regret_is_what_another_place_costs_more() -> None:
    below = of(problem(job("a"), job("b", after="a")))
    assert below.regrets["a", "o"] == pytest.approx([0, 200_000, 400_000, float("inf")])
    assert below.regrets["b", "o"] == pytest.approx([float("inf"), 0, 100_000, 200_000])


def test_nothing_is_below_where_a_job_has_no_way() -> None:
    late = Job(id="a", options=(Option(id="o", power_w=(1,) * 5),))
    one = problem(late, job("b"))
    assert relaxed(one, Board(one), lambda: False) is None


def test_a_battery_or_too_many_ways_are_not_relaxed() -> None:
    one = problem(job("a"))
    battery = Battery(id="x", capacity_wh=1, charge_w_max=1, discharge_w_max=1, initial_wh=0)
    assert relaxing.fits(one)
    assert not relaxing.fits(Problem(slot_ms=1, count=4, jobs=one.jobs, batteries=(battery,)))
    assert not relaxing.fits(Problem(slot_ms=1, count=relaxing.CELLS_MAX + 1, jobs=one.jobs))
    assert not relaxing.fits(Problem(slot_ms=1, count=4, jobs=()))
