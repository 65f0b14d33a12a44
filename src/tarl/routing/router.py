"""Routing: work gets a node, keeps it until it is released, and moves when the node dies.

Laws:
1. A node never has more assignments than its largest load, however many processes route at once:
   each decision is made and kept in one transaction.
2. Routing the same task again gives the node that it has. It moves only when that node is dead.
3. Releasing a task that has no node changes nothing: released is what was wanted. Releasing with
   the number of an assignment that has been replaced since is refused.
4. When a node fails over, each of its assignments goes to another node by the same rules, or stays
   where it is until one can take it; none is lost, none is on two nodes.
5. A node that was failed over because it was silent gets nothing until it is heard of.
6. No wall clock decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Conflict
from tarl.journal.projection import Record, Tables
from tarl.journal.store import Store
from tarl.routing.choice import Decision, Reason, Work, choose, considered
from tarl.routing.commits import changed
from tarl.routing.node import Node, check_capabilities
from tarl.routing.nodes import Nodes
from tarl.routing.rules import Rules
from tarl.routing.tables import ASSIGNMENT, FENCE, LOAD, all_nodes, all_rules, names_of
from tarl.routing.uptime import Uptime
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured

MOVED_TOGETHER_MAX = 1_000
"""Assignments that move in one transaction, which other processes wait for."""


class Assignment(NamedTuple):
    """Where work is; ``fence`` is the number of this assignment."""

    task: str
    node: str
    task_type: str
    requires: tuple[str, ...]
    fence: int
    assigned_at_ms: int


class Move(NamedTuple):
    """An assignment that went to another node."""

    task: str
    to: str
    fence: int


class Failover(NamedTuple):
    """What became of a node's assignments: those that moved, and those that no node can take
    now, which stay.
    """

    node: str
    moved: tuple[Move, ...]
    stranded: tuple[str, ...]


class _Part(NamedTuple):
    """Some of a node's assignments to move: those numbered above ``after``, behind ``skip`` that
    were looked at and stay.
    """

    node: str
    force: bool
    after: int
    skip: int


class Router:
    """Gives a tenant's work to its nodes.

    Args:
        store: The journal, with ``NODES_PROJECTION`` and ``NODES_COORDINATION``.
        clock: Wall clock time, which is recorded and decides nothing.
        uptime: Time by which silence is measured.
        tenant: Whose nodes and whose work.
        metrics: Where it counts.
        draw_id: Ids for work that comes without one.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        uptime: Uptime,
        tenant: str = DEFAULT_TENANT,
        metrics: Metrics | None = None,
        draw_id: Callable[[], str] | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.uptime = uptime
        self.tenant = check_name(tenant, "tenant")
        self.metrics = metrics or Unmeasured()
        self.nodes = Nodes(store, clock=clock, uptime=uptime, tenant=tenant, metrics=metrics)
        self.rules = Rules(store, clock=clock, tenant=tenant)
        self._draw_id = draw_id

    def route(
        self, task_type: str, required_capabilities: Iterable[str] = (), *, task: str | None = None
    ) -> Decision:
        """Give work a node; its ``node`` is None when none can take it now, and nothing is kept.

        Raises:
            Invalid: a name that cannot be one.
            Conflict: the task has a node for work of another kind (``route.task_exists``).
        """
        work = _work(task_type, required_capabilities)
        id = self._id(task)
        decision = changed(self.store, lambda tables: self._assign(tables, id, work))
        self.metrics.count("routing.decisions", outcome=decision.outcome)
        return decision

    def explain(
        self, task_type: str, required_capabilities: Iterable[str] = (), *, task: str | None = None
    ) -> Decision:
        """Where work would go now, and why; nothing is assigned."""
        work = _work(task_type, required_capabilities)
        nodes = all_nodes(self.store, self.tenant, self.uptime.mark())
        choice = choose(work, nodes, all_rules(self.store, self.tenant))
        return Decision(
            task=task,
            task_type=work.task_type,
            requires=work.requires,
            node=choice.node.node if choice.node else None,
            outcome="explained",
            rule=choice.rule.rule if choice.rule else None,
            reasons=choice.reasons,
            considered=considered(work, nodes, choice),
        )

    def release(self, task: str, *, fence: int | None = None) -> bool:
        """Take work off its node because it is over; False if it has no node (any more).

        Raises:
            Conflict: it was assigned anew since, under another number (``route.moved``).
        """

        def change(tables: Tables) -> bool:
            record = tables.get(ASSIGNMENT.name, self.tenant, task)
            if record is None:
                return False
            if fence is not None and fence != record["fence"]:
                raise Conflict(
                    f"task {task} has been given to node {record['node']} since",
                    code="route.moved",
                    next_step="leave it to that node",
                    task=task,
                    node=record["node"],
                    fence=record["fence"],
                )
            self._drop(tables, record)
            return True

        released = changed(self.store, change)
        if released:
            self.metrics.count("routing.released")
        return released

    def release_oldest(self, node: str) -> str | None:
        """Take the oldest assignment off a node, for callers that keep no ids; None if it has
        none.

        Raises:
            Missing: there is no such node (``node.missing``).
        """
        self.nodes.get(node)

        def change(tables: Tables) -> str | None:
            where = {"tenant": self.tenant, "node": node}
            found = list(tables.scan(ASSIGNMENT.name, where, order_by="fence", limit=1))
            for record in found:
                self._drop(tables, record)
                return str(record["task"])
            return None

        released = changed(self.store, change)
        if released is not None:
            self.metrics.count("routing.released")
        return released

    def failover(self, node: str, *, force: bool = False) -> Failover:
        """Give a dead node's assignments to others; with ``force`` those of a living one, too.

        Raises:
            Missing: there is no such node (``node.missing``).
            Conflict: it lives (``node.alive``).
        """
        moved: list[Move] = []
        stranded: list[str] = []
        after: int | None = 0
        while after is not None:
            part = _Part(node, force, after, skip=len(stranded))
            done, left, after = changed(self.store, partial(self._move_some, part))
            moved += done
            stranded += left
        if moved or stranded:
            self.metrics.count("routing.failovers")
            self.metrics.count("routing.moved", len(moved))
            self.metrics.count("routing.stranded", len(stranded))
        return Failover(node, tuple(moved), tuple(stranded))

    def failover_dead(self) -> list[Failover]:
        """Fail over every node that is dead and has something; what became of each."""
        dead = [each.node for each in self.nodes.ls() if each.is_lost and each.load]
        found = []
        for node in dead:
            try:
                found.append(self.failover(node))
            except Conflict:
                continue  # it was heard of meanwhile
        return found

    def assignments(self, *, node: str | None = None, limit: int | None = None) -> list[Assignment]:
        """What is assigned, the oldest first; of one node, or of all."""
        where = {"tenant": self.tenant} | ({} if node is None else {"node": node})
        found = self.store.scan(ASSIGNMENT.name, where, order_by="fence", limit=limit)
        return [_assignment(record) for record in found]

    def assignment(self, task: str) -> Assignment | None:
        """Where a task is."""
        record = self.store.get(ASSIGNMENT.name, self.tenant, task)
        return None if record is None else _assignment(record)

    def get_status(self) -> dict[str, Any]:
        """The nodes and how many rules there are."""
        nodes = [node.as_data() for node in self.nodes.ls()]
        return {"tenant": self.tenant, "nodes": nodes, "rules": len(self.rules.ls())}

    def get_metrics(self) -> dict[str, int]:
        """Nodes by state, assignments and free places."""
        nodes = self.nodes.ls()
        states = [node.state for node in nodes]
        takers = [node for node in nodes if node.state == "active"]
        return {
            "nodes": len(nodes),
            "nodes_active": states.count("active"),
            "nodes_draining": states.count("draining"),
            "nodes_silent": states.count("silent"),
            "assignments": sum(node.load for node in nodes),
            "places_free": sum(max(0, node.spec.max_load - node.load) for node in takers),
            "rules": self.store.count("node_rule", {"tenant": self.tenant}),
        }

    # --- inside a transaction

    def _assign(self, tables: Tables, task: str, work: Work) -> Decision:
        nodes = all_nodes(tables, self.tenant, self.uptime.mark())
        known = tables.get(ASSIGNMENT.name, self.tenant, task)
        leaving = None
        if known is not None:
            if _work_of(known) != work:
                raise Conflict(
                    f"task {task} is assigned to node {known['node']} as {known['task_type']}",
                    code="route.task_exists",
                    next_step="choose another id, or release it first",
                    task=task,
                    node=known["node"],
                )
            if not _is_dead(nodes, known["node"]):
                return _kept(known)
            leaving = known["node"]
        choice = choose(work, nodes, all_rules(tables, self.tenant), leaving=leaving)
        reasons, fence, outcome = choice.reasons, None, "none"
        if leaving is not None:
            reasons = (Reason("dead", f"node {leaving}, which had it, is dead"), *reasons)
        if choice.node is not None:
            outcome = "assigned" if known is None else "moved"
            fence = self._place(tables, task, work, choice.node)
            if leaving is not None:
                self._add(tables, leaving, -1)
        return Decision(
            task=task,
            task_type=work.task_type,
            requires=work.requires,
            node=choice.node.node if choice.node else None,
            outcome=outcome,
            rule=choice.rule.rule if choice.rule else None,
            fence=fence,
            reasons=reasons,
            considered=considered(work, nodes, choice, leaving=leaving),
        )

    def _move_some(self, part: _Part, tables: Tables) -> tuple[list[Move], list[str], int | None]:
        """What moved, what stays, and the last number looked at, None at the end."""
        node = part.node
        nodes = {each.node: each for each in all_nodes(tables, self.tenant, self.uptime.mark())}
        leaving = nodes.get(node) or self.nodes.get(node)
        if not leaving.is_lost and not part.force:
            raise Conflict(
                f"node {node} is not dead",
                code="node.alive",
                next_step="--force moves a living node's work; drain it first to keep new work off",
                node=node,
            )
        if leaving.is_lost:
            tables.update(LOAD.name, (self.tenant, node), {"lost": 1})
        rules = all_rules(tables, self.tenant)
        moved: list[Move] = []
        stranded: list[str] = []
        some = self._assigned_after(tables, part)
        for record in some:
            work = _work_of(record)
            found = choose(work, list(nodes.values()), rules, leaving=node).node
            if found is None:
                stranded.append(record["task"])
                continue
            fence = self._place(tables, record["task"], work, found)
            self._add(tables, node, -1)
            moved.append(Move(record["task"], found.node, fence))
            nodes[found.node] = msgspec.structs.replace(found, load=found.load + 1)
        last = some[-1]["fence"] if len(some) == MOVED_TOGETHER_MAX else None
        return moved, stranded, last

    def _assigned_after(self, tables: Tables, part: _Part) -> list[Record]:
        where = {"tenant": self.tenant, "node": part.node}
        limit = part.skip + MOVED_TOGETHER_MAX
        found = tables.scan(ASSIGNMENT.name, where, order_by="fence", limit=limit)
        return [record for record in found if record["fence"] > part.after]

    def _place(self, tables: Tables, task: str, work: Work, node: Node) -> int:
        last = tables.get(FENCE.name, self.tenant)
        fence = 1 + (last["last"] if last else 0)
        tables.put(FENCE.name, {"tenant": self.tenant, "last": fence})
        tables.put(
            ASSIGNMENT.name,
            {
                "tenant": self.tenant,
                "task": task,
                "node": node.node,
                "task_type": work.task_type,
                "requires": msgspec.json.encode(work.requires).decode(),
                "fence": fence,
                "assigned_at_ms": self.clock.now_ms(),
            },
        )
        self._add(tables, node.node, 1)
        return fence

    def _drop(self, tables: Tables, record: Record) -> None:
        tables.delete(ASSIGNMENT.name, self.tenant, record["task"])
        self._add(tables, record["node"], -1)

    def _add(self, tables: Tables, node: str, amount: int) -> None:
        record = tables.get(LOAD.name, self.tenant, node)
        if record is not None:
            load = max(0, record["load"] + amount)
            tables.update(LOAD.name, (self.tenant, node), {"load": load})
            return
        key = {"tenant": self.tenant, "node": node}
        load = tables.count(ASSIGNMENT.name, key)  # the row was lost; never heard of, either
        never = {"lost": 0, "boot": "", "beat_ms": 0, "beat_at_ms": None}
        tables.put(LOAD.name, {**key, "load": load, **never})

    def _id(self, task: str | None) -> str:
        if task is None and self._draw_id is not None:
            return self._draw_id()
        return check_name(task or "", "task")


def _work(task_type: str, required: Iterable[str]) -> Work:
    return Work(check_name(task_type, "task type"), check_capabilities(required))


def _is_dead(nodes: list[Node], node: str) -> bool:
    return next((each.is_lost for each in nodes if each.node == node), True)


def _work_of(record: Record) -> Work:
    return Work(record["task_type"], names_of(record["requires"]))


def _kept(record: Record) -> Decision:
    work = _work_of(record)
    return Decision(
        task=record["task"],
        task_type=work.task_type,
        requires=work.requires,
        node=record["node"],
        outcome="kept",
        fence=record["fence"],
        reasons=(Reason("kept", f"it was assigned to {record['node']} before"),),
    )


def _assignment(record: Record) -> Assignment:
    return Assignment(
        task=record["task"],
        node=record["node"],
        task_type=record["task_type"],
        requires=names_of(record["requires"]),
        fence=record["fence"],
        assigned_at_ms=record["assigned_at_ms"],
    )
