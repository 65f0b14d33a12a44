"""Nodes as their operator and they themselves see them: register, drain, remove, beat.

Laws:
1. Registering a node that there is with what it said before changes nothing and counts as a
   heartbeat; with something else it changes the node. Assignments stay.
2. A draining node keeps what it has and gets nothing new.
3. A node is removed when it has nothing left.
4. A node that promised heartbeats and has been silent for longer is dead until it is heard of.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tarl.errors import Conflict, Exceeded, Missing
from tarl.journal.event import Row
from tarl.journal.projection import Change, Tables
from tarl.journal.store import Store
from tarl.routing import events
from tarl.routing.commits import changed, committed, row_after
from tarl.routing.node import ACTIVE, DRAINING, NODES_MAX, Node, node_spec
from tarl.routing.tables import ASSIGNMENT, LOAD, NODE, all_nodes, node_from
from tarl.routing.uptime import Uptime
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.work.streams import stream_of


class Beat(NamedTuple):
    """What a node hears when it says that it lives: whether it is to finish, how many assignments
    it has, and whether it was taken for dead meanwhile.
    """

    draining: bool
    load: int
    was_lost: bool


class Nodes:
    """The nodes of a tenant, shared by all processes that have the journal open."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        uptime: Uptime,
        tenant: str = DEFAULT_TENANT,
        metrics: Metrics | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.uptime = uptime
        self.tenant = check_name(tenant, "tenant")
        self.metrics = metrics or Unmeasured()

    def register(
        self,
        node: str,
        *,
        capabilities: Iterable[str] = (),
        priority: int = 0,
        max_load: int = 100,
        heartbeat_ms: int | None = None,
    ) -> str:
        """Make a node known, or what it says of itself another: ``registered``, ``changed`` or
        ``unchanged``.

        Raises:
            Invalid: see ``node_spec``.
            Exceeded: too many nodes (``node.too_many``).
        """
        check_name(node, "node")
        spec = node_spec(
            capabilities=capabilities,
            priority=priority,
            max_load=max_load,
            heartbeat_ms=heartbeat_ms,
        )
        while True:
            head = self.store.head(self._stream(node))
            known = self._find(node)
            rows: list[Row] = []
            if known is None or known.spec != spec:
                kind = events.NODE_REGISTERED if known is None else events.NODE_CHANGED
                rows.append(self._row(node, head, kind, spec))
            guards = () if known else (self._has_room,)
            if committed(self.store, rows, guards=guards, changes=(self._beaten(node),)):
                break
        outcome = "registered" if known is None else "changed" if rows else "unchanged"
        self.metrics.count("routing.registrations", outcome=outcome)
        return outcome

    def drain(self, node: str, *, reason: str = "") -> bool:
        """Give a node nothing new; False if it gets nothing new already.

        Raises:
            Missing: there is no such node (``node.missing``).
        """
        return self._turn(node, ACTIVE, events.NODE_DRAINED, reason)

    def undrain(self, node: str, *, reason: str = "") -> bool:
        """Give a node work again; False if it gets some already.

        Raises:
            Missing: there is no such node (``node.missing``).
        """
        return self._turn(node, DRAINING, events.NODE_UNDRAINED, reason)

    def remove(self, node: str, *, reason: str = "") -> None:
        """Forget a node that has nothing left to do. Its id may be registered again.

        Raises:
            Missing: there is no such node (``node.missing``).
            Conflict: it has assignments (``node.busy``).
        """

        def has_nothing(tables: Tables) -> None:
            load = tables.count(ASSIGNMENT.name, {"tenant": self.tenant, "node": node})
            if load:
                raise Conflict(
                    f"node {node} has {load} assignments",
                    code="node.busy",
                    next_step="drain it and wait, or move them: tarl nodes failover --force",
                    node=node,
                    load=load,
                )

        def forget(tables: Tables) -> None:
            tables.delete(LOAD.name, self.tenant, node)

        while True:
            head = self.store.head(self._stream(node))
            self.get(node)
            row = self._row(node, head, events.NODE_REMOVED, events.Reason(reason=reason))
            if committed(self.store, [row], guards=(has_nothing,), changes=(forget,)):
                return

    def heartbeat(self, node: str) -> Beat:
        """Say that a node lives. One that was taken for dead gets work again.

        Raises:
            Missing: there is no such node (``node.missing``).
        """

        def beat(tables: Tables) -> Beat:
            record = tables.get(NODE.name, self.tenant, node)
            if record is None:
                raise self._missing(node)
            load = tables.get(LOAD.name, self.tenant, node)
            before = node_from(record, load, self.uptime.mark())
            self._beaten(node)(tables)
            return Beat(before.status == DRAINING, before.load, before.is_lost)

        return changed(self.store, beat)

    def get(self, node: str) -> Node:
        """A node as it is now.

        Raises:
            Missing: there is no such node (``node.missing``).
        """
        found = self._find(node)
        if found is None:
            raise self._missing(node)
        return found

    def ls(self) -> list[Node]:
        """Every node, by id."""
        return all_nodes(self.store, self.tenant, self.uptime.mark())

    # --- inside

    def _find(self, node: str) -> Node | None:
        record = self.store.get(NODE.name, self.tenant, node)
        if record is None:
            return None
        load = self.store.get(LOAD.name, self.tenant, node)
        return node_from(record, load, self.uptime.mark())

    def _turn(self, node: str, status: str, kind: str, reason: str) -> bool:
        while True:
            # The head first: what is committed after it makes the row's position a conflict.
            head = self.store.head(self._stream(node))
            if self.get(node).status != status:
                return False
            row = self._row(node, head, kind, events.Reason(reason=reason))
            if committed(self.store, [row]):
                self.metrics.count("routing.turns", kind=kind.partition("/")[0])
                return True

    def _beaten(self, node: str) -> Change:
        def change(tables: Tables) -> None:
            mark = self.uptime.mark()
            key = {"tenant": self.tenant, "node": node}
            beat = {
                "lost": 0,
                "boot": mark.boot,
                "beat_ms": mark.ms,
                "beat_at_ms": self.clock.now_ms(),
            }
            if tables.get(LOAD.name, self.tenant, node) is None:
                load = tables.count(ASSIGNMENT.name, key)
                tables.put(LOAD.name, {**key, "load": load, **beat})
            else:
                tables.update(LOAD.name, (self.tenant, node), beat)

        return change

    def _has_room(self, tables: Tables) -> None:
        if tables.count(NODE.name, {"tenant": self.tenant}) >= NODES_MAX:
            raise Exceeded(
                f"tenant {self.tenant} has {NODES_MAX} nodes, which is the limit",
                code="node.too_many",
                next_step="remove nodes that are gone: tarl nodes remove NODE",
            )

    def _row(self, node: str, head: Any, kind: str, body: Any) -> Row:
        at_ms = self.clock.now_ms()
        return row_after(head, self._stream(node), kind, body, tenant=self.tenant, at_ms=at_ms)

    def _stream(self, node: str) -> str:
        return stream_of("node", self.tenant, node)

    def _missing(self, node: str) -> Missing:
        return Missing(
            f"there is no node {node!r}",
            code="node.missing",
            next_step="tarl nodes ls shows them; tarl nodes add makes one known",
            node=node,
        )
