"""Whether a step may begin now: the last look before a device moves.

1. The step is the plan's, the household is the plan's, what it waits for has ended, its time has
   come.
2. Begun now it would still keep its deadlines, windows and earliest times, as they were meant when
   the plan was made.
3. What is so now (presence, quiet hours, prices) allows it; what nobody knows, or what is stale,
   does not.
4. Its device, placement and guardrails are those that the check of plans wants.
5. Its guardrails hold; what a person can still give holds the step, all else denies it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from tarl.planning.checker.finding import Finding, Subject, finding
from tarl.planning.checker.rules import NOW, TIMES, check_rules
from tarl.planning.checker.safety import check_safety
from tarl.planning.checker.shape import check_device
from tarl.planning.context import ContextSnapshot, digest_of
from tarl.planning.guardrails import StepFacts, hold_all
from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import Grid
from tarl.values.verdict import Deny, Reason, Verdict, join


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
    found = tuple(_found(plan, household, now, facts, ended))
    reasons = tuple(Reason(code=each.code, text=each.text, facts=each.facts) for each in found)
    verdict = hold_all(facts)
    return join(Deny(reasons), verdict) if reasons else verdict


def _found(
    plan: ExecutionPlan,
    household: Household,
    now: ContextSnapshot,
    facts: StepFacts,
    ended: Collection[str],
) -> Iterator[Finding]:
    step = facts.step
    if step not in plan.steps:
        yield finding(code="check.shape", text="the plan has no such step", step=step)
    if plan.household_digest and plan.household_digest != digest_of(household):
        text = "the household is not as it was when the plan was made"
        yield finding(code="check.unchecked", text=text, step=step)
    for id in step.dependencies:
        if id not in ended:
            yield finding(code="check.order", text=f"{id} has not ended", step=step)
    if facts.now_ms < step.start_ms:
        yield finding(code="check.times", text="its time has not come", step=step)
    if plan.grid is None:
        yield finding(code="check.unchecked", text="the plan has no grid", step=step)
        return
    # A snapshot's first slot begins with or after it.
    fresh = _beginning(plan, step, max(facts.now_ms, now.grid.start_ms))
    yield from check_rules(Subject(fresh, household, now, now.grid), types=NOW)
    then = _as_planned(plan, now, plan.grid)
    begun = Subject(_beginning(plan, step, facts.now_ms), household, then, plan.grid)
    yield from check_rules(begun, types=TIMES)
    yield from check_device(begun, step)
    yield from check_safety(begun)


def _beginning(plan: ExecutionPlan, step: ExecutionStep, at_ms: int) -> ExecutionPlan:
    """The plan of this step alone, begun at an instant."""
    lasts = step.end_ms - step.start_ms
    moved = msgspec.structs.replace(step, start_ms=at_ms, end_ms=at_ms + lasts)
    return msgspec.structs.replace(plan, steps=(moved,))


def _as_planned(plan: ExecutionPlan, now: ContextSnapshot, grid: Grid) -> ContextSnapshot:
    """What ``tomorrow`` and ``before 7`` were said against: the plan's snapshot, or its instant."""
    if plan.context_snapshot is not None:
        return plan.context_snapshot
    return msgspec.structs.replace(now, timestamp=plan.created_at, grid=grid)
