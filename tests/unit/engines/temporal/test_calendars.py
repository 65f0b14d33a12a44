"""The times that a real Temporal server announces are tarl's own, or the form is refused."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import Client, Schedule, ScheduleActionStartWorkflow, ScheduleState
from tests.temporal_server import Server, server

from tarl.engines.temporal.calendars import temporal_policy, temporal_spec
from tarl.errors import Invalid
from tarl.values.instants import from_datetime, to_datetime
from tarl.work.schedules.spec import Spec, check_spec, next_time
from tarl.work.schedules.times import Cron, Every

NOW_MS = 1_793_000_000_000  # 2026-10-26
DAY_MS = 86_400_000
YEAR_MS = 366 * DAY_MS
SOAK = os.environ.get("TARL_SOAK") == "1"
ANNOUNCED = 10
"""So many times a description of a schedule announces."""


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server() as running:
        yield running


def cron(expression: str, zone: str = "UTC", **more: int) -> Spec:
    return Spec(times=Cron(expression=expression, zone=zone), workflow="any", **more)


def every(every_ms: int, offset_ms: int = 0, **more: int) -> Spec:
    return Spec(times=Every(every_ms=every_ms, offset_ms=offset_ms), workflow="any", **more)


BERLIN, HAVANA, BEIRUT = "Europe/Berlin", "America/Havana", "Asia/Beirut"

SAME = [
    cron("*/30 * * * *", BERLIN),  # the same in UTC
    cron("15 * * * *", "America/New_York"),
    cron("*/7 * * * *", BEIRUT),
    cron("*/20 * * * *", "Asia/Kathmandu"),
    cron("10 15,45 * * * *", BERLIN),  # seconds first
    cron("30 7 * * MON", BERLIN),
    cron("0 5 * * *", BERLIN),
    cron("59 23 * * *", BERLIN),
    cron("*/20 6-23 * * *", BERLIN),
    cron("30 9 * * *", HAVANA),
    cron("30 2 * * MON", BERLIN),  # clocks change on Sundays
    cron("30 2 * * *", "Asia/Tokyo"),
    cron("*/30 * * * *", "Asia/Tokyo"),
    cron("*/15 */6 * * *"),
    cron("*/20 2 * * MON", BERLIN),
    cron("45 */3 * 1-3 SUN", "Australia/Sydney"),
    cron("*/30 2 * 3 *", BERLIN),  # in the gap, by elapsed time
    cron("10 2 * * *", "America/Sao_Paulo"),
    cron("30 12 * * *", "Africa/Casablanca"),
    cron("0 9 1,15 * MON", BERLIN),  # either counts
    cron("0 9 */2 * MON", BERLIN),  # both have to
    cron("0 9 * * 1#2", BERLIN),
    cron("0 9 13 * 5#5", BERLIN),
    cron("0 9 * * MON-FRI", "America/New_York"),
    cron("0 0 31 * *", "Pacific/Auckland"),
    cron("0 6 29 2 *"),
    cron("0 12 * * 7", "Asia/Kolkata"),
    cron("5/10 8-18/2 * JAN,JUN *", BERLIN),
    cron("30 0 12 * * *", BERLIN),  # seconds first
    cron("0 9 * * *", BERLIN, start_at_ms=NOW_MS + 9 * DAY_MS + 1, end_at_ms=NOW_MS + 20 * DAY_MS),
    every(90_000),
    every(7 * DAY_MS, 3 * DAY_MS + 1_000),
    every(3_600_000, 60_000, start_at_ms=NOW_MS + 1_500, end_at_ms=NOW_MS + 5 * DAY_MS + 59_999),
]

OTHERS = [
    cron("30 2 * 3 *", BERLIN),  # the spring change alone
    cron("17-27/5 10,17,0 */2 */4 *", "America/Santiago"),
    cron("16,35,20 0-20/3 * */2 *", BEIRUT),
    cron("*/4 * * 9 */3", "Pacific/Chatham"),  # clocks change at a quarter to three
    cron("44-57/2 0,10,20 * * *", "Europe/London"),  # the server repeats midnight's hour
    cron("34-44 6-13/5 * * 6,2,5", HAVANA),  # the server takes the Sunday for a Saturday
    cron("0 */25 */2 1-14 * 0", "America/Santiago"),  # tarl comes at the end of the gap
    cron("*/15 * * * SUN", BEIRUT),
    cron("0 */2 * * *", BERLIN),  # the autumn change repeats an hour
    cron("*/30 0-3 * * *", "America/New_York"),
    cron("*/15 * * * SAT", BEIRUT),
    cron("0-59/15 0-23 * * *", BERLIN),
    cron("*/15 * * * *", "Australia/Lord_Howe"),
    cron("*/20 30 2 * * *", BERLIN),
    cron("30 2 * * *", BERLIN),  # the spring change skips it
    cron("0 2-3 * * SUN", BERLIN),
    cron("30 1 * * *", "America/New_York"),  # the autumn change repeats it
    cron("0 0 * * *", HAVANA),  # clocks change at midnight
    cron("30 2 25 10 *", BERLIN),  # in 2026 already past, in 2037 again
    cron("30 7 * * *", "Australia/Lord_Howe"),  # changes by half an hour
    cron("0 9 L * *"),
    cron("0 9 LW * *"),
    cron("0 9 * * 5L"),
    every(500),
    every(2_000, 500),
    every(100 * 365 * DAY_MS, 60 * 365 * DAY_MS),
    cron("0 9 * * *", jitter_ms=1_000),
]


def times_of(spec: Spec, low_ms: int, high_ms: int, limit: int) -> list[int]:
    """tarl's own, later than ``low_ms``."""
    found: list[int] = []
    at: int | None = low_ms
    while len(found) < limit and (at := next_time(spec, at)) is not None and at <= high_ms:
        found.append(at)
    return found


def stamp(at_ms: int) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(to_datetime(at_ms))
    return made


def changes_of(spec: Spec) -> list[tuple[int, int]]:
    """The whole year for what comes seldom; for the rest the days around changes of clocks."""
    often = len(times_of(spec, NOW_MS, NOW_MS + YEAR_MS, 1_000)) == 1_000
    if not often:
        return [(NOW_MS, NOW_MS + YEAR_MS)]
    step = 7 * DAY_MS
    return [(at, at + 8 * 3_600_000) for at in range(NOW_MS, NOW_MS + YEAR_MS, step)] + [
        (at, at + 6 * 3_600_000)
        for day in ("2026-11-01", "2027-03-14", "2027-03-28", "2027-10-31", "2027-11-07")
        for at in [1000 * stamp_of(day) + hours * 3_600_000 for hours in (-6, 0, 6)]
    ]


def stamp_of(day: str) -> int:
    made = Timestamp()
    made.FromJsonString(f"{day}T00:00:00Z")
    return int(made.seconds)


async def _announced(address: str, spec: Spec, number: int) -> tuple[list[int], list[list[int]]]:
    client = await Client.connect(address)
    name = f"s{number}"
    handle = await client.create_schedule(
        name,
        Schedule(
            action=ScheduleActionStartWorkflow("any", id=name, task_queue="nobody"),
            spec=temporal_spec(spec, now_ms=NOW_MS),
            policy=temporal_policy(spec),
            state=ScheduleState(paused=True),
        ),
    )
    described = await handle.describe()
    found = []
    for low_ms, high_ms in changes_of(spec):
        answer = await client.workflow_service.list_schedule_matching_times(
            ListScheduleMatchingTimesRequest(
                namespace="default",
                schedule_id=name,
                start_time=stamp(low_ms),
                end_time=stamp(high_ms),
            )
        )
        found.append([at.seconds * 1000 for at in answer.start_time])
    await handle.delete()
    return [from_datetime(at) for at in described.info.next_action_times], found


@pytest.mark.parametrize("spec", SAME, ids=lambda spec: str(spec.times)[:60])
def test_what_is_mapped_has_the_same_times_on_the_server(temporal: Server, spec: Spec) -> None:
    coming, found = asyncio.run(_announced(temporal.address, spec, SAME.index(spec)))
    assert coming or spec.end_at_ms is not None
    assert not coming or coming == times_of(spec, coming[0] - 1, 1 << 52, ANNOUNCED)
    for (low_ms, high_ms), there in zip(changes_of(spec), found, strict=True):
        assert there == times_of(spec, low_ms, high_ms, 1_000)


@pytest.mark.parametrize("spec", OTHERS, ids=lambda spec: str(spec.times)[:60])
def test_what_temporal_would_do_otherwise_is_refused(spec: Spec) -> None:
    with pytest.raises(Invalid) as refused:
        temporal_spec(spec, now_ms=NOW_MS)
    assert refused.value.code == "temporal.unmappable"


def test_a_wait_shorter_than_temporals_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        temporal_policy(every(1_000, catch_up_ms=9_999))
    assert refused.value.code == "temporal.unmappable"


ZONES = [
    *("UTC", BERLIN, HAVANA, BEIRUT, "America/New_York", "America/Santiago", "Africa/Cairo"),
    *("Asia/Kathmandu", "Atlantic/Azores", "Australia/Sydney", "Pacific/Chatham", "Asia/Gaza"),
]


def drawn(dice: random.Random) -> Spec:
    """Any expression, in any of the zones."""

    def field(low: int, high: int, free: float) -> str:
        if dice.random() < free:
            return dice.choice(["*", "*", "*/2", "*/5"])
        first = dice.randint(low, high)
        last = dice.randint(first, high)
        return dice.choice([f"{first}", f"{first},{last}", f"{first}-{last}"])

    fields = [(0, 59, 0.2), (0, 23, 0.3), (1, 31, 0.7), (1, 12, 0.8), (0, 7, 0.7)]
    return cron(" ".join(field(*each) for each in fields), dice.choice(ZONES))


def test_expressions_drawn_by_chance_have_the_same_times(temporal: Server) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    dice, number = random.Random(seed), 0
    while number < (400 if SOAK else 10):
        spec = drawn(dice)
        try:
            check_spec(spec, now_ms=NOW_MS)
            temporal_spec(spec, now_ms=NOW_MS)
        except Invalid:
            continue
        number += 1
        _, found = asyncio.run(_announced(temporal.address, spec, 1_000 + number))
        for (low_ms, high_ms), there in zip(changes_of(spec), found, strict=True):
            assert there == times_of(spec, low_ms, high_ms, 1_000), (seed, spec.times)
