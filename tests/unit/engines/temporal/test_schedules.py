"""What is Temporal's own about schedules: what it cannot have, what it keeps, who may see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.service import RPCError
from tests.temporal_server import Server, server
from tests.unit.engines.temporal import calendar_flows as flows
from tests.unit.engines.temporal.test_killed_workers import Shop
from tests.unit.engines.temporal.test_sealing import _texts

import tarl
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.temporal.runtime import TemporalRuntime
from tarl.engines.temporal.scheduled import start_of, starter_id, temporal_id, triggered_at
from tarl.errors import TarlError
from tarl.kernel.limits import Limits
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.times import Cron, Every

SECOND = Every(every_ms=1_000)
DAILY = Cron(expression="0 12 * * *")
NOON_MS = 1_767_268_800_000  # 2026-01-01
DAY_MS = 86_400_000
LONG_S = 90.0


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=14) as running:
        yield running


def with_engine(
    temporal: Server, path: Path, use: Callable[[TemporalRuntime], Awaitable[Any]], **more: Any
) -> Any:
    """What ``use`` gives, for an engine without workers."""

    async def live() -> Any:
        async with tarl.open(path, workflows=[flows.stamps, flows.adds], **more) as runtime:
            namespace = temporal.namespace()
            engine = await tarl.connect_temporal(runtime, temporal.address, namespace=namespace)
            return await asyncio.wait_for(use(engine), LONG_S)

    return asyncio.run(live())


async def code_of(asked: Awaitable[Any]) -> str:
    with pytest.raises(TarlError) as refused:
        await asked
    return refused.value.code


@pytest.mark.parametrize(
    "spec", [Spec(times=DAILY, workflow="any"), Spec(times=SECOND, workflow="any")]
)
@pytest.mark.parametrize(
    "asked_ms", [NOON_MS, NOON_MS + 1, NOON_MS + 4_294_967_295, NOON_MS + (1 << 32), NOON_MS + 999]
)
def test_a_trigger_is_told_to_the_millisecond(spec: Spec, asked_ms: int) -> None:
    at_ms = triggered_at(asked_ms)
    assert at_ms % 1000 == 0
    for began_ms in (asked_ms - 3_000_000, asked_ms, asked_ms + 40 * DAY_MS):
        start = start_of(spec, scheduled_ms=at_ms, started_ms=began_ms)
        assert start == (asked_ms, asked_ms, "trigger")


def test_a_time_that_is_not_the_schedules_own_was_asked_for() -> None:
    spec = Spec(times=DAILY, workflow="any")
    assert start_of(spec, scheduled_ms=NOON_MS, started_ms=NOON_MS).cause == "due"
    assert start_of(spec, scheduled_ms=NOON_MS + 1000, started_ms=NOON_MS).cause == "trigger"


def test_what_temporal_cannot_have_is_refused_when_it_is_created(
    temporal: Server, tmp_path: Path
) -> None:
    async def use(engine: TemporalRuntime) -> list[str]:
        create = engine.schedules.create
        plain = {"workflow": "stamps", "input": "x"}
        night = Cron(expression="30 2 * * *", zone="Europe/Berlin")
        codes = [
            await code_of(create("a", Spec(times=night, **plain))),
            await code_of(create("b", Spec(times=DAILY, jitter_ms=1, **plain))),
            await code_of(create("c", Spec(times=Every(every_ms=500), **plain))),
            await code_of(create("d", Spec(times=DAILY, workflow="nobody_knows_it"))),
            await code_of(create("e", Spec(times=DAILY, workflow="adds", input="no numbers"))),
        ]
        bounded = Spec(times=DAILY, start_at_ms=NOON_MS + 400 * DAY_MS, **plain)
        await create("f", bounded)
        early = engine.schedules.backfill("f", from_ms=NOON_MS, until_ms=NOON_MS + 1)
        codes.append(await code_of(early))
        assert [one.schedule_id async for one in engine.schedules.ls(tenant="default")] in (
            [],
            ["f"],
        )
        return codes

    assert with_engine(temporal, tmp_path / "t.db", use) == [
        "temporal.unmappable",
        "temporal.unmappable",
        "temporal.unmappable",
        "workflow.unknown",
        "workflow.input",
        "temporal.unmappable",
    ]


@pytest.mark.parametrize("sealed", [True, False])
def test_what_temporal_keeps_of_a_sealed_tenants_schedule_says_nothing(
    temporal: Server, tmp_path: Path, sealed: bool
) -> None:
    Keyring().ensure().make_tenant_key("default")

    async def use(engine: TemporalRuntime) -> tuple[str, str, str]:
        spec = Spec(times=DAILY, workflow="stamps", input="xyzzy")
        await engine.schedules.create("s", spec)
        await engine.schedules.pause("s", note="xyzzy is away")
        found = await engine.schedules.get("s")
        handle = engine.client.get_schedule_handle(temporal_id("default", "s"))
        kept = MessageToJson((await handle.describe()).raw_description)
        return "\n".join(_texts(json.loads(kept))), found.spec.input, found.note

    kept, input, note = with_engine(temporal, tmp_path / "t.db", use, sealed=sealed)
    assert "tarl.scheduled" in kept
    assert ("xyzzy" in kept) is not sealed
    assert (input, note) == ("xyzzy", "xyzzy is away")


def test_a_schedule_whose_key_is_gone_is_shown_without_its_content(
    temporal: Server, tmp_path: Path
) -> None:
    keyring = Keyring().ensure()
    keyring.make_tenant_key("default")

    async def use(engine: TemporalRuntime) -> tuple[Any, str, Any, str]:
        spec = Spec(times=DAILY, workflow="stamps", input="xyzzy")
        await engine.schedules.create("s", spec)
        await engine.schedules.pause("s", note="xyzzy is away")
        keyring.destroy_tenant_key("default")
        found = await engine.schedules.get("s")
        refused = await code_of(engine.schedules.backfill("s", from_ms=0, until_ms=NOON_MS))
        await engine.schedules.delete("s")
        return found.spec, found.note, found.status, refused

    assert with_engine(temporal, tmp_path / "t.db", use, sealed=True) == (
        None,
        "",
        "paused",
        "journal.erased",
    )


def test_a_large_input_is_kept_in_the_journal(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> tuple[int, Any]:
        spec = Spec(times=DAILY, workflow="adds", input=list(range(6_000)))
        await engine.schedules.create("s", spec)
        handle = engine.client.get_schedule_handle(temporal_id("default", "s"))
        kept = (await handle.describe()).raw_description.ByteSize()
        return kept, (await engine.schedules.get("s")).spec == spec

    limits = Limits(inline_bytes_max=1_000)
    kept, is_same = with_engine(temporal, tmp_path / "t.db", use, limits=limits)
    assert kept < 3_000
    assert is_same


def test_a_tenant_sees_and_changes_its_own_only(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> Any:
        namespace = engine.client.namespace
        mine = Spec(times=DAILY, workflow="stamps", input="x")
        await engine.schedules.create("theirs", mine, tenant="other")
        async with tarl.open(tmp_path / "t.db", workflows=[flows.stamps], tenant="acme") as runtime:
            acme = await tarl.connect_temporal(runtime, temporal.address, namespace=namespace)
            await acme.schedules.create("ours", mine)
            while len([one async for one in engine.schedules.ls()]) < 2:
                await asyncio.sleep(0.05)
            listed = [one.schedule_id async for one in acme.schedules.ls()]
            return listed, [
                await code_of(acme.schedules.get("theirs", tenant="other")),
                await code_of(acme.schedules.trigger("theirs", tenant="other")),
                await code_of(acme.schedules.delete("theirs", tenant="other")),
                await code_of(acme.schedules.create("new", mine, tenant="other")),
            ]

    listed, codes = with_engine(temporal, tmp_path / "t.db", use)
    assert listed == ["ours"]
    assert codes == ["schedule.missing", *["tenant.denied"] * 3]


def test_a_run_of_the_other_engine_is_not_started_again(temporal: Server, tmp_path: Path) -> None:
    name = "daily-20260101T120000Z"

    async def use(engine: TemporalRuntime) -> Any:
        async with tarl.open(tmp_path / "t.db", workflows=[flows.adds]) as embedded:
            await embedded.run(flows.adds, [1, 2], id=name)
        spec = Spec(times=DAILY, workflow="adds", input=[1, 2])
        async with engine.working(workflows=[flows.adds]):
            await engine.schedules.create("daily", spec)
            await engine.schedules.backfill("daily", from_ms=NOON_MS, until_ms=NOON_MS + 2 * DAY_MS)
            starter = f"{starter_id('default', 'daily')}-2026-01-01T12:00:00Z"
            while True:
                with suppress(RPCError):  # it has not begun
                    return await engine.client.get_workflow_handle(starter).result()
                await asyncio.sleep(0.05)

    assert with_engine(temporal, tmp_path / "t.db", use) == {"run": name, "status": "exists"}


class Stopped(SystemClock):
    """A clock on which all is asked for at one moment."""

    def __init__(self) -> None:
        super().__init__()
        self._at_ms = super().now_ms()

    def now_ms(self) -> int:
        return self._at_ms


def test_what_several_ask_for_at_once_is_all_done(temporal: Server, tmp_path: Path) -> None:
    path, clock, namespace = tmp_path / "t.db", Stopped(), temporal.namespace()

    async def triggers(name: str) -> None:
        async with tarl.open(path, clock=clock) as runtime:
            engine = await tarl.connect_temporal(runtime, temporal.address, namespace=namespace)
            for _ in range(4):
                await engine.schedules.trigger(name, overlap="allow_all")

    async def use() -> None:
        async with tarl.open(path, workflows=[flows.adds]) as runtime:
            engine = await tarl.connect_temporal(runtime, temporal.address, namespace=namespace)
            await engine.schedules.create("s", Spec(times=DAILY, workflow="adds", input=[1]))
            async with engine.working(workflows=[flows.adds]):
                await asyncio.gather(triggers("s"), triggers("s"))
                while (await engine.schedules.get("s")).fired < 8:
                    await asyncio.sleep(0.05)
                while runtime.journal.count("run", {"status": "completed"}) < 8:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.5)
                assert (await engine.schedules.get("s")).fired == 8
                assert runtime.journal.count("run") == 8

    asyncio.run(asyncio.wait_for(use(), LONG_S))


@pytest.mark.crash
def test_a_worker_that_is_killed_loses_no_time(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Shop(temporal, tmp_path)
    monkeypatch.setattr("tests.unit.engines.temporal.test_killed_workers.shop", flows)

    async def use() -> list[str]:
        async with tarl.open(place.db, workflows=[flows.stamps]) as runtime:
            engine: TemporalRuntime = await tarl.connect_temporal(
                runtime, place.address, namespace=place.namespace
            )
            first = place.add_worker()
            spec = Spec(times=SECOND, workflow="stamps", input="s", overlap="allow_all", runs_max=8)
            await engine.schedules.create("often", spec)
            await place.until(lambda: len(place.done()) >= 2)
            first.kill()
            first.wait()
            await asyncio.sleep(3)
            place.add_worker()
            ended: list[str] = []
            while len(ended) < 8:
                await asyncio.sleep(0.1)
                found = runtime.journal.scan("run", {"status": "completed"})
                ended = sorted(record["workflow_id"] for record in found)
            return ended

    try:
        ended = asyncio.run(asyncio.wait_for(use(), LONG_S))
    finally:
        for worker in place.workers:
            worker.kill()
            worker.wait()
    times = [int(name[-3:-1]) for name in ended]
    assert [(b - a) % 60 for a, b in pairwise(times)] == [1] * 7


@pytest.mark.crash
def test_a_server_that_is_killed_loses_no_time(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SHOP", str(tmp_path))

    async def use(running: Server) -> list[str]:
        async with tarl.open(tmp_path / "t.db", workflows=[flows.stamps]) as runtime:
            engine = await tarl.connect_temporal(runtime, running.address)
            async with engine.working(workflows=[flows.stamps]):
                spec = Spec(
                    times=SECOND, workflow="stamps", input="s", overlap="allow_all", runs_max=8
                )
                await engine.schedules.create("often", spec)
                while runtime.journal.count("run") < 2:
                    await asyncio.sleep(0.05)
                running.kill()
                await asyncio.sleep(3)
                await asyncio.to_thread(running.start)
                while runtime.journal.count("run", {"status": "completed"}) < 8:
                    await asyncio.sleep(0.1)
                return sorted(r["workflow_id"] for r in runtime.journal.scan("run"))

    with server(tmp_path / "temporal.db") as running:
        ended = asyncio.run(asyncio.wait_for(use(running), LONG_S))
    times = [int(name[-3:-1]) for name in ended]
    assert [(b - a) % 60 for a, b in pairwise(times)] == [1] * 7
