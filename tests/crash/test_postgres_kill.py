"""Workers over a journal on PostgreSQL, killed at random points, and the server with them.

The laws are those of ``test_kill``. A worker waits for its server when it commits; one that finds
none when it begins, or in the middle of a look, says that there is none and ends.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.test_kill import Scene, run_rounds, seed_of_the_day
from tests.postgres_server import Server, server

SERVER_DIES = 0.3


@pytest.fixture
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


class Together(Scene):
    """A journal on a server that dies now and then while its workers are at it."""

    def __init__(self, folder: Path, seed: int, running: Server) -> None:
        super().__init__(folder, seed, journal=running.database())
        self._server = running
        self.deaths = 0

    def may_end(self, code: int, errors: str) -> bool:
        return super().may_end(code, errors) or "does not answer" in errors

    def kill(self, workers: list[subprocess.Popen[str]]) -> None:
        if self.random.random() < SERVER_DIES:
            time.sleep(self.random.uniform(0.2, 1.2))
            self._server.kill()
            time.sleep(self.random.uniform(0, 0.3))
            self._server.start()
            self.deaths += 1
        super().kill(workers)


def hunt_together(folder: Path, running: Server, kills: int) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    scene = Together(folder, seed, running)
    run_rounds(scene, kills)
    print(f"{scene.kills} workers and {scene.deaths} servers killed")


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_6_kills_lose_nothing_and_repeat_nothing_acknowledged(
    tmp_path: Path, postgres: Server
) -> None:
    hunt_together(tmp_path, postgres, 6)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_200_kills_lose_nothing_and_repeat_nothing_acknowledged(
    tmp_path: Path, postgres: Server
) -> None:
    hunt_together(tmp_path, postgres, 200)
