"""What can be done for an aim that names nothing to do: measures, as goals of their own.

``optimize energy usage in the living room`` asks no device to do anything. What serves it is found
in what is known: lights and players that nobody needs while everybody is away or asleep, heating
that may rest meanwhile, scenes for comfort, locks and covers for security.

1. A measure needs knowledge: where nobody knows when people are away, nothing waits for it.
2. Nothing is done that could not be undone, nothing beyond the scope, and nothing that the task
   itself rules out.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.foreseen import LIKELY
from tarl.planning.formulation.limits import as_ruled
from tarl.planning.formulation.wants import is_within
from tarl.planning.household import Device, Household
from tarl.planning.task import Constraint, Goal, TaskSpec

SETBACK = 20
"""How much the heating rests while nobody is at home, tenths of a degree."""

REST_SLOTS_MIN = 8
"""A shorter absence is not worth it."""

_SWITCHED = frozenset({"light", "media_player", "switch", "fan"})
_SAVING = frozenset({"energy", "cost", "co2", "grid_import", "peak_power", "balanced", "solar_use"})


def with_measures(task: TaskSpec, household: Household, snapshot: ContextSnapshot) -> TaskSpec:
    """The task, with goals for what serves it where it asks no device to do anything."""
    if any(goal.type in ("achieve", "keep") for goal in task.goals):
        return task
    goals = list(task.goals)
    constraints = list(task.constraints)
    for aim in task.goals:
        scope = aim.scope
        devices = [d for d in household.devices if is_within(d, scope, household)]
        rules = [one for one in task.constraints if not one.goals or aim.id in one.goals]
        for measure, bounds in _measures(aim, devices, rules, snapshot):
            id = f"m{len(goals) + 1}"
            goals.append(msgspec.structs.replace(measure, id=id, scope=scope, said=aim.said))
            constraints += [msgspec.structs.replace(bound, goals=(id,)) for bound in bounds]
    return msgspec.structs.replace(task, goals=tuple(goals), constraints=tuple(constraints))


Measure = tuple[Goal, tuple[Constraint, ...]]


def _measures(
    aim: Goal, devices: list[Device], rules: list[Constraint], snapshot: ContextSnapshot
) -> Iterator[Measure]:
    if aim.target in _SAVING:
        yield from _switched_off(devices, snapshot)
        yield from _rested(devices, rules, snapshot)
    elif aim.target == "comfort":
        yield Goal("achieve", "scene:cozy"), ()
    elif aim.target == "security":
        yield from _secured(devices, snapshot)


def _switched_off(devices: list[Device], snapshot: ContextSnapshot) -> Iterator[Measure]:
    """Off as soon as nobody needs it: when everybody is away or asleep, if it is so then."""
    needless = _needless(snapshot)
    if needless is None:
        return
    slot, state = needless
    at = (snapshot.grid.at(slot) - snapshot.timestamp) // 60_000
    condition = {"subject": "occupancy", "state": state}
    bounds = (
        Constraint("earliest", {"in_minutes": at}, operator="gte", id=f"needless:{slot}"),
        Constraint("condition", condition, operator="eq", id=f"needless:{state}"),
    )
    for device in devices:
        if device.kind in _SWITCHED and device.can("turn_off"):
            yield Goal("achieve", device.id, {"action": "turn_off"}), bounds


def _needless(snapshot: ContextSnapshot) -> tuple[int, str] | None:
    """The first slot in which nobody needs light, and why."""
    for slot in range(snapshot.grid.count):
        home = snapshot.home[slot] if slot < len(snapshot.home) else None
        asleep = snapshot.asleep[slot] if slot < len(snapshot.asleep) else None
        if home is not None and home < LIKELY:
            return slot, "away"
        if asleep is not None and asleep >= LIKELY:
            return slot, "asleep"
    return None


def _rested(
    devices: list[Device], rules: list[Constraint], snapshot: ContextSnapshot
) -> Iterator[Measure]:
    absence = _absence(snapshot)
    if absence is None:
        return
    start, end = absence
    minutes = snapshot.grid.slot_ms // 60_000
    for device in devices:
        state = snapshot.devices.get(device.id)
        setpoint = state.attributes.get("temperature") if state else None
        if not device.can("set_temperature") or not isinstance(setpoint, int):
            continue
        lower = max(setpoint - SETBACK, device.limits.get("temperature", {}).get("gte", setpoint))
        lower = as_ruled(device, {"temperature": lower}, rules)["temperature"]
        if lower >= setpoint:
            continue
        for value, slot in ((lower, start), (setpoint, end)):
            at = (snapshot.grid.at(slot) - snapshot.timestamp) // 60_000
            goal = Goal("achieve", device.id, {"action": "set_temperature", "temperature": value})
            # Now need not be at a full minute; a minute more holds the whole slot, and no other.
            window = {"from": {"in_minutes": at}, "to": {"in_minutes": at + minutes + 1}}
            yield goal, (Constraint("window", window, operator="in", id=f"rest:{slot}"),)


def _absence(snapshot: ContextSnapshot) -> tuple[int, int] | None:
    """The first time that everybody is away for long, as slots; the last slot is not its end."""
    start = None
    for slot, share in enumerate(snapshot.home):
        if share is not None and share < LIKELY:
            start = slot if start is None else start
        else:
            if start is not None and slot - start >= REST_SLOTS_MIN:
                return start, slot
            start = None
    return None


def _secured(devices: list[Device], snapshot: ContextSnapshot) -> Iterator[Measure]:
    for device in devices:
        state = snapshot.devices.get(device.id)
        said = state.state.casefold() if state else None
        if device.kind == "lock" and said == "unlocked":
            yield Goal("achieve", device.id, {"action": "lock"}), ()
        elif device.kind in ("cover", "garage_door", "gate") and said == "open":
            yield Goal("achieve", device.id, {"action": "close"}), ()
