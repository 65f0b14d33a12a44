"""Runs on Temporal over PostgreSQL while workers, both servers and the network die in turn.

The laws are those of ``test_temporal_kill``. Each worker has a way of its own to Temporal and to
the database, which is cut in the middle of a message, reset, or passes nothing for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.crash.test_kill import seed_of_the_day
from tests.crash.test_temporal_kill import Together, run_rounds
from tests.links import Link, to_port, to_socket
from tests.postgres_server import PORT
from tests.postgres_server import Server as Postgres
from tests.postgres_server import server as postgres_server
from tests.temporal_server import Server as Temporal
from tests.temporal_server import server as temporal_server

from tarl.journal.place import Place

HELD_S_MAX = 7.0
"""Longer than a worker may be silent (``temporal_worker``), so that its steps go to others."""

LENGTH = 6
"""Of the runs, which so are longer than a strike."""


@pytest.fixture
def temporal(tmp_path: Path) -> Iterator[Temporal]:
    with temporal_server(tmp_path / "temporal.db") as running:
        yield running


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


class Ways:
    """How one worker reaches both servers."""

    def __init__(
        self, stack: contextlib.ExitStack, postgres: Postgres, temporal: Temporal, folder: Path
    ) -> None:
        folder.mkdir()
        socket = postgres.home / f".s.PGSQL.{PORT}"
        self.folder = folder
        self.database = stack.enter_context(to_socket(socket, folder))
        self.temporal, self.port = stack.enter_context(to_port(temporal.port))


class AllFour(Together):
    """A journal in a database, and everything between and around it that dies."""

    workers_max = 3

    @classmethod
    def ways_to(
        cls, stack: contextlib.ExitStack, postgres: Postgres, temporal: Temporal, folder: Path
    ) -> list[Any]:
        """A way for each worker."""
        numbers = range(cls.workers_max)
        return [Ways(stack, postgres, temporal, folder / f"way{n}") for n in numbers]

    def __init__(
        self, folder: Path, seed: int, temporal: Temporal, postgres: Postgres, ways: list[Any]
    ) -> None:
        super().__init__(folder, seed, temporal, journal=postgres.database())
        self.struck: Counter[str] = Counter()
        self._postgres = postgres
        self._ways = ways
        self._turn: list[str] = []

    @property
    def strikes(self) -> int:
        return self.struck.total()

    def way(self, worker: int) -> tuple[Place, str]:
        ways = self._ways[worker]
        journal = str(self.journal).replace(str(self._postgres.home), str(ways.folder))
        return journal, f"127.0.0.1:{ways.port}"

    async def strike(self) -> None:
        """The next in turn."""
        if not self._turn:
            self._turn = ["worker", "server", "database", "network"]
            self.random.shuffle(self._turn)
        struck = self._turn.pop()
        self.struck[struck] += 1
        match struck:
            case "worker":
                self.kill_worker()
            case "server":
                await self.kill_server()
            case "database":
                self._kill_database()
            case _:
                await self._cut()

    def _kill_database(self) -> None:
        """Kill it and start it again; this process waits, which has no other way to it."""
        self._postgres.kill()
        time.sleep(self.random.uniform(0, 0.5))
        self._postgres.start()

    async def _cut(self) -> None:
        """Cut a worker, or all of them, off from one server or from both."""
        links = self._some_links()
        if self.random.random() < 0.4:
            for link in links:
                link.reset_midway()
            return
        for link in links:
            link.hold()
        await asyncio.sleep(self.random.uniform(0.2, HELD_S_MAX))
        is_forgotten = self.random.random() < 0.5
        for link in links:
            if is_forgotten:
                link.reset()
            else:
                link.go_on()

    def _some_links(self) -> list[Link]:
        hit = self._ways if self.random.random() < 0.2 else [self.random.choice(self._ways)]
        sides = self.random.choice((("temporal",), ("database",), ("temporal", "database")))
        return [getattr(ways, side) for ways in hit for side in sides]


def hunt(
    folder: Path,
    temporal: Temporal,
    postgres: Postgres,
    *,
    strikes: int,
    together: int,
    runs: int,
    kind: type[AllFour] = AllFour,
) -> Any:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    with contextlib.ExitStack() as stack:
        ways = kind.ways_to(stack, postgres, temporal, folder)
        scene = kind(folder, seed, temporal, postgres, ways)
        scene.man()
        try:
            asyncio.run(
                run_rounds(scene, temporal, strikes, together, all_runs=runs, length=LENGTH)
            )
        finally:
            scene.end()
        resets = sum(link.resets for way in ways for link in (way.database, way.temporal))
    tell(scene, resets)
    return scene


def tell(scene: AllFour, resets: int) -> None:
    lines = [json.loads(line) for line in scene.effects.read_text().splitlines()]
    steps = {(line["run"], line["step"]) for line in lines}
    runs = {run for run, _ in steps}
    print(dict(scene.struck), f"{resets} connections reset")
    print(f"{len(runs)} runs, {len(steps)} effects, {len(lines) - len(steps)} attempts repeated")


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_each_of_the_four_dies_and_nothing_is_lost_or_repeated(
    tmp_path: Path, temporal: Temporal, postgres: Postgres
) -> None:
    hunt(tmp_path, temporal, postgres, strikes=4, together=7, runs=7)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_200_runs_live_through_the_deaths_of_all_four(
    tmp_path: Path, temporal: Temporal, postgres: Postgres
) -> None:
    hunt(tmp_path, temporal, postgres, strikes=100, together=14, runs=200)
