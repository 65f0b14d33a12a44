"""Pins: whatever a server says of a tool can be recorded, and any other word of it is a change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.agents.adapters.mcp_errors import ToolChanged
from tarl.agents.adapters.mcp_offer import (
    Hints,
    Listed,
    Offer,
    listed,
    refuse_changed,
    schema_of,
    settled,
)
from tarl.values.canonical import encode
from tarl.values.plain import plain

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(["type", "properties", "required", "maximum", "minimum", "x"])
SCHEMAS = st.dictionaries(KEYS | st.text(max_size=5), JSON, max_size=4)
HINTS = st.builds(
    Hints,
    is_read_only=st.booleans(),
    is_idempotent=st.booleans(),
    is_destructive=st.booleans(),
    is_open_world=st.booleans(),
)
NAMES = st.sampled_from(["price", "a.b", "a/b", "tools", "", "*", "\u200b"]) | st.text(max_size=9)
OFFERS = st.builds(
    lambda name, description, parameters, output, hints: Offer(
        name=name,
        description=description,
        parameters=schema_of(parameters),
        output=None if output is None else schema_of(output),
        hints=hints,
    ),
    NAMES,
    st.text(max_size=20),
    SCHEMAS,
    st.none() | SCHEMAS,
    HINTS,
)


def turned(value: Any) -> Any:
    """The same value, its members said in another order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(OFFERS)
def test_every_offer_can_be_recorded(offer: Offer) -> None:
    entry = listed("shop", settled(offer))
    data = encode(plain(entry))
    again = msgspec.json.decode(data, type=Listed)
    assert again.digest == again.offer.digest == entry.digest
    assert encode(plain(again)) == data


@given(OFFERS, OFFERS)
def test_the_same_passes_and_anything_else_is_a_change(pinned: Offer, other: Offer) -> None:
    pinned, other = settled(pinned), settled(other)
    live = msgspec.structs.replace(pinned, parameters=turned(pinned.parameters))
    refuse_changed("shop", pinned, [live])
    swapped = msgspec.structs.replace(other, name=pinned.name)
    if encode(plain(swapped)) == encode(plain(pinned)):
        refuse_changed("shop", pinned, [swapped])
        return
    with pytest.raises(ToolChanged) as refused:
        refuse_changed("shop", pinned, [swapped])
    assert set(refused.value.facts["changed"]) <= {"description", "schema", "hints"}
    assert refused.value.facts["changed"]
    with pytest.raises(ToolChanged) as gone:
        refuse_changed("shop", pinned, [])
    assert gone.value.facts["changed"] == ["name"]
