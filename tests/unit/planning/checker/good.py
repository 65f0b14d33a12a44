"""A home, what was known, and a plan of many kinds of steps that keeps every rule."""

from __future__ import annotations

from typing import Any

import msgspec
from tests.plans import Doing, plan_of

from tarl.planning.context import ContextSnapshot, DeviceState, digest_of
from tarl.planning.household import (
    Area,
    Device,
    DeviceCapability,
    Household,
    Phase,
    PlacementTarget,
    Program,
    Storage,
)
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import Grid
from tarl.planning.task import Constraint, PrivacyClass, TrustTier, When

# 2026-11-21 22:00 in Helsinki.
NOW = 1_795_291_200_000
GRID = Grid(start_ms=NOW)
HOUSE = PlacementTarget.EDGE_GATEWAY
CLOUD = PlacementTarget.CLOUD_REGION


def device(id: str, kind: str, *actions: str, **fields: Any) -> Device:
    able = tuple(DeviceCapability(id, action) for action in actions)
    return Device(**{"id": id, "name": id, "kind": kind, "capabilities": able} | fields)


def program(*phases: tuple[int, int], name: str = "usual") -> Program:
    parts = tuple(Phase(duration_ms=minutes * 60_000, power_w=watts) for minutes, watts in phases)
    return Program(name=name, phases=parts)


HOME = Household(
    id="h",
    time_zone="Europe/Helsinki",
    areas=(Area(id="kitchen", name="Kitchen"), Area(id="hall", name="Hall")),
    power_max_w=9_000,
    base_load_w=300,
    devices=(
        device(
            "dishwasher",
            "dishwasher",
            "run",
            "turn_off",
            noisy=True,
            area="kitchen",
            # Twenty minutes: a slot and a third.
            programs=(program((10, 2000), (10, 400)), program((30, 100), name="long")),
        ),
        device("washer", "washing_machine", "run", noisy=True, programs=(program((60, 1000)),)),
        device("dryer", "dryer", "run", noisy=True, programs=(program((45, 700)),)),
        device(
            "car",
            "ev_charger",
            "charge",
            storage=Storage(capacity_wh=50_000, charge_w_max=7_000, efficiency=1000),
        ),
        device(
            "battery",
            "battery",
            "charge",
            "discharge",
            storage=Storage(
                capacity_wh=10_000,
                charge_w_max=4_000,
                discharge_w_max=4_000,
                reserve_wh=1_000,
                efficiency=800,
                wear_micro_per_kwh=10_000,
            ),
        ),
        device("pump", "heat_pump", "set_temperature", limits={"temperature": {"lte": 250}}),
        device("lock", "lock", "lock", privacy_class=PrivacyClass.CONFIDENTIAL, area="hall"),
        device(
            "vacuum", "vacuum", "run", trust_tier=TrustTier.BASIC, programs=(program((30, 40)),)
        ),
        device(
            "camera",
            "camera",
            "detect_people",
            privacy_class=PrivacyClass.RESTRICTED,
            placements=(HOUSE, CLOUD),
        ),
        device("voice", "hub", "recognise", placements=(PlacementTarget.LOCAL_DEVICE, CLOUD)),
        device("blind", "shade", "open"),
    ),
)


def known_of(of: Household = HOME, **fields: Any) -> ContextSnapshot:
    count = GRID.count
    states = {
        "car": DeviceState(state="on", observed_ms=NOW, attributes={"level": 860}),
        "battery": DeviceState(state="on", observed_ms=NOW, attributes={"level": 500}),
    }
    usual: dict[str, Any] = {
        "timestamp": NOW,
        "grid": GRID,
        "time_zone": of.time_zone,
        "currency": of.currency,
        "import_price": tuple(100_000 + 1_000 * slot for slot in range(count)),
        "export_price": (50_000,) * count,
        "solar_w": tuple(2_000 if 44 <= slot < 60 else 0 for slot in range(count)),
        "base_load_w": (250,) * count,
        "co2_g_per_kwh": (80,) * count,
        "home": (900,) * count,
        "asleep": tuple(900 if slot < 32 else 0 for slot in range(count)),
        "quiet": tuple(slot < 34 for slot in range(count)),
        "temperature": (20,) * count,
        "devices": states,
        "events": {"sunrise": (GRID.at(42),)},
        "household_digest": digest_of(of),
    }
    return ContextSnapshot(**usual | fields)


RULES = (
    Constraint("deadline", When(clock="12:00"), id="c1", goals=("g1",)),
    Constraint("cost", {"amount_micro": 60_000, "currency": "EUR"}, id="c2", goals=("g1",)),
    Constraint(
        "condition",
        {"subject": "occupancy", "state": "asleep"},
        operator="neq",
        id="c3",
        goals=("g1",),
    ),
    Constraint("order", {"after": "g2"}, operator="eq", id="c4", goals=("g3",)),
    Constraint("earliest", When(event="sunrise"), operator="gte", id="c5", goals=("g4",)),
    Constraint("privacy", "cloud", operator="neq", id="c6", goals=("g8",)),
    Constraint(
        "window",
        {"from": {"clock": "09:00"}, "to": {"clock": "11:30"}},
        operator="in",
        id="c7",
        goals=("g2", "g3"),
    ),
    Constraint("energy", 1_600, id="c8", goals=("g2", "g3")),
    Constraint("level", 900, operator="gte", id="c9", goals=("g4",)),
)

CONSENT = "detect_people:camera:edge_gateway"

DOINGS = (
    Doing("g1", "dishwasher", "run", 36),
    Doing("g2", "washer", "run", 44),
    Doing("g3", "dryer", "run", 48, None, ("g2.washer",)),
    Doing("g4", "car", "charge", 52, None, (), (4_000,) * 2),
    Doing("g5", "pump", "set_temperature", 3, {"temperature": 210}),
    Doing("g6", "lock", "lock", 4),
    Doing("g7", "vacuum", "run", 40),
    Doing("g8", "camera", "detect_people", 5, scopes=(CONSENT,)),
    Doing("g9", "voice", "recognise", 6, place=CLOUD),
)

BATTERY = {"battery": tuple({0: 2_000, 1: 1_000, 70: -1_600}.get(slot, 0) for slot in range(96))}


def good(**fields: Any) -> ExecutionPlan:
    """The plan; ``fields`` go to its making."""
    usual: dict[str, Any] = {"constraints": RULES, "battery": BATTERY}
    return plan_of(fields.pop("doings", DOINGS), HOME, known_of(), **usual | fields)


def with_step(plan: ExecutionPlan, id: str, **fields: Any) -> ExecutionPlan:
    """The plan with one step changed."""
    steps = tuple(
        msgspec.structs.replace(step, **fields) if step.step_id == id else step
        for step in plan.steps
    )
    assert steps != plan.steps
    return msgspec.structs.replace(plan, steps=steps)


def step(plan: ExecutionPlan, id: str) -> ExecutionStep:
    return next(step for step in plan.steps if step.step_id == id)
