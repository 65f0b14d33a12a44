"""Executions of every pattern replay: the same code comes to the same events, and asks nothing
again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.integrations.trust.crew import (
    Boss,
    Chooser,
    Controller,
    Desk,
    Judge,
    Office,
    Side,
    Specialist,
    Synthesizer,
    Voter,
    Worker,
)

from tarl.testing.replaycheck import assert_replays

TEAMS: dict[str, list[tuple[type[Any], tuple[Any, ...], str]]] = {
    "sequential": [(Worker, (), ""), (Worker, (), "")],
    "parallel": [(Worker, (), ""), (Worker, (), "")],
    "supervisor_worker": [(Boss, (3,), "supervisor"), (Worker, (), ""), (Worker, (), "")],
    "router": [(Chooser, ("work",), "router"), (Worker, (), ""), (Worker, (), "")],
    "ensemble": [(Synthesizer, (), "synthesizer"), (Worker, (), ""), (Worker, (), "")],
    "blackboard": [(Controller, ("a1",), "controller"), (Specialist, (), "")],
    "consensus": [(Voter, (), ""), (Voter, (), "")],
    "debate": [(Judge, (), "judge"), (Side, (), ""), (Side, (), "")],
    "handoff": [(Desk, ("a1",), ""), (Desk, (), "")],
}


@pytest.mark.parametrize("pattern", TEAMS)
def test_an_execution_replays(pattern: str, tmp_path: Path, tarl_home: Path) -> None:
    office = Office(tmp_path)
    team = [
        office.hire(kind(f"a{n}", *args), "work", "blackboard.*", roles=[role] if role else [])
        for n, (kind, args, role) in enumerate(TEAMS[pattern])
    ]
    runtime = office.runtime(*team)
    done = office.execute(*team, input="x", pattern=pattern, task_id="t")
    assert done.audit_trail
    report = assert_replays(runtime.workflow(pattern, "t"), str(office.ops.place.path), run="t/1")
    assert (report.status, report.result.output) == ("completed", done.result)
    assert report.steps > 2
    assert office.live_loans() == []
