"""Experts are consulted together, and a synthesizer combines what they say.

1. Experts are those who can do what the task takes and may be given it, the heaviest first, at
   most ``top_k``; nobody is an error, and nobody is asked.
2. The synthesizer is asked once, when at least ``quorum`` experts have answered, and never before
   all of them have ended.
3. It is given every answer with its weight, in the experts' order, and every failure.
4. ``solved``: it has answered. ``failed``: too few experts did, or it did not.
5. Each expert has an equal part of the session's budget, the synthesizer another one: together they
   never pass it.

``details``: who ``answered``, ``failed`` (with why) and was ``withdrawn``, and the ``quorum``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tarl.agents.agent import Agent, as_agent, method_of, team
from tarl.agents.crew import TOGETHER_MAX, even_shares
from tarl.agents.patterns.candidates import candidates
from tarl.agents.patterns.casting import one_with
from tarl.agents.patterns.parallel import checked_quorum, gathered
from tarl.agents.result import Result, Turn
from tarl.agents.session import PLAIN, Options, Session
from tarl.errors import Invalid
from tarl.kernel.context import Context


async def ensemble(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    synthesizer: Agent | str | None = None,
    options: Options = PLAIN,
    needs: Sequence[str] = (),
    top_k: int | None = None,
    quorum: int = 1,
    weights: Mapping[str, int] | None = None,
    together_max: int = TOGETHER_MAX,
) -> Result:
    """Consult experts and combine their answers.

    Args:
        ctx: The run.
        agents: Who may be consulted; a registry is such a list.
        input: What each expert is given.
        synthesizer: An agent, the id of one of ``agents``, or the first of them that has the
            method; it is no expert. Its ``synthesize`` is given ``{"task": input, "answers":
            [{"agent", "answer", "weight"}], "failed": [{"agent", "error"}]}``.
        options: Bounds and the like.
        needs: The capabilities that the task takes; each expert's own when empty.
        top_k: How many experts at most.
        quorum: How many of them must answer.
        weights: What an expert's word weighs, by id; 1 for who is not named.
        together_max: How many may be at work at one time.

    Raises:
        Invalid: no agents (``agents.too_few``), nobody who can be the synthesizer (``agent.role``,
            ``agents.role``), a quorum that cannot be (``agents.quorum``), weights of nobody or
            below one (``agents.weights``), or a ``together_max`` below one (``agents.together``).
        Conflict: two of one id (``agents.duplicate``).
        Missing: nobody can do it (``agents.no_match``), or a synthesizer that is not here
            (``agents.unknown``).
        Denied: authority is missing.
    """
    session = Session(ctx, "ensemble", agents, options)
    closer = _synthesizer(session.agents, synthesizer)
    others = [agent for agent in session.agents if agent is not closer]
    heavy = _checked_weights(weights or {}, others)
    found = await candidates(session, others, needs)
    found.sort(key=lambda agent: -heavy.get(agent.id, 1))
    experts = found[:top_k]
    checked_quorum(quorum, len(experts))
    shares = even_shares(options.budget, len(experts) + 1)

    async def moves() -> Any:
        turns = await gathered(
            session,
            experts,
            input,
            quorum=quorum,
            shares=shares,
            waits_for_all=True,
            together_max=together_max,
            needs=tuple(needs) or None,
        )
        if len(turns) < quorum:
            return session.result(
                "failed", session.output, f"{len(turns)} of {quorum} experts that it takes"
            )
        told = {"task": input, "answers": _weighed(turns, heavy), "failed": _failures(session)}
        return await session.ask(closer, "synthesize", told, budget=shares[-1])

    return await session.play(moves())


def _synthesizer(agents: Sequence[Agent], named: Agent | str | None) -> Agent:
    if named is None or isinstance(named, str):
        return one_with(agents, "synthesize", named=named)
    closer = as_agent(named)
    team((*agents, closer))
    method_of(closer, "synthesize")
    return closer


def _checked_weights(weights: Mapping[str, int], agents: Sequence[Agent]) -> Mapping[str, int]:
    known = {agent.id for agent in agents}
    for id, weight in weights.items():
        if id not in known or weight < 1:
            raise Invalid(
                f"a weight of {weight} for {id!r} cannot be",
                code="agents.weights",
                next_step="give whole numbers from 1 on, for agents that are here",
                agent=id,
            )
    return weights


def _weighed(turns: Sequence[Turn], weights: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"agent": turn.agent, "answer": turn.answer, "weight": weights.get(turn.agent, 1)}
        for turn in turns
    ]


def _failures(session: Session) -> list[dict[str, Any]]:
    failed: Mapping[str, str] = session.details["failed"]
    return [{"agent": agent, "error": error} for agent, error in failed.items()]
