"""Agents that work together while the process is killed: every turn of a plain agent and every call
of a model leaves its line before it answers, with the answer's token.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tests.crash.mix import done

from tarl import Context, workflow
from tarl.agents.llm import ModelAgent
from tarl.agents.model import Message, ModelRequest, ModelResponse, Usage
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.chat import chat
from tarl.agents.patterns.concurrent import concurrent
from tarl.agents.patterns.ensemble import ensemble
from tarl.agents.patterns.graph import Node, graph
from tarl.agents.patterns.parallel import parallel
from tarl.agents.patterns.ranking import RoundRobin
from tarl.agents.patterns.router import router


class Notes:
    """An agent whose turn is a step that leaves a line."""

    capabilities = ()

    def __init__(self, id: str, *, fails: bool = False, delay_ms: int = 2) -> None:
        self.id = id
        self._fails = fails
        self._delay_ms = delay_ms

    async def run(self, input: Any) -> str:
        await asyncio.sleep(self._delay_ms / 1000)
        token = done(self.id, input)
        if self._fails:
            raise RuntimeError(token)
        return token


class NotedModel(ScriptedModel):
    """A model each of whose calls leaves a line, and answers with its token."""

    def __init__(self) -> None:
        super().__init__("noted", "unused")

    async def complete(self, request: ModelRequest, *, heard: Any = None) -> ModelResponse:
        await asyncio.sleep(0.002)
        return ModelResponse(
            model=self.name,
            message=Message(role="assistant", content=done("model", request.digest)),
            finish="stop",
            usage=Usage(model_calls=1),
            source=self.source,
            request_digest=request.digest,
        )


def thinks(id: str) -> ModelAgent:
    """An agent each of whose model calls is a step."""
    return ModelAgent(id, NotedModel())


def some(n: int) -> list[Any]:
    return [thinks(f"m{i}") if i % 2 else Notes(f"n{i}", delay_ms=1 + i % 4) for i in range(n)]


@workflow
async def at_once(ctx: Context, n: int) -> list[Any]:
    result = await concurrent(ctx, some(n), inputs=[*range(n)], together_max=3)
    return [result.status, result.output]


@workflow
async def quorate(ctx: Context, n: int) -> list[Any]:
    agents = [*some(n), Notes("fails", fails=True), Notes("late", delay_ms=200)]
    result = await parallel(ctx, agents, "in", quorum=n)
    return [result.status, result.output]


@workflow
async def branching(ctx: Context, n: int) -> list[Any]:
    agents = [Notes("first"), *some(n), Notes("fails", fails=True), thinks("last")]
    middle = [agent.id for agent in agents[1:-1]]
    edges = [("first", id) for id in middle] + [(id, "last") for id in middle]
    nodes = [Node(id="fails", attempts_max=2, on_failure="go_on")]
    result = await graph(ctx, agents, "in", edges=edges, nodes=nodes)
    return [result.status, result.output]


@workflow
async def talking(ctx: Context, n: int) -> list[Any]:
    result = await chat(ctx, [Notes("a"), thinks("b"), Notes("c")], "topic", turns_max=n)
    return [result.status, result.output]


@workflow
async def routed(ctx: Context, n: int) -> list[Any]:
    turns = RoundRobin(ctx)
    agents = [Notes("fails", fails=True), thinks("b"), Notes("c")]
    results = [await router(ctx, agents, i, by=turns, top_k=2) for i in range(n)]
    return [[result.status, result.output] for result in results]


@workflow
async def consulted(ctx: Context, n: int) -> list[Any]:
    experts = [*some(n), Notes("fails", fails=True)]
    result = await ensemble(ctx, experts, "task", synthesizer=thinks("chair"), quorum=n)
    return [result.status, result.output]


PATTERN_MIX = (at_once, quorate, branching, talking, routed, consulted)
