"""Planning anew: what stays where it was, and what may move."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tarl.planning.formulation.formulate import Formulated
from tarl.planning.plan import ExecutionPlan
from tarl.planning.problem import Placed, Problem

CHANGE_WEIGHT = 5_000_000
"""What moving a step is worth when a plan is made anew: five cents where cost is weighed most."""


def places_of(plan: ExecutionPlan, formulated: Formulated) -> tuple[Placed, ...]:
    """Where the plan has what is still to be done, on the new grid, as far as it is on it."""
    grid = formulated.problem
    snapshot = formulated.snapshot
    steps = {step.step_id: step for step in plan.steps}
    places = []
    for want in formulated.wants.values():
        step = steps.get(want.id)
        if step is None or step.device_id is None:
            continue
        option = f"{step.device_id}@{step.placement.value}"
        job = next(job for job in grid.jobs if job.id == want.id)
        start = max(0, snapshot.grid.slot_of(step.start_ms))
        fits = any(o.id == option and start + len(o.power_w) <= grid.count for o in job.options)
        if fits:
            places.append(Placed(job=want.id, option=option, start=start))
    return tuple(places)


def unaffected(
    before: Sequence[Placed],
    affected: frozenset[str],
    formulated: Formulated,
    running: Sequence[Placed],
) -> tuple[Placed, ...]:
    """Places that stay: of what runs, and of what nothing happened to."""
    return tuple(
        place
        for place in before
        if place in running or formulated.wants[place.job].step not in affected
    )


def changed(problem: Problem, before: Sequence[Placed], fixed: Sequence[Placed]) -> Problem:
    """The problem of changing as little as can be."""
    return msgspec.structs.replace(
        problem,
        before=tuple(before),
        frozen=tuple(fixed),
        weights=msgspec.structs.replace(problem.weights, change=CHANGE_WEIGHT),
    )
