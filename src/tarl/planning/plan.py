"""Plans: steps with times and places, what they come to, why, and what they need.

A plan is an immutable version: what changes is a new version with the same ``plan_id``. Every
number that an explanation shows is here, or follows from what is here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec

from tarl.planning.context import ContextSnapshot
from tarl.planning.household import PlacementTarget
from tarl.planning.problem import Terms
from tarl.planning.slots import Grid
from tarl.planning.task import Constraint, Goal, PrivacyClass, TaskSpec, TrustTier


class ExecutionStatus(StrEnum):
    """Where a plan stands; from ``draft`` on only forward, ``cancelled`` from any but the ended."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    EXECUTING = "executing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepType(StrEnum):
    """What a step is."""

    DEVICE_CONTROL = "device_control"
    DATA_COLLECTION = "data_collection"
    ML_INFERENCE = "ml_inference"
    NOTIFICATION = "notification"
    CONDITIONAL = "conditional"
    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"
    FALLBACK = "fallback"


class FeasibilityStatus(StrEnum):
    """Whether all that was asked can be had. ``degraded``: a part of it, ``ExecutionPlan.left_out``
    says what is missing."""

    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


class Strategy(StrEnum):
    """What is weighed most."""

    PRIVACY_FIRST = "privacy_first"
    COST_OPTIMIZED = "cost_optimized"
    LATENCY_OPTIMIZED = "latency_optimized"
    COMFORT_OPTIMIZED = "comfort_optimized"
    BALANCED = "balanced"


class ConsentReference(msgspec.Struct, frozen=True):
    """A consent that a plan stands on, or wants (``consent_token`` empty).

    ``dynamic_consent``: asked for anew before each step that needs it.
    """

    consent_token: str
    scopes: tuple[str, ...]
    trust_tier: TrustTier
    expires_at: int
    dynamic_consent: bool = False


class Guardrail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that must hold before a step runs; checked before handover and again at the step.

    ``kind``: ``privacy`` (placement stays in ``allowed``), ``sandbox`` (runs isolated), ``limits``
    (``parameter`` within ``gte``/``lte``), ``confirm`` (a person said yes to this very step),
    ``fresh`` (``state`` observed at most ``age_max_ms`` ago), ``state`` (the device is in one of
    ``states``), ``consent`` (``scope`` is granted and not revoked).
    """

    kind: Literal["privacy", "sandbox", "limits", "confirm", "fresh", "state", "consent"]
    facts: dict[str, Any] = {}


class RunnerUp(msgspec.Struct, frozen=True, kw_only=True):
    """The best plan in which this step goes elsewhere, and how much more that comes to."""

    start_ms: int
    device_id: str
    placement: PlacementTarget
    cost_more_micro: int
    objective_more: int
    why: str


class ExecutionStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step.

    Attributes:
        step_id: Unique in the plan.
        step_type: What it is.
        device_id: Which device; None for a notification.
        parameters: ``action`` and its arguments.
        dependencies: Steps that must have ended.
        fallback_steps: Steps to take instead when it fails, in order.
        guardrails: What must hold.
        privacy_class: Of what it handles.
        local_execution: Whether it stays in the house.
        estimated_duration_ms, estimated_cost, energy_wh, co2_g: Its own; cost in micro-units, by
            the import price of its slots and without the sun's share.
        start_ms, end_ms: When it runs.
        placement: Where.
        placements: Where it could have been.
        power_w: Mean watts in each slot that it touches, over the whole slot, from that on in which
            it begins.
        goal: The goal that it serves.
        runner_up: Why not otherwise.
        compensate: An action that undoes it, with its arguments; None when nothing does.
        only_if: A condition (see ``CONSTRAINT_VALUES``) that is looked at when it is due, with its
            ``operator`` and further ones under ``also``; the step does not run when one does not
            hold.
        is_span: Whether it ends at ``end_ms``, however late it began; else it ends when it has
            lasted as long as it was planned to.
        began_ms: Since when it runs, where it ran when the plan was made: the step is its rest from
            then on.
    """

    step_id: str
    step_type: StepType
    device_id: str | None
    parameters: dict[str, Any] = {}
    dependencies: tuple[str, ...] = ()
    fallback_steps: tuple[ExecutionStep, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    privacy_class: PrivacyClass = PrivacyClass.INTERNAL
    local_execution: bool = True
    estimated_duration_ms: int = 1000
    estimated_cost: int = 0
    energy_wh: int = 0
    co2_g: int = 0
    start_ms: int = 0
    end_ms: int = 0
    placement: PlacementTarget = PlacementTarget.LOCAL_DEVICE
    placements: tuple[PlacementTarget, ...] = ()
    power_w: tuple[int, ...] = ()
    goal: str = ""
    runner_up: RunnerUp | None = None
    compensate: dict[str, Any] | None = None
    only_if: dict[str, Any] | None = None
    is_span: bool = False
    began_ms: int | None = None


class WayOut(msgspec.Struct, frozen=True, kw_only=True):
    """Rules to give up, and what the best plan without them is."""

    give_up: tuple[str, ...]
    text: str
    cost_micro: int
    starts: dict[str, int]
    """When each step would begin, UTC milliseconds."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that cannot all be kept, none of which is dispensable, and the ways out, cheapest
    first. ``names`` says each rule in words."""

    rules: tuple[str, ...]
    names: dict[str, str]
    ways_out: tuple[WayOut, ...] = ()


class BoundRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that costs something: without it the plan would be cheaper by so much."""

    rule: str
    text: str
    cost_micro: int
    objective: int


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Another plan that is better in something; ``title`` says in what (``0.08 EUR cheaper``)."""

    title: str
    strategy: Strategy
    steps: tuple[ExecutionStep, ...]
    terms: Terms
    objective: int
    needs: tuple[str, ...] = ()
    """Scopes of consent that it needs."""


class Spent(msgspec.Struct, frozen=True):
    """What has been done has come to: micro-units and watt-hours, as they were planned."""

    cost_micro: int = 0
    energy_wh: int = 0


class Along(msgspec.Struct, frozen=True):
    """A task that was planned along with another one (a routine), and its priority."""

    task: TaskSpec
    priority: int


class ExecutionPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """A plan.

    Attributes:
        plan_id: Its own; the same for all versions.
        task_spec: What it is for.
        steps: In order of their start.
        constraints: Every rule that was kept: the user's and the house's.
        goals: Those of the task.
        context_snapshot: What was known.
        consent_references: Those that it stands on or wants.
        status: See there.
        rationale: One paragraph.
        approval_required: Whether a person has to approve it.
        slas: Promises, by name (``deadline_ms``, ``latency_ms``).
        budget: Limits, by name (``cost_micro``, ``latency_ms``, ``energy_wh``).
        created_at, updated_at: UTC milliseconds.
        version: From 1.
        grid: Of the steps.
        strategy: What was weighed most.
        terms: What it comes to.
        objective, bound: The solver's; the gap is between them.
        feasibility: Whether it is all that was asked.
        left_out: What a degraded plan leaves out, in words.
        bound_rules: Rules that cost something.
        conflict: Why there is no plan, or no whole one.
        alternatives: Others.
        policy_hash: Of the policies that it was checked against.
        household_digest: Of the household.
        charge_w, discharge_w: Of batteries by device id, one value a slot.
        baseline_cost_micro: What it would cost to start everything at once; None when that cannot
            be.
        supersedes: The version that it replaces; 0 for none.
        reason: Why it was made: ``request``, or the trigger of a new version.
        over: Ids of goals that earlier versions have seen to, well or badly.
        spent: By goal, what earlier versions' steps have come to.
        along: What was planned along with the task, in order: the goals ``r1.*``, ``r2.*``, ...
    """

    plan_id: str
    task_spec: TaskSpec
    steps: tuple[ExecutionStep, ...]
    constraints: tuple[Constraint, ...] = ()
    goals: tuple[Goal, ...] = ()
    context_snapshot: ContextSnapshot | None = None
    consent_references: tuple[ConsentReference, ...] = ()
    status: ExecutionStatus = ExecutionStatus.DRAFT
    rationale: str = ""
    approval_required: bool = False
    slas: dict[str, int] = {}
    budget: dict[str, int] = {}
    created_at: int = 0
    updated_at: int = 0
    version: int = 1
    grid: Grid | None = None
    strategy: Strategy = Strategy.BALANCED
    terms: Terms = Terms()
    objective: int = 0
    bound: int | None = None
    feasibility: FeasibilityStatus = FeasibilityStatus.UNKNOWN
    left_out: tuple[str, ...] = ()
    bound_rules: tuple[BoundRule, ...] = ()
    conflict: Conflict | None = None
    alternatives: tuple[Alternative, ...] = ()
    policy_hash: str = ""
    household_digest: str = ""
    charge_w: dict[str, tuple[int, ...]] = {}
    discharge_w: dict[str, tuple[int, ...]] = {}
    baseline_cost_micro: int | None = None
    supersedes: int = 0
    reason: str = "request"
    over: tuple[str, ...] = ()
    spent: dict[str, Spent] = {}
    along: tuple[Along, ...] = ()

    @property
    def gap(self) -> float | None:
        """How far it may be from the best plan, as a share of its objective; 0 when proven best."""
        if self.bound is None:
            return None
        return max(0.0, (self.objective - self.bound) / max(1, abs(self.objective)))
