"""A good schedule to begin with, where there are many jobs: the search proves and improves from it.

Jobs are placed one after the other, each where it is worth most (R. Kolisch and S. Hartmann,
"Heuristic algorithms for the resource-constrained project scheduling problem", 1999, section 2).
It is begun anew with those first for which there was no room (D. Joslin and D. Clements, "Squeaky
wheel optimization", 1999). Then, again and again, a few are taken out and put back in another
order (G. Schrimpf and others, "Record breaking optimization results using the ruin and recreate
principle", 2000, with their record-to-record acceptance), and what is accepted gets stricter.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from graphlib import TopologicalSorter

from tarl.planning.problem import Placed, Problem
from tarl.planning.solver.board import Board

TRIES_MAX = 20
"""How often it is begun anew, with those first for which there was no room."""

ROUNDS_PER_JOB = 500
"""How often a few jobs are taken out and put back, for each job that there is."""

OUT_MAX = 12
"""How many jobs are taken out at once."""

WORSE_PERMILLE = 8
"""What is accepted at first: a schedule this much worse than the best so far; at last, none."""

STUCK = 0.3
"""The part of the time and rounds that is left to others where jobs still have no room."""

CLOCK_EVERY = 64

Rank = tuple[float, float]


def opening(
    problem: Problem, spent: Callable[[], float], *, board: Board | None = None
) -> list[Placed]:
    """Where most jobs may go; jobs for which there was no room are left out.

    Args:
        spent: Which part of the time is over, from 0 on; at 1 it ends.
        board: Of the problem, with nothing placed, where its ways are in an order of their own.
    """
    return Opening(problem, spent, board=board).placed()


class Opening:
    """A search without a solver, the same for the same seed as long as there is time."""

    def __init__(
        self, problem: Problem, spent: Callable[[], float], *, board: Board | None = None
    ) -> None:
        self._spent = spent
        self._board = board or Board(problem)
        before = {job.id: set(job.after) for job in problem.jobs}
        self._order = list(TopologicalSorter(before).static_order())
        self._position = {id: position for position, id in enumerate(self._order)}
        frozen = {each.job for each in problem.frozen}
        self._movable = [job.id for job in problem.jobs if job.id not in frozen]
        self._resources = {
            job.id: frozenset(r for option in job.options for r in option.demands)
            for job in problem.jobs
        }
        self._energy = {
            job.id: max(sum(option.power_w) for option in job.options) for job in problem.jobs
        }
        self._haste = {each.job: len(problem.jobs) for each in problem.frozen}
        self._dice = random.Random(problem.seed)

    def placed(self) -> list[Placed]:
        """The placements, as good as some rounds make them."""
        self.first()
        self._improve()
        return self._places()

    def first(self) -> list[Placed]:
        """The placements, wherever there is room."""
        for _ in range(TRIES_MAX):
            if not (left_out := self._build()) or self._spent() >= 1:
                break
            self._hurry(left_out)
        return self._places()

    def _places(self) -> list[Placed]:
        return [way.choice.placed for way in self._board.at.values()]

    def _build(self) -> list[str]:
        """Place all jobs, from nothing; those for which there was no room."""
        board = self._board
        board.clear()
        ranks: dict[str, Rank] = {
            id: (self._haste.get(id, 0), self._energy[id]) for id in self._order
        }
        for id in self._sorted(self._order, ranks):
            board.place(id)
        return [id for id in self._order if id not in board.at]

    def _sorted(self, ids: list[str], ranks: dict[str, Rank]) -> list[str]:
        """High ranks first, but none before those that it waits for."""
        wanted = set(ids)
        for id in sorted(wanted, key=self._position.__getitem__, reverse=True):
            if self._board.behind[id]:
                behind = [ranks[other] for other in self._board.behind[id] if other in wanted]
                ranks[id] = max([ranks[id], *behind])
        return sorted(ids, key=lambda id: (-ranks[id][0], -ranks[id][1], self._position[id]))

    def _hurry(self, left_out: list[str]) -> None:
        """Place these, and what must come before them, earlier the next time."""
        hasty, looked_at = list(left_out), set(left_out)
        for id in hasty:
            self._haste[id] = self._haste.get(id, 0) + 1
            before = self._board.before[id]
            hasty += [other for other in before if other not in looked_at]
            looked_at |= before.keys()

    def _improve(self) -> None:
        """Take a few jobs out and put them back, many times; the best of it stays."""
        board = self._board
        best, best_at = board.worth(), dict(board.at)
        rounds = ROUNDS_PER_JOB * len(self._movable)
        left = 1.0
        for round in range(rounds):
            if not round % CLOCK_EVERY:
                left = 1 - max(round / rounds, self._spent())
                if left <= (STUCK if best[0] else 0):
                    break
            out = self._some()
            old = {id: board.remove(id) for id in out}
            for id in out:
                board.place(id)
            worth = board.worth()
            slack = left * WORSE_PERMILLE * abs(best[1]) / 1000
            if worth < best:
                best, best_at = worth, dict(board.at)
            elif worth[0] > best[0] or worth[1] > best[1] + slack:
                for id in out:
                    board.remove(id)
                for id, way in old.items():
                    if way is not None:
                        board.put(id, way)
        board.at = best_at

    def _some(self) -> list[str]:
        """A few jobs that have to do with one another, in an order in which they may be placed:
        those without room, and others at about the same time, on the same resources, or any.
        """
        board, dice = self._board, self._dice
        out = [id for id in self._movable if id not in board.at]
        there = [id for id in self._movable if id in board.at]
        count = min(len(there), dice.randint(2, OUT_MAX))
        if there:
            out += self._near(dice.choice(there), there, count)
        return self._sorted(out, {id: (dice.random(), 0.0) for id in out})

    def _near(self, one: str, there: list[str], count: int) -> list[str]:
        at, dice, kind = self._board.at, self._dice, self._dice.randrange(3)
        if kind == 0:
            return dice.sample(there, count)
        if kind == 1:
            start = at[one].start
            return sorted(there, key=lambda id: abs(at[id].start - start) + dice.random())[:count]
        alike = [id for id in there if self._resources[id] & self._resources[one]]
        return dice.sample(alike, min(count, len(alike)))
