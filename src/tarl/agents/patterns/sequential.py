"""One after another: each agent's answer is the next one's input.

1. Agents are asked in order, each at most once.
2. ``solved``: all have answered, and the output is the last answer, or ``until`` held for an
   answer, which is the output; ``failed``: at the first that gave none, nobody after it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tarl.agents.agent import Agent
from tarl.agents.result import Result
from tarl.agents.session import PLAIN, Options, Session
from tarl.kernel.context import Context


async def sequential(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    until: Callable[[Any], bool] | None = None,
) -> Result:
    """Pass an input through agents.

    Args:
        ctx: The run.
        agents: Who, in order.
        input: What the first one is given.
        options: Bounds and the like.
        until: A pure predicate; the first answer for which it holds ends it.

    Raises:
        Invalid: no agents (``agents.too_few``).
        Conflict: two of one id (``agents.duplicate``).
        Denied: authority is missing.
    """
    session = Session(ctx, "sequential", agents, options)

    async def moves() -> Any:
        giver, value = None, input
        for agent in session.agents:
            value = session.output = await session.ask(
                agent, "run", value, giver=giver, needs=tuple(agent.capabilities)
            )
            giver = agent
            if until is not None and until(value):
                break
        return value

    return await session.play(moves())
