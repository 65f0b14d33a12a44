"""A small Home Assistant: the captured states behind the same REST and WebSocket interfaces.

Services change states as the real one does, and can be told not to (``ignored``), to answer with
another status, or to lose everybody's connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

DATA = Path(__file__).parents[3] / "data" / "home_assistant"
TOKEN = "a-long-lived-token-of-a-test"

_STATES = {
    "turn_on": "on",
    "turn_off": "off",
    "lock": "locked",
    "unlock": "unlocked",
    "open_cover": "open",
    "close_cover": "closed",
    "start": "cleaning",
    "return_to_base": "docked",
}


class Peer:
    """It. ``calls`` are the service calls that it got, ``requests`` all paths asked for."""

    def __init__(self, *, unit: str = "°C", registries: dict[str, Any] | None = None) -> None:
        states = json.loads((DATA / "states.json").read_text())
        self.states = {state["entity_id"]: state for state in states}
        self.services = json.loads((DATA / "services.json").read_text())
        self.unit = unit
        self.registries = registries or {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.ignored = False
        self.status = 200
        self.redirect: str | None = None
        self.url = ""
        self.token = TOKEN
        self.refused = ""
        self._sockets: set[WebSocket] = set()

    async def tell(self, id: str, state: str | None = None, **attributes: Any) -> None:
        """Changes a state and says so."""
        entity = self.states[id]
        if state is not None:
            entity["state"] = state
        entity["attributes"].update(attributes)
        for socket in list(self._sockets):
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_json(
                    {
                        "id": 1,
                        "type": "event",
                        "event": {
                            "event_type": "state_changed",
                            "data": {"entity_id": id, "new_state": entity},
                        },
                    }
                )

    async def lose(self) -> None:
        """Ends all connections."""
        for socket in list(self._sockets):
            await socket.close()

    async def call(self, request: Request) -> Response:
        if self.redirect is not None:
            return RedirectResponse(self.redirect, status_code=307)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        service = request.path_params["service"]
        data = await request.json()
        self.calls.append((f"{request.path_params['domain']}.{service}", dict(data)))
        if self.status != 200 or self.ignored:
            return JSONResponse([], status_code=self.status)
        id = data.pop("entity_id")
        state = _STATES.get(service)
        if id.startswith("climate.") and state == "on":
            state = "heat"
        if "position" in data:
            data["current_position"] = data.pop("position")
        await self.tell(id, state, **data)
        return JSONResponse([self.states[id]])

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json({"type": "auth_required", "ha_version": "2024.3.3"})
        hello = await socket.receive_json()
        if hello != {"type": "auth", "access_token": self.token}:
            await socket.send_json({"type": "auth_invalid", "message": "Invalid access token"})
            await socket.close()
            return
        await socket.send_json({"type": "auth_ok"})
        self._sockets.add(socket)
        try:
            while True:
                await self._answer(socket, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._sockets.discard(socket)

    async def _answer(self, socket: WebSocket, asked: dict[str, Any]) -> None:
        answers: dict[str, Any] = {
            "subscribe_events": None,
            "get_config": {
                "unit_system": {"temperature": self.unit},
                "time_zone": "Europe/Berlin",
                "latitude": 52.51627,
                "longitude": 13.37771,
            },
            "get_states": list(self.states.values()),
            "get_services": {entry["domain"]: entry["services"] for entry in self.services},
            **self.registries,
        }
        known = asked["type"] in answers and asked["type"] != self.refused
        await socket.send_json(
            {
                "id": asked["id"],
                "type": "result",
                "success": known,
                "result": answers.get(asked["type"]) if known else None,
            }
        )


@contextlib.asynccontextmanager
async def running(peer: Peer) -> AsyncIterator[Peer]:
    """The peer on a free port."""
    app = Starlette(
        routes=[
            Route("/api/services/{domain}/{service}", peer.call, methods=["POST"]),
            WebSocketRoute("/api/websocket", peer.socket),
        ]
    )
    config = uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    peer.url = f"http://127.0.0.1:{port}"
    try:
        yield peer
    finally:
        server.should_exit = True
        await serving
