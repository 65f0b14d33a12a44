"""``PlanExplainer``: plans in people's words, under the names of seed 003."""

from __future__ import annotations

from typing import Any

from tarl.planning.checker.plans import check_plan
from tarl.planning.explanation.explained import Explanation, explain
from tarl.planning.explanation.markdown import approval_summary, markdown
from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan
from tarl.planning.task import TaskSpec
from tarl.values.plain import plain


class PlanExplainer:
    """Explains plans; every number that it says follows from the plan.

    Args:
        household: Whose devices are called by their names; by their ids when left out.
    """

    def __init__(self, household: Household | None = None) -> None:
        self._household = household

    def explain(self, plan: ExecutionPlan) -> Explanation:
        """What a plan is explained with."""
        return explain(plan, self._household or _nameless(plan))

    def markdown(self, plan: ExecutionPlan) -> str:
        """The whole explanation, as Markdown."""
        return markdown(self.explain(plan))

    async def explain_plan(self, plan: ExecutionPlan, task_spec: TaskSpec | None = None) -> str:
        """The whole explanation, as Markdown. A plan holds its own task: ``task_spec`` is taken as
        callers pass it, and not needed.
        """
        return self.markdown(plan)

    async def generate_approval_summary(self, plan: ExecutionPlan) -> str:
        """What a person who approves has to know, as Markdown."""
        return approval_summary(self.explain(plan))

    async def generate_debug_info(self, plan: ExecutionPlan) -> dict[str, Any]:
        """What a plan was made from and how good it is, as JSON values; what the independent
        checker finds in it, where the household is known.
        """
        snapshot, findings = plan.context_snapshot, None
        if self._household is not None:
            findings = [plain(finding) for finding in check_plan(plan, self._household)]
        return {
            "plan_id": plan.plan_id,
            "version": plan.version,
            "status": plan.status.value,
            "feasibility": plan.feasibility.value,
            "strategy": plan.strategy.value,
            "objective": plan.objective,
            "bound": plan.bound,
            "gap": plan.gap,
            "terms": plain(plan.terms),
            "goals": [plain(goal) for goal in plan.goals],
            "constraints": [plain(constraint) for constraint in plan.constraints],
            "conflict": None if plan.conflict is None else plain(plan.conflict),
            "steps": [
                {
                    "step_id": step.step_id,
                    "step_type": step.step_type.value,
                    "device_id": step.device_id,
                    "start_ms": step.start_ms,
                    "end_ms": step.end_ms,
                    "placement": step.placement.value,
                    "dependencies": list(step.dependencies),
                    "fallbacks": [other.step_id for other in step.fallback_steps],
                    "guardrails": [rail.kind for rail in step.guardrails],
                }
                for step in plan.steps
            ],
            "alternatives": [other.title for other in plan.alternatives],
            "policy_hash": plan.policy_hash,
            "household_digest": plan.household_digest,
            "snapshot_id": None if snapshot is None else snapshot.snapshot_id,
            "doubts": [] if snapshot is None else [doubt.text for doubt in snapshot.doubts],
            "findings": findings,
        }


def _nameless(plan: ExecutionPlan) -> Household:
    snapshot = plan.context_snapshot
    if snapshot is None:
        return Household(id="", time_zone="UTC")
    return Household(id="", time_zone=snapshot.time_zone, currency=snapshot.currency)
