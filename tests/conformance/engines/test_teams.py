"""The patterns of agents that work together are the same on every engine: what comes of them, and
every turn, tool and call of a model on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.engines import teams
from tests.conformance.engines.opening import There, live
from tests.temporal_server import Server, server

from tarl.engines.embedded.runtime import Runtime
from tarl.kernel.engine import EnginePort
from tarl.values.canonical import encode

N = 3


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=1 + len(teams.TEAMS)) as running:
        yield running


def played(there: There, path: Path, team: Any) -> tuple[Any, list[tuple[str, str]]]:
    """What comes of a team, and who did what on the way."""
    teams.LINES.clear()

    async def use(_: Runtime, engine: EnginePort) -> Any:
        return await engine.run(team, N, id="w")

    return ordered(team, live(there, path, use, [team])), list(teams.LINES)


def ordered(team: Any, told: Any) -> Any:
    """What came of a team, without the order that the clock gave it."""
    if team.name in teams.BY_TURNS:
        told[2] = sorted(map(encode, told[2]))
    return told


@pytest.mark.parametrize("team", teams.TEAMS, ids=lambda team: team.name)
def test_a_team_does_the_same(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, team: Any
) -> None:
    teams.leave_lines_here(monkeypatch)
    there = temporal.address, temporal.namespace()
    here_result, here_lines = played(None, tmp_path / "a.db", team)
    there_result, there_lines = played(there, tmp_path / "b.db", team)
    assert here_result[0] is not None
    assert len(here_lines) >= 2
    assert there_result == here_result
    assert sorted(there_lines) == sorted(here_lines)
    if team in teams.IN_ORDER:
        assert there_lines == here_lines


@pytest.mark.filterwarnings("ignore:Cannot find activity to cancel")  # one that has just ended
def test_no_turn_is_made_again_where_no_worker_keeps_runs_in_memory(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams.leave_lines_here(monkeypatch)
    there = temporal.address, temporal.namespace()
    some = teams.TEAMS[0], *teams.AT_ONCE[-3:]

    async def use(_: Runtime, engine: EnginePort) -> Any:
        started = [await engine.start(team, N, id=team.name) for team in some]
        told = await asyncio.gather(*(each.result() for each in started))
        return [ordered(team, each) for team, each in zip(some, told, strict=True)]

    here = live(None, tmp_path / "a.db", use, some)
    lines = sorted(teams.LINES)
    teams.LINES.clear()
    assert live(there, tmp_path / "b.db", use, some, cached=0) == here
    assert sorted(teams.LINES) == lines
