"""A schedule in the making that is quick to change: what is free in each slot, and what each way to
place a job is worth by itself.

It takes for linear, or leaves out, what jobs do to one another in the objective (the sun, the peak,
the end of all), so its worth is exact only without that. What may not be, it knows exactly but for
batteries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tarl.planning.problem import Problem, Rule
from tarl.planning.solver.accounting import capacity_of
from tarl.planning.solver.choices import Choice, lawful, place_rules
from tarl.planning.solver.numbers import (
    Flow,
    fraction_of,
    jobs_of,
    rounds_to_at_most,
    slots_of,
)

UNLIMITED_W = 2**62
"""More than any house draws."""


class Way(NamedTuple):
    """A way to place a job: its worth, what it takes, and how much of each limited sum."""

    worth: int
    start: int
    end: int
    choice: Choice
    demands: tuple[tuple[int, int], ...]
    amounts: tuple[int, ...]


class Board:
    """Where jobs are, and what is still free.

    Attributes:
        ways: By job, the ways to place it, the best first.
        at: By job, where it is.
        free: By resource, what is left of it in each slot.
        free_w: What may be drawn besides in each slot; None for anything.
        scale: Worths are in parts of the objective, of which so many make one.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._p, self.scale = fraction_of(problem.slot_ms)
        self._flow = Flow(problem.power, problem.count)
        slots = range(problem.count)
        self.free = [list(capacity_of(each.capacity, slots)) for each in problem.resources]
        self.free_w = self._spare_w()
        self._limited = [
            rule
            for rule in problem.rules
            if rule.penalty is None and rule.kind in ("cost_max", "energy_max", "latency_max")
        ]
        self._left = [
            rounds_to_at_most(rule.limit, 1 if rule.kind == "latency_max" else self.scale)
            for rule in self._limited
        ]
        self.ways = self._ways()
        self.at: dict[str, Way] = {}
        self._worth = 0
        self.before = {job.id: job.after for job in problem.jobs}
        self.behind: dict[str, dict[str, int]] = {job.id: {} for job in problem.jobs}
        for job in problem.jobs:
            for other, wait in job.after.items():
                self.behind[other][job.id] = wait
        self._shortest = {j.id: min(len(o.power_w) for o in j.options) for j in problem.jobs}

    def _spare_w(self) -> list[int] | None:
        """What the jobs may draw in each slot; None for anything."""
        limits = [
            (rule.limit, slots_of(rule, self.problem))
            for rule in self.problem.rules
            if rule.kind == "power_max" and rule.penalty is None
        ]
        if self._flow.import_w_max is not None and self.problem.power is not None:
            limits.append((self._flow.import_w_max, tuple(range(self.problem.count))))
        if not limits:
            return None
        spare = [UNLIMITED_W] * self.problem.count
        for limit, slots in limits:
            for slot in slots:
                spare[slot] = min(spare[slot], limit - self._flow.net_w[slot])
        return spare

    def _ways(self) -> dict[str, list[Way]]:
        weights, flow, p, q = self.problem.weights, self._flow, self._p, self.scale
        price = [
            weights.cost * (bought if net >= 0 else sold) + weights.co2 * grams * (net >= 0)
            for bought, sold, net, grams in zip(
                flow.import_micro, flow.export_micro, flow.net_w, flow.co2_g_per_kwh, strict=True
            )
        ]
        soft = [each for each in place_rules(self.problem) if each.rule.penalty]
        before = {each.job: each for each in self.problem.before}
        discomfort = {job.id: job.discomfort for job in self.problem.jobs}
        numbers = {each.id: index for index, each in enumerate(self.problem.resources)}
        about = [jobs_of(rule, self.problem) for rule in self._limited]

        def way(choice: Choice) -> Way:
            option = choice.option
            drawn = sum(w * price[t] for t, w in enumerate(option.power_w, choice.start))
            plain = (
                weights.cost * option.cost_micro
                + weights.latency * option.latency_ms
                + weights.exposure * option.exposure
                + weights.discomfort * (discomfort[choice.job] or (0,) * choice.end)[choice.start]
                + weights.change * (before.get(choice.job, choice.placed) != choice.placed)
                + sum(
                    each.rule.penalty * each.units(choice)
                    for each in soft
                    if each.rule.penalty and choice.job in each.jobs
                )
            )
            amounts = tuple(
                self._amount(rule, choice) if choice.job in jobs else 0
                for rule, jobs in zip(self._limited, about, strict=True)
            )
            demands = tuple((numbers[id], n) for id, n in option.demands.items() if n)
            return Way(p * drawn + q * plain, choice.start, choice.end, choice, demands, amounts)

        return {
            job: sorted(map(way, choices), key=lambda each: (each.worth, each.choice.end))
            for job, choices in lawful(self.problem).items()
        }

    def _amount(self, rule: Rule, choice: Choice) -> int:
        """What a way takes of a limited sum; of a bill as if there were no sun."""
        option, price = choice.option, self._flow.import_micro
        if rule.kind == "latency_max":
            return option.latency_ms
        if rule.kind == "energy_max":
            return 1000 * self._p * sum(option.power_w)
        drawn = sum(w * price[t] for t, w in enumerate(option.power_w, choice.start))
        return self._p * drawn + self.scale * option.cost_micro

    def sort(self, key: Callable[[Choice], float]) -> None:
        """Take for the best ways those of the lowest key, where it is the same those worth most."""
        for job, ways in self.ways.items():
            self.ways[job] = sorted(
                ways, key=lambda each: (key(each.choice), each.worth, each.choice.end)
            )

    def worth(self) -> tuple[int, int]:
        """How many jobs had no room or wait for such a one, and the sum of worths."""
        stuck = len(self.ways) - len(self.at)
        if stuck:
            stuck += sum(any(o not in self.at for o in self.before[id]) for id in self.at)
        return stuck, self._worth

    def place(self, job: str) -> bool:
        """Put a job where it is worth most; False where there is no room."""
        earliest, latest = self._earliest(job), self._latest(job)
        for way in self.ways[job]:
            if way.start >= earliest and way.end <= latest and self._fits(way):
                self.put(job, way)
                return True
        return False

    def put(self, job: str, way: Way) -> None:
        """Put a job back where it was."""
        self._take(way, 1)
        self.at[job] = way

    def remove(self, job: str) -> Way | None:
        """Take a job out; where it was."""
        way = self.at.pop(job, None)
        if way is not None:
            self._take(way, -1)
        return way

    def clear(self) -> None:
        """Take all jobs out."""
        for job in tuple(self.at):
            self.remove(job)

    def _fits(self, way: Way) -> bool:
        _, start, end, choice, demands, amounts = way
        for resource, amount in demands:
            if min(self.free[resource][start:end]) < amount:
                return False
        if self.free_w is not None:
            for spare, watts in zip(self.free_w[start:end], choice.option.height_w, strict=True):
                if watts > spare:
                    return False
        return not amounts or all(a <= left for a, left in zip(amounts, self._left, strict=True))

    def _take(self, way: Way, sign: int) -> None:
        worth, start, end, choice, demands, amounts = way
        self._worth += sign * worth
        for resource, amount in demands:
            free = self.free[resource]
            for slot in range(start, end):
                free[slot] -= sign * amount
        if self.free_w is not None:
            for slot, watts in enumerate(choice.option.height_w, start):
                self.free_w[slot] -= sign * watts
        for number, amount in enumerate(amounts):
            self._left[number] -= sign * amount

    def _earliest(self, job: str) -> int:
        at = self.at
        ends = [at[o].end + wait for o, wait in self.before[job].items() if o in at]
        return max(ends, default=0)

    def _latest(self, job: str, known: dict[str, int] | None = None) -> int:
        """When a job must have ended, so that those that wait for it still fit in.

        Args:
            known: Of jobs that were looked at on the way: many may wait for the same one.
        """
        known = {} if known is None else known
        if job not in known:
            latest = self.problem.count
            for other, wait in self.behind[job].items():
                if other in self.at:
                    latest = min(latest, self.at[other].start - wait)
                else:
                    begin = self._latest(other, known) - self._shortest[other]
                    latest = min(latest, begin - wait)
            known[job] = latest
        return known[job]
