"""Agents of the OpenAI Agents SDK, their loop inside the run.

The SDK's own runner takes the turns, as workflow code; the world is reached through the desk alone:

1. Each model call, of a model of tarl's or of the SDK's, is one step ``model.<name>``, each call
   of a function tool one step ``tool.<name>``, in every agent that is reached by handoffs too. A
   process that takes the run up again asks no model and uses no tool twice whose answer is
   recorded.
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
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.agents.adapters.openai_agents_models import DeskModel, StepModel
from tarl.agents.adapters.surroundings import surrounded
from tarl.agents.desk import Desk, desk
from tarl.agents.model import FREE, Model, Price, Source
from tarl.errors import ActivityFailed, Denied, Invalid, TarlError, Unavailable
from tarl.kernel import guard
from tarl.kernel.definition import Activity
from tarl.values.canonical import encode
from tarl.values.ids import check_name
from tarl.values.plain import plain

try:
    import agents as sdk
    from agents.models.default_models import get_default_model
    from agents.models.interface import Model as SdkModel
    from agents.tool_context import ToolContext
    from agents.tracing import get_trace_provider
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

HOSTED = (sdk.WebSearchTool, sdk.FileSearchTool, sdk.CodeInterpreterTool, sdk.ImageGenerationTool)
"""Tools that the provider uses while it answers."""

APPROVALS_MAX = 100
"""How often one turn may stop for people."""


class OpenAIAgent:
    """An ``agents.Agent`` as an agent of tarl.

    Args:
        agent: The SDK's agent; agents that it hands off to come with it.
        model: Who answers for all of them, a model of tarl; ``models`` counts before it. The SDK's
            own models, when both are left out.
        models: Who answers for the agents of these names.
        provider: Who has the SDK's own models; the SDK's default when left out.
        price: What tokens of the SDK's own models cost.
        source: Whether the SDK's own models are ``live``, or something made for tests.
        id: The agent's id; the SDK agent's name when left out.
        capabilities: What it can do.
        approvers: Who decides about tools that need an approval.
        needs: The capabilities that function tools take, by name; ``call.tool.<name>`` when left
            out.
        reads: Names of function tools that change nothing.
        untrusted: Names of function tools whose answers may hold what strangers wrote; what the
            provider's own tools find is assumed to.
        context: What the SDK gives tools and instructions as their context; a replay does not
            repeat what tools changed in it.
        rounds_max: How often models are asked in one turn.

    Raises:
        Invalid: it has a tool that would act past the gateway (``adapter.tool``), or one of the
            provider's where a model of tarl answers (``adapter.tool``).
    """

    inline = True

    def __init__(
        self,
        agent: sdk.Agent[Any],
        *,
        model: Model | None = None,
        models: Mapping[str, Model] | None = None,
        provider: sdk.ModelProvider | None = None,
        price: Price = FREE,
        source: Source = "live",
        id: str | None = None,
        capabilities: Iterable[str] = (),
        approvers: Sequence[str] = (),
        needs: Mapping[str, Sequence[str]] | None = None,
        reads: Iterable[str] = (),
        untrusted: Iterable[str] = (),
        context: Any = None,
        rounds_max: int = ROUNDS_MAX,
    ) -> None:
        self.id = check_name(id or agent.name, "agent")
        self.capabilities = tuple(capabilities)
        self.description = agent.handoff_description or ""
        self._approvers = tuple(approvers)
        self._context = context
        self._rounds_max = rounds_max
        asking = _Asking(model, models or {}, provider, price, source)
        told = _Told(needs or {}, frozenset(reads), frozenset(untrusted))
        self._agent = _Recorded(asking, told).agent(agent)

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


class _Told(NamedTuple):
    """What is said of function tools, by name."""

    needs: Mapping[str, Sequence[str]]
    reads: frozenset[str]
    untrusted: frozenset[str]


class _Asking(NamedTuple):
    """Who answers for which agent."""

    model: Model | None
    models: Mapping[str, Model]
    provider: sdk.ModelProvider | None
    price: Price
    source: Source

    def model_of(self, agent: sdk.Agent[Any]) -> DeskModel | StepModel:
        """The model of an agent, each answer a step."""
        ours = self.models.get(agent.name, self.model)
        if ours is not None:
            return DeskModel(ours)
        own = agent.model
        if isinstance(own, SdkModel):
            name = str(getattr(own, "model", type(own).__name__))
            return StepModel(name, lambda: own, price=self.price, source=self.source)
        name = own or get_default_model()

        def resolve() -> SdkModel:
            return (self.provider or sdk.MultiProvider()).get_model(own)

        return StepModel(name, resolve, price=self.price, source=self.source)


class _Recorded:
    """Copies of the SDK's agents whose models and tools are steps of the run."""

    def __init__(self, asking: _Asking, told: _Told) -> None:
        self._asking = asking
        self._told = told
        self._copies: dict[int, sdk.Agent[Any]] = {}
        self._originals: list[sdk.Agent[Any]] = []

    def agent(self, original: sdk.Agent[Any]) -> sdk.Agent[Any]:
        """The copy of an agent and of all that it hands off to, which may lead back to it."""
        known = self._copies.get(id(original))
        if known is not None:
            return known
        if original.mcp_servers:
            raise _past_the_gateway(f"agent {original.name} has MCP servers")
        model = self._asking.model_of(original)
        self._originals.append(original)  # it lives as long as its copy is found by its place
        twin = self._copies[id(original)] = original.clone(
            model=model,
            tools=[self._tool(tool, model) for tool in original.tools],
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

    def _tool(self, tool: sdk.Tool, model: DeskModel | StepModel) -> sdk.Tool:
        if isinstance(tool, HOSTED) and isinstance(model, StepModel):
            return tool  # the provider uses it, inside the recorded answer
        if not isinstance(tool, sdk.FunctionTool):
            raise _past_the_gateway(f"{tool.name} is no function tool")
        if getattr(tool, "_is_agent_tool", False):
            raise _past_the_gateway(f"{tool.name} is an agent as a tool")
        copied = copy.copy(tool)
        copied.on_invoke_tool = _invoking(tool, self._told)
        copied.timeout_seconds = None  # the step has it
        return copied


def _invoking(tool: sdk.FunctionTool, told: _Told) -> Callable[[ToolContext[Any], str], Any]:
    """What carries out a function tool: one step, the SDK's own wrapper inside it."""
    timeout_s = tool.timeout_seconds

    async def invoked(context: ToolContext[Any], arguments: str) -> Any:
        async def use(arguments: Any) -> Any:
            text = arguments if isinstance(arguments, str) else encode(arguments).decode()
            return _output(await tool.on_invoke_tool(context, text))

        activity = Activity(
            use,
            name=f"tool.{tool.name}",
            needs=tuple(told.needs.get(tool.name, ())),
            access="read" if tool.name in told.reads else "write",
            untrusted=tool.name in told.untrusted,
            timeout_ms=None if timeout_s is None else max(1, round(timeout_s * 1_000)),
        )
        try:
            return await desk().use(activity, {"arguments": _read(arguments)})
        except (ActivityFailed, Denied) as error:
            return f"error: {error.message}"

    return invoked


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
