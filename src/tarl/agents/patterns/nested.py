"""A pattern as an agent: what several agents do together is one agent's turn in another pattern.

1. The inner agents use the turn's budget and, where authority is handed over, have it from the
   agent that they are together.
2. An end that is not among ``accepts`` fails the turn; a refusal of authority passes through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tarl.agents.agent import Agent, team
from tarl.agents.desk import desk
from tarl.agents.result import Result, Status
from tarl.agents.session import PLAIN, Options
from tarl.errors import Refused
from tarl.values.ids import check_name

Pattern = Callable[..., Awaitable[Result]]


class PatternAgent:
    """Agents that work together by a pattern, as one agent.

    Args:
        id: The agent's id.
        pattern: How they work together.
        agents: Who they are.
        capabilities: What they can do together.
        description: What they are good for.
        options: Bounds and the like of their own.
        accepts: The ends whose output is an answer.
        settings: What else the pattern is told.

    Raises:
        Invalid: no name, or something among the agents that is none.
        Conflict: two of one id (``agents.duplicate``).
    """

    inline = True

    def __init__(
        self,
        id: str,
        pattern: Pattern,
        agents: Iterable[Agent | Callable[[Any], Any]],
        *,
        capabilities: Iterable[str] = (),
        description: str = "",
        options: Options = PLAIN,
        accepts: Iterable[Status] = ("solved",),
        **settings: Any,
    ) -> None:
        self.id = check_name(id, "agent")
        self.agents = team(agents)
        self.capabilities = tuple(capabilities)
        self.description = description
        self.options = options
        self.accepts = tuple(accepts)
        self._pattern = pattern
        self._settings = settings

    async def run(self, input: Any) -> Any:
        """What they come to.

        Raises:
            Refused: they came to no end that is accepted (``agents.unsolved``).
            Denied: authority is missing.
        """
        seat = desk()
        result = await self._pattern(
            seat.ctx, self.agents, input, options=self.options, **self._settings
        )
        if result.status not in self.accepts:
            raise Refused(
                f"{self.id} ended {result.status}: {result.reason or result.pattern}",
                code="agents.unsolved",
                next_step="see the turns inside it, or accept such an end",
                agent=self.id,
                status=result.status,
            )
        return result.output
