"""What a schedule comes to: its terms, its objective, and what it breaks, by arithmetic alone.

1. Every number of a ``Schedule`` is computed here from where its jobs and batteries are, never
   taken from the solver's variables.
2. Terms are rounded once each; so is the objective, from the exact terms: it is their weighted sum
   to within half of the weights of ``cost`` and ``co2``, and exactly that where these are 1 and 0.
   Rules of one id are one bound, said in several rules.
3. In a slot the house either draws or feeds in: ``import = max(0, balance)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tarl.planning.problem import Battery, Option, Placed, Problem, Rule, Schedule, Terms
from tarl.planning.solver.numbers import Flow, fraction_of, jobs_of, rounded, slots_of

Levels = Mapping[str, tuple[int, ...]]


def measure(
    problem: Problem,
    placed: Iterable[Placed],
    *,
    charge_w: Levels | None = None,
    discharge_w: Levels | None = None,
) -> Schedule:
    """The schedule of these placements, with what it comes to."""
    reading = Reading(problem, placed, charge_w or {}, discharge_w or {})
    soft = [
        (rule, rule.penalty * units)
        for rule in problem.rules
        if rule.penalty is not None and (units := reading.broken_units(rule))
    ]
    dropped = tuple(job.id for job in problem.jobs if job.id not in reading.places)
    penalty = sum(cost for _, cost in soft)
    penalty += sum(job.drop_penalty or 0 for job in problem.jobs if job.id in dropped)
    terms, objective = reading.terms(penalty)
    return Schedule(
        placed=tuple(reading.places[job.id] for job in problem.jobs if job.id in reading.places),
        terms=terms,
        objective=objective,
        charge_w=dict(charge_w or {}),
        discharge_w=dict(discharge_w or {}),
        broken=tuple(dict.fromkeys(rule.id for rule, _ in soft)),
        dropped=dropped,
    )


class Reading:
    """A schedule slot by slot."""

    def __init__(
        self, problem: Problem, placed: Iterable[Placed], charge_w: Levels, discharge_w: Levels
    ) -> None:
        self.problem = problem
        self.p, self.q = fraction_of(problem.slot_ms)
        self.flow = Flow(problem.power, problem.count)
        self.places = {each.job: each for each in placed}
        options = {(j.id, o.id): o for j in problem.jobs for o in j.options}
        self.options: dict[str, Option] = {
            job: options[job, place.option] for job, place in self.places.items()
        }
        self.discharge_w = discharge_w
        self.net_w = self._net_w(charge_w, discharge_w)
        self.height_w = self._height_w()

    def load_w(self, jobs: Iterable[str]) -> list[int]:
        """What these jobs draw in each slot."""
        load = [0] * self.problem.count
        for job in jobs:
            if job in self.places:
                for slot, watts in enumerate(self.options[job].power_w, self.places[job].start):
                    load[slot] += watts
        return load

    def _net_w(self, charge_w: Levels, discharge_w: Levels) -> list[int]:
        net = [a + b for a, b in zip(self.flow.net_w, self.load_w(self.places), strict=True)]
        for sign, levels in ((1, charge_w), (-1, discharge_w)):
            for values in levels.values():
                net = [a + sign * b for a, b in zip(net, values, strict=True)]
        return net

    def _height_w(self) -> list[int]:
        """The balance as limits of power count it: with what jobs draw at times beyond their
        mean."""
        height = list(self.net_w)
        for job, place in self.places.items():
            for slot, watts in enumerate(self.options[job].beyond_w, place.start):
                height[slot] += watts
        return height

    def end(self, job: str) -> int:
        """The slot at whose beginning a placed job has ended."""
        return self.places[job].start + len(self.options[job].power_w)

    def bill(self, jobs: Iterable[str]) -> int:
        """The bill of these jobs as a numerator over ``q``: what is left over of the sun counts
        where the household says so and it saves something.
        """
        jobs = [job for job in jobs if job in self.places]
        total = self.q * sum(self.options[job].cost_micro for job in jobs)
        for slot, watts in enumerate(self.load_w(jobs)):
            price = self.flow.import_micro[slot]
            spared_w = min(watts, self.flow.spare_sun_w[slot]) if price > 0 else 0
            total += (watts - spared_w) * price * self.p
        return total

    def energy(self, jobs: Iterable[str]) -> int:
        """The energy of these jobs in watt-hours, as a numerator over ``q``."""
        return 1000 * self.p * sum(self.load_w(jobs))

    def broken_units(self, rule: Rule) -> int:
        """By how much a rule is broken; 0 where it holds."""
        problem = self.problem
        jobs = [job for job in self.places if job in jobs_of(rule, problem)]
        if rule.kind == "forbid":
            forbidden = set(rule.slots)
            return sum(
                slot in forbidden
                for job in jobs
                for slot in range(self.places[job].start, self.end(job))
            )
        if rule.kind == "end_by":
            return sum(max(0, self.end(job) - rule.limit) for job in jobs)
        if rule.kind == "start_from":
            return sum(max(0, rule.limit - self.places[job].start) for job in jobs)
        if rule.kind == "not_options":
            return int(any(self.places[job].option in rule.options for job in jobs))
        if rule.kind == "power_max":
            over = (self.height_w[slot] - rule.limit for slot in slots_of(rule, problem))
            return sum(max(0, each) for each in over)
        if rule.kind == "cost_max":
            return max(0, rounded(self.bill(jobs), self.q) - rule.limit)
        if rule.kind == "energy_max":
            return max(0, rounded(self.energy(jobs), self.q) - rule.limit)
        return max(0, sum(self.options[job].latency_ms for job in jobs) - rule.limit)

    def terms(self, penalty: int) -> tuple[Terms, int]:
        """The terms and the objective."""
        problem, p, q = self.problem, self.p, self.q
        imported = [max(0, net) for net in self.net_w]
        metered = sum(self.flow.cost(slot, net) for slot, net in enumerate(self.net_w))
        wear = sum(
            battery.wear_micro_per_kwh * sum(self.discharge_w.get(battery.id, ()))
            for battery in problem.batteries
        )
        carbon = p * sum(w * g for w, g in zip(imported, self.flow.co2_g_per_kwh, strict=True))
        cost = p * (metered + wear) + q * sum(o.cost_micro for o in self.options.values())
        before = {each.job: each for each in problem.before}
        jobs = {job.id: job for job in problem.jobs}
        terms = Terms(
            cost=rounded(cost, q),
            latency=sum(option.latency_ms for option in self.options.values()),
            discomfort=sum(
                jobs[id].discomfort[place.start] if jobs[id].discomfort else 0
                for id, place in self.places.items()
            ),
            exposure=sum(option.exposure for option in self.options.values()),
            co2=rounded(carbon, q),
            peak=max(imported) if problem.power is not None else 0,
            makespan=max(map(self.end, self.places), default=0),
            change=sum(self.places.get(id) != before[id] for id in jobs if id in before),
            penalty=penalty,
            energy_wh=rounded(self.energy(self.places), q),
        )
        weights = problem.weights
        exact = weights.cost * cost + weights.co2 * carbon + q * penalty
        for name in ("latency", "discomfort", "exposure", "peak", "makespan", "change"):
            exact += q * getattr(weights, name) * getattr(terms, name)
        return terms, rounded(exact, q)


def violations(problem: Problem, schedule: Schedule) -> tuple[str, ...]:
    """What a schedule does that no schedule may: hard rules by id, the rest by name
    (``resource:x``, ``after:x``, ``battery:x``, ``job:x``, ``import``).
    """
    reading = Reading(problem, schedule.placed, schedule.charge_w, schedule.discharge_w)
    found = [
        rule.id for rule in problem.rules if rule.penalty is None and reading.broken_units(rule)
    ]
    return (*found, *_misplaced(reading), *_overfull(reading), *_misloaded(reading, schedule))


def _misplaced(reading: Reading) -> Iterable[str]:
    frozen = {each.job: each for each in reading.problem.frozen}
    for job in reading.problem.jobs:
        place = reading.places.get(job.id)
        if job.id in frozen:
            if place != frozen[job.id]:
                yield f"job:{job.id}"
        elif place is None:
            if job.drop_penalty is None:
                yield f"job:{job.id}"
            continue
        elif (starts := reading.options[job.id].starts) is not None and place.start not in starts:
            yield f"job:{job.id}"
        for other, wait in job.after.items():
            if place and (other not in reading.places or reading.end(other) + wait > place.start):
                yield f"after:{job.id}"


def _overfull(reading: Reading) -> Iterable[str]:
    for resource in reading.problem.resources:
        used = [0] * reading.problem.count
        for job, option in reading.options.items():
            for slot in range(reading.places[job].start, reading.end(job)):
                used[slot] += option.demands.get(resource.id, 0)
        if any(a > b for a, b in zip(used, capacity_of(resource.capacity, used), strict=True)):
            yield f"resource:{resource.id}"
    limit_w = reading.flow.import_w_max
    if limit_w is not None and max(reading.height_w) > limit_w:
        yield "import"


def capacity_of(capacity: Sequence[int], slots: Sequence[int]) -> Sequence[int]:
    """A capacity slot by slot."""
    return capacity if len(capacity) == len(slots) else tuple(capacity) * len(slots)


def floor_wh(battery: Battery) -> int:
    """What a plan leaves in a battery at least: its reserve, or what it had if that is less."""
    return min(battery.reserve_wh, battery.initial_wh)


def _misloaded(reading: Reading, schedule: Schedule) -> Iterable[str]:
    for battery in reading.problem.batteries:
        nothing = (0,) * reading.problem.count
        charge = schedule.charge_w.get(battery.id, nothing)
        discharge = schedule.discharge_w.get(battery.id, nothing)
        available = set(battery.available or range(reading.problem.count))
        level = battery.initial_wh * reading.q
        for slot, (into, out) in enumerate(zip(charge, discharge, strict=True)):
            fits = (
                0 <= into <= battery.charge_w_max
                and 0 <= out <= battery.discharge_w_max
                and not (into and out)
                and (slot in available or not (into or out))
                and level >= battery.level_wh_by.get(slot, 0) * reading.q
            )
            level += reading.p * (battery.efficiency * into - 1000 * out)
            fits &= floor_wh(battery) * reading.q <= level <= battery.capacity_wh * reading.q
            if not fits:
                yield f"battery:{battery.id}"
                break
        else:
            if level < battery.level_wh_by.get(reading.problem.count, 0) * reading.q:
                yield f"battery:{battery.id}"
