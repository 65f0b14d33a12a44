"""Laws of the solver against a search of everything, which shares no code with it: the same best
objective, the same "impossible", and conflicts from which nothing can be left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from math import floor

import msgspec
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from tarl.planning.problem import (
    Battery,
    Job,
    Option,
    Placed,
    Power,
    Problem,
    Resource,
    Rule,
    Terms,
    Weights,
)
from tarl.planning.solver import intervals, relaxing
from tarl.planning.solver.accounting import measure, violations
from tarl.planning.solver.board import Board
from tarl.planning.solver.choices import lawful
from tarl.planning.solver.model import Model
from tarl.planning.solver.neighbours import runner_ups
from tarl.planning.solver.numbers import rounded
from tarl.planning.solver.opening import Opening
from tarl.planning.solver.searching import library
from tarl.planning.solver.solve import solve_here

COUNT = 5
HOUR_MS = 3_600_000
KINDS = (
    "power_max",
    "forbid",
    "end_by",
    "start_from",
    "cost_max",
    "energy_max",
    "latency_max",
    "not_options",
)
LIMITS = {"end_by": 5, "start_from": 4, "latency_max": 20, "power_max": 4000}

small = st.integers(0, 3)


@st.composite
def options(draw: st.DrawFn, id: str) -> Option:
    length = draw(st.integers(1, 2))
    starts = draw(st.none() | st.sets(st.integers(0, COUNT - 1), min_size=1))
    return Option(
        id=id,
        power_w=tuple(draw(st.lists(st.integers(0, 2000), min_size=length, max_size=length))),
        beyond_w=tuple(draw(st.lists(st.integers(0, 900), min_size=length, max_size=length)))
        if draw(st.booleans())
        else (),
        demands=draw(st.dictionaries(st.sampled_from("rs"), st.integers(0, 2), max_size=2)),
        cost_micro=draw(st.integers(0, 300)),
        latency_ms=draw(st.integers(0, 9)),
        exposure=draw(small),
        starts=None if starts is None else tuple(sorted(starts)),
    )


@st.composite
def jobs(draw: st.DrawFn, number: int) -> Job:
    return Job(
        id=f"j{number}",
        options=tuple(draw(options(id)) for id in "ab"[: draw(st.integers(1, 2))]),
        after={f"j{k}": draw(st.integers(0, 1)) for k in range(number) if draw(st.booleans())},
        drop_penalty=draw(st.none() | st.integers(0, 3000)),
        discomfort=draw(st.just(()) | st.tuples(*[small] * COUNT)),
    )


@st.composite
def rules(draw: st.DrawFn, number: int, names: list[str], *, has_power: bool) -> Rule:
    kind = draw(st.sampled_from(KINDS if has_power else KINDS[1:]))
    return Rule(
        id=f"c{draw(st.integers(0, number))}",
        kind=kind,
        jobs=tuple(sorted(draw(st.sets(st.sampled_from(names))))),
        slots=tuple(sorted(draw(st.sets(st.integers(0, COUNT - 1))))),
        options=tuple(sorted(draw(st.sets(st.sampled_from("ab"))))),
        limit=draw(st.integers(0, LIMITS.get(kind, 1200))),
        penalty=draw(st.none() | st.integers(0, 50)),
    )


@st.composite
def powers(draw: st.DrawFn) -> Power:
    bought = draw(st.tuples(*[st.integers(-200, 900)] * COUNT))
    watts = st.just(()) | st.tuples(*[st.integers(0, 1500)] * COUNT)
    return Power(
        import_micro=bought,
        export_micro=tuple(price - draw(st.integers(0, 300)) for price in bought)
        if draw(st.booleans())
        else (),
        base_w=draw(watts),
        solar_w=draw(watts),
        import_w_max=draw(st.none() | st.integers(2000, 6000)),
        export_w_max=draw(st.none() | st.integers(0, 1500)),
        co2_g_per_kwh=draw(st.just(()) | st.tuples(*[st.integers(0, 500)] * COUNT)),
        solar_first=draw(st.booleans()),
    )


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    some = tuple(draw(jobs(number)) for number in range(draw(st.integers(1, 3))))
    names = [job.id for job in some]
    before = [
        Placed(job=job.id, option="a", start=draw(st.integers(0, COUNT - 1)))
        for job in some
        if draw(st.booleans())
    ]
    weights = {name: draw(small) for name in Weights.__struct_fields__}
    power = draw(st.none() | powers())
    numbers = range(draw(st.integers(0, 4)))
    fixed = draw(st.none() | st.sampled_from(some))
    held = fixed and Placed(job=fixed.id, option="a", start=draw(small))
    return Problem(
        slot_ms=draw(st.sampled_from((HOUR_MS, 900_000, 420_000))),
        count=COUNT,
        jobs=some,
        rules=tuple(draw(rules(n, names, has_power=power is not None)) for n in numbers),
        resources=(
            Resource(id="r", capacity=(draw(st.integers(1, 3)),)),
            Resource(id="s", capacity=draw(st.tuples(*[st.integers(0, 3)] * COUNT))),
        ),
        power=power,
        weights=Weights(**weights),
        before=tuple(before),
        frozen=(held,) if held else (),
        workers=1,
    )


# ------------------------------------------------------------------------------ naive reading


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


class Naive:
    """A schedule read as the contract says it, slowly."""

    def __init__(self, problem: Problem, where: dict[str, tuple[Option, int]]) -> None:
        self.problem, self.where = problem, where
        self.kwh_per_w = Fraction(problem.slot_ms, 3_600_000_000)
        zeros = (0,) * problem.count
        power = problem.power
        self.bought = power.import_micro if power else zeros
        self.sold = (power.export_micro if power else ()) or tuple(min(0, p) for p in self.bought)
        self.base = (power.base_w if power else ()) or zeros
        self.sun = (power.solar_w if power else ()) or zeros
        self.grams = (power.co2_g_per_kwh if power else ()) or zeros
        self.net = [
            self.base[t] - self.sun[t] + self.watts(where, t) if power else 0
            for t in range(problem.count)
        ]

    def height(self, slot: int) -> int:
        """The balance with what options draw beyond their mean."""
        return self.net[slot] + sum(
            option.beyond_w[slot - start]
            for option, start in self.where.values()
            if option.beyond_w and start <= slot < start + len(option.power_w)
        )

    def watts(self, ids: object, slot: int) -> int:
        total = 0
        for id, (option, start) in self.where.items():
            if id in ids and start <= slot < start + len(option.power_w):  # type: ignore[operator]
                total += option.power_w[slot - start]
        return total

    def end(self, id: str) -> int:
        option, start = self.where[id]
        return start + len(option.power_w)

    def about(self, rule: Rule) -> list[str]:
        return [id for id in self.where if not rule.jobs or id in rule.jobs]

    def bill(self, ids: list[str]) -> int:
        total = Fraction(sum(self.where[id][0].cost_micro for id in ids))
        for t in range(self.problem.count):
            watts = self.watts(ids, t)
            if self.problem.power and self.problem.power.solar_first and self.bought[t] > 0:
                watts = max(0, watts - max(0, self.sun[t] - self.base[t]))
            total += watts * self.kwh_per_w * self.bought[t]
        return half_up(total)

    def energy(self, ids: object) -> int:
        total = sum(self.watts(ids, t) for t in range(self.problem.count))
        return half_up(1000 * total * self.kwh_per_w)

    def units(self, rule: Rule) -> int:
        ids = self.about(rule)
        match rule.kind:
            case "forbid":
                return sum(self.where[i][1] <= t < self.end(i) for i in ids for t in rule.slots)
            case "end_by":
                return sum(max(0, self.end(id) - rule.limit) for id in ids)
            case "start_from":
                return sum(max(0, rule.limit - self.where[id][1]) for id in ids)
            case "not_options":
                return int(any(self.where[id][0].id in rule.options for id in ids))
            case "cost_max":
                return max(0, self.bill(ids) - rule.limit)
            case "energy_max":
                return max(0, self.energy(ids) - rule.limit)
            case "latency_max":
                return max(0, sum(self.where[i][0].latency_ms for i in ids) - rule.limit)
            case "power_max":
                slots = rule.slots or range(self.problem.count)
                return sum(max(0, self.height(t) - rule.limit) for t in slots)

    def is_allowed(self) -> bool:
        problem = self.problem
        for place in problem.frozen:
            option, start = self.where.get(place.job, (None, -1))
            if option is None or (option.id, start) != (place.option, place.start):
                return False
        for job in problem.jobs:
            if job.id not in self.where:
                if job.drop_penalty is None:
                    return False
                continue
            start = self.where[job.id][1]
            for other, wait in job.after.items():
                if other not in self.where or self.end(other) + wait > start:
                    return False
        for resource in problem.resources:
            for t in range(problem.count):
                used = sum(
                    o.demands.get(resource.id, 0)
                    for o, s in self.where.values()
                    if s <= t < s + len(o.power_w)
                )
                if used > resource.capacity[t if len(resource.capacity) > 1 else 0]:
                    return False
        if problem.power and problem.power.import_w_max is not None:
            return max(map(self.height, range(problem.count))) <= problem.power.import_w_max
        return True

    def slot_cost(self, t: int) -> int:
        net, limit = self.net[t], self.problem.power and self.problem.power.export_w_max
        if net >= 0:
            return net * self.bought[t]
        fed = -net if limit is None else min(-net, limit)
        return -fed * self.sold[t] - (-net - fed) * min(0, self.sold[t])

    def objective(self) -> int:
        return half_up(self.exact())

    def exact(self) -> Fraction:
        problem, where, weights = self.problem, self.where, self.problem.weights
        cost = Fraction(sum(option.cost_micro for option, _ in where.values()))
        cost += self.kwh_per_w * sum(self.slot_cost(t) for t in range(problem.count))
        imported = [max(0, net) for net in self.net]
        co2 = self.kwh_per_w * sum(w * g for w, g in zip(imported, self.grams, strict=True))
        before = {p.job: (p.option, p.start) for p in problem.before}
        total = weights.cost * cost + weights.co2 * co2
        total += weights.latency * sum(option.latency_ms for option, _ in where.values())
        total += weights.exposure * sum(option.exposure for option, _ in where.values())
        total += weights.peak * max(imported)
        total += weights.makespan * max(map(self.end, where), default=0)
        for job in problem.jobs:
            if job.id in where:
                option, start = where[job.id]
                total += weights.discomfort * (job.discomfort[start] if job.discomfort else 0)
                moved = job.id in before and before[job.id] != (option.id, start)
            else:
                total += job.drop_penalty or 0
                moved = job.id in before
            total += weights.change * moved
        return total + sum((r.penalty or 0) * self.units(r) for r in problem.rules)


def best(problem: Problem) -> int | None:
    """The lowest objective of all placements; None where there is none."""
    ways = []
    for job in problem.jobs:
        these: list[tuple[Option, int] | None] = [None]
        for option in job.options:
            starts = range(problem.count - len(option.power_w) + 1)
            allowed = starts if option.starts is None else set(starts) & set(option.starts)
            these.extend((option, start) for start in sorted(allowed))
        frozen = [p for p in problem.frozen if p.job == job.id]
        options = {option.id: option for option in job.options}
        ways.append([(options[p.option], p.start) for p in frozen] or these)
    found = None
    for combination in product(*ways):
        where = {job.id: way for job, way in zip(problem.jobs, combination, strict=True) if way}
        naive = Naive(problem, where)
        hard = [rule for rule in problem.rules if rule.penalty is None]
        if naive.is_allowed() and not any(naive.units(rule) for rule in hard):
            objective = naive.objective()
            found = objective if found is None else min(found, objective)
    return found


LAWS = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@LAWS
@given(problems())
def test_the_best_of_all_schedules_is_found_and_no_other_is_possible(problem: Problem) -> None:
    solution = solve_here(problem)
    expected = best(problem)
    event("infeasible" if expected is None else "feasible")
    if expected is None:
        assert solution.status == "infeasible"
    else:
        assert solution.status == "optimal"
        assert solution.schedule is not None
        assert solution.schedule.objective == expected == solution.bound


@LAWS
@given(problems(), st.randoms(use_true_random=False))
def test_arithmetic_reads_a_schedule_as_the_contract_says(problem: Problem, random: object) -> None:
    where = {}
    for job in problem.jobs:
        option = random.choice(job.options)  # type: ignore[attr-defined]
        if option.starts is None:
            last = problem.count - len(option.power_w)
            where[job.id] = (option, random.randrange(last + 1))  # type: ignore[attr-defined]
    placed = [Placed(job=id, option=o.id, start=s) for id, (o, s) in where.items()]
    schedule = measure(problem, placed)
    naive = Naive(problem, where)
    assert schedule.objective == naive.objective()
    assert schedule.terms.energy_wh == naive.energy(where)
    hard = [rule for rule in problem.rules if rule.penalty is None]
    allowed = naive.is_allowed() and not any(naive.units(rule) for rule in hard)
    assert (not violations(problem, schedule)) == allowed


@LAWS
@given(problems())
def test_a_runner_up_is_the_best_of_all_other_places_of_a_job(problem: Problem) -> None:
    schedule = solve_here(problem).schedule
    assume(schedule is not None)
    assert schedule is not None
    seconds = runner_ups(problem, schedule)
    assert set(seconds) == {each.job for each in schedule.placed}
    for here in schedule.placed:
        job = next(job for job in problem.jobs if job.id == here.job)
        others = []
        for option in job.options:
            starts = range(problem.count - len(option.power_w) + 1)
            for start in starts if option.starts is None else set(starts) & set(option.starts):
                place = Placed(job=job.id, option=option.id, start=start)
                moved = measure(problem, [place if p == here else p for p in schedule.placed])
                if place != here and not violations(problem, moved):
                    others.append(moved.objective)
        second = seconds[job.id]
        assert (second.objective if second else None) == min(others, default=None)


def only(problem: Problem, ids: Iterable[str]) -> Problem:
    """The problem with these of its hard rules alone, and the soft ones."""
    kept = set(ids)
    rules = [r for r in problem.rules if r.id in kept or r.penalty is not None]
    return msgspec.structs.replace(problem, rules=tuple(rules))


def hard_ids(problem: Problem) -> set[str]:
    return {rule.id for rule in problem.rules if rule.penalty is None}


@st.composite
def impossible(draw: st.DrawFn) -> Problem:
    """A problem whose rules, all hard, are most likely too much."""
    problem = draw(problems())
    names = [job.id for job in problem.jobs]
    some = [draw(rules(n, names, has_power=problem.power is not None)) for n in range(4)]
    hard = tuple(msgspec.structs.replace(rule, penalty=None) for rule in some)
    return msgspec.structs.replace(problem, rules=hard)


@LAWS
@given(impossible())
def test_of_a_conflict_nothing_can_be_left_out(problem: Problem) -> None:
    solution = solve_here(problem)
    assume(solution.status == "infeasible")
    assert best(only(problem, solution.conflict)) is None
    for id in solution.conflict:
        assert best(only(problem, set(solution.conflict) - {id})) is not None
    event(f"{len(solution.conflict)} rules")


@LAWS
@given(impossible())
def test_a_way_out_is_the_smallest_of_its_kind_and_the_cheapest_comes_first(
    problem: Problem,
) -> None:
    solution = solve_here(problem)
    assume(solution.status == "infeasible")
    objectives = []
    for way in solution.relaxations:
        rest = hard_ids(problem) - set(way.without)
        assert way.schedule.objective == best(only(problem, rest))
        assert way.is_optimal
        for id in way.without:
            assert best(only(problem, rest | {id})) is None
        objectives.append(way.schedule.objective)
    assert objectives == sorted(objectives)
    assert bool(objectives) == (best(only(problem, ())) is not None)
    assert bool(objectives) == bool(solution.conflict)


@LAWS
@given(problems())
def test_a_price_is_what_is_gained_without_the_rule(problem: Problem) -> None:
    ids = sorted(hard_ids(problem) - {r.id for r in problem.rules if r.penalty is not None})
    solution = solve_here(msgspec.structs.replace(problem, priced=tuple(ids)))
    if solution.schedule is None:
        assert solution.prices == {}
        return
    assert set(solution.prices) == set(ids)
    for id, price in solution.prices.items():
        free = best(only(problem, hard_ids(problem) - {id}))
        assert free is not None
        assert price.objective == solution.schedule.objective - free
        assert price.is_proven


@LAWS
@given(problems(), st.integers(0, 1000))
def test_alternatives_are_each_better_in_some_term(problem: Problem, slack: int) -> None:
    wanted = msgspec.structs.replace(problem, alternatives=4, alternative_slack=slack)
    solution = solve_here(wanted)
    if solution.schedule is None:
        return
    all_of_them = [solution.schedule, *solution.alternatives]
    event(f"{len(solution.alternatives)} alternatives")
    worst = solution.schedule.objective * (1 + Fraction(slack, 1000))
    for each in solution.alternatives:
        assert not violations(problem, each)
        assert each.objective <= worst
        for other in all_of_them:
            if other is not each:
                names = [n for n in Terms.__struct_fields__ if n != "energy_wh"]
                assert any(getattr(each.terms, n) < getattr(other.terms, n) for n in names)


@st.composite
def stored(draw: st.DrawFn) -> Problem:
    """A job of a few watts and a battery of a few, so that everything can be tried."""
    bought = draw(st.tuples(*[st.integers(-300, 900)] * 3))
    capacity = draw(st.integers(1, 4))
    levels = st.dictionaries(st.integers(0, 3), st.integers(0, capacity), max_size=1)
    watts = st.just(()) | st.tuples(*[st.integers(0, 3)] * 3)
    return Problem(
        slot_ms=HOUR_MS,
        count=3,
        jobs=(Job(id="j", options=(Option(id="a", power_w=(draw(small),)),)),),
        batteries=(
            Battery(
                id="b",
                capacity_wh=capacity,
                charge_w_max=draw(st.integers(0, 2)),
                discharge_w_max=draw(st.integers(0, 2)),
                initial_wh=draw(st.integers(0, capacity)),
                reserve_wh=draw(st.integers(0, capacity)),
                efficiency=draw(st.sampled_from((1000, 900, 500))),
                wear_micro_per_kwh=draw(st.integers(0, 200)),
                level_wh_by=draw(levels),
                available=tuple(sorted(draw(st.sets(st.integers(0, 2))))),
            ),
        ),
        power=Power(
            import_micro=bought,
            export_micro=tuple(price - draw(st.integers(0, 300)) for price in bought),
            base_w=draw(watts),
            solar_w=draw(watts),
            import_w_max=draw(st.none() | st.integers(0, 5)),
            export_w_max=draw(st.none() | st.integers(0, 3)),
            co2_g_per_kwh=draw(st.just(()) | st.tuples(*[st.integers(0, 500)] * 3)),
        ),
        weights=Weights(cost=draw(small), co2=draw(small), peak=draw(small)),
        workers=1,
    )


def levels_allowed(battery: Battery, flows: Sequence[tuple[int, int]]) -> bool:
    level = Fraction(battery.initial_wh)
    for slot in range(4):
        if level < battery.level_wh_by.get(slot, 0):
            return False
        if slot < 3:
            into, out = flows[slot]
            if (into or out) and battery.available and slot not in battery.available:
                return False
            level += Fraction(battery.efficiency, 1000) * into - out
            if not min(battery.reserve_wh, battery.initial_wh) <= level <= battery.capacity_wh:
                return False
    return True


@LAWS
@given(stored())
def test_a_battery_is_used_as_well_as_can_be(problem: Problem) -> None:
    (battery,), (job,) = problem.batteries, problem.jobs
    each = [(into, 0) for into in range(battery.charge_w_max + 1)]
    each += [(0, out) for out in range(1, battery.discharge_w_max + 1)]
    found = []
    for flows in product(each, repeat=3):
        if levels_allowed(battery, flows):
            for start in range(3):
                naive = Naive(problem, {"j": (job.options[0], start)})
                for slot, (into, out) in enumerate(flows):
                    naive.net[slot] += into - out
                most = problem.power.import_w_max if problem.power else None
                if most is None or max(naive.net) <= most:
                    worn = battery.wear_micro_per_kwh * sum(out for _, out in flows)
                    found.append(naive.exact() + problem.weights.cost * Fraction(worn, 1000))
    solution = solve_here(problem)
    if found:
        assert solution.schedule is not None
        assert solution.schedule.objective == half_up(min(found)) == solution.bound
    else:
        assert solution.status == "infeasible"


@LAWS
@given(problems(), st.integers(1, 3))
def test_where_only_the_end_counts_intervals_find_the_best_too(
    problem: Problem, weight: int
) -> None:
    weights = Weights(cost=0, makespan=weight, exposure=problem.weights.exposure)
    pure = msgspec.structs.replace(
        problem,
        power=None,
        weights=weights,
        resources=(problem.resources[0], Resource(id="s", capacity=(2,))),
        jobs=tuple(msgspec.structs.replace(j, drop_penalty=None) for j in problem.jobs),
        rules=tuple(
            msgspec.structs.replace(rule, penalty=None)
            for rule in problem.rules
            if rule.kind in intervals.KINDS
        ),
    )
    assert intervals.fits(pure)
    solution, expected = solve_here(pure), best(pure)
    assert solution.status == ("infeasible" if expected is None else "optimal")
    assert (solution.schedule.objective if solution.schedule else None) == expected


@LAWS
@given(problems())
def test_an_opening_breaks_nothing_that_it_has_placed(problem: Problem) -> None:
    placed = Opening(problem, lambda: 0.0).placed()
    here = {each.job for each in placed}
    waiting = {f"after:{j.id}" for j in problem.jobs if j.after.keys() - here}
    allowed = waiting | {f"job:{job.id}" for job in problem.jobs if job.id not in here}
    allowed |= set(violations(problem, measure(problem, ())))  # what the house breaks by itself
    assert set(violations(problem, measure(problem, placed))) <= allowed


@LAWS
@given(problems(), st.data())
def test_no_schedule_is_below_the_relaxation_nor_one_with_a_way_below_its_regret(
    problem: Problem, data: st.DataObject
) -> None:
    assert relaxing.fits(problem)
    below = relaxing.relaxed(problem, Board(problem), lambda: False)
    expected = best(problem)
    if below is None:
        assert expected is None
        return
    assert expected is None or below.bound <= expected
    ways = [choice for its in lawful(problem).values() for choice in its]
    assume(ways)
    one = data.draw(st.sampled_from(ways))
    others = tuple(each for each in problem.frozen if each.job != one.job)
    fixed = msgspec.structs.replace(problem, frozen=(*others, one.placed))
    expected = best(fixed)
    event(f"the way is {'possible' if expected is not None else 'impossible'}")
    assert expected is None or below.bound + below.regret(one) <= expected


@LAWS
@given(problems() | stored())
def test_a_schedule_is_a_whole_solution_to_begin_with(problem: Problem) -> None:
    schedule = solve_here(problem).schedule
    at_rest = schedule and measure(problem, schedule.placed)
    assume(at_rest is not None and not violations(problem, at_rest))
    assert at_rest is not None
    model = Model(problem)
    model.model.minimize(model.objective.expression)
    model.hint(at_rest.placed)
    solver = library().CpSolver()
    solver.parameters.fix_variables_to_their_hinted_value = True
    assert solver.solve(model.model) == library().OPTIMAL
    assert rounded(round(solver.objective_value), model.q) == at_rest.objective
