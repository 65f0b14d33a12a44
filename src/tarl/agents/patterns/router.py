"""One of several: whoever fits an input best is asked, and then whoever fits next.

1. Candidates are agents that can do what the task takes and may be given it, found before anybody
   chooses: no ranking, function or agent, sees or names anybody else.
2. They are asked one after another in the order of the ranking, at most ``top_k``, until one
   answers.
3. ``solved``: the output is that answer. ``failed``: none of them gave one.
4. Nobody who can, or a choice of somebody who is no candidate, is an error, and none of the agents
   is asked.

``details``: ids of the ``candidates``, of those ``ranked`` first, and who was ``chosen``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tarl.agents.agent import Agent
from tarl.agents.patterns.candidates import candidates
from tarl.agents.patterns.ranking import Closest, Ranking, Task
from tarl.agents.result import Result
from tarl.agents.session import PLAIN, Options, Session
from tarl.errors import Invalid
from tarl.kernel.context import Context

BY_CAPABILITY = Closest()


async def router(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    needs: Sequence[str] = (),
    by: Ranking = BY_CAPABILITY,
    top_k: int = 1,
    options: Options = PLAIN,
) -> Result:
    """Send an input to whom it suits.

    Args:
        ctx: The run.
        agents: Who may be asked; a registry is such a list.
        input: What they are given.
        needs: The capabilities that the task takes; an agent's own when empty.
        by: The order: see ``ranking``.
        top_k: How many are asked at most, one after another.
        options: Bounds and the like.

    Raises:
        Invalid: no agents (``agents.too_few``), a ``top_k`` below one (``router.top_k``), or a
            ranking whose agent cannot take the role (``agent.role``).
        Conflict: two of one id (``agents.duplicate``), or a ranking that counts in another run
            (``agents.ranking``).
        Missing: nobody can do it (``agents.no_match``).
        Denied: authority is missing.
    """
    session = Session(ctx, "router", agents, options)
    if top_k < 1:
        raise Invalid(
            f"the first {top_k} candidates are nobody",
            code="router.top_k",
            next_step="let top_k be at least 1",
        )
    by.prepare(session)
    found = await candidates(session, session.agents, needs)
    session.details["candidates"] = [agent.id for agent in found]

    async def moves() -> Any:
        choice = await by.order(session, found, Task(input, tuple(needs)))
        ranked = choice.agents[:top_k]
        session.details |= {"ranked": [agent.id for agent in ranked], "chosen": None}
        for agent in ranked:
            takes = choice.needs or tuple(agent.capabilities)
            with by.at_work(agent):
                turn = await session.attempt(agent, "run", input, needs=takes)
            if turn.ending == "answered":
                session.details["chosen"] = agent.id
                return turn.answer
        reason = f"no answer from {', '.join(agent.id for agent in ranked)}"
        return session.result("failed", None, reason)

    return await session.play(moves())
