"""The agent as an application over HTTP, behind its guard.

Paths: ``/.well-known/agent-card.json`` and ``/``, where JSON-RPC is spoken. Both take the token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from a2a.server.request_handlers import RequestHandler
from a2a.server.routes import create_jsonrpc_routes
from a2a.types import AgentCard
from a2a.utils.constants import AGENT_CARD_WELL_KNOWN_PATH
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tarl.agents.adapters.a2a_wire import as_json
from tarl.interfaces.http.guarding import LOOPBACK, Guarded

BODY_BYTES_MAX = 1024 * 1024
"""Of one request; what is larger is given by reference."""


def service(
    handler: RequestHandler,
    card: Callable[[], AgentCard],
    *,
    token: str,
    hosts: Iterable[str] = LOOPBACK,
    body_bytes_max: int = BODY_BYTES_MAX,
) -> Guarded:
    """The agent's application.

    Args:
        handler: What a client may ask.
        card: The agent's card; asked when a client wants it, as its address is known by then.
        token: What each request must bear.
        hosts: Names by which it is reached.
        body_bytes_max: How much a request may carry.
    """

    async def shown(request: Request) -> Response:
        return JSONResponse(as_json(card()))

    routes = [
        Route(AGENT_CARD_WELL_KNOWN_PATH, shown, methods=["GET"]),
        *create_jsonrpc_routes(handler, "/"),
    ]
    app = Starlette(routes=routes)
    return Guarded(app, token=token, hosts=hosts, body_bytes_max=body_bytes_max)
