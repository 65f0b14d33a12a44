"""What the tests of recorded plans stand on: a small plan, a snapshot, a clock set by hand."""

from __future__ import annotations

from typing import Any

from tests.unit.tenancy.parts import HandClock

from tarl.journal.memory import MemoryStore
from tarl.journal.store import Store
from tarl.planning.context import ContextSnapshot
from tarl.planning.plan import ExecutionPlan, ExecutionStep, StepType
from tarl.planning.plans.ledger import PlanLedger
from tarl.planning.plans.state import PLANS_PROJECTION
from tarl.planning.slots import Grid
from tarl.planning.task import Goal, TaskSpec, TriggerType

DAY_MS = 86_400_000


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=(PLANS_PROJECTION,))


def ledger(store: Store | None = None, clock: HandClock | None = None) -> PlanLedger:
    return PlanLedger(store or memory(), clock=clock or HandClock())


def task(**changes: Any) -> TaskSpec:
    given: dict[str, Any] = {
        "task_id": "t1",
        "trigger_type": TriggerType.USER_REQUEST,
        "intent": "run the dishwasher",
        "goals": (Goal("achieve", "dishwasher", {"action": "run"}, id="g1"),),
        "user_id": "anna",
    }
    return TaskSpec(**{**given, **changes})


def snapshot(**changes: Any) -> ContextSnapshot:
    given: dict[str, Any] = {
        "timestamp": 1_800_000_000_000,
        "grid": Grid(start_ms=1_800_000_000_000, slot_ms=900_000, count=4),
        "time_zone": "Europe/Helsinki",
        "currency": "EUR",
        "import_price": (120_000, 80_000, None, -5_000),
    }
    return ContextSnapshot(**{**given, **changes})


def step(id: str = "s1", **changes: Any) -> ExecutionStep:
    given: dict[str, Any] = {
        "step_type": StepType.DEVICE_CONTROL,
        "device_id": "dishwasher",
        "parameters": {"action": "run"},
        "start_ms": 1_800_000_900_000,
        "end_ms": 1_800_001_800_000,
    }
    return ExecutionStep(step_id=id, **{**given, **changes})


def plan(id: str = "p1", version: int = 1, **changes: Any) -> ExecutionPlan:
    given: dict[str, Any] = {
        "task_spec": task(),
        "steps": (step(),),
        "context_snapshot": snapshot(),
        "version": version,
        "supersedes": version - 1,
    }
    return ExecutionPlan(plan_id=id, **{**given, **changes})
