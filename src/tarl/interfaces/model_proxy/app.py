"""The proxy as a service: three paths, and who may come in.

1. It has the paths of OpenAI's that are listed here and no other: nobody approves, rejects,
   delegates or revokes through it.
2. What a client gives up is still done and recorded: it can be asked for again under its key.
3. Requests at once are bounded; one more is told to come again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tarl.agents.model import PROMPT_BYTES_MAX
from tarl.agents.models.chat_answers import Pieces
from tarl.agents.models.chat_requests import PARAMETERS, Asked, read_request
from tarl.errors import Conflict, Invalid, Missing, Refused, TarlError, Unavailable
from tarl.interfaces.http.guarding import LOOPBACK, App, Guarded, Receive, Scope, Send
from tarl.interfaces.model_proxy import answering
from tarl.interfaces.model_proxy.sessions import Sessions, check_session
from tarl.interfaces.model_proxy.wires import Wire
from tarl.interfaces.model_proxy.workflow import Outcome

SESSION = "default"
CONCURRENCY = 32

_SESSION_HEADER = b"x-tarl-session"
_KEY_CHARS_MAX = 255


class Doors(Guarded):
    """The questions that every service asks; a token may have the session's name behind a colon:
    ``Bearer TOKEN:SESSION``, for programs that can set a key and no header.

    Raises:
        Conflict: a token with a colon of its own (``http.token_file``).
    """

    def __init__(
        self,
        app: App,
        *,
        token: str,
        hosts: Iterable[str] = LOOPBACK,
        body_bytes_max: int = PROMPT_BYTES_MAX,
    ) -> None:
        if ":" in token:
            raise Conflict(
                "the token has a colon, behind which a session would be named",
                code="http.token_file",
                next_step="remove the file, and another is made",
            )
        super().__init__(
            app,
            token=token,
            hosts=hosts,
            body_bytes_max=body_bytes_max,
            shaped=answering.shaped,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] == "http":
            scope = {**scope, "headers": _with_session(scope["headers"])}
        await super().__call__(scope, receive, send)


class Proxy:
    """The paths.

    Args:
        sessions: Who answers.
        session: The session of requests that name none.
        concurrency: Requests at once.
        parameters: Parameters of requests that are taken.
    """

    def __init__(
        self,
        sessions: Sessions,
        *,
        session: str = SESSION,
        concurrency: int = CONCURRENCY,
        parameters: frozenset[str] = PARAMETERS,
    ) -> None:
        check_session(session)
        self._sessions = sessions
        self._session = session
        self._free = concurrency
        self._parameters = parameters
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self.app = Starlette(
            routes=[
                Route("/v1/chat/completions", _answered(self.complete), methods=["POST"]),
                Route("/v1/models", _answered(self.models), methods=["GET"]),
                Route("/v1/models/{model:path}", _answered(self.model), methods=["GET"]),
            ],
            exception_handlers={HTTPException: _elsewhere},
        )

    async def complete(self, request: Request) -> Response:
        """``POST /v1/chat/completions``."""
        asked = read_request(await request.body(), parameters=self._parameters)
        self._check_model(asked.request.model)
        session = _one(request, "x-tarl-session") or self._session
        check_session(session)
        key = _one(request, "idempotency-key")
        if key is not None and not (key.isprintable() and len(key) <= _KEY_CHARS_MAX):
            raise Invalid(
                f"an Idempotency-Key has at most {_KEY_CHARS_MAX} characters that can be printed",
                code="proxy.key",
            )
        if self._free <= 0:
            raise Unavailable(
                "as many requests as are taken at once are under way",
                code="proxy.busy",
                next_step="try again in a moment",
                retry_after_ms=1_000,
            )
        call, wire = self._sessions.open_wire()
        self._free -= 1
        done = asyncio.create_task(self._ask(session, asked, call, key, wire))
        self._under_way.add(done)
        done.add_done_callback(self._ended)
        created_s = int(time.time())
        if asked.streams:
            return await self._stream(asked, call, wire, done, created_s)
        outcome = await asyncio.shield(done)
        if outcome.response is None:
            return _failed(outcome, wire)
        body = answering.whole(outcome.response, call=call, created_s=created_s)
        return JSONResponse(body, headers=_about(session, outcome))

    async def models(self, request: Request) -> Response:
        """``GET /v1/models``."""
        names = self._sessions.terms.models
        return JSONResponse({"object": "list", "data": [_model(name) for name in names]})

    async def model(self, request: Request) -> Response:
        """``GET /v1/models/{model}``."""
        name = request.path_params["model"]
        self._check_model(name)
        return JSONResponse(_model(name))

    async def finish(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _ask(
        self, session: str, asked: Asked, call: str, key: str | None, wire: Wire
    ) -> Outcome:
        try:
            outcome = await self._sessions.ask(session, asked, call=call, key=key)
            if outcome.response is not None:
                wire.end(outcome.response.message.content)
            return outcome
        finally:
            wire.pieces.put_nowait(None)

    def _ended(self, done: asyncio.Task[Outcome]) -> None:
        self._free += 1
        self._under_way.discard(done)
        if not done.cancelled():
            done.exception()  # who waited for it was told; perhaps nobody waited

    async def _stream(
        self, asked: Asked, call: str, wire: Wire, done: asyncio.Task[Outcome], created_s: int
    ) -> Response:
        first = await wire.pieces.get()
        if first is None:  # nothing was said: an error can still be one
            outcome = await asyncio.shield(done)
            if outcome.response is None:
                return _failed(outcome, wire)
        pieces = Pieces(model=asked.request.model, id=f"chatcmpl-{call}", created_s=created_s)
        events = answering.stream(
            wire, first, asyncio.shield(done), pieces, includes_usage=asked.includes_usage
        )
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    def _check_model(self, name: str) -> None:
        names = self._sessions.terms.models
        if name not in names:
            raise Missing(
                f"there is no model {name[:100]!r} here",
                code="proxy.model",
                next_step=f"one of {', '.join(names)}",
            )


def _answered(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except TarlError as error:
            return _refused(answering.refusal_of(error))

    return answer


async def _elsewhere(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    refused: Refused = Missing(
        f"{request.method} {request.url.path[:200]} is not served here",
        code="proxy.path",
        next_step="POST /v1/chat/completions, GET /v1/models",
    )
    return _refused(answering.refusal_of(refused))


def _failed(outcome: Outcome, wire: Wire) -> Response:
    assert outcome.failure is not None
    return _refused(answering.refusal(outcome.failure, wire))


def _refused(refusal: answering.Refusal) -> Response:
    return JSONResponse(refusal.body, status_code=refusal.status, headers=refusal.headers)


def _about(session: str, outcome: Outcome) -> dict[str, str]:
    assert outcome.response is not None
    return {
        "x-tarl-session": session,
        "x-tarl-source": outcome.response.source,
        "x-tarl-again": "true" if outcome.again else "false",
    }


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "tarl"}


def _one(request: Request, name: str) -> str | None:
    """A header that is sent once, or not at all."""
    values = request.headers.getlist(name)
    if len(set(values)) > 1:
        raise Invalid(f"{name} is sent twice, with two values", code="proxy.session")
    return values[0].strip() if values and values[0].strip() else None


def _with_session(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with the session's name that stands behind the token in one of its own."""
    told: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        scheme, space, token = value.partition(b" ")
        bare, colon, session = token.strip().partition(b":")
        if name.lower() == b"authorization" and colon and scheme.lower() == b"bearer":
            told += [(name, scheme + space + bare), (_SESSION_HEADER, session)]
        else:
            told.append((name, value))
    return told
