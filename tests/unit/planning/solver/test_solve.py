"""What the solver answers about homes that can be read at a glance."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from tarl.planning.problem import (
    Battery,
    Job,
    Option,
    Placed,
    Power,
    Problem,
    Resource,
    Rule,
    Schedule,
    Weights,
)
from tarl.planning.solver import beginning
from tarl.planning.solver.searching import Found
from tarl.planning.solver.solve import solve_here

HOUR_MS = 3_600_000
EURO = 1_000_000
WASH = Job(id="wash", options=(Option(id="machine", power_w=(2000, 1000)),))


def day(*jobs: Job, price: tuple[int, ...], **others: Any) -> Problem:
    """Slots of an hour; prices are in cents."""
    cents = tuple(10_000 * each for each in price)
    fields = {"power": Power(import_micro=cents), "workers": 1, **others}
    return Problem(slot_ms=HOUR_MS, count=len(price), jobs=jobs, **fields)


def best(problem: Problem) -> Schedule:
    solution = solve_here(problem)
    assert solution.status == "optimal"
    assert solution.schedule is not None
    assert solution.bound == solution.schedule.objective
    assert solution.gap == 0
    return solution.schedule


def start(schedule: Schedule, job: str = "wash") -> int:
    return next(each.start for each in schedule.placed if each.job == job)


def test_the_cheapest_time_is_taken_and_the_bill_is_right() -> None:
    schedule = best(day(WASH, price=(30, 20, 10, 20, 5, 40)))
    assert start(schedule) == 2
    assert schedule.terms.cost == 10_000 * (2 * 10 + 20)
    assert schedule.terms.energy_wh == 3000
    assert schedule.terms.peak == 2000


def test_where_power_is_paid_for_taking_it_more_of_it_is_taken() -> None:
    other = Option(id="small", power_w=(100, 100))
    job = structs.replace(WASH, options=(*WASH.options, other))
    schedule = best(day(job, price=(30, -5, -5, 30)))
    assert schedule.placed == (Placed(job="wash", option="machine", start=1),)
    assert schedule.terms.cost == -150_000


def test_the_sun_is_used_before_it_is_sold_for_less() -> None:
    power = Power(
        import_micro=(200_000, 200_000, 190_000, 190_000),
        export_micro=(80_000,) * 4,
        solar_w=(0, 2000, 1000, 0),
        base_w=(100,) * 4,
    )
    schedule = best(day(WASH, price=(0,) * 4, power=power))
    assert start(schedule) == 1
    assert schedule.terms.cost == 100 * 2 * 200 + 100 * (190 + 190)


def test_a_battery_buys_when_it_is_cheap_and_keeps_what_is_wanted_later() -> None:
    battery = Battery(
        id="car",
        capacity_wh=8000,
        charge_w_max=4000,
        discharge_w_max=0,
        initial_wh=1000,
        efficiency=1000,
        level_wh_by={3: 7000},
        available=(0, 1, 2),
    )
    schedule = best(day(price=(30, 10, 20, 1), batteries=(battery,)))
    assert schedule.charge_w == {"car": (0, 4000, 2000, 0)}
    assert schedule.terms.cost == 10_000 * (4 * 10 + 2 * 20)


def flagship(**others: Any) -> Problem:
    """From six in the evening: a dishwasher by seven, at night quiet, for at most 0.40 euro."""
    dishwasher = Job(id="dishwasher", options=(Option(id="here", power_w=(1500, 1000)),))
    price = (30, 28, 26, 24, 20, 16, 12, 10, 10, 11, 12, 14, 20, 30, 30)
    rules = (
        Rule(id="by seven", kind="end_by", limit=13),
        Rule(id="quiet", kind="forbid", slots=tuple(range(4, 13))),
        Rule(id="asleep", kind="forbid", slots=tuple(range(4, 12))),
        Rule(id="budget", kind="cost_max", limit=400_000),
    )
    return day(dishwasher, price=price, rules=rules, **others)


def test_why_there_is_no_plan_and_what_each_way_out_costs() -> None:
    solution = solve_here(flagship())
    assert solution.status == "infeasible"
    assert solution.schedule is None
    assert solution.conflict in (("quiet", "budget"), ("asleep", "budget"))
    ways = {each.without: each.schedule for each in solution.relaxations}
    assert set(ways) == {("budget",), ("quiet", "asleep")}
    assert ways["budget",].terms.cost == 630_000
    assert start(ways["budget",], "dishwasher") == 2
    assert ways["quiet", "asleep"].terms.cost == 250_000
    assert all(each.is_optimal for each in solution.relaxations)
    objectives = [each.schedule.objective for each in solution.relaxations]
    assert objectives == sorted(objectives)


def test_jobs_that_contradict_one_another_by_themselves_name_no_rule() -> None:
    long = Job(id="long", options=(Option(id="o", power_w=(1,) * 3, demands={"r": 1}),))
    problem = day(
        long,
        structs.replace(long, id="longer"),
        price=(1,) * 5,
        resources=(Resource(id="r", capacity=(1,)),),
        rules=(Rule(id="idle", kind="end_by", limit=5),),
    )
    solution = solve_here(problem)
    assert (solution.status, solution.conflict, solution.relaxations) == ("infeasible", (), ())


def test_a_soft_rule_is_broken_where_that_is_cheaper_and_is_then_named() -> None:
    rule = Rule(id="late", kind="start_from", limit=2, penalty=1_000)
    cheap = best(day(WASH, price=(1, 1, 9, 9), rules=(rule,)))
    assert (start(cheap), cheap.broken, cheap.terms.penalty) == (0, ("late",), 2_000)
    dear = structs.replace(rule, penalty=EURO)
    kept = best(day(WASH, price=(1, 1, 9, 9), rules=(dear,)))
    assert (start(kept), kept.broken) == (2, ())


def test_a_job_for_which_there_is_no_room_is_dropped_at_its_penalty() -> None:
    one = structs.replace(WASH, options=(Option(id="o", power_w=(1000,) * 2, demands={"r": 1}),))
    jobs = [structs.replace(one, id=id, drop_penalty=cost) for id, cost in (("a", 7), ("b", 9))]
    resource = Resource(id="r", capacity=(1,))
    schedule = best(day(*jobs, price=(0, 0, 0), resources=(resource,)))
    assert (schedule.dropped, schedule.terms.penalty) == (("a",), 7)


def test_what_waits_for_a_dropped_job_is_dropped_too() -> None:
    first = structs.replace(WASH, id="first", drop_penalty=10)
    second = structs.replace(WASH, id="second", drop_penalty=10, after={"first": 0})
    rule = Rule(id="never", kind="forbid", jobs=("first",), slots=(0, 1, 2, 3))
    schedule = best(day(first, second, price=(0,) * 4, rules=(rule,)))
    assert schedule.dropped == ("first", "second")


def test_a_plan_that_changes_costs_more_than_one_that_stays() -> None:
    before = (Placed(job="wash", option="machine", start=0),)
    problem = day(WASH, price=(11, 11, 10, 10), before=before)
    assert start(best(problem)) == 2
    stays = structs.replace(problem, weights=Weights(cost=1, change=50_000))
    assert start(best(stays)) == 0


def test_a_price_of_a_rule_is_what_it_costs() -> None:
    rules = (
        Rule(id="late", kind="start_from", limit=2),
        Rule(id="early", kind="end_by", limit=4),
    )
    problem = day(WASH, price=(1, 1, 9, 9), rules=rules, priced=("late", "early"))
    prices = solve_here(problem).prices
    assert prices["late"].cost_micro == prices["late"].objective == 10_000 * 3 * 8
    assert (prices["early"].objective, prices["early"].is_proven) == (0, True)


def test_alternatives_trade_one_term_for_another() -> None:
    fast = Option(id="fast", power_w=(1000,), latency_ms=10, cost_micro=20_000)
    slow = Option(id="slow", power_w=(1000,), latency_ms=500)
    hidden = Option(id="hidden", power_w=(1000,), latency_ms=500, cost_micro=10_000)
    ask = Job(id="ask", options=(structs.replace(slow, exposure=1), fast, hidden))
    weights = Weights(cost=1, latency=1, exposure=1)
    problem = day(ask, price=(10, 10), alternatives=3, weights=weights)
    solution = solve_here(problem)
    assert solution.schedule is not None
    assert solution.schedule.placed[0].option == "slow"
    assert [each.placed[0].option for each in solution.alternatives] == ["hidden", "fast"]
    tight = solve_here(structs.replace(problem, alternative_slack=50))
    assert tight.alternatives == ()


def test_the_same_problem_has_the_same_answer() -> None:
    jobs = [structs.replace(WASH, id=f"j{number}") for number in range(6)]
    problem = day(*jobs, price=(3, 2, 1, 1, 2, 3), workers=2)
    answers = {solve_here(problem).schedule.placed for _ in range(3)}  # type: ignore[union-attr]
    assert len(answers) == 1


def crowd(time_limit_ms: int) -> Problem:
    """More jobs than can be proved, of all strengths, on one connection."""
    jobs = [
        structs.replace(WASH, id=f"j{number}", options=(Option(id="o", power_w=(number + 1,) * 3),))
        for number in range(120)
    ]
    price = tuple((number * 7919) % 97 for number in range(48))
    power = Power(import_micro=price, import_w_max=900)
    return day(*jobs, price=price, power=power, time_limit_ms=time_limit_ms, workers=2)


def test_where_the_search_found_nothing_yet_what_it_began_with_is_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beginning, "search", lambda *_, **__: Found("unknown"))
    told: list[Schedule] = []
    solution = solve_here(crowd(2_000), incumbent=told.append)
    assert solution.status == "feasible"
    assert solution.gap is not None
    assert solution.gap < 0.05
    assert told[-1] == solution.schedule
    assert told[0].objective >= told[-1].objective


def test_where_there_was_no_time_at_all_jobs_go_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(beginning, "search", lambda *_, **__: Found("unknown"))
    told: list[Schedule] = []
    problem = day(
        WASH, structs.replace(WASH, id="again", after={"wash": 1}), price=(9, 1, 1, 5) * 2
    )
    solution = solve_here(problem, incumbent=told.append)
    assert (solution.status, solution.bound) == ("feasible", None)
    assert told == [solution.schedule]


def test_an_error_of_who_is_told_is_raised_and_ends_the_search() -> None:
    def tell(schedule: Schedule) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        solve_here(day(WASH, price=(1, 2, 3)), incumbent=tell)


def test_with_no_time_for_more_the_best_known_is_given() -> None:
    solution = solve_here(crowd(2_000))
    assert solution.status in ("feasible", "optimal")
    assert solution.schedule is not None
    assert solution.bound is None or solution.bound <= solution.schedule.objective


def test_many_jobs_that_all_wait_for_one_another_are_no_trouble() -> None:
    jobs = [
        Job(
            id=f"j{number:03}",
            options=(Option(id="o", power_w=(100,)),),
            after={f"j{earlier:03}": 0 for earlier in range(number)},
        )
        for number in range(24)
    ]
    rules = (Rule(id="by then", kind="end_by", limit=23), Rule(id="idle", kind="forbid"))
    problem = day(*jobs, price=(1,) * 26, rules=rules, time_limit_ms=20_000)
    solution = solve_here(problem)
    assert (solution.status, solution.conflict) == ("infeasible", ("by then",))
    assert [each.without for each in solution.relaxations] == [("by then",)]
