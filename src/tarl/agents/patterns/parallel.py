"""The same input for all at the same time, and one answer made of theirs.

1. Every agent is given the same input, at most ``together_max`` of them at a time.
2. The quorum is how many answers it takes: all when None. ``solved`` means that so many have
   answered, or more in the same moment, and ``failed`` that they cannot any more or the aggregator
   gave no answer.
3. It ends as soon as either is decided, and whoever still works then is withdrawn; with
   ``waits_for_all`` everybody may end first.
4. The aggregator is given the answers in the agents' order, however fast they came; without one
   the output is their list. What it makes of them is the output.
5. Each agent has an equal part of the session's budget, the aggregator one too: together they
   never pass it.

``quorum=1`` is the first success; ``quorum=None`` fails fast; ``quorum=1, waits_for_all=True``
takes as many answers as there are. ``details``: who ``answered``, ``failed`` (with why) and was
``withdrawn``, and the ``quorum``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from tarl.agents.agent import Agent, agent_apart, has_role, team
from tarl.agents.crew import TOGETHER_MAX, Crew, even_shares
from tarl.agents.result import Result, Turn
from tarl.agents.session import PLAIN, Options, Session
from tarl.agents.spending import Budget
from tarl.errors import Invalid
from tarl.kernel.context import Context

Aggregate = Callable[[list[Any]], Any]
"""A pure function of the answers, in the agents' order."""


def first(answers: list[Any]) -> Any:
    """The answer of the first agent that gave one: an aggregator."""
    return answers[0]


async def parallel(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    options: Options = PLAIN,
    aggregate: Aggregate | Agent | None = None,
    quorum: int | None = None,
    waits_for_all: bool = False,
    together_max: int = TOGETHER_MAX,
) -> Result:
    """Ask several agents the same, and make one answer of theirs.

    Args:
        ctx: The run.
        agents: Who, in the order of the answers.
        input: What all of them are given.
        options: Bounds and the like.
        aggregate: A pure function of the answers; or an agent, whose ``aggregate_results`` (or
            ``run``) is given ``[{"agent": id, "answer": ...}, ...]``.
        quorum: How many answers it takes; all when None.
        waits_for_all: Whether everybody may end, even when it is decided.
        together_max: How many may be at work at one time.

    Raises:
        Invalid: no agents (``agents.too_few``), a quorum that cannot be (``agents.quorum``), or a
            ``together_max`` below one (``agents.together``).
        Conflict: two of one id (``agents.duplicate``).
        Denied: authority is missing.
    """
    session = Session(ctx, "parallel", agents, options)
    closer, join = agent_apart(aggregate)
    if closer is not None:
        team((*session.agents, closer))
    needed = checked_quorum(quorum, len(session.agents))
    shares = even_shares(options.budget, len(session.agents) + (closer is not None))

    async def moves() -> Any:
        turns = await gathered(
            session,
            session.agents,
            input,
            quorum=needed,
            shares=shares,
            waits_for_all=waits_for_all,
            together_max=together_max,
        )
        if len(turns) < needed:
            reason = f"{len(turns)} of {needed} answers that it takes"
            return session.result("failed", session.output, reason)
        if closer is not None:
            role = "aggregate_results" if has_role(closer, "aggregate_results") else "run"
            told = [{"agent": turn.agent, "answer": turn.answer} for turn in turns]
            return await session.ask(closer, role, told, budget=shares[-1])
        return session.output if join is None else join(session.output)

    return await session.play(moves())


def checked_quorum(quorum: int | None, agents: int) -> int:
    """How many answers it takes.

    Raises:
        Invalid: fewer than one, or more than there are agents (``agents.quorum``).
    """
    if quorum is None:
        return agents
    if not 1 <= quorum <= agents:
        raise Invalid(
            f"a quorum of {quorum} among {agents} agents cannot be",
            code="agents.quorum",
            next_step="let it be at least 1, and at most the number of agents",
        )
    return quorum


async def gathered(
    session: Session,
    agents: Sequence[Agent],
    input: Any,
    *,
    quorum: int,
    shares: Sequence[Budget],
    waits_for_all: bool,
    together_max: int = TOGETHER_MAX,
    needs: Sequence[str] | None = None,
) -> list[Turn]:
    """The turns that answered, in the agents' order; the session's output is their answers, and its
    details say who did not answer.

    Args:
        session: Theirs.
        agents: Who is asked.
        input: What each is given.
        quorum: How many answers decide it.
        shares: Each agent's budget.
        waits_for_all: Whether all may end.
        together_max: How many may be at work at one time.
        needs: The capabilities that the task takes; each agent's own when None.
    """
    turns: dict[int, Turn] = {}
    answers_left = len(agents)

    async def move(place: int, agent: Agent) -> Turn:
        takes = tuple(agent.capabilities) if needs is None else tuple(needs)
        turn = await session.attempt(agent, "run", input, needs=takes, budget=shares[place])
        if turn.ending == "answered":
            turns[place] = turn  # at once: another one may decide it in the same moment
        return turn

    try:
        async with Crew[int, Turn](together_max) as crew:
            for place, agent in enumerate(agents):
                crew.begin(place, partial(move, place, agent))
            async for _, turn in crew:
                answers_left -= turn.ending != "answered"
                is_decided = len(turns) >= quorum or answers_left < quorum
                if is_decided and not waits_for_all:
                    break
    finally:
        ordered = [turns[place] for place in sorted(turns)]
        session.output = [turn.answer for turn in ordered]
        session.details |= _account(session, ordered, quorum)
    return ordered


def _account(session: Session, answered: Sequence[Turn], quorum: int) -> dict[str, Any]:
    failed = [turn for turn in session.turns if turn.ending in ("failed", "timed_out")]
    return {
        "quorum": quorum,
        "answered": [turn.agent for turn in answered],
        "failed": {turn.agent: turn.error or turn.ending for turn in failed},
        "withdrawn": [turn.agent for turn in session.turns if turn.ending == "withdrawn"],
    }
