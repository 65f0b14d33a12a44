"""What is to be so for a span of time: from when until when, and what comes after it.

1. A span that was said (``from 6 to 7``, ``until 10 pm``) is had as a whole: it begins when it
   begins, or now where that has passed, and ends with its end, to the minute.
2. What undoes something comes after it, or what a device was set to before. Nobody guesses that for
   what can hurt somebody or let somebody in, but that what is hot is turned off.
3. Where something is left open besides (a length, the cheapest time), a span only bounds it.
4. Of a span in which something is allowed for a part, the first part is had.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile, takewhile
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.foreseen import holding, known_at
from tarl.planning.formulation.limits import choices_of
from tarl.planning.formulation.windows import window_spans
from tarl.planning.household import Device
from tarl.planning.kinds import SHARES
from tarl.planning.moments import moment_of
from tarl.planning.task import Constraint

LEFT_OPEN = frozenset({"duration", "order", "price", "tariff"})
"""Rules that choose a part of a span."""

LASTING_ACTIONS = frozenset({"turn_on", "open", "unlock", "heat", "cool"})
"""What may be asked for a while; ``turn_off`` and the like then ends it."""

ENDS_WITH = {"turn_on": "turn_off", "open": "close", "unlock": "lock", "run": "turn_off"}

UNDONE_BY = {"turn_on": "turn_off", "turn_off": "turn_on", "open": "close", "close": "open"}
"""What comes after a span, by what was asked for."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From an instant until another, UTC milliseconds, and the ids of the rules that say so."""

    start_ms: int
    end_ms: int
    rules: tuple[str, ...]


def span_of(bounds: Sequence[Constraint], snapshot: ContextSnapshot) -> Span | None:
    """The span that rules ask for; None where they ask for none, or leave open when.

    Raises:
        Invalid: ``task.time``, ``plan.condition``.
    """
    hard = [bound for bound in bounds if bound.hard]
    said = next((bound for bound in hard if bound.lasts), None)
    if said is None or any(bound.type in LEFT_OPEN for bound in hard):
        return None
    if said.type == "window":
        spans = window_spans(said, snapshot) if said.operator == "in" else []
        start, end = next(iter(spans), (0, 0))
        rules: tuple[str, ...] = (said.id,)
    else:
        begins = [bound for bound in hard if bound.is_beginning]
        times = [moment_of(bound, snapshot) for bound in begins]
        start, end = max(times, default=0), moment_of(said, snapshot)
        rules = (said.id, *(bound.id for bound in begins))
    start = max(start, snapshot.timestamp)
    if start >= end:
        return None
    return _allowed(Span(start_ms=start, end_ms=end, rules=rules), hard, snapshot)


def _allowed(span: Span, bounds: Sequence[Constraint], snapshot: ContextSnapshot) -> Span:
    """The first part of a span in which its conditions are expected to allow it; all of it where
    they do nowhere, which is a conflict of theirs."""
    grid = snapshot.grid
    slots = list(grid.covering(span.start_ms, span.end_ms))
    open_slots = set(slots)
    for bound in bounds:
        if bound.type != "condition" or not isinstance(bound.value, dict):
            continue
        if "subject" in bound.value and (holds := holding(bound.value, snapshot)) is not None:
            wanted = bound.operator != "neq"
            open_slots -= {slot for slot in slots if holds[slot] is not wanted}
    first = list(
        takewhile(open_slots.__contains__, dropwhile(lambda s: s not in open_slots, slots))
    )
    if not first or len(first) == len(slots):
        return span
    start = span.start_ms if first[0] == slots[0] else grid.at(first[0])
    end = span.end_ms if first[-1] == slots[-1] else grid.at(first[-1] + 1)
    return msgspec.structs.replace(span, start_ms=start, end_ms=end)


def slots_of(span: Span, snapshot: ContextSnapshot) -> range:
    """The slots that a span touches, at least one, also beyond those that are planned."""
    grid = snapshot.grid
    first = max(0, grid.slot_of(span.start_ms))
    return range(first, max(first + 1, -(-(span.end_ms - grid.start_ms) // grid.slot_ms)))


def power_in(span: Span, power_w: int, snapshot: ContextSnapshot) -> tuple[int, ...]:
    """Mean watts in each slot that a span touches, rounded half up. Where prices end, what is drawn
    is not counted: nobody does without light because it has no price yet."""
    grid, is_priced = snapshot.grid, any(price is not None for price in snapshot.import_price)
    watts = []
    for slot in slots_of(span, snapshot):
        shared = grid.overlap(slot, span.start_ms, span.end_ms)
        is_known = known_at(snapshot.import_price, slot) is not None or not is_priced
        mean = (2 * power_w * shared + grid.slot_ms) // (2 * grid.slot_ms)
        watts.append(mean if is_known else 0)
    return tuple(watts)


def way_back(device: Device, action: str, snapshot: ContextSnapshot) -> dict[str, Any] | None:
    """What a device is told at the end of a span; None where it is to stay as it is then: nobody
    knows how it was, or it was like that, or it is nothing to be guessed."""
    state = snapshot.devices.get(device.id)
    if action == "turn_off" and state is not None and state.state == "off":
        return None
    undoing = UNDONE_BY.get(action)
    if undoing is None:
        after = setting_before(device, action, snapshot)
    else:
        after = {"action": undoing} if device.can(undoing) else None
    return after if after is not None and device.may_follow(after["action"]) else None


def after_a_while(device: Device, action: str, snapshot: ContextSnapshot) -> dict[str, Any] | None:
    """What a device is told once something has lasted as long as it shall: what undoes it, or what
    it was set to before; None for what ends by itself.

    Raises:
        Invalid: ``plan.no_end``: nobody knows what comes then.
    """
    if action in LASTING_ACTIONS:
        return {"action": ENDS_WITH[action]} if action in ENDS_WITH else None
    if action == "turn_off" and device.can("turn_on"):
        return {"action": "turn_on"}
    if (before := setting_before(device, action, snapshot)) is not None:
        return before
    raise Invalid(
        f"what {device.name} is to do afterwards is not known",
        code="plan.no_end",
        next_step="say what is to be then, and when; what it is set to now a broker tells "
        "(--broker)",
        device=device.id,
        action=action,
    )


def setting_before(device: Device, action: str, snapshot: ContextSnapshot) -> dict[str, Any] | None:
    """What sets a device back to what it is set to now, or turns it off where it is off; None where
    nobody knows, or it may not be set to that."""
    name = action.removeprefix("set_")
    state = snapshot.devices.get(device.id)
    if state is None or name == action:
        return None
    if state.state == "off" and device.can("turn_off"):
        return {"action": "turn_off"}
    before = state.attributes.get(name)
    if before is not None and before in choices_of(device, action, name):
        return {"action": action, name: before}
    if not isinstance(before, int) or isinstance(before, bool):
        return None
    limits = device.limits.get(name, {})
    low, high = limits.get("gte"), limits.get("lte")
    if name in SHARES:
        low, high = (0 if low is None else low), (1000 if high is None else high)
    if (low is not None and before < low) or (high is not None and before > high):
        return None
    return {"action": action, name: before}
