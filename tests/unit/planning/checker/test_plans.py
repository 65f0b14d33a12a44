"""The checker of plans: a good plan passes; broken in exactly one way, that way is found.

Each group of cases is one of the numbered rules in ``checker/plans.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.plans import Doing, plan_of
from tests.unit.planning.checker.good import (
    BATTERY,
    CLOUD,
    CONSENT,
    DOINGS,
    GRID,
    HOME,
    HOUSE,
    NOW,
    RULES,
    good,
    known_of,
    step,
    with_step,
)

from tarl.planning.checker.finding import Finding
from tarl.planning.checker.plans import check_plan
from tarl.planning.context import Doubt
from tarl.planning.household import IN_THE_HOUSE, DeviceCapability, PlacementTarget
from tarl.planning.plan import (
    Alternative,
    Conflict,
    ConsentReference,
    ExecutionPlan,
    FeasibilityStatus,
    Guardrail,
    RunnerUp,
    StepType,
    Strategy,
)
from tarl.planning.slots import MINUTE_MS, QUARTER_MS
from tarl.planning.task import Constraint, Goal, PrivacyClass, TrustTier, When

Break = Callable[[ExecutionPlan], ExecutionPlan]
replace = msgspec.structs.replace


def codes(plan: ExecutionPlan, **options: Any) -> set[str]:
    return {found.code for found in check_plan(plan, HOME, **options)}


def about(plan: ExecutionPlan, code: str) -> list[Finding]:
    return [found for found in check_plan(plan, HOME) if found.code == code]


@pytest.mark.parametrize(("name", "is_critical"), [("Garage door", True), ("Shade", False)])
def test_a_relay_behind_a_garage_door_is_not_moved_without_a_yes(
    name: str, is_critical: bool
) -> None:
    devices = tuple(
        replace(each, kind="switch", name=name) if each.id == "blind" else each
        for each in HOME.devices
    )
    known = replace(known_of(), household_digest="")
    plan = plan_of((Doing("g1", "blind", "open", 7),), HOME, known)
    found = check_plan(replace(plan, household_digest=""), replace(HOME, devices=devices))
    lacking = {each.facts["kind"] for each in found if each.code == "check.guardrail"}
    assert lacking == ({"confirm", "fresh"} if is_critical else set())


def test_a_plan_that_keeps_every_rule_passes() -> None:
    assert check_plan(good(), HOME) == ()
    assert check_plan(good(), HOME, snapshot=known_of()) == ()


def moved(id: str, by_slots: int) -> Break:
    """The step elsewhere in time, and nothing else changed."""

    def change(plan: ExecutionPlan) -> ExecutionPlan:
        found, by_ms = step(plan, id), by_slots * QUARTER_MS
        start, end = found.start_ms + by_ms, found.end_ms + by_ms
        return with_step(plan, id, start_ms=start, end_ms=end)

    return change


def stepped(id: str, **fields: Any) -> Break:
    return lambda plan: with_step(plan, id, **fields)


def planned(**fields: Any) -> Break:
    return lambda plan: replace(plan, **fields)


def termed(**fields: Any) -> Break:
    return lambda plan: replace(plan, terms=replace(plan.terms, **fields))


def charged(at: dict[int, int]) -> Break:
    """Other flows of the battery, told to it as they are."""
    flow = tuple(at.get(slot, 0) for slot in range(GRID.count))
    return lambda plan: good(battery={"battery": flow})


def flowing(name: str, slot: int, watts: int) -> Break:
    def change(plan: ExecutionPlan) -> ExecutionPlan:
        series = list(getattr(plan, name)["battery"])
        series[slot] = watts
        return replace(plan, **{name: {"battery": tuple(series)}})

    return change


def without_rails(id: str, kind: str) -> Break:
    def change(plan: ExecutionPlan) -> ExecutionPlan:
        rails = tuple(rail for rail in step(plan, id).guardrails if rail.kind != kind)
        return with_step(plan, id, guardrails=rails)

    return change


def with_fallback(id: str, **fields: Any) -> Break:
    def change(plan: ExecutionPlan) -> ExecutionPlan:
        other = replace(step(plan, id), step_id="instead", **fields)
        return with_step(plan, id, fallback_steps=(other,))

    return change


def compared(**fields: Any) -> Break:
    """With a runner-up of the vacuum's step, its own time and place where nothing else is said."""

    def change(plan: ExecutionPlan) -> ExecutionPlan:
        usual: dict[str, Any] = {
            "start_ms": step(plan, "g7.vacuum").start_ms,
            "device_id": "vacuum",
            "placement": PlacementTarget.LOCAL_DEVICE,
            "cost_more_micro": 1,
            "objective_more": 1,
            "why": "dearer",
        }
        return with_step(plan, "g7.vacuum", runner_up=RunnerUp(**usual | fields))

    return change


def test_a_step_may_be_compared_with_another_time() -> None:
    assert codes(compared(start_ms=NOW)(good())) == set()


CASES: list[tuple[str, Break, str]] = [
    # --- 1 shape
    ("two steps have one id", stepped("g7.vacuum", step_id="g6.lock"), "check.shape"),
    ("a step has no id", stepped("g7.vacuum", step_id=""), "check.shape"),
    ("a goal does not exist", stepped("g7.vacuum", goal="g77"), "check.shape"),
    ("a step serves nothing", stepped("g7.vacuum", goal=""), "check.shape"),
    ("it waits for nothing", stepped("g7.vacuum", dependencies=("x",)), "check.shape"),
    ("it waits for itself", stepped("g7.vacuum", dependencies=("g7.vacuum",)), "check.shape"),
    ("a circle", stepped("g2.washer", dependencies=("g3.dryer",)), "check.shape"),
    ("no such device", stepped("g7.vacuum", device_id="ghost"), "check.device"),
    ("it cannot do that", stepped("g7.vacuum", parameters={"action": "fly"}), "check.device"),
    ("it is told nothing", stepped("g7.vacuum", parameters={}), "check.device"),
    ("nothing undoes it", stepped("g7.vacuum", compensate={"action": "fly"}), "check.device"),
    ("compared with itself", compared(), "check.shape"),
    ("compared with nowhere", compared(start_ms=NOW - QUARTER_MS), "check.shape"),
    ("compared with nothing", compared(device_id="ghost"), "check.shape"),
    ("compared with no place", compared(start_ms=NOW, placement=CLOUD), "check.shape"),
    (
        "worse than the runner-up",
        lambda plan: replace(compared(start_ms=NOW, objective_more=-1)(plan), bound=0),
        "check.shape",
    ),
    ("a fallback cannot", with_fallback("g7.vacuum", device_id="blind"), "check.device"),
    # --- 2 asked
    (
        "a goal is not served",
        lambda plan: replace(plan, steps=tuple(s for s in plan.steps if s.goal != "g7")),
        "check.asked",
    ),
    ("a goal is forgotten", lambda plan: replace(plan, goals=plan.goals[1:]), "check.asked"),
    ("a rule is forgotten", lambda plan: replace(plan, constraints=RULES[1:]), "check.asked"),
    (
        "a rule is soft now",
        lambda plan: replace(plan, constraints=(replace(RULES[0], hard=False), *RULES[1:])),
        "check.asked",
    ),
    (
        "a rule says something else",
        lambda plan: replace(
            plan, constraints=(replace(RULES[0], value=When(clock="13:00")), *RULES[1:])
        ),
        "check.asked",
    ),
    (
        "a rule is about less",
        lambda plan: replace(plan, constraints=(replace(RULES[1], goals=()), RULES[0], *RULES[2:])),
        "check.asked",
    ),
    ("the wrong device", stepped("g7.vacuum", goal="g1"), "check.asked"),
    (
        "nobody says what is left out",
        planned(feasibility=FeasibilityStatus.DEGRADED),
        "check.asked",
    ),
    (
        "no plan, and yet steps",
        planned(
            feasibility=FeasibilityStatus.INFEASIBLE, conflict=Conflict(rules=("c1",), names={})
        ),
        "check.asked",
    ),
    (
        "no plan, and no reason",
        lambda plan: replace(
            plan,
            feasibility=FeasibilityStatus.INFEASIBLE,
            steps=(),
            charge_w={},
            discharge_w={},
        ),
        "check.asked",
    ),
    # --- 3 times
    (
        "between slots",
        lambda plan: with_step(
            plan,
            "g7.vacuum",
            start_ms=step(plan, "g7.vacuum").start_ms + MINUTE_MS,
            end_ms=step(plan, "g7.vacuum").end_ms + MINUTE_MS,
        ),
        "check.times",
    ),
    ("after the grid", moved("g7.vacuum", 60), "check.times"),
    ("before the grid", moved("g5.pump", -4), "check.times"),
    ("it ends before it begins", stepped("g7.vacuum", end_ms=NOW), "check.times"),
    ("it lasts too long", stepped("g7.vacuum", estimated_duration_ms=1), "check.times"),
    (
        "longer than its program",
        lambda plan: with_step(
            plan,
            "g7.vacuum",
            end_ms=step(plan, "g7.vacuum").end_ms + QUARTER_MS,
            estimated_duration_ms=45 * MINUTE_MS,
            power_w=(40, 40, 0),
        ),
        "check.times",
    ),
    ("out of order", lambda plan: replace(plan, steps=plan.steps[::-1]), "check.times"),
    (
        "no such program",
        stepped("g7.vacuum", parameters={"action": "run", "program": "x"}),
        "check.device",
    ),
    (
        "another program",
        stepped("g1.dishwasher", parameters={"action": "run", "program": "long"}),
        "check.times",
    ),
    ("too few watts for its slots", stepped("g7.vacuum", power_w=(40,)), "check.power"),
    ("watts of another program", stepped("g7.vacuum", power_w=(40, 41)), "check.power"),
    ("less than nothing", stepped("g4.car", power_w=(9_000, -1_000)), "check.power"),
    ("more than it can charge", stepped("g4.car", power_w=(7_001, 999)), "check.power"),
    # --- 4 order
    ("before what it waits for", moved("g3.dryer", -2), "check.order"),
    (
        "before the goal that comes first",
        lambda plan: moved("g3.dryer", -1)(with_step(plan, "g3.dryer", dependencies=())),
        "check.order",
    ),
    (
        "two things at once",
        lambda plan: moved("g2.washer", 2)(with_step(plan, "g2.washer", device_id="dryer")),
        "check.overlap",
    ),
    # --- 6 batteries
    ("both at once", flowing("discharge_w", 0, 10), "check.battery"),
    ("too much at once", charged({0: 4_001, 40: -3_000}), "check.battery"),
    ("gives too much at once", charged({0: 4_000, 1: 4_000, 40: -4_001}), "check.battery"),
    (
        "below its reserve",
        charged({3: -4_000, 4: -4_000, 5: -4_000, 6: -4_000, 7: -400}),
        "check.battery",
    ),
    ("beyond its capacity", charged(dict.fromkeys(range(7), 4000)), "check.battery"),
    ("emptier at the end", charged({0: 1_000, 9: -801}), "check.battery"),
    ("not told", flowing("charge_w", 5, 100), "check.battery"),
    (
        "told otherwise",
        stepped("battery@0", parameters={"action": "charge", "power_w": 1_999}),
        "check.battery",
    ),
    ("counted twice", stepped("battery@0", power_w=(2_000,)), "check.battery"),
    ("not a battery", planned(charge_w={"vacuum": (0,) * 96}), "check.battery"),
    ("too few slots", planned(charge_w={"battery": (2_000, 1_000)}), "check.battery"),
    ("not charged enough", stepped("g4.car", power_w=(4_000, 3_900)), "check.battery"),
    # --- 7 numbers
    ("a step's energy", stepped("g1.dishwasher", energy_wh=401), "check.numbers"),
    ("a step's cost", stepped("g1.dishwasher", estimated_cost=1), "check.numbers"),
    ("a step's carbon", stepped("g1.dishwasher", co2_g=33), "check.numbers"),
    ("the bill", termed(cost=good().terms.cost - 1), "check.numbers"),
    ("the carbon", termed(co2=good().terms.co2 - 1), "check.numbers"),
    ("the peak", termed(peak=good().terms.peak - 1), "check.numbers"),
    ("the energy", termed(energy_wh=good().terms.energy_wh + 1), "check.numbers"),
    ("the end", termed(makespan=good().terms.makespan - 1), "check.numbers"),
    ("better than can be", planned(bound=1, objective=0), "check.numbers"),
    # --- 9 placement
    (
        "private data in a cloud",
        stepped("g8.camera", placement=CLOUD, local_execution=False),
        "check.placement",
    ),
    ("not where it says", stepped("g9.voice", local_execution=True), "check.placement"),
    (
        "where it cannot be",
        stepped("g7.vacuum", placement=PlacementTarget.EDGE_CLUSTER),
        "check.placement",
    ),
    (
        "places that the device does not have",
        stepped("g7.vacuum", placements=(PlacementTarget.LOCAL_DEVICE, HOUSE)),
        "check.placement",
    ),
    (
        "a fallback in a cloud",
        with_fallback("g8.camera", placement=CLOUD, local_execution=False),
        "check.placement",
    ),
    # --- 10 people
    ("nobody approves", planned(approval_required=False), "check.approval"),
    ("no consent is asked for", planned(consent_references=()), "check.consent"),
    (
        "the consent is over",
        planned(
            consent_references=(
                ConsentReference("token", (CONSENT,), TrustTier.VERIFIED, NOW + 5 * QUARTER_MS),
            )
        ),
        "check.consent",
    ),
    # --- 11 guardrails
    ("a lock without a yes", without_rails("g6.lock", "confirm"), "check.guardrail"),
    (
        "a lock that is said to be read",
        lambda plan: with_step(
            without_rails("g6.lock", "confirm")(plan),
            "g6.lock",
            step_type=StepType.DATA_COLLECTION,
        ),
        "check.guardrail",
    ),
    ("a lock moved blindly", without_rails("g6.lock", "fresh"), "check.guardrail"),
    ("a camera unbound", without_rails("g8.camera", "privacy"), "check.guardrail"),
    (
        "a camera bound to a cloud",
        stepped(
            "g8.camera",
            guardrails=(
                Guardrail(kind="privacy", facts={"allowed": ["cloud_region"]}),
                Guardrail(kind="consent", facts={"scope": CONSENT}),
            ),
        ),
        "check.guardrail",
    ),
    ("a toy without a sandbox", without_rails("g7.vacuum", "sandbox"), "check.guardrail"),
    ("a setting unbound", without_rails("g5.pump", "limits"), "check.guardrail"),
    (
        "a setting too high",
        stepped("g5.pump", parameters={"action": "set_temperature", "temperature": 251}),
        "check.limits",
    ),
    (
        "a setting that is no number",
        stepped("g5.pump", parameters={"action": "set_temperature", "temperature": True}),
        "check.limits",
    ),
    ("a fallback unbound", with_fallback("g6.lock", guardrails=()), "check.guardrail"),
    # --- what cannot be looked at
    ("no grid", planned(grid=None), "check.unchecked"),
    ("nothing known", planned(context_snapshot=None), "check.unchecked"),
    ("another home", planned(household_digest="0" * 64), "check.unchecked"),
    (
        "known of other times",
        planned(context_snapshot=known_of(grid=replace(GRID, start_ms=NOW + QUARTER_MS))),
        "check.unchecked",
    ),
    (
        "prices of half a day",
        planned(context_snapshot=known_of(import_price=(1,) * 48)),
        "check.unchecked",
    ),
    ("another currency", planned(context_snapshot=known_of(currency="SEK")), "check.unchecked"),
]


@pytest.mark.parametrize(
    ("change", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_plan_that_is_broken_in_one_way_is_found_out(change: Break, code: str) -> None:
    assert code in codes(change(good()))


# --- 5 power


def test_the_connection_is_never_passed() -> None:
    at_once = tuple(
        doing._replace(slot=52, watts=(7_000, 1_000)) if doing.device == "car" else doing
        for doing in DOINGS
    )
    tight = replace(HOME, power_max_w=7_000 + 250 - 2_000)
    for home, is_over in ((tight, False), (replace(tight, power_max_w=5_249), True)):
        known = known_of(home)
        plan = plan_of(at_once, home, known, constraints=RULES, battery={})
        found = [each for each in check_plan(plan, home) if each.code == "check.power_limit"]
        assert [each.facts["slots"] for each in found] == ([[52], [52]] if is_over else [])


def test_a_rule_about_power_counts_while_what_it_is_about_runs() -> None:
    rule = Constraint("power", 1_000, id="c1", goals=("g7",))
    assert codes(good(constraints=(*RULES[1:], rule))) == set()
    over = good(constraints=(*RULES[1:], replace(rule, value=250)))
    assert [each.facts["slots"] for each in about(over, "check.power_limit")] == [[40, 41]]


# --- 8 rules


def _beyond(subject: str, state: str, value: int) -> dict[str, str | int]:
    """That something measured lies above, or below, a value."""
    return {"subject": subject, "state": state, "value": value}


RULED: list[tuple[Constraint, str, int, int | None]] = [
    # a rule, the device it is about, a slot where it is kept, one where it is not
    (Constraint("deadline", When(clock="07:10")), "vacuum", 34, 35),
    (Constraint("deadline", When(in_minutes=600)), "vacuum", 38, 39),
    (Constraint("earliest", When(clock="07:00"), "gte"), "vacuum", 36, 35),
    (
        Constraint("window", {"from": {"clock": "23:00"}, "to": {"clock": "02:00"}}, "in"),
        "vacuum",
        14,
        15,
    ),
    (
        Constraint("window", {"from": {"clock": "21:00"}, "to": {"clock": "23:00"}}, "in"),
        "vacuum",
        2,
        3,
    ),
    (
        Constraint("window", {"from": {"clock": "21:00"}, "to": {"clock": "23:00"}}, "neq"),
        "vacuum",
        4,
        3,
    ),
    (
        Constraint("window", {"from": {"clock": "02:00"}, "to": {"clock": "03:00"}}, "neq"),
        "vacuum",
        14,
        15,
    ),
    (
        Constraint("window", {"from": {"clock": "02:00"}, "to": {"clock": "03:00"}}, "neq"),
        "vacuum",
        20,
        19,
    ),
    (Constraint("window", {"to": {"clock": "23:00"}}, "in"), "vacuum", 0, 3),
    (Constraint("window", {"from": {"event": "sunrise"}}, "in"), "vacuum", 42, 41),
    (
        Constraint("window", {"from": {"part": "night"}, "to": {"part": "night"}}, "neq"),
        "vacuum",
        32,
        31,
    ),
    (Constraint("cost", {"amount_micro": 2_610, "currency": "EUR"}), "vacuum", 30, 31),
    (Constraint("price", {"amount_micro": 131_000, "currency": "EUR"}), "vacuum", 30, 31),
    (Constraint("energy", 20), "vacuum", 30, None),
    (Constraint("energy", 19), "vacuum", -1, 30),
    (Constraint("tariff", "off_peak", "eq"), "vacuum", 46, 47),
    (Constraint("tariff", "solar_only", "eq"), "vacuum", 58, 59),
    (Constraint("exclude", "vacuum", "neq"), "vacuum", -1, 30),
    (Constraint("exclude", "hall", "neq"), "vacuum", 30, None),
    (Constraint("exclude", "hall", "neq"), "lock", -1, 30),
    (Constraint("privacy", "local", "eq"), "vacuum", 30, None),
    (Constraint("temperature", 210), "pump", 30, None),
    (Constraint("temperature", 209), "pump", -1, 30),
    (Constraint("temperature", 211, "gte"), "pump", -1, 30),
    (Constraint("level", 300), "blind", 30, None),
    (Constraint("level", 299), "blind", -1, 30),
    (Constraint("level", 301, "gte"), "blind", -1, 30),
    (Constraint("quiet", True, "eq"), "dishwasher", 34, 33),
    (Constraint("quiet", True, "eq"), "vacuum", 33, None),
    (Constraint("latency", 0), "vacuum", 33, None),
    (Constraint("condition", {"subject": "occupancy", "state": "awake"}, "eq"), "vacuum", 32, 31),
    (Constraint("condition", {"subject": "occupancy", "state": "asleep"}, "eq"), "vacuum", 30, 31),
    (Constraint("condition", {"subject": "occupancy", "state": "away"}, "eq"), "vacuum", -1, 31),
    (Constraint("condition", {"subject": "occupancy", "state": "home"}, "eq"), "vacuum", 31, None),
    (Constraint("condition", {"subject": "price", "state": "negative"}, "neq"), "vacuum", 9, None),
    (Constraint("condition", {"subject": "price", "state": "high"}, "neq"), "vacuum", 68, 69),
    (Constraint("condition", {"subject": "price", "state": "low"}, "eq"), "vacuum", 24, 25),
    (Constraint("condition", {"subject": "solar", "state": "surplus"}, "eq"), "vacuum", 44, 43),
    (Constraint("condition", {"subject": "weather", "state": "cold"}, "eq"), "vacuum", 9, None),
    (Constraint("condition", {"subject": "weather", "state": "hot"}, "eq"), "vacuum", -1, 9),
    (Constraint("condition", _beyond("solar", "above", 1_999), "eq"), "vacuum", 44, 43),
    (Constraint("condition", _beyond("solar", "above", 2_000), "eq"), "vacuum", -1, 44),
    (Constraint("condition", _beyond("solar", "below", 2_000), "eq"), "vacuum", 60, 59),
    (Constraint("condition", _beyond("weather", "below", 21), "eq"), "vacuum", 9, None),
    (Constraint("condition", _beyond("weather", "above", 20), "eq"), "vacuum", -1, 9),
    (Constraint("condition", _beyond("weather", "above", 19), "eq"), "vacuum", 9, None),
    (Constraint("condition", {"subject": "weather", "state": "raining"}, "neq"), "vacuum", -1, 9),
]


@pytest.mark.parametrize(("rule", "device", "kept", "broken"), RULED)
def test_a_rule_is_kept_to_the_slot(
    rule: Constraint, device: str, kept: int, broken: int | None
) -> None:
    action = {"pump": "set_temperature", "lock": "lock", "blind": "open"}.get(device, "run")
    said = {"pump": {"temperature": 210}, "blind": {"position": 300}}.get(device)
    goals = ("g1",) if rule.type != "latency" else ()
    bound = (replace(rule, id="c1", goals=goals),)
    for slot, is_kept in ((kept, True), (broken, False)):
        if slot is not None and slot >= 0:
            plan = plan_of(
                [Doing("g1", device, action, slot, said)], HOME, known_of(), constraints=bound
            )
            assert codes(plan) == (set() if is_kept else {"check.rule"})
            # A soft rule costs, and is no matter of the check.
            if rule.type != "quiet":
                soft = (replace(bound[0], hard=False),)
                plan = plan_of(
                    [Doing("g1", device, action, slot, said)], HOME, known_of(), constraints=soft
                )
                assert check_plan(plan, HOME) == ()


@pytest.mark.parametrize(
    "rule",
    [
        Constraint("deadline", "seven"),
        Constraint("deadline", {"clock": "25:00"}),
        Constraint("deadline", When(event="bedtime")),
        Constraint("window", {}),
        Constraint("window", {"from": {"clock": "x"}}, "in"),
        Constraint("cost", {"amount_micro": 10**9, "currency": "SEK"}),
        Constraint("cost", {"currency": "EUR"}),
        Constraint("cost", None),
        Constraint("energy", "much"),
        Constraint("power", {"watts": 3}),
        Constraint("condition", {"subject": "occupancy"}),
        Constraint("condition", "asleep"),
    ],
)
def test_a_rule_that_cannot_be_looked_at_is_no_rule_that_is_kept(rule: Constraint) -> None:
    assert "check.unchecked" in codes(good(constraints=(*RULES, replace(rule, id="c20"))))


def test_what_nobody_knows_keeps_no_rule() -> None:
    for state, operator in (("asleep", "neq"), ("asleep", "eq"), ("home", "neq")):
        condition = {"subject": "occupancy", "state": state}
        rule = Constraint("condition", condition, operator, id="c1")
        blind = known_of(asleep=(None,) * 96, home=())
        plan = plan_of([Doing("g1", "vacuum", "run", 40)], HOME, blind, constraints=(rule,))
        assert codes(plan) == {"check.rule"}


def test_a_price_that_nobody_knows_keeps_no_budget() -> None:
    rule = Constraint("cost", {"amount_micro": 10**9, "currency": "EUR"}, id="c1")
    half = known_of(import_price=(1,) * 41 + (None,) * 55)
    plan = plan_of([Doing("g1", "vacuum", "run", 40)], HOME, half, constraints=(rule,))
    assert codes(plan) == {"check.unchecked"}
    plan = plan_of([Doing("g1", "vacuum", "run", 39)], HOME, half, constraints=(rule,))
    assert codes(plan) == set()


@pytest.mark.parametrize(
    ("state", "price", "is_so"),
    [
        ("high", 115, True),
        ("high", 114, False),
        ("low", 85, True),
        ("low", 86, False),
        ("negative", 0, False),
        ("negative", -1, True),
    ],
)
def test_a_price_is_high_or_low_from_fifteen_hundredths_on(
    state: str, price: int, is_so: bool
) -> None:
    # Two slots of it, two that make up for it: the mean of all is 100.
    prices = (price, price, 200 - price, 200 - price, *(100,) * 92)
    rule = Constraint("condition", {"subject": "price", "state": state}, "eq", id="c1")
    known = known_of(import_price=prices, export_price=())
    plan = plan_of([Doing("g1", "vacuum", "run", 0)], HOME, known, constraints=(rule,))
    assert codes(plan) == (set() if is_so else {"check.rule"})


def test_a_car_may_be_charged_with_all_that_it_takes_and_no_watt_more() -> None:
    for watts, found in ((7_000, set()), (7_001, {"check.power"})):
        wanted = {"energy_wh": watts // 4}
        doing = Doing("g1", "car", "charge", 40, None, (), (watts,), wanted=wanted)
        assert codes(plan_of([doing], HOME, known_of())) == found


def test_the_plan_s_carbon_is_counted_where_all_of_it_is_known_and_weighed_as_such() -> None:
    vacuum = [Doing("g1", "vacuum", "run", 40)]

    def off_by_one(goals: tuple[Goal, ...], carbon: tuple[int | None, ...]) -> set[str]:
        plan = plan_of(vacuum, HOME, known_of(co2_g_per_kwh=carbon))
        plan = replace(plan, goals=(*plan.goals, *goals))
        return codes(replace(plan, terms=replace(plan.terms, co2=plan.terms.co2 + 1)))

    grid = Goal("minimize", "grid_import", id="g2")
    assert off_by_one((), (80,) * 96) == {"check.numbers"}
    assert off_by_one((Goal("minimize", "cost", id="g2"),), (80,) * 96) == {"check.numbers"}
    assert off_by_one((grid,), (80,) * 96) == set()
    assert off_by_one((), (*(80,) * 95, None)) == set()
    assert off_by_one((), ()) == set()


@pytest.mark.parametrize(
    ("rule", "blocked", "is_found"),
    [
        (Constraint("cost", {"amount_micro": 10**9, "currency": "EUR"}), "cost", True),
        (Constraint("cost", {"amount_micro": 10**9, "currency": "EUR"}), "quiet", False),
        (
            Constraint("condition", {"subject": "occupancy", "state": "home"}, "eq"),
            "occupancy",
            True,
        ),
        (Constraint("condition", {"subject": "occupancy", "state": "home"}, "eq"), "cost", False),
        (Constraint("quiet", True, "eq"), "quiet", False),
    ],
)
def test_no_rule_rests_on_what_is_stale(rule: Constraint, blocked: str, is_found: bool) -> None:
    doubt = Doubt(code="source.stale", text="it is of yesterday", source="s", blocks=(blocked,))
    known = known_of(doubts=(doubt,))
    bound = (replace(rule, id="c1"),)
    plan = plan_of([Doing("g1", "vacuum", "run", 40)], HOME, known, constraints=bound)
    assert codes(plan) == ({"check.stale"} if is_found else set())


@pytest.mark.parametrize(
    "only_if",
    [
        {"operator": "neq", "subject": "device", "device": "window", "state": "open"},
        {
            "all": [
                {"subject": "x"},
                {"operator": "neq", "subject": "device", "device": "window", "state": "open"},
            ]
        },
    ],
)
def test_what_only_the_moment_can_tell_is_looked_at_when_it_is_due(only_if: Any) -> None:
    value = {"subject": "device", "device": "window", "state": "open"}
    rule = Constraint("condition", value, "neq", id="c1")
    plan = plan_of([Doing("g1", "vacuum", "run", 40)], HOME, known_of(), constraints=(rule,))
    assert codes(plan) == {"check.rule"}
    assert codes(with_step(plan, "g1.vacuum", only_if=only_if)) == set()
    other = {**only_if, "operator": "eq"} if "operator" in only_if else {"all": only_if["all"][:1]}
    assert codes(with_step(plan, "g1.vacuum", only_if=other)) == {"check.rule"}


def test_what_is_asked_for_a_while_lasts_that_long() -> None:
    rule = Constraint("duration", 20, "eq", id="c1")
    told = {"at_end": {"action": "close"}}
    plan = plan_of([Doing("g1", "blind", "open", 40, told)], HOME, known_of(), constraints=(rule,))
    assert codes(plan) == {"check.rule"}
    lasts = 20 * MINUTE_MS
    end = step(plan, "g1.blind").start_ms + lasts
    fields = {"end_ms": end, "estimated_duration_ms": lasts, "power_w": (0, 0)}
    longer = replace(plan, terms=replace(plan.terms, makespan=42))
    assert codes(with_step(longer, "g1.blind", **fields)) == set()
    # A program lasts as long as it lasts.
    plan = plan_of([Doing("g1", "vacuum", "run", 40)], HOME, known_of(), constraints=(rule,))
    assert codes(plan) == set()


def test_quiet_hours_are_kept_even_where_the_plan_forgets_the_rule() -> None:
    plan = good()
    late = moved("g1.dishwasher", -10)(replace(plan, constraints=RULES))
    assert any("quiet" in found.text for found in about(late, "check.rule"))


# --- a night with 25 hours


@pytest.mark.parametrize(("slot", "is_kept"), [(36, True), (35, False), (40, True), (31, False)])
def test_a_window_is_a_wall_time_on_the_night_the_clocks_change(slot: int, is_kept: bool) -> None:
    # 2026-10-24 22:00 in Helsinki; at 4:00 the clocks go back, so 6:00 is nine hours away.
    start = 1_792_868_400_000
    grid = replace(GRID, start_ms=start, count=100)
    known = known_of(
        timestamp=start,
        grid=grid,
        quiet=(),
        **dict.fromkeys(("import_price", "export_price", "solar_w", "home"), (1,) * 100),
        **dict.fromkeys(("asleep", "base_load_w", "co2_g_per_kwh", "temperature"), (1,) * 100),
    )
    window = {"from": {"clock": "22:00"}, "to": {"clock": "06:00"}}
    rule = Constraint("window", window, "neq", id="c1")
    plan = plan_of([Doing("g1", "vacuum", "run", slot)], HOME, known, constraints=(rule,))
    assert (check_plan(plan, HOME) == ()) is is_kept


def test_private_data_may_be_anywhere_in_the_house() -> None:
    plan = good()
    camera = step(plan, "g8.camera")
    inside = sorted(place.value for place in IN_THE_HOUSE)
    rails = tuple(
        replace(rail, facts={"allowed": inside}) if rail.kind == "privacy" else rail
        for rail in camera.guardrails
    )
    assert codes(with_step(plan, "g8.camera", guardrails=rails)) == set()
    away = tuple(
        replace(rail, facts={"allowed": [*inside, "hybrid"]}) if rail.kind == "privacy" else rail
        for rail in camera.guardrails
    )
    assert codes(with_step(plan, "g8.camera", guardrails=away)) == {"check.guardrail"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"privacy_class": PrivacyClass.RESTRICTED}, "check.placement"),
        ({"trust_tier": TrustTier.BASIC}, "check.guardrail"),
        ({"cloud_required": False}, None),
    ],
)
@pytest.mark.parametrize("action", ["recognise", "sing"])
def test_what_a_capability_says_counts_for_its_action(
    action: str, fields: dict[str, Any], code: str | None
) -> None:
    able = (DeviceCapability("voice", action, **fields),)
    able += () if action == "recognise" else (DeviceCapability("voice", "recognise"),)
    voice = replace(HOME.device("voice"), capabilities=able)
    home = replace(HOME, devices=(voice,))
    known = known_of(home)
    plan = plan_of([Doing("g1", "voice", "recognise", 40, place=CLOUD)], HOME, known)
    plan = replace(plan, household_digest="")
    found = {each.code for each in check_plan(plan, home)}
    assert (code in found) is (action == "recognise" and code is not None)


def test_what_needs_a_cloud_is_not_done_without() -> None:
    able = (DeviceCapability("voice", "recognise", cloud_required=True),)
    home = replace(HOME, devices=(replace(HOME.device("voice"), capabilities=able),))
    for place, found in ((CLOUD, set()), (PlacementTarget.LOCAL_DEVICE, {"check.placement"})):
        doing = Doing("g1", "voice", "recognise", 40, place=place)
        plan = plan_of([doing], home, known_of(home))
        assert {each.code for each in check_plan(plan, home)} == found


def test_a_setting_may_be_the_highest_that_the_device_takes() -> None:
    for degrees, found in ((250, set()), (251, {"check.limits"})):
        doing = Doing("g1", "pump", "set_temperature", 40, {"temperature": degrees})
        assert codes(plan_of([doing], HOME, known_of())) == found


def test_the_sun_rises_again_the_next_day() -> None:
    grid = replace(GRID, count=144)
    names = ("import_price", "export_price", "solar_w", "home", "asleep", "base_load_w")
    series = dict.fromkeys((*names, "co2_g_per_kwh", "temperature"), (1,) * 144)
    known = known_of(grid=grid, quiet=(), **series)
    window = {"from": {"event": "sunrise"}, "to": {"clock": "12:00"}}
    rule = Constraint("window", window, "in", id="c1")
    kept = [
        slot
        for slot in (41, 42, 54, 55, 100, 137, 138)
        if check_plan(
            plan_of([Doing("g1", "vacuum", "run", slot)], HOME, known, constraints=(rule,)), HOME
        )
        == ()
    ]
    assert kept == [42, 54, 138]


def test_people_may_be_told_two_things_at_once() -> None:
    plan = good()
    vacuum, voice = step(plan, "g7.vacuum"), step(plan, "g9.voice")
    at = {"start_ms": vacuum.start_ms, "end_ms": vacuum.end_ms, "device_id": None}
    told = [replace(each, **at) for each in (vacuum, voice)]
    both = replace(plan, steps=tuple(told))
    assert not about(both, "check.overlap")
    same = replace(plan, steps=tuple(replace(each, device_id="voice") for each in told))
    assert about(same, "check.overlap")


# --- 12 alternatives


def test_an_alternative_is_held_to_the_same() -> None:
    plan, other = good(battery={}), good(battery={})

    def with_other(steps: Any, **fields: Any) -> ExecutionPlan:
        terms = replace(other.terms, **fields)
        found = Alternative(
            title="later", strategy=Strategy.BALANCED, steps=steps, terms=terms, objective=1
        )
        return replace(plan, alternatives=(found,))

    assert codes(with_other(other.steps)) == set()
    assert codes(with_other(other.steps, cost=1)) == {"check.numbers"}
    late = moved("g3.dryer", -2)(other).steps
    found = check_plan(with_other(late), HOME)
    assert "check.order" in {each.code for each in found}
    assert all(each.facts["alternative"] == 0 for each in found)


def test_what_cannot_be_had_has_no_steps_and_says_why() -> None:
    none = replace(
        good(),
        feasibility=FeasibilityStatus.INFEASIBLE,
        steps=(),
        charge_w={},
        discharge_w={},
        conflict=Conflict(rules=("c1", "c2"), names={}),
    )
    assert check_plan(none, HOME) == ()
    assert check_plan(replace(none, feasibility=FeasibilityStatus.UNKNOWN), HOME) == ()


def test_a_degraded_plan_that_says_what_it_leaves_out_passes() -> None:
    part = plan_of(DOINGS[:8], HOME, known_of(), constraints=RULES, battery=BATTERY)
    degraded = replace(
        part, feasibility=FeasibilityStatus.DEGRADED, left_out=("the voice is not recognised",)
    )
    assert check_plan(degraded, HOME) == ()


def test_a_goal_is_over_in_a_later_version_alone() -> None:
    whole = good()
    kept = tuple(step for step in whole.steps if step.goal != "g9")
    drawn = replace(whole.terms, latency=plan_of(DOINGS[:8], HOME, known_of()).terms.latency)
    part = replace(whole, steps=kept, terms=drawn)
    later = {"version": 2, "supersedes": 1}
    assert "check.asked" in codes(part)
    assert "check.asked" in codes(replace(part, over=("g9",)))
    assert "check.asked" in codes(replace(part, **later))
    assert "check.asked" not in codes(replace(part, over=("g9",), **later))
    assert "check.asked" in codes(replace(part, over=("g8",), **later))
