"""Rules 5 to 7 of the check: the house's power, its batteries, and every number, from power times
price.

What is not known of the sun is none, of the base load the home's usual; what is fed in earns the
export price, also where that is above the import price; where there is none it earns nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from tarl.planning.checker.finding import Finding, Subject, at, finding
from tarl.planning.household import IN_THE_HOUSE, Device, Storage
from tarl.planning.plan import ExecutionStep, FeasibilityStatus
from tarl.planning.slots import HOUR_MS
from tarl.planning.task import Goal

OUTSIDE_FEE_MAX_MICRO = 1_000
"""What a step that is computed outside the house may cost besides its power."""


def check_power(subject: Subject) -> Iterator[Finding]:
    """Rule 5: in no slot, nor in the minutes of it in which something runs, the house draws more
    than its connection carries, or than a rule says while what it is about runs."""
    limit = subject.household.power_max_w
    if limit is not None:
        yield from _over(subject, range(subject.grid.count), limit, "the connection carries")
    for rule, steps in subject.hard("power"):
        if not isinstance(rule.value, int):
            text = f"the rule {rule.id} cannot be looked at: it names no watts"
            yield finding(code="check.unchecked", text=text, rule=rule.id)
        else:
            slots = sorted({slot for step in steps for slot in subject.slots(step)})
            yield from _over(subject, slots, rule.value, f"the rule {rule.id} allows")


def _over(
    subject: Subject, slots: range | list[int], limit_w: int, whose: str
) -> Iterator[Finding]:
    over = [slot for slot in slots if subject.height_w[slot] > limit_w]
    if over:
        most = max(subject.height_w[slot] for slot in over)
        text = f"the house draws {most} W, and {whose} {limit_w} W"
        yield finding(code="check.power_limit", text=text, slots=over, limit_w=limit_w)


# --- batteries


def check_batteries(subject: Subject) -> Iterator[Finding]:
    """Rule 6: batteries take and give what they can, never both at once, are neither emptied below
    their reserve (or what they had) nor filled beyond their capacity, end no emptier than they
    began, and are told what the plan counts on; what is to be charged is charged."""
    plan = subject.plan
    for id in sorted(plan.charge_w.keys() | plan.discharge_w.keys()):
        device = subject.devices.get(id)
        if device is None or device.storage is None:
            yield finding(code="check.battery", text=f"{id} is no battery of the home", device=id)
        else:
            yield from _battery(subject, device, device.storage)
    is_whole = plan.feasibility is not FeasibilityStatus.DEGRADED
    for goal in plan.goals:
        if is_whole and isinstance(goal.value, dict) and goal.value.get("action") == "charge":
            yield from _charged(subject, goal, goal.value)


def _battery(subject: Subject, device: Device, storage: Storage) -> Iterator[Finding]:
    grid, nothing = subject.grid, (0,) * subject.grid.count
    charge = subject.plan.charge_w.get(device.id, nothing)
    discharge = subject.plan.discharge_w.get(device.id, nothing)
    begins = level_wh(subject, device)
    if begins is None or len(charge) != grid.count or len(discharge) != grid.count:
        text = f"what {device.id} does cannot be followed: its level or its slots are not known"
        yield finding(code="check.battery", text=text, device=device.id)
        return
    # In thousandths of a watt-millisecond: whole numbers, whatever the slots.
    unit = HOUR_MS * 1000
    level, lowest = begins * unit, min(storage.reserve_wh, begins) * unit
    for slot, (into, out) in enumerate(zip(charge, discharge, strict=True)):
        level += grid.slot_ms * (storage.efficiency * into - 1000 * out)
        if not (
            0 <= into <= storage.charge_w_max
            and 0 <= out <= storage.discharge_w_max
            and not (into and out)
            and lowest <= level <= storage.capacity_wh * unit
        ):
            text = f"{device.id} cannot take {into} W and give {out} W then"
            yield finding(code="check.battery", text=text, device=device.id, slot=slot)
            return
    if level < begins * unit:
        text = f"{device.id} ends emptier than it began"
        yield finding(code="check.battery", text=text, device=device.id)
    yield from _told(subject, device, charge, discharge)


def level_wh(subject: Subject, device: Device) -> int | None:
    """What was in a battery when the plan was made: its state's ``level``, permille."""
    state = subject.snapshot.devices.get(device.id)
    level = state.attributes.get("level") if state is not None and state.is_online else None
    if not isinstance(level, int) or isinstance(level, bool) or device.storage is None:
        return None
    return device.storage.capacity_wh * level // 1000 if 0 <= level <= 1000 else None


def _told(
    subject: Subject, device: Device, charge: tuple[int, ...], discharge: tuple[int, ...]
) -> Iterator[Finding]:
    told = [0] * subject.grid.count
    for step in subject.plan.steps:
        if step.device_id == device.id:
            power = step.parameters.get("power_w")
            sign = {"charge": 1, "discharge": -1}.get(str(step.parameters.get("action")), 0)
            for slot in subject.slots(step):
                told[slot] += sign * power if isinstance(power, int) else 0
            if step.power_w:
                text = "what a battery of the house draws is counted twice"
                yield finding(code="check.battery", text=text, step=step)
    counted = [into - out for into, out in zip(charge, discharge, strict=True)]
    if told != counted:
        slots = [slot for slot in range(subject.grid.count) if told[slot] != counted[slot]]
        text = f"{device.id} is not told what the plan counts on"
        yield finding(code="check.battery", text=text, device=device.id, slots=slots)


def _charged(subject: Subject, goal: Goal, wanted: dict[str, object]) -> Iterator[Finding]:
    steps = [step for step in subject.plan.steps if step.goal == goal.id]
    watts = sum(sum(step.power_w) for step in steps)
    energy = wanted.get("energy_wh")
    if isinstance(energy, int):
        if watts * subject.grid.slot_ms < energy * HOUR_MS:
            text = f"less is charged than the goal {goal.id} asks for"
            yield finding(code="check.battery", text=text, goal=goal.id)
        return
    amount = _amount(subject, goal, wanted)
    if amount is not None and steps and watts * subject.grid.slot_ms >= amount * HOUR_MS:
        return
    devices = [d for d in subject.household.devices if goal.target in (d.id, d.kind)]
    used = {step.device_id for step in steps}
    for device in devices:
        begins, storage = level_wh(subject, device), device.storage
        if storage is None or (used and device.id not in used) or (not used and begins is None):
            continue
        reached = (begins or 0) * 1000 * HOUR_MS + watts * subject.grid.slot_ms * storage.efficiency
        # Permille of the capacity, rounded down to a watt-hour as levels are.
        least = (storage.capacity_wh * _level(subject, goal, wanted) // 1000 - 1) * 1000 * HOUR_MS
        if reached < least or (begins is None and amount is None):
            text = f"{device.id} is not charged as far as the goal {goal.id} asks for"
            yield finding(code="check.battery", text=text, goal=goal.id, device=device.id)


def _amount(subject: Subject, goal: Goal, wanted: dict[str, object]) -> int | None:
    """The watt-hours that the goal is said to take, where no level is said; None for none. What
    bounds the energy of several goals together says nothing of one."""
    of = goal.id.rpartition(".")[0]
    doing = [
        each
        for each in subject.plan.goals
        if each.type in ("achieve", "keep") and each.id.rpartition(".")[0] == of
    ]
    about = [
        rule
        for rule in subject.plan.constraints
        if (goal.id in rule.goals if rule.goals else len(doing) == 1 or rule.type == "level")
    ]
    if "level" in wanted or any(r.type == "level" and r.operator != "lte" for r in about):
        return None
    amounts = [r.value for r in about if r.type == "energy" and isinstance(r.value, int)]
    return min(amounts, default=None)


def _level(subject: Subject, goal: Goal, wanted: dict[str, object]) -> int:
    level = wanted.get("level")
    if isinstance(level, int):
        return level
    levels = [
        rule.value
        for rule in subject.plan.constraints
        if rule.type == "level"
        and rule.operator in ("gte", "eq")
        and isinstance(rule.value, int)
        and (not rule.goals or goal.id in rule.goals)
    ]
    return max(levels, default=1000)


# --- numbers


def check_numbers(subject: Subject) -> Iterator[Finding]:
    """Rule 7, of steps: energy, cost and carbon are what their power comes to."""
    for step in subject.plan.steps:
        yield from _step_numbers(subject, step)


def check_terms(subject: Subject) -> Iterator[Finding]:
    """Rule 7, of the plan: its terms are what the house's power comes to, and no bound is better
    than what it bounds."""
    yield from _terms(subject)
    plan = subject.plan
    if plan.bound is not None and plan.bound > plan.objective:
        yield finding(code="check.numbers", text="the plan is better than the best that can be")


def _step_numbers(subject: Subject, step: ExecutionStep) -> Iterator[Finding]:
    power = subject.power(step)
    said = {"energy_wh": step.energy_wh}
    counted = {"energy_wh": subject.wh(sum(power.values()))}
    bill = subject.bill([step])
    if bill is not None:
        said["estimated_cost"], counted["estimated_cost"] = step.estimated_cost, bill
    grams = [watts * (at(subject.snapshot.co2_g_per_kwh, s) or 0) for s, watts in power.items()]
    said["co2_g"], counted["co2_g"] = step.co2_g, subject.kwh_times(grams)
    yield from _differ(said, counted, step=step)


def _terms(subject: Subject) -> Iterator[Finding]:
    terms, steps = subject.plan.terms, subject.plan.steps
    jobs = [step for step in steps if step.goal]
    # What is done at once has the first slot for its own, as the solver has it.
    ends = [max(1, subject.slots(step).stop) for step in jobs]
    said = {"energy_wh": terms.energy_wh, "makespan": terms.makespan}
    counted = {
        "energy_wh": sum(subject.wh(sum(subject.power(step).values())) for step in jobs),
        "makespan": max(ends, default=0),
    }
    prices = subject.snapshot.import_price
    if prices and None not in prices:
        said["peak"], counted["peak"] = terms.peak, max(0, *subject.net_w)
        outside = sum(step.placement not in IN_THE_HOUSE for step in jobs)
        bill = _whole_bill(subject)
        said["cost"] = terms.cost
        counted["cost"] = max(bill, min(terms.cost, bill + outside * OUTSIDE_FEE_MAX_MICRO))
        carbon = subject.snapshot.co2_g_per_kwh
        if carbon and None not in carbon and not _counts_the_grid(subject):
            pairs = zip(subject.net_w, carbon, strict=False)
            grams = [max(0, net) * (each or 0) for net, each in pairs]
            said["co2"], counted["co2"] = terms.co2, subject.kwh_times(grams)
    yield from _differ(said, counted)


def _counts_the_grid(subject: Subject) -> bool:
    """Whether the plan weighs what is drawn from the grid, in the place of its carbon."""
    return any(goal.target in ("grid_import", "solar_use") for goal in subject.plan.goals)


def _whole_bill(subject: Subject) -> int:
    parts = [net * _price(subject, slot, net) for slot, net in enumerate(subject.net_w)]
    for id, series in subject.plan.discharge_w.items():
        device = subject.devices.get(id)
        if device is not None and device.storage is not None:
            parts.append(device.storage.wear_micro_per_kwh * sum(series))
    return subject.kwh_times(parts)


def _price(subject: Subject, slot: int, net_w: int) -> int:
    bought = at(subject.snapshot.import_price, slot) or 0
    if net_w >= 0:
        return bought
    sold = at(subject.snapshot.export_price, slot) if subject.household.export_allowed else None
    return min(0, bought) if sold is None else sold


def _differ(
    said: dict[str, int], counted: dict[str, int], *, step: ExecutionStep | None = None
) -> Iterator[Finding]:
    for name, number in said.items():
        if number != counted[name]:
            text = f"{name} is said to be {number}, and comes to {counted[name]}"
            facts = {"name": name, "said": number, "counted": counted[name]}
            yield finding(code="check.numbers", text=text, step=step, **facts)
