"""Runs over HTTP: the paths, and how much is answered at once.

1. Every path but the two of health is behind ``Guarded``: token, Host, Origin, bounded bodies.
2. A request is answered with one JSON object; one that is refused, with its code and next step.
3. Waits and other requests are counted apart: who waits for a run's end keeps nobody else from
   telling it something. One more than ``concurrency`` of either is told to come again.
4. A client that goes away is not waited for any more; what it asked a run to do is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from tarl.errors import Invalid, Missing, TarlError, Unavailable
from tarl.interfaces.cli.exits import refusal_data
from tarl.interfaces.http.guarding import Receive, Scope, Send
from tarl.interfaces.serve.answers import internal, send_json, status_of
from tarl.interfaces.serve.readiness import Readiness
from tarl.interfaces.serve.requests import segments
from tarl.interfaces.serve.running import Request, Running

HEALTH, READY = "/healthz", "/readyz"
CONCURRENCY = 128

_LOGGER = logging.getLogger("tarl.serve")
_RUN = ("v1", "runs", "{tenant}", "{id}", "{n}")

Handle = Callable[[Request], Awaitable[dict[str, Any]]]


class Route(NamedTuple):
    """A path's pattern, the method that it takes, and what is done."""

    method: str
    pattern: tuple[str, ...]
    handle: Handle
    is_wait: bool = False


class Service:
    """The ASGI application.

    Args:
        running: What requests do.
        readiness: Whether the service can do it now.
        concurrency: How many waits, and how many other requests, are answered at once.
    """

    def __init__(
        self, running: Running, readiness: Readiness, *, concurrency: int = CONCURRENCY
    ) -> None:
        self._readiness = readiness
        self._concurrency = concurrency
        self._busy: Counter[bool] = Counter()
        self._routes = (
            Route("GET", ("v1", "workflows"), running.workflows),
            Route("GET", ("v1", "runs"), running.list),
            Route("POST", ("v1", "runs"), running.start),
            Route("GET", (*_RUN, "result"), running.result, is_wait=True),
            Route("GET", (*_RUN, "history"), running.history),
            Route("POST", (*_RUN, "signal"), running.signal),
            Route("POST", (*_RUN, "query"), running.query),
            Route("POST", (*_RUN, "update"), running.update, is_wait=True),
            Route("POST", (*_RUN, "cancel"), running.cancel),
            Route("POST", (*_RUN, "terminate"), running.terminate),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["path"] in (HEALTH, READY):
            await self._health(scope["path"], send)
            return
        try:
            route, params = self._found(scope)
        except TarlError as error:
            await send_json(
                send, status_of(error), refusal_data(error), allow=error.facts.get("allow")
            )
            return
        body = bytes((await receive()).get("body", b""))
        request = Request(params, scope["query_string"], body)
        status, data = await self._answered(route, request, receive)
        if status:
            await send_json(send, status, data)

    async def _health(self, path: str, send: Send) -> None:
        if path == HEALTH:
            await send_json(send, 200, {"status": "alive"})
            return
        checks = await self._readiness.checks()
        is_ready = set(checks.values()) == {"ok"}
        said = {"status": "ready" if is_ready else "not ready", "checks": checks}
        await send_json(send, 200 if is_ready else 503, said)

    def _found(self, scope: Scope) -> tuple[Route, Mapping[str, str]]:
        """What a path means.

        Raises:
            Missing: nothing (``serve.path``).
            Invalid: something, by another method (``serve.method``).
        """
        path = segments(scope["raw_path"])
        fitting = [
            (route, params)
            for route in self._routes
            if (params := _matched(route.pattern, path)) is not None
        ]
        for route, params in fitting:
            if route.method == scope["method"]:
                return route, params
        if not fitting:
            raise Missing(
                "this service has no such path",
                code="serve.path",
                next_step="docs/reference/http.md lists its paths",
            )
        allow = ", ".join(route.method for route, _ in fitting)
        raise Invalid(
            f"this path takes {allow}", code="serve.method", next_step=f"send {allow}", allow=allow
        )

    async def _answered(
        self, route: Route, request: Request, receive: Receive
    ) -> tuple[int, dict[str, Any]]:
        """The status and the body; status 0 where nobody listens any more."""
        if self._busy[route.is_wait] >= self._concurrency:
            busy = Unavailable(
                f"{self._concurrency} requests are being answered already",
                code="serve.busy",
                next_step="ask again in a moment",
            )
            return status_of(busy), busy.as_data()
        self._busy[route.is_wait] += 1
        try:
            if route.method == "GET":
                return await _while_listened(_outcome(route, request), receive)
            return await _outcome(route, request)
        finally:
            self._busy[route.is_wait] -= 1


async def _outcome(route: Route, request: Request) -> tuple[int, dict[str, Any]]:
    try:
        return 200, await route.handle(request)
    except TarlError as error:
        return status_of(error), refusal_data(error)
    except Exception:
        _LOGGER.exception("a request failed: %s %s", route.method, "/".join(route.pattern))
        return 500, internal()


async def _while_listened(
    outcome: Awaitable[tuple[int, dict[str, Any]]], receive: Receive
) -> tuple[int, dict[str, Any]]:
    """The outcome, unless the client goes away before."""
    answering, gone = asyncio.ensure_future(outcome), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((answering, gone), return_when=asyncio.FIRST_COMPLETED)
        return answering.result() if answering.done() else (0, {})
    finally:
        for task in (answering, gone):
            task.cancel()
        await asyncio.gather(answering, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _matched(pattern: tuple[str, ...], path: tuple[str, ...]) -> dict[str, str] | None:
    if len(pattern) != len(path):
        return None
    params = {}
    for part, said in zip(pattern, path, strict=True):
        if part.startswith("{"):
            params[part.strip("{}")] = said
        elif part != said:
            return None
    return params
