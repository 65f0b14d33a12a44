"""Who has started whom: cycles, children of others, and what is owed to them after a death."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.engines.lives import AtCommit, Lives, everywhere, outcome

import tarl
from tarl.engines.embedded.resuming import Resuming
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import ChildFailed
from tarl.testing.faults import Crash

NEXT = {"a": "b", "b": "c", "c": "a", "me": "you", "you": "me"}


@tarl.workflow
async def rests(ctx: tarl.Context, seconds: int) -> str:
    await ctx.sleep(seconds)
    return "rested"


@tarl.workflow
async def asks_next(ctx: tarl.Context, me: str) -> list[str]:
    await ctx.sleep(1)
    try:
        return [me, *await ctx.child(asks_next, NEXT[me], id=NEXT[me])]
    except ChildFailed as error:
        return [me, error.type]


@tarl.workflow
async def goes_on_and_asks(ctx: tarl.Context, n: int) -> str:
    """Its child goes on as another run, and that one asks for its parent."""
    await ctx.sleep(1)
    if n == 1:
        ctx.continue_as_new(2)
    try:
        return str(await ctx.child(has_one, id="top"))
    except ChildFailed as error:
        return error.type


@tarl.workflow
async def has_one(ctx: tarl.Context) -> str:
    return str(await ctx.child(goes_on_and_asks, 1, id="below"))


@tarl.workflow
async def leaves_one(ctx: tarl.Context, policy: Any) -> str:
    ctx.child(rests, 100, id="left", close_policy=policy)
    return "gone"


@tarl.workflow
async def stays_with_one(ctx: tarl.Context, policy: Any) -> None:
    ctx.child(stays_above, policy, id="left", close_policy=policy)
    await ctx.sleep(1_000)


@tarl.workflow
async def stays_above(ctx: tarl.Context, policy: Any) -> None:
    ctx.child(goes_round, id="below", close_policy=policy)
    await ctx.sleep(1_000)


@tarl.workflow
async def goes_round(ctx: tarl.Context, n: int = 0) -> None:
    await ctx.sleep(10 if n == 0 else 1_000)
    ctx.continue_as_new(n + 1)


@tarl.workflow
async def looks_in(ctx: tarl.Context) -> str:
    ctx.child(rests, 100, id="shared")
    await ctx.sleep(1)
    return "seen"


ALL = (
    rests,
    asks_next,
    goes_on_and_asks,
    has_one,
    leaves_one,
    stays_with_one,
    stays_above,
    goes_round,
    looks_in,
)


@pytest.mark.parametrize("ring", [("me", "you"), ("a", "b", "c")], ids=["two", "three"])
def test_of_runs_that_ask_for_each_other_in_a_ring_one_is_refused(ring: tuple[str, ...]) -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        return await asyncio.gather(
            *(outcome(runtime, asks_next, name, name) for name in ring),
        )

    results = lives.live(use)
    refused = [name for name, result in zip(ring, results, strict=True) if len(result) == 2]
    assert results[ring.index(refused[0])] == [refused[0], "child.cycle"]
    assert len(refused) == 1
    assert sorted(map(len, results)) == list(range(2, len(ring) + 2))
    lives.check_replays()


def test_a_cycle_is_seen_through_a_continuation() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        return await outcome(runtime, has_one, None, "top")

    assert lives.live(use) == "child.cycle"


def test_a_run_that_a_parent_only_attached_to_does_not_end_with_it() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        first = await runtime.start(rests, 100, id="shared")
        assert await runtime.run(looks_in, id="w") == "seen"
        return await first.result()

    assert lives.live(use) == "rested"


def test_a_child_that_goes_on_alone_is_begun_whenever_its_parents_process_died() -> None:
    def make() -> tuple[Lives, Any]:
        lives = Lives(*ALL)

        async def use(runtime: Runtime) -> Any:
            await runtime.resume_all()
            gone = await runtime.run(leaves_one, "abandon", id="w")
            await Resuming(runtime).look()
            await asyncio.sleep(200)
            return gone

        return lives, use

    for lives, gone in everywhere(make):
        assert gone == "gone"
        assert lives.statuses() == {"w": "completed", "left": "completed"}
        assert not list(lives.store.scan("child_owed"))


@pytest.mark.parametrize("find", ["resume_all", "worker"])
def test_what_is_owed_is_begun_by_whoever_takes_up_interrupted_runs(find: str) -> None:
    lives = Lives(*ALL)

    async def leave(runtime: Runtime) -> Any:
        return await runtime.run(leaves_one, "abandon", id="w")

    with pytest.raises(Crash):
        lives.live(leave, faults=AtCommit(2, "crash_after"))
    assert lives.statuses() == {"w": "completed"}  # and its child is nowhere

    async def find_it(runtime: Runtime) -> Any:
        if find == "resume_all":
            return [await handle.result() for handle in await runtime.resume_all()]
        assert await Resuming(runtime).look() == 1
        return [await runtime.resume("left")]

    assert lives.live(find_it) == ["rested"]
    (started,) = lives.bodies("run.started/1", "left")
    assert (started.parent, started.child) == ("default/w/1", 1)
    assert lives.live(lambda runtime: Resuming(runtime).look()) == 0


def test_a_child_that_was_refused_is_not_owed() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        await runtime.start(rests, 7, id="left")  # another input
        gone = await runtime.run(leaves_one, "abandon", id="w")
        await asyncio.sleep(200)
        return gone, await Resuming(runtime).look()

    assert lives.live(use) == ("gone", 0)


@pytest.mark.parametrize(
    ("policy", "ends"), [("terminate", "terminated"), ("cancel", "cancelled"), ("abandon", None)]
)
def test_a_parent_that_nobody_runs_takes_its_children_with_it(
    policy: str, ends: str | None
) -> None:
    lives = Lives(*ALL)

    async def begin(runtime: Runtime) -> None:
        await runtime.start(stays_with_one, policy, id="w")
        await asyncio.sleep(50)

    async def end(runtime: Runtime) -> None:
        runtime.terminate("w", reason="enough")

    async def take_up(runtime: Runtime) -> None:
        await runtime.resume_all()
        await asyncio.sleep(1)

    lives.live(begin)
    lives.live(end)
    if policy == "terminate":
        assert set(lives.statuses().values()) == {"terminated"}
    lives.live(take_up)
    statuses = lives.statuses()
    assert statuses["w"] == "terminated"
    assert statuses["left"] == statuses["below"] == (ends or "running")


def test_an_orphan_that_went_on_as_another_run_is_told() -> None:
    """Its parent's process died before it could tell."""
    lives = Lives(*ALL)

    async def begin(runtime: Runtime) -> None:
        await runtime.start(stays_above, "terminate", id="w")
        await asyncio.sleep(50)

    async def end(runtime: Runtime) -> None:
        runtime.end_children = lambda parent: None  # type: ignore[method-assign]
        runtime.terminate("w")

    async def take_up(runtime: Runtime) -> None:
        await runtime.resume_all()
        await asyncio.sleep(1)

    lives.live(begin)
    lives.live(end)
    assert lives.statuses() == {"w": "terminated", "below": "running"}
    lives.live(take_up)
    assert lives.statuses()["below"] == "terminated"
