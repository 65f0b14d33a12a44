"""What a sentence says beside its goals that its plan does not hold, in words."""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.language.unheld import unheld, workdays
from tarl.planning.plan import ExecutionPlan
from tarl.planning.slots import zone_named
from tarl.planning.task import TriggerType
from tarl.values.instants import to_datetime

SATURDAY, SUNDAY = 5, 6
_DAYS = {SATURDAY: "Saturday", SUNDAY: "Sunday"}


def not_held(plan: ExecutionPlan) -> Iterator[str]:
    """What was said and no plan holds; a routine is planned again and again."""
    task = plan.task_spec
    if (words := workdays(task.intent)) is not None and plan.context_snapshot is not None:
        zone = zone_named(plan.context_snapshot.time_zone)
        days = [to_datetime(step.start_ms).astimezone(zone) for step in plan.steps]
        if off := next((day for day in days if day.weekday() in _DAYS), None):
            yield f"{words!r} is not held, the next time is on {_DAYS[off.weekday()]}: say the day"
    if task.trigger_type is not TriggerType.SCHEDULED_ROUTINE:
        yield from unheld(task.intent, task.language, task.goals, task.constraints)
