"""Engines over a journal of their own, for the home of the demonstration, on a June evening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Conflict
from tarl.integrations.planning.engine import OrchestrationEngine
from tarl.planning.context import DeviceState
from tarl.planning.household import Device
from tarl.planning.problem import Problem, Solution
from tarl.planning.requests import (
    OrchestrationConfig,
    OrchestrationRequest,
    OrchestrationResponse,
)
from tarl.planning.sandbox.running import Sandbox
from tarl.planning.solver.solve import solve_here
from tarl.planning.task import TriggerType
from tarl.testing.clock import JumpingClock, run

DISHES = "run the dishwasher when power is cheapest before 11 pm tomorrow"
LIGHT = "turn on the kitchen light"
DOOR = "unlock the front door"


async def solved(problem: Problem) -> Solution:
    """The solver, in a thread of this process: time stands still meanwhile."""
    return await asyncio.to_thread(solve_here, problem)


async def _never(_: Sandbox) -> bool:
    return False


class Devices:
    """Devices that do at once what they are told."""

    def __init__(self, clock: JumpingClock) -> None:
        self.clock = clock
        self.told: list[tuple[str, str]] = []
        self.states: dict[str, DeviceState] = {}
        self.failing = 0

    async def command(
        self, device: Device, action: str, arguments: dict[str, Any], *, key: str
    ) -> dict[str, Any]:
        if self.failing:
            self.failing -= 1
            raise Conflict(f"{device.id} refuses", code="device.refused")
        self.told.append((device.id, action))
        state = "on" if action == "turn_on" else "off"
        self.states[device.id] = DeviceState(state=state, observed_ms=self.clock.now_ms())
        return {"state": state}

    async def state(self, device: Device) -> DeviceState | None:
        known = self.states.get(device.id)
        return known or DeviceState(state="off", observed_ms=self.clock.now_ms())

    async def watch(self) -> AsyncIterator[tuple[str, DeviceState]]:
        await asyncio.Event().wait()
        yield "", DeviceState(state="", observed_ms=0)


class Scene:
    """A journal, a clock, and engines over them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # Whether steps can be isolated here is found out by a process, for which time that jumps
        # does not wait.
        monkeypatch.setattr(Sandbox, "is_available", _never)
        self.folder = folder
        self.clock = JumpingClock()
        self.devices = Devices(self.clock)

    def engine(
        self, config: OrchestrationConfig | None = None, **options: Any
    ) -> OrchestrationEngine:
        """Another engine over the same journal."""
        return OrchestrationEngine(
            config,
            data_dir=self.folder,
            clock=self.clock,
            solve=options.pop("solve", solved),
            channels={"mqtt": self.devices},
            **options,
        )

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run it where time jumps."""
        return run(work, clock=self.clock)

    def asked(
        self,
        *intents: str,
        config: OrchestrationConfig | None = None,
        engine: dict[str, Any] | None = None,
        **fields: Any,
    ) -> list[OrchestrationResponse]:
        """What an engine answers to these sentences."""

        async def work() -> list[OrchestrationResponse]:
            asking = self.engine(config, **(engine or {}))
            await asking.start()
            try:
                return [await asking.create_execution_plan(wish(i, **fields)) for i in intents]
            finally:
                await asking.stop()

        answers: list[OrchestrationResponse] = self.run(work())
        return answers


def wish(intent: str, **fields: Any) -> OrchestrationRequest:
    """A request of Anna's, unless it says otherwise."""
    asked = {"trigger_type": TriggerType.USER_REQUEST, "user_id": "anna", **fields}
    return OrchestrationRequest(intent=intent, **asked)
