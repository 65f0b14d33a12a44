"""Nominal times: cron on the clocks of time zones, intervals, and times that never come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tarl.errors import Invalid
from tarl.values.instants import from_datetime, isoformat_ms, to_datetime
from tarl.work.schedules.spec import Spec, check_spec, fire_time, next_time
from tarl.work.schedules.times import Cron, Every, Times, between, check_times, following


def ms(text: str, zone: str = "UTC", fold: int = 0) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def shown(times: Times, start: str, count: int) -> list[str]:
    """The first times after an instant, in UTC."""
    at: int | None = ms(start)
    found = []
    for _ in range(count):
        assert at is not None
        at = following(times, at)
        found.append("" if at is None else isoformat_ms(at).replace(":00.000Z", ""))
    return found


@pytest.mark.parametrize(
    ("expression", "zone", "start", "expected"),
    [
        # 02:30 does not exist in Berlin on 2026-03-29: it comes at the end of the gap
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-27T12:00",
            ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"],
        ),
        # 02:30 exists twice on 2026-10-25: the first counts
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00",
            ["2026-10-25T00:30", "2026-10-26T01:30"],
        ),
        # each half hour by elapsed time: both occurrences of the double hour, none in the gap
        (
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-10-25T00:15",
            ["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"],
        ),
        (
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-03-29T00:15",
            ["2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"],
        ),
        # several times of one gap come as one
        (
            "0,15,30,45 2 * * *",
            "Europe/Berlin",
            "2026-03-28T01:40",
            ["2026-03-28T01:45", "2026-03-29T01:00", "2026-03-30T00:00"],
        ),
        # a gap of half an hour
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-02T20:00",
            ["2026-10-03T15:30", "2026-10-04T15:15"],
        ),
        # zones off the hour
        ("0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00", ["2026-01-01T03:30"]),
        ("0 9 * * *", "Asia/Kathmandu", "2026-01-01T00:00", ["2026-01-01T03:15"]),
        # a gap at midnight
        (
            "0 0 * * *",
            "Africa/Cairo",
            "2026-04-22T23:00",
            ["2026-04-23T22:00", "2026-04-24T21:00"],
        ),
        # leap days and ends of months
        (
            "0 0 29 2 *",
            "UTC",
            "2026-01-01T00:00",
            ["2028-02-29T00:00", "2032-02-29T00:00"],
        ),
        (
            "0 12 L * *",
            "UTC",
            "2026-01-15T00:00",
            ["2026-01-31T12:00", "2026-02-28T12:00", "2026-03-31T12:00", "2026-04-30T12:00"],
        ),
        ("0 0 31 * *", "UTC", "2026-02-01T00:00", ["2026-03-31T00:00", "2026-05-31T00:00"]),
        ("30 7 * * MON-FRI", "UTC", "2026-11-20T12:00", ["2026-11-23T07:30"]),
        ("0 0 29 2 *", "UTC", "2096-03-01T00:00", ["2104-02-29T00:00"]),  # 2100 is no leap year
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_cron_on_the_clocks_of_a_zone(
    expression: str, zone: str, start: str, expected: list[str]
) -> None:
    times = Cron(expression=expression, zone=zone)
    check_times(times)
    assert shown(times, start, len(expected)) == expected


def test_a_time_is_found_from_within_the_double_hour() -> None:
    """Asked in the second 02:15, the next 02:30 of a fixed time is that of tomorrow."""
    times = Cron(expression="30 2 * * *", zone="Europe/Berlin")
    second = ms("2026-10-25T02:15", "Europe/Berlin", fold=1)
    assert isoformat_ms(following(times, second) or 0) == "2026-10-26T01:30:00.000Z"


def test_seconds_are_the_first_of_six_fields() -> None:
    assert following(Cron(expression="15 * * * * *"), 0) == 15_000


@pytest.mark.parametrize(
    "expression",
    ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 *", "0 0 30,31 2 *", "0 0 0 30 2 *"],
)
def test_a_cron_that_never_fires_is_refused(expression: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_spec(Spec(times=Cron(expression=expression), workflow="w"), now_ms=0)
    assert refused.value.code == "schedule.never"


def test_a_range_without_a_time_never_fires() -> None:
    times = Cron(expression="0 0 1 1 *")
    inside = {"start_at_ms": ms("2026-02-01T00:00"), "end_at_ms": ms("2026-12-31T00:00")}
    with pytest.raises(Invalid) as refused:
        check_spec(Spec(times=times, workflow="w", **inside), now_ms=0)  # type: ignore[arg-type]
    assert refused.value.code == "schedule.never"
    past = Spec(times=times, workflow="w", end_at_ms=ms("2026-06-01T00:00"))
    check_spec(past, now_ms=ms("2025-06-01T00:00"))
    with pytest.raises(Invalid):
        check_spec(past, now_ms=ms("2026-06-01T00:00"))


@pytest.mark.parametrize(
    ("times", "code"),
    [
        (Cron(expression="60 * * * *"), "schedule.cron"),
        (Cron(expression="* * *"), "schedule.cron"),
        (Cron(expression=""), "schedule.cron"),
        (Cron(expression="0 0 32 * *"), "schedule.cron"),
        (Cron(expression="*/0 * * * *"), "schedule.cron"),
        (Cron(expression="0 0 * * MOON"), "schedule.cron"),
        (Cron(expression="١ * * * *"), "schedule.cron"),
        (Cron(expression="0 0 L/2 L,LW *#"), "schedule.cron"),
        (Cron(expression="*," * 200 + "* * * * *"), "schedule.cron"),
        (Cron(expression="0 0 * * *", zone="Europe/Atlantis"), "schedule.zone"),
        (Cron(expression="0 0 * * *", zone="../../etc/passwd"), "schedule.zone"),
        (Cron(expression="0 0 * * *", zone=""), "schedule.zone"),
        (Every(every_ms=0), "schedule.every"),
        (Every(every_ms=-5), "schedule.every"),
        (Every(every_ms=10**16), "schedule.every"),
        (Every(every_ms=1000, offset_ms=1000), "schedule.every"),
        (Every(every_ms=1000, offset_ms=-1), "schedule.every"),
        (Every(every_ms=1.5), "schedule.every"),  # type: ignore[arg-type]
    ],
    ids=str,
)
def test_malformed_times_are_refused(times: Times, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_times(times)
    assert refused.value.code == code


def test_intervals_keep_their_offset() -> None:
    times = Every(every_ms=1_000, offset_ms=250)
    assert list(between(times, 250, 3_250)) == [250, 1_250, 2_250]
    assert following(times, -2_000) == -1_750


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Africa/Cairo",
        "Pacific/Apia",
        "America/Sao_Paulo",
    ]
)
MINUTES = st.sampled_from(["0", "30", "*/15", "*", "5,35", "59"])
HOURS = st.sampled_from(["0", "1", "2", "3", "2,3", "*", "*/6", "23"])
DAYS = st.sampled_from(["*", "1", "15", "31", "L", "29"])
MONTHS = st.sampled_from(["*", "2", "3,10", "1-6"])
WEEKDAYS = st.sampled_from(["*", "SUN", "MON-FRI", "5L", "1#1"])
CRONS = st.builds(
    lambda fields, zone: Cron(expression=" ".join(fields), zone=zone),
    st.tuples(MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS),
    ZONES,
)
EVERY = st.integers(100, 10**10).flatmap(
    lambda every: st.builds(
        Every, every_ms=st.just(every), offset_ms=st.integers(0, min(every - 1, 10**9))
    )
)
INSTANTS = st.integers(ms("2000-01-01T00:00"), ms("2040-01-01T00:00"))


def test_no_time_is_left_out_where_clocks_change_by_half_an_hour() -> None:
    every_six_hours = Cron(expression="0 */6 * * *", zone="Australia/Lord_Howe")
    midnight = 2_153_912_400_000
    """2038-04-04 00:00+11:00; at 02:00 the clocks go back to 01:30."""
    six, noon = midnight + int(6.5 * 3_600_000), midnight + int(12.5 * 3_600_000)
    assert following(every_six_hours, midnight) == six
    assert following(every_six_hours, six) == noon


def test_a_search_ends_where_clocks_go_back_over_midnight() -> None:
    """In St. John's 2007-11-04 00:01 was 2007-11-03 23:01 once more."""
    half_past = Cron(expression="30 * * * SUN", zone="America/St_Johns")
    saturday = ms("2007-11-03T16:56")
    found = following(half_past, saturday)
    assert found is not None
    assert saturday < found <= ms("2007-11-04T05:00")  # 01:30 there


@given(st.one_of(CRONS, EVERY), INSTANTS)
@settings(max_examples=150, deadline=None)
def test_times_ascend_and_lie_after_what_is_asked(times: Times, start: int) -> None:
    at: int | None = start
    for _ in range(5):
        found = following(times, at)
        if found is None:
            break
        assert found > at
        # nothing lies in between: asked from anywhere before, the answer is the same
        assert following(times, (at + found) // 2) == found
        at = found


@given(CRONS, INSTANTS)
@settings(max_examples=150, deadline=None)
def test_every_local_time_of_a_cron_fits_its_expression(cron: Cron, start: int) -> None:
    """Against the definition: minute, hour and month of each time are in their fields, unless a
    gap moved it."""
    found = following(cron, start)
    assume(found is not None)
    local = to_datetime(found or 0).astimezone(ZoneInfo(cron.zone))
    before = (to_datetime((found or 0) - 60_000)).astimezone(ZoneInfo(cron.zone))
    at_gap = local.utcoffset() != before.utcoffset()
    minute, hour, _, month, _ = cron.expression.split()
    assert at_gap or local.minute in _field(minute, 60)
    assert at_gap or local.hour in _field(hour, 24)
    assert at_gap or local.month in _field(month, 13)
    assert local.second == 0


def _field(text: str, stop: int) -> set[int]:
    numbers: set[int] = set()
    for term in text.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        low = 0 if first == "*" else int(first)
        high = stop - 1 if first == "*" else int(last or first)
        numbers |= set(range(low, high + 1, int(step or 1)))
    return numbers


@given(st.one_of(CRONS, EVERY), INSTANTS, st.integers(0, 10**9), st.integers(0, 10**9))
@settings(max_examples=150, deadline=None)
def test_a_schedule_stays_within_its_range_and_its_jitter(
    times: Times, start: int, length: int, jitter: int
) -> None:
    spec = Spec(
        times=times,
        workflow="w",
        start_at_ms=start,
        end_at_ms=start + length,
        jitter_ms=jitter,
        seed="s",
    )
    at, fire = start - 10**9, 0
    for _ in range(5):
        found = next_time(spec, at)
        if found is None:
            break
        assert start <= found <= start + length
        assert found <= fire_time(spec, found, name="x") <= found + jitter
        assert fire_time(spec, found, name="x") > fire  # jitter does not change the order
        assert fire_time(spec, found, name="x") == fire_time(spec, found, name="y")
        fire, at = fire_time(spec, found, name="x"), found


def test_jitter_is_spread_and_follows_the_seed() -> None:
    spec = Spec(times=Every(every_ms=60_000), workflow="w", jitter_ms=10_000)
    delays = [fire_time(spec, n * 60_000, name="a") - n * 60_000 for n in range(200)]
    assert len(set(delays)) > 150
    assert min(delays) < 1_000
    assert max(delays) > 9_000
    assert delays == [fire_time(spec, n * 60_000, name="a") - n * 60_000 for n in range(200)]
    assert delays != [fire_time(spec, n * 60_000, name="b") - n * 60_000 for n in range(200)]


def test_instants_far_away_are_answered() -> None:
    assert following(Cron(expression="0 0 29 2 *"), ms("2999-12-31T00:00")) is not None
    year = timedelta(days=365)
    end = datetime(2999, 12, 31, tzinfo=UTC) - year
    assert next_time(Spec(times=Cron(expression="0 0 1 1 *"), workflow="w"), from_datetime(end))
