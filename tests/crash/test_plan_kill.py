"""Real processes that carry plans out on devices of another, killed at random points.

Laws:
1. A device does once what a plan tells it, however often it is told.
2. Every plan completes; the ledger has each of its steps as completed.
3. The journal is sound, its tables are what its events say, and every run replays strictly.
4. In the end nothing is lent any more.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.crash.plan_worker import DEVICES, LIGHTS, SPEED, home_at
from tests.crash.test_kill import seed_of_the_day
from tests.warm.process import popen, run

from tarl.engines.embedded.clock import SystemClock
from tarl.integrations.planning.authority import HomeTrust
from tarl.interfaces.demo.home.broker import start_broker
from tarl.interfaces.demo.home.devices import SimulatedHome
from tarl.interfaces.demo.home.lapse import World
from tarl.journal.rebuild import changed_tables
from tarl.kernel import history
from tarl.planning.execution.replaying import plan as workflow
from tarl.planning.plans.ledger import PlanLedger
from tarl.storage import open_store
from tarl.testing.replaycheck import replay_from
from tarl.values.ids import RunId

ROOT = Path(__file__).parents[2]
PLANS_A_ROUND = 2


class Scene:
    """Devices at a broker, in this process and for its whole life; workers that come and go."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.directory = folder / "home"
        self.random = random.Random(seed)
        self.world = World()
        self._closing = AsyncExitStack()
        self.port = self.world.do(self._begin())

    async def _begin(self) -> int:
        broker = await start_broker()
        self._closing.push_async_callback(broker.end)
        household = home_at(self.directory, broker.address.port).household
        simulated = SimulatedHome(household, broker.address, speed=SPEED)
        self.devices = await self._closing.enter_async_context(simulated)
        return broker.address.port

    def close(self) -> None:
        self.world.do(self._closing.aclose())
        self.world.close()

    def spawn(self, plans: int, calls: int = 0) -> subprocess.Popen[str]:
        words = (str(self.directory), str(self.port), str(plans), str(calls))
        return popen(
            [sys.executable, "-X", "faulthandler", "-m", "tests.crash.plan_worker", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])},
        )

    def kill(self, worker: subprocess.Popen[str], *, within_s: float) -> bool:
        """Kill a worker at a random moment; whether it was still at work."""
        select.select([worker.stdout], [], [], 30)
        time.sleep(self.random.uniform(0, within_s))
        was_at_work = worker.poll() is None
        worker.send_signal(signal.SIGKILL)
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode in (0, -signal.SIGKILL), errors
        return was_at_work

    def finish(self, plans: int) -> None:
        worker = self.spawn(plans)
        try:
            said, errors = worker.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGABRT)  # faulthandler says where it hangs
            _, errors = worker.communicate()
            raise AssertionError(errors) from None
        assert worker.returncode == 0, errors
        assert "DONE" in said


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    seed = seed_of_the_day()
    print(f"CRASH_SEED={seed}")
    found = Scene(tmp_path, seed)
    yield found
    found.close()


def hunt(scene: Scene, kills: int, *, kills_a_plan: int) -> None:
    killed, finished = 0, 0
    plans = 1
    while killed < kills:
        if scene.kill(scene.spawn(plans), within_s=2.0):
            killed += 1
        else:  # it was done before, and the next one needs something to do
            finished += 1
        plans = 1 + finished + killed // kills_a_plan
    plans = max(plans, 2)
    scene.finish(plans)
    check(scene, plans)


def check(scene: Scene, plans: int) -> None:
    for id in DEVICES:
        done = Counter(action for action, _ in scene.devices[id].done)
        once = {"turn_on": plans, "turn_off": plans} if id in LIGHTS else {"lock": plans}
        assert done == once, f"law 1: {id} did {done}"
    home = home_at(scene.directory, scene.port)
    home.world.close()
    store = open_store(home.db, keyring=home.keyring)
    ledger = PlanLedger(store, clock=SystemClock())
    trust = HomeTrust(store, home.keyring, home.clock, tenant="default")
    for number in range(plans):
        id = f"p{number}"
        assert ledger.standing(id).status == "completed", "law 2"
        outcomes = {step: row["outcome"] for step, row in ledger.outcomes(id).items()}
        assert outcomes == {f"g{n}.{d}": "completed" for n, d in enumerate(DEVICES)}, "law 2"
        assert (ledger.standing(id).version > 1) == bool(number % 2), "law 2"
        assert trust.lent(id) == [], "law 4"
        report = replay_from(store, workflow, RunId("default", id, 1))
        assert report.status == "completed", "law 3"
    for stream in store.streams("run/"):
        assert list(history.verified(stream, store.read(stream))), "law 3"
    assert list(changed_tables(store)) == [], "law 3"
    store.close()


def replayed(scene: Scene, plan: str) -> subprocess.CompletedProcess[str]:
    """What the command line says of a plan's run."""
    words = ("replay", plan, "--strict", "--db", str(scene.directory / "tarl.db"))
    return run(
        [sys.executable, "-P", "-m", "tarl.interfaces.cli.main", *words],
        env={**os.environ, "TARL_HOME": str(scene.directory / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_killed_between_what_a_device_does_and_the_record_of_it(scene: Scene) -> None:
    """Each process tells a device again what the last one told it before it died, and dies after
    two more.
    """
    deaths = 0
    for _ in range(20):
        worker = scene.spawn(2, calls=3)
        said, errors = worker.communicate(timeout=60)
        if worker.returncode == 0:
            break
        assert worker.returncode == -signal.SIGKILL, errors
        deaths += 1
    assert "DONE" in said
    assert deaths >= 5
    check(scene, 2)


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_4_kills_and_no_device_does_anything_twice(scene: Scene) -> None:
    hunt(scene, 4, kills_a_plan=2)
    answer = replayed(scene, "p1")
    assert answer.returncode == 0, answer.stderr
    assert "no effect" in answer.stdout


@pytest.mark.crash
@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_100_kills_and_no_device_does_anything_twice(scene: Scene) -> None:
    hunt(scene, 100, kills_a_plan=3)
