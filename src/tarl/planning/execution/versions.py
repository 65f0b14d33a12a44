"""Versions of a plan, side by side: what is new in one, and what it asks for.

Where a later version does the rest of what an earlier one began (a charge that is cut short), the
rest is a step of its own in the run: ``g1.ev_charger~2``. Ledger and planner know it by the name
without the version (:func:`original`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from tarl.planning.execution.handover import Drift, Outcome, StepResult
from tarl.planning.execution.home import Asked
from tarl.planning.formulation.formulate import Progress
from tarl.planning.notices.news import News, NewsKind
from tarl.planning.plan import ExecutionPlan, ExecutionStep, Spent
from tarl.planning.slots import MINUTE_MS

INTERRUPTIBLE = frozenset({"charge", "discharge"})
"""Actions whose rest a later version plans anew."""

LATE_MS = MINUTE_MS
"""Nothing begins to the second."""


def original(id: str) -> str:
    """A step's id as the planner gave it."""
    return id.partition("~")[0]


def what_to_plan(
    plan: ExecutionPlan,
    drifts: Sequence[Drift],
    *,
    ended: Collection[str],
    begun: Mapping[str, int],
    now_ms: int,
    drawn: Mapping[str, Spent],
) -> Asked:
    """What is asked of the planner after something has drifted.

    Args:
        plan: The version that is being carried out.
        drifts: What has drifted.
        ended: Steps that are over, without those of which the rest is still to be done.
        begun: Steps that have begun, and since when.
        now_ms: The instant.
        drawn: By goal, what has been drawn of what has not ended.
    """
    whole = any(not drift.affected for drift in drifts)
    steps = {step.step_id: step for step in plan.steps}
    touched = {
        work_of(steps[id]) if id in steps else original(id)
        for drift in drifts
        for id in drift.affected
    }
    running = [id for id in begun if id not in ended and id in steps]
    return Asked(
        plan_id=plan.plan_id,
        version=plan.version,
        reason="; ".join(dict.fromkeys(drift.text for drift in drifts))[:500],
        affected=None if whole else tuple(sorted(touched)),
        progress=Progress(
            ended=frozenset(map(original, ended)) | _ended_works(plan, ended),
            begun={
                original(id): _began_ms(steps[id], begun[id])
                for id in running
                if not is_interruptible(steps[id])
            },
        ),
        drawn=dict(drawn),
    )


def _began_ms(step: ExecutionStep, at_ms: int) -> int:
    """Since when a step runs that was begun at an instant: as planned, but where it was late."""
    planned_ms = step.start_ms if step.began_ms is None else step.began_ms
    return planned_ms if 0 <= at_ms - planned_ms <= LATE_MS else at_ms


def slot_ms_of(plan: ExecutionPlan) -> int:
    """How long a plan's slots are."""
    return plan.grid.slot_ms if plan.grid else MINUTE_MS


def _ended_works(plan: ExecutionPlan, ended: Collection[str]) -> frozenset[str]:
    """Pieces of work that are done in several steps (``g1.ev_charger.1``), all of which have
    ended."""
    works: dict[str, bool] = {}
    for step in plan.steps:
        if is_interruptible(step):
            work = work_of(step)
            works[work] = works.get(work, True) and step.step_id in ended
    return frozenset(work for work, is_over in works.items() if is_over)


def work_of(step: ExecutionStep) -> str:
    """The piece of work that a step does, or a part of it: what is charged in several steps is one
    (``g1.ev_charger`` of ``g1.ev_charger.2``), and may be other steps in another version."""
    id = original(step.step_id)
    work, _, number = id.rpartition(".")
    return work if is_interruptible(step) and number.isdecimal() else id


def is_interruptible(step: ExecutionStep) -> bool:
    """Whether a step may be ended before its time, its rest planned anew."""
    return step.parameters.get("action") in INTERRUPTIBLE


def dearer_by(later: ExecutionPlan, before: ExecutionPlan, *, ended: Collection[str]) -> int:
    """How much more the later version costs than what is left of the earlier, micro-units."""
    over = set(map(original, ended))
    left = sum(step.estimated_cost for step in before.steps if original(step.step_id) not in over)
    return sum(step.estimated_cost for step in later.steps) - left


def later_by(later: ExecutionPlan, before: ExecutionPlan, *, begun: Collection[str]) -> int:
    """How much later the step that moves furthest begins, milliseconds; 0 when none does. The rest
    of what has begun may wait."""
    known = {step.step_id: step.start_ms for step in before.steps if step.step_id not in begun}
    moved = [s.start_ms - known[s.step_id] for s in later.steps if s.step_id in known]
    return max(0, *moved) if moved else 0


def after(plan: ExecutionPlan, step: ExecutionStep) -> list[str]:
    """The steps that wait for a step to end."""
    return [other.step_id for other in plan.steps if step.step_id in other.dependencies]


def outcome_of(plan: ExecutionPlan, results: Mapping[str, StepResult], *, replans: int) -> Outcome:
    """What a plan came to whose steps have all ended; ``plan`` is the version in force."""
    failed = any(result.ending == "failed" for result in results.values())
    return Outcome(
        plan_id=plan.plan_id,
        status="failed" if failed else "completed",
        version=plan.version,
        results=tuple(results.values()),
        replans=replans,
    )


def question_of(later: ExecutionPlan, *, more_micro: int, wait_ms: int, why: str) -> str:
    """What people are asked about a later version."""
    costs, waits = f"{more_micro / 1e6:+.2f}", f"{wait_ms // 60_000} min later"
    return f"take up version {later.version}: {costs}, {waits}? {why}"[:500]


def what_is_left(
    later: ExecutionPlan, *, ended: Collection[str], parts: Collection[str]
) -> ExecutionPlan:
    """A later version without what has ended meanwhile; what does the rest of a step has an id of
    its own.

    Args:
        later: The version.
        ended: Steps that are over.
        parts: Those of them of which the rest is still to be done.
    """
    names: dict[str, str] = {}
    kept = []
    for step in later.steps:
        if step.step_id in parts or (step.step_id in ended and is_interruptible(step)):
            names[step.step_id] = f"{step.step_id}~{later.version}"
        elif step.step_id in ended:
            continue
        kept.append(step)
    return msgspec.structs.replace(
        later,
        steps=tuple(
            msgspec.structs.replace(
                step,
                step_id=names.get(step.step_id, step.step_id),
                dependencies=tuple(names.get(id, id) for id in step.dependencies),
            )
            for step in kept
        ),
    )


def news_of(
    kind: NewsKind, plan: ExecutionPlan, step: ExecutionStep | None = None, **said: Any
) -> News:
    """What there is to say of a plan, or of a step of it."""
    step_id = "" if step is None else original(step.step_id)
    known = {"plan_id": plan.plan_id, "version": plan.version, "step_id": step_id}
    return News(kind=kind, **{**known, **said})
