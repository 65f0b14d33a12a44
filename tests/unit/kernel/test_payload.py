"""What values on their way into the journal are refused for."""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec
import pytest

from tarl.errors import Invalid
from tarl.kernel.payload import encode_value


class Colour(Enum):
    RED = "red"


class Incomparable(msgspec.Struct, eq=False):
    x: int


@pytest.mark.parametrize(
    ("value", "declared", "lost"),
    [
        ((1, 2), Any, "it is a tuple and would come back as list"),
        ({"a": {"b": [1, Colour.RED]}}, Any, "it: $.a.b[1] is a Colour and would come back as str"),
        (
            {"a": Incomparable(x=1)},
            dict[str, Incomparable],
            "it: $.a is a Incomparable and would come back other than it is: Incomparable(x=1)",
        ),
    ],
)
def test_what_would_come_back_otherwise_is_named_with_its_place(
    value: Any, declared: Any, lost: str
) -> None:
    with pytest.raises(Invalid) as caught:
        encode_value(value, name="it", declared=declared, bytes_max=100)
    assert caught.value.code == "value.round_trip"
    assert lost in caught.value.message
    assert caught.value.message.endswith(" after a restart")


def test_a_set_is_written_in_one_order_and_read_back() -> None:
    data = encode_value({"b", "a"}, name="it", declared=set[str], bytes_max=100)
    assert data == b'["a","b"]'
