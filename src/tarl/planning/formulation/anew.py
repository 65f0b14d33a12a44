"""Planning anew: what stays where it was, and what may move; times mean what they meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.formulate import Formulated, Progress
from tarl.planning.formulation.ways import AT_ITS_MINUTE
from tarl.planning.formulation.windows import window_spans
from tarl.planning.moments import instant, moment_of, wall_time
from tarl.planning.plan import ExecutionPlan
from tarl.planning.problem import Placed, Problem
from tarl.planning.slots import zone_named
from tarl.planning.task import Constraint, TaskSpec, When
from tarl.values.instants import to_datetime

CHANGE_WEIGHT = 5_000_000
"""What moving a step is worth when a plan is made anew: five cents where cost is weighed most."""


def places_of(plan: ExecutionPlan, formulated: Formulated) -> tuple[Placed, ...]:
    """Where the plan has what is still to be done, on the new grid, as far as it is on it; where
    that has passed, where it may begin first."""
    problem, grid = formulated.problem, formulated.snapshot.grid
    steps = {step.step_id: step for step in plan.steps}
    places = []
    for want in formulated.wants.values():
        step = steps.get(want.id)
        if step is None or step.device_id is None:
            continue
        option = f"{step.device_id}@{step.placement.value}"
        job = next(job for job in problem.jobs if job.id == want.id)
        start = max(0, grid.slot_of(step.start_ms))
        minute = None if want.begins_ms is None else grid.slot_of(want.begins_ms)
        if minute is not None and (want.began_ms is not None or start == minute):
            option, start = option + AT_ITS_MINUTE, minute
        found = next((each for each in job.options if each.id == option), None)
        if found is None:
            continue
        if found.starts is not None and want.began_ms is None:
            start = min((each for each in found.starts if each >= start), default=grid.count)
        if start + len(found.power_w) <= grid.count:
            places.append(Placed(job=want.id, option=option, start=start))
    return tuple(places)


def with_ends(formulated: Formulated, plan: ExecutionPlan, progress: Progress) -> Formulated:
    """The problem in which what goes on comes to the end that the plan has for it: what a device
    was set to before is not what it is set to meanwhile."""
    ends = {
        step.step_id: step.parameters["at_end"]
        for step in plan.steps
        if step.step_id in progress.begun and "at_end" in step.parameters
    }
    wants = {
        id: msgspec.structs.replace(want, arguments={**want.arguments, "at_end": ends[want.step]})
        if want.step in ends
        else want
        for id, want in formulated.wants.items()
    }
    return msgspec.structs.replace(formulated, wants=wants)


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


def as_meant(task: TaskSpec, before: ContextSnapshot, now: ContextSnapshot) -> TaskSpec:
    """A task whose times mean now what they meant when the plan was made: "at 7 pm", said at noon,
    is not tomorrow when the plan is made anew at 7:05 pm, and "in an hour" does not start again.

    Raises:
        Invalid: ``task.time``.
    """
    zone = zone_named(now.time_zone)
    today = to_datetime(now.timestamp).astimezone(zone).date()

    def pinned(bound: Constraint) -> Constraint:
        if bound.type in ("deadline", "earliest"):
            value: Any = _at_clock(moment_of(bound, before), zone, today)
        elif bound.type == "window" and isinstance(bound.value, dict):
            value = _window_on_its_day(bound, before, zone, today)
        else:
            return bound
        if value == bound.value:  # a window of each day
            return bound
        return msgspec.structs.replace(bound, value=value, offset_min=0, to_offset_min=0)

    return msgspec.structs.replace(task, constraints=tuple(map(pinned, task.constraints)))


def _window_on_its_day(
    bound: Constraint, before: ContextSnapshot, zone: ZoneInfo, today: date
) -> dict[str, Any]:
    value: dict[str, Any] = bound.value
    if bound.lasts and (spans := window_spans(bound, before)):
        return {
            name: _at_clock(at, zone, today)
            for name, at in zip(("from", "to"), spans[0], strict=True)
        }
    ends = {name: msgspec.convert(value[name], When) for name in ("from", "to") if value.get(name)}
    comes_again = all(wall_time(when) is not None for when in ends.values())
    if comes_again and len(ends) == 2:  # each day
        return value
    return {
        **value,
        **{
            name: _at_clock(
                instant(
                    when,
                    before,
                    end=name == "to",
                    offset_min=bound.to_offset_min if name == "to" else bound.offset_min,
                ),
                zone,
                today,
            )
            for name, when in ends.items()
        },
    }


def _at_clock(ms: int, zone: ZoneInfo, today: date) -> dict[str, Any]:
    """A time as plain data: by the wall's clock and the day from today."""
    at = to_datetime(ms).astimezone(zone)
    return {"clock": f"{at:%H:%M}", "day": (at.date() - today).days}
