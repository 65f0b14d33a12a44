"""Answers as the protocol of OpenAI's chat completions has them, whole and in pieces.

1. An answer is taken whole or not at all: a stream that ends before its end is no answer.
2. A provider that does not say what a call took is charged the most that it can have been.

Source: OpenAI API reference, "The chat completion object", "The chat completion chunk object".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from tarl.agents.model import (
    Finish,
    Message,
    ModelRequest,
    ModelResponse,
    Price,
    Source,
    ToolCall,
    Usage,
)
from tarl.agents.models.chat_requests import call_body
from tarl.agents.spending import BYTES_PER_TOKEN_MIN, prompt_tokens
from tarl.errors import Corrupt, Exceeded

CALLS_MAX = 1_000
"""Calls of tools in one answer."""

PIECE_CHARS = 4_096
"""Of a recorded answer that is told again as a stream."""

_FINISHES = frozenset(get_args(Finish))
_SAID = frozenset({"role", "content", "tool_calls"})


class _Function(msgspec.Struct, frozen=True):
    name: str
    arguments: str | None = None


class _Call(msgspec.Struct, frozen=True):
    function: _Function
    id: str | None = None


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct, frozen=True):
    prompt_tokens: int
    completion_tokens: int


class _Answer(msgspec.Struct, frozen=True):
    model: str
    choices: list[_Choice]
    usage: _Usage | None = None


def read_answer(
    raw: Any, request: ModelRequest, *, price: Price, latency_ms: int, source: Source = "live"
) -> ModelResponse:
    """A provider's answer.

    Raises:
        Corrupt: it is none (``model.malformed``).
    """
    try:
        answer = msgspec.convert(raw, _Answer)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise malformed(str(error)) from None
    if not answer.choices:
        raise malformed("it has no choice")
    choice, whole = answer.choices[0], raw["choices"][0]
    calls = tuple(
        ToolCall(
            id=call.id or f"call_{at}",
            name=call.function.name,
            arguments=call.function.arguments or "{}",
        )
        for at, call in enumerate(choice.message.tool_calls or ())
    )
    if len(calls) > CALLS_MAX:
        raise malformed(f"it calls {len(calls)} tools")
    text = choice.message.content or ""
    used, estimated = _used(answer.usage, request, text, price)
    others: dict[str, Any] = {
        "message": _present(whole["message"], _SAID),
        "choice": _present(whole, {"message", "finish_reason", "index"}),
        "usage": {"estimated": True} if estimated else _details(raw["usage"]),
    }
    if choice.finish_reason not in _FINISHES:
        others["finish_reason"] = choice.finish_reason
    return ModelResponse(
        model=answer.model,
        message=Message(role="assistant", content=text, tool_calls=calls),
        finish=_finish(choice.finish_reason, calls),
        usage=used,
        source=source,
        request_digest=request.digest,
        latency_ms=latency_ms,
        extra={name: value for name, value in others.items() if value},
    )


def answer_body(response: ModelResponse, *, id: str, created_s: int) -> dict[str, Any]:
    """An answer as a client receives it."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": response.message.content or (None if response.message.tool_calls else ""),
        **response.extra.get("message", {}),
    }
    if response.message.tool_calls:
        message["tool_calls"] = [call_body(call) for call in response.message.tool_calls]
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": response.finish,
        "logprobs": None,
        **response.extra.get("choice", {}),
    }
    return {
        "id": id,
        "object": "chat.completion",
        "created": created_s,
        "model": response.model,
        "choices": [choice],
        "usage": usage_body(response),
    }


def usage_body(response: ModelResponse) -> dict[str, Any]:
    """What a call took, as a client receives it."""
    return {
        "prompt_tokens": response.usage.input_tokens,
        "completion_tokens": response.usage.output_tokens,
        "total_tokens": response.usage.tokens,
        **{k: v for k, v in response.extra.get("usage", {}).items() if k != "estimated"},
    }


class Pieces:
    """An answer as the pieces of a stream that a client receives.

    Args:
        model: Who answers.
        id: The answer's id.
        created_s: When it was asked, in Unix seconds.
    """

    def __init__(self, *, model: str, id: str, created_s: int) -> None:
        self._head = {"id": id, "object": "chat.completion.chunk", "created": created_s}
        self._model = model

    def piece(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        """One piece."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {**self._head, "model": self._model, "choices": [choice]}

    def text(self, text: str) -> Iterator[dict[str, Any]]:
        """A text, in bounded pieces."""
        for at in range(0, len(text), PIECE_CHARS):
            yield self.piece({"content": text[at : at + PIECE_CHARS]})

    def rest(self, response: ModelResponse, *, includes_usage: bool) -> Iterator[dict[str, Any]]:
        """What follows an answer's text: tools, why it ended, what it took."""
        self._model = response.model
        others = response.extra.get("message", {})
        if others:
            yield self.piece(others)
        calls = response.message.tool_calls
        if calls:
            yield self.piece(
                {"tool_calls": [{"index": at, **call_body(c)} for at, c in enumerate(calls)]}
            )
        yield self.piece({}, response.finish)
        if includes_usage:
            yield {
                **self._head,
                "model": self._model,
                "choices": [],
                "usage": usage_body(response),
            }


class Gathered:
    """The pieces of a provider's stream, put together.

    Args:
        chars_max: How much text and arguments are taken.
    """

    def __init__(self, *, chars_max: int) -> None:
        self.model: str | None = None
        self.finish: str | None = None
        self._chars_max = chars_max
        self._chars = 0
        self._text: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}
        self._others: dict[str, Any] = {}
        self._usage: Any = None

    def take(self, piece: Any) -> str:
        """Take a piece; the text that it adds.

        Raises:
            Corrupt: it is none (``model.malformed``).
            Exceeded: too much was said (``model.answer_too_large``).
        """
        try:
            return self._take(piece)
        except (AttributeError, KeyError, TypeError, IndexError, ValueError) as error:
            raise malformed(f"a piece of it is none ({error})") from None

    def whole(self) -> dict[str, Any]:
        """The answer, as it would have come at once."""
        message: dict[str, Any] = {**self._others, "content": "".join(self._text)}
        if self._calls:
            message["tool_calls"] = [self._calls[at] for at in sorted(self._calls)]
        choice = {"message": message, "finish_reason": self.finish}
        return {"model": self.model, "choices": [choice], "usage": self._usage}

    def _take(self, piece: dict[str, Any]) -> str:
        if self.model is None and piece.get("model"):
            self.model = piece["model"]
        self._usage = piece.get("usage") or self._usage
        if not piece.get("choices"):
            return ""
        choice = piece["choices"][0]
        self.finish = choice.get("finish_reason") or self.finish
        delta = choice.get("delta") or {}
        for at, call in enumerate(delta.get("tool_calls") or ()):
            self._call(call, at)
        for name in delta.keys() - _SAID:
            self._add(self._others, name, delta[name])
        text = delta.get("content") or ""
        self._count(text)
        self._text.append(text)
        return str(text)

    def _call(self, part: dict[str, Any], at: int) -> None:
        index = int(part.get("index", at))
        if not 0 <= index < CALLS_MAX:
            raise malformed(f"it calls tool number {index}")
        call = self._calls.setdefault(index, {"function": {"name": "", "arguments": ""}})
        call["id"] = part.get("id") or call.get("id")
        function = part.get("function") or {}
        call["function"]["name"] = call["function"]["name"] or function.get("name") or ""
        arguments = function.get("arguments") or ""
        self._count(arguments)
        call["function"]["arguments"] += arguments

    def _add(self, held: dict[str, Any], name: str, value: Any) -> None:
        if value is None:
            return
        self._count(value if isinstance(value, str) else msgspec.json.encode(value).decode())
        if isinstance(value, (str, list)) and type(held.get(name)) is type(value):
            held[name] = held[name] + value
        else:
            held[name] = value

    def _count(self, text: str) -> None:
        self._chars += len(text)
        if self._chars > self._chars_max:
            raise too_large(self._chars_max)


def malformed(why: str) -> Corrupt:
    """What is raised for an answer that is none."""
    return Corrupt(
        f"the model's answer is none: {why[:300]}",
        code="model.malformed",
        next_step="see whether the address is that of a service for chat completions",
    )


def too_large(chars_max: int) -> Exceeded:
    """What is raised for an answer that does not end."""
    return Exceeded(
        f"the model was still answering after {chars_max} characters",
        code="model.answer_too_large",
        next_step="bound the answer's tokens",
        chars_max=chars_max,
    )


def _used(
    usage: _Usage | None, request: ModelRequest, text: str, price: Price
) -> tuple[Usage, bool]:
    if usage is None:
        asked, answered = prompt_tokens(request), -(-len(text.encode()) // BYTES_PER_TOKEN_MIN)
    else:
        asked, answered = usage.prompt_tokens, usage.completion_tokens
    if asked < 0 or answered < 0:
        raise malformed("it took fewer than no tokens")
    cost_micro = price.cost_micro(asked, answered)
    used = Usage(model_calls=1, input_tokens=asked, output_tokens=answered, cost_micro=cost_micro)
    return used, usage is None


def _finish(said: str | None, calls: tuple[ToolCall, ...]) -> Finish:
    if said in _FINISHES:
        return said  # type: ignore[return-value]  # it is one of the literals
    return "tool_calls" if calls else "stop"


def _present(body: dict[str, Any], without: frozenset[str] | set[str]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k not in without and v not in (None, [], {})}


def _details(usage: dict[str, Any]) -> dict[str, Any]:
    return _present(usage, {"prompt_tokens", "completion_tokens", "total_tokens"})
