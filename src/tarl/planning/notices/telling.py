"""The notices that plans give rise to."""

from __future__ import annotations

from collections.abc import Sequence

from tarl.errors import Invalid
from tarl.planning.notices.notice import Notice, NoticeKind, Solution
from tarl.planning.plan import ExecutionPlan


def approval_wanted(plan: ExecutionPlan, *, now_ms: int, why: Sequence[str] = ()) -> Notice:
    """A plan waits for somebody's word; ``why`` says what it needs it for."""
    return Notice(
        kind=NoticeKind.APPROVAL_WANTED,
        about=plan.plan_id,
        title=f"Shall this be done: {plan.task_spec.intent}",
        text="\n".join([plan.rationale, *why]).strip(),
        created_ms=now_ms,
        solutions=tuple(
            Solution(alternative.title, alternative.terms.cost) for alternative in plan.alternatives
        ),
        facts={"plan": plan.plan_id, "version": plan.version},
        privacy_class=plan.task_spec.privacy_class,
    )


def conflict_found(plan: ExecutionPlan, *, now_ms: int) -> Notice:
    """Not all that was asked can be had; the ways out are proposed, cheapest first.

    Raises:
        Invalid: the plan has no conflict (``notice.no_conflict``).
    """
    if plan.conflict is None:
        raise Invalid(
            f"plan {plan.plan_id} has no conflict to tell of",
            code="notice.no_conflict",
            next_step="tell of plans that have one",
            plan=plan.plan_id,
        )
    names = [plan.conflict.names.get(rule, rule) for rule in plan.conflict.rules]
    return Notice(
        kind=NoticeKind.CONFLICT,
        about=plan.plan_id,
        title=f"This cannot be done as it was said: {plan.task_spec.intent}",
        text="These cannot all be kept: " + "; ".join(names) + ".",
        created_ms=now_ms,
        solutions=tuple(Solution(way.text, way.cost_micro) for way in plan.conflict.ways_out),
        facts={"plan": plan.plan_id, "version": plan.version},
        privacy_class=plan.task_spec.privacy_class,
    )


def drifted(plan: ExecutionPlan, *, now_ms: int, why: str, cost_more_micro: int = 0) -> Notice:
    """A plan is not what it was any more: a price, somebody's presence or a device changed."""
    return Notice(
        kind=NoticeKind.DRIFT,
        about=plan.plan_id,
        title=f"Planned anew: {plan.task_spec.intent}",
        text=why,
        created_ms=now_ms,
        facts={
            "plan": plan.plan_id,
            "version": plan.version,
            "cost_more_micro": cost_more_micro,
        },
        privacy_class=plan.task_spec.privacy_class,
    )


def failed(plan: ExecutionPlan, step_id: str, *, now_ms: int, error: str) -> Notice:
    """A step of a plan did not come to what it was to."""
    return Notice(
        kind=NoticeKind.FAILURE,
        about=plan.plan_id,
        title=f"A step failed: {plan.task_spec.intent}",
        text=error,
        created_ms=now_ms,
        facts={"plan": plan.plan_id, "version": plan.version, "step": step_id},
        privacy_class=plan.task_spec.privacy_class,
    )


def danger(device_id: str, *, title: str, text: str, now_ms: int) -> Notice:
    """Something at a device that nobody may sleep through."""
    return Notice(
        kind=NoticeKind.SAFETY,
        about=device_id,
        title=title,
        text=text,
        created_ms=now_ms,
        facts={"device": device_id},
    )
