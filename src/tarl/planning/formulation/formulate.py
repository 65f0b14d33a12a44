"""The problem that a task is, for a home, with what is known: numbers alone, for the solver.

1. What may not leave the house has no option outside: it is impossible, not dear.
2. A placement that the gate refuses is no option; one that needs a consent is, and the plan says
   so.
3. One thing at a time per device.
4. Batteries are part of it where the house's energy is what is asked about, and where their level
   is known.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

import msgspec

from tarl.errors import Denied, Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.measures import with_measures
from tarl.planning.formulation.rules import (
    OUTSIDE,
    POWER_RULE,
    PRICES_RULE,
    Bounds,
    bounds_of,
    house_constraints,
)
from tarl.planning.formulation.wants import Want, Way, is_within, wants_of
from tarl.planning.formulation.weights import (
    counts_grid,
    objectives,
    strategy_for,
    weights_for,
)
from tarl.planning.household import Device, Household, PlacementTarget
from tarl.planning.plan import Strategy
from tarl.planning.problem import (
    Battery,
    Job,
    Option,
    Power,
    Problem,
    Resource,
)
from tarl.planning.task import Constraint, PrivacyClass, TaskSpec

LATENCY_MS: dict[PlacementTarget, int] = {
    PlacementTarget.LOCAL_DEVICE: 20,
    PlacementTarget.EDGE_GATEWAY: 50,
    PlacementTarget.EDGE_CLUSTER: 80,
    PlacementTarget.HYBRID: 150,
    PlacementTarget.CLOUD_REGION: 250,
}
"""What an answer from there usually takes."""

EXPOSURE: dict[PrivacyClass, int] = {
    PrivacyClass.PUBLIC: 0,
    PrivacyClass.INTERNAL: 1,
    PrivacyClass.CONFIDENTIAL: 10,
    PrivacyClass.RESTRICTED: 100,
}
"""What leaves the house with a step that is computed outside, by the class of its data."""

CLOUD_FEE_MICRO = 100
STAYS_IN = frozenset({PrivacyClass.CONFIDENTIAL, PrivacyClass.RESTRICTED})
DROPPED_PER_PRIORITY = 10**10
"""What leaving out work of priority 1 costs the objective: as a hundred euros would."""


class Ruling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the gate says to a device doing something somewhere.

    Attributes:
        is_allowed: Whether it may be planned at all.
        reason: Why not, or what it stands on.
        scope: The consent that it needs; None for none.
        token: The consent that is there; None when it is still wanted.
        expires_at: Of the consent that is there, or the longest that one may be given for.
        requires_approval: Whether a person has to approve it besides.
        is_dynamic: Whether the consent is asked for anew before each step.
    """

    is_allowed: bool
    reason: str = ""
    scope: str | None = None
    token: str | None = None
    expires_at: int = 0
    requires_approval: bool = False
    is_dynamic: bool = False


class Permits(Protocol):
    """The gate, as far as planning asks it."""

    @property
    def policy_hash(self) -> str:
        """Of the policies that it decides by."""
        ...

    def ruling(
        self,
        task: TaskSpec,
        device: Device,
        action: str,
        placement: PlacementTarget,
        *,
        now_ms: int,
    ) -> Ruling:
        """What it says to the device doing this for the task, computed there."""
        ...


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is planned together with others, and whose plan gives way: the lower priority."""

    task: TaskSpec
    priority: int = 5


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a plan has come: steps that have ended, and slots for which others have run, by
    step."""

    ended: frozenset[str] = frozenset()
    elapsed: dict[str, int] = {}


class Formulated(msgspec.Struct, frozen=True, kw_only=True):
    """A problem, and what its numbers stand for.

    ``task`` is the first one, with its measures; ``rulings`` are by job and option; ``constraints``
    are all that the rules come from.
    """

    problem: Problem
    task: TaskSpec
    wants: dict[str, Want]
    rulings: dict[tuple[str, str], Ruling]
    constraints: tuple[Constraint, ...]
    only_if: dict[str, dict[str, Any]]
    strategy: Strategy
    household: Household
    snapshot: ContextSnapshot


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much is asked of the solver."""

    alternatives: int = 3
    time_limit_ms: int = 5_000
    seed: int = 0
    workers: int = 2
    are_rules_priced: bool = True


def formulate(
    requests: Sequence[Request],
    household: Household,
    snapshot: ContextSnapshot,
    *,
    permits: Permits,
    strategy: Strategy | None = None,
    effort: Effort | None = None,
    may_drop: bool = False,
    consented_only: bool = False,
    progress: Progress | None = None,
    without: Collection[str] = (),
) -> Formulated:
    """The problem of doing all that is requested.

    Args:
        requests: What is wanted; the first is the one that the plan is for.
        household: The home.
        snapshot: What is known.
        permits: The gate.
        strategy: What is weighed most; what the first task asks for when left out.
        effort: How much is asked of the solver.
        may_drop: Whether jobs may be left out, at a price by priority.
        consented_only: Whether what needs a consent that is not there is no option.
        progress: What of it has been done.
        without: Ids of rules that are given up: the way out of a conflict.

    Raises:
        Missing, Invalid: see ``wants_of`` and ``bounds_of``; ``plan.nothing_to_do``.
        Denied: ``plan.not_permitted``: the gate leaves a device no way to do it.
    """
    effort = effort or Effort()
    requests = [
        msgspec.structs.replace(request, task=with_measures(request.task, household, snapshot))
        for request in requests
    ]
    task = _without(requests[0].task, without)
    requests = [msgspec.structs.replace(requests[0], task=task), *requests[1:]]
    chosen = strategy or strategy_for(task)
    house = [c for c in house_constraints(household, snapshot) if c.id not in without]
    wants: list[Want] = []
    bounds: list[Bounds] = []
    rulings: dict[tuple[str, str], Ruling] = {}
    for index, request in enumerate(requests):
        found = wants_of(request.task, household, snapshot, priority=request.priority)
        renamed = found if not index else [_of_request(want, index) for want in found]
        renamed = _left(renamed, progress or Progress())
        constraints = [_of(request.task, c, index) for c in request.task.constraints]
        bounds.append(bounds_of(constraints, renamed, snapshot))
        for want in renamed:
            rulings |= _rulings(want, request.task, snapshot, permits)
        wants += renamed
    bounds.append(bounds_of(house, wants, snapshot))
    jobs = tuple(
        _job(
            want,
            rulings,
            snapshot,
            drop_penalty=_dropped(want, wants) if may_drop else None,
            consented_only=consented_only,
        )
        for want in wants
    )
    batteries = _batteries(household, wants, snapshot, task) if _is_about_energy(task) else ()
    if not jobs and not batteries:
        raise Invalid(
            "there is nothing to do: no goal asks a device for anything, and nothing that is known "
            "could serve it",
            code="plan.nothing_to_do",
            next_step="say what is to be done, and with which device",
        )
    rules = tuple(rule for bound in bounds for rule in bound.rules)
    problem = Problem(
        slot_ms=snapshot.grid.slot_ms,
        count=snapshot.grid.count,
        jobs=jobs,
        rules=rules,
        resources=_resources(wants, snapshot.grid.count),
        batteries=batteries,
        power=_power(household, snapshot, counts_grid_alone=counts_grid(task)),
        weights=weights_for(task, chosen),
        alternatives=effort.alternatives,
        priced=tuple(dict.fromkeys(r.id for r in rules)) if effort.are_rules_priced else (),
        time_limit_ms=effort.time_limit_ms,
        seed=effort.seed,
        workers=effort.workers,
    )
    return Formulated(
        problem=problem,
        task=task,
        wants={want.id: want for want in wants},
        rulings=rulings,
        constraints=(*task.constraints, *house),
        only_if={id: only for bound in bounds for id, only in bound.only_if.items()},
        strategy=chosen,
        household=household,
        snapshot=snapshot,
    )


def _of_request(want: Want, index: int) -> Want:
    """A further request's want, with ids that do not meet those of the first."""
    return msgspec.structs.replace(
        want,
        id=f"r{index}.{want.id}",
        goal=f"r{index}.{want.goal}",
        step=f"r{index}.{want.step}",
        after=tuple(f"r{index}.{id}" for id in want.after),
    )


def _without(task: TaskSpec, rules: Collection[str]) -> TaskSpec:
    """The task without some of its constraints.

    Raises:
        Invalid: ``plan.essential``: a rule that nobody may give up.
    """
    if POWER_RULE in rules or PRICES_RULE in rules:
        raise Invalid(
            "what the connection carries, and what is not known, cannot be given up",
            code="plan.essential",
            next_step="give up a rule of your own",
            rules=sorted(rules),
        )
    kept = tuple(bound for bound in task.constraints if bound.id not in rules)
    return msgspec.structs.replace(task, constraints=kept)


def _left(wants: Sequence[Want], progress: Progress) -> list[Want]:
    """What is still to be done; of what runs, the rest."""
    left = {want.id for want in wants if want.step not in progress.ended}
    return [
        msgspec.structs.replace(
            want,
            after=tuple(id for id in want.after if id in left),
            ways=tuple(_rest(way, progress.elapsed.get(want.step, 0)) for way in want.ways),
        )
        for want in wants
        if want.id in left
    ]


def _rest(way: Way, elapsed: int) -> Way:
    if not elapsed:
        return way
    power = way.power_w[elapsed:] or way.power_w[-1:]
    slot_ms = way.duration_ms // len(way.power_w)
    return Way(device=way.device, power_w=power, duration_ms=slot_ms * len(power))


def _of(task: TaskSpec, constraint: Constraint, index: int) -> Constraint:
    if not index:
        return constraint
    return msgspec.structs.replace(
        constraint,
        id=f"r{index}.{constraint.id}",
        goals=tuple(f"r{index}.{goal}" for goal in constraint.goals)
        or tuple(f"r{index}.{goal.id}" for goal in task.goals),
    )


def _rulings(
    want: Want, task: TaskSpec, snapshot: ContextSnapshot, permits: Permits
) -> dict[tuple[str, str], Ruling]:
    return {
        (want.id, option_id(way.device, placement)): _ruled(
            want, way, placement, task, snapshot, permits
        )
        for way in want.ways
        for placement in way.device.placements
    }


def _ruled(
    want: Want,
    way: Way,
    placement: PlacementTarget,
    task: TaskSpec,
    snapshot: ContextSnapshot,
    permits: Permits,
) -> Ruling:
    privacy = privacy_of(way.device, want.action, task)
    if placement in OUTSIDE and privacy in STAYS_IN:
        return Ruling(is_allowed=False, reason=f"{privacy.value} data stays in the house")
    return permits.ruling(task, way.device, want.action, placement, now_ms=snapshot.timestamp)


def privacy_of(device: Device, action: str, task: TaskSpec) -> PrivacyClass:
    """The class of what a device handles when it does this: the highest of its own, that of the
    capability, and the task's where the task says more than the usual."""
    classes = [device.privacy_class]
    classes += [c.privacy_class for c in device.capabilities if c.capability_type == action]
    classes.append(task.privacy_class)
    order = list(PrivacyClass)
    return max(classes, key=order.index)


def option_id(device: Device, placement: PlacementTarget) -> str:
    """The name of an option."""
    return f"{device.id}@{placement.value}"


def _job(
    want: Want,
    rulings: dict[tuple[str, str], Ruling],
    snapshot: ContextSnapshot,
    *,
    drop_penalty: int | None,
    consented_only: bool,
) -> Job:
    options: list[Option] = []
    refused: dict[str, str] = {}
    for way in want.ways:
        for placement in way.device.placements:
            id = option_id(way.device, placement)
            ruling = rulings[want.id, id]
            if not ruling.is_allowed:
                refused[id] = ruling.reason
            elif consented_only and ruling.scope is not None and ruling.token is None:
                refused[id] = f"needs the consent {ruling.scope}"
            else:
                options.append(_option(id, way, placement))
    if not options:
        raise Denied(
            f"{want.ways[0].device.name} may not {want.action.replace('_', ' ')}: "
            + "; ".join(f"{id}: {why}" for id, why in refused.items()),
            code="plan.not_permitted",
            next_step="ask for less, or have the policy or the consent changed",
            refused=refused,
        )
    minutes = snapshot.grid.slot_ms // 60_000
    return Job(
        id=want.id,
        options=tuple(options),
        after=dict.fromkeys(want.after, 0),
        drop_penalty=drop_penalty,
        discomfort=tuple(slot * minutes for slot in range(snapshot.grid.count)),
    )


def _dropped(want: Want, wants: Sequence[Want]) -> int:
    """What leaving it out costs; the parts of one piece of work share the price."""
    parts = sum(other.step == want.step for other in wants)
    return DROPPED_PER_PRIORITY * want.priority // parts


def _option(id: str, way: Way, placement: PlacementTarget) -> Option:
    outside = placement in OUTSIDE
    return Option(
        id=id,
        power_w=way.power_w,
        demands={way.device.id: 1},
        cost_micro=CLOUD_FEE_MICRO if outside else 0,
        latency_ms=LATENCY_MS[placement],
        exposure=EXPOSURE[way.device.privacy_class] if outside else 0,
    )


def _resources(wants: Sequence[Want], count: int) -> tuple[Resource, ...]:
    ids = sorted({way.device.id for want in wants for way in want.ways})
    return tuple(Resource(id=id, capacity=(1,)) for id in ids) if count else ()


_ENERGY = frozenset({"energy", "cost", "co2", "solar_use", "grid_import", "peak_power", "balanced"})


def _is_about_energy(task: TaskSpec) -> bool:
    """Whether the whole house's energy is what is to be planned, and with it its batteries; who
    asks for one machine does not ask for the battery."""
    is_named = any(goal.target == "battery" for goal in task.goals)
    asks = any(goal.type in ("achieve", "keep") and goal.id[:1] != "m" for goal in task.goals)
    return is_named or (not asks and any(goal.target in _ENERGY for goal in objectives(task.goals)))


def _batteries(
    household: Household, wants: Sequence[Want], snapshot: ContextSnapshot, task: TaskSpec
) -> tuple[Battery, ...]:
    """Batteries of the house. Moving energy about costs nothing where prices are not known, and
    nothing is planned for them then."""
    if any(price is None for price in snapshot.import_price) or not snapshot.import_price:
        return ()
    busy = {way.device.id for want in wants for way in want.ways}
    found = []
    for device in household.devices:
        storage, state = device.storage, snapshot.devices.get(device.id)
        if device.kind != "battery" or storage is None or device.id in busy or state is None:
            continue
        if not any(is_within(device, goal.scope, household) for goal in task.goals):
            continue
        level = state.attributes.get("level")
        if not state.is_online or not isinstance(level, int) or not 0 <= level <= 1000:
            continue
        found.append(
            Battery(
                id=device.id,
                capacity_wh=storage.capacity_wh,
                charge_w_max=storage.charge_w_max,
                discharge_w_max=storage.discharge_w_max,
                initial_wh=storage.capacity_wh * level // 1000,
                reserve_wh=min(storage.reserve_wh, storage.capacity_wh * level // 1000),
                efficiency=storage.efficiency,
                wear_micro_per_kwh=storage.wear_micro_per_kwh,
                # What is in it now is worth something: the end is no worse than the beginning.
                level_wh_by={snapshot.grid.count: storage.capacity_wh * level // 1000},
            )
        )
    return tuple(found)


def _power(household: Household, snapshot: ContextSnapshot, *, counts_grid_alone: bool) -> Power:
    """The balance of the house. Where no price is known nothing is said of cost, and the limits of
    power still hold.
    """
    prices = snapshot.import_price or (None,) * snapshot.grid.count
    known = [price for price in prices if price is not None]
    mean = sum(known) // len(known) if known else 0
    imports = tuple(mean if price is None else price for price in prices)
    count = snapshot.grid.count
    carbon = snapshot.co2_g_per_kwh
    known_carbon = [value for value in carbon if value is not None]
    filler = sum(known_carbon) // len(known_carbon) if known_carbon else 0
    exports: tuple[int, ...] = ()
    if household.export_allowed and snapshot.export_price:
        exports = tuple(
            min(price or 0, bought)
            for price, bought in zip(snapshot.export_price, imports, strict=True)
        )
    return Power(
        import_micro=imports,
        export_micro=exports,
        base_w=tuple(
            household.base_load_w if watts is None else watts
            for watts in (snapshot.base_load_w or (None,) * count)
        ),
        solar_w=tuple(watts or 0 for watts in snapshot.solar_w),
        import_w_max=None,
        co2_g_per_kwh=(1_000,) * count
        if counts_grid_alone
        else tuple(filler if value is None else value for value in carbon),
    )
