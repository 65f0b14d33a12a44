"""An agent that is a language model with instructions and tools.

Its loop is workflow code: the model is asked, the tools that it asks for are used at the same time,
their results go back, until it answers without asking for one. Each model call and each use of a
tool is one step of the run.

1. What the model gets wrong (an unknown tool, malformed arguments, a denied or failed tool, an
   answer outside the schema) is told to it, and counts as a round.
2. After ``rounds_max`` rounds without an answer the turn fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NoReturn

import msgspec

from tarl.agents.desk import Desk, desk
from tarl.agents.model import Message, Model, ModelRequest, ToolCall
from tarl.agents.roles import ANSWERS
from tarl.agents.schema import Schema
from tarl.agents.spending import BudgetSpent
from tarl.agents.tool import Tool
from tarl.errors import ActivityFailed, Conflict, Denied, Invalid
from tarl.values.canonical import encode
from tarl.values.ids import check_name
from tarl.values.plain import plain

ROUNDS_MAX = 12
"""Model calls of one turn: an agent that only ever asks for tools is stopped."""

DUTIES = {
    "decompose_task": "Split the task into subtasks that can be done independently.",
    "aggregate_results": "Combine the results of the subtasks into one answer to the task.",
    "route": "Say which capability the input needs, and which agent should have it.",
    "select_specialist": "Say which specialist should contribute next, or that it is solved.",
    "contribute": "Contribute one value to the blackboard.",
    "synthesize": "Combine the experts' answers into one.",
    "create_proposal": "Make a proposal that others will vote on.",
    "vote": "Vote for one of the options by its id, or abstain.",
    "construct_argument": "Argue for your side.",
    "rebut": "Answer the other sides' arguments.",
    "judge_debate": "Say which side is ahead, and whether more rounds would change that.",
    "evaluate_task": "Say whether you can handle the task, or who should.",
    "execute_task": "Do the task.",
    "plan_task": "Note what is known and plan the steps that are left, or give the answer.",
}
"""Role method -> what the model is told about it."""


class ModelAgent:
    """A model, what it is told to be, and the tools that it may ask for; it can take every role.

    Args:
        id: The agent's id.
        model: What is asked.
        instructions: The system message.
        tools: Those that it may ask for.
        capabilities: What it can do.
        description: What it is good for.
        input_schema: JSON Schema of what ``run`` is given.
        output_schema: JSON Schema of what ``run`` answers; a text when left out.
        temperature: Sampling temperature; the model's own when left out.
        tokens_max: Of one answer.
        seed: For models that sample by one.
        rounds_max: How often the model is asked in one turn.

    Raises:
        Conflict: two tools of one name (``tool.duplicate``).
        Invalid: a name that cannot be one, or a schema that is none.
    """

    inline = True

    def __init__(
        self,
        id: str,
        model: Model,
        *,
        instructions: str = "",
        tools: Iterable[Tool] = (),
        capabilities: Iterable[str] = (),
        description: str = "",
        input_schema: dict[str, Any] | None = None,
        output_schema: dict[str, Any] | None = None,
        temperature: float | None = None,
        tokens_max: int | None = None,
        seed: int | None = None,
        rounds_max: int = ROUNDS_MAX,
    ) -> None:
        self.id = check_name(id, "agent")
        self.model = model
        self.instructions = instructions
        self.capabilities = tuple(capabilities)
        self.description = description
        self.input_schema = input_schema
        self.output_schema = output_schema
        self.temperature = temperature
        self.tokens_max = tokens_max
        self.seed = seed
        self.rounds_max = rounds_max
        self.tools: dict[str, Tool] = {}
        for tool in tools:
            if self.tools.setdefault(tool.name, tool) is not tool:
                raise Conflict(
                    f"agent {id} has two tools named {tool.name!r}",
                    code="tool.duplicate",
                    next_step="give one of them another name",
                )
        self._output: Schema | None = None
        if output_schema is not None:
            self._output = Schema(output_schema, what=f"the answer of {id}")

    async def run(self, input: Any) -> Any:
        """Answer an input: a text, or JSON when the agent declares a schema of its answer.

        Raises:
            BudgetSpent: the budget does not allow another call.
            Invalid: no answer within ``rounds_max`` rounds (``agent.rounds``).
            ActivityFailed: the model does not answer.
        """
        return await self._answer("run", input)

    def __getattr__(self, role: str) -> Any:
        if role not in DUTIES:
            raise AttributeError(role)

        async def take(*args: Any) -> Any:
            return await self._answer(role, args[0] if len(args) == 1 else [*args])

        return take

    async def _answer(self, role: str, given: Any) -> Any:
        seat, schema = desk(), self._output if role == "run" else _of_role(role)
        messages = self._opening(role, given)
        for _ in range(self.rounds_max):
            response = await seat.complete(self.model, self._request(messages, schema))
            messages = (*messages, response.message)
            if response.message.tool_calls:
                uses = [self._used(seat, call) for call in response.message.tool_calls]
                messages = (*messages, *await asyncio.gather(*uses))
                continue
            if schema is None:
                return response.message.content
            try:
                answer = msgspec.json.decode(response.message.content)
                encode(answer)
                schema.check(answer)
            except (msgspec.DecodeError, Invalid) as error:
                wrong = f"That is not an answer that can be used: {error}"
                messages = (*messages, Message(role="user", content=wrong))
                continue
            return answer
        self._give_up(role)

    def _opening(self, role: str, given: Any) -> tuple[Message, ...]:
        told = "\n\n".join(filter(None, (self.instructions, DUTIES.get(role))))
        text = given if isinstance(given, str) else encode(plain(given)).decode()
        opening = (Message(role="user", content=text),)
        return (Message(role="system", content=told), *opening) if told else opening

    def _request(self, messages: tuple[Message, ...], schema: Schema | None) -> ModelRequest:
        return ModelRequest(
            model=self.model.name,
            messages=messages,
            tools=tuple(tool.schema for tool in self.tools.values()),
            temperature=self.temperature,
            tokens_max=self.tokens_max,
            seed=self.seed,
            response_schema=None if schema is None else schema.document,
        )

    async def _used(self, seat: Desk, call: ToolCall) -> Message:
        """What a tool answers, or why it does not, as the model is told."""
        try:
            tool = self._tool(call.name)
            answer = await seat.use(tool, tool.read(call.arguments))
        except BudgetSpent:
            raise
        except (ActivityFailed, Denied, Invalid) as error:
            said = f"error: {error.message}"
        else:
            said = answer if isinstance(answer, str) else encode(plain(answer)).decode()
        return Message(role="tool", content=said, tool_call_id=call.id, name=call.name)

    def _tool(self, name: str) -> Tool:
        if name not in self.tools:
            raise Invalid(
                f"there is no tool {name!r}; there are: {', '.join(self.tools) or 'none'}",
                code="tool.unknown",
                next_step="let the model ask for a tool that the agent has",
            )
        return self.tools[name]

    def _give_up(self, role: str) -> NoReturn:
        raise Invalid(
            f"{self.id}.{role} had no answer after {self.rounds_max} rounds",
            code="agent.rounds",
            next_step="raise rounds_max, or give the model simpler work",
            agent=self.id,
        )


@lru_cache(maxsize=len(ANSWERS))
def _of_role(role: str) -> Schema | None:
    """What a role answers: made when it is first taken, for making it takes milliseconds."""
    kind = ANSWERS[role]
    return None if kind is Any else Schema(schema_of(kind), what=f"the answer as {role}")


def schema_of(kind: type) -> dict[str, Any]:
    """JSON Schema of what a role answers."""
    schema = msgspec.json.schema(kind)
    name = kind.__name__
    definitions = schema.get("$defs", {})
    if schema.get("$ref") == f"#/$defs/{name}":
        rest = {key: value for key, value in definitions.items() if key != name}
        schema = {**definitions[name], **({"$defs": rest} if rest else {})}
    return schema
