"""Who may be chosen at all: asked before anybody chooses.

1. A candidate says that it can do all that the task takes.
2. Where authority is lent, a candidate is one that may be given it; nobody who chooses, agent or
   function, ever hears of the others.
3. Nobody left is an error, and no agent is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from tarl.agents.agent import Agent
from tarl.agents.crew import Crew
from tarl.agents.registry import can
from tarl.agents.session import Session
from tarl.errors import Missing


async def candidates(
    session: Session, agents: Iterable[Agent], needs: Sequence[str]
) -> list[Agent]:
    """Agents that can do something and may be given it, in their order.

    Raises:
        Missing: nobody (``agents.no_match``).
    """
    able = [agent for agent in agents if all(can(agent, need) for need in needs)]
    lending = session.options.lending
    if lending is None:
        admitted = able
    else:
        async with Crew[str, bool]() as crew:
            for agent in able:
                actions = tuple(needs) or tuple(agent.capabilities)
                crew.begin(agent.id, partial(lending.admits, session.ctx, agent.id, actions))
            verdicts = {id: verdict async for id, verdict in crew}
        admitted = [agent for agent in able if verdicts[agent.id]]
    if not admitted:
        raise _nobody(needs, able=able)
    return admitted


def _nobody(needs: Sequence[str], *, able: Sequence[Agent]) -> Missing:
    what = ", ".join(needs) or "this"
    refused = [agent.id for agent in able]
    why = f"; {', '.join(refused)} may not be given it" if refused else ""
    return Missing(
        f"no agent can do {what}{why}",
        code="agents.no_match",
        next_step="add an agent that declares it, or grant one of them the authority",
        needs=list(needs),
        refused=refused,
    )
