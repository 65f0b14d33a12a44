"""A graph of agents without cycles: each begins when what leads to it says so.

1. A graph that cannot be walked is refused before any agent is asked; see ``shape``.
2. A node begins at most once, and only after its edges were decided as its join says: an edge is
   *taken* when its source has answered and its condition holds, *blocked* when that cannot be any
   more, and *absent* when its source gave no answer and what follows may go on without.
3. A node begins with the input, if it is a start; with the answer of its source, if one edge leads
   to it; else with ``{source: answer}`` of the edges that are taken by then.
4. Nodes that can begin do so at the same time, at most ``together_max``; each is tried
   ``attempts_max`` times, and each attempt is a turn.
5. ``solved``: a node that leads nowhere has answered, and all that could begin has ended.
   ``failed``: none has, or a node gave no answer and that fails the graph; whoever still works
   then is withdrawn.
6. The output is the answer of the end, or ``{end: answer}`` where there are several; when it is
   not ``solved``, all answers so far by node.

``details``: which nodes ``answered``, ``failed`` (with why) and were ``skipped``. The work for a
node is in proportion to its edges, however many other nodes there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal

from tarl.agents.agent import Agent
from tarl.agents.crew import TOGETHER_MAX, Crew
from tarl.agents.patterns.shape import Edge, Node, OnFailure, Shape
from tarl.agents.result import Result, Turn
from tarl.agents.session import PLAIN, Options, Session, TurnFailed
from tarl.errors import Invalid
from tarl.kernel.context import Context

__all__ = ["Edge", "Node", "graph"]

Sign = Literal["taken", "blocked", "absent"]


async def graph(
    ctx: Context,
    agents: Iterable[Agent | Callable[[Any], Any]],
    input: Any,
    *,
    edges: Iterable[Edge | tuple[str, str] | tuple[str, str, Callable[[Any], bool]]] = (),
    nodes: Iterable[Node] = (),
    start: str | Sequence[str] | None = None,
    on_failure: OnFailure = "fail",
    options: Options = PLAIN,
    together_max: int = TOGETHER_MAX,
) -> Result:
    """Pass an input through a graph of agents.

    Args:
        ctx: The run.
        agents: Who takes part; who has no node gets one of its own id.
        input: What the starts are given.
        edges: What leads where: ``(source, target)``, or ``(source, target, when)`` with a pure
            predicate of the source's answer.
        nodes: Places that are more than an agent: joins, attempts, timeouts, an agent's second
            place.
        start: Where it begins; at all nodes that no edge leads to when None.
        on_failure: What it means that a node gives no answer.
        options: Bounds and the like.
        together_max: How many may be at work at one time.

    Raises:
        Invalid: no agents (``agents.too_few``), something that is no edge (``graph.edge``), a cycle
            (``graph.cycle``), a node that no start leads to (``graph.unreachable``), bounds that
            cannot be (``graph.node``, ``agents.together``).
        Missing: an edge from or to nowhere (``graph.dangling``), an unknown start
            (``graph.start``), a node without its agent (``agents.unknown``).
        Conflict: two agents, nodes or edges of one name (``agents.duplicate``,
            ``graph.duplicate_node``, ``graph.duplicate_edge``).
        Exceeded: too many nodes or edges (``graph.too_large``).
        Denied: authority is missing.
    """
    session = Session(ctx, "graph", agents, options)
    starts = [start] if isinstance(start, str) else start
    shape = Shape(session.agents, nodes, map(_edge, edges), starts)
    crew = Crew[str, Turn](together_max)
    return await session.play(_Walk(session, shape, crew, on_failure).moves(input))


def _edge(given: Any) -> Edge:
    if isinstance(given, Edge):
        return given
    try:
        return Edge(*given)
    except TypeError:
        raise Invalid(
            f"{given!r} is no edge",
            code="graph.edge",
            next_step="give (source, target) or (source, target, when)",
        ) from None


class _Walk:
    """How far a graph has come."""

    def __init__(
        self, session: Session, shape: Shape, crew: Crew[str, Turn], on_failure: OnFailure
    ) -> None:
        self._session = session
        self._shape = shape
        self._crew = crew
        self._on_failure = on_failure
        self._answers: dict[str, Any] = {}
        self._answered: list[str] = []
        self._failed: dict[str, str] = {}
        self._skipped: list[str] = []
        self._undecided = {id: len(edges) for id, edges in shape.incoming.items()}
        self._taken: dict[str, list[str]] = {}
        self._blocked: set[str] = set()
        self._begun: set[str] = set()

    async def moves(self, input: Any) -> Any:
        session, shape = self._session, self._shape
        session.output = self._answers
        session.details |= {
            "answered": self._answered,
            "failed": self._failed,
            "skipped": self._skipped,
        }
        async with self._crew:
            for id in shape.starts:
                self._begin(id, input, None)
            async for id, turn in self._crew:
                if turn.ending == "answered":
                    self._follow(self._signs(id, turn.answer))
                else:
                    self._lose(id, turn)
        reached = {id: self._answers[id] for id in shape.ends if id in self._answers}
        if not reached:
            return session.result("failed", self._answers, "no end of the graph was reached")
        return reached[shape.ends[0]] if len(shape.ends) == 1 else reached

    def _signs(self, id: str, answer: Any) -> list[tuple[Edge, Sign]]:
        return [
            (edge, "taken" if edge.when is None or edge.when(answer) else "blocked")
            for edge in self._shape.outgoing[id]
        ]

    def _lose(self, id: str, turn: Turn) -> None:
        """A node gave no answer, after all its attempts."""
        self._failed[id] = turn.error or turn.ending
        policy = self._shape.nodes[id].on_failure or self._on_failure
        if policy == "fail":
            raise TurnFailed(turn)
        sign: Sign = "blocked" if policy == "skip" else "absent"
        self._follow([(edge, sign) for edge in self._shape.outgoing[id]])

    def _follow(self, signs: list[tuple[Edge, Sign]]) -> None:
        """Decide edges, and with them whatever then is skipped, however far that leads."""
        waiting = deque(signs)
        while waiting:
            edge, sign = waiting.popleft()
            target = edge.target
            self._undecided[target] -= 1
            if sign == "taken":
                self._taken.setdefault(target, []).append(edge.source)
            elif sign == "blocked":
                self._blocked.add(target)
            if target in self._begun:
                continue
            if self._may_begin(target):
                self._begin(target, self._given(target), self._taken[target][0])
            elif not self._undecided[target]:
                self._skipped.append(target)
                passed: Sign = "blocked" if target in self._blocked else "absent"
                waiting.extend((next_edge, passed) for next_edge in self._shape.outgoing[target])

    def _may_begin(self, id: str) -> bool:
        join = self._shape.nodes[id].join
        if id not in self._taken:
            return False
        if join == "any":
            return True
        return not self._undecided[id] and (join == "some" or id not in self._blocked)

    def _given(self, id: str) -> Any:
        taken = self._taken[id]
        if len(self._shape.incoming[id]) == 1:
            return self._answers[taken[0]]
        arrived = set(taken)
        sources = [edge.source for edge in self._shape.incoming[id]]
        return {source: self._answers[source] for source in sources if source in arrived}

    def _begin(self, id: str, given: Any, source: str | None) -> None:
        self._begun.add(id)
        self._crew.begin(id, partial(self._attempts, id, given, source))

    async def _attempts(self, id: str, given: Any, source: str | None) -> Turn:
        node, agent = self._shape.nodes[id], self._shape.agents[id]
        giver = None if source is None else self._shape.agents[source]
        needs = tuple(agent.capabilities)
        attempt = 1
        while True:
            turn = await self._session.attempt(
                agent, "run", given, giver=giver, needs=needs, timeout_s=node.timeout_s
            )
            if turn.ending == "answered":
                self._answers[id] = turn.answer  # at once: another may fail it all in this moment
                self._answered.append(id)
                return turn
            if attempt == node.attempts_max:
                return turn
            attempt += 1
            if node.retry_wait_s:
                await self._session.ctx.sleep(node.retry_wait_s)
