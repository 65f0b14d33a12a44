"""An MCP server in a process of its own, spoken to line by line over its standard streams.

The library's transport keeps whatever comes until the line ends, and passes over what is no JSON,
so that who waits for it waits for nothing. Here:

1. A line has at most ``LINE_BYTES_MAX``; a longer one ends the session.
2. A line that begins as a message and is none ends the session; other text (a server that prints)
   is passed over.
3. The process is ended with the session, whatever ends it: its input is closed, then it and all
   that it started is told to end, then killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tarl.agents.adapters.mcp_errors import gone, malformed, too_large
from tarl.errors import TarlError

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

LINE_BYTES_MAX = 32 * 1024 * 1024
"""Of one message: a result with images in it, but nothing that fills the memory."""

CLOSE_WAIT_S = 2.0
"""How long a server may take to end by itself, and again to end when it is told to."""


@asynccontextmanager
async def stdio(
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    directory: str | Path | None,
    failed: Callable[[TarlError], None],
) -> AsyncIterator[TransportStreams]:
    """Start a server and speak to it for as long as the block runs.

    Args:
        name: What the server is called here.
        command: What starts it.
        env: Its environment beside the few variables that every program needs.
        directory: Where it runs.
        failed: Is told why the session cannot go on, before it ends.

    Raises:
        OSError: it cannot be started.
    """
    import anyio
    from mcp.client.stdio import get_default_environment

    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=get_default_environment() | dict(env),
        cwd=directory,
        limit=LINE_BYTES_MAX,
        start_new_session=True,
    )
    to_session, incoming = anyio.create_memory_object_stream[Any](0)
    outgoing, from_session = anyio.create_memory_object_stream[Any](0)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, name, process, to_session, failed)
        tasks.start_soon(_write, process, from_session)
        try:
            yield incoming, outgoing
        finally:
            try:
                with anyio.CancelScope(shield=True):
                    await _end(process)
            finally:  # the end of the loop cancels even what is shielded
                _let_go(process)
            for stream in (to_session, incoming, outgoing, from_session):
                stream.close()
            tasks.cancel_scope.cancel()


async def _read(
    name: str,
    process: asyncio.subprocess.Process,
    to_session: Any,
    failed: Callable[[TarlError], None],
) -> None:
    """What the server says, to the session, until there is no more."""
    import anyio
    import mcp_types
    from mcp.shared.message import SessionMessage

    async with to_session:
        try:
            async for line in _lines(name, process):
                try:
                    message = mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    raise malformed(name, line.decode("utf-8", "replace").strip()) from None
                await to_session.send(SessionMessage(message))
        except TarlError as error:
            failed(error)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass


async def _write(process: asyncio.subprocess.Process, from_session: Any) -> None:
    """What the session says, to the server."""
    assert process.stdin is not None
    async with from_session:
        async for each in from_session:
            text = each.message.model_dump_json(by_alias=True, exclude_unset=True)
            process.stdin.write(text.encode() + b"\n")
            with contextlib.suppress(ConnectionError):
                await process.stdin.drain()


async def _lines(name: str, process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    """What the server says, a message a line; ends with the reason why there is no more.

    Raises:
        ResultTooLarge: a line is too long.
        ServerGone: the server ended.
    """
    assert process.stdout is not None
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:
            raise too_large(f"a message of {name}", LINE_BYTES_MAX, server=name) from None
        if not line:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_WAIT_S):
                    await process.wait()
            raise gone(name, process.returncode)
        if line.lstrip()[:1] in (b"{", b"["):
            yield line


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the server's input, and see to it that it ends."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WAIT_S):
                await process.wait()
                return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_WAIT_S):
            await process.wait()


def _let_go(process: asyncio.subprocess.Process) -> None:
    """Close our ends of the pipes, though something that the server started may hold the others; a
    server that is still there is killed.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    transport = getattr(process, "_transport", None)  # asyncio has no public way to it
    if transport is not None:
        transport.close()
