"""In which order candidates are asked: by ability, cost, load, meaning, or an agent's word.

1. A ranking puts candidates in order and lets some of them out; it never adds anybody.
2. What it goes by is pure, recorded, or counted within the run: every replay ranks the same.

``RoundRobin`` and ``LeastBusy`` count within one run, so a workflow makes its own.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from tarl.agents.agent import Agent, as_agent, method_of
from tarl.agents.patterns.candidates import candidates
from tarl.agents.registry import can
from tarl.agents.roles import RoutingDecision
from tarl.agents.session import Session
from tarl.errors import Conflict, Invalid, Missing
from tarl.kernel.context import Context
from tarl.kernel.definition import Activity
from tarl.values.canonical import encode
from tarl.values.plain import plain

Embed = Callable[[list[str]], Sequence[Sequence[float]]]
"""A pure function of texts: a vector for each."""


class Task(NamedTuple):
    """What somebody is to be found for."""

    input: Any
    needs: tuple[str, ...] = ()


class Choice(NamedTuple):
    """Who is asked, the best first, and what the task turned out to take."""

    agents: Sequence[Agent]
    needs: tuple[str, ...]


class Ranking(ABC):
    """An order of candidates."""

    @abstractmethod
    async def order(self, session: Session, found: Sequence[Agent], task: Task) -> Choice:
        """The candidates, the best first.

        Raises:
            Missing: none of them will do (``agents.no_match``).
        """

    def prepare(self, session: Session) -> None:  # noqa: B027 (most have nothing to refuse)
        """Refuse, before anything runs, what cannot rank in this session."""

    @contextmanager
    def at_work(self, agent: Agent) -> Iterator[None]:
        """Is told who is asked, and for how long."""
        yield


class Closest(Ranking):
    """Who declares what is needed by name comes before who declares something wider, and then who
    can do little else: the specialist before the generalist.
    """

    async def order(self, session: Session, found: Sequence[Agent], task: Task) -> Choice:
        def distance(agent: Agent) -> tuple[int, int]:
            declared = set(agent.capabilities)
            return sum(need not in declared for need in task.needs), len(declared)

        return Choice(sorted(found, key=distance), task.needs)


class Cheapest(Ranking):
    """By the agents' attribute ``cost``, a number; who has none comes last."""

    async def order(self, session: Session, found: Sequence[Agent], task: Task) -> Choice:
        def cost(agent: Agent) -> float:
            value = getattr(agent, "cost", None)
            return math.inf if value is None else value

        return Choice(sorted(found, key=cost), task.needs)


class _Counting(Ranking):
    """Counts within one run.

    Args:
        ctx: The run.
    """

    def __init__(self, ctx: Context) -> None:
        self._run = ctx.info.run

    def prepare(self, session: Session) -> None:
        if session.ctx.info.run != self._run:
            raise Conflict(
                f"this {type(self).__name__} counts in run {self._run.ref}, and not in another",
                code="agents.ranking",
                next_step="make it inside the workflow's function",
            )


class RoundRobin(_Counting):
    """Each in turn: who was asked longest ago, or never."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._asked = 0
        self._last: dict[str, int] = {}

    async def order(self, session: Session, found: Sequence[Agent], task: Task) -> Choice:
        return Choice(sorted(found, key=lambda agent: self._last.get(agent.id, 0)), task.needs)

    @contextmanager
    def at_work(self, agent: Agent) -> Iterator[None]:
        self._asked += 1
        self._last[agent.id] = self._asked
        yield


class LeastBusy(_Counting):
    """Who is asked the fewest things at this moment, and then who was asked the fewest in all."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._open: dict[str, int] = {}
        self._all: dict[str, int] = {}

    async def order(self, session: Session, found: Sequence[Agent], task: Task) -> Choice:
        def load(agent: Agent) -> tuple[int, int]:
            return self._open.get(agent.id, 0), self._all.get(agent.id, 0)

        return Choice(sorted(found, key=load), task.needs)

    @contextmanager
    def at_work(self, agent: Agent) -> Iterator[None]:
        for counts in (self._open, self._all):
            counts[agent.id] = counts.get(agent.id, 0) + 1
        try:
            yield
        finally:
            self._open[agent.id] -= 1


class Nearest(Ranking):
    """By meaning: the cosine between the input's vector and that of an agent's description.

    Args:
        embed: Texts to vectors, of one length: a pure function, or an activity.
    """

    def __init__(self, embed: Embed | Activity[..., Any]) -> None:
        self._embed = embed

    async def order(self, session: Session, found: Sequence[Agent], task: Task) -> Choice:
        given = task.input
        text = given if isinstance(given, str) else encode(plain(given)).decode()
        texts = [text, *map(_described, found)]
        if isinstance(self._embed, Activity):
            vectors = await session.ctx.call(self._embed, texts)
        else:
            vectors = self._embed(texts)
        asked, *known = _checked_vectors(vectors, len(texts))
        near = {agent.id: _cosine(asked, v) for agent, v in zip(found, known, strict=True)}
        return Choice(sorted(found, key=lambda agent: -near[agent.id]), task.needs)


class Asked(Ranking):
    """An agent's word: its ``route`` is given ``{"task": input, "agents": [{"id", "capabilities",
    "description"}]}``, candidates alone, and names one, or what the task takes, or both.

    Args:
        agent: Who chooses.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = as_agent(agent)

    def prepare(self, session: Session) -> None:
        method_of(self._agent, "route")

    async def order(self, session: Session, found: Sequence[Agent], task: Task) -> Choice:
        told = {"task": task.input, "agents": [_shown(agent) for agent in found]}
        decision = cast(RoutingDecision, await session.ask(self._agent, "route", told))
        needs, able = task.needs, list(found)
        extra = decision.required_capability
        if extra and extra not in needs:
            needs = (*needs, extra)
            able = await candidates(session, [agent for agent in found if can(agent, extra)], needs)
        chosen = [agent for agent in able if agent.id == decision.agent]
        if decision.agent is None and extra:
            return Choice(able, needs)
        if not chosen:
            raise Missing(
                f"{self._agent.id} chose {decision.agent or 'nobody'}, who is no candidate",
                code="agents.no_match",
                next_step=f"one of {', '.join(agent.id for agent in able)}",
                chosen=decision.agent,
            )
        return Choice([*chosen, *(agent for agent in able if agent not in chosen)], needs)


def _described(agent: Agent) -> str:
    description = getattr(agent, "description", "")
    return " ".join(filter(None, (agent.id, description, " ".join(agent.capabilities))))


def _shown(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id,
        "capabilities": list(agent.capabilities),
        "description": getattr(agent, "description", ""),
    }


def _checked_vectors(vectors: Any, count: int) -> list[list[float]]:
    try:
        read = [[float(number) for number in vector] for vector in vectors]
    except (TypeError, ValueError):
        read = []
    lengths = {len(vector) for vector in read}
    is_finite = all(math.isfinite(number) for vector in read for number in vector)
    if len(read) != count or len(lengths) != 1 or 0 in lengths or not is_finite:
        raise Invalid(
            f"the embedding must give {count} vectors of finite numbers, all of one length",
            code="agents.embedding",
            next_step="look at what the function gives for a list of texts",
        )
    return read


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return math.fsum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0
