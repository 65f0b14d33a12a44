"""Workers that are killed in the middle: nothing acknowledged is lost or done again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.temporal_server import Server, server
from tests.unit.engines.temporal import shop

import tarl
from tarl.engines.temporal.runtime import TemporalRuntime
from tarl.kernel import events

LONG_S = 90.0
COMMAND = (sys.executable, "-P", "-m", "tarl.interfaces.cli.main")


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=2) as running:
        yield running


class Shop:
    """A journal, and workers of one task queue."""

    def __init__(self, temporal: Server, folder: Path) -> None:
        self.address, self.namespace = temporal.address, temporal.namespace()
        self.folder = folder
        self.db = folder / "tarl.db"
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self) -> subprocess.Popen[bytes]:
        command = [*COMMAND, "worker", "--engine", "temporal"]
        command += ["--temporal", self.address, "--namespace", self.namespace]
        command += ["--code", str(Path(shop.__file__)), "--db", str(self.db)]
        worker = subprocess.Popen(
            command,
            env={**os.environ, "SHOP": str(self.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.workers.append(worker)
        return worker

    def done(self) -> list[list[str]]:
        """What the steps have done: name, process, key."""
        path = self.folder / "done"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    async def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LONG_S
        while not holds():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)

    async def until_async(self, holds: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + LONG_S
        while not await holds():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)

    def go(self) -> None:
        (self.folder / "go").touch()


async def is_undecided(engine: TemporalRuntime) -> bool:
    """Whether Temporal shows a step that waits for somebody's decision."""
    described = await engine.client.get_workflow_handle("default/w").describe()
    pending = described.raw_description.pending_activities
    return [each.last_failure.application_failure_info.type for each in pending] == [
        "UnknownOutcome"
    ]


@pytest.fixture
def place(temporal: Server, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(temporal, tmp_path)
    try:
        yield shop
    finally:
        for worker in shop.workers:
            worker.kill()
            worker.wait()


@pytest.mark.crash
def test_another_worker_goes_on_where_a_killed_one_was(place: Shop) -> None:
    async def use() -> list[int]:
        async with tarl.open(place.db) as runtime:
            engine = await tarl.connect_temporal(runtime, place.address, namespace=place.namespace)
            first = place.add_worker()
            handle = await engine.start(shop.survives, 1, id="w")
            await place.until(lambda: any(name == "lingers" for name, *_ in place.done()))
            first.kill()
            first.wait()
            place.add_worker()
            await place.until(lambda: len(place.done()) > 2)
            place.go()
            result: list[int] = await asyncio.wait_for(handle.result(), LONG_S)
            kinds = [event.kind for event in runtime.journal.read(handle.run_id.stream)]
            assert kinds.count(events.STEP_COMPLETED) == 4
            return result

    assert asyncio.run(use()) == [1, 2, 3]
    names = [name for name, *_ in place.done()]
    assert sorted(names) == ["lingers", "lingers", "quick-1", "quick-2", "quick-3"]
    attempts = [rest for name, *rest in place.done() if name == "lingers"]
    assert attempts[0][0] != attempts[1][0]  # in another process
    assert attempts[0][1] == attempts[1][1]  # under the same key


@pytest.mark.crash
def test_a_step_that_was_cut_off_waits_for_a_decision(place: Shop) -> None:
    async def use() -> int:
        async with tarl.open(place.db) as runtime:
            engine: TemporalRuntime = await tarl.connect_temporal(
                runtime, place.address, namespace=place.namespace
            )
            first = place.add_worker()
            handle = await engine.start(shop.acts_once, id="w")
            await place.until(lambda: bool(place.done()))
            first.kill()
            first.wait()
            place.add_worker()
            await place.until_async(lambda: is_undecided(engine))
            assert len(place.done()) == 1
            runtime.resolve("w", step=1, result=42)
            result: int = await asyncio.wait_for(handle.result(), LONG_S)
            return result

    assert asyncio.run(use()) == 42
    assert len(place.done()) == 1
