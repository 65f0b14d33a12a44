"""Windows of time: hours as the clocks of a zone show them, also on days when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tarl.policy.constraint import Window
from tarl.policy.hours import DAY_MINUTES, WHOLE_WEEK
from tarl.values.instants import from_datetime

MINUTE_MS = 60_000
WEEKDAYS = (1, 2, 3, 4, 5)


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text))


def minutes_admitted(window: Window, start: str, hours: int) -> int:
    begin = at(start)
    return sum(window.admits(begin + i * MINUTE_MS) for i in range(hours * 60))


def test_office_hours() -> None:
    window = Window("Europe/Berlin", WEEKDAYS, 9 * 60, 17 * 60)
    assert window.admits(at("2026-11-20T09:00:00+01:00"))
    assert window.admits(at("2026-11-20T16:59:59.999+01:00"))
    assert not window.admits(at("2026-11-20T08:59:59.999+01:00"))
    assert not window.admits(at("2026-11-20T17:00:00+01:00"))
    assert not window.admits(at("2026-11-21T12:00:00+01:00"))
    assert window.admits(at("2026-07-20T09:00:00+02:00"))
    assert not window.admits(at("2026-07-20T09:00:00+01:00") - 2 * 60 * MINUTE_MS)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    fridays = Window("UTC", (5,), 22 * 60, 6 * 60)
    assert fridays.admits(at("2026-11-20T23:00:00Z"))
    assert fridays.admits(at("2026-11-21T05:59:00Z"))
    assert not fridays.admits(at("2026-11-21T06:00:00Z"))
    assert not fridays.admits(at("2026-11-20T05:00:00Z"))
    assert not fridays.admits(at("2026-11-21T23:00:00Z"))


def test_sunday_night_ends_on_monday() -> None:
    sundays = Window("UTC", (7,), 22 * 60, 60)
    assert sundays.admits(at("2026-11-23T00:59:00Z"))
    assert not sundays.admits(at("2026-11-23T01:00:00Z"))


def test_an_hour_that_the_clock_leaves_out_does_not_come() -> None:
    two_to_three = Window("Europe/Berlin", (7,), 2 * 60, 3 * 60)
    assert minutes_admitted(two_to_three, "2026-03-29T00:00:00+01:00", 23) == 0
    assert minutes_admitted(two_to_three, "2026-03-22T00:00:00+01:00", 24) == 60


def test_an_hour_that_the_clock_shows_twice_counts_twice() -> None:
    two_to_three = Window("Europe/Berlin", (7,), 2 * 60, 3 * 60)
    assert minutes_admitted(two_to_three, "2026-10-25T00:00:00+02:00", 25) == 120
    assert two_to_three.admits(at("2026-10-25T02:30:00+02:00"))
    assert two_to_three.admits(at("2026-10-25T02:30:00+01:00"))


def test_a_window_around_a_change_of_clocks_keeps_its_ends() -> None:
    night = Window("Europe/Berlin", (6,), 22 * 60, 6 * 60)
    assert minutes_admitted(night, "2026-03-28T12:00:00+01:00", 24) == 7 * 60
    assert minutes_admitted(night, "2026-10-24T12:00:00+02:00", 24) == 9 * 60


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", "2026-03-28T00:00:00Z"),
        ("America/New_York", "2026-11-01T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T00:00:00Z"),
        ("Asia/Kathmandu", "2026-01-01T00:00:00Z"),
        ("Africa/Monrovia", "1971-12-31T00:00:00Z"),
    ],
)
def test_every_minute_of_three_days_is_as_the_clock_shows_it(zone: str, start: str) -> None:
    window = Window(zone, (1, 3, 5, 6, 7), 23 * 60 + 17, 4 * 60 + 5)
    begin = datetime.fromisoformat(start).astimezone(UTC)
    for offset in range(3 * DAY_MINUTES):
        instant = begin + timedelta(minutes=offset)
        local = instant.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        yesterday = (local.isoweekday() - 2) % 7 + 1
        expected = (minute >= 23 * 60 + 17 and local.isoweekday() in window.days) or (
            minute < 4 * 60 + 5 and yesterday in window.days
        )
        assert window.admits(from_datetime(instant)) is expected, instant


def test_the_whole_week() -> None:
    assert Window("Europe/Berlin").mask == WHOLE_WEEK
    assert Window("UTC", (1,), 0, 1440).mask == (1 << DAY_MINUTES) - 1


@pytest.mark.parametrize("instant", [None, True, 1.0, "0", -1, 10**17, 2**53])
def test_what_is_no_instant_is_not_admitted(instant: object) -> None:
    assert not Window("UTC").admits(instant)


def test_the_last_instant_of_all_calendars() -> None:
    end = 253_402_300_799_999
    assert Window("UTC").admits(end)
    assert not Window("Pacific/Kiritimati").admits(end)  # there, the year 10000 has begun
