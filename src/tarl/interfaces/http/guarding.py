"""Who may come in to a service over HTTP: asked before the service itself sees anything.

1. ``Host`` must name the service: a page elsewhere whose name was made to point here is refused.
2. A request that carries an ``Origin`` comes from a browser; it must be one that was allowed.
3. Every request bears the token, compared in constant time; only a GET of a path that the service
   names as open, such as its health, needs none.
4. A body is read whole, within its bound and its time, before the service is called.
5. What is refused is answered with one JSON object: code, message and next step.

Anything but HTTP (WebSockets) is refused. Plain ASGI, of no framework.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tarl.crypto.keys import read_secret, write_secret
from tarl.errors import Conflict, Denied, Exceeded, Invalid, Refused, Unavailable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Names under which a service of this machine is reached."""

BODY_BYTES_MAX = 4 * 1024 * 1024
"""Of a request: what is larger belongs outside, by reference."""

DROPPED_BYTES_MAX = 32 * 1024 * 1024
"""So much of a body that is too large is read away, for its sender reads no answer before it has
sent all; one that sends more finds the connection closed.
"""

BODY_WAIT_S = 30.0
"""A body that has not come by then is not coming."""

_TOKEN_CHARS_MAX = 512
_STATUS = {
    "http.host": 421,
    "http.origin": 403,
    "http.token": 401,
    "http.body_too_large": 413,
    "http.body_late": 408,
}


class Guarded:
    """An ASGI application behind the questions of this module.

    Args:
        app: The application.
        token: What a request must bear: ``Authorization: Bearer TOKEN``.
        hosts: Names that ``Host`` may have, without a port.
        origins: Origins that a browser's page may have, whole (``http://localhost:5173``).
        open_paths: Paths whose GET needs no token; what they carry is thrown away.
        body_bytes_max: How much a request may carry.
        body_wait_s: How long it may take to come.
        shaped: How a refusal is said, as the service's clients know it.

    Raises:
        Invalid: an empty token, or no host (``http.unguarded``).
    """

    def __init__(
        self,
        app: App,
        *,
        token: str,
        hosts: Iterable[str] = LOOPBACK,
        origins: Iterable[str] = (),
        open_paths: Iterable[str] = (),
        body_bytes_max: int = BODY_BYTES_MAX,
        body_wait_s: float = BODY_WAIT_S,
        shaped: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origins)
        self._open_paths = frozenset(open_paths)
        self._body_bytes_max = body_bytes_max
        self._body_wait_s = body_wait_s
        self._shaped = shaped
        if not token or not self._hosts:
            raise Invalid(
                "a service needs a token, and a name by which it is reached",
                code="http.unguarded",
                next_step="make a token with make_token(), and name the hosts",
            )
        self._token = _digest(token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "HTTP only"})
            return
        try:
            headers = scope["headers"]
            self._check_host(headers)
            self._check_origin(headers)
            if scope["method"] == "GET" and scope["path"] in self._open_paths:
                await self._app(scope, _replayed(b"", receive), send)
                return
            self._check_token(headers)
            body = await self._body(headers, receive)
        except (Refused, Unavailable) as refusal:
            await answer(send, _STATUS[refusal.code], self._shaped(refusal.as_data()))
            return
        if body is not None:
            await self._app(scope, _replayed(body, receive), send)

    def _check_host(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        named = _values(headers, b"host")
        if len(named) != 1 or _without_port(named[0]) not in self._hosts:
            raise Denied(
                "this service is not reached under that name",
                code="http.host",
                next_step=f"address it as {' or '.join(sorted(self._hosts))}",
            )

    def _check_origin(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        if not self._origins.issuperset(_values(headers, b"origin")):
            raise Denied(
                "pages of that origin may not use this service",
                code="http.origin",
                next_step="call it from a program, or allow the origin when it is started",
            )

    def _check_token(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        borne = _values(headers, b"authorization")
        scheme, _, token = (borne[0] if len(borne) == 1 else "").partition(" ")
        is_right = hmac.compare_digest(_digest(token.strip()[:_TOKEN_CHARS_MAX]), self._token)
        if scheme.lower() != "bearer" or not is_right:
            raise Denied(
                "the request does not bear this service's token",
                code="http.token",
                next_step="send `Authorization: Bearer TOKEN` with the token that it printed",
            )

    async def _body(self, headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> bytes | None:
        """The whole body; None when the client went away."""
        is_over = any(
            not (length.isascii() and length.isdigit() and len(length) <= 18)
            or int(length) > self._body_bytes_max
            for length in _values(headers, b"content-length")
        )
        body, dropped, more = bytearray(), 0, True
        try:
            async with asyncio.timeout(self._body_wait_s):
                while more and dropped <= DROPPED_BYTES_MAX:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    part = message.get("body", b"")
                    is_over = is_over or len(body) + len(part) > self._body_bytes_max
                    if is_over:
                        dropped += len(part)
                    else:
                        body += part
                    more = message.get("more_body", False)
        except TimeoutError:
            raise Unavailable(
                f"the request's body did not come within {self._body_wait_s:g} s",
                code="http.body_late",
                next_step="send it again, faster",
            ) from None
        if is_over:
            raise Exceeded(
                f"a request may carry {self._body_bytes_max} bytes",
                code="http.body_too_large",
                next_step="send less, or a reference to what is large",
            )
        return bytes(body)


async def answer(send: Send, status: int, data: dict[str, Any]) -> None:
    """Answer a request with one JSON object."""
    body = json.dumps(data).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="tarl"'))
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def make_token(path: Path) -> str:
    """A service's token: the one in a file, drawn and written with mode 0600 if there is none.

    Raises:
        Denied: others may read the file (``keys.permissions``).
        Conflict: there is a file that holds no token (``http.token_file``).
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        token = secrets.token_urlsafe(32)
        write_secret(path, f"{token}\n".encode())
    except FileExistsError:
        token = read_secret(path).decode(errors="replace").strip()
        if not 16 <= len(token) <= _TOKEN_CHARS_MAX or not token.isascii() or " " in token:
            raise Conflict(
                f"{path} holds no token",
                code="http.token_file",
                next_step="remove the file, and another is made",
                path=str(path),
            ) from None
    return token


def is_loopback(host: str) -> bool:
    """Whether an address to listen at is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]


def _without_port(host: str) -> str:
    name = host.strip().lower()
    bare, _, port = name.rpartition(":")
    is_split = port.isdigit() and bool(bare) and (bare[-1] == "]" or ":" not in bare)
    return bare if is_split else name


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once, then what the client does afterwards."""
    is_given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
