"""The agents that a program has, by id and by what they can do.

A registry is a value that the program makes; nothing is global. Who *may* do something is decided
by the courts at each effect, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tarl.agents.agent import Agent, as_agent
from tarl.errors import Conflict, Missing
from tarl.policy.capability import holds


class AgentRegistry:
    """Agents by id.

    Args:
        agents: The first ones.

    Raises:
        Conflict: two of one id (``agents.duplicate``).
    """

    def __init__(self, agents: Iterable[Agent | Callable[[Any], Any]] = ()) -> None:
        self._agents: dict[str, Agent] = {}
        for agent in agents:
            self.add(agent)

    def add(self, agent: Agent | Callable[[Any], Any]) -> Agent:
        """Take an agent in.

        Raises:
            Conflict: another one has the id (``agents.duplicate``).
            Invalid: it is no agent.
        """
        member = as_agent(agent)
        if self._agents.setdefault(member.id, member) is not member:
            raise Conflict(
                f"another agent has the id {member.id!r}",
                code="agents.duplicate",
                next_step="give each an id of its own",
                agent=member.id,
            )
        return member

    def get(self, id: str) -> Agent:
        """The agent of an id.

        Raises:
            Missing: nobody has it (``agents.unknown``).
        """
        try:
            return self._agents[id]
        except KeyError:
            raise Missing(
                f"no agent has the id {id!r}",
                code="agents.unknown",
                next_step=f"one of {', '.join(self._agents) or 'nobody: none is registered'}",
                agent=id,
            ) from None

    def capable(self, capability: str) -> list[Agent]:
        """Agents that say they can do something, in the order in which they came."""
        return [agent for agent in self if can(agent, capability)]

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def __len__(self) -> int:
        return len(self._agents)

    def __contains__(self, id: object) -> bool:
        return id in self._agents


def can(agent: Agent, capability: str) -> bool:
    """Whether an agent says that it can do something, itself or as part of something wider."""
    return holds(frozenset(agent.capabilities), capability)
