"""What is fed in may bring more than what is drawn costs: planned for what it is, and no loop."""

from __future__ import annotations

import random
from itertools import product

import pytest

from tarl.planning.problem import Battery, Job, Option, Power, Problem, Weights
from tarl.planning.slots import HOUR_MS
from tarl.planning.solver.numbers import Flow
from tarl.planning.solver.solve import solve_here

COST = Weights(cost=1)


def problem(power: Power, *jobs: Job, batteries: tuple[Battery, ...] = ()) -> Problem:
    return Problem(
        slot_ms=HOUR_MS,
        count=len(power.import_micro),
        jobs=jobs,
        power=power,
        batteries=batteries,
        weights=COST,
    )


def job(id: str, *power_w: int) -> Job:
    return Job(id=id, options=(Option(id="here", power_w=power_w),))


def test_a_load_runs_on_bought_power_where_the_sun_sells_for_more() -> None:
    power = Power(
        import_micro=(200_000, 200_000, 250_000),
        export_micro=(300_000, 300_000, 100_000),
        solar_w=(1000, 1000, 1000),
    )
    solution = solve_here(problem(power, job("wash", 1000)))
    assert solution.status == "optimal"
    assert solution.schedule is not None
    (placed,) = solution.schedule.placed
    assert placed.start == 2, "the sun is worth least there"
    assert solution.schedule.terms.cost == -600_000


def test_a_battery_sells_dear_what_it_bought_cheap_and_never_both_at_once() -> None:
    power = Power(import_micro=(100_000,) * 3, export_micro=(150_000, 150_000, 400_000))
    battery = Battery(
        id="b",
        capacity_wh=2000,
        charge_w_max=2000,
        discharge_w_max=2000,
        initial_wh=0,
        efficiency=1000,
    )
    solution = solve_here(problem(power, batteries=(battery,)))
    assert solution.status == "optimal"
    schedule = solution.schedule
    assert schedule is not None
    taken, given = schedule.charge_w["b"], schedule.discharge_w["b"]
    assert not any(a and b for a, b in zip(taken, given, strict=True))
    assert given[2] == 2000
    assert schedule.terms.cost == 200_000 - 800_000


def test_nothing_is_earned_by_buying_and_selling_in_one_slot() -> None:
    power = Power(import_micro=(100_000,) * 3, export_micro=(900_000,) * 3, base_w=(500,) * 3)
    solution = solve_here(problem(power, job("wash", 1000)))
    assert solution.schedule is not None
    assert solution.schedule.terms.cost == 3 * 50_000 + 100_000


@pytest.mark.parametrize("seed", range(25))
def test_no_placement_of_all_that_there_are_is_better(seed: int) -> None:
    draw = random.Random(seed)
    count = 5
    power = Power(
        import_micro=tuple(draw.randrange(-50_000, 400_000) for _ in range(count)),
        export_micro=tuple(draw.randrange(-50_000, 600_000) for _ in range(count)),
        solar_w=tuple(draw.choice((0, 500, 1500, 4000)) for _ in range(count)),
        base_w=tuple(draw.randrange(0, 800) for _ in range(count)),
    )
    jobs = [job("a", 1000, 2000), job("b", draw.randrange(100, 3000)), job("c", 700)]
    solution = solve_here(problem(power, *jobs))
    assert solution.status == "optimal"
    assert solution.schedule is not None
    flow = Flow(power, count)

    def bill(starts: tuple[int, ...]) -> int:
        net = list(flow.net_w)
        for each, start in zip(jobs, starts, strict=True):
            for slot, watts in enumerate(each.options[0].power_w, start):
                net[slot] += watts
        return sum(flow.cost(slot, watts) for slot, watts in enumerate(net))

    lengths = [len(each.options[0].power_w) for each in jobs]
    least = min(bill(starts) for starts in product(*(range(count - n + 1) for n in lengths)))
    assert abs(solution.schedule.terms.cost - least / 1000) <= 1, f"seed {seed}"
