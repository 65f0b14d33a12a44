"""The protocol over the process's standard streams.

While it is served nothing else reads the input or writes the output: what the workflows' code
prints goes to stderr, and what it starts has an empty input. A line longer than ``LINE_BYTES_MAX``
ends the conversation, as the end of the input does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import stat
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.server import Server

LINE_BYTES_MAX = 4 * 1024 * 1024
"""Of one request."""

_log = logging.getLogger(__name__)


async def serve_stdio(server: Server[Any]) -> None:
    """Serve one client until it closes our input."""
    from mcp.server.stdio import stdio_server

    sys.stdout = sys.__stdout__  # where the library looks for the wire; it then diverts prints
    async with _input() as lines, stdio_server(stdin=lines) as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


@contextlib.asynccontextmanager
async def _input() -> AsyncIterator[Any]:
    """Our input by lines, read so that waiting for it can be cancelled; None where the system
    cannot do that (a file, the null device), which leaves it to the library.
    """
    mode = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(0)):
        yield None
        return
    wire = os.dup(0)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(wire, "rb", buffering=0)
    )
    try:
        yield _lines(reader)
    finally:
        transport.close()


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            line = await reader.readline()
        except ValueError:
            _log.warning("a request has more than %s bytes: good bye", LINE_BYTES_MAX)
            return
        if not line:
            return
        yield line.decode("utf-8", "replace")
