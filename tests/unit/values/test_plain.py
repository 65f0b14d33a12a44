"""Values as JSON: one spelling of sets, wherever they stand."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import msgspec
import pytest

from tarl.errors import Invalid
from tarl.values.canonical import encode
from tarl.values.plain import plain


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Room(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: str
    lit_in: frozenset[Colour] = frozenset()


@dataclass(frozen=True, order=True)
class House:
    rooms: frozenset[Room]
    made: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.made.append("made")


class Street(NamedTuple):
    houses: tuple[House, ...]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b", "a", "ä", "a b"}, ["a b", "a", "b", "ä"]),
        ({1, "a", None}, ["a", 1, None]),
        ({Colour.RED, Colour.BLUE}, ["blue", "red"]),
        (frozenset({frozenset({"b", "a"}), frozenset({"c"})}), [["a", "b"], ["c"]]),
        ({(2, "b"), (1, "z")}, [[1, "z"], [2, "b"]]),
        ({"x": [{"q", "p"}]}, {"x": [["p", "q"]]}),
        (
            Room(name="r", lit_in=frozenset({Colour.RED, Colour.BLUE})),
            {"litIn": ["blue", "red"], "name": "r"},
        ),
    ],
)
def test_a_set_is_written_in_the_order_of_its_members_bytes(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_sets_are_found_in_every_kind_of_object_and_none_is_changed_or_made_anew() -> None:
    rooms = frozenset(
        Room(name=name, lit_in=frozenset({Colour.RED, Colour.BLUE})) for name in ("b", "a")
    )
    house = House(rooms)
    street = Street((house,))
    assert plain(street) == [
        [
            {
                "made": ["made"],
                "rooms": [
                    {"litIn": ["blue", "red"], "name": "a"},
                    {"litIn": ["blue", "red"], "name": "b"},
                ],
            }
        ]
    ]
    assert house.rooms is rooms
    assert house.made == ["made"]


def test_a_member_without_a_json_form_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        plain({float("nan")})
    assert caught.value.code == "value.not_finite"
    with pytest.raises(TypeError):
        plain({object()})


def test_two_processes_write_one_set_alike() -> None:
    program = (
        "from tarl.values.canonical import encode\n"
        "from tarl.values.plain import plain\n"
        "print(encode(plain({'names': set('abcdefgh')})).decode())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert said == {encode({"names": list("abcdefgh")}).decode()}
