"""A small home, an evening in it, and a planner that really solves."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.formulation.formulate import Effort, Request
from tarl.planning.formulation.jobs import Ruling
from tarl.planning.household import (
    Area,
    Device,
    DeviceCapability,
    Floor,
    Household,
    Phase,
    PlacementTarget,
    Program,
    Storage,
)
from tarl.planning.plan import ExecutionPlan
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.problem import Problem, Solution
from tarl.planning.slots import grid_from
from tarl.planning.solver.solve import solve_here
from tarl.planning.task import Constraint, Goal, PrivacyClass, TaskSpec, TriggerType, TrustTier
from tarl.values.instants import from_datetime, to_datetime

ZONE = ZoneInfo("Europe/Helsinki")
NOW = from_datetime(datetime(2025, 5, 7, 20, 0, tzinfo=ZONE))
"""A Wednesday evening."""

HOUR = 3_600_000


def device(id: str, kind: str, *can: str, **fields: Any) -> Device:
    """A device that can do these things."""
    return Device(
        id=id,
        name=fields.pop("name", id.replace("_", " ").capitalize()),
        kind=kind,
        capabilities=tuple(DeviceCapability(id, action) for action in can),
        **fields,
    )


def runs(hours: float, watts: int, name: str = "usual") -> tuple[Program, ...]:
    """A program of one phase."""
    return (Program(name=name, phases=(Phase(int(hours * HOUR), watts),)),)


HOME = Household(
    id="h",
    time_zone=ZONE.key,
    floors=(Floor(id="ground", name="Ground floor"),),
    areas=(
        Area(id="kitchen", name="Kitchen", floor="ground"),
        Area(id="living_room", name="Living room", floor="ground"),
        Area(id="attic", name="Attic"),
    ),
    power_max_w=6_000,
    devices=(
        device(
            "dishwasher",
            "dishwasher",
            "run",
            "turn_off",
            area="kitchen",
            noisy=True,
            programs=(*runs(2, 1_000), *runs(0.5, 2_000, "quick")),
        ),
        device("washer", "washing_machine", "run", area="attic", programs=runs(1, 2_000)),
        device("dryer", "dryer", "run", area="attic", programs=runs(1, 1_500)),
        device(
            "car",
            "ev_charger",
            "charge",
            "turn_off",
            storage=Storage(capacity_wh=40_000, charge_w_max=4_000, efficiency=1000),
        ),
        device(
            "light",
            "light",
            "turn_on",
            "turn_off",
            "set_brightness",
            area="living_room",
            power_w=40,
        ),
        device("lamp", "light", "turn_on", "turn_off", area="kitchen", power_w=40),
        device(
            "heating",
            "heat_pump",
            "set_temperature",
            area="living_room",
            limits={"temperature": {"gte": 160, "lte": 250}},
        ),
        device("door", "lock", "lock", "unlock", privacy_class=PrivacyClass.CONFIDENTIAL),
        device(
            "camera",
            "camera",
            "detect_people",
            privacy_class=PrivacyClass.RESTRICTED,
            trust_tier=TrustTier.BASIC,
            placements=(PlacementTarget.EDGE_GATEWAY, PlacementTarget.CLOUD_REGION),
            programs=runs(1, 5),
        ),
        device(
            "speech",
            "hub",
            "run",
            placements=(PlacementTarget.EDGE_GATEWAY, PlacementTarget.CLOUD_REGION),
            programs=runs(1, 5),
        ),
    ),
)


def hour_of(slot: int) -> float:
    """The hour on the wall when a slot of the evening begins."""
    return (20 + slot / 4) % 24


def evening(**fields: Any) -> ContextSnapshot:
    """20:00 and the day after: dear in the evening, cheapest at 02:00, asleep from 23 to 7."""
    grid = grid_from(NOW, hours=24)
    slots = range(grid.count)
    known: dict[str, Any] = {
        "import_price": tuple(
            100_000 if 2 <= hour_of(s) < 4 else 400_000 if hour_of(s) >= 20 else 250_000
            for s in slots
        ),
        "export_price": (50_000,) * grid.count,
        "base_load_w": (300,) * grid.count,
        "solar_w": tuple(3_000 if 11 <= hour_of(s) < 14 else 0 for s in slots),
        "co2_g_per_kwh": (100,) * grid.count,
        "home": (1000,) * grid.count,
        "asleep": tuple(950 if hour_of(s) >= 23 or hour_of(s) < 7 else 0 for s in slots),
        "quiet": tuple(hour_of(s) >= 22 or hour_of(s) < 6 for s in slots),
        "devices": {"car": DeviceState(state="idle", observed_ms=NOW, attributes={"level": 500})},
    }
    return ContextSnapshot(
        timestamp=NOW, grid=grid, time_zone=ZONE.key, currency="EUR", **{**known, **fields}
    )


def task(*parts: Goal | Constraint, **fields: Any) -> TaskSpec:
    """Goals and constraints, with ids in their order."""
    goals = [part for part in parts if isinstance(part, Goal)]
    bounds = [part for part in parts if isinstance(part, Constraint)]
    return TaskSpec(
        task_id="t",
        trigger_type=TriggerType.USER_REQUEST,
        intent=fields.pop("intent", "do it"),
        goals=tuple(_with_id(goal, f"g{n}") for n, goal in enumerate(goals, 1)),
        constraints=tuple(_with_id(bound, f"c{n}") for n, bound in enumerate(bounds, 1)),
        trust_tier=TrustTier.TRUSTED,
        **fields,
    )


def _with_id(part: Any, id: str) -> Any:
    return part if part.id else msgspec.structs.replace(part, id=id)


def run_of(target: str, **value: Any) -> Goal:
    """Run something."""
    return Goal("achieve", target, {"action": "run", **value})


def cheaply() -> Goal:
    """As cheaply as can be."""
    return Goal("minimize", "cost")


def by(clock: str, **fields: Any) -> Constraint:
    """A deadline."""
    return Constraint("deadline", {"clock": clock}, **fields)


def for_at_most(euros: float, currency: str = "EUR") -> Constraint:
    """A budget."""
    return Constraint("cost", {"amount_micro": round(euros * 1e6), "currency": currency})


def not_while(state: str, **fields: Any) -> Constraint:
    """A condition of occupancy."""
    value = {"subject": "occupancy", "state": state}
    return Constraint("condition", value, operator="neq", **fields)


class AllowAll:
    """A gate that allows everything; ``wanted`` are scopes without which it does not."""

    policy_hash = "none"

    def __init__(self, wanted: dict[str, str] | None = None) -> None:
        self.wanted = wanted or {}

    def ruling(
        self,
        task: TaskSpec,
        device: Device,
        action: str,
        placement: PlacementTarget,
        *,
        now_ms: int,
    ) -> Ruling:
        """Allowed, with the consent that is wanted for the placement."""
        return Ruling(is_allowed=True, scope=self.wanted.get(placement.value))


async def solved(problem: Problem) -> Solution:
    """By the real solver, in this process."""
    return solve_here(problem)


def planned(
    wanted: TaskSpec,
    snapshot: ContextSnapshot | None = None,
    *,
    gate: Any = None,
    also: tuple[Request, ...] = (),
    **options: Any,
) -> ExecutionPlan:
    """The plan of a task, in the small home."""
    planner = ExecutionPlanner(solved, gate or AllowAll())
    return asyncio.run(
        planner.plan(
            wanted,
            options.pop("home", HOME),
            snapshot or evening(),
            plan_id="p",
            also=also,
            effort=options.pop("effort", Effort(alternatives=0, are_rules_priced=False)),
            **options,
        )
    )


def starts(plan: ExecutionPlan) -> dict[str, str]:
    """When each step begins, on the wall."""
    return {
        step.step_id: to_datetime(step.start_ms).astimezone(ZONE).strftime("%H:%M")
        for step in plan.steps
    }
