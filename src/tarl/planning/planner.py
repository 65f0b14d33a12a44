"""Makes plans: formulates, has it solved, and reads the answer.

1. A plan is returned for every task that can be formulated: whole, degraded with what it leaves
   out, or without steps and with the conflict that says why.
2. Alternatives that stand in a plan really differ: each is better in some term.
3. The same task, home, knowledge, gate and seed give the same plan where the solver proved it best.
4. Planning anew moves only what is affected, where that is possible at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from tarl.errors import Denied, Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.anew import changed, places_of, unaffected
from tarl.planning.formulation.drafting import (
    alternative_of,
    draft_of,
    filled,
    left_out_text,
    rationale_of,
    without_steps,
)
from tarl.planning.formulation.formulate import (
    Effort,
    Formulated,
    Permits,
    Progress,
    Request,
    formulate,
)
from tarl.planning.household import Household
from tarl.planning.plan import ExecutionPlan, FeasibilityStatus, Strategy
from tarl.planning.problem import Problem, Solution
from tarl.planning.task import TaskSpec

Solve = Callable[[Problem], Awaitable[Solution]]
"""Who solves: ``SolverProcess.solve``."""


class ExecutionPlanner:
    """Makes plans with a solver, under a gate.

    Args:
        solve: Solves problems.
        permits: The gate.
    """

    def __init__(self, solve: Solve, permits: Permits) -> None:
        self._solve = solve
        self._permits = permits

    async def plan(
        self,
        task: TaskSpec,
        household: Household,
        snapshot: ContextSnapshot,
        *,
        plan_id: str,
        strategy: Strategy | None = None,
        effort: Effort | None = None,
        also: Sequence[Request] = (),
        priority: int = 5,
    ) -> ExecutionPlan:
        """The best plan for a task.

        Args:
            task: The task, without open questions.
            household: The home.
            snapshot: What is known.
            plan_id: The plan's own.
            strategy: What is weighed most; what the task asks for when left out.
            effort: How much is asked of the solver.
            also: Further tasks to be planned with it; where not all can be, the lowest priority
                gives way.
            priority: Of the task.

        Raises:
            Invalid: ``plan.unanswered``; see ``formulate``.
            Missing, Denied: see ``formulate``.
            Unavailable: the solver failed; see ``SolverProcess``.
        """
        _refuse_unanswered(task)
        requests = [Request(task=task, priority=priority), *also]
        formulated = formulate(
            requests, household, snapshot, permits=self._permits, strategy=strategy, effort=effort
        )
        solution = await self._solve(formulated.problem)
        draft = draft_of(task, formulated, plan_id, self._permits.policy_hash)
        if solution.schedule is None:
            return await self._without(draft, solution, requests, formulated, effort)
        plan = filled(draft, solution, formulated)
        return await self._needing_less(plan, requests, formulated, effort)

    async def replan(
        self,
        plan: ExecutionPlan,
        household: Household,
        snapshot: ContextSnapshot,
        *,
        affected: frozenset[str] | None,
        progress: Progress,
        reason: str,
        effort: Effort | None = None,
    ) -> ExecutionPlan:
        """The next version of a plan, from now on.

        Args:
            plan: The version in force.
            household: The home, as it is now.
            snapshot: What is known now.
            affected: Steps that may move; all that have not begun when None. Where nothing can be
                had so, all may.
            progress: What has been done.
            reason: What happened.
            effort: How much is asked of the solver.

        Raises:
            As :meth:`plan`.
        """
        effort = effort or Effort(alternatives=0, are_rules_priced=False)
        task = plan.task_spec
        formulated = formulate(
            [Request(task=task)],
            household,
            snapshot,
            permits=self._permits,
            strategy=plan.strategy,
            effort=effort,
            progress=progress,
        )
        before = places_of(plan, formulated)
        running = tuple(p for p in before if formulated.wants[p.job].step in progress.elapsed)
        fixed = running if affected is None else unaffected(before, affected, formulated, running)
        solution = await self._solve(changed(formulated.problem, before, fixed))
        if solution.schedule is None and fixed != running:
            solution = await self._solve(changed(formulated.problem, before, running))
        draft = msgspec.structs.replace(
            draft_of(task, formulated, plan.plan_id, self._permits.policy_hash),
            version=plan.version + 1,
            supersedes=plan.version,
            reason=reason,
            created_at=plan.created_at,
        )
        if solution.schedule is None:
            return await self._without(
                draft, solution, [Request(task=task)], formulated, effort, progress=progress
            )
        return filled(draft, solution, formulated)

    async def what_if(
        self,
        plan: ExecutionPlan,
        household: Household,
        *,
        starts: dict[str, int],
        effort: Effort | None = None,
    ) -> ExecutionPlan:
        """The best plan in which steps begin when somebody says (UTC milliseconds by step id), with
        the knowledge that the plan was made with: what the user's own choice would come to.

        Raises:
            Invalid: ``plan.no_step``: there is no such step, or it cannot begin then; see ``plan``.
        """
        snapshot = plan.context_snapshot
        if snapshot is None:
            raise _no_step("the plan has no snapshot", plan)
        effort = effort or Effort(alternatives=0, are_rules_priced=False)
        formulated = formulate(
            [Request(task=plan.task_spec)],
            household,
            snapshot,
            permits=self._permits,
            strategy=plan.strategy,
            effort=effort,
        )
        places = {place.job: place for place in places_of(plan, formulated)}
        fixed = []
        for step, at_ms in starts.items():
            slot = snapshot.grid.slot_of(at_ms)
            if step not in places or not 0 <= slot < snapshot.grid.count:
                raise _no_step(f"no step {step!r} can be moved to that time", plan)
            fixed.append(msgspec.structs.replace(places[step], start=slot))
        problem = msgspec.structs.replace(formulated.problem, frozen=tuple(fixed))
        solution = await self._solve(problem)
        draft = draft_of(plan.task_spec, formulated, plan.plan_id, self._permits.policy_hash)
        draft = msgspec.structs.replace(draft, reason="what_if")
        if solution.schedule is None:
            return without_steps(draft, solution, formulated)
        return filled(draft, solution, formulated)

    async def _without(
        self,
        draft: ExecutionPlan,
        solution: Solution,
        requests: Sequence[Request],
        formulated: Formulated,
        effort: Effort | None,
        *,
        progress: Progress | None = None,
    ) -> ExecutionPlan:
        """What can be had when the whole cannot: a degraded plan, or the conflict alone."""
        none = without_steps(draft, solution, formulated)
        if solution.status == "unknown" or len(formulated.wants) < 2:
            return none
        less = formulate(
            requests,
            formulated.household,
            formulated.snapshot,
            permits=self._permits,
            strategy=formulated.strategy,
            effort=msgspec.structs.replace(
                effort or Effort(), alternatives=0, are_rules_priced=False
            ),
            may_drop=True,
            progress=progress,
        )
        partly = await self._solve(less.problem)
        if partly.schedule is None or not partly.schedule.placed:
            return none
        plan = filled(draft, partly, less)
        return msgspec.structs.replace(
            plan,
            feasibility=FeasibilityStatus.DEGRADED,
            left_out=tuple(left_out_text(job, less) for job in partly.schedule.dropped),
            conflict=none.conflict,
            rationale=rationale_of(plan),
        )

    async def _needing_less(
        self,
        plan: ExecutionPlan,
        requests: Sequence[Request],
        formulated: Formulated,
        effort: Effort | None,
    ) -> ExecutionPlan:
        """The plan, with an alternative that needs no further consent, if there is one."""
        if not any(not reference.consent_token for reference in plan.consent_references):
            return plan
        try:
            less = formulate(
                requests,
                formulated.household,
                formulated.snapshot,
                permits=self._permits,
                strategy=formulated.strategy,
                effort=msgspec.structs.replace(
                    effort or Effort(), alternatives=0, are_rules_priced=False
                ),
                consented_only=True,
            )
        except Denied:
            return plan
        solution = await self._solve(less.problem)
        if solution.schedule is None:
            return plan
        title = "needs no further consent"
        other = alternative_of(solution.schedule, title, less, plan.task_spec)
        return msgspec.structs.replace(plan, alternatives=(other, *plan.alternatives))


def _refuse_unanswered(task: TaskSpec) -> None:
    open_ones = [question for question in task.questions if question.slot != "confirm"]
    if not open_ones:
        return
    raise Invalid(
        f"first a question: {open_ones[0].text}",
        code="plan.unanswered",
        next_step="answer it by saying more in the sentence",
        questions=[question.text for question in open_ones],
        choices=[list(question.choices) for question in open_ones],
    )


def _no_step(problem: str, plan: ExecutionPlan) -> Invalid:
    return Invalid(
        problem,
        code="plan.no_step",
        next_step="name a step of the plan, and a time within its horizon",
        steps=[step.step_id for step in plan.steps],
    )
