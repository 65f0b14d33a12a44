"""Rule 8 of the check, of what lasts: what is to be so from then till then begins and ends with it.

1. What a device can be told back from is told back at the end of the span; of what is critical,
   only what is hot, and only to be off.
2. To the minute, but for conditions: of a span in which they allow a part, a part is enough.
3. A length, a price or an aim besides chooses a part of the span: then it only bounds.
"""

from __future__ import annotations

from collections.abc import Iterator

from tarl.errors import Invalid
from tarl.planning.checker.finding import Finding, Subject, finding
from tarl.planning.checker.times import meant
from tarl.planning.checker.windows import spans_of
from tarl.planning.kinds import HOT_KINDS
from tarl.planning.plan import ExecutionStep
from tarl.planning.task import Constraint

BACK = {"turn_on": "turn_off", "turn_off": "turn_on", "open": "close", "close": "open"}
_CHOOSING = ("duration", "order", "price", "tariff")
_AIMS = ("maximize", "minimize", "optimize")


def check_spans(subject: Subject) -> Iterator[Finding]:
    """Rule 8, of each step that a span is about, and of each that says that it has one."""
    held: set[str] = set()
    for rule, steps in subject.hard("deadline", "window"):
        for step in steps if rule.lasts and rule.operator != "neq" else ():
            if step.is_span:
                held.add(step.step_id)
                yield from _whole(subject, rule, step)
            elif _is_to_end(subject, step):
                text = f"nothing ends it when it is to end ({rule.id})"
                yield finding(code="check.rule", text=text, step=step, rule=rule.id)
    for step in subject.plan.steps:
        if step.is_span and step.step_id not in held:
            yield finding(code="check.rule", text="it lasts for no span of time", step=step)


def _whole(subject: Subject, rule: Constraint, step: ExecutionStep) -> Iterator[Finding]:
    if not _is_back(subject, step):
        text = "what is to come after it does not take it back"
        yield finding(code="check.rule", text=text, step=step, rule=rule.id)
    if any(step in bound for _, bound in subject.hard("condition")):
        return
    try:
        begins, ends = _span(subject, rule, step)
    except (Invalid, TypeError, ValueError, KeyError, AttributeError) as error:
        text = f"the rule {rule.id} cannot be looked at: {error}"
        yield finding(code="check.unchecked", text=text, rule=rule.id)
        return
    if (step.start_ms, step.end_ms) != (max(begins, subject.snapshot.timestamp), ends):
        text = f"it does not last from its beginning to its end ({rule.id})"
        yield finding(code="check.rule", text=text, step=step, rule=rule.id)


def _span(subject: Subject, rule: Constraint, step: ExecutionStep) -> tuple[int, int]:
    """From when till when a step is to last, as a rule says it."""
    if rule.type == "window":
        spans = spans_of(rule, subject)
        return next(span for span in [*spans, (0, 0)] if span[1] >= step.end_ms or not span[1])
    begins = [
        meant(other, subject)
        for other, steps in subject.hard("deadline", "earliest")
        if step in steps and (other.is_start or other.type == "earliest")
    ]
    return max(begins, default=0), meant(rule, subject)


def _is_back(subject: Subject, step: ExecutionStep) -> bool:
    """Whether the end of a step takes it back, and may: nothing critical moves by a guess."""
    device, action = subject.device_of(step), str(step.parameters.get("action"))
    after = step.parameters.get("at_end")
    if device is None or not isinstance(after, dict):
        return False
    allowed = {BACK[action]} if action in BACK else {action, "turn_off"}
    if device.is_critical:
        allowed &= {"turn_off"} if device.kind in HOT_KINDS else set()
    return after.get("action") in allowed


def _is_to_end(subject: Subject, step: ExecutionStep) -> bool:
    """Whether something can and should end a step that nothing ends."""
    device = subject.device_of(step)
    action = str(step.parameters.get("action"))
    if device is None or action not in BACK or not device.can(BACK[action]):
        return False
    if device.is_critical and (device.kind not in HOT_KINDS or action != "turn_on"):
        return False
    known = subject.snapshot.devices.get(device.id)
    if action == "turn_off" and known is not None and known.state == "off":
        return False
    if any(goal.type in _AIMS for goal in subject.plan.goals):
        return False
    return not any(step in bound for _, bound in subject.hard(*_CHOOSING))
