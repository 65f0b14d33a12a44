"""What a graph of agents looks like: nodes, edges, and whether it can be walked at all.

1. A shape that exists is sound: every edge has both its nodes, every node its agent, no path
   comes back to where it began, and every node can be reached from a start.
2. Whatever is not so is refused before any agent is asked.

Building it takes time in proportion to nodes and edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec

from tarl.agents.agent import Agent
from tarl.agents.session import TURNS_MAX
from tarl.errors import Conflict, Exceeded, Invalid, Missing

NODES_MAX = TURNS_MAX
"""Each node is at least one turn."""

EDGES_MAX = 100_000
"""Ten for each of so many nodes."""

Join = Literal["all", "any", "some"]
"""When a node begins: ``all`` of its edges are taken; ``any``, the first that is taken; or all are
decided and ``some`` of them are taken.
"""

OnFailure = Literal["fail", "skip", "go_on"]
"""What a node without an answer means: the graph ``fail``s; what needs it is ``skip``ped; or what
follows is to ``go_on`` with what there is besides.
"""


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One agent's place in a graph.

    Attributes:
        id: The place's name.
        agent: Whose place it is; the agent of the same id when None.
        join: When it begins, if several edges lead to it.
        attempts_max: How often it is tried.
        retry_wait_s: Between two attempts.
        timeout_s: For one attempt; the options' when None.
        on_failure: What it means that there is no answer; as the graph says when None.
    """

    id: str
    agent: str | None = None
    join: Join = "all"
    attempts_max: int = 1
    retry_wait_s: float = 0
    timeout_s: float | None = None
    on_failure: OnFailure | None = None


class Edge(msgspec.Struct, frozen=True):
    """Where an answer goes; only if ``when``, a pure predicate of it, holds."""

    source: str
    target: str
    when: Callable[[Any], bool] | None = None


class Shape:
    """A sound graph.

    Args:
        agents: Who takes part; who has no node gets one of its own id.
        nodes: Places that are more than that.
        edges: What leads where.
        starts: Nodes that are given the input; those that no edge leads to when None.

    Raises:
        Missing: an edge leads from or to nowhere (``graph.dangling``), a node has no agent
            (``agents.unknown``), or a start is no node (``graph.start``).
        Conflict: two nodes of one id (``graph.duplicate_node``), or two edges between the same two
            (``graph.duplicate_edge``).
        Invalid: a cycle (``graph.cycle``), a node that no start leads to (``graph.unreachable``),
            or bounds of a node that cannot be (``graph.node``).
        Exceeded: too many nodes or edges (``graph.too_large``).
    """

    def __init__(
        self,
        agents: Sequence[Agent],
        nodes: Iterable[Node],
        edges: Iterable[Edge],
        starts: Sequence[str] | None,
    ) -> None:
        self.agents: dict[str, Agent] = {}
        self.nodes = self._placed(agents, nodes)
        self.incoming: dict[str, list[Edge]] = {id: [] for id in self.nodes}
        self.outgoing: dict[str, list[Edge]] = {id: [] for id in self.nodes}
        for count, edge in enumerate(edges, start=1):
            if count > EDGES_MAX:
                raise _too_large(f"more than {EDGES_MAX} edges")
            self._connect(edge)
        _check_twins(self.outgoing)
        self._check_cycles()
        self.starts = self._checked_starts(starts)
        self.ends = [id for id, leading in self.outgoing.items() if not leading]

    def _placed(self, agents: Sequence[Agent], nodes: Iterable[Node]) -> dict[str, Node]:
        known = {agent.id: agent for agent in agents}
        placed: dict[str, Node] = {}
        for node in nodes:
            if placed.setdefault(node.id, node) is not node:
                raise Conflict(
                    f"two nodes have the id {node.id!r}",
                    code="graph.duplicate_node",
                    next_step="give each an id of its own; an agent may have several nodes",
                    node=node.id,
                )
            _check_bounds(node)
            name = node.agent or node.id
            if name not in known:
                raise Missing(
                    f"node {node.id!r} is for agent {name!r}, who is not here",
                    code="agents.unknown",
                    next_step=f"one of {', '.join([*known][:20])}",
                    agent=name,
                )
            self.agents[node.id] = known[name]
        used = {agent.id for agent in self.agents.values()}
        for agent in agents:
            if agent.id not in used:
                node = Node(id=agent.id)
                if placed.setdefault(agent.id, node) is not node:
                    raise Conflict(
                        f"node {agent.id!r} is for another agent than that of this id",
                        code="graph.duplicate_node",
                        next_step="name the node otherwise, or give that agent a node too",
                        node=agent.id,
                    )
                self.agents[agent.id] = agent
        if len(placed) > NODES_MAX:
            raise _too_large(f"{len(placed)} nodes; at most {NODES_MAX}")
        return placed

    def _connect(self, edge: Edge) -> None:
        for end in (edge.source, edge.target):
            if end not in self.nodes:
                raise Missing(
                    f"the edge from {edge.source!r} to {edge.target!r} needs node {end!r},"
                    " which is not here",
                    code="graph.dangling",
                    next_step="add the node or its agent, or leave the edge out",
                    node=end,
                )
        self.outgoing[edge.source].append(edge)
        self.incoming[edge.target].append(edge)

    def _check_cycles(self) -> None:
        """Kahn's algorithm: what is left over when nothing is without predecessors is a cycle."""
        left = {id: len(edges) for id, edges in self.incoming.items()}
        free = [id for id, count in left.items() if not count]
        while free:
            id = free.pop()
            del left[id]
            for edge in self.outgoing[id]:
                left[edge.target] -= 1
                if not left[edge.target]:
                    free.append(edge.target)
        if left:
            cycle = self._cycle(left)
            raise Invalid(
                f"the graph comes back to where it was: {' -> '.join(cycle)}",
                code="graph.cycle",
                next_step="leave one of these edges out; `chat` and `sequential` in a loop repeat",
                cycle=cycle,
            )

    def _cycle(self, left: dict[str, int]) -> list[str]:
        """One cycle among nodes of which each has a predecessor among them."""
        id = next(iter(left))
        place: dict[str, int] = {}
        path: list[str] = []
        while id not in place:
            place[id] = len(path)
            path.append(id)
            id = next(edge.source for edge in self.incoming[id] if edge.source in left)
        return [id, *reversed(path[place[id] :])]

    def _checked_starts(self, starts: Sequence[str] | None) -> list[str]:
        if starts is None:
            return [id for id, leading in self.incoming.items() if not leading]
        if unknown := [id for id in starts if id not in self.nodes]:
            raise Missing(
                f"the graph starts at {unknown[0]!r}, which is no node of it",
                code="graph.start",
                next_step="start at a node, or leave it out: what no edge leads to starts",
                node=unknown[0],
            )
        reached = dict.fromkeys(starts)
        waiting = list(reached)
        while waiting:
            for edge in self.outgoing[waiting.pop()]:
                if edge.target not in reached:
                    reached[edge.target] = None
                    waiting.append(edge.target)
        if lost := [id for id in self.nodes if id not in reached]:
            raise Invalid(
                f"no start leads to {', '.join(lost[:20])}",
                code="graph.unreachable",
                next_step="add an edge or a start, or leave the node out",
                nodes=lost[:20],
            )
        return list(dict.fromkeys(starts))


def _check_bounds(node: Node) -> None:
    if node.attempts_max < 1 or node.retry_wait_s < 0:
        raise Invalid(
            f"node {node.id!r} is tried {node.attempts_max} times, {node.retry_wait_s} s apart",
            code="graph.node",
            next_step="let attempts_max be at least 1 and retry_wait_s at least 0",
            node=node.id,
        )


def _check_twins(outgoing: dict[str, list[Edge]]) -> None:
    for source, edges in outgoing.items():
        seen: set[str] = set()
        for edge in edges:
            if edge.target in seen:
                raise Conflict(
                    f"two edges lead from {source!r} to {edge.target!r}",
                    code="graph.duplicate_edge",
                    next_step="join their conditions in one edge",
                    source=source,
                    target=edge.target,
                )
            seen.add(edge.target)


def _too_large(what: str) -> Exceeded:
    return Exceeded(
        f"the graph has {what}",
        code="graph.too_large",
        next_step="let parts of it be runs of their own: ctx.child",
    )
