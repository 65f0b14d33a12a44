"""A real runtime on a real file, with agents whose authority comes and goes while runs are on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.threats import deeds
from tests.unit.provenance.agents_at_work import Office

import tarl
from tarl.errors import TarlError
from tarl.kernel.definition import Activity, Workflow
from tarl.policy.grant import Grant, Grants
from tarl.trust.records import Target
from tarl.values.ids import RunId

WORKFLOWS = tuple(value for value in vars(deeds).values() if isinstance(value, Workflow))
ACTIVITIES = tuple(value for value in vars(deeds).values() if isinstance(value, Activity))


class Shop(Office):
    """``acme`` stands above; ``planner`` may mail, pay and delegate; others as they are given."""

    def open_for_business(self, *, budget: int | None = None) -> None:
        self.register("acme", "service")
        self.operations.establish_authority("acme", capabilities=["*"])
        self.give("planner", [*self.priced(budget), Grant("trust.delegate")])
        self.register("clerk", "agent")
        self.operations.delegate("planner", "clerk", capabilities=self.priced(budget))

    @staticmethod
    def priced(budget: int | None) -> list[Grant]:
        """Mail, pages, and payments within a budget."""
        limits = {}
        if budget is not None:
            limits = {"budget.EUR": [{"kind": "budget", "unit": "EUR", "limit": budget}]}
        return _all(limits)

    def give(self, agent: str, capabilities: Any, **options: Any) -> None:
        """An agent that the authority establishes."""
        self.register(agent, "agent")
        self.operations.establish(agent, "acme", capabilities, depth_left=4, **options)

    def revoke(self, agent: str) -> None:
        self.operations.revoke(Target(agent=agent), "a test")

    async def outcome(self, workflow: Any, given: Any = None, **options: Any) -> str:
        """``done``, or the code or type of what went wrong."""
        try:
            await self.runtime.run(workflow, given, **{"id": "w", **options})
        except TarlError as error:
            return error.code
        return "done"

    def kinds(self, id: str = "w", n: int = 1) -> list[str]:
        """The kinds of a run's events."""
        return [event.kind for event in self.store.read(RunId("default", id, n).stream)]

    def codes(self, id: str = "w", n: int = 1) -> set[str]:
        """The codes of the reasons for which steps were denied."""
        found = set()
        for event in self.store.read(RunId("default", id, n).stream):
            if event.kind == "step.denied/1":
                said: Any = tarl.kernel.events.DECODERS[event.kind](event.body or b"")
                found |= {reason["code"] for reason in said.reasons}
        return found


def _all(constraints: Any) -> list[Grant]:
    data = [
        {"action": action, "resource": "*", "constraints": constraints if "pay" in action else {}}
        for action in ("mail.*", "pay.*", "read.*")
    ]
    return list(Grants.from_data(data).grants)


def at_shop(path: Path, work: Callable[[Shop], Awaitable[Any]], **options: Any) -> Any:
    """Somebody's work in a shop; again on the same path, it is the same shop."""

    async def go() -> Any:
        options.setdefault("workflows", WORKFLOWS)
        async with tarl.open(path / "t.db", **options) as runtime:
            return await asyncio.wait_for(work(Shop(runtime)), 30)

    return asyncio.run(go())
