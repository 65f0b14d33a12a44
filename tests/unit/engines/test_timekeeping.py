"""Timers and schedules over a real runtime, on jumping time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl import Context, activity, workflow
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.embedded.starting import RuntimeStarter
from tarl.engines.embedded.timekeeping import keep_time
from tarl.errors import Conflict, Invalid
from tarl.testing.clock import JumpingClock, run
from tarl.work.schedules.ledger import Schedules
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.starting import Wanted
from tarl.work.schedules.times import Every
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import Request, Timers

START_MS = 1_767_225_600_000


@activity
def double(number: int) -> int:
    return 2 * number


@workflow
async def doubling(ctx: Context, number: int) -> int:
    return await ctx.call(double, number)


@workflow
async def long(ctx: Context) -> str:
    await ctx.sleep(3_600)
    return "late"


@asynccontextmanager
async def kept(path: Path, clock: JumpingClock, **options: Any) -> AsyncIterator[Runtime]:
    async with tarl.open(path, clock=clock, workflows=[doubling, long], **options) as runtime:
        keeping = asyncio.create_task(keep_time(runtime, poll_s=0.1))
        try:
            yield runtime
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


def statuses(runtime: Runtime) -> list[str]:
    records = runtime.journal.scan("run", order_by="workflow_id")
    return [record["status"] for record in records]


def test_a_schedule_runs_workflows(tmp_path: Path) -> None:
    clock = JumpingClock(start_ms=START_MS)

    async def main() -> None:
        async with kept(tmp_path / "j.db", clock) as runtime:
            schedules = Schedules(runtime.journal, clock=clock)
            spec = Spec(times=Every(every_ms=60_000), workflow="doubling", input=21)
            schedules.create("s", spec)
            await asyncio.sleep(150)
            assert await runtime.resume("s-20260101T000100Z") == 42
            assert statuses(runtime) == ["completed"] * 3

    run(main(), clock=clock)


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        ("skip", ["running"]),
        ("buffer_one", ["running"]),
        ("allow_all", ["running", "running", "running"]),
        ("cancel_other", ["cancelled", "cancelled", "running"]),
        ("terminate_other", ["terminated", "terminated", "running"]),
    ],
)
def test_overlap_policies_on_real_runs(tmp_path: Path, overlap: Any, expected: list[str]) -> None:
    clock = JumpingClock(start_ms=START_MS)

    async def main() -> None:
        async with kept(tmp_path / "j.db", clock) as runtime:
            schedules = Schedules(runtime.journal, clock=clock)
            spec = Spec(times=Every(every_ms=60_000), workflow="long", overlap=overlap)
            schedules.create("s", spec)
            await asyncio.sleep(150)
            assert statuses(runtime) == expected

    run(main(), clock=clock)


def test_a_start_is_on_disk_and_done_once(tmp_path: Path) -> None:
    clock = JumpingClock(start_ms=START_MS)

    async def main() -> None:
        async with tarl.open(tmp_path / "j.db", clock=clock, workflows=[doubling, long]) as runtime:
            starter = RuntimeStarter(runtime)
            assert starter.knows("doubling")
            assert not starter.knows("no workflow of this name")
            wanted = Wanted("long", None, "x", "acme")
            await starter.start(wanted)
            assert runtime.journal.head("run/acme/x/1") is not None
            await starter.start(wanted)
            assert runtime.journal.count("run") == 1
            assert starter.is_running("acme", "x")
            assert not starter.is_running("default", "x")
            with pytest.raises(Conflict):
                await starter.start(wanted._replace(workflow="doubling"))
            with pytest.raises(Invalid):
                await starter.start(Wanted("doubling", "no number", "y", "acme"))
            await starter.cancel("acme", "x", reason="enough")
            await starter.cancel("acme", "x", reason="enough")
            await asyncio.sleep(1)
            assert not starter.is_running("acme", "x")
            assert starter.has_begun("acme", "x")
            await starter.terminate("acme", "x", reason="twice")
            await starter.cancel("acme", "nobody", reason="twice")

    run(main(), clock=clock)


def test_sealed_timers_and_schedules_end_with_their_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = JumpingClock(start_ms=START_MS)
    keys = Keyring(tmp_path / "keys")
    keys.init()
    keys.make_tenant_key("acme")
    called: list[Due] = []
    handlers = Handlers()
    handlers.register(lambda due: called.append(due), name="ring")

    async def main() -> None:
        options: dict[str, Any] = {"keyring": keys, "sealed": True}
        async with tarl.open(
            tmp_path / "j.db", clock=clock, workflows=[doubling], **options
        ) as runtime:
            timers = Timers(runtime.journal, clock=clock)
            schedules = Schedules(runtime.journal, clock=clock)
            keeping = asyncio.create_task(keep_time(runtime, handlers=handlers, poll_s=0.1))
            for timer_id, delay_ms in (("a", 1_000), ("b", 600_000)):
                timers.set(
                    Request(
                        timer_id=timer_id,
                        handler="ring",
                        delay_ms=delay_ms,
                        payload="secret",
                        tenant="acme",
                    )
                )
            spec = Spec(times=Every(every_ms=60_000), workflow="doubling", input=4_711)
            schedules.create("s", spec, tenant="acme")
            await asyncio.sleep(61)
            assert [due.payload for due in called] == ["secret"]
            assert schedules.get("s", tenant="acme").state.fired == 2
            keys.destroy_tenant_key("acme")
            await asyncio.sleep(700)
            assert not keeping.done()  # the others' go on
            assert len(called) == 1
            assert schedules.get("s", tenant="acme").spec is None
            keeping.cancel()

    run(main(), clock=clock)
    assert "its key is gone" in caplog.text
    disk = b"".join(file.read_bytes() for file in tmp_path.glob("j.db*"))
    assert b"secret" not in disk
    assert b"4711" not in disk
