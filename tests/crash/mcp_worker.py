"""The process that the crash test of MCP tools kills: a model that uses tools of a server.

Usage: ``python -m tests.crash.mcp_worker DIRECTORY TOOL``: begins the run ``r``, in which the model
asks for the tools ``price``, ``order`` and TOOL, or takes it up; prints what came of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import tarl
from tarl import Context, workflow
from tarl.agents.adapters.mcp import McpServer
from tarl.agents.llm import ModelAgent
from tarl.agents.model import Message, ModelRequest, ToolCall
from tarl.agents.models.scripted import ScriptedModel
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.errors import TarlError

SHOP = Path(__file__).parents[1] / "e2e" / "mcp_shop.py"

place = Path(os.devnull)
servers: list[McpServer] = []


def answer(request: ModelRequest) -> Message | str:
    """What the model says, noted: every call that reaches it is one line."""
    said = [message for message in request.messages if message.role == "tool"]
    with (place / "model.txt").open("a") as file:
        file.write(f"{len(said)}\n")
    tools = ["price", "order", request.messages[0].content.rpartition(" ")[2]]
    if len(said) == len(tools):
        return " | ".join(message.content for message in said)
    given = json.dumps({"item": "tea"} if len(said) < 2 else {})
    call = ToolCall(id=f"c{len(said)}", name=tools[len(said)], arguments=given)
    return Message(role="assistant", tool_calls=(call,))


MODEL = ScriptedModel("clerk", answer)


@workflow(name="mcpkill.clerk")
async def clerk(ctx: Context, tool: str) -> Result:
    tools = await servers[-1].tools(ctx)
    agent = ModelAgent("clerk", MODEL, tools=tools)
    return await sequential(ctx, [agent], f"use {tool}")


async def main(directory: Path, tool: str) -> None:
    global place
    place = directory
    env = {"SHOP": str(directory / "told.json"), "CALLS": str(directory / "calls.txt")}
    server = McpServer("shop", command=[sys.executable, str(SHOP)], env=env)
    servers.append(server)
    said: dict[str, Any]
    async with tarl.open(directory / "tarl.db", workflows=[clerk]) as runtime, server:
        try:
            handles = await runtime.resume_all()
            handle = handles[0] if handles else await runtime.start(clerk, tool, id="r")
            result = await handle.result()
            said = {"status": result.status, "output": result.output, "reason": result.reason}
        except TarlError as error:
            said = {"error": type(error).__name__, "message": error.message}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
