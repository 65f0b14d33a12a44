"""Outcomes as HTTP: bodies, streams of server-sent events, and errors as OpenAI has them.

The status says whether asking again may help; so does ``x-should-retry``, which OpenAI's clients
obey. The code is tarl's own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from tarl.agents.model import ModelResponse
from tarl.agents.models.chat_answers import Pieces, answer_body
from tarl.errors import Conflict, Denied, Exceeded, Invalid, Missing, TarlError, Unavailable
from tarl.interfaces.model_proxy.wires import Wire
from tarl.interfaces.model_proxy.workflow import Failure, Outcome

_STATUS_BY_CODE = {
    "agent.budget": 429,
    "model.rate_limited": 429,
    "proxy.busy": 429,
    "model.refused": 400,
    "model.key": 502,
    "model.answer_too_large": 502,
    "proxy.model": 404,
    "proxy.path": 404,
    "update.no_answer": 504,
    "http.host": 421,
    "http.origin": 403,
    "http.token": 401,
    "http.body_too_large": 413,
    "http.body_late": 408,
}
_STATUS_BY_CLASS: tuple[tuple[type[TarlError], int], ...] = (
    (Invalid, 400),
    (Missing, 404),
    (Conflict, 409),
    (Denied, 403),
    (Exceeded, 429),
    (Unavailable, 503),
)
_STATUS_BY_KIND = {kind.__name__: status for kind, status in _STATUS_BY_CLASS}

_AGAIN = frozenset(
    ["model.rate_limited", "proxy.busy", "update.no_answer", "proxy.incomplete", "http.body_late"]
)
"""Codes after which asking again, with the same key, may help."""

_TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error"}
_TYPES |= {404: "not_found_error", 429: "rate_limit_error"}


class Refusal(NamedTuple):
    """An error as it is answered."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def refusal_of(error: TarlError) -> Refusal:
    """An error of tarl as it is answered."""
    status = _STATUS_BY_CODE.get(error.code)
    if status is None:
        found = (status for kind, status in _STATUS_BY_CLASS if isinstance(error, kind))
        status = next(found, 502)
    return _refusal(
        status, error.code, error.message, error.next_step, error.facts.get("retry_after_ms")
    )


def refusal(failure: Failure, wire: Wire) -> Refusal:
    """A failed outcome as it is answered.

    What a model failed with is known in the process that asked it; the record has its text.
    """
    error = wire.error
    if error is not None and failure.message == error.message:
        return refusal_of(error)
    status = _STATUS_BY_CODE.get(failure.code) or _STATUS_BY_KIND.get(failure.kind, 502)
    return _refusal(status, failure.code, failure.message, failure.next_step, None)


def shaped(data: dict[str, Any]) -> dict[str, Any]:
    """What is refused before the proxy itself is asked, in the same shape."""
    status = _STATUS_BY_CODE.get(data["code"], 400)
    return _refusal(status, data["code"], data["message"], data.get("next_step"), None).body


def _refusal(
    status: int, code: str, message: str, next_step: str | None, wait_ms: int | None
) -> Refusal:
    kind = "insufficient_quota" if code == "agent.budget" else _TYPES.get(status, "server_error")
    error = {"message": message, "type": kind, "param": None, "code": code}
    if next_step is not None:
        error["next_step"] = next_step
    headers = {"x-should-retry": "true" if code in _AGAIN else "false"}
    if wait_ms is not None:
        headers["retry-after-ms"] = str(wait_ms)
        headers["retry-after"] = str(-(-wait_ms // 1000))
    return Refusal(status, {"error": error}, headers)


def whole(response: ModelResponse, *, call: str, created_s: int) -> dict[str, Any]:
    """An answer at once."""
    return answer_body(response, id=f"chatcmpl-{call}", created_s=created_s)


async def stream(
    wire: Wire,
    first: str | None,
    done: asyncio.Future[Outcome],
    pieces: Pieces,
    *,
    includes_usage: bool,
) -> AsyncIterator[bytes]:
    """An answer as it comes; its end is told when it is recorded, and only then.

    Args:
        wire: What is listened to.
        first: What was heard already; None when the end was.
        done: The outcome, when it comes.
        pieces: The pieces' common members.
        includes_usage: Whether the stream ends with the usage.
    """
    yield _event(pieces.piece({"role": "assistant", "content": ""}))
    text = first
    while text is not None:
        for piece in pieces.text(text):
            yield _event(piece)
        text = await wire.pieces.get()
    try:
        outcome = await done
    except TarlError as error:
        yield _event(refusal_of(error).body)
        return
    if outcome.response is None:
        assert outcome.failure is not None
        yield _event(refusal(outcome.failure, wire).body)
        return
    if wire.is_broken:
        yield _event(refusal_of(_cut_off()).body)
        return
    for piece in pieces.rest(outcome.response, includes_usage=includes_usage):
        yield _event(piece)
    yield b"data: [DONE]\n\n"


def _cut_off() -> Unavailable:
    return Unavailable(
        "the model began anew and said something else than what was told already",
        code="proxy.told_otherwise",
        next_step="ask again with the same Idempotency-Key: the whole answer is recorded",
    )


def _event(data: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % json.dumps(data, separators=(",", ":")).encode()
