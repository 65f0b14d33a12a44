"""The process that the crash test of pydantic-ai agents kills.

Usage: ``python -m tests.crash.pydantic_worker JOURNAL CALLS``: runs the agent's whole loop, or
takes it up; each request that a model gets and each use of a tool is a line of the file CALLS.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from pydantic_ai import Agent, models
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

import tarl
from tarl import Context, workflow
from tarl.agents.adapters.pydantic_ai import PydanticAgent
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result

ROUNDS = 6
WORK_S = 0.01

models.ALLOW_MODEL_REQUESTS = False


def note(what: str) -> None:
    """One line, on disk before anything else happens."""
    handle = os.open(Path(sys.argv[2]), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{what}\n".encode())
    os.fsync(handle)
    os.close(handle)


async def say(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    said = sum(isinstance(message, ModelResponse) for message in messages)
    note(f"model {said}")
    await asyncio.sleep(WORK_S)
    if said == ROUNDS:
        return ModelResponse(parts=[TextPart("done")])
    calls = [ToolCallPart("dig", {"place": f"{said}.{n}"}, f"{said}.{n}") for n in range(2)]
    return ModelResponse(parts=calls)


agent = Agent(FunctionModel(say, model_name="digger"), name="digger", instructions="Dig.")


@agent.tool_plain
def dig(place: str) -> str:
    """Dig at a place."""
    note(f"tool {place}")
    return f"nothing at {place}"


@workflow(name="pydantickill.dig")
async def digging(ctx: Context, asked: str) -> Result:
    return await sequential(ctx, [PydanticAgent(agent)], asked)


async def main() -> None:
    async with tarl.open(sys.argv[1], workflows=[digging]) as runtime:
        print("READY", flush=True)
        await runtime.run(digging, "dig everywhere", id="dig")
    print("DONE", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
