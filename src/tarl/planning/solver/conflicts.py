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
from typing import Any

import msgspec

from tarl.planning.problem import Problem, Relaxation
from tarl.planning.solver.model import Model
from tarl.planning.solver.searching import library, prepared, search

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
        self._named = Model(problem, is_named=True)
        self._ids = {literal.index: id for id, literal in self._named.holds.items()}

    def core(self) -> tuple[str, ...]:
        """A minimal conflict, in the order of the rules; as small as time allowed."""
        known = self._cause(self._named.holds)
        if known is None:
            return tuple(self._named.holds)
        for id in tuple(known):
            if id in known:
                smaller = self._cause(each for each in known if each != id)
                known = known if smaller is None else smaller
        return tuple(id for id in self._named.holds if id in known)

    def _cause(self, ids: Iterable[str]) -> set[str] | None:
        """Which of these rules cannot all hold; None where they can, or time is up."""
        model = self._named.model
        model.clear_assumptions()
        model.add_assumptions([self._named.holds[id] for id in ids])
        solver = self._solver()
        if solver.solve(model) != library().INFEASIBLE:
            return None
        return {self._ids[each] for each in solver.sufficient_assumptions_for_infeasibility()}

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
            share_s = self._left_s() / (len(ways) - number)
            if share_s < LEAST_S:
                break
            solved = search(without(self.problem, ids), seconds=share_s)
            if solved.schedule is not None:
                found.append(
                    Relaxation(
                        without=ids,
                        schedule=solved.schedule,
                        is_optimal=solved.status == "optimal",
                    )
                )
        return tuple(sorted(found, key=lambda each: each.schedule.objective))

    def _ways_out(self) -> list[tuple[str, ...]]:
        """Smallest sets of rules without which there is a schedule, fewest rules first."""
        model, holds, cp_model = self._named.model, self._named.holds, library()
        model.clear_assumptions()
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
