"""A list has the runs that started last, whatever the order in which Temporal gives them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus as Status
from temporalio.common import TypedSearchAttributes

from tarl.engines.temporal.listing import Listing
from tarl.kernel.engine import Cursor, RunListed
from tarl.values.instants import from_datetime, to_datetime

BEGAN = to_datetime(1_795_000_000_000)


class Execution:
    """As much of Temporal's description as a list looks at."""

    def __init__(self, number: int, start: datetime, close: datetime | None) -> None:
        self.id = f"default/w{number}"
        self.run_id = str(number)
        self.start_time = start
        self.close_time = close
        self.status = Status.RUNNING if close is None else Status.COMPLETED
        self.workflow_type = "w"
        self.typed_search_attributes = TypedSearchAttributes.empty


class Namespace:
    """Gives workflows in the server's order, and counts those that were taken."""

    def __init__(self, executions: list[Execution]) -> None:
        self._executions = executions
        self.taken = 0

    async def list_workflows(self, query: str, *, page_size: int) -> AsyncIterator[Execution]:
        is_open = query.endswith("ExecutionStatus = 'Running'")
        some = [each for each in self._executions if (each.close_time is None) is is_open]
        if query.startswith("StartTime < '"):
            before = datetime.fromisoformat(query.split("'")[1])
            some = [each for each in some if each.start_time < before]
        for each in sorted(some, key=lambda e: e.close_time or e.start_time, reverse=True):
            self.taken += 1
            yield each


async def one(_: Any) -> int:
    return 1


def listed(namespace: Any, limit: int, after: Cursor | None = None) -> list[RunListed]:
    async def use() -> list[RunListed]:
        listing = Listing(namespace, one, by_attribute=False)
        found = listing.newest(tenant=None, workflow=None, status=None, limit=limit, after=after)
        return [each async for each in found]

    return asyncio.run(use())


def drawn(random: Random, count: int, *, times: int = 1_000) -> list[Execution]:
    made = []
    for number in range(count):
        start = BEGAN + timedelta(seconds=random.randrange(times), microseconds=number)
        lasts = timedelta(seconds=random.choice([0, 1, 10, 900]))
        made.append(Execution(number, start, None if random.random() < 0.2 else start + lasts))
    return made


def place(each: Execution) -> tuple[int, str]:
    return from_datetime(each.start_time), each.id


@pytest.mark.parametrize("seed", range(40))
def test_pages_have_every_run_once(seed: int) -> None:
    random = Random(seed)
    executions = drawn(random, random.randrange(60), times=10)
    newest = sorted(executions, key=place, reverse=True)
    found: list[RunListed] = []
    while page := listed(
        Namespace(executions),
        random.choice([1, 2, 7]),
        after=Cursor.behind(found[-1]) if found else None,
    ):
        found += page
    expected = [f"{each.id.removeprefix('default/')}/1" for each in newest]
    assert [each.run.ref for each in found] == expected, f"seed {seed}"


@pytest.mark.parametrize("seed", range(40))
def test_those_that_started_last_are_listed(seed: int) -> None:
    random = Random(seed)
    executions = drawn(random, random.randrange(60))
    limit = random.choice([1, 2, 7, 100])
    newest = sorted(executions, key=place, reverse=True)[:limit]
    expected = [(f"{each.id.removeprefix('default/')}/1", each.start_time) for each in newest]
    found = listed(Namespace(executions), limit)
    assert [(e.run.ref, e.started_at_ms) for e in found] == [
        (ref, from_datetime(start)) for ref, start in expected
    ], f"seed {seed}"


def test_no_more_are_read_than_could_be_among_them() -> None:
    started = [BEGAN + timedelta(seconds=each) for each in range(1_000)]
    lasted = [Execution(n, at, at + timedelta(seconds=3)) for n, at in enumerate(started)]
    namespace = Namespace(lasted)
    assert [each.run.ref for each in listed(namespace, 5)] == [
        f"w{n}/1" for n in range(999, 994, -1)
    ]
    assert namespace.taken <= 5 + 3 + 2
    still = Namespace([Execution(n, at, None) for n, at in enumerate(started)])
    assert [each.run.ref for each in listed(still, 2)] == ["w999/1", "w998/1"]
    assert still.taken == 3


def test_a_run_that_ends_meanwhile_is_listed_once() -> None:
    class Ending(Namespace):
        async def list_workflows(self, query: str, *, page_size: int) -> AsyncIterator[Execution]:
            closed = None if "ExecutionStatus = 'Running'" in query else BEGAN
            yield Execution(1, BEGAN, closed)

    assert [each.run.ref for each in listed(Ending([]), 5)] == ["w1/1"]


def test_a_list_of_one_status_asks_for_that_alone() -> None:
    asked = []

    class Asked(Namespace):
        async def list_workflows(self, query: str, *, page_size: int) -> AsyncIterator[Execution]:
            asked.append((query, page_size))
            for each in self._executions:
                yield each

    async def use(status: Any, tenant: str | None) -> None:
        client: Any = Asked([])
        listing = Listing(client, one, by_attribute=tenant is not None)
        async for _ in listing.newest(tenant=tenant, workflow="a'\\b", status=status, limit=3):
            pass

    asyncio.run(use("running", None))
    asyncio.run(use("terminated", "a b"))
    named = "WorkflowType = 'a\\'\\\\b'"
    assert asked == [
        (f"{named} AND ExecutionStatus = 'Running'", 53),
        (f"TarlTenant = 'a%20b' AND {named} AND ExecutionStatus IN ('Terminated', 'TimedOut')", 53),
    ]
