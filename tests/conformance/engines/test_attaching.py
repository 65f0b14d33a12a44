"""A child with an id of its own attaches to the run of that id, on every engine: the same result,
nothing done again, and whoever began the run keeps it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines.opening import There, Use, live
from tests.temporal_server import Server, server

from tarl import ChildFailed, Context, activity, workflow
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, RunFailed
from tarl.kernel import events
from tarl.kernel.engine import EnginePort

DONE: list[Any] = []
LARGE = 40_000


@activity
async def packs_up(n: int) -> int:
    DONE.append(n)
    return n * 2


@workflow
async def packed(ctx: Context, n: int) -> int:
    weight = await ctx.call(packs_up, n)
    added: int = await ctx.wait_for_signal("more")
    return weight + added


@workflow
async def packed_otherwise(ctx: Context, n: int) -> int:
    return await ctx.call(packs_up, n)


@workflow
async def carries_large(ctx: Context, text: str) -> str:
    await ctx.call(packs_up, len(text))
    return text


@workflow
async def asks_for(ctx: Context, wanted: list[Any]) -> list[Any]:
    """Wait for children: each a kind, an id and an input."""
    kinds = {"packed": packed, "otherwise": packed_otherwise, "large": carries_large}
    said: list[Any] = []
    for kind, id, given in wanted:
        try:
            said.append(await ctx.child(kinds[kind], given, id=id))
        except ChildFailed as error:
            said.append([error.type, error.status])
    return said


@workflow
async def stops_another(ctx: Context) -> list[Any]:
    other = ctx.child(packed, 1, id="shared")
    await ctx.wait_for_signal("stop")
    other.cancel()
    try:
        await other
    except ChildFailed as error:
        return [error.type, error.status, error.message]
    return []


@workflow
async def leaves(ctx: Context) -> str:
    ctx.child(packed, 1, id="shared")
    await ctx.wait_for_signal("leave")
    return "left"


@workflow
async def waits_for(ctx: Context, id: str) -> list[Any]:
    await ctx.wait_for_signal("go")
    other = "a" if id == "b" else "b"
    try:
        return [await ctx.child(waits_for, other, id=id)]
    except ChildFailed as error:
        return [error.type, error.status]


RING = {"a": "b", "b": "c", "c": "a"}


@workflow
async def waits_for_the_next(ctx: Context, id: str) -> list[Any]:
    await ctx.wait_for_signal("go")
    try:
        return [await ctx.child(waits_for_the_next, RING[id], id=RING[id])]
    except ChildFailed as error:
        return [error.type, error.status]


@workflow
async def goes_down(ctx: Context, depth: int) -> list[Any]:
    try:
        below: list[Any] = await ctx.child(goes_down, depth + 1)
    except ChildFailed as error:
        return [depth, error.type]
    return below


FLOWS = [packed, packed_otherwise, carries_large, asks_for, stops_another, leaves, waits_for]
FLOWS += [waits_for_the_next, goes_down]


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=12) as running:
        yield running


class On:
    def __init__(self, there: There, path: Path) -> None:
        self.there = there
        self._path = path

    def live(self, use: Use) -> Any:
        return live(self.there, self._path, use, FLOWS)


@pytest.fixture(params=["embedded", "temporal"])
def on(request: pytest.FixtureRequest, tmp_path: Path) -> On:
    DONE.clear()
    if request.param == "embedded":
        return On(None, tmp_path / "t.db")
    running: Server = request.getfixturevalue("temporal")
    return On((running.address, running.namespace()), tmp_path / "t.db")


async def until_packed(times: int = 1) -> None:
    while len(DONE) < times:
        await asyncio.sleep(0.02)


def test_it_attaches_to_a_run_that_is_under_way_and_to_one_that_has_ended(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        first = await engine.start(packed, 1, id="shared")
        await until_packed()
        parent = await engine.start(asks_for, [["packed", "shared", 1]] * 2, id="p")
        await asyncio.sleep(0.3)
        await engine.signal("shared", "more", 5)
        later = await engine.run(asks_for, [["packed", "shared", 1]], id="q")
        return await first.result(), await parent.result(), later

    assert on.live(use) == (7, [7, 7], [7])
    assert DONE == [1]


def test_of_parents_that_ask_for_the_same_one_begins_it(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        parents = [
            await engine.start(asks_for, [["packed", "shared", 1]], id=f"p{n}") for n in range(3)
        ]
        await until_packed()
        await engine.signal("shared", "more", 5)
        return [await parent.result() for parent in parents]

    assert on.live(use) == [[7], [7], [7]]
    assert DONE == [1]


def test_it_attaches_to_no_other_workflow_and_no_other_input(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        await engine.start(packed, 1, id="shared")
        await engine.run(packed_otherwise, 3, id="over")
        wanted = [["otherwise", "shared", 1], ["packed", "shared", 2], ["otherwise", "over", 4]]
        return await engine.run(asks_for, wanted, id="p")

    assert on.live(use) == [["run.exists", "refused"]] * 3
    assert sorted(DONE) == [1, 3]


def test_it_attaches_by_a_large_input(on: On) -> None:
    text = "x" * LARGE

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        await engine.run(carries_large, text, id="shared")
        return await engine.run(asks_for, [["large", "shared", text]], id="p")

    assert on.live(use) == [text]
    assert DONE == [LARGE]


def test_who_attached_may_stop_it(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        first = await engine.start(packed, 1, id="shared")
        await until_packed()
        parent = await engine.start(stops_another, id="p")
        await asyncio.sleep(0.5)
        await engine.signal("p", "stop")
        said = await parent.result()
        with pytest.raises(RunFailed) as stopped:
            await first.result()
        return said[:2], "cancelled it" in said[2], stopped.value.code

    assert on.live(use) == (["Cancelled", "cancelled"], True, "run.cancelled")


def test_it_goes_on_when_who_attached_has_ended(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        first = await engine.start(packed, 1, id="shared")
        await until_packed()
        parent = await engine.start(leaves, id="p")
        await asyncio.sleep(0.5)
        await engine.signal("p", "leave")
        left = await parent.result()
        await engine.signal("shared", "more", 5)
        return left, await first.result()

    assert on.live(use) == ("left", 7)


def test_no_run_waits_for_itself_over_others(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        one = await engine.start(waits_for, "b", id="a")
        other = await engine.start(waits_for, "a", id="b")
        itself = await engine.start(waits_for, "c", id="c")
        for id in ("c", "a"):
            await engine.signal(id, "go")
        while events.CHILD_STARTED not in [each.kind async for each in engine.history("a")]:
            await asyncio.sleep(0.02)
        await engine.signal("b", "go")
        return [await each.result() for each in (itself, other, one)]

    itself, other, one = on.live(use)
    refused = ["child.cycle", "refused"]
    assert itself == refused
    assert (other, one) == (refused, [refused])


def test_of_a_circle_that_closes_at_once_one_is_refused(on: On) -> None:
    """On Temporal the one with the last name, whichever asks first."""

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        runs = [await engine.start(waits_for_the_next, id, id=id) for id in RING]
        await asyncio.gather(*(engine.signal(id, "go") for id in ("c", "b", "a")))
        return [await each.result() for each in runs]

    results, refused = on.live(use), ["child.cycle", "refused"]
    assert sorted(map(str, results)) == sorted(map(str, (refused, [refused], [[refused]])))
    if on.there is not None:
        assert results == [[[refused]], [refused], refused]


def test_children_of_children_have_an_end(on: On, monkeypatch: pytest.MonkeyPatch) -> None:
    from tarl.engines.embedded import offspring
    from tarl.engines.temporal import descent

    for module in (offspring, descent):
        monkeypatch.setattr(module, "DEPTH_MAX", 3)

    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        return await engine.run(goes_down, 0, id="top")

    assert on.live(use) == [2, "child.too_deep"]


def test_a_further_run_of_an_id_that_has_an_open_one(on: On) -> None:
    async def use(runtime: Runtime, engine: EnginePort) -> Any:
        await engine.start(packed, 1, id="w")
        await until_packed()
        try:
            further = await engine.start(packed, 2, id="w", new_run=True)
        except Conflict as refused:
            return refused.code
        return further.run_id.n

    assert on.live(use) == (2 if on.there is None else "temporal.unmappable")
