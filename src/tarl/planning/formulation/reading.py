"""A schedule as steps: numbers become instants, devices and actions again.

1. The parts of one piece of work that follow one another are one step; of charging, those that
   draw the same to a watt-hour a slot, since a charger is told one power.
2. A step's own cost is its energy at the import price of its slots, rounded half up once.
3. A word to a device that draws nothing does not wait for a slot: it is said at once, or at the
   very time that was meant.
4. What a battery is told changes only where its power does: each change is a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tarl.planning.formulation.formulate import Formulated
from tarl.planning.formulation.jobs import Ruling, privacy_of
from tarl.planning.formulation.rules import OUTSIDE
from tarl.planning.formulation.wants import (
    COLLECTING_ACTIONS,
    INFERRING_ACTIONS,
    UNDOES,
    Want,
)
from tarl.planning.formulation.ways import Way, is_at_its_minute, place_of
from tarl.planning.guardrails import attach
from tarl.planning.household import Device, PlacementTarget
from tarl.planning.moments import moment_of
from tarl.planning.plan import ExecutionStep, RunnerUp, StepType
from tarl.planning.problem import Placed, Schedule
from tarl.planning.task import TaskSpec


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Parts of one piece of work that follow one another, in one place."""

    want: Want
    option: str
    placed: tuple[Placed, ...]
    power_w: tuple[int, ...]

    @property
    def start(self) -> int:
        """The first slot."""
        return self.placed[0].start


def steps_of(
    schedule: Schedule,
    formulated: Formulated,
    task: TaskSpec,
    *,
    runner_ups: dict[str, Schedule | None] | None = None,
) -> tuple[ExecutionStep, ...]:
    """The steps of a schedule, in order of their start."""
    segments = _segments(schedule, formulated)
    ids = _step_ids(segments)
    ends: dict[str, list[str]] = {}
    for segment, id in zip(segments, ids, strict=True):
        for placed in segment.placed:
            ends.setdefault(placed.job, []).append(id)
    steps = [
        _step(segment, id, ends, formulated, task, schedule, runner_ups or {})
        for segment, id in zip(segments, ids, strict=True)
    ]
    steps += _battery_steps(schedule, formulated, task)
    return tuple(sorted(steps, key=lambda step: (step.start_ms, step.step_id)))


def _segments(schedule: Schedule, formulated: Formulated) -> list[Segment]:
    problem = {job.id: job for job in formulated.problem.jobs}
    segments: list[Segment] = []
    slot_ms = formulated.problem.slot_ms
    for placed in sorted(schedule.placed, key=lambda placed: (placed.start, placed.job)):
        want = formulated.wants[placed.job]
        option = next(o for o in problem[placed.job].options if o.id == placed.option)
        for index, segment in enumerate(segments):
            ends = segment.start + len(segment.power_w)
            same = segment.want.step == want.step and segment.option == placed.option
            apart = abs(segment.power_w[-1] - option.power_w[0])
            is_alike = want.action != "charge" or apart * slot_ms <= 3_600_000
            if same and ends == placed.start and is_alike:
                segments[index] = Segment(
                    want=segment.want,
                    option=segment.option,
                    placed=(*segment.placed, placed),
                    power_w=segment.power_w + option.power_w,
                )
                break
        else:
            segments.append(
                Segment(want=want, option=option.id, placed=(placed,), power_w=option.power_w)
            )
    return segments


def _step_ids(segments: Sequence[Segment]) -> list[str]:
    counts: dict[str, int] = {}
    for segment in segments:
        counts[segment.want.step] = counts.get(segment.want.step, 0) + 1
    seen: dict[str, int] = {}
    ids = []
    for segment in segments:
        step = segment.want.step
        seen[step] = seen.get(step, 0) + 1
        ids.append(step if counts[step] == 1 else f"{step}.{seen[step]}")
    return ids


def device_and_placement(option: str, formulated: Formulated) -> tuple[Device, PlacementTarget]:
    """What an option's name means."""
    device, _, placement = place_of(option).rpartition("@")
    return formulated.household.device(device), PlacementTarget(placement)


def _step(
    segment: Segment,
    id: str,
    step_of: dict[str, list[str]],
    formulated: Formulated,
    task: TaskSpec,
    schedule: Schedule,
    runner_ups: dict[str, Schedule | None],
) -> ExecutionStep:
    want, grid = segment.want, formulated.snapshot.grid
    device, placement = device_and_placement(segment.option, formulated)
    way = next(way for way in want.ways if way.device.id == device.id)
    start_ms = _begins(segment, way, formulated)
    is_whole = len(segment.placed) == 1 and (
        way.power_w == segment.power_w or is_at_its_minute(segment.option)
    )
    lasts = way.duration_ms if is_whole else len(segment.power_w) * grid.slot_ms
    if want.span is not None:
        start_ms, lasts = want.span.start_ms, want.span.end_ms - want.span.start_ms
    arguments = dict(want.arguments)
    if want.action == "charge":
        arguments["power_w"] = max(segment.power_w)
        arguments["at_end"] = {"action": "turn_off"}
    before = {step for job in _all_after(segment) for step in step_of.get(job, ()) if step != id}
    step = ExecutionStep(
        step_id=id,
        step_type=_type_of(want.action),
        device_id=device.id,
        parameters={"action": want.action, **arguments},
        dependencies=tuple(sorted(before)),
        privacy_class=privacy_of(device, want.action, task),
        local_execution=placement not in OUTSIDE,
        estimated_duration_ms=lasts,
        estimated_cost=priced(segment.start, segment.power_w, formulated),
        energy_wh=_per_hour(sum(segment.power_w), grid.slot_ms),
        co2_g=_carbon(segment.start, segment.power_w, formulated),
        start_ms=start_ms,
        end_ms=start_ms + lasts,
        placement=placement,
        placements=device.placements,
        power_w=segment.power_w,
        goal=want.goal,
        runner_up=_runner_up(segment, schedule, runner_ups, formulated),
        compensate=_undoing(want, device),
        only_if=formulated.only_if.get(want.id),
        is_span=want.span is not None,
        began_ms=want.began_ms,
    )
    ruling = formulated.rulings[want.id, place_of(segment.option)]
    step = _guarded(step, device, task, ruling)
    return msgspec.structs.replace(
        step, fallback_steps=_fallbacks(step, segment, schedule, formulated, task)
    )


FALLBACKS_MAX = 2


def _fallbacks(
    step: ExecutionStep,
    segment: Segment,
    schedule: Schedule,
    formulated: Formulated,
    task: TaskSpec,
) -> tuple[ExecutionStep, ...]:
    """What is done instead when a step fails: the same on another device, or computed elsewhere in
    the house, where that is permitted, needs nothing further, the device is not busy, and it is
    over before what is known ends."""
    if len(segment.placed) > 1:
        return ()
    job = next(job for job in formulated.problem.jobs if job.id == segment.want.id)
    busy = {placed.option.rpartition("@")[0] for placed in schedule.placed} - {step.device_id}
    own = formulated.rulings[job.id, place_of(segment.option)]
    found = []
    for option in job.options:
        ruling = formulated.rulings[job.id, place_of(option.id)]
        device, placement = device_and_placement(option.id, formulated)
        needs_more = bool(ruling.consents) or (
            ruling.requires_approval and not own.requires_approval
        )
        is_cut = segment.start + len(option.power_w) > formulated.snapshot.grid.count
        if option.id == segment.option or device.id in busy or needs_more or placement in OUTSIDE:
            continue
        if is_cut or is_at_its_minute(option.id) is not is_at_its_minute(segment.option):
            continue
        other = msgspec.structs.replace(
            step,
            step_id=f"{step.step_id}/{option.id}",
            step_type=StepType.FALLBACK,
            device_id=device.id,
            guardrails=(),
            placement=placement,
            placements=device.placements,
            power_w=option.power_w,
            estimated_cost=priced(segment.start, option.power_w, formulated),
            energy_wh=_per_hour(sum(option.power_w), formulated.problem.slot_ms),
            co2_g=_carbon(segment.start, option.power_w, formulated),
            runner_up=None,
        )
        found.append(_guarded(other, device, task, ruling))
    return tuple(found[:FALLBACKS_MAX])


def _begins(segment: Segment, way: Way, formulated: Formulated) -> int:
    """When it begins: with its slot, or at the minute that was meant; a word to a device that draws
    nothing at the very time from which it may, or now where that has passed and nothing keeps it
    from the present."""
    snapshot, want = formulated.snapshot, segment.want
    grid, now = snapshot.grid, snapshot.timestamp
    begins = grid.at(segment.start)
    if is_at_its_minute(segment.option):
        return begins_with(segment.placed[0], formulated)
    if any(segment.power_w):
        return begins
    meant = [
        moment_of(bound, snapshot)
        for bound in formulated.constraints
        if bound.is_beginning and (not bound.goals or want.goal in bound.goals)
    ]
    # A soft rule may not be kept: what lies after its slots was not to be had.
    last_ms = grid.at(segment.start + len(segment.power_w)) - way.duration_ms
    from_ms = max((at for at in (now, *meant) if now <= at <= last_ms), default=begins)
    if begins <= from_ms:
        return from_ms
    is_kept = any(
        rule.kind == "forbid" and want.id in rule.jobs for rule in formulated.problem.rules
    )
    return begins if segment.start or want.after or is_kept else from_ms


def begins_with(placed: Placed, formulated: Formulated) -> int:
    """When something begins where it is placed: with the slot, or at the minute that was meant."""
    minute_ms = formulated.wants[placed.job].begins_ms
    if is_at_its_minute(placed.option) and minute_ms is not None:
        return minute_ms
    return formulated.snapshot.grid.at(placed.start)


def _all_after(segment: Segment) -> set[str]:
    return set(segment.want.after) - {placed.job for placed in segment.placed}


def _guarded(
    step: ExecutionStep, device: Device, task: TaskSpec, ruling: Ruling | None
) -> ExecutionStep:
    scopes = tuple(each.scope or "" for each in (ruling.consents if ruling is not None else ()))
    local_only = any(
        c.type == "privacy" and c.hard and (not c.goals or step.goal in c.goals)
        for c in task.constraints
    )
    rails = attach(step, device, asker=task.trust_tier, scopes=scopes, local_only=local_only)
    return msgspec.structs.replace(step, guardrails=rails)


def _type_of(action: str) -> StepType:
    if action in COLLECTING_ACTIONS:
        return StepType.DATA_COLLECTION
    return StepType.ML_INFERENCE if action in INFERRING_ACTIONS else StepType.DEVICE_CONTROL


def _undoing(want: Want, device: Device) -> dict[str, Any] | None:
    undoes = UNDOES.get(want.action)
    return {"action": undoes} if undoes is not None and device.can(undoes) else None


def priced(start: int, power_w: Sequence[int], formulated: Formulated) -> int:
    """What running so from a slot on costs at the import price, micro-units, rounded half up."""
    power = formulated.problem.power
    assert power is not None  # every problem of a home has its balance
    prices = power.import_micro
    spent = sum(watts * prices[start + i] for i, watts in enumerate(power_w))
    return _half_up(spent * formulated.problem.slot_ms, 3_600_000_000)


def _carbon(start: int, power_w: Sequence[int], formulated: Formulated) -> int:
    carbon = formulated.snapshot.co2_g_per_kwh
    known = [
        (watts, carbon[start + i]) for i, watts in enumerate(power_w) if start + i < len(carbon)
    ]
    grams = sum(watts * (each or 0) for watts, each in known)
    return _half_up(grams * formulated.problem.slot_ms, 3_600_000_000)


def _per_hour(watt_slots: int, slot_ms: int) -> int:
    return _half_up(watt_slots * slot_ms, 3_600_000)


def _half_up(value: int, by: int) -> int:
    return (2 * value + by) // (2 * by)


def _runner_up(
    segment: Segment,
    schedule: Schedule,
    runner_ups: dict[str, Schedule | None],
    formulated: Formulated,
) -> RunnerUp | None:
    job = segment.placed[0].job
    other = runner_ups.get(job)
    if other is None or len(segment.placed) > 1:
        return None
    placed = next(placed for placed in other.placed if placed.job == job)
    device, placement = device_and_placement(placed.option, formulated)
    cost = other.terms.cost - schedule.terms.cost
    objective = other.objective - schedule.objective
    return RunnerUp(
        start_ms=begins_with(placed, formulated),
        device_id=device.id,
        placement=placement,
        cost_more_micro=cost,
        objective_more=objective,
        why=_why(cost, other, schedule, formulated.snapshot.currency),
    )


def _why(cost: int, other: Schedule, schedule: Schedule, currency: str) -> str:
    if cost > 0:
        return f"costs {cost / 1e6:.4f} {currency} more"
    worse = [
        name
        for name in ("co2", "latency", "exposure", "discomfort", "peak", "penalty")
        if getattr(other.terms, name) > getattr(schedule.terms, name)
    ]
    return f"worse in {', '.join(worse)}" if worse else "just as good"


def _battery_steps(
    schedule: Schedule, formulated: Formulated, task: TaskSpec
) -> list[ExecutionStep]:
    steps = []
    for battery in schedule.charge_w:
        charging = schedule.charge_w[battery]
        discharging = schedule.discharge_w.get(battery, (0,) * len(charging))
        device = formulated.household.device(battery)
        net = [c - d for c, d in zip(charging, discharging, strict=True)]
        for start, end in _runs(net):
            steps.append(_battery_step(device, net[start], start, end, formulated, task))
    return steps


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Where equal values that are not 0 follow one another; a 0 after them ends the telling."""
    runs, start = [], 0
    for slot in range(1, len(values) + 1):
        if slot == len(values) or values[slot] != values[start]:
            if values[start]:
                runs.append((start, slot))
            start = slot
    return runs


def _battery_step(
    device: Device, watts: int, start: int, end: int, formulated: Formulated, task: TaskSpec
) -> ExecutionStep:
    grid = formulated.snapshot.grid
    action = "charge" if watts > 0 else "discharge"
    step = ExecutionStep(
        step_id=f"{device.id}@{start}",
        step_type=StepType.DEVICE_CONTROL,
        device_id=device.id,
        parameters={"action": action, "power_w": abs(watts), "at_end": {"action": "idle"}},
        privacy_class=device.privacy_class,
        estimated_duration_ms=(end - start) * grid.slot_ms,
        start_ms=grid.at(start),
        end_ms=grid.at(end),
        placement=device.placements[0],
        placements=device.placements,
    )
    return _guarded(step, device, task, None)
