"""Laws of constraints, against an oracle that tries every value of a small world.

The world holds every value that constraints over its letters and numbers can tell apart: also a
letter and an element that no constraint names, the ends of the integers, and values of types that
nothing admits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, combinations, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

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
    read_constraint,
)
from tarl.policy.lattice import implies, is_empty, meet
from tarl.values.canonical import INTEGER_MAX, decode, encode
from tarl.values.instants import from_datetime

NAMED = (0, 1, 2, 3, True, False, "a", "ab", "b", "")
"""What constraints list."""


def texts() -> Iterator[str]:
    for length in range(4):
        yield from ("".join(letters) for letters in product("abc", repeat=length))


def arrays() -> Iterator[list[Any]]:
    elements = (*NAMED, "new")
    for count in range(len(elements) + 1):
        yield from (list(held) for held in combinations(elements, count))
    yield from ([0, 0], [1.0], [None], [[1]], [{}], [*NAMED, 1.0])


WORLD: tuple[Any, ...] = (
    *(None, True, False, 1.0, 0.0, float("nan"), {}, {"a": 1}, b"a"),
    *(-INTEGER_MAX - 1, -INTEGER_MAX, *range(-3, 9), INTEGER_MAX, INTEGER_MAX + 1),
    *texts(),
    *arrays(),
)

SMALL = st.integers(-1, 4)
VALUES = st.lists(st.sampled_from(NAMED), max_size=4)
SOME = st.lists(st.sampled_from(NAMED), min_size=1, max_size=3)
PREFIXES = st.lists(st.sampled_from(("", "a", "b", "ab", "ba", "aa")), min_size=1, max_size=3)
INTERVALS = st.tuples(SMALL, SMALL).map(lambda pair: Interval(min(pair), max(pair)))
CONSTRAINTS: st.SearchStrategy[Constraint] = st.one_of(
    SMALL.map(AtMost),
    SMALL.map(AtLeast),
    INTERVALS,
    VALUES.map(lambda v: OneOf(tuple(v))),
    PREFIXES.map(lambda v: Prefix(tuple(v))),
    SOME.map(lambda v: Required(tuple(v))),
    SOME.map(lambda v: Forbidden(tuple(v))),
)
CONJUNCTIONS = st.lists(CONSTRAINTS, min_size=1, max_size=4)


def admitted(constraints: Sequence[Constraint], world: Sequence[Any] = WORLD) -> list[int]:
    """The positions of the values that all constraints admit."""
    checks = [constraint.compiled() for constraint in constraints]
    return [i for i, value in enumerate(world) if all(check(value) for check in checks)]


@given(CONJUNCTIONS)
def test_meet_admits_exactly_what_all_admit(constraints: list[Constraint]) -> None:
    assert admitted(meet(*constraints)) == admitted(constraints)


@settings(max_examples=400)
@given(CONJUNCTIONS, CONJUNCTIONS)
def test_implies_is_exact(a: list[Constraint], b: list[Constraint]) -> None:
    assert implies(a, b) == (set(admitted(a)) <= set(admitted(b)))


@settings(max_examples=400)
@given(CONJUNCTIONS, CONJUNCTIONS)
def test_what_is_made_narrower_implies(a: list[Constraint], b: list[Constraint]) -> None:
    """Few random pairs imply one another: these all do, or are found to be equal."""
    assert implies(meet(*a, *b), a)
    assert implies([*b, *a], a)
    assert implies(a, meet(*a, *b)) == (admitted(a) == admitted([*a, *b]))


@given(CONJUNCTIONS, CONJUNCTIONS, CONJUNCTIONS)
def test_meet_is_the_greatest_lower_bound(
    a: list[Constraint], b: list[Constraint], x: list[Constraint]
) -> None:
    both = meet(*a, *b)
    assert implies(both, a)
    assert implies(both, b)
    if implies(x, a) and implies(x, b):
        assert implies(x, both)
    assert implies(meet(*x, *a, *b), both)


@given(CONJUNCTIONS, CONJUNCTIONS, CONJUNCTIONS)
def test_meet_is_commutative_associative_and_idempotent(
    a: list[Constraint], b: list[Constraint], c: list[Constraint]
) -> None:
    assert meet(*a, *b) == meet(*b, *a)
    assert meet(*meet(*a, *b), *c) == meet(*a, *meet(*b, *c))
    assert meet(*a, *a) == meet(*a) == meet(*meet(*a))


@given(CONJUNCTIONS)
def test_emptiness_is_known(constraints: list[Constraint]) -> None:
    assert is_empty(constraints) == (not admitted(constraints))


@given(CONJUNCTIONS, CONJUNCTIONS, CONJUNCTIONS)
def test_implication_is_an_order(
    a: list[Constraint], b: list[Constraint], c: list[Constraint]
) -> None:
    assert implies(a, a)
    if implies(a, b) and implies(b, c):
        assert implies(a, c)


@given(CONSTRAINTS)
def test_constraints_come_back_from_their_json(constraint: Constraint) -> None:
    written = encode(constraint.as_data())
    assert read_constraint(decode(written)) == constraint
    assert encode(read_constraint(decode(written)).as_data()) == written


@given(CONSTRAINTS)
def test_nothing_of_another_type_is_admitted(constraint: Constraint) -> None:
    for value in (None, 1.0, 0.0, float("nan"), {}, {"a": 1}, b"a", INTEGER_MAX + 1, [1.0], [[1]]):
        if value != INTEGER_MAX + 1 or not isinstance(constraint, Forbidden):
            assert not constraint.admits(value)


def test_true_is_not_one() -> None:
    for constraint in (AtMost(1), AtLeast(1), Interval(1, 1), OneOf((1,)), Required((1,))):
        assert not constraint.admits(True)
        assert not constraint.admits([True])
    assert not OneOf((True,)).admits(1)
    assert not Required((True,)).admits([1])
    assert not Forbidden((1,)).admits(True)
    assert not Forbidden((True,)).admits([1])


# --- hours

QUARTERS = st.integers(0, 7).map(lambda i: i * 180)
"""Windows begin and end every three hours, so that all of a week can be tried."""

WINDOWS = st.builds(
    lambda zone, days, start, length: Window(
        zone, tuple(days), start, (start + length - 1) % 1440 + 1
    ),
    st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")),
    st.sets(st.integers(1, 7), min_size=1),
    QUARTERS,
    st.sampled_from((180, 540, 720, 1260)),
)
STARTS = [datetime(2026, *day, tzinfo=UTC) for day in ((3, 23), (7, 6), (10, 19))]
"""Mondays; in the first and the last week, Berlin's clocks change."""

INSTANTS = tuple(
    from_datetime(start) + half_hour * 1_800_000 for start in STARTS for half_hour in range(336)
)


@given(st.lists(WINDOWS, min_size=1, max_size=3))
def test_windows_meet_exactly(windows: list[Window]) -> None:
    assert admitted(meet(*windows), INSTANTS) == admitted(windows, INSTANTS)


@given(st.lists(WINDOWS, min_size=1, max_size=3), WINDOWS)
def test_implied_windows_are_wider(windows: list[Window], other: Window) -> None:
    is_wider = set(admitted(windows, INSTANTS)) <= set(admitted([other], INSTANTS))
    if implies(windows, [other]):
        assert is_wider
    if {window.zone for window in windows} == {other.zone}:
        assert implies(windows, [other]) == is_wider


@given(WINDOWS)
def test_windows_come_back_from_their_json(window: Window) -> None:
    assert read_constraint(decode(encode(window.as_data()))) == window


# --- budgets


@given(st.integers(0, 5), st.integers(0, 5))
def test_budgets(a: int, b: int) -> None:
    one, other = Budget("EUR", a), Budget("EUR", b)
    amounts = (None, True, 1.0, *range(-2, 8))
    assert implies([one], [other]) == (a <= b)
    assert admitted(meet(one, other), amounts) == admitted([one, other], amounts)


def test_nothing_implies_everything_and_is_implied_by_nothing_else() -> None:
    for constraint in chain(
        (AtMost(0), OneOf(("a",)), Prefix(("a",)), Required((1,)), Forbidden((1,))),
        (Window("UTC"), Budget("EUR", 0)),
    ):
        assert implies([NOTHING], [constraint])
        assert not implies([constraint], [NOTHING])
        assert meet(constraint, NOTHING) == (NOTHING,)
