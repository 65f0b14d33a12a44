"""The laws of replay, each held over the whole corpus (ARCHITECTURE, laws 5, 6, 7 and 10)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.corpus import CORPUS, RACES_WITH_TIME
from tests.lab import Recorded, copied, ending, names, record, replayed, take_up

from tarl import Workflow
from tarl.kernel import events as kinds
from tarl.testing.clock import JumpingClock

ROOT = Path(__file__).parents[2]
TOKEN = re.compile("[0-9a-f]{12}")

SEQUENTIAL = frozenset(
    {
        "sequence",
        "failing",
        "broken",
        "broken_by_step",
        "pure_steps",
        "non_idempotent",
        "snapshots",
        "large_values",
        "structs",
        "racing_timers",
        "threaded",
        "nothing",
        "deadlocked",
    }
)
"""One step after another: a restart changes no byte of them."""


def over(corpus: Sequence[tuple[Workflow[..., Any], Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("workflow", "input"), corpus, ids=names(corpus))


each = over(CORPUS)
each_sequential = over([entry for entry in CORPUS if entry[0].name in SEQUENTIAL])
each_timeless = over([entry for entry in CORPUS if entry[0].name not in RACES_WITH_TIME])


@each
def test_a_replay_comes_to_the_live_result_and_issues_nothing_new(
    workflow: Workflow[..., Any], input: Any
) -> None:
    live = record(workflow, input)
    replay = replayed(workflow, live)
    assert replay.status != "running"
    assert ending(replay) == (live.result, live.error)
    assert replay.ahead == ()
    assert live.events[-1].kind in kinds.CLOSING
    assert [event.kind in kinds.CLOSING for event in live.events].count(True) == 1


@each
def test_two_executions_are_byte_identical(workflow: Workflow[..., Any], input: Any) -> None:
    first, second = record(workflow, input), record(workflow, input)
    assert first.facts == second.facts
    assert first.events[-1].digest == second.events[-1].digest


@each
def test_every_prefix_replays(workflow: Workflow[..., Any], input: Any) -> None:
    live = record(workflow, input)
    for length in cuts(workflow, live):
        replay = replayed(workflow, live, length)
        recorded_next = live.events[length]
        if recorded_next.kind in kinds.COMMANDS:
            ahead = replay.ahead[0]
            assert (ahead.kind, ahead.body) == (recorded_next.kind, recorded_next.body), length


@each
def test_a_run_cut_off_anywhere_comes_to_the_same_end(
    workflow: Workflow[..., Any], input: Any
) -> None:
    live = record(workflow, input)
    for length in cuts(workflow, live):
        clock = JumpingClock(start_ms=live.events[length - 1].recorded_at_ms)
        again = take_up(copied(live, length), workflow, live.run, clock=clock)
        assert again.facts[:length] == live.facts[:length]
        if workflow.name not in RACES_WITH_TIME:
            outcome = (again.result, again.error)
            assert ordered(outcome) == ordered((live.result, live.error)), f"cut after {length}"
        replay = ending(replayed(workflow, again))
        assert replay == (again.result, again.error), f"cut after {length}"


@each_sequential
def test_a_sequential_run_cut_off_anywhere_has_the_same_bytes(
    workflow: Workflow[..., Any], input: Any
) -> None:
    live = record(workflow, input)
    for length in range(1, len(live.events)):
        clock = JumpingClock(start_ms=live.events[length - 1].recorded_at_ms)
        again = take_up(copied(live, length), workflow, live.run, clock=clock)
        if kinds.STEP_RETRIED in {event.kind for event in again.events}:
            continue
        assert again.facts == live.facts, f"cut after {length}"
        assert again.events[-1].digest == live.events[-1].digest


@each_timeless
def test_a_long_time_down_changes_no_result(workflow: Workflow[..., Any], input: Any) -> None:
    live = record(workflow, input)
    for length in live.commits[:-1]:
        clock = JumpingClock(start_ms=live.events[length - 1].recorded_at_ms + 86_400_000)
        again = take_up(copied(live, length), workflow, live.run, clock=clock)
        outcome = (again.result, again.error)
        assert ordered(outcome) == ordered((live.result, live.error)), f"cut after {length}"


def test_hash_seeds_and_processes_change_no_byte() -> None:
    digests = [record_elsewhere(seed) for seed in ("0", "1", "31337")]
    assert digests[0] == digests[1] == digests[2]
    assert len(digests[0].splitlines()) == len(CORPUS)


def record_elsewhere(hash_seed: str) -> str:
    path = os.pathsep.join([*sys.path, str(ROOT)])
    result = subprocess.run(
        [sys.executable, "-m", "tests.replay.record_corpus"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def cuts(workflow: Workflow[..., Any], live: Recorded) -> Sequence[int]:
    """Lengths to cut a history to: every one, more than a crash can leave behind.

    But whether a patch is taken is decided by a whole turn of the code, which one commit holds.
    """
    return live.commits[:-1] if workflow.name == "patching" else range(1, len(live.events))


def ordered(value: Any) -> Any:
    """Lists without their order, and tokens without their step's number.

    Which of two steps answers first, and so which of their followers gets which number, may differ
    after a restart.
    """
    if isinstance(value, str):
        return TOKEN.sub("#", value)
    if isinstance(value, list | tuple):
        return sorted((ordered(item) for item in value), key=repr)
    if isinstance(value, dict):
        return {key: ordered(item) for key, item in value.items()}
    return value
