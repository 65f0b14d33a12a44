"""Pulling snapshots: how long they are kept, what is asked, and what does not answer."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import tarl.interfaces.demo
from tarl.errors import Invalid, Missing, Unavailable
from tarl.planning.context import ContextSnapshot, DeviceState
from tarl.planning.context_puller import ContextPuller
from tarl.planning.household import Device
from tarl.planning.series import Point, series_of
from tarl.planning.slots import HOUR_MS, Grid
from tarl.planning.sources.reading import Origin, Varying
from tarl.planning.sources.snapshot import Home, home_at
from tarl.planning.task import Constraint, TaskSpec, TriggerType, When

FOLDER = Path(tarl.interfaces.demo.__file__).parent / "home"
NOW = 1_795_111_200_000
"""A Thursday evening."""


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.ms = NOW

    def __call__(self) -> int:
        return self.ms


@pytest.fixture(scope="module")
def home() -> Home:
    return home_at(FOLDER / "household.yaml")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_a_snapshot_is_kept_for_half_a_minute(home: Home, clock: Clock) -> None:
    puller = ContextPuller(home, clock=clock)
    first = run(puller.get_snapshot())
    clock.ms += 29_999
    assert run(puller.get_snapshot()) is first
    clock.ms += 1
    second = run(puller.get_snapshot())
    assert second.timestamp == NOW + 30_000
    assert run(puller.get_snapshot(hours=24)).grid.count == 97, "with the slot that runs"
    clock.ms += 1
    assert run(puller.get_snapshot()) is second
    assert run(puller.get_snapshot(is_fresh=True)).timestamp == NOW + 30_001
    puller.forget()
    clock.ms += 1
    assert run(puller.get_snapshot()).timestamp == NOW + 30_002


def test_a_snapshot_reaches_as_far_as_a_task_names_or_a_plan_did(home: Home, clock: Clock) -> None:
    def named(**day: int) -> TaskSpec:
        when = When(clock="07:00", **day)
        bound = Constraint("deadline", when)
        return TaskSpec("t", TriggerType.USER_REQUEST, "do it", constraints=(bound,))

    puller = ContextPuller(home, clock=clock)
    hours = {day: run(puller.get_snapshot(task=named(day=day))).grid.count / 4 for day in range(5)}
    assert hours[1] == 36
    assert hours[4] - hours[3] == 24
    assert run(puller.get_snapshot(task=named(day=4), hours=12)).grid.count == 48
    assert run(puller.get_snapshot(until_ms=NOW + 50 * HOUR_MS)).grid.count == 200


def test_snapshots_of_other_lengths_are_not_kept_for_ever(home: Home, clock: Clock) -> None:
    puller = ContextPuller(home, clock=clock)
    for hours in range(1, 12):
        run(puller.get_snapshot(hours=hours))
        clock.ms += 10_000
    assert len(puller._kept) <= 4


def test_a_clock_that_is_set_back_does_not_keep_a_snapshot_of_the_future(
    home: Home, clock: Clock
) -> None:
    puller = ContextPuller(home, clock=clock)
    run(puller.get_snapshot())
    clock.ms -= HOUR_MS
    assert run(puller.get_snapshot()).timestamp == NOW - HOUR_MS


def test_who_asks_at_the_same_time_shares_one_snapshot(home: Home, clock: Clock) -> None:
    asked: list[str] = []

    async def state(device: Device) -> DeviceState | None:
        asked.append(device.id)
        await asyncio.sleep(0)
        return None

    async def all_at_once() -> list[ContextSnapshot]:
        puller = ContextPuller(home, clock=clock, states=state)
        return await asyncio.gather(*(puller.get_snapshot(is_fresh=True) for _ in range(5)))

    assert len({id(snapshot) for snapshot in run(all_at_once())}) == 1
    assert sorted(asked) == sorted(device.id for device in home.household.devices)


def test_what_was_under_way_when_something_changed_is_not_kept(home: Home, clock: Clock) -> None:
    puller: ContextPuller

    async def state(device: Device) -> DeviceState | None:
        if device.id == "dryer" and clock.ms == NOW:
            clock.ms += 1
            puller.forget()
        return None

    puller = ContextPuller(home, clock=clock, states=state)
    assert run(puller.get_snapshot()).timestamp == NOW
    assert run(puller.get_snapshot()).timestamp == NOW + 1


def test_states_of_devices_are_in_the_snapshot(home: Home, clock: Clock) -> None:
    async def state(device: Device) -> DeviceState | None:
        if device.id == "presence":
            return DeviceState(state="away", observed_ms=NOW - 60_000)
        if device.id == "dishwasher":
            return DeviceState(state="idle", observed_ms=NOW, attributes={"power": 1})
        return None

    puller = ContextPuller(home, clock=clock, states=state)
    snapshot = run(puller.get_snapshot())
    assert sorted(snapshot.devices) == ["dishwasher", "presence"]
    assert snapshot.home[0] < 100
    status = run(puller.get_device_status("dishwasher"))
    assert status == {
        "device_id": "dishwasher",
        "name": "Dishwasher",
        "kind": "dishwasher",
        "area": "kitchen",
        "state": "idle",
        "attributes": {"power": 1},
        "is_online": True,
        "observed_ms": NOW,
        "age_ms": 0,
    }
    assert run(puller.get_device_status("dryer"))["state"] is None
    with pytest.raises(Missing) as caught:
        run(puller.get_device_status("toaster"))
    assert caught.value.code == "household.no_device"


def test_a_device_that_cannot_be_reached_is_not_asked(home: Home, clock: Clock) -> None:
    first, *others = home.household.devices
    household = replace(home.household, devices=(replace(first, channel={}), *others))
    asked: list[str] = []

    async def state(device: Device) -> DeviceState | None:
        asked.append(device.id)
        return None

    run(ContextPuller(replace(home, household=household), clock=clock, states=state).get_snapshot())
    assert first.id not in asked
    assert len(asked) == len(others)


def test_a_device_that_does_not_answer_is_left_out_and_told(home: Home, clock: Clock) -> None:
    async def state(device: Device) -> DeviceState | None:
        if device.id == "dryer":
            await asyncio.Event().wait()
        if device.id == "vacuum":
            raise Unavailable("its battery is empty", code="device.offline")
        return DeviceState(state="on", observed_ms=NOW)

    puller = ContextPuller(home, clock=clock, states=state, answer_s=0.2)
    snapshot = run(puller.get_snapshot())
    assert len(snapshot.devices) == len(home.household.devices) - 2
    silent = {
        doubt.source: doubt.text
        for doubt in snapshot.doubts
        if doubt.code == "source.device_silent"
    }
    assert silent == {
        "dryer": "dryer did not answer within 0.2 s",
        "vacuum": "its battery is empty",
    }


def test_an_adapter_with_a_fault_is_not_taken_for_a_silent_device(home: Home, clock: Clock) -> None:
    async def state(device: Device) -> DeviceState | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(ContextPuller(home, clock=clock, states=state).get_snapshot())


def test_prices_of_a_service_count_and_their_absence_is_told(home: Home, clock: Clock) -> None:
    without = Home(household=home.household, readings=replace(home.readings, varying=()))

    async def live(grid: Grid, now_ms: int) -> Iterable[Varying]:
        series = series_of(
            [Point(grid.start_ms, grid.end_ms, 123)],
            unit="micro/kWh",
            source="live",
            observed_ms=now_ms,
            currency="EUR",
        )
        origin = Origin(name="live", kind="nordpool", observed_ms=now_ms, age_max_ms=HOUR_MS)
        return [Varying(role="import", origin=origin, values=series)]

    async def dead(grid: Grid, now_ms: int) -> Iterable[Varying]:
        raise Unavailable("nobody there", code="fetch.unreachable")

    async def slow(grid: Grid, now_ms: int) -> Iterable[Varying]:
        await asyncio.Event().wait()
        return []

    snapshot = run(ContextPuller(without, clock=clock, live=[live]).get_snapshot())
    assert set(snapshot.import_price) == {123}
    snapshot = run(
        ContextPuller(without, clock=clock, live=[dead, slow], answer_s=0.1).get_snapshot()
    )
    codes = {doubt.code: doubt.blocks for doubt in snapshot.doubts}
    assert codes["fetch.unreachable"] == codes["fetch.timed_out"] == ()
    assert codes["source.none"] == ("cost", "price", "tariff")


def test_files_are_read_again_for_each_snapshot(tmp_path: Path, clock: Clock) -> None:
    for file in FOLDER.iterdir():
        if file.suffix in {".yaml", ".csv", ".ics"}:
            shutil.copy(file, tmp_path)
    puller = ContextPuller(tmp_path / "household.yaml", clock=clock)
    assert None not in run(puller.get_snapshot()).import_price
    (tmp_path / "day_ahead_fi_2023-09-06.csv").unlink()
    gone = run(puller.get_snapshot(is_fresh=False))
    assert None not in gone.import_price  # kept
    puller.forget()
    clock.ms += 1
    gone = run(puller.get_snapshot())
    assert set(gone.import_price) == {None}
    assert "source.missing" in {doubt.code for doubt in gone.doubts}
    (tmp_path / "household.yaml").write_text("id: [")
    puller.forget()
    with pytest.raises(Invalid):
        run(puller.get_snapshot())


def test_a_summary_says_what_matters_now(home: Home, clock: Clock) -> None:
    puller = ContextPuller(home, clock=clock)
    summary = run(puller.get_environment_summary())
    assert summary["price_micro"] == 132_420
    assert summary["cheapest"]["price_micro"] == 72_900
    assert summary["dearest"]["price_micro"] == 350_200
    assert summary["currency"] == "EUR"
    assert summary["is_quiet"] is False
    assert (summary["home"], summary["asleep"]) == (1_000, 0)
    assert summary["temperature"] is None
    assert set(summary["next"]) >= {"sunrise", "wake_up"}
    assert (summary["devices_known"], summary["devices_online"]) == (0, 0)
    assert any("2023-09-07" in text for text in summary["doubts"])
