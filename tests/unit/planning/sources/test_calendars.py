"""Calendars: recurrence, exceptions, nights in which clocks change, and what is refused."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from tarl.errors import Invalid
from tarl.planning.slots import HOUR_MS, instant_of, zone_named
from tarl.planning.sources.calendars import Calendar, Span

HELSINKI = zone_named("Europe/Helsinki")
NIGHT = """UID:night
DTSTART;TZID=Europe/Helsinki:20250101T220000
DTEND;TZID=Europe/Helsinki:20250102T070000
RRULE:FREQ=DAILY
SUMMARY:Quiet"""


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def calendar(*events: str) -> Calendar:
    return Calendar(ics(*events), zone=HELSINKI, source="quiet hours")


def at(day: date, hour: int) -> int:
    return instant_of(day, time(hour), HELSINKI)


def spans(read: Calendar, first: date, days: int = 1) -> tuple[Span, ...]:
    return read.spans(start_ms=at(first, 12), end_ms=at(first + timedelta(days=days), 12))


def refused(code: str, data: bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        Calendar(data, zone=HELSINKI, source="quiet hours")
    assert caught.value.code == code
    return caught.value


def test_nine_nights_but_for_the_one_that_is_left_out() -> None:
    read = calendar(NIGHT + "\nEXDATE;TZID=Europe/Helsinki:20250503T220000")
    found = spans(read, date(2025, 5, 1), days=9)
    assert [(span.start_ms, span.end_ms) for span in found] == [
        (at(date(2025, 5, day), 22), at(date(2025, 5, day + 1), 7))
        for day in (1, 2, 4, 5, 6, 7, 8, 9)
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 10, 25), 10), (date(2025, 3, 29), 8), (date(2025, 5, 1), 9)],
)
def test_a_night_in_which_clocks_change_is_as_long_as_it_is(day: date, hours: int) -> None:
    (night,) = spans(calendar(NIGHT), day)
    assert night.end_ms - night.start_ms == hours * HOUR_MS


def test_a_moved_occurrence_is_where_it_was_moved_to() -> None:
    moved = """UID:night
RECURRENCE-ID;TZID=Europe/Helsinki:20250501T220000
DTSTART;TZID=Europe/Helsinki:20250501T235900
DTEND;TZID=Europe/Helsinki:20250502T090000
SUMMARY:Party"""
    (night,) = spans(calendar(NIGHT, moved), date(2025, 5, 1))
    assert (night.end_ms, night.summary) == (at(date(2025, 5, 2), 9), "Party")


def test_a_span_that_began_before_is_seen() -> None:
    read = calendar(NIGHT)
    day = date(2025, 5, 2)
    (night,) = read.spans(start_ms=at(day, 3), end_ms=at(day, 4))
    assert night.start_ms == at(date(2025, 5, 1), 22)


def test_times_without_a_zone_are_the_homes_and_a_day_is_midnight_to_midnight() -> None:
    read = calendar(
        "UID:a\nDTSTART:20250501T130000\nDURATION:PT1H\nSUMMARY:here",
        "UID:b\nDTSTART:20250501T130000Z\nDURATION:PT1H\nSUMMARY:there",
        "UID:c\nDTSTART;VALUE=DATE:20250502\nSUMMARY:all day",
        "UID:d\nDTSTART:20250501T140000\nDURATION:PT1H\nSTATUS:CANCELLED",
    )
    found = {span.summary: span for span in spans(read, date(2025, 5, 1))}
    assert found["here"].start_ms == at(date(2025, 5, 1), 13)
    assert found["there"].start_ms == at(date(2025, 5, 1), 16)
    assert found["all day"].start_ms == at(date(2025, 5, 2), 0)
    assert found["all day"].end_ms == at(date(2025, 5, 3), 0)
    assert len(found) == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        ics("UID:a\nDTSTART:someday\nSUMMARY:x"),
        ics("UID:a\nSUMMARY:no time at all"),
        ics(NIGHT.replace("FREQ=DAILY", "FREQ=DAILY;COUNT=many")),
        ics(NIGHT) + ics(NIGHT),
    ],
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    refused("calendar.malformed", data)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYMINUTE=1,2,3",
        "FREQ=DAILY;BYSECOND=1",
        "FREQ=YEARLY;BYHOUR=1,2",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYSETPOS=300",
    ],
)
def test_a_rule_that_would_never_end_being_expanded_is_refused(rule: str) -> None:
    refused("calendar.frequency", ics(NIGHT.replace("FREQ=DAILY", rule)))


def test_a_rule_from_long_ago_is_refused() -> None:
    refused("calendar.frequency", ics(NIGHT.replace("20250101", "00010101")))


def test_an_end_before_the_start_is_refused_though_the_library_would_swap_them() -> None:
    refused("calendar.span", ics(NIGHT.replace("20250102T07", "20240102T07")))


def test_a_zone_that_nobody_knows_is_refused_and_not_taken_for_the_homes() -> None:
    error = refused("calendar.zone", ics(NIGHT.replace("Europe/Helsinki", "Middle/Earth")))
    assert "Middle/Earth" in error.message


def test_a_calendar_has_a_bound() -> None:
    many = [f"UID:{n}\nDTSTART:20250501T130000Z\nDURATION:PT1H" for n in range(5_001)]
    refused("calendar.too_large", ics(*many))
    refused("calendar.too_large", ics(*[NIGHT] * 501))


def test_a_date_that_never_comes_is_never_there() -> None:
    read = calendar(NIGHT.replace("FREQ=DAILY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"))
    assert spans(read, date(2025, 2, 27), days=4) == ()


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:garbage",
        "RRULE:BYDAY=MO",
        "RRULE",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "RRULE:FREQ=DAILY;INTERVAL=-1",
        "EXDATE;TZID",
        "RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY;BYDAY=SU",
    ],
)
def test_a_line_about_when_that_cannot_be_followed_is_refused_and_not_passed_over(
    line: str,
) -> None:
    once = NIGHT.replace("RRULE:FREQ=DAILY\n", "")
    refused("calendar.malformed", ics(f"{once}\n{line}"))


def test_a_broken_line_about_something_else_changes_nothing() -> None:
    whole = spans(calendar(NIGHT), date(2025, 5, 1))
    assert spans(calendar(NIGHT + '\nATTENDEE;CN="x:mailto:y'), date(2025, 5, 1)) == whole


def test_a_whole_day_that_ends_when_it_begins_is_a_day() -> None:
    read = calendar("UID:day\nDTSTART;VALUE=DATE:20250501\nDTEND;VALUE=DATE:20250501\nSUMMARY:x")
    (day,) = spans(read, date(2025, 4, 30))
    assert (day.start_ms, day.end_ms) == (at(date(2025, 5, 1), 0), at(date(2025, 5, 2), 0))


def test_what_has_no_duration_is_told_where_moments_are_wanted() -> None:
    read = calendar("UID:up\nDTSTART:20250501T033000Z\nRRULE:FREQ=DAILY\nSUMMARY:Wake up")
    first, last = at(date(2025, 5, 2), 0), at(date(2025, 5, 3), 0)
    assert read.spans(start_ms=first, end_ms=last) == ()
    (moment,) = read.spans(start_ms=first, end_ms=last, moments=True)
    assert (moment.start_ms, moment.summary) == (first + 13 * HOUR_MS // 2, "Wake up")


def test_zones_of_mozilla_are_read_without_a_word_on_standard_error(
    recwarn: pytest.WarningsRecorder,
) -> None:
    calendar(NIGHT.replace("TZID=Europe", "TZID=/mozilla.org/20050126_1/Europe"))
    assert not recwarn.list
