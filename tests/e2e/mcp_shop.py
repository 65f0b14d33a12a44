"""An MCP server for the tests: a shop, over its standard streams, or over HTTP with ``--http``.

What it does is told by the JSON file that ``SHOP`` names, which a test may rewrite at any time:
``description``, ``schema`` and ``writes`` swap the tool ``price``; ``gone`` takes it away,
``renamed`` gives it another name; ``search`` and ``charge`` end when it says ``go``. ``CALLS``
names a file in which every call is noted.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server

PIXEL = base64.b64encode(b"\x89PNG not really").decode()
TEXT = {"type": "object", "properties": {"item": {"type": "string"}}, "required": ["item"]}
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}


def told() -> dict[str, Any]:
    path = os.environ.get("SHOP")
    return json.loads(Path(path).read_text()) if path and Path(path).exists() else {}


def note(line: str) -> None:
    path = os.environ.get("CALLS")
    if path:
        with Path(path).open("a") as file:
            file.write(line + "\n")


def tools() -> list[types.Tool]:
    say = told()
    price = types.Tool(
        name=say.get("renamed", "price"),
        description=say.get("description", "What an item costs."),
        input_schema=say.get("schema", TEXT),
        annotations=types.ToolAnnotations(read_only_hint=not say.get("writes")),
    )
    found = [] if say.get("gone") else [price]
    found += [
        types.Tool(name="order", description="Buy an item.", input_schema=TEXT),
        types.Tool(
            name="reserve",
            description="Keep an item.",
            input_schema=TEXT,
            annotations=types.ToolAnnotations(idempotent_hint=True),
        ),
        types.Tool(
            name="stock",
            description="How many there are.",
            input_schema=TEXT,
            output_schema={
                "type": "object",
                "properties": {"count": {"type": "integer", "maximum": 2**64 - 1}},
                "required": ["count"],
            },
        ),
    ]
    searches = types.ToolAnnotations(idempotent_hint=True)
    about = say.get("search", "Looks everywhere.")
    found += [
        types.Tool(name="search", description=about, input_schema=NOTHING, annotations=searches),
        types.Tool(name="charge", description="Takes the money.", input_schema=NOTHING),
    ]
    count = {"type": "object", "required": ["count"]}
    found.append(types.Tool(name="wrong", input_schema=NOTHING, output_schema=count))
    for name in ("photo", "manual", "fail", "die", "hang", "large", "endless", "garbage"):
        found.append(types.Tool(name=name, description=name, input_schema=NOTHING))
    found.append(types.Tool(name="st*r", description="No capability.", input_schema=NOTHING))
    found.append(types.Tool(name="tools", description="Taken.", input_schema=NOTHING))
    found.append(
        types.Tool(name="crooked", description="", input_schema={"type": "object", "required": 7})
    )
    return found


def text(*lines: str, **more: Any) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=line) for line in lines], **more
    )


async def call(name: str, given: dict[str, Any]) -> types.CallToolResult:
    note(f"{name} {json.dumps(given, sort_keys=True)}")
    match name:
        case "price":
            return text("12")
        case "order" | "reserve":
            return text(f"{name}ed {given['item']}", "thank you")
        case "search" | "charge":
            while not told().get("go"):
                await asyncio.sleep(0.01)
            return text("done")
        case "stock":
            return text('{"count": 3}', structured_content={"count": 3})
        case "wrong":
            return text("no count", structured_content={"number": 3})
        case "photo":
            image = types.ImageContent(type="image", data=PIXEL, mime_type="image/png")
            words = types.TextContent(type="text", text="a photo")
            return types.CallToolResult(content=[words, image])
        case "manual":
            inside = types.TextResourceContents(uri="shop://manual", text="read me")
            return types.CallToolResult(
                content=[
                    types.EmbeddedResource(type="resource", resource=inside),
                    types.ResourceLink(type="resource_link", uri="shop://more", name="more"),
                ],
                structured_content={"pages": 2},
            )
        case "fail":
            return text("out of stock", is_error=True)
        case "die":
            os._exit(3)
        case "hang":
            await asyncio.sleep(600)
        case "large":
            return text("x" * (5 * 1024 * 1024))
        case "endless":
            while True:
                os.write(PRIVATE, b'{"x": "' + b"x" * 1_000_000)
        case "garbage":
            os.write(PRIVATE, b'{"jsonrpc": "2.0", "id": 1, "result": {\n')
            await asyncio.sleep(600)
    raise ValueError(name)


async def on_list(ctx: Any, params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(tools=tools())


async def on_call(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    return await call(params.name, params.arguments or {})


SERVER: Server[Any] = Server("shop", on_list_tools=on_list, on_call_tool=on_call)
PRIVATE = 1


async def main() -> None:
    global PRIVATE
    PRIVATE = os.dup(1)
    note(f"started {os.getpid()}")
    print("a server that chats on its output", flush=True)
    async with stdio_server() as (incoming, outgoing):
        await SERVER.run(incoming, outgoing, SERVER.create_initialization_options())


async def http_main() -> None:
    import uvicorn

    app = SERVER.streamable_http_app(json_response=True)
    config = uvicorn.Config(app, port=0, log_level="error", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(http_main() if "--http" in sys.argv else main())
