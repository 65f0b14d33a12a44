"""Graphs of LangGraph as agents: as one step, or inside the run.

As one step (the default) the graph runs as any activity may. Compiled with a ``JournalSaver`` it
goes on at its last checkpoint when the step is tried again after a crash; its nodes are repeated at
most from there.

Inside the run (``inline=True``) its nodes are workflow code, plain functions too, and reach the
world through the desk:

1. Models and tools are those of ``langchain_desk``: each answer, each use one step. No recorded
   call is made again.
2. ``interrupt()`` in a node waits for people (``ctx.approval``); the node gets whether they
   approved, or what ``resumed`` makes of it.
3. Nodes that open files, ask clocks or call models of their own are refused by the guard.

Needs ``tarl[langgraph]``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tarl.agents.adapters.langchain_desk import as_json
from tarl.agents.adapters.surroundings import surrounded
from tarl.agents.desk import Desk, desk
from tarl.errors import Invalid, Unavailable
from tarl.kernel.attempt import current_effect
from tarl.kernel.context import Approval
from tarl.values.canonical import encode
from tarl.values.ids import check_name
from tarl.values.plain import plain

try:
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import Command, Interrupt
except ImportError as error:
    raise Unavailable(
        "LangGraph is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[langgraph]'",
    ) from error

INTERRUPTS_MAX = 100
"""How often one turn may stop for people."""

Graph = CompiledStateGraph[Any, Any, Any, Any]


def _as_state(input: Any) -> Any:
    return input if isinstance(input, dict) else {"messages": [("user", _text(input))]}


def _as_answer(state: Any) -> Any:
    """The text of the last message, where the state is a conversation; else the state."""
    messages = state.get("messages") if isinstance(state, dict) else None
    if messages and isinstance(messages[-1], BaseMessage):
        return str(messages[-1].text)
    return as_json(state)


def _approved(approval: Approval, asked: Any) -> Any:
    return approval.approved


class LangGraphAgent:
    """A compiled graph as an agent of tarl.

    Args:
        graph: The graph.
        id: The agent's id; the graph's name when left out.
        capabilities: What it can do.
        description: What it is good for.
        inline: Whether it runs inside the run; see the module.
        approvers: Who decides about its interrupts.
        given: The graph's state from what ``run`` is given; a mapping as it is, anything else as
            the first message of a conversation, when left out.
        answered: What ``run`` answers, from the graph's last state; the last message's text, or the
            whole state, when left out.
        resumed: What ``interrupt()`` returns, from what people decided and what was asked.
        steps_max: Supersteps of one turn.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        id: str | None = None,
        capabilities: Iterable[str] = (),
        description: str = "",
        inline: bool = False,
        approvers: Sequence[str] = (),
        given: Callable[[Any], Any] = _as_state,
        answered: Callable[[Any], Any] = _as_answer,
        resumed: Callable[[Approval, Any], Any] = _approved,
        steps_max: int = 50,
    ) -> None:
        self.id = check_name(id or graph.get_name(), "agent")
        self.capabilities = tuple(capabilities)
        self.description = description
        self.inline = inline
        self._graph = graph
        self._approvers = tuple(approvers)
        self._given = given
        self._answered = answered
        self._resumed = resumed
        self._steps_max = steps_max

    async def run(self, input: Any) -> Any:
        """Take a turn.

        Raises:
            Invalid: it stopped for a person and cannot ask one (``adapter.approvers``).
            BudgetSpent: the budget does not allow another call of a recorded model or tool.
        """
        if not self.inline:
            return await self._as_step(input)
        seat = desk()
        with surrounded(seat.ctx, "langgraph"):
            return await self._inside(seat, input)

    async def _as_step(self, input: Any) -> Any:
        """Run it, or, when an attempt before this one was cut off, go on at its checkpoint."""
        config = self._config(current_effect().key)
        state: Any = self._given(input)
        if self._graph.checkpointer:
            before = await self._graph.aget_state(config)
            state = None if before.created_at is not None else state
            if state is None and not before.next:
                return self._answered(before.values)
        result = await self._graph.ainvoke(state, config, durability=self._durability)
        if _interrupts(result):
            raise self._nobody()
        return self._answered(result)

    async def _inside(self, seat: Desk, input: Any) -> Any:
        graph = self._graph.copy(update={"checkpointer": InMemorySaver()})
        config = self._config("inline")
        state: Any = self._given(input)
        for _ in range(INTERRUPTS_MAX):
            result = await graph.ainvoke(state, config, durability="sync")
            waiting = _interrupts(result)
            if not waiting:
                return self._answered(result)
            state = Command(resume=await self._decided(seat, waiting))
        raise Invalid(
            f"{self.id} stopped for people {INTERRUPTS_MAX} times in one turn",
            code="agent.rounds",
            agent=self.id,
        )

    @property
    def _durability(self) -> Any:
        return "sync" if self._graph.checkpointer else None

    def _config(self, thread_id: str) -> RunnableConfig:
        return {"configurable": {"thread_id": thread_id}, "recursion_limit": self._steps_max}

    async def _decided(self, seat: Desk, waiting: Sequence[Interrupt]) -> dict[str, Any]:
        """What each interrupt returns, people being asked about all at the same time."""
        if not self._approvers:
            raise self._nobody()
        questions = [
            seat.ctx.approval(
                f"Let {self.id} go on?",
                approvers=self._approvers,
                context={"agent": self.id, "asked": as_json(each.value)},
            )
            for each in waiting
        ]
        answers = await asyncio.gather(*questions)
        return {
            each.id: self._resumed(answer, each.value)
            for each, answer in zip(waiting, answers, strict=True)
        }

    def _nobody(self) -> Invalid:
        return Invalid(
            f"{self.id} stopped for a person, and nobody may answer it",
            code="adapter.approvers",
            next_step="LangGraphAgent(..., inline=True, approvers=[...])",
            agent=self.id,
        )


def _interrupts(result: Any) -> Sequence[Interrupt]:
    return result.get("__interrupt__", ()) if isinstance(result, dict) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode(plain(value)).decode()
