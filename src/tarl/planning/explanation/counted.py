"""When a step is, counted from what somebody named: ``20 minutes before sunset, at 15:52``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tarl.planning.moments import moment_of
from tarl.planning.offsets import offset_words
from tarl.planning.plan import ExecutionPlan, ExecutionStep


def counted_from(
    step: ExecutionStep, plan: ExecutionPlan, clock: Callable[[int], str]
) -> Iterator[str]:
    """What a step's times are counted from, in words; ``clock`` says an instant on the wall."""
    snapshot = plan.context_snapshot
    for rule in plan.constraints:
        counted = offset_words(rule)
        if not counted or snapshot is None or (rule.goals and step.goal not in rule.goals):
            continue
        if rule.type == "window":
            ends = f", until {clock(step.end_ms)}" if rule.to_offset_min else ""
            yield f"{counted}: from {clock(step.start_ms)}{ends}"
        else:
            at = clock(moment_of(rule, snapshot))
            yield f"{_words(rule.is_start, rule.type)}{counted}, at {at}"


def _words(is_start: bool, type: str) -> str:
    """How a time bounds a step, before its words."""
    if is_start:
        return "it begins "
    return "it is done by " if type == "deadline" else "it begins no earlier than "
