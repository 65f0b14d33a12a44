"""Whether a step may begin now: the last look before a device moves.

1. The step is the plan's, the household is the plan's, what it waits for has ended, its time has
   come.
2. Begun now it would still keep its deadlines, windows and earliest times, as they were meant when
   the plan was made.
3. What is so now (presence, quiet hours, prices) allows it; what nobody knows, or what is stale,
   does not.
4. Its device, placement and guardrails are those that the check of plans wants.
5. What a person said yes to comes when it was to come: hours later it is another thing.
6. Its guardrails hold; what a person can still give holds the step, all else denies it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from tarl.planning.checker.finding import Finding, Subject, finding
from tarl.planning.checker.rules import NOW, TIMES, check_rules
from tarl.planning.checker.safety import check_safety
from tarl.planning.checker.shape import check_device, with_fallbacks
from tarl.planning.context import ContextSnapshot, digest_of
from tarl.planning.guardrails import StepFacts, hold_all, wants_yes
from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import MINUTE_MS, Grid
from tarl.values.verdict import Deny, Reason, Verdict, join

PUNCTUAL_MS = 5 * MINUTE_MS
"""Nothing begins to the second: what begins within this is on time."""

YES_LASTS_MS = 60 * MINUTE_MS
"""A yes to a step is no yes to the same so long after it was to begin."""


def check_step(
    plan: ExecutionPlan,
    household: Household,
    now: ContextSnapshot,
    facts: StepFacts,
    *,
    ended: Collection[str],
) -> Verdict:
    """Whether the step of ``facts`` may begin.

    Args:
        plan: The version that is carried out; with or without its snapshot.
        household: The home as it is.
        now: What is known at this moment.
        facts: What is known of the step and its device.
        ended: Ids of the steps that have ended, and did not fail.
    """
    found = findings_of(plan, household, now, facts.step, at_ms=facts.now_ms, ended=ended)
    reasons = tuple(Reason(code=each.code, text=each.text, facts=each.facts) for each in found)
    verdict = hold_all(facts)
    return join(Deny(reasons), verdict) if reasons else verdict


def findings_of(
    plan: ExecutionPlan,
    household: Household,
    now: ContextSnapshot,
    step: ExecutionStep,
    *,
    at_ms: int,
    ended: Collection[str],
) -> tuple[Finding, ...]:
    """What speaks against a step that would begin at an instant, its guardrails aside."""
    return tuple(_found(plan, household, now, step, at_ms, ended))


def _found(
    plan: ExecutionPlan,
    household: Household,
    now: ContextSnapshot,
    step: ExecutionStep,
    at_ms: int,
    ended: Collection[str],
) -> Iterator[Finding]:
    if not any(step in with_fallbacks(each) for each in plan.steps):
        yield finding(code="check.shape", text="the plan has no such step", step=step)
    if plan.household_digest and plan.household_digest != digest_of(household):
        text = "the household is not as it was when the plan was made"
        yield finding(code="check.unchecked", text=text, step=step)
    for id in step.dependencies:
        if id not in ended:
            yield finding(code="check.order", text=f"{id} has not ended", step=step)
    if at_ms < step.start_ms:
        yield finding(code="check.times", text="its time has not come", step=step)
    if step.is_span and at_ms >= step.end_ms:
        yield finding(code="check.times", text="its time is over", step=step)
    if wants_yes(step) and at_ms > step.start_ms + YES_LASTS_MS:
        text = "the yes to it was a yes to an earlier time"
        yield finding(code="check.times", text=text, step=step)
    if plan.grid is None:
        yield finding(code="check.unchecked", text="the plan has no grid", step=step)
        return
    begins_ms = step.start_ms if 0 <= at_ms - step.start_ms <= PUNCTUAL_MS else at_ms
    fresh = _from_now(plan, step, now, at_ms=at_ms, begins_ms=begins_ms)
    yield from check_rules(Subject(fresh, household, now, now.grid), types=NOW)
    then = _as_planned(plan, now, plan.grid)
    begun = Subject(_beginning(plan, step, begins_ms), household, then, plan.grid)
    yield from check_rules(begun, types=TIMES)
    yield from check_device(begun, step)
    # Whether a consent counts is for the guardrail to say: another may have been given since.
    as_planned = msgspec.structs.replace(plan, steps=(step,))
    yield from check_safety(Subject(as_planned, household, then, plan.grid))


def _from_now(
    plan: ExecutionPlan,
    step: ExecutionStep,
    now: ContextSnapshot,
    *,
    at_ms: int,
    begins_ms: int,
) -> ExecutionPlan:
    """The plan of this step alone, as far as it lies in what is known now: a snapshot's first slot
    begins with or after it."""
    lasts = step.end_ms - step.start_ms
    first_ms = max(at_ms, now.grid.start_ms)
    last_ms = max(_end_of(step, begins_ms), first_ms + min(lasts, now.grid.slot_ms))
    left = msgspec.structs.replace(step, start_ms=first_ms, end_ms=last_ms)
    return msgspec.structs.replace(plan, steps=(left,))


def _beginning(plan: ExecutionPlan, step: ExecutionStep, at_ms: int) -> ExecutionPlan:
    """The plan of this step alone, begun at an instant."""
    moved = msgspec.structs.replace(step, start_ms=at_ms, end_ms=_end_of(step, at_ms))
    return msgspec.structs.replace(plan, steps=(moved,))


def _end_of(step: ExecutionStep, begins_ms: int) -> int:
    """When a step ends that begins at an instant; what lasts for a span ends with it."""
    if step.is_span:
        return max(step.end_ms, begins_ms)
    return begins_ms + step.end_ms - step.start_ms


def _as_planned(plan: ExecutionPlan, now: ContextSnapshot, grid: Grid) -> ContextSnapshot:
    """What ``tomorrow`` and ``before 7`` were said against: the plan's snapshot, or its instant."""
    if plan.context_snapshot is not None:
        return plan.context_snapshot
    return msgspec.structs.replace(now, timestamp=plan.created_at, grid=grid)
