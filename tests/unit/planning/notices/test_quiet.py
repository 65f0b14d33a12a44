"""Quiet hours: which hold an instant, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.planning.plans.plan_parts import snapshot

from tarl.errors import Invalid
from tarl.planning.notices.quiet import NEVER, Nightly, Spans, quiet_of
from tarl.values.instants import from_datetime, to_datetime

HELSINKI = ZoneInfo("Europe/Helsinki")
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


@given(SPANS, st.integers(-1, 61))
def test_spans_hold_what_one_of_them_holds_and_end_where_none_goes_on(
    spans: list[tuple[int, int]], now_ms: int
) -> None:
    def held(ms: int) -> bool:
        return any(start <= ms < end for start, end in spans)

    end = now_ms
    while held(end):
        end += 1
    assert Spans(spans).until_ms(now_ms) == (end if held(now_ms) else None)


def test_there_may_be_no_quiet_hours() -> None:
    assert NEVER.until_ms(0) is None


def _ms(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(UTC))


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-21T21:59:59", None),
        ("2026-11-21T22:00:00", "2026-11-22T06:30:00"),
        ("2026-11-22T06:29:59", "2026-11-22T06:30:00"),
        ("2026-11-22T06:30:00", None),
        ("2026-03-28T23:00:00", "2026-03-29T06:30:00"),  # an hour is skipped
        ("2026-10-24T23:00:00", "2026-10-25T06:30:00"),  # an hour comes twice
    ],
)
def test_nights_keep_to_the_clock_on_the_wall(at: str, until: str | None) -> None:
    found = Nightly("22:00", "06:30", HELSINKI).until_ms(_ms(at))
    assert found == (None if until is None else _ms(until))


def test_a_rest_at_noon_ends_the_same_day() -> None:
    assert Nightly("13:00", "15:00", HELSINKI).until_ms(_ms("2026-11-21T14:00")) == _ms(
        "2026-11-21T15:00"
    )


@given(st.integers(0, 366 * 24 * 60))
def test_a_night_ends_at_its_wall_time_within_a_day(minutes: int) -> None:
    now_ms = _ms("2026-01-01T00:00") + minutes * 60_000
    until_ms = Nightly("22:00", "06:30", HELSINKI).until_ms(now_ms)
    wall = to_datetime(now_ms).astimezone(HELSINKI).strftime("%H:%M")
    assert (until_ms is not None) == (wall >= "22:00" or wall < "06:30")
    if until_ms is not None:
        assert 0 < until_ms - now_ms <= timedelta(hours=10) / timedelta(milliseconds=1)
        assert to_datetime(until_ms).astimezone(HELSINKI).strftime("%H:%M") == "06:30"


@pytest.mark.parametrize(("start", "end"), [("22:00", "22:00"), ("24:00", "06:00"), ("22", "6")])
def test_times_that_say_no_quiet_hours_are_refused(start: str, end: str) -> None:
    with pytest.raises(Invalid) as refused:
        Nightly(start, end, HELSINKI)
    assert refused.value.code == "notice.quiet_hours"


def test_a_snapshot_knows_its_own_quiet_hours() -> None:
    known = snapshot(quiet=(False, True, True, False))
    hours = quiet_of(known)
    grid = known.grid
    assert [hours.until_ms(grid.at(slot)) for slot in range(4)] == [
        None,
        grid.at(3),
        grid.at(3),
        None,
    ]
