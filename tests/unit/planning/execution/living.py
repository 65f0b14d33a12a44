"""The demonstration's home with some of its devices, behind a real broker, in time that flies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tarl.integrations.planning.home import HomeRuntime, open_home
from tarl.interfaces.demo.home.devices import SimulatedDevice, SimulatedHome
from tarl.interfaces.demo.home.lapse import WorldChannel
from tarl.interfaces.demo.home.scene import Scene
from tarl.planning.devices.broker import Broker
from tarl.planning.devices.mqtt import MqttChannel
from tarl.planning.execution.handover import Outcome, Thresholds
from tarl.planning.formulation.formulate import Effort
from tarl.planning.notices.notice import Notice
from tarl.planning.planner import Solve
from tarl.planning.problem import Problem, Solution
from tarl.planning.slots import zone_named
from tarl.planning.solver.solve import solve_here
from tarl.planning.task import Constraint, Goal, TaskSpec, TriggerType, TrustTier, When
from tarl.values.instants import to_datetime

R = TypeVar("R")

Beside = Callable[[], Coroutine[Any, Any, None]]
"""What somebody does meanwhile."""

QUICK = Effort(alternatives=0, are_rules_priced=False, time_limit_ms=2_000)

SPEED = 28_800.0
"""Eight hours in a second."""

LOOK_S = 1_200.0

BOUNDS = Thresholds(debounce_ms=60_000, later_ms=12 * 3_600_000, cost_more_micro=1_000_000)

WASH = "run the dishwasher when power is cheapest before 7am unless someone is sleeping"


class Living(Scene):
    """A home while somebody plays in it.

    Args:
        directory: Where its files go.
        broker: Where its devices are.
        devices: Of the demonstration's home; others may be added by what they differ in.
        also: Those others, by id; ``like`` names the one that they are like.
        speed: Seconds of the play in a second.
        is_elsewhere: Whether another process simulates the devices.
    """

    def __init__(
        self,
        directory: Path,
        broker: Broker,
        devices: tuple[str, ...],
        *,
        also: Mapping[str, Mapping[str, Any]] | None = None,
        speed: float = SPEED,
        is_elsewhere: bool = False,
    ) -> None:
        self._address = broker
        self._is_elsewhere = is_elsewhere
        self._chosen = devices
        self._also = also or {}
        self.notices: list[Notice] = []
        self.doubts: list[tuple[str, str]] = []
        super().__init__(directory, speed=speed)

    def _write_home(self) -> None:
        super()._write_home()
        said = yaml.safe_load(self.household_file.read_text())
        known = {device["id"]: device for device in said["devices"]}
        said["devices"] = [known[id] for id in self._chosen]
        for id, differs in self._also.items():
            other = {**known[differs["like"]], "id": id, "name": id, "aliases": []}
            other["capabilities"] = [{**c, "device_id": id} for c in other["capabilities"]]
            other["channel"] = {
                "mqtt": {
                    name: topic.replace(differs["like"], id)
                    for name, topic in other["channel"]["mqtt"].items()
                }
            }
            said["devices"].append({**other, **{k: v for k, v in differs.items() if k != "like"}})
        said["sources"] = [
            each for each in said["sources"] if each.get("device", "presence") in self._chosen
        ]
        said.pop("routines")
        # Through JSON, so that nothing is written as an alias.
        self.household_file.write_text(yaml.safe_dump(json.loads(json.dumps(said, default=str))))

    @contextmanager
    def open(self) -> Iterator[Living]:
        """With devices and solver, at a broker that is there."""
        closing = AsyncExitStack()

        async def begin() -> None:
            if not self._is_elsewhere:
                self.devices = await closing.enter_async_context(
                    SimulatedHome(self.household, self._address, sleep=self._sleep)
                )
            over_mqtt = MqttChannel(
                self._address,
                self.household.devices,
                now_ms=self.clock.now_ms,
                confirm_s=4.0,
                power_s=0.3,
            )
            self.mqtt = await closing.enter_async_context(over_mqtt)
            self.channel = WorldChannel(self.world, self.mqtt)

        try:
            self.world.do(begin())
            yield self
        finally:
            self.world.do(closing.aclose())
            self.world.close()

    @property
    def solve(self) -> Solve:
        """Who solves: a thread, which is there sooner than a process."""

        async def solve(problem: Problem) -> Solution:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(None, solve_here, problem)

        return solve

    @asynccontextmanager
    async def here(self, **options: Any) -> AsyncIterator[HomeRuntime]:
        """The home, to plan for and to carry plans out in."""
        async with open_home(
            self.db,
            self.household_file,
            channels={"mqtt": self.channel},
            keyring=self.keyring,
            clock=self.clock,
            solve=self.solve,
            look_s=LOOK_S,
            notifier=self,
            doubt=lambda plan, why: self.doubts.append((plan, why)),
            **options,
        ) as here:
            yield here

    async def unplug(self, id: str) -> None:
        """A device goes away without a word; the play stands still meanwhile."""

        async def unplug() -> None:
            self.devices[id].unplug()

        await self.world.ask(unplug())

    async def plug(self, id: str) -> None:
        """It comes back, and says so; the play stands still meanwhile."""

        async def plug() -> None:
            self.devices[id].plug()
            await self.devices[id].ready()

        await self.world.ask(plug())

    name = "living"

    async def notify(self, notice: Notice) -> None:
        """See ``Notifier``."""
        self.notices.append(notice)

    def said(self, kind: str) -> list[str]:
        """What people were told of a kind."""
        return [notice.text for notice in self.notices if notice.kind == kind]

    def __getitem__(self, id: str) -> SimulatedDevice:
        return self.devices[id]

    def did(self, id: str) -> list[str]:
        """Actions that a device carried out."""
        return [action for action, _ in self.devices[id].done]


@contextmanager
def living(directory: Path, broker: Broker, *devices: str, **options: Any) -> Iterator[Living]:
    """A home with these devices."""
    with Living(directory / "home", broker, devices, **options).open() as home:
        yield home


def task(
    home: Living, *wanted: tuple[str, str, int], by: int | None = None, **arguments: Any
) -> TaskSpec:
    """Anna asks for devices, actions, and in how many minutes each; ``by`` says until when."""
    zone = zone_named(home.household.time_zone)
    now = to_datetime(home.clock.now_ms()).astimezone(zone)

    def clock(minutes: int) -> str:
        return f"{now + timedelta(minutes=minutes):%H:%M}"

    return TaskSpec(
        task_id="t",
        trigger_type=TriggerType.USER_REQUEST,
        intent="as told",
        user_id="anna",
        trust_tier=TrustTier.TRUSTED,
        goals=tuple(
            Goal("achieve", device, {"action": action, **arguments}, id=f"g{n}")
            for n, (device, action, _) in enumerate(wanted)
        ),
        constraints=tuple(
            Constraint(
                "earliest", When(clock=clock(at)), operator="gte", id=f"c{n}", goals=(f"g{n}",)
            )
            for n, (_, _, at) in enumerate(wanted)
        )
        + (() if by is None else (Constraint("deadline", When(clock=clock(by)), id="by"),)),
    )


async def carried_out(
    here: HomeRuntime, wanted: str | TaskSpec = WASH, beside: Beside | None = None
) -> Outcome:
    """What a plan for a sentence or a task comes to, with somebody interfering."""
    asked = {"user": "anna"} if isinstance(wanted, str) else {}
    plan = await here.plan(wanted, plan_id="p", effort=QUICK, **asked)
    here.agree(plan, by="anna")
    return await watched(here.carry_out("p", thresholds=BOUNDS), beside)


async def watched(work: Coroutine[Any, Any, R], beside: Beside | None) -> R:
    """Somebody interferes while something goes on."""
    if beside is None:
        return await work
    interfering = asyncio.create_task(beside())
    try:
        return await work
    finally:
        interfering.cancel()
        if interfering.done() and not interfering.cancelled():
            interfering.result()


async def until(holds: Callable[[], bool], *, every_s: float = 60.0, hours: int = 24) -> None:
    """Wait, in the play's time, until something is so."""
    for _ in range(int(hours * 3600 / every_s)):
        if holds():
            return
        await asyncio.sleep(every_s)
    raise AssertionError("it did not come about")
