"""A bound that no schedule is below, and what each way to place a job costs beyond it.

What is scarce is not kept but paid for, slot by slot. What is left are jobs that wait for one
another, which ``forest.py`` places best. Whatever the fees, the outcome less what the fees are for
all that is free is a bound (M. Fisher, "The Lagrangian relaxation method for solving integer
programming problems", 1981); fees that make it high are found by subgradients (M. Held, P. Wolfe
and H. Crowder, "Validation of subgradient optimization", 1974), for schedules by R. Möhring,
A. Schulz, F. Stork and M. Uetz, "Solving project scheduling problems by minimum cut computations",
2003.

1. The bound holds for every schedule without batteries: what is left out of it, the peak, the end
   of all and soft sums among them, is never below nothing.
2. Floating numbers choose fees and regrets; the bound is lowered by more than they can be wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, inf, isfinite
from operator import gt
from typing import TYPE_CHECKING, NamedTuple

from tarl.planning.problem import Problem
from tarl.planning.solver.board import Board
from tarl.planning.solver.choices import Choice
from tarl.planning.solver.forest import Forest, Least, kept_waits
from tarl.planning.solver.numbers import Flow
from tarl.planning.solver.scarce import Scarce, house_worth

if TYPE_CHECKING:
    from tarl.planning.solver.forest import Floats

CELLS_MAX = 2_000_000
"""Jobs by options by slots; beyond, a round takes too long to be worth it."""

ROUNDS_MAX = 500
"""How often fees are changed."""

AIM = 0.1
"""The bound is aimed this much higher than it is, as a share of what the jobs cost."""

HASTE, HASTE_LEAST = 0.5, 0.0005
"""How far towards the aim a step goes at first, and the least at which it is worth one."""

SLOWER, PATIENCE = 0.7, 15
"""By which steps are shortened after so many without gain."""

MEMORY = 0.7
"""How much of the last step's direction is in the next one's."""

DOUBT = 1e-9
"""How much of all that is summed up rounding may amount to, and more."""


class Relaxed(NamedTuple):
    """What the relaxation says.

    Attributes:
        bound: No schedule has a lower objective.
        regrets: By job and option, for each start, how much more than the bound a schedule with it
            costs at least, in units of the objective.
    """

    bound: int
    regrets: dict[tuple[str, str], list[float]]

    def regret(self, choice: Choice) -> float:
        """Of a way to place a job."""
        return self.regrets[choice.job, choice.option.id][choice.start]


def fits(problem: Problem) -> bool:
    """Whether the relaxation can be made: it leans on a balance whose price only rises."""
    flow = Flow(problem.power, problem.count)
    if any(map(gt, flow.export_micro, flow.import_micro)):
        return False
    most = max((len(job.options) for job in problem.jobs), default=0)
    return not problem.batteries and 0 < len(problem.jobs) * most * problem.count <= CELLS_MAX


def relaxed(problem: Problem, board: Board, is_time_up: Callable[[], bool]) -> Relaxed | None:
    """The best that some rounds find; None where jobs have no way at all.

    Args:
        problem: One that ``fits``.
        board: Of the problem, with nothing placed.
    """
    return Relaxation(problem, board).best(is_time_up)


class Relaxation:
    """Fees, and what jobs cost with them, in the units of ``board.scale``."""

    def __init__(self, problem: Problem, board: Board) -> None:
        import numpy as np

        self._np, self._problem, self._scale = np, problem, board.scale
        self._keys = [(job.id, option.id) for job in problem.jobs for option in job.options]
        rows = {key: row for row, key in enumerate(self._keys)}
        self._scarce, self._house = Scarce(problem, board), house_worth(problem)
        self._forest = self._trees(rows)
        self._worth = np.full((len(rows) + 1, problem.count), np.inf)
        for ways in board.ways.values():
            for way in ways:
                row = rows[way.choice.job, way.choice.option.id]
                self._worth[row, way.start] = way.worth - self._shared(way.choice)

    def _trees(self, rows: dict[tuple[str, str], int]) -> Forest:
        jobs, places = self._problem.jobs, {j.id: n for n, j in enumerate(self._problem.jobs)}
        return Forest(
            [[rows[job.id, option.id] for option in job.options] for job in jobs],
            [len(option.power_w) for job in jobs for option in job.options],
            kept_waits([{places[id]: wait for id, wait in job.after.items()} for job in jobs]),
            self._absent(),
            self._problem.count,
        )

    def _absent(self) -> list[float]:
        """By job, what leaving it out costs."""
        before = {each.job for each in self._problem.before}
        frozen = {each.job for each in self._problem.frozen}
        change = self._problem.weights.change
        return [
            inf
            if job.drop_penalty is None or job.id in frozen
            else float(self._scale * (job.drop_penalty + change * (job.id in before)))
            for job in self._problem.jobs
        ]

    def _shared(self, choice: Choice) -> int:
        """What of a way's worth several jobs pay together, once."""
        return self._scale * sum(
            rule.penalty
            for rule in self._problem.rules
            if rule.kind == "not_options"
            and rule.penalty
            and choice.option.id in rule.options
            and (not rule.jobs or choice.job in rule.jobs)
        )

    def best(self, is_time_up: Callable[[], bool]) -> Relaxed | None:
        """The highest bound of some rounds, with its regrets."""
        np, scarce = self._np, self._scarce
        fees = best_fees = np.zeros(len(scarce.free))
        best, haste, idle = -inf, HASTE, 0
        way = np.zeros(len(fees))
        for _ in range(ROUNDS_MAX):
            total, least = self._total(fees)
            if not isfinite(total):
                return None
            if total > best:
                best, best_fees, idle = total, fees, 0
            else:
                idle += 1
            if idle == PATIENCE:
                haste, idle, fees = haste * SLOWER, 0, best_fees
                way = np.zeros(len(fees))
                continue
            lack = scarce.used(least.option, least.start) - scarce.free
            lack[(fees <= 0) & (lack < 0) | (fees >= scarce.most) & (lack > 0)] = 0
            way = MEMORY * way + (1 - MEMORY) * lack
            length = float(way @ way)
            if not length or haste < HASTE_LEAST or is_time_up():
                break
            gap = AIM * abs(total - self._house) + best - total
            fees = np.clip(fees + haste * gap / length * way, 0, scarce.most)
        return self._read(best_fees)

    def _total(self, fees: Floats) -> tuple[float, Least]:
        least = self._forest.least(self._worth + self._scarce.costs(fees))
        return self._house + least.total - float(fees @ self._scarce.free), least

    def _read(self, fees: Floats) -> Relaxed:
        costs = self._worth + self._scarce.costs(fees)
        total, least = self._total(fees)
        size = abs(self._house) + abs(least.total) + float(fees @ abs(self._scarce.free))
        bound = floor((total - DOUBT * size) / self._scale) - 1
        regrets = self._forest.regrets(costs, least) / self._scale
        return Relaxed(bound, {key: regrets[row].tolist() for row, key in enumerate(self._keys)})
