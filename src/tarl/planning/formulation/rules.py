"""What bounds a plan, slot by slot: each constraint of a task, and the rules of the house.

1. Unknown never helps: where nobody knows whether somebody sleeps, somebody does; where nobody
   knows whether somebody is at home, a step that wants an empty house does not begin.
2. Each rule keeps the id of its constraint, so that a conflict names what was said.
3. What no plan can see to (a device's state when the time comes) becomes the step's own condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.foreseen import condition_words, holding, known_at, mean_price
from tarl.planning.formulation.spans import slots_of
from tarl.planning.formulation.wants import Want
from tarl.planning.formulation.ways import AT_ITS_MINUTE, option_id
from tarl.planning.formulation.windows import window_spans
from tarl.planning.household import Household, PlacementTarget
from tarl.planning.moments import moment_of
from tarl.planning.offsets import offset_words
from tarl.planning.problem import Rule
from tarl.planning.slots import Grid, zone_named
from tarl.planning.task import Constraint
from tarl.values.instants import to_datetime

PENALTY_PER_PRIORITY = 2_000_000
"""What breaking a soft rule of priority 1 is worth: two cents where cost is weighed most."""

BREACH_UNITS = {"cost_max": 10_000, "energy_max": 100, "power_max": 100, "latency_max": 10}
"""Rules that are broken by an amount: of how much that is the price; of one unit for the others."""

OUTSIDE = frozenset({PlacementTarget.CLOUD_REGION, PlacementTarget.HYBRID})

QUIET_RULE, POWER_RULE, PRICES_RULE = "house:quiet", "house:power", "house:prices"
QUIET_TEXT = "quiet hours are kept"

GIVEN_UP = "given up"
"""The source of a rule of the house that a plan was made without."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Rules for the solver, and conditions that are looked at when a step is due, by want."""

    rules: tuple[Rule, ...]
    only_if: dict[str, dict[str, Any]]


def house_constraints(household: Household, snapshot: ContextSnapshot) -> list[Constraint]:
    """The rules of the house, as constraints with ids of their own."""
    rules = []
    if any(snapshot.quiet):
        rules.append(
            Constraint("quiet", True, operator="eq", priority=6, id=QUIET_RULE, source="house rule")
        )
    if household.power_max_w is not None:
        rules.append(
            Constraint(
                "power",
                household.power_max_w,
                priority=10,
                id=POWER_RULE,
                source="the connection",
            )
        )
    return rules


def given_up(constraints: Sequence[Constraint]) -> tuple[str, ...]:
    """The rules of the house that a plan was made without, by their ids."""
    return tuple(bound.id for bound in constraints if bound.source == GIVEN_UP)


def bounds_of(
    constraints: Sequence[Constraint], wants: Sequence[Want], snapshot: ContextSnapshot
) -> Bounds:
    """What the constraints mean for these wants.

    Raises:
        Invalid: ``task.time``, ``plan.currency``, ``plan.condition``.
    """
    rules: list[Rule] = []
    only_if: dict[str, dict[str, Any]] = {}
    for bound in constraints:
        about = [want for want in wants if not bound.goals or want.goal in bound.goals]
        if not about:
            continue
        reader = _READERS.get(bound.type)
        if reader is not None:
            held = [want for want in about if want.span is not None and bound.id in want.span.rules]
            free = [want for want in about if want not in held]
            found = reader(bound, free, snapshot) if free else []
            found += [rule for want in held for rule in _held(bound, want, snapshot)]
            rules += [_softened(rule, bound) for rule in found]
        if bound.type == "condition" and bound.hard:
            said = {"operator": bound.operator, **_condition(bound)}
            for want in about:
                first = only_if.setdefault(want.id, dict(said))
                if first != said:
                    first.setdefault("also", []).append(said)
    unpriced = _unpriced(wants, snapshot)
    return Bounds(rules=(*rules, *unpriced), only_if=only_if)


def _held(bound: Constraint, want: Want, snapshot: ContextSnapshot) -> list[Rule]:
    """The rules that keep what lasts for a span in its slots, as a rule of the span says them."""
    assert want.span is not None
    slots, count, span = slots_of(want.span, snapshot), snapshot.grid.count, want.span
    begins, ends = _clock(span.start_ms, snapshot), _clock(span.end_ms, snapshot)
    job = (want.id,)
    first = Rule(id=bound.id, kind="start_from", jobs=job, limit=min(count, slots.start))
    last = Rule(id=bound.id, kind="end_by", jobs=job, limit=min(count, slots.stop))
    if bound.type == "window":
        text, rules = f"from {begins} to {ends}", [first, last]
    elif bound.type == "deadline" and not bound.is_start:
        text, rules = f"until {ends}", [last]
    else:
        text, rules = f"from {begins} on", [first]
    return [msgspec.structs.replace(rule, text=text) for rule in rules]


def _softened(rule: Rule, bound: Constraint) -> Rule:
    if bound.hard:
        return rule
    per_unit = PENALTY_PER_PRIORITY * bound.priority // BREACH_UNITS.get(rule.kind, 1)
    return msgspec.structs.replace(rule, penalty=per_unit)


Reader = Callable[[Constraint, list[Want], ContextSnapshot], list[Rule]]


def _ids(wants: Sequence[Want]) -> tuple[str, ...]:
    return tuple(want.id for want in wants)


def wall_clock(bound: Constraint, snapshot: ContextSnapshot) -> str:
    """The instant of a rule that names one, on the wall.

    Raises:
        Invalid: ``task.time``.
    """
    return _at(bound, moment_of(bound, snapshot), snapshot)


def _at(bound: Constraint, at_ms: int, snapshot: ContextSnapshot) -> str:
    """The instant of a rule on the wall, and what it was counted from."""
    counted = offset_words(bound)
    return _clock(at_ms, snapshot) + (f", {counted}" if counted else "")


def _deadline(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    if bound.is_start:
        return _earliest(bound, wants, snapshot)
    at = moment_of(bound, snapshot)
    limit = min(snapshot.grid.count, max(0, snapshot.grid.slot_of(at)))
    text = f"done by {_at(bound, at, snapshot)}"
    return [Rule(id=bound.id, kind="end_by", jobs=_ids(wants), limit=limit, text=text)]


def _earliest(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    at = moment_of(bound, snapshot)
    grid = snapshot.grid
    text = f"{'at' if bound.is_start else 'not before'} {_at(bound, at, snapshot)}"
    limits: dict[int, list[Want]] = {}
    for want in wants:
        first = first_slot(want, at, grid)
        if want.begins_ms is not None and want.begins_ms >= at:
            first = min(first, grid.slot_of(want.begins_ms))
        limits.setdefault(min(grid.count, max(0, first)), []).append(want)
    return [
        Rule(id=bound.id, kind="start_from", jobs=_ids(some), limit=limit, text=text)
        for limit, some in sorted(limits.items())
    ]


def first_slot(want: Want, at_ms: int, grid: Grid) -> int:
    """The first slot in which something may begin from an instant on: one that is partly over for
    what draws nothing and ends within it as well."""
    slot, over_ms = divmod(at_ms - grid.start_ms, grid.slot_ms)
    is_word = all(
        not any(way.power_w) and over_ms + way.duration_ms <= len(way.power_w) * grid.slot_ms
        for way in want.ways
    )
    return slot if is_word or not over_ms else slot + 1


def _window(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    spans = window_spans(bound, snapshot)
    if bound.operator == "in":
        spans = _next_of(spans, wants, snapshot.timestamp)
    inside = {slot for span in spans for slot in snapshot.grid.covering(*span)}
    whole = {
        slot
        for start, end in spans
        for slot in snapshot.grid.covering(start, end)
        if snapshot.grid.overlap(slot, start, end) == snapshot.grid.slot_ms
    }
    within = bound.operator == "in"
    slots = [s for s in range(snapshot.grid.count) if (s not in whole if within else s in inside)]
    text = "inside its window of time" if within else "outside its window of time"
    if spans:
        words = "between" if within else "not between"
        text = " and ".join(_clock(at, snapshot) for at in spans[0])
        text = f"{words} {text}"
    return [_forbid(bound, wants, slots, text)]


def _next_of(
    spans: list[tuple[int, int]], wants: Sequence[Want], now: int
) -> list[tuple[int, int]]:
    """The window that comes next, or goes on, and is long enough for all that is wanted, one after
    the other; all of them where none is."""
    lasts = sum(min(way.duration_ms for way in want.ways) for want in wants)
    long_enough = (span for span in spans if span[1] - max(span[0], now) >= lasts)
    found = next(long_enough, None)
    return spans if found is None else [found]


def _cost(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    amount = _amount(bound, snapshot)
    text = f"at most {amount / 1e6:.2f} {snapshot.currency}"
    return [Rule(id=bound.id, kind="cost_max", jobs=_ids(wants), limit=amount, text=text)]


def _price(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    amount = _amount(bound, snapshot)
    dear = [s for s, price in enumerate(snapshot.import_price) if price is None or price > amount]
    text = f"only while a kilowatt-hour costs at most {amount / 1e6:.3f} {snapshot.currency}"
    return [_forbid(bound, wants, dear, text)]


def _amount(bound: Constraint, snapshot: ContextSnapshot) -> int:
    value = bound.value if isinstance(bound.value, dict) else {}
    amount, currency = value.get("amount_micro"), value.get("currency", snapshot.currency)
    if not isinstance(amount, int):
        raise Invalid(
            f"this is no amount of money: {bound.value!r}",
            code="task.constraint",
            next_step="give amount_micro and currency",
        )
    if currency != snapshot.currency:
        raise Invalid(
            f"the budget is in {currency} and the prices are in {snapshot.currency}",
            code="plan.currency",
            next_step=f"say the amount in {snapshot.currency}",
            budget=currency,
            prices=snapshot.currency,
        )
    return amount


def _energy(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    limit = int(bound.value)
    text = f"at most {limit / 1000:.2f} kWh"
    return [Rule(id=bound.id, kind="energy_max", jobs=_ids(wants), limit=limit, text=text)]


def _power(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    limit = int(bound.value)
    text = f"the house draws at most {limit} W"
    is_essential = bound.id == POWER_RULE
    return [Rule(id=bound.id, kind="power_max", limit=limit, is_essential=is_essential, text=text)]


def _latency(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    limit = int(bound.value)
    text = f"answers within {limit} ms"
    return [Rule(id=bound.id, kind="latency_max", jobs=_ids(wants), limit=limit, text=text)]


def _tariff(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    if bound.value == "off_peak":
        mean = mean_price(snapshot)
        dear = [s for s, p in enumerate(snapshot.import_price) if p is None or p > mean]
        text = f"only below the mean price of {mean / 1e6:.3f} {snapshot.currency}/kWh"
        return [_forbid(bound, wants, dear, text)]
    if bound.value == "solar_only":
        return [
            _forbid(bound, group, _without_sun(power_w, snapshot), "only on the sun's power")
            for power_w, group in _by_power(wants)
        ]
    return []


def _by_power(wants: list[Want]) -> list[tuple[int, list[Want]]]:
    """Wants with the same peak of power together: they need the same sun."""
    groups: dict[int, list[Want]] = {}
    for want in wants:
        peak = min(max(way.power_w) for way in want.ways)
        groups.setdefault(peak, []).append(want)
    return list(groups.items())


def _without_sun(power_w: int, snapshot: ContextSnapshot) -> list[int]:
    lacking = []
    for slot in range(snapshot.grid.count):
        sun = known_at(snapshot.solar_w, slot) or 0
        base = known_at(snapshot.base_load_w, slot) or 0
        if sun - base < power_w:
            lacking.append(slot)
    return lacking


def _privacy(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    outside = tuple(
        sorted(
            {
                option_id(way.device, placement) + minute
                for want in wants
                for way in want.ways
                for placement in way.device.placements
                for minute in ("", AT_ITS_MINUTE)
                if placement in OUTSIDE
            }
        )
    )
    if not outside:
        return []
    text = "nothing leaves the house"
    return [Rule(id=bound.id, kind="not_options", jobs=_ids(wants), options=outside, text=text)]


def _quiet(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    noisy = [want for want in wants if any(way.device.noisy for way in want.ways)]
    slots = [slot for slot, quiet in enumerate(snapshot.quiet) if quiet]
    if not noisy or not slots:
        return []
    return [_forbid(bound, noisy, slots, QUIET_TEXT)]


def _forbid(bound: Constraint, wants: Sequence[Want], slots: Sequence[int], text: str) -> Rule:
    return Rule(id=bound.id, kind="forbid", jobs=_ids(wants), slots=tuple(slots), text=text)


# --- conditions


def _condition(bound: Constraint) -> dict[str, Any]:
    if isinstance(bound.value, dict) and isinstance(bound.value.get("subject"), str):
        return dict(bound.value)
    raise Invalid(
        f"this is no condition: {bound.value!r}",
        code="plan.condition",
        next_step="give a subject and a state, as docs/reference/planning-language.md lists them",
    )


def _conditional(bound: Constraint, wants: list[Want], snapshot: ContextSnapshot) -> list[Rule]:
    condition = _condition(bound)
    holds = holding(condition, snapshot)
    if holds is None:
        return []
    wanted = bound.operator != "neq"
    slots = [slot for slot, is_so in enumerate(holds) if is_so is None or is_so is not wanted]
    text = condition_words(condition, bound.operator)
    return [_forbid(bound, wants, slots, text)] if slots else []


# --- what is common


def _unpriced(wants: Sequence[Want], snapshot: ContextSnapshot) -> list[Rule]:
    """Where prices end, nothing that draws power is planned, but for what is wanted just then;
    where there are none at all, nothing is said of cost, and the snapshot's doubts tell so."""
    prices = snapshot.import_price
    unknown = tuple(slot for slot, price in enumerate(prices) if price is None)
    if not unknown or len(unknown) == len(prices):
        return []
    drawing = [
        want for want in wants if want.span is None and any(any(way.power_w) for way in want.ways)
    ]
    if not drawing:
        return []
    text = "what power costs now is not known"
    if min(unknown):
        text = "prices are known only until then"
    return [
        Rule(
            id=PRICES_RULE,
            kind="forbid",
            jobs=_ids(drawing),
            slots=unknown,
            is_essential=True,
            text=text,
        )
    ]


def _clock(ms: int, snapshot: ContextSnapshot) -> str:
    return to_datetime(ms).astimezone(zone_named(snapshot.time_zone)).strftime("%a %H:%M")


_READERS: dict[str, Reader] = {
    "deadline": _deadline,
    "earliest": _earliest,
    "window": _window,
    "cost": _cost,
    "price": _price,
    "energy": _energy,
    "power": _power,
    "latency": _latency,
    "tariff": _tariff,
    "privacy": _privacy,
    "quiet": _quiet,
    "condition": _conditional,
}
