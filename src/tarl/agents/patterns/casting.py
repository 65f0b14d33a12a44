"""Who takes which role: asked before anything runs, so that a role that nobody has costs nothing.

A role is taken by the agent that is named for it, else by the first one that has its method.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tarl.agents.agent import Agent, has_role, method_of
from tarl.errors import Invalid, Missing


def by_id(team: Sequence[Agent], id: str) -> Agent:
    """The agent of an id.

    Raises:
        Missing: nobody of the team has it (``agents.unknown``).
    """
    for agent in team:
        if agent.id == id:
            return agent
    raise Missing(
        f"no agent has the id {id!r}",
        code="agents.unknown",
        next_step=f"one of {', '.join(agent.id for agent in team)}",
        agent=id,
    )


def one_with(
    team: Sequence[Agent], role: str, *, named: str | None = None, but: Collection[str] = ()
) -> Agent:
    """Who takes a role.

    Args:
        team: Those who work together.
        role: The role's method.
        named: Who is to have it.
        but: Ids of those who cannot be meant.

    Raises:
        Invalid: nobody has the method (``agents.role``), or not who was named (``agent.role``).
        Missing: there is no agent of that name (``agents.unknown``).
    """
    if named is not None:
        return all_with(team, role, named=(named,))[0]
    return all_with(team, role, but=but)[0]


def all_with(
    team: Sequence[Agent],
    role: str,
    *,
    named: Iterable[str] | None = None,
    but: Collection[str] = (),
    least: int = 1,
) -> tuple[Agent, ...]:
    """Those who take a role, in order: all who have its method when nobody is named.

    Raises:
        Invalid: too few have the method (``agents.role``), or not who was named (``agent.role``).
        Missing: there is no agent of that name (``agents.unknown``).
    """
    if named is None:
        cast = tuple(agent for agent in team if agent.id not in but and has_role(agent, role))
    else:
        cast = tuple(by_id(team, id) for id in dict.fromkeys(named))
        for agent in cast:
            method_of(agent, role)
    if len(cast) < least:
        raise Invalid(
            f"{len(cast) or 'none'} of the agents can take the role {role};"
            f" it takes at least {least}",
            code="agents.role",
            next_step=f"give an agent of its own `async def {role}`",
            role=role,
        )
    return cast


def at_least_one(name: str, bound: int) -> None:
    """Refuse a bound that permits nothing.

    Raises:
        Invalid: it is below one (``agents.bound``).
    """
    if bound < 1:
        raise Invalid(
            f"{name}={bound} would let nobody do anything",
            code="agents.bound",
            next_step=f"let {name} be at least 1",
        )
