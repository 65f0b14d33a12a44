"""The kinds of constraint: what each admits, and what is refused as none."""

from __future__ import annotations

from typing import Any

import pytest

from tarl.errors import Invalid
from tarl.policy.constraint import (
    KINDS,
    AtMost,
    Budget,
    Constraint,
    Forbidden,
    OneOf,
    Prefix,
    Required,
    compiled,
    is_known,
    read_constraint,
)


@pytest.mark.parametrize(
    ("data", "admitted", "refused"),
    [
        ({"kind": "at_most", "limit": 5}, [5, 0, -7], [6, 5.0, True, "5", None, [5]]),
        ({"kind": "at_least", "limit": 5}, [5, 2**53 - 1], [4, 6.0, 2**53, True, None]),
        ({"kind": "interval", "lo": 1, "hi": 3}, [1, 3], [0, 4, 2.0, True, "2"]),
        ({"kind": "one_of", "values": [1, "a"]}, ["a", 1], ["b", True, 1.0, None, ["a"]]),
        ({"kind": "one_of", "values": []}, [], ["", 0, None]),
        ({"kind": "prefix", "prefixes": ["/srv/"]}, ["/srv/x", "/srv/a..b"], ["/srv", "/etc", 1]),
        ({"kind": "required", "values": ["x"]}, [["x"], ["y", "x"]], [[], ["y"], "x", [["x"]]]),
        ({"kind": "forbidden", "values": ["x"]}, ["y", 1, [], ["y"]], ["x", ["x"], 1.0, {}, None]),
        ({"kind": "budget", "unit": "EUR", "limit": 9}, [0, 9], [-1, 10, 9.0, True, None]),
    ],
)
def test_what_each_kind_admits(data: Any, admitted: list[Any], refused: list[Any]) -> None:
    constraint = read_constraint(data)
    assert [value for value in admitted if not constraint.admits(value)] == []
    assert [value for value in refused if constraint.admits(value)] == []
    assert constraint.as_data() == data
    assert constraint.words


@pytest.mark.parametrize(
    "path",
    [
        "/srv/../etc/passwd",
        "/srv/..",
        "/srv/a/..\\..\\b",
        "/srv/%2e%2e/etc",
        "/srv/.%2E/etc",
        "/srv/a\x00.txt",
    ],
)
def test_no_path_climbs_out_of_its_prefix(path: str) -> None:
    assert not Prefix(("/srv/",)).admits(path)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "at_most",
        {},
        {"limit": 5},
        {"kind": "below", "limit": 5},
        {"kind": "", "limit": 5},
        {"kind": ["at_most"], "limit": 5},
        {"kind": "AtMost", "limit": 5},
    ],
)
def test_an_unknown_kind_is_refused(data: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_constraint(data)
    assert caught.value.code == "constraint.unknown"


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "at_most"},
        {"kind": "at_most", "limit": 5, "strict": True},
        {"kind": "at_most", "limit": 5.0},
        {"kind": "at_most", "limit": True},
        {"kind": "at_most", "limit": "5"},
        {"kind": "at_most", "limit": 2**53},
        {"kind": "interval", "lo": 3, "hi": 1},
        {"kind": "one_of", "values": "abc"},
        {"kind": "one_of", "values": [None]},
        {"kind": "one_of", "values": [1.5]},
        {"kind": "one_of", "values": [["a"]]},
        {"kind": "prefix", "prefixes": []},
        {"kind": "prefix", "prefixes": [1]},
        {"kind": "prefix", "prefixes": ["/srv/../"]},
        {"kind": "required", "values": []},
        {"kind": "forbidden", "values": []},
        {"kind": "window", "zone": "UTC", "days": [0]},
        {"kind": "window", "zone": "UTC", "days": []},
        {"kind": "window", "zone": "UTC", "from_minute": 60, "to_minute": 60},
        {"kind": "window", "zone": "UTC", "from_minute": 1440, "to_minute": 60},
        {"kind": "window", "zone": "UTC", "from_minute": 0, "to_minute": 1441},
        {"kind": "budget", "unit": "EUR", "limit": -1},
        {"kind": "budget", "unit": "", "limit": 1},
        {"kind": "budget", "unit": "a.b", "limit": 1},
    ],
)
def test_what_is_not_as_its_kind_is_refused(data: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_constraint(data)
    assert caught.value.code == "constraint.malformed"


@pytest.mark.parametrize("zone", ["Middle/Earth", "", "../../etc/passwd", None, 1])
def test_an_unknown_zone_is_refused(zone: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_constraint({"kind": "window", "zone": zone})
    assert caught.value.code == "constraint.zone"


def test_sets_have_one_spelling() -> None:
    assert OneOf(("b", 2, "a", 2, True)) == OneOf((True, 2, "a", "b"))
    assert OneOf(("b", "a", "b")).as_data() == {"kind": "one_of", "values": ["a", "b"]}
    assert Required((1, True)).values == (True, 1)


def test_listing_one_is_not_listing_true() -> None:
    for kind in (OneOf, Required, Forbidden):
        assert kind((1,)) != kind((True,))
        assert kind((1, "a")) == kind(("a", 1))
        assert hash(kind((1, "a"))) == hash(kind(("a", 1)))
        assert len({kind((1,)), kind((True,))}) == 2


def test_what_is_derived_from_a_kind_is_no_kind() -> None:
    class Lenient(AtMost, frozen=True, tag="lenient"):
        def admits(self, value: Any) -> bool:
            return True

    assert not is_known(Lenient(1))
    assert not compiled(Lenient(1))(0)
    assert not Constraint().admits(0)
    assert not compiled("at most 5")(0)


def test_every_kind_is_in_the_table() -> None:
    assert set(KINDS.values()) == set(Constraint.__subclasses__())
    assert {kind.KIND for kind in KINDS.values()} == set(KINDS)


def test_one_and_true_are_both_forbidden() -> None:
    assert not Forbidden((1,)).admits(True)
    assert not Forbidden((True,)).admits(1)
    assert not Forbidden((0,)).admits([False])


def test_words_stay_short() -> None:
    assert Forbidden(tuple("abcdefg")).words == (
        "must not be or hold 'a', 'b', 'c', 'd', 'e' and 2 more"
    )
    assert OneOf(()).words == "cannot be met"
    assert Budget("EUR", 5).words == "must be at most 5"
