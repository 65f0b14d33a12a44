"""Messages, sagas, children, retries and continuations, cut off at every commit there is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.engines import talks
from tests.unit.engines.lives import Lives, Scenario, everywhere, outcome

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict
from tarl.kernel import events as kinds
from tarl.kernel.definition import Workflow

ALL = tuple(value for value in vars(talks).values() if isinstance(value, Workflow))


@pytest.fixture(autouse=True)
def untried() -> None:
    talks.TRIES.clear()


async def send_up_to(runtime: Runtime, lives: Lives, id: str, n: int, name: str = "item") -> None:
    """Send signals 0 to n-1; a client that died looks into the inbox before it goes on."""
    while (sent := len(lives.inbox(id))) < n:
        runtime.signal(id, name, sent)
        await asyncio.sleep(0.01 * (sent % 2))


@pytest.mark.parametrize("workflow", [talks.collects, talks.handles], ids=lambda w: w.name)
def test_signals_come_once_and_in_order(workflow: Workflow[..., Any]) -> None:
    def make() -> tuple[Lives, Scenario]:
        lives = Lives(*ALL)

        async def scenario(runtime: Runtime) -> Any:
            running = asyncio.ensure_future(outcome(runtime, workflow, 5, "w"))
            await asyncio.sleep(0.001)
            if not running.done():
                await send_up_to(runtime, lives, "w", 5)
            return await running

        return lives, scenario

    for lives, result in everywhere(make):
        assert result == [0, 1, 2, 3, 4]
        received = [r.message for r in lives.bodies(kinds.SIGNAL_RECEIVED)]
        assert received == [1, 2, 3, 4, 5]
        lives.check_replays()


def test_updates_are_answered_once() -> None:
    def make() -> tuple[Lives, Scenario]:
        lives = Lives(*ALL)

        async def scenario(runtime: Runtime) -> Any:
            handle = await runtime.start(talks.account, 0, id="w")
            runtime.engine.committer.flush()
            wanted = [("add", 5), ("add", -1), ("deposit", 7), ("fail", None), ("nope", 1)]
            asking = [
                asyncio.ensure_future(runtime.update("w", *what))
                for what in wanted[len(lives.inbox()) :]
            ]
            await asyncio.gather(*asking, return_exceptions=True)
            while len(answers(lives)) < len(wanted):
                await asyncio.sleep(0.1)
            if len(lives.inbox()) == len(wanted):
                runtime.signal("w", "close")
            return await handle.result()

        return lives, scenario

    for lives, result in everywhere(make):
        assert result == 12
        assert sorted(answers(lives)) == [
            (1, kinds.UPDATE_COMPLETED),
            (2, kinds.UPDATE_REJECTED),
            (3, kinds.UPDATE_COMPLETED),
            (4, kinds.UPDATE_FAILED),
            (5, kinds.UPDATE_REJECTED),
        ]
        lives.check_replays()


def answers(lives: Lives) -> list[tuple[int, str]]:
    kinds_of_answers = (kinds.UPDATE_COMPLETED, kinds.UPDATE_FAILED, kinds.UPDATE_REJECTED)
    return [(b.message, kind) for kind in kinds_of_answers for b in lives.bodies(kind)]


def compensated(lives: Lives, id: str = "w") -> list[Any]:
    """What was undone, in the order in which it was acknowledged."""
    activities = {b.step: b for b in lives.bodies(kinds.STEP_SCHEDULED, id)}
    done = [activities[b.step] for b in lives.bodies(kinds.STEP_COMPLETED, id)]
    return [bytes(b.args).decode() for b in done if b.activity.startswith("unbook")]


def test_a_saga_is_undone_in_reverse_order_each_once() -> None:
    def make() -> tuple[Lives, Scenario]:
        talks.TRIES.clear()

        async def scenario(runtime: Runtime) -> Any:
            return await outcome(runtime, talks.trip, ["a", "b", "c"], "w")

        return Lives(*ALL), scenario

    for lives, result in everywhere(make):
        assert result == "run.failed: ValueError: no seats"
        assert compensated(lives) == ['["hard"]', '["c"]', '["b"]', '["a"]']
        (failed,) = lives.bodies(kinds.RUN_FAILED)
        assert failed.uncompensated == ()
        lives.check_replays()


def test_a_cancelled_run_cleans_up_and_is_undone_once() -> None:
    def make() -> tuple[Lives, Scenario]:
        lives = Lives(*ALL)

        async def scenario(runtime: Runtime) -> Any:
            running = asyncio.ensure_future(outcome(runtime, talks.cleans, None, "w"))
            await asyncio.sleep(0.01)
            if not lives.inbox() and not running.done():
                runtime.cancel("w", reason="enough")
            return await running

        return lives, scenario

    for lives, result in everywhere(make):
        assert result == "run.cancelled: the run was cancelled: enough"
        assert compensated(lives) == ['["car"]']
        done = [b.activity for b in lives.bodies(kinds.STEP_SCHEDULED)]
        assert done == ["book", "slow", "echo", "unbook"]
        assert len(lives.bodies(kinds.CANCEL_RECEIVED)) == 1
        lives.check_replays()


def test_retries_count_on_over_restarts() -> None:
    def make() -> tuple[Lives, Scenario]:
        talks.TRIES.clear()

        async def scenario(runtime: Runtime) -> Any:
            return await outcome(runtime, talks.tries, ["x", "y"], "w")

        return Lives(*ALL), scenario

    for lives, result in everywhere(make):
        assert result == ["x done", "y done"]
        failed = sorted((b.step, b.attempt) for b in lives.bodies(kinds.ATTEMPT_FAILED))
        assert [step for step, n in failed if n == 1] in ([1, 2], [1], [2], [])
        assert failed == sorted(set(failed))
        lives.check_replays()


def test_children_end_as_their_parent_says() -> None:
    def make() -> tuple[Lives, Scenario]:
        lives = Lives(*ALL)

        async def scenario(runtime: Runtime) -> Any:
            await runtime.resume_all()
            result = await outcome(runtime, talks.family, 3, "w")
            while "running" in lives.statuses().values():
                await runtime.resume_all()
                await asyncio.sleep(1)
            return result

        return lives, scenario

    for lives, result in everywhere(make, every=4):
        assert result == [4, [0, 1, 4], ["failed", "RuntimeError"], "cancelled"]
        statuses = lives.statuses()
        assert statuses["w"] == "completed"
        assert statuses["naughty"] == "failed"
        assert statuses["stopped"] == "cancelled"
        assert statuses["left-to-cancel"] == "cancelled"
        assert statuses["left-to-terminate"] == "terminated"
        assert statuses["left-alone"] == "completed"
        for id in ("left-to-cancel", "stopped"):
            assert len(lives.bodies(kinds.CANCEL_RECEIVED, id)) == 1, id
        lives.check_replays()


def test_a_tree_that_is_cancelled_is_undone_at_every_level() -> None:
    def make() -> tuple[Lives, Scenario]:
        lives = Lives(*ALL)

        async def scenario(runtime: Runtime) -> Any:
            await runtime.resume_all()
            running = asyncio.ensure_future(outcome(runtime, talks.generations, 2, "w"))
            await asyncio.sleep(1)
            if not lives.inbox() and not running.done():
                runtime.cancel("w", reason="all of you")
            result = await running
            while "running" in lives.statuses().values():
                await runtime.resume_all()
                await asyncio.sleep(1)
            return result

        return lives, scenario

    for lives, result in everywhere(make):
        assert result == "run.cancelled: the run was cancelled: all of you"
        assert set(lives.statuses().values()) == {"cancelled"}
        for id, level in (("w", 2), ("level-1", 1), ("level-0", 0)):
            assert compensated(lives, id) == [f'["level {level}"]'], id
        lives.check_replays()


def test_a_chain_of_continuations_comes_to_its_end() -> None:
    def make() -> tuple[Lives, Scenario]:
        async def scenario(runtime: Runtime) -> Any:
            if not lives_of[0].events():
                await runtime.start(talks.counts, [1, 4], id="w")
                runtime.engine.committer.flush()
            return await runtime.resume("w/1")

        lives_of = [Lives(*ALL)]
        return lives_of[0], scenario

    for lives, result in everywhere(make):
        assert result == "ended at 4"
        ends = [lives.kinds(n=n)[-1] for n in range(1, 5)]
        assert ends == [kinds.RUN_CONTINUED] * 3 + [kinds.RUN_COMPLETED]
        lives.check_replays()


def test_signals_go_over_to_the_run_that_goes_on() -> None:
    def make() -> tuple[Lives, Scenario]:
        lives = Lives(*ALL)
        sent = [0]

        async def scenario(runtime: Runtime) -> Any:
            if not lives.events():
                await runtime.start(talks.hops, [[], 4], id="w")
                runtime.engine.committer.flush()
            result = asyncio.ensure_future(runtime.resume("w/1"))
            await asyncio.sleep(0.001)
            while sent[0] < 4:
                sent[0] = told(lives)
                if sent[0] < 4:
                    try:
                        runtime.signal("w", "item", sent[0])
                    except Conflict:  # it goes on as the next one
                        await asyncio.sleep(0.01)
            return await result

        return lives, scenario

    for lives, result in everywhere(make):
        assert result == [0, 1, 2, 3]
        lives.check_replays()


def told(lives: Lives) -> int:
    """How many signals were sent to any of the runs, those that were passed on counted once."""
    payloads = {e.body for n in range(1, 9) for e in lives.inbox(n=n)}
    return len(payloads)
