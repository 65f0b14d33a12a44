"""Figures from observations: their error, when they are believed, and what a household becomes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.planning.scene import HOME, HOUR, evening

from tarl.planning.household import Device, Household, Program
from tarl.planning.learning.estimates import (
    Estimate,
    Key,
    LearnedEstimates,
    Observed,
    as_learned,
    believed,
    estimate_of,
    mean_w,
)

DISHWASHER = next(device for device in HOME.devices if device.id == "dishwasher")
USUAL, QUICK = DISHWASHER.programs


def observed(*values: int) -> list[Observed]:
    return [Observed(at_ms, value) for at_ms, value in enumerate(values)]


def learned(durations: list[int], watts: list[int] | None = None) -> LearnedEstimates:
    key = Key("dishwasher", "usual")
    return LearnedEstimates({key: observed(*durations)}, {key: observed(*(watts or []))})


def after(home: Household, estimates: LearnedEstimates) -> Household:
    """The home with what is believed of them."""
    known = msgspec.structs.replace(evening(), learned=believed(home, estimates))
    return as_learned(home, known)


def test_the_error_is_of_leaving_each_one_out() -> None:
    estimate = estimate_of(observed(100, 110, 120), 150)
    # from 115, 110 and 105: 15 %, 0 %, 12.5 %; and of 150: 50 %, 36.4 %, 25 %
    assert estimate == Estimate(value=110, count=3, error=92, said=150, said_error=371)


def test_a_single_observation_has_no_error_and_nothing_is_no_estimate() -> None:
    assert estimate_of(observed(100), None) == Estimate(value=100, count=1, error=None)
    assert estimate_of([], 100) is None
    assert estimate_of(observed(0, 0), 100) is None


@pytest.mark.parametrize(
    ("values", "said", "is_believed"),
    [
        ((100,) * 5, 120, True),
        ((100,) * 4, 120, False),  # too few
        ((100,) * 5, 100, False),  # the household is as right
        ((50, 150, 50, 150, 100), 101, False),  # they teach less than the household knows
        ((100,) * 5, None, False),  # nothing to replace
    ],
)
def test_when_it_is_believed(values: tuple[int, ...], said: int | None, is_believed: bool) -> None:
    estimate = estimate_of(observed(*values), said)
    assert estimate is not None
    assert estimate.is_believed is is_believed


def test_only_the_newest_count() -> None:
    estimate = estimate_of(observed(*[1] * 50, *[100] * 200), 100)
    assert estimate is not None
    assert (estimate.value, estimate.count) == (100, 200)


@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=20), st.randoms())
def test_their_order_means_nothing(values: list[int], dice: object) -> None:
    each = observed(*values)
    turned = list(each)
    dice.shuffle(turned)  # type: ignore[attr-defined]
    assert estimate_of(each, 100) == estimate_of(turned, 100)
    estimate = estimate_of(each, 100)
    assert estimate is not None
    assert min(values) <= estimate.value <= max(values)


def test_a_household_with_what_was_learned() -> None:
    home = after(HOME, learned([3 * HOUR] * 5, [800] * 5))
    (dishwasher,) = (device for device in home.devices if device.id == "dishwasher")
    usual, quick = dishwasher.programs
    assert (usual.duration_ms, mean_w(usual)) == (3 * HOUR, 800)
    assert quick == QUICK
    others = [device for device in home.devices if device.id != "dishwasher"]
    assert others == [device for device in HOME.devices if device.id != "dishwasher"]


def test_a_program_keeps_its_shape() -> None:
    program = Program(
        name="usual",
        phases=(
            type(USUAL.phases[0])(duration_ms=HOUR, power_w=2_000),
            type(USUAL.phases[0])(duration_ms=3 * HOUR, power_w=400),
        ),
    )
    machine = Device(id="dishwasher", name="Dishwasher", kind="dishwasher", programs=(program,))
    home = type(HOME)(id="h", time_zone="UTC", devices=(machine,))
    (shorter,) = after(home, learned([2 * HOUR] * 5, [400] * 5)).devices[0].programs
    assert [phase.duration_ms for phase in shorter.phases] == [HOUR // 2, 3 * HOUR // 2]
    assert [phase.power_w for phase in shorter.phases] == [1_000, 200]


def test_what_is_not_believed_leaves_the_home_as_it_is() -> None:
    assert after(HOME, learned([3 * HOUR] * 4, [1_000] * 9)) is HOME
