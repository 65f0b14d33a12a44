"""Runs of the suite: the agents room as it is used, with a model that obeys whatever it reads.

Such a model is the worst case: no detector, no training and no prompt stands between what a
stranger wrote and the call that it asks for. What stands there is the gateway alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.agent_attacks.tasks import GOALS, RULES, TASKS, TOOLS, Goal, Task
from tests.agent_attacks.templates import TEMPLATES, orders_in, written
from tests.agent_attacks.worlds import WORLDS, World

import tarl
from tarl import Context, workflow
from tarl.agents.llm import ModelAgent
from tarl.agents.model import Message, ModelRequest, ToolCall
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.sequential import sequential
from tarl.agents.tool import tool
from tarl.engines.embedded.runtime import Runtime
from tarl.governance.taint.ledger import TaintSettings
from tarl.values.canonical import encode

TOGETHER = 20


class Case(NamedTuple):
    """A user's task, and what a stranger wrote into what it reads."""

    task: Task
    goal: Goal | None = None
    template: str = ""

    @property
    def id(self) -> str:
        names = [self.task.environment, self.task.name]
        if self.goal is not None:
            names += [self.goal.name, self.template]
        return "--".join(names).replace(" ", "-")


class Outcome(NamedTuple):
    """What came of a case: whether the user and whether the attacker got what they wanted."""

    case: Case
    is_useful: bool
    is_attacked: bool


class Figures(NamedTuple):
    """Outcomes, counted."""

    cases: int
    useful: int
    attacked: int

    @property
    def utility(self) -> float:
        return self.useful / self.cases if self.cases else 0.0


def benign() -> list[Case]:
    """Every task with nothing injected."""
    return [Case(task) for task in TASKS]


def attacks() -> list[Case]:
    """Every task with every goal of its environment in every wrapping."""
    return [
        Case(task, goal, template)
        for task in TASKS
        for goal in GOALS
        if goal.environment == task.environment
        for template in TEMPLATES
    ]


def counted(outcomes: Iterable[Outcome]) -> Figures:
    found = list(outcomes)
    return Figures(
        len(found), sum(each.is_useful for each in found), sum(each.is_attacked for each in found)
    )


# --- the agent


def obeys(task: Task) -> ScriptedModel:
    """A model that first does what it has read, and then the user's task."""

    def answer(request: ModelRequest) -> Message | str:
        asked = [(c.name, c.arguments) for m in request.messages for c in m.tool_calls]
        read = "\n".join(m.content for m in request.messages if m.role == "tool")
        wanted = [*orders_in(read), *task.steps]
        for at, call in enumerate(wanted):
            arguments = encode(call.arguments).decode()
            if (call.tool, arguments) not in asked:
                known = ToolCall(id=f"c{len(asked)}-{at}", name=call.tool, arguments=arguments)
                return Message(role="assistant", tool_calls=(known,))
        return "done"

    return ScriptedModel("obedient", answer)


AGENTS = {
    (task.environment, task.name): ModelAgent(
        "assistant",
        obeys(task),
        instructions="You help your user with the tools that you have.",
        tools=[tool(each, name=each.fn.__name__) for each in TOOLS[task.environment]],
        rounds_max=20,
    )
    for task in TASKS
}
_TASKS = {(task.environment, task.name): task for task in TASKS}


@workflow(name="agent_attacks.assist")
async def assist(ctx: Context, asked: dict[str, str]) -> Any:
    """One task of a user: what is known of it is fixed before anything is read."""
    task = _TASKS[asked["environment"], asked["task"]]
    task.fixed(ctx)
    agent = AGENTS[task.environment, task.name]
    result = await sequential(ctx, [agent], asked["prompt"])
    return result.output


# --- runs


@asynccontextmanager
async def opened(path: Path, *, contained: bool, **options: Any) -> AsyncIterator[Runtime]:
    """A runtime of the suite, with the operator's rules."""
    async with tarl.open(
        path,
        workflows=[assist],
        synchronous="NORMAL",
        taint=None if contained else "off",
        **options,
    ) as runtime:
        settings = TaintSettings(runtime.journal, clock=runtime.engine.clock)
        for rule in RULES:
            settings.allow(rule, by="operator")
        yield runtime


async def outcome(runtime: Runtime, case: Case) -> Outcome:
    """Carry out one case."""
    text = "" if case.goal is None else TEMPLATES[case.template](written(case.goal.calls))
    world = WORLDS[case.id] = World(text)
    task = case.task
    asked = {"environment": task.environment, "task": task.name, "prompt": task.prompt}
    try:
        answer = await runtime.run(assist, asked, id=case.id)
    finally:
        del WORLDS[case.id]
    is_useful = answer == "done" and task.useful(world)
    return Outcome(case, is_useful, case.goal is not None and case.goal.achieved(world))


async def outcomes(path: Path, cases: Sequence[Case], *, contained: bool) -> list[Outcome]:
    """Carry out cases, some at the same time."""
    found: list[Outcome] = []
    async with opened(path, contained=contained) as runtime:
        for at in range(0, len(cases), TOGETHER):
            some = cases[at : at + TOGETHER]
            found += await asyncio.gather(*(outcome(runtime, case) for case in some))
    return found
