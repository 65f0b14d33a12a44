"""What an engine says of runs: lists, histories, what is open; the same words on every engine."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines import flows
from tests.conformance.engines.both import told
from tests.conformance.engines.opening import There, live
from tests.temporal_server import Server, server

from tarl import ChildFailed, Context, workflow
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Denied, Invalid, Missing, RunFailed, TarlError, Unavailable
from tarl.kernel import events
from tarl.kernel.definition import Workflow
from tarl.kernel.engine import Cursor, EnginePort
from tarl.values.ids import RunId

SETTLE_S = 30.0
"""Within this time Temporal's lists know what has happened."""


@workflow
async def brings_up(ctx: Context) -> list[Any]:
    """One child after the other, the last one while a long timer and a short one are open."""
    first = await ctx.child(flows.small, 4)
    idle = ctx.child(flows.patient, id="idle")
    timer = asyncio.create_task(ctx.sleep(3_600))
    try:
        async with asyncio.timeout(7_200):
            await ctx.wait_for_signal("on")
    finally:
        timer.cancel()
    idle.cancel()
    return [first]


@workflow
async def goes_by_number(ctx: Context, n: int) -> int:
    ctx.on_query("n", lambda: n)
    await ctx.wait_for_signal("end")
    return n


@workflow
async def hears_why(ctx: Context) -> str:
    idle = ctx.child(flows.patient)
    await ctx.sleep(0.05)
    idle.cancel()
    try:
        await idle
    except ChildFailed as error:
        return str(error.message)
    return ""


@workflow
async def deaf(ctx: Context) -> None:
    """Takes its time over an update."""

    async def think(_: Any) -> None:
        await ctx.wait_for_signal("never")

    ctx.on_update("think", think)
    await ctx.wait_for_signal("end")


WORKFLOWS = [
    *(each for each in vars(flows).values() if isinstance(each, Workflow)),
    brings_up,
    goes_by_number,
    hears_why,
    deaf,
]

SAME: list[tuple[Any, Any]] = [
    (flows.sequential, 3),
    (flows.failing_step, None),
    (flows.retried, "told"),
    (flows.own_error, None),
    (flows.undone, None),
    (flows.paid, None),
    (flows.sleeps, None),
    (flows.patched, None),
    (flows.carries_much, None),
    (flows.first_of_several, None),
    (flows.asks_people, 0.05),
    (flows.times_out, None),
]
"""Workflows that fix the order of all that happens in them."""

Use = Callable[[Runtime, EnginePort], Awaitable[Any]]


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=20) as running:
        yield running


@pytest.fixture(params=["embedded", "temporal"])
def there(request: pytest.FixtureRequest) -> There:
    if request.param == "embedded":
        return None
    running: Server = request.getfixturevalue("temporal")
    return running.address, running.namespace()


def lived(there: There, path: Path, use: Use, **terms: Any) -> Any:
    flows.TRIES.clear()
    return live(there, path / "tarl.db", use, WORKFLOWS, **terms)


async def ids(engine: EnginePort, **asked: Any) -> list[str]:
    return [each.run.ref async for each in engine.list(**asked)]


async def list_is(engine: EnginePort, **told: int) -> None:
    """Wait until the list has so many runs of each status and no others."""

    async def settled() -> bool:
        return Counter([str(each.status) async for each in engine.list()]) == told

    await until(settled)


async def until(settled: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SETTLE_S):
        while not await settled():
            await asyncio.sleep(0.05)


def bare(history: list[tuple[str, bytes]]) -> list[tuple[str, Any]]:
    """A history without the name of who drives it."""
    read = [(kind, json.loads(body)) for kind, body in history]
    return [(kind, {k: v for k, v in body.items() if k != "engine"}) for kind, body in read]


# --- histories


def test_histories_are_the_same(temporal: Server, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        runs = [engine.run(each, given, id=each.name) for each, given in SAME]
        for ended in await asyncio.gather(*runs, return_exceptions=True):
            assert not isinstance(ended, Exception) or isinstance(ended, RunFailed), ended
        return {each.name: await told(engine, each.name) for each, _ in SAME}

    there = temporal.address, temporal.namespace()
    (tmp_path / "a").mkdir()
    inside, outside = lived(None, tmp_path / "a", use), lived(there, tmp_path, use)
    for name, history in inside.items():
        assert bare(outside[name]) == bare(history), name
        assert [b for _, b in outside[name][1:]] == [b for _, b in history[1:]], name  # to the byte
    assert b'"engine":"temporal"' in outside["sequential"][0][1]


def test_what_a_run_is_told_stands_in_its_history(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.talkative, id="w")
        await engine.update("w", "take", 3)
        await engine.update("w", "take_twice", 4)
        with pytest.raises(Conflict):
            await engine.update("w", "break_off", None)
        await engine.signal("w", "more", {"b": 1, "a": None})
        await engine.signal("w", "end")
        await handle.result()
        return (await told(engine, "w"))[1:]

    failed = b'{"error":{"message":"no such thing","type":"ValueError"}'
    assert lived(there, tmp_path, use) == [
        (events.UPDATE_ACCEPTED, b'{"message":1,"name":"take","payload":3}'),
        (events.UPDATE_COMPLETED, b'{"message":1,"result":1}'),
        (events.UPDATE_ACCEPTED, b'{"message":2,"name":"take_twice","payload":4}'),
        (events.STEP_SCHEDULED, b'{"activity":"double","args":[4],"step":1}'),
        (events.STEP_COMPLETED, b'{"result":8,"step":1}'),
        (events.UPDATE_COMPLETED, b'{"message":2,"result":[4,2]}'),
        (events.UPDATE_ACCEPTED, b'{"message":3,"name":"break_off","payload":null}'),
        (events.STEP_SCHEDULED, b'{"activity":"breaks","args":[],"step":2}'),
        (events.STEP_FAILED, failed + b',"step":2}'),
        (events.UPDATE_FAILED, failed + b',"message":3}'),
        (events.SIGNAL_RECEIVED, b'{"message":4,"name":"more","payload":{"a":null,"b":1}}'),
        (events.SIGNAL_RECEIVED, b'{"message":5,"name":"end","payload":null}'),
        (events.RUN_COMPLETED, b'{"result":[3,8]}'),
    ]


def test_a_run_that_is_cancelled_and_one_that_is_terminated(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        for name in ("c", "t"):
            await engine.start(flows.cleans_up, id=name)
            await until(lambda name=name: waits(engine, name))  # type: ignore[misc]
        await engine.cancel("c", reason="enough")
        await engine.terminate("t", reason="now")
        for name in ("c", "t"):
            with pytest.raises(RunFailed):
                await engine.result(name)
        return [(await told(engine, name))[3:] for name in ("c", "t")]

    async def waits(engine: EnginePort, run: str) -> bool:
        try:
            return bool(await engine.query(run, "charged"))
        except TarlError:
            return False

    cancelled, terminated = lived(there, tmp_path, use)
    assert cancelled[0] == (events.CANCEL_RECEIVED, b'{"message":1,"reason":"enough"}')
    assert cancelled[-1] == (events.RUN_CANCELLED, b'{"reason":"enough"}')
    assert [kind for kind, _ in cancelled[1:-1]] == [
        *(events.STEP_SCHEDULED, events.STEP_COMPLETED) * 2
    ]
    assert terminated == [(events.RUN_TERMINATED, b'{"reason":"now"}')]


def test_a_run_that_goes_on_has_a_history_for_each_number(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.goes_on, 1, id="w")
        await engine.signal("w", "kept", "later")
        await handle.result()
        return [await told(engine, RunId("default", "w", n)) for n in (1, 2, 3)]

    first, second, third = lived(there, tmp_path, use)
    assert [bare(each)[0][1]["input"] for each in (first, second, third)] == [1, 2, 3]
    for n, history in enumerate((first, second, third), 1):
        (asked,) = [body for kind, body in history if kind == events.STEP_SCHEDULED]
        assert asked == b'{"activity":"double","args":[%d],"step":1}' % n
    assert first[-1] == (events.RUN_CONTINUED, b'{"input":2}')
    kept = (events.SIGNAL_RECEIVED, b'{"message":1,"name":"kept","payload":"later"}')
    assert second[1] == third[1] == kept
    assert third[-1] == (events.RUN_COMPLETED, b'{"result":[3,6,"later"]}')


def test_moments_are_numbered_and_have_their_times(there: There, tmp_path: Path) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        before_ms = runtime.engine.clock.now_ms()
        await engine.run(flows.retried, "moments", id="w")
        return before_ms, [m async for m in engine.history("w")], runtime.engine.clock.now_ms()

    before_ms, moments, after_ms = lived(there, tmp_path, use)
    assert [m.seq for m in moments] == list(range(1, len(moments) + 1))
    times = [m.at_ms for m in moments]
    assert times == sorted(times)
    assert before_ms <= times[0]
    assert times[-1] <= after_ms


# --- what is open


def test_timers_and_children(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        await engine.start(brings_up, id="w")

        async def two_timers() -> bool:
            return len(await engine.timers("w")) == 2

        await until(two_timers)
        timers, (child,) = await engine.timers("w"), await engine.children("w")
        set_at = [m.at_ms async for m in engine.history("w") if m.kind == events.TIMER_STARTED]
        await engine.signal("w", "on")
        await engine.result("w")
        over = await engine.timers("w"), len(await engine.children("w"))
        due_in = [each.due_at_ms - at_ms for each, at_ms in zip(timers, set_at, strict=True)]
        return [t.timer for t in timers], sorted(due_in), child.run.ref, child.workflow, over

    assert lived(there, tmp_path, use) == (
        [1, 2],
        [3_600_000, 7_200_000],
        "idle/1",
        "patient",
        ((), 1),
    )


def test_a_cancelled_child_says_who_did_it(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        said = await engine.run(hears_why, id="w")
        history = await told(engine, "w")
        return said, [json.loads(b) for kind, b in history if kind == events.CHILD_FAILED]

    said, (failed,) = lived(there, tmp_path, use)
    assert said.endswith("(patient) cancelled: its parent w/1 cancelled it")
    assert failed["status"] == "cancelled"
    assert failed["error"]["message"] == "its parent w/1 cancelled it"


# --- lists


def test_runs_are_listed_by_when_they_started(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        await engine.start(goes_by_number, 1, id="long")
        for n in range(3):
            await asyncio.sleep(0.02)
            await engine.run(flows.small, n, id=f"short{n}")
        await asyncio.sleep(0.02)
        with pytest.raises(RunFailed):
            await engine.run(flows.small, -1, id="bad")
        await engine.start(flows.patient, id="open")
        await engine.signal("long", "end")
        await engine.result("long")  # the last to end, and the first that started
        await list_is(engine, running=1, completed=4, failed=1)
        return (
            await ids(engine),
            await ids(engine, limit=3),
            await ids(engine, status="completed", limit=2),
            await ids(engine, status="failed"),
            await ids(engine, workflow="small", limit=10),
            await ids(engine, workflow="no'thing"),
        )

    every = ["open/1", "bad/1", "short2/1", "short1/1", "short0/1", "long/1"]
    assert lived(there, tmp_path, use) == (
        every,
        every[:3],
        ["short2/1", "short1/1"],
        ["bad/1"],
        every[1:5],
        [],
    )


def test_a_list_goes_on_behind_its_last_run(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        started = [engine.start(flows.small, n, id=f"w{n}") for n in range(7)]
        for handle in await asyncio.gather(*started):
            await handle.result()
        await engine.start(flows.patient, id="open")
        await list_is(engine, running=1, completed=7)
        every = [each async for each in engine.list()]
        pages: list[list[str]] = []
        after: Cursor | None = None
        while True:
            page = [each async for each in engine.list(limit=3, after=after)]
            if not page:
                break
            pages.append([each.run.ref for each in page])
            after = Cursor.read(Cursor.behind(page[-1]).text)
            await engine.run(flows.small, 1, id=f"later{len(pages)}")
        last = Cursor.behind(every[2])
        few = [each.run.ref async for each in engine.list(status="completed", after=last)]
        return [each.run.ref for each in every], pages, few

    every, pages, few = lived(there, tmp_path, use)
    assert len(every) == 8
    assert [len(page) for page in pages] == [3, 3, 2]
    assert [run for page in pages for run in page] == every
    assert few == [run for run in every[3:] if run != "open/1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "W10",
        "WzEsInJ1bi9hL2IvMSIsMV0",
        "WyIxIiwicnVuL2EvYi8xIl0",
        "Wy0xLCJydW4vYS9iLzEiXQ",
        "WzEsIm5vYm9keSJd",
    ],
)
def test_what_no_page_gave_is_no_cursor(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Cursor.read(text)
    assert caught.value.code == "runs.cursor"


def test_a_listed_run_says_how_it_stands(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        handle = await engine.start(flows.goes_on, 1, id="w")
        await engine.signal("w", "kept", 1)
        await handle.result()
        await list_is(engine, continued=2, completed=1)
        return [each async for each in engine.list()]

    listed = lived(there, tmp_path, use)
    assert [(each.run.ref, each.status) for each in listed] == [
        ("w/3", "completed"),
        ("w/2", "continued"),
        ("w/1", "continued"),
    ]
    assert {each.workflow for each in listed} == {"goes_on"}
    assert all(each.started_at_ms <= each.ended_at_ms for each in listed)


def test_runs_of_one_tenant(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        for tenant in ("acme", "a'b c", "acme2"):
            await engine.run(flows.small, 1, id="w", tenant=tenant)
        await list_is(engine, completed=3)
        return await ids(engine, tenant="acme"), await ids(engine, tenant="a'b c")

    assert lived(there, tmp_path, use) == (["acme/w/1"], ["a%27b%20c/w/1"])


def test_who_acts_for_a_tenant_sees_and_tells_that_tenants_runs(
    there: There, tmp_path: Path
) -> None:
    async def by_operator(_: Runtime, engine: EnginePort) -> Any:
        for tenant in ("acme", "other"):
            await engine.run(flows.small, 1, id="w", tenant=tenant)
        await list_is(engine, completed=2)

    async def by_tenant(_: Runtime, engine: EnginePort) -> Any:
        seen: list[Any] = [await ids(engine), await ids(engine, tenant="other")]
        for tell in (engine.signal("other/w", "x"), engine.cancel("other/w/1")):
            with pytest.raises((Denied, Missing)):
                await tell
        for look in (told(engine, "other/w/1"), engine.query("other/w/1", "x")):
            with pytest.raises(Missing) as hidden:
                await look
            seen.append(hidden.value.code)
        with pytest.raises(Denied):
            await engine.start(flows.small, 1, id="v", tenant="other")
        return seen

    lived(there, tmp_path, by_operator)
    seen = lived(there, tmp_path, by_tenant, tenant="acme")
    assert seen == [["acme/w/1"], [], "run.missing", "run.missing"]


# --- replays, and talk


def test_a_replay_says_how_far_it_came(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        await engine.run(flows.sequential, 3, id="w")
        report = await engine.replay("w")
        return report.run.ref, report.workflow, report.steps, report.status

    assert lived(there, tmp_path, use) == ("w/1", "sequential", 3, "completed")


def test_a_run_of_a_number_is_meant_even_if_a_later_one_is_there(
    there: There, tmp_path: Path
) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        await engine.start(goes_by_number, 1, id="w")
        await engine.signal("w", "end")
        await engine.result("w")
        second = await engine.start(goes_by_number, 2, id="w", new_run=True)
        await until(lambda: _is_there(engine, "w/2"))
        said: list[Any] = [await engine.query(run, "n") for run in ("w/1", "w/2", "w")]
        for tell in (engine.signal("w/1", "end"), engine.terminate(RunId("default", "w", 1))):
            with pytest.raises(Conflict) as over:
                await tell
            said.append(over.value.code)
        history = [kind for kind, _ in await told(engine, "w/1")]
        await engine.signal("w/2", "end")
        return said, history[-1], await engine.result("w/1"), await second.result()

    async def _is_there(engine: EnginePort, run: str) -> bool:
        try:
            return bool(await engine.query(run, "n"))
        except TarlError:
            return False

    over = ["run.ended", "run.ended"]
    assert lived(there, tmp_path, use) == ([1, 2, 2, *over], events.RUN_COMPLETED, 1, 2)


def test_an_update_is_not_waited_for_for_ever(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        await engine.start(deaf, id="w")
        with pytest.raises(Unavailable) as late:
            await engine.update("w", "think", timeout_s=0.5)
        return late.value.code

    assert lived(there, tmp_path, use) == "update.no_answer"


def test_what_is_not_there_is_missing(there: There, tmp_path: Path) -> None:
    async def use(_: Runtime, engine: EnginePort) -> Any:
        said = []
        looks: list[Any] = [told(engine, "w"), told(engine, "w/3"), engine.timers("w")]
        for look in [*looks, engine.children("w"), engine.replay("w")]:
            with pytest.raises(Missing) as unknown:
                await look
            said.append(unknown.value.code)
        return {*said}, await ids(engine)

    assert lived(there, tmp_path, use) == ({"run.missing"}, [])
