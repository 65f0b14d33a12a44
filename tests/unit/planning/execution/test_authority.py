"""What a plan's run may do: what the plan needs, and no longer than it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.unit.planning.execution.house import HOUR, plan, step

from tarl.crypto.keys import Keyring
from tarl.integrations.planning.authority import STEWARD, HomeTrust, actions_of, grants_of
from tarl.interfaces.cli.homes import DEMO_HOUSEHOLD
from tarl.journal.store import Store
from tarl.planning.devices.household_file import load
from tarl.storage import open_store
from tarl.testing.clock import JumpingClock

HOME, _ = load(DEMO_HOUSEHOLD)
DAY_S = 24 * 3_600
ON = {"action": "turn_on", "at_end": {"action": "turn_off"}}


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(tmp_path / "tarl.db", keyring=Keyring().ensure())
    yield found
    found.close()


def trust_in(store: Store, clock: JumpingClock) -> HomeTrust:
    trust = HomeTrust(store, Keyring(), clock, tenant="default")
    trust.prepare()
    return trust


def granted(*steps: object) -> set[tuple[str, str]]:
    found = grants_of(plan(*steps), HOME)  # type: ignore[arg-type]
    return {(g.action, g.resource) for g in found if g.action.startswith("device.")}


def test_a_plan_gets_its_actions_on_its_devices_and_others_of_their_kind() -> None:
    wash = step("w", at=0, device_id="dishwasher", parameters={"action": "run"})
    assert granted(wash) == {("device.run", "device/dishwasher")}
    light = step("l", at=0, device_id="light.kitchen", parameters=ON)
    assert {resource for _, resource in granted(light)} == {
        "device/light.kitchen",
        "device/light.living_room",
        "device/light.bedroom",
    }
    assert {capability for capability, _ in granted(light)} == {"device.turn_on", "device.turn_off"}


def test_a_lock_is_no_other_lock() -> None:
    front = HOME.device("lock.front_door")
    back = msgspec.structs.replace(front, id="lock.back_door")
    home = msgspec.structs.replace(HOME, devices=(*HOME.devices, back))
    locking = step("l", at=0, device_id="lock.front_door", parameters={"action": "lock"})
    found = {grant.resource for grant in grants_of(plan(locking), home)}
    assert "device/lock.front_door" in found
    assert "device/lock.back_door" not in found


def test_what_is_done_instead_is_granted_too() -> None:
    instead = step("h", at=0, device_id="water_heater", parameters={"action": "run"})
    first = step("p", at=0, device_id="heat_pump", parameters=ON, fallback_steps=(instead,))
    assert ("device.run", "device/water_heater") in granted(first)
    undone = msgspec.structs.replace(first, compensate={"action": "set_temperature"})
    assert actions_of(undone) == {"turn_on", "turn_off", "set_temperature"}


def test_it_is_lent_once_and_taken_back(store: Store, clock: JumpingClock) -> None:
    trust = trust_in(store, clock)
    made = plan(step("w", at=HOUR, device_id="dishwasher"))
    first = trust.lend(made, HOME)
    assert trust.lend(made, HOME).links[-1].digest == first.links[-1].digest
    assert len(trust.lent("p")) == 1
    assert trust.lent("another") == []
    trust.take_back("p")
    assert trust.lent("p") == []
    trust.take_back("p")
    trust.lend(made, HOME)
    assert len(trust.lent("p")) == 1, "it may be carried out again"


def test_it_ends_by_itself_where_nobody_takes_it_back(store: Store, clock: JumpingClock) -> None:
    trust = trust_in(store, clock)
    trust.lend(plan(step("w", at=HOUR, device_id="dishwasher")), HOME)
    clock.advance(DAY_S)
    assert len(trust.lent("p")) == 1
    clock.advance(2 * DAY_S)
    assert trust.lent("p") == []


@pytest.mark.parametrize("days", [10, 340, 1_000])
def test_the_steward_goes_on_for_years(store: Store, clock: JumpingClock, days: int) -> None:
    trust_in(store, clock)
    clock.advance(days * DAY_S)
    trust = trust_in(store, clock)
    held = trust.operations.ledger.book("default").holdings(STEWARD, clock.now_ms())
    assert len(held) == (2 if days == 340 else 1)
    made = plan(step("w", at=days * DAY_S * 1000 + HOUR, device_id="dishwasher"))
    assert trust.lend(made, HOME)
