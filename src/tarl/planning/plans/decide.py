"""What may become of a plan: pure, from where it stands to the event that follows, or a refusal.

1. A plan goes forward: ``draft``, ``pending_approval``, ``approved``, ``executing``, and its end,
   after which nothing follows. It may be cancelled from anywhere but there.
2. A new version replaces the newest one and begins where it says; what needs approval does not
   begin approved, and it is carried out at once only in the place of one that is being carried out.
3. While a newer version waits for approval, the one that is being carried out goes on, and may
   come to its end; if the newer one is declined, it is in force as before.
4. Who approves says of which version, and it is the newest. A plan that needs approval is approved
   by somebody, from ``pending_approval``.
5. What is hypothetical, or has no solution, is never approved.
6. All versions are for the same user. What is said a second time changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from tarl.errors import Conflict, Invalid, Missing
from tarl.journal.projection import Record
from tarl.planning.plan import ExecutionPlan, ExecutionStatus, ExecutionStep, FeasibilityStatus
from tarl.planning.plans.events import Declined, StatusChanged, StepEnded
from tarl.planning.plans.state import ERASED, State

_S = ExecutionStatus

FOLLOWING: Mapping[str, frozenset[ExecutionStatus]] = {
    _S.DRAFT: frozenset({_S.PENDING_APPROVAL, _S.APPROVED, _S.CANCELLED}),
    _S.PENDING_APPROVAL: frozenset({_S.APPROVED, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.EXECUTING, _S.FAILED, _S.CANCELLED}),
    _S.EXECUTING: frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED}),
    _S.COMPLETED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""The state machine of a plan's status."""

ENDINGS = frozenset({_S.COMPLETED, _S.FAILED, _S.CANCELLED})

BEGINNINGS = frozenset({_S.DRAFT, _S.PENDING_APPROVAL, _S.APPROVED, _S.EXECUTING})
"""Where a version may begin."""

STAYS: Mapping[str, frozenset[str]] = {
    "completed": frozenset({"compensated"}),
    "compensated": frozenset(),
}
"""What may still become of a step that came to something; of one that is not here, anything."""

TEXT_CHARS_MAX = 1_000
"""Of a reason or an error that is recorded."""


def check_version(state: State, plan: ExecutionPlan) -> None:
    """Refuse a version that does not follow what is there.

    Raises:
        Conflict: the plan has ended (``plan.ended``), is somebody else's (``plan.user``), or the
            version does not follow the newest (``plan.version``).
        Invalid: it cannot begin where it says (``plan.beginning``).
    """
    if state.has_ended:
        raise _ended(plan.plan_id, state)
    if plan.version != state.version + 1 or plan.supersedes != state.version:
        raise Conflict(
            f"plan {plan.plan_id} stands at version {state.version}; this is version"
            f" {plan.version}, in the place of {plan.supersedes}",
            code="plan.version",
            next_step="read the newest version and plan again",
            plan=plan.plan_id,
            newest=state.version,
        )
    if state.version and plan.task_spec.user_id != state.user_id:
        raise Conflict(
            f"plan {plan.plan_id} is for {state.user_id}, this version of it for"
            f" {plan.task_spec.user_id}",
            code="plan.user",
            next_step="plan for that user, under an id of its own",
            plan=plan.plan_id,
        )
    if problem := _no_beginning(state, plan):
        raise Invalid(
            f"version {plan.version} of plan {plan.plan_id} cannot begin {plan.status.value}:"
            f" {problem}",
            code="plan.beginning",
            next_step="record it as a draft, and change the status",
            plan=plan.plan_id,
        )


def _no_beginning(state: State, plan: ExecutionPlan) -> str:
    status = plan.status
    if status not in BEGINNINGS:
        return "that is an end"
    if status is _S.EXECUTING and not state.in_force:
        return "nothing of it is being carried out"
    if status in (_S.APPROVED, _S.EXECUTING) and plan.approval_required:
        return "somebody has to approve it"
    if status is not _S.DRAFT:
        return _never(plan.task_spec.is_hypothetical, plan.feasibility)
    return ""


def _never(is_hypothetical: bool, feasibility: str) -> str:
    """Why something is never carried out; empty where it may be."""
    if is_hypothetical:
        return "it is hypothetical"
    return "it has no solution" if feasibility == FeasibilityStatus.INFEASIBLE else ""


def change_status(
    state: State,
    plan_id: str,
    status: ExecutionStatus,
    *,
    version: int | None,
    by: str,
    reason: str,
) -> StatusChanged | None:
    """What follows from a wish that a plan stand elsewhere; None if it stands there.

    Raises:
        Missing: there is no such plan (``plan.missing``).
        Conflict: it stands where that cannot follow (``plan.status``), has ended (``plan.ended``),
            or has a newer version (``plan.version``).
        Invalid: an approval that does not say of which version, or by whom (``plan.approval``).
    """
    if not state.seq:
        raise missing(plan_id)
    if version is not None and version != state.version:
        raise _newer(plan_id, version, state)
    if state.status == status:
        return None
    if state.has_ended:
        raise _ended(plan_id, state)
    if status is _S.APPROVED:
        _check_approval(state, plan_id, version, by)
    following = FOLLOWING[state.status] | (ENDINGS if state.in_force else frozenset())
    is_end = status in ENDINGS and status in following
    problem = "" if is_end else _never(state.is_hypothetical, state.feasibility)
    if problem or status not in following:
        raise Conflict(
            f"plan {plan_id} is {state.status} and cannot become {status.value}"
            + (f": {problem}" if problem else ""),
            code="plan.status",
            next_step="after it comes: " + ", ".join(sorted(s.value for s in following)),
            plan=plan_id,
            status=state.status,
        )
    return StatusChanged(
        version=state.version, status=status, by=by, reason=reason[:TEXT_CHARS_MAX]
    )


def _check_approval(state: State, plan_id: str, version: int | None, by: str) -> None:
    if version is None or (state.approval_required and not by):
        raise Invalid(
            f"an approval of plan {plan_id} names the version and who approves it",
            code="plan.approval",
            next_step=f"its newest version is {state.version}: read it, and approve that one",
            plan=plan_id,
        )
    if state.approval_required and state.status == _S.DRAFT:
        raise Conflict(
            f"plan {plan_id} needs approval, and nobody has been asked yet",
            code="plan.status",
            next_step="change its status to pending_approval first",
            plan=plan_id,
            status=state.status,
        )


def decline(state: State, plan_id: str, version: int, *, by: str, reason: str) -> Declined | None:
    """What follows from the wish to go on with the version in force; None if nothing newer waits.

    Raises:
        Missing: there is no such plan (``plan.missing``).
        Conflict: it has ended (``plan.ended``), has a newer version (``plan.version``), or none of
            its versions is being carried out (``plan.status``).
    """
    if not state.seq:
        raise missing(plan_id)
    if state.has_ended:
        raise _ended(plan_id, state)
    if version != state.version:
        raise _newer(plan_id, version, state)
    if not state.in_force:
        raise Conflict(
            f"plan {plan_id} is {state.status}, and no earlier version of it could go on",
            code="plan.status",
            next_step="cancel the plan instead",
            plan=plan_id,
            status=state.status,
        )
    if state.status == _S.EXECUTING:
        if state.in_force != version:
            return None
        raise Conflict(
            f"version {version} of plan {plan_id} is being carried out already",
            code="plan.status",
            next_step="cancel the plan, or make another version",
            plan=plan_id,
            status=state.status,
        )
    return Declined(version=version, by=by, reason=reason[:TEXT_CHARS_MAX])


def end_step(
    state: State, plan: ExecutionPlan, ended: StepEnded, earlier: Record | None
) -> StepEnded | None:
    """What follows from what a step came to; None if that is recorded.

    Args:
        state: The plan.
        plan: The version that the step is of.
        ended: What it came to.
        earlier: What the same step came to before.

    Raises:
        Missing: the version has no such step (``plan.no_step``).
        Conflict: it was never carried out (``plan.status``), or the step came to something else
            that stands (``plan.step_ended``).
        Invalid: it ended before it began (``plan.step_times``).
    """
    if ended.step_id not in {step.step_id for step in all_steps(plan.steps)}:
        raise Missing(
            f"version {ended.version} of plan {plan.plan_id} has no step {ended.step_id!r}",
            code="plan.no_step",
            next_step=f"tarl plans show {plan.plan_id}",
            step=ended.step_id,
        )
    if state.began_ms is None:
        raise Conflict(
            f"plan {plan.plan_id} is {state.status}: none of its steps can have ended",
            code="plan.status",
            next_step="change its status to executing first",
            plan=plan.plan_id,
            status=state.status,
        )
    if ended.ended_ms < ended.began_ms:
        raise Invalid(
            f"step {ended.step_id} would have ended before it began",
            code="plan.step_times",
            next_step="give both times in UTC milliseconds",
            step=ended.step_id,
        )
    if earlier is not None:
        if earlier["outcome"] == ended.outcome and earlier["version"] == ended.version:
            return None
        if ended.outcome not in STAYS.get(earlier["outcome"], {ended.outcome}):
            raise Conflict(
                f"step {ended.step_id} of plan {plan.plan_id} is {earlier['outcome']} and does not"
                f" become {ended.outcome}",
                code="plan.step_ended",
                next_step="give what is done anew a step of its own",
                step=ended.step_id,
                outcome=earlier["outcome"],
            )
    return ended


def all_steps(steps: tuple[ExecutionStep, ...]) -> list[ExecutionStep]:
    """Steps, and those to take in their place, theirs included."""
    return [each for step in steps for each in (step, *all_steps(step.fallback_steps))]


def missing(plan_id: str) -> Missing:
    """There is no plan of an id."""
    return Missing(
        f"no plan {plan_id}", code="plan.missing", next_step="tarl plans ls", plan=plan_id
    )


def _newer(plan_id: str, version: int, state: State) -> Conflict:
    return Conflict(
        f"plan {plan_id} stands at version {state.version}, and {version} is meant",
        code="plan.version",
        next_step=f"look at the newest version first: tarl plans show {plan_id}",
        plan=plan_id,
        newest=state.version,
    )


def _ended(plan_id: str, state: State) -> Conflict:
    gone = ", and its content is gone" if state.status == ERASED else ""
    return Conflict(
        f"plan {plan_id} is {state.status}{gone}: nothing follows",
        code="plan.ended",
        next_step="plan anew, under an id of its own",
        plan=plan_id,
        status=state.status,
    )
