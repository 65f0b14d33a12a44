from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.unit.planning.scene import (
    HOME,
    HOUR,
    NOW,
    AllowAll,
    by,
    cheaply,
    device,
    evening,
    for_at_most,
    not_while,
    planned,
    run_of,
    solved,
    starts,
    task,
)

from tarl.errors import Denied, Invalid, Missing
from tarl.planning.checker.plans import check_plan
from tarl.planning.context import ContextSnapshot, DeviceState, Figures, digest_of
from tarl.planning.explanation.explained import explain
from tarl.planning.formulation.formulate import Effort, Progress, Request
from tarl.planning.household import Household, Storage
from tarl.planning.learning.estimates import Key, LearnedEstimates, Observed
from tarl.planning.making import PlanMaker
from tarl.planning.plan import ExecutionPlan, FeasibilityStatus, Spent, Strategy
from tarl.planning.planner import ExecutionPlanner
from tarl.planning.slots import grid_from
from tarl.planning.sources.reading import Readings
from tarl.planning.sources.snapshot import Home
from tarl.planning.task import Constraint, Goal, Question, TaskSpec


def checked(plan: ExecutionPlan) -> ExecutionPlan:
    """The plan, which the independent checker finds sound."""
    assert check_plan(plan, HOME) == ()
    return plan


def test_the_cheapest_time_that_is_early_enough() -> None:
    plan = checked(planned(task(run_of("washer"), cheaply(), by("07:00"))))
    assert starts(plan)["g1.washer"] in ("02:00", "02:15", "02:30", "02:45", "03:00")
    assert plan.steps[0].estimated_cost == 200_000
    assert plan.gap == 0
    assert plan.baseline_cost_micro == 800_000


@pytest.mark.parametrize(
    ("begins", "ends", "at"),
    [
        ({"clock": "09:00", "weekday": 3}, {"clock": "21:00"}, "11:00"),
        ({"clock": "09:00", "day": 1}, {"clock": "21:00"}, "11:00"),
        ({"clock": "19:00", "weekday": 2}, {"clock": "23:00"}, "20:00"),
        ({"weekday": 2}, {"weekday": 2}, "20:00"),
    ],
)
def test_the_ends_of_a_window_are_of_the_day_that_one_of_them_names(
    begins: dict[str, Any], ends: dict[str, Any], at: str
) -> None:
    window = Constraint("window", {"from": begins, "to": ends}, "in", goals=("g1",))
    sun = tuple(3_000 if slot >= 60 else 0 for slot in range(96))
    plan = checked(planned(task(run_of("washer"), window, cheaply()), evening(solar_w=sun)))
    assert starts(plan)["g1.washer"] == at


def test_a_window_is_the_next_one_that_is_long_enough_though_a_later_one_is_cheaper() -> None:
    window = Constraint(
        "window", {"from": {"clock": "20:00"}, "to": {"clock": "22:00"}}, "in", goals=("g1",)
    )
    prices = tuple(100_000 if slot >= 96 else 400_000 for slot in range(144))

    def begins_after_hours(now: int) -> int:
        known = ContextSnapshot(
            timestamp=now,
            grid=grid_from(now, hours=36),
            time_zone=HOME.time_zone,
            currency="EUR",
            import_price=prices,
        )
        (step,) = checked(planned(task(run_of("washer"), window, cheaply()), known)).steps
        return (step.start_ms - NOW) // HOUR

    assert begins_after_hours(NOW - 2 * HOUR) == 0
    assert begins_after_hours(NOW + HOUR * 3 // 2) in (24, 25)


def test_quiet_hours_keep_noisy_devices_out_of_the_night() -> None:
    plan = checked(planned(task(run_of("dishwasher"), cheaply(), by("12:00"))))
    assert starts(plan)["g1.dishwasher"] >= "06:00"
    assert "house:quiet" in {rule.id for rule in plan.constraints}


def test_nothing_runs_while_somebody_sleeps_or_might() -> None:
    wanted = task(run_of("washer"), cheaply(), not_while("asleep"))
    assert starts(checked(planned(wanted)))["g1.washer"] >= "07:00"
    unknown = evening(asleep=(None,) * 96)
    assert planned(wanted, unknown).feasibility is FeasibilityStatus.INFEASIBLE


def test_a_conflict_names_what_cannot_be_kept_and_prices_the_ways_out() -> None:
    wanted = task(
        run_of("dishwasher"), by("07:00"), not_while("asleep"), for_at_most(0.30), cheaply()
    )
    plan = planned(wanted)
    assert plan.feasibility is FeasibilityStatus.INFEASIBLE
    assert plan.steps == ()
    conflict = plan.conflict
    assert conflict is not None
    assert "c3" in conflict.rules
    assert conflict.names["c3"] == "at most 0.30 EUR"
    ways = {way.give_up: way for way in conflict.ways_out}
    assert ways[("c3",)].cost_micro == 800_000
    assert min(way.cost_micro for way in conflict.ways_out) <= 300_000


def test_what_is_asked_for_in_another_currency_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        planned(task(run_of("washer"), Constraint("cost", {"amount_micro": 1, "currency": "USD"})))
    assert refused.value.code == "plan.currency"


def test_one_after_the_other() -> None:
    after = Constraint("order", {"after": "g1"}, operator="eq", goals=("g2",))
    plan = checked(planned(task(run_of("washer"), run_of("dryer"), after, cheaply())))
    washer, dryer = sorted(plan.steps, key=lambda step: step.start_ms)
    assert (washer.device_id, dryer.device_id) == ("washer", "dryer")
    assert dryer.start_ms >= washer.end_ms
    assert dryer.dependencies == ("g1.washer",)


@pytest.mark.parametrize("goals", [("washer", "dryer"), ("dryer", "washer")])
def test_what_is_washed_and_dried_at_a_time_is_dried_when_it_is_washed(
    goals: tuple[str, str],
) -> None:
    at = msgspec.structs.replace(begins_at("21:00", is_start=True), goals=("g1", "g2"))
    plan = checked(planned(task(*map(run_of, goals), at)))
    washer, dryer = sorted(plan.steps, key=lambda step: step.start_ms)
    assert (washer.device_id, dryer.device_id) == ("washer", "dryer")
    assert starts(plan)[washer.step_id] == "21:00"
    assert dryer.start_ms >= washer.end_ms
    assert dryer.dependencies == (washer.step_id,)


def test_a_time_or_an_order_that_is_said_goes_before_that_of_the_work() -> None:
    dried = msgspec.structs.replace(begins_at("21:00", is_start=True), id="c2", goals=("g2",))
    washed = begins_at("23:00", is_start=True)
    plan = checked(planned(task(run_of("washer"), run_of("dryer"), washed, dried)))
    assert starts(plan) == {"g1.washer": "23:00", "g2.dryer": "21:00"}
    first = Constraint("order", {"after": "g2"}, operator="eq", goals=("g1",))
    plan = checked(planned(task(run_of("washer"), run_of("dryer"), first, cheaply())))
    dryer, washer = sorted(plan.steps, key=lambda step: step.start_ms)
    assert (dryer.device_id, washer.device_id) == ("dryer", "washer")
    assert dryer.dependencies == ()


def test_the_connection_carries_only_so_much() -> None:
    press = device("press", "oven", "run", programs=HOME.device("dryer").programs)
    narrow = msgspec.structs.replace(HOME, power_max_w=2_400, devices=(*HOME.devices, press))
    plan = planned(task(run_of("washer"), run_of("press"), cheaply(), by("04:00")), home=narrow)
    one, other = plan.steps
    assert one.end_ms <= other.start_ms


def test_a_car_is_charged_in_the_cheapest_hours_before_it_leaves() -> None:
    level = Constraint("level", 700, operator="gte", goals=("g1",))
    charge = Goal("achieve", "car", {"action": "charge"})
    plan = checked(planned(task(charge, level, by("07:00"), cheaply())))
    assert sum(step.energy_wh for step in plan.steps) == 8_000
    assert [*starts(plan).values()] == ["02:00"]
    assert plan.steps[0].parameters["at_end"] == {"action": "turn_off"}


def test_a_car_whose_charge_nobody_knows_is_not_charged_by_guess() -> None:
    with pytest.raises(Invalid) as refused:
        planned(task(Goal("achieve", "car", {"action": "charge"})), evening(devices={}))
    assert refused.value.code == "plan.unknown_level"


def test_a_car_is_charged_with_the_energy_that_was_said_whether_or_not_its_level_is_known() -> None:
    wanted = task(
        Goal("achieve", "car", {"action": "charge"}),
        Constraint("energy", 6_000, operator="lte"),
        by("07:00"),
        cheaply(),
    )
    for known in (evening(), evening(devices={})):
        plan = checked(planned(wanted, known))
        assert plan.feasibility is FeasibilityStatus.FEASIBLE
        assert sum(step.energy_wh for step in plan.steps) == 6_000


@pytest.mark.parametrize("wh", [300, 1_700, 6_100, 9_001, 19_999])
def test_a_charger_that_does_what_it_is_told_draws_what_was_planned(wh: int) -> None:
    wanted = task(
        Goal("achieve", "car", {"action": "charge"}),
        Constraint("energy", wh, operator="lte"),
        by("07:00"),
        cheaply(),
    )
    plan = checked(planned(wanted))
    assert sum(step.energy_wh for step in plan.steps) == wh
    told = sum(step.parameters["power_w"] * (step.end_ms - step.start_ms) for step in plan.steps)
    slots = sum(len(step.power_w) for step in plan.steps)
    assert wh <= told / 3_600_000 <= wh + slots


def test_a_car_takes_no_more_than_it_holds_whatever_amount_was_said() -> None:
    wanted = task(
        Goal("achieve", "car", {"action": "charge"}), Constraint("energy", 90_000, operator="lte")
    )
    assert sum(step.energy_wh for step in checked(planned(wanted)).steps) == 20_000
    unknown = checked(planned(wanted, evening(devices={})))
    assert sum(step.energy_wh for step in unknown.steps) == 40_000


def test_an_amount_for_several_things_is_no_amount_of_one_of_them() -> None:
    wanted = task(
        Goal("achieve", "car", {"action": "charge"}),
        run_of("washer"),
        Constraint("energy", 6_000, operator="lte"),
    )
    assert planned(wanted).feasibility is FeasibilityStatus.DEGRADED


def test_what_is_left_out_of_a_charge_is_one_thing_with_its_amount() -> None:
    charge = Goal("achieve", "car", {"action": "charge", "level": 1000})
    plan = planned(task(charge, by("21:00"), cheaply()))
    assert plan.feasibility is FeasibilityStatus.DEGRADED
    assert plan.left_out == ("Car: charge, 16.00 kWh of 20.00 kWh",)


def test_what_is_on_for_a_part_of_a_slot_uses_energy_for_that_long() -> None:
    wanted = task(
        Goal("achieve", "light", {"action": "turn_on"}), Constraint("duration", 10, operator="eq")
    )
    bright = msgspec.structs.replace(
        HOME,
        devices=tuple(
            msgspec.structs.replace(d, power_w=1_200) if d.id == "light" else d
            for d in HOME.devices
        ),
    )
    plan = planned(wanted, home=bright)
    assert plan.steps[0].energy_wh == 200
    assert not check_plan(plan, bright)


def test_a_comfort_band_is_met_as_far_as_the_device_goes() -> None:
    def kept(low: int, high: int) -> Goal:
        return Goal("keep", "temperature", {"gte": low, "lte": high}, scope=("living_room",))

    assert checked(planned(task(kept(120, 180)))).steps[0].parameters["temperature"] == 160
    assert checked(planned(task(kept(190, 210)))).steps[0].parameters["temperature"] == 200
    with pytest.raises(Invalid) as refused:
        planned(task(kept(100, 150)))
    assert (
        refused.value.message == "Heating takes a temperature from 16.0 °C to 25.0 °C, not 12.5 °C"
    )


def test_a_car_that_is_full_enough_needs_nothing() -> None:
    level = Constraint("level", 400, operator="gte", goals=("g1",))
    with pytest.raises(Invalid) as refused:
        planned(task(Goal("achieve", "car", {"action": "charge"}), level))
    assert refused.value.code == "plan.nothing_to_do"


@pytest.mark.parametrize(
    ("goal", "code"),
    [
        (run_of("spaceship"), "plan.no_device"),
        (Goal("achieve", "light", {"action": "fly"}), "plan.cannot"),
        (run_of("dishwasher", program="turbo"), "plan.program"),
        (
            Goal("achieve", "heating", {"action": "set_temperature", "temperature": 400}),
            "plan.out_of_limits",
        ),
        (Goal("achieve", "scene:disco"), "plan.no_scene"),
    ],
)
def test_what_the_home_cannot_do_is_refused(goal: Goal, code: str) -> None:
    with pytest.raises((Invalid, Missing)) as refused:
        planned(task(goal))
    assert refused.value.code == code
    assert refused.value.next_step


def test_an_open_question_is_asked_before_anything_is_planned() -> None:
    asked = msgspec.structs.replace(
        task(run_of("washer")), questions=(Question(slot="g1.device", text="which washer?"),)
    )
    with pytest.raises(Invalid) as refused:
        planned(asked)
    assert refused.value.code == "plan.unanswered"


def test_restricted_data_never_leaves_the_house_whatever_is_cheapest() -> None:
    watch = Goal("achieve", "camera", {"action": "detect_people"})
    plan = checked(planned(task(watch), strategy=Strategy.LATENCY_OPTIMIZED))
    assert plan.steps[0].placement.value == "edge_gateway"
    assert {rail.kind for rail in plan.steps[0].guardrails} >= {"privacy", "sandbox"}


def test_privacy_said_by_the_user_keeps_public_things_in_too() -> None:
    outside = msgspec.structs.replace(
        HOME,
        devices=tuple(
            msgspec.structs.replace(d, placements=d.placements[1:]) if d.id == "speech" else d
            for d in HOME.devices
        ),
    )
    wanted = task(run_of("speech"), Constraint("privacy", "cloud", operator="neq"))
    plan = planned(wanted, home=outside)
    assert plan.conflict is not None
    assert plan.conflict.rules == ("c1",)


def test_a_lock_is_moved_only_with_a_yes() -> None:
    plan = checked(planned(task(Goal("achieve", "door", {"action": "unlock"}))))
    assert plan.approval_required
    assert {rail.kind for rail in plan.steps[0].guardrails} >= {"confirm", "fresh"}


def test_a_consent_that_is_wanted_is_said_and_a_plan_that_needs_none_is_offered() -> None:
    gate = AllowAll({"cloud_region": "run:hub/speech:cloud_region"})
    forbidden = msgspec.structs.replace(
        HOME,
        devices=tuple(
            msgspec.structs.replace(d, placements=d.placements[::-1]) if d.id == "speech" else d
            for d in HOME.devices
        ),
    )
    plan = planned(
        task(run_of("speech")), gate=gate, home=forbidden, strategy=Strategy.COMFORT_OPTIMIZED
    )
    if plan.steps[0].placement.value == "cloud_region":
        assert plan.approval_required
        assert plan.alternatives[0].needs == ()
    else:
        assert plan.consent_references == ()


def test_a_gate_that_refuses_every_place_refuses_the_plan() -> None:
    class Closed(AllowAll):
        def ruling(self, *args: Any, **kwargs: Any) -> Any:
            ruling = super().ruling(*args, **kwargs)
            return msgspec.structs.replace(ruling, is_allowed=False, reason="closed")

    with pytest.raises(Denied) as refused:
        planned(task(run_of("washer")), gate=Closed())
    assert refused.value.code == "plan.not_permitted"


def test_where_not_all_can_be_had_the_lower_priority_gives_way() -> None:
    narrow = msgspec.structs.replace(HOME, power_max_w=2_400)
    first, second = task(run_of("washer"), by("21:00")), task(run_of("dryer"), by("21:00"))
    plan = planned(first, home=narrow, also=(Request(task=second, priority=9),), priority=2)
    assert plan.feasibility is FeasibilityStatus.DEGRADED
    assert [step.device_id for step in plan.steps] == ["dryer"]
    assert plan.left_out == ("Washer: run",)
    assert plan.conflict is not None


def test_prices_that_end_before_the_plan_does_bound_it() -> None:
    short = evening(import_price=evening().import_price[:8] + (None,) * 88)
    plan = planned(task(run_of("washer"), cheaply()), short)
    assert starts(plan)["g1.washer"] <= "21:00"


def test_without_prices_what_costs_nothing_to_know_can_still_be_planned() -> None:
    unpriced = evening(import_price=(None,) * 96)
    plan = planned(task(Goal("achieve", "light", {"action": "turn_on"})), unpriced)
    assert starts(plan) == {"g1.light": "20:00"}


def test_negative_prices_are_sought() -> None:
    prices = list(evening().import_price)
    prices[60:64] = [-50_000] * 4
    plan = checked(planned(task(run_of("washer"), cheaply()), evening(import_price=tuple(prices))))
    assert plan.steps[0].start_ms == NOW + 15 * HOUR
    assert plan.steps[0].estimated_cost == -100_000


def with_battery() -> Household:
    battery = device(
        "battery",
        "battery",
        "charge",
        "discharge",
        storage=Storage(
            capacity_wh=8_000,
            charge_w_max=2_000,
            discharge_w_max=2_000,
            efficiency=900,
            wear_micro_per_kwh=10_000,
        ),
    )
    return msgspec.structs.replace(HOME, devices=(*HOME.devices, battery), export_allowed=True)


HALF_FULL = {"battery": DeviceState(state="on", observed_ms=NOW, attributes={"level": 500})}


def test_a_battery_is_moved_where_prices_are_known_and_rests_beyond() -> None:
    house = with_battery()
    short = evening(
        devices=HALF_FULL,
        import_price=evening().import_price[:56] + (None,) * 40,
        home=(1000,) * 96,
    )
    plan = planned(task(cheaply()), short, home=house)
    assert check_plan(plan, house) == ()
    moved = [
        c or d for c, d in zip(plan.charge_w["battery"], plan.discharge_w["battery"], strict=True)
    ]
    assert any(moved[:56])
    assert not any(moved[56:])


@pytest.mark.parametrize("known", [96, 56])
def test_what_batteries_take_off_the_bill_is_the_bill_without_them_less_that_with_them(
    known: int,
) -> None:
    house = with_battery()
    prices = evening().import_price[:known] + (None,) * (96 - known)
    plan = planned(task(cheaply()), evening(devices=HALF_FULL, import_price=prices), home=house)
    bills = []
    for count in (0, 1):
        bill = 0.0
        for slot in range(known):
            net = 300 - (evening().solar_w[slot] or 0)
            given = plan.discharge_w["battery"][slot] * count
            net += plan.charge_w["battery"][slot] * count - given
            bill += (
                net / 4_000 * (prices[slot] or 0 if net > 0 else 50_000) + given / 4_000 * 10_000
            )
        bills.append(bill)
    explanation = explain(plan, house)
    assert explanation.battery_saves_micro is not None
    assert explanation.battery_saves_micro > 500_000
    assert abs(explanation.battery_saves_micro - (bills[0] - bills[1])) <= 1
    if known == 96:
        assert abs(plan.terms.cost - bills[1]) <= 1
    assert "Moving energy through batteries takes" in explanation.summary


@pytest.mark.parametrize("late_ms", [0, 1, 37_500, 59_999])
def test_heating_rests_while_nobody_is_at_home_whatever_second_it_is_planned_in(
    late_ms: int,
) -> None:
    away = evening(
        home=tuple(0 if 40 <= slot < 60 else 1000 for slot in range(96)),
        devices={
            "heating": DeviceState(state="on", observed_ms=NOW, attributes={"temperature": 210})
        },
    )
    snapshot = msgspec.structs.replace(away, timestamp=NOW - HOUR // 4 + late_ms)
    plan = planned(task(cheaply()), snapshot)
    assert plan.feasibility is FeasibilityStatus.FEASIBLE
    heating = [step for step in plan.steps if step.device_id == "heating"]
    assert [(step.parameters["temperature"], step.start_ms) for step in heating] == [
        (190, NOW + 10 * HOUR),
        (210, NOW + 15 * HOUR),
    ]


def begins_at(clock: str, *, is_start: bool = False) -> Constraint:
    when = {"clock": clock}
    return Constraint("earliest", when, operator="gte", id="c1", goals=("g1",), is_start=is_start)


def test_what_is_said_to_begin_at_a_time_begins_then_however_cheap_it_is_later() -> None:
    for more in ((), (by("07:00"),)):
        said = begins_at("21:00", is_start=True)
        plan = checked(planned(task(run_of("washer"), said, *more)))
        assert starts(plan) == {"g1.washer": "21:00"}


def test_who_says_from_when_on_leaves_the_time_open() -> None:
    for more in (cheaply(), by("07:00")):
        plan = checked(planned(task(run_of("washer"), begins_at("21:00"), more)))
        assert starts(plan)["g1.washer"] >= "02:00"


def test_a_rule_that_is_none_of_the_plans_cannot_be_given_up() -> None:
    with pytest.raises(Invalid) as refused:
        planned(task(run_of("washer"), by("07:00")), without=("c9",))
    assert refused.value.code == "plan.no_rule"
    assert "c1, house:quiet, house:power" in str(refused.value.next_step)
    assert planned(task(run_of("washer"), by("07:00")), without=("c1",)).steps


def test_a_rule_of_a_routine_that_is_planned_along_can_be_given_up() -> None:
    routine = Request(task=task(run_of("dryer"), by("21:00"), for_at_most(0.01)))
    wanted = task(run_of("washer"), by("21:00"))
    assert planned(wanted, also=(routine,)).feasibility is FeasibilityStatus.DEGRADED
    whole = checked(planned(wanted, also=(routine,), without=("r1.c2",)))
    assert whole.feasibility is FeasibilityStatus.FEASIBLE
    assert "r1.c2" not in {rule.id for rule in whole.constraints}


def test_a_budget_is_of_what_was_asked_for_and_not_of_a_routine() -> None:
    routine = Request(task=task(run_of("dryer"), by("21:00")))
    wanted = task(run_of("washer"), by("07:00"), for_at_most(0.30))
    both = checked(planned(wanted, also=(routine,)))
    assert both.feasibility is FeasibilityStatus.FEASIBLE
    cost = {step.device_id: step.estimated_cost for step in both.steps}
    assert cost == {"washer": 200_000, "dryer": 600_000}


def test_what_was_planned_along_stays_when_the_plan_is_made_anew_or_another_time_is_tried() -> None:
    routine = Request(task=task(run_of("dryer"), by("03:00"), for_at_most(0.01)), priority=7)
    plan = planned(task(run_of("washer"), by("03:00")), also=(routine,), without=("r1.c2",))
    devices = {"washer", "dryer"}
    assert {step.device_id for step in plan.steps} == devices
    later = checked(replanned(plan, evening(), affected=None, progress=Progress()))
    assert {step.device_id for step in later.steps} == devices
    again = checked(replanned(later, evening(), affected=None, progress=Progress()))
    assert {step.device_id for step in again.steps} == devices
    assert [each.priority for each in again.along] == [7]
    over = Progress(ended=frozenset({"r1.g1.dryer"}))
    rest = checked(replanned(plan, evening(), affected=None, progress=over))
    assert [step.device_id for step in rest.steps] == ["washer"]
    assert rest.over == ("r1.g1",)
    moved = asyncio.run(
        ExecutionPlanner(solved, AllowAll()).what_if(
            plan, HOME, starts={"g1.washer": plan.steps[0].start_ms - HOUR}
        )
    )
    assert {step.device_id for step in moved.steps} == devices


def test_what_has_been_spent_of_a_budget_is_spent() -> None:
    wanted = task(run_of("washer"), run_of("dryer"), by("07:00"), for_at_most(0.60))
    plan = checked(planned(wanted))
    cost = {step.device_id: step.estimated_cost for step in plan.steps}
    assert sum(cost.values()) <= 600_000
    ended = frozenset({"g1.washer"})

    def after(spent: int) -> ExecutionPlan:
        progress = Progress(ended=ended, spent={"g1": Spent(cost_micro=spent)})
        return replanned(plan, evening(), affected=None, progress=progress)

    enough = checked(after(600_000 - cost["dryer"]))
    assert [step.device_id for step in enough.steps] == ["dryer"]
    assert after(600_001 - cost["dryer"]).feasibility is FeasibilityStatus.INFEASIBLE
    dearer = msgspec.structs.replace(enough, spent={"g1": Spent(600_001 - cost["dryer"])})
    assert {each.code for each in check_plan(dearer, HOME)} == {"check.rule"}


def test_a_scene_is_what_each_device_does() -> None:
    plan = checked(planned(task(Goal("achieve", "scene:cozy", scope=("living_room",)))))
    assert {step.device_id for step in plan.steps} == {"light", "heating"}


def test_a_light_for_a_while_goes_out_again() -> None:
    goal = Goal("achieve", "light", {"action": "turn_on"})
    wanted = task(goal, Constraint("duration", 30, operator="eq"))
    step = checked(planned(wanted)).steps[0]
    assert step.end_ms - step.start_ms == HOUR // 2
    assert step.parameters["at_end"] == {"action": "turn_off"}


def test_alternatives_are_better_in_something() -> None:
    plan = planned(
        task(run_of("washer"), cheaply()), effort=Effort(alternatives=3, are_rules_priced=True)
    )
    best = msgspec.structs.asdict(plan.terms)
    assert plan.alternatives
    for other in plan.alternatives:
        terms = msgspec.structs.asdict(other.terms)
        assert any(terms[name] < best[name] for name in terms)


def test_a_rule_that_costs_something_says_how_much() -> None:
    plan = planned(
        task(run_of("dishwasher"), cheaply(), by("10:00")),
        effort=Effort(alternatives=0, are_rules_priced=True),
    )
    bound = {rule.rule: rule.cost_micro for rule in plan.bound_rules}
    assert bound["house:quiet"] > 0


def replanned(plan: ExecutionPlan, snapshot: ContextSnapshot, **options: Any) -> ExecutionPlan:
    planner = ExecutionPlanner(solved, AllowAll())
    return asyncio.run(planner.replan(plan, HOME, snapshot, reason="test", **options))


def test_quiet_hours_that_are_given_up_stay_given_up_and_the_plan_says_so() -> None:
    late = Constraint("earliest", {"clock": "22:30"}, operator="gte")
    wanted = task(run_of("dishwasher"), cheaply(), by("05:30"), late)
    none = planned(wanted)
    assert none.conflict is not None
    assert ("house:quiet",) in {way.give_up for way in none.conflict.ways_out}
    plan = checked(planned(wanted, without=("house:quiet",)))
    assert starts(plan)["g1.dishwasher"] < "05:00"
    assert explain(plan, HOME).given_up == ("quiet hours are kept",)
    later = checked(replanned(plan, evening(), affected=None, progress=Progress()))
    assert starts(later) == starts(plan)
    assert explain(later, HOME).given_up == ("quiet hours are kept",)
    moved = {"g1.dishwasher": plan.steps[0].start_ms + 900_000}
    assert asyncio.run(ExecutionPlanner(solved, AllowAll()).what_if(plan, HOME, starts=moved)).steps


def test_no_way_out_gives_up_what_the_connection_carries_or_what_is_not_known() -> None:
    narrow = msgspec.structs.replace(HOME, power_max_w=1_000)
    ends = tuple(None if slot >= 8 else 400_000 for slot in range(96))
    late = Constraint("earliest", {"in_minutes": 300}, operator="gte")
    for plan in (
        planned(task(run_of("washer"), by("07:00")), home=narrow),
        planned(task(run_of("washer"), late), evening(import_price=ends)),
    ):
        conflict = plan.conflict
        assert conflict is not None
        assert {"house:power", "house:prices"} & set(conflict.rules)
        given_up = {rule for way in conflict.ways_out for rule in way.give_up}
        assert not given_up & {"house:power", "house:prices"}


def test_planning_anew_moves_what_is_affected_and_leaves_the_rest() -> None:
    plan = planned(task(run_of("washer"), run_of("dryer"), cheaply(), by("20:00")))
    before = starts(plan)
    prices = tuple(-200_000 if 80 <= s < 84 else p for s, p in enumerate(evening().import_price))
    later = replanned(
        plan,
        evening(import_price=prices),
        affected=frozenset({"g2.dryer"}),
        progress=Progress(),
    )
    assert starts(later)["g1.washer"] == before["g1.washer"]
    assert starts(later)["g2.dryer"] != before["g2.dryer"]
    assert (later.version, later.supersedes) == (2, 1)


def test_what_has_ended_is_not_planned_again() -> None:
    plan = planned(task(run_of("washer"), run_of("dryer"), cheaply()))
    progress = Progress(ended=frozenset({"g1.washer"}))
    later = replanned(plan, evening(), affected=None, progress=progress)
    assert [step.device_id for step in later.steps] == ["dryer"]


def test_what_runs_stays_and_only_its_rest_counts() -> None:
    plan = planned(task(run_of("washer"), run_of("dryer"), by("22:00")))
    running = next(step for step in plan.steps if step.device_id == "washer")
    now = evening()
    shifted = msgspec.structs.replace(
        now,
        timestamp=running.start_ms + HOUR // 2,
        grid=msgspec.structs.replace(now.grid, start_ms=running.start_ms + HOUR // 2),
    )
    progress = Progress(begun={"g1.washer": running.start_ms})
    later = checked(replanned(plan, shifted, affected=None, progress=progress))
    step = next(step for step in later.steps if step.device_id == "washer")
    assert step.start_ms == shifted.grid.start_ms
    assert (len(step.power_w), step.began_ms) == (2, running.start_ms)


def test_the_users_own_choice_can_be_priced() -> None:
    plan = planned(task(run_of("washer"), cheaply()))
    planner = ExecutionPlanner(solved, AllowAll())
    chosen = asyncio.run(planner.what_if(plan, HOME, starts={"g1.washer": NOW}))
    assert chosen.steps[0].start_ms == NOW
    more = chosen.steps[0].estimated_cost - plan.steps[0].estimated_cost
    assert more == 300_000


def test_the_same_question_has_the_same_answer() -> None:
    wanted: TaskSpec = task(run_of("washer"), run_of("dryer"), cheaply())
    assert planned(wanted) == planned(wanted)


LEARNED = {"washer": {"usual": Figures(duration_ms=2 * HOUR, power_w=1_500, count=7)}}


def test_what_was_learned_counts_in_the_plan_and_in_its_later_versions() -> None:
    wanted = task(run_of("washer"), cheaply(), by("20:00"))
    (step,) = checked(planned(wanted, evening(learned=LEARNED))).steps
    assert (step.end_ms - step.start_ms, step.energy_wh) == (2 * HOUR, 3_000)
    plan = planned(wanted, evening(learned=LEARNED))
    prices = tuple(reversed(evening().import_price))
    later = checked(
        replanned(plan, evening(import_price=prices), affected=None, progress=Progress())
    )
    assert later.steps[0].end_ms - later.steps[0].start_ms == 2 * HOUR
    assert later.context_snapshot is not None
    assert later.context_snapshot.learned == LEARNED


def test_a_plan_that_does_not_keep_to_what_was_learned_is_found() -> None:
    plan = planned(task(run_of("washer"), cheaply(), by("20:00")))
    known = msgspec.structs.replace(evening(), learned=LEARNED)
    found = check_plan(msgspec.structs.replace(plan, context_snapshot=known), HOME)
    assert [each.code for each in found][:1] == ["check.times"]


@pytest.mark.parametrize("learns", [True, False])
def test_a_household_that_learns_plans_with_what_plans_taught(learns: bool) -> None:
    home = msgspec.structs.replace(HOME, learns=learns)
    estimates = LearnedEstimates(
        {Key("washer", "usual"): [Observed(at, 2 * HOUR) for at in range(6)]}, {}
    )
    maker = PlanMaker(
        Home(household=home, readings=Readings()),
        ExecutionPlanner(solved, AllowAll()),
        learn=lambda: estimates,
    )
    snapshot = evening(household_digest=digest_of(home))
    wanted = task(run_of("washer"), cheaply(), by("20:00"))
    plan = asyncio.run(maker.plan(wanted, snapshot, plan_id="p"))
    assert plan.steps[0].end_ms - plan.steps[0].start_ms == (2 if learns else 1) * HOUR
    said = [reason for step in explain(plan, home).steps for reason in step.because]
    assert ("it takes 2 h, as 6 runs taught" in said) is learns


def test_what_is_fed_in_for_more_than_power_costs_counts_at_its_price() -> None:
    house = with_battery()
    dear = tuple(price + 200_000 for price in evening().import_price)
    now = evening(devices=HALF_FULL, export_price=dear)
    plan = planned(task(cheaply()), now, home=house)
    assert check_plan(plan, house) == ()
    assert plan.feasibility is FeasibilityStatus.FEASIBLE
    taken, given = plan.charge_w["battery"], plan.discharge_w["battery"]
    assert any(given), "it sells what it holds"
    assert not any(a and b for a, b in zip(taken, given, strict=True)), "no loop in a slot"
    capped = msgspec.structs.replace(now, export_price=now.import_price)
    other = planned(task(cheaply()), capped, home=house)
    assert plan.terms.cost < other.terms.cost, "it is worth what it brings"
