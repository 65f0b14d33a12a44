"""What has to be done, by which devices: goals with names in them become things to do.

1. A device that is named is the one; a kind that is named may be any device of it within the scope:
   of those that run a program the planner chooses one, of others each does it.
2. What cannot be known is not guessed: a car whose charge nobody knows cannot be filled to 80 %.
3. What a device cannot do, or may not be set to, is refused here and not found out at the device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import msgspec

from tarl.errors import Invalid, Missing
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.limits import (
    as_ruled,
    nearest_allowed,
    no_program,
    out_of_limits,
    warm_program,
    within_limits,
    within_rules,
)
from tarl.planning.formulation.scenes import scene_named
from tarl.planning.formulation.spans import (
    ENDS_WITH,
    LASTING_ACTIONS,
    Span,
    after_a_while,
    power_in,
    slots_of,
    span_of,
    way_back,
)
from tarl.planning.formulation.ways import Way
from tarl.planning.formulation.weights import objectives
from tarl.planning.household import Device, Household, Phase, Program
from tarl.planning.slots import MINUTE_MS, Grid
from tarl.planning.task import Constraint, Goal, TaskSpec

PARTS_MAX = 12
"""Pieces that charging is cut into, however long it takes: few enough to be placed at best within a
second, and a charger that is switched more often does not live longer."""

COLLECTING_ACTIONS = frozenset({"measure", "collect", "read", "snapshot"})
INFERRING_ACTIONS = frozenset({"detect_people", "recognise", "classify", "transcribe", "infer"})
"""What is found out leaves no state that could last."""

UNDOES = {**ENDS_WITH, "turn_off": "turn_on", "close": "open", "charge": "turn_off"}

_SAME_KIND = {
    "ev_charger": ("car", "ev"),
    "heat_pump": ("climate", "thermostat", "heating", "heater"),
    "washing_machine": ("washer",),
    "vacuum": ("robot_vacuum",),
}

FOLLOWS = {"dryer": "washing_machine"}
"""Devices whose program goes on with what that of another leaves, by kind: asked for together, they
run one after the other."""


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done once.

    Attributes:
        id: Of the job.
        goal: Of the goal.
        action, arguments: What the device is told.
        ways: Devices that can do it.
        step: Parts of one piece of work have the same (``g1.ev_charger``).
        after: Wants that come before it.
        priority: 1 to 10; whose plan gives way.
        span: For how long it is to be so, where that was said by its ends.
        begins_ms: When it is meant to begin, where that is within a slot.
        began_ms: Since when it runs; what is wanted is its rest.
    """

    id: str
    goal: str
    action: str
    arguments: dict[str, Any]
    ways: tuple[Way, ...]
    step: str
    after: tuple[str, ...] = ()
    priority: int = 5
    span: Span | None = None
    begins_ms: int | None = None
    began_ms: int | None = None


def wants_of(
    task: TaskSpec, household: Household, snapshot: ContextSnapshot, *, priority: int = 5
) -> list[Want]:
    """All that a task's goals ask of devices.

    Raises:
        Missing: ``plan.no_device``, ``plan.no_scene``.
        Invalid: ``plan.cannot``, ``plan.out_of_limits``, ``plan.unknown_level``, ``plan.program``,
            ``plan.no_end``.
    """
    wants: list[Want] = []
    for goal in task.goals:
        bounds = [c for c in task.constraints if _is_about(c, goal, task)]
        if goal.type == "achieve" and goal.target.startswith("scene:"):
            wants += _scene(goal, bounds, household, snapshot)
        elif goal.type == "achieve":
            found = _achieved(goal, bounds, household, snapshot)
            wants += _for_its_span(found, bounds, task, snapshot)
        elif goal.type == "keep":
            found = _kept(goal, bounds, household, snapshot)
            wants += _for_its_span(found, bounds, task, snapshot)
    return [msgspec.structs.replace(want, priority=priority) for want in _ordered(wants, task)]


def _for_its_span(
    wants: Sequence[Want],
    bounds: Sequence[Constraint],
    task: TaskSpec,
    snapshot: ContextSnapshot,
) -> list[Want]:
    """What is to be so for a span of time, with its end: what is told, and can be undone or set
    back. Where something is striven for besides, the span only bounds it.

    Raises:
        Invalid: ``task.time``, ``plan.condition``.
    """
    span = None if objectives(task.goals) else span_of(bounds, snapshot)
    return [want if span is None else _lasting(want, span, snapshot) for want in wants]


def _lasting(want: Want, span: Span, snapshot: ContextSnapshot) -> Want:
    device = want.ways[0].device
    after = way_back(device, want.action, snapshot)
    if after is None:
        return want
    watts = (device.power_w or 0) if want.action in LASTING_ACTIONS else 0
    way = Way(
        device=device,
        power_w=power_in(span, watts, snapshot),
        duration_ms=len(slots_of(span, snapshot)) * snapshot.grid.slot_ms,
    )
    told = {**want.arguments, "at_end": after}
    return msgspec.structs.replace(want, arguments=told, ways=(way,), span=span)


def _is_about(bound: Constraint, goal: Goal, task: TaskSpec) -> bool:
    """Whether a constraint bounds a goal. An amount of energy that bounds all that is done is no
    one goal's where several are done."""
    if bound.goals:
        return goal.id in bound.goals
    doing = sum(each.type in ("achieve", "keep") for each in task.goals)
    return bound.type != "energy" or doing == 1


def named(goal: Goal, household: Household) -> list[Device]:
    """The devices that a goal's target means, within its scope.

    Raises:
        Missing: ``plan.no_device``.
    """
    target = goal.target
    exact = [device for device in household.devices if device.id == target]
    found = exact or [
        device
        for device in household.devices
        if _is_kind(device, target) and is_within(device, goal.scope, household)
    ]
    if found:
        return found
    raise Missing(
        f"the home has nothing that is {target.replace('_', ' ')!r}"
        + (f" in {', '.join(goal.scope)}" if goal.scope else ""),
        code="plan.no_device",
        next_step="name a device of the home: `tarl home devices` lists them",
        target=target,
    )


def _is_kind(device: Device, kind: str) -> bool:
    return device.kind == kind or kind in _SAME_KIND.get(device.kind, ())


def is_within(device: Device, scope: Sequence[str], household: Household) -> bool:
    """Whether a device lies in one of these areas or floors; it does where there are none."""
    if not scope:
        return True
    floors = {area.id: area.floor for area in household.areas}
    return device.area in scope or (device.area is not None and floors[device.area] in scope)


def _achieved(
    goal: Goal, bounds: Sequence[Constraint], household: Household, snapshot: ContextSnapshot
) -> list[Want]:
    value = goal.value if isinstance(goal.value, dict) else {}
    action = str(value.get("action", "run"))
    arguments = {name: item for name, item in value.items() if name != "action"}
    excluded = {str(bound.value) for bound in bounds if bound.type == "exclude"}
    devices = [
        device
        for device in named(goal, household)
        if device.id not in excluded and device.area not in excluded
    ]
    able = [device for device in devices if device.can(action)]
    if not able and action == "run" and any(device.can("turn_on") for device in devices):
        # What has no programs runs when it is on: a fountain, a pump.
        action, able = "turn_on", [device for device in devices if device.can("turn_on")]
    if not able:
        raise _cannot(goal, action, devices)
    if action == "charge":
        return [want for device in able[:1] for want in _charged(goal, device, bounds, snapshot)]
    if action == "run":
        return [_run(goal, able, arguments, bounds, snapshot)]
    return [_told(goal, device, action, arguments, bounds, snapshot) for device in able]


def _cannot(goal: Goal, action: str, devices: Sequence[Device]) -> Invalid:
    names = ", ".join(device.name for device in devices) or goal.target
    abilities = sorted({able.capability_type for d in devices for able in d.capabilities})
    return Invalid(
        f"{names} cannot {action.replace('_', ' ')}",
        code="plan.cannot",
        next_step=f"ask for one of: {', '.join(abilities) or 'nothing, it is excluded'}",
        target=goal.target,
        action=action,
    )


def _run(
    goal: Goal,
    devices: Sequence[Device],
    arguments: dict[str, Any],
    bounds: Sequence[Constraint],
    snapshot: ContextSnapshot,
) -> Want:
    lasts = _minutes(bounds, arguments)
    if "program" not in arguments and (name := warm_program(devices, bounds)) is not None:
        arguments = {**arguments, "program": name}
    ways = [
        Way(
            device=device,
            power_w=program.power_in(snapshot.grid),
            duration_ms=program.duration_ms,
            phases=program.phases,
        )
        for device in devices
        for program in [_program(device, arguments.get("program"), lasts)]
    ]
    return Want(
        id=f"{goal.id}.{goal.target}",
        goal=goal.id,
        action="run",
        arguments={n: v for n, v in arguments.items() if n != "duration"},
        ways=tuple(ways),
        step=f"{goal.id}.{goal.target}",
    )


def _program(device: Device, name: Any, lasts_min: int | None) -> Program:
    for program in device.programs:
        if name is None or program.name == name:
            return program
    if name is not None:
        raise no_program(device, repr(name))
    if lasts_min is None:
        raise Invalid(
            f"how long {device.name} runs is not known",
            code="plan.program",
            next_step="say for how long, or describe its programs in the household file",
            device=device.id,
        )
    phase = Phase(duration_ms=lasts_min * MINUTE_MS, power_w=device.power_w or 0)
    return Program(name="for a while", phases=(phase,))


def _minutes(bounds: Iterable[Constraint], arguments: dict[str, Any]) -> int | None:
    if isinstance(arguments.get("duration"), int):
        return int(arguments["duration"])
    return next((int(bound.value) for bound in bounds if bound.type == "duration"), None)


def _told(
    goal: Goal,
    device: Device,
    action: str,
    arguments: dict[str, Any],
    bounds: Sequence[Constraint],
    snapshot: ContextSnapshot,
) -> Want:
    within_limits(device, action, arguments)
    within_rules(device, arguments, bounds)
    is_state = action not in COLLECTING_ACTIONS | INFERRING_ACTIONS
    lasts = _minutes(bounds, arguments) if is_state else None
    phase = Phase(
        duration_ms=(lasts or 0) * MINUTE_MS or MINUTE_MS,
        power_w=(device.power_w or 0) if lasts and action in LASTING_ACTIONS else 0,
    )
    told = {name: item for name, item in arguments.items() if name != "duration"}
    if lasts and (after := after_a_while(device, action, snapshot)) is not None:
        told["at_end"] = after
    step = f"{goal.id}.{device.id}"
    way = Way(
        device=device,
        power_w=Program(name="for a while", phases=(phase,)).power_in(snapshot.grid),
        duration_ms=phase.duration_ms,
        phases=(phase,),
    )
    return Want(id=step, goal=goal.id, action=action, arguments=told, ways=(way,), step=step)


def _charged(
    goal: Goal, device: Device, bounds: Sequence[Constraint], snapshot: ContextSnapshot
) -> list[Want]:
    storage = device.storage
    if storage is None:
        raise _cannot(goal, "charge", [device])
    missing_wh = _missing_wh(goal, device, bounds, snapshot)
    if missing_wh <= 0:
        return []
    grid, step = snapshot.grid, f"{goal.id}.{device.id}"
    slot_wh = storage.charge_w_max * grid.slot_ms / 3_600_000
    slots = max(1, -(-missing_wh // max(1, int(slot_wh))))
    size = -(-slots // PARTS_MAX)
    wants: list[Want] = []
    left = missing_wh
    while left > 0:
        taken = min(left, size * int(slot_wh))
        left -= taken
        powers = _evenly(taken, -(-taken // max(1, int(slot_wh))), grid)
        after = (wants[-1].id,) if wants else ()
        wants.append(
            Want(
                id=f"{step}#{len(wants) + 1}",
                goal=goal.id,
                action="charge",
                arguments={},
                ways=(
                    Way(
                        device=device,
                        power_w=powers,
                        duration_ms=len(powers) * grid.slot_ms,
                    ),
                ),
                step=step,
                after=after,
            )
        )
    return wants


def _evenly(wh: int, slots: int, grid: Grid) -> tuple[int, ...]:
    """The watts that draw so many watt-hours in so many slots: one power, which is what a charger
    is told, to a watt-hour a slot."""
    least, more = divmod(wh, slots)
    return tuple(-(-(least + (slot < more)) * 3_600_000 // grid.slot_ms) for slot in range(slots))


def _missing_wh(
    goal: Goal, device: Device, bounds: Sequence[Constraint], snapshot: ContextSnapshot
) -> int:
    """Watt-hours to draw until the goal's level is reached, losses included; where an amount of
    energy is said and no level, that amount, or less where it is full before.

    Raises:
        Invalid: ``plan.unknown_level``, ``plan.out_of_limits``.
    """
    storage = device.storage
    assert storage is not None
    value = goal.value if isinstance(goal.value, dict) else {}
    levels = [int(b.value) for b in bounds if b.type == "level" and b.operator in ("gte", "eq")]
    amounts = [int(b.value) for b in bounds if b.type == "energy"]
    wanted = int(value.get("level", max(levels, default=1000)))
    if not 0 <= wanted <= 1000:
        raise out_of_limits(device, "level", wanted, 0, 1000)
    if isinstance(value.get("energy_wh"), int):
        return int(value["energy_wh"])
    is_amount = bool(amounts) and not levels and "level" not in value
    state = snapshot.devices.get(device.id)
    level = state.attributes.get("level") if state else None
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= 1000:
        if not is_amount:
            raise Invalid(
                f"how full {device.name} is is not known",
                code="plan.unknown_level",
                next_step="connect it (--broker), or say how many kilowatt-hours to charge",
                device=device.id,
            )
        level = 0
    missing = -(-(wanted - level) * storage.capacity_wh // storage.efficiency)
    return min(missing, *amounts) if is_amount else missing


def _kept(
    goal: Goal, bounds: Sequence[Constraint], household: Household, snapshot: ContextSnapshot
) -> list[Want]:
    """A setpoint for what keeps a temperature: the nearest to the middle that all bounds allow."""
    if goal.target != "temperature":
        return []
    value = goal.value if isinstance(goal.value, dict) else {}
    bounds = [bound for bound in bounds if bound.type == "temperature"]
    low, high = value.get("gte"), value.get("lte")
    found = [d for d in household.devices if d.can("set_temperature") and d.kind != "water_heater"]
    near = [d for d in found if is_within(d, goal.scope, household)] or found
    if not near:
        raise Missing(
            "nothing in the home keeps a temperature",
            code="plan.no_device",
            next_step="describe the heating in the household file",
            target="temperature",
        )
    if low is not None and high is not None:
        middle = (int(low) + int(high)) // 2
    else:
        middle = int(low if low is not None else high or 0)
    return [
        _told(
            goal,
            device,
            "set_temperature",
            {"temperature": nearest_allowed(middle, low, high, device)},
            bounds,
            snapshot,
        )
        for device in near
    ]


def _scene(
    goal: Goal, bounds: Sequence[Constraint], household: Household, snapshot: ContextSnapshot
) -> list[Want]:
    doings = scene_named(goal.target.removeprefix("scene:"))
    return [
        _told(goal, device, action, as_ruled(device, arguments, bounds), [], snapshot)
        for device in household.devices
        if device.kind in doings and is_within(device, goal.scope, household)
        for action, arguments in [doings[device.kind]]
        if device.can(action)
    ]


def _ordered(wants: list[Want], task: TaskSpec) -> list[Want]:
    """With the order that constraints ask for: the first of a goal after the last of another; and
    that in which devices go on with one another's work.
    """
    last = {want.goal: want.id for want in wants}
    first: dict[str, str] = {}
    for want in wants:
        first.setdefault(want.goal, want.id)
    after: dict[str, list[str]] = {}
    for bound in task.constraints:
        before = bound.value.get("after") if isinstance(bound.value, dict) else None
        if bound.type != "order" or before not in last:
            continue
        for goal in bound.goals:
            if goal in first and goal != before:
                after.setdefault(first[goal], []).append(last[str(before)])
    for want, before in _following(wants, task):
        if not _comes_after(before.id, want.id, after):
            after.setdefault(want.id, []).append(before.id)
    return [
        msgspec.structs.replace(want, after=(*want.after, *after.get(want.id, ())))
        for want in wants
    ]


def _following(wants: Sequence[Want], task: TaskSpec) -> Iterator[tuple[Want, Want]]:
    """Which run goes on with which one's work, unless a beginning of its own was said for it."""
    runs = [want for want in wants if want.action == "run"]
    for want, before in product(runs, runs):
        own = any(
            each.is_start and want.goal in each.goals and before.goal not in each.goals
            for each in task.constraints
        )
        if FOLLOWS.get(_kind(want)) == _kind(before) and not own:
            yield want, before


def _kind(want: Want) -> str:
    return want.ways[0].device.kind


def _comes_after(id: str, other: str, after: Mapping[str, Sequence[str]]) -> bool:
    """Whether a want comes after another, over however many between."""
    open_ids, seen = [id], set[str]()
    while open_ids:
        at = open_ids.pop()
        if at == other:
            return True
        if at not in seen:
            seen.add(at)
            open_ids += after.get(at, ())
    return False
