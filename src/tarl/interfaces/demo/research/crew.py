"""The agents, what each may do, and the workflow in which they work.

Each agent has a key and grants of its own: the researcher is told of a tool that it may not use.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import msgspec

from tarl import Context, workflow
from tarl.agents.llm import ModelAgent
from tarl.agents.model import Heard, Model, ModelRequest, ModelResponse, Price
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.agents.session import Options
from tarl.agents.spending import UNBOUNDED, Budget
from tarl.agents.tool import Tool, tool
from tarl.interfaces.demo.research.library import PUBLISHED, note, publish, read, search, send_mail
from tarl.interfaces.demo.research.scripts import SCRIPTS

QUESTION = "What must be recorded of what an AI system does, and who has to look at it?"
REVIEWER = "reviewer"
TASK = "research"
BUDGET = Budget(tokens=60_000, model_calls=24, tool_calls=40, cost_micro=250_000)
PRICE = Price(input_micro_per_million=250_000, output_micro_per_million=1_000_000)
"""Of a token of the script, so that there is something to count."""

LOCAL_ANSWER_TOKENS = 60
"""A base model goes on until it is stopped."""

TELLS = {
    "researcher": "You research in a library. Search it, read what you need, and answer with notes:"
    " one line a finding, beginning with '- ' and ending with the statement's id in brackets.",
    "analyst": "You order notes into findings. Keep every id in brackets; search for what is"
    " missing.",
    "critic": "You are strict. Read cited statements again; strike what cites nothing; answer with"
    " what stands.",
    "writer": "You write a report from what stands: a title, then its points with their ids.",
}
TOOLS: dict[str, tuple[Tool, ...]] = {
    "researcher": (tool(search), tool(read), tool(send_mail, name="send_mail")),
    "analyst": (tool(search), tool(read)),
    "critic": (tool(read),),
    "writer": (),
}
GRANTS: dict[str, tuple[str, ...]] = {
    "researcher": ("model.complete", "library.read"),
    "analyst": ("model.complete", "library.read"),
    "critic": ("model.complete", "library.read"),
    "writer": ("model.complete", "report.publish"),
}
"""What each may do; nobody may send mail."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and how.

    Attributes:
        question: The question.
        directory: Where files go.
        pause_ms: How long a scripted answer takes.
        writer: What the writer is told; the fork has another.
        name: The report's file.
        model: A live model's name; the script, or the local model, when None.
        base_url: Where it answers; OpenAI when None.
        api_key_env: The environment variable that holds its key.
        local: Where the weights of the local model are put together; None when it is not asked.
    """

    question: str
    directory: str
    pause_ms: int = 0
    writer: str = TELLS["writer"]
    name: str = PUBLISHED
    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    local: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether a model is really asked."""
        return self.model is not None or self.local is not None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; ``published`` is the file, if a person let it be."""

    result: Result
    decision: str
    published: str | None = None


class Noted:
    """A model that notes each request which it really gets, before it answers."""

    def __init__(self, model: Model, agent: str, task: Task) -> None:
        self.name, self.source, self.price = model.name, model.source, model.price
        self._model, self._agent, self._task = model, agent, task

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """See ``Model.complete``."""
        note(self._task.directory, f"model {self._agent}")
        if self.source == "scripted":
            await asyncio.sleep(self._task.pause_ms / 1000)
        return await self._model.complete(request, heard=heard)


class Standing:
    """Every agent acts on the grants that it has had since before the run."""

    @asynccontextmanager
    async def lent(
        self,
        ctx: Context,
        giver: str | None,
        taker: str,
        actions: Sequence[str],
        *,
        constraints: Sequence[str] = (),
        budget: Budget = UNBOUNDED,
        moves: bool = False,
    ) -> AsyncIterator[Context]:
        """The run as the taker acts in it."""
        yield ctx.acting_as(taker, task=TASK)

    async def admits(self, ctx: Context, taker: str, actions: Sequence[str]) -> bool:
        """Nothing is lent, so nothing is in the way."""
        return True


@workflow(name="demo.research")
async def research(ctx: Context, task: Task) -> Report:
    """Four agents answer a question; a person decides whether the answer is published."""
    options = Options(budget=BUDGET, lending=Standing())
    result = await sequential(ctx, crew(task), task.question, options=options)
    if not result.is_solved:
        return Report(result=result, decision="nothing to publish")
    answer = await ctx.approval(
        f"Publish {task.name}?",
        approvers=[REVIEWER],
        context={"report": result.output, "question": task.question},
    )
    if not answer.approved:
        return Report(result=result, decision=answer.status)
    writer = ctx.acting_as("writer", task=TASK)
    published = await writer.call(publish, task.name, str(result.output), task.directory)
    return Report(result=result, decision=answer.status, published=published)


def crew(task: Task) -> list[ModelAgent]:
    """The four, in the order in which they work."""
    tells = {**TELLS, "writer": task.writer}
    return [
        ModelAgent(
            id,
            Noted(model_for(id, task), id, task),
            instructions=tells[id],
            tools=TOOLS[id],
            description=tells[id],
            tokens_max=LOCAL_ANSWER_TOKENS if task.local else None,
        )
        for id in TELLS
    ]


def model_for(agent: str, task: Task) -> Model:
    """The model that answers for an agent: its script, an endpoint, or a local one."""
    if task.local is not None:
        return _local(task.local)
    if task.model is None:
        script: Any = SCRIPTS[agent]
        return ScriptedModel(f"script-{agent}", script, price=PRICE)
    from tarl.agents.models.openai import OpenAIModel

    options: dict[str, Any] = {}
    if task.base_url is not None:
        options["base_url"] = task.base_url
    return OpenAIModel(task.model, api_key_env=task.api_key_env, **options)


@cache
def _local(directory: str) -> Model:
    """The one engine of this process, for all agents."""
    from tarl.agents.models.local import LocalModel

    return LocalModel(directory)
