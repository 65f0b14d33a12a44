"""Makes plans: formulates, has it solved, and reads the answer.

1. A plan is returned for every task that can be formulated: whole, degraded with what it leaves
   out, or without steps and with the conflict that says why.
2. Alternatives that stand in a plan really differ: each is better in some term.
3. The same task, home, knowledge, gate and seed give the same plan where the solver proved it best.
4. Planning anew moves only what is affected, where that is possible at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence

import msgspec

from tarl.errors import Conflict, Denied, Exceeded, Invalid, Missing, TarlError
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.anew import as_meant, changed, places_of, unaffected, with_ends
from tarl.planning.formulation.drafting import (
    alternative_of,
    draft_of,
    filled,
    left_out_texts,
    rationale_of,
    without_steps,
)
from tarl.planning.formulation.formulate import (
    Effort,
    Formulated,
    Progress,
    Request,
    formulate,
)
from tarl.planning.formulation.jobs import Permits
from tarl.planning.formulation.rules import given_up
from tarl.planning.formulation.ways import place_of
from tarl.planning.household import Household
from tarl.planning.plan import (
    Along,
    Alternative,
    ConsentReference,
    ExecutionPlan,
    FeasibilityStatus,
    Strategy,
)
from tarl.planning.problem import Problem, Solution
from tarl.planning.requests import OrchestrationConfig, Preferences, bounded, strategy_wanted
from tarl.planning.task import TaskSpec

Solve = Callable[[Problem], Awaitable[Solution]]
"""Who solves: ``SolverProcess.solve``."""


REFUSALS = (Conflict, Denied, Exceeded, Invalid, Missing)
"""What is wrong with what was asked; all else is wrong here."""


class PlanResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of planning; without success ``errors`` say why, and ``plan`` may say what would be
    possible."""

    success: bool
    plan: ExecutionPlan | None = None
    alternatives: tuple[Alternative, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class ExecutionPlanner:
    """Makes plans with a solver, under a gate.

    Args:
        solve: Solves problems; a process that is started for each of them when left out.
        permits: The gate; the shipped policy, and no consents, when left out.
        household: The home that ``create_plan`` plans for.
    """

    def __init__(
        self,
        solve: Solve | None = None,
        permits: Permits | None = None,
        *,
        household: Household | None = None,
    ) -> None:
        self._solve = solve or _solved_once
        self._permits = permits or _shipped()
        self._household = household

    async def create_plan(
        self,
        task_spec: TaskSpec,
        context: ContextSnapshot,
        consent_refs: Sequence[ConsentReference] = (),
        config: OrchestrationConfig | None = None,
    ) -> PlanResult:
        """The best plan for a task, as seed 003 asks for it.

        Args:
            task_spec: The task.
            context: What is known.
            consent_refs: Consents that the caller knows of. None of them counts because it is
                named: the gate looks in its own ledger, and what it does not find is warned of.
            config: Bounds and weights where the task has none; the seed's when left out.

        Raises:
            Invalid: ``plan.no_household``: there is no home to plan for.
            Corrupt: ``plan.unsound``: the checker refuses what was made.
            Unavailable: see :meth:`plan`.
        """
        from tarl.planning.making import sound

        household, config = self._household, config or OrchestrationConfig()
        if household is None:
            raise Invalid(
                "there is no home to plan for",
                code="plan.no_household",
                next_step="ExecutionPlanner(household=...)",
            )
        preferences = Preferences()
        try:
            plan = await self.plan(
                bounded(task_spec, config, preferences, context),
                household,
                context,
                plan_id=task_spec.task_id,
                strategy=strategy_wanted(task_spec, config, preferences),
                effort=config.effort,
            )
        except REFUSALS as error:
            return PlanResult(success=False, errors=(refusal_text(error),))
        return PlanResult(
            success=bool(plan.steps),
            plan=sound(plan, household),
            alternatives=plan.alternatives[: config.max_plan_alternatives],
            errors=() if plan.steps else (plan.rationale,),
            warnings=warnings_of(plan, consent_refs),
        )

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
        without: Collection[str] = (),
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
            without: Ids of rules that are given up: a way out of a conflict.

        Raises:
            Invalid: ``plan.unanswered``; see ``formulate``.
            Missing, Denied: see ``formulate``.
            Unavailable: the solver failed; see ``SolverProcess``.
        """
        _refuse_unanswered(task)
        requests = [Request(task=task, priority=priority), *also]
        formulated = formulate(
            requests,
            household,
            snapshot,
            permits=self._permits,
            strategy=strategy,
            effort=effort,
            without=without,
        )
        if without:
            requests = [_relieved(each, n, without) for n, each in enumerate(requests)]
            task = requests[0].task
        solution = await self._solve(formulated.problem)
        draft = draft_of(task, formulated, plan_id, self._permits.policy_hash)
        along = tuple(Along(each.task, each.priority) for each in requests[1:])
        draft = msgspec.structs.replace(draft, along=along)
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
        """The next version of a plan, from now on; what had been learned when the plan was made
        counts on.

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
        made_with, task, along = plan.context_snapshot, plan.task_spec, plan.along
        if made_with is not None:
            task = as_meant(task, made_with, snapshot)
            along = tuple(
                msgspec.structs.replace(each, task=as_meant(each.task, made_with, snapshot))
                for each in along
            )
            snapshot = msgspec.structs.replace(snapshot, learned=made_with.learned)
        requests = _requests(task, along)
        formulated = formulate(
            requests,
            household,
            snapshot,
            permits=self._permits,
            strategy=plan.strategy,
            effort=effort,
            progress=progress,
            without=given_up(plan.constraints),
        )
        formulated = with_ends(formulated, plan, progress)
        before = places_of(plan, formulated)
        running = tuple(p for p in before if formulated.wants[p.job].step in progress.begun)
        fixed = running if affected is None else unaffected(before, affected, formulated, running)
        asked = changed(formulated.problem, before, fixed)
        solution = await self._solve(asked)
        if solution.schedule is None and fixed != running:
            asked = changed(formulated.problem, before, running)
            solution = await self._solve(asked)
        formulated = msgspec.structs.replace(formulated, problem=asked)
        draft = msgspec.structs.replace(
            draft_of(task, formulated, plan.plan_id, self._permits.policy_hash),
            version=plan.version + 1,
            supersedes=plan.version,
            reason=reason,
            created_at=plan.created_at,
            along=along,
            spent=progress.spent,
        )
        if solution.schedule is None:
            return await self._without(
                draft, solution, requests, formulated, effort, progress=progress
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
            _requests(plan.task_spec, plan.along),
            household,
            snapshot,
            permits=self._permits,
            strategy=plan.strategy,
            effort=effort,
            without=given_up(plan.constraints),
        )
        places = {place.job: place for place in places_of(plan, formulated)}
        fixed = []
        for step, at_ms in starts.items():
            slot = snapshot.grid.slot_of(at_ms)
            is_past = snapshot.grid.at(slot) < snapshot.timestamp
            if step not in places or is_past or slot >= snapshot.grid.count:
                raise _no_step(f"no step {step!r} can be moved to that time", plan)
            place = place_of(places[step].option)
            fixed.append(msgspec.structs.replace(places[step], option=place, start=slot))
        problem = msgspec.structs.replace(formulated.problem, frozen=tuple(fixed))
        formulated = msgspec.structs.replace(formulated, problem=problem)
        solution = await self._solve(problem)
        draft = draft_of(plan.task_spec, formulated, plan.plan_id, self._permits.policy_hash)
        draft = msgspec.structs.replace(draft, reason="what_if", along=plan.along)
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
            without=given_up(formulated.constraints),
        )
        partly = await self._solve(less.problem)
        if partly.schedule is None or not partly.schedule.placed:
            return none
        plan = filled(draft, partly, less)
        return msgspec.structs.replace(
            plan,
            feasibility=FeasibilityStatus.DEGRADED,
            left_out=left_out_texts(partly.schedule.dropped, less),
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
                without=given_up(formulated.constraints),
            )
        except Denied:
            return plan
        solution = await self._solve(less.problem)
        if solution.schedule is None:
            return plan
        title = "needs no further consent"
        other = alternative_of(solution.schedule, title, less, plan.task_spec)
        return msgspec.structs.replace(plan, alternatives=(other, *plan.alternatives))


def _requests(task: TaskSpec, along: Sequence[Along]) -> list[Request]:
    others = [Request(task=each.task, priority=each.priority) for each in along]
    return [Request(task=task), *others]


def _relieved(request: Request, index: int, without: Collection[str]) -> Request:
    """A request without the rules that are given up."""
    before = f"r{index}." if index else ""
    kept = tuple(rule for rule in request.task.constraints if before + rule.id not in without)
    task = msgspec.structs.replace(request.task, constraints=kept)
    return msgspec.structs.replace(request, task=task)


def refusal_text(error: TarlError) -> str:
    """A refusal and what to do about it, in a line."""
    return f"{error.message}: {error.next_step}" if error.next_step else error.message


def warnings_of(
    plan: ExecutionPlan, consent_refs: Sequence[ConsentReference] = ()
) -> tuple[str, ...]:
    """What somebody who asked for a plan should know besides: what is left out, the ways out of its
    conflict, what was not known, and consents of theirs that do not count."""
    found = {reference.consent_token for reference in plan.consent_references}
    tokens = dict.fromkeys(reference.consent_token for reference in consent_refs)
    known = plan.context_snapshot
    return (
        *(f"left out: {text}" for text in plan.left_out),
        *(
            f"it would work without “{w.text}”"
            for w in (plan.conflict.ways_out if plan.conflict else ())
        ),
        *(
            f"the consent {token} is not counted"
            for token in tokens
            if token and token not in found
        ),
        *(doubt.text for doubt in (known.doubts if known else ())),
    )


async def _solved_once(problem: Problem) -> Solution:
    from tarl.planning.solver.process import SolverProcess

    async with SolverProcess() as solver:
        return await solver.solve(problem)


def _shipped() -> Permits:
    from tarl.planning.policy_gate import PolicyGate

    return PolicyGate()


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
