"""Nominal times: the instants of a cron expression in a time zone, or of an interval.

Cron is read as Debian's cron(8) reads it (the library cronsim): five fields, or six with seconds
first. Where minute and hour are fixed, a time that the spring change skips comes at the first
instant after the gap, and one that the autumn change repeats comes at its first occurrence only;
other expressions go by elapsed time. Several times that fall into one gap come as one.

Law: ``following(times, after)`` is later than ``after``, and nothing of ``times`` lies in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.values.instants import from_datetime, to_datetime

INSTANT_MS_MAX = 32_503_680_000_000
"""3000-01-01: what lies beyond is a mistaken unit."""

EVERY_MS_MAX = 100 * 366 * 86_400_000
"""A hundred years."""

EVERY_MS_MIN = 100
"""Ten times a second: what comes more often is no schedule."""

EXPRESSION_CHARS_MAX = 256

_SKIPS_MAX = 10_000
"""Instants that are not later than what is asked for, while a clock change is passed."""


class Cron(msgspec.Struct, frozen=True, kw_only=True, tag="cron", tag_field="kind"):
    """Times of a cron expression on the clocks of a time zone (IANA name)."""

    expression: str
    zone: str = "UTC"


class Every(msgspec.Struct, frozen=True, kw_only=True, tag="every", tag_field="kind"):
    """Times at a distance: ``offset_ms`` after each multiple of ``every_ms`` since 1970 UTC."""

    every_ms: int
    offset_ms: int = 0


Times = Cron | Every


def check_times(times: Times) -> None:
    """Refuse what has no times.

    Raises:
        Invalid: a malformed expression (``schedule.cron``), an unknown zone (``schedule.zone``), an
            interval out of range (``schedule.every``), or an expression that no date fits
            (``schedule.never``).
    """
    if isinstance(times, Every):
        _check_every(times)
        return
    if len(times.expression) > EXPRESSION_CHARS_MAX:
        raise Invalid("the cron expression is too long", code="schedule.cron")
    zone_of(times.zone)
    if _parses(times.expression):
        return
    fields = times.expression.split()
    if len(fields) in (5, 6) and _parses(" ".join([*fields[:-2], "*", fields[-1]])):
        raise never(times)  # only together with its months does it make no sense
    raise Invalid(
        f"{times.expression!r} is no cron expression: {_complaint(times.expression)}",
        code="schedule.cron",
        next_step="write minute, hour, day of month, month, day of week: 30 7 * * MON-FRI",
        expression=times.expression,
    )


def never(times: Times) -> Invalid:
    """The refusal of times that never come."""
    text = times.expression if isinstance(times, Cron) else "the interval"
    return Invalid(
        f"{text} never fires",
        code="schedule.never",
        next_step="check day and month, and the start and end of the schedule",
    )


def following(times: Times, after_ms: int) -> int | None:
    """The first time that is later than an instant, or None when there is none."""
    if isinstance(times, Every):
        steps = (after_ms - times.offset_ms) // times.every_ms + 1
        return steps * times.every_ms + times.offset_ms
    found = next(_cron_times(times, after_ms), None)
    if found is None:
        return None
    # Across a change of clocks by less than an hour the library leaves times out (Lord Howe).
    for change in _changes(zone_of(times.zone), after_ms, found):
        for beyond_ms in _BEYOND_MS:
            at_ms = next(_cron_times(times, change + beyond_ms), found)
            found = min(found, at_ms)
    return found


_BEYOND_MS = (1_800_000, 3_600_000)
"""How long after such a change the library is right again: when what is repeated is over."""

_PROBE_MS = 7 * 86_400_000
_PROBES_MAX = 60


def _changes(zone: tzinfo, from_ms: int, until_ms: int) -> list[int]:
    """Instants at which the clocks of a zone change by a part of an hour, over the first year."""
    ends = [min(until_ms, from_ms + n * _PROBE_MS) for n in range(_PROBES_MAX + 1)]
    found = []
    for low, high in pairwise(dict.fromkeys(ends)):
        before, after = (to_datetime(ms).astimezone(zone).utcoffset() for ms in (low, high))
        if before is None or after is None or not (after - before).seconds % 3_600:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            same = to_datetime(middle).astimezone(zone).utcoffset() == before
            low, high = (middle, high) if same else (low, middle)
        found.append(high)
    return found


def between(times: Times, from_ms: int, until_ms: int) -> Iterator[int]:
    """Every time with ``from_ms <= time < until_ms``, ascending."""
    at: int | None = from_ms - 1
    while at is not None and (at := following(times, at)) is not None and at < until_ms:
        yield at


def _cron_times(cron: Cron, after_ms: int) -> Iterator[int]:
    from cronsim import CronSimError

    start = to_datetime(after_ms).astimezone(zone_of(cron.zone))
    try:
        simulation = _simulator()(cron.expression, start)
    except CronSimError:
        return  # no month has such a day
    for _ in range(_SKIPS_MAX):
        simulation.turns = 0
        try:
            found = next(simulation)
        except (StopIteration, OverflowError):
            return
        except _Circles:  # a little later it finds out of the night in which clocks go back
            yield from _cron_times(cron, max(after_ms, from_datetime(simulation.dt)) + _CIRCLE_MS)
            return
        at_ms = from_datetime(found)
        if at_ms > after_ms:
            yield at_ms


class _Circles(Exception):
    """The library looks for a time without end: where clocks go back over midnight (St. John's, up
    to 2011), the next day is the day before.
    """


_TURNS_MAX = 10_000
"""More than fifty years have months and days that do not fit."""

_CIRCLE_MS = 15 * 60_000


@cache
def _simulator() -> Any:
    """The library's search, which ends."""
    from cronsim import CronSim

    class Simulation(CronSim):
        turns = 0

        def advance_month(self) -> None:
            self.turns += 1
            if self.turns > _TURNS_MAX:
                raise _Circles
            super().advance_month()

    return Simulation


def _parses(expression: str) -> bool:
    return _complaint(expression) is None


def _complaint(expression: str) -> str | None:
    """What the library has against an expression."""
    from cronsim import CronSim, CronSimError

    try:
        CronSim(expression, to_datetime(0))
    except CronSimError as error:
        return str(error)
    except (ValueError, AssertionError, IndexError, TypeError) as error:
        return f"it cannot be read ({error})"
    return None


@lru_cache(maxsize=1_024)
def zone_of(name: str) -> tzinfo:
    """A time zone by its IANA name.

    Raises:
        Invalid: nobody knows it (``schedule.zone``).
    """
    from datetime import UTC
    from zoneinfo import ZoneInfo

    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise Invalid(
            f"no time zone is named {name!r}",
            code="schedule.zone",
            next_step="write an IANA name, such as Europe/Berlin; pip install tzdata if the system"
            " has no time zones",
            zone=name,
        ) from error


def _check_every(times: Every) -> None:
    every, offset = times.every_ms, times.offset_ms
    if type(every) is not int or not EVERY_MS_MIN <= every <= EVERY_MS_MAX:
        raise Invalid(
            f"an interval has {EVERY_MS_MIN} to {EVERY_MS_MAX} ms, not {every!r}",
            code="schedule.every",
        )
    if type(offset) is not int or not 0 <= offset < every:
        raise Invalid(
            f"the offset {offset!r} does not lie within the interval of {every} ms",
            code="schedule.every",
        )
