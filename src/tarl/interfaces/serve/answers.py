"""Results and refusals as HTTP: JSON bodies, and a status that says whose turn it is."""

from __future__ import annotations

from typing import Any

from tarl.errors import (
    Conflict,
    Denied,
    Exceeded,
    Invalid,
    Missing,
    TarlError,
    Unavailable,
    UnknownOutcome,
)
from tarl.interfaces.http.guarding import Send
from tarl.values.canonical import encode

_STATUS_BY_CODE = {"serve.method": 405, "update.no_answer": 504}
_STATUS_BY_CLASS: tuple[tuple[type[TarlError], int], ...] = (
    (Invalid, 400),
    (Missing, 404),
    (Conflict, 409),
    (UnknownOutcome, 409),
    (Denied, 403),
    (Exceeded, 429),
    (Unavailable, 503),
)
AGAIN_S = 1
"""When it may be tried again, where it may help."""


def status_of(error: TarlError) -> int:
    """The status of an error."""
    found = (status for kind, status in _STATUS_BY_CLASS if isinstance(error, kind))
    return _STATUS_BY_CODE.get(error.code) or next(found, 500)


def internal() -> dict[str, Any]:
    """What is said of an error of the service's own; its log says more."""
    return {"code": "internal", "message": "the service failed", "next_step": "see its log"}


async def send_json(
    send: Send, status: int, data: dict[str, Any], *, allow: str | None = None
) -> None:
    """Answer a request."""
    body = encode(data)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status == 503:
        headers.append((b"retry-after", str(AGAIN_S).encode()))
    if allow is not None:
        headers.append((b"allow", allow.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
