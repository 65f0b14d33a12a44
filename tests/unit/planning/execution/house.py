"""A home in memory that does what plans ask of it, on a clock that jumps."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

import tarl
from tarl.errors import Denied, Unavailable
from tarl.planning.context import DeviceState
from tarl.planning.execution.carrying import plan_workflow
from tarl.planning.execution.handover import Handover, Observed, Outcome, StepResult
from tarl.planning.execution.home import Asked, HomeActivities, Looking
from tarl.planning.notices.news import News
from tarl.planning.plan import ExecutionPlan, ExecutionStep, StepType
from tarl.planning.slots import grid_from
from tarl.planning.task import TaskSpec, TriggerType
from tarl.testing.clock import START_MS, JumpingClock, run

NOW = START_MS
MINUTE = 60_000
HOUR = 60 * MINUTE

TASK = TaskSpec(task_id="t", trigger_type=TriggerType.USER_REQUEST, intent="do it")


def step(id: str, *, at: int, lasts: int = MINUTE, **fields: Any) -> ExecutionStep:
    """A step ``at`` milliseconds from now."""
    fields.setdefault("parameters", {"action": "run"})
    return ExecutionStep(
        step_id=id,
        step_type=StepType.DEVICE_CONTROL,
        device_id=fields.pop("device_id", id),
        start_ms=NOW + at,
        end_ms=NOW + at + lasts,
        estimated_duration_ms=lasts,
        **fields,
    )


def plan(*steps: ExecutionStep, **fields: Any) -> ExecutionPlan:
    """A plan of these steps."""
    return ExecutionPlan(
        plan_id="p", task_spec=TASK, steps=steps, grid=grid_from(NOW, hours=24), **fields
    )


class House:
    """What the home does, and what was asked of it."""

    def __init__(self, clock: JumpingClock) -> None:
        self.clock = clock
        self.commands: list[tuple[int, str, str, dict[str, Any], bool]] = []
        self.failing: dict[str, int] = {}
        self.now: dict[str, Any] = {"home": 1000, "asleep": 0, "sandbox": True}
        self.versions: list[ExecutionPlan] = []
        self.asked: list[Asked] = []
        self.ends: list[StepResult] = []
        self.told: list[News] = []
        self.settled: list[tuple[int, str | None]] = []
        self.mute = False
        self.is_stuck = False
        self.blind: set[str] = set()
        self.states: dict[str, str] = {}
        self.beside: asyncio.Task[None] | None = None
        self.planning_s = 0.0

    async def command(
        self, device: str, action: str, arguments: dict[str, Any], *, isolated: bool, key: str
    ) -> dict[str, Any]:
        at = (self.clock.now_ms() - NOW) // MINUTE
        self.commands.append((at, device, action, arguments, isolated))
        if self.failing.get(device, 0) > 0:
            self.failing[device] -= 1
            raise Denied(f"{device} is jammed")
        return {"state": "running", "key": key}

    async def settle(self, plan_id: str, version: int, by: str | None, reason: str) -> None:
        if self.is_stuck and by is not None:
            raise Denied("the plan does not stand still")
        self.settled.append((version, by))

    async def observe(self, device: str, looking: Looking) -> Observed:
        if device in self.blind:
            raise Denied(f"nobody may look at {device}")
        now = self.clock.now_ms()
        state = DeviceState(state=self.states.get(device, "on"), observed_ms=now)
        return Observed(at_ms=now, state=state, **self.now)

    async def replan(self, asked: Asked) -> ExecutionPlan:
        self.asked.append(asked)
        await asyncio.sleep(self.planning_s)
        if not self.versions:
            raise Unavailable("no solver", code="solver.crashed")
        later = self.versions.pop(0)
        return msgspec.structs.replace(later, version=asked.version + 1)

    async def ended(self, plan_id: str, result: StepResult) -> None:
        self.ends.append(result)

    async def tell(self, news: News) -> None:
        if self.mute:
            raise Denied("nobody listens")
        self.told.append(news)

    def did(self) -> list[tuple[int, str, str]]:
        """Minute, device and action of each command."""
        return [command[:3] for command in self.commands]


def carried_out(path: Path, handover: Handover, house: House, *, beside: Any = None) -> Outcome:
    """What a plan comes to."""

    async def scenario() -> Outcome:
        workflow = plan_workflow(HomeActivities(house))
        async with tarl.open(path, workflows=[workflow], clock=house.clock) as runtime:
            handle = await runtime.start(workflow, handover, id="p")
            if beside is not None:
                await beside(runtime, handle)
            return msgspec.convert(await handle.result(), Outcome)

    return run(scenario(), clock=house.clock)
