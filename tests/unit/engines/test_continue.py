"""Runs that go on as the next one of their id: the last result counts, nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

from tests.unit.engines import talks
from tests.unit.engines.lives import Lives

import tarl
from tarl import Activity, Context, workflow
from tarl.engines.embedded.live_run import LiveRun
from tarl.engines.embedded.runtime import Runtime

ALL = (talks.counts, talks.hops)


def test_who_waits_for_the_first_gets_the_result_of_the_last() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        handle = await runtime.start(talks.counts, [1, 3], id="w")
        results = [await handle.result()]
        results.append(await runtime.resume("w/1"))
        results.append(await runtime.run(talks.counts, [1, 3], id="w"))  # attaches
        return results

    assert lives.live(use) == ["ended at 3"] * 3
    assert len(lives.attempts) == 3
    lives.check_replays()


def test_starting_it_again_while_it_goes_on_attaches() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        first = asyncio.ensure_future(runtime.run(talks.hops, [[], 2], id="w"))
        await asyncio.sleep(0.01)
        runtime.signal("w", "item", "a")
        await asyncio.sleep(0.01)
        assert lives.store.head("run/default/w/2") is not None
        second = asyncio.ensure_future(runtime.run(talks.hops, [[], 2], id="w"))
        runtime.signal("w", "item", "b")
        return await asyncio.gather(first, second)

    assert lives.live(use) == [["a", "b"], ["a", "b"]]
    assert len(lives.attempts) == 2


def test_signals_that_were_not_read_go_over() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        handle = await runtime.start(talks.hops, [[], 5], id="w")
        runtime.engine.committer.flush()
        for k in range(5):
            runtime.signal("w", "item", k)
        return await handle.result()

    assert lives.live(use) == [0, 1, 2, 3, 4]
    lives.check_replays()


def test_what_nobody_took_is_passed_on_before_what_comes_later() -> None:
    """As when another process sends between the last look into the inbox and the commit."""
    lives = Lives(*ALL)

    async def begin(runtime: Runtime) -> None:
        handle = await runtime.start(talks.hops, [[], 3], id="w")
        runtime.engine.committer.flush()
        runtime.engine.post.deliver = lambda stream: None  # type: ignore[method-assign]
        live = runtime.engine.live[handle.run_id.stream]
        for k in range(3):
            runtime.signal("w", "item", k)
        runtime.take_up = stays_away  # type: ignore[method-assign,assignment]
        first = next(iter(lives.store.read("inbox/default/w/1")))
        live.letters._queue.append(first)
        live.letters._take_next()
        await asyncio.sleep(1)
        assert lives.statuses()["w"] == "running"
        assert lives.kinds(n=1)[-1] == "run.continued/1"

    async def stays_away(run: Any) -> Any:
        await asyncio.sleep(1_000)

    async def go_on(runtime: Runtime) -> Any:
        runtime.signal("w", "item", 3)
        return await runtime.resume("w")

    lives.live(begin)
    assert lives.live(go_on) == [0, 1, 2]
    passed = [(event.body or b"")[-2:] for event in lives.inbox(n=2)]
    assert passed == [b"1}", b"2}", b"3}"]
    lives.check_replays()


def test_a_thousand_continuations_leave_no_run_behind(tmp_path: Path) -> None:
    async def main() -> Any:
        async with tarl.open(tmp_path / "t.db", synchronous="NORMAL") as runtime:
            before = alive()
            handle = await runtime.start(talks.counts, [1, 1_000], id="w")
            result = await handle.result()
            assert alive() - before < 10
            assert runtime.journal.count("run", {"status": "continued"}) == 999
            return result

    assert asyncio.run(main()) == "ended at 1000"


def alive() -> int:
    """How many runs are in memory, whoever made them."""
    gc.collect()
    return sum(isinstance(one, LiveRun) for one in gc.get_objects())


class Keeper:
    """What a run makes activities of: they lead back to it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.tell = Activity(self.told, name="told")

    async def told(self, number: int, *, twice: bool = False) -> list[int]:
        return [number, number] if twice else [number]


@workflow
async def keeps(ctx: Context, number: int) -> list[int]:
    keeper = Keeper(ctx)
    return await ctx.call(keeper.tell, number) + await ctx.call(keeper.tell, 2, twice=True)


def test_activities_that_a_run_made_do_not_keep_it(tmp_path: Path) -> None:
    async def main() -> int:
        async with tarl.open(tmp_path / "t.db", synchronous="NORMAL") as runtime:
            before = alive()
            for number in range(20):
                await runtime.run(keeps, number, id=f"k{number}")
            return alive() - before

    assert asyncio.run(main()) < 5
