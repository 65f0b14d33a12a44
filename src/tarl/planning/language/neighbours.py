"""What two segments that stand side by side make of each other.

1. A place before a light that has its own place in its name is one of another light.
2. What is asked before ``then`` is a condition, and orders nothing.
3. A machine that is off above a price runs below it.
"""

from __future__ import annotations

from itertools import pairwise

from tarl.planning.language.actions import COVERS, LIGHTS, LOCKS
from tarl.planning.language.conditions import while_it_is
from tarl.planning.language.modifiers import Bound, Mention, State
from tarl.planning.language.segments import Clause, Part, drafts_of, together

_SWITCHED = frozenset({"on", "off", "out", "dim", "set", "run"})


def lit_together(segments: list[Clause]) -> list[Clause]:
    """The segments, where a place before a light that has its own in its name is one of another
    light: ``the bedroom | and the kitchen light off``."""
    found: list[Clause] = []
    for segment in reversed(segments):
        kinds = {part.kind for part in segment.parts} - {"f"}
        first = (
            next((part for part in found[-1].parts if part.kind != "f"), None) if found else None
        )
        is_named = first is not None and first.kind == "D" and first.value.kind == "light"
        is_place = "A" in kinds and kinds <= {"A", "v"} and set(segment.verbs) <= _SWITCHED
        if not (is_place and is_named and first is not None and first.value.ids):
            found.append(segment)
            continue
        parts = tuple(
            part._replace(kind="D", value=Mention("light", place=part.value.id))
            if part.kind == "A"
            else part
            for part in segment.parts
        )
        found[-1] = together(segment._replace(parts=parts), found[-1])
    return found[::-1]


FULL = Bound("fill", 1000)
_SO = {
    "open": "open",
    "unlock": "unlocked",
    "on": "on",
    "off": "off",
    "lock": "locked",
    "run": "running",
    "charge": "charging",
}


def asked(segments: list[Clause]) -> list[Clause]:
    """The segments, where what is asked before ``then`` is a condition: ``is the garage open at
    ten? Then close it``."""
    found = list(segments)
    for at, (one, other) in enumerate(pairwise(segments)):
        states = _asked_states(one) if other.is_next and other.verbs else []
        if len(states) != 1:
            continue
        part, state = states[0]
        condition = (while_it_is(state, is_wanted=True),)
        kept = tuple(other for other in one.parts if other.kind not in "ABDSv" and other != part)
        found[at] = one._replace(parts=(part._replace(kind="C", value=condition), *kept))
        found[at + 1] = found[at + 1]._replace(is_next=False)
    return found


def _asked_states(segment: Clause) -> list[tuple[Part, State]]:
    """What a segment asks whether it is so, each with the part that says it."""
    said, asking = segment.parts_of("ADSv"), segment.of("Z")
    if not said:
        return [(part, part.value) for part in asking if isinstance(part.value, State)]
    if all(part.kind == "S" for part in said):
        return [(part, part.value) for part in said]
    is_full = any(part.value == FULL for part in segment.of("B"))
    state = _state_of(said) if asking and len(said) == 2 else None
    if asking and is_full and said[0].kind == "D" and set(segment.verbs) <= {"charge"}:
        state = State("device", "full", facts=(("device", said[0].value),))
    return [] if state is None else [(said[0], state)]


def _state_of(said: list[Part]) -> State | None:
    """How a device, or what opens in a place, is said to be."""
    named, verb = said
    if named.kind not in "AD" or verb.kind != "v" or verb.value not in _SO:
        return None
    device = named.value if named.kind == "D" else Mention("cover", place=named.value.id)
    return State("device", _SO[verb.value], facts=(("device", device),))


_STAYING_OFF = LIGHTS | COVERS | LOCKS
"""What is not turned on for being off above a price."""


def off_above(clause: Clause) -> Clause:
    """The clause, where what is to be off above a price is to run below it: ``if power costs over
    30 cents, leave the dryer off``."""
    types = {draft.type for part in clause.parts for draft in drafts_of(part)}
    kinds = {part.value.kind for part in clause.of("D")}
    if "price" not in types or "off" not in clause.verbs or not kinds or kinds & _STAYING_OFF:
        return clause
    parts = (
        part._replace(value="run") if part.kind == "v" and part.value == "off" else part
        for part in clause.parts
    )
    return clause._replace(parts=tuple(parts))
