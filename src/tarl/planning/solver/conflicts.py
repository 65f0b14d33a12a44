"""Why there is no schedule, and the ways out.

1. A conflict is minimal: its rules cannot all hold, and without any one of them the rest of it can.
   It is the core that the solver reads from a named model, thinned by leaving out one rule after
   the other. None is named where jobs and resources are contradictory by themselves.
2. A way out is a smallest set of rules without which there is a schedule: no part of it would do.
   They are found fewest rules first, each new one forbidden to hold an old one.

Sources: M. H. Liffiton and K. A. Sakallah, "Algorithms for computing minimal unsatisfiable subsets
of constraints" (2008), for both kinds of set; deletion is section 2 of J. Marques-Silva, "Minimal
unsatisfiability" (2010).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import msgspec

from tarl.planning.problem import Problem, Relaxation
from tarl.planning.solver.accounting import measure, violations
from tarl.planning.solver.beginning import best_of
from tarl.planning.solver.choices import choices_of, place_rules
from tarl.planning.solver.model import Model
from tarl.planning.solver.opening import Opening
from tarl.planning.solver.searching import library, prepared

RELAXATIONS_MAX = 6
"""Ways out that are looked for: more than a person would read."""

LEAST_S = 0.05
"""Below this much time nothing more is begun."""


def without(problem: Problem, ids: Iterable[str]) -> Problem:
    """The problem without these rules, and without what was asked besides."""
    left_out = frozenset(ids)
    rules = tuple(rule for rule in problem.rules if rule.id not in left_out)
    return msgspec.structs.replace(problem, rules=rules, priced=(), alternatives=0)


class Conflict:
    """A problem without a schedule, being asked why.

    Args:
        left_s: How many seconds are left.
    """

    def __init__(self, problem: Problem, left_s: Callable[[], float]) -> None:
        self.problem = problem
        self._left_s = left_s
        self._hard = tuple(dict.fromkeys(r.id for r in problem.rules if r.penalty is None))

    @cached_property
    def _named(self) -> Model:
        return Model(self.problem, is_named=True)

    def core(self) -> tuple[str, ...]:
        """A minimal conflict, in the order of the rules; as small as time allowed."""
        known = self._blocked() or self._cause(self._hard)
        if known is None:
            return self._hard
        for id in tuple(known):
            if id in known:
                smaller = self._cause(each for each in known if each != id)
                known = known if smaller is None else smaller
        return tuple(id for id in self._hard if id in known)

    def _blocked(self) -> set[str]:
        """Rules that leave some job no place at all, seen without a solver; none if there are no
        such.
        """
        rules = [each for each in place_rules(self.problem) if each.rule.penalty is None]
        fewest: set[str] = set()
        for job in self.problem.jobs:
            if job.drop_penalty is None or any(f.job == job.id for f in self.problem.frozen):
                about = [each for each in rules if job.id in each.jobs]
                broken = [
                    {each.rule.id for each in about if each.units(choice)}
                    for choice in choices_of(job, self.problem)
                ]
                if broken and all(broken):
                    ids = set().union(*broken)
                    for id in sorted(ids):
                        if all(each & (ids - {id}) for each in broken):
                            ids.discard(id)
                    if not fewest or len(ids) < len(fewest):
                        fewest = ids
        return fewest

    def _cause(self, ids: Iterable[str]) -> set[str] | None:
        """Which of these rules cannot all hold; None where they can, or time is up."""
        ids = tuple(ids)
        if self._is_easy(ids):
            return None
        model, literals = self._named.model, self._named.holds
        model.clear_assumptions()
        model.add_assumptions([literals[id] for id in ids])
        solver = self._solver()
        if solver.solve(model) != library().INFEASIBLE:
            return None
        names = {literal.index: id for id, literal in literals.items()}
        return {names[each] for each in solver.sufficient_assumptions_for_infeasibility()}

    def _is_easy(self, ids: tuple[str, ...]) -> bool:
        """Whether jobs placed one after the other keep these rules: then no solver is needed."""
        rules = tuple(r for r in self.problem.rules if r.penalty is None and r.id in ids)
        problem = msgspec.structs.replace(self.problem, rules=rules, priced=())
        placed = Opening(problem, lambda: 1.0).first()
        return not violations(problem, measure(problem, placed))

    def _solver(self) -> Any:
        """A solver for questions of yes and no: little is worth preparing."""
        solver = prepared(self.problem, self._left_s())
        solver.parameters.num_workers = 1
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.symmetry_level = 0
        solver.parameters.max_presolve_iterations = 1
        return solver

    def relaxations(self) -> tuple[Relaxation, ...]:
        """Ways out, each with its best schedule, the cheapest first."""
        found = []
        ways = self._ways_out()
        for number, ids in enumerate(ways):
            share_s = self._share_s(len(ways) - number)
            if share_s() < LEAST_S:
                break
            solved = best_of(without(self.problem, ids), share_s)
            if solved.schedule is not None:
                found.append(
                    Relaxation(
                        without=ids,
                        schedule=solved.schedule,
                        is_optimal=solved.status == "optimal",
                    )
                )
        return tuple(sorted(found, key=lambda each: each.schedule.objective))

    def _share_s(self, parts: int) -> Callable[[], float]:
        """What is left of one part of the time."""
        others_s = self._left_s() * (1 - 1 / parts)
        return lambda: self._left_s() - others_s

    def _ways_out(self) -> list[tuple[str, ...]]:
        """Smallest sets of rules that may be given up without which there is a schedule, fewest
        rules first."""
        model, holds, cp_model = self._named.model, self._named.holds, library()
        model.clear_assumptions()
        for id in {each.id for each in self.problem.rules if each.is_essential} & holds.keys():
            model.add(holds[id] == 1)
        model.maximize(sum(holds.values()))
        found: list[tuple[str, ...]] = []
        while len(found) < RELAXATIONS_MAX and self._left_s() > LEAST_S:
            solver = self._solver()
            if solver.solve(model) != cp_model.OPTIMAL:
                break
            ids = tuple(id for id, literal in holds.items() if not solver.boolean_value(literal))
            found.append(ids)
            if not ids:
                break
            model.add_at_least_one([holds[id] for id in ids])
        return found
