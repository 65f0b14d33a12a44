"""The process that the crash test of other libraries' agents kills.

Usage: ``python -m tests.crash.adapter_worker JOURNAL LOG KIND``: takes up the run, or starts it;
each model call and each use of a tool that is really made is a line in LOG, before it answers.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tarl
from tarl import Context, workflow
from tarl.agents.model import Message, ModelRequest, ToolCall
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.sequential import sequential

ROUNDS = 6
LOG = Path(os.devnull)
RUN = "trip"


def noted(line: str) -> None:
    """Write a line that no crash of the process takes back."""
    descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


async def work(n: int) -> int:
    """Do one part of the work."""
    noted(f"tool {n}")
    await asyncio.sleep(0.01)
    return n * n


class SlowModel(ScriptedModel):
    """A script that takes a while, and says when it is asked."""

    async def complete(self, request: ModelRequest, *, heard: Any = None) -> Any:
        noted(f"model {request.digest}")
        await asyncio.sleep(0.01)
        return await super().complete(request, heard=heard)


def line(number: int) -> Callable[[ModelRequest], Message | str]:
    def said(request: ModelRequest) -> Message | str:
        if number == ROUNDS:
            return ",".join(m.content for m in request.messages if m.role == "tool")
        calls = [
            ToolCall(id=f"call-{n}", name="work", arguments=f'{{"n":{n}}}')
            for n in (2 * number, 2 * number + 1)
        ]
        return Message(role="assistant", tool_calls=tuple(calls))

    return said


MODEL = SlowModel("slow", [line(number) for number in range(ROUNDS + 1)])
ANSWER = ",".join(str(n * n) for n in range(2 * ROUNDS))


def openai_agent() -> Any:
    from agents import Agent, function_tool

    from tarl.agents.adapters.openai_agents import OpenAIAgent

    return OpenAIAgent(Agent(name="openai", tools=[function_tool(work)]), model=MODEL)


def langgraph_agent() -> Any:
    from langchain_core.tools import StructuredTool
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode, tools_condition

    from tarl.agents.adapters.langchain_desk import chat, recorded
    from tarl.agents.adapters.langgraph import LangGraphAgent

    tool = recorded(StructuredTool.from_function(coroutine=work, name="work"))
    asked = chat(MODEL).bind_tools([tool])

    async def think(state: Any) -> Any:
        return {"messages": [await asked.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode([tool]))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return LangGraphAgent(graph.compile(name="langgraph"), inline=True)


KINDS: dict[str, Callable[[], Any]] = {"openai": openai_agent, "langgraph": langgraph_agent}
AGENTS: dict[str, Any] = {}


@workflow(name="adapterkill.trip")
async def trip(ctx: Context, kind: str) -> Any:
    result = await sequential(ctx, [AGENTS[kind]], "go")
    return [result.status, result.output]


async def main(journal: str, kind: str) -> None:
    AGENTS[kind] = KINDS[kind]()
    async with tarl.open(journal, workflows=[trip]) as runtime:
        print("READY", flush=True)
        answer = await runtime.run(trip, kind, id=RUN)
    assert answer == ["solved", ANSWER], answer
    print("DONE", flush=True)


if __name__ == "__main__":
    LOG = Path(sys.argv[2])
    asyncio.run(main(sys.argv[1], sys.argv[3]))
