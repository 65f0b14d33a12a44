"""What stays as it is after the span of time that it was wanted for, in words."""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep

_ENDED = frozenset({"turn_off", "open", "unlock", "close", "lock"})


def stays(plan: ExecutionPlan, household: Household) -> Iterator[str]:
    """What is not taken back when the time is over for which it was wanted, and why."""
    lasting = [rule for rule in plan.constraints if rule.lasts and rule.hard]
    for step in plan.steps:
        is_about = any(not rule.goals or step.goal in rule.goals for rule in lasting)
        is_last = not any(
            other.device_id == step.device_id and other.start_ms >= step.end_ms
            for other in plan.steps
        )
        if is_about and is_last and step.goal and "at_end" not in step.parameters:
            said = _said(step, household)
            if said is not None:
                yield said


def _said(step: ExecutionStep, household: Household) -> str | None:
    device = next((each for each in household.devices if each.id == step.device_id), None)
    action = str(step.parameters.get("action"))
    if device is None or not (action in _ENDED or action.startswith("set_")):
        return None
    if device.is_critical:
        return f"{device.name} stays so afterwards: what comes then has to be said"
    if action == "turn_off":
        return f"{device.name} stays off afterwards: it is off now"
    return f"{device.name} stays so afterwards: how it was before is not known"
