"""What conditions say, and in which slots they are expected to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot

LIKELY = 500
"""Permille from which on something is taken to be so."""

COLD, HOT = 50, 250
"""Tenths of a degree outside up to which it is cold, and from which on it is hot."""
DEAR, CHEAP = 1150, 850
"""Permille of the mean price from which a price is high, and up to which it is low."""

MEASURED = ("above", "below")
"""States of what is measured, with the ``value`` that it lies above or below."""


def holding(condition: dict[str, Any], snapshot: ContextSnapshot) -> list[bool | None] | None:
    """Whether a condition holds in each slot, None in it where nobody knows; None for a condition
    that only the moment itself can tell."""
    subject, state = condition["subject"], condition.get("state")
    slots = range(snapshot.grid.count)
    if subject == "occupancy":
        shares = snapshot.asleep if state in ("asleep", "awake") else snapshot.home
        likely = [None if (p := known_at(shares, s)) is None else p >= LIKELY for s in slots]
        opposite = state in ("awake", "away")
        return [None if is_so is None else is_so is not opposite for is_so in likely]
    if subject == "price":
        mean = mean_price(snapshot)
        return [_price_is(state, known_at(snapshot.import_price, s), mean) for s in slots]
    if state in MEASURED and subject in ("solar", "weather"):
        series = snapshot.solar_w if subject == "solar" else snapshot.temperature
        return [is_beyond(condition, known_at(series, s)) for s in slots]
    if subject == "solar":
        return [_surplus(s, snapshot) for s in slots]
    if subject == "weather" and state in ("cold", "hot"):
        temperatures = [known_at(snapshot.temperature, s) for s in slots]
        if state == "cold":
            return [None if t is None else t <= COLD for t in temperatures]
        return [None if t is None else t >= HOT for t in temperatures]
    return None


def is_beyond(condition: Mapping[str, Any], measured: int | None) -> bool | None:
    """Whether what is measured lies above, or below, the value of a condition; None where it is
    not known.

    Raises:
        Invalid: ``plan.condition``: the condition has no value.
    """
    value = condition.get("value")
    if not isinstance(value, int):
        raise Invalid(
            f"this condition has no value: {dict(condition)!r}",
            code="plan.condition",
            next_step="give the value: tenths of a degree, or watts",
        )
    if measured is None:
        return None
    return measured > value if condition.get("state") == "above" else measured < value


def _price_is(state: Any, price: int | None, mean: int) -> bool | None:
    if price is None:
        return None
    if state == "negative":
        return price < 0
    if state == "high":
        return price * 1000 >= mean * DEAR
    return price * 1000 <= mean * CHEAP


def _surplus(slot: int, snapshot: ContextSnapshot) -> bool | None:
    sun = known_at(snapshot.solar_w, slot)
    return None if sun is None else sun > (known_at(snapshot.base_load_w, slot) or 0)


_STATES = {
    "home": "somebody is at home",
    "away": "nobody is at home",
    "asleep": "somebody sleeps",
    "awake": "everybody is awake",
}


def condition_words(
    condition: dict[str, Any], operator: str, names: Mapping[str, str] | None = None
) -> str:
    """``not while somebody sleeps``; ``names`` are those of devices, by their ids."""
    subject, state = condition["subject"], str(condition.get("state"))
    said = _STATES.get(state) if subject == "occupancy" else None
    if state in MEASURED and "value" in condition:
        said = _beyond_words(subject, state, int(condition["value"]))
    device = condition.get("device")
    if isinstance(device, str):
        subject = (names or {}).get(device, device)
    said = said or f"{subject.replace('_', ' ')} is {state.replace('_', ' ')}"
    return f"not while {said}" if operator == "neq" else f"only while {said}"


def _beyond_words(subject: str, state: str, value: int) -> str:
    if subject == "solar":
        return f"the sun gives {'more' if state == 'above' else 'less'} than {value} W"
    whole, tenth = divmod(abs(value), 10)
    degrees = f"{'-' if value < 0 else ''}{whole}{f'.{tenth}' if tenth else ''} °C"
    return f"it is {'warmer' if state == 'above' else 'colder'} than {degrees} outside"


def mean_price(snapshot: ContextSnapshot) -> int:
    """The mean of the prices that are known, in millionths a kilowatt-hour; 0 for none."""
    known = [price for price in snapshot.import_price if price is not None]
    return sum(known) // len(known) if known else 0


def known_at(values: Sequence[int | None], slot: int) -> int | None:
    """A value of a slot; None beyond what is known."""
    return values[slot] if slot < len(values) else None
