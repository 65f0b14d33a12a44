"""A problem in which nothing depends on the time but the end of all: its jobs as intervals.

Project scheduling under scarce resources is of this kind. A literal for each way to begin would be
many, and say little; what proves here is the reasoning about intervals that share a resource.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tarl.planning.problem import Job, Option, Placed, Problem
from tarl.planning.solver.choices import Choice, lawful
from tarl.planning.solver.numbers import fraction_of
from tarl.planning.solver.sums import Sum

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

KINDS = frozenset(("end_by", "start_from", "not_options", "forbid"))
"""Rules that are about the place of a job alone: they become its domain."""


def fits(problem: Problem) -> bool:
    """Whether a problem is of this kind."""
    weights = problem.weights
    return (
        problem.power is None
        and weights.makespan > 0
        and not (weights.discomfort or weights.change)
        and all(rule.kind in KINDS and rule.penalty is None for rule in problem.rules)
        and all(len(resource.capacity) == 1 for resource in problem.resources)
        and all(job.drop_penalty is None for job in problem.jobs)
    )


class Intervals:
    """The variables and rows of such a problem; used like ``Model``."""

    size = 0

    def __init__(self, problem: Problem) -> None:
        from ortools.sat.python import cp_model

        self.problem = problem
        _, self.q = fraction_of(problem.slot_ms)
        self.model: cp_model.CpModel = cp_model.CpModel()
        self._options: dict[str, list[tuple[Option, Any]]] = {}
        self._starts: dict[str, Any] = {}
        self._ends: dict[str, Any] = {}
        self._uses: dict[str, list[tuple[Any, int]]] = {each.id: [] for each in problem.resources}
        choices = lawful(problem)
        for job in problem.jobs:
            self._add_job(job, choices[job.id])
        for job in problem.jobs:
            for other, wait in job.after.items():
                self.model.add(self._starts[job.id] >= self._ends[other] + wait)
        for resource in problem.resources:
            if uses := self._uses[resource.id]:
                intervals, demands = zip(*uses, strict=True)
                self.model.add_cumulative(intervals, demands, resource.capacity[0])
        self.objective = self._objective()

    def _add_job(self, job: Job, choices: list[Choice]) -> None:
        from ortools.sat.python import cp_model

        starts: dict[str, list[int]] = {}
        for choice in choices:
            starts.setdefault(choice.option.id, []).append(choice.start)
        domain = cp_model.Domain.from_values(sorted({c.start for c in choices}))
        start = self.model.new_int_var_from_domain(domain, "")
        options = [option for option in job.options if option.id in starts]
        literals = [self.model.new_bool_var("") for _ in options]
        self.model.add_exactly_one(literals)
        length = sum(len(o.power_w) * x for o, x in zip(options, literals, strict=True))
        end = start + length if len(options) > 1 else start + sum(len(o.power_w) for o in options)
        for option, literal in zip(options, literals, strict=True):
            if len(options) == 1:
                interval = self.model.new_fixed_size_interval_var(start, len(option.power_w), "")
            else:
                allowed = cp_model.Domain.from_values(starts[option.id])
                self.model.add_linear_expression_in_domain(start, allowed).only_enforce_if(literal)
                interval = self.model.new_optional_fixed_size_interval_var(
                    start, len(option.power_w), literal, ""
                )
            for resource, amount in option.demands.items():
                if amount:
                    self._uses[resource].append((interval, amount))
        self._options[job.id] = list(zip(options, literals, strict=True))
        self._starts[job.id], self._ends[job.id] = start, end

    def _objective(self) -> Sum:
        weights = self.problem.weights
        self._makespan = self.model.new_int_var(0, self.problem.count, "")
        for end in self._ends.values():
            self.model.add(self._makespan >= end)
        total = Sum()
        total.add(self._makespan, self.q * weights.makespan)
        for options in self._options.values():
            for option, literal in options:
                plain = (
                    weights.cost * option.cost_micro
                    + weights.latency * option.latency_ms
                    + weights.exposure * option.exposure
                )
                total.add(literal, self.q * plain)
        return total

    def hint(self, placed: Iterable[Placed]) -> None:
        """Begin the search with these placements; as a whole solution, where they are one."""
        known = {each.job: each for each in placed}
        ends = []
        for job, options in self._options.items():
            if place := known.get(job):
                self.model.add_hint(self._starts[job], place.start)
                for option, literal in options:
                    self.model.add_hint(literal, option.id == place.option)
                    if option.id == place.option:
                        ends.append(place.start + len(option.power_w))
        if ends and len(ends) == len(self._options):
            self.model.add_hint(self._makespan, max(ends))

    def placed(self, values: Any) -> list[Placed]:
        """The placements in a solution; ``values`` gives a variable's value."""
        return [
            Placed(job=job, option=option.id, start=int(values(self._starts[job])))
            for job, options in self._options.items()
            for option, literal in options
            if values(literal)
        ]

    def levels(self, values: Any) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
        """Nothing: such a problem has no batteries."""
        return {}, {}
