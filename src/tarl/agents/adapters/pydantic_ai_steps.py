"""Units of work of pydantic-ai as steps of a run: what is recorded of them, how they are done."""

from __future__ import annotations

import asyncio
import inspect
import keyword
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from tarl.agents.adapters.pydantic_ai_messages import as_json, request_json
from tarl.agents.adapters.pydantic_ai_models import (
    read_response,
    read_usage,
    refusal_of,
    source_of,
)
from tarl.agents.desk import MODEL_RETRY, MODEL_TIMEOUT_MS, Desk, desk
from tarl.agents.model import PROMPT_BYTES_MAX, ModelRequest, Price, Source, Usage
from tarl.agents.spending import most_of
from tarl.errors import Denied, Invalid, Unavailable
from tarl.kernel.definition import Activity
from tarl.kernel.retry import RetryPolicy
from tarl.values.canonical import encode
from tarl.values.ids import encode_segment

try:
    from pydantic_ai.durable_exec import (
        DurableOperationId,
        JournalCallableOperationBackend,
        ModelRequestId,
        ToolsetCallToolId,
    )
    from pydantic_ai.exceptions import ToolFailed
except ImportError as error:
    raise Unavailable(
        "pydantic-ai is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[pydantic-ai]'",
    ) from error

MODEL_ERRORS = RetryPolicy(
    attempts_max=MODEL_RETRY.attempts_max,
    first_wait_ms=MODEL_RETRY.first_wait_ms,
    wait_max_ms=MODEL_RETRY.wait_max_ms,
    never=(*MODEL_RETRY.never, "UserError", "TypeError", "ValidationError"),
)
"""As for all models; what the program got wrong is not asked again."""

TOOL_OPTIONS = frozenset(
    {
        "needs",
        "resource",
        "access",
        "untrusted",
        "spends",
        "idempotent",
        "timeout_ms",
        "total_timeout_ms",
        "heartbeat_ms",
        "retry",
    }
)
"""What a tool's metadata may say under ``tarl``: options of ``@activity``."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model was asked, as it is recorded.

    Attributes:
        model: Its name.
        digest: SHA-256 of the request's canonical JSON, in hex.
        request: Messages, settings and parameters as the library writes them; None where content
            is not recorded.
    """

    model: str
    digest: str
    request: dict[str, Any] | None = None


class Answered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model answered, as it is recorded.

    Attributes:
        model: The model that answered, as the provider says.
        response: As the library writes it.
        usage: What it took.
        source: Whether it was scripted, recorded or live.
        request_digest: Of what was asked.
        latency_ms: From request to the whole answer.
    """

    model: str
    response: dict[str, Any]
    usage: Usage
    source: Source
    request_digest: str
    latency_ms: int = 0


class Steps(JournalCallableOperationBackend[dict[str, Any] | None]):
    """Carries the library's units of work out as steps of the run at whose desk they are asked for.

    Args:
        price: What the model's tokens cost.
        source: Where answers come from; as the model says when None.
        records_content: Whether prompts are recorded, or their digests alone.
        options: Of the library's backend.
    """

    def __init__(
        self, *, price: Price, source: Source | None, records_content: bool, **options: Any
    ) -> None:
        super().__init__(**options)
        self._price = price
        self._source = source
        self._records_content = records_content

    async def execute(
        self,
        *,
        operation_id: DurableOperationId,
        name: str,
        body: Callable[[], Awaitable[object]],
        cache_key: tuple[object, ...],
        config: dict[str, Any] | None,
    ) -> object:
        """One unit of work as one step."""
        seat = desk()
        if isinstance(operation_id, ModelRequestId):
            return await self._model(seat, operation_id, body, cache_key)
        if isinstance(operation_id, ToolsetCallToolId):
            return await self._tool(seat, body, cache_key, config)
        return await seat.call(_unit(name, body))

    async def _model(
        self,
        seat: Desk,
        operation: ModelRequestId,
        body: Callable[[], Awaitable[object]],
        cache_key: Sequence[Any],
    ) -> object:
        _, messages, settings, parameters, run_context = cache_key
        told = request_json(messages, settings, parameters)
        data = encode(told)
        asked = Asked(
            model=operation.model_name,
            digest=sha256(data).hexdigest(),
            request=told if self._records_content else None,
        )
        most = most_of(sized(lambda: told, settings), self._price)
        price, source = self._price, self._source
        model = run_context.model

        async def complete(
            asked: Asked, agent: str, tokens: int, cost_micro: int, streams: bool
        ) -> Answered:
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            try:
                payload: Any = await body()
            except Exception as error:
                raise refusal_of(error, asked.model) from error
            response = read_response(payload)
            return Answered(
                model=response.model_name or asked.model,
                response=payload,
                usage=read_usage(response, price),
                source=source or source_of(model),
                request_digest=asked.digest,
                latency_ms=round((loop.time() - began_s) * 1000),
            )

        activity = Activity(
            complete,
            name=f"model.{asked.model}",
            needs=("model.complete",),
            resource=f"model/{encode_segment(asked.model)}",
            access="read",
            timeout_ms=MODEL_TIMEOUT_MS,
            retry=MODEL_ERRORS,
            spends={"tokens": "tokens", "cost_micro": "cost_micro"},
        )
        answered: Answered = await seat.ask(activity, asked, most=most)
        return answered.response

    async def _tool(
        self,
        seat: Desk,
        body: Callable[[], Awaitable[object]],
        cache_key: Sequence[Any],
        config: Mapping[str, Any] | None,
    ) -> object:
        name, arguments = cache_key[0], as_json(cache_key[1])
        activity = _unit(f"tool.{name}", body, parameters=arguments, options=config)
        try:
            return await seat.use(activity, arguments)
        except Denied as refusal:
            raise ToolFailed(f"denied: {refusal.message}") from refusal


def _unit(
    name: str,
    body: Callable[[], Awaitable[object]],
    *,
    parameters: Iterable[str] = (),
    options: Mapping[str, Any] | None = None,
) -> Activity[..., Any]:
    """A unit of work as an activity of this one call: its body knows what it was given."""

    async def carry_out(**arguments: Any) -> Any:
        return await body()

    keywords = inspect.Parameter.KEYWORD_ONLY
    carry_out.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # read by inspect
        [inspect.Parameter(each, keywords) for each in parameters if _is_name(each)]
    )
    options = options or {}
    unknown = sorted(set(options) - TOOL_OPTIONS)
    if unknown:
        raise Invalid(
            f"{name} has metadata that no step has: {', '.join(unknown)}",
            code="adapter.unfit",
            next_step=f"under 'tarl' there are {', '.join(sorted(TOOL_OPTIONS))}",
        )
    return Activity(carry_out, name=name, **options)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


class Sized(ModelRequest, frozen=True, kw_only=True, dict=True):
    """A request as large as the library's, for budgets; settings are no part of the prompt.

    Attributes:
        tell: Gives the request as it is recorded; asked only where its size matters.
    """

    tell: Callable[[], dict[str, Any]]

    @cached_property
    def prompt_bytes(self) -> int:
        """See ``ModelRequest.prompt_bytes``."""
        told = self.tell()
        size_bytes = len(msgspec.json.encode([told["messages"], told["parameters"]]))
        if size_bytes > PROMPT_BYTES_MAX:
            raise Invalid(
                f"the prompt has {size_bytes} bytes; at most {PROMPT_BYTES_MAX} are sent",
                code="model.prompt_too_large",
                next_step="shorten what the agent is given, or summarise its conversation",
                size_bytes=size_bytes,
            )
        return size_bytes


def sized(tell: Callable[[], dict[str, Any]], settings: Mapping[str, Any] | None) -> ModelRequest:
    """A request as large as the library's; see ``Sized``."""
    return Sized(model="", messages=(), tokens_max=(settings or {}).get("max_tokens"), tell=tell)
