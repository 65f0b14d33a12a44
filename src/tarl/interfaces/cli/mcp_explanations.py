"""What the error codes of MCP, its client and its server, mean and what to try: a part of the table
in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

MCP: dict[str, _e] = {
    "mcp.server": _e(
        "An MCP server is named by a command or by a URL.",
        "McpServer(name, command=[...]) or McpServer(name, url=U)",
    ),
    "mcp.unreachable": _e(
        "The MCP server is not there; it was asked nothing.",
        "Start it by hand to see what it says; check the command, the URL, the token.",
    ),
    "mcp.server_gone": _e(
        "The MCP server went away before it had answered.",
        "What it was asked to do may have happened: find out before you ask again.",
    ),
    "mcp.malformed": _e(
        "The MCP server sent what is no answer of the protocol, or of its own schema.",
        "Mend the server; what it was asked to do may have happened.",
    ),
    "mcp.refused": _e("The MCP server refused the request.", "See what it says."),
    "mcp.too_many_tools": _e(
        "The MCP server offers more than 1,000 tools, or never ends its list.",
        "Use a server with fewer tools.",
    ),
    "mcp.result_too_large": _e(
        "An answer of the MCP server is larger than is taken.",
        "Ask its tool for less, or for a reference; or raise result_bytes_max.",
    ),
    "mcp.tool_changed": _e(
        "A tool is not the one that was pinned; it was not called.",
        "Find out who changed the server; a new run takes the tools as they are now.",
    ),
    "mcp.tool_failed": _e(
        "The tool ran and says that it failed.", "See what it says; other arguments may help."
    ),
    "mcp.tool_unknown": _e("The MCP server offers no such tool.", "One that the message names."),
    "mcp.tool_unfit": _e(
        "The tool's name or schema cannot be used.", "Mend the server, or leave this tool out."
    ),
    # --- tarl as a server
    "mcp.no_tool": _e("The server has no such tool.", "One that the message names."),
    "mcp.arguments": _e(
        "The tool does not take these arguments.", "Give what the tool's schema says."
    ),
    "mcp.no_resource": _e("The server has no such resource.", "tarl://runs/ID or tarl://runs/ID/N"),
    "mcp.answer_too_large": _e(
        "The answer is larger than is sent to an agent.", "A person can read it: tarl runs show RUN"
    ),
    "mcp.busy": _e(
        "As many runs are under way in the server as it may have.",
        "Ask again with the same id when some have ended.",
    ),
    "mcp.address": _e("That is no address to listen at.", "tarl mcp --http 127.0.0.1:8765"),
}
