"""Signals, updates, queries, cancellation and termination, in one life and across processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engines import talks
from tests.unit.engines.lives import Lives, outcome
from tests.unit.engines.messenger import telling

import tarl
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Invalid, Missing, TarlError
from tarl.kernel import events as kinds
from tarl.kernel.definition import Workflow

ALL = tuple(value for value in vars(talks).values() if isinstance(value, Workflow))


@pytest.fixture(autouse=True)
def untried() -> None:
    talks.TRIES.clear()


def living(use: Callable[[Runtime, Lives], Awaitable[Any]]) -> Any:
    lives = Lives(*ALL)
    result = lives.live(lambda runtime: use(runtime, lives))
    lives.check_replays()
    return result


async def begun(runtime: Runtime, workflow: Any, given: Any = None) -> asyncio.Future[Any]:
    running = asyncio.ensure_future(outcome(runtime, workflow, given, "w"))
    await asyncio.sleep(0.01)
    return running


# --- signals


def test_a_filter_leaves_what_does_not_fit_for_later() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.picks)
        for name, payload in (("a", 1), ("b", "kept"), ("a", 11), ("a", 2)):
            runtime.signal("w", name, payload)
        return await running

    assert living(use) == [11, "kept", "late", 1]


def test_those_who_wait_are_served_in_their_order() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.waits_in_parallel)
        for k in range(3):
            runtime.signal("w", "item", k)
        return await running

    assert living(use) == [0, 1, 2]


def test_a_handler_that_raises_fails_the_run_and_what_it_did_is_undone() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.angry)
        runtime.signal("w", "item", "insult")
        result = await running
        undone = [b for b in lives.bodies(kinds.STEP_SCHEDULED) if b.activity == "unbook"]
        assert len(undone) == 1
        after = [b.activity for b in lives.bodies(kinds.STEP_SCHEDULED)]
        assert after[-1] == "unbook", "the code went on beside the undoing"
        return result

    assert living(use) == "run.failed: ValueError: insult"


def test_nobody_is_told_anything_after_the_end() -> None:
    async def use(runtime: Runtime, lives: Lives) -> None:
        await outcome(runtime, talks.tries, ["x"], "w")
        for tell in (
            lambda: runtime.signal("w", "item"),
            lambda: runtime.cancel("w"),
            lambda: runtime.terminate("w"),
        ):
            with pytest.raises(Conflict) as refused:
                tell()
            assert refused.value.code == "run.ended"
        with pytest.raises(Conflict):
            await runtime.update("w", "add", 1)
        with pytest.raises(Missing):
            runtime.signal("nobody", "item")
        with pytest.raises(Invalid):
            runtime.signal("w", "item", object())
        assert lives.inbox() == []

    living(use)


# --- updates and queries


@pytest.mark.parametrize("end", ["returns", "is terminated", "is continued"])
def test_the_sender_of_an_update_that_is_left_unfinished_is_told_so(end: str) -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.leaves_handlers, 1)
        sent = asyncio.ensure_future(runtime.update("w", "add", 5))
        await asyncio.sleep(0.5)
        if end == "is terminated":
            runtime.terminate("w")
        else:
            runtime.signal("w", "close", end == "is continued")
        with pytest.raises(Conflict) as told:
            await sent
        assert told.value.code == "update.unfinished"
        assert told.value.facts["status"] in ("completed", "terminated", "continued")
        assert lives.kinds().count(kinds.UPDATE_ACCEPTED) == 1
        if end == "is continued":
            runtime.signal("w", "close", False)
        await running

    living(use)


def test_the_sender_of_an_update_that_was_never_taken_is_told_that_nothing_was_done() -> None:
    lives = Lives(talks.leaves_handlers)

    async def begin(runtime: Runtime) -> None:
        await runtime.start(talks.leaves_handlers, 1, id="w")
        await asyncio.sleep(0.1)

    async def send(runtime: Runtime) -> None:
        """To a run that nobody runs, and that is then ended."""
        sent = asyncio.ensure_future(runtime.update("w", "add", 5))
        await asyncio.sleep(0.5)
        runtime.terminate("w")
        with pytest.raises(Conflict, match="nothing was done") as told:
            await sent
        assert told.value.code == "run.ended"

    lives.live(begin)
    lives.live(send)


def test_an_update_that_nobody_may_make_leaves_no_trace_in_the_code() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.account, 10)
        assert await runtime.update("w", "deposit", 5) == 15
        for name, payload, code in (
            ("deposit", -5, "update.rejected"),
            ("nope", 1, "update.rejected"),
            ("fail", 1, "update.failed"),
        ):
            with pytest.raises(Conflict) as refused:
                await runtime.update("w", name, payload)
            assert refused.value.code == code
        assert runtime.query("w", "balance") == 15
        runtime.signal("w", "close")
        result = await running
        assert runtime.query("w", "balance") == 15, "a run that has ended still answers"
        with pytest.raises(Missing):
            runtime.query("w", "colour")
        return result

    assert living(use) == 15


def test_concurrent_updates_are_each_answered() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.account, 0)
        calls = [runtime.update("w", "add", n) for n in range(1, 6)]
        answers = await asyncio.gather(*calls)
        assert len(set(answers)) == 5
        assert max(answers) == 15
        runtime.signal("w", "close")
        return await running

    assert living(use) == 15


# --- stopping


def test_a_run_may_finish_although_it_was_asked_to_stop() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.ignores)
        runtime.cancel("w")
        return await running

    assert living(use) == "finished all the same"


def test_asked_twice_it_gives_up_its_cleaning_but_not_its_undoing() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.cleans)
        runtime.cancel("w", reason="first")
        await asyncio.sleep(0.1)
        runtime.cancel("w", reason="second")
        result = await running
        assert "unbook" in [b.activity for b in lives.bodies(kinds.STEP_SCHEDULED)]
        return result

    assert living(use) == "run.cancelled: the run was cancelled: second"


def test_a_cancellation_during_the_undoing_changes_nothing() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = asyncio.ensure_future(outcome(runtime, talks.trip, ["a"], "w"))
        while "unbook_hard" not in [b.activity for b in lives.bodies(kinds.STEP_SCHEDULED)]:
            await asyncio.sleep(0.001)
        runtime.cancel("w", reason="too late")
        return await running

    assert living(use) == "run.failed: ValueError: no seats"


def test_a_run_is_ended_where_it_is_and_where_nobody_runs_it() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, talks.cleans)
        runtime.terminate("w", reason="now")
        result = await running
        scheduled = [b.activity for b in lives.bodies(kinds.STEP_SCHEDULED)]
        assert scheduled == ["book"], "it got to clean up"
        return result

    assert living(use) == "run.terminated: the run was terminated: now"

    lives = Lives(*ALL)

    async def begin(runtime: Runtime) -> None:
        await begun(runtime, talks.cleans)

    async def end(runtime: Runtime) -> Any:
        runtime.terminate("w", reason="nobody")
        return await outcome(runtime, talks.cleans, None, "w")

    lives.live(begin)
    assert lives.live(end) == "run.terminated: the run was terminated: nobody"


def test_messages_to_a_run_that_nobody_runs_wait_for_it() -> None:
    lives = Lives(*ALL)

    async def begin(runtime: Runtime) -> None:
        await begun(runtime, talks.collects, 2)

    async def tell(runtime: Runtime) -> None:
        runtime.signal("w", "item", 1)
        runtime.signal("w", "item", 2)

    async def resume(runtime: Runtime) -> Any:
        return await runtime.resume("w")

    lives.live(begin)
    lives.live(tell)
    assert lives.live(resume) == [1, 2]


def test_an_update_handler_that_is_cancelled_still_answers() -> None:
    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, cancels_itself)
        with pytest.raises(Conflict) as failed:
            await runtime.update("w", "try", None, timeout_s=5)
        assert failed.value.code == "update.failed"
        with pytest.raises(Conflict) as refused:
            await runtime.update("w", "go on", None, timeout_s=5)
        assert "Invalid" in str(refused.value.facts)
        runtime.signal("w", "close")
        return await running

    lives = Lives(cancels_itself)
    assert lives.live(lambda runtime: use(runtime, lives)) == "closed"


@tarl.workflow
async def cancels_itself(ctx: tarl.Context) -> str:
    async def give_up(_: Any) -> None:
        inner = asyncio.ensure_future(asyncio.sleep(10))
        inner.cancel()
        await inner

    async def go_on(_: Any) -> None:
        ctx.continue_as_new()

    ctx.on_update("try", give_up)
    ctx.on_update("go on", go_on)
    await ctx.wait_for_signal("close")
    return "closed"


def test_what_is_given_back_keeps_its_place() -> None:
    """A signal that came for somebody who had just been cancelled is read before later ones."""

    async def use(runtime: Runtime, lives: Lives) -> Any:
        running = await begun(runtime, gives_back)
        for payload in (1, 2, 3):
            runtime.signal("w", "item", payload)
        return await running

    lives = Lives(gives_back)
    assert lives.live(lambda runtime: use(runtime, lives)) == [1, 2, 3]


@tarl.workflow
async def gives_back(ctx: tarl.Context) -> list[Any]:
    first = asyncio.ensure_future(ctx.wait_for_signal("item", where=lambda p: _gives_up(first, p)))
    await asyncio.wait([first])
    return [await ctx.wait_for_signal("item") for _ in range(3)]


def _gives_up(task: Any, payload: Any) -> bool:
    if payload == 2:
        task.cancel()
    return bool(payload == 2)


# --- across processes


@pytest.mark.timeout(60)
def test_another_process_tells_a_run_that_is_live_here(tmp_path: Path) -> None:
    journal = tmp_path / "t.db"

    async def main() -> None:
        async with tarl.open(journal) as runtime:
            handle = await runtime.start(talks.account, 0, id="w")
            while runtime.journal.head(handle.run_id.stream) is None:
                await asyncio.sleep(0.01)
            with telling(journal, "update:add:5", "update:add:-5", "signal:close") as process:
                said = await asyncio.to_thread(process.communicate)
                assert process.returncode == 0, said
            assert said[0].split() == ["5", "update.rejected", "sent"]
            assert await handle.result() == 5
            held = await runtime.start(talks.cleans, id="w2")
            with telling(journal, "terminate:w2") as process:
                said = await asyncio.to_thread(process.communicate)
                assert process.returncode == 0, said
            with pytest.raises(TarlError) as ended:
                await held.result()
            assert ended.value.code == "run.terminated"

    asyncio.run(main())
