"""Versions of a plan, side by side: what is new in one, and what it asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from tarl.planning.execution.handover import Drift
from tarl.planning.execution.home import Asked
from tarl.planning.formulation.formulate import Progress
from tarl.planning.plan import ExecutionPlan

INTERRUPTIBLE = frozenset({"charge", "discharge"})
"""Actions whose rest a later version plans anew."""


def what_to_plan(
    plan: ExecutionPlan,
    drifts: Sequence[Drift],
    *,
    ended: Collection[str],
    begun: Mapping[str, int],
    now_ms: int,
) -> Asked:
    """What is asked of the planner after something has drifted; ``begun`` says since when."""
    whole = any(not drift.affected for drift in drifts)
    touched = {id for drift in drifts for id in drift.affected}
    slot_ms = plan.grid.slot_ms if plan.grid else 1
    running = [id for id in begun if id not in ended and not is_interruptible(plan, id)]
    return Asked(
        plan_id=plan.plan_id,
        version=plan.version,
        reason="; ".join(dict.fromkeys(drift.text for drift in drifts))[:500],
        affected=None if whole else tuple(sorted(touched)),
        progress=Progress(
            ended=frozenset(ended),
            elapsed={id: (now_ms - begun[id]) // slot_ms for id in running},
        ),
    )


def is_interruptible(plan: ExecutionPlan, id: str) -> bool:
    """Whether a step may be ended before its time, its rest planned anew."""
    step = next((step for step in plan.steps if step.step_id == id), None)
    return step is not None and step.parameters.get("action") in INTERRUPTIBLE


def dearer_by(later: ExecutionPlan, before: ExecutionPlan, *, ended: Collection[str]) -> int:
    """How much more the later version costs than what is left of the earlier, micro-units."""
    left = sum(step.estimated_cost for step in before.steps if step.step_id not in ended)
    return sum(step.estimated_cost for step in later.steps) - left


def later_by(later: ExecutionPlan, before: ExecutionPlan, *, begun: Collection[str]) -> int:
    """How much later the step that moves furthest begins, milliseconds; 0 when none does. The rest
    of what has begun may wait."""
    known = {step.step_id: step.start_ms for step in before.steps if step.step_id not in begun}
    moved = [s.start_ms - known[s.step_id] for s in later.steps if s.step_id in known]
    return max(0, *moved) if moved else 0


def apart(plan: ExecutionPlan, taken: frozenset[str]) -> ExecutionPlan:
    """The plan, with ids of its own where an earlier version's step of that id has ended."""
    names = {
        step.step_id: f"{step.step_id}~{plan.version}"
        for step in plan.steps
        if step.step_id in taken
    }
    if not names:
        return plan
    return msgspec.structs.replace(
        plan,
        steps=tuple(
            msgspec.structs.replace(
                step,
                step_id=names.get(step.step_id, step.step_id),
                dependencies=tuple(names.get(id, id) for id in step.dependencies),
            )
            for step in plan.steps
        ),
    )


def ways_out(plan: ExecutionPlan) -> dict[str, Any]:
    """What people are told of a conflict."""
    if plan.conflict is None:
        return {}
    return {"ways_out": [way.text for way in plan.conflict.ways_out], "rules": plan.conflict.names}
