"""Laws of the plan checker, over random homes.

1. A plan that was made by hand, its numbers by the test's own arithmetic, passes.
2. The same plan with one number, time, place or guardrail changed does not.
3. Whatever a plan says, the check ends in findings, never in an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.homes import home_of, known_of
from tests.plans import Doing, plan_of

from tarl.planning.checker.plans import check_plan
from tarl.planning.context import ContextSnapshot
from tarl.planning.household import IN_THE_HOUSE, Device, Household, PlacementTarget
from tarl.planning.plan import ExecutionPlan, ExecutionStep
from tarl.planning.slots import MINUTE_MS
from tarl.planning.task import CONSTRAINT_VALUES, Constraint, TrustTier

replace = msgspec.structs.replace
SEEDS = st.integers(0, 10_000)


def by_hand(seed: int) -> tuple[ExecutionPlan, Household]:
    """A plan of some things one after the other, with rules that leave it no room at all."""
    rng = Random(seed)
    home = home_of(rng)
    known = known_of(home, rng, Random(f"{seed}: minutes"))
    asker = rng.choice((TrustTier.BASIC, TrustTier.VERIFIED, TrustTier.TRUSTED))
    past = known.grid.slots_of(known.timestamp - known.grid.start_ms)
    doings, slot = [], past + rng.randrange(4)
    for device in home.devices:
        doing = _doing(device, f"g{len(doings) + 1}", slot, rng)
        found = _slot_for(doing, home, known) if doing else None
        if doing is None or found is None:
            continue
        wanted = {"energy_wh": sum(doing.watts) * known.grid.slot_ms // 3_600_000}
        doings.append(doing._replace(slot=found, wanted=wanted if doing.watts else None))
        slot = found + _length(doings[-1], home, known)
    plan = plan_of(doings, home, known, asker=asker)
    return plan_of(doings, home, known, asker=asker, constraints=_tight(plan, known)), home


def _doing(device: Device, goal: str, slot: int, rng: Random) -> Doing | None:
    place = next(place for place in device.placements if place in IN_THE_HOUSE)
    action = device.capabilities[0].capability_type
    if device.kind in ("battery", "solar"):
        return None
    if device.kind == "ev_charger":
        assert device.storage is not None
        # Watts that make whole watt-hours in a slot of any length.
        watts = 4 * rng.randint(100, device.storage.charge_w_max // 4)
        return Doing(goal, device.id, "charge", slot, None, (), (watts,), place)
    said = {"temperature": rng.randint(180, 230)} if device.limits else None
    return Doing(goal, device.id, action, slot, said, (), (), place)


def _length(doing: Doing, home: Household, known: ContextSnapshot) -> int:
    if doing.watts or doing.action != "run":
        return 1
    return known.grid.slots_of(home.device(doing.device).programs[0].duration_ms)


def _slot_for(doing: Doing, home: Household, known: ContextSnapshot) -> int | None:
    """The first slot from which on it may run: not in quiet hours, within what is known of prices,
    and not more than the house can draw."""
    device, length = home.device(doing.device), _length(doing, home, known)
    most = max(doing.watts, default=0) or max(
        (phase.power_w for program in device.programs[:1] for phase in program.phases), default=0
    )
    for start in range(doing.slot, known.grid.count - length + 1):
        slots = range(start, start + length)
        is_quiet = device.noisy and any(slot in _quiet(known) for slot in slots)
        base = max(home.base_load_w, 900)
        is_over = home.power_max_w is not None and base + most > home.power_max_w
        prices = known.import_price
        is_priced = not prices or all(prices[slot] is not None for slot in slots)
        if not is_quiet and not is_over and is_priced:
            return start
    return None


def _quiet(known: ContextSnapshot) -> set[int]:
    return {slot for slot, is_quiet in enumerate(known.quiet) if is_quiet}


def _tight(plan: ExecutionPlan, known: ContextSnapshot) -> tuple[Constraint, ...]:
    """Rules that the plan keeps to the minute, the micro-unit and the watt-hour."""
    rules = []
    for step in plan.steps:
        begins, ends = step.start_ms - known.timestamp, step.end_ms - known.timestamp
        rules += [
            ("deadline", {"in_minutes": -(-ends // MINUTE_MS)}, "lte", step.goal),
            ("earliest", {"in_minutes": begins // MINUTE_MS}, "gte", step.goal),
            ("energy", step.energy_wh, "lte", step.goal),
        ]
        if known.import_price:
            money = {"amount_micro": step.estimated_cost, "currency": known.currency}
            rules.append(("cost", money, "lte", step.goal))
    return tuple(
        Constraint(type, value, operator=operator, id=f"c{index}", goals=(goal,))  # type: ignore[arg-type]
        for index, (type, value, operator, goal) in enumerate(rules)
    )


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_a_plan_by_hand_passes(seed: int) -> None:
    plan, home = by_hand(seed)
    assert check_plan(plan, home) == ()


# --- one thing changed

CHANGES = (
    "moved",
    "longer",
    "energy_wh",
    "estimated_cost",
    "co2_g",
    "watts",
    "placement",
    "device",
    "guardrail",
    "goal",
    "removed",
    "doubled",
    "terms",
)


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS, change=st.sampled_from(CHANGES), draw=st.randoms(use_true_random=False))
def test_a_plan_with_one_thing_changed_does_not(seed: int, change: str, draw: Random) -> None:
    plan, home = by_hand(seed)
    if not plan.steps:
        return
    changed = _changed(plan, home, change, draw)
    if changed is not None:
        assert check_plan(changed, home), change


def _changed(
    plan: ExecutionPlan, home: Household, change: str, draw: Random
) -> ExecutionPlan | None:
    index = draw.randrange(len(plan.steps))
    step, by = plan.steps[index], draw.choice((-3, -1, 1, 2, 1000))
    if change == "terms":
        name = draw.choice(("energy_wh", "makespan", "cost", "peak"))
        if name in ("cost", "peak") and not _is_priced(plan):
            return None
        terms = replace(plan.terms, **{name: getattr(plan.terms, name) + by})
        return replace(plan, terms=terms)
    if change == "removed":
        return _with(plan, index, ())
    if change == "doubled":
        return _with(plan, index, (step, replace(step, step_id="again")))
    other = _changed_step(plan, home, step, change, by, draw)
    return None if other is None or other == step else _with(plan, index, (other,))


def _is_priced(plan: ExecutionPlan) -> bool:
    known = plan.context_snapshot
    assert known is not None
    return bool(known.import_price) and None not in known.import_price


def _with(plan: ExecutionPlan, index: int, steps: tuple[ExecutionStep, ...]) -> ExecutionPlan:
    return replace(plan, steps=(*plan.steps[:index], *steps, *plan.steps[index + 1 :]))


def _changed_step(
    plan: ExecutionPlan, home: Household, step: ExecutionStep, change: str, by: int, draw: Random
) -> ExecutionStep | None:
    assert plan.grid is not None
    if change == "moved":
        by_ms = by * draw.choice((MINUTE_MS, plan.grid.slot_ms))
        return replace(step, start_ms=step.start_ms + by_ms, end_ms=step.end_ms + by_ms)
    if change == "longer":
        return replace(step, end_ms=step.end_ms + by * MINUTE_MS)
    if change in ("energy_wh", "estimated_cost", "co2_g"):
        if change == "estimated_cost" and not (plan.context_snapshot or step).import_price:  # type: ignore[union-attr]
            return None
        return replace(step, **{change: getattr(step, change) + by})
    if change == "watts":
        watts = list(step.power_w)
        told = 1 + 3_600_000 // plan.grid.slot_ms  # makes a watt-hour; of a program each watt tells
        is_program = step.parameters.get("action") == "run"
        watts[draw.randrange(len(watts))] += max(by, 1 if is_program else told)
        return replace(step, power_w=tuple(watts))
    if change == "placement":
        places = [place for place in PlacementTarget if place is not step.placement]
        return replace(step, placement=draw.choice(places))
    if change == "device":
        others = [d.id for d in home.devices if d.id != step.device_id] or ["nothing"]
        return replace(step, device_id=draw.choice(others))
    if change == "goal":
        return replace(step, goal=draw.choice(("", "g99")))
    rails: Sequence[Any] = step.guardrails
    if not rails:
        return None
    lost = draw.randrange(len(rails))
    return replace(step, guardrails=(*rails[:lost], *rails[lost + 1 :]))


# --- anything at all

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**16), 10**16) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
INTEGERS = st.integers(-(10**16), 10**16)


@settings(max_examples=80, deadline=None)
@given(
    seed=SEEDS,
    start=INTEGERS,
    end=INTEGERS,
    watts=st.lists(INTEGERS, max_size=4),
    parameters=st.dictionaries(
        st.sampled_from(("action", "program", "power_w", "temperature", "at_end")), ANYTHING
    ),
    rules=st.lists(st.tuples(st.sampled_from(sorted(CONSTRAINT_VALUES)), ANYTHING), max_size=4),
    only_if=st.none() | st.dictionaries(st.text(max_size=5), ANYTHING),
)
def test_whatever_a_plan_says_the_check_ends_in_findings(
    seed: int,
    start: int,
    end: int,
    watts: list[int],
    parameters: dict[str, Any],
    rules: list[tuple[str, Any]],
    only_if: dict[str, Any] | None,
) -> None:
    plan, home = by_hand(seed)
    odd = tuple(
        Constraint(type, value, operator="eq", id=f"x{index}")
        for index, (type, value) in enumerate(rules)
    )
    steps = tuple(
        replace(
            step,
            start_ms=start,
            end_ms=end,
            power_w=tuple(watts),
            parameters=parameters,
            only_if=only_if,
        )
        for step in plan.steps[:2]
    )
    changed = replace(plan, steps=(*steps, *plan.steps[2:]), constraints=odd)
    if plan.steps:
        assert check_plan(changed, home)
    else:
        check_plan(changed, home)
