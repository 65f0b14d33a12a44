"""Rules 1 to 3 of the check: the plan is one, it does what was asked, its times are times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from tarl.errors import Invalid
from tarl.planning.checker.finding import Finding, Subject, finding, half_up
from tarl.planning.checker.times import meant
from tarl.planning.household import Device, Program
from tarl.planning.plan import ExecutionStep, FeasibilityStatus
from tarl.planning.task import Constraint, Goal


def check_shape(subject: Subject) -> Iterator[Finding]:
    """Rule 1: ids are unique, what is named exists, nothing waits for itself, each device can do
    what it is to do, and a step is compared with another one."""
    plan, seen = subject.plan, set[str]()
    goals = {goal.id for goal in plan.goals}
    ids = {step.step_id for step in plan.steps}
    for step in plan.steps:
        if not step.step_id or step.step_id in seen:
            yield finding(code="check.shape", text="two steps have one id", step=step)
        seen.add(step.step_id)
        is_battery = step.device_id in plan.charge_w and not step.goal
        if step.goal not in goals and not is_battery:
            yield finding(code="check.shape", text=f"it serves no goal {step.goal!r}", step=step)
        for other in step.dependencies:
            if other not in ids or other == step.step_id:
                yield finding(code="check.shape", text=f"it waits for no step {other!r}", step=step)
        yield from _runner_up(subject, step)
    if _has_cycle(plan.steps):
        yield finding(code="check.shape", text="steps wait for one another in a circle")
    for step in plan.steps:
        for each in with_fallbacks(step):
            yield from check_device(subject, each)


def _runner_up(subject: Subject, step: ExecutionStep) -> Iterator[Finding]:
    other, plan = step.runner_up, subject.plan
    if other is None:
        return
    device = subject.devices.get(other.device_id)
    is_same = (other.start_ms, other.device_id, other.placement) == (
        step.start_ms,
        step.device_id,
        step.placement,
    )
    is_there = device is not None and other.placement in device.placements
    is_time = other.start_ms in subject.starts or other.start_ms in _meant(subject, step)
    if is_same or not is_there or not is_time:
        text = "what it is compared with is no other time, device or place"
        yield finding(code="check.shape", text=text, step=step)
    if other.objective_more < 0 and plan.bound == plan.objective:
        text = "the plan is said to be the best, and what the step is compared with is better"
        yield finding(code="check.shape", text=text, step=step)


def with_fallbacks(step: ExecutionStep) -> Iterator[ExecutionStep]:
    """A step and what may be done in its stead."""
    yield step
    for other in step.fallback_steps:
        yield from with_fallbacks(other)


def _has_cycle(steps: tuple[ExecutionStep, ...]) -> bool:
    waits = {step.step_id: set(step.dependencies) for step in steps}
    while free := {id for id, others in waits.items() if not others & waits.keys()}:
        waits = {id: others for id, others in waits.items() if id not in free}
    return bool(waits)


def check_device(subject: Subject, step: ExecutionStep) -> Iterator[Finding]:
    """Whether the home has the step's device, and it can do what it is to do."""
    if step.device_id is None:
        return
    device = subject.device_of(step)
    if device is None:
        text = f"the home has no device {step.device_id!r}"
        yield finding(code="check.device", text=text, step=step)
        return
    action = step.parameters.get("action")
    if not isinstance(action, str) or not device.can(action):
        text = f"{device.id} cannot do {action!r}"
        yield finding(code="check.device", text=text, step=step)
    undoing = step.compensate.get("action") if step.compensate is not None else None
    if undoing is not None and not device.can(undoing):
        text = f"{device.id} cannot do {undoing!r}, which would undo it"
        yield finding(code="check.device", text=text, step=step)
    after = step.parameters.get("at_end")
    ending = after.get("action") if isinstance(after, dict) else None
    if step.is_span and (not isinstance(ending, str) or not device.can(ending)):
        text = f"{device.id} cannot do {ending!r}, which would end it"
        yield finding(code="check.device", text=text, step=step)


# --- rule 2


def check_asked(subject: Subject) -> Iterator[Finding]:
    """Rule 2: every goal is served and every rule of the task is among the plan's, as it was said;
    a plan that leaves something out says so, and so does one of which a part is over."""
    plan, task = subject.plan, subject.plan.task_spec
    if plan.feasibility is FeasibilityStatus.DEGRADED and plan.left_out:
        return
    if plan.feasibility is FeasibilityStatus.DEGRADED:
        text = "a part is left out, and it is not said which"
        yield finding(code="check.asked", text=text)
    kept = {constraint.id: constraint for constraint in plan.constraints}
    for constraint in task.constraints:
        if _weakened(constraint, kept.get(constraint.id)):
            text = f"the rule {constraint.id} of the task is not the plan's, or not as it was said"
            yield finding(code="check.asked", text=text, rule=constraint.id)
    if {goal.id for goal in task.goals} - {goal.id for goal in plan.goals}:
        yield finding(code="check.asked", text="a goal of the task is not the plan's")
    if (plan.over or plan.spent) and not plan.supersedes:
        text = "something is said to be over or spent, and there was no earlier version"
        yield finding(code="check.asked", text=text)
    for goal in plan.goals:
        if goal.type == "achieve" and goal.id not in plan.over:
            yield from _served(subject, goal)


def _weakened(asked: Constraint, kept: Constraint | None) -> bool:
    return (
        kept is None
        or (kept.type, kept.value, kept.operator) != (asked.type, asked.value, asked.operator)
        or kept.lasts is not asked.lasts
        or (asked.is_start and not kept.is_start)
        or (kept.offset_min, kept.to_offset_min) != (asked.offset_min, asked.to_offset_min)
        or kept.goals != asked.goals
        or (asked.hard and not kept.hard)
    )


def _served(subject: Subject, goal: Goal) -> Iterator[Finding]:
    steps = [step for step in subject.plan.steps if step.goal == goal.id]
    devices = [device for step in steps if (device := subject.device_of(step))]
    charging = isinstance(goal.value, dict) and goal.value.get("action") == "charge"
    # Charging is judged by what is in the battery afterwards: a full one takes no step.
    if not steps and not charging:
        yield finding(code="check.asked", text=f"no step serves the goal {goal.id}", goal=goal.id)
    if goal.target in subject.devices:
        wrong = [device for device in devices if device.id != goal.target]
    else:
        areas = _areas(subject, goal)
        known = any(device.kind == goal.target for device in subject.household.devices)
        wrong = [
            device
            for device in devices
            if (areas and device.area not in areas) or (known and device.kind != goal.target)
        ]
    for device in wrong:
        text = f"{device.id} is not what the goal {goal.id} is about"
        yield finding(code="check.asked", text=text, goal=goal.id, device=device.id)


def _areas(subject: Subject, goal: Goal) -> set[str]:
    floors = {area.id for area in subject.household.areas if area.floor in goal.scope}
    return set(goal.scope) | floors if goal.scope else set()


# --- rule 3


def check_times(subject: Subject) -> Iterator[Finding]:
    """Rule 3: steps begin with a slot, after now, or now, or at the time that was said; in order,
    as long as they say, to the grid's end; what they draw is what their program draws, slot by slot
    and to the minute. What lasts for a span begins with it, to the minute (rule 8). What ran when
    the plan was made anew goes on from then, and is its rest."""
    grid, steps = subject.grid, subject.plan.steps
    for step in steps:
        is_timed = step.is_span or step.start_ms in _meant(subject, step)
        yield from _runs_on(subject, step)
        if not (is_timed or step.start_ms in subject.starts):
            yield finding(code="check.times", text="it does not begin with a slot", step=step)
        begins = subject.snapshot.timestamp if is_timed else grid.start_ms
        if not begins <= step.start_ms < step.end_ms <= grid.end_ms:
            text = "it is not within the time that is planned, or ends before it begins"
            yield finding(code="check.times", text=text, step=step)
            continue
        if step.start_ms < subject.snapshot.timestamp:
            yield finding(code="check.times", text="it begins in the past", step=step)
        if step.estimated_duration_ms != step.end_ms - step.start_ms:
            text = "its duration is not the time from its start to its end"
            yield finding(code="check.times", text=text, step=step)
        yield from _draws(subject, step)
    if any(first.start_ms > second.start_ms for first, second in pairwise(steps)):
        yield finding(code="check.times", text="steps are not in the order of their start")


def _runs_on(subject: Subject, step: ExecutionStep) -> Iterator[Finding]:
    """Whether what is said to run could: it began before, and an earlier version had it."""
    now = max(subject.snapshot.timestamp, subject.grid.start_ms)
    if step.began_ms is not None and not (
        subject.plan.supersedes and step.began_ms <= step.start_ms == now
    ):
        yield finding(code="check.times", text="it is said to run, and cannot", step=step)


def _meant(subject: Subject, step: ExecutionStep) -> set[int]:
    """Now, and the times from which a step was asked for."""
    times = {subject.snapshot.timestamp}
    for rule in subject.plan.constraints:
        is_beginning = rule.type == "earliest" or (rule.type == "deadline" and rule.is_start)
        if is_beginning and (not rule.goals or step.goal in rule.goals):
            with suppress(Invalid):  # What is no time is said of the rule.
                times.add(meant(rule, subject))
    return times


def _draws(subject: Subject, step: ExecutionStep) -> Iterator[Finding]:
    device = subject.device_of(step)
    slots = max(1, len(subject.slots(step)))
    if step.power_w and len(step.power_w) != slots:
        text = "it does not say what it draws for each of its slots"
        yield finding(code="check.power", text=text, step=step)
    if any(power < 0 for power in step.power_w):
        yield finding(code="check.power", text="it draws less than nothing", step=step)
    if device is None:
        return
    if step.parameters.get("action") == "run" and device.programs:
        yield from _program(subject, step, device)
    elif device.storage is not None:
        if max(step.power_w, default=0) > device.storage.charge_w_max:
            text = f"{device.id} charges with at most {device.storage.charge_w_max} W"
            yield finding(code="check.power", text=text, step=step)
    elif max(step.power_w, default=0) > (device.power_w or 0):
        text = f"{device.id} draws at most {device.power_w or 0} W"
        yield finding(code="check.power", text=text, step=step)


def _program(subject: Subject, step: ExecutionStep, device: Device) -> Iterator[Finding]:
    name = step.parameters.get("program", device.programs[0].name)
    program = next((each for each in device.programs if each.name == name), None)
    if program is None:
        text = f"{device.id} has no program {name!r}"
        yield finding(code="check.device", text=text, step=step)
        return
    gone_ms = 0 if step.began_ms is None else step.start_ms - step.began_ms
    slot_ms = subject.grid.slot_ms
    over_ms = (step.start_ms - subject.grid.start_ms) % slot_ms
    is_over = gone_ms >= program.duration_ms
    lasts_ms = slot_ms - over_ms if is_over else program.duration_ms - gone_ms
    if step.end_ms - step.start_ms != lasts_ms:
        text = f"the program {name} does not last that long"
        yield finding(code="check.times", text=text, step=step, duration_ms=program.duration_ms)
    elif not is_over and step.power_w != _drawn(program, gone_ms, over_ms, slot_ms):
        text = f"it does not draw what the program {name} draws"
        yield finding(code="check.power", text=text, step=step)


def _drawn(program: Program, gone_ms: int, over_ms: int, slot_ms: int) -> tuple[int, ...]:
    """Mean watts by slot, as the difference of the energy used until its end and its beginning, of
    a program of which so much is over, and that goes on so long after a slot began."""

    def used(until: int) -> int:
        total = begins = 0
        for phase in program.phases:
            total += max(0, min(phase.duration_ms, until - begins)) * phase.power_w
            begins += phase.duration_ms
        return total

    begins = gone_ms - over_ms
    starts = range(begins, program.duration_ms, slot_ms)
    return tuple(
        half_up(used(start + slot_ms) - used(max(gone_ms, start)), slot_ms) for start in starts
    )
