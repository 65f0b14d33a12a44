from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.unit.planning.execution.house import HOUR, MINUTE, NOW, House, carried_out, plan, step

from tarl.errors import RunFailed
from tarl.planning.execution.handover import Drift, Handover, Outcome, Thresholds
from tarl.planning.plan import FeasibilityStatus, Guardrail, Spent
from tarl.testing.clock import JumpingClock
from tarl.values.plain import plain

ASLEEP = {"operator": "neq", "subject": "occupancy", "state": "asleep"}


@pytest.fixture
def house() -> House:
    return House(JumpingClock())


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "tarl.db"


def endings(outcome: Outcome) -> dict[str, str]:
    return {result.step_id: result.ending for result in outcome.results}


def test_steps_run_when_they_are_due_and_end_what_does_not_end_itself(
    db: Path, house: House
) -> None:
    light = step(
        "light",
        at=30 * MINUTE,
        lasts=HOUR,
        parameters={"action": "turn_on", "brightness": 500, "at_end": {"action": "turn_off"}},
    )
    outcome = carried_out(db, Handover(plan=plan(step("washer", at=0, lasts=HOUR), light)), house)
    assert outcome.status == "completed"
    assert house.did() == [
        (0, "washer", "run"),
        (30, "light", "turn_on"),
        (90, "light", "turn_off"),
    ]
    assert house.commands[1][3] == {"brightness": 500}
    assert [end.step_id for end in house.ends] == ["washer", "light"]


def test_what_does_not_end_itself_is_not_ended_at_once(db: Path, house: House) -> None:
    on = {"action": "turn_on", "at_end": {"action": "turn_off"}}
    light = step("light", at=0, lasts=MINUTE, parameters=on)
    carried_out(db, Handover(plan=plan(light)), house)
    assert house.did() == [(0, "light", "turn_on"), (1, "light", "turn_off")]


def test_a_step_waits_for_what_it_depends_on_and_is_skipped_when_that_failed(
    db: Path, house: House
) -> None:
    house.failing["washer"] = 100
    dryer = step("dryer", at=0, dependencies=("washer",))
    outcome = carried_out(db, Handover(plan=plan(step("washer", at=0), dryer)), house)
    assert endings(outcome) == {"washer": "failed", "dryer": "skipped"}
    assert outcome.status == "failed"
    failed = next(news for news in house.told if news.kind == "failed")
    assert (failed.step_id, failed.skipped) == ("washer", ("dryer",))
    assert "washer is jammed" in failed.why


def test_a_fallback_takes_the_place_of_a_step_that_fails(db: Path, house: House) -> None:
    house.failing["heat_pump"] = 100
    heater = step("heater", at=0, parameters={"action": "turn_on"})
    first = step("heat_pump", at=0, fallback_steps=(heater,))
    outcome = carried_out(db, Handover(plan=plan(first)), house)
    assert endings(outcome) == {"heat_pump": "completed"}
    assert "by heater" in outcome.results[0].reason


def test_a_step_that_failed_is_planned_anew(db: Path, house: House) -> None:
    house.failing["washer"] = 1
    house.versions = [plan(step("washer", at=30 * MINUTE))]
    outcome = carried_out(db, Handover(plan=plan(step("washer", at=0))), house)
    assert endings(outcome) == {"washer": "completed"}
    assert house.did() == [(0, "washer", "run"), (30, "washer", "run")]
    assert (outcome.replans, outcome.version) == (1, 2)
    assert house.asked[0].affected == ("washer",)


def test_what_must_not_run_while_somebody_sleeps_is_planned_anew_when_somebody_does(
    db: Path, house: House
) -> None:
    house.now["asleep"] = 900
    house.versions = [plan(step("washer", at=30 * MINUTE))]
    outcome = carried_out(db, Handover(plan=plan(step("washer", at=0, only_if=ASLEEP))), house)
    assert house.did() == [(30, "washer", "run")]
    assert outcome.status == "completed"


@pytest.mark.parametrize("known", [None, 800])
def test_where_no_other_time_is_found_it_is_skipped(
    db: Path, house: House, known: int | None
) -> None:
    house.now["asleep"] = known
    outcome = carried_out(db, Handover(plan=plan(step("washer", at=0, only_if=ASLEEP))), house)
    assert endings(outcome) == {"washer": "skipped"}
    assert house.commands == []


def test_a_guardrail_that_denies_lets_nothing_happen(db: Path, house: House) -> None:
    rail = Guardrail(kind="privacy", facts={"allowed": ["edge_gateway"], "privacy_class": "x"})
    outcome = carried_out(db, Handover(plan=plan(step("camera", at=0, guardrails=(rail,)))), house)
    assert endings(outcome) == {"camera": "failed"}
    assert house.commands == []


def test_untrusted_steps_go_through_the_sandbox_or_not_at_all(db: Path, house: House) -> None:
    rail = Guardrail(kind="sandbox", facts={"tier": "basic"})
    vacuum = step("vacuum", at=0, guardrails=(rail,))
    outcome = carried_out(db, Handover(plan=plan(vacuum)), house)
    assert outcome.status == "completed"
    assert house.commands[0][4] is True


def test_without_a_sandbox_they_do_not_run(db: Path, house: House) -> None:
    house.now["sandbox"] = False
    rail = Guardrail(kind="sandbox", facts={"tier": "basic"})
    outcome = carried_out(db, Handover(plan=plan(step("vacuum", at=0, guardrails=(rail,)))), house)
    assert endings(outcome) == {"vacuum": "failed"}
    assert house.commands == []


def test_a_step_waits_for_a_consent_that_is_given_in_time(db: Path, house: House) -> None:
    rail = Guardrail(kind="consent", facts={"scope": "run:dishwasher/washer:local_device"})

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(300)
        house.now["consents"] = ("run:dishwasher/washer:local_device",)

    washer = step("washer", at=0, guardrails=(rail,))
    outcome = carried_out(db, Handover(plan=plan(washer)), house, beside=beside)
    assert outcome.status == "completed"
    assert house.did()[0][0] in (5, 6)
    asked = house.told[0]
    assert (asked.kind, asked.step_id) == ("consent", "washer")
    assert asked.scopes == ("run:dishwasher/washer:local_device",)
    assert asked.until_ms == NOW + 15 * MINUTE


def test_a_step_without_its_consent_does_not_run(db: Path, house: House) -> None:
    rail = Guardrail(kind="consent", facts={"scope": "run:dishwasher/washer:local_device"})
    outcome = carried_out(db, Handover(plan=plan(step("washer", at=0, guardrails=(rail,)))), house)
    assert endings(outcome) == {"washer": "failed"}
    assert house.commands == []


def test_drift_moves_what_has_not_begun_and_leaves_what_has(db: Path, house: House) -> None:
    running, coming = step("washer", at=0, lasts=2 * HOUR), step("dryer", at=3 * HOUR)
    later = plan(running, step("dryer", at=150 * MINUTE))
    house.versions = [later]

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(600)
        runtime.signal(
            "p", "drift", plain(Drift(kind="price", text="prices fell", affected=("dryer",)))
        )

    outcome = carried_out(db, Handover(plan=plan(running, coming)), house, beside=beside)
    assert house.did() == [(0, "washer", "run"), (150, "dryer", "run")]
    assert house.asked[0].progress.begun == {"washer": NOW}
    assert outcome.version == 2
    assert house.settled == [(2, "")]


def test_a_version_that_costs_much_more_is_not_taken_up_without_a_yes(
    db: Path, house: House
) -> None:
    house.versions = [plan(step("dryer", at=2 * HOUR, estimated_cost=900_000))]

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(60)
        runtime.signal("p", "drift", plain(Drift(kind="price", text="prices rose")))

    dear = carried_out(
        db, Handover(plan=plan(step("dryer", at=HOUR, estimated_cost=1))), house, beside=beside
    )
    assert house.did() == [(60, "dryer", "run")]
    assert dear.version == 1
    assert house.settled == [(2, None)]


def test_a_conflict_is_told_and_the_rest_goes_on(db: Path, house: House) -> None:
    house.versions = [plan(feasibility=FeasibilityStatus.INFEASIBLE, rationale="no time is left")]
    house.now["asleep"] = 900
    washer, light = step("washer", at=0, only_if=ASLEEP), step("light", at=HOUR)
    outcome = carried_out(db, Handover(plan=plan(washer, light)), house)
    assert endings(outcome) == {"washer": "skipped", "light": "completed"}
    assert [news.version for news in house.told if news.kind == "conflict"] == [2]


def test_the_rest_of_a_charge_is_planned_anew(db: Path, house: House) -> None:
    charge = {"action": "charge", "power_w": 7400, "at_end": {"action": "turn_off"}}
    first = step("car", at=0, lasts=4 * HOUR, parameters=charge)
    house.versions = [plan(step("car", at=2 * HOUR, lasts=HOUR, parameters=charge))]

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(1800)
        runtime.signal("p", "drift", plain(Drift(kind="price", text="prices rose")))

    outcome = carried_out(db, Handover(plan=plan(first)), house, beside=beside)
    assert house.did() == [
        (0, "car", "charge"),
        (30, "car", "turn_off"),
        (120, "car", "charge"),
        (180, "car", "turn_off"),
    ]
    assert endings(outcome) == {"car": "completed", "car~2": "completed"}


def test_cancelling_stops_what_runs(db: Path, house: House) -> None:
    on = {"action": "turn_on", "at_end": {"action": "turn_off"}}
    light = step("light", at=0, lasts=4 * HOUR, parameters=on)

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(600)
        runtime.cancel("p")

    with pytest.raises(Exception, match="cancel"):
        carried_out(db, Handover(plan=plan(light, step("dryer", at=HOUR))), house, beside=beside)
    assert house.did() == [(0, "light", "turn_on"), (10, "light", "turn_off")]
    assert {end.step_id: end.ending for end in house.ends} == {
        "light": "cancelled",
        "dryer": "cancelled",
    }


def told(text: str, *affected: str) -> dict[str, Any]:
    """What a run is told when something has drifted."""
    found: dict[str, Any] = plain(Drift(kind="price", text=text, affected=affected))
    return found


def test_what_ended_while_a_version_was_made_is_not_done_again(db: Path, house: House) -> None:
    house.planning_s = 60.0
    lock, light = step("lock", at=2 * MINUTE), step("light", at=HOUR)
    house.versions = [plan(step("lock", at=30 * MINUTE), light)]

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(80)
        runtime.signal("p", "drift", told("prices rose"))

    outcome = carried_out(db, Handover(plan=plan(lock, light)), house, beside=beside)
    assert outcome.version == 2
    assert house.did() == [(2, "lock", "run"), (60, "light", "run")]
    assert endings(outcome) == {"lock": "completed", "light": "completed"}


def test_drift_of_what_is_over_is_nobodys_business(db: Path, house: House) -> None:
    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(300)
        runtime.signal("p", "drift", told("prices rose", "lock"))

    steps = (step("lock", at=0), step("light", at=HOUR))
    outcome = carried_out(db, Handover(plan=plan(*steps)), house, beside=beside)
    assert (outcome.replans, house.asked) == (0, [])


def test_a_fallback_has_guardrails_too(db: Path, house: House) -> None:
    house.failing["heat_pump"] = 100
    rail = Guardrail(kind="privacy", facts={"allowed": ["edge_gateway"], "privacy_class": "x"})
    denied = step("heater", at=0, guardrails=(rail,))
    allowed = step("stove", at=0)
    first = step("heat_pump", at=0, fallback_steps=(denied, allowed))
    outcome = carried_out(db, Handover(plan=plan(first)), house)
    assert [device for _, device, _ in house.did()] == ["heat_pump"] * 1 + ["stove"]
    assert "not allowed at local_device" in outcome.results[0].reason


def test_what_is_stopped_is_what_was_really_done(db: Path, house: House) -> None:
    house.failing["heat_pump"] = 100
    on = {"action": "turn_on", "at_end": {"action": "turn_off"}}
    instead = step("heater", at=0, lasts=2 * HOUR, parameters=on)
    first = step("heat_pump", at=0, lasts=2 * HOUR, parameters=on, fallback_steps=(instead,))

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(600)
        runtime.cancel("p")

    with pytest.raises(Exception, match="cancel"):
        carried_out(db, Handover(plan=plan(first)), house, beside=beside)
    assert house.did()[-1] == (10, "heater", "turn_off")


def test_a_signal_that_is_none_is_told_and_changes_nothing(db: Path, house: House) -> None:
    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(60)
        runtime.signal("p", "drift", {"kind": "weather"})

    outcome = carried_out(db, Handover(plan=plan(step("light", at=HOUR))), house, beside=beside)
    assert endings(outcome) == {"light": "completed"}
    assert house.told[0].kind == "doubt"
    assert "cannot be read" in house.told[0].why


def test_a_plan_does_not_fail_because_nobody_listens(db: Path, house: House) -> None:
    house.mute = True
    house.failing["washer"] = 100
    steps = (step("washer", at=0), step("light", at=HOUR))
    outcome = carried_out(db, Handover(plan=plan(*steps)), house)
    assert endings(outcome) == {"washer": "failed", "light": "completed"}


def test_what_cannot_be_looked_at_does_not_run(db: Path, house: House) -> None:
    house.blind = {"washer"}
    steps = (step("washer", at=0), step("light", at=HOUR))
    outcome = carried_out(db, Handover(plan=plan(*steps)), house)
    assert endings(outcome) == {"washer": "failed", "light": "completed"}
    assert house.did() == [(60, "light", "run")]


def test_people_are_asked_for_a_consent_once(db: Path, house: House) -> None:
    rail = Guardrail(kind="consent", facts={"scope": "run:dishwasher/washer:local_device"})
    first = Handover(plan=plan(step("washer", at=0, guardrails=(rail,))))
    carried_out(db, first, house)
    assert [news.kind for news in house.told].count("consent") == 1


def test_a_device_that_failed_has_not_skipped_its_step(db: Path, house: House) -> None:
    house.failing["washer"] = 100
    first = step("washer", at=0, only_if=ASLEEP)
    assert endings(carried_out(db, Handover(plan=plan(first)), house)) == {"washer": "failed"}


CHARGE = {"action": "charge", "power_w": 7400, "at_end": {"action": "turn_off"}}


def test_a_charge_is_cut_as_often_as_it_must_and_done_to_its_end(db: Path, house: House) -> None:
    first = step("car", at=0, lasts=4 * HOUR, parameters=CHARGE)
    house.versions = [
        plan(step("car", at=HOUR, lasts=3 * HOUR, parameters=CHARGE)),
        plan(step("car", at=3 * HOUR, lasts=HOUR, parameters=CHARGE)),
    ]

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(1800)
        runtime.signal("p", "drift", told("prices rose"))
        await asyncio.sleep(5400)
        runtime.signal("p", "drift", told("prices rose again"))

    outcome = carried_out(db, Handover(plan=plan(first)), house, beside=beside)
    assert house.did() == [
        (0, "car", "charge"),
        (30, "car", "turn_off"),
        (60, "car", "charge"),
        (120, "car", "turn_off"),
        (180, "car", "charge"),
        (240, "car", "turn_off"),
    ]
    assert [asked.progress.ended for asked in house.asked] == [frozenset(), frozenset()]
    assert [(r.step_id, r.is_part) for r in outcome.results] == [
        ("car", True),
        ("car~2", True),
        ("car~3", False),
    ]


def test_a_charge_of_which_nothing_is_left_has_ended(db: Path, house: House) -> None:
    car, light = step("car", at=0, lasts=4 * HOUR, parameters=CHARGE), step("light", at=5 * HOUR)
    house.versions = [plan(light)]

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(1800)
        runtime.signal("p", "drift", told("it is full"))

    outcome = carried_out(db, Handover(plan=plan(car, light)), house, beside=beside)
    assert endings(outcome) == {"car": "completed", "light": "completed"}
    assert not any(result.is_part for result in outcome.results)
    assert house.did()[1] == (30, "car", "turn_off")


def test_what_depends_on_a_charge_waits_for_its_rest(db: Path, house: House) -> None:
    car = step("car", at=0, lasts=2 * HOUR, parameters=CHARGE)
    fan = step("fan", at=HOUR, dependencies=("car",))
    house.versions = [plan(step("car", at=3 * HOUR, lasts=HOUR, parameters=CHARGE), fan)]

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(1800)
        runtime.signal("p", "drift", told("prices rose"))

    bounds = Thresholds(later_ms=5 * HOUR)
    first = Handover(plan=plan(car, fan), thresholds=bounds)
    carried_out(db, first, house, beside=beside)
    assert house.did()[-1] == (240, "fan", "run")


def test_with_a_consent_to_it_they_run_without_a_sandbox(db: Path, house: House) -> None:
    house.now |= {"sandbox": False, "overrides": {"run:vacuum/vacuum:local_device": "c1"}}
    rail = Guardrail(kind="sandbox", facts={"tier": "basic"})
    outcome = carried_out(db, Handover(plan=plan(step("vacuum", at=0, guardrails=(rail,)))), house)
    assert endings(outcome) == {"vacuum": "completed"}
    assert house.commands[0][4] is False


def test_a_run_that_fails_stops_what_it_began(db: Path, house: House) -> None:
    on = {"action": "turn_on", "at_end": {"action": "turn_off"}}
    light = step("light", at=0, lasts=4 * HOUR, parameters=on)
    house.versions = [plan(light, step("dryer", at=2 * HOUR))]
    house.is_stuck = True

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(600)
        runtime.signal("p", "drift", told("prices rose"))

    first = Handover(plan=plan(light, step("dryer", at=HOUR)))
    with pytest.raises(RunFailed, match="does not stand still"):
        carried_out(db, first, house, beside=beside)
    assert [action for _, device, action in house.did() if device == "light"] == [
        "turn_on",
        "turn_off",
    ]
    assert {end.ending for end in house.ends} == {"cancelled"}


def test_that_nothing_can_be_planned_anew_is_told_though_nothing_waits_for_it(
    db: Path, house: House
) -> None:
    async def beside(runtime: Any, handle: Any) -> None:
        runtime.signal("p", "drift", plain(Drift(kind="price", text="it is dearer")))

    made = plan(step("washer", at=HOUR))
    outcome = carried_out(db, Handover(plan=made), house, beside=beside)
    assert outcome.status == "completed"
    (said,) = house.told
    assert said.kind == "doubt"
    assert "it is dearer; it could not be planned anew" in said.why


@pytest.mark.parametrize(
    ("rests_after", "washer_ends", "dryer_begins"), [(45, 45, 60), (80, 80, 80), (600, 90, 90)]
)
def test_a_program_has_ended_when_its_device_says_so(
    db: Path, house: House, rests_after: int, washer_ends: int, dryer_begins: int
) -> None:
    """Sooner than planned, or later; not for ever."""

    async def beside(runtime: Any, handle: Any) -> None:
        async def rest() -> None:
            await asyncio.sleep(rests_after * 60)
            house.states["washer"] = "finished"

        house.states["washer"] = "running"
        house.beside = asyncio.create_task(rest())

    washer = step("washer", at=0, lasts=HOUR)
    dryer = step("dryer", at=HOUR, lasts=HOUR, dependencies=("washer",))
    outcome = carried_out(db, Handover(plan=plan(washer, dryer)), house, beside=beside)
    assert endings(outcome) == {"washer": "completed", "dryer": "completed"}
    ended = {each.step_id: (each.ended_ms - NOW) // MINUTE for each in outcome.results}
    assert washer_ends <= ended["washer"] <= washer_ends + 5
    at = {device: minute for minute, device, _ in house.did()}
    assert dryer_begins <= at["dryer"] <= dryer_begins + 1


def test_a_program_that_rests_too_soon_is_waited_for(db: Path, house: House) -> None:
    """A door that is opened says nothing of the end."""
    house.states["washer"] = "idle"
    washer = step("washer", at=0, lasts=HOUR)
    outcome = carried_out(db, Handover(plan=plan(washer)), house)
    (result,) = outcome.results
    assert result.ended_ms - NOW >= 30 * MINUTE


def test_what_the_consent_took_too_long_for_is_not_done(
    db: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user is asked for the very command, and somebody goes to bed meanwhile."""
    house.now["dynamic"] = ("run:vacuum/vacuum:local_device",)
    observe = house.observe
    looks: list[int] = []

    async def falling_asleep(device: str, looking: Any) -> Any:
        seen = await observe(device, looking)
        looks.append(house.clock.now_ms())
        house.now["asleep"] = 1000
        return seen

    monkeypatch.setattr(house, "observe", falling_asleep)
    awake = {"subject": "occupancy", "state": "asleep", "operator": "neq"}
    outcome = carried_out(db, Handover(plan=plan(step("vacuum", at=0, only_if=awake))), house)
    assert endings(outcome) == {"vacuum": "skipped"}
    assert house.commands == []
    assert len(looks) == 2
    assert "asleep is so" in outcome.results[0].reason


def test_a_guardrail_that_denies_after_the_consent_lets_nothing_happen(
    db: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.now["dynamic"] = ("run:vacuum/vacuum:local_device",)
    observe = house.observe

    async def moving(device: str, looking: Any) -> Any:
        seen = await observe(device, looking)
        house.states["vacuum"] = "jammed"
        return seen

    monkeypatch.setattr(house, "observe", moving)
    rail = Guardrail(kind="state", facts={"states": ["on"]})
    outcome = carried_out(db, Handover(plan=plan(step("vacuum", at=0, guardrails=(rail,)))), house)
    assert endings(outcome) == {"vacuum": "failed"}
    assert house.commands == []


def test_what_failed_on_the_way_counts_as_spent_until_it_did(db: Path, house: House) -> None:
    """The drum breaks after half an hour: nobody gives back what has been drawn."""
    cost, power = 400_000, (2_000, 2_000, 0, 0)
    washer = step(
        "washer",
        at=0,
        lasts=HOUR,
        power_w=power,
        estimated_cost=cost,
        energy_wh=1_000,
        goal="g1",
    )
    house.states["washer"] = "error"
    outcome = carried_out(db, Handover(plan=plan(washer)), house)
    assert endings(outcome) == {"washer": "failed"}
    assert house.asked[0].drawn == {"g1": Spent(cost, 1_000)}
    (ended,) = house.ends
    assert ended.drawn == Spent(cost, 1_000)


def test_what_is_refused_at_once_has_drawn_nothing(db: Path, house: House) -> None:
    house.failing["washer"] = 3
    washer = step("washer", at=0, power_w=(2_000,), estimated_cost=4, energy_wh=500, goal="g1")
    carried_out(db, Handover(plan=plan(washer)), house)
    assert house.asked[0].drawn == {}
    assert house.ends[0].drawn is None


def test_what_lasts_for_a_span_ends_with_it_however_late_it_began(db: Path, house: House) -> None:
    on = {"action": "turn_on", "at_end": {"action": "turn_off"}}
    washer = step("washer", at=0, lasts=30 * MINUTE)
    light = step(
        "light",
        at=10 * MINUTE,
        lasts=50 * MINUTE,
        parameters=on,
        is_span=True,
        dependencies=("washer",),
    )
    outcome = carried_out(db, Handover(plan=plan(washer, light)), house)
    assert outcome.status == "completed"
    assert house.did()[1:] == [(30, "light", "turn_on"), (60, "light", "turn_off")]


def test_a_span_that_is_over_is_not_planned_anew(db: Path, house: House) -> None:
    on = {"action": "turn_on", "at_end": {"action": "turn_off"}}
    light = step("light", at=0, lasts=HOUR, parameters=on, is_span=True)

    async def beside(runtime: Any, handle: Any) -> None:
        await asyncio.sleep(600)
        house.failing["light"] = 100

    outcome = carried_out(db, Handover(plan=plan(light)), house, beside=beside)
    assert endings(outcome) == {"light": "failed"}
    assert outcome.replans == 0
    assert [news.kind for news in house.told] == ["failed"]
