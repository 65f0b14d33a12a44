"""Tools and resources in the protocol: requests become questions, refusals become answers.

A refusal is a tool's answer marked as an error, with the code, the message and the next step that
the command line would print. There are no prompts, nothing is asked of the client, and a client
cannot subscribe to anything.
"""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tarl.errors import Invalid, Missing, TarlError
from tarl.interfaces.mcp.offers import TOOLS, Tool, schema_of
from tarl.values.canonical import encode

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server import Server

    from tarl.interfaces.mcp.asking import Answers

LISTED_MAX = 50
"""Resources that are listed: the newest runs."""

SCHEME = "tarl://runs/"

INSTRUCTIONS = """\
tarl runs workflows that are recorded and can be proved. Start one with `run`, under an id of your
choice: the same id never starts it twice. A run may wait for people's approval: tell the person you
work for which approval it is; nothing here can give it. `plan` plans what a sentence asks of a
home, and does nothing of it. Codes of errors are explained by `explain`.
"""

_log = logging.getLogger(__name__)


def server_of(answers: Answers) -> Server[Any]:
    """The protocol's server over what answers."""
    import mcp_types as types
    from mcp.server import Server
    from mcp.shared.exceptions import MCPError

    async def list_tools(ctx: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(tool) for tool in TOOLS.values()])

    async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            return _answer(await answers.answer(params.name, params.arguments or {}))
        except Exception as error:
            return _answer({"error": _told(error)}, is_error=True)

    async def list_resources(ctx: Any, params: Any) -> types.ListResourcesResult:
        try:
            runs = await answers.newest(LISTED_MAX)
        except TarlError as error:
            raise MCPError(types.INTERNAL_ERROR, error.message, error.as_data()) from None
        return types.ListResourcesResult(resources=[_resource(run) for run in runs])

    async def list_templates(ctx: Any, params: Any) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            name="history",
            title="A run's history",
            uri_template=f"{SCHEME}{{+run}}{{?after}}",
            description="The events of a run, after an event if one is named, a page at a time.",
            mime_type="application/json",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        ctx: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            run, after = _named(str(params.uri))
            page = await answers.history(run, after=after)
        except TarlError as error:
            code = types.INVALID_PARAMS if isinstance(error, Missing | Invalid) else None
            raise MCPError(code or types.INTERNAL_ERROR, error.message, error.as_data()) from None
        if page["next"] is not None:
            page["next"] = f"{SCHEME}{page['run']}?after={page['next']}"
        text = encode(page).decode()
        inside = types.TextResourceContents(uri=params.uri, mime_type="application/json", text=text)
        return types.ReadResourceResult(contents=[inside])

    return Server(
        "tarl",
        version=version("tarl"),
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _tool(tool: Tool) -> types.Tool:
    import mcp_types as types

    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schema_of(tool),
        annotations=types.ToolAnnotations(
            read_only_hint=tool.is_read_only,
            idempotent_hint=tool.is_idempotent,
            open_world_hint=False,
        ),
    )


def _answer(data: dict[str, Any], *, is_error: bool = False) -> types.CallToolResult:
    import mcp_types as types

    text = types.TextContent(type="text", text=encode(data).decode())
    return types.CallToolResult(content=[text], structured_content=data, is_error=is_error)


def _told(error: Exception) -> dict[str, Any]:
    """An error as the command line would tell it."""
    from tarl.interfaces.cli.exits import error_data
    from tarl.interfaces.cli.explanations import explain
    from tarl.values.plain import plain

    if not isinstance(error, TarlError):
        _log.exception("a tool failed")
        return {
            "code": "internal",
            "message": "tarl itself failed; what was acknowledged is recorded",
            "next_step": "the server's log says more",
        }
    data: dict[str, Any] = plain(error_data(error))
    data.pop("exit", None)
    known = explain(error.code)
    if known is not None:
        data.setdefault("next_step", known.advice)
    return data


def _resource(run: dict[str, Any]) -> types.Resource:
    import mcp_types as types

    return types.Resource(
        name=run["run"],
        title=f"{run['workflow']}, {run['status']}",
        uri=f"{SCHEME}{run['run']}",
        mime_type="application/json",
    )


def _named(uri: str) -> tuple[str, int]:
    """The run that a URI names, and after which event.

    Raises:
        Missing: it names none (``mcp.no_resource``).
    """
    parts = urlsplit(uri)
    asked = parse_qs(parts.query, keep_blank_values=True)
    after = asked.pop("after", ["0"])[0]
    run = f"{parts.netloc}{parts.path}".removeprefix("runs/")
    is_fit = parts.scheme == "tarl" and parts.netloc == "runs" and not parts.fragment
    if not is_fit or asked or not run or not after.isdecimal() or len(after) > 15:
        raise Missing(
            f"there is no resource {uri[:200]!r}",
            code="mcp.no_resource",
            next_step=f"{SCHEME}ID, {SCHEME}ID/N, or with ?after=EVENT",
        )
    return run, int(after)
