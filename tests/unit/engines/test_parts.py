"""What attempts give before their results are whole: recorded, bounded, and read by no replay."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

import tarl
from tarl import Context, activity, workflow
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Invalid
from tarl.kernel import attempt as kernel_attempt


@activity
async def tells(count: int) -> str:
    for n in range(count):
        tarl.emit(f"part {n};")
        await asyncio.sleep(0)
    return "whole"


@activity
def tells_from_a_thread(count: int) -> str:
    for n in range(count):
        tarl.emit({"n": n})
    return "whole"


@activity
async def never_ends() -> None:
    while True:
        tarl.emit("x" * 1_000)
        await asyncio.sleep(0)


@activity
async def hangs() -> None:
    tarl.emit("first")
    await asyncio.Event().wait()


@workflow
async def telling(ctx: Context, count: int) -> list[str]:
    return [await ctx.call(tells, count), await ctx.call(tells_from_a_thread, count)]


@workflow
async def endless(ctx: Context) -> str:
    try:
        await ctx.call(never_ends)
    except tarl.ActivityFailed as error:
        return error.message
    return "ended"


@workflow
async def hanging(ctx: Context) -> None:
    await ctx.call(hangs)


def parts(runtime: Runtime, id: str) -> list[tuple[int, object]]:
    told = []
    for event in runtime.journal.read(f"parts/default/{id}/1"):
        assert event.kind == "step.parts/1"
        assert event.body is not None
        body = msgspec.json.decode(event.body)
        assert body["attempt"] == 1
        told += [(body["step"], part) for part in body["parts"]]
    return told


def test_parts_are_recorded_in_order_beside_the_run(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[telling]) as runtime:
            await runtime.run(telling, 3, id="it")
        async with tarl.open(tmp_path / "t.db", workflows=[telling]) as runtime:
            assert parts(runtime, "it") == [
                *((1, f"part {n};") for n in range(3)),
                *((2, {"n": n}) for n in range(3)),
            ]
            kinds = {event.kind for event in runtime.journal.read("run/default/it/1")}
            assert "step.parts/1" not in kinds

    asyncio.run(act())


def test_parts_are_seen_while_the_step_is_under_way(tmp_path: Path) -> None:
    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[hanging]) as runtime:
            handle = await runtime.start(hanging, id="it")
            while not parts(runtime, "it"):
                await asyncio.sleep(0.01)
            runtime.terminate("default/it/1")
            with pytest.raises(tarl.TarlError):
                await handle.result()

    asyncio.run(act())


def test_what_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_attempt, "PARTS_BYTES_MAX", 50_000)

    async def act() -> None:
        async with tarl.open(tmp_path / "t.db", workflows=[endless]) as runtime:
            said = await runtime.run(endless, id="it")
            assert "more than 50000 bytes" in said
            assert len(parts(runtime, "it")) <= 50

    asyncio.run(act())


def test_a_part_outside_an_activity_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        tarl.emit("nobody")
    assert refused.value.code == "activity.outside"
