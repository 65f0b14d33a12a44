"""Rule 4 of the check: what waits for something begins after its end, and a device does one thing
at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from tarl.planning.checker.finding import Finding, Subject, finding
from tarl.planning.plan import ExecutionStep


def check_order(subject: Subject) -> Iterator[Finding]:
    """Rule 4, over all steps."""
    steps = subject.plan.steps
    by_id = {step.step_id: step for step in steps}
    for step in steps:
        for id in step.dependencies:
            other = by_id.get(id)
            if other is not None and other.end_ms > step.start_ms:
                yield _early(step, other)
    for rule, bound in subject.hard("order"):
        goal = rule.value.get("after") if isinstance(rule.value, dict) else None
        before = [step for step in steps if step.goal == goal]
        for step in bound:
            late = [other for other in before if other.end_ms > step.start_ms]
            if step.goal != goal and late:
                yield _early(step, late[0])
    for first, second in combinations(steps, 2):
        is_same = first.device_id is not None and first.device_id == second.device_id
        if is_same and first.start_ms < second.end_ms and second.start_ms < first.end_ms:
            text = f"{first.device_id} does {first.step_id} at the same time"
            yield finding(code="check.overlap", text=text, step=second, other=first.step_id)


def _early(step: ExecutionStep, other: ExecutionStep) -> Finding:
    text = f"it begins before {other.step_id} has ended"
    return finding(code="check.order", text=text, step=step, other=other.step_id)
