"""Whether a whole plan keeps what it promises, from the plan and the home alone.

1. Shape: ids are unique, what is named exists, nothing waits for itself, devices can do it, what a
   step is compared with is another time or place, and no better than the best.
2. Asked: every goal is served, every rule of the task is among the plan's as it was said; what is
   left out is said to be. A plan that cannot be had has no steps and says why.
3. Times: within the grid, from the beginning of a slot, after now, or from now or the time that was
   said; as long, and as much power, as the device's program, or as the rest of it.
4. Order: after what they wait for; one thing at a time per device.
5. Power: in no slot more than the connection, or a rule, allows.
6. Batteries: what they can, within their reserve and capacity; what is to be charged is.
7. Numbers: energy, cost, carbon, peak and makespan are what power times price comes to.
8. Rules: deadlines, windows, budgets, conditions, quiet hours and the rest, each hard one; none
   rests on what the snapshot says is not to be relied on. What is to be so for a span of time
   begins and ends with it.
9. Placement: private data stays in the house; each step is done where its device says it can be.
10. People: approvals and consents that are needed are asked for, and last.
11. Guardrails: those that must be there are, and settings lie within the device's limits.
12. Alternatives are held to the same; where the plan uses batteries, but for the house's power and
    bill, because an alternative does not say what the batteries do.

What cannot be looked at is a finding (``check.unchecked``), never a pass. Soft rules cost, and are
not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from tarl.planning.checker.energy import (
    check_batteries,
    check_numbers,
    check_power,
    check_terms,
)
from tarl.planning.checker.finding import Finding, Subject, finding
from tarl.planning.checker.order import check_order
from tarl.planning.checker.rules import check_rules
from tarl.planning.checker.safety import check_safety
from tarl.planning.checker.shape import check_asked, check_shape, check_times
from tarl.planning.checker.spans import check_spans
from tarl.planning.context import ContextSnapshot, digest_of
from tarl.planning.household import Household
from tarl.planning.learning.estimates import as_learned
from tarl.planning.plan import Alternative, ConsentReference, ExecutionPlan, FeasibilityStatus

Check = Callable[[Subject], Iterator[Finding]]

STEPS_CHECKED_MAX = 2_000
"""A plan with more steps is not one that anybody could follow."""


def check_plan(
    plan: ExecutionPlan, household: Household, *, snapshot: ContextSnapshot | None = None
) -> tuple[Finding, ...]:
    """All that is wrong with a plan; empty when it keeps what it promises.

    Args:
        plan: The plan.
        household: The home that it is for.
        snapshot: What was known; the plan's own when left out.
    """
    if plan.feasibility in (FeasibilityStatus.INFEASIBLE, FeasibilityStatus.UNKNOWN):
        return tuple(_no_plan(plan))
    known = snapshot or plan.context_snapshot
    if known is None or plan.grid is None or len(plan.steps) > STEPS_CHECKED_MAX:
        text = "it cannot be checked: it says nothing of what was known, or has too many steps"
        return (finding(code="check.unchecked", text=text),)
    unlike = tuple(_unlike(Subject(plan, household, known, plan.grid)))
    if unlike:
        return unlike
    subject = Subject(plan, as_learned(household, known), known, plan.grid)
    found = [each for check in _CHECKS for each in check(subject)]
    for index, alternative in enumerate(plan.alternatives):
        found += _alternative(subject, alternative, index)
    return tuple(found)


_OF_STEPS: tuple[Check, ...] = (
    check_shape,
    check_asked,
    check_times,
    check_order,
    check_numbers,
    check_rules,
    check_spans,
    check_safety,
)
_OF_THE_HOUSE: tuple[Check, ...] = (check_power, check_terms)
_CHECKS: tuple[Check, ...] = (*_OF_STEPS, *_OF_THE_HOUSE, check_batteries)


def _no_plan(plan: ExecutionPlan) -> Iterator[Finding]:
    if plan.steps or plan.charge_w or plan.discharge_w:
        yield finding(code="check.asked", text="there is no plan, and yet it has steps")
    if plan.feasibility is FeasibilityStatus.INFEASIBLE and plan.conflict is None:
        yield finding(code="check.asked", text="there is no plan, and it is not said why")


def _unlike(subject: Subject) -> Iterator[Finding]:
    """What makes the rest of the check senseless."""
    plan, known, home = subject.plan, subject.snapshot, subject.household
    if known.grid != plan.grid:
        text = "what was known is about other times than the plan"
        yield finding(code="check.unchecked", text=text)
    for name in _SERIES:
        if len(getattr(known, name)) not in (0, subject.grid.count):
            text = f"{name} does not have a value for each slot"
            yield finding(code="check.unchecked", text=text)
    if (known.time_zone, known.currency) != (home.time_zone, home.currency):
        yield finding(code="check.unchecked", text="what was known is about another home")
    for digest in {plan.household_digest, known.household_digest} - {""}:
        if digest != digest_of(home):
            text = "the plan is for another home, or for this one as it was"
            yield finding(code="check.unchecked", text=text)


_SERIES = (
    "import_price",
    "export_price",
    "solar_w",
    "base_load_w",
    "co2_g_per_kwh",
    "home",
    "asleep",
    "quiet",
    "temperature",
)


def _alternative(subject: Subject, other: Alternative, index: int) -> Iterator[Finding]:
    needs = ConsentReference("", other.needs, subject.plan.task_spec.trust_tier, 0)
    plan = msgspec.structs.replace(
        subject.plan,
        steps=tuple(step for step in other.steps if step.goal),
        terms=other.terms,
        bound=None,
        approval_required=True,
        consent_references=(*subject.plan.consent_references, needs),
        charge_w={},
        discharge_w={},
    )
    part = Subject(plan, subject.household, subject.snapshot, subject.grid)
    has_batteries = bool(subject.plan.charge_w or subject.plan.discharge_w)
    for check in _OF_STEPS if has_batteries else (*_OF_STEPS, *_OF_THE_HOUSE):
        for found in check(part):
            yield msgspec.structs.replace(found, facts={**found.facts, "alternative": index})
