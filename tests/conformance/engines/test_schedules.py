"""Schedules do the same on every engine: the same times, ids, overlap policies and refusals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines import planned_flows as flows
from tests.temporal_server import Server, server

import tarl
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.embedded.timekeeping import keep_time
from tarl.errors import Invalid, Missing, RunFailed, TarlError
from tarl.kernel.definition import Workflow
from tarl.kernel.engine import Scheduled
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.times import Cron, Every

LONG_S = 90.0
WORKFLOWS = [each for each in vars(flows).values() if isinstance(each, Workflow)]
Use = Callable[["There"], Awaitable[Any]]


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=40) as running:
        yield running


class There:
    """An engine, and the list of the runs in its journal."""

    def __init__(self, engine: Any, runtime: Runtime) -> None:
        self.schedules: Any = engine.schedules
        self.run = engine.run
        self.result = engine.result
        self.signal = engine.signal
        self.list = EmbeddedEngine(runtime).list


class On:
    """An engine under test, with what fires its schedules."""

    def __init__(self, temporal: tuple[str, str] | None, path: Path) -> None:
        self._temporal = temporal
        self._path = path

    @property
    def name(self) -> str:
        return "embedded" if self._temporal is None else "temporal"

    def live(self, use: Use, **more: Any) -> Any:
        flows.DONE.clear()
        return asyncio.run(self._live(use, **more))

    async def _live(self, use: Use, **more: Any) -> Any:
        async with tarl.open(self._path, workflows=WORKFLOWS, **more) as runtime:
            if self._temporal is None:
                keeping = asyncio.create_task(keep_time(runtime))
                try:
                    return await asyncio.wait_for(
                        use(There(EmbeddedEngine(runtime), runtime)), LONG_S
                    )
                finally:
                    keeping.cancel()
                    await asyncio.wait([keeping])
            address, namespace = self._temporal
            engine = await tarl.connect_temporal(runtime, address, namespace=namespace)
            async with engine.working(workflows=WORKFLOWS):
                return await asyncio.wait_for(use(There(engine, runtime)), LONG_S)


@pytest.fixture(params=["embedded", "temporal"])
def on(request: pytest.FixtureRequest, tmp_path: Path) -> On:
    if request.param == "embedded":
        return On(None, tmp_path / "tarl.db")
    running: Server = request.getfixturevalue("temporal")
    return On((running.address, running.namespace()), tmp_path / "tarl.db")


def spec(workflow: str = "notes", *, every_s: int = 1, **more: Any) -> Spec:
    more.setdefault("input", "tick")
    return Spec(times=Every(every_ms=every_s * 1000), workflow=workflow, **more)


SELDOM_S = 10 * 366 * 86_400
"""No time of such a schedule comes during a test."""
SOON_S = 4
"""A schedule has been created, and told, before this is over."""


async def runs(engine: There, status: str | None = None) -> list[str]:
    """The ids of runs, the oldest first."""
    found = [one.run.workflow_id async for one in engine.list() if status in (None, one.status)]
    return sorted(found)


async def until(fact: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for something to become true."""
    while not (found := await fact()):
        await asyncio.sleep(0.05)
    return found


async def ended(engine: There, count: int) -> list[str]:
    """The ids of runs that have completed, once there are so many."""

    async def enough() -> list[str]:
        found = await runs(engine, "completed")
        return found if len(found) >= count else []

    found: list[str] = await until(enough)
    return found


def in_ms(seconds: float) -> int:
    """The instant so far ahead."""
    return int((time.time() + seconds) * 1000)


def instant(run: str) -> str:
    return run.rpartition("-")[2]


def test_each_time_starts_one_run_with_its_id(on: On) -> None:
    async def use(engine: There) -> Any:
        # None is left out because the one before takes more than a second.
        plan = spec(runs_max=3, overlap="allow_all", start_at_ms=in_ms(SOON_S))
        made = await engine.schedules.create("often", plan)
        found = await ended(engine, 3)
        shown = await until(lambda: at(engine, "often", status="finished"))
        return made, found, shown

    made, found, shown = on.live(use)
    assert (made.status, made.fired) == ("active", 0)
    assert made.next_ms is not None
    first = tarl_instant(made.next_ms)
    assert found[0] == f"often-{first}"
    seconds = [int(instant(one)[-3:-1]) for one in found]
    assert [(b - a) % 60 for a, b in pairwise(seconds)] == [1, 1]
    assert flows.DONE == ["tick"] * 3
    assert (shown.fired, shown.skipped, shown.last_run) == (3, 0, found[-1])
    assert shown.next_ms is None


def tarl_instant(at_ms: int) -> str:
    from tarl.values.instants import to_datetime

    return to_datetime(at_ms).strftime("%Y%m%dT%H%M%SZ")


async def at(engine: There, schedule: str, **wanted: Any) -> Scheduled | None:
    """The schedule, once it has such members."""
    found: Scheduled = await engine.schedules.get(schedule)
    is_so = all(getattr(found, name) == value for name, value in wanted.items())
    return found if is_so else None


async def skipped(engine: There, schedule: str) -> bool:
    found: Scheduled = await engine.schedules.get(schedule)
    return found.skipped > 0


def test_a_time_is_left_out_while_the_last_run_goes_on(on: On) -> None:
    async def use(engine: There) -> Any:
        await engine.schedules.create("slow", spec("dawdles"))
        await until(lambda: skipped(engine, "slow"))
        open_runs = await until(lambda: runs(engine, "running"))
        await engine.schedules.pause("slow")
        await engine.signal(open_runs[0], "enough", "now")
        await engine.result(open_runs[0])
        return open_runs, await runs(engine)

    open_runs, all_runs = on.live(use)
    assert len(open_runs) == 1
    assert all_runs == open_runs


def test_one_time_waits(on: On) -> None:
    async def use(engine: There) -> Any:
        await engine.schedules.create("slow", spec("dawdles", overlap="buffer_one"))
        await until(lambda: skipped(engine, "slow"))
        (first,) = await until(lambda: runs(engine, "running"))
        shown = await engine.schedules.get("slow")
        await engine.signal(first, "enough", "now")
        await engine.result(first)
        (second,) = await until(lambda: runs(engine, "running"))
        return shown.waiting, first, second

    waiting, first, second = on.live(use)
    assert waiting == 1
    assert (int(instant(second)[-3:-1]) - int(instant(first)[-3:-1])) % 60 == 1


@pytest.mark.parametrize("overlap", ["buffer_all", "buffer_one"])
def test_times_wait_for_each_other(on: On, overlap: Any) -> None:
    async def use(engine: There) -> Any:
        schedules = engine.schedules
        await schedules.create("queue", spec("dawdles", every_s=SELDOM_S, overlap=overlap))
        for _ in range(3):
            await schedules.trigger("queue")
        await until(lambda: at(engine, "queue", waiting=2))
        seen = []
        for count in (1, 2, 3):
            (one,) = await until(lambda: runs(engine, "running"))
            await until(lambda count=count: done(count))  # type: ignore[misc]
            seen.append(one)
            await engine.signal(one, "enough", "now")
            await engine.result(one)
        return seen, await until(lambda: at(engine, "queue", waiting=0))

    seen, shown = on.live(use)
    assert seen == sorted(set(seen))
    assert all(one.startswith("queue-trigger-2") for one in seen)
    assert shown.fired == 3


async def done(count: int) -> bool:
    return len(flows.DONE) == count


def test_the_earlier_run_is_cancelled(on: On) -> None:
    async def use(engine: There) -> Any:
        plan = spec("dawdles", every_s=SELDOM_S, overlap="cancel_other")
        await engine.schedules.create("newest", plan)
        await engine.schedules.trigger("newest")
        (first,) = await until(lambda: runs(engine, "running"))
        await until(lambda: done(1))
        await engine.schedules.trigger("newest")
        with pytest.raises(RunFailed) as refused:
            await engine.result(first)
        await until(lambda: done(2))
        why = refused.value.facts["error"]
        return why, await runs(engine, "cancelled"), first, await runs(engine)

    why, cancelled, first, all_runs = on.live(use)
    assert why == "schedule newest starts its next run"
    assert cancelled == [first]
    assert len(all_runs) == 2
    assert all_runs[0] == first


def test_the_earlier_run_is_terminated(on: On) -> None:
    async def use(engine: There) -> Any:
        plan = spec("dawdles", every_s=SELDOM_S, overlap="terminate_other")
        await engine.schedules.create("newest", plan)
        await engine.schedules.trigger("newest")
        (first,) = await until(lambda: runs(engine, "running"))
        await until(lambda: done(1))
        await engine.schedules.trigger("newest")
        await until(lambda: done(2))
        return first, await runs(engine, "terminated"), len(await runs(engine))

    first, terminated, count = on.live(use)
    assert terminated == [first]
    assert count == 2


def test_runs_side_by_side(on: On) -> None:
    async def use(engine: There) -> Any:
        plan = spec("dawdles", every_s=SELDOM_S, overlap="skip")
        await engine.schedules.create("many", plan)
        for _ in range(3):
            await engine.schedules.trigger("many", overlap="allow_all")
        await until(lambda: done(3))
        return await runs(engine, "running")

    assert len(on.live(use)) == 3


def test_a_paused_schedule_starts_what_it_is_asked_for_only(on: On) -> None:
    async def use(engine: There) -> Any:
        schedules = engine.schedules
        await schedules.create("often", spec(every_s=2, overlap="allow_all"))
        paused = await schedules.pause("often", note="the source moves")

        async def begun() -> list[list[str]]:
            """The runs, in a list, once all that was due before the pause has begun."""
            found = await runs(engine)
            return [found] if len(found) == (await schedules.get("often")).fired else []

        [before] = await until(begun)
        await asyncio.sleep(3)
        assert await runs(engine) == before
        triggered = await schedules.trigger("often")
        found = await ended(engine, len(before) + 1)
        resumed = await schedules.resume("often")
        next_run = f"often-{tarl_instant(resumed.next_ms)}"

        async def has_ended() -> list[str]:
            completed = await runs(engine, "completed")
            return completed if next_run in completed else []

        later = await until(has_ended)
        return paused, triggered, found, resumed, later

    paused, triggered, found, resumed, later = on.live(use)
    assert (paused.status, paused.note, paused.next_ms) == ("paused", "the source moves", None)
    assert triggered.status == "paused"
    assert [one for one in found if "-trigger-" in one]
    assert (resumed.status, resumed.note) == ("active", "")
    assert f"often-{tarl_instant(resumed.next_ms)}" in later


DAYS = Cron(expression="0 12 * * *")


def test_a_backfill_starts_the_runs_of_its_times(on: On) -> None:
    async def use(engine: There) -> Any:
        schedules, plan = engine.schedules, Spec(times=DAYS, workflow="notes", input="then")
        await schedules.create("daily", plan)
        day = 86_400_000
        first = 1_767_225_600_000 + day // 2  # 2026-01-01, at noon
        with pytest.raises(Invalid) as refused:
            await schedules.backfill("daily", from_ms=first + 1, until_ms=first + 2)
        await schedules.backfill("daily", from_ms=first, until_ms=first + 2 * day)
        await ended(engine, 2)
        await schedules.backfill("daily", from_ms=first, until_ms=first + 2 * day + 1)
        found = await ended(engine, 3)
        await schedules.backfill("daily", from_ms=first, until_ms=first + 2 * day)
        await asyncio.sleep(1)
        return refused.value.code, found, await runs(engine)

    code, found, all_runs = on.live(use)
    assert code == "schedule.backfill_empty"
    assert found == [f"daily-2026010{n}T120000Z" for n in (1, 2, 3)]
    assert all_runs == found  # started before, not started again
    assert flows.DONE == ["then"] * 3


def test_what_is_deleted_starts_nothing(on: On) -> None:
    async def use(engine: There) -> Any:
        schedules = engine.schedules
        await schedules.create("often", spec("dawdles"))
        (one,) = await until(lambda: runs(engine, "running"))
        await schedules.delete("often")
        with pytest.raises(Missing) as missing:
            await schedules.get("often")
        with pytest.raises(Missing):
            await schedules.delete("often")
        await asyncio.sleep(2)
        await engine.signal(one, "enough", "now")
        await engine.result(one)  # what was started goes on
        again = await schedules.create("often", spec(every_s=SELDOM_S))
        return missing.value.code, await runs(engine), again.status

    code, all_runs, status = on.live(use)
    assert code == "schedule.missing"
    assert len(all_runs) == 1
    assert status == "active"


def test_a_change_counts_from_now_on(on: On) -> None:
    async def use(engine: There) -> Any:
        schedules = engine.schedules
        await schedules.create("often", spec(every_s=SELDOM_S))
        changed = await schedules.change("often", spec(input="other", runs_max=1))
        await ended(engine, 1)
        shown = await until(lambda: at(engine, "often", status="finished"))
        return changed.spec, shown.spec, list(flows.DONE)

    changed, shown, said = on.live(use)
    assert changed == shown == spec(input="other", runs_max=1)
    assert said == ["other"]


def test_what_cannot_be_is_refused(on: On) -> None:
    async def code(asked: Awaitable[Any]) -> str:
        with pytest.raises(TarlError) as refused:
            await asked
        return refused.value.code

    async def use(engine: There) -> Any:
        schedules = engine.schedules
        await schedules.create("there", spec(every_s=SELDOM_S))
        never = Spec(times=Cron(expression="0 0 30 2 *"), workflow="notes")
        return [
            await code(schedules.create("there", spec())),
            await code(schedules.create("never", never)),
            await code(schedules.create("x", spec(overlap="both"))),
            await code(schedules.trigger("there", overlap="both")),
            await code(schedules.pause("there", note="x" * 1001)),
            await code(schedules.pause("nowhere")),
            await code(schedules.trigger("nowhere")),
            await code(schedules.change("nowhere", spec())),
        ]

    assert on.live(use) == [
        "schedule.exists",
        "schedule.never",
        "schedule.overlap",
        "schedule.overlap",
        "schedule.note_too_long",
        *["schedule.missing"] * 3,
    ]


def test_a_schedule_belongs_to_its_tenant(on: On) -> None:
    async def use(engine: There) -> Any:
        schedules = engine.schedules
        await schedules.create("b", spec(every_s=SELDOM_S), tenant="acme")
        await schedules.create("a", spec(every_s=SELDOM_S), tenant="acme")
        await schedules.create("a", spec(every_s=SELDOM_S), tenant="acme2")
        await schedules.trigger("a", tenant="acme")

        async def listed(count: int, tenant: str | None) -> list[tuple[str, str]]:
            found = [(one.tenant, one.schedule_id) async for one in schedules.ls(tenant=tenant)]
            return found if len(found) == count else []

        everybody = await until(lambda: listed(3, None))
        found = await until(lambda: listed(2, "acme"))
        ids = [one.run async for one in engine.list(tenant="acme")]
        while not ids:
            await asyncio.sleep(0.05)
            ids = [one.run async for one in engine.list(tenant="acme")]
        return found, ids, everybody

    found, ids, everybody = on.live(use)
    assert found == [("acme", "a"), ("acme", "b")]
    assert ids[0].tenant == "acme"
    assert everybody == [("acme", "a"), ("acme", "b"), ("acme2", "a")]


def test_a_large_input(on: On) -> None:
    values = list(range(6_000))

    async def use(engine: There) -> Any:
        plan = spec("measures", every_s=SELDOM_S, input=values)
        await engine.schedules.create("large", plan)
        await engine.schedules.trigger("large")
        (one,) = await ended(engine, 1)
        shown = await engine.schedules.get("large")
        return await engine.result(one), shown.spec.input

    assert on.live(use) == (sum(values), values)


def test_a_run_that_is_there_is_not_started(on: On) -> None:
    async def use(engine: There) -> Any:
        first = 1_767_225_600_000 + 43_200_000
        await engine.run(flows.notes, "then", id="daily-20260101T120000Z")
        await engine.schedules.create("daily", Spec(times=DAYS, workflow="notes", input="then"))
        day = 86_400_000
        await engine.schedules.backfill("daily", from_ms=first, until_ms=first + 2 * day)
        return await ended(engine, 2)

    assert on.live(use) == ["daily-20260101T120000Z", "daily-20260102T120000Z"]
    assert flows.DONE == ["then"] * 2
