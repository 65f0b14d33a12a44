"""tarl's own engine behind the port: lists, histories, what is open, schedules; a process of
its own where somebody else drives the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import tarl
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.errors import Conflict, Invalid, Missing, RunFailed
from tarl.kernel import events
from tarl.kernel.engine import EnginePort, Moment, OpenTimer, open_timers
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.times import Every


@tarl.workflow
async def port_sits(ctx: tarl.Context, n: int) -> int:
    await ctx.wait_for_signal("go")
    return n


@tarl.workflow
async def port_hurries(ctx: tarl.Context, n: int) -> int:
    return n


@tarl.workflow
async def port_minds(ctx: tarl.Context) -> list[Any]:
    """Two children and two timers, one of each over."""
    over, still = ctx.child(port_hurries, 1), ctx.child(port_sits, 2, id="still")
    await over
    await ctx.sleep(0.01)
    timer = asyncio.create_task(ctx.sleep(3_600))
    await ctx.wait_for_signal("go")
    timer.cancel()
    return [await still]


@tarl.activity
def port_weighs(text: str) -> int:
    return len(text)


@tarl.workflow
async def port_confides(ctx: tarl.Context, n: int) -> int:
    """Gives a step a text that is too long for an event."""
    weight = await ctx.call(port_weighs, "x" * n)
    ctx.on_query("weight", lambda: weight)
    return weight


Use = Callable[[EnginePort], Awaitable[Any]]


def talking(folder: Path, use: Use, **options: Any) -> Any:
    async def live() -> Any:
        async with tarl.open(folder / "t.db", **options) as runtime:
            return await asyncio.wait_for(use(EmbeddedEngine(runtime)), 20)

    return asyncio.run(live())


async def moments(engine: EnginePort, run: str) -> list[Moment]:
    return [each async for each in engine.history(run)]


async def until_open(engine: EnginePort, run: str) -> None:
    """Wait until the long timer of ``port_minds`` is set."""
    while not any(b"3600000" in each.body for each in await moments(engine, run)):
        await asyncio.sleep(0.01)


def test_runs_are_listed_the_newest_first(tmp_path: Path) -> None:
    async def use(engine: EnginePort) -> Any:
        for id, workflow in (("a", port_hurries), ("b", port_sits), ("c", port_hurries)):
            await engine.start(workflow, 1, id=id)
            await asyncio.sleep(0.005)
        await engine.result("a")
        await engine.result("c")

        async def ids(**asked: Any) -> list[str]:
            return [each.run.workflow_id async for each in engine.list(**asked)]

        both = [await ids(), await ids(limit=2)]
        (sitting,) = [each async for each in engine.list(status="running")]
        await engine.start(port_sits, 1, id="d")
        both.append(await ids(limit=1))
        return (
            both,
            await ids(workflow="port_hurries"),
            await ids(tenant="nobody"),
            (sitting.run.ref, sitting.workflow, sitting.status, sitting.ended_at_ms),
        )

    assert talking(tmp_path, use) == (
        [["c", "b", "a"], ["c", "b"], ["d"]],
        ["c", "a"],
        [],
        ("b/1", "port_sits", "running", None),
    )


@pytest.mark.parametrize("limit", [0, 10_001])
def test_a_list_is_bounded(tmp_path: Path, limit: int) -> None:
    async def use(engine: EnginePort) -> Any:
        return [each async for each in engine.list(limit=limit)]

    with pytest.raises(Invalid) as refused:
        talking(tmp_path, use)
    assert refused.value.code == "runs.limit"


def test_a_history_is_the_journals(tmp_path: Path) -> None:
    async def use(engine: EnginePort) -> Any:
        await engine.start(port_sits, 7, id="w")
        early = [each.kind for each in await moments(engine, "w")]
        await engine.signal("w", "go", "now")
        await engine.result("w")
        told = await moments(engine, "w")
        return early, [(each.seq, each.kind, each.body) for each in told][1:]

    assert talking(tmp_path, use) == (
        [events.RUN_STARTED],
        [
            (2, events.SIGNAL_RECEIVED, b'{"message":1,"name":"go","payload":"now"}'),
            (3, events.RUN_COMPLETED, b'{"result":7}'),
        ],
    )


def test_what_is_open(tmp_path: Path) -> None:
    async def use(engine: EnginePort) -> Any:
        await engine.start(port_minds, id="w")
        await until_open(engine, "w")
        (timer,), (child,) = await engine.timers("w"), await engine.children("w")
        (set_at,) = [m.at_ms for m in await moments(engine, "w") if b"3600000" in m.body]
        await engine.signal("still", "go")
        await engine.signal("w", "go")
        await engine.result("w")
        over = await engine.timers("w"), await engine.children("w")
        return timer.due_at_ms - set_at, child.child, child.run.ref, child.workflow, over

    assert talking(tmp_path, use) == (3_600_000, 2, "still/1", "port_sits", ((), ()))


def test_a_run_that_has_ended_has_no_timer() -> None:
    told = [
        (events.TIMER_STARTED, b'{"delay_ms":5,"timer":0}'),
        (events.RUN_TERMINATED, b'{"reason":""}'),
    ]

    def left(count: int) -> Any:
        async def history() -> Any:
            for seq, (kind, body) in enumerate(told[:count], 1):
                yield Moment(seq=seq, at_ms=100, kind=kind, body=body)

        return asyncio.run(open_timers(history()))

    assert left(1) == (OpenTimer(timer=0, due_at_ms=105),)
    assert left(2) == ()


def test_a_history_that_is_erased_says_so(tmp_path: Path) -> None:
    async def use(engine: EnginePort) -> Any:
        return await engine.run(port_hurries, 1, id="w", tenant="acme")

    async def look(engine: EnginePort) -> Any:
        return await moments(engine, "acme/w/1")

    keys = Keyring(tmp_path / "keys").ensure()
    keys.make_tenant_key("acme")
    talking(tmp_path, use, keyring=keys, sealed=True)
    keys.destroy_tenant_key("acme")
    with pytest.raises(Missing) as gone:
        talking(tmp_path, look, keyring=keys, sealed=True)
    assert gone.value.code == "journal.erased"


def test_a_replay_says_how_far_it_came(tmp_path: Path) -> None:
    async def use(engine: EnginePort) -> Any:
        await engine.run(port_hurries, 1, id="w")
        report = await engine.replay("w")
        return report.run.ref, report.workflow, report.events, report.steps, report.status

    assert talking(tmp_path, use) == ("w/1", "port_hurries", 2, 0, "completed")


@pytest.mark.parametrize("sealed", [False, True])
def test_a_run_of_large_values_is_replayed_and_answers(tmp_path: Path, sealed: bool) -> None:
    async def use(engine: EnginePort) -> Any:
        await engine.run(port_confides, 300_000, id="w", tenant="acme")
        report = await engine.replay("acme/w")
        return report.steps, report.status, await engine.query("acme/w", "weight")

    keys = Keyring(tmp_path / "keys").ensure()
    keys.make_tenant_key("acme")
    assert talking(tmp_path, use, keyring=keys, sealed=sealed) == (1, "completed", 300_000)


def test_the_end_of_a_run_that_another_process_drives_is_waited_for(tmp_path: Path) -> None:
    async def live() -> Any:
        async with tarl.open(tmp_path / "t.db") as here, tarl.open(tmp_path / "t.db") as there:
            await EmbeddedEngine(there).start(port_sits, 3, id="w")
            there.engine.committer.flush()
            waiting = asyncio.create_task(EmbeddedEngine(here).result("w", port_sits))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await EmbeddedEngine(here).signal("w", "go")
            return await asyncio.wait_for(waiting, 20)

    assert asyncio.run(live()) == 3


def test_what_is_asked_about_no_run_is_refused(tmp_path: Path) -> None:
    async def use(engine: EnginePort) -> Any:
        said = []
        asked: list[Any] = [engine.result("x"), engine.timers("x"), engine.cancel("x/1")]
        for each in [*asked, moments(engine, "x/1"), engine.replay("x/1")]:
            with pytest.raises(Missing) as unknown:
                await each
            said.append(unknown.value.code)
        await engine.start(port_sits, 1, id="w")
        await engine.terminate("w", reason="enough")
        with pytest.raises(RunFailed):
            await engine.result("w")
        with pytest.raises(Conflict) as ended:
            await engine.cancel("w")
        return {*said}, ended.value.code

    assert talking(tmp_path, use) == ({"run.missing"}, "run.ended")


def test_schedules(tmp_path: Path) -> None:
    spec = Spec(times=Every(every_ms=3_600_000), workflow="port_hurries", input=1)

    async def use(engine: EnginePort) -> Any:
        ledger = engine.schedules
        said: list[Any] = []
        made = await ledger.create("s", spec)
        await ledger.create("t", spec, tenant="acme")
        said.append((made.tenant, made.status, made.spec.workflow, made.next_ms is not None))
        paused = await ledger.pause("s", note="feast")
        said.append((paused.status, paused.note, paused.next_ms))
        said.append((await ledger.trigger("s")).waiting)
        said.append((await ledger.resume("s")).status)
        said.append((await ledger.change("s", spec)).spec == spec)
        filled = await ledger.backfill("s", from_ms=0, until_ms=7_200_000)
        said.append(filled.waiting)
        said.append([each.schedule_id async for each in ledger.ls()])
        said.append([each.schedule_id async for each in ledger.ls(limit=1)])
        said.append([each.schedule_id async for each in ledger.ls(tenant="default")])
        await ledger.delete("s")
        with pytest.raises(Missing):
            await ledger.get("s")
        return said

    assert talking(tmp_path, use) == [
        ("default", "active", "port_hurries", True),
        ("paused", "feast", None),
        1,
        "active",
        True,
        3,
        ["t", "s"],
        ["t"],
        ["s"],
    ]
