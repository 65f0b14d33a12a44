"""The nodes that take work: ``tarl.routing`` under the names of the seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Unpack

from tarl.errors import Conflict
from tarl.integrations.orchestration.session import once
from tarl.integrations.orchestration_extended.place import Place, Where, drawn, ms_of
from tarl.integrations.orchestration_extended.refusals import Busy, UnknownName
from tarl.routing.node import Node
from tarl.routing.router import Router
from tarl.routing.uptime import SystemUptime, Uptime
from tarl.values.digest import length_prefixed

__all__ = ["Busy", "MetaOrchestrator", "OrchestratorNode", "UnknownName"]


@dataclass
class OrchestratorNode:
    """A node as it was when it was read."""

    node_id: str
    capabilities: list[str]
    priority: int
    load: int = 0
    max_load: int = 100
    state: str = "active"


class MetaOrchestrator:
    """Gives tasks to nodes: by rules first, then by capability, priority and load.

    Args:
        data_dir: Where its journal lies, ``tarl.db``; in memory when neither this nor a journal is
            given.
        uptime: Time by which a node's silence is measured; the machine's when left out.
        where: The journal, if it is another, and the clock; see ``Where``.
    """

    def __init__(
        self,
        data_dir: str | Path | None = None,
        *,
        uptime: Uptime | None = None,
        **where: Unpack[Where],
    ) -> None:
        self.place = Place.of(data_dir, **where)
        self._uptime = uptime or SystemUptime()

    # --- nodes

    def register_orchestrator(
        self,
        node_id: str,
        capabilities: Iterable[str] = (),
        priority: int = 0,
        max_load: int = 100,
        *,
        heartbeat_interval: float | None = None,
    ) -> None:
        """Make a node known, or what it says of itself another. What it has been given stays.

        Args:
            node_id: Its name.
            capabilities: What it can do.
            priority: Nodes of a higher priority are asked first.
            max_load: How many tasks it takes at once.
            heartbeat_interval: Seconds that it may be silent before its tasks go to others; None:
                it promises no heartbeats.

        Raises:
            BadValue: a name or number that cannot be one.
        """
        beat_ms = (
            None
            if heartbeat_interval is None
            else ms_of(heartbeat_interval, "heartbeat interval", least_ms=1)
        )
        names = capabilities if isinstance(capabilities, str) else list(capabilities)
        details = {
            "capabilities": names,
            "priority": priority,
            "max_load": max_load,
            "heartbeat_ms": beat_ms,
        }

        def register() -> None:
            with self._router() as router:
                router.nodes.register(node_id, **details)  # type: ignore[arg-type]  # the dict says object

        once("register_orchestrator", {"node": node_id, **details}, register)

    def heartbeat(self, node_id: str) -> None:
        """Say that a node lives.

        Raises:
            UnknownName: there is no such node.
        """
        self._do(
            "node_heartbeat", {"node": node_id}, lambda router: router.nodes.heartbeat(node_id)
        )

    def drain(self, node_id: str) -> None:
        """Give a node nothing new.

        Raises:
            UnknownName: there is no such node.
        """
        self._do("drain", {"node": node_id}, lambda router: router.nodes.drain(node_id))

    def remove_orchestrator(self, node_id: str) -> None:
        """Forget a node that has nothing left to do.

        Raises:
            UnknownName: there is no such node.
            Busy: it has tasks.
        """
        self._do("remove_node", {"node": node_id}, lambda router: router.nodes.remove(node_id))

    def failover(self) -> list[str]:
        """Give the tasks of nodes that fell silent to others; the ids of the tasks that moved."""

        def fail(router: Router) -> list[str]:
            return [move.task for each in router.failover_dead() for move in each.moved]

        moved: list[str] = self._do("failover", {}, fail)
        return moved

    # --- tasks

    def route_task(
        self,
        task_type: str,
        required_capabilities: Iterable[str] = (),
        *,
        task_id: str | None = None,
    ) -> str | None:
        """Give a task a node; the node, or None when none can take it now.

        Raises:
            BadValue: a name that cannot be one.
            Busy: the task of that id has a node for another kind of work.
        """
        needs = required_capabilities
        names = needs if isinstance(needs, str) else list(needs)
        details = {"type": task_type, "capabilities": names, "task": task_id}

        def route(router: Router) -> str | None:
            return router.route(task_type, names, task=task_id).node

        node: str | None = self._do("route_task", details, route)
        return node

    def explain(self, task_type: str, required_capabilities: Iterable[str] = ()) -> dict[str, Any]:
        """Where a task would go now and why, without giving it anybody."""
        names = list(required_capabilities)

        def explain(router: Router) -> dict[str, Any]:
            decision = router.explain(task_type, names)
            return {
                "node": decision.node,
                "rule": decision.rule,
                "reasons": [reason.text for reason in decision.reasons],
            }

        found: dict[str, Any] = self._do("explain", {"type": task_type, "needs": names}, explain)
        return found

    def release_task(self, node_id: str, *, task_id: str | None = None) -> None:
        """A node has done a task: the one named, or the one that it has had the longest.

        Nothing happens when it has none.

        Raises:
            UnknownName: there is no such node.
            Busy: the task is another node's.
        """

        def release(router: Router) -> None:
            if task_id is None:
                router.release_oldest(node_id)
                return
            router.nodes.get(node_id)
            found = router.assignment(task_id)
            if found is None:
                return
            if found.node != node_id:
                raise Conflict(
                    f"task {task_id} is node {found.node}'s", code="route.moved", task=task_id
                )
            router.release(task_id, fence=found.fence)

        self._do("release_task", {"node": node_id, "task": task_id}, release)

    def add_routing_rule(self, pattern: str, target_node: str, priority: int = 0) -> None:
        """Send tasks whose type matches a pattern to a node, as long as it can take them.

        The same pattern and node again give the rule its priority anew.

        Raises:
            BadValue: a pattern, name or priority that cannot be one.
        """

        def add(router: Router) -> None:
            name = _rule_name(pattern, target_node)
            known = router.rules.find(name)
            if known is not None and known.priority != priority:
                router.rules.remove(name)
            router.rules.add(pattern, node=target_node, priority=priority, rule=name)

        details = {"pattern": pattern, "node": target_node, "priority": priority}
        self._do("add_routing_rule", details, add)

    # --- looking

    def get_nodes(self) -> list[OrchestratorNode]:
        """Every node, by id."""
        found = self._do(
            "get_nodes", {}, lambda router: [asdict(_shown(node)) for node in router.nodes.ls()]
        )
        return [OrchestratorNode(**each) for each in found]

    def get_node(self, node_id: str) -> OrchestratorNode:
        """One node.

        Raises:
            UnknownName: there is none.
        """
        found = self._do(
            "get_node", {"node": node_id}, lambda router: asdict(_shown(router.nodes.get(node_id)))
        )
        return OrchestratorNode(**found)

    def get_routing_rules(self) -> list[dict[str, Any]]:
        """The rules in the order in which they are asked: pattern, target, priority."""

        def look(router: Router) -> list[dict[str, Any]]:
            return [
                {"pattern": rule.pattern, "target": rule.node, "priority": rule.priority}
                for rule in router.rules.ls()
            ]

        found: list[dict[str, Any]] = self._do("get_routing_rules", {}, look)
        return found

    def get_metrics(self) -> dict[str, int]:
        """Nodes by state, tasks that they have and places that are free."""
        found: dict[str, int] = self._do("node_metrics", {}, lambda router: router.get_metrics())
        return found

    def get_status(self) -> dict[str, int]:
        """How many nodes there are."""
        return {"nodes": self.get_metrics()["nodes"]}

    # --- inside

    def _do(self, name: str, details: dict[str, Any], fn: Callable[[Router], Any]) -> Any:
        def do() -> Any:
            with self._router() as router:
                found = fn(router)
                return found if isinstance(found, str | list | dict) else None

        return once(name, details, do)

    @contextmanager
    def _router(self) -> Iterator[Router]:
        with self.place.store() as store:
            yield Router(
                store,
                clock=self.place.clock,
                uptime=self._uptime,
                metrics=self.place.metrics,
                draw_id=lambda: drawn("route"),
            )


def _rule_name(pattern: str, node: str) -> str:
    parts = (str(pattern).encode(), str(node).encode())
    return sha256(length_prefixed(b"tarl.face-rule/1", *parts)).hexdigest()[:16]


def _shown(node: Node) -> OrchestratorNode:
    return OrchestratorNode(
        node.node,
        list(node.spec.capabilities),
        node.spec.priority,
        node.load,
        node.spec.max_load,
        node.state,
    )
