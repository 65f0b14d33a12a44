"""pydantic-ai agents as agents here (``pip install 'tarl[pydantic-ai]'``).

``PydanticAgent`` runs a ``pydantic_ai.Agent`` as workflow code. The library's durable execution
interface (``BaseDurabilityCapability``) hands every unit of work to ``TarlDurability``, which makes
it one recorded step of the run:

- a model request is a step ``model.<name>``: what was asked, what was answered, tokens, cost and
  latency; set aside from the agent's budget before it is sent;
- a tool call is a step ``tool.<name>`` with the arguments that the library has validated;
- discovery (``toolset.<id>.get_tools``) and other operations are steps by their own names.

1. What is recorded is neither asked nor done again: a replay gets the recorded answers.
2. Instructions, output functions and validators, and capabilities' hooks are workflow code: they
   run again in every replay, without threads. Clocks and dice of the library give what every replay
   gives again; only ``datetime.now`` cannot be answered, and what holds it is not recorded.
3. A tool that needs an approval waits for people (``ctx.approval``).
4. A tool that the run's authority does not allow, fails for the model, which is told why. What a
   tool raises besides the library's own signals ends the agent's turn, as in the library.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from tarl.agents.adapters.pydantic_ai_messages import as_json, request_json, text_of
from tarl.agents.adapters.pydantic_ai_steps import Steps, sized
from tarl.agents.adapters.surroundings import surrounded
from tarl.agents.desk import Desk, desk, desk_here
from tarl.agents.llm import DUTIES, schema_of
from tarl.agents.model import FREE, Price, Source
from tarl.agents.roles import ANSWERS
from tarl.errors import Invalid, Unavailable
from tarl.kernel.attempt import emit
from tarl.kernel.loop import winding_up
from tarl.values.canonical import encode
from tarl.values.ids import check_name
from tarl.values.plain import plain

try:
    from pydantic_ai import Agent, RunContext, StructuredDict
    from pydantic_ai._agent_graph import set_agent_graph_sleep
    from pydantic_ai.capabilities import HandleDeferredToolCalls
    from pydantic_ai.durable_exec import (
        JSON_CODEC,
        BaseDurabilityCapability,
        DurabilityEngineSpec,
        DurableOperationId,
        RoleBasedOperationConfig,
        conversation_id_from_run_id,
        replay_scope,
    )
    from pydantic_ai.durable_exec._utils import disable_threads
    from pydantic_ai.exceptions import AgentRunError, UserError
    from pydantic_ai.models import ModelRequestContext
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.tools import DeferredToolRequests, DeferredToolResults, ToolDenied
except ImportError as error:
    raise Unavailable(
        "pydantic-ai is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[pydantic-ai]'",
    ) from error


class PydanticAgent:
    """A ``pydantic_ai.Agent`` as an agent here, run as workflow code; see the module.

    It takes every role too: the library is asked for an answer of the role's type.

    Args:
        agent: The library's agent, with a model and, if it has tools that were not given to it by
            decorators, toolsets with ids.
        id: The agent's id; its name when left out.
        capabilities: What it can do.
        description: What it is good for.
        deps: What its tools and instructions are given as ``ctx.deps``; the same in every run.
        input_schema: JSON Schema of what ``run`` is given.
        output_schema: JSON Schema of what ``run`` answers.
        price: What the model's tokens cost.
        source: Where answers come from; the library's test models are ``scripted``.
        records_content: Whether prompts are recorded, or their digests alone. Answers always are:
            a replay needs them.
        approvers: Who decides about tools that the library says need an approval.

    Raises:
        Invalid: no id that can be one, or a model or toolset that no run could find again
            (``adapter.unfit``).
    """

    inline = True

    def __init__(
        self,
        agent: Agent[Any, Any],
        *,
        id: str | None = None,
        capabilities: Iterable[str] = (),
        description: str = "",
        deps: Any = None,
        input_schema: dict[str, Any] | None = None,
        output_schema: dict[str, Any] | None = None,
        price: Price = FREE,
        source: Source | None = None,
        records_content: bool = True,
        approvers: Sequence[str] = (),
    ) -> None:
        self.id = check_name(id or agent.name or "", "agent")
        self.agent = agent
        self.capabilities = tuple(capabilities)
        self.description = description
        self.input_schema = input_schema
        self.output_schema = output_schema
        self._deps = deps
        self._approvers = tuple(approvers)
        self._durability = TarlDurability(
            name=self.id, price=price, source=source, records_content=records_content
        )
        try:
            self._durability.for_agent(agent)
        except UserError as error:
            raise _unfit(self.id, error) from error

    async def run(self, input: Any) -> Any:
        """Answer an input: a text as it is, anything else as JSON.

        Raises:
            BudgetSpent: the budget does not allow another call.
            ActivityFailed: the model or a tool failed.
            Invalid: the library gave up on the model's answers (``adapter.failed``), or nobody may
                approve a tool that needs it (``adapter.approvers``).
        """
        return await self._answer(input)

    def __getattr__(self, role: str) -> Any:
        if role not in DUTIES:
            raise AttributeError(role)

        async def take(*args: Any) -> Any:
            schema = schema_of(ANSWERS[role]) if ANSWERS.get(role, Any) is not Any else None
            given = args[0] if len(args) == 1 else [*args]
            options: dict[str, Any] = {"instructions": DUTIES[role]}
            if schema is not None:
                options["output_type"] = StructuredDict(schema, name=role)
            return await self._answer(given, **options)

        return take

    async def _answer(self, given: Any, **options: Any) -> Any:
        seat = desk()
        prompt = given if isinstance(given, str) else encode(plain(given)).decode()
        with _as_workflow_code(seat):
            running = self.agent.run(
                prompt,
                deps=self._deps,
                capabilities=[self._durability, HandleDeferredToolCalls(self._decided)],
                infer_name=False,
                **options,
            )
            try:
                result = await asyncio.create_task(running)
            except UserError as error:
                raise _unfit(self.id, error) from error
            except AgentRunError as error:
                raise Invalid(
                    f"{self.id} gave up: {error}",
                    code="adapter.failed",
                    next_step="see what the model answered: tarl runs show RUN",
                    agent=self.id,
                ) from error
        return as_json(result.output)

    async def _decided(
        self, ctx: RunContext[Any], requests: DeferredToolRequests
    ) -> DeferredToolResults | None:
        """Ask people about tools that need an approval; what they reject is told to the model."""
        if not requests.approvals:
            return None
        if not self._approvers:
            raise Invalid(
                f"{self.id} asks for tools that need an approval, and nobody may give it",
                code="adapter.approvers",
                next_step="PydanticAgent(..., approvers=[...])",
                tools=sorted({call.tool_name for call in requests.approvals}),
            )
        seat = desk()
        questions = [
            seat.ctx.approval(
                f"Let {self.id} use {call.tool_name}?",
                approvers=self._approvers,
                context={
                    "agent": self.id,
                    "tool": call.tool_name,
                    "arguments": as_json(call.args_as_dict(raise_if_invalid=False)),
                },
            )
            for call in requests.approvals
        ]
        decided: dict[str, bool | ToolDenied] = {}
        answers = await asyncio.gather(*questions)
        for call, answer in zip(requests.approvals, answers, strict=True):
            said = ToolDenied(f"people say no: {answer.status}")
            decided[call.tool_call_id] = True if answer.approved else said
        return requests.build_results(approvals=decided)


class TarlDurability(BaseDurabilityCapability[Any]):
    """Makes a library agent's units of work recorded steps of the run at whose desk it works.

    ``PydanticAgent`` attaches it. Elsewhere the library's agent works as it always does.

    Args:
        name: The agent's, for the steps' names.
        price: What the model's tokens cost.
        source: Where answers come from.
        records_content: Whether prompts are recorded.
    """

    engine_spec: ClassVar[DurabilityEngineSpec] = DurabilityEngineSpec(
        engine_name="tarl",
        durable_unit_noun="step",
        durable_container_noun="run",
        codec=JSON_CODEC,
        toolset_lifecycles={
            "function": "enter-outside-durable",
            "mcp": "enter-outside-durable",
            "dynamic": "enter-never",
        },
        tool_config_key="tarl",
        accepts_cancellation_token=False,
    )

    def __init__(
        self,
        *,
        name: str | None = None,
        price: Price = FREE,
        source: Source | None = None,
        records_content: bool = True,
    ) -> None:
        super().__init__(name=name)
        self.price = price
        self.source = source
        self.records_content = records_content

    # --- what the library asks

    @property
    def in_durable_context(self) -> bool:
        """Whether the code runs at an agent's desk."""
        return desk_here() is not None

    @property
    def has_wrap_run_event_stream(self) -> bool:
        """Whether models are asked for streams."""
        seat = desk_here()
        return seat is not None and seat.streams

    def get_default_run_id(self) -> str | None:
        """An id that every replay gives again."""
        seat = desk_here()
        return None if seat is None else str(seat.ctx.uuid())

    def get_default_conversation_id(self, run_id: str) -> str | None:
        """Derived from the run's."""
        return conversation_id_from_run_id(run_id) if self.in_durable_context else None

    def get_run_clock(self) -> Callable[[], datetime] | None:
        """Recorded time."""
        seat = desk_here()
        return None if seat is None else seat.ctx.now

    def get_durable_operation_backend(self) -> Steps:
        """What carries units of work out."""
        nothing: dict[str, Any] = {}

        def tool(_: DurableOperationId, tool: object | None, name: str) -> Any:
            return self._build_resolve_tool_config(None)(tool, name)  # type: ignore[arg-type]  # it takes no context here

        return Steps(
            price=self.price,
            source=self.source,
            records_content=self.records_content,
            agent_name=self.name,
            config=RoleBasedOperationConfig(
                model=nothing, event=nothing, capability=nothing, tool=nothing, resolve_tool=tool
            ),
        )

    async def before_model_request(
        self, ctx: RunContext[Any], request_context: ModelRequestContext
    ) -> ModelRequestContext:
        """Bound the answer by the tokens that the budget has left."""
        request_context = await super().before_model_request(ctx, request_context)
        seat = desk_here()
        if seat is not None:
            settings: ModelSettings = {**(request_context.model_settings or {})}
            messages = request_context.messages
            parameters = request_context.model_request_parameters
            asked = sized(lambda: request_json(messages, settings, parameters), settings)
            bound = seat.bounded(asked).tokens_max
            if bound is not None:
                request_context.model_settings = {**settings, "max_tokens": bound}
        return request_context

    def _model_stream_event_handler(self) -> Any:
        async def tell(ctx: RunContext[Any], events: AsyncIterable[Any]) -> None:
            async for event in events:
                text = text_of(event)
                if text:
                    emit(text)

        return tell

    @contextmanager
    def _tool_run_context_scope(self, ctx: RunContext[Any]) -> Iterator[RunContext[Any]]:
        # What a unit opens, it closes: the run's own loop has no world to close it in.
        with super()._tool_run_context_scope(replace(ctx, _run_held_toolsets=None)) as inside:
            yield inside


@contextmanager
def _as_workflow_code(seat: Desk) -> Iterator[None]:
    ctx = seat.ctx
    with (
        surrounded(ctx, "pydantic-ai"),
        winding_up(),
        disable_threads(),
        set_agent_graph_sleep(ctx.sleep),
        replay_scope(is_replaying=lambda: ctx.info.is_replaying),
    ):
        yield


def _unfit(id: str, error: Exception) -> Invalid:
    return Invalid(
        f"the pydantic-ai agent {id} cannot run here: {error}",
        code="adapter.unfit",
        next_step="give it a model, and ids to its toolsets, when it is made",
        agent=id,
    )
