"""The enums and models of planning in one place, under the names of seed 003."""

from __future__ import annotations

from tarl.planning.context import ContextSnapshot
from tarl.planning.household import DeviceCapability, PlacementTarget
from tarl.planning.plan import (
    Alternative,
    ConsentReference,
    ExecutionPlan,
    ExecutionStatus,
    ExecutionStep,
    FeasibilityStatus,
    StepType,
    Strategy,
)
from tarl.planning.plans.metrics import PlanMetrics, SystemMetrics
from tarl.planning.requests import (
    OrchestrationConfig,
    OrchestrationRequest,
    OrchestrationResponse,
    Preferences,
)
from tarl.planning.task import (
    Constraint,
    Goal,
    PrivacyClass,
    TaskSpec,
    TriggerType,
    TrustTier,
)

__all__ = [
    "Alternative",
    "ConsentReference",
    "Constraint",
    "ContextSnapshot",
    "DeviceCapability",
    "ExecutionPlan",
    "ExecutionStatus",
    "ExecutionStep",
    "FeasibilityStatus",
    "Goal",
    "OrchestrationConfig",
    "OrchestrationRequest",
    "OrchestrationResponse",
    "PlacementTarget",
    "PlanMetrics",
    "Preferences",
    "PrivacyClass",
    "StepType",
    "Strategy",
    "SystemMetrics",
    "TaskSpec",
    "TriggerType",
    "TrustTier",
]
