"""Plans made by hand: steps where a test wants them, with numbers of its own arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from tarl.planning.context import ContextSnapshot, digest_of
from tarl.planning.guardrails import attach, privacy_of
from tarl.planning.household import IN_THE_HOUSE, Device, Household, PlacementTarget
from tarl.planning.plan import (
    ConsentReference,
    ExecutionPlan,
    ExecutionStep,
    FeasibilityStatus,
    StepType,
)
from tarl.planning.problem import Terms
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import Constraint, Goal, PrivacyClass, TaskSpec, TriggerType, TrustTier


class Doing(NamedTuple):
    """A goal, and the step that serves it."""

    goal: str
    device: str
    action: str
    slot: int
    arguments: Mapping[str, Any] | None = None
    after: tuple[str, ...] = ()
    watts: tuple[int, ...] = ()
    place: PlacementTarget | None = None
    scopes: tuple[str, ...] = ()
    wanted: Mapping[str, Any] | None = None
    """What the goal says besides the action."""


def half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


def step_of(
    doing: Doing,
    home: Household,
    known: ContextSnapshot,
    *,
    asker: TrustTier = TrustTier.VERIFIED,
    local_only: bool = False,
) -> ExecutionStep:
    """The step of a doing, complete."""
    device, grid = home.device(doing.device), known.grid
    power, lasts = _power(doing, device, known)
    place = doing.place or device.placements[0]
    start_ms = grid.at(doing.slot)
    hours = Fraction(grid.slot_ms, 3_600_000)
    slots = range(doing.slot, doing.slot + len(power))

    def over(series: tuple[int | None, ...]) -> Fraction:
        pairs = zip(slots, power, strict=True)
        return sum((w * (series[s] or 0) * hours / 1000 for s, w in pairs), Fraction())

    step = ExecutionStep(
        step_id=f"{doing.goal}.{doing.device}",
        step_type=StepType.DEVICE_CONTROL,
        device_id=doing.device,
        parameters={"action": doing.action, **(doing.arguments or {})},
        dependencies=tuple(doing.after),
        privacy_class=device.privacy_class,
        local_execution=place in IN_THE_HOUSE,
        estimated_duration_ms=lasts,
        estimated_cost=half_up(over(known.import_price)) if known.import_price else 0,
        energy_wh=half_up(sum(power) * hours),
        co2_g=half_up(over(known.co2_g_per_kwh)) if known.co2_g_per_kwh else 0,
        start_ms=start_ms,
        end_ms=start_ms + lasts,
        placement=place,
        placements=device.placements,
        power_w=power,
        goal=doing.goal,
    )
    rails = attach(step, device, asker=asker, scopes=doing.scopes, local_only=local_only)
    return ExecutionStep(
        **{name: getattr(step, name) for name in step.__struct_fields__} | {"guardrails": rails}
    )


def _power(doing: Doing, device: Device, known: ContextSnapshot) -> tuple[tuple[int, ...], int]:
    if doing.watts:
        return doing.watts, len(doing.watts) * known.grid.slot_ms
    if doing.action == "run":
        return device.programs[0].power_in(known.grid), device.programs[0].duration_ms
    return (0,), MINUTE_MS


def plan_of(
    doings: Sequence[Doing],
    home: Household,
    known: ContextSnapshot,
    *,
    constraints: Sequence[Constraint] = (),
    asker: TrustTier = TrustTier.VERIFIED,
    battery: dict[str, tuple[int, ...]] | None = None,
    expires_at: int = 0,
) -> ExecutionPlan:
    """The plan of all of them; ``battery`` holds what flows into each, below 0 out of it."""
    steps = [step_of(doing, home, known, asker=asker) for doing in doings]
    flows = battery or {}
    for id, flow in flows.items():
        steps += _told(id, flow, home, known)
    goals = tuple(
        Goal(
            "achieve",
            doing.device,
            {"action": doing.action, **(doing.wanted or {})},
            id=doing.goal,
        )
        for doing in doings
    )
    house = [Constraint("quiet", True, operator="eq", id="house:quiet", source="house rule")]
    if home.power_max_w is not None:
        house.append(Constraint("power", home.power_max_w, id="house:power", source="connection"))
    scopes = tuple(scope for doing in doings for scope in doing.scopes)
    asked = (ConsentReference("", scopes, asker, expires_at),) if scopes else ()
    private = {privacy_of(step, home.device(str(step.device_id))) for step in steps}
    return ExecutionPlan(
        plan_id="p1",
        task_spec=TaskSpec(
            task_id="t1",
            trigger_type=TriggerType.USER_REQUEST,
            intent="by hand",
            goals=goals,
            constraints=tuple(constraints),
            trust_tier=asker,
        ),
        steps=tuple(sorted(steps, key=lambda step: (step.start_ms, step.step_id))),
        constraints=(*constraints, *house),
        goals=goals,
        context_snapshot=known,
        consent_references=asked,
        approval_required=_asks(private, asker),
        grid=known.grid,
        terms=terms_of(steps, home, known, flows),
        feasibility=FeasibilityStatus.FEASIBLE,
        household_digest=digest_of(home),
        charge_w={id: tuple(max(0, each) for each in flow) for id, flow in flows.items()},
        discharge_w={id: tuple(max(0, -each) for each in flow) for id, flow in flows.items()},
    )


def _asks(classes: set[PrivacyClass], asker: TrustTier) -> bool:
    tiers = list(TrustTier)
    upto = {
        PrivacyClass.INTERNAL: TrustTier.UNTRUSTED,
        PrivacyClass.CONFIDENTIAL: TrustTier.BASIC,
        PrivacyClass.RESTRICTED: TrustTier.VERIFIED,
    }
    return any(each in upto and tiers.index(asker) <= tiers.index(upto[each]) for each in classes)


def _told(
    id: str, flow: tuple[int, ...], home: Household, known: ContextSnapshot
) -> list[ExecutionStep]:
    """One step for each slot in which the battery does something."""
    steps = []
    for slot, watts in enumerate(flow):
        if watts:
            told = {"power_w": abs(watts), "at_end": {"action": "idle"}}
            doing = Doing("", id, "charge" if watts > 0 else "discharge", slot, told, (), (0,))
            step = step_of(doing, home, known)
            fields = {name: getattr(step, name) for name in step.__struct_fields__}
            steps.append(ExecutionStep(**fields | {"step_id": f"{id}@{slot}", "power_w": ()}))
    return steps


def terms_of(
    steps: Sequence[ExecutionStep],
    home: Household,
    known: ContextSnapshot,
    flows: dict[str, tuple[int, ...]],
) -> Terms:
    """What the steps and batteries come to."""
    grid, hours = known.grid, Fraction(known.grid.slot_ms, 3_600_000)
    cost = co2 = Fraction()
    peak = 0
    for slot in range(grid.count):
        load = sum(
            step.power_w[slot - grid.slot_of(step.start_ms)]
            for step in steps
            if 0 <= slot - grid.slot_of(step.start_ms) < len(step.power_w)
        )
        base = known.base_load_w[slot] if known.base_load_w else None
        sun = known.solar_w[slot] if known.solar_w else None
        net = (home.base_load_w if base is None else base) - (sun or 0) + load
        net += sum(flow[slot] for flow in flows.values())
        peak = max(peak, net)
        bought = (known.import_price[slot] if known.import_price else None) or 0
        sold = (known.export_price[slot] if known.export_price else None) or 0
        sold = min(sold if home.export_allowed else 0, bought)
        cost += net * hours / 1000 * (bought if net >= 0 else sold)
        co2 += max(0, net) * hours / 1000 * ((known.co2_g_per_kwh or (0,) * grid.count)[slot] or 0)
        for id, flow in flows.items():
            storage = home.device(id).storage
            assert storage is not None
            cost += max(0, -flow[slot]) * hours / 1000 * storage.wear_micro_per_kwh
    ends = [-(-(s.end_ms - grid.start_ms) // grid.slot_ms) for s in steps if s.goal]
    return Terms(
        cost=half_up(cost),
        co2=half_up(co2),
        peak=peak,
        makespan=max(ends, default=0),
        energy_wh=sum(step.energy_wh for step in steps),
    )
