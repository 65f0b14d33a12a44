from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Invalid, Missing
from tarl.planning.household import Phase, Program, household_from
from tarl.planning.slots import Grid

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


def test_a_device_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing):
        household_from(home()).device("dishwasher")
