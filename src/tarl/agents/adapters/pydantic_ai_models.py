"""Models here as pydantic-ai models, and pydantic-ai models as models here
(``pip install 'tarl[pydantic-ai]'``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tarl.agents.adapters.pydantic_ai_messages import (
    finish_of,
    from_request,
    message_of,
    parts_of,
    text_of,
    to_request,
)
from tarl.agents.adapters.pydantic_ai_streams import FINISHED, PROVIDER, Spoken, usage_of
from tarl.agents.model import (
    FREE,
    Heard,
    ModelRequest,
    ModelResponse,
    Price,
    Source,
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
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.tools import RunContext
except ImportError as error:
    raise Unavailable(
        "pydantic-ai is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[pydantic-ai]'",
    ) from error

PASSING_STATUSES = frozenset({408, 409, 425, 429})
"""Client errors of HTTP that another attempt may not get; from 500 on they all may pass."""

_response = TypeAdapter(messages.ModelResponse)


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
        return PROVIDER

    async def request(
        self,
        messages: list[messages.ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: models.ModelRequestParameters,
    ) -> messages.ModelResponse:
        """One request, one answer."""
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        response = await self.asked.complete(self._asked(messages, settings, parameters))
        return _whole(response)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[messages.ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: models.ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[models.StreamedResponse]:
        """One request; its text comes as the model here tells it."""
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        request = self._asked(messages, settings, parameters)
        stream = Spoken(
            model_request_parameters=parameters,
            name=self.model_name,
            asking=lambda heard: self.asked.complete(request, heard=heard),
        )
        try:
            yield stream
        finally:
            await stream.close_stream()

    def _asked(
        self,
        told: list[messages.ModelMessage],
        settings: ModelSettings | None,
        parameters: models.ModelRequestParameters,
    ) -> ModelRequest:
        prepared = self.prepare_messages(told, parameters)
        return to_request(self.model_name, prepared, settings, parameters)


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
            message=message_of(response),
            finish=finish_of(response),
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


def _whole(response: ModelResponse) -> messages.ModelResponse:
    return messages.ModelResponse(
        parts=[*parts_of(response.message)],
        usage=usage_of(response),
        model_name=response.model,
        provider_name=PROVIDER,
        finish_reason=FINISHED[response.finish],
        provider_details={"cost_micro": response.usage.cost_micro},
    )


def read_response(payload: Any) -> messages.ModelResponse:
    """A response as the library wrote it."""
    return _response.validate_python(payload)


def read_usage(response: messages.ModelResponse, price: Price = FREE) -> Usage:
    """What an answer took; at the price, unless the model here that answered said its own cost."""
    asked, answered = response.usage.input_tokens, response.usage.output_tokens
    told = (response.provider_details or {}).get("cost_micro")
    own = told if response.provider_name == PROVIDER and isinstance(told, int) else None
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
