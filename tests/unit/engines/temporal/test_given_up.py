"""Attempts given up while their worker stood still: what is done once is left to others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.temporal_server import Server, server

import tarl
from tarl import Context, activity, workflow
from tarl.engines.temporal import effects, steps
from tarl.engines.temporal.effects import OneStep
from tarl.engines.temporal.record import RunLog
from tarl.engines.temporal.runtime import TemporalRuntime, connect
from tarl.kernel import events

LONG_S = 60.0
STANDS_STILL_S = 8.0
DONE: list[str] = []


@activity(idempotent=False)
async def pays_once(amount: int) -> str:
    DONE.append(f"paid {amount}")
    return f"paid {amount}"


@activity(idempotent=False)
async def pays_slowly(amount: int) -> str:
    DONE.append(f"begins to pay {amount}")
    await asyncio.sleep(LONG_S)
    return f"paid {amount}"


@workflow
async def pays(ctx: Context, amount: int) -> str:
    return await ctx.call(pays_once, amount)


@workflow
async def pays_late(ctx: Context, amount: int) -> str:
    return await ctx.call(pays_slowly, amount)


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=4) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    DONE.clear()


def delay_counted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first question whether Temporal counts on an attempt take longer than a beat."""
    real, asked = effects._is_counted_on, list[bool]()

    async def late() -> bool:
        asked.append(True)
        if len(asked) == 1:
            await asyncio.sleep(LONG_S)
        return await real()

    monkeypatch.setattr(effects, "_is_counted_on", late)


def delay_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker stand still once the first intent is on disk, before the attempt knows."""
    real, asked = RunLog.add, list[bool]()

    async def late(log: RunLog, choose: Any) -> int:
        recorded = await real(log, choose)
        asked.append("_record_intent" in choose.__qualname__)
        if asked.count(True) == asked[-1] == 1:
            time.sleep(STANDS_STILL_S)
            await asyncio.sleep(3)
        return recorded

    monkeypatch.setattr(RunLog, "add", late)


def kinds(engine: TemporalRuntime) -> list[str]:
    stored = engine.engine.store.read("run/default/w/1")
    return [event.kind for event in stored if event.kind.startswith("step.")]


# Temporal may answer a beat of this worker's, made late, after the attempt has ended.
@pytest.mark.filterwarnings("ignore:Cannot find activity to cancel")
@pytest.mark.parametrize("learns", ["asked", "told", "told while it is recorded"])
def test_an_attempt_that_was_given_up_before_it_began_leaves_it_to_the_next(
    learns: str, temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt learns it from the answer to its question, or is told before that comes."""
    monkeypatch.setattr(steps, "LOST_AFTER", timedelta(seconds=3))
    if learns == "told":
        delay_counted_on(monkeypatch)
    if learns == "told while it is recorded":
        delay_recording(monkeypatch)
    real, done_when_begun = OneStep._record_intent, list[list[str]]()

    async def standing_still(one: OneStep, *args: Any) -> None:
        done_when_begun.append(list(DONE))
        await real(one, *args)
        if len(done_when_begun) == 1 and learns != "told while it is recorded":
            time.sleep(STANDS_STILL_S)

    monkeypatch.setattr(OneStep, "_record_intent", standing_still)

    async def use() -> Any:
        async with tarl.open(tmp_path / "t.db", workflows=[pays]) as runtime:
            engine = await connect(runtime, temporal.address, namespace=temporal.namespace())
            async with engine.working(workflows=[pays], activities=[pays_once]):
                result = await asyncio.wait_for(engine.run(pays, 5, id="w"), LONG_S)
            return result, kinds(engine)

    said, recorded = asyncio.run(use())
    assert said == "paid 5"
    assert DONE == ["paid 5"]
    assert done_when_begun == [[], []]
    assert recorded == [
        events.STEP_SCHEDULED,
        events.STEP_RETRY_ALLOWED,
        events.STEP_RETRIED,
        events.STEP_COMPLETED,
    ]


def test_a_worker_that_is_stopped_in_the_middle_leaves_it_undecided(
    temporal: Server, tmp_path: Path
) -> None:
    async def use() -> Any:
        async with tarl.open(tmp_path / "t.db", workflows=[pays_late]) as runtime:
            engine = await connect(runtime, temporal.address, namespace=temporal.namespace())
            working = {"workflows": [pays_late], "activities": [pays_slowly]}
            async with engine.working(**working):
                handle = await engine.start(pays_late, 6, id="w")
                while not DONE:
                    await asyncio.sleep(0.02)
            recorded = kinds(engine)
            async with engine.working(**working):
                while not await is_undecided(engine):
                    await asyncio.sleep(0.1)
                runtime.resolve("w", step=1, result="paid 6 by hand")
                return recorded, await asyncio.wait_for(handle.result(), LONG_S)

    recorded, result = asyncio.run(use())
    assert recorded == [events.STEP_SCHEDULED]
    assert (result, DONE) == ("paid 6 by hand", ["begins to pay 6"])


async def is_undecided(engine: TemporalRuntime) -> bool:
    """Whether Temporal shows a step that waits for somebody's decision."""
    described = await engine.client.get_workflow_handle("default/w").describe()
    pending = described.raw_description.pending_activities
    return "UnknownOutcome" in [each.last_failure.application_failure_info.type for each in pending]
