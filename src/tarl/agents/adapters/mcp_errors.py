"""What can go wrong with an MCP server, each a class of its own: of a step that failed, the record
has the class's name.
"""

from __future__ import annotations

from collections.abc import Iterable

from tarl.errors import Conflict, Corrupt, Exceeded, Invalid, Refused, Unavailable


class ToolChanged(Conflict):
    """A tool is not the one that was pinned; it was not called."""

    default_code = "mcp.tool_changed"


class ToolFailed(Refused):
    """A tool ran and says that it failed; what it says is in the message."""

    default_code = "mcp.tool_failed"


class CallRefused(Invalid):
    """The server refused a request."""

    default_code = "mcp.refused"


class ResultTooLarge(Exceeded):
    """An answer is larger than is taken."""

    default_code = "mcp.result_too_large"


class ServerUnreachable(Unavailable):
    """The server is not there; it was asked nothing."""

    default_code = "mcp.unreachable"


class ServerGone(Unavailable):
    """The server went away before it had answered: what it was asked to do may have happened."""

    default_code = "mcp.server_gone"


class MalformedAnswer(Corrupt):
    """What the server sent is no answer: what it was asked to do may have happened."""

    default_code = "mcp.malformed"


def tool_changed(
    server: str, tool: str, what: Iterable[str], *, now: Iterable[str] = ()
) -> ToolChanged:
    """The refusal of a tool that was swapped.

    Args:
        server: The server.
        tool: The tool's name when it was pinned.
        what: What changed: name, description, schema, hints.
        now: Names under which the server offers the same now, if its name changed.
    """
    parts, names = tuple(what), tuple(now)
    text = f"tool {tool} of {server} is not what was pinned: its {' and '.join(parts)} changed"
    if parts == ("name",):
        text = f"tool {tool} of {server}, which was pinned, is gone"
        text += f"; the same is offered as {', '.join(names)}" if names else ""
    return ToolChanged(
        text,
        next_step="find out who changed the server; a new run takes the tools as they are now",
        server=server,
        tool=tool,
        changed=list(parts),
    )


def too_large(what: str, bytes_max: int, *, server: str) -> ResultTooLarge:
    """The error of an answer that is not taken."""
    return ResultTooLarge(
        f"{what} has more than {bytes_max} bytes",
        next_step="ask the tool for less, or for a reference to what is large",
        server=server,
        bytes_max=bytes_max,
    )


def unreachable(server: str, why: str) -> ServerUnreachable:
    """The error of a server that is not there."""
    return ServerUnreachable(
        f"MCP server {server} cannot be reached: {why[:1_000]}",
        next_step="start it by hand to see what it says; check the command, the URL, the token",
        server=server,
    )


def gone(server: str, exit_code: int | None = None) -> ServerGone:
    """The error of a server that went away."""
    how = "closed the connection"
    if exit_code is not None:
        how = f"ended with exit code {exit_code}"
        if exit_code < 0:
            how = f"was killed by signal {-exit_code}"
    return ServerGone(
        f"MCP server {server} {how} before it answered; what it was asked to do may have happened",
        next_step="look at what it printed, and find out what it did, before you ask again",
        server=server,
        how=how,
    )


def malformed(server: str, why: str) -> MalformedAnswer:
    """The error of an answer that is none."""
    shown = why if len(why) <= 300 else f"{why[:299]}…"
    return MalformedAnswer(
        f"MCP server {server} sent what is no answer: {shown}",
        next_step="mend the server; what it was asked to do may have happened",
        server=server,
    )
