"""Workers on machines of their own, as far as the network goes, whose cables are pulled, swallow
and lose packets, while everything else dies in turn as in ``test_four_kills``.

The laws are those of ``test_temporal_kill``. Namespaces need leave that not every machine gives, so
this is a part of the soak alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.test_four_kills import HELD_S_MAX, AllFour, hunt
from tests.namespaces import Cable, cable, door, refusal
from tests.postgres_server import PORT
from tests.postgres_server import Server as Postgres
from tests.postgres_server import server as postgres_server
from tests.temporal_server import Server as Temporal
from tests.temporal_server import server as temporal_server

from tarl.journal.place import Place


@pytest.fixture
def temporal(tmp_path: Path) -> Iterator[Temporal]:
    with temporal_server(tmp_path / "temporal.db") as running:
        yield running


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


class Far:
    """How one worker, at the end of a cable, reaches both servers."""

    def __init__(
        self, stack: contextlib.ExitStack, postgres: Postgres, temporal: Temporal, number: int
    ) -> None:
        self.cable: Cable = stack.enter_context(cable(number))
        socket = postgres.home / f".s.PGSQL.{PORT}"
        self.database, self.database_port = stack.enter_context(door(self.cable, socket))
        self.temporal, self.port = stack.enter_context(door(self.cable, temporal.port))


class AllFive(AllFour):
    """All that dies there, and the cables."""

    @classmethod
    def ways_to(
        cls, stack: contextlib.ExitStack, postgres: Postgres, temporal: Temporal, folder: Path
    ) -> list[Far]:
        return [Far(stack, postgres, temporal, number) for number in range(cls.workers_max)]

    def __init__(
        self, folder: Path, seed: int, temporal: Temporal, postgres: Postgres, ways: list[Far]
    ) -> None:
        super().__init__(folder, seed, temporal, postgres, ways)
        self.cut: Counter[str] = Counter()
        self._far = ways

    def way(self, worker: int) -> tuple[Place, str]:
        far = self._far[worker]
        name = str(self.journal).partition("@/")[2].partition("?")[0]
        journal = f"postgresql://tarl@{far.cable.here}:{far.database_port}/{name}"
        return journal, f"{far.cable.here}:{far.port}"

    def prefix(self, worker: int) -> list[str]:
        return self._far[worker].cable.prefix

    async def strike(self) -> None:
        """The next in turn."""
        if not self._turn:
            self._turn = ["worker", "server", "database", "network", "cable", "cable"]
            self.random.shuffle(self._turn)
        if self._turn[-1] != "cable":
            await super().strike()
            return
        self.struck[self._turn.pop()] += 1
        hit = self._far if self.random.random() < 0.2 else [self.random.choice(self._far)]
        how = self.random.choice(("pulled", "swallows", "loses"))
        for far in hit:
            self._cut_cable(far.cable, how)
        await asyncio.sleep(self.random.uniform(0.2, HELD_S_MAX))
        for far in hit:
            far.cable.mend()

    def _cut_cable(self, cable: Cable, how: str) -> None:
        if how == "pulled":
            cable.pull()
        elif how == "swallows":
            cable.swallow()
        else:
            how = f"loses ({cable.lose()})"
        self.cut[how] += 1


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_100_runs_live_through_cables_that_are_cut(
    tmp_path: Path, temporal: Temporal, postgres: Postgres
) -> None:
    refused = refusal() if sys.platform == "linux" else "namespaces are Linux's"
    if refused is not None:
        pytest.skip(refused)
    scene = hunt(tmp_path, temporal, postgres, strikes=48, together=14, runs=100, kind=AllFive)
    print(f"cables: {dict(scene.cut)}")
