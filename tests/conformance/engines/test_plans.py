"""A plan that a planner has made is carried out on real devices, the same on every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from tests.conformance.engines.opening import LONG_S, There
from tests.temporal_server import Server, server
from tests.unit.planning.execution.living import QUICK, Living

import tarl
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import RunFailed
from tarl.integrations.planning.home import HomeRuntime, open_home
from tarl.interfaces.demo.home.broker import start_broker
from tarl.interfaces.demo.home.devices import SimulatedHome
from tarl.kernel.engine import EnginePort
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.mqtt import MqttChannel
from tarl.planning.plan import ExecutionPlan
from tarl.planning.problem import Problem, Solution
from tarl.planning.slots import zone_named
from tarl.planning.solver.solve import solve_here
from tarl.planning.task import Constraint, Goal, TaskSpec, TriggerType, TrustTier, When
from tarl.values.instants import to_datetime

LIGHTS = ("light.kitchen", "light.bedroom")
LOCK = "lock.front_door"
DEVICES = (*LIGHTS, LOCK)

FASTER = 1_800
"""Half an hour of the plan is a second of the test."""

SLOWER = 60
"""Half an hour is half a minute: time enough to cancel it in the middle."""

BEGINS_IN_MS = 1_500

CONFIRMED_S = 3.0
"""A command that is cancelled before it is confirmed may be taken back twice."""


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=4) as running:
        yield running


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with asyncio.Runner() as runner:
        process = runner.run(start_broker())
        yield process.address
        runner.run(process.end())


@pytest.fixture(params=["embedded", "temporal"])
def there(request: pytest.FixtureRequest) -> There:
    if request.param == "embedded":
        return None
    running: Server = request.getfixturevalue("temporal")
    return running.address, running.namespace()


class Through:
    """What a home starts runs with: an engine, and the journal of all of them."""

    def __init__(self, engine: EnginePort, runtime: Runtime) -> None:
        self.journal = runtime.journal
        self.start = engine.start


def bedtime(household: Any, now_ms: int) -> TaskSpec:
    """One light after the other, half an hour each; at last the door."""
    now = to_datetime(now_ms).astimezone(zone_named(household.time_zone))
    wanted = [{"action": "turn_on", "duration": 30}] * len(LIGHTS) + [{"action": "lock"}]
    begins = [now + timedelta(minutes=20 + 30 * n) for n in range(len(DEVICES))]
    return TaskSpec(
        task_id="t",
        trigger_type=TriggerType.USER_REQUEST,
        intent="light the way to bed, and lock the door",
        user_id="anna",
        trust_tier=TrustTier.TRUSTED,
        goals=tuple(
            Goal("achieve", device, value, id=f"g{n}")
            for n, (device, value) in enumerate(zip(DEVICES, wanted, strict=True))
        ),
        constraints=tuple(
            Constraint("earliest", When(clock=f"{at:%H:%M}"), id=f"c{n}", goals=(f"g{n}",))
            for n, at in enumerate(begins)
        ),
    )


def sooner(plan: ExecutionPlan, *, at_ms: int, faster: int) -> ExecutionPlan:
    """The same plan from a moment on, and faster; without the rules about its times."""
    first = min(step.start_ms for step in plan.steps)

    def moved(ms: int) -> int:
        return at_ms + (ms - first) // faster

    return msgspec.structs.replace(
        plan,
        constraints=tuple(rule for rule in plan.constraints if rule.type != "earliest"),
        steps=tuple(
            msgspec.structs.replace(
                step,
                start_ms=moved(step.start_ms),
                end_ms=moved(step.end_ms),
                estimated_duration_ms=step.estimated_duration_ms // faster,
            )
            for step in plan.steps
        ),
    )


async def solve(problem: Problem) -> Solution:
    return await asyncio.get_running_loop().run_in_executor(None, solve_here, problem)


class House:
    """A home with devices at a broker, whose plans an engine carries out."""

    def __init__(self, there: There, folder: Path, broker: Broker) -> None:
        self._there = there
        self._files = Living(folder / "home", broker, DEVICES, is_elsewhere=True)
        self._files.world.close()
        self._broker = broker
        self._clock = SystemClock()

    async def live(self, use: Any) -> Any:
        files, now_ms = self._files, self._clock.now_ms
        known = files.household.devices
        async with (
            SimulatedHome(files.household, self._broker, speed=FASTER) as self.devices,
            MqttChannel(self._broker, known, now_ms=now_ms, confirm_s=10.0, power_s=0.3) as mqtt,
            open_home(
                files.db,
                files.household_file,
                channels={"mqtt": mqtt},
                keyring=files.keyring,
                clock=self._clock,
                solve=solve,
                look_s=3_600.0,
            ) as here,
        ):
            if self._there is None:
                return await asyncio.wait_for(use(here), LONG_S)
            runtime, (address, namespace) = here.runtime, self._there
            engine = await tarl.connect_temporal(runtime, address, namespace=namespace)
            here.runtime = cast(Runtime, Through(engine, runtime))
            self.engine = engine
            async with engine.working(workflows=[runtime.registered("plan")]):
                return await asyncio.wait_for(use(here), LONG_S)

    async def plan(self, here: HomeRuntime, *, faster: int = FASTER) -> ExecutionPlan:
        """A plan for bedtime that everybody has agreed to."""
        task = bedtime(self._files.household, self._clock.now_ms())
        made = await here.plan(task, plan_id="p", effort=QUICK, records=False)
        plan = sooner(made, at_ms=self._clock.now_ms() + BEGINS_IN_MS, faster=faster)
        here.plans.record(plan, tenant="default", took_ms=0)
        return here.agree(plan, by="anna")

    def did(self) -> list[list[str]]:
        """What each device did, in its order."""
        return [[action for action, _ in self.devices[id].done] for id in DEVICES]


def test_a_plan_is_carried_out(there: There, tmp_path: Path, broker: Broker) -> None:
    house = House(there, tmp_path, broker)

    async def use(here: HomeRuntime) -> Any:
        await house.plan(here)
        outcome = await here.carry_out("p")
        again = await here.carry_out("p")
        assert again == outcome
        endings = {result.step_id: result.ending for result in outcome.results}
        said = {step: row["outcome"] for step, row in here.plans.outcomes("p").items()}
        return outcome.status, endings, said, here.plans.standing("p").status, house.did()

    status, endings, said, standing, did = asyncio.run(house.live(use))
    steps = {f"g{n}.{device}": "completed" for n, device in enumerate(DEVICES)}
    assert (status, endings, said, standing) == ("completed", steps, steps, "completed")
    assert did == [["turn_on", "turn_off"], ["turn_on", "turn_off"], ["lock"]]


def test_a_plan_that_is_cancelled_stops_what_it_has_begun(
    there: There, tmp_path: Path, broker: Broker
) -> None:
    house = House(there, tmp_path, broker)

    async def use(here: HomeRuntime) -> Any:
        runtime = here.runtime
        await house.plan(here, faster=SLOWER)
        carrying = asyncio.create_task(here.carry_out("p"))
        while house.did()[0] != ["turn_on"]:
            assert not carrying.done(), carrying
            await asyncio.sleep(0.01)
        await asyncio.sleep(CONFIRMED_S)
        if there is None:
            runtime.cancel("p", reason="enough")
        else:
            await house.engine.cancel("p", reason="enough")
        with pytest.raises(RunFailed) as stopped:
            await carrying
        return stopped.value.code, here.plans.standing("p").status, house.did()

    code, standing, did = asyncio.run(house.live(use))
    assert (code, standing) == ("run.cancelled", "cancelled")
    assert did == [["turn_on", "turn_off"], [], []]
