"""What was done is undone: in reverse order, once, and what cannot be is named."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.engines import talks
from tests.unit.engines.lives import Lives, outcome

from tarl.engines.embedded.runtime import Runtime
from tarl.kernel import events as kinds
from tarl.kernel.definition import Workflow

ALL = tuple(value for value in vars(talks).values() if isinstance(value, Workflow))


@pytest.fixture(autouse=True)
def untried() -> None:
    talks.TRIES.clear()


def ended(workflow: Any, given: Any = None) -> tuple[Lives, Any]:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        return await outcome(runtime, workflow, given, "w")

    result = lives.live(use)
    lives.check_replays()
    return lives, result


def undone(lives: Lives) -> list[str]:
    scheduled = {b.step: b for b in lives.bodies(kinds.STEP_SCHEDULED)}
    done = [scheduled[b.step] for b in lives.bodies(kinds.STEP_COMPLETED)]
    return [bytes(b.args).decode() for b in done if b.activity.startswith("unbook")]


def test_the_last_is_undone_first_with_its_result() -> None:
    lives, result = ended(talks.trip, ["a", "b"])
    assert result == "run.failed: ValueError: no seats"
    assert undone(lives) == ['["hard"]', '["b"]', '["a"]']
    assert [b.attempt for b in lives.bodies(kinds.ATTEMPT_FAILED)] == [1]


def test_what_cannot_be_undone_is_named_and_the_others_are_undone() -> None:
    lives, result = ended(talks.stuck)
    assert result == "run.failed: LookupError: lost"
    assert undone(lives) == ['["three"]', '["one"]']
    (failed,) = lives.bodies(kinds.RUN_FAILED)
    assert failed.uncompensated == ("book_for_ever: cannot be undone",)


def test_a_deadlock_is_undone() -> None:
    lives, result = ended(talks.deadlocked)
    assert result.startswith("run.failed: Deadlock:")
    assert undone(lives) == ['["one"]']


def test_a_group_that_fails_is_undone_as_far_as_it_came() -> None:
    lives, result = ended(talks.together)
    assert result.startswith("run.failed: ExceptionGroup")
    scheduled = {b.step: b for b in lives.bodies(kinds.STEP_SCHEDULED)}
    booked = [
        bytes(scheduled[b.step].args).decode()
        for b in lives.bodies(kinds.STEP_COMPLETED)
        if scheduled[b.step].activity == "book"
    ]
    assert sorted(undone(lives)) == sorted(booked)


def test_each_level_undoes_its_own() -> None:
    lives = Lives(*ALL)

    async def use(runtime: Runtime) -> Any:
        running = asyncio.ensure_future(outcome(runtime, talks.generations, 2, "w"))
        await asyncio.sleep(1)
        runtime.cancel("level-0", reason="from below")
        return await running

    result = lives.live(use)
    assert result.startswith("run.failed: ChildFailed")
    assert undone(lives) == ['["level 2"]']
    assert lives.statuses() == {"w": "failed", "level-1": "failed", "level-0": "cancelled"}
    lives.check_replays()


def test_nothing_is_undone_of_what_completed() -> None:
    lives, result = ended(talks.tries, ["x"])
    assert result == ["x done"]
    assert undone(lives) == []
