"""Models here as pydantic-ai models, pydantic-ai models as models here, and what is recorded of
requests between them (``pip install 'tarl[pydantic-ai]'``).

What pydantic-ai can say and ``ModelRequest`` cannot (images, thinking, native tools) is not sent:
``TarlModel`` refuses content that is no text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from tarl.agents.model import (
    FREE,
    Finish,
    Heard,
    Message,
    ModelRequest,
    ModelResponse,
    Price,
    Source,
    ToolCall,
    ToolSchema,
    Usage,
)
from tarl.agents.model import Model as TarlModelProtocol
from tarl.errors import Corrupt, Invalid, TarlError, Unavailable

try:
    from pydantic import TypeAdapter
    from pydantic_ai import direct, messages, models
    from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, UnexpectedModelBehavior
    from pydantic_ai.models.function import FunctionModel
    from pydantic_ai.models.test import TestModel
    from pydantic_ai.models.wrapper import WrapperModel
    from pydantic_ai.output import OutputObjectDefinition
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.tools import RunContext, ToolDefinition
    from pydantic_ai.usage import RequestUsage
    from pydantic_core import to_jsonable_python
except ImportError as error:
    raise Unavailable(
        "pydantic-ai is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[pydantic-ai]'",
    ) from error

PASSING_STATUSES = frozenset({408, 409, 425, 429})
"""Client errors of HTTP that another attempt may not get; from 500 on they all may pass."""

_FINISHES: dict[str | None, Finish] = {
    "length": "length",
    "content_filter": "content_filter",
    "tool_call": "tool_calls",
}
_FINISHED: dict[Finish, Literal["stop", "length", "content_filter", "tool_call"]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_call",
}

_parameters = TypeAdapter(models.ModelRequestParameters)

_response = TypeAdapter(messages.ModelResponse)

_OBSERVED = frozenset({"timestamp", "run_id", "conversation_id"})
"""Of requests' messages: the clock and ids, which no model is told."""

_SETS = ("revealed_tool_names", "introduced_tool_names", "deferred_capability_ids")
"""Parameters that iterate in no order."""


class TarlModel(models.Model[Any]):
    """A model here, for ``pydantic_ai.Agent(model=TarlModel(...))``.

    Args:
        model: What answers: an endpoint, a local model, a script or a recording.
    """

    def __init__(self, model: TarlModelProtocol) -> None:
        super().__init__()
        self.asked = model

    @property
    def model_name(self) -> str:
        """The model's name."""
        return self.asked.name

    @property
    def system(self) -> str:
        """Where answers come from, as telemetry names providers."""
        return "tarl"

    async def request(
        self,
        messages: list[messages.ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: models.ModelRequestParameters,
    ) -> messages.ModelResponse:
        """One request, one answer."""
        return await self._answered(messages, model_settings, model_request_parameters, None)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[messages.ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: models.ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[models.StreamedResponse]:
        """One request; its answer's parts come when the whole is there."""
        response = await self._answered(messages, model_settings, model_request_parameters, None)
        yield models.CompletedStreamedResponse(
            response, model_request_parameters=model_request_parameters, replay_events=True
        )

    async def _answered(
        self,
        told: list[messages.ModelMessage],
        settings: ModelSettings | None,
        parameters: models.ModelRequestParameters,
        heard: Heard | None,
    ) -> messages.ModelResponse:
        settings, parameters = self.prepare_request(settings, parameters)
        request = to_request(
            self.model_name, self.prepare_messages(told, parameters), settings, parameters
        )
        response = await self.asked.complete(request, heard=heard)
        return messages.ModelResponse(
            parts=[*_parts_of(response.message)],
            usage=RequestUsage(
                input_tokens=response.usage.input_tokens,
                output_tokens=response.usage.output_tokens,
            ),
            model_name=response.model,
            provider_name="tarl",
            finish_reason=_FINISHED[response.finish],
            provider_details={"cost_micro": response.usage.cost_micro},
        )


class PydanticModel:
    """A pydantic-ai model as a model here, for ``ModelAgent`` and the rest.

    Args:
        model: The library's model, or its name as the library writes it: ``openai:gpt-5.2``.
        price: What its tokens cost.
        source: Where its answers come from; what ``source_of`` says when left out.
    """

    def __init__(
        self, model: models.Model[Any] | str, *, price: Price = FREE, source: Source | None = None
    ) -> None:
        self.model = models.infer_model(model)
        self.price = price
        self._source = source

    @property
    def name(self) -> str:
        """The model's name, as its provider knows it."""
        return self.model.model_name

    @property
    def source(self) -> Source:
        """Where its answers come from."""
        return self._source or source_of(self.model)

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """Answer a request; see ``Model.complete``."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        told, settings, parameters = from_request(request)
        try:
            if heard is None:
                response = await direct.model_request(
                    self.model,
                    told,
                    model_settings=settings,
                    model_request_parameters=parameters,
                )
            else:
                response = await self._streamed(told, settings, parameters, heard)
        except Exception as error:
            raise refusal_of(error, self.name) from error
        return ModelResponse(
            model=response.model_name or self.name,
            message=_message_of(response),
            finish=_finish_of(response),
            usage=read_usage(response, self.price),
            source=self.source,
            request_digest=request.digest,
            latency_ms=round((loop.time() - began_s) * 1000),
        )

    async def _streamed(
        self,
        told: list[messages.ModelMessage],
        settings: ModelSettings,
        parameters: models.ModelRequestParameters,
        heard: Heard,
    ) -> messages.ModelResponse:
        asking = direct.model_request_stream(
            self.model, told, model_settings=settings, model_request_parameters=parameters
        )
        async with asking as stream:
            async for event in stream:
                text = text_of(event)
                if text:
                    heard(text)
        return stream.get()


# --- requests


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


# --- answers


def read_response(payload: Any) -> messages.ModelResponse:
    """A response as the library wrote it."""
    return _response.validate_python(payload)


def read_usage(response: messages.ModelResponse, price: Price = FREE) -> Usage:
    """What an answer took; at the price, unless the model here that answered said its own cost."""
    asked, answered = response.usage.input_tokens, response.usage.output_tokens
    told = (response.provider_details or {}).get("cost_micro")
    own = told if response.provider_name == "tarl" and isinstance(told, int) else None
    return Usage(
        model_calls=1,
        input_tokens=asked,
        output_tokens=answered,
        cost_micro=price.cost_micro(asked, answered) if own is None or price != FREE else own,
    )


def source_of(model: models.Model[Any]) -> Source:
    """Where a library model's answers come from: its test models are scripted."""
    while isinstance(model, WrapperModel):
        model = model.wrapped
    if isinstance(model, TarlModel):
        return model.asked.source
    return "scripted" if isinstance(model, (TestModel, FunctionModel)) else "live"


def text_of(event: Any) -> str:
    """The text that an event of a stream brings; empty when it brings none."""
    if isinstance(event, messages.PartStartEvent) and isinstance(event.part, messages.TextPart):
        return event.part.content
    if isinstance(event, messages.PartDeltaEvent) and isinstance(
        event.delta, messages.TextPartDelta
    ):
        return event.delta.content_delta
    return ""


def refusal_of(error: Exception, model: str) -> Exception:
    """What a provider's error means here; anything else is left as it is."""
    if isinstance(error, ModelHTTPError):
        return _of_status(error, model)
    if isinstance(error, ModelAPIError):
        return Unavailable(
            f"{model} does not answer: {error}",
            code="model.failed",
            next_step="see whether the provider can be reached",
        )
    if isinstance(error, UnexpectedModelBehavior):
        return Corrupt(f"{model} answered what is none: {error}", code="model.malformed")
    return error


def _of_status(error: ModelHTTPError, model: str) -> TarlError:
    status = error.status_code
    if status == 429:
        return Unavailable(
            f"{model} limits its rate",
            code="model.rate_limited",
            next_step="ask less often, or raise the provider's limit",
        )
    if status in PASSING_STATUSES or status >= 500:
        return Unavailable(
            f"{model} does not answer: {error}",
            code="model.failed",
            next_step="see whether the provider can be reached",
            status=status,
        )
    return Invalid(
        f"the provider of {model} refuses the request: {error}",
        code="model.refused",
        next_step="see what the provider says about it",
        status=status,
    )


# --- messages


def _told(
    told: Sequence[messages.ModelMessage], parameters: models.ModelRequestParameters
) -> Iterator[Message]:
    instructions = _instructions(told, parameters)
    if instructions:
        yield Message(role="system", content=instructions)
    for message in told:
        if isinstance(message, messages.ModelResponse):
            yield _message_of(message)
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
            whole.append(messages.ModelResponse(parts=[*_parts_of(message)]))
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


def _parts_of(message: Message) -> Iterator[messages.TextPart | messages.ToolCallPart]:
    if message.content:
        yield messages.TextPart(message.content)
    for call in message.tool_calls:
        yield messages.ToolCallPart(call.name, call.arguments, call.id)


def _message_of(response: messages.ModelResponse) -> Message:
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


def _finish_of(response: messages.ModelResponse) -> Finish:
    asks = any(isinstance(part, messages.ToolCallPart) for part in response.parts)
    return "tool_calls" if asks else _FINISHES.get(response.finish_reason, "stop")


def _lasting(dumped: dict[str, Any]) -> dict[str, Any]:
    """A dumped message or part without what was only observed, and without what is not there."""
    lasting = {k: v for k, v in dumped.items() if v is not None and k not in _OBSERVED}
    if "parts" in lasting:
        lasting["parts"] = [_lasting(part) for part in lasting["parts"]]
    return lasting
