"""Who acts: agents by the protocol, and functions as agents.

An agent has an id, capabilities and ``async run(input)``; role methods as it likes (``roles``).
How a method is carried out depends on what it is:

- by default a method is one step: it runs outside the workflow's code, once, and its answer is
  recorded. It may do what any activity may.
- an agent with ``inline = True`` is workflow code: its methods run in the run's own loop and reach
  the world through their desk alone (``desk()``), each model call and each tool call a step of its
  own. What is not recorded is computed again in every replay.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Protocol, TypeVar, cast, get_type_hints

import msgspec

from tarl.agents.roles import ANSWERS
from tarl.agents.schema import Schema
from tarl.errors import Conflict, Exceeded, Invalid
from tarl.kernel.attempt import emit
from tarl.kernel.definition import Activity, wire_name
from tarl.values.ids import check_name, encode_segment
from tarl.values.plain import plain

OUTPUT_BYTES_MAX = 4 * 1024 * 1024
"""Of one answer: what is larger belongs outside, by reference."""

PARTS_MAX = 100_000
"""Of one streamed answer: an agent that never stops speaking is stopped."""

T = TypeVar("T")


class Agent(Protocol):
    """What works: see the module. Optional: ``input_schema`` and ``output_schema`` (JSON Schemas
    of what ``run`` takes and gives), ``description``, ``inline``, role methods, ``access``
    (``read`` where its steps change nothing) and ``untrusted`` (where what they answer may hold
    what strangers wrote). A method annotated ``-> str`` gives a text or fails.
    """

    @property
    def id(self) -> str: ...

    @property
    def capabilities(self) -> Iterable[str]: ...

    async def run(self, input: Any) -> Any:
        """Do what the input asks for."""
        ...


class FunctionAgent:
    """A function as an agent: of one JSON value, plain, async, or an async generator whose parts
    are told as they come and joined (texts) or listed (anything else).

    Args:
        fn: The function, at the top level of a module.
        id: The agent's id; the function's name when left out.
        capabilities: What it can do.
        description: What it is good for; the docstring when left out.
        input_schema: JSON Schema of its input.
        output_schema: JSON Schema of its answer.

    Raises:
        Invalid: not a function that another process could find again, or a schema that is none.
    """

    def __init__(
        self,
        fn: Callable[[Any], Any],
        *,
        id: str | None = None,
        capabilities: Iterable[str] = (),
        description: str | None = None,
        input_schema: dict[str, Any] | None = None,
        output_schema: dict[str, Any] | None = None,
    ) -> None:
        if not callable(fn):
            raise Invalid(f"{fn!r} is no agent: it cannot be called", code="agent.not_callable")
        self.id = check_name(id or wire_name(fn, "agent"), "agent")
        self.capabilities = tuple(capabilities)
        self.description = inspect.cleandoc(description or fn.__doc__ or "")
        self.input_schema = input_schema
        self.output_schema = output_schema
        self.run = fn


def as_agent(value: Agent | Callable[[Any], Any]) -> Agent:
    """An agent, or a function as one.

    Raises:
        Invalid: neither (``agent.not_callable``).
    """
    agent, fn = agent_apart(value)
    if agent is None:
        return FunctionAgent(cast("Callable[[Any], Any]", fn))
    check_name(agent.id, "agent")
    return agent


def agent_apart(value: Agent | T) -> tuple[Agent | None, T | None]:
    """An agent, or else what stands where one may be: one of the two is None.

    An agent is what has an ``id`` and can ``run``, also when it has them from another behind it.
    """
    if hasattr(value, "id") and hasattr(value, "run"):
        return cast("Agent", value), None
    return None, value


def team(agents: Iterable[Agent | Callable[[Any], Any]], *, least: int = 1) -> tuple[Agent, ...]:
    """Agents that work together, in order.

    Raises:
        Invalid: fewer than ``least`` (``agents.too_few``), or something that is none.
        Conflict: two of one id (``agents.duplicate``).
    """
    members = tuple(as_agent(agent) for agent in agents)
    if len(members) < least:
        raise Invalid(
            f"{len(members)} agents cannot do this; it takes at least {least}",
            code="agents.too_few",
            next_step="name the agents that are to work together",
        )
    seen: set[str] = set()
    for member in members:
        if member.id in seen:
            raise Conflict(
                f"two agents have the id {member.id!r}",
                code="agents.duplicate",
                next_step="give each an id of its own",
                agent=member.id,
            )
        seen.add(member.id)
    return members


def has_role(agent: Agent, method: str) -> bool:
    """Whether an agent has a role method."""
    return callable(getattr(agent, method, None))


def is_inline(agent: Agent) -> bool:
    """Whether an agent's methods are workflow code."""
    return bool(getattr(agent, "inline", False))


def deed(agent: Agent, method: str, *, needs: Iterable[str] = ()) -> Activity[..., Any]:
    """A method of an agent as an activity, ``agent.<id>.<method>``, on ``agent/<id>``.

    Args:
        agent: The agent.
        method: The method.
        needs: The capabilities that its task takes; ``agent.run`` when there are none.

    Raises:
        Invalid: the agent has no such method (``agent.role``).
    """
    fn = method_of(agent, method)
    answer = _answering(fn, agent, method)
    answer.__annotations__ = {}  # all are Any; names of types would be read for each agent
    if _gives_text(fn):
        answer.__annotations__["return"] = "str"  # what it gives is held to that
    return Activity(
        answer,
        name=f"agent.{agent.id}.{method}",
        needs=tuple(needs) or ("agent.run",),
        resource=f"agent/{encode_segment(agent.id)}",
        access=getattr(agent, "access", "write"),
        untrusted=getattr(agent, "untrusted", None),
    )


def method_of(agent: Agent, method: str) -> Callable[..., Any]:
    """The method of a role.

    Raises:
        Invalid: the agent has none (``agent.role``).
    """
    fn = getattr(agent, method, None)
    if not callable(fn):
        raise Invalid(
            f"agent {agent.id} has no method {method}: it cannot take that role",
            code="agent.role",
            next_step=f"give it `async def {method}`, or choose an agent that has it",
            agent=agent.id,
            role=method,
        )
    return fn  # type: ignore[no-any-return]  # an attribute by its name


def checked_input(agent: Agent, value: Any) -> Any:
    """What ``run`` is given, if it fits the agent's schema.

    Raises:
        Invalid: it does not (``schema.mismatch``).
    """
    _check(agent, "input_schema", value, f"the input of {agent.id}")
    return value


def checked_answer(agent: Agent, method: str, value: Any) -> Any:
    """What a method answered, as the type of its role.

    Raises:
        Invalid: it is of another type (``agent.answer``), or does not fit the agent's schema
            (``schema.mismatch``).
    """
    declared = ANSWERS.get(method, Any)
    if declared is not Any:
        try:
            return msgspec.convert(value, declared)
        except msgspec.ValidationError as error:
            raise Invalid(
                f"{agent.id}.{method} must answer a {declared.__name__}: {error}",
                code="agent.answer",
                agent=agent.id,
                role=method,
            ) from None
    if method == "run":
        _check(agent, "output_schema", value, f"the answer of {agent.id}")
    return value


def _check(agent: Agent, which: str, value: Any, what: str) -> None:
    document = getattr(agent, which, None)
    if document is not None:
        _schema(agent, which, document, what).check(value)


def _schema(agent: Agent, which: str, document: dict[str, Any], what: str) -> Schema:
    kept = f"_tarl_{which}"
    known = getattr(agent, kept, None)
    if known is None or known.document is not document:
        known = Schema(document, what=what)
        setattr(agent, kept, known)
    return known


def _gives_text(fn: Callable[..., Any]) -> bool:
    """Whether a method says that it gives a text and nothing else."""
    try:
        return get_type_hints(fn).get("return") is str
    except (NameError, TypeError):
        return False


def _answering(fn: Callable[..., Any], agent: Agent, method: str) -> Callable[..., Any]:
    """The function that a step runs: the method, its answer in JSON and within bounds."""
    if inspect.isasyncgenfunction(fn):

        async def stream(*args: Any) -> Any:
            return given(agent, method, await _gathered(fn(*args), agent.id))

        return stream
    if inspect.iscoroutinefunction(fn):

        async def answer(*args: Any) -> Any:
            return given(agent, method, await fn(*args))

        return answer

    def compute(*args: Any) -> Any:
        value = fn(*args)
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        return given(agent, method, value)

    return compute


async def _awaited(value: Any) -> Any:
    return await value


async def _gathered(parts: AsyncIterator[Any], id: str) -> Any:
    heard: list[Any] = []
    async for part in parts:
        if len(heard) >= PARTS_MAX:
            raise Exceeded(
                f"agent {id} was still speaking after {PARTS_MAX} parts",
                code="agent.endless",
                next_step="let it end, or answer in larger parts",
                agent=id,
            )
        emit(part)
        heard.append(part)
    return "".join(heard) if heard and all(type(part) is str for part in heard) else heard


def given(agent: Agent, method: str, value: Any) -> Any:
    """What a method returned, in JSON values.

    Raises:
        Exceeded: it is larger than the agent's answers may be (``agent.output_too_large``).
        Invalid: it is of another type than the role's, or does not fit the agent's schema.
    """
    answer = plain(value)
    size_bytes = len(msgspec.json.encode(answer))
    limit = getattr(agent, "output_bytes_max", OUTPUT_BYTES_MAX)
    if size_bytes > limit:
        raise Exceeded(
            f"agent {agent.id} answered {size_bytes} bytes; at most {limit} are taken",
            code="agent.output_too_large",
            next_step="answer with a reference to what is large",
            agent=agent.id,
            size_bytes=size_bytes,
        )
    checked_answer(agent, method, answer)
    return answer
