"""Language models as values: what is asked, what is answered, and who answers.

A request has one canonical encoding, and its digest is what a recording is found by. Costs are
integer micro-units of one currency (a millionth of a dollar, a euro), so that sums are exact.
Latencies are integer milliseconds, observed by whoever asked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal, Protocol

import msgspec

from tarl.errors import Invalid
from tarl.values.canonical import encode
from tarl.values.plain import plain

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "tool_calls", "content_filter"]
Source = Literal["scripted", "recorded", "live"]
"""Where answers come from: written down beforehand, a recording, or a model that is asked."""

PROMPT_BYTES_MAX = 8 * 1024 * 1024
"""A whole prompt: more than any model's context, less than what a run may record."""

Heard = Callable[[str], None]
"""Is told text as it comes."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """A model asks for a tool.

    Attributes:
        id: The call's own, given back with the result.
        name: The tool.
        arguments: JSON text as the model wrote it, which may be malformed.
    """

    id: str
    name: str
    arguments: str


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a conversation; ``tool_call_id`` says which call a tool's message answers.

    ``extra`` holds what its text does not tell, as the provider knows it (parts with images); its
    members take the place of those of the same name.
    """

    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None
    extra: dict[str, Any] = {}


class ToolSchema(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is told about a tool; ``parameters`` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """What a model is asked.

    Attributes:
        model: The model's name, as its provider knows it.
        messages: The conversation so far, the oldest first.
        tools: Those that it may ask for.
        temperature: Sampling temperature; the provider's when None.
        tokens_max: Of the answer.
        seed: For providers that sample by one.
        response_schema: A JSON Schema that the answer's text must fit.
        stop: Texts at which the answer ends.
        extra: Further parameters, as the provider knows them; they take the place of those above.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...] = ()
    temperature: float | None = None
    tokens_max: int | None = None
    seed: int | None = None
    response_schema: dict[str, Any] | None = None
    stop: tuple[str, ...] = ()
    extra: dict[str, Any] = {}

    @cached_property
    def encoded(self) -> bytes:
        """The canonical JSON."""
        return encode(plain(self))

    @cached_property
    def prompt_bytes(self) -> int:
        """The size of what the model reads, in canonical JSON, whatever bounds its answer.

        Raises:
            Invalid: over ``PROMPT_BYTES_MAX`` (``model.prompt_too_large``), or no JSON.
        """
        read = [self.messages, self.tools, self.response_schema, *([self.extra] * bool(self.extra))]
        size_bytes = len(encode(plain(read)))
        if size_bytes > PROMPT_BYTES_MAX:
            raise Invalid(
                f"the prompt for {self.model} has {size_bytes} bytes; at most {PROMPT_BYTES_MAX}"
                " are sent",
                code="model.prompt_too_large",
                next_step="shorten what the agent is given, or summarise its conversation",
                size_bytes=size_bytes,
            )
        return size_bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hex: what a recording is found by."""
        return sha256(self.encoded).hexdigest()


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What calls took; sums of usages are usages."""

    model_calls: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro: int = 0

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            model_calls=self.model_calls + other.model_calls,
            tool_calls=self.tool_calls + other.tool_calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_micro=self.cost_micro + other.cost_micro,
        )


NO_USAGE = Usage()


class ModelResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model answered.

    Attributes:
        model: The model that answered, as the provider says: it may be another version.
        message: The answer.
        finish: Why it ended.
        usage: What it took; one model call.
        source: Whether it was scripted, recorded or live.
        request_digest: Of the request it answers.
        latency_ms: From request to the whole answer.
        extra: What else the provider said.
    """

    model: str
    message: Message
    finish: Finish
    usage: Usage
    source: Source
    request_digest: str
    latency_ms: int = 0
    extra: dict[str, Any] = {}


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What a model's tokens cost, in micro-units of a currency for a million tokens.

    0.15 dollars for a million input tokens are ``input_micro_per_million=150_000``.
    """

    input_micro_per_million: int = 0
    output_micro_per_million: int = 0

    def cost_micro(self, input_tokens: int, output_tokens: int) -> int:
        """What a call costs, rounded up."""
        whole = (
            input_tokens * self.input_micro_per_million
            + output_tokens * self.output_micro_per_million
        )
        return -(-whole // 1_000_000)


FREE = Price()


class Model(Protocol):
    """Something that answers requests: a provider, a file of weights, a script or a recording.

    Attributes:
        name: The model's name, as requests say it.
        source: Where its answers come from.
        price: What its tokens cost.
    """

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> Source: ...

    @property
    def price(self) -> Price: ...

    async def complete(self, request: ModelRequest, *, heard: Heard | None = None) -> ModelResponse:
        """Answer; ``heard`` is told the text as it comes, where the provider streams.

        Raises:
            Invalid: the provider refuses the request (``model.refused``), or it is too large.
            Unavailable: nobody answers, the provider limits its rate (``model.rate_limited``, with
                ``retry_after_ms`` among the facts), or the answer was cut off (``model.cut_off``).
            Corrupt: the answer is none (``model.malformed``).
        """
        ...
