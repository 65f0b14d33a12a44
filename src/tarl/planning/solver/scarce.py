"""What jobs compete for, slot by slot, as one long list of rows: each resource, then what the
connection carries, then the sun that the house has to spare.

A row says how much of it is free, and what a unit of it may cost at most: without end where it
cannot be had beyond that, what importing costs more than feeding in for the sun, and nothing where
the row says nothing. Each is in such units that the greatest use by one job is about 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tarl.planning.problem import Problem
from tarl.planning.solver.board import UNLIMITED_W, Board
from tarl.planning.solver.numbers import Flow, fraction_of

if TYPE_CHECKING:
    from tarl.planning.solver.forest import Floats, Ints


class Scarce:
    """The rows of a problem.

    Args:
        board: Of the problem, with nothing placed.

    Attributes:
        free: By row, how much there is.
        most: By row, what a unit may cost at most, in the units of ``board.scale``.
    """

    def __init__(self, problem: Problem, board: Board) -> None:
        import numpy as np

        self._np, self._count = np, problem.count
        self._options = [option for job in problem.jobs for option in job.options]
        lengths = [len(option.power_w) for option in self._options]
        self._longest = max(lengths)
        watts = np.zeros((len(lengths) + 1, self._longest))
        for row, option in enumerate(self._options):
            watts[row, : lengths[row]] = option.power_w
        self._watts = watts / max(1.0, float(watts.max()))
        self._ends = np.minimum(
            np.arange(self._count) + np.array([*lengths, 0])[:, None], self._count
        )
        greatest = self._uses(problem)
        self._held = len(problem.resources) * self._count
        free = np.array(board.free, dtype=float).reshape(-1, self._count)
        free_w, free_sun_w, dearer = _power(problem, board)
        per_watt = 1 / max(1.0, float(watts.max()))
        is_limited = np.array(free_w) < UNLIMITED_W
        self.free: Floats = np.concatenate(
            [
                (free / greatest[:, None]).ravel(),
                np.where(is_limited, np.array(free_w, dtype=float), 0.0) * per_watt,
                np.array(free_sun_w, dtype=float) * per_watt,
            ]
        )
        self.most: Floats = np.concatenate(
            [
                np.full(self._held, np.inf),
                np.where(is_limited, np.inf, 0.0),
                np.array(dearer, dtype=float) / per_watt,
            ]
        )

    def _uses(self, problem: Problem) -> Floats:
        """Keep which options use which resources; the greatest use of each."""
        np = self._np
        numbers = {each.id: number for number, each in enumerate(problem.resources)}
        uses = [
            (row, numbers[id], amount)
            for row, option in enumerate(self._options)
            for id, amount in option.demands.items()
            if amount
        ]
        self._user: Ints = np.array([use[0] for use in uses], dtype=np.intp)
        self._used: Ints = np.array([use[1] for use in uses], dtype=np.intp)
        amounts = np.array([use[2] for use in uses], dtype=float)
        greatest: Floats = np.ones(len(numbers))
        np.maximum.at(greatest, self._used, amounts)
        self._amounts: Floats = amounts / greatest[self._used]
        return greatest

    def costs(self, fees: Floats) -> Floats:
        """What the fees are for an option, by row and start."""
        np, count = self._np, self._count
        per_watt = fees[self._held :].reshape(2, count).sum(axis=0)
        padded = np.concatenate([per_watt, np.zeros(self._longest)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, self._longest)[:count]
        costs: Floats = self._watts @ windows.T
        sums = np.zeros((self._held // count, count + 1))
        sums[:, 1:] = fees[: self._held].reshape(-1, count).cumsum(axis=1)
        held = sums[self._used[:, None], self._ends[self._user]] - sums[self._used, :count]
        np.add.at(costs, self._user, self._amounts[:, None] * held)
        return costs

    def used(self, option: Ints, start: Ints) -> Floats:
        """How much of each row is used by options begun with these slots; that after the last is
        none.
        """
        np, count = self._np, self._count
        slots = np.minimum(start[:, None] + np.arange(self._longest), count)
        load = np.zeros(count + 1)
        np.add.at(load, slots, self._watts[option])
        begun = np.full(len(self._options) + 1, -1)
        begun[option] = start
        begun[-1] = -1
        is_used = begun[self._user] >= 0
        user, which = self._user[is_used], self._used[is_used]
        change = np.zeros((self._held // count, count + 1))
        np.add.at(change, (which, begun[user]), self._amounts[is_used])
        np.add.at(change, (which, self._ends[user, begun[user]]), -self._amounts[is_used])
        held = change.cumsum(axis=1)[:, :count]
        used: Floats = np.concatenate([held.ravel(), load[:count], load[:count]])
        return used


def _power(problem: Problem, board: Board) -> tuple[list[int], list[int], list[int]]:
    """By slot: what jobs may draw, the sun that is left over the base load, and what a watt that is
    imported costs more than one that is not fed in.
    """
    flow, weights, (p, _) = (
        Flow(problem.power, problem.count),
        problem.weights,
        fraction_of(problem.slot_ms),
    )
    dearer = [
        p * (weights.cost * (bought - sold) + weights.co2 * grams) if house_w < 0 else 0
        for bought, sold, grams, house_w in zip(
            flow.import_micro, flow.export_micro, flow.co2_g_per_kwh, flow.net_w, strict=True
        )
    ]
    sun_w = [max(0, -house_w) for house_w in flow.net_w]
    return board.free_w or [UNLIMITED_W] * problem.count, sun_w, dearer


def house_worth(problem: Problem) -> int:
    """What the house comes to without its jobs, in the units of ``board.scale``; of what it feeds
    in no more than the price says.
    """
    flow, weights, (p, _) = (
        Flow(problem.power, problem.count),
        problem.weights,
        fraction_of(problem.slot_ms),
    )
    return p * sum(
        house_w * (weights.cost * bought + weights.co2 * grams)
        if house_w >= 0
        else house_w * weights.cost * sold
        for bought, sold, grams, house_w in zip(
            flow.import_micro, flow.export_micro, flow.co2_g_per_kwh, flow.net_w, strict=True
        )
    )
