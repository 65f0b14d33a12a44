"""Requests and messages between pydantic-ai and here, and as they are recorded.

What pydantic-ai can say and ``ModelRequest`` cannot (images, thinking, native tools) is not sent:
content that is no text is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tarl.agents.model import Finish, Message, ModelRequest, ToolCall, ToolSchema
from tarl.errors import Invalid, Unavailable

try:
    from pydantic import TypeAdapter
    from pydantic_ai import messages, models
    from pydantic_ai.output import OutputObjectDefinition
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.tools import ToolDefinition
    from pydantic_core import to_jsonable_python
except ImportError as error:
    raise Unavailable(
        "pydantic-ai is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[pydantic-ai]'",
    ) from error

_FINISHES: dict[str | None, Finish] = {
    "length": "length",
    "content_filter": "content_filter",
    "tool_call": "tool_calls",
}
_parameters = TypeAdapter(models.ModelRequestParameters)

_OBSERVED = frozenset({"timestamp", "run_id", "conversation_id"})
"""Of requests' messages: the clock and ids, which no model is told."""

_SETS = ("revealed_tool_names", "introduced_tool_names", "deferred_capability_ids")
"""Parameters that iterate in no order."""


def to_request(
    name: str,
    told: Sequence[messages.ModelMessage],
    settings: ModelSettings | None,
    parameters: models.ModelRequestParameters,
) -> ModelRequest:
    """A request of the library as one here.

    Raises:
        Invalid: it has content that is no text (``adapter.content``).
    """
    chosen: dict[str, Any] = dict(settings or {})
    output = parameters.output_object if parameters.output_mode == "native" else None
    return ModelRequest(
        model=name,
        messages=tuple(_told(told, parameters)),
        tools=tuple(
            ToolSchema(
                name=tool.name,
                description=tool.description or "",
                parameters=tool.parameters_json_schema,
            )
            for tool in (*parameters.function_tools, *parameters.output_tools)
        ),
        temperature=chosen.get("temperature"),
        tokens_max=chosen.get("max_tokens"),
        seed=chosen.get("seed"),
        response_schema=None if output is None else output.json_schema,
        stop=tuple(chosen.get("stop_sequences") or ()),
    )


def from_request(
    request: ModelRequest,
) -> tuple[list[messages.ModelMessage], ModelSettings, models.ModelRequestParameters]:
    """A request here as the library's messages, settings and parameters."""
    settings = ModelSettings()
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    if request.tokens_max is not None:
        settings["max_tokens"] = request.tokens_max
    if request.seed is not None:
        settings["seed"] = request.seed
    if request.stop:
        settings["stop_sequences"] = [*request.stop]
    tools = [
        ToolDefinition(
            name=tool.name,
            description=tool.description or None,
            parameters_json_schema=tool.parameters,
        )
        for tool in request.tools
    ]
    schema = request.response_schema
    parameters = models.ModelRequestParameters(
        function_tools=tools,
        output_mode="text" if schema is None else "native",
        output_object=None if schema is None else OutputObjectDefinition(json_schema=schema),
        allow_text_output=schema is None,
    )
    return _said(request.messages), settings, parameters


def request_json(
    told: Sequence[messages.ModelMessage],
    settings: ModelSettings | None,
    parameters: models.ModelRequestParameters,
) -> dict[str, Any]:
    """A request as it is recorded: JSON, without clocks and ids, in one order."""
    dumped = messages.ModelMessagesTypeAdapter.dump_python([*told], mode="json")
    options = _parameters.dump_python(parameters, mode="json", exclude_defaults=True)
    for name in _SETS:
        if name in options:
            options[name] = sorted(options[name])
    return {
        "messages": [_lasting(message) for message in dumped],
        "settings": as_json(dict(settings or {})),
        "parameters": options,
    }


def as_json(value: Any) -> Any:
    """JSON values of anything that pydantic can write."""
    return to_jsonable_python(value, fallback=repr)


def text_of(event: Any) -> str:
    """The text that an event of a stream brings; empty when it brings none."""
    if isinstance(event, messages.PartStartEvent) and isinstance(event.part, messages.TextPart):
        return event.part.content
    if isinstance(event, messages.PartDeltaEvent) and isinstance(
        event.delta, messages.TextPartDelta
    ):
        return event.delta.content_delta
    return ""


def _told(
    told: Sequence[messages.ModelMessage], parameters: models.ModelRequestParameters
) -> Iterator[Message]:
    instructions = _instructions(told, parameters)
    if instructions:
        yield Message(role="system", content=instructions)
    for message in told:
        if isinstance(message, messages.ModelResponse):
            yield message_of(message)
        else:
            yield from (_part_told(part) for part in message.parts)


def _instructions(
    told: Sequence[messages.ModelMessage], parameters: models.ModelRequestParameters
) -> str:
    if parameters.instruction_parts:
        return "\n\n".join(part.content for part in parameters.instruction_parts)
    requests = [m for m in told if isinstance(m, messages.ModelRequest)]
    return (requests[-1].instructions or "") if requests else ""


def _part_told(part: messages.ModelRequestPart) -> Message:
    match part:
        case messages.SystemPromptPart():
            return Message(role="system", content=part.content)
        case messages.UserPromptPart():
            return Message(role="user", content=_text_content(part.content))
        case messages.ToolReturnPart():
            return Message(
                role="tool",
                content=part.model_response_str(),
                tool_call_id=part.tool_call_id,
                name=part.tool_name,
            )
    raise _no_text(part.part_kind)


def _text_content(content: str | Sequence[messages.UserContent]) -> str:
    if isinstance(content, str):
        return content
    texts = []
    for item in content:
        if isinstance(item, messages.TextContent):
            texts.append(item.content)
        elif isinstance(item, str):
            texts.append(item)
        elif not isinstance(item, messages.CachePoint):
            raise _no_text(type(item).__name__)
    return "\n\n".join(texts)


def _no_text(what: str) -> Invalid:
    return Invalid(
        f"models here are told text; this is {what}",
        code="adapter.content",
        next_step="use a model of pydantic-ai's own for it",
    )


def _said(told: Sequence[Message]) -> list[messages.ModelMessage]:
    whole: list[messages.ModelMessage] = []
    for message in told:
        if message.role == "assistant":
            whole.append(messages.ModelResponse(parts=[*parts_of(message)]))
            continue
        part = _part_said(message)
        last = whole[-1] if whole else None
        if isinstance(last, messages.ModelRequest):
            last.parts = [*last.parts, part]
        else:
            whole.append(messages.ModelRequest(parts=[part]))
    return whole


def _part_said(message: Message) -> messages.ModelRequestPart:
    if message.role == "system":
        return messages.SystemPromptPart(message.content)
    if message.role == "tool":
        return messages.ToolReturnPart(
            tool_name=message.name or "tool",
            content=message.content,
            tool_call_id=message.tool_call_id or "",
        )
    return messages.UserPromptPart(message.content)


def parts_of(message: Message) -> Iterator[messages.TextPart | messages.ToolCallPart]:
    """An answer here as the library's parts."""
    if message.content:
        yield messages.TextPart(message.content)
    for call in message.tool_calls:
        yield messages.ToolCallPart(call.name, call.arguments, call.id)


def message_of(response: messages.ModelResponse) -> Message:
    """An answer of the library as a message here: its text and the tools that it asks for."""
    texts = [part.content for part in response.parts if isinstance(part, messages.TextPart)]
    calls = [part for part in response.parts if isinstance(part, messages.ToolCallPart)]
    return Message(
        role="assistant",
        content="".join(texts),
        tool_calls=tuple(
            ToolCall(id=call.tool_call_id, name=call.tool_name, arguments=call.args_as_json_str())
            for call in calls
        ),
    )


def finish_of(response: messages.ModelResponse) -> Finish:
    """Why an answer of the library ended."""
    asks = any(isinstance(part, messages.ToolCallPart) for part in response.parts)
    return "tool_calls" if asks else _FINISHES.get(response.finish_reason, "stop")


def _lasting(dumped: dict[str, Any]) -> dict[str, Any]:
    """A dumped message or part without what was only observed, and without what is not there."""
    lasting = {k: v for k, v in dumped.items() if v is not None and k not in _OBSERVED}
    if "parts" in lasting:
        lasting["parts"] = [_lasting(part) for part in lasting["parts"]]
    return lasting
