"""What stays as it is after the time that it was wanted for, in words, and what lasts as long as
its program does, whatever was said."""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.explanation.wording import lasting
from tarl.planning.household import Device, Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import MINUTE_MS

_ENDED = frozenset({"turn_on", "turn_off", "open", "unlock", "close", "lock"})


def stays(plan: ExecutionPlan, household: Household) -> Iterator[str]:
    """What is not taken back when the time is over for which it was wanted, and why."""
    bounds = [r for r in plan.constraints if r.hard and (r.lasts or r.type == "duration")]
    scenes = {goal.id for goal in plan.goals if goal.target.startswith("scene:")}
    for step in plan.steps:
        about = [rule for rule in bounds if not rule.goals or step.goal in rule.goals]
        device = next((each for each in household.devices if each.id == step.device_id), None)
        if not about or device is None or not step.goal or "at_end" in step.parameters:
            continue
        is_last = not any(
            other.device_id == step.device_id and other.start_ms >= step.end_ms
            for other in plan.steps
        )
        if step.parameters.get("action") == "run":
            wanted = [int(rule.value) for rule in about if rule.type == "duration"]
            said = _program(step, device, wanted)
        else:
            said = _said(step, device, is_scene=step.goal in scenes) if is_last else None
        if said is not None:
            yield said


def _program(step: ExecutionStep, device: Device, wanted_min: list[int]) -> str | None:
    """That a machine runs its program, where another length was said, or two ends."""
    lasts_ms = step.end_ms - step.start_ms
    if not device.programs or lasts_ms in [minutes * MINUTE_MS for minutes in wanted_min]:
        return None
    return f"{device.name} runs once, as long as its program takes: {lasting(lasts_ms)}"


def _said(step: ExecutionStep, device: Device, *, is_scene: bool) -> str | None:
    action = str(step.parameters.get("action"))
    if not (action in _ENDED or action.startswith("set_")):
        return None
    if is_scene:
        return f"{device.name} stays so afterwards: a scene is not taken back, say what comes then"
    if device.is_critical:
        return f"{device.name} stays so afterwards: what comes then has to be said"
    if action == "turn_off":
        return f"{device.name} stays off afterwards: it is off now"
    if action == "turn_on":
        return None
    return f"{device.name} stays so afterwards: how it was before is not known"
