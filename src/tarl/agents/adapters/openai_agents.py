"""Agents of the OpenAI Agents SDK, their loop inside the run.

The SDK's own runner takes the turns, as workflow code; the world is reached through the desk alone:

1. Each model call is one step ``model.<name>``, each call of a function tool one step
   ``tool.<name>``, in every agent that is reached by handoffs too. A process that takes the run up
   again asks no model and uses no tool twice whose answer is recorded.
2. A tool that ``needs_approval`` waits for people (``ctx.approval``); what they reject is told to
   the model in the SDK's words.
3. What a tool may not do (``Denied``) or fails at is told to the model; a spent budget and a model
   that may not be asked end the turn.
4. The SDK's tracing is off: the journal is the trace. Its ids are drawn from the run.

Not taken, because they would act past the gateway: MCP servers and local shells of the SDK (give
their tools as tarl's), agents as tools (hand off to them, or let a pattern ask them), sessions.

Needs ``tarl[openai-agents]``.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tarl.agents.adapters.chat_messages import calls_of, message_of, schema_of
from tarl.agents.adapters.surroundings import surrounded
from tarl.agents.desk import Desk, desk
from tarl.agents.model import Message, Model, ModelRequest
from tarl.errors import ActivityFailed, Denied, Invalid, TarlError, Unavailable
from tarl.kernel import guard
from tarl.kernel.definition import Activity
from tarl.values.canonical import encode
from tarl.values.ids import check_name
from tarl.values.plain import plain

try:
    import agents as sdk
    from agents.models.chatcmpl_converter import Converter
    from agents.models.interface import Model as SdkModel
    from agents.tool_context import ToolContext
    from agents.tracing import get_trace_provider
    from openai.types.chat import ChatCompletionMessage
except ImportError as error:
    raise Unavailable(
        "the OpenAI Agents SDK is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[openai-agents]'",
    ) from error

with guard.suspended():
    get_trace_provider()  # made on first use, with a clock: that would be inside a run

ROUNDS_MAX = 12
"""Model calls of one turn."""

APPROVALS_MAX = 100
"""How often one turn may stop for people."""


class OpenAIAgent:
    """An ``agents.Agent`` as an agent of tarl.

    Args:
        agent: The SDK's agent; agents that it hands off to come with it.
        model: Who answers for all of them; ``models`` counts before it.
        models: Who answers for the agents of these names.
        id: The agent's id; the SDK agent's name when left out.
        capabilities: What it can do.
        approvers: Who decides about tools that need an approval.
        needs: The capabilities that function tools take, by name; ``call.tool.<name>`` when left
            out.
        context: What the SDK gives tools and instructions as their context; a replay does not
            repeat what tools changed in it.
        rounds_max: How often models are asked in one turn.

    Raises:
        Invalid: nobody answers for an agent (``adapter.model``), or it has a tool that would act
            past the gateway (``adapter.tool``).
    """

    inline = True

    def __init__(
        self,
        agent: sdk.Agent[Any],
        *,
        model: Model | None = None,
        models: Mapping[str, Model] | None = None,
        id: str | None = None,
        capabilities: Iterable[str] = (),
        approvers: Sequence[str] = (),
        needs: Mapping[str, Sequence[str]] | None = None,
        context: Any = None,
        rounds_max: int = ROUNDS_MAX,
    ) -> None:
        self.id = check_name(id or agent.name, "agent")
        self.capabilities = tuple(capabilities)
        self.description = agent.handoff_description or ""
        self._approvers = tuple(approvers)
        self._context = context
        self._rounds_max = rounds_max
        self._agent = _Recorded(model, models or {}, needs or {}).agent(agent)

    async def run(self, input: Any) -> Any:
        """Take a turn: a text, or JSON values as text; the SDK's final output as JSON values.

        Raises:
            BudgetSpent: the budget does not allow another call.
            Invalid: no answer within ``rounds_max`` rounds (``agent.rounds``), nobody may approve
                a tool (``adapter.approvers``), or the SDK gave up (``adapter.failed``).
            ActivityFailed: a model does not answer.
            Denied: a model may not be asked.
        """
        seat = desk()
        with surrounded(seat.ctx, "openai-agents"):
            text = input if isinstance(input, str) else encode(plain(input)).decode()
            given: str | sdk.RunState[Any] = text
            for _ in range(APPROVALS_MAX):
                result = await self._round(given)
                if not result.interruptions:
                    return _output(result.final_output)
                given = result.to_state()
                await self._decided(seat, given, result.interruptions)
        raise Invalid(
            f"{self.id} stopped for people {APPROVALS_MAX} times in one turn",
            code="agent.rounds",
            agent=self.id,
        )

    async def _round(self, given: str | sdk.RunState[Any]) -> sdk.RunResult:
        try:
            return await sdk.Runner.run(
                self._agent,
                given,
                context=None if isinstance(given, sdk.RunState) else self._context,
                max_turns=self._rounds_max,
                run_config=sdk.RunConfig(tracing_disabled=True),
            )
        except sdk.MaxTurnsExceeded:
            raise Invalid(
                f"{self.id} had no answer after {self._rounds_max} rounds",
                code="agent.rounds",
                next_step="raise rounds_max, or give the model simpler work",
                agent=self.id,
            ) from None
        except sdk.AgentsException as error:
            raise _own(error) or Invalid(
                f"{self.id}: {type(error).__name__}: {error}",
                code="adapter.failed",
                next_step="see the documentation of the library",
                agent=self.id,
            ) from error

    async def _decided(
        self, seat: Desk, state: sdk.RunState[Any], items: Sequence[sdk.ToolApprovalItem]
    ) -> None:
        """Ask people about each tool call that waits, all at the same time."""
        if not self._approvers:
            raise Invalid(
                f"{self.id} has a tool that needs an approval, and nobody who may give it",
                code="adapter.approvers",
                next_step="OpenAIAgent(..., approvers=[...])",
                agent=self.id,
            )
        questions = [
            seat.ctx.approval(
                f"Let {self.id} use {item.name}?",
                approvers=self._approvers,
                context={"agent": self.id, "tool": item.name, "arguments": item.arguments},
            )
            for item in items
        ]
        for item, approval in zip(items, await asyncio.gather(*questions), strict=True):
            if approval.approved:
                state.approve(item)
            else:
                state.reject(item)


class _Recorded:
    """Copies of the SDK's agents whose models and tools are steps of the run."""

    def __init__(
        self,
        model: Model | None,
        models: Mapping[str, Model],
        needs: Mapping[str, Sequence[str]],
    ) -> None:
        self._model = model
        self._models = models
        self._needs = needs
        self._copies: dict[int, sdk.Agent[Any]] = {}
        self._originals: list[sdk.Agent[Any]] = []

    def agent(self, original: sdk.Agent[Any]) -> sdk.Agent[Any]:
        """The copy of an agent and of all that it hands off to, which may lead back to it."""
        known = self._copies.get(id(original))
        if known is not None:
            return known
        model = self._models.get(original.name, self._model)
        if model is None:
            raise Invalid(
                f"no model answers for agent {original.name}",
                code="adapter.model",
                next_step="OpenAIAgent(..., model=...), or models={name: ...}",
                agent=original.name,
            )
        if original.mcp_servers:
            raise _past_the_gateway(f"agent {original.name} has MCP servers")
        self._originals.append(original)  # it lives as long as its copy is found by its place
        twin = self._copies[id(original)] = original.clone(
            model=_RecordedModel(model),
            tools=[self._tool(tool) for tool in original.tools],
            handoffs=[],
        )
        twin.handoffs = [self._handoff(handoff) for handoff in original.handoffs]
        return twin

    def _handoff(
        self, handoff: sdk.Agent[Any] | sdk.Handoff[Any, Any]
    ) -> sdk.Agent[Any] | sdk.Handoff[Any, Any]:
        if isinstance(handoff, sdk.Agent):
            return self.agent(handoff)
        invoke = handoff.on_invoke_handoff

        async def invoked(context: sdk.RunContextWrapper[Any], arguments: str) -> Any:
            return self.agent(await invoke(context, arguments))

        copied = copy.copy(handoff)
        copied.on_invoke_handoff = invoked
        return copied

    def _tool(self, tool: sdk.Tool) -> sdk.Tool:
        if not isinstance(tool, sdk.FunctionTool):
            raise _past_the_gateway(f"{tool.name} is no function tool")
        if getattr(tool, "_is_agent_tool", False):
            raise _past_the_gateway(f"{tool.name} is an agent as a tool")
        copied = copy.copy(tool)
        copied.on_invoke_tool = _invoking(tool, tuple(self._needs.get(tool.name, ())))
        copied.timeout_seconds = None  # the step has it
        return copied


def _invoking(
    tool: sdk.FunctionTool, needs: tuple[str, ...]
) -> Callable[[ToolContext[Any], str], Any]:
    """What carries out a function tool: one step, the SDK's own wrapper inside it."""
    timeout_s = tool.timeout_seconds

    async def invoked(context: ToolContext[Any], arguments: str) -> Any:
        async def use(arguments: Any) -> Any:
            text = arguments if isinstance(arguments, str) else encode(arguments).decode()
            return _output(await tool.on_invoke_tool(context, text))

        activity = Activity(
            use,
            name=f"tool.{tool.name}",
            needs=needs,
            timeout_ms=None if timeout_s is None else max(1, round(timeout_s * 1_000)),
        )
        try:
            return await desk().use(activity, {"arguments": _read(arguments)})
        except (ActivityFailed, Denied) as error:
            return f"error: {error.message}"

    return invoked


class _RecordedModel(SdkModel):
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


def _read(arguments: str) -> Any:
    """What a model wrote: the object that it is, or the text where it is none, for the SDK to
    refuse.
    """
    try:
        read = msgspec.json.decode(arguments)
        encode(read)
    except (msgspec.DecodeError, UnicodeEncodeError, Invalid):
        return arguments
    return read if isinstance(read, dict) else arguments


def _output(value: Any) -> Any:
    """What the SDK gave, as JSON values."""
    dump = getattr(value, "model_dump", None)
    return plain(dump(mode="json") if callable(dump) else value)


def _own(error: BaseException | None) -> TarlError | None:
    """The error of tarl that the SDK wrapped."""
    while error is not None:
        if isinstance(error, TarlError):
            return error
        error = error.__cause__
    return None


def _past_the_gateway(what: str) -> Invalid:
    return Invalid(
        f"{what}: it would act past the gateway",
        code="adapter.tool",
        next_step="give it as a function tool, or as an agent of its own in a pattern",
    )
