"""What is drift, and what is none; nothing is told twice, or without a cause."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.planning.execution.house import HOUR, MINUTE, NOW, plan, step

from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.execution.drawn import course_of
from tarl.planning.execution.drift import Measured, Watch, drifts_of, mean_power
from tarl.planning.execution.handover import Drift
from tarl.planning.execution.overseer import mean_of
from tarl.planning.plan import ExecutionPlan, Guardrail
from tarl.planning.slots import QUARTER_MS, grid_from

GRID = grid_from(NOW, hours=24)
SLOTS = GRID.count
SCOPE = "run:dishwasher/washer:local_device"
WASH = step("washer", at=2 * HOUR, lasts=HOUR, power_w=(2000,) * 4)
ASLEEP = {"operator": "neq", "subject": "occupancy", "state": "asleep"}


def known(**fields: Any) -> ContextSnapshot:
    fields.setdefault("import_price", (200_000,) * SLOTS)
    return ContextSnapshot(
        timestamp=fields.pop("timestamp", NOW),
        grid=GRID,
        time_zone="Europe/Helsinki",
        currency="EUR",
        **fields,
    )


def prices(value: int, *, at: int, slots: int = 4) -> tuple[int | None, ...]:
    """Two tenths, but for some slots."""
    first = GRID.slot_of(NOW + at)
    return tuple(value if first <= s < first + slots else 200_000 for s in range(SLOTS))


def kinds(drifts: list[Drift]) -> list[str]:
    return [drift.kind for drift in drifts]


def asleep(permille: int | None, *, slots: int = SLOTS) -> tuple[int | None, ...]:
    return (permille,) * slots + (0,) * (SLOTS - slots)


def drift(made_with: ContextSnapshot, now: ContextSnapshot, **fields: Any) -> list[Drift]:
    return drifts_of(fields.pop("of", plan(WASH)), made_with, now, **fields)


# --- prices


def test_nothing_has_changed() -> None:
    assert drift(known(), known(timestamp=NOW + HOUR)) == []


def test_what_is_left_became_dearer() -> None:
    found = drift(known(), known(import_price=prices(300_000, at=2 * HOUR)))
    assert kinds(found) == ["price"]
    assert found[0].affected == ("washer",)
    assert "0.60 instead of 0.40 EUR" in found[0].text


def test_another_time_became_cheaper() -> None:
    found = drift(known(), known(import_price=prices(100_000, at=8 * HOUR)))
    assert kinds(found) == ["price"]
    assert "4 quarter hours" in found[0].text


def test_a_change_within_the_threshold_is_none() -> None:
    assert drift(known(), known(import_price=prices(209_000, at=8 * HOUR))) == []


def test_prices_of_a_further_day() -> None:
    half = (200_000,) * (SLOTS // 2) + (None,) * (SLOTS - SLOTS // 2)
    found = drift(known(import_price=half), known())
    assert [each.text for each in found] == ["prices of a further day are known"]
    assert drift(known(import_price=half), known(import_price=half)) == []


@pytest.mark.parametrize("over", ["ended", "begun"])
def test_prices_of_what_is_over_or_runs_are_nobodys_business(over: str) -> None:
    dear = known(import_price=prices(900_000, at=2 * HOUR))
    assert drift(known(), dear, **{over: {"washer"}}) == []


def test_what_draws_nothing_has_no_price() -> None:
    dear = known(import_price=prices(900_000, at=2 * HOUR))
    assert drift(known(), dear, of=plan(step("lock", at=2 * HOUR))) == []


# --- devices


def at(device: str, **fields: Any) -> dict[str, DeviceState]:
    return {device: DeviceState(state="idle", observed_ms=NOW, **fields)}


def test_a_device_went_away() -> None:
    online, offline = known(devices=at("washer")), known(devices=at("washer", is_online=False))
    found = drift(online, offline)
    assert kinds(found) == ["device_offline"]
    assert (found[0].subject, found[0].affected) == ("washer", ("washer",))
    assert drift(offline, offline) == [], "it was away when the plan was made"
    assert drift(online, offline, ended={"washer"}) == []
    assert drift(online, known()) == [], "of a device that nobody hears, nothing is known"
    assert drift(online, known(devices=at("dryer", is_online=False))) == []


# --- people


def test_somebody_will_sleep_who_was_not_to() -> None:
    waking, sleeping = known(asleep=asleep(0)), known(asleep=asleep(900))
    only = plan(msgspec.structs.replace(WASH, only_if=ASLEEP))
    found = drift(waking, sleeping, of=only)
    assert kinds(found) == ["occupancy"]
    assert "somebody is asleep" in found[0].text
    assert drift(waking, known(asleep=asleep(900, slots=7)), of=only) == [], "not then"
    assert drift(sleeping, sleeping, of=only) == [], "it was so when the plan was made"
    assert drift(waking, sleeping) == [], "nobody asked for it"


def test_nobody_knows_any_more_whether_somebody_sleeps() -> None:
    only = plan(msgspec.structs.replace(WASH, only_if=ASLEEP))
    assert kinds(drift(known(asleep=asleep(0)), known(asleep=asleep(None)), of=only)) == [
        "occupancy"
    ]


def test_somebody_stays_at_home_while_the_vacuum_is_due() -> None:
    alone = plan(
        step("vacuum", at=HOUR, only_if={"operator": "eq", "subject": "occupancy", "state": "away"})
    )
    away, back = known(home=(100,) * SLOTS), known(home=(900,) * SLOTS)
    assert kinds(drift(away, back, of=alone)) == ["occupancy"]
    assert drift(away, away, of=alone) == []


# --- consents


def test_a_consent_was_revoked() -> None:
    rail = Guardrail(kind="consent", facts={"scope": SCOPE})
    wanting = plan(msgspec.structs.replace(WASH, guardrails=(rail,)))
    found = drift(known(), known(), of=wanting, live_scopes=frozenset())
    assert kinds(found) == ["consent"]
    assert SCOPE in found[0].text
    assert drift(known(), known(), of=wanting, live_scopes=frozenset({SCOPE})) == []
    assert drift(known(), known(), of=wanting, live_scopes=None) == [], "nobody looked"


# --- power

RUNNING = step("washer", at=0, lasts=HOUR, power_w=(2000, 2000, 100, 100))
COMING = step("dryer", at=2 * HOUR, lasts=HOUR, power_w=(700,) * 4)
TWO = plan(RUNNING, COMING)


def drawing(watts: int, *, over: int = 30 * MINUTE, after: int = 0) -> dict[str, Measured]:
    return {"washer": Measured(power_w=watts, over_ms=over, after_ms=after)}


@pytest.mark.parametrize(("watts", "is_drift"), [(1690, True), (1710, False), (2310, True)])
def test_power_differs_by_more_than_15_percent(watts: int, is_drift: bool) -> None:
    found = drift(known(), known(), of=TWO, begun={"washer"}, measured=drawing(watts))
    assert kinds(found) == (["power"] if is_drift else [])
    if is_drift:
        assert found[0].affected == ("dryer",), "what has begun stays where it is"


def test_power_that_is_no_drift() -> None:
    def found(of: ExecutionPlan = TWO, **about: Any) -> list[Drift]:
        return drift(known(), known(), of=of, **{"begun": {"washer"}, **about})

    assert found(measured=drawing(4000, over=4 * MINUTE)) == [], "a spike"
    assert found(measured=drawing(130, after=30 * MINUTE)) == [], "30 W are nobody's business"
    assert found(measured=drawing(4000), of=plan(RUNNING)) == [], "nothing is left to move"
    assert found(measured=drawing(4000), begun=set()) == []
    assert found(measured=drawing(100, after=30 * MINUTE)) == [], "the second half draws less"
    assert kinds(found(measured=drawing(2000, after=30 * MINUTE))) == ["power"]


def test_means_are_taken_over_the_same_stretch() -> None:
    course = tuple(course_of(RUNNING, slot_ms=QUARTER_MS))
    assert mean_power(course, after_ms=0, over_ms=HOUR) == 1050
    assert mean_power(course, after_ms=15 * MINUTE, over_ms=30 * MINUTE) == 1050
    assert mean_power(course, after_ms=45 * MINUTE, over_ms=5 * HOUR) == 100
    points = [(NOW + 600_000, 1000), (NOW + 660_000, 3000), (NOW + 780_000, 0)]
    measured = mean_of(points, since_ms=NOW)
    assert measured == Measured(power_w=2333, over_ms=180_000, after_ms=600_000)


# --- telling


def test_what_lasts_is_told_once_and_what_comes_again_again() -> None:
    watch, now = Watch(), known()
    away = Drift(kind="device_offline", text="gone", subject="washer")

    def look(*drifts: Drift, version: int = 1) -> list[Drift]:
        fresh = watch.new(list(drifts), version=version)
        for each in fresh:
            watch.told(each, now, version=version)
        return fresh

    assert look(away) == [away]
    assert look(away) == []
    assert look() == []
    assert look(away) == [away]
    assert look(away, version=2) == [away], "the later version knew better, and it is so again"


def test_what_could_not_be_told_is_told_at_the_next_look() -> None:
    watch = Watch()
    away = Drift(kind="device_offline", text="gone", subject="washer")
    assert watch.new([away], version=1) == [away]
    assert watch.new([away], version=1) == [away]


def test_a_step_that_draws_too_much_is_told_once_for_all_versions() -> None:
    watch = Watch()
    power = Drift(kind="power", text="3 kW", subject="washer")
    watch.told(power, known(), version=1)
    assert watch.new([power], version=2) == []


def test_each_change_of_prices_is_told_once() -> None:
    watch = Watch()
    made_with, dear = known(), known(import_price=prices(300_000, at=2 * HOUR))
    dearer = known(import_price=prices(400_000, at=2 * HOUR))
    told = []
    for now in (dear, dear, dearer, dearer, made_with):
        drifts = drift(made_with, now, priced=watch.priced(1))
        for each in watch.new(drifts, version=1):
            watch.told(each, now, version=1)
            told.append(each.text)
    assert [text.partition(" instead")[0] for text in told] == [
        "what is left would cost 0.60",
        "what is left would cost 0.80",
        "what is left would cost 0.40",
    ]
    assert watch.priced(2) is None
