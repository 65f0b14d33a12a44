"""How plans fare, counted from the tables: of one plan, and of all.

An *execution* is the carrying out of one plan, over however many versions. Shares lie between 0 and
1 and are None where there is nothing to count yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from tarl.journal.projection import Record
from tarl.planning.plan import ExecutionStatus
from tarl.planning.plans.state import State


class PlanMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """How a plan fares.

    Attributes:
        plan_id: Of which.
        success_rate: Of its ended executions, those that were completed.
        time_to_plan_ms: How long making a version took, on average.
        approval_rate: How often people approved a version when asked.
        user_overrides: New versions that a person wanted.
        privacy_score: The share of its steps that stay in the house.
        replan_frequency: New versions that something else made necessary.
        total_executions, failed_executions: Begun ones, and those that failed.
        average_execution_time_ms: From its beginning to its end.
        cost_per_execution: What its steps cost, micro-units.
        energy_wh: What they used.
        steps_completed, steps_failed, steps_skipped: What steps came to last.
    """

    plan_id: str
    success_rate: float | None = None
    time_to_plan_ms: int | None = None
    approval_rate: float | None = None
    user_overrides: int = 0
    privacy_score: float | None = None
    replan_frequency: int = 0
    total_executions: int = 0
    failed_executions: int = 0
    average_execution_time_ms: int | None = None
    cost_per_execution: int = 0
    energy_wh: int = 0
    steps_completed: int = 0
    steps_failed: int = 0
    steps_skipped: int = 0


class SystemMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """How all plans fare; ``active_plans`` are those that have not ended."""

    total_plans: int = 0
    active_plans: int = 0
    completed_plans: int = 0
    failed_plans: int = 0
    cancelled_plans: int = 0
    waiting_for_approval: int = 0
    success_rate: float | None = None
    approval_rate: float | None = None
    replans: int = 0
    user_overrides: int = 0
    average_planning_time_ms: int | None = None
    average_execution_time_ms: int | None = None


def of_plan(plan_id: str, state: State, steps: Iterable[Record]) -> PlanMetrics:
    """How one plan fares, from its state and what its steps came to."""
    rows = list(steps)
    outcomes = Counter(row["outcome"] for row in rows)
    began = state.began_ms is not None
    failed = began and state.status == ExecutionStatus.FAILED
    completed = state.status == ExecutionStatus.COMPLETED
    return PlanMetrics(
        plan_id=plan_id,
        success_rate=_share(int(completed), int(completed) + int(failed)),
        time_to_plan_ms=_mean(state.planning_ms, state.plannings),
        approval_rate=_share(state.approved, state.asked),
        user_overrides=state.overrides,
        privacy_score=_share(state.steps_local, state.steps),
        replan_frequency=state.replans,
        total_executions=int(began),
        failed_executions=int(failed),
        average_execution_time_ms=_lasted(state),
        cost_per_execution=sum(row["cost_micro"] for row in rows),
        energy_wh=sum(row["energy_wh"] for row in rows),
        steps_completed=outcomes["completed"],
        steps_failed=outcomes["failed"],
        steps_skipped=outcomes["skipped"],
    )


def of_all(states: Iterable[State]) -> SystemMetrics:
    """How all plans fare."""
    known = list(states)
    by_status = Counter(state.status for state in known)
    completed = by_status[ExecutionStatus.COMPLETED.value]
    failed = by_status[ExecutionStatus.FAILED.value]
    lasted = [ms for state in known if (ms := _lasted(state)) is not None]
    return SystemMetrics(
        total_plans=len(known),
        active_plans=sum(not state.has_ended for state in known),
        completed_plans=completed,
        failed_plans=failed,
        cancelled_plans=by_status[ExecutionStatus.CANCELLED.value],
        waiting_for_approval=by_status[ExecutionStatus.PENDING_APPROVAL.value],
        success_rate=_share(completed, completed + failed),
        approval_rate=_share(sum(s.approved for s in known), sum(s.asked for s in known)),
        replans=sum(state.replans for state in known),
        user_overrides=sum(state.overrides for state in known),
        average_planning_time_ms=_mean(
            sum(state.planning_ms for state in known), sum(state.plannings for state in known)
        ),
        average_execution_time_ms=_mean(sum(lasted), len(lasted)),
    )


def _lasted(state: State) -> int | None:
    if state.began_ms is None or state.ended_ms is None:
        return None
    return state.ended_ms - state.began_ms


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(total: int, count: int) -> int | None:
    return (2 * total + count) // (2 * count) if count else None
