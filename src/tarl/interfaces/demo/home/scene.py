"""What the demonstration of a home plays in: a directory, a broker, devices, and time that flies.

The broker is a process of its own and the devices are its clients; both are real in every way but
that nothing gets warm or clean. Broker, devices and solver live in the real time of a thread, the
journal and the runs in the play's.
"""

from __future__ import annotations

import asyncio
import csv
import shutil
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tarl.crypto.keys import Keyring
from tarl.engines.embedded.checkpointer import Checkpointer
from tarl.interfaces.demo.home.broker import running_broker
from tarl.interfaces.demo.home.devices import SimulatedHome
from tarl.interfaces.demo.home.lapse import LapseClock, World, WorldChannel, play
from tarl.planning.devices.mqtt import MqttChannel
from tarl.planning.household import Household
from tarl.planning.planner import Solve
from tarl.planning.problem import Problem, Solution
from tarl.planning.solver.process import SolverProcess
from tarl.planning.sources.snapshot import Home, home_at
from tarl.provenance.evidence import export
from tarl.storage import open_store
from tarl.values.ids import RunId
from tarl.values.instants import from_datetime

R = TypeVar("R")

BEGINS = datetime(2023, 9, 7, 16, 0, tzinfo=UTC)
"""Thursday, 7 September 2023, 19:00 in Helsinki: the evening that the prices are of."""

TICK_S = 0.005

SOURCE = Path(__file__).parent
PRICES = "day_ahead_fi_2023-09-06.csv"


class Scene:
    """A home in a directory, with its devices at a broker.

    Args:
        directory: Where everything goes.
        speed: Seconds of the play in a second.
    """

    def __init__(self, directory: Path, *, speed: float) -> None:
        self.directory = directory
        self.db = directory / "tarl.db"
        self.household_file = directory / "household.yaml"
        self.keyring = Keyring(directory / "home")
        self.clock = LapseClock(start_ms=from_datetime(BEGINS), speed=speed)
        self._write_home()
        self.home: Home = home_at(self.household_file)
        self.world = World()

    @property
    def household(self) -> Household:
        """The home."""
        return self.home.household

    def _write_home(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        for file in sorted(SOURCE.iterdir()):
            if file.suffix in (".yaml", ".csv", ".ics"):
                shutil.copyfile(file, self.directory / file.name)

    @contextmanager
    def open(self) -> Iterator[Scene]:
        """With broker, devices and solver; they end with it."""
        closing = AsyncExitStack()

        async def begin() -> None:
            self.broker = await closing.enter_async_context(running_broker())
            address = self.broker.address
            self.devices = await closing.enter_async_context(
                SimulatedHome(self.household, address, sleep=self._sleep)
            )
            over_mqtt = MqttChannel(address, self.household.devices, now_ms=self.clock.now_ms)
            self.channel = WorldChannel(self.world, await closing.enter_async_context(over_mqtt))
            self._solver = await closing.enter_async_context(SolverProcess())

        try:
            self.world.do(begin())
            yield self
        finally:
            self.world.do(closing.aclose())
            self.world.close()

    async def _sleep(self, seconds: float) -> None:
        """Devices live in the play's time, as far as it goes."""
        until = self.clock.elapsed_s + seconds
        while self.clock.elapsed_s < until:
            await asyncio.sleep(TICK_S)

    @property
    def solve(self) -> Solve:
        """Who solves, while the play stands still."""

        async def solve(problem: Problem) -> Solution:
            return await self.world.ask(self._solver.solve(problem))

        return solve

    def play(self, main: Coroutine[Any, Any, R]) -> R:
        """Run something to its end in the play's time."""
        return play(main, clock=self.clock)

    # --- what happens

    def change_prices(self, start: datetime, end: datetime, *, plus_cents: float) -> int:
        """Hours of the price file become dearer; how many did."""
        file = self.directory / PRICES
        lines = file.read_text(encoding="utf-8").splitlines()
        comments = [line for line in lines if line.startswith("#")]
        rows = list(csv.reader(line for line in lines if not line.startswith("#")))
        changed = 0
        for row in rows[1:]:
            if start <= datetime.fromisoformat(row[0]) < end:
                row[1] = f"{float(row[1]) + plus_cents:.3f}"
                changed += 1
        body = [",".join(row) for row in rows]
        file.write_text("\n".join([*comments, *body]) + "\n", encoding="utf-8")
        return changed

    def tell(self, device: str, **told: Any) -> None:
        """A device tells something that nobody commanded."""
        self.world.do(self.devices[device].report(**told))

    # --- after

    def export(self, *run_ids: str) -> dict[str, Path]:
        """Runs' evidence in files, under one signed checkpoint."""
        written = {}
        store = open_store(self.db, keyring=self.keyring, clock=self.clock)
        try:
            note = Checkpointer(store, self.keyring, self.clock).sign(publish=True).note
            for run_id in run_ids:
                lines = export(store, self.keyring, RunId("default", run_id, 1), note=note)
                written[run_id] = self.directory / f"{run_id}.evidence"
                written[run_id].write_bytes(b"".join(lines))
        finally:
            store.close()
        return written

    def verify(self, evidence: Path) -> tuple[int, list[str]]:
        """What tarl-verify says of it, and its exit code."""
        root = self.keyring.public("root").vkey
        answer = subprocess.run(
            [sys.executable, "-m", "tarl_verify", str(evidence), "--root", root],
            capture_output=True,
            text=True,
            check=False,
        )
        return answer.returncode, (answer.stdout + answer.stderr).splitlines()
