"""Requests as the protocol of OpenAI's chat completions has them, written and read.

What a ``ModelRequest`` cannot say exactly stays in its ``extra`` members, in the provider's form:
a request that is read and written again asks the same.

Source: OpenAI API reference, "Create chat completion" (POST /v1/chat/completions).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tarl.agents.model import Message, ModelRequest, Role, ToolCall, ToolSchema
from tarl.errors import Invalid

_SHAPING = """
chat_template_kwargs frequency_penalty logit_bias logprobs metadata min_p parallel_tool_calls
prediction presence_penalty prompt_cache_key reasoning_effort repetition_penalty response_format
safety_identifier store tool_choice top_k top_logprobs top_p user verbosity
"""
_TYPED = """
max_completion_tokens max_tokens messages model n seed stop stream stream_options temperature tools
"""

PARAMETERS = frozenset(_SHAPING.split())
"""What shapes an answer of the model that is asked. Parameters that let a provider ask another
model, search, call servers or take another price are not among them: they would pass by what was
permitted."""

MESSAGES_MAX = 10_000
TOOLS_MAX = 1_000
DEPTH_MAX = 64
"""Levels of values within values: deeper than any schema, less than a stack."""

_READ = frozenset(_TYPED.split())
_ABSENT: Any = object()


class _Function(msgspec.Struct, frozen=True):
    name: str
    arguments: str


class _Call(msgspec.Struct, frozen=True):
    id: str
    function: _Function
    type: Literal["function"] = "function"


class _Said(msgspec.Struct, frozen=True):
    role: Literal["developer", "system", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None
    name: str | None = None


class _Described(msgspec.Struct, frozen=True):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class _Tool(msgspec.Struct, frozen=True):
    type: Literal["function"]
    function: _Described


class _StreamOptions(msgspec.Struct, frozen=True):
    include_usage: bool | None = None


class _Body(msgspec.Struct, frozen=True):
    model: str
    messages: list[_Said]
    tools: list[_Tool] | None = None
    temperature: float | None = None
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    response_format: dict[str, Any] | None = None
    n: int | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came, and how its answer is wanted.

    Attributes:
        request: What is asked.
        streams: Whether the answer is wanted as it comes.
        includes_usage: Whether the stream is to end with the usage.
    """

    request: ModelRequest
    streams: bool
    includes_usage: bool


def request_body(
    request: ModelRequest, *, tokens_name: str = "max_tokens", model: str | None = None
) -> dict[str, Any]:
    """What is sent to a provider.

    Args:
        request: What is asked.
        tokens_name: What the provider calls the bound of the answer.
        model: The model as the provider knows it, if that is another name.
    """
    body: dict[str, Any] = {
        "model": model or request.model,
        "messages": [message_body(message) for message in request.messages],
    }
    if request.tools:
        body["tools"] = [_tool_body(tool) for tool in request.tools]
    options = {
        "temperature": request.temperature,
        tokens_name: request.tokens_max,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    body |= {name: value for name, value in options.items() if value is not None}
    if request.response_schema is not None:
        shape = {"name": "answer", "schema": request.response_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    return {**body, **request.extra}


def message_body(message: Message) -> dict[str, Any]:
    """A message as it is sent."""
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        body["content"] = message.content or None
        body["tool_calls"] = [call_body(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    if message.name is not None and message.role != "tool":
        body["name"] = message.name
    return {**body, **message.extra}


def call_body(call: ToolCall) -> dict[str, Any]:
    """A call of a tool as it is sent."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def read_request(data: bytes, *, parameters: frozenset[str] = PARAMETERS) -> Asked:
    """A request as a client sent it.

    Args:
        data: The body.
        parameters: Further parameters that are taken.

    Raises:
        Invalid: no such request (``chat.malformed``), or with a parameter that is not taken
            (``chat.parameter``).
    """
    try:
        raw = msgspec.json.decode(data)
        body = msgspec.convert(raw, _Body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _malformed(str(error) or type(error).__name__) from None
    _check_depth(raw)
    if not body.messages or len(body.messages) > MESSAGES_MAX:
        raise _malformed(f"a request has 1 to {MESSAGES_MAX} messages")
    if len(body.tools or ()) > TOOLS_MAX:
        raise _malformed(f"a request has at most {TOOLS_MAX} tools")
    tokens_max = body.max_completion_tokens
    tokens_max = body.max_tokens if tokens_max is None else tokens_max
    if tokens_max is not None and tokens_max < 1:
        raise _malformed("an answer has at least one token")
    given = {name: value for name, value in raw.items() if value is not None}
    _check_parameters(given, parameters)
    request = ModelRequest(
        model=body.model,
        messages=tuple(
            _message(said, whole)
            for said, whole in zip(body.messages, raw["messages"], strict=True)
        ),
        tools=tuple(_tool(tool.function) for tool in body.tools or ()),
        temperature=body.temperature,
        tokens_max=tokens_max,
        seed=body.seed,
        response_schema=_schema(body.response_format),
        stop=(body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ()),
    )
    written = request_body(request)
    apart = ("messages", "max_tokens", "max_completion_tokens", "n", "stream", "stream_options")
    extra = _others({k: v for k, v in given.items() if k not in apart}, written)
    options = body.stream_options
    return Asked(
        request=msgspec.structs.replace(request, extra=extra),
        streams=bool(body.stream),
        includes_usage=options is not None and bool(options.include_usage),
    )


def _check_depth(raw: Any) -> None:
    level = [raw]
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise _malformed(f"it is more than {DEPTH_MAX} levels deep")


def _check_parameters(given: dict[str, Any], parameters: frozenset[str]) -> None:
    unknown = sorted(given.keys() - parameters - _READ)
    if unknown:
        raise Invalid(
            f"the parameter {unknown[0]!r} is not taken",
            code="chat.parameter",
            next_step="leave it out, or have the service started with it among those that it takes",
            parameter=unknown[0],
        )
    if given.get("n", 1) != 1:
        raise Invalid(
            "one answer is given to a request, not several",
            code="chat.parameter",
            next_step="leave n out, and ask several times",
            parameter="n",
        )


def _message(said: _Said, whole: dict[str, Any]) -> Message:
    role: Role = "system" if said.role == "developer" else said.role
    content = said.content or ""
    if not isinstance(content, str):
        content = "".join(
            part["text"]
            for part in content
            if part.get("type") == "text" and isinstance(part.get("text"), str)
        )
    message = Message(
        role=role,
        content=content,
        tool_calls=tuple(
            ToolCall(id=call.id, name=call.function.name, arguments=call.function.arguments)
            for call in said.tool_calls or ()
        ),
        tool_call_id=said.tool_call_id,
        name=said.name,
    )
    given = {name: value for name, value in whole.items() if value not in (None, "", [])}
    return msgspec.structs.replace(message, extra=_others(given, message_body(message)))


def _tool(described: _Described) -> ToolSchema:
    return ToolSchema(
        name=described.name,
        description=described.description or "",
        parameters=described.parameters or {"type": "object", "properties": {}},
    )


def _tool_body(tool: ToolSchema) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _schema(format: dict[str, Any] | None) -> dict[str, Any] | None:
    if format is None or format.get("type") != "json_schema":
        return None
    shape = format.get("json_schema")
    schema = shape.get("schema") if isinstance(shape, dict) else None
    if not isinstance(schema, dict):
        raise _malformed("response_format has no json_schema.schema")
    return schema


def _others(given: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """What was given and would not be written the same."""
    return {name: value for name, value in given.items() if written.get(name, _ABSENT) != value}


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"this is no request for a chat completion: {why[:300]}",
        code="chat.malformed",
        next_step="send JSON as OpenAI's chat completions have it",
    )
