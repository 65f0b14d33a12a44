"""Jobs that wait for one another as trees, and the least that they cost where nothing else keeps
them apart: exact, from the leaves to the roots and back, slot by slot.

Of several jobs that a job waits for, one is kept; so the least is never more than it is in truth.
A job that may be left out costs its penalty then, and so do all that wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]


class Waiting(NamedTuple):
    """Whom a job waits for, and so many slots after."""

    job: int
    slots: int


def kept_waits(after: Sequence[Mapping[int, int]]) -> list[Waiting | None]:
    """By job, the one of those that it waits for that ends a chain of most jobs."""
    depth: dict[int, int] = {}
    kept: list[Waiting | None] = [None] * len(after)
    for job in TopologicalSorter(dict(enumerate(after))).static_order():
        depth[job] = 0
        if after[job]:
            other = max(after[job], key=lambda each: (depth[each], after[job][each], -each))
            depth[job] = depth[other] + 1
            kept[job] = Waiting(other, after[job][other])
    return kept


class Least(NamedTuple):
    """The least that all jobs cost, and where they then are.

    Attributes:
        total: Of all.
        option: By job, the row of its option; that after the last where it is left out.
        start: By job, the slot.
        values: By level of the trees, what job, option and start cost with all that wait for them.
        behind: By job and slot of its end, what those that wait for it cost.
        shifted: By job and slot of the end of the one that it waits for, what it costs with all
            that wait for it.
    """

    total: float
    option: Ints
    start: Ints
    values: list[Floats]
    behind: Floats
    shifted: Floats


class Forest:
    """The trees.

    Args:
        options: By job, the rows of its options; all rows are in this order.
        lengths: By row, how many slots it fills.
        waits: By job, whom it waits for.
        absent: By job, what leaving it out costs; infinite where it may not be left out.
        count: Slots.
    """

    def __init__(
        self,
        options: Sequence[Sequence[int]],
        lengths: Sequence[int],
        waits: Sequence[Waiting | None],
        absent: Sequence[float],
        count: int,
    ) -> None:
        import numpy as np

        self._np, self.count, self.jobs = np, count, len(options)
        rows = sum(map(len, options))
        most = max(map(len, options), default=1)
        self._rows = np.full((self.jobs, most), rows)
        for job, its in enumerate(options):
            self._rows[job, : len(its)] = its
        self.lengths = np.array([*lengths, 0])
        slots = np.arange(count)
        self.ends = np.minimum(slots + self.lengths[:, None], count)
        self._parent = np.array([wait.job if wait else self.jobs for wait in waits], dtype=np.intp)
        self._slots = np.array([wait.slots if wait else 0 for wait in waits], dtype=np.intp)
        instants = np.arange(count + 1)
        self._then = np.minimum(instants + self._slots[:, None], count)
        self._absent = np.array([*absent, 0.0])
        self._levels = self._by_level(waits)

    def _by_level(self, waits: Sequence[Waiting | None]) -> list[Ints]:
        """Jobs whose chain to the root is equally long, the roots first."""
        levels: list[list[int]] = []
        depth: dict[int, int] = {}
        known = {job: {wait.job} if wait else set() for job, wait in enumerate(waits)}
        for job in TopologicalSorter(known).static_order():
            wait = waits[job]
            depth[job] = depth[wait.job] + 1 if wait else 0
            if depth[job] == len(levels):
                levels.append([])
            levels[depth[job]].append(job)
        return [self._np.array(level, dtype=self._np.intp) for level in levels]

    def least(self, costs: Floats) -> Least:
        """The least for these costs by row and start; the row after the last is infinite."""
        np, count = self._np, self.count
        behind = np.zeros((self.jobs + 1, count + 1))
        shifted = np.zeros((self.jobs, count + 1))
        absent = self._absent.copy()
        values: list[Floats] = []
        for jobs in reversed(self._levels):
            rows = self._rows[jobs]
            value = costs[rows] + behind[jobs[:, None, None], self.ends[rows]]
            values.append(value)
            from_on = np.empty((len(jobs), count + 1))
            from_on[:, count] = absent[jobs]
            from_on[:, :count] = value.min(axis=1)
            from_on = np.minimum.accumulate(from_on[:, ::-1], axis=1)[:, ::-1]
            shifted[jobs] = np.take_along_axis(from_on, self._then[jobs], axis=1)
            np.add.at(behind, self._parent[jobs], shifted[jobs])
            np.add.at(absent, self._parent[jobs], absent[jobs])
        values.reverse()
        option, start = self._places(values, absent)
        return Least(float(behind[self.jobs, 0]), option, start, values, behind, shifted)

    def _places(self, values: list[Floats], absent: Floats) -> tuple[Ints, Ints]:
        """Where the jobs are when they cost the least, from the roots on."""
        np = self._np
        nowhere = len(self.lengths) - 1
        option, start = np.full(self.jobs, nowhere), np.zeros(self.jobs, dtype=np.intp)
        ended = np.zeros(self.jobs + 1, dtype=np.intp)
        slots = np.arange(self.count)
        for jobs, value in zip(self._levels, values, strict=True):
            each = np.arange(len(jobs))
            earliest = ended[self._parent[jobs]] + self._slots[jobs]
            least = np.where(slots >= earliest[:, None], value.min(axis=1), np.inf)
            at = least.argmin(axis=1)
            is_there = (least[each, at] <= absent[jobs]) & np.isfinite(least[each, at])
            row = self._rows[jobs, value[each, :, at].argmin(axis=1)]
            option[jobs], start[jobs] = np.where(is_there, row, nowhere), at
            ended[jobs] = np.where(is_there, at + self.lengths[row], self.count)
        return option, start

    def regrets(self, costs: Floats, least: Least) -> Floats:
        """By row and start, how much more all cost at least with the job placed so."""
        np, count = self._np, self.count
        found: Floats = np.full(costs.shape, np.inf)
        above = np.zeros((self.jobs, count))
        for jobs, value in zip(self._levels, least.values, strict=True):
            parents = self._parent[jobs]
            if parents[0] == self.jobs:
                above[jobs] = (least.total - least.shifted[jobs, 0])[:, None]
            else:
                above[jobs] = self._above(jobs, costs, least, above)
            rows = self._rows[jobs]
            found[rows] = value + above[jobs][:, None, :] - least.total
        found[-1] = np.inf
        return found

    def _above(self, jobs: Ints, costs: Floats, least: Least, above: Floats) -> Floats:
        """By start of these jobs, the least of all that does not wait for them."""
        np, count = self._np, self.count
        parents = self._parent[jobs]
        rows = self._rows[parents]
        ends = self.ends[rows]
        value = costs[rows] + least.behind[parents[:, None, None], ends]
        value = value + above[parents][:, None, :]
        mine = least.shifted[jobs[:, None, None], ends]
        rest = np.full(value.shape, np.inf)
        np.subtract(value, mine, out=rest, where=np.isfinite(value))
        then = np.minimum(ends + self._slots[jobs][:, None, None], count)
        found = np.full((len(jobs), count + 1), np.inf)
        each = np.broadcast_to(np.arange(len(jobs))[:, None, None], then.shape)
        np.minimum.at(found, (each, then), rest)
        least_on: Floats = np.minimum.accumulate(found[:, :count], axis=1)
        return least_on
