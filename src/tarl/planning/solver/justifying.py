"""A good beginning where only the end of all counts: orders of jobs, justified to and fro.

Jobs are placed in some order as early as there is room. Then, from the last to end on, each is
moved as late as it can be, and from the first to begin on as early as it can be: what was gained at
the one side is room at the other (V. Valls, F. Ballestin and S. Quintanilla, "Justification and
RCPSP: a technique that pays", 2005). The order in which jobs then begin is shaken, and so on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from graphlib import TopologicalSorter

from tarl.planning.problem import Placed, Problem
from tarl.planning.solver.choices import Choice, lawful

ROUNDS_PER_JOB = 30
"""How many orders are tried, as long as there is time."""

SHAKEN = 0.12
"""How far a job's place in the order is moved, as a share of all."""


def justified(problem: Problem, is_time_up: Callable[[], bool]) -> list[Placed]:
    """Placements that end early; none where some job found no room.

    Args:
        problem: One that ``intervals.fits``; of a job's options the shortest is taken.
    """
    return Justifying(problem).best(is_time_up)


class Justifying:
    """Orders of jobs, and what they come to."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._order = list(
            TopologicalSorter({job.id: set(job.after) for job in problem.jobs}).static_order()
        )
        self._before: dict[str, dict[str, int]] = {job.id: job.after for job in problem.jobs}
        self._behind: dict[str, dict[str, int]] = {job.id: {} for job in problem.jobs}
        for job in problem.jobs:
            for other, wait in job.after.items():
                self._behind[other][job.id] = wait
        self._ways: dict[str, dict[int, Choice]] = {}
        for job_id, choices in lawful(problem).items():
            shortest = min((len(choice.option.power_w) for choice in choices), default=0)
            option = next((c.option for c in choices if len(c.option.power_w) == shortest), None)
            self._ways[job_id] = {c.start: c for c in choices if c.option is option}
        self._length = {
            job_id: len(next(iter(ways.values())).option.power_w) if ways else 0
            for job_id, ways in self._ways.items()
        }
        numbers = {each.id: number for number, each in enumerate(problem.resources)}
        self._demands = {
            job_id: [
                (numbers[id], amount)
                for id, amount in next(iter(ways.values())).option.demands.items()
                if amount
            ]
            if ways
            else []
            for job_id, ways in self._ways.items()
        }
        self._dice = random.Random(problem.seed)

    def best(self, is_time_up: Callable[[], bool]) -> list[Placed]:
        """The best that the rounds find."""
        tails = self._tails()
        order = self._lawful_order({id: -float(tails[id]) for id in self._order})
        best: dict[str, int] | None = None
        for _ in range(ROUNDS_PER_JOB * len(order)):
            starts = self._early(order)
            starts = starts and self._fro(starts)
            if starts and (best is None or self._rank(starts) <= self._rank(best)):
                best = starts
            if is_time_up() or (best and self._rank(best) == max(tails.values())):
                break
            order = self._shaken(best) if best else self._shaken(dict.fromkeys(self._order, 0))
        return [self._ways[id][start].placed for id, start in (best or {}).items()]

    def _tails(self) -> dict[str, int]:
        tails = dict.fromkeys(self._order, 0)
        for id in reversed(self._order):
            behind = (tails[other] + wait for other, wait in self._behind[id].items())
            tails[id] = self._length[id] + max(behind, default=0)
        return tails

    def _rank(self, starts: Mapping[str, int]) -> int:
        return max(start + self._length[id] for id, start in starts.items())

    def _shaken(self, starts: Mapping[str, int]) -> list[str]:
        """The order of beginnings, with each place moved a little."""
        most = SHAKEN * len(starts) * self._dice.random()
        places = {id: n for n, id in enumerate(sorted(starts, key=starts.__getitem__))}
        return self._lawful_order(
            {id: place + self._dice.uniform(-most, most) for id, place in places.items()}
        )

    def _lawful_order(self, keys: dict[str, float]) -> list[str]:
        """By key, none before those that it waits for."""
        for id in self._order:
            keys[id] = max([keys[id], *(keys[other] for other in self._before[id])])
        places = {id: n for n, id in enumerate(self._order)}
        return sorted(keys, key=lambda id: (keys[id], places[id]))

    def _fro(self, starts: dict[str, int]) -> dict[str, int] | None:
        """As late as can be, then as early as can be."""
        end = self._rank(starts)
        late = self._late(sorted(starts, key=lambda id: -starts[id] - self._length[id]), end)
        if late is None:
            return starts
        early = self._early(sorted(late, key=lambda id: (late[id], -self._length[id])))
        return early if early and self._rank(early) <= end else starts

    def _early(self, order: Iterable[str]) -> dict[str, int] | None:
        starts: dict[str, int] = {}
        free = self._free()
        for id in order:
            if not self._before[id].keys() <= starts.keys():
                return None
            least = max(
                (starts[o] + self._length[o] + wait for o, wait in self._before[id].items()),
                default=0,
            )
            last = self.problem.count - self._length[id]
            found = self._room(id, range(least, last + 1), free)
            if found is None:
                return None
            starts[id] = found
        return starts

    def _late(self, order: Iterable[str], end: int) -> dict[str, int] | None:
        starts: dict[str, int] = {}
        free = self._free()
        for id in order:
            if not self._behind[id].keys() <= starts.keys():
                return None
            latest = min((starts[o] - wait for o, wait in self._behind[id].items()), default=end)
            found = self._room(id, range(latest - self._length[id], -1, -1), free)
            if found is None:
                return None
            starts[id] = found
        return starts

    def _free(self) -> list[list[int]]:
        return [[r.capacity[0]] * self.problem.count for r in self.problem.resources]

    def _room(self, id: str, among: range, free: list[list[int]]) -> int | None:
        """The first of these starts at which there is room, which is then taken."""
        length, demands, ways = self._length[id], self._demands[id], self._ways[id]
        for start in among:
            if start in ways and all(min(free[r][start : start + length]) >= n for r, n in demands):
                for resource, amount in demands:
                    row = free[resource]
                    for slot in range(start, start + length):
                        row[slot] -= amount
                return start
        return None
