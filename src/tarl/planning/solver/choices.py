"""Every way to place a job, and which rules each way would break.

A rule about one job's place alone (``forbid``, ``end_by``, ``start_from``, ``not_options``) is
decided here, before any search: where it is hard, the ways that break it are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import NamedTuple

from tarl.planning.problem import Job, Option, Placed, Problem, Rule
from tarl.planning.solver.numbers import jobs_of

PLACE_KINDS = frozenset(("forbid", "end_by", "start_from", "not_options"))


class Choice(NamedTuple):
    """A job begun with slot ``start`` in an option."""

    job: str
    option: Option
    start: int

    @property
    def end(self) -> int:
        """The slot at whose beginning it has ended."""
        return self.start + len(self.option.power_w)

    @property
    def placed(self) -> Placed:
        """The same, as a schedule says it."""
        return Placed(job=self.job, option=self.option.id, start=self.start)


class PlaceRule:
    """A rule of ``PLACE_KINDS``, quick to ask."""

    def __init__(self, rule: Rule, problem: Problem) -> None:
        self.rule = rule
        self.jobs = jobs_of(rule, problem)
        forbidden = [0] * problem.count
        for slot in rule.slots:
            forbidden[slot] = 1
        self._before = (0, *accumulate(forbidden))

    def units(self, choice: Choice) -> int:
        """By how much this way breaks the rule; 0 where it does not."""
        kind, limit = self.rule.kind, self.rule.limit
        if kind == "forbid":
            return self._before[choice.end] - self._before[choice.start]
        if kind == "end_by":
            return max(0, choice.end - limit)
        if kind == "start_from":
            return max(0, limit - choice.start)
        return int(choice.option.id in self.rule.options)


def place_rules(problem: Problem) -> tuple[PlaceRule, ...]:
    """The rules that are about one job's place alone."""
    return tuple(PlaceRule(rule, problem) for rule in problem.rules if rule.kind in PLACE_KINDS)


def starts_of(option: Option, count: int) -> Iterable[int]:
    """The slots at which an option may begin and still end in time."""
    last = count - len(option.power_w)
    if option.starts is None:
        return range(last + 1)
    return sorted({start for start in option.starts if start <= last})


def choices_of(job: Job, problem: Problem) -> list[Choice]:
    """The ways to place a job, whatever the rules say; the one that it has where it is frozen."""
    options = {option.id: option for option in job.options}
    for each in problem.frozen:
        if each.job == job.id:
            return [Choice(job.id, options[each.option], each.start)]
    return [
        Choice(job.id, option, start)
        for option in job.options
        for start in starts_of(option, problem.count)
    ]


def lawful(problem: Problem) -> Mapping[str, list[Choice]]:
    """By job, the ways that break no hard rule about its place."""
    hard = [each for each in place_rules(problem) if each.rule.penalty is None]
    found = {}
    for job in problem.jobs:
        rules = [each for each in hard if job.id in each.jobs]
        found[job.id] = [
            choice
            for choice in choices_of(job, problem)
            if not any(each.units(choice) for each in rules)
        ]
    return found
