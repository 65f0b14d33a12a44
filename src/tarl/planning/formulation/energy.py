"""The house's power in the problem: its balance, and its batteries.

Batteries are part of a problem where the house's energy is what is asked about, within the scope,
and where their level is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.wants import Want, is_within
from tarl.planning.formulation.weights import objectives
from tarl.planning.household import Household
from tarl.planning.problem import Battery, Power
from tarl.planning.task import TaskSpec

_ENERGY = frozenset({"energy", "cost", "co2", "solar_use", "grid_import", "peak_power", "balanced"})


def is_about_energy(task: TaskSpec) -> bool:
    """Whether the whole house's energy is what is to be planned, and with it its batteries; who
    asks for one machine does not ask for the battery."""
    is_named = any(goal.target == "battery" for goal in task.goals)
    asks = any(goal.type in ("achieve", "keep") and goal.id[:1] != "m" for goal in task.goals)
    return is_named or (not asks and any(goal.target in _ENERGY for goal in objectives(task.goals)))


def batteries_of(
    household: Household, wants: Sequence[Want], snapshot: ContextSnapshot, task: TaskSpec
) -> tuple[Battery, ...]:
    """Batteries of the house. Where prices are not known they rest: nobody can say what moving
    energy about would come to."""
    priced = tuple(s for s, price in enumerate(snapshot.import_price) if price is not None)
    if not priced:
        return ()
    # What they do in the slot that runs has begun.
    free = tuple(slot for slot in priced if snapshot.grid.at(slot) >= snapshot.timestamp)
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
                available=() if len(free) == snapshot.grid.count else free,
            )
        )
    return tuple(found)


def power_of(household: Household, snapshot: ContextSnapshot, *, counts_grid_alone: bool) -> Power:
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
            min(0, bought) if price is None else price
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
