"""Agents talk in turns, and each hears what was said.

1. One speaks at a time. Each is given the task and the transcript: who said what, the oldest first,
   the last ``heard_max`` of it.
2. Who is next is said by the selector, an agent or a pure function; without one they speak in
   their order, round after round.
3. ``solved``: the selector named nobody, or ``until`` held for what was said. ``exhausted``: after
   ``turns_max`` speeches. ``stopped``: as the options say. ``failed``: one who was to speak or to
   select gave no answer, or the selector named somebody who is not here.
4. The output is what was said last.

``details``: the number of ``speeches``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tarl.agents.agent import Agent, agent_apart, as_agent, method_of, team
from tarl.agents.result import Result
from tarl.agents.roles import Selection
from tarl.agents.session import PLAIN, Options, Session
from tarl.errors import Invalid
from tarl.kernel.context import Context

SPEECHES_MAX = 20
"""Unless told otherwise: agents seldom say new things after so many."""

HEARD_MAX = 200
"""Of the transcript: what an agent is given is recorded each time, and grows with it."""

Speech = dict[str, Any]
"""``{"agent": id, "said": answer}``."""

Select = Callable[[list[Speech], Sequence[str]], str | None]
"""A pure function of the transcript and the ids: who is next, or None when it is over."""


async def chat(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    selector: Agent | Select | None = None,
    until: Callable[[Any], bool] | None = None,
    turns_max: int = SPEECHES_MAX,
    heard_max: int = HEARD_MAX,
) -> Result:
    """Let agents talk about a task.

    Args:
        ctx: The run.
        agents: Who talks, in order.
        input: The task; a speaker is given ``{"task": input, "transcript": [{"agent", "said"}]}``.
        options: Bounds and the like.
        selector: Says who is next: a pure function, or an agent whose ``select_specialist`` is
            given the task, the transcript and the ``agents`` (id and description).
        until: A pure predicate; the first speech for which it holds ends it.
        turns_max: How many speeches at most.
        heard_max: How many of the last speeches an agent is given.

    Raises:
        Invalid: no agents (``agents.too_few``), a selector that cannot take the role
            (``agent.role``), or a bound below one (``chat.bound``).
        Conflict: two of one id (``agents.duplicate``).
        Denied: authority is missing.
    """
    session = Session(ctx, "chat", agents, options)
    talk = _Talk(session, input, selector, heard_max=_at_least_one(heard_max))
    _at_least_one(turns_max)

    async def moves() -> Any:
        for _ in range(turns_max):
            id = await talk.next_speaker()
            if id is None:
                return session.output
            if id not in talk.members:
                reason = f"{id!r} was to speak next, and is not here"
                return session.result("failed", session.output, reason)
            said = await talk.speech(talk.members[id])
            if until is not None and until(said):
                return said
        return session.result("exhausted", session.output, f"{turns_max} speeches")

    return await session.play(moves())


class _Talk:
    """What was said, and who says the next thing."""

    def __init__(
        self,
        session: Session,
        task: Any,
        selector: Agent | Select | None,
        *,
        heard_max: int,
    ) -> None:
        self.members = {agent.id: agent for agent in session.agents}
        self._session = session
        self._task = task
        self._heard_max = heard_max
        self._transcript: list[Speech] = []
        self._count = 0
        self._selector, self._select = agent_apart(selector)
        if self._selector is not None:
            team((*session.agents, as_agent(self._selector)))
            method_of(self._selector, "select_specialist")
        session.details["speeches"] = 0

    async def next_speaker(self) -> str | None:
        ids = tuple(self.members)
        if self._select is not None:
            return self._select([*self._transcript], ids)
        if self._selector is None:
            return ids[self._count % len(ids)]
        told = {
            "task": self._task,
            "transcript": self._transcript,
            "agents": [
                {"id": agent.id, "description": getattr(agent, "description", "")}
                for agent in self._session.agents
            ],
        }
        chosen: Selection = await self._session.ask(self._selector, "select_specialist", told)
        return None if chosen.solved else chosen.specialist

    async def speech(self, agent: Agent) -> Any:
        told = {"task": self._task, "transcript": self._transcript}
        said = await self._session.ask(agent, "run", told, needs=tuple(agent.capabilities))
        self._count += 1
        heard = [*self._transcript, {"agent": agent.id, "said": said}]
        self._transcript = heard[-self._heard_max :]
        self._session.output = said
        self._session.details["speeches"] = self._count
        return said


def _at_least_one(bound: int) -> int:
    if bound < 1:
        raise Invalid(
            f"a conversation with a bound of {bound} says nothing",
            code="chat.bound",
            next_step="let turns_max and heard_max be at least 1",
        )
    return bound
