"""When a window is open: the planner and the checker, which share no code for it, agree."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.planning.scene import HOME, planned, run_of, task

from tarl.planning.checker.finding import Subject
from tarl.planning.checker.windows import spans_of
from tarl.planning.context import ContextSnapshot
from tarl.planning.formulation.windows import window_spans
from tarl.planning.moments import HORIZON_HOURS, HORIZON_HOURS_MAX, hours_named
from tarl.planning.slots import grid_from
from tarl.planning.task import Constraint, When
from tarl.values.instants import from_datetime

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


@given(now=NOWS, opens=WALLS | DAYS, closes=WALLS | DAYS)
def test_the_planner_and_the_checker_open_the_same_slots(
    now: int, opens: When, closes: When
) -> None:
    snapshot = snapshot_at(now, HORIZON_HOURS_MAX)
    subject = Subject(PLAN, HOME, snapshot, snapshot.grid)
    value = {"from": opens, "to": closes}

    def slots(spans: list[tuple[int, int]]) -> set[int]:
        return {
            s for a, b in spans if a < b for s in snapshot.grid.covering(max(a, now), max(b, now))
        }

    assert slots(window_spans(value, snapshot)) == slots(spans_of(value, subject))


@given(now=NOWS, opens=DAYS, closes=WALLS | DAYS)
def test_the_horizon_reaches_a_window_of_a_day(now: int, opens: When, closes: When) -> None:
    value = {"from": opens, "to": closes}
    named = Constraint("window", value, operator="in")
    hours = hours_named([named], snapshot_at(now, HORIZON_HOURS))
    assert HORIZON_HOURS <= hours <= HORIZON_HOURS_MAX
    spans = window_spans(value, snapshot_at(now, hours))
    assert spans[0][0] < now + hours * 3_600_000
    if hours < HORIZON_HOURS_MAX:
        # A day may have 25 hours.
        assert spans[0][1] <= now + (hours + 1) * 3_600_000
