"""When a window is open: the planner and the checker, which share no code for it, agree."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.planning.scene import HOME, planned, run_of, task

from tarl.planning.checker.finding import Subject
from tarl.planning.checker.windows import spans_of
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.windows import window_spans
from tarl.planning.moments import HORIZON_HOURS, HORIZON_HOURS_MAX, hours_named
from tarl.planning.slots import grid_from, instant_of
from tarl.planning.task import Constraint, When
from tarl.values.instants import from_datetime, to_datetime

ZONE = ZoneInfo("Europe/Helsinki")
PLAN = planned(task(run_of("washer")))
"""Any plan: windows are looked at in its snapshot alone."""

CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
WALLS = st.builds(When, clock=CLOCKS) | st.builds(
    When, part=st.sampled_from(["morning", "noon", "afternoon", "evening", "night", "midnight"])
)
DAYS = st.builds(
    lambda wall, day: msgspec.structs.replace(wall, **day),
    WALLS | st.just(When()),
    st.fixed_dictionaries({"weekday": st.integers(0, 6)})
    | st.fixed_dictionaries({"day": st.integers(0, 5)}),
) | st.builds(When, in_minutes=st.integers(1, 6_000))
NOWS = st.builds(
    lambda month, day, hour, quarter: from_datetime(
        datetime(2026, month, day, hour, quarter * 15, tzinfo=ZONE)
    ),
    st.sampled_from([3, 6, 10, 11]),
    st.integers(1, 30),
    st.integers(0, 23),
    st.integers(0, 3),
)


def snapshot_at(now: int, hours: int) -> ContextSnapshot:
    return ContextSnapshot(
        timestamp=now, grid=grid_from(now, hours=hours), time_zone=ZONE.key, currency="EUR"
    )


SUN = st.sampled_from([When(event="sunrise"), When(event="sunset")])
APART = st.just(0) | st.sampled_from([-90, -20, 15, 60])


def with_the_sun(now: int) -> ContextSnapshot:
    """A snapshot that knows when the sun rises and sets, at times that change from day to day."""
    snapshot = snapshot_at(now, HORIZON_HOURS_MAX)
    today = to_datetime(now).astimezone(ZONE).date()
    days = [today + timedelta(days=ahead) for ahead in range(HORIZON_HOURS_MAX // 24 + 2)]
    events = {}
    for name, first in (("sunrise", time(7, 10)), ("sunset", time(16, 5))):
        at = [
            instant_of(day, time(first.hour, first.minute + n), ZONE) for n, day in enumerate(days)
        ]
        events[name] = tuple(ms for ms in at if ms > now)
    return msgspec.structs.replace(snapshot, events=events)


def window(opens: When, closes: When) -> Constraint:
    return Constraint("window", {"from": opens, "to": closes}, operator="in")


def slots(spans: list[tuple[int, int]], snapshot: ContextSnapshot) -> set[int]:
    now, cover = snapshot.timestamp, snapshot.grid.covering
    return {s for a, b in spans if a < b for s in cover(max(a, now), max(b, now))}


@given(now=NOWS, opens=WALLS | DAYS, closes=WALLS | DAYS)
def test_the_planner_and_the_checker_open_the_same_slots(
    now: int, opens: When, closes: When
) -> None:
    snapshot = snapshot_at(now, HORIZON_HOURS_MAX)
    subject = Subject(PLAN, HOME, snapshot, snapshot.grid)
    rule = window(opens, closes)
    assert slots(window_spans(rule, snapshot), snapshot) == slots(spans_of(rule, subject), snapshot)


@given(now=NOWS, opens=WALLS | SUN, closes=WALLS | SUN, first=APART, last=APART)
def test_beside_the_sun_the_planner_opens_what_comes_first_of_what_the_checker_does(
    now: int, opens: When, closes: When, first: int, last: int
) -> None:
    assume(opens.event or closes.event)
    snapshot = with_the_sun(now)
    subject = Subject(PLAN, HOME, snapshot, snapshot.grid)
    rule = msgspec.structs.replace(
        window(opens, closes),
        offset_min=first if opens.event else 0,
        to_offset_min=last if closes.event else 0,
    )
    planned, checked = (
        slots(found, snapshot) for found in (window_spans(rule, snapshot), spans_of(rule, subject))
    )
    assert planned <= checked
    if first <= 0 and opens != closes:
        # Else what began a day before may go on for minutes, which the planner leaves unused.
        assert not planned or min(planned) == min(checked)


@given(now=NOWS, opens=DAYS, closes=WALLS | DAYS)
def test_the_horizon_reaches_a_window_of_a_day(now: int, opens: When, closes: When) -> None:
    named = window(opens, closes)
    hours = hours_named([named], snapshot_at(now, HORIZON_HOURS))
    assert HORIZON_HOURS <= hours <= HORIZON_HOURS_MAX
    spans = window_spans(named, snapshot_at(now, hours))
    assert spans[0][0] < now + hours * 3_600_000
    if hours < HORIZON_HOURS_MAX:
        # A day may have 25 hours.
        assert spans[0][1] <= now + (hours + 1) * 3_600_000
