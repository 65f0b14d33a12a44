from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tarl.interfaces.model_proxy.wires import Wire, Wires


def told(wire: Wire) -> str:
    parts = []
    while not wire.pieces.empty():
        parts.append(wire.pieces.get_nowait() or "")
    return "".join(parts)


PARTS = st.lists(st.text("ab", min_size=1, max_size=3), max_size=8)


@given(PARTS, st.integers(0, 8), PARTS)
def test_what_was_told_is_what_was_said_or_the_wire_says_that_it_is_not(
    first: list[str], cut: int, second: list[str]
) -> None:
    wire, heard = Wire(), list[str]()
    attempt = wire.attempt(heard.append)
    for part in first[:cut]:
        attempt(part)
    attempt = wire.attempt(heard.append)
    for part in second:
        attempt(part)
    whole = "".join(second)
    wire.end(whole)

    said = told(wire)
    assert wire.is_broken or said == whole
    assert wire.is_broken == (not whole.startswith("".join(first[:cut])))
    assert heard == [*first[:cut], *second]


def test_a_wire_that_nobody_holds_is_gone() -> None:
    wires = Wires()
    wire = wires.open("call")
    assert wires.get("call") is wire

    del wire

    assert wires.get("call") is not wires.get("call")
