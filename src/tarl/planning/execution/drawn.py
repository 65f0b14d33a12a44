"""What has been drawn without being done: tries that failed, and charges that were cut short.

Nobody gives it back, so that it counts against budgets until the step's end is recorded, and is
recorded with that. It is what the plan foresaw until then: the energy of the slots that have
passed, in part where one has not wholly, and the same share of the step's cost, both rounded up; a
step that would be paid for has earned nothing before its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tarl.planning.execution.versions import original
from tarl.planning.plan import ExecutionStep, Spent


def course_of(step: ExecutionStep, *, slot_ms: int) -> Iterator[tuple[int, int, int]]:
    """A step's course of power: for each part of it from when until when, in milliseconds after its
    beginning, and the mean watts.

    Slots begin at multiples of their length. Where it has a value for each slot that it touches, it
    draws what it has of the slot within which it begins in the part of that slot that is left.
    """
    over_ms = step.start_ms % slot_ms
    touched = -(-(over_ms + step.end_ms - step.start_ms) // slot_ms)
    over_ms = over_ms if len(step.power_w) == touched else 0
    for index, watts in enumerate(step.power_w):
        begins, ends = max(0, index * slot_ms - over_ms), (index + 1) * slot_ms - over_ms
        yield begins, ends, watts * slot_ms // (ends - begins)


def drawn_in(step: ExecutionStep, worked_ms: int, *, slot_ms: int) -> Spent:
    """What a step is planned to have come to that has been at work for so long.

    Args:
        step: The step.
        worked_ms: From its beginning, milliseconds.
        slot_ms: Of the grid that its power is over.
    """
    course = list(course_of(step, slot_ms=slot_ms))
    joules = sum(w * max(0, min(end, worked_ms) - start) for start, end, w in course)
    whole = sum(watts * (end - start) for start, end, watts in course)
    if not whole:
        return Spent()
    return Spent(
        cost_micro=max(0, -(-step.estimated_cost * joules // whole)),
        energy_wh=-(-step.energy_wh * joules // whole),
    )


class Drawn:
    """What a run has drawn so, by step as the planner calls it.

    Args:
        slot_ms: Of the plan's grid.
        now: The clock, UTC milliseconds.
    """

    def __init__(self, slot_ms: int, now: Callable[[], int]) -> None:
        self._slot_ms = slot_ms
        self._now = now
        self._steps: dict[str, tuple[str, Spent]] = {}

    def add(self, step: ExecutionStep, since_ms: int, *, by: ExecutionStep | None = None) -> None:
        """A step that was at work since then came to nothing, or was cut short; ``by``: what was
        done instead of it."""
        more = drawn_in(by or step, self._now() - since_ms, slot_ms=self._slot_ms)
        _, before = self._steps.get(original(step.step_id), ("", Spent()))
        self._steps[original(step.step_id)] = (step.goal, _sum(before, more))

    def take(self, id: str) -> Spent | None:
        """What there is of a step, whose end is recorded with it; None for nothing."""
        _, known = self._steps.pop(original(id), ("", Spent()))
        return known if known != Spent() else None

    def by_goal(self, under_way: Iterable[tuple[ExecutionStep, int]]) -> dict[str, Spent]:
        """What counts against budgets, by goal; ``under_way``: steps that may be cut short, and
        since when they are at work."""
        now_ms, found = self._now(), dict[str, Spent]()
        cut = (
            (step.goal, drawn_in(step, now_ms - since_ms, slot_ms=self._slot_ms))
            for step, since_ms in under_way
        )
        for goal, spent in (*self._steps.values(), *cut):
            found[goal] = _sum(found.get(goal, Spent()), spent)
        return {goal: spent for goal, spent in sorted(found.items()) if spent != Spent()}


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(one.cost_micro + other.cost_micro, one.energy_wh + other.energy_wh)
