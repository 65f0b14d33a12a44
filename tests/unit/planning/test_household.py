from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Invalid, Missing
from tarl.planning.devices.household_file import parse
from tarl.planning.guardrails import attach
from tarl.planning.household import Phase, Program, household_from
from tarl.planning.making import refuse_odd_routines
from tarl.planning.plan import ExecutionStep, StepType
from tarl.planning.slots import Grid
from tarl.planning.task import TrustTier

GRID = Grid(start_ms=0, slot_ms=900_000, count=96)


def home(**fields: Any) -> dict[str, Any]:
    return {"id": "h", "time_zone": "Europe/Helsinki", **fields}


def test_a_program_in_slots_has_the_energy_of_its_phases() -> None:
    program = Program(name="p", phases=(Phase(600_000, 1_200), Phase(1_200_000, 300)))
    assert program.power_in(GRID) == (900, 300)
    assert (program.duration_ms, program.energy_wh) == (1_800_000, 300)


def test_a_program_that_ends_inside_a_slot_fills_it_in_the_mean() -> None:
    assert Program(name="p", phases=(Phase(450_000, 1_000),)).power_in(GRID) == (500,)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (home(time_zone="Nowhere"), "household.time_zone"),
        (home(devices=[{"id": "a", "name": "A", "kind": "x"}] * 2), "household.duplicate"),
        (
            home(devices=[{"id": "a", "name": "A", "kind": "x", "area": "attic"}]),
            "household.no_area",
        ),
        (home(areas=[{"id": "a", "name": "A", "floor": "roof"}]), "household.no_area"),
        (home(devices="many"), "household.malformed"),
        (home(devicez=[]), "household.malformed"),
        ({"id": "h"}, "household.malformed"),
        (
            home(
                devices=[
                    {"id": "a", "name": "A", "kind": "x", "programs": [{"name": "p", "phases": []}]}
                ]
            ),
            "household.program",
        ),
    ],
)
def test_what_is_no_home_is_refused(data: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        household_from(data)
    assert refused.value.code == code
    assert refused.value.next_step


def car(**fields: Any) -> dict[str, Any]:
    return {"id": "car", "name": "Car", "kind": "ev_charger", **fields}


def stored(**fields: Any) -> dict[str, Any]:
    return home(devices=[car(storage={"capacity_wh": 40_000, "charge_w_max": 3_600, **fields})])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (home(currency="euros"), "the currency is 'euros', and may be a code of ISO 4217"),
        (home(power_max_w=-5), "power_max_w is -5, and may be 1 to 10000000 watts"),
        (home(power_max_w=10**9), "power_max_w is 1000000000"),
        (home(base_load_w=10**16), "base_load_w is 1"),
        (home(devices=[car(power_w=10**9)]), "power_w of car is 1000000000"),
        (home(base_load_w=-1), "base_load_w is -1"),
        (
            home(people=[{"id": "a", "name": "A", "priority": 50}]),
            "the priority of person a is 50, and may be 1 to 10",
        ),
        (home(routines={"r": {"sentence": "x", "priority": 0}}), "the priority of routine r is 0"),
        (
            home(
                people=[{"id": "a", "name": "A"}],
                routines={"r": {"sentence": "x", "owner": "b"}},
            ),
            "the owner of routine r is 'b', and may be one of a",
        ),
        (stored(efficiency=0), "efficiency of car is 0, and may be 1 to 1000"),
        (stored(efficiency=9_000), "efficiency of car is 9000"),
        (stored(charge_w_max=0), "charge_w_max of car is 0, and may be 1 to 10000000"),
        (stored(capacity_wh=10**12), "capacity_wh of car is 1"),
        (stored(discharge_w_max=-1), "discharge_w_max of car is -1"),
        (stored(capacity_wh=0), "capacity_wh of car is 0"),
        (stored(reserve_wh=50_000), "reserve_wh of car is 50000, and may be 0 to 40000"),
        (stored(wear_micro_per_kwh=-1), "wear_micro_per_kwh of car is -1"),
        (home(devices=[car(power_w=-1)]), "power_w of car is -1"),
        (
            home(devices=[car(limits={"temperature": {"gte": 240, "lte": 170}})]),
            "the limit of the temperature of car is '240 to 170'",
        ),
        (
            home(devices=[car(limits={"temperature": {"min": 240}})]),
            "a limit of the temperature of car is 'min', and may be gte or lte",
        ),
        (
            home(devices=[car(capabilities=[{"device_id": "cat", "capability_type": "charge"}])]),
            "the device_id of a capability of car is 'cat', and may be car",
        ),
    ],
)
def test_what_cannot_be_so_in_a_home_is_refused_with_what_may_be(
    data: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        household_from(data)
    assert refused.value.code == "household.value"
    assert said in refused.value.message


def test_two_people_with_one_id_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        household_from(home(people=[{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]))
    assert refused.value.code == "household.duplicate"


@pytest.mark.parametrize(
    ("data", "allowed"),
    [
        (
            home(people=[{"id": "a", "name": "A", "trust_tier": "friend"}]),
            "write one of untrusted, basic, verified, trusted, privileged",
        ),
        (home(base_laod_w=3), "write one of base_load_w"),
        (
            home(routines={"r": {"sentence": "x", "trigger": "often"}}),
            "write one of daily, weekdays, weekend, price_published",
        ),
        (
            home(devices=[car(placements=["moon"])]),
            "write one of local_device, edge_gateway, edge_cluster, cloud_region, hybrid",
        ),
        (stored(charge_max_w=3), "write one of charge_w_max, discharge_w_max"),
        (home(devices="many"), "compare it with the example"),
    ],
)
def test_a_word_that_is_not_known_is_refused_with_those_that_are(
    data: dict[str, Any], allowed: str
) -> None:
    with pytest.raises(Invalid) as refused:
        household_from(data)
    assert refused.value.code == "household.malformed"
    assert allowed in str(refused.value.next_step)


@pytest.mark.parametrize(
    ("kind", "action", "is_critical"),
    [
        ("lock", "unlock", True),
        ("door", "unlock", True),
        ("loc", "lock", True),
        ("hub", "disarm", True),
        ("light", "turn_on", False),
    ],
)
def test_what_lets_somebody_in_is_critical_whatever_kind_it_is_said_to_be_of(
    kind: str, action: str, is_critical: bool
) -> None:
    able = [{"device_id": "d", "capability_type": action}]
    data = home(devices=[{"id": "d", "name": "D", "kind": kind, "capabilities": able}])
    assert household_from(data).device("d").is_critical is is_critical


@pytest.mark.parametrize(
    ("kind", "name", "aliases", "is_critical"),
    [
        ("switch", "Garage door", (), True),
        ("switch", "Front door lock", (), True),
        ("button", "Relay 3", ("garage door opener",), True),
        ("switch", "Haustür", (), True),
        ("switch", "Garage light", (), False),
        ("switch", "Coffee", (), False),
        ("light", "Front door", (), False),
    ],
)
def test_a_relay_is_critical_where_its_name_is(
    kind: str, name: str, aliases: tuple[str, ...], is_critical: bool
) -> None:
    """Whoever writes it, or finds it: it is not moved without a yes."""
    relay = {"id": "it", "name": name, "kind": kind, "aliases": list(aliases)}
    relay |= {"capabilities": [{"device_id": "it", "capability_type": "turn_on"}]}
    (device,) = household_from(home(devices=[relay])).devices
    assert (device.kind, device.is_critical) == (kind, is_critical)
    step = ExecutionStep(
        step_id="s",
        step_type=StepType.DEVICE_CONTROL,
        device_id="it",
        parameters={"action": "turn_on"},
    )
    rails = {rail.kind for rail in attach(step, device, asker=TrustTier.TRUSTED)}
    assert rails == ({"confirm", "fresh"} if is_critical else set())


def test_a_device_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing):
        household_from(home()).device("dishwasher")


FILE = """
id: flat
time_zone: Europe/Helsinki
currency: EUR
areas: [{id: kitchen, name: Kitchen}]
devices:
  - id: washer
    name: Washer
    kind: KIND
    area: kitchen
    capabilities: [{device_id: washer, capability_type: run}]
    programs: [{name: eco, phases: [{duration_ms: 3600000, power_w: 500}]}]
routines: {wash: {sentence: "SENTENCE", priority: 3}}
"""


def written(*, kind: str = "washing_machine", sentence: str = "run the washer before 7am") -> bytes:
    return FILE.replace("KIND", kind).replace("SENTENCE", sentence).encode()


@pytest.mark.parametrize(
    ("kind", "meant"),
    [("washing_maschine", "washing_machine"), ("Dishwasher", "dishwasher"), ("xyzzy", "other")],
)
def test_a_kind_that_nothing_knows_is_refused_with_what_is_meant(kind: str, meant: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(written(kind=kind), name="home.yaml")
    assert refused.value.code == "household.kind"
    assert "line 9" in refused.value.message
    assert meant in str(refused.value.next_step)
    assert parse(written(kind="other"), name="home.yaml")[0].devices[0].kind == "other"


@pytest.mark.parametrize(
    "sentence",
    ["blue colourless ideas sleep", "run the sauna before 7am", "never after 10pm", ""],
)
def test_a_routine_that_could_never_be_planned_is_refused(sentence: str) -> None:
    home = parse(written(sentence=sentence), name="home.yaml")[0]
    with pytest.raises(Invalid) as refused:
        refuse_odd_routines(home, now_ms=1_750_000_000_000)
    assert refused.value.code == "household.routine"
    assert "routine wash" in refused.value.message
    assert "tarl preview" in str(refused.value.next_step)


def test_routines_that_are_understood_are_taken() -> None:
    refuse_odd_routines(parse(written(), name="home.yaml")[0], now_ms=1_750_000_000_000)


@pytest.mark.parametrize(
    "phase",
    [
        {"duration_ms": 10**15, "power_w": 100},
        {"duration_ms": 15 * 24 * 3_600_000, "power_w": 100},
        {"duration_ms": 60_000, "power_w": 10**14},
    ],
)
def test_a_program_that_never_ends_is_refused_before_it_is_planned(phase: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refused:
        household_from(home(devices=[car(programs=[{"name": "p", "phases": [phase]}])]))
    assert refused.value.code == "household.program"
