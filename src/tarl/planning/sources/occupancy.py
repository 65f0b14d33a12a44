"""Who is at home and who sleeps: a share of certainty for each slot, from habits, from calendars,
and from what devices said, which counts the less the longer it is ago.

1. What a device told of a person halves in weight with each half-life and gives way to the habit.
   Without habits it fades to even odds, and is unknown after ``HALF_LIVES_MAX``.
2. Somebody is at home if not everybody is away; people are taken as independent. Who is away does
   not sleep here, whatever the habit.
3. Unknown stays None. A rule that protects sleep reads it as somebody there (``for_quiet``), one
   that protects the house as nobody there (``for_safety``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from math import floor, prod
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from tarl.errors import Invalid
from tarl.planning.context import DeviceState
from tarl.planning.slots import MINUTE_MS, Grid, instant_of
from tarl.planning.sources.calendars import Span, days_of

SURE = 1_000
EVEN = 500
HALF_LIVES_MAX = 3
HABITS_MAX = 200

Permille = Annotated[int, msgspec.Meta(ge=0, le=SURE)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
State = Literal["asleep", "away"]
Shares = tuple[int | None, ...]


class Habit(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """What somebody usually does, ``from`` .. ``to`` on the wall of the home, which may be the next
    morning. ``days`` are those on which it begins; ``permille``: of so many in a thousand."""

    who: str
    state: State
    from_: str
    to: str
    days: tuple[Day, ...] = DAYS
    permille: Permille = 900


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said, when: whether somebody is home, and sleeps; None where it does not say.
    ``who`` is None for the house as a whole."""

    who: str | None
    home: bool | None
    asleep: bool | None
    observed_ms: int
    half_life_ms: int


class Occupancy(msgspec.Struct, frozen=True, kw_only=True):
    """Permille that somebody is home, and that somebody sleeps, slot by slot."""

    home: Shares
    asleep: Shares


def clock(text: str, *, source: str) -> time:
    """A wall time, ``HH:MM``.

    Raises:
        Invalid: ``schedule.time``.
    """
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall time has no zone
    except ValueError as error:
        raise Invalid(
            f"{source} has {text!r} as a time of day",
            code="schedule.time",
            next_step='write hours and minutes in quotes, like "06:30"',
            source=source,
            time=text,
        ) from error


def spans_of(habit: Habit, *, start_ms: int, end_ms: int, zone: ZoneInfo) -> tuple[Span, ...]:
    """When a habit is due in a span of time, not cut to it."""
    begins = clock(habit.from_, source=habit.who)
    ends = clock(habit.to, source=habit.who)
    found = []
    for day in days_of(start_ms, end_ms, zone):
        if DAYS[day.weekday()] in habit.days:
            last = day if ends > begins else day + timedelta(days=1)
            span = Span(instant_of(day, begins, zone), instant_of(last, ends, zone), habit.state)
            if span.start_ms < end_ms and span.end_ms > start_ms:
                found.append(span)
    return tuple(found)


def occupancy(
    grid: Grid,
    *,
    people: Sequence[str],
    spans: Mapping[tuple[str, State], Sequence[tuple[Span, int]]],
    told: Iterable[Told] = (),
) -> Occupancy:
    """What is to be expected of people.

    Args:
        grid: The slots.
        people: Whose days are known: at home when not away. Of the others is known only when they
            are away, or what a device said.
        spans: By person and state, when it is so, and how surely.
        told: What devices said; of two about one person, the later one counts.
    """
    latest: dict[str | None, Told] = {}
    for item in sorted(told, key=lambda item: item.observed_ms):
        latest[item.who] = item
    homes: list[Shares] = []
    sleeps: list[Shares] = []
    unknown: Shares = (None,) * grid.count
    others = [*(who for who, _ in spans), *(who for who in latest if who is not None)]
    for who in dict.fromkeys([*people, *others]):
        away = _shares(grid, spans.get((who, "away"), ()))
        home: Shares = tuple(SURE - share for share in away)
        asleep: Shares = _shares(grid, spans.get((who, "asleep"), ()))
        if who not in people:
            home = tuple(None if share else 0 for share in home)
            asleep = unknown
        at_home = _faded(grid, home, latest.get(who), "home")
        homes.append(at_home)
        sleeps.append(_there(_faded(grid, asleep, latest.get(who), "asleep"), at_home))
    house = latest.get(None)
    return Occupancy(
        home=_faded(grid, _anybody(grid, homes), house, "home"),
        asleep=_faded(grid, _anybody(grid, sleeps), house, "asleep"),
    )


def for_quiet(share: int | None) -> int:
    """A share as a rule that protects sleep reads it: unknown is somebody."""
    return SURE if share is None else share


def for_safety(share: int | None) -> int:
    """A share as a rule that protects the house reads it: unknown is nobody."""
    return 0 if share is None else share


def _shares(grid: Grid, spans: Iterable[tuple[Span, int]]) -> tuple[int, ...]:
    """The highest share at each moment, averaged over each slot, rounded half up."""
    parts: list[list[tuple[int, int, int]]] = [[] for _ in range(grid.count)]
    for span, permille in spans:
        for slot in grid.covering(span.start_ms, span.end_ms):
            start, end = grid.at(slot), grid.at(slot + 1)
            parts[slot].append((max(start, span.start_ms), min(end, span.end_ms), permille))
    return tuple(_highest(each, grid.slot_ms) for each in parts)


def _highest(parts: Sequence[tuple[int, int, int]], slot_ms: int) -> int:
    edges = sorted({edge for start, end, _ in parts for edge in (start, end)})
    total = sum(
        (after - before)
        * max((share for start, end, share in parts if start <= before < end), default=0)
        for before, after in pairwise(edges)
    )
    return (2 * total + slot_ms) // (2 * slot_ms)


def _there(asleep: Shares, home: Shares) -> Shares:
    """Who sleeps elsewhere does not sleep here; who is away for sure does not, whatever else."""
    found: list[int | None] = []
    for share, at_home in zip(asleep, home, strict=True):
        if at_home is None or share is None:
            found.append(0 if at_home == 0 else share)
        else:
            found.append((2 * share * at_home + SURE) // (2 * SURE))
    return tuple(found)


def _faded(
    grid: Grid, habit: Shares, told: Told | None, field: Literal["home", "asleep"]
) -> Shares:
    says = None if told is None else getattr(told, field)
    if told is None or says is None:
        return habit
    value = SURE if says else 0
    found: list[int | None] = []
    for slot, usual in enumerate(habit):
        ago = max(0, grid.at(slot) + grid.slot_ms // 2 - told.observed_ms)
        if usual is None and ago > HALF_LIVES_MAX * told.half_life_ms:
            found.append(None)
            continue
        weight = 0.5 ** (ago / told.half_life_ms)
        rest = EVEN if usual is None else usual
        found.append(floor(weight * value + (1 - weight) * rest + 0.5))
    return tuple(found)


def _anybody(grid: Grid, shares: Sequence[Shares]) -> Shares:
    """That one of them is; somebody of whom nothing is known leaves it open, unless another is
    known to be."""
    found: list[int | None] = []
    for slot in range(grid.count):
        values = [share[slot] for share in shares]
        known = [value for value in values if value is not None]
        if not values or (len(known) < len(values) and SURE not in known):
            found.append(None)
            continue
        whole = SURE ** len(known)
        none = prod(SURE - value for value in known)
        found.append((2 * SURE * (whole - none) + whole) // (2 * whole))
    return tuple(found)


HALF_LIFE_MINUTES = 60
HALF_LIFE_MS = HALF_LIFE_MINUTES * MINUTE_MS
HOME_STATES = ("home", "on", "occupied", "present", "awake", "true")
AWAY_STATES = ("not_home", "away", "off", "empty", "false")
ASLEEP_STATES = ("asleep", "sleeping")


def told_by(
    state: DeviceState,
    *,
    who: str | None,
    home: Sequence[str] = HOME_STATES,
    away: Sequence[str] = AWAY_STATES,
    asleep: Sequence[str] = ASLEEP_STATES,
    half_life_ms: int = HALF_LIFE_MS,
) -> Told | None:
    """What a presence sensor's state says; None when it is offline or the word is not known."""
    word = state.state.strip().lower()
    if not state.is_online or word not in (*home, *away, *asleep):
        return None
    sleeps = word in asleep
    return Told(
        who=who,
        home=word not in away,
        asleep=sleeps if sleeps or word in away or word == "awake" else None,
        observed_ms=state.observed_ms,
        half_life_ms=half_life_ms,
    )
