"""Runs on Temporal whose workers are killed at random moments, and the server with them.

Laws, checked after every kill on what is on disk and at the end on everything:
1. A step whose outcome is in the journal never runs again.
2. All attempts of a step carry one key and the same arguments; no two steps share a key.
3. A recorded outcome is what one of the attempts answered.
4. A result that was acknowledged is what the journal says.
5. A non-idempotent step takes effect once.
6. Every run completes; every chain verifies; the log has no gap; Temporal's histories replay.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from tests.crash.mix import MIX
from tests.crash.test_kill import ROOT, SETTLED, Scene, check_outcomes, seed_of_the_day
from tests.temporal_server import Server, server

import tarl
from tarl.engines.embedded.runtime import Runtime
from tarl.engines.temporal.replaying import Replays
from tarl.engines.temporal.runtime import TemporalRuntime, connect
from tarl.errors import Conflict, Unavailable
from tarl.journal.place import Place
from tarl.journal.store import Store
from tarl.kernel import history
from tarl.kernel.definition import DECLARED
from tarl.kernel.events import DECODERS
from tarl.values.ids import RunId

QUEUE = "killed"
WORKER = "tests.crash.temporal_worker"
WORKERS = 2
SERVER_DIES = 0.25
UNDECIDED = "UnknownOutcome"


@pytest.fixture
def temporal(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path / "temporal.db") as running:
        yield running


class Together(Scene):
    """A journal, a server that keeps its histories, and workers that die."""

    workers_max = WORKERS

    def __init__(
        self, folder: Path, seed: int, running: Server, *, journal: Place | None = None
    ) -> None:
        super().__init__(folder, seed, journal=journal)
        self.deaths = 0
        self._seen = 0
        self._seen_at_s: dict[tuple[str, int], float] = {}
        self._server = running
        self._errors = folder / "errors"
        self._workers: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def strikes(self) -> int:
        """How often something was killed."""
        return self.kills + self.deaths

    def way(self, worker: int) -> tuple[Place, str]:
        """Where a worker finds the journal, and the server."""
        return self.journal, self._server.address

    def prefix(self, worker: int) -> list[str]:
        """What a worker's command begins with."""
        return []

    def man(self) -> None:
        """See that there are as many workers as there should be."""
        for number in range(self.workers_max):
            if number in self._workers:
                continue
            journal, address = self.way(number)
            arguments = (journal, self.effects, address, QUEUE)
            with self._errors.open("ab") as errors:
                self._workers[number] = subprocess.Popen(
                    [*self.prefix(number), sys.executable, "-m", WORKER, *map(str, arguments)],
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
                )

    async def strike(self) -> None:
        """Kill the server, or a worker; what is killed comes back."""
        if self.random.random() < SERVER_DIES or self.strikes == 0:
            await self.kill_server()
        else:
            self.kill_worker()

    async def kill_server(self) -> None:
        """Kill Temporal's server, and start it where it was."""
        self._server.kill()
        self.deaths += 1
        await asyncio.sleep(self.random.uniform(0, 0.3))
        await asyncio.to_thread(self._server.start)

    def kill_worker(self) -> None:
        """Kill a worker, and start another."""
        self._end(self._workers.pop(self.random.choice([*self._workers])))
        self.kills += 1
        self.man()

    def look(self) -> None:
        """Law 1, while workers are at it: no attempt has begun at a step that was settled then."""
        store = self.open()
        news = list(store.read_log(self._seen))
        store.close()
        now_s = time.time()
        for line in self.new_lines():
            settled_s = self._seen_at_s.get((line["run"], line["step"]), inf)
            assert line["began_s"] <= settled_s, f"done again: {line}"
        for event in news:
            assert event.log_index == self._seen
            self._seen += 1
            if event.kind in SETTLED:
                assert event.body is not None
                step = DECODERS[event.kind](event.body).step
                self._seen_at_s.setdefault((RunId.from_stream(event.stream).ref, step), now_s)

    def end(self) -> None:
        """End all workers."""
        while self._workers:
            self._end(self._workers.popitem()[1])

    def _end(self, worker: subprocess.Popen[bytes]) -> None:
        assert worker.poll() is None, self._errors.read_text()
        worker.send_signal(signal.SIGKILL)
        worker.wait(timeout=60)


class Runs:
    """What the workers are given to do, and what came of it."""

    def __init__(
        self, scene: Together, runtime: Runtime, engine: TemporalRuntime, *, length: int = 2
    ) -> None:
        self.results: dict[str, Any] = {}
        self._length = length
        self._waiting: set[asyncio.Task[None]] = set()
        self._scene = scene
        self._runtime = runtime
        self._engine = engine
        self.started = 0

    @property
    def under_way(self) -> int:
        return self.started - len(self.results)

    def start(self, runs: int) -> None:
        """Start so many more, and keep waiting for them."""
        for number in range(self.started, self.started + runs):
            workflow = MIX[number % len(MIX)]
            name, n = f"{workflow.name}-{number}", self._length + number % 3
            self._waiting.add(asyncio.create_task(self._live_through(workflow, name, n)))
        self.started += runs

    async def _live_through(self, workflow: Any, name: str, n: int) -> None:
        handle = await patiently(lambda: self._engine.start(workflow, n, id=name))
        self.results[handle.run_id.ref] = await patiently(handle.result)

    async def advance(self, *, under_way: int = 0, for_s: float) -> None:
        """See that so many runs are under way for a while, and that whoever has to decides."""
        until_s = time.monotonic() + for_s
        while (left_s := until_s - time.monotonic()) > 0:
            self.start(max(0, under_way - self.under_way))
            try:
                await self.decide()
            except RPCError as error:
                print(f"the server is not back yet: {error}")
            await asyncio.sleep(min(0.2, left_s))
            for task in [task for task in self._waiting if task.done()]:
                self._waiting.remove(task)
                task.result()

    async def decide(self) -> None:
        """Decide about steps that were cut off as a careful operator would: Temporal says which,
        the effect's line whether they happened.
        """
        async for listed in self._engine.client.list_workflows():
            if listed.status is not WorkflowExecutionStatus.RUNNING:
                continue
            handle = self._engine.client.get_workflow_handle(listed.id)
            for pending in (await handle.describe()).raw_description.pending_activities:
                failure = pending.last_failure
                if failure.application_failure_info.type == UNDECIDED:
                    self._decide(failure.message)

    def _decide(self, said: str) -> None:
        run, step = said.split(": step ")
        number, effects = int(step.split()[0]), self._scene.effects
        tokens = [
            line["token"]
            for line in map(json.loads, effects.read_text().splitlines())
            if (line["run"], line["step"]) == (run, number)
        ]
        told: dict[str, Any] = {"result": tokens[-1]} if tokens else {"retry": True}
        try:
            self._runtime.resolve(run, step=number, **told)
        except Conflict as error:
            if error.code not in ("step.decided", "journal.position"):
                raise


async def patiently(ask: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until the server is there."""
    while True:
        try:
            return await ask()
        except Unavailable:
            await asyncio.sleep(0.2)


async def run_rounds(
    scene: Together, running: Server, strikes: int, runs: int, *, all_runs: int = 0, length: int = 2
) -> None:
    """Strike until that is enough, with so many runs under way, and see everything through."""
    async with tarl.open(scene.journal, workflows=MIX) as runtime:
        engine = await connect(runtime, running.address, task_queue=QUEUE)
        told = Runs(scene, runtime, engine, length=length)
        while scene.strikes < strikes or told.started < all_runs:
            await told.advance(under_way=runs, for_s=scene.random.uniform(0.3, 2))
            striking = asyncio.create_task(scene.strike())
            while not striking.done():
                await told.advance(under_way=runs, for_s=0.2)
            striking.result()
            scene.look()
        while told.under_way:
            await told.advance(for_s=1)
        scene.look()
        await check_histories(engine)
        check_everything(scene, told.results)


async def check_histories(engine: TemporalRuntime) -> None:
    """Law 6: what Temporal recorded leads the code to where it was."""
    store = engine.engine.store
    async with Replays(DECLARED.find, store, limits=engine.engine.limits) as replays:
        async for history in engine.client.list_workflows().map_histories():
            replayed = await replays.replay(history)
            assert replayed.status == "completed"


def check_everything(scene: Scene, results: dict[str, Any]) -> None:
    attempts = defaultdict(list)
    for text in scene.effects.read_text().splitlines():
        line = json.loads(text)
        attempts[line["run"], line["step"]].append(line)
    for lines in attempts.values():
        assert len({line["key"] for line in lines}) == 1, f"law 2: {lines}"
        assert len({json.dumps(line["seen"]) for line in lines}) == 1, f"law 2: {lines}"
    keys = [lines[0]["key"] for lines in attempts.values()]
    assert len(keys) == len(set(keys)), "law 2: two steps share a key"
    store = scene.open()
    try:
        check_runs(store, attempts, results)
    finally:
        store.close()


def check_runs(store: Store, attempts: dict[Any, list[Any]], results: dict[str, Any]) -> None:
    runs, log_size = set(), 0
    for stream in store.streams("run/"):
        run = RunId.from_stream(stream)
        events = list(history.verified(stream, store.read(stream)))
        log_size += len(events)
        last = events[-1]
        assert last.kind == "run.completed/1", f"law 6: {run.ref} ends with {last}"
        assert last.body is not None
        recorded = json.loads(bytes(DECODERS[last.kind](last.body).result))
        assert recorded == results[run.ref], f"law 4: {run.ref}"
        check_outcomes(run, events, attempts)
        runs.add(run.ref)
    assert runs == set(results)
    assert log_size == store.log_size()


def hunt(folder: Path, running: Server, *, strikes: int, runs: int) -> None:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    scene = Together(folder, seed, running)
    scene.man()
    try:
        asyncio.run(run_rounds(scene, running, strikes, runs))
    finally:
        scene.end()
    print(f"{scene.kills} workers and {scene.deaths} servers killed")


@pytest.mark.crash
@pytest.mark.timeout(300)
def test_3_kills_lose_nothing_and_repeat_nothing_acknowledged(
    tmp_path: Path, temporal: Server
) -> None:
    hunt(tmp_path, temporal, strikes=3, runs=7)


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_100_kills_lose_nothing_and_repeat_nothing_acknowledged(
    tmp_path: Path, temporal: Server
) -> None:
    hunt(tmp_path, temporal, strikes=100, runs=14)
