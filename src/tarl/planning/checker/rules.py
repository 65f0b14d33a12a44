"""Rule 8 of the check: every hard rule that somebody set is kept.

Something is so from 500 permille on. A price is high from 15 % above the mean of those known (or
of the whole horizon, the same), low from 15 % below it; 5 degrees are cold and 25 hot. What is not
known in a slot is not so, and is not not so either: no rule about it is kept there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tarl.errors import Invalid
from tarl.planning.checker.finding import Finding, Subject, at, finding
from tarl.planning.checker.times import meant
from tarl.planning.checker.windows import spans_of
from tarl.planning.context import Doubt
from tarl.planning.household import IN_THE_HOUSE
from tarl.planning.plan import ExecutionStep
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import Constraint

LIKELY = 500
HIGH, LOW = 1150, 850
COLD, HOT = 50, 250

Steps = tuple[ExecutionStep, ...]


TIMES = ("deadline", "earliest", "window")
NOW = ("condition", "exclude", "price", "privacy", "quiet", "temperature")
"""Rules about when a step was to be, and about what is so when it is."""


def check_rules(subject: Subject, *, types: Iterable[str] | None = None) -> Iterator[Finding]:
    """Rule 8, rule by rule, all or those of some types; one that cannot be looked at, or that
    rests on what is stale, is a finding too."""
    looked_at = tuple(_CHECKS if types is None else types)
    for rule, steps in subject.hard(*looked_at):
        doubt = _doubt(subject, rule) if steps else None
        if doubt is not None:
            text = f"the rule {rule.id} rests on what is not to be relied on: {doubt.text}"
            yield finding(code="check.stale", text=text, rule=rule.id, source=doubt.source)
        try:
            yield from _CHECKS[rule.type](subject, rule, steps)
        except (Invalid, TypeError, ValueError, KeyError, AttributeError) as error:
            text = f"the rule {rule.id} cannot be looked at: {error}"
            yield finding(code="check.unchecked", text=text, rule=rule.id)
    forgotten = not any(rule.type == "quiet" for rule in subject.plan.constraints)
    if forgotten and "quiet" in looked_at:
        yield from _quiet(subject, Constraint("quiet", True, id="house:quiet"), subject.plan.steps)


def _doubt(subject: Subject, rule: Constraint) -> Doubt | None:
    """What makes that which a rule rests on unreliable. Where quiet hours are not known, all are
    quiet: that rule rests on nothing."""
    name = rule.type
    if name == "quiet":
        return None
    if name == "condition" and isinstance(rule.value, dict):
        name = str(rule.value.get("subject"))
    return next((doubt for doubt in subject.snapshot.doubts if name in doubt.blocks), None)


def _broken(rule: Constraint, text: str, step: ExecutionStep | None = None) -> Finding:
    return finding(code="check.rule", text=f"{text} ({rule.id})", step=step, rule=rule.id)


# --- time


def _deadline(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    if rule.is_start:
        yield from _earliest(subject, rule, steps)
        return
    limit = meant(rule, subject)
    for step in steps:
        if step.end_ms > limit:
            yield _broken(rule, "it ends too late", step)


def _earliest(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    limit = meant(rule, subject)
    for step in steps:
        if step.start_ms < limit:
            yield _broken(rule, "it begins too early", step)
    known = subject.snapshot
    if rule.is_start and limit >= max(known.timestamp, known.grid.start_ms):
        yield from _late(subject, rule, steps, limit)


def _late(subject: Subject, rule: Constraint, steps: Steps, limit: int) -> Iterator[Finding]:
    """Of what is done in several parts the first counts; what follows on something does not."""
    first: dict[tuple[str, str | None], ExecutionStep] = {}
    for step in steps:
        known = first.get((step.goal, step.device_id))
        if known is None or step.start_ms < known.start_ms:
            first[step.goal, step.device_id] = step
    for step in first.values():
        if not step.dependencies and step.start_ms >= limit + subject.snapshot.grid.slot_ms:
            yield _broken(rule, "it begins too late", step)


def _window(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    spans = spans_of(rule, subject)
    for step in steps:
        inside = any(a <= step.start_ms and step.end_ms <= b for a, b in spans)
        touched = any(a < step.end_ms and step.start_ms < b for a, b in spans)
        if touched if rule.operator == "neq" else not inside:
            yield _broken(rule, "it runs when it should not", step)


def _duration(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    for step in steps:
        device = subject.device_of(step)
        # A program lasts as long as it lasts, and what is only told something does not last.
        is_free = device is not None and not device.programs and device.storage is None
        is_lasting = "at_end" in step.parameters or step.parameters.get("action") == "run"
        if is_free and is_lasting and not _lasts(step, int(rule.value) * MINUTE_MS):
            yield _broken(rule, f"it does not last {rule.value} minutes", step)


def _lasts(step: ExecutionStep, duration_ms: int) -> bool:
    """Whether a step lasts so long from its beginning on, or should have ended."""
    if step.began_ms is not None and step.began_ms + duration_ms <= step.start_ms:
        return True
    begins = step.start_ms if step.began_ms is None else step.began_ms
    return step.end_ms - begins == duration_ms


# --- what it comes to


def _cost(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    spent = sum(each.cost_micro for each in subject.spent_on(rule))
    limit, bill = _amount(subject, rule) - spent, subject.bill(steps)
    if bill is None:
        text = f"a price that the rule {rule.id} is about is not known"
        yield finding(code="check.unchecked", text=text, rule=rule.id)
    elif bill > limit and steps:
        yield _broken(rule, f"it costs {bill} micro-units, more than {limit}")


def _amount(subject: Subject, rule: Constraint) -> int:
    if rule.value.get("currency", subject.snapshot.currency) != subject.snapshot.currency:
        raise ValueError("it is about another currency than the prices are")
    return int(rule.value["amount_micro"])


def _price(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    limit = _amount(subject, rule)
    for step in steps:
        if any(p is None or p > limit for p in _over(subject.snapshot.import_price, subject, step)):
            yield _broken(rule, "it runs while power is dearer", step)


def _over(
    series: tuple[int | None, ...], subject: Subject, step: ExecutionStep
) -> list[int | None]:
    return [at(series, slot) for slot in subject.slots(step)]


def _energy(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    used = subject.wh(sum(sum(subject.power(step).values()) for step in steps))
    spent = sum(each.energy_wh for each in subject.spent_on(rule))
    if steps and used + spent > int(rule.value):
        yield _broken(rule, f"it takes {used} Wh")


def _latency(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    if not rule.goals and subject.plan.terms.latency > int(rule.value):
        yield _broken(rule, f"it answers within {subject.plan.terms.latency} ms")


def _tariff(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    if rule.value == "off_peak":
        mean = _mean(subject)
        for step in steps:
            prices = _over(subject.snapshot.import_price, subject, step)
            if any(price is None or price > mean for price in prices):
                yield _broken(rule, "it runs while power is dearer than the mean", step)
    elif rule.value == "solar_only":
        for step in steps:
            for slot, watts in subject.power(step).items():
                if watts > max(0, subject.solar_w(slot) - subject.base_w(slot)):
                    yield _broken(rule, "it draws more than the sun leaves", step)
                    break


def _mean(subject: Subject) -> int:
    known = [price for price in subject.snapshot.import_price if price is not None]
    return sum(known) // len(known) if known else 0


# --- where and what


def _privacy(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    for step in steps:
        if step.placement not in IN_THE_HOUSE:
            yield _broken(rule, "it leaves the house", step)


def _exclude(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    for step in steps:
        device = subject.device_of(step)
        if device is not None and rule.value in (device.id, device.area):
            yield _broken(rule, f"it is on {device.id}, which is excluded", step)


def _temperature(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    """A rule about all that is done is about rooms: what heats water is none."""
    rooms = tuple(step for step in steps if not _heats_water(subject, step))
    return _settings(rule, steps if rule.goals else rooms, ("temperature",))


def _heats_water(subject: Subject, step: ExecutionStep) -> bool:
    device = subject.device_of(step)
    return device is not None and device.kind == "water_heater"


def _level(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    """Of brightness and position; how far a battery is charged is rule 6."""
    return _settings(rule, steps if rule.goals else (), ("brightness", "position"))


def _settings(rule: Constraint, steps: Steps, names: tuple[str, ...]) -> Iterator[Finding]:
    for step in steps:
        for name in names:
            value = step.parameters.get(name)
            if isinstance(value, int) and _compares(value, rule):
                yield _broken(rule, f"it sets {name} to {value}", step)


def _compares(value: int, rule: Constraint) -> bool:
    """Whether a number breaks a bound."""
    bound = int(rule.value)
    return value > bound if rule.operator == "lte" else rule.operator == "gte" and value < bound


def _quiet(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    quiet = {slot for slot, is_quiet in enumerate(subject.snapshot.quiet) if is_quiet}
    for step in steps if rule.value is True else ():
        device = subject.device_of(step)
        if device is not None and device.noisy and quiet.intersection(subject.slots(step)):
            yield _broken(rule, "it is noisy in quiet hours", step)


# --- conditions


def _condition(subject: Subject, rule: Constraint, steps: Steps) -> Iterator[Finding]:
    subject_name, state = rule.value["subject"], rule.value["state"]
    for step in steps:
        foreseen = [_is_so_then(rule.value, subject, slot) for slot in subject.slots(step)]
        if None not in foreseen:
            wanted = rule.operator != "neq"
            if any(is_true is not wanted for is_true in foreseen):
                yield _broken(rule, f"{subject_name} is not expected to allow it", step)
        elif _is_foreseeable(subject_name, state):
            yield _broken(rule, f"nobody knows of {subject_name} then", step)
        elif not _looks_when_due(step.only_if, rule):
            yield _broken(rule, f"{subject_name} is not looked at when it is due", step)


def _is_foreseeable(subject_name: str, state: str) -> bool:
    return subject_name in ("occupancy", "price", "solar") or (
        subject_name == "weather" and state in ("cold", "hot", "above", "below")
    )


def _is_so_then(condition: dict[str, Any], subject: Subject, slot: int) -> bool | None:
    """Whether a condition is expected to hold in a slot; None where nobody knows."""
    name, state = condition["subject"], condition["state"]
    if state not in ("above", "below"):
        return is_so(name, state, subject, slot)
    known = subject.snapshot
    series = {"solar": known.solar_w, "weather": known.temperature}[name]
    measured, value = at(series, slot), int(condition["value"])
    if measured is None:
        return None
    return measured > value if state == "above" else measured < value


def is_so(name: str, state: str, subject: Subject, slot: int) -> bool | None:
    """Whether a condition is expected to hold in a slot; None where nobody knows."""
    known = subject.snapshot
    if name == "occupancy":
        share = at(known.asleep if state in ("asleep", "awake") else known.home, slot)
        return None if share is None else (share >= LIKELY) is (state in ("asleep", "home"))
    if name == "price":
        price, mean = at(known.import_price, slot), _mean(subject)
        if price is None:
            return None
        if state == "negative":
            return price < 0
        return price * 1000 >= mean * HIGH if state == "high" else price * 1000 <= mean * LOW
    if name == "solar":
        sun = at(known.solar_w, slot)
        return None if sun is None else sun > subject.base_w(slot)
    if name == "weather" and state in ("cold", "hot"):
        degrees = at(known.temperature, slot)
        return None if degrees is None else degrees <= COLD if state == "cold" else degrees >= HOT
    return None


def _looks_when_due(only_if: Any, rule: Constraint) -> bool:
    """Whether the step's own condition has the rule's in it."""
    if isinstance(only_if, list | tuple):
        return any(_looks_when_due(part, rule) for part in only_if)
    if not isinstance(only_if, dict):
        return False
    if all(only_if.get(name) == value for name, value in rule.value.items()):
        return bool(only_if.get("operator", "eq") == rule.operator)
    return any(_looks_when_due(part, rule) for part in only_if.values())


_CHECKS: dict[str, Callable[[Subject, Constraint, Steps], Iterator[Finding]]] = {
    "condition": _condition,
    "cost": _cost,
    "deadline": _deadline,
    "duration": _duration,
    "earliest": _earliest,
    "energy": _energy,
    "exclude": _exclude,
    "latency": _latency,
    "level": _level,
    "price": _price,
    "privacy": _privacy,
    "quiet": _quiet,
    "tariff": _tariff,
    "temperature": _temperature,
    "window": _window,
}
