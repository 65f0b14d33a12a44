"""The second-best place of each job: what "02:00, not 22:00: saves 0.29" is read from.

Everything else stays where it is, batteries too, so no solver is needed: a job is taken out, and
each other way to place it is judged by what it adds. The best is then measured like any schedule.
"""

from __future__ import annotations

from collections.abc import Iterable

from tarl.planning.problem import Job, Placed, Problem, Rule, Schedule
from tarl.planning.solver.accounting import Reading, capacity_of, measure
from tarl.planning.solver.choices import PLACE_KINDS, Choice, PlaceRule, choices_of, place_rules
from tarl.planning.solver.numbers import jobs_of, rounded, slots_of


def runner_ups(problem: Problem, schedule: Schedule) -> dict[str, Schedule | None]:
    """By job that is placed, the best schedule in which it alone begins at another time or in
    another option; None where it can go nowhere else.
    """
    frozen = {each.job for each in problem.frozen}
    placed = {each.job: each for each in schedule.placed}
    rules = place_rules(problem)
    found: dict[str, Schedule | None] = {}
    for job in problem.jobs:
        if job.id in placed:
            second = None if job.id in frozen else _second(problem, job, schedule, placed, rules)
            found[job.id] = second
    return found


def _second(
    problem: Problem,
    job: Job,
    schedule: Schedule,
    placed: dict[str, Placed],
    rules: tuple[PlaceRule, ...],
) -> Schedule | None:
    rest = Rest(problem, job, schedule, rules)
    best: tuple[int, Choice] | None = None
    for choice in choices_of(job, problem):
        if choice.placed == placed[job.id]:
            continue
        added = rest.added(choice)
        if added is not None and (best is None or added < best[0]):
            best = added, choice
    if best is None:
        return None
    return measure(
        problem,
        (placed | {job.id: best[1].placed}).values(),
        charge_w=schedule.charge_w,
        discharge_w=schedule.discharge_w,
    )


class Rest:
    """A schedule without one of its jobs."""

    def __init__(
        self, problem: Problem, job: Job, schedule: Schedule, rules: tuple[PlaceRule, ...]
    ) -> None:
        self.problem, self.job = problem, job
        others = [each for each in schedule.placed if each.job != job.id]
        self.reading = Reading(problem, others, schedule.charge_w, schedule.discharge_w)
        self.place_rules = [each for each in rules if job.id in each.jobs]
        self.sum_rules = [
            _SumRule(rule, self.reading)
            for rule in problem.rules
            if rule.kind not in PLACE_KINDS
            and (rule.kind == "power_max" or job.id in jobs_of(rule, problem))
        ]
        self.once = {
            rule: self.reading.broken_units(rule)
            for rule in problem.rules
            if rule.kind == "not_options"
        }
        self.spare = self._spare()
        self.earliest, self.latest = self._span()
        self.peak_w = max(0, *self.reading.net_w)
        self.makespan = max(map(self.reading.end, self.reading.places), default=0)
        self.before = next((p for p in problem.before if p.job == job.id), None)

    def _spare(self) -> dict[str, list[int]]:
        """What is left of each resource."""
        slots = range(self.problem.count)
        spare = {r.id: list(capacity_of(r.capacity, slots)) for r in self.problem.resources}
        for other, option in self.reading.options.items():
            for resource, amount in option.demands.items():
                for slot in range(self.reading.places[other].start, self.reading.end(other)):
                    spare[resource][slot] -= amount
        return spare

    def _span(self) -> tuple[int, int]:
        """When the job may begin, and when it must have ended, because of jobs before and after;
        an empty span where one that must come before is left out.
        """
        earliest, latest = 0, self.problem.count
        for other, wait in self.job.after.items():
            if other not in self.reading.places:
                return self.problem.count, 0
            earliest = max(earliest, self.reading.end(other) + wait)
        for follower in self.problem.jobs:
            place = self.reading.places.get(follower.id)
            if place is not None and self.job.id in follower.after:
                latest = min(latest, place.start - follower.after[self.job.id])
        return earliest, latest

    def added(self, choice: Choice) -> int | None:
        """What placing the job so adds to the objective, over ``q``; None where it may not be."""
        if choice.start < self.earliest or choice.end > self.latest:
            return None
        for resource, amount in choice.option.demands.items():
            if amount > min(self.spare[resource][choice.start : choice.end]):
                return None
        flow = self.reading.flow
        drawn = list(enumerate(choice.option.power_w, choice.start))
        if flow.import_w_max is not None and self.problem.power is not None:
            height_w, heights = (
                self.reading.height_w,
                enumerate(choice.option.height_w, choice.start),
            )
            if any(w and height_w[slot] + w > flow.import_w_max for slot, w in heights):
                return None
        penalty = self._penalty(choice, drawn)
        return None if penalty is None else self._worth(choice, drawn, penalty)

    def _penalty(self, choice: Choice, drawn: list[tuple[int, int]]) -> int | None:
        """What it costs in rules; None where it breaks a hard one."""
        total = 0
        for each in self.place_rules:
            if units := each.units(choice):
                if each.rule.penalty is None:
                    return None
                if not self.once.get(each.rule):
                    total += each.rule.penalty * units
        for rule in self.sum_rules:
            beyond = rule.beyond(choice, drawn)
            if beyond:
                if rule.penalty is None:
                    return None
                total += rule.penalty * beyond
        return total

    def _worth(self, choice: Choice, drawn: list[tuple[int, int]], penalty: int) -> int:
        reading, weights, option = self.reading, self.problem.weights, choice.option
        p, q, net_w, flow = reading.p, reading.q, reading.net_w, reading.flow
        cost, carbon, peak_w = q * option.cost_micro, 0, self.peak_w
        if self.problem.power is not None:
            for slot, watts in drawn:
                net = net_w[slot]
                cost += p * (flow.cost(slot, net + watts) - flow.cost(slot, net))
                carbon += p * flow.co2_g_per_kwh[slot] * (max(0, net + watts) - max(0, net))
                peak_w = max(peak_w, net + watts)
        discomfort = self.job.discomfort[choice.start] if self.job.discomfort else 0
        plain = (
            penalty
            + weights.latency * option.latency_ms
            + weights.exposure * option.exposure
            + weights.discomfort * discomfort
            + weights.peak * peak_w
            + weights.makespan * max(self.makespan, choice.end)
            + weights.change * (self.before is not None and self.before != choice.placed)
        )
        return weights.cost * cost + weights.co2 * carbon + q * plain


class _SumRule:
    """A rule about a sum, as the rest of a schedule leaves it."""

    def __init__(self, rule: Rule, reading: Reading) -> None:
        self.rule, self.reading, self.penalty = rule, reading, rule.penalty
        self.jobs: Iterable[str] = jobs_of(rule, reading.problem)
        self.slots = frozenset(slots_of(rule, reading.problem))
        placed = [job for job in self.jobs if job in reading.places]
        self.load_w = reading.load_w(placed)
        self.bill = reading.bill(placed)
        self.energy = reading.energy(placed)
        self.latency_ms = sum(reading.options[job].latency_ms for job in placed)
        self.over_w = reading.broken_units(rule) if rule.kind == "power_max" else 0

    def beyond(self, choice: Choice, drawn: list[tuple[int, int]]) -> int:
        """By how much the rule is broken with the job placed so."""
        kind, limit, q = self.rule.kind, self.rule.limit, self.reading.q
        if kind == "latency_max":
            return max(0, self.latency_ms + choice.option.latency_ms - limit)
        if kind == "energy_max":
            energy = self.energy + 1000 * self.reading.p * sum(choice.option.power_w)
            return max(0, rounded(energy, q) - limit)
        if kind == "power_max":
            return self.over_w + self._more_over_w(choice)
        bill = self.bill + q * choice.option.cost_micro
        flow = self.reading.flow
        for slot, watts in drawn:
            price, load = flow.import_micro[slot], self.load_w[slot]
            spare = max(0, flow.spare_sun_w[slot] - load) if price > 0 else 0
            bill += max(0, watts - spare) * price * self.reading.p
        return max(0, rounded(bill, q) - limit)

    def _more_over_w(self, choice: Choice) -> int:
        height_w, limit = self.reading.height_w, self.rule.limit
        return sum(
            max(0, height_w[slot] + watts - limit) - max(0, height_w[slot] - limit)
            for slot, watts in enumerate(choice.option.height_w, choice.start)
            if slot in self.slots
        )
