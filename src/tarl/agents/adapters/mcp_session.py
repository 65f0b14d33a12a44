"""One session with an MCP server, entered and left in a task of its own.

The library's scopes must be left by the task that entered them, and the steps that use a session
come and go; so a task of the session's own holds it open, and ends it when it is told to, when the
server is gone, or when the loop ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from tarl.agents.adapters.mcp_errors import (
    CallRefused,
    ServerGone,
    gone,
    malformed,
    too_large,
    unreachable,
)
from tarl.agents.adapters.mcp_stdio import LINE_BYTES_MAX
from tarl.errors import TarlError

if TYPE_CHECKING:
    import httpx2
    from mcp import Client
    from mcp.client._transport import TransportStreams

T = TypeVar("T")

Connect = Callable[[Callable[[TarlError], None]], "AbstractAsyncContextManager[TransportStreams]"]
"""Opens the way to a server; is told whom to tell why it cannot go on."""

_GONE = -32000
_NO_JSON = -32700
_FORGOTTEN = "Session terminated"
"""What the library says of a server that was started anew and knows nothing of the session."""


class Session:
    """A session under way, from when it is made; its server answers once ``ready`` returns.

    Args:
        name: What the server is called here.
        connect: The way to it.
        wait_s: How long it may take to be there.
    """

    def __init__(self, name: str, connect: Connect, *, wait_s: float) -> None:
        self.loop = asyncio.get_running_loop()
        self._name = name
        self._wait_s = wait_s
        self._fault: TarlError | None = None
        self._end = asyncio.Event()
        self._client: asyncio.Future[Client] = self.loop.create_future()
        # A context of its own: what the step that happened to be first carries is not its.
        self._task = self.loop.create_task(self._hold(connect), context=Context())

    @property
    def is_open(self) -> bool:
        """Whether it may be asked; what it is asked may still find the server gone."""
        return not self._task.done() and not self._end.is_set() and self._fault is None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left."""
        return self._task.done()

    async def ask(self, request: Callable[[Client], Awaitable[T]]) -> T:
        """Ask the server something.

        Raises:
            ServerUnreachable: it is not there.
            ServerGone: it went away before it had answered.
            MalformedAnswer: its answer is none.
            ResultTooLarge: its answer is too large.
            CallRefused: it refuses.
        """
        from mcp.shared.exceptions import MCPError
        from pydantic import ValidationError

        client = await self._ready()
        try:
            return await request(client)
        except MCPError as error:
            raise self._said(error) from None
        except (ValidationError, RuntimeError) as error:
            # The library's words for a result that does not fit the protocol or its own schema.
            raise malformed(self._name, str(error).partition("\n")[0]) from None

    async def close(self) -> None:
        """End it; what waits for an answer is told that the server is gone."""
        self._end.set()
        await asyncio.wait([self._task])

    # --- inside

    async def _ready(self) -> Client:
        try:
            async with asyncio.timeout(self._wait_s):
                return await asyncio.shield(self._client)
        except TimeoutError:
            self._end.set()
            self._task.cancel()
            raise unreachable(self._name, f"it did not answer within {self._wait_s:g} s") from None

    async def _hold(self, connect: Connect) -> None:
        try:
            # The library takes a second to load; the loop has other runs to look after.
            await asyncio.to_thread(import_module, "mcp")
            from mcp import Client

            client = Client(connect(self._failed), cache=None)
            async with client:
                self._client.set_result(client)
                await self._end.wait()
        except BaseException as error:
            if not self._client.done():
                self._client.set_exception(self._not_reached(error))
                self._client.exception()  # nobody may be waiting any more
            if not isinstance(error, Exception):
                raise
        finally:
            self._end.set()

    def _failed(self, fault: TarlError) -> None:
        self._fault = self._fault or fault
        self._end.set()

    def _said(self, error: Any) -> TarlError:
        """The error that the library raised, as one of ours."""
        if error.code == _GONE:
            self._end.set()
            return copy(self._fault) if self._fault else gone(self._name)
        if error.message == _FORGOTTEN:
            self._end.set()
            return unreachable(self._name, "it was started anew; the next call finds it")
        if error.code == _NO_JSON:
            return malformed(self._name, error.message)
        return CallRefused(
            f"MCP server {self._name} refused: {error.message[:1_000]}",
            next_step="see what the server says",
            server=self._name,
            refusal=error.code,
        )

    def _not_reached(self, error: BaseException) -> TarlError:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(self._fault, ServerGone):
            return unreachable(self._name, f"it {self._fault.facts['how']}")
        if self._fault is not None:
            return self._fault
        if isinstance(error, TarlError):
            return error
        return unreachable(self._name, str(error) or type(error).__name__)


@asynccontextmanager
async def http(
    name: str, url: str, *, headers: Mapping[str, str], failed: Callable[[TarlError], None]
) -> AsyncIterator[TransportStreams]:
    """The way to a server over streamable HTTP; an answer has at most ``LINE_BYTES_MAX``."""
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    async def bound(response: httpx2.Response) -> None:
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            response.stream = _bounded(name, response.stream, failed)

    timeout = httpx2.Timeout(30.0, read=None)  # a step has a timeout of its own
    async with (
        httpx2.AsyncClient(
            headers=dict(headers), timeout=timeout, event_hooks={"response": [bound]}
        ) as client,
        streamable_http_client(
            url, http_client=client, max_sse_event_size=LINE_BYTES_MAX
        ) as streams,
    ):
        yield streams


def _bounded(name: str, stream: Any, failed: Callable[[TarlError], None]) -> httpx2.AsyncByteStream:
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        """A body that ends where it is too large."""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size_bytes = 0
            async for chunk in stream:
                size_bytes += len(chunk)
                if size_bytes > LINE_BYTES_MAX:
                    failed(
                        too_large(f"an answer of MCP server {name}", LINE_BYTES_MAX, server=name)
                    )
                    raise httpx2.StreamError(f"more than {LINE_BYTES_MAX} bytes")
                yield chunk

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()
