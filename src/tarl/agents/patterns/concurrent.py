"""At the same time: each agent works on an input of its own, and the answers come in order.

1. Every agent is asked exactly once, at most ``together_max`` at a time, unless something ends the
   pattern before.
2. The output is a list with one place for each agent, in their order; None where there is no
   answer.
3. ``solved``: all have answered. ``failed``: one did not; with ``fails_fast`` the others are
   withdrawn at once, without it they may end. ``stopped``: as the options say.
4. Each agent has an equal part of the session's budget: together they never pass it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from tarl.agents.agent import Agent
from tarl.agents.crew import TOGETHER_MAX, Crew, even_shares
from tarl.agents.result import Result, Turn
from tarl.agents.session import PLAIN, Options, Session, TurnFailed
from tarl.errors import Invalid
from tarl.kernel.context import Context


async def concurrent(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any = None,
    *,
    inputs: Sequence[Any] | None = None,
    options: Options = PLAIN,
    together_max: int = TOGETHER_MAX,
    fails_fast: bool = True,
) -> Result:
    """Let agents work at the same time.

    Args:
        ctx: The run.
        agents: Who, in the order of the answers.
        input: What all of them are given, unless ``inputs`` is there.
        inputs: What each one is given, in their order.
        options: Bounds and the like.
        together_max: How many may be at work at one time.
        fails_fast: Whether the first that gives no answer ends it for all.

    Raises:
        Invalid: no agents (``agents.too_few``), not one input for each (``agents.inputs``), or a
            ``together_max`` below one (``agents.together``).
        Conflict: two of one id (``agents.duplicate``).
        Denied: authority is missing.
    """
    session = Session(ctx, "concurrent", agents, options)
    given = _given(session, input, inputs)
    shares = even_shares(options.budget, len(given))
    answers: list[Any] = [None] * len(given)
    session.output = answers

    async def move(place: int, agent: Agent) -> Turn:
        needs, share = tuple(agent.capabilities), shares[place]
        turn = await session.attempt(agent, "run", given[place], needs=needs, budget=share)
        answers[place] = turn.answer  # at once: another one may fail it all in the same moment
        return turn

    async def moves() -> Any:
        failure: Turn | None = None
        async with Crew[int, Turn](together_max) as crew:
            for place, agent in enumerate(session.agents):
                crew.begin(place, partial(move, place, agent))
            async for _, turn in crew:
                if turn.ending != "answered":
                    failure = failure or turn
                    if fails_fast:
                        raise TurnFailed(turn)
        if failure is not None:
            raise TurnFailed(failure)
        return answers

    return await session.play(moves())


def _given(session: Session, input: Any, inputs: Sequence[Any] | None) -> Sequence[Any]:
    if inputs is None:
        return [input] * len(session.agents)
    if len(inputs) != len(session.agents):
        raise Invalid(
            f"{len(inputs)} inputs for {len(session.agents)} agents",
            code="agents.inputs",
            next_step="give one input for each agent, or one `input` for all of them",
        )
    return inputs
