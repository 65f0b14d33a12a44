"""Which days, parts of the day and clock times of a sentence belong together.

1. A day, or a part of one, that stands beside a clock time is that time's own.
2. A span of hours right behind what names no hours says which are meant.
3. A day that is named but for contrast, and a beginning that is told of what is to be done by then,
   bound nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from tarl.planning.language.segments import BESIDE_CHARS
from tarl.planning.language.times import dated, in_afternoon
from tarl.planning.language.values import THEN, Draft
from tarl.planning.language.wanted import Held
from tarl.planning.task import Operator, When


def brought_together(held: list[Held]) -> list[Held]:
    """The constraints of a sentence, where times that belong together are one."""
    told = _dated(_explained(_in_that_half(held)))
    return list(_done_by(list(_contrasted(told))))


def _in_that_half(held: list[Held]) -> list[Held]:
    """The constraints, where the hours that are left out of an afternoon or an evening are of it:
    ``this afternoon, but not between two and three``."""
    named = {one.draft.value["from"].part for one in held if _is_part(one.draft)}
    spans = [_HOURS[part] for part in named if part in _HOURS]
    return [_late(one, spans) for one in held] if spans else held


_HOURS = {"afternoon": ("12:00", "18:00"), "evening": ("17:00", "23:59")}


def _is_part(draft: Draft) -> bool:
    return draft.type == "window" and draft.operator == "in" and bool(draft.value["from"].part)


def _late(one: Held, spans: list[tuple[str, str]]) -> Held:
    """A window that is left out, in the half of the day whose hours it lies in."""
    if one.draft.type != "window" or one.draft.operator != "neq":
        return one
    ends = [one.draft.value[end] for end in ("from", "to")]
    moved = [in_afternoon(end) for end in ends]
    walls = [end.clock for end in moved if end is not None and end.clock]
    if len(walls) < len(ends):
        return one
    if not any(first <= min(walls) and max(walls) <= last for first, last in spans):
        return one
    return one._replace(
        draft=one.draft._replace(value=dict(zip(("from", "to"), moved, strict=True)))
    )


def _explained(held: list[Held]) -> list[Held]:
    """The constraints without a state, or a part of the day, that a window of clock times right
    behind it says in numbers: ``not during the evening peak, 5 to 8 pm``."""
    said = sorted(held, key=lambda one: one.span)
    kept = list(held)
    for one, other in pairwise(said):
        gap = other.span[0] - one.span[1]
        if gap == BESIDE_CHARS and _is_vague_time(one.draft) and _is_clock_window(other.draft):
            operator: Operator = "neq" if one.draft.operator == "neq" else "in"
            draft = other.draft._replace(operator=operator)
            kept = [each._replace(draft=draft) if each is other else each for each in kept]
            if one.draft.type == "condition":
                kept.remove(one)
    return kept


def _is_vague_time(draft: Draft) -> bool:
    if draft.type == "condition":
        return bool(draft.value == {"subject": "price", "state": "high"})
    return draft.type == "window" and draft.operator == "neq" and not draft.value["from"].clock


def _is_clock_window(draft: Draft) -> bool:
    is_window = draft.type == "window" and draft.operator == "in"
    return is_window and bool(draft.value["from"].clock and draft.value["to"].clock)


def _dated(held: list[Held]) -> Iterator[Held]:
    """The constraints, where a day or a part of it that stands beside a clock time belongs to it:
    ``on Monday from 9 am``, ``no later than ten in the evening``."""
    taken: dict[int, Held] = {}
    for at, one in enumerate(held):
        for other_at, other in enumerate(held):
            if at == other_at or one.clause != other.clause or other_at in taken:
                continue
            if (dated := _on(one, other)) is not None:
                taken[at], taken[other_at] = one, other
                yield dated
                break
    yield from (one for at, one in enumerate(held) if at not in taken)


def _contrasted(held: Iterable[Held]) -> Iterator[Held]:
    """The constraints without the day that is named but for contrast: ``tomorrow, not today``."""
    kept = list(held)
    days = {one.clause for one in kept if one.draft.operator != "neq" and _days_of(one.draft)}
    for one in kept:
        if one.draft.operator != "neq" or one.clause not in days or not _days_of(one.draft):
            yield one


def _done_by(held: list[Held]) -> Iterator[Held]:
    """The constraints without the beginning that is told of what is to be done by that time: ``I
    need the car at seven, so it should be full by then``."""
    ends = [(one.clause, one.draft.value) for one in held if one.draft.type == "deadline"]
    for one in held:
        if one.draft.type != "earliest" or (one.clause, one.draft.value) not in ends:
            yield one


def _days_of(draft: Draft) -> bool:
    """Whether a time names a day; of what is excluded, whether it is a day alone."""
    if draft.type == "window":
        first = draft.value["from"]
        is_alone = first.clock is None and first.part is None and first == draft.value["to"]
        return _names_day(first) and (draft.operator != "neq" or is_alone)
    return draft.type in ("earliest", "deadline") and _names_day(draft.value)


def _is_day(when: When) -> bool:
    """Whether a time is a day, and no more."""
    return _names_day(when) and when == When(day=when.day, weekday=when.weekday, date=when.date)


_TWELVE = ("noon", "midnight")
"""Parts of the day that last no time."""


def _is_dayless(when: When) -> bool:
    """Whether it is a time of some day, and of no day that is named."""
    return bool(when.clock or when.part or (when.event and when != THEN)) and not _names_day(when)


def _on_day(when: When, day: When) -> When:
    """The time on that day: ``tomorrow before noon``."""
    if when.clock:
        return dated(when, day)
    return msgspec.structs.replace(when, day=day.day, weekday=day.weekday, date=day.date)


def _names_day(when: When) -> bool:
    return when.names_day


def _on(named: Held, timed: Held) -> Held | None:
    """A time with the day or part that is named right beside it."""
    if named.draft.type == "deadline" and named.draft.value.event is not None:
        is_same = timed.draft.type == "earliest" and timed.draft.value.clock is not None
        is_next = 0 <= timed.span[0] - named.span[1] <= BESIDE_CHARS
        return (
            named._replace(draft=timed.draft._replace(type="deadline", operator="lte"))
            if is_same and is_next
            else None
        )
    if named.draft.type == "deadline" and _is_day(named.draft.value):
        is_clock = timed.draft.type == "earliest" and timed.draft.value.clock is not None
        is_by = timed.draft.type == "deadline" and _is_dayless(timed.draft.value)
        is_next = 0 <= timed.span[0] - named.span[1] <= BESIDE_CHARS
        if not ((is_clock or is_by) and is_next) or _names_day(timed.draft.value):
            return None
        return named._replace(
            draft=named.draft._replace(value=_on_day(timed.draft.value, named.draft.value))
        )
    if named.draft.type != "window" or named.draft.operator not in ("in", timed.draft.operator):
        return None
    if timed.draft.type == "window" and timed.draft.operator == "neq" and timed.draft.is_fixed:
        return None  # A window that is left out of a day: ``on Monday, but not from 8 to 10``.
    start, end = named.draft.value["from"], named.draft.value["to"]
    if end.part == "night" and start == When(part="evening", day=end.day):
        return _tonight(named, timed)
    is_before = 0 <= timed.span[0] - named.span[1] <= BESIDE_CHARS
    is_behind = 0 <= named.span[0] - timed.span[1] <= BESIDE_CHARS
    if start == end and not start.part and _is_of_its_clause(named, timed):
        on_day = _on_day(timed.draft.value, start)
        return timed._replace(draft=timed.draft._replace(value=on_day))
    if start != end or start.clock or not (is_behind or (is_before and _opens(start, timed))):
        return None
    value = timed.draft.value
    if timed.draft.type in ("deadline", "earliest"):
        is_dated = value.clock or (_is_day(start) and _is_dayless(value))
        value = _on_day(value, start) if is_dated else None
    elif timed.draft.type == "window" and value["from"].clock and value["to"].clock:
        first = dated(value["from"], start if is_before else When(part=start.part))
        last = dated(value["to"], start if is_behind else When())
        if first.clock and last.clock and first.clock > last.clock >= value["from"].clock:
            first = dated(
                value["from"], msgspec.structs.replace(start, part=None) if is_before else When()
            )
        value = {"from": first, "to": last}
    else:
        value = None
    return None if value is None else timed._replace(draft=timed.draft._replace(value=value))


def _opens(start: When, timed: Held) -> bool:
    """Whether a day, or a part of one, may stand before its time: ``tomorrow morning by 7``."""
    is_dated = start.names_day
    return not start.part or (is_dated and timed.draft.type in ("deadline", "earliest"))


def _tonight(named: Held, timed: Held) -> Held | None:
    """A time with the evening that is named right beside it: ``tonight after eleven``."""
    gap = max(timed.span[0] - named.span[1], named.span[0] - timed.span[1])
    value = timed.draft.value
    if _is_clock_window(timed.draft) and 0 <= named.span[0] - timed.span[1] <= BESIDE_CHARS:
        last = dated(value["to"], When(day=0))
        return timed._replace(draft=timed.draft._replace(value={**value, "to": last}))
    is_clock = timed.draft.type in ("deadline", "earliest") and value.clock is not None
    if not is_clock or value.day is not None or gap > BESIDE_CHARS:
        return None
    part = "evening" if value.clock >= "05:00" else None
    value = dated(value, When(part=part, day=0))
    return timed._replace(draft=timed.draft._replace(value=value))


def _is_of_its_clause(named: Held, timed: Held) -> bool:
    """Whether a day opens a clause whose clock time has none: ``tomorrow I want ... by 7``."""
    value = timed.draft.value
    is_time = timed.draft.type in ("deadline", "earliest")
    is_clock = is_time and (value.clock is not None or value.part in _TWELVE)
    return is_clock and not _names_day(value) and named.span[0] < timed.span[0]
