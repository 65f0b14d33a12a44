"""Conjunctions: the shortest form of a meeting, and what is not proved on purpose.

The laws are in ``tests/property/test_policy_lattice.py``.
"""

from __future__ import annotations

import pytest

from tarl.errors import Invalid
from tarl.policy.constraint import (
    NOTHING,
    AtLeast,
    AtMost,
    Budget,
    Constraint,
    Forbidden,
    Interval,
    OneOf,
    Prefix,
    Required,
    Window,
)
from tarl.policy.lattice import implies, is_empty, meet
from tarl.values.canonical import INTEGER_MAX


@pytest.mark.parametrize(
    ("constraints", "met"),
    [
        ([], ()),
        ([AtMost(5), AtMost(3)], (AtMost(3),)),
        ([AtMost(5), AtLeast(3)], (Interval(3, 5),)),
        ([AtMost(5), AtLeast(5)], (OneOf((5,)),)),
        ([AtMost(3), AtLeast(5)], (NOTHING,)),
        ([Interval(1, 9), Forbidden((1, 5, 9, 20))], (Interval(2, 8), Forbidden((5,)))),
        ([Interval(1, 2), Forbidden((True, 2))], (NOTHING,)),
        ([OneOf((1, 2, 3, "a")), AtMost(2)], (OneOf((1, 2)),)),
        ([Prefix(("a", "ab", "b"))], (Prefix(("a", "b")),)),
        ([Prefix(("a", "b")), Prefix(("ab", "c"))], (Prefix(("ab",)),)),
        ([Prefix(("a",)), Prefix(("b",))], (NOTHING,)),
        ([Prefix(("a",)), Forbidden(("ab", "b"))], (Prefix(("a",)), Forbidden(("ab",)))),
        ([Required(("x",)), Required(("y",))], (Required(("x", "y")),)),
        ([Required(("x",)), Forbidden(("x",))], (NOTHING,)),
        ([Forbidden((1,)), Forbidden((True,))], (Forbidden((True,)),)),
        ([Required(("x",)), AtMost(1)], (NOTHING,)),
        ([Budget("EUR", 5), Budget("EUR", 3)], (Budget("EUR", 3),)),
        ([Window("UTC", (1,)), Window("UTC", (1, 2))], (Window("UTC", (1,)),)),
        ([Window("UTC", (1,)), Window("UTC", (2,))], (NOTHING,)),
    ],
)
def test_the_shortest_form(constraints: list[Constraint], met: tuple[Constraint, ...]) -> None:
    assert meet(*constraints) == met


def test_windows_that_overlap_in_part_stay_two() -> None:
    morning, noon = Window("UTC", (1,), 360, 780), Window("UTC", (1,), 700, 840)
    assert meet(noon, morning) == meet(morning, noon)
    assert set(meet(noon, morning)) == {morning, noon}
    assert implies([morning, noon], [Window("UTC", (1,), 700, 780)])
    assert not implies([morning, noon], [Window("UTC", (1,), 701, 780)])


def test_windows_of_two_zones_are_not_compared() -> None:
    london, utc = Window("Europe/London", (1,), 600, 660), Window("UTC", (1,), 500, 800)
    assert not implies([london], [utc])
    assert implies([london], [Window("UTC")])


def test_no_constraint_at_all_implies_only_that() -> None:
    assert implies([], [])
    assert implies([AtMost(1)], [])
    assert not implies([], [AtMost(INTEGER_MAX)])


def test_integers_end() -> None:
    assert implies([AtMost(5)], [AtLeast(-INTEGER_MAX)])
    assert implies([AtMost(5)], [Interval(-INTEGER_MAX, 5)])


def test_a_great_interval_is_compared_at_once() -> None:
    assert not implies([AtMost(INTEGER_MAX)], [OneOf((1, 2))])
    assert implies([Interval(1, 3), Forbidden((2,))], [OneOf((1, 3))])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Window("UTC"), AtMost(5)),
        (Budget("EUR", 5), AtMost(5)),
        (Budget("EUR", 5), Budget("USD", 5)),
        (Budget("EUR", 5), Window("UTC")),
    ],
)
def test_what_is_about_different_things_does_not_meet(a: Constraint, b: Constraint) -> None:
    with pytest.raises(Invalid) as caught:
        meet(a, b)
    assert caught.value.code == "constraint.dimension"
    assert not (isinstance(a, Window) and implies([a], [AtMost(5)]))


def test_what_is_unknown_admits_nothing_and_is_implied_by_nothing() -> None:
    class Odd(AtMost, frozen=True, tag="odd"):
        pass

    assert is_empty([Odd(5)])
    assert meet(AtMost(3), Odd(5)) == (NOTHING,)
    assert not implies([AtMost(1)], [Odd(5)])
