"""An application on a port, for as long as a block runs; the block's loop serves it.

Needs ``uvicorn``, which every extra with a service brings.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from tarl.errors import Denied, Unavailable
from tarl.interfaces.http.guarding import Guarded, is_loopback

KEEP_ALIVE_S = 5
"""How long a connection may be silent between two requests."""

CONNECTIONS_MAX = 512
"""At once: what comes then is told to come again."""

DRAIN_S = 5
"""What is being answered when the block ends has this long."""


@asynccontextmanager
async def served(
    app: Guarded,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    is_public: bool = False,
    extra: str = "proxy",
) -> AsyncIterator[int]:
    """Serve an application; the port that it listens on.

    Args:
        app: The application, guarded.
        host: The address.
        port: The port; one that is free when 0.
        is_public: Whether other machines may reach it.
        extra: Which extra of tarl brings the server.

    Raises:
        Denied: an address that other machines reach, and ``is_public`` is not said
            (``http.not_loopback``).
        Unavailable: the address is taken (``http.port``), or there is no server
            (``extra.missing``).
    """
    if not is_public and not is_loopback(host):
        raise Denied(
            f"{host} is reached from other machines",
            code="http.not_loopback",
            next_step="listen at 127.0.0.1, or say --public and put TLS in front of it",
            host=host,
        )
    server = _server(app, extra)
    listener = _listener(host, port)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
        listener.close()


def _server(app: Guarded, extra: str) -> Any:
    """A server that leaves the process's signals alone."""
    try:
        import uvicorn
    except ImportError as error:
        raise Unavailable(
            "the HTTP server is not installed",
            code="extra.missing",
            next_step=f"pip install 'tarl[{extra}]'",
        ) from error

    class Quiet(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Quiet(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=DRAIN_S,
        )
    )


def _listener(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in bare else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((bare, port))
            listener.listen(128)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise Unavailable(
            f"nothing can listen at {host}:{port}: {error.strerror}",
            code="http.port",
            next_step="choose another --port, or end what listens there",
            host=host,
            port=port,
        ) from None
    return listener
