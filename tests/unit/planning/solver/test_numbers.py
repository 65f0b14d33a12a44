"""Rounding once, halves up; what that leaves of a limit; what a balance costs."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest

from tarl.planning.problem import Power
from tarl.planning.solver.numbers import Flow, fraction_of, rounded, rounds_to_at_most


@pytest.mark.parametrize("denominator", range(1, 9))
def test_a_limit_leaves_what_rounds_to_it_or_less(denominator: int) -> None:
    for numerator in range(-20, 21):
        nearest = floor(Fraction(numerator, denominator) + Fraction(1, 2))
        assert rounded(numerator, denominator) == nearest
        for limit in range(-3, 4):
            fits = numerator <= rounds_to_at_most(limit, denominator)
            assert fits == (nearest <= limit)


def test_a_kilowatt_for_a_quarter_of_an_hour_is_a_quarter_of_a_kilowatt_hour() -> None:
    p, q = fraction_of(900_000)
    assert Fraction(1000 * p, q) == Fraction(1, 4)


@pytest.mark.parametrize(
    ("net_w", "cost"),
    [(100, 100 * 30), (0, 0), (-100, -100 * 10), (-500, -200 * 10)],
)
def test_what_cannot_be_fed_in_earns_nothing(net_w: int, cost: int) -> None:
    power = Power(import_micro=(30,), export_micro=(10,), export_w_max=200)
    assert Flow(power, 1).cost(0, net_w) == cost


def test_feeding_in_without_a_price_earns_nothing_and_costs_where_prices_are_negative() -> None:
    flow = Flow(Power(import_micro=(30, -20)), 2)
    assert [flow.cost(slot, -100) for slot in (0, 1)] == [0, 2000]
