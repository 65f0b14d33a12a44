"""Seed 003's examples, as the document writes them but for the import path."""

from __future__ import annotations

import ast
import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

from tarl.planning.plan import ExecutionStatus

BASIC = """\
from tarl.planning.engine import OrchestrationEngine
from tarl.planning.models import OrchestrationRequest, TriggerType

# Initialize the engine
engine = OrchestrationEngine()
await engine.start()

# Create an execution plan
request = OrchestrationRequest(
    trigger_type=TriggerType.USER_REQUEST,
    intent="optimize energy usage in the living room",
    user_id="user_123",
    context_hints={"location": "living_room"},
    preferences={"privacy_first": True}
)

response = await engine.create_execution_plan(request)
print(f"Plan created: {response.plan_id}")
print(f"Status: {response.status.value}")
print(f"Rationale: {response.rationale}")

# Get plan status
status = await engine.get_plan_status(response.plan_id)
print(f"Plan status: {status}")

# Get system metrics
metrics = await engine.get_system_metrics()
print(f"System metrics: {metrics}")
"""

STOP = """\
await engine.stop()
"""

ADVANCED = """\
# Preview mode - see what would happen without executing
preview_request = OrchestrationRequest(
    trigger_type=TriggerType.PREVIEW_REQUEST,
    intent="what would happen if I automate the morning routine",
    user_id="user_123",
    preview_mode=True
)

response = await engine.create_execution_plan(preview_request)
print(f"Preview plan: {response.rationale}")

# Cancel a running plan
cancelled = await engine.cancel_plan(plan_id)
print(f"Plan cancelled: {cancelled}")
"""

CONFIGURATION = """\
from tarl.planning.agent import OrchestrationConfig

config = OrchestrationConfig(
    max_planning_time_ms=5000,        # Maximum time to create a plan
    max_plan_alternatives=3,          # Number of alternative plans to generate
    enable_preview_mode=True,         # Enable preview functionality
    enable_replanning=True,           # Enable automatic replanning
    privacy_first=True,               # Prioritize privacy by default
    local_execution_preference=0.8,   # Prefer local execution (0.0-1.0)
    cost_budget_default=1.0,          # Default cost budget in dollars
    latency_budget_default_ms=5000    # Default latency budget in milliseconds
)
"""

PARTS = """\
from tarl.planning.agent import OrchestrationAgent
from tarl.planning.context_puller import ContextPuller
from tarl.planning.explainer import PlanExplainer
from tarl.planning.intent_translator import IntentTranslator
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.policy_gate import PolicyGate

agent = OrchestrationAgent(config)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, tarl_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def execute(*examples: str) -> dict[str, Any]:
    """Run examples in one event loop, and return the names that they define."""
    space: dict[str, Any] = {}

    async def work() -> None:
        for example in examples:
            code = compile(example, "seed-003", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            made = eval(code, space)  # the document's own text
            if inspect.isawaitable(made):
                await made

    asyncio.run(work())
    return space


def test_the_examples_of_use(capsys: pytest.CaptureFixture[str]) -> None:
    names = execute(BASIC, "first, plan_id = response, response.plan_id\n", ADVANCED, STOP)
    first = names["first"]
    assert first.errors == ()
    assert first.status is ExecutionStatus.DRAFT
    assert {step.device_id for step in first.plan.steps} == {"light.living_room"}
    assert names["status"]["plan_id"] == first.plan_id
    assert names["status"]["rationale"] == first.rationale
    assert names["metrics"]["total_plans"] == 1
    assert names["response"].plan.task_spec.is_hypothetical
    assert names["response"].plan.steps
    assert names["cancelled"] is True
    assert f"Plan created: {first.plan_id}\nStatus: draft\n" in capsys.readouterr().out
    assert [str(path) for path in Path("data").glob("*.db")] == ["data/tarl.db"]


def test_the_configuration_is_the_usual_one() -> None:
    names = execute(CONFIGURATION, PARTS)
    assert names["config"] == names["OrchestrationConfig"]()
    assert names["agent"].config is names["config"]


def test_the_models_have_the_names_of_the_seed() -> None:
    from tarl.planning import models

    values = {
        "PrivacyClass": "public internal confidential restricted",
        "TrustTier": "untrusted basic verified trusted privileged",
        "ExecutionStatus": ("draft pending_approval approved executing completed failed cancelled"),
        "StepType": (
            "device_control data_collection ml_inference notification conditional parallel"
            " sequential fallback"
        ),
        "TriggerType": (
            "user_request scheduled_routine insight_recommendation state_drift device_failure"
            " consent_change preview_request"
        ),
        "PlacementTarget": "local_device edge_gateway edge_cluster cloud_region hybrid",
        "FeasibilityStatus": "feasible infeasible degraded unknown",
    }
    for name, expected in values.items():
        assert [each.value for each in getattr(models, name)] == expected.split()
    assert set(models.__all__) >= {
        "ConsentReference",
        "Constraint",
        "ContextSnapshot",
        "DeviceCapability",
        "ExecutionPlan",
        "ExecutionStep",
        "Goal",
        "OrchestrationRequest",
        "OrchestrationResponse",
        "PlanMetrics",
        "TaskSpec",
    }
    goal = models.Goal("optimize", "energy")
    bound = models.Constraint("cost", {"amount_micro": 1, "currency": "EUR"})
    assert (goal.weight, bound.operator, bound.priority) == (1.0, "lte", 1)
