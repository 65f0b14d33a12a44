"""A good beginning where only the end of all counts: orders of jobs, bred and justified to and fro.

Jobs are placed in some order as early as there is room. Then, from the last to end on, each is
moved as late as it can be, and from the first to begin on as early as it can be: what was gained at
the one side is room at the other (V. Valls, F. Ballestin and S. Quintanilla, "Justification and
RCPSP: a technique that pays", 2005). Of the orders in which jobs then begin the best are crossed at
two points (S. Hartmann, "A competitive genetic algorithm for resource-constrained project
scheduling", 1998) and shaken a little, and so on. Many orders are placed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from tarl.planning.problem import Placed, Problem
from tarl.planning.solver.choices import Choice, lawful

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

BRED = 160
"""How many orders there are at a time."""

GENERATIONS_PER_JOB = 5
"""How often new ones are bred, as long as there is time."""

IDLE_PER_JOB = 1
"""After how many generations without a better one it ends."""

SHAKEN = 0.1
"""How far a job's place in an order is moved at most, as a share of all."""

ROOM = 0.3
"""How much later than the first schedule others may end, as a share."""


def justified(problem: Problem, is_time_up: Callable[[], bool]) -> list[Placed]:
    """Placements that end early; none where some job found no room.

    Args:
        problem: One that ``intervals.fits``; of a job's options the shortest is taken.
    """
    ways: dict[str, dict[int, Choice]] = {}
    for id, choices in lawful(problem).items():
        if not choices:
            return []
        option = min((choice.option for choice in choices), key=lambda o: len(o.power_w))
        ways[id] = {c.start: c for c in choices if c.option is option}
    starts = Breeding(problem, ways).best(is_time_up)
    return [ways[id][start].placed for id, start in starts.items()]


class Passing:
    """Jobs placed one after the other as early as there is room, many orders at once.

    Args:
        before: By job, those that it waits for, and the slots after each.
        lengths: By job; ``demands`` by job and resource; ``allowed`` by job and slot of beginning.
    """

    def __init__(
        self,
        before: list[dict[int, int]],
        lengths: Ints,
        demands: Ints,
        capacities: Ints,
        allowed: Bools,
    ) -> None:
        import numpy as np

        self._np, self._lengths, self._demands = np, lengths, demands.astype(np.int32)
        self._capacities, self._allowed = capacities.astype(np.int32), allowed
        most = max(1, max(map(len, before), default=1))
        self._before = np.full((len(before), most), len(before))
        self._waits = np.zeros((len(before), most), dtype=np.int64)
        for job, others in enumerate(before):
            self._before[job, : len(others)] = list(others)
            self._waits[job, : len(others)] = list(others.values())

    def starts(self, orders: Ints, least: Ints, end: int) -> tuple[Ints, Ints]:
        """By order and job its beginning, and by order the end of all; beyond ``end`` where there
        was no room.

        Args:
            orders: By order, the jobs, none before those that it waits for.
            least: By order, the slot before which none begins.
        """
        np, count = self._np, len(orders)
        each, slots = np.arange(count), np.arange(end)
        free = np.empty((count, len(self._capacities), end), dtype=np.int32)
        free[:] = self._capacities[:, None]
        starts = np.zeros((count, len(self._lengths)), dtype=np.int64)
        ended = np.zeros((count, len(self._lengths) + 1), dtype=np.int64)
        for job in orders.T:
            length, demand = self._lengths[job], self._demands[job][:, :, None]
            after = ended[each[:, None], self._before[job]] + self._waits[job]
            earliest = np.maximum(least, after.max(axis=1))
            has_room = (free >= demand).all(axis=1)
            narrow = np.where(has_room, end, slots)
            narrow = np.minimum.accumulate(narrow[:, ::-1], axis=1)[:, ::-1]
            fits = (narrow - slots >= length[:, None]) & (slots >= earliest[:, None])
            fits &= self._allowed[job, :end]
            start = fits.argmax(axis=1)
            start = np.where(fits[each, start], start, 2 * end)
            is_in = (slots >= start[:, None]) & (slots < (start + length)[:, None])
            free -= demand * is_in[:, None, :]
            starts[each, job], ended[each, job] = start, start + length
        return starts, ended.max(axis=1)


class Breeding:
    """Orders of jobs, and what they come to."""

    def __init__(self, problem: Problem, ways: dict[str, dict[int, Choice]]) -> None:
        import numpy as np

        self._np, self._ids = np, [job.id for job in problem.jobs]
        places = {id: place for place, id in enumerate(self._ids)}
        before = [{places[id]: wait for id, wait in job.after.items()} for job in problem.jobs]
        behind: list[dict[int, int]] = [{} for _ in before]
        for job, others in enumerate(before):
            for other, wait in others.items():
                behind[other][job] = wait
        self._before, self._behind = before, behind
        self._topological = list(TopologicalSorter(dict(enumerate(before))).static_order())
        options = [next(iter(ways[id].values())).option for id in self._ids]
        self._lengths = np.array([len(option.power_w) for option in options])
        self._demands = np.array(
            [[option.demands.get(r.id, 0) for r in problem.resources] for option in options]
        ).reshape(len(options), len(problem.resources))
        self._capacities = np.array([r.capacity[0] for r in problem.resources], dtype=np.int64)
        self._allowed = np.zeros((len(options), problem.count), dtype=bool)
        for job, id in enumerate(self._ids):
            self._allowed[job, list(ways[id])] = True
        self._dice = np.random.default_rng(problem.seed)
        self._end = problem.count

    def best(self, is_time_up: Callable[[], bool]) -> dict[str, int]:
        """The beginnings of the best that the generations find, by job; empty where none is."""
        np = self._np
        tails = self._tails()
        forward = self._passing(self._before, self._allowed)
        first = self._lawful(np.repeat(-tails[None, :].astype(float), BRED, axis=0) * self._noise())
        starts, ends = forward.starts(first[:1], np.zeros(1, dtype=np.int64), self._end)
        if ends[0] > self._end:
            return {}
        best, best_end = starts[0], int(ends[0])
        self._end = min(self._end, best_end + int(ROOM * best_end))
        mirror = self._passing(self._behind, self._mirrored())
        starts, ends = self._fro(forward, mirror, first)
        idle = 0
        for _ in range(GENERATIONS_PER_JOB * len(self._ids)):
            order = np.argsort(ends, kind="stable")[:BRED]
            starts, ends, idle = starts[order], ends[order], idle + 1
            if ends[0] < best_end:
                best, best_end, idle = starts[0], int(ends[0]), 0
            is_idle = idle > IDLE_PER_JOB * len(self._ids)
            if is_idle or is_time_up() or best_end == tails.max():
                break
            bred, bred_ends = self._fro(forward, mirror, self._bred(starts))
            starts, index = np.unique(np.vstack([starts, bred]), axis=0, return_index=True)
            ends = np.concatenate([ends, bred_ends])[index]
        return dict(zip(self._ids, map(int, best), strict=True))

    def _passing(self, before: list[dict[int, int]], allowed: Bools) -> Passing:
        return Passing(before, self._lengths, self._demands, self._capacities, allowed)

    def _mirrored(self) -> Bools:
        """Where jobs may begin, with time going back from the end."""
        np, end = self._np, self._end
        slots = end - self._lengths[:, None] - np.arange(end)
        jobs = np.arange(len(self._ids))[:, None]
        mirrored: Bools = self._allowed[jobs, slots] & (slots >= 0)
        return mirrored

    def _tails(self) -> Ints:
        """By job, the slots from its beginning to the end of all that waits for it, at least."""
        tails = self._np.zeros(len(self._ids), dtype=self._np.int64)
        for job in reversed(self._topological):
            behind = (tails[other] + wait for other, wait in self._behind[job].items())
            tails[job] = self._lengths[job] + max(behind, default=0)
        return tails

    def _noise(self) -> Floats:
        """Factors about 1, none for the first order."""
        noise = self._dice.uniform(0.7, 1.3, (BRED, len(self._ids)))
        noise[0] = 1
        return noise

    def _lawful(self, keys: Floats) -> Ints:
        """Orders by key, none before those that it waits for."""
        np = self._np
        for job in self._topological:
            if others := list(self._before[job]):
                keys[:, job] = np.maximum(keys[:, job], keys[:, others].max(axis=1) + 1e-6)
        orders: Ints = np.argsort(keys, axis=1, kind="stable")
        return orders

    def _fro(self, forward: Passing, mirror: Passing, orders: Ints) -> tuple[Ints, Ints]:
        """As early as can be, as late as can be, and as early as can be again, if that is no
        worse.
        """
        np, end = self._np, self._end
        nothing = np.zeros(len(orders), dtype=np.int64)
        starts, ends = forward.starts(orders, nothing, end)
        is_whole = ends <= end
        starts, ends, nothing = starts[is_whole], ends[is_whole], nothing[is_whole]
        if not len(starts):
            return starts, ends
        back = np.argsort(-(starts + self._lengths), axis=1, kind="stable")
        late, late_ends = mirror.starts(back, end - ends, end)
        late = end - late - self._lengths
        again, again_ends = forward.starts(np.argsort(late, axis=1, kind="stable"), nothing, end)
        is_better = (late_ends <= end) & (again_ends <= ends)
        starts[is_better], ends[is_better] = again[is_better], again_ends[is_better]
        return starts, ends

    def _bred(self, starts: Ints) -> Ints:
        """New orders: of two of these each, crossed at two points, and shaken a little."""
        np, dice, jobs = self._np, self._dice, len(self._ids)
        ranks = np.argsort(np.argsort(starts, axis=1, kind="stable"), axis=1)
        pairs = np.minimum(*dice.integers(0, len(starts), (2, 2, BRED)))
        mother, father = ranks[pairs[0]], ranks[pairs[1]]
        first, last = np.sort(dice.integers(0, jobs + 1, (2, BRED)), axis=0)[:, :, None]
        in_turn = np.argsort(father, axis=1)
        is_left = np.take_along_axis(mother, in_turn, axis=1) >= first
        is_taken = is_left & (is_left.cumsum(axis=1) <= last - first)
        of_father = np.empty_like(is_taken)
        np.put_along_axis(of_father, in_turn, is_taken, axis=1)
        keys = np.where(of_father, jobs + father, np.where(mother < first, 0, 2 * jobs) + mother)
        ranks = np.argsort(np.argsort(keys, axis=1), axis=1).astype(float)
        most = SHAKEN * jobs * dice.random((BRED, 1)) * (dice.random((BRED, 1)) < 0.5)
        return self._lawful(ranks + dice.uniform(-1, 1, ranks.shape) * most)
