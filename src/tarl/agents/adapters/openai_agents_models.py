"""Models of the OpenAI Agents SDK whose every answer is one step of the run.

``DeskModel`` asks a model of tarl. ``StepModel`` asks one of the SDK's own, with everything that it
understands (hosted tools, reasoning, stored prompts): what was asked and answered is recorded as
the SDK writes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import Any

import msgspec

from tarl.agents.adapters.chat_messages import calls_of, message_of, schema_of
from tarl.agents.desk import MODEL_RETRY, MODEL_TIMEOUT_MS, desk
from tarl.agents.model import (
    PROMPT_BYTES_MAX,
    Message,
    Model,
    ModelRequest,
    Price,
    Source,
    Usage,
)
from tarl.agents.spending import ANSWER_TOKENS, BYTES_PER_TOKEN_MIN
from tarl.errors import Invalid, TarlError, Unavailable
from tarl.kernel.definition import Activity
from tarl.values.canonical import encode
from tarl.values.ids import encode_segment
from tarl.values.plain import plain

try:
    import agents as sdk
    import openai
    from agents.models.chatcmpl_converter import Converter
    from agents.models.interface import Model as SdkModel
    from agents.models.interface import ModelTracing
    from openai.types.chat import ChatCompletionMessage
    from pydantic import TypeAdapter
except ImportError as error:
    raise Unavailable(
        "the OpenAI Agents SDK is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[openai-agents]'",
    ) from error

_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
_RESPONSE = TypeAdapter(sdk.ModelResponse)
_PASSING = (408, 409, 429)
"""Statuses of refusals that may pass."""


class DeskModel(SdkModel):
    """A model of tarl as one of the SDK's; each call is one step."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[Any],
        model_settings: sdk.ModelSettings,
        tools: list[sdk.Tool],
        output_schema: sdk.AgentOutputSchemaBase | None,
        handoffs: list[sdk.Handoff[Any, Any]],
        *args: Any,
        **kwargs: Any,
    ) -> sdk.ModelResponse:
        """The recorded answer to what the SDK asks."""
        messages = tuple(message_of(each) for each in Converter.items_to_messages(input))
        if system_instructions:
            messages = (Message(role="system", content=system_instructions), *messages)
        schemas = [Converter.tool_to_openai(tool) for tool in tools]
        schemas += [Converter.convert_handoff_tool(handoff) for handoff in handoffs]
        is_text = output_schema is None or output_schema.is_plain_text()
        request = ModelRequest(
            model=self._model.name,
            messages=messages,
            tools=tuple(schema_of(each) for each in schemas),
            temperature=model_settings.temperature,
            tokens_max=model_settings.max_tokens,
            response_schema=None
            if is_text or output_schema is None
            else output_schema.json_schema(),
        )
        response = await desk().complete(self._model, request)
        calls = calls_of(response.message.tool_calls)
        answer = ChatCompletionMessage.model_validate(
            {
                "role": "assistant",
                "content": response.message.content or None,
                **({"tool_calls": calls} if calls else {}),
            }
        )
        usage = response.usage
        return sdk.ModelResponse(
            output=Converter.message_to_output_items(answer),
            usage=sdk.Usage(
                requests=1,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                total_tokens=usage.tokens,
            ),
            response_id=None,
        )

    def stream_response(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Not asked: partial output goes through the desk."""
        raise NotImplementedError("tarl streams through the desk")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the SDK's models was asked, as JSON values."""

    model: str
    digest: str
    request: dict[str, Any]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What it answered, as the SDK writes it, and what that took."""

    response: dict[str, Any]
    usage: Usage
    source: Source
    request_digest: str
    latency_ms: int


class StepModel(SdkModel):
    """A model of the SDK; each call is one step ``model.<name>``.

    Args:
        name: The model's name.
        resolve: Gives the SDK's model; called in the step, where it may open connections.
        price: What its tokens cost.
        source: Where its answers come from.
    """

    def __init__(
        self, name: str, resolve: Callable[[], SdkModel], *, price: Price, source: Source
    ) -> None:
        self._name = name
        self._resolve = resolve
        self._price = price
        self._source = source

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[Any],
        model_settings: sdk.ModelSettings,
        tools: list[sdk.Tool],
        output_schema: sdk.AgentOutputSchemaBase | None,
        handoffs: list[sdk.Handoff[Any, Any]],
        tracing: ModelTracing,
        **stored: Any,
    ) -> sdk.ModelResponse:
        """The recorded answer to what the SDK asks."""
        request = _as_json(
            {
                "instructions": system_instructions,
                "input": input,
                "settings": model_settings.to_json_dict(),
                "tools": [_told(tool) for tool in tools],
                "handoffs": [[h.tool_name, h.tool_description] for h in handoffs],
                "output": _schema_told(output_schema),
                **stored,
            }
        )
        asked, most = self._asked(request, model_settings.max_tokens or ANSWER_TOKENS)

        async def complete(
            asked: Asked, agent: str, tokens: int, cost_micro: int, streams: bool
        ) -> Answered:
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            try:
                response = await self._resolve().get_response(
                    system_instructions,
                    input,
                    model_settings,
                    tools,
                    output_schema,
                    handoffs,
                    ModelTracing.DISABLED,
                    **stored,
                )
            except openai.OpenAIError as error:
                raise _refusal(self._name, error) from error
            return self._answered(response, asked, round((loop.time() - began_s) * 1000))

        activity = Activity(
            complete,
            name=f"model.{self._name}",
            needs=("model.complete",),
            resource=f"model/{encode_segment(self._name)}",
            access="read",
            timeout_ms=MODEL_TIMEOUT_MS,
            retry=MODEL_RETRY,
            spends={"tokens": "tokens", "cost_micro": "cost_micro"},
            untrusted="assumed" if _looks_outside(tools) else None,
        )
        answered: Answered = await desk().ask(activity, asked, most=most)
        return _RESPONSE.validate_python(answered.response)

    def _asked(self, request: dict[str, Any], answer_tokens: int) -> tuple[Asked, Usage]:
        """What the step is given, and the most that it may take."""
        data = encode(request)
        if len(data) > PROMPT_BYTES_MAX:
            raise Invalid(
                f"the request to {self._name} has {len(data)} bytes",
                code="model.prompt_too_large",
                next_step="shorten what the agent is given, or summarise its conversation",
            )
        prompt_tokens = -(-len(data) // BYTES_PER_TOKEN_MIN)
        most = Usage(
            model_calls=1,
            input_tokens=prompt_tokens,
            output_tokens=answer_tokens,
            cost_micro=self._price.cost_micro(prompt_tokens, answer_tokens),
        )
        asked = Asked(model=self._name, digest=sha256(data).hexdigest(), request=request)
        return asked, most

    def _answered(self, response: sdk.ModelResponse, asked: Asked, latency_ms: int) -> Answered:
        used = response.usage
        return Answered(
            response=_as_json(_RESPONSE.dump_python(response, mode="json", exclude_unset=True)),
            usage=Usage(
                model_calls=1,
                input_tokens=used.input_tokens,
                output_tokens=used.output_tokens,
                cost_micro=self._price.cost_micro(used.input_tokens, used.output_tokens),
            ),
            source=self._source,
            request_digest=asked.digest,
            latency_ms=latency_ms,
        )

    def stream_response(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Not asked: the answer is recorded whole."""
        raise NotImplementedError("a recorded answer is whole")


def _told(tool: sdk.Tool) -> Any:
    """What a model is told about a tool, or what the provider is told about one of its own."""
    if isinstance(tool, sdk.FunctionTool):
        return [tool.name, tool.description, tool.params_json_schema]
    return [type(tool).__name__, tool.name]


def _schema_told(schema: sdk.AgentOutputSchemaBase | None) -> Any:
    return None if schema is None or schema.is_plain_text() else schema.json_schema()


def _as_json(value: Any) -> Any:
    return plain(_ANYTHING.dump_python(value, mode="json"))


def _refusal(name: str, error: openai.OpenAIError) -> TarlError:
    status = getattr(error, "status_code", None)
    why = f"{name}: {type(error).__name__}: {error}"[:500]
    if isinstance(status, int) and 400 <= status < 500 and status not in _PASSING:
        return Invalid(why, code="model.refused", next_step="see what the provider says")
    if status == 429:
        return Unavailable(why, code="model.rate_limited", next_step="try again later")
    return Unavailable(why, code="model.unreachable", next_step="see whether the provider is up")


def _looks_outside(tools: list[sdk.Tool]) -> bool:
    """Whether the provider itself may look at what strangers wrote, for the answer."""
    return any(not isinstance(tool, sdk.FunctionTool) for tool in tools)
