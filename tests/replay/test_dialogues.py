"""The laws of replay, and the recorded histories, of runs that others talk to."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from tests.dialogues import DIALOGUES, Dialogue
from tests.lab import Recorded, using
from tests.replay.dialogue import World, copy, held, hold, replay, seen, workflow_of
from tests.replay.golden import DIALOGUE_FILES, plain, read

from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Invalid, RunFailed
from tarl.kernel import events as kinds
from tarl.kernel.runs import STATUS
from tarl.testing.clock import JumpingClock

each = pytest.mark.parametrize("dialogue", DIALOGUES, ids=[d.workflow.name for d in DIALOGUES])
each_file = pytest.mark.parametrize(
    "path", DIALOGUE_FILES, ids=[f"{p.parts[-3]}-{p.stem}" for p in DIALOGUE_FILES]
)

NEVER_RECORDED = frozenset(
    {
        kinds.RUN_STARTED,
        kinds.CODE_CHANGED,
        kinds.STEP_CANCELLED,
        kinds.STEP_DENIED,
        kinds.STEP_RETRY_ALLOWED,
        kinds.STEP_RETRIED,
        kinds.SNAPSHOT_TAKEN,
        kinds.PATCH_MARKED,
    }
)
"""Kinds of a run's events that are no part of a dialogue; the other corpus has them."""


def facts(world: World) -> list[tuple[str, str, bytes | None]]:
    return [(event.stream, event.kind, event.body) for event in world.events]


def test_they_record_every_kind_of_event_that_durable_work_has() -> None:
    recorded = {event.kind for dialogue in DIALOGUES for event in held(dialogue).events}
    assert set(kinds.BODIES) - recorded <= NEVER_RECORDED


@each
def test_a_replay_comes_to_the_live_end_and_issues_nothing_new(dialogue: Dialogue) -> None:
    for recorded in held(dialogue).runs.values():
        agrees(recorded)


def agrees(recorded: Recorded) -> None:
    """Whether a strict replay ends as the run did."""
    report, last = replay(recorded), recorded.events[-1]
    assert report.ahead == ()
    assert report.status == STATUS[last.kind]
    assert plain(report.result) == recorded.result
    if last.kind == kinds.RUN_FAILED:
        assert report.error is not None
        assert recorded.error == f"failed: {report.error.type}: {report.error.message}"
    assert [event.kind in kinds.CLOSING for event in recorded.events].count(True) == 1


@each
def test_two_dialogues_are_byte_identical(dialogue: Dialogue) -> None:
    first, second = held(dialogue), hold(dialogue)
    assert facts(first) == facts(second)
    assert [event.digest for event in first.events] == [event.digest for event in second.events]


@each
def test_every_prefix_replays_to_the_command_that_followed(dialogue: Dialogue) -> None:
    for recorded in held(dialogue).runs.values():
        for length in range(1, len(recorded.events)):
            following = recorded.events[length]
            report = replay(recorded, length)
            if following.kind in kinds.COMMANDS:
                ahead = report.ahead[0]
                assert (ahead.kind, ahead.body) == (following.kind, following.body), length
            assert report.status == "running"


@each
def test_a_fork_at_every_event_shares_what_was_and_replays(dialogue: Dialogue) -> None:
    world = held(dialogue)
    for stream, recorded in world.runs.items():
        for at in range(1, len(recorded.events)):
            if kinds.APPROVAL_REQUESTED in {event.kind for event in recorded.events[:at]}:
                with pytest.raises(Invalid, match="asks people"):
                    fork(world, recorded, at)
                continue
            forked = fork(world, recorded, at).runs["run/default/fork/1"]
            shared, original = forked.events[1:at], recorded.events[1:at]
            assert [e[2:4] for e in shared] == [e[2:4] for e in original], (stream, at)
            report = replay(forked)
            assert report.events == len(forked.events) > at - 1
            if forked.events[-1].kind in kinds.CLOSING:
                agrees(forked)


def fork(world: World, recorded: Recorded, at: int) -> World:
    """The world with a fork in it that has lived for a while; nobody tells it anything."""
    store = copy(world)

    async def use(runtime: Runtime) -> None:
        workflow = workflow_of(recorded)
        handle = await runtime.fork(recorded.run, at=at, workflow=workflow, id="fork")
        with contextlib.suppress(RunFailed, TimeoutError):
            await asyncio.wait_for(handle.result(), 30)

    using(store, use, clock=JumpingClock(start_ms=world.events[-1].recorded_at_ms))
    return seen(store)


# --- recorded histories


def test_every_run_of_every_dialogue_has_a_recorded_history() -> None:
    names = {file_name(d, recorded) for d in DIALOGUES for recorded in held(d).runs.values()}
    assert {path.name for path in DIALOGUE_FILES} == names


def file_name(dialogue: Dialogue, recorded: Recorded) -> str:
    run = recorded.run
    return f"{dialogue.workflow.name}--{run.workflow_id}-{run.n}.ndjson"


@each_file
def test_it_replays_for_ever(path: Path) -> None:
    _, recorded = read(path)
    agrees(recorded)


@each_file
def test_it_is_recorded_again_with_the_same_bytes(path: Path) -> None:
    first, recorded = read(path)
    dialogue = next(d for d in DIALOGUES if d.workflow.name == first["dialogue"])
    again: Any = held(dialogue).runs[first["run"]]
    assert again.facts[1:] == recorded.facts[1:]
