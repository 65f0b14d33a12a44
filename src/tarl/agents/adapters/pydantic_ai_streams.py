"""A model's answer here as a stream of pydantic-ai: its text as it comes, its tools at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from tarl.agents.model import Finish, Heard, ModelResponse
from tarl.errors import Unavailable

try:
    from pydantic_ai import messages, models
    from pydantic_ai.usage import RequestUsage
except ImportError as error:
    raise Unavailable(
        "pydantic-ai is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[pydantic-ai]'",
    ) from error

FINISHED: dict[Finish, Literal["stop", "length", "content_filter", "tool_call"]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_call",
}

PROVIDER = "tarl"
"""What responses of models here say that they come from."""

_TEXT = "text"


@dataclass
class Spoken(models.StreamedResponse):
    """An answer while it is spoken.

    Attributes:
        name: The model's name, until the answer says another.
        asking: Asks, and tells the text as it comes.
    """

    name: str
    asking: Callable[[Heard], Awaitable[ModelResponse]]
    _began: datetime = field(
        default_factory=lambda: messages.ModelResponse(parts=[]).timestamp, init=False
    )
    _task: asyncio.Task[ModelResponse] | None = field(default=None, init=False)

    @property
    def model_name(self) -> str:
        """The model that answers."""
        return self.name

    @property
    def provider_name(self) -> str:
        """Whose model it is."""
        return PROVIDER

    @property
    def provider_url(self) -> None:
        """Nowhere."""
        return

    @property
    def timestamp(self) -> datetime:
        """When it began, by the library's clock."""
        return self._began

    async def close_stream(self) -> None:
        """Ask no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _get_event_iterator(self) -> AsyncIterator[messages.ModelResponseStreamEvent]:
        told: asyncio.Queue[str | None] = asyncio.Queue()
        asked = self._task = asyncio.ensure_future(self.asking(told.put_nowait))
        asked.add_done_callback(lambda _: told.put_nowait(None))
        spoken = ""
        try:
            while (text := await told.get()) is not None:
                spoken += text
                for event in self._said(text):
                    yield event
            response = await asked
        finally:
            await self.close_stream()
        for event in self._rest(response, spoken):
            yield event

    def _said(self, text: str) -> list[messages.ModelResponseStreamEvent]:
        return [*self._parts_manager.handle_text_delta(vendor_part_id=_TEXT, content=text)]

    def _rest(
        self, response: ModelResponse, spoken: str
    ) -> list[messages.ModelResponseStreamEvent]:
        """What the whole answer has besides what was heard."""
        events: list[Any] = []
        content = response.message.content
        if content.startswith(spoken) and content != spoken:
            events += self._said(content[len(spoken) :])
        for number, call in enumerate(response.message.tool_calls):
            events += self._parts_manager.handle_tool_call_delta_events(
                vendor_part_id=number,
                tool_name=call.name,
                args=call.arguments,
                tool_call_id=call.id,
            )
        self.name = response.model
        self.finish_reason = FINISHED[response.finish]
        self.provider_details = {"cost_micro": response.usage.cost_micro}
        self._usage = usage_of(response)
        return events


def usage_of(response: ModelResponse) -> RequestUsage:
    """What an answer took, as the library counts it."""
    return RequestUsage(
        input_tokens=response.usage.input_tokens, output_tokens=response.usage.output_tokens
    )
