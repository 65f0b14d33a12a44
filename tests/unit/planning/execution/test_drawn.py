"""What has been drawn without being done."""

from __future__ import annotations

import pytest
from tests.unit.planning.execution.house import HOUR, MINUTE, NOW, step

from tarl.planning.execution.drawn import Drawn, drawn_in
from tarl.planning.plan import Spent

SLOT = 15 * MINUTE

WASHER = step(
    "washer",
    at=0,
    lasts=HOUR,
    power_w=(2_000, 0, 1_000, 1_000),
    estimated_cost=300_001,
    energy_wh=1_000,
    goal="g1",
)


@pytest.mark.parametrize(
    ("worked_ms", "spent"),
    [
        (0, Spent()),
        (1, Spent(1, 1)),
        (SLOT // 2, Spent(75_001, 250)),
        (2 * SLOT, Spent(150_001, 500)),
        (HOUR, Spent(300_001, 1_000)),
        (9 * HOUR, Spent(300_001, 1_000)),
        (-MINUTE, Spent()),
    ],
)
def test_it_is_the_energy_of_the_time_that_has_passed_rounded_up(
    worked_ms: int, spent: Spent
) -> None:
    assert drawn_in(WASHER, worked_ms, slot_ms=SLOT) == spent


def test_what_would_have_been_paid_for_has_earned_nothing() -> None:
    paid = step("car", at=0, power_w=(2_000,), estimated_cost=-50_000, energy_wh=500)
    assert drawn_in(paid, SLOT, slot_ms=SLOT) == Spent(0, 500)


def test_what_draws_no_power_has_drawn_nothing() -> None:
    assert drawn_in(step("light", at=0), HOUR, slot_ms=SLOT) == Spent()


def test_tries_add_up_and_are_recorded_once_under_the_planners_name() -> None:
    drawn = Drawn(SLOT, lambda: NOW + HOUR)
    rest = step("washer~2", at=0, power_w=(1_000,), estimated_cost=10, energy_wh=250, goal="g1")
    car = step("car", at=0, power_w=(4_000,), estimated_cost=1_000, energy_wh=1_000, goal="g2")
    drawn.add(WASHER, NOW)
    drawn.add(rest, NOW + HOUR - SLOT)
    both = Spent(300_011, 1_250)
    assert drawn.by_goal([]) == {"g1": both}
    assert drawn.by_goal([(car, NOW + HOUR - SLOT)]) == {"g1": both, "g2": Spent(1_000, 1_000)}
    assert drawn.take("washer~3") == both
    assert drawn.take("washer") is None
    assert drawn.by_goal([]) == {}


def test_what_was_done_instead_counts_for_the_step() -> None:
    drawn = Drawn(SLOT, lambda: NOW + SLOT)
    other = step("dryer", at=0, power_w=(1_000,), estimated_cost=7, energy_wh=250)
    drawn.add(WASHER, NOW, by=other)
    assert drawn.take("washer") == Spent(7, 250)
