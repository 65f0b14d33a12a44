"""Histories that earlier versions recorded replay for ever, and are taken up again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.corpus import CORPUS, RACES_WITH_TIME
from tests.lab import copied, ending, record, replayed, take_up
from tests.replay.golden import FOLDER, plain, read

from tarl.testing.clock import JumpingClock

WORKFLOWS = {workflow.name: workflow for workflow, _ in CORPUS}
FILES = sorted(FOLDER.glob("*/*.ndjson"))

each = pytest.mark.parametrize("path", FILES, ids=[f"{p.parent.name}-{p.stem}" for p in FILES])


def test_every_workflow_of_the_corpus_has_a_recorded_history() -> None:
    assert {path.stem for path in FILES} == set(WORKFLOWS)


@each
def test_it_replays(path: Path) -> None:
    first, recorded = read(path)
    replay = replayed(WORKFLOWS[first["workflow"]], recorded)
    assert replay.status != "running"
    assert replay.ahead == ()
    result, error = ending(replay)
    assert (plain(result), error) == (recorded.result, recorded.error)


@each
def test_it_is_taken_up_from_its_middle(path: Path) -> None:
    first, recorded = read(path)
    workflow = WORKFLOWS[first["workflow"]]
    length = (len(recorded.events) + 1) // 2
    if workflow.name == "patching":
        length = 9
    clock = JumpingClock(start_ms=recorded.events[length - 1].recorded_at_ms)
    again = take_up(copied(recorded, length), workflow, recorded.run, clock=clock)
    if workflow.name not in RACES_WITH_TIME:
        assert (again.result is None, again.error is None) == (
            recorded.result is None,
            recorded.error is None,
        )
    assert again.facts[:length] == recorded.facts[:length]


@each
def test_it_is_recorded_again_with_the_same_bytes(path: Path) -> None:
    first, recorded = read(path)
    again = record(WORKFLOWS[first["workflow"]], first["input"])
    assert again.facts[1:] == recorded.facts[1:]
