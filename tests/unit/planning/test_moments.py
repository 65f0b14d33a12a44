from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tarl.errors import Invalid
from tarl.planning.context import ContextSnapshot
from tarl.planning.moments import HORIZON_HOURS_MAX, hours_named, instant, moment_from
from tarl.planning.slots import grid_from
from tarl.planning.task import Constraint, When
from tarl.values.instants import from_datetime

ZONE = ZoneInfo("Europe/Helsinki")


def at(*fields: int) -> int:
    return from_datetime(datetime(*fields, tzinfo=ZONE))  # type: ignore[arg-type, misc]


def known(now: int, **events: tuple[int, ...]) -> ContextSnapshot:
    return ContextSnapshot(
        timestamp=now, grid=grid_from(now), time_zone=ZONE.key, currency="EUR", events=events
    )


WEDNESDAY_EVENING = at(2025, 5, 7, 20, 0)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(clock="07:00"), at(2025, 5, 8, 7, 0)),
        (When(clock="22:00"), at(2025, 5, 7, 22, 0)),
        (When(clock="20:00"), at(2025, 5, 8, 20, 0)),
        (When(clock="18:00", day=1), at(2025, 5, 8, 18, 0)),
        (When(clock="18:00", weekday=4), at(2025, 5, 9, 18, 0)),
        (When(clock="18:00", weekday=2), at(2025, 5, 14, 18, 0)),
        (When(clock="18:00", date="2025-05-09"), at(2025, 5, 9, 18, 0)),
        (When(clock="18:00", date="--05-10"), at(2025, 5, 10, 18, 0)),
        (When(clock="18:00", date="---12"), at(2025, 5, 12, 18, 0)),
        (When(clock="22:00", date="---07"), at(2025, 5, 7, 22, 0)),
        (When(clock="18:00", date="---09", weekday=4), at(2025, 5, 9, 18, 0)),
        (When(date="2025-05-21"), at(2025, 5, 21)),
        (When(in_minutes=30), WEDNESDAY_EVENING + 1_800_000),
        (When(part="morning"), at(2025, 5, 8, 6, 0)),
        (When(part="midnight"), at(2025, 5, 8, 0, 0)),
        (When(day=1), at(2025, 5, 8, 0, 0)),
    ],
)
def test_a_time_is_the_next_that_fits(when: When, expected: int) -> None:
    assert instant(when, known(WEDNESDAY_EVENING)) == expected


def test_the_end_of_a_part_of_the_day() -> None:
    snapshot = known(WEDNESDAY_EVENING)
    assert instant(When(part="evening"), snapshot, end=True) == at(2025, 5, 7, 22, 0)
    assert instant(When(part="night"), snapshot, end=True) == at(2025, 5, 8, 6, 0)
    assert instant(When(day=0), snapshot, end=True) == at(2025, 5, 8, 0, 0)


def test_a_night_that_began_yesterday_still_lasts() -> None:
    assert instant(When(part="night"), known(at(2025, 5, 8, 3, 0)), end=True) == at(
        2025, 5, 8, 6, 0
    )


def test_seven_in_the_morning_after_the_clocks_changed() -> None:
    before = at(2025, 10, 25, 22, 0)
    assert instant(When(clock="07:00"), known(before)) - before == 10 * 3_600_000


def test_the_next_event_that_is_known() -> None:
    now = WEDNESDAY_EVENING
    snapshot = known(now, sunrise=(now - 5, now + 5, now + 9))
    assert instant(When(event="sunrise"), snapshot) == now + 5


@pytest.mark.parametrize("when", [When(event="wake_up"), When(clock="25:00"), When(clock="soon")])
def test_a_time_that_nobody_can_tell_is_refused(when: When) -> None:
    with pytest.raises(Invalid) as refused:
        instant(when, known(WEDNESDAY_EVENING))
    assert refused.value.code == "task.time"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("18:00", When(clock="18:00")),
        ("at 18:00", When(clock="18:00")),
        ("7am", When(clock="07:00")),
        ("7 PM", When(clock="19:00")),
        ("12am", When(clock="00:00")),
        ("tomorrow 7am", When(clock="07:00", day=1)),
        ("Tomorrow  at 07:30", When(clock="07:30", day=1)),
        ("tonight 11pm", When(clock="23:00", day=0)),
        ("friday 18:30", When(clock="18:30", weekday=4)),
        ("thu 9.15 am", When(clock="09:15", weekday=3)),
        ("noon", When(clock="12:00")),
        ("in 2 hours", When(in_minutes=120)),
        ("in 45 min", When(in_minutes=45)),
    ],
)
def test_what_people_write_on_a_command_line_is_a_time(text: str, when: When) -> None:
    assert moment_from(text) == when


@pytest.mark.parametrize(
    "text",
    ["", "7", "25:00", "13pm", "0am", "18:60", "yesterday 7am", "soon", "7am 8am", "\u0667:00"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert moment_from(text) is None


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        (Constraint("deadline", When(clock="07:00")), 36),
        (Constraint("deadline", When(clock="07:00", weekday=5)), 59),
        (Constraint("earliest", {"in_minutes": 7_200}, operator="gte"), 144),
        (Constraint("window", {"from": {"weekday": 5}, "to": {"weekday": 5}}, "in"), 100),
        (Constraint("window", {"from": {"weekday": 5}, "to": {"weekday": 5}}, "neq"), 36),
        (Constraint("deadline", {"in_minutes": 100_000}), HORIZON_HOURS_MAX),
        (Constraint("cost", {"amount_micro": 1, "currency": "EUR"}), 36),
    ],
)
def test_a_day_that_is_named_is_looked_ahead_to(rule: Constraint, hours: int) -> None:
    assert hours_named([rule], known(WEDNESDAY_EVENING)) == hours


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (When(date="2025-05-06"), "2025-05-06 has passed"),
        (When(date="2025-05-22"), "2025-05-22 is 15 days ahead; plans are made for 14"),
        (When(date="--05-06"), "2026-05-06 is 364 days ahead; plans are made for 14"),
        (When(date="---06"), "2025-06-06 is 30 days ahead; plans are made for 14"),
        (When(date="---31"), "2025-05-31 is 24 days ahead; plans are made for 14"),
        (When(date="--02-29"), "2028-02-29 is 1028 days ahead; plans are made for 14"),
        (When(date="---09", weekday=3), "2025-05-09 is a Friday"),
        (When(date="--02-30"), "no calendar has the day '--02-30'"),
        (When(date="2025-02-29"), "no calendar has the day '2025-02-29'"),
        (When(date="tomorrow"), "no calendar has the day 'tomorrow'"),
    ],
)
def test_a_date_that_no_plan_reaches_is_told(when: When, why: str) -> None:
    with pytest.raises(Invalid, match=why) as raised:
        instant(when, known(WEDNESDAY_EVENING))
    assert raised.value.code == "task.time"


def test_one_looks_as_far_as_the_date_that_is_named() -> None:
    rule = Constraint("earliest", When(clock="20:00", date="---10"), "gte")
    assert hours_named([rule], known(WEDNESDAY_EVENING)) == 3 * 24 + 24
