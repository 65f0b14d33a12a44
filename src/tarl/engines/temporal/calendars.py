"""A schedule's times and policies as Temporal's, where both mean the same, and refused elsewhere.

Temporal matches the clock on the wall of a time zone. Its server meets what an autumn change
repeats once, twice or an hour late, by the zone's side of Greenwich, and the hour before with it;
where a day begins an hour late, it takes the weekday for the day before's. What a spring change
skips does not come; some times tarl moves out of the gap (``work.schedules.times``). So:

1. An expression that names minutes of every hour, and goes by elapsed time, is mapped in UTC.
   Another is mapped if no time of it lies about an hour that is repeated within ``YEARS_AHEAD``,
   none in one that is skipped or beside one that begins between hours, and no weekday on a day
   that begins late. The rest is refused, and so are zones whose clocks change by other than an
   hour.
2. Temporal counts in whole seconds: what has parts of seconds is refused. A bound between seconds
   is the next second inside it.
3. What depends on chance (jitter), on the length of months (``L``), or on waits shorter than
   Temporal's is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from temporalio.client import (
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
)

from tarl.errors import Invalid
from tarl.values.instants import to_datetime
from tarl.work.schedules.spec import Overlap, Spec
from tarl.work.schedules.times import Cron, Every, between, zone_of

if TYPE_CHECKING:
    from cronsim import CronSim

YEARS_AHEAD = 40
"""How far ahead the changes of a zone's clocks are looked at."""

CATCH_UP_MS_MIN = 10_000
"""Temporal's shortest."""

OFFSET_MS_MAX = 50 * 365 * 86_400_000
"""Temporal begins to count an interval after its offset since 1970."""

_OVERLAPS = {
    "skip": ScheduleOverlapPolicy.SKIP,
    "buffer_one": ScheduleOverlapPolicy.BUFFER_ONE,
    "buffer_all": ScheduleOverlapPolicy.BUFFER_ALL,
    "cancel_other": ScheduleOverlapPolicy.CANCEL_OTHER,
    "terminate_other": ScheduleOverlapPolicy.TERMINATE_OTHER,
    "allow_all": ScheduleOverlapPolicy.ALLOW_ALL,
}

_HOUR_MS = 3_600_000
_DAY_MS = 86_400_000
_BEFORE_MS = 3 * _HOUR_MS
_AFTER_MS = 2 * _HOUR_MS
"""How long around a change of clocks times are looked at: Temporal's server confuses the hour
before one that is repeated with it.
"""

_PROBE_MS = 7 * _DAY_MS
_WEEK = range(7)
_MONTH = range(1, 32)


def temporal_spec(spec: Spec, *, now_ms: int) -> ScheduleSpec:
    """When the schedule is met, in Temporal's words.

    Raises:
        Invalid: Temporal would not do the same (``temporal.unmappable``).
    """
    if spec.jitter_ms:
        raise unmappable("jitter", "Temporal draws its delays from a seed of its own")
    bounds: dict[str, Any] = {}
    if spec.start_at_ms is not None:
        bounds["start_at"] = to_datetime(-(-spec.start_at_ms // 1000) * 1000)
    if spec.end_at_ms is not None:
        bounds["end_at"] = to_datetime(spec.end_at_ms // 1000 * 1000)
    if isinstance(spec.times, Every):
        return ScheduleSpec(intervals=[_interval(spec.times)], **bounds)
    cron, parsed = spec.times, _parsed(spec.times)
    ahead = _minutes_ahead(cron, parsed, now_ms)
    if ahead is None:
        _check_clock_changes(cron, parsed, now_ms)
    else:
        parsed.minutes = {(minute - ahead) % 60 for minute in parsed.minutes}
    return ScheduleSpec(
        calendars=list(_calendars(cron, parsed)),
        time_zone_name=cron.zone if ahead is None else "UTC",
        **bounds,
    )


def temporal_policy(spec: Spec) -> SchedulePolicy:
    """What becomes of times that cannot be met, in Temporal's words.

    Raises:
        Invalid: Temporal would not do the same (``temporal.unmappable``).
    """
    if spec.catch_up_ms < CATCH_UP_MS_MIN:
        raise unmappable(
            f"a catch-up window of {spec.catch_up_ms} ms", f"Temporal's shortest: {CATCH_UP_MS_MIN}"
        )
    window = timedelta(milliseconds=spec.catch_up_ms)
    return SchedulePolicy(overlap=_OVERLAPS[spec.overlap], catchup_window=window)


def temporal_state(spec: Spec, *, paused: bool = False, note: str = "") -> ScheduleState:
    """Whether it is paused and how many runs it still has, in Temporal's words."""
    return ScheduleState(
        note=note or None,
        paused=paused,
        limited_actions=spec.runs_max is not None,
        remaining_actions=spec.runs_max or 0,
    )


def temporal_overlap(overlap: Overlap | None) -> ScheduleOverlapPolicy | None:
    """A policy in Temporal's words; the schedule's own, if None.

    Raises:
        Invalid: there is no such policy (``schedule.overlap``).
    """
    if overlap is None:
        return None
    if overlap not in _OVERLAPS:
        raise Invalid(
            f"no overlap policy is named {overlap!r}",
            code="schedule.overlap",
            next_step=f"one of {', '.join(_OVERLAPS)}",
        )
    return _OVERLAPS[overlap]


def unmappable(what: str, why: str) -> Invalid:
    """The refusal of what Temporal would do otherwise."""
    return Invalid(
        f"Temporal cannot have {what} as tarl means it: {why}",
        code="temporal.unmappable",
        next_step="change the schedule, or let tarl's own engine run it",
    )


# --- intervals


def _interval(times: Every) -> ScheduleIntervalSpec:
    if times.every_ms % 1000 or times.offset_ms % 1000:
        raise unmappable(
            f"every {times.every_ms} ms, offset {times.offset_ms} ms", "it counts whole seconds"
        )
    if times.offset_ms > OFFSET_MS_MAX:
        raise unmappable(f"an offset of {times.offset_ms} ms", "its first time is after 1970")
    return ScheduleIntervalSpec(
        every=timedelta(milliseconds=times.every_ms),
        offset=timedelta(milliseconds=times.offset_ms),
    )


# --- cron expressions


def _calendars(cron: Cron, parsed: CronSim) -> Iterator[ScheduleCalendarSpec]:
    """The calendars whose union is the expression: its days of month and week are alternatives if
    neither begins with an asterisk.
    """
    days = {day for day in parsed.days if day > 0}
    if len(days) < len(parsed.days):
        raise unmappable(f"{cron.expression!r}", "it has no last day of a month")
    time: dict[str, Any] = {
        "second": _ranges(parsed.seconds),
        "minute": _ranges(parsed.minutes),
        "hour": _ranges(parsed.hours),
        "month": _ranges(parsed.months),
    }
    within = days if parsed.day_and else set(_MONTH)
    if not parsed.day_and:
        yield ScheduleCalendarSpec(**time, day_of_month=_ranges(days), day_of_week=_ranges(_WEEK))
    for weekdays, of_month in _weekdays(cron, parsed):
        if weekdays and within & of_month:
            yield ScheduleCalendarSpec(
                **time,
                day_of_month=_ranges(within & of_month),
                day_of_week=_ranges(weekdays),
            )


def _weekdays(cron: Cron, parsed: CronSim) -> Iterator[tuple[set[int], set[int]]]:
    """Days of the week (0 is Sunday) with the days of a month on which they count."""
    yield {day % 7 for day in parsed.weekdays if isinstance(day, int)}, set(_MONTH)
    for day in parsed.weekdays:
        if isinstance(day, int):
            continue
        weekday, nth = day
        if nth < 1:
            raise unmappable(f"{cron.expression!r}", "it has no last weekday of a month")
        yield {weekday % 7}, set(range(7 * nth - 6, 7 * nth + 1)) & set(_MONTH)


def _parsed(cron: Cron) -> CronSim:
    from cronsim import CronSim

    return CronSim(cron.expression, to_datetime(0))


def _ranges(numbers: Iterable[int]) -> list[ScheduleRange]:
    """Numbers as ranges, ascending."""
    found: list[ScheduleRange] = []
    for number in sorted(numbers):
        if found and found[-1].end == number - 1:
            found[-1] = ScheduleRange(found[-1].start, number)
        else:
            found.append(ScheduleRange(number))
    return found


# --- clocks that are changed


def _minutes_ahead(cron: Cron, parsed: CronSim, now_ms: int) -> int | None:
    """For an expression that names minutes of every hour and goes by elapsed time: how many minutes
    of an hour its zone is ahead of UTC, where that is always the same. None for others.
    """
    weekdays = {day % 7 for day in parsed.weekdays if isinstance(day, int)}
    sizes = (len(parsed.hours), len(parsed.months), len(weekdays))
    is_every_day = sizes == (24, 12, 7) and parsed.days == set(_MONTH)
    if not is_every_day or _is_fixed(cron.expression):
        return None
    zone, until_ms = zone_of(cron.zone), now_ms + YEARS_AHEAD * 366 * _DAY_MS
    offsets = {_offset_ms(zone, at_ms) for at_ms, _ in _changes(zone, now_ms, until_ms)}
    ahead = {each % _HOUR_MS for each in {*offsets, _offset_ms(zone, now_ms)}}
    is_same = len(ahead) == 1 and not min(ahead) % 60_000
    return min(ahead) // 60_000 if is_same else None


def _check_clock_changes(cron: Cron, parsed: CronSim, now_ms: int) -> None:
    """Refuse an expression whose times a change of clocks makes others for tarl than for Temporal.

    Raises:
        Invalid: it has such times (``temporal.unmappable``).
    """
    zone, what = zone_of(cron.zone), f"{cron.expression!r} in {cron.zone}"
    weekdays = {day % 7 for day in parsed.weekdays if isinstance(day, int)}
    minutes = Cron(expression=_without_seconds(cron.expression), zone=cron.zone)
    for at_ms, by_ms in _changes(zone, now_ms, now_ms + YEARS_AHEAD * 366 * _DAY_MS):
        on = to_datetime(at_ms).date()
        low, high = at_ms - _BEFORE_MS, at_ms + _AFTER_MS
        on_wall = list(_on_wall(parsed, zone, low, high))
        if abs(by_ms) != _HOUR_MS:
            raise unmappable(what, f"on {on} clocks change by {by_ms} ms there")
        if by_ms < 0 and on_wall:
            raise unmappable(what, f"on {on} an hour is repeated there; write it in UTC")
        if on_wall and to_datetime(at_ms).astimezone(zone).minute:
            raise unmappable(what, f"on {on} an hour is cut in two there; write it in UTC")
        if by_ms > 0 and list(between(minutes, low, high)) != on_wall:
            raise unmappable(what, f"on {on} clocks skip a time of it; choose one beside, or UTC")
        if by_ms > 0 and len(weekdays) < 7 and _skips_midnight(zone, at_ms):
            raise unmappable(what, f"on {on} the day begins late there; write it in UTC")


def _without_seconds(expression: str) -> str:
    """An expression whose times are the minutes of another's."""
    fields = expression.split()
    return expression if len(fields) == 5 else " ".join(["0", *fields[1:]])


def _skips_midnight(zone: tzinfo, at_ms: int) -> bool:
    """Whether a day has no midnight because clocks are put forward at an instant."""
    before, after = (to_datetime(ms).astimezone(zone) for ms in (at_ms - 1, at_ms))
    return before.date() != after.date() and (after.hour, after.minute) != (0, 0)


def _is_fixed(expression: str) -> bool:
    """Whether tarl treats a change of clocks specially: minute and hour are fixed."""
    fields = expression.split()
    return len(fields) == 5 and not fields[0].startswith("*") and not fields[1].startswith("*")


def _on_wall(parsed: CronSim, zone: tzinfo, low_ms: int, high_ms: int) -> Iterator[int]:
    """The minutes at which the clock on the wall shows a time of the expression."""
    for at_ms in range(-(-low_ms // 60_000) * 60_000, high_ms, 60_000):
        shown = to_datetime(at_ms).astimezone(zone)
        if (
            shown.minute in parsed.minutes
            and shown.hour in parsed.hours
            and shown.month in parsed.months
            and parsed.match_day(shown)
        ):
            yield at_ms


def _changes(zone: tzinfo, from_ms: int, until_ms: int) -> Iterator[tuple[int, int]]:
    """Instants at which a zone's clocks change, and by how much."""
    low_ms, before = from_ms, _offset_ms(zone, from_ms)
    while low_ms < until_ms:
        high_ms = low_ms + _PROBE_MS
        after = _offset_ms(zone, high_ms)
        if after != before:
            yield _bisected(zone, low_ms, high_ms), after - before
        low_ms, before = high_ms, after


def _bisected(zone: tzinfo, low_ms: int, high_ms: int) -> int:
    before = _offset_ms(zone, low_ms)
    while high_ms - low_ms > 1:
        middle = (low_ms + high_ms) // 2
        if _offset_ms(zone, middle) == before:
            low_ms = middle
        else:
            high_ms = middle
    return high_ms


def _offset_ms(zone: tzinfo, at_ms: int) -> int:
    shown: datetime = to_datetime(at_ms).astimezone(zone)
    offset = shown.utcoffset()
    assert offset is not None
    return int(offset / timedelta(milliseconds=1))
